"""`ndb settle veto`: a ground for a veto (一票否决, R09) decided on with its evidence, beside every score and share."""

from __future__ import annotations

from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.sitepack import VETO_GROUNDS

_STATUSES = {
    "present": "cli.settle.veto.present",
    "cleared": "cli.settle.veto.cleared",
    "check": "cli.settle.veto.check",
}


def add_to(noun: Verbs) -> None:
    """Registers the verb of `ndb settle`."""
    verb = noun.verb("veto", "cli.settle.veto", _veto)
    verb.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    verb.argument("ground", choices=VETO_GROUNDS, help_key="cli.settle.veto.ground")
    verb.argument("status", choices=tuple(_STATUSES), help_key="cli.settle.veto.status")
    verb.argument("--evidence", required=True, help_key="cli.settle.veto.evidence")
    verb.argument("--on", required=True, help_key="cli.settle.veto.on")
    registry_options(verb)


def _veto(context: Context) -> int:
    from ndb_desktop.services.place_words import ground_name
    from ndb_desktop.services.results import record_veto
    from ndb_desktop.storage.registry_rows import Veto

    options = context.options
    with open_registry(context) as office:
        record_veto(office, Veto(options.application, options.ground, options.status, options.evidence, options.on, ""))
        category = office.cover(options.application).category
        ground = ground_name(office, category, options.ground, context.language)
    status = context.words(_STATUSES[options.status])
    context.emit(
        {"application": options.application, "ground": options.ground, "status": options.status},
        [context.words("cli.settle.veto.done", application=options.application, ground=ground, status=status)],
    )
    return FINE
