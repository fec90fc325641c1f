"""The tables of the results page in a registry of a later stage."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.services.stage_words import ItemWords
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column

_ICONS = {
    "passed": ("circle-check", "accent"), "not_passed": ("circle-x", "danger"), "waiting": ("clock", "warning"),
}  # fmt: skip


@dataclass(frozen=True)
class BaseLine:
    """A base in the list: verdict as code and in words, the reasons in one line."""

    id: str
    applicant: str
    verdict: str
    words: str
    reasons: str


@dataclass(frozen=True)
class SheetLine:
    """A sheet that was counted: whose, which revision, its digest, the signed files that brought it."""

    expert: str
    name: str
    revision: int
    digest: str
    files: tuple[str, ...]


def base_columns() -> tuple[Column[BaseLine], ...]:
    """Every base with its verdict and why."""
    return (
        Column(tr("column.id"), lambda r: r.id, width=110),
        Column(tr("stageresult.column.base"), lambda r: r.applicant, width=220),
        Column(tr("stageresult.column.verdict"), lambda r: r.words, icon=lambda r: _ICONS[r.verdict], width=120),
        Column(tr("stageresult.column.reasons"), lambda r: r.reasons or "—", stretch=True),
    )


def target_columns() -> tuple[Column[ItemWords], ...]:
    """Targets: both figures are shown, and which of them counts."""
    return (
        Column(tr("stageresult.column.item"), named, stretch=True),
        Column(tr("stageresult.column.weight"), lambda r: r.weight, number=True),
        Column(tr("stageresult.column.base_value"), lambda r: _bare(r, r.base), number=True),
        Column(tr("stageresult.column.target"), lambda r: _bare(r, r.target), number=True),
        Column(tr("stageresult.column.actual"), lambda r: _bare(r, r.actual), number=True),
        Column(tr("stageresult.column.progress"), lambda r: r.progress or "—", number=True),
        Column(tr("stageresult.column.level"), lambda r: r.level or "—", number=True),
        Column(tr("stageresult.column.counted"), lambda r: r.counted or "—", number=True),
        # The line below says it in full.
        Column(tr("stageresult.column.note"), lambda r: r.note, width=124),
    )


def found_columns() -> tuple[Column[ItemWords], ...]:
    """Tasks or judged items: what the panel found, and what each expert did."""
    return (
        Column(tr("stageresult.column.item"), lambda r: r.label, width=260),
        Column(tr("stageresult.column.weight"), lambda r: r.weight, number=True),
        Column(tr("report.stage.panel"), lambda r: r.counted),
        Column(tr("stageresult.column.sheets"), said, stretch=True),
    )


def sheet_columns() -> tuple[Column[SheetLine], ...]:
    """The sheets behind a base's outcome."""
    return (
        Column(tr("report.fact.expert"), lambda r: f"{r.expert} {r.name}".strip(), width=180),
        Column(tr("report.fact.revision"), lambda r: str(r.revision), number=True),
        Column(tr("report.panel.source.sheet"), lambda r: r.digest[:16], width=220),
        Column(tr("report.panel.source.file"), lambda r: " ".join(name[:16] for name in r.files), stretch=True),
    )


def named(line: ItemWords) -> str:
    """A target by what is measured and the unit of its figures: with each of them it would take much more room."""
    name = line.short or line.label
    return tr("stageresult.both", title=name, label=line.unit) if line.unit else name


def in_full(line: ItemWords) -> str:
    """The same with the name of its indicator, where a line has room for both."""
    return tr("stageresult.both", title=line.label, label=line.unit) if line.unit else line.label


def _bare(line: ItemWords, figure: str) -> str:
    return figure.removesuffix(f" {line.unit}") if figure else "\u2014"


def said(line: ItemWords) -> str:
    """What each expert did, in one line."""
    return "  ".join(f"{expert} {words}" for expert, words in line.experts)
