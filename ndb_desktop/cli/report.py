"""`ndb report`: PDFs: an expert's score sheets, the panel summary, inspection records, the public notice, slips."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.review import bundle_options, review_session
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.reports.site_record import PrintedRecord


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("report", "cli.report.help")
    sheet = noun.verb("sheet", "cli.report.sheet", _sheet)
    sheet.argument("expert", metavar="EXPERT", help_key="cli.opt.expert")
    registry_options(_target(sheet))
    own = _target(bundle_options(noun.verb("own-sheets", "cli.report.own", _own)))
    own.argument("--application", metavar="ID", action="append", help_key="cli.report.applications")
    panel = noun.verb("panel", "cli.report.panel", _panel)
    panel.argument("category", choices=("park", "enterprise"), help_key="cli.report.category")
    panel.argument("field", metavar="FIELD", help_key="cli.report.field")
    panel.argument("--names", action="store_true", help_key="cli.report.names")
    panel.argument("--head", metavar="EXPERT", help_key="cli.round.head")
    registry_options(_target(panel))
    site = noun.verb("site", "cli.report.site", _site)
    site.argument("source", metavar="FILE|VISIT", help_key="cli.report.site.source")
    registry_options(_target(site))
    notice = _target(noun.verb("notice", "cli.report.notice", _notice))
    notice.argument("--start", metavar="DATE", help_key="cli.report.notice.start")
    notice.argument("--days", metavar="N", type=int, default=5, help_key="cli.report.notice.days")
    notice.argument("--count-start-day", action="store_true", help_key="cli.report.notice.count")
    registry_options(notice)
    slips = _target(noun.verb("slips", "cli.report.slips", _slips))
    slips.argument("--expert", metavar="ID", action="append", help_key="cli.report.slips.expert")
    registry_options(slips)


def _target(verb: Verb) -> Verb:
    verb.argument("target", metavar="PDF", type=Path, help_key="cli.report.target")
    return verb


def _sheet(context: Context) -> int:
    from ndb_desktop.services.report import office_sheet_report

    options = context.options
    with open_registry(context) as office:
        made = office_sheet_report(office, options.expert, options.target, context.language)
    return _show(context, made)


def _own(context: Context) -> int:
    from ndb_desktop.services.report import score_sheet_report

    options = context.options
    with review_session(context) as session:
        made = score_sheet_report(session, options.target, context.language, applications=options.application)
    return _show(context, made)


def _panel(context: Context) -> int:
    from ndb_desktop.services.report import panel_report

    options = context.options
    with open_registry(context) as office:
        made = panel_report(
            office, options.target, options.category, options.field, context.language, names=options.names,
            head=options.head,
        )  # fmt: skip
    return _show(context, made)


def _site(context: Context) -> int:
    from ndb_desktop.services.report_site_office import office_site_report, record_on_file

    options = context.options
    named = Path(options.source)
    with open_registry(context) as office:
        # A visit is an id of the registry; whatever lies on the disk under that name is meant first.
        source = named if named.suffix or named.exists() else record_on_file(office, options.source)
        made = office_site_report(
            office, existing(source), options.target, context.language, progress=context.progress, cancel=context.cancel
        )
    return _show(context, made)


def _notice(context: Context) -> int:
    from ndb_desktop.services.notice_period import notice_period
    from ndb_desktop.services.report import notice_report

    options = context.options
    start = _date(options.start)
    with open_registry(context) as office:
        period = None
        if start is not None:
            period = notice_period(office, start, options.days, count_start_day=options.count_start_day)
        made = notice_report(office, options.target, context.language, period=period)
    return _show(context, made)


def _date(value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise NdbError("E-CLI-VALUE", place="--start", value=value) from None


def _slips(context: Context) -> int:
    from ndb_desktop.services.issue_chain import in_force
    from ndb_desktop.services.report import secret_slips

    wanted: Sequence[str] | None = context.options.expert
    with open_registry(context) as office:
        issued = [row for row in in_force(office.issued()).values() if not wanted or row.expert in wanted]
        made = secret_slips(office, issued, context.options.target, language=context.language)
    return _show(context, made)


def _show(context: Context, made: MadeReport | PrintedRecord) -> int:
    """Characters the font lacks are a finding: the page shows □ and their code points, and so does this."""
    target = context.options.target
    context.emit(
        {"path": str(target), "pages": made.pages, "sha256": made.sha256, "missing": list(made.missing)},
        [context.words("cli.report.made", path=target, pages=made.pages), f"sha256 {made.sha256}"],
    )
    if made.missing:
        context.report((NdbError("E-CLI-GLYPHS", place=str(target), points=", ".join(made.missing)),))
        return FINDINGS
    return FINE
