"""The two long tables of an inspection record: verified data (核查数据) and the checklist (检查表)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.site_annex import mentioned
from ndb_desktop.reports.site_values import SiteAnswer, SiteCheck, SiteReport
from ndb_desktop.reports.text import Words

_CHECKS = {
    "report.site.column.datum": 106.0,
    "report.site.column.declared": 58.0,
    "report.site.column.verified": 58.0,
    "report.site.column.deviation": 56.0,
    "report.site.column.conclusion": 66.0,
}
_SHORT = 100
"""Characters of a note that fits its cell."""
_ANSWERS = (46.0, 160.0, 84.0)


def check_table(report: SiteReport, words: Words) -> Iterator[Flowable]:
    """One row for each datum; without any a word that none was to be verified."""
    if not report.checks:
        yield words.paragraph(words.label("report.site.nothing"), styles.style("body"))
        return
    right = {"report.site.column.declared", "report.site.column.verified", "report.site.column.deviation"}
    keys = [*_CHECKS, "report.site.column.basis"]
    look = [styles.style("cell.head.right" if key in right else "cell.head") for key in keys]
    rows: list[list[object]] = [[words.paragraph(words.label(key), one) for key, one in zip(keys, look, strict=True)]]
    rows += [_check(check, report, words) for check in report.checks]
    widths = [*_CHECKS.values(), styles.BODY_WIDTH - sum(_CHECKS.values())]
    yield page.table(rows, widths)
    yield from _below([(check.title, check.note) for check in report.checks], words)


def _note(note: str, words: Words) -> Flowable:
    """A short note, or where the long one is: in a column this narrow it would go on for pages."""
    if len(note) <= _SHORT:
        return words.paragraph(note, styles.style("cell"))
    return words.paragraph(words.label("report.site.note.below"), styles.style("cell.quiet"))


def _below(notes: Sequence[tuple[str, str]], words: Words) -> Iterator[Flowable]:
    """The long notes in full, each with the title of its row."""
    for title, note in notes:
        if len(note) > _SHORT:
            yield from page.heading(words, words.label("report.site.note.of", title=title), "subheading", 60)
            yield words.paragraph(note, styles.style("body"))


def _check(check: SiteCheck, report: SiteReport, words: Words) -> list[object]:
    cell, quiet, number = styles.style("cell"), styles.style("cell.quiet"), styles.style("cell.right")
    title = [words.paragraph(check.title, cell)]
    if check.why:
        title.append(words.paragraph(check.why, quiet))
    conclusion = [words.paragraph(check.conclusion, styles.style("cell.bold" if check.alarm else "cell"))]
    if check.effect:
        conclusion.append(words.paragraph(check.effect, quiet))
    basis: list[Flowable] = []
    if check.methods:
        basis.append(words.paragraph(check.methods, cell))
    if check.proof:
        basis.append(words.paragraph(words.label("report.site.proof", proof=check.proof), quiet))
    if check.note:
        basis.append(_note(check.note, words))
    basis += mentioned(check.photos, report, words)
    figures = [words.paragraph(text, number) for text in (check.declared, check.verified, check.deviation)]
    return [title, *figures, conclusion, basis or ""]


def answer_table(report: SiteReport, words: Words) -> Iterator[Flowable]:
    """One row for each item, groups as rows over the whole width; a star tells a veto item."""
    if not report.answers:
        yield words.paragraph(words.label("report.site.nothing"), styles.style("body"))
        return
    keys = (
        "report.site.column.item",
        "report.site.column.demand",
        "report.site.column.grade",
        "report.site.column.note",
    )
    rows: list[list[object]] = [[words.paragraph(words.label(key), styles.style("cell.head")) for key in keys]]
    look: list[tuple[object, ...]] = []
    group = ""
    for answer in report.answers:
        if answer.group and answer.group != group:
            last = len(rows)
            rows.append([words.paragraph(answer.group, styles.style("cell.bold")), "", "", ""])
            look += [("SPAN", (0, last), (3, last)), ("BACKGROUND", (0, last), (-1, last), styles.SHADE)]
        group = answer.group
        rows.append(_answer(answer, report, words))
    yield page.table(rows, [*_ANSWERS, styles.BODY_WIDTH - sum(_ANSWERS)], *look)
    if any(answer.starred for answer in report.answers):
        yield Spacer(1, 4)
        yield words.paragraph(words.label("report.site.starred"), styles.style("note"))
    yield from _below([(f"{answer.id}  {answer.title}", answer.note) for answer in report.answers], words)


def _answer(answer: SiteAnswer, report: SiteReport, words: Words) -> list[object]:
    cell = styles.style("cell")
    # U+2605, a black star, as the checklists of the field have it.
    name = f"\u2605{answer.id}" if answer.starred else answer.id
    note: list[Flowable] = [_note(answer.note, words)] if answer.note else []
    note += mentioned(answer.photos, report, words)
    grade = words.paragraph(answer.grade, styles.style("cell.bold" if answer.alarm else "cell"))
    return [words.paragraph(name, styles.style("cell.quiet")), words.paragraph(answer.title, cell), grade, note or ""]
