"""`ndb review news`: what a supplement or replacement changed, and ticking it off."""

from __future__ import annotations

from dataclasses import asdict

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.usage import Verb


def add(verb: Verb) -> None:
    """Adds the options of the verb."""
    verb.argument("--tick", metavar="LINE", action="append", default=[], help_key="cli.review.news.tick")
    verb.argument("--tick-all", action="store_true", help_key="cli.review.news.all")


def run(context: Context) -> int:
    """Lists the lines; with findings while something keeps the expert from signing."""
    from ndb_desktop.cli.review import review_session
    from ndb_desktop.services.review_news_words import news_words

    options, language = context.options, context.language
    with review_session(context) as session:
        for key in options.tick:
            session.tick_news(key)
        if options.tick_all:
            session.tick_all_news()
        items = {item.application.id: item for item in session.applications}
        lines = session.news()
        rows = [
            {
                **asdict(line.news),
                "line": line.key,
                "done": line.done,
                "blocks": line.blocks,
                "words": news_words(line.news, items.get(line.news.application), language),
            }
            for line in lines
        ]
        carried = session.carried_from
    waiting, blocking = sum(not line.done for line in lines), sum(line.blocks for line in lines)
    context.emit(
        {"carried_from": carried, "open": waiting, "blocking": blocking, "news": rows},
        [
            *(f"  [{'x' if row['done'] else ' '}] {row['line']}  {row['application']}  {row['words']}" for row in rows),
            context.words("cli.review.news.open", count=waiting, blocking=blocking)
            if rows
            else context.words("cli.review.news.empty"),
        ],
    )
    return FINDINGS if blocking else FINE
