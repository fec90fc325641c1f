"""结果: what may leave the house and, behind a door that is logged, the scores for the coordinator alone (R06)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.domain.numbers import plain, show
from ndb_desktop.domain.panel import PanelItem, PanelResult, standard_error
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.services.report import notice_report, panel_report, panels_of
from ndb_desktop.services.results import (
    BatchResult,
    Format,
    PublicResults,
    PublicRow,
    export_results,
    internal_results,
    public_results,
    state_text,
)
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, column, fill, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Row:
    applicant: str
    category: str
    field: str
    state: str
    result: PanelResult


class ResultsPage(OfficePage):
    """Two tabs: the public list, the internal view."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("results", tr("results.title"), tr("results.text"), store)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("results.tabs")
        self.tabs.setAccessibleName(tr("results.title"))
        self.tabs.addTab(self._public_tab(), amp(tr("results.public")))
        self.tabs.addTab(self._internal_tab(), amp(tr("results.internal")))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)
        # Scores are never kept: leaving the page or building it anew closes the internal view.
        self._result: BatchResult | None = None
        self.refresh()

    def refresh(self) -> None:
        self._hide_internal()
        self.public.set_rows(())
        self._public_count.setText(tr("results.public.press"))

    # ----- public -----

    def _public_tab(self) -> QWidget:
        show_list = Button(tr("results.public.show"), "primary", "list-checks")
        show_list.setObjectName("results.public.show")
        show_list.clicked.connect(self._show_public)
        as_json = Button(tr("results.export.json"), "normal", "download")
        as_json.setObjectName("results.export.json")
        as_json.clicked.connect(lambda: self._export("json", internal=False))
        as_csv = Button(tr("results.export.csv"), "normal", "table-2")
        as_csv.setObjectName("results.export.csv")
        as_csv.clicked.connect(lambda: self._export("csv", internal=False))
        notice = Button(tr("results.notice"), "normal", "printer")
        notice.setObjectName("results.notice")
        notice.clicked.connect(self._notice)
        self._public_count = PlainLabel("", "muted")
        self.public = DataTable(tr("results.public"), _public_columns(), sortable=False)
        self.public.setObjectName("results.public.table")
        self.public.setMinimumHeight(320)
        page = column(
            PlainLabel(tr("results.public.text"), "muted"), row(show_list, as_json, as_csv, notice, None),
            self._public_count, self.public, gap=1.5, margins=2,
        )  # fmt: skip
        page.setStretch(3, 1)
        return holder(page)

    def _show_public(self) -> None:
        self.job(
            tr("results.computing"),
            lambda office, _progress, _cancel: public_results(office),
            self._public_shown,
        )

    def _public_shown(self, found: PublicResults) -> None:
        self.public.set_rows(found.rows)
        self._public_count.setText(tr("results.public.count", count=len(found.rows)))

    def _export(self, fmt: Format, *, internal: bool) -> None:
        folder = files.pick_folder(self, tr("results.folder"))
        if folder is None:
            return
        language = i18n.language()
        self.job(
            tr("results.exporting"),
            lambda office, _progress, _cancel: export_results(
                office, folder, fmt, internal=internal, language=language
            ),
            self._written,
        )

    def _notice(self) -> None:
        suggested = Path.home() / f"{self.snapshot.batch.id}-public.pdf"
        target = files.pick_target(self, tr("results.notice"), suggested, "PDF (*.pdf)")
        if target is not None:
            language = i18n.language()
            self.job(
                tr("results.notice"),
                lambda office, _progress, _cancel: notice_report(office, target, language),
                lambda _made: self._written(target),
            )

    def _written(self, path: Path) -> None:
        self.banner.info(
            tr("report.written", name=path.name),
            action=tr("action.show.folder"),
            act=lambda: self.banner.reveal(path),
        )

    # ----- internal -----

    def _internal_tab(self) -> QWidget:
        self._door = EmptyState("eye", tr("results.door"), tr("results.door.text"), tr("results.door.button"))
        self._door.button.setObjectName("results.door")
        self._door.button.clicked.connect(self._show_internal)
        self.internal = DataTable(tr("results.internal"), _internal_columns(), sortable=False)
        self.internal.setObjectName("results.internal.table")
        self.internal.setMinimumHeight(300)
        self.internal.selectionModel().currentChanged.connect(lambda *_: self._show_details())
        self._details = PlainLabel("", selectable=True)
        self._details.setObjectName("results.details")
        self.items = DataTable(tr("results.items"), _item_columns(), sortable=False)
        self.items.setObjectName("results.items")
        self.items.setMinimumHeight(240)
        self.panel = Choice(tr("results.panel"))
        self.panel.setObjectName("results.panel")
        report = Button(tr("results.panel.pdf"), "normal", "printer")
        report.setObjectName("results.panel.pdf")
        report.clicked.connect(self._panel_report)
        sealed = Button(tr("results.export.internal"), "normal", "lock")
        sealed.setObjectName("results.export.internal")
        sealed.clicked.connect(lambda: self._export("json", internal=True))
        close = Button(tr("results.close"), "quiet", "eye-off")
        close.setObjectName("results.close")
        close.clicked.connect(self._hide_internal)
        tools = row(self.panel, report, sealed, None, close)
        tools.setStretch(0, 1)
        self._notes = PlainLabel("", "warning")
        warning = Card(PlainLabel(tr("results.internal.text"), "warning"), kind="warning", margins=1.5)
        inside = column(warning, tools, self._notes, self.internal, self._details, self.items, gap=1.5)
        inside.setStretch(3, 1)
        self._inside = holder(inside)
        page = column(self._door, self._inside, gap=0, margins=2)
        return holder(page)

    def _show_internal(self) -> None:
        self.job(
            tr("results.computing"),
            lambda office, progress, cancel: (
                internal_results(office, progress=progress, cancel=cancel),
                panels_of(office),
            ),
            lambda both: self._opened(*both),
        )

    def _opened(self, result: BatchResult, panels: tuple[tuple[str, str], ...]) -> None:
        self._result = result
        fields = {field.id: i18n.local(field.name) for field in self.snapshot.batch.fields}
        rows = [
            _Row(
                application.applicant,
                category_name(application.category),
                fields.get(application.field, application.field),
                state_text(result.selection.states[name], i18n.language()),
                result.results[name],
            )
            for name, application in result.applications.items()
        ]
        self.internal.set_rows(rows)
        self.panel.set_choices(
            [(pair, f"{category_name(pair[0])} · {fields.get(pair[1], pair[1])}") for pair in panels]
        )
        notes = []
        if result.unconfirmed:
            notes.append(tr("results.unconfirmed", experts=tr("list.separator").join(result.unconfirmed)))
        if result.contradictions:
            notes.append(tr("results.contradictions", count=len(result.contradictions)))
        if result.late_conflicts:
            notes.append(tr("results.late", count=len(result.late_conflicts)))
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))
        self._door.hide()
        self._inside.show()
        self.internal.setFocus()

    def _hide_internal(self) -> None:
        self._result = None
        self.internal.set_rows(())
        self.items.set_rows(())
        self._details.hide()
        self._inside.hide()
        self._door.show()

    def _show_details(self) -> None:
        chosen: _Row | None = self.internal.selected()
        if chosen is None or self._result is None:
            return
        result = chosen.result
        pack = self.snapshot.packs[result.category]
        lines = [chosen.applicant]
        if result.error_squared is not None:
            lines.append(tr("results.error", value=plain(standard_error(result.error_squared))))
        totals = [f"{e} {show(t)}" for e, t in sorted(result.expert_totals.items())]
        if totals:
            lines.append(tr("results.expert_totals", totals=tr("list.separator").join(totals)))
        lines += _trimming(result, pack.settings)
        lines += [i18n.phrase(flag_phrase(flag)) for flag in result.flags]
        self._details.setText("\n".join(lines))
        self._details.show()
        self.items.set_rows(
            [
                (
                    f"{item.indicator.id} {i18n.local(item.indicator.title)}",
                    item.part,
                    plain(item.weight),
                    result.items[item.id],
                )
                for item in pack.items
                if item.id in result.items
            ]
        )

    def _panel_report(self) -> None:
        pair = self.panel.value()
        if pair is None:
            return
        suggested = Path.home() / f"{self.snapshot.batch.id}-{pair[0]}-{pair[1]}.pdf"
        target = files.pick_target(self, tr("results.panel.pdf"), suggested, "PDF (*.pdf)")
        if target is not None:
            language = i18n.language()
            self.job(
                tr("results.panel.pdf"),
                lambda office, _progress, _cancel: panel_report(office, target, pair[0], pair[1], language),
                lambda _made: self._written(target),
            )


def _public_columns() -> tuple[Column[PublicRow], ...]:
    return (
        Column(tr("column.category"), lambda r: category_name(r.category)),
        Column(tr("column.field"), lambda r: r.field_zh if i18n.language() == "zh_CN" else r.field_en),
        Column(tr("column.region"), lambda r: r.region),
        Column(tr("column.applicant"), lambda r: r.applicant, stretch=True),
        Column(tr("column.code"), lambda r: r.credit_code, width=200),
        Column(tr("column.recommender"), lambda r: r.recommender, width=240),
    )


def _internal_columns() -> tuple[Column[_Row], ...]:
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


def _item_columns() -> tuple[Column[tuple[str, str, str, PanelItem]], ...]:
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


def _trimming(result: PanelResult, settings: PackSettings) -> list[str]:
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
