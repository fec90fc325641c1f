"""质疑: disputing a datum, withdrawing that, confirming the data; mark and challenges go together, as one step."""

from __future__ import annotations

from dataclasses import replace

from ndb_desktop.domain.sheet import Challenge, ItemEntry
from ndb_desktop.domain.sheetform import challenges_of
from ndb_desktop.services.review import Change, ReviewSession


def add(session: ReviewSession, application: str, item: str, challenge: Challenge) -> Change:
    """Disputes a datum of a computed item. Raises NdbError as `ReviewSession.put_mark`."""
    entry = replace(_entry(session, application, item), state="scored", confirm="challenged")
    return session.put_mark(application, entry, challenge=challenge)


def confirm(session: ReviewSession, application: str, item: str) -> Change:
    """Confirms the data; what was disputed about them is withdrawn. Raises NdbError as `ReviewSession.put_mark`."""
    entry = replace(_entry(session, application, item), state="scored", confirm="confirmed")
    return session.put_mark(application, entry, withdrawn=_challenges(session, application, item))


def withdraw(session: ReviewSession, application: str, item: str, challenge: str) -> Change:
    """Withdraws a challenge; with the last one the item is open again. Raises NdbError as `ReviewSession.put_mark`."""
    entry = _entry(session, application, item)
    if set(_challenges(session, application, item)) <= {challenge}:
        entry = replace(entry, state="open", confirm="")
    return session.put_mark(application, entry, withdrawn=(challenge,))


def _entry(session: ReviewSession, application: str, item: str) -> ItemEntry:
    return session.sheet(application).items.get(item, ItemEntry(item))


def _challenges(session: ReviewSession, application: str, item: str) -> tuple[str, ...]:
    """The ids of the challenges of an item."""
    form = session.item(application).form
    return tuple(known.id for known in challenges_of(form, session.sheet(application), item))
