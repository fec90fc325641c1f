"""What the applicant declared for an indicator: figures by year, lists, yes/no; unit, source and evidence pages."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ndb_desktop.domain.model import Application, Datum, EvidenceRef, ListedObject, Target, Task
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import DataItem, Indicator
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.place_chip import Place, PlaceChip
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import LinkButton, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, column, line, row
from ndb_desktop.ui.widgets.table import Column, DataTable

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SHOWN_OBJECTS = 6
TABLE_HEIGHT = 320


class DataCard(Card):
    """Signal `jump(str, int, object)`: show this document at this page, and there at this place if there is one."""

    jump = Signal(str, int, object)

    def __init__(self, application: Application, indicator: Indicator) -> None:
        super().__init__(gap=1, margins=1.5)
        self.setObjectName("indicator.data")
        for number, item in enumerate(indicator.data):
            if number:
                self.box.addWidget(line())
            self._datum(application, item, application.data.get(item.code))

    def _datum(self, application: Application, item: DataItem, datum: Datum | None) -> None:
        name = PlainLabel(i18n.local(item.label))
        name.setToolTip("")
        head = row(name, gap=1)
        head.setStretch(0, 1)
        if datum is not None:
            head.addWidget(Badge(words.source(datum.source), "", "quiet"))
        self.box.addLayout(head)
        if datum is None:
            self.box.addWidget(PlainLabel(tr("expert.data.missing"), "warning"))
            return
        if item.kind == "number":
            self.box.addLayout(self._figures(application, item, datum))
        elif item.kind == "flag":
            self.box.addWidget(PlainLabel(tr("expert.yes") if datum.flag else tr("expert.no"), "number"))
        else:
            self._objects(item, datum)
        self._evidence(application, datum.evidence)

    def _figures(self, application: Application, item: DataItem, datum: Datum) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        keys = [str(application.year - back) for back in reversed(range(item.years))] or [""]
        unit = words.unit(datum.unit)
        rows = [(tr("expert.declared"), datum.values)]
        if datum.verified:
            rows.append((tr("expert.verified"), datum.verified))
        for place, key in enumerate(keys, 1):
            year = PlainLabel(key or tr("expert.figure"), "small", wrap=False)
            grid.addWidget(year, 0, place, RIGHT)
        for down, (name, values) in enumerate(rows, 1):
            grid.addWidget(PlainLabel(name, "small"), down, 0)
            for place, key in enumerate(keys, 1):
                grid.addWidget(_figure(values.get(key), optional=values is datum.verified), down, place, RIGHT)
        # In the corner, where it costs no column: two applications stand beside each other on a small screen.
        grid.addWidget(PlainLabel(unit, "small"), 0, 0)
        grid.setColumnStretch(0, 1)
        return grid

    def _objects(self, item: DataItem, datum: Datum) -> None:
        """How many of which class; a short list is shown at once, a long one when asked for."""
        counts = Counter(thing.cls for thing in datum.objects)
        classes = [f"{_class_name(item, name)} {count}" for name, count in counts.items()]
        total = tr("expert.objects", count=len(datum.objects))
        self.box.addWidget(PlainLabel(" · ".join([total, *classes]), "muted"))
        if len(datum.objects) <= SHOWN_OBJECTS:
            for thing in datum.objects:
                self.box.addLayout(_object(item, thing))
            return
        more = LinkButton(tr("expert.objects.all", count=len(datum.objects)), "table-2")
        more.setObjectName("data.objects")
        self.box.addLayout(row(more, None))
        place = column()
        self.box.addLayout(place)

        def unfold() -> None:
            more.hide()
            table = _object_table(item, datum)
            place.addWidget(table)
            table.setFocus()

        more.clicked.connect(unfold)

    def _evidence(self, application: Application, refs: tuple[EvidenceRef, ...]) -> None:
        if not refs:
            self.box.addWidget(PlainLabel(tr("expert.data.unproven"), "small"))
        for ref in refs:
            chip = PlaceChip(application.documents, Place(ref.document, ref.page))
            chip.setObjectName("evidence.jump")
            chip.jump.connect(self.jump)
            self.box.addWidget(chip)


def _figure(value: Decimal | None, *, optional: bool) -> PlainLabel:
    """A figure; one that was not declared says so, because a dash or nothing reads like zero."""
    if value is not None:
        return PlainLabel(words.number(value), "number", wrap=False)
    if optional:
        # Verified are only the figures somebody looked into.
        return PlainLabel("—", "small", wrap=False)
    return PlainLabel(tr("expert.value.missing"), "warning", wrap=False)


def _class_name(item: DataItem, name: str) -> str:
    label = item.class_labels.get(name)
    return i18n.local(label) if label is not None else name


def _object(item: DataItem, thing: ListedObject) -> QVBoxLayout:
    facts = " · ".join(part for part in (_class_name(item, thing.cls), thing.number, thing.date) if part)
    parts = column(PlainLabel(thing.name), PlainLabel(facts, "small"), gap=0)
    if not thing.valid:
        parts.addWidget(PlainLabel(tr("expert.object.invalid"), "warning"))
    return parts


def _object_table(item: DataItem, datum: Datum) -> DataTable:
    def name(thing: ListedObject) -> str:
        return thing.name if thing.valid else f"{thing.name} ({tr('expert.object.invalid')})"

    table = DataTable(
        i18n.local(item.label),
        [
            Column(tr("expert.object.name"), name, width=180),
            Column(tr("expert.object.class"), lambda thing: _class_name(item, thing.cls)),
            Column(tr("expert.object.number"), lambda thing: thing.number),
            Column(tr("expert.object.date"), lambda thing: thing.date),
        ],
    )
    table.setObjectName("data.objects.table")
    table.set_rows(datum.objects)
    table.setFixedHeight(theme.pixels(TABLE_HEIGHT))
    return table


class PlanCard(Card):
    """What an applicant plans for an indicator (创建目标、重点任务).

    Targets with base and year; tasks with owner, milestone, deliverable and check.
    """

    def __init__(self, application: Application, indicator: Indicator) -> None:
        super().__init__(gap=1, margins=2)
        self.setObjectName("indicator.plan")
        targets = [target for target in application.targets if target.indicator == indicator.id]
        tasks = [task for task in application.tasks if task.indicator == indicator.id]
        # A judged indicator has no measure a target could name.
        if targets or indicator.rule is not None:
            self.box.addWidget(PlainLabel(tr("expert.targets"), "heading"))
            if not targets:
                self.box.addWidget(PlainLabel(tr("expert.targets.none"), "warning"))
            for target in targets:
                self._target(indicator, target)
            self.box.addWidget(line())
        self.box.addWidget(PlainLabel(tr("expert.tasks"), "heading"))
        if not tasks:
            self.box.addWidget(PlainLabel(tr("expert.tasks.none"), "warning"))
        for task in tasks:
            self._task(task)

    def _target(self, indicator: Indicator, target: Target) -> None:
        measures = indicator.rule.measures if indicator.rule is not None else ()
        name = next((i18n.local(m.label) for m in measures if m.id == target.measure), target.measure)
        unit = words.unit(target.unit)
        base = words.number(target.base) if target.base is not None else "—"
        goal = words.number(target.target) if target.target is not None else "—"
        self.box.addWidget(PlainLabel(name))
        figures = tr(
            "expert.target",
            base=base,
            base_year=target.base_year,
            target=goal,
            target_year=target.target_year,
            unit=unit,
        )
        self.box.addWidget(PlainLabel(figures, "number"))
        if target.statement:
            self.box.addWidget(PlainLabel(target.statement, "muted"))

    def _task(self, task: Task) -> None:
        self.box.addWidget(PlainLabel(f"{task.title} · {tr('expert.weight', weight=plain(task.weight))}"))
        facts = [
            (tr("expert.task.owner"), task.owner),
            (tr("expert.task.milestone"), task.milestone),
            (tr("expert.task.deliverable"), task.deliverable),
            (tr("expert.task.check"), task.check),
        ]
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        for number, (name, value) in enumerate(facts):
            grid.addWidget(PlainLabel(name, "small", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(PlainLabel(value or "—", "muted"), number, 1)
        grid.setColumnStretch(1, 1)
        self.box.addWidget(holder)
