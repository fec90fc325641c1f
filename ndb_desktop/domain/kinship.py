"""亲属同组: experts who are spouses or close kin of one another must not judge one application together (code C11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ndb_desktop.domain.batch import ConflictStrength, Expert
from ndb_desktop.domain.conflict_detect import ListRow
from ndb_desktop.domain.conflicts import name_key
from ndb_desktop.domain.org_names import code_key, full_key

CODE = "C11"
Relatives = tuple[str, str]
"""(expert id, expert id), the smaller first."""


@dataclass(frozen=True, slots=True)
class Kin:
    """Two experts whom the list of spouses (配偶和近亲属清单) ties together.

    `recuse` where the id or the employer's code says who is meant, `check` (待核) where only the name does. Both keep
    the two off one panel: that sends nobody away, so nobody has to settle it first.
    """

    one: str
    other: str
    strength: ConflictStrength
    words: str

    @property
    def pair(self) -> Relatives:
        """The two ids."""
        return self.one, self.other


def kin_among(experts: Iterable[Expert], rows: Iterable[ListRow]) -> tuple[Kin, ...]:
    """Every two experts of whom a row says that one is the spouse or kin of the other, ordered by id."""
    people = {expert.id: expert for expert in experts}
    names: dict[str, list[Expert]] = {}
    for expert in people.values():
        names.setdefault(name_key(expert.name), []).append(expert)
    found: dict[Relatives, Kin] = {}
    for row in rows:
        if row.kind != "spouses" or row.subject not in people or not row.other:
            continue
        for expert, strength in _meant(row, people, names):
            if expert.id == row.subject:
                continue
            one, other = sorted((row.subject, expert.id))
            known = found.get((one, other))
            if known is None or (known.strength == "check" and strength == "recuse"):
                words = " ".join(part for part in (row.other, row.organisation or row.code, row.words) if part)
                found[one, other] = Kin(one, other, strength, words)
    return tuple(kin for _, kin in sorted(found.items()))


def _meant(
    row: ListRow, people: Mapping[str, Expert], names: Mapping[str, list[Expert]]
) -> list[tuple[Expert, ConflictStrength]]:
    """The experts whom the second person of a row may be."""
    if row.other in people:
        return [(people[row.other], "recuse")]
    namesakes = names.get(name_key(row.other), [])
    at_home = [expert for expert in namesakes if _works_for(expert, row)]
    if at_home:
        # Of several of that name the one with that employer is meant.
        return [(expert, "recuse" if _by_code(expert, row) else "check") for expert in at_home]
    return [(expert, "check") for expert in namesakes]


def _by_code(expert: Expert, row: ListRow) -> bool:
    return bool(row.code) and row.code == code_key(expert.employer_code)


def _works_for(expert: Expert, row: ListRow) -> bool:
    by_name = bool(row.organisation) and full_key(row.organisation) == full_key(expert.employer)
    return _by_code(expert, row) or by_name
