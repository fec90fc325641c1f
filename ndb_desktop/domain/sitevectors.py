"""A site pack's own test vectors: deviations and verdicts with what they must come to, run at every load."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast, get_args

from ndb_desktop.domain.numbers import brief, half_up, plain
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.sitemath import COMPUTED, VerdictState, conclude, deviation, verdict
from ndb_desktop.domain.siterecord import Grade, Wanted

if TYPE_CHECKING:
    from ndb_desktop.domain.sitepack import SitePack

VERDICTS: tuple[VerdictState, ...] = get_args(VerdictState)
NO_FIGURE = "none"
"""How a vector says that there is no relative deviation."""


def run_site_vectors(pack: SitePack, vectors: list[Any], reader: Reader) -> None:
    """Runs all vectors; notes failures, and conclusions and verdicts that no vector comes to."""
    met: set[str] = set()
    for n, raw in enumerate(vectors):
        path = f"vectors[{n}]"
        kind = raw.get("kind") if isinstance(raw, dict) else None
        if kind == "deviation":
            met.add(_deviation(pack, raw, path, reader))
        else:
            met.add(_verdict(pack, raw, path, reader))
    for name in (*COMPUTED, *VERDICTS):
        if name not in met:
            reader.fault("E-PACK-SITE-VECTORS", "vectors", expected=name)


def _deviation(pack: SitePack, raw: Any, path: str, reader: Reader) -> str:
    record = reader.record(raw, path, ("kind", "declared", "verified", "percent", "conclusion"))
    declared = _decimal(reader.number(record["declared"], f"{path}.declared"))
    verified = _decimal(reader.number(record["verified"], f"{path}.verified"))
    wanted = Wanted("vector", "", "", "none", "number", declared, ())
    found = deviation(declared, verified)
    percent = reader.text(record["percent"], f"{path}.percent")
    if percent != NO_FIGURE:
        percent = brief(reader.number(percent, f"{path}.percent"), 6)
    expected = reader.choice(record["conclusion"], f"{path}.conclusion", COMPUTED)
    got = NO_FIGURE if found is None else brief(found * 100, 6), conclude(pack, wanted, verified)
    if got != (percent, expected):
        shown = f"{got[0]} ({got[1]})"
        reader.fault("E-PACK-VECTOR", path, expected=f"{percent} ({expected})", got=shown, status="deviation")
    return expected


def _decimal(value: Fraction) -> Decimal:
    return Decimal(plain(half_up(value, 6)))


def _verdict(pack: SitePack, raw: Any, path: str, reader: Reader) -> str:
    """Numbers of items by grade, given to the unstarred items in order; starred ones by name; the rest pass."""
    record = reader.record(raw, path, ("kind", "severe", "minor", "verdict"), ("failed", "open"))
    reader.choice(record["kind"], f"{path}.kind", ("deviation", "verdict"))
    plain_items = [item.id for item in pack.items if not item.starred]
    grades: dict[str, Grade | None] = {item.id: "pass" for item in pack.items}
    amounts = []
    for name, grade in (("severe", "severe"), ("minor", "minor"), ("open", None)):
        amount = reader.whole(record.get(name, 0), f"{path}.{name}", 0, len(plain_items))
        amounts += [cast("Grade | None", grade)] * amount
    if len(amounts) > len(plain_items):
        reader.fault("E-PACK-RANGE", path, value=len(amounts), low=0, high=len(plain_items))
    grades.update(zip(plain_items, amounts, strict=False))
    starred = [item.id for item in pack.items if item.starred]
    for n, name in enumerate(reader.array(record.get("failed", []), f"{path}.failed", 0, len(starred))):
        grades[reader.choice(name, f"{path}.failed[{n}]", starred or ("",))] = "minor"
    expected = reader.choice(record["verdict"], f"{path}.verdict", VERDICTS)
    got = verdict(pack, grades).state
    if got != expected:
        reader.fault("E-PACK-VECTOR", path, expected=expected, got=got, status="verdict")
    return expected
