"""A part of a record in words in the language of the window; see `services.inspect_words`."""

from __future__ import annotations

from ndb_desktop.domain.sitejoin import Split
from ndb_desktop.domain.siterecord import PartKey
from ndb_desktop.services.inspect_words import PartWords
from ndb_desktop.ui import i18n
from ndb_desktop.ui.inspection.store import SiteStore


def part_title(store: SiteStore, key: PartKey) -> str:
    """What a part is called."""
    return PartWords(store.session, i18n.language()).title(key)


def differing(store: SiteStore, split: Split) -> list[tuple[str, str, str]]:
    """The fields that differ: name, mine, theirs."""
    return PartWords(store.session, i18n.language()).differing(split)
