"""Photos in words: what they belong to, when and where they were taken and who says so, what became of files."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.photo_intake import PhotoIntake, PhotoVerdict, State
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.store import SiteStore

_MOST_NAMED = 40
SHOWN = 500
"""So many files are listed by name after photos were added; refused ones come first."""


def shortened(text: str) -> str:
    """The beginning of a remark, to tell it from others."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_NAMED else f"{line[:_MOST_NAMED]}…"


@dataclass(frozen=True)
class PhotoWords:
    """What a photo of the open record is in words."""

    store: SiteStore

    def abouts(self) -> list[tuple[object, str]]:
        """All that a photo can belong to, with what it is called; nothing first."""
        record, pack = self.store.record, self.store.pack
        found: list[tuple[object, str]] = [("", tr("site.photo.about.none"))]
        for wanted in record.visit.wanted:
            words = tr("site.photo.about.check", name=self.store.label(wanted))
            found.append((f"check:{wanted.id}", words))
        for item in pack.items:
            title = f"{item.id} {i18n.local(item.title)}"
            found.append((f"answer:{item.id}", tr("site.photo.about.answer", name=title)))
        for finding in record.findings:
            title = f"{finding.id} {shortened(finding.text)}"
            found.append((f"finding:{finding.id}", tr("site.photo.about.finding", name=title)))
        for veto in record.vetoes:
            ground = pack.ground_by_id.get(veto.ground)
            words = veto.ground if ground is None else shortened(i18n.local(ground.text))
            title = f"{veto.id} {words} {shortened(veto.text)}"
            found.append((f"veto:{veto.id}", tr("site.photo.about.veto", name=title)))
        for observation in record.observations:
            title = f"{observation.id} {shortened(observation.text)}"
            found.append((f"observation:{observation.id}", tr("site.photo.about.observation", name=title)))
        return found

    def abouts_with(self, about: str) -> list[tuple[object, str]]:
        """The same with what a photo belongs to already, which the command line may have set to a meeting."""
        found = self.abouts()
        if all(value != about for value, _ in found):
            known = [one for one in self.store.pack.meetings if about == f"meeting:{one.id}"]
            name = i18n.local(known[0].title) if known else about
            found.append((about, tr("site.photo.about.other", name=name)))
        return found

    def spoken(self, photo: Photo) -> str:
        """A photo for a screen reader."""
        about = dict(self.abouts_with(photo.about))[photo.about]
        return tr("site.photo.spoken", id=photo.id, caption=photo.caption or photo.name, about=about)


def taken_words(photo: Photo) -> str:
    """拍摄时间 with its source."""
    if photo.taken_source == "none":
        return tr("site.photo.taken.none")
    return tr("site.photo.taken.camera", at=photo.taken_at.replace("T", " "))


def position_words(photo: Photo) -> str:
    """拍摄位置 with its source."""
    if photo.position is None:
        return tr("site.photo.position.none")
    latitude, longitude = photo.position
    return tr("site.photo.position.camera", latitude=f"{latitude:f}", longitude=f"{longitude:f}")


def filter_words() -> list[tuple[object, str]]:
    """What the grid can be narrowed to."""
    return [
        ("all", tr("site.photos.all")), ("", tr("site.photos.of.none")), ("check", tr("site.photos.of.check")),
        ("answer", tr("site.photos.of.answer")), ("finding", tr("site.photos.of.finding")),
        ("veto", tr("site.photos.of.veto")), ("observation", tr("site.photos.of.observation")),
    ]  # fmt: skip


def intake_words(intake: PhotoIntake) -> str:
    """What became of all files, counted."""
    counts: dict[State, int] = {
        "added": intake.count("added"), "known": intake.count("known"), "refused": intake.count("refused"),
        "left": intake.count("left"),
    }  # fmt: skip
    return tr("site.photos.result", **counts)


def verdict_icon(state: State) -> tuple[str, str]:
    """What became of a file as shape and colour."""
    icons: dict[State, tuple[str, str]] = {
        "added": ("circle-check", "accent"), "known": ("circle-dot", "muted"), "refused": ("circle-x", "danger"),
        "left": ("circle-slash", "warning"),
    }  # fmt: skip
    return icons[state]


def verdict_words(verdict: PhotoVerdict) -> str:
    """What became of one file, and why."""
    if verdict.state == "added":
        return tr("site.photos.added", name=verdict.name, id=verdict.id)
    if verdict.state == "known":
        return tr("site.photos.known", name=verdict.name, id=verdict.id)
    why = i18n.fault(verdict.fault) if verdict.fault is not None else ""
    if verdict.state == "left":
        return tr("site.photos.left", name=verdict.name)
    return tr("site.photos.refused", name=verdict.name, why=why)


def in_order(intake: PhotoIntake) -> list[PhotoVerdict]:
    """What needs a look first: refused, left, known, added."""
    order: dict[State, int] = {"refused": 0, "left": 1, "known": 2, "added": 3}
    return sorted(intake.verdicts, key=lambda verdict: order[verdict.state])
