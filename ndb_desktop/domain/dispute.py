"""质疑处理: one decision per disputed datum, for every expert alike (R12; panel D.4).

`keep`: the declared figure stays. `replace`: another figure takes its place and every score is computed anew.
`site`: only a site check (现场检查) can tell; until then the application cannot be selected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ndb_desktop.domain.decision import Content, Decision
from ndb_desktop.domain.model import Application, Datum
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.rulepack import DataItem, RulePack
from ndb_desktop.domain.sheet import Challenge

DisputeAction = Literal["keep", "replace", "site"]
ACTIONS: tuple[DisputeAction, ...] = ("keep", "replace", "site")

Place = tuple[str, str, str]
"""Application, code of the datum, year or ""."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A challenge as it counts now: whose, in which sheet (SHA-256 of the sheet as signed)."""

    expert: str
    sheet: str
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided on a datum. `declared` is the figure at that time; another one now makes the ruling void.

    `visit` names the visit whose signed record settled it (现场核实), "" for a decision of the coordinator.
    """

    action: DisputeAction
    value: Decimal | None
    declared: Decimal | None
    decision: Decision
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """核实结果 of a record that counts: which figure stands from now on. `record` is the digest of what was signed.

    `decided` is how many decisions there were when the record came: one made since goes before it. `site` stands for a
    record that is held (待核): somebody has to go and look again, or to decide.
    """

    application: str
    datum: str
    key: str
    action: DisputeAction
    value: Decimal | None
    declared: Decimal | None
    visit: str
    record: str
    decided: int
    at: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A disputed datum with all who raised it, and the ruling in force, None while it is open (未处理)."""

    application: str
    datum: str
    key: str
    indicator: str
    declared: Decimal | None
    unit: str
    raised: tuple[Raised, ...]
    ruling: Ruling | None

    @property
    def place(self) -> Place:
        """What it is about."""
        return self.application, self.datum, self.key

    @property
    def open(self) -> bool:
        """Whether nothing was decided yet, or only that somebody has to go and look."""
        return self.ruling is None or self.ruling.action == "site"


def declared(application: Application, datum: str, key: str) -> Decimal | None:
    """The figure that counts before any ruling: what came with the material, verified or declared."""
    known = application.data.get(datum)
    return None if known is None else known.verified.get(key, known.values.get(key))


def content(datum: str, key: str, action: DisputeAction, value: Decimal | None, was: Decimal | None) -> Content:
    """A ruling as the named texts of a decision on an application."""
    figures = {"value": value, "declared": was}
    texts = {name: plain(figure) for name, figure in figures.items() if figure is not None}
    return {"datum": datum, "key": key, "action": action, **texts}


def rulings(decisions: Iterable[Decision]) -> Mapping[Place, Ruling]:
    """The latest ruling on each datum."""
    found: dict[Place, Ruling] = {}
    for one in decisions:
        if one.kind == "challenge":
            texts = one.content
            action = next(action for action in ACTIONS if action == texts["action"])
            value, was = (parse_number(texts[name]) if name in texts else None for name in ("value", "declared"))
            found[one.subject, texts["datum"], texts["key"]] = Ruling(action, value, was, one)
    return found


def with_visits(known: Mapping[Place, Ruling], found: Iterable[Verified]) -> Mapping[Place, Ruling]:
    """Rulings and what was verified on site: a record settles its data unless something was decided since it came.

    `found` in the order of the visits: where two verified one datum, the later visit counts.
    """
    joined = dict(known)
    for one in found:
        place = one.application, one.datum, one.key
        if place in known and known[place].decision.number > one.decided:
            continue
        texts = content(one.datum, one.key, one.action, one.value, one.declared)
        made = Decision(one.decided, one.record, "", "challenge", one.application, texts, one.visit, one.at)
        joined[place] = Ruling(one.action, one.value, one.declared, made, one.visit)
    return joined


def in_force(application: Application, known: Mapping[Place, Ruling]) -> Mapping[tuple[str, str], Ruling]:
    """The rulings on one application that still fit: material that came with another figure since is open again."""
    return {
        (datum, key): ruling
        for (name, datum, key), ruling in known.items()
        if name == application.id and declared(application, datum, key) == ruling.declared
    }


def settled(application: Application, pack: RulePack, known: Mapping[tuple[str, str], Ruling]) -> Application:
    """The application as it counts: figures that were replaced stand as verified ones. The same object if none was."""
    data = dict(application.data)
    for (code, key), ruling in known.items():
        if ruling.action == "replace" and ruling.value is not None:
            datum = data.get(code) or Datum(code, data_item(pack, code).unit, "self")
            data[code] = replace(datum, verified={**datum.verified, key: ruling.value})
    return application if data == application.data else replace(application, data=data)


def data_item(pack: RulePack, code: str) -> DataItem:
    """The datum's definition in the pack; raises `KeyError`."""
    for indicator in pack.indicators:
        for item in indicator.data:
            if item.code == code:
                return item
    raise KeyError(code)


def disputes(
    application: Application, pack: RulePack, raised: Iterable[Raised], known: Mapping[Place, Ruling]
) -> tuple[Dispute, ...]:
    """Every disputed datum of an application, by datum and year; what was decided unasked stands there too."""
    mine = in_force(application, known)
    groups: dict[tuple[str, str], list[Raised]] = {place: [] for place in mine}
    for one in raised:
        groups.setdefault((one.challenge.datum, one.challenge.key), []).append(one)
    found = []
    for (code, key), people in sorted(groups.items()):
        datum = application.data.get(code)
        unit = datum.unit if datum is not None else data_item(pack, code).unit
        indicator = next((i.id for i in pack.indicators if any(item.code == code for item in i.data)), "")
        ordered = tuple(sorted(people, key=lambda one: (one.expert, one.challenge.id)))
        found.append(
            Dispute(
                application=application.id, datum=code, key=key, indicator=indicator,
                declared=declared(application, code, key), unit=unit, raised=ordered, ruling=mine.get((code, key)),
            )
        )  # fmt: skip
    return tuple(found)
