"""出处, the last step: the signed file behind a figure as the registry keeps it, verified again at every look.

It says who signed what and when, and how each mark of one application in it comes to its score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services.disputes import Rulings, known_rulings
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.registry_rebuild import read_stored
from ndb_desktop.services.report import KEY_STATUS
from ndb_desktop.services.report_sheet import Subject, sheet_view
from ndb_desktop.services.stage_rulings import fitting, settled
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.formats.scorefile import OpenedScore
    from ndb_desktop.reports.score_sheet import ScoreSheet
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class SignedSheet:
    """One sheet of a signed file in words. `view` holds the scores as they count now, with every decided datum.

    `entered` is what the file itself says for each item: the mark given, or the figure the program computed then. In a
    `later` stage it stands with each line of `view`.
    """

    digest: str
    revision: int
    view: ScoreSheet = field(repr=False)
    entered: dict[str, str] = field(repr=False)
    later: bool = False


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed file (签名文件) of the registry. `fault` says why it does not verify; then nothing in it is shown."""

    name: str
    payload_sha256: str
    keyid: str
    key_status: str
    expert: str
    expert_name: str
    received_at: str
    signed_at: str
    fault: Fault | None
    sheet: SignedSheet | None = field(repr=False)


def signed_file(office: Office, payload_sha256: str, application: str) -> SignedFile:
    """The file with its sheet of one application, in the language of `office`; the look goes on record.

    Raises:
        NdbError: E-TRACE-FILE (no such file, or nothing of the application in it), E-OFFICE-APPLICATION, and
            E-DECISION-SECOND, E-DECISION-SUPERVISOR until two have signed that the scores be opened (启封).
    """
    unblind(office)
    row = office.registry.file(payload_sha256)
    brought = () if row is None else office.registry.file_sheets(payload_sha256)
    if row is None or application not in {name for name, _, _ in brought}:
        raise NdbError("E-TRACE-FILE", application=application, digest=payload_sha256)
    fault, signed_at, sheet = None, "", None
    try:
        opened = read_stored(row)
    except NdbError as error:
        fault = error.fault
    else:
        signed_at, sheet = opened.payload.signed_at, _sheet(office, opened, application)
    status = next((key.status for key in office.expert_keys(row.expert) if key.keyid == row.keyid), "none")
    office.log("results.viewed", application, {"file": payload_sha256, "expert": row.expert})
    return SignedFile(
        name=row.name,
        payload_sha256=payload_sha256,
        keyid=row.keyid,
        key_status=text(KEY_STATUS[status], office.language),
        expert=row.expert,
        expert_name=office.expert(row.expert).name,
        received_at=row.received_at,
        signed_at=signed_at,
        fault=fault,
        sheet=sheet,
    )


def _sheet(office: Office, opened: OpenedScore, application: str) -> SignedSheet:
    found = next(sheet for sheet in opened.sheets if sheet.record.application == application)
    work, counts = office.stage_work(application), office.application(application)
    if work is None:
        counts = Rulings(office).settled(counts)
    else:
        work = settled(work, fitting(work, known_rulings(office)))
    payload, record = opened.payload, found.record
    subject = Subject(
        counts, office.pack_of(counts), office.factor_of(counts), office.batch, payload.expert.id, payload.expert.name,
        work,
    )  # fmt: skip
    sheet = record.to_sheet()
    view = sheet_view(subject, sheet, record.revision, (), None, office.language)
    entered = {}
    for item in record.items:
        entry = sheet.items.get(item.item, ItemEntry(item.item))
        given = [entry.level or "", item.value or "", item.computed or ""]
        entered[item.item] = " / ".join(filter(None, given))
    return SignedSheet(found.digest, record.revision, view, entered, later=work is not None)
