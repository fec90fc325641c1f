"""What `ndb site` says of a record in words, as the window does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ndb_desktop.cli.context import Context
from ndb_desktop.domain.siteagree import disagreements as disagreeing

if TYPE_CHECKING:
    from ndb_desktop.domain.sitejoin import Split
    from ndb_desktop.domain.siterecord import Wanted
    from ndb_desktop.services.inspect import SiteSession


def disagreements(context: Context, session: SiteSession) -> list[tuple[str, str]]:
    """Each finding whose severity is not that of its item or datum, as a part, and the sentence that says so."""
    found = []
    for one in disagreeing(session.record):
        about = _about(context, session, one.finding.about)
        if one.wanted is None:
            words = context.words("site.finding.other.none", about=about)
        else:
            grade = context.words({"minor": "grade.minor", "severe": "grade.severe"}[one.wanted])
            words = context.words("site.finding.other", about=about, grade=grade)
        found.append((f"finding/{one.finding.id}", words))
    return found


def conflict(context: Context, session: SiteSession, split: Split) -> list[str]:
    """A conflict: the part as `--choose` names it, what it is called, then the fields that differ, mine and theirs."""
    from ndb_desktop.services.inspect_words import PartWords

    words = PartWords(session, context.language)
    part = "/".join(split.key).rstrip("/")
    lines = [context.words("cli.site.conflict", part=f"{part}  {words.title(split.key)}")]
    sides = context.words("site.join.mine"), context.words("site.join.theirs")
    for name, *texts in words.differing(split):
        lines.append(f"    {name}")
        lines += [f"      {side}: {text or '-'}" for side, text in zip(sides, texts, strict=True)]
    return lines


def _about(context: Context, session: SiteSession, about: str) -> str:
    kind, _, name = about.partition(":")
    if kind == "answer" and (item := session.pack.item_by_id.get(name)) is not None:
        return context.words("site.finding.about.answer", item=name, title=item.title.get(context.language))
    wanted = session.visit.wanted_by_id.get(name)
    return context.words("site.finding.about.check", datum=_label(context, session, wanted) if wanted else name)


def _label(context: Context, session: SiteSession, wanted: Wanted) -> str:
    text = session.labels.get(wanted.datum)
    name = text.get(context.language) if text is not None else wanted.datum
    return context.words("site.check.year", datum=name, year=wanted.key) if wanted.key else name
