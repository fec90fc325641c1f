"""`ndb review second`: an expert's answer in a second round (复评): a reason per change, or the first scores stand."""

from __future__ import annotations

from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.usage import Verb
from ndb_desktop.domain.errors import NdbError


def add(verb: Verb) -> None:
    """Adds the options."""
    verb.argument("--application", metavar="ID", required=True, help_key="cli.opt.application")
    verb.argument("--item", metavar="ITEM", help_key="cli.review.item")
    verb.argument("--reason", help_key="cli.review.change_reason")
    verb.argument("--uphold", action="store_true", help_key="cli.review.uphold")


def run(context: Context) -> int:
    """Stores a reason for a change, or the confirmation that nothing changed."""
    from ndb_desktop.cli.review import review_session

    options = context.options
    if options.uphold == bool(options.item and options.reason):
        raise NdbError("E-CLI-VALUE", place="--uphold / --item + --reason", value=options.item or "-")
    with review_session(context) as session:
        if options.uphold:
            session.uphold(options.application)
        else:
            session.set_change_reason(options.application, options.item, options.reason)
        left = len(session.findings(options.application))
    words = context.words("cli.review.second.left", application=options.application, count=left)
    context.emit({"application": options.application, "findings": left}, [words])
    return FINE
