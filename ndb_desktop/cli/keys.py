"""`ndb keys`: experts' keys in the registry: list, confirm a fingerprint, revoke."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.batch import KeyStatus

KEY_STATUS: Mapping[KeyStatus, str] = {
    "none": "cli.keys.status.none",
    "unconfirmed": "cli.keys.status.unconfirmed",
    "active": "cli.keys.status.active",
    "revoked": "cli.keys.status.revoked",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("keys", "cli.keys.help")
    registry_options(noun.verb("list", "cli.keys.list", _list))
    confirm = noun.verb("confirm", "cli.keys.confirm", _confirm)
    _names(confirm)
    revoke = noun.verb("revoke", "cli.keys.revoke", _revoke)
    _names(revoke)
    revoke.argument("--reason", required=True, help_key="cli.keys.reason")


def _names(verb: Verb) -> None:
    verb.argument("expert", metavar="EXPERT", help_key="cli.opt.expert")
    verb.argument("fingerprint", metavar="SHA256:...", help_key="cli.keys.fingerprint")
    registry_options(verb)


def _list(context: Context) -> int:
    with open_registry(context) as office:
        rows = office.expert_keys()
    context.emit(
        [
            {"expert": row.expert, "fingerprint": row.keyid, "status": row.status, "source": row.source,
             "since": row.since}
            for row in rows
        ],
        table(
            [context.words("cli.column.expert"), context.words("cli.column.key_status"),
             context.words("cli.column.since"), context.words("cli.column.fingerprint")],
            [(row.expert, context.words(KEY_STATUS[row.status]), row.since, row.keyid) for row in rows],
        ),
    )  # fmt: skip
    return FINE


def _confirm(context: Context) -> int:
    from ndb_desktop.services.intake import confirm_key

    options = context.options
    with open_registry(context) as office:
        confirm_key(office, options.expert, options.fingerprint)
    context.say(context.words("cli.keys.confirmed", expert=options.expert, fingerprint=options.fingerprint))
    return FINE


def _revoke(context: Context) -> int:
    from ndb_desktop.services.intake import revoke_key

    options = context.options
    with open_registry(context) as office:
        revoke_key(office, options.expert, options.fingerprint, options.reason)
    context.say(context.words("cli.keys.revoked", expert=options.expert, fingerprint=options.fingerprint))
    return FINE
