"""佐证清单: the annex of a score sheet, one line for each place its marks rest on, linked to the item and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.links import Linked, Target
from ndb_desktop.reports.text import Words


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A cited place as ready strings: number in the sheet, document and page, and what the annex says of it.

    `place` is short (document, page); `item` the title of the item it supports; `where` the place on the page in
    words, `quote` the words selected, `sha256` the first 16 digits of the document's digest; each may be empty.
    """

    number: int
    place: str
    item: str = ""
    title: str = ""
    file_name: str = ""
    page: str = ""
    where: str = ""
    quote: str = ""
    sha256: str = ""


def forward(sheet: int, number: int) -> str:
    """The target of a link from an item: a line of the annex. `sheet` counts the sheets of one PDF."""
    return f"evidence-{sheet}-{number}"


def backward(sheet: int, number: int) -> str:
    """The target of a link from the annex: the line below the item."""
    return f"cited-{sheet}-{number}"


def cited(lines: Sequence[EvidenceLine], sheet: int, words: Words) -> list[Flowable]:
    """The lines below an item, each leading to its line of the annex."""
    found: list[Flowable] = []
    for line in lines:
        said = words.label("report.sheet.evidence", number=line.number, place=line.place)
        found.append(Target(backward(sheet, line.number)))
        found.append(Linked(words.paragraph(said, styles.style("cell.link")), forward(sheet, line.number)))
    return found


def annex(lines: Sequence[EvidenceLine], sheet: int, words: Words) -> list[Flowable]:
    """Heading, a word of explanation and the table; nothing when there is no evidence."""
    if not lines:
        return []
    title = words.label("report.annex.title")
    keys = ("report.annex.number", "report.annex.item", "report.annex.document", "report.annex.place")
    rows: list[list[object]] = [[words.paragraph(words.label(key), styles.style("cell.head")) for key in keys]]
    rows += [_row(line, sheet, words) for line in lines]
    return [
        *page.heading(words, title, target=Target(f"annex-{sheet}", words.line(title), 1)),
        words.paragraph(words.label("report.annex.note"), styles.style("note")),
        page.table(rows, [34, 108, 140, styles.BODY_WIDTH - 282]),
    ]


def _row(line: EvidenceLine, sheet: int, words: Words) -> list[object]:
    cell, quiet = styles.style("cell"), styles.style("cell.quiet")
    number = [Target(forward(sheet, line.number)), words.paragraph(str(line.number), cell)]
    item = Linked(words.paragraph(line.item, styles.style("cell.link")), backward(sheet, line.number))
    document = [words.paragraph(line.title, cell)]
    if line.file_name and line.file_name != line.title:
        document.append(words.paragraph(line.file_name, quiet))
    if line.sha256:
        document.append(words.paragraph(words.label("report.annex.sha256", digest=line.sha256), quiet))
    place = [words.paragraph(line.page, cell)]
    if line.where:
        place.append(words.paragraph(line.where, quiet))
    if line.quote:
        place.append(words.paragraph(words.label("report.annex.quote", quote=line.quote), cell))
    return [number, [item], document, place]
