"""What a base promised for an item of a later stage and what it declares now: a target in figures, a task in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.model import Document, EvidenceRef, Task
from ndb_desktop.domain.sheetform import StageForm, StageQuestion
from ndb_desktop.services import stage_sheet_words as stage_words
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.place_chip import Place, PlaceChip
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.layout import Card, line

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
_WARNS = frozenset({"missing", "worse_than_base"})


class StageCard(Card):
    """Target or task of one base. Signal `jump(str, int, object)`: show this document at this page."""

    jump = Signal(str, int, object)

    def __init__(self, review: ReviewItem, form: StageForm, item: StageQuestion) -> None:
        super().__init__(gap=1, margins=1.5)
        self.setObjectName("stage.card")
        self._documents: tuple[Document, ...] = review.application.documents
        if item.task is not None:
            self._task(review, item.task)
        elif item.promise is not None:
            self._target(form, item)

    # ----- a target -----

    def _target(self, form: StageForm, item: StageQuestion) -> None:
        language = i18n.language()
        self.box.addWidget(PlainLabel(tr("stage.card.target"), "heading"))
        facts = stage_words.target_facts(form, item, language)
        self.box.addWidget(_grid(facts, figures=True))
        row = form.rows[item.id]
        warns = row.state == "missing" or not _WARNS.isdisjoint(row.notes)
        for number, note in enumerate(stage_words.target_notes(form, item, language)):
            label = PlainLabel(note, "warning" if warns and number + 1 >= (row.state != "missing") else "muted")
            label.setObjectName(f"stage.note.{number}")
            self.box.addWidget(label)
        self._statements(form, item)

    def _statements(self, form: StageForm, item: StageQuestion) -> None:
        """What plan and declaration say in words, and where the base says that the value is proven."""
        promise, actual = item.promise, form.work.actual_by_id.get(item.item.about)
        if promise is not None and promise.statement:
            self.box.addWidget(PlainLabel(tr("stage.card.plan", text=promise.statement), "muted"))
        if actual is None:
            return
        if actual.statement:
            self.box.addWidget(PlainLabel(tr("stage.card.says", text=actual.statement), "muted"))
        if not actual.evidence and actual.value is not None:
            self.box.addWidget(PlainLabel(tr("expert.data.unproven"), "small"))
        for ref in actual.evidence:
            self._place(ref)

    def _place(self, ref: EvidenceRef) -> None:
        chip = PlaceChip(self._documents, Place(ref.document, ref.page))
        chip.setObjectName("evidence.jump")
        chip.jump.connect(self.jump)
        self.box.addWidget(chip)

    # ----- a task -----

    def _task(self, review: ReviewItem, task: Task) -> None:
        self.box.addWidget(PlainLabel(tr("stage.card.task"), "heading"))
        indicator = review.pack.indicator_by_id.get(task.indicator)
        facts = [
            (tr("expert.task.milestone"), task.milestone or "—"),
            (tr("expert.task.deliverable"), task.deliverable or "—"),
            (tr("expert.task.check"), task.check or "—"),
            (tr("expert.task.owner"), task.owner or "—"),
        ]
        if indicator is not None:
            facts.append((tr("stage.card.belongs"), f"{indicator.id} {i18n.local(indicator.title)}"))
        self.box.addWidget(_grid(facts, figures=False))
        self.box.addWidget(line())
        self.box.addWidget(PlainLabel(tr("stage.card.documents"), "small"))
        for document in self._documents:
            self._place(EvidenceRef(document.id, 1))
        if not self._documents:
            self.box.addWidget(PlainLabel(tr("stage.card.documents.none"), "warning"))


def _grid(facts: list[tuple[str, str]], *, figures: bool) -> QWidget:
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    for number, (name, value) in enumerate(facts):
        grid.addWidget(PlainLabel(name, "small", wrap=figures), number, 0, Qt.AlignmentFlag.AlignTop)
        label = PlainLabel(value, "number" if figures else "muted", wrap=not figures)
        if figures:
            grid.addWidget(label, number, 1, RIGHT)
        else:
            grid.addWidget(label, number, 1)
    grid.setColumnStretch(0 if figures else 1, 1)
    return holder
