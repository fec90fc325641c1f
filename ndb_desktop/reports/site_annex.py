"""照片附件: photos of an inspection record, grouped by what they belong to, each with number, caption and source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reportlab.platypus import Flowable, PageBreak, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.grid import Grid, Padding, measured
from ndb_desktop.reports.late_images import LateImage
from ndb_desktop.reports.links import Linked, Target
from ndb_desktop.reports.site_drawing import MarkedPhoto
from ndb_desktop.reports.site_values import SitePhoto, SiteReport
from ndb_desktop.reports.text import Words

_SIZES = {2: (styles.BODY_WIDTH - 10, 200.0), 4: (styles.BODY_WIDTH / 2 - 10, 175.0)}
"""Room of a photo in points, by how many stand on a page."""


def annex_target(number: int) -> str:
    """Where a photo of the report (counted from 0) is found."""
    return f"photo-{number}"


def mentioned(photos: Sequence[int], report: SiteReport, words: Words) -> list[Flowable]:
    """A line below a part that names its photos and leads to the first of them."""
    if not photos:
        return []
    separator = words.label("list.separator")
    # Twenty names tell what there is; all stand together in the annex.
    named = separator.join(report.photos[number].label for number in photos[:20])
    if len(photos) > 20:
        named = words.label("report.site.photos.more", named=named, count=len(photos))
    said = words.paragraph(words.label("report.site.photos.of", named=named), styles.style("cell.link"))
    return [Linked(said, annex_target(photos[0]))]


def annex(report: SiteReport, words: Words, album: list[LateImage]) -> Iterator[Flowable]:
    """A page break, and all photos in rows; nothing when there is none. What gets on a page joins `album`."""
    if not report.photos:
        return
    yield PageBreak()
    title = words.label("report.site.annex")
    yield from page.heading(words, title, target=Target("annex", words.line(title), 1))
    yield words.paragraph(words.label("report.site.annex.note", count=len(report.photos)), styles.style("note"))
    width, height = _SIZES[report.per_page]
    across = report.per_page // 2
    for subject, group in groupby(enumerate(report.photos), key=lambda pair: pair[1].subject):
        yield from page.heading(words, subject, "subheading", height + 110)
        made = [_photo(number, photo, words, (width, height), album) for number, photo in group]
        made += [[]] * (-len(made) % across)
        yield _rows([made[start : start + across] for start in range(0, len(made), across)], across)


def _rows(rows: list[list[list[Flowable]]], across: int) -> Flowable:
    """Rows that stay whole: a photo is never parted from its caption unless that alone would fill a page."""
    widths = [styles.BODY_WIDTH / across] * across
    made = [measured(row, widths, Padding()) for row in rows]
    if any(row.height > styles.BODY_HEIGHT for row in made):
        return page.table(rows, widths, head=0)
    return Grid(made, widths, Padding(), head=0, align="LEFT")


def _photo(
    number: int, photo: SitePhoto, words: Words, room: tuple[float, float], album: list[LateImage]
) -> list[Flowable]:
    cell, quiet = styles.style("cell"), styles.style("cell.quiet")
    picture = MarkedPhoto(photo.preview, room, photo.marks, words, album)
    found: list[Flowable] = [Target(annex_target(number)), picture, Spacer(1, 4)]
    if picture.shown is None:
        found.append(words.paragraph(words.label("report.site.photo.none"), styles.style("warning")))
    found.append(words.paragraph(photo.label, styles.style("cell.bold")))
    if photo.caption:
        found.append(words.paragraph(photo.caption, cell))
    found += [
        words.paragraph(words.label("report.site.photo.fact", name=name, value=value), quiet)
        for name, value in photo.facts
    ]
    return found
