"""`ndb visit`: on-site inspections: inspectors' keys, visits planned and issued, signed records merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.keys import KEY_STATUS
from ndb_desktop.cli.merge import VERDICTS, after_merge, merge_code, merge_options, run_merge
from ndb_desktop.cli.office import existing, names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain

if TYPE_CHECKING:
    from ndb_desktop.domain.siterecord import Visit
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.site_effects import SiteEffects
    from ndb_desktop.services.site_findings import VetoCandidate
    from ndb_desktop.services.site_merge import SiteReport

WHYS: Mapping[str, str] = {
    "challenge": "cli.visit.why.challenge",
    "flag": "cli.visit.why.flag",
    "sample": "cli.visit.why.sample",
    "coordinator": "cli.visit.why.coordinator",
}
STANDINGS: Mapping[str, str] = {
    "planned": "cli.visit.state.planned",
    "issued": "cli.visit.state.issued",
    "current": "cli.visit.state.current",
    "conflict": "cli.visit.state.conflict",
    "held": "cli.visit.state.held",
}


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
    _add_plan(noun)
    issue = noun.verb("issue", "cli.visit.issue", _issue)
    issue.argument("visit", metavar="VISIT", help_key="cli.visit.visit")
    issue.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    issue.argument("--slip", metavar="PDF", type=Path, help_key="cli.visit.slip")
    issue.argument("--expires", metavar="UTC", help_key="cli.issue.expires")
    registry_options(issue)
    registry_options(noun.verb("list", "cli.visit.list", _list))
    registry_options(noun.verb("uncovered", "cli.visit.uncovered", _uncovered))
    show = noun.verb("show", "cli.visit.show", _show)
    show.argument("visit", metavar="VISIT", help_key="cli.visit.visit")
    registry_options(show)
    merge = noun.verb("merge", "cli.visit.merge", _merge)
    merge_options(merge, paths="cli.visit.paths", receipts="cli.visit.receipts")


def _add_plan(noun: Verbs) -> None:
    plan = noun.verb("plan", "cli.visit.plan", _plan)
    plan.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    plan.argument("--member", metavar="INSPECTOR", action="append", default=[], help_key="cli.visit.member")
    plan.argument("--signer", metavar="INSPECTOR", action="append", default=[], help_key="cli.visit.signer")
    plan.argument("--datum", metavar="CODE[/YEAR][=NOTE]", action="append", default=[], help_key="cli.visit.datum")
    plan.argument("--no-challenges", action="store_true", help_key="cli.visit.no_challenges")
    plan.argument("--flags", action="store_true", help_key="cli.visit.flags")
    plan.argument("--sample", metavar="N", type=int, default=0, help_key="cli.visit.sample")
    plan.argument("--seed", metavar="WORDS", default="", help_key="cli.visit.seed")
    plan.argument("--excuse", metavar="INSPECTOR=REASON", action="append", default=[], help_key="cli.visit.excuse")
    plan.argument("--pack", metavar="PATH", type=Path, help_key="cli.visit.pack")
    plan.argument("--date", metavar="YYYY-MM-DD", default="", help_key="cli.visit.date")
    registry_options(plan)


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
        [(name, _id(datum, year), names.datum(categories[name], datum, year)) for name, datum, year in found],
    )
    data = [{"application": name, "datum": datum, "year": year} for name, datum, year in found]
    context.emit(data, lines if found else [context.words("cli.visit.uncovered.none")])
    return FINE


def _plan(context: Context) -> int:
    from ndb_desktop.services.visits import VisitPlan, plan_visit

    options = context.options
    with open_registry(context) as office:
        plan = VisitPlan(
            application=options.application,
            team=tuple(options.member),
            required=tuple(options.signer),
            challenges=not options.no_challenges,
            flags=options.flags,
            sample=options.sample,
            seed=options.seed,
            listed=dict(_listed(one) for one in options.datum),
            excused=dict(_pair(one, "--excuse") for one in options.excuse),
            planned_on=options.date,
        )
        visit = plan_visit(office, plan, _site_pack(options.pack))
        facts, lines = _facts(office, visit), _lines(context, office, visit)
    context.emit(facts, [context.words("cli.visit.planned", visit=visit.id), *lines])
    return FINE


def _site_pack(path: Path | None) -> Any:
    """The checklist in `path`, or the one that is shipped. Raises NdbError E-VISIT-PACK for a pack of another kind."""
    from ndb_desktop.domain.sitepack import SitePack
    from ndb_desktop.services.rulepacks import builtin_site_packs, load_any_pack

    if path is None:
        return builtin_site_packs()["site-check"]
    pack = load_any_pack(existing(path))
    if not isinstance(pack, SitePack):
        raise NdbError("E-VISIT-PACK", place=path.name, pack=pack.id)
    return pack


def _listed(typed: str) -> tuple[tuple[str, str], str]:
    place, _, note = typed.partition("=")
    code, _, key = place.strip().partition("/")
    return (code, key), note.strip()


def _pair(typed: str, option: str) -> tuple[str, str]:
    name, sign, value = typed.partition("=")
    if not sign:
        raise NdbError("E-CLI-VALUE", option=option, value=typed)
    return name.strip(), value.strip()


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


def _list(context: Context) -> int:
    from ndb_desktop.services.visits import list_visits

    with open_registry(context) as office:
        rows = [_facts(office, visit) for visit in list_visits(office)]
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


def _facts(office: Office, visit: Visit) -> dict[str, Any]:
    """A visit for machines; never a secret."""
    bundles = office.registry.visit_bundles(visit.id)
    standing = next((one for one in office.registry.site_standings() if one.visit == visit.id), None)
    return {
        "visit": visit.id,
        "application": visit.application,
        "applicant": visit.applicant,
        "state": standing.state if standing else "issued" if bundles else "planned",
        "revision": standing.revision if standing else 0,
        "team": [{"id": one.id, "name": one.name, "employer": one.employer} for one in visit.members],
        "required": list(visit.required),
        "planned_on": visit.planned_on,
        "wanted": [
            {
                "datum": one.datum, "year": one.key, "indicator": one.indicator, "unit": one.unit, "kind": one.kind,
                "declared": None if one.declared is None else plain(one.declared), "whys": list(one.whys),
                "note": one.note,
            }
            for one in visit.wanted
        ],
        "bundles": [
            {"bundle": one.bundle_id, "issued_at": one.issued_at, "revoked_at": one.revoked_at, "path": one.path}
            for one in bundles
        ],
    }  # fmt: skip


def _id(datum: str, year: str) -> str:
    """As it is typed after `--datum`."""
    return f"{datum}/{year}" if year else datum


def _lines(context: Context, office: Office, visit: Visit) -> list[str]:
    names, category = names_of(context, office), office.registry.application_categories()[visit.application]
    return table(
        [context.words(f"cli.column.{name}") for name in ("datum", "title", "declared", "reason")],
        [
            (one.id, names.datum(category, one.datum, one.key),
             "-" if one.declared is None else f"{plain(one.declared)} {context.words(f'unit.{one.unit}')}",
             " / ".join(context.words(WHYS[why]) for why in one.whys))
            for one in visit.wanted
        ],
    )  # fmt: skip


def _show(context: Context) -> int:
    from ndb_desktop.services.site_effects import site_effects
    from ndb_desktop.services.visits import visit_of

    with open_registry(context) as office:
        visit, _ = visit_of(office, context.options.visit)
        facts = _facts(office, visit)
        effects = next((one for one in site_effects(office) if one.application == visit.application), None)
        wanted, changed = _lines(context, office, visit), _effects_lines(context, office, effects)
    lines = [
        f"{visit.id}  {visit.application}  {visit.applicant}  {context.words(STANDINGS[facts['state']])}",
        "  ".join(f"{one.id} {one.name} ({one.employer})" for one in visit.members),
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
        (_id(one.datum, one.key), names.datum(category, one.datum, one.key),
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
