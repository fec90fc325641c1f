"""The photos of an inspection record in the order of what they belong to, each numbered within it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import Photo, SiteRecord
from ndb_desktop.texts import text

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(.*)", re.ASCII)


def moment(at: str) -> str:
    """`2026-11-22T11:05:00+08:00` as people read it, the zone kept; anything else as it is."""
    found = _MOMENT.fullmatch(at)
    return " ".join(part for part in found.groups() if part) if found else at


@dataclass(frozen=True, slots=True)
class Numbered:
    """A photo, the part it belongs to (`finding:F01`, "" for none) with its id, and which of that it is, from 1.

    A datum is named by its row in the table: its code is long, and stands for a heading in the annex anyway.
    """

    photo: Photo
    about: str
    owner: str
    number: int

    def label(self, language: str) -> str:
        """`F01-2`."""
        if self.about.startswith("check:"):
            return f"{text('report.site.photo.datum', language, number=self.owner)}-{self.number}"
        return f"{self.owner or text('report.site.photo.other', language)}-{self.number}"


def in_order(record: SiteRecord, pack: SitePack) -> tuple[Numbered, ...]:
    """Findings, veto leads, data, checklist, observations, then the rest; within each by the photo's id."""
    groups: dict[str, list[Photo]] = defaultdict(list)
    known = dict(_owners(record, pack))
    for photo in record.photos:
        groups[photo.about if photo.about in known else ""].append(photo)
    return tuple(
        Numbered(photo, about, known.get(about, ""), number)
        for about in (*known, "")
        for number, photo in enumerate(groups.get(about, ()), 1)
    )


def _owners(record: SiteRecord, pack: SitePack) -> Iterator[tuple[str, str]]:
    """What photos may belong to, by the name they say it with, and its id or row."""
    yield from ((f"finding:{one.id}", one.id) for one in record.findings)
    yield from ((f"veto:{one.id}", one.id) for one in record.vetoes)
    yield from ((f"check:{name}", str(row)) for row, name in enumerate(check_ids(record), 1))
    yield from ((f"answer:{name}", name) for name in answer_ids(record, pack))
    yield from ((f"observation:{one.id}", one.id) for one in record.observations)


def check_ids(record: SiteRecord) -> tuple[str, ...]:
    """The data to verify as the visit has them, then what the record has beyond."""
    wanted = [one.id for one in record.visit.wanted]
    return *wanted, *sorted(name for kind, name in record.parts if kind == "check" and name not in set(wanted))


def answer_ids(record: SiteRecord, pack: SitePack) -> tuple[str, ...]:
    """The checklist as the pack has it, then what the record has beyond."""
    items = [item.id for item in pack.items]
    return *items, *sorted(name for kind, name in record.parts if kind == "answer" and name not in set(items))


def photo_facts(photo: Photo, language: str, *, positions: bool) -> tuple[tuple[str, str], ...]:
    """When it was taken by whose clock, the original's name, size and SHA-256; where only with `positions`."""
    if photo.taken_at and photo.taken_source == "camera":
        taken = text("report.site.photo.camera", language, at=moment(photo.taken_at))
    else:
        taken = text("report.site.photo.no_time", language)
    facts = [(text("report.site.photo.taken", language), taken)]
    if positions:
        facts.append((text("report.site.photo.position", language), _position(photo, language)))
    size = text("report.site.photo.size", language, width=photo.width, height=photo.height, bytes=photo.size)
    facts.append((text("report.site.photo.name", language), photo.name))
    facts.append((text("report.site.photo.original", language), size))
    digest = " ".join(photo.sha256[start : start + 8] for start in range(0, len(photo.sha256), 8))
    facts.append((text("report.site.photo.sha256", language), digest))
    return tuple(facts)


def _position(photo: Photo, language: str) -> str:
    if photo.position is None or photo.position_source != "camera":
        return text("report.site.photo.no_fix", language)
    latitude, longitude = map(plain, photo.position)
    return text("report.site.photo.fix", language, latitude=latitude, longitude=longitude)
