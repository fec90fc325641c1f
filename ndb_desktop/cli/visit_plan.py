"""`ndb visit plan`: to whom, by whom, which data to verify; what is odd about it is said first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.cli.visit_words import visit_facts, wanted_lines
from ndb_desktop.domain.errors import NdbError


def add_plan(noun: Verbs) -> None:
    """Registers the verb."""
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
    plan.argument("--dry-run", action="store_true", help_key="cli.visit.plan.dry_run")
    registry_options(plan)


def _plan(context: Context) -> int:
    from ndb_desktop.services.visit_notices import NOTICES, notices_of
    from ndb_desktop.services.visits import VisitPlan, draft_visit, plan_visit

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
        pack = _site_pack(options.pack)
        draft = draft_visit(office, plan, pack)
        said = [
            context.words(NOTICES[one.kind], names=context.words("list.separator").join(one.names))
            for one in notices_of(office, draft)
        ]
        for sentence in said:
            context.say(context.words("cli.visit.notice", sentence=sentence))
        visit = draft if options.dry_run else plan_visit(office, plan, pack)
        facts, lines = visit_facts(office, visit, "planned"), wanted_lines(context, office, visit)
    done = context.words("cli.visit.planned.not" if options.dry_run else "cli.visit.planned", visit=visit.id)
    context.emit({**facts, "dry_run": options.dry_run, "notices": said}, [done, *lines])
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
