"""报告: the PDFs a user asks for: score sheets, panel summary, public list, secret slips.

Each function writes one file whole or not at all and returns what was made; a report that shows scores is logged.
The PDF writer is loaded inside the functions: the window opens without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.formats.scorefile import OpenedScore, open_score
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.notice_period import NoticePeriod
from ndb_desktop.services.office import Office
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.panel_heads import head_for, panel_place, remember_head
from ndb_desktop.services.results import BatchResult, PublicResults, compute, public_results
from ndb_desktop.services.review import ReviewItem, ReviewSession
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.storage.registry_rows import IssuedBundle
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.reports.score_sheet import ScoreSheet, SignatureBlock

DEFAULT = "zh_CN"

KEY_STATUS: Mapping[str, str] = {
    "none": "report.key.none",
    "unconfirmed": "report.key.unconfirmed",
    "active": "report.key.active",
    "revoked": "report.key.revoked",
}


def score_sheet_report(
    session: ReviewSession,
    target: Path,
    language: str = DEFAULT,
    *,
    applications: Sequence[str] | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> MadeReport:
    """The expert's own sheets: what was signed after an export, else a draft that says it is not signed.

    Raises:
        NdbError: E-REVIEW-APPLICATION for an unknown application, E-STORE-* when the file cannot be written.
        Cancelled: by `cancel`, between two sheets; nothing is written.
    """
    from ndb_desktop.reports.score_sheet import score_sheets

    chosen = [session.item(name) for name in applications] if applications else list(session.applications)
    token, signature = cancel or CancelToken(), _own_signature(session, language)
    # All at one moment: what is typed while the pages are laid out must not stand on some of them.
    views = tuple(_own_view(session, item, signature, language) for item in chosen)

    def begun(number: int) -> None:
        token.check()
        progress(number, len(views), views[number].name)

    made = _write(score_sheets(views, language, begun), target)
    progress(len(views), len(views), "")
    return made


def score_sheet_folder(
    session: ReviewSession,
    folder: Path,
    language: str = DEFAULT,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> tuple[Path, ...]:
    """One PDF per application in `folder`, for signing by hand; after `cancel` those already made stay.

    Raises:
        NdbError: E-STORE-* when a file cannot be written.
        Cancelled: by `cancel`, between two files.
    """
    from ndb_desktop.reports.score_sheet import score_sheet

    token, signature = cancel or CancelToken(), _own_signature(session, language)
    written = []
    for number, item in enumerate(session.applications):
        token.check()
        progress(number, len(session.applications), item.application.applicant)
        path = folder / score_sheet_name(session, item.application.id)
        _write(score_sheet(_own_view(session, item, signature, language), language), path)
        written.append(path)
    progress(len(written), len(written), "")
    return tuple(written)


def score_sheet_name(session: ReviewSession, application: str = "") -> str:
    """The file name of the PDF of one application, or of all (""): beside its score file it sorts with it."""
    if session.locked:
        stem = Path(session.exports()[-1].name).stem
    else:
        trial = [TRIAL_PREFIX] if session.batch.trial else []
        stem = "_".join([*trial, fit_part(session.batch.id), "draft", fit_part(session.expert.id)])
    return f"{stem}_{fit_part(application)}.pdf" if application else f"{stem}.pdf"


def _own_signature(session: ReviewSession, language: str) -> SignatureBlock | None:
    from ndb_desktop.reports.score_sheet import SignatureBlock
    from ndb_desktop.services.report_sheet import NOTHING

    if not session.locked:
        return None
    last = session.exports()[-1]
    fingerprint = session.signed_with or session.summary.expert_key or NOTHING
    sending = text("report.signature.sending", language, name=last.name, issuer=session.summary.issuer_name)
    words = spoken(last.payload_sha256, language)
    return SignatureBlock(
        session.expert.name, fingerprint, last.payload_sha256, last.at, last.name, words=words, sending=sending
    )


def _own_view(session: ReviewSession, item: ReviewItem, signature: SignatureBlock | None, language: str) -> ScoreSheet:
    from ndb_desktop.services.report_sheet import Subject, sheet_view

    statements = [(statement.text, at) for statement, at in session.statements()]
    return sheet_view(
        Subject(item.application, item.pack, item.k, session.batch, session.expert.id, session.expert.name, item.stage),
        session.sheet(item.application.id),
        session.sheet_revision(item.application.id),
        statements,
        signature,
        language,
    )


def statements_report(session: ReviewSession, target: Path, language: str = DEFAULT) -> MadeReport:
    """The statements (评审声明) of the bundle in full with the moment each was agreed to. Raises E-STORE-*."""
    from ndb_desktop.reports.statement_sheet import StatementSheet, statement_sheet
    from ndb_desktop.services.report_sheet import NOTHING

    sheet = StatementSheet(
        facts=(
            (text("report.fact.batch", language), session.batch.title.get(language)),
            (
                text("report.fact.expert", language),
                text("report.fact.expert_value", language, name=session.expert.name, id=session.expert.id),
            ),
            (text("report.fact.issuer", language), session.summary.issuer_name),
        ),
        statements=tuple(
            (statement.text.get(language), at or NOTHING, statement.sha256) for statement, at in session.statements()
        ),
        trial=session.batch.trial,
        proposal=any(
            form.is_proposal
            for form in [item.form for item in session.applications if item.stage] or session.packs.values()
        ),
    )
    return _write(statement_sheet(sheet, language), target)


def office_sheet_report(office: Office, expert: str, target: Path, language: str = DEFAULT) -> MadeReport:
    """The sheets of an expert's newest accepted file, made from the signed bytes themselves; logged.

    Raises:
        NdbError: E-REPORT-NO-FILE (nothing of this expert arrived), E-OFFICE-EXPERT, E-STORE-*.
    """
    from ndb_desktop.reports.score_sheet import score_sheets

    office.expert(expert)
    newest = max(office.registry.files(expert), key=lambda row: (row.revision, row.id), default=None)
    if newest is None:
        raise NdbError("E-REPORT-NO-FILE", place=expert)
    opened = open_score(newest.envelope, None, place=newest.name)
    made = score_sheets(tuple(signed_views(office, opened, newest.name, language)), language)
    _write(made, target)
    office.log("report.sheet", expert, {"file": target.name, "sha256": made.sha256, "payload": opened.payload_sha256})
    return made


def signed_views(office: Office, opened: OpenedScore, name: str, language: str) -> list[ScoreSheet]:
    """The sheets of a signed file as they are printed, with the signature and whose key it is."""
    from ndb_desktop.reports.score_sheet import SignatureBlock
    from ndb_desktop.services.report_sheet import Subject, sheet_view

    payload = opened.payload
    factors = {row.id: exact(row.k) for row in office.batch.fields}
    status = next((key.status for key in office.expert_keys(payload.expert.id) if key.keyid == opened.keyid), "none")
    signature = SignatureBlock(
        payload.expert.name, opened.keyid, opened.payload_sha256, payload.signed_at, name,
        text(KEY_STATUS[status], language), words=spoken(opened.payload_sha256, language),
    )  # fmt: skip
    packs = (*office.packs.values(), *office.stage_packs.values())
    words: dict[str, LocalText] = {row.id: row.text for pack in packs for row in pack.statements}
    agreed = [(words[row.id], row.agreed_at) for row in payload.statements if row.id in words]
    views = []
    for sheet in opened.sheets:
        application = office.application(sheet.record.application)
        subject = Subject(
            application, office.pack_of(application), factors[application.field], office.batch,
            payload.expert.id, payload.expert.name, office.stage_work(application.id),
        )  # fmt: skip
        views.append(sheet_view(subject, sheet.record.to_sheet(), sheet.record.revision, agreed, signature, language))
    return views


def panels_of(office: Office) -> tuple[tuple[Category, str], ...]:
    """The panels of the batch as (category, field), in neutral order."""
    present = {(application.category, application.field) for application in office.applications()}
    categories: tuple[Category, Category] = ("park", "enterprise")
    return tuple(
        (category, field.id)
        for category in categories
        for field in office.batch.fields
        if (category, field.id) in present
    )


def panel_members(result: BatchResult, category: Category, field: str) -> tuple[str, ...]:
    """The experts of one panel, by id."""
    rows = (row for row in result.results.values() if (row.category, row.field) == (category, field))
    return tuple(sorted({expert for row in rows for expert in row.experts}))


def panel_report(
    office: Office,
    target: Path,
    category: Category,
    field: str,
    language: str = DEFAULT,
    *,
    names: bool = False,
    head: str | None = None,
) -> MadeReport:
    """统稿: the summary of one panel for the signatures of its `head` and members, with votes and dissent; internal.

    The look at scores is logged. `names` shows members by name. The `head` (组长, an id) is remembered; None is the one
    remembered, with "" the line for one is blank.

    Raises:
        NdbError: E-REPORT-NO-PANEL (no application in this category and field), E-REPORT-HEAD (the head is not of this
            panel), E-STORE-*, and as `unblind`.
    """
    from ndb_desktop.reports.panel_summary import panel_summary
    from ndb_desktop.services.report_panel import panel_view

    if (category, field) not in panels_of(office):
        raise NdbError("E-REPORT-NO-PANEL", place=f"{category}/{field}")
    unblind(office)
    if office.stage != "selection":
        return _stage_report(office, target, category, field, language, names=names, head=head)
    result = compute(office)

    def make(first: str) -> MadeReport:
        return panel_summary(panel_view(office, result, category, field, language, names=names, head=first), language)

    members = panel_members(result, category, field)
    return _panel_made(office, target, panel_place(category, field), members, head, make, result.digest, names=names)


def _stage_report(
    office: Office, target: Path, category: Category, field: str, language: str, *, names: bool, head: str | None
) -> MadeReport:
    """The same of a later stage: outcomes, targets and tasks of every base of the panel."""
    from ndb_desktop.reports.stage_outcome import stage_summary
    from ndb_desktop.services.report_stage import stage_view

    result = compute_stage(office)
    mine = [
        base for base in result.bases.values()
        if (base.application.category, base.application.field) == (category, field)
    ]  # fmt: skip

    def make(first: str) -> MadeReport:
        return stage_summary(stage_view(office, result, category, field, language, names=names, head=first), language)

    members = tuple(sorted({expert for base in mine for expert in base.experts}))
    return _panel_made(office, target, panel_place(category, field), members, head, make, result.digest, names=names)


def _panel_made(
    office: Office,
    target: Path,
    place: str,
    members: tuple[str, ...],
    head: str | None,
    make: Callable[[str], MadeReport],
    result: str,
    *,
    names: bool,
) -> MadeReport:
    """Writes what `make` makes for the head, who is one of `members` or ""; remembers and logs it."""
    first = head_for(office, place, members, head)
    if first and first not in members:
        raise NdbError("E-REPORT-HEAD", place=first)
    made = make(first)
    _write(made, target)
    remember_head(office, place, first)
    details = {"file": target.name, "sha256": made.sha256, "result": result, "names": names, "head": first}
    office.log("report.panel", place, details)
    return made


def notice_report(
    office: Office, target: Path, language: str = DEFAULT, *, period: NoticePeriod | None = None
) -> MadeReport:
    """The public list: no score, neutral order (R06); with a `period` the notice for objections (公示).

    Raises:
        NdbError: E-STORE-*, and as `public_results`.
    """
    made = _write(notice_document(public_results(office), language, period), target)
    details = {"file": target.name, "sha256": made.sha256}
    if period is not None:
        details |= {"start": period.start.isoformat(), "end": period.end.isoformat()}
    office.log("report.notice", office.batch.id, details)
    return made


def notice_document(public: PublicResults, language: str, period: NoticePeriod | None = None) -> MadeReport:
    """The public list as a PDF; it depends on the set of those selected and the period alone."""
    from ndb_desktop.reports.public_list import public_list
    from ndb_desktop.services.report_panel import notice_view

    return public_list(notice_view(public, language, period), language)


def secret_slips(
    office: Office, issued: Sequence[IssuedBundle], target: Path, *, language: str = DEFAULT
) -> MadeReport:
    """A slip per bundle that opens with a secret, one page each, to be printed and sealed; logged without secrets.

    Raises:
        NdbError: E-REPORT-NO-SLIP (all these bundles open with the experts' own keys), E-STORE-*.
    """
    from ndb_desktop.reports import secret_slip

    names = {expert.id: expert.name for expert in office.experts()}
    slips = tuple(
        secret_slip.SecretSlip(
            expert=text(
                "report.fact.expert_value", language, name=names.get(bundle.expert, bundle.expert), id=bundle.expert
            ),
            bundle_id=bundle.bundle_id,
            file_name=Path(bundle.path).name,
            batch=office.batch.title.get(language),
            secret=bundle.secret,
            issuer=office.name,
            issuer_fingerprint=office.coordinator.keyid,
            issued_at=bundle.issued_at,
            expires_at=bundle.expires_at,
            trial=office.batch.trial,
        )
        for bundle in issued
        if bundle.secret is not None
    )
    if not slips:
        raise NdbError("E-REPORT-NO-SLIP")
    made = _write(secret_slip.secret_slips(slips, language), target)
    office.log("report.slips", office.batch.id, {"file": target.name, "count": len(slips)})
    return made


def _write(made: MadeReport, target: Path) -> MadeReport:
    with atomic_write(target) as stream:
        stream.write(made.data)
    return made
