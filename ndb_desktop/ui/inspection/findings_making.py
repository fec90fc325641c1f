"""Making, changing and taking out what a visit found: findings, veto findings and observations.

All of it is built in the database lane from what is stored there, so two presses make one finding and an edit of
something taken back meanwhile is no error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ndb_desktop.domain.siteagree import severity_of
from ndb_desktop.domain.sitemath import FAILING, FALSE_DATA
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import (
    Finding,
    Observation,
    Part,
    PartKey,
    Photo,
    Recheck,
    SiteRecord,
    VetoFinding,
    key_of,
)
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import page_of

Then = Callable[[str], None]
"""Gets the page and part to go to, such as `findings.finding:F1-01`."""


def ground_of(pack: SitePack, record: SiteRecord, about: str) -> str:
    """The veto ground that a starred item leads to by failing, or a datum by being referred; "" for none."""
    kind, _, name = about.partition(":")
    if kind == "answer" and name in pack.item_by_id and record.answer(name).grade in FAILING:
        return pack.item_by_id[name].ground
    return FALSE_DATA if kind == "check" and record.check(name).effect == "refer" else ""


def finding_about(record: SiteRecord, about: str) -> Finding | None:
    """The finding about something, the one of its severity before any other."""
    found = [finding for finding in record.findings if finding.about == about]
    return next((one for one in found if one.severity == severity_of(record, about)), found[0] if found else None)


def veto_on(record: SiteRecord, ground: str) -> VetoFinding | None:
    """The first veto finding on a ground."""
    return next((veto for veto in record.vetoes if veto.ground == ground), None)


def _said(record: SiteRecord, about: str) -> tuple[str, str]:
    """What was written down about an item or a datum, and its evidence."""
    kind, _, name = about.partition(":")
    if kind == "answer":
        return record.answer(name).note, ""
    return (record.check(name).note, record.check(name).proof) if kind == "check" else ("", "")


def record_finding(store: SiteStore, about: str, then: Then) -> None:
    """Makes the finding about a datum or an item with its severity, unless there is one, and goes there."""

    def make(session: SiteSession) -> Part:
        record = session.record
        text, _ = _said(record, about)
        severity = severity_of(record, about) or "minor"
        return finding_about(record, about) or Finding(session.new_id("finding"), severity, text, about)

    _make(store, make, then)


def record_veto(store: SiteStore, about: str, then: Then) -> None:
    """Makes the veto finding that a datum or an item leads to, with its ground, unless there is one, and goes there."""

    def make(session: SiteSession) -> Part | None:
        ground = ground_of(session.pack, session.record, about)
        text, proof = _said(session.record, about)
        known = veto_on(session.record, ground)
        return known or (VetoFinding(session.new_id("veto"), ground, text, proof) if ground else None)

    _make(store, make, then)


def add_finding(store: SiteStore, then: Then) -> None:
    """An empty finding."""
    _make(store, lambda session: Finding(session.new_id("finding"), "minor", ""), then)


def add_veto(store: SiteStore, then: Then) -> None:
    """An empty veto finding, on the first ground that still wants one; the team may choose another."""

    def make(session: SiteSession) -> Part:
        record, pack = session.record, session.pack
        abouts = [f"check:{one.id}" for one in session.visit.wanted] + [f"answer:{item.id}" for item in pack.items]
        grounds = (ground_of(pack, record, about) for about in abouts)
        ground = next((one for one in grounds if one and veto_on(record, one) is None), pack.grounds[0].id)
        return VetoFinding(session.new_id("veto"), ground, "", "")

    _make(store, make, then)


def add_observation(store: SiteStore, then: Then) -> None:
    """An empty observation."""
    _make(store, lambda session: Observation(session.new_id("observation"), ""), then)


def _make(store: SiteStore, make: Callable[[SiteSession], Part | None], then: Then) -> None:
    made: list[str] = []

    def work(session: SiteSession) -> Keys:
        part = make(session)
        if part is None:
            return ()
        made.append(page_of(key_of(part)))
        return session.put_all([part])

    store.apply(work, lambda _keys: then(made[0]) if made else None)


def change(store: SiteStore, key: PartKey, **values: Any) -> None:
    """Changes fields of a part; one that was taken out meanwhile stays out."""

    def work(session: SiteSession) -> Keys:
        before = session.record.parts.get(key)
        return session.put_all([replace(before, **values)]) if before is not None else ()

    store.apply(work)


def add_recheck(store: SiteStore, key: PartKey, at: str, note: str, *, passed: bool) -> None:
    """复查: puts another look behind those before, by the member whose key opened the record."""

    def work(session: SiteSession) -> Keys:
        before = session.record.parts.get(key)
        if not isinstance(before, Finding):
            return ()
        look = Recheck(at, session.member.id, passed, note)
        return session.put_all([replace(before, rechecks=(*before.rechecks, look))])

    store.apply(work)


def take_out(store: SiteStore, key: PartKey, then: Callable[[Part, Callable[[], None]], None]) -> None:
    """Takes a part out; `then` gets it and what puts it back, with the photos that belonged to it."""
    gone: list[Part] = []
    photos: list[str] = []

    def work(session: SiteSession) -> Keys:
        part = session.record.parts.get(key)
        if part is None:
            return ()
        gone.append(part)
        photos.extend(photo.id for photo in session.record.photos_of(":".join(key)))
        return session.remove(key)

    store.apply(work, lambda _keys: then(gone[0], lambda: _put_back(store, gone[0], photos)) if gone else None)


def _put_back(store: SiteStore, part: Part, photos: list[str]) -> None:
    def work(session: SiteSession) -> Keys:
        record, (kind, name) = session.record, key_of(part)
        if record.parts.get((kind, name)) == part:
            return ()
        # The id may stand for something else by now.
        name = session.new_id(kind) if (kind, name) in record.parts else name
        back = replace(part, id=name)  # type: ignore[arg-type]
        known = [record.parts.get(("photo", photo)) for photo in photos]
        free = [photo for photo in known if isinstance(photo, Photo) and not photo.about]
        return session.put_all([back, *(replace(photo, about=f"{kind}:{name}") for photo in free)])

    store.apply(work)
