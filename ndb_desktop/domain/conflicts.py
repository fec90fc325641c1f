"""回避情形 that roster and applications alone show, pair by pair (codes C1 to C12): the net under every assignment.

`recuse` keeps the pair apart; `check` (待核) does too until someone settled it. `conflict_detect` finds more, from
lists and from names that are merely alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from ndb_desktop.domain.batch import Conflict, ConflictStrength, Expert
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.model import Application

SCREENING = "screening"
"""`Conflict.source` of what the program found itself."""


def same_province(expert: Expert, application: Application) -> bool:
    """省份回避: expert and applicant are of the same province (first two digits of GB/T 2260)."""
    return bool(expert.province) and province_of(expert.province) == province_of(application.region)


def name_key(name: str) -> str:
    """A name for comparison: full-width forms, case and spaces do not make two employers of one."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def detect(expert: Expert, application: Application, *, avoid_province: bool = False) -> tuple[Conflict, ...]:
    """All conflicts visible for one pair, at most one per code, the strongest first found.

    With `avoid_province` an expert of the applicant's province gives C12; assignment has its own switch for it.
    """
    found: dict[str, Conflict] = {}
    for code, strength, words in _grounds(expert, application, avoid_province):
        known = found.get(code)
        if known is None or (known.strength == "check" and strength == "recuse"):
            found[code] = Conflict(expert.id, application.id, code, strength, SCREENING, words)
    return tuple(found.values())


def detect_all(
    experts: Iterable[Expert], applications: Iterable[Application], *, avoid_province: bool = False
) -> tuple[Conflict, ...]:
    """`detect` for all pairs, ordered by expert and application id."""
    ordered = sorted(applications, key=lambda application: application.id)
    return tuple(
        row
        for expert in sorted(experts, key=lambda expert: expert.id)
        for application in ordered
        for row in detect(expert, application, avoid_province=avoid_province)
    )


def _grounds(
    expert: Expert, application: Application, avoid_province: bool
) -> Iterator[tuple[str, ConflictStrength, str]]:
    applicant = name_key(application.applicant)
    affiliates = {*application.affiliates, *map(name_key, application.affiliates)} - {""}
    employer = name_key(expert.employer)
    if expert.employer_code and expert.employer_code == application.credit_code:
        yield "C1", "recuse", expert.employer
    elif employer and employer == applicant:
        # Whoever bears the same name may be a namesake: a person has to look.
        yield "C1", "check", expert.employer
    for former in expert.former_employers:
        if former and former == application.credit_code:
            yield "C1", "recuse", former
        elif name_key(former) and name_key(former) == applicant:
            yield "C1", "check", former
        elif {former, name_key(former)} & affiliates:
            yield "C8", "check", former
    if expert.employer_code and expert.employer_code in affiliates:
        yield "C8", "recuse", expert.employer
    elif employer in affiliates:
        yield "C8", "check", expert.employer
    if employer and employer == name_key(application.recommender):
        yield "C9", "check", expert.employer
    if avoid_province and same_province(expert, application):
        yield "C12", "recuse", expert.province
