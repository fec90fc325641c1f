"""The columns of the results page, and how trimming is put into words."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.domain.numbers import show
from ndb_desktop.domain.panel import PanelItem, PanelResult
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.services.results import PublicRow
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column


@dataclass(frozen=True)
class InternalRow:
    """An application with its result."""

    applicant: str
    category: str
    field: str
    state: str
    result: PanelResult


def public_columns() -> tuple[Column[PublicRow], ...]:
    """What may leave the house."""
    return (
        Column(tr("column.category"), lambda r: category_name(r.category)),
        Column(tr("column.field"), lambda r: r.field_zh if i18n.language() == "zh_CN" else r.field_en),
        Column(tr("column.region"), lambda r: r.region),
        Column(tr("column.applicant"), lambda r: r.applicant, stretch=True),
        Column(tr("column.code"), lambda r: r.credit_code, width=200),
        Column(tr("column.recommender"), lambda r: r.recommender, width=240),
    )


def internal_columns() -> tuple[Column[InternalRow], ...]:
    """With scores, for inside."""
    return (
        Column(tr("column.id"), lambda r: r.result.application, width=150),
        Column(tr("column.applicant"), lambda r: r.applicant, width=280),
        Column(tr("column.valid"), lambda r: str(r.result.n_valid), number=True),
        Column(tr("column.basis"), lambda r: _shown(r.result.parts["basis"]), number=True),
        Column(tr("column.plan"), lambda r: _shown(r.result.parts["plan"]), number=True),
        Column(tr("column.total"), lambda r: _published(r.result), number=True),
        Column(
            tr("column.flags"), lambda r: str(len(r.result.flags) or ""), number=True,
            icon=lambda r: ("flag", "warning") if r.result.flags else None,
        ),
        Column(tr("column.state"), lambda r: r.state),
        Column(tr("results.panel"), lambda r: f"{r.category} · {r.field}", stretch=True),
    )  # fmt: skip


def item_columns() -> tuple[Column[tuple[str, str, str, PanelItem]], ...]:
    """The items of one application."""
    return (
        Column(tr("column.item"), lambda r: r[0], stretch=True),
        Column(tr("column.part"), lambda r: tr("part.basis") if r[1] == "basis" else tr("part.plan")),
        Column(tr("column.weight"), lambda r: r[2], number=True),
        Column(
            tr("column.valid"), lambda r: tr("results.computed") if r[3].computed else str(r[3].n_valid), number=True
        ),
        Column(tr("column.trimmed"), lambda r: tr("results.trimmed") if r[3].trimmed else ""),
        Column(tr("column.value"), lambda r: _shown(r[3].value), number=True),
    )


def trimming_lines(result: PanelResult, settings: PackSettings) -> list[str]:
    """At which level the highest and lowest are left out, and whose sheets that was, if whole ones."""
    if settings.trim_level == "item":
        return [tr("results.trim.item", trim=settings.trim_from)]
    lines = [tr("results.trim.total", trim=settings.trim_from)]
    if result.dropped:
        lines.append(tr("results.trim.dropped", experts=tr("list.separator").join(sorted(result.dropped))))
    return lines


def _published(result: PanelResult) -> str:
    return "—" if result.published is None else str(result.published)


def _shown(value: object) -> str:
    return show(value) if value is not None else "—"  # type: ignore[arg-type]
