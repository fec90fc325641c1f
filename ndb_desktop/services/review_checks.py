"""What may be stored in a worksheet at all; what is merely unfinished is a finding, not a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.domain.sheetcheck import declaration_findings
from ndb_desktop.domain.sheetform import Form, form_findings, item_findings
from ndb_desktop.formats.sheetrecord import MAX_CHALLENGES, MAX_EVIDENCE, MAX_OPINION, MAX_QUOTE, MAX_REASON

Cited = TypeVar("Cited", Challenge, EvidenceLink)

_UNFINISHED = frozenset(
    {
        "E-ITEM-OPEN",
        "E-ITEM-LEVEL",
        "E-ITEM-VALUE",
        "E-ITEM-REASON",
        "E-ITEM-CONFIRM",
        "E-CHALLENGE-MISSING",
        "E-CHALLENGE-CONFIRMED",
        "E-CHALLENGE-REASON",
        "E-STAGE-CONFIRM",
    }
)


def check_length(text: str, most: int, place: str) -> None:
    """Raises NdbError E-SHEET-LONG for a text that would not fit into the signed sheet."""
    if len(text) > most:
        raise NdbError("E-SHEET-LONG", place=place, length=len(text), most=most)


def check_opinion(text: str, place: str) -> None:
    """As `check_length`, for an opinion or a private note."""
    check_length(text, MAX_OPINION, place)


def check_reason(text: str, place: str) -> None:
    """As `check_length`, for a reason."""
    check_length(text, MAX_REASON, place)


def check_declaration(declaration: Declaration, place: str) -> None:
    """Raises what is wrong with a declaration (回避声明) as NdbError or FaultsError."""
    check_reason(declaration.words, place)
    _refuse(declaration_findings(Sheet(place, declaration)), place)


def check_entry(form: Form, sheet: Sheet, entry: ItemEntry) -> None:
    """Refuses a mark that the form does not allow: unknown item, value outside its band or step, wrong state.

    Raises:
        NdbError: E-ITEM-UNKNOWN, E-ITEM-RANGE, E-ITEM-STEP, E-ITEM-STATE, E-ITEM-NA, E-ITEM-COMPUTED, E-ITEM-LEVEL (a
            number without a level), E-STAGE-DONE (a task that is neither 0, 0.5 nor 1), E-NUMBER, E-SHEET-LONG;
            FaultsError for several.
    """
    item = form.item_by_id.get(entry.item)
    if item is None:
        raise NdbError("E-ITEM-UNKNOWN", place=entry.item, item=entry.item)
    if entry.state not in {"open", "scored", "not_applicable"}:
        raise NdbError("E-ITEM-STATE", place=entry.item, state=entry.state)
    check_reason(entry.reason, entry.item)
    check_opinion(entry.note, entry.item)
    if entry.value is not None:
        _number(entry.value)
        if entry.level is None and item.levelled:
            raise NdbError("E-ITEM-LEVEL", place=entry.item)
    # A number put down before the item is finished must fit its level as well.
    judged = replace(entry, state="scored") if entry.state == "open" else entry
    _refuse(item_findings(form, replace(sheet, items={**sheet.items, entry.item: judged}), item), "")


def with_digest(application: Application, cited: Cited) -> Cited:
    """A link or challenge with the digest of the document it names: what the expert has before the eyes is meant."""
    known = next((document.sha256 for document in application.documents if document.id == cited.document), "")
    return cited if cited.sha256 or not known else replace(cited, sha256=known)


def check_challenge(form: Form, application: Application, sheet: Sheet, challenge: Challenge) -> None:
    """Refuses a challenge (质疑) of something that does not exist, E-CHALLENGE-*, E-EVIDENCE-*, E-REVIEW-MANY."""
    others = [known for known in sheet.challenges if known.id != challenge.id]
    check_id(challenge.id, "challenge")
    check_reason(challenge.reason, challenge.indicator)
    if challenge.proposed is not None:
        _number(challenge.proposed)
    if len(others) >= MAX_CHALLENGES:
        raise NdbError("E-REVIEW-MANY", place=challenge.indicator, most=MAX_CHALLENGES)
    _check_rect(challenge.rect, challenge.indicator)
    probe = Sheet(sheet.application, Declaration("clear"), challenges=(challenge,))
    mine = f"challenge:{challenge.id}"
    _refuse((fault for fault in form_findings(form, application, probe) if fault.place == mine), "")


def check_evidence(form: Form, application: Application, sheet: Sheet, link: EvidenceLink) -> None:
    """Refuses an evidence link to something that does not exist, E-EVIDENCE-*, E-ITEM-UNKNOWN, E-REVIEW-MANY."""
    others = [known for known in sheet.evidence if known.id != link.id]
    check_id(link.id, "evidence")
    check_length(link.quote, MAX_QUOTE, link.item)
    if len(others) >= MAX_EVIDENCE:
        raise NdbError("E-REVIEW-MANY", place=link.item, most=MAX_EVIDENCE)
    _check_rect(link.rect, link.item)
    probe = Sheet(sheet.application, Declaration("clear"), evidence=(link,))
    mine = f"evidence:{link.id}"
    _refuse((fault for fault in form_findings(form, application, probe) if fault.place == mine), "")


def _check_rect(rect: tuple[int, int, int, int] | None, place: str) -> None:
    if rect is not None and not all(0 <= edge <= 1000 for edge in rect):
        raise NdbError("E-REVIEW-RECT", place=place)


def check_id(name: str, place: str) -> None:
    """Ids of challenges and links are made by programs: 1 to 40 letters, digits, hyphens. Raises E-REVIEW-ID."""
    if not (0 < len(name) <= 40 and name.isascii() and name.replace("-", "").isalnum()):
        raise NdbError("E-REVIEW-ID", place=place, name=name[:40])


def _number(value: Decimal) -> None:
    """What the signed file can carry: at most 15 and 6 digits. Raises NdbError E-NUMBER."""
    parse_number(plain(value) if value.is_finite() else str(value))


def _refuse(found: Iterable[Fault], place: str) -> None:
    faults = [fault for fault in found if fault.code not in _UNFINISHED and not _unmarked(fault)]
    if len(faults) == 1:
        raise NdbError(faults[0].code, place=faults[0].place, **faults[0].params)
    if faults:
        raise FaultsError(faults, place=place)


def _unmarked(fault: Fault) -> bool:
    """Whether a task has no value yet; another value than 0, 0.5 and 1 is refused."""
    return fault.code == "E-STAGE-DONE" and fault.params["value"] == "-"
