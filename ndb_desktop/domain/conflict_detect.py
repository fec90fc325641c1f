"""回避情形 found by the program from codes, names and lists (panel 7.2; R16), each with its source and strength.

The applicant's own credit code (统一社会信用代码) makes 回避; everything that rests on a name is 待核, for a namesake
is no reason to send anybody away. Of ties in time only those of the last three years count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ndb_desktop.domain.batch import Conflict, ConflictStrength, Expert
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.org_names import Aliases, LegalForms, beginnings, code_key, full_key

YEARS = 3
"""Ties that ended longer ago do not count."""

ListKind = Literal["affiliates", "aliases", "coauthors", "former", "shares", "spouses"]
"""关联单位, 别名, 合作发表, 曾任单位, 持股, 配偶 (近亲属)."""
LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)

Source = Literal["employer", "former", "coauthors", "shares", "spouses", "recommender", "province"]
How = Literal["code", "name", "alias"]
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a list. `subject` is an expert's id, of affiliates an application's, of aliases empty.

    `other` is the person (coauthors, spouses) or the other name (aliases); `year` the last year of the tie, if known.
    """

    kind: ListKind
    subject: str
    organisation: str
    code: str
    other: str = ""
    year: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties an expert to an organisation."""

    expert: str
    source: Source
    organisation: str
    code: str
    year: int | None = None
    words: str = ""


_CODES: Mapping[Source, str] = {
    "employer": "C1", "former": "C1", "coauthors": "C5", "shares": "C3", "spouses": "C2", "recommender": "C9",
    "province": "C12",
}  # fmt: skip
_THROUGH_AFFILIATE: Mapping[Source, tuple[str, ConflictStrength]] = {
    "employer": ("C8", "recuse"), "former": ("C8", "check"), "coauthors": ("C8", "check"), "shares": ("C3", "recuse"),
    "spouses": ("C2", "check"),
}  # fmt: skip
"""Ground and strength where not the applicant's own code was met but that of an affiliate (关联单位)."""
_LISTED: Mapping[ListKind, Source] = {
    "former": "former", "coauthors": "coauthors", "shares": "shares", "spouses": "spouses",
}  # fmt: skip

Role = Literal["applicant", "affiliate", "recommender"]
_Places = set[tuple[str, Role]]


class Screening:
    """检索: all applications of a batch by code and name: experts are looked up, not compared with each of them."""

    def __init__(
        self, applications: Iterable[Application], rows: Iterable[ListRow], *, forms: LegalForms, year: int
    ) -> None:
        self._forms, self._year = forms, year
        self._rows = tuple(rows)
        self._aliases = Aliases(
            ((row.organisation, row.code, row.other) for row in self._rows if row.kind == "aliases"), forms
        )
        self._codes: dict[str, _Places] = {}
        self._full: dict[str, _Places] = {}
        self._core: dict[str, _Places] = {}
        self._regions: dict[str, list[str]] = {}
        for application in applications:
            self._add(application.id, "applicant", application.applicant, application.credit_code)
            for affiliate in application.affiliates:
                code = code_key(affiliate)
                self._add(application.id, "affiliate", "" if code else affiliate, code)
            self._add(application.id, "recommender", application.recommender, "")
            self._regions.setdefault(province_of(application.region), []).append(application.id)
        for row in self._rows:
            if row.kind == "affiliates":
                self._add(row.subject, "affiliate", row.organisation, row.code)

    def _add(self, application: str, role: Role, name: str, code: str) -> None:
        full, core = full_key(name), self._forms.core_key(name)
        for index, key in ((self._codes, code_key(code)), (self._full, full), (self._core, core)):
            if key:
                index.setdefault(key, set()).add((application, role))

    def find(self, experts: Iterable[Expert], *, avoid_province: bool = False) -> tuple[Conflict, ...]:
        """Everything found, at most one row per pair, ground and source, ordered by expert and application.

        `avoid_province` adds C12 for experts of the applicant's province; assignment has its own switch for it.
        """
        people = tuple(experts)
        ties = [tie for expert in people for tie in _own_ties(expert)]
        known = {expert.id for expert in people}
        ties += [
            Tie(row.subject, _LISTED[row.kind], row.organisation, row.code, row.year, _words(row))
            for row in self._rows
            if row.kind in _LISTED and row.subject in known
        ]
        found: dict[tuple[str, str, str, str], tuple[ConflictStrength, set[str]]] = {}
        for expert, application, code, strength, source, words in self._grounds(ties):
            place = (expert, application, code, source)
            before, said = found.setdefault(place, (strength, set()))
            found[place] = ("recuse" if "recuse" in (before, strength) else "check", said | {words})
        if avoid_province:
            for person in people:
                for application in self._regions.get(province_of(person.province), ()) if person.province else ():
                    found[person.id, application, "C12", "province:code"] = ("recuse", {person.province})
        return tuple(
            Conflict(*place[:3], strength, place[3], "; ".join(sorted(said - {""})[:_MOST_WORDS]))
            for place, (strength, said) in sorted(found.items())
        )

    def _grounds(self, ties: list[Tie]) -> Iterator[tuple[str, str, str, ConflictStrength, str, str]]:
        starts = self._longer(ties)
        for tie in ties:
            if tie.year is not None and self._year - tie.year > YEARS:
                continue
            for application, role, how in self._matches(tie, starts):
                if role == "recommender" and tie.source != "employer":
                    continue
                code, strength = _CODES[tie.source], "recuse"
                if role == "affiliate":
                    code, strength = _THROUGH_AFFILIATE[tie.source]
                elif role == "recommender":
                    code = _CODES["recommender"]
                source = "recommender" if role == "recommender" else tie.source
                firm = how == "code" and strength == "recuse" and not (tie.source == "coauthors" and tie.year is None)
                words = tie.words or tie.organisation or tie.code
                yield tie.expert, application, code, "recuse" if firm else "check", f"{source}:{how}", words

    def _matches(self, tie: Tie, starts: Mapping[str, _Places]) -> Iterator[tuple[str, Role, How]]:
        """Where a tie leads, each place once, by the surest way."""
        ways: tuple[tuple[How, _Places], ...] = (
            ("code", self._codes.get(code_key(tie.code), set())),
            ("name", self._named(tie.organisation, starts)),
            ("alias", self._other_names(tie)),
        )
        seen: _Places = set()
        for how, places in ways:
            for application, role in places - seen:
                yield application, role, how
            seen |= places

    def _named(self, name: str, starts: Mapping[str, _Places]) -> _Places:
        full, core = full_key(name), self._forms.core_key(name)
        if not full:
            return set()
        found = self._full.get(full, set()) | self._core.get(core, set()) | starts.get(full, set())
        for beginning in beginnings(full):
            # A department or branch bears the whole name of the house it belongs to.
            found = found | self._full.get(beginning, set())
        return found

    def _other_names(self, tie: Tie) -> _Places:
        found: _Places = set()
        for key in self._aliases.others(tie.organisation, tie.code):
            found |= self._codes.get(key.upper(), set()) | self._core.get(key, set())
        return found

    def _longer(self, ties: Iterable[Tie]) -> Mapping[str, _Places]:
        """By the name in a tie: the places whose name begins with it."""
        wanted = {full_key(tie.organisation) for tie in ties}
        found: dict[str, _Places] = {}
        for name, places in self._full.items():
            for beginning in beginnings(name):
                if beginning in wanted:
                    found.setdefault(beginning, set()).update(places)
        return found


def _own_ties(expert: Expert) -> Iterator[Tie]:
    """What the roster itself says."""
    yield Tie(expert.id, "employer", expert.employer, expert.employer_code)
    for former in expert.former_employers:
        code = code_key(former)
        yield Tie(expert.id, "former", "" if code else former, code)


def _words(row: ListRow) -> str:
    parts = [row.other, row.organisation or row.code, "" if row.year is None else str(row.year), row.words]
    return " ".join(part for part in parts if part)
