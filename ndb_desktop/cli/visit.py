"""`ndb visit`: on-site inspections: inspectors' keys, visits planned and issued, signed records merged."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.keys import KEY_STATUS
from ndb_desktop.cli.merge import VERDICTS, after_merge, merge_code, merge_options, run_merge
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.cli.visit_plan import add_plan
from ndb_desktop.cli.visit_words import STANDINGS, datum_id, visit_facts, wanted_lines
from ndb_desktop.domain.numbers import plain

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.site_effects import SiteEffects
    from ndb_desktop.services.site_findings import VetoCandidate
    from ndb_desktop.services.site_merge import SiteReport


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("visit", "cli.visit.help")
    registry_options(noun.verb("inspectors", "cli.visit.inspectors", _inspectors))
    confirm = noun.verb("confirm", "cli.visit.confirm", _confirm)
    confirm.argument("inspector", metavar="INSPECTOR", help_key="cli.visit.inspector")
    confirm.argument("fingerprint", metavar="SHA256:...", help_key="cli.keys.fingerprint")
    registry_options(confirm)
    revoke = noun.verb("revoke", "cli.visit.revoke", _revoke)
    revoke.argument("inspector", metavar="INSPECTOR", help_key="cli.visit.inspector")
    revoke.argument("--reason", required=True, help_key="cli.keys.reason")
    registry_options(revoke)
    add_plan(noun)
    issue = noun.verb("issue", "cli.visit.issue", _issue)
    issue.argument("visit", metavar="VISIT", help_key="cli.visit.visit")
    issue.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    issue.argument("--slip", metavar="PDF", type=Path, help_key="cli.visit.slip")
    issue.argument("--expires", metavar="UTC", help_key="cli.issue.expires")
    registry_options(issue)
    withdraw = noun.verb("withdraw", "cli.visit.withdraw", _withdraw)
    withdraw.argument("visit", metavar="VISIT", help_key="cli.visit.visit")
    withdraw.argument("--reason", required=True, help_key="cli.visit.withdraw.reason")
    registry_options(withdraw)
    registry_options(noun.verb("list", "cli.visit.list", _list))
    registry_options(noun.verb("uncovered", "cli.visit.uncovered", _uncovered))
    show = noun.verb("show", "cli.visit.show", _show)
    show.argument("visit", metavar="VISIT", help_key="cli.visit.visit")
    registry_options(show)
    merge = noun.verb("merge", "cli.visit.merge", _merge)
    merge_options(merge, paths="cli.visit.paths", receipts="cli.visit.receipts")


def _inspectors(context: Context) -> int:
    with open_registry(context) as office:
        rows = office.registry.inspectors()
    context.emit(
        [
            {"id": row.id, "name": row.name, "employer": row.employer, "fingerprint": row.keyid, "status": row.status}
            for row in rows
        ],
        table(
            [context.words("cli.column.inspector"), context.words("cli.column.name"),
             context.words("cli.column.key_status"), context.words("cli.column.fingerprint")],
            [(row.id, row.name, context.words(KEY_STATUS[row.status]), row.keyid) for row in rows],
        ),
    )  # fmt: skip
    return FINE


def _confirm(context: Context) -> int:
    from ndb_desktop.services.inspectors import confirm_inspector

    options = context.options
    with open_registry(context) as office:
        row = confirm_inspector(office, options.inspector, options.fingerprint)
    context.emit({"id": row.id, "status": row.status}, [context.words("cli.visit.confirmed", inspector=row.id)])
    return FINE


def _revoke(context: Context) -> int:
    from ndb_desktop.services.inspectors import held_by, revoke_inspector

    options = context.options
    with open_registry(context) as office:
        row = revoke_inspector(office, options.inspector, options.reason)
        held = held_by(office, row.id)
    lines = [context.words("cli.visit.revoked", inspector=row.id)]
    if held:
        lines.append(context.words("cli.visit.revoked.held", visits=context.words("list.separator").join(held)))
    context.emit({"id": row.id, "status": row.status, "held": list(held)}, lines)
    return FINE


def _uncovered(context: Context) -> int:
    from ndb_desktop.services.visits import uncovered

    with open_registry(context) as office:
        found, names = uncovered(office), names_of(context, office)
        categories = office.registry.application_categories()
    lines = table(
        [context.words(f"cli.column.{name}") for name in ("application", "datum", "title")],
        [(name, datum_id(datum, year), names.datum(categories[name], datum, year)) for name, datum, year in found],
    )
    data = [{"application": name, "datum": datum, "year": year} for name, datum, year in found]
    context.emit(data, lines if found else [context.words("cli.visit.uncovered.none")])
    return FINE


def _issue(context: Context) -> int:
    from ndb_desktop.services.report import secret_slips
    from ndb_desktop.services.visit_issue import as_issued, issue_visit

    options = context.options
    with open_registry(context) as office:
        bundle = issue_visit(
            office, options.visit, options.out, slip=options.slip is not None, expires_at=options.expires,
            progress=context.progress, cancel=context.cancel,
        )  # fmt: skip
        if options.slip:
            secret_slips(office, [as_issued(bundle)], options.slip, language=context.language)
    data = {"visit": bundle.visit, "bundle": bundle.bundle_id, "path": bundle.path, "digest": bundle.digest}
    context.emit(data, [context.words("cli.visit.issued", visit=bundle.visit, file=Path(bundle.path).name)])
    return FINE


def _withdraw(context: Context) -> int:
    from ndb_desktop.services.visit_withdraw import withdraw_visit

    options = context.options
    with open_registry(context) as office:
        made = withdraw_visit(office, options.visit, options.reason)
    bundles = made.content["bundles"].split()
    data = {"visit": made.subject, "decision": made.number, "at": made.at, "bundles": bundles}
    key = "cli.visit.withdrawn.bundle" if bundles else "cli.visit.withdrawn"
    context.emit(data, [context.words(key, visit=made.subject)])
    return FINE


def _list(context: Context) -> int:
    from ndb_desktop.services.visit_withdraw import visit_states
    from ndb_desktop.services.visits import list_visits

    with open_registry(context) as office:
        states = visit_states(office)
        rows = [visit_facts(office, visit, states[visit.id]) for visit in list_visits(office)]
    context.emit(
        rows,
        table(
            [context.words("cli.column.visit"), context.words("cli.column.application"),
             context.words("cli.column.applicant"), context.words("cli.column.inspector"),
             context.words("cli.column.data"), context.words("cli.column.state")],
            [
                (row["visit"], row["application"], row["applicant"], " ".join(one["id"] for one in row["team"]),
                 len(row["wanted"]), context.words(STANDINGS[row["state"]]))
                for row in rows
            ],
        ),
    )  # fmt: skip
    return FINE


def _show(context: Context) -> int:
    from ndb_desktop.services.site_effects import site_effects
    from ndb_desktop.services.visit_withdraw import visit_states
    from ndb_desktop.services.visits import visit_of

    with open_registry(context) as office:
        visit, _ = visit_of(office, context.options.visit)
        facts = visit_facts(office, visit, visit_states(office)[visit.id])
        effects = next((one for one in site_effects(office) if one.application == visit.application), None)
        wanted, changed = wanted_lines(context, office, visit), _effects_lines(context, office, effects)
    lines = [
        f"{visit.id}  {visit.application}  {visit.applicant}  {context.words(STANDINGS[facts['state']])}",
        "  ".join(f"{one.id} {one.name} ({one.employer})" for one in visit.members),
        *([context.words("cli.visit.withdrawn.why", **facts["withdrawn"])] if facts["withdrawn"] else ()),
        "",
        *wanted,
    ]
    context.emit({**facts, "effects": _effects_data(effects)}, [*lines, *changed])
    return FINE


def _effects_data(effects: SiteEffects | None) -> dict[str, Any] | None:
    if effects is None:
        return None
    return {
        "data": [
            {
                "datum": one.datum, "year": one.key, "visit": one.visit, "conclusion": one.conclusion,
                "declared": None if one.declared is None else plain(one.declared),
                "verified": None if one.verified is None else plain(one.verified),
                "effect": one.effect, "counts": one.counts,
            }
            for one in effects.data
        ],
        "computed": {name: [_ratio(before), _ratio(after)] for name, (before, after) in effects.items.items()},
        "veto_candidates": [
            {
                "ground": one.ground, "source": one.source, "id": one.id, "words": one.words, "visit": one.visit,
                "evidence": one.evidence, "reply": one.reply, "decided": None if one.veto is None else one.veto.status,
            }
            for one in effects.candidates
        ],
        "conflicts": list(effects.conflicts),
        "held": list(effects.held),
    }  # fmt: skip


def _ratio(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def _effects_lines(context: Context, office: Office, effects: SiteEffects | None) -> list[str]:
    if effects is None:
        return []
    names, category = names_of(context, office), office.registry.application_categories()[effects.application]
    rows = [
        (datum_id(one.datum, one.key), names.datum(category, one.datum, one.key),
         "-" if one.declared is None else plain(one.declared),
         "-" if one.verified is None else plain(one.verified),
         context.words("cli.visit.counts" if one.counts else "cli.visit.counts_not"))
        for one in effects.data
    ]  # fmt: skip
    heads = [context.words(f"cli.column.{name}") for name in ("datum", "title", "declared", "verified", "state")]
    lines = ["", *table(heads, rows)]
    lines += [
        context.words("cli.visit.changed", item=names.item(name), before=_brief(before), after=_brief(after))
        for name, (before, after) in effects.items.items()
    ]
    return [*lines, *(_candidate_line(context, one) for one in effects.candidates)]


def _candidate_line(context: Context, one: VetoCandidate) -> str:
    key = "cli.visit.candidate.open" if one.open else "cli.visit.candidate.decided"
    ground = one.ground if one.title is None else f"{one.ground} {one.title.get(context.language)}"
    return context.words(key, ground=ground, id=one.id, words=one.words or "-")


def _brief(value: Fraction | None) -> str:
    from ndb_desktop.domain.numbers import brief

    return "-" if value is None else brief(value)


def _merge(context: Context) -> int:
    from ndb_desktop.services.merge_receipts import write_site_receipts
    from ndb_desktop.services.site_merge import merge_sites

    return _show_report(context, run_merge(context, merge_sites, write_site_receipts))


def _show_report(context: Context, report: SiteReport) -> int:
    context.report(replace(one.fault, place=one.path) for one in report.verdicts if one.fault is not None)
    lines = table(
        [context.words("cli.column.file"), context.words("cli.column.verdict"), context.words("cli.column.visit"),
         context.words("cli.column.application"), context.words("cli.column.code")],
        [
            (one.path, context.words(VERDICTS[one.verdict]), one.visit or "-", one.application or "-",
             one.fault.code if one.fault else "-")
            for one in report.verdicts
        ],
    )  # fmt: skip
    lines += after_merge(context, report)
    data = {
        "dry_run": report.dry_run,
        "result_digest": report.result_digest,
        "files": [
            {
                "path": one.path, "verdict": one.verdict, "visit": one.visit, "application": one.application,
                "revision": one.revision, "payload_sha256": one.payload_sha256, "signed": list(one.signed),
                "fault": context.fault_data(one.fault),
            }
            for one in report.verdicts
        ],
    }  # fmt: skip
    context.emit(data, lines)
    return merge_code(report)
