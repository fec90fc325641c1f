"""`ndb identity`: make one's own key, show its fingerprint, write the card that others need."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.secrets import key_options, own_identity, passphrase, passphrase_options
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("identity", "cli.identity.help")
    new = noun.verb("new", "cli.identity.new", _new)
    new.argument("name", metavar="NAME", help_key="cli.identity.name")
    new.argument("--trial", action="store_true", help_key="cli.opt.trial")
    passphrase_options(new)
    noun.verb("show", "cli.identity.show", _show)
    card = noun.verb("card", "cli.identity.card", _card)
    card.argument("target", metavar="FILE", type=Path, help_key="cli.identity.card.target")
    card.argument("--name", required=True, help_key="cli.identity.card.name")
    card.argument("--employer", default="", help_key="cli.identity.card.employer")
    card.argument("--trial", action="store_true", help_key="cli.opt.trial")
    key_options(card)


def _new(context: Context) -> int:
    from ndb_desktop.services.identity import create_identity

    stored = create_identity(
        context.profile / "keys",
        name=context.options.name,
        passphrase=passphrase(context, new=True),
        trial=context.options.trial,
    )
    context.emit(
        {"path": str(stored.path), "name": stored.name, "fingerprint": stored.fingerprint},
        [
            context.words("cli.identity.made", path=stored.path),
            context.words("cli.identity.fingerprint", fingerprint=stored.fingerprint),
        ],
    )
    context.say(context.words("cli.identity.keep"))
    return FINE


def _show(context: Context) -> int:
    from ndb_desktop.services.identity import list_identities

    stored = list_identities(context.profile / "keys")
    context.emit(
        [{"path": str(item.path), "name": item.name, "fingerprint": item.fingerprint} for item in stored],
        [f"{item.fingerprint}  {item.name}  {item.path}" for item in stored],
    )
    if not stored:
        context.say(context.words("cli.identity.none"))
    return FINE


def _card(context: Context) -> int:
    from ndb_desktop.services.identity import write_card

    options = context.options
    identity = own_identity(context)
    path = write_card(
        identity,
        name=options.name,
        employer=options.employer,
        target=options.target,
        trial=options.trial,
        created_at=context.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    context.emit(
        {"path": str(path), "fingerprint": identity.public.keyid},
        [
            context.words("cli.identity.card.made", path=path),
            context.words("cli.identity.fingerprint", fingerprint=identity.public.keyid),
        ],
    )
    return FINE
