"""签名文件: the signed file behind a figure, read only: who signed it, whether it verifies now, and each mark in it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent

from ndb_desktop.reports.score_sheet import ItemLine
from ndb_desktop.services.signed_file import SignedFile, SignedSheet
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.tall_part import fit_height
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, row
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Mark:
    part: str
    entered: str
    line: ItemLine


class SignedFileCard(Card):
    """Signals: `other(str)` another signed file of the same sheet, by its digest; `copied()`; `left()`."""

    other = Signal(str)
    copied = Signal()
    left = Signal()

    def __init__(self, *, later: bool = False) -> None:
        """`later`: files of a later stage, in which nothing is scored."""
        super().__init__(gap=1, margins=2)
        self.setObjectName("signed")
        self.setAccessibleName(tr("signed.title"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._digest = ""
        self._heading = PlainLabel("", "heading")
        self._heading.setObjectName("signed.heading")
        self.verdict = Badge("")
        self.verdict.setObjectName("signed.verdict")
        self._facts = PlainLabel("", "body", selectable=True)
        self._facts.setObjectName("signed.facts")
        # A digest has no place to break a line; in small type it fits the smallest window.
        self._digests = PlainLabel("", "small", selectable=True)
        self._digests.setObjectName("signed.digests")
        self.files = Choice(tr("signed.files"))
        self.files.setObjectName("signed.files")
        self.files.chosen.connect(self._other)
        self.marks = DataTable(tr("signed.marks"), _columns(later=later), sortable=False)
        self.marks.setObjectName("signed.marks")
        self.marks.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._working = PlainLabel("", "body", selectable=True)
        self._working.setObjectName("signed.working")
        copy, close = Button(tr("signed.copy"), "normal", "copy"), Button(tr("signed.close"), "quiet", "x")
        copy.setObjectName("signed.copy")
        copy.clicked.connect(self._copy)
        close.setObjectName("signed.close")
        close.clicked.connect(self._leave)
        self.box.addWidget(self._heading)
        self.box.addLayout(row(self.verdict, None))
        for part in (self._facts, self._digests, self.files, self.marks, self._working):
            self.box.addWidget(part)
        self.box.addLayout(Flow(copy, close))
        self.hide()

    def show_file(self, found: SignedFile, files: tuple[str, ...]) -> None:
        """`files` are all signed files that brought the same sheet."""
        self._digest = found.payload_sha256
        self._heading.setText(tr("signed.heading", name=found.name))
        if found.fault is None:
            self.verdict.show_state(tr("signed.valid"), "shield-check", "accent")
        else:
            self.verdict.show_state(tr("signed.broken"), "octagon-alert", "danger")
        self._facts.setText("\n".join(_facts(found)))
        self._digests.setText("\n".join(_digests(found)))
        self.files.set_choices([(name, tr("signed.file", digest=name[:16])) for name in files], found.payload_sha256)
        self.files.setVisible(len(files) > 1)
        marks = [] if found.sheet is None else _marks(found.sheet)
        self.marks.set_rows(marks)
        self.marks.setVisible(bool(marks))
        fit_height(self.marks, 3, 10)
        self.marks.selectRow(0)
        self._explain()
        self.show()
        (self.marks if marks else self).setFocus()

    def forget(self) -> None:
        """Nothing of the file stays."""
        self._digest = ""
        self.marks.set_rows(())
        for label in (self._heading, self._facts, self._digests, self._working):
            label.setText("")
        self.files.set_choices([])
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the file away."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)

    def _leave(self) -> None:
        self.forget()
        self.left.emit()

    def _other(self, digest: str) -> None:
        if digest and digest != self._digest:
            self.other.emit(digest)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._digest)
        self.copied.emit()

    def _explain(self) -> None:
        chosen: _Mark | None = self.marks.selected()
        if chosen is None:
            self._working.setText("")
            return
        lines = [f"{chosen.line.id} {chosen.line.title}", *chosen.line.declared, _how(chosen)]
        if chosen.line.reason:
            lines.append(tr("signed.reason", words=chosen.line.reason))
        self._working.setText("\n".join(filter(None, lines)))


def _facts(found: SignedFile) -> list[str]:
    lines = [
        tr("signed.expert", id=found.expert, name=found.expert_name),
        tr("signed.key", fingerprint=found.keyid, status=found.key_status),
    ]
    if found.signed_at:
        lines.append(tr("signed.at", at=i18n.local_time(found.signed_at)))
    lines.append(tr("signed.received", at=i18n.local_time(found.received_at)))
    if found.fault is not None:
        lines.append(i18n.fault(found.fault))
    if found.sheet is not None:
        view = found.sheet.view
        lines.append(tr("list.separator").join([view.status, *(f"{name} {score}" for name, score in view.totals)]))
    return lines


def _digests(found: SignedFile) -> list[str]:
    lines = [tr("signed.digest", digest=found.payload_sha256)]
    if found.sheet is not None:
        name = found.sheet.view.name
        lines.append(tr("signed.sheet", name=name, revision=found.sheet.revision, digest=found.sheet.digest))
    return lines


def _marks(sheet: SignedSheet) -> list[_Mark]:
    if sheet.later:
        return [
            _Mark(block.title, line.entered or line.confirmation, line)
            for block in sheet.view.parts
            for line in block.items
        ]
    parts = (tr("part.basis"), tr("part.plan"))
    return [
        _Mark(part, sheet.entered.get(line.id, ""), line)
        for part, block in zip(parts, sheet.view.parts, strict=False)  # a sheet without scores has no parts
        for line in block.items
    ]


def _how(mark: _Mark) -> str:
    """How the score came about: the rule's working, the expert's level or number, or the state."""
    line = mark.line
    entered = tr("signed.entered", value=line.entered) if line.entered else ""
    parts = (line.state, line.explanation, line.confirmation, line.level, entered)
    # One sentence: what ends with a full stop does not end here.
    return tr("list.separator").join(part.rstrip("。.") for part in parts if part)


def _columns(*, later: bool) -> tuple[Column[_Mark], ...]:
    score = tr("stageresult.column.counted") if later else tr("signed.column.score")
    return (
        Column(tr("column.item"), lambda r: f"{r.line.id} {r.line.title}", width=260),
        Column(tr("column.part"), lambda r: r.part, width=130),
        Column(tr("signed.column.entered"), lambda r: r.entered or "—", number=True, width=130),
        Column(score, lambda r: r.line.score, number=True, width=90),
        Column(tr("signed.column.how"), _how, stretch=True),
    )
