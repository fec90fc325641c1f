"""同一单位: applications of one hand-over, and of the registry, whose applicants are the same or nearly so.

A credit code twice and a name in two spellings stop nothing: one enterprise may apply in two fields. They are told with
both places, because most of the time somebody copied a row.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.org_names import LegalForms, code_key

Placed = tuple[str, Application]


def alike(found: Sequence[Placed], known: Iterable[Application], forms: LegalForms) -> Iterator[Fault]:
    """What a person should look at: duplicated codes, one code with two names, one name with two codes or spellings.

    `found` are the applications of the hand-over with their places, `known` those of the registry.
    """
    mine = {application.id for _, application in found}
    others = [(f"#{app.id}", app) for app in known if app.id not in mine]
    by_code: dict[str, list[Placed]] = defaultdict(list)
    by_name: dict[str, list[Placed]] = defaultdict(list)
    for place, application in (*others, *found):
        by_code[code_key(application.credit_code) or application.credit_code].append((place, application))
        by_name[forms.core_key(application.applicant)].append((place, application))
    for same in by_code.values():
        yield from _same_code(same)
    for same in by_name.values():
        yield from _same_name(same)
    for place, application in found:
        plain = unicodedata.normalize("NFKC", application.applicant)
        if plain != application.applicant and any("\uff10" <= c <= "\uff5a" for c in application.applicant):
            yield Fault("E-IMPORT-NAME-WIDTH", f"{place}: applicant", {"name": application.applicant, "plain": plain})


def _same_code(same: Sequence[Placed]) -> Iterator[Fault]:
    first_place, first = same[0]
    for place, application in same[1:]:
        if place.startswith("#"):
            continue
        told = {
            "code": application.credit_code, "first": _told(first_place), "application": first.id,
            "name": application.applicant, "other": first.applicant,
        }  # fmt: skip
        code = "E-IMPORT-CREDIT-TWICE" if application.applicant == first.applicant else "E-IMPORT-CREDIT-NAMES"
        yield Fault(code, f"{place}: credit_code", told)


def _same_name(same: Sequence[Placed]) -> Iterator[Fault]:
    first_place, first = same[0]
    for place, application in same[1:]:
        one, other = code_key(first.credit_code), code_key(application.credit_code)
        if place.startswith("#") or one == other:
            continue
        told = {
            "name": application.applicant, "other": first.applicant, "first": _told(first_place),
            "code": application.credit_code, "other_code": first.credit_code,
        }  # fmt: skip
        yield Fault("E-IMPORT-NAME-ALIKE", f"{place}: applicant", told)


def _told(place: str) -> str:
    return place.removeprefix("#")
