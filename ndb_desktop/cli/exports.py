"""`ndb results` and `ndb export results`: the public list (R06: no scores, neutral order), or the internal view."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.officers import decision_line, decision_record
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.formats.succession import Stage


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    results = verbs.verb("results", "cli.results.help", _results)
    results.argument("--internal", action="store_true", help_key="cli.results.internal")
    results.argument("--open", action="store_true", dest="unblind", help_key="cli.results.open")
    results.argument("--base", metavar="BASE", help_key="cli.results.base")
    results.argument("--record", metavar="DIR", type=Path, help_key="cli.results.record")
    results.argument("--reason", default="", help_key="cli.decision.reason")
    second_options(results)
    registry_options(results)
    noun = verbs.noun("export", "cli.export.help")
    export = noun.verb("results", "cli.export.results", _export)
    export.argument("target", metavar="FILE", type=Path, help_key="cli.export.target")
    export.argument("--format", choices=("json", "csv", "xlsx"), default="json", help_key="cli.export.format")
    export.argument("--internal", action="store_true", help_key="cli.export.internal")
    registry_options(export)
    package = noun.verb("package", "cli.export.package", _package)
    package.argument("target", metavar="FILE", type=Path, help_key="cli.export.target")
    package.argument("--card", metavar="CARD", type=Path, help_key="cli.export.card")
    package.argument("--check", action="store_true", help_key="cli.export.check")
    registry_options(package)
    notice = noun.verb("notice", "cli.export.notice", _notice)
    notice.argument("target", metavar="DIR", type=Path, help_key="cli.export.notice.target")
    notice.argument("--start", metavar="DATE", required=True, help_key="cli.report.notice.start")
    notice.argument("--days", type=int, default=5, help_key="cli.report.notice.days")
    notice.argument("--count-start-day", action="store_true", help_key="cli.report.notice.count")
    notice.argument("--issuer", default="", help_key="cli.export.issuer")
    notice.argument("--contact", default="", help_key="cli.export.contact")
    notice.argument("--recipients", default="", help_key="cli.export.recipients")
    registry_options(notice)
    forms = noun.verb("forms", "cli.export.forms", _forms)
    forms.argument("target", metavar="DIR", type=Path, help_key="cli.export.forms.target")
    forms.argument("--format", choices=("xlsx", "csv"), default="xlsx", help_key="cli.export.forms.format")
    forms.argument("--base", metavar="BASE", action="append", default=[], help_key="cli.export.forms.base")
    registry_options(forms)


def _results(context: Context) -> int:
    if context.options.unblind:
        return _open(context)
    if context.options.internal:
        return _internal(context)
    from ndb_desktop.services.results import public_results
    from ndb_desktop.services.results_export import STAGE_TITLES

    with open_registry(context) as office:
        results = public_results(office)
    language = context.language
    head = context.words("cli.status.trial" if results.trial else "cli.status.official", batch=results.batch)
    lines = [head, context.words("results.order")]
    if results.stage != "selection":
        lines.insert(1, context.words(STAGE_TITLES[results.stage]))
        if not results.rows:
            lines.append(context.words("stageresult.none_signed"))
    if results.proposal:
        lines.append(context.words("results.proposal"))
    lines += table(
        [context.words("cli.column.category"), context.words("cli.column.field"), context.words("cli.column.region"),
         context.words("cli.column.applicant")],
        [
            (context.words(_CATEGORY[row.category]), row.field_zh if language == "zh_CN" else row.field_en, row.region,
             row.applicant)
            for row in results.rows
        ],
    )  # fmt: skip
    context.emit(
        {
            "batch": results.batch,
            "trial": results.trial,
            "proposal": results.proposal,
            ("selected" if results.stage == "selection" else "passed"): [
                {"category": row.category, "field": row.field, "region": row.region, "applicant": row.applicant,
                 "credit_code": row.credit_code}
                for row in results.rows
            ],
        },
        lines,
    )  # fmt: skip
    return FINE


def _open(context: Context) -> int:
    from ndb_desktop.services.outcome import unblind

    with open_registry(context) as office:
        made = unblind(office, reason=context.options.reason, second=second_identity(context))
    context.emit(decision_record(made), [decision_line(context, made)])
    return FINE


_CATEGORY: Mapping[str, str] = {"park": "category.park", "enterprise": "category.enterprise"}
_SOUND: Mapping[Stage, str] = {
    "selection": "cli.export.package.sound", "acceptance": "cli.export.package.acceptance",
    "effect": "cli.export.package.effect",
}  # fmt: skip
_TRIMMING: Mapping[str, str] = {"item": "cli.trimming.item", "total": "cli.trimming.total"}


def _internal(context: Context) -> int:
    from ndb_desktop.cli.stage_results import show_inside
    from ndb_desktop.services.results import internal_results, result_record, state_text

    with open_registry(context) as office:
        if office.stage != "selection":
            return show_inside(context, office)
        result = internal_results(office, progress=context.progress, cancel=context.cancel)
        settings = {category: pack.settings for category, pack in office.packs.items()}
    states = result.selection.states
    data = {
        "batch": result.batch,
        "digest": result.digest,
        "trim_levels": {category: of.trim_level for category, of in settings.items()},
        "results": [
            {"application": name, "state": states[name], **result_record(row)} for name, row in result.results.items()
        ],
        "contradictions": [list(pair) for pair in result.contradictions],
        "late_conflicts": [list(pair) for pair in result.late_conflicts],
        "unconfirmed_keys": list(result.unconfirmed),
    }
    lines = table(
        [context.words("cli.column.application"), context.words("cli.column.applicant"),
         context.words("cli.column.valid"), context.words("cli.column.published"), context.words("cli.column.state"),
         context.words("cli.column.flags")],
        [
            (name, result.applications[name].applicant, row.n_valid,
             "-" if row.published is None else f"{row.published:f}", state_text(states[name], context.language),
             len(row.flags))
            for name, row in result.results.items()
        ],
    )  # fmt: skip
    trimming = [
        context.words(_TRIMMING[of.trim_level], category=context.words(_CATEGORY[category]), trim=of.trim_from)
        for category, of in settings.items()
    ]
    context.emit(data, [*lines, *trimming, context.words("cli.result_digest", digest=result.digest)])
    return FINE


def _export(context: Context) -> int:
    from ndb_desktop.services.results import export_results

    options = context.options
    with open_registry(context) as office:
        path = export_results(
            office, options.target, options.format, internal=options.internal, language=context.language
        )
    context.emit({"path": str(path), "internal": options.internal}, [context.words("cli.export.made", path=path)])
    return FINE


def _package(context: Context) -> int:
    from ndb_desktop.services.handing_over import check, hand_over, recipient_card

    options = context.options
    with open_registry(context) as office:
        if options.check:
            found = check(office, options.target)
        else:
            also = recipient_card(office, options.card).key if options.card else None
            found = hand_over(
                office, options.target, also=also, language=context.language, progress=context.progress,
                cancel=context.cancel,
            )  # fmt: skip
    context.emit(
        {
            "path": str(found.path), "size": found.size, "sha256": found.sha256, "lines": found.lines,
            "result": found.result,
            **({} if found.stage == "selection" else {"stage": found.stage, "open": found.open}),
        },
        [
            context.words(
                _SOUND[found.stage], path=found.path, lines=found.lines, open=found.open, sha256=found.sha256
            )
        ],
    )  # fmt: skip
    return FINE


def _notice(context: Context) -> int:
    from ndb_desktop.services.notice_period import notice_period
    from ndb_desktop.services.publication import Wording, publish

    options = context.options
    try:
        start = date.fromisoformat(options.start)
    except ValueError:
        raise NdbError("E-CLI-VALUE", place="--start", value=options.start) from None
    with open_registry(context) as office:
        period = notice_period(office, start, options.days, count_start_day=options.count_start_day)
        wording = Wording(options.issuer or office.name, options.contact, options.recipients)
        made = publish(
            office, options.target, period, wording, language=context.language, progress=context.progress,
            cancel=context.cancel,
        )  # fmt: skip
    context.emit(
        {
            "start": period.start.isoformat(), "end": period.end.isoformat(), "days": period.days,
            "files": [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in made.files],
            "missing": list(made.missing),
        },
        [period.words(context.language), *(f"  {row.name}  {row.sha256}" for row in made.files)],
    )  # fmt: skip
    return FINE


def _forms(context: Context) -> int:
    from ndb_desktop.services.stage_blank import blank_forms

    options = context.options
    with open_registry(context) as office:
        made = blank_forms(
            office, options.target, options.format, bases=options.base, language=context.language,
            progress=context.progress, cancel=context.cancel,
        )  # fmt: skip
    context.emit(
        {"forms": [{"application": one.application, "path": str(one.folder), "rows": one.rows} for one in made]},
        [
            *(context.words("cli.export.forms.line", application=one.application, rows=one.rows, path=one.folder)
              for one in made),
            context.words("cli.export.forms.made", count=len(made)),
        ],
    )  # fmt: skip
    return FINE
