"""Edits of a photo's marks and of what photos belong to, each one step of undo, made from what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo, PhotoMark, SiteRecord
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.store import Keys


def find_photo(record: SiteRecord, name: str) -> Photo:
    """A photo of the record. Raises `NdbError` E-STORE-PHOTO-MISSING: it was taken out meanwhile."""
    found = record.parts.get(("photo", name))
    if not isinstance(found, Photo):
        raise NdbError("E-STORE-PHOTO-MISSING", place=name)
    return found


def with_mark(name: str, mark: PhotoMark, session: SiteSession) -> Keys:
    """Stores one more mark."""
    photo = find_photo(session.record, name)
    return session.put_all([replace(photo, marks=(*photo.marks, mark))])


def without_mark(name: str, mark: PhotoMark, session: SiteSession) -> Keys:
    """Takes one mark away; nothing where it is gone already."""
    photo = find_photo(session.record, name)
    marks = list(photo.marks)
    if mark not in marks:
        return ()
    marks.reverse()
    marks.remove(mark)
    return session.put_all([replace(photo, marks=tuple(reversed(marks)))])


def without_last_mark(name: str, session: SiteSession) -> Keys:
    """Takes the newest mark away."""
    photo = find_photo(session.record, name)
    return session.put_all([replace(photo, marks=photo.marks[:-1])])


def belonging(names: Sequence[str], about: str, session: SiteSession) -> Keys:
    """Lets photos belong to a part, all in one step."""
    return session.put_all([replace(find_photo(session.record, name), about=about) for name in names])
