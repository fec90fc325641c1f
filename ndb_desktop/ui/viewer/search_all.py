"""Search in all documents of the application (在全部材料中查找): a field, a count, the hits with page and context."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QStackedWidget, QWidget

from ndb_desktop.services.review import SearchHit
from ndb_desktop.services.review_reading import searchable
from ndb_desktop.ui import composing, tasks, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.shortcuts import keys_text, tip_with_keys
from ndb_desktop.ui.viewer.hit_list import HitList, HitRow, rows_of
from ndb_desktop.ui.viewer.material import Material
from ndb_desktop.ui.viewer.refusal import why
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import column, row, scroll

MAX_HITS = 200
PAUSE_MS = 300
"""How long typing must rest before it is looked for."""


LOW = 250
"""Below this height at 100 % type the notes stand behind a button."""


class SearchPanel(QFrame):
    """Hidden until asked for. Signals: `jump(row, other)` a `HitRow` to show; `opened()`; `closed()`."""

    jump = Signal(object, bool)
    opened = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "bar")
        self.setObjectName("reading.search.panel")
        self._material: Material | None = None
        self._task: tasks.Task | None = None
        self._asked = ""
        self._round = 0
        self._go = False
        self._more = False
        self._textless: Mapping[str, int] = {}
        self._before: QWidget | None = None
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.start)
        self.field = LineEdit(tr("reading.search"), placeholder=tr("reading.search.hint"))
        self.field.setObjectName("reading.search")
        self.field.textChanged.connect(lambda _text: self._timer.start())
        self.field.returnPressed.connect(self._enter)
        self.count = PlainLabel("", "muted", wrap=False)
        self.count.setObjectName("reading.search.count")
        self.previous = self._button("chevron-up", tip_with_keys(tr("reading.hit.previous"), "hit.previous"))
        self.following = self._button("chevron-down", tip_with_keys(tr("reading.hit.next"), "hit.next"))
        self.close_button = self._button("x", tr("reading.search.close"))
        self.close_button.setObjectName("reading.search.close")
        self.previous.clicked.connect(lambda: self.step(-1))
        self.following.clicked.connect(lambda: self.step(1))
        self.close_button.clicked.connect(self.dismiss)
        self.hits = HitList()
        self.hits.chosen.connect(self.jump)
        self.empty = PlainLabel("", "muted")
        self.empty.setObjectName("reading.search.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(16)
        self.note = PlainLabel("", "small")
        self.note.setObjectName("reading.search.note")
        self.note.setContentsMargins(12, 4, 12, 6)
        self.rule = PlainLabel(tr("reading.search.rule"), "small")
        self.rule.setObjectName("reading.search.rule")
        self.rule.setContentsMargins(12, 4, 12, 6)
        self.told = PlainLabel("", "muted")
        self.told.setMargin(12)
        self.info = self._button("info", "")
        self.info.setObjectName("reading.search.info")
        self.info.setCheckable(True)
        self.info.toggled.connect(lambda _on: self._show_stack())
        self._notes = (False, False)
        self.stack = QStackedWidget()
        for page in (scroll(self.empty, tr("reading.search")), self.hits, scroll(self.told, tr("reading.search"))):
            self.stack.addWidget(page)
        # Under its heading some hits are always in sight.
        self.stack.setMinimumHeight(3 * self.fontMetrics().lineSpacing() + 12)
        self._make_layout()
        self._tell()
        self.hide()

    @staticmethod
    def _button(icon: str, name: str) -> IconButton:
        button = IconButton(icon, name)
        button.setProperty("dense", True)
        return button

    def _make_layout(self) -> None:
        bar = row(
            IconLabel("search", 16, "muted"), self.field, self.count, self.info, self.previous, self.following,
            self.close_button, margins=(1.5, 0.5, 1, 0.5),
        )  # fmt: skip
        bar.setStretch(1, 1)
        layout = column(bar, self.stack, self.note, self.rule, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    # ----- what to search -----

    @property
    def query(self) -> str:
        """What the hits were looked for with."""
        return self._asked

    def set_material(self, material: Material | None) -> None:
        """The documents to look in; hits of others are forgotten, what was typed stays for the next application."""
        self._stop()
        self._material, self._textless, self._asked = material, {}, ""
        self.hits.show_rows([])
        if material is not None and not self.isHidden():
            self.start()
        self._tell()

    def forget(self) -> None:
        """Lets go of hits and of what was typed."""
        self.set_material(None)
        self.field.set_stored("")
        self.field.setText("")
        self._timer.stop()
        self.hide()
        self._tell()

    def ask(self) -> None:
        """Shows the panel with the field ready for typing."""
        if self._material is None:
            return
        if self.isHidden():
            self._before = QApplication.focusWidget()
            self.show()
            self.opened.emit()
        self.field.setFocus()
        self.field.selectAll()
        if self.field.text().strip() != self._asked:
            self.start()

    def dismiss(self) -> None:
        """Hides the panel; the focus goes back to where it was."""
        self._stop()
        before, self._before = self._before, None
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        self.hide()
        self.closed.emit()
        if inside and before is not None and before.isVisible():
            before.setFocus()

    # ----- searching -----

    def start(self) -> None:
        """Looks for what is typed; an older search ends."""
        self._timer.stop()
        if composing.active():
            # Half a word of an input method is not what anybody looks for.
            self._timer.start()
            return
        query, material = self.field.text().strip(), self._material
        if material is None or (query == self._asked and query):
            return
        self._stop()
        self._asked = query
        self.hits.show_rows([])
        self._tell()
        if query:
            self._run(material, query)
            if self._task is not None:
                self._tell()

    def _run(self, material: Material, query: str) -> None:
        number = self._round

        def done(found: tuple[tuple[SearchHit, ...], Mapping[str, int]]) -> None:
            if number == self._round:
                self._task = None
                self._found(material, *found)

        def failed(error: Exception) -> None:
            if number == self._round:
                self._task, self._asked = None, ""
                self._tell(why(error))

        task = tasks.run(
            lambda _progress, cancel: (material.search(query, MAX_HITS + 1, cancel), material.textless()),
            done=done,
            failed=failed,
            lane="documents",
            owner=self,
        )
        self._task = task if task.running else None

    def _stop(self) -> None:
        """Ends the search under way; its answer is not taken even if it comes."""
        self._round += 1
        self._go = False
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _found(self, material: Material, hits: tuple[SearchHit, ...], textless: Mapping[str, int]) -> None:
        self._textless = textless
        titles = {document.id: document.title or document.name for document in material.documents}
        self._more = len(hits) > MAX_HITS
        self.hits.show_rows(rows_of(hits[:MAX_HITS], titles))
        go, self._go = self._go, False
        self._tell()
        if go:
            self.hits.choose(0)

    def _enter(self) -> None:
        """Enter: to the next hit; straight after typing to the first, as soon as it is found."""
        if self.field.text().strip() != self._asked:
            self.start()
            self._go = self._task is not None
            if not self._go:
                self.hits.choose(0)
        elif self._task is not None:
            self._go = True
        else:
            self.hits.step(1)

    def step(self, by: int) -> None:
        """To the next or previous hit."""
        if not self.isHidden():
            self.hits.step(by)

    # ----- words -----

    def _tell(self, trouble: str = "") -> None:
        rows: list[HitRow] = self.hits.source.rows
        searching = self._task is not None
        count = ""
        notes: list[str] = []
        if trouble:
            text = trouble
        elif searching:
            count = text = tr("reading.search.running")
        elif not self._asked:
            text = tr("reading.search.start") + "\n" + tr("reading.search.rule")
        elif searchable(self._asked):
            text = tr("reading.search.none", query=self._asked)
        else:
            text = tr("reading.search.signs", query=self._asked, keys=keys_text("search"))
        if rows:
            count = tr("reading.search.count", count=len(rows))
            if self._more:
                count = tr("reading.search.more", count=MAX_HITS)
                notes.append(tr("reading.search.first", count=MAX_HITS))
        self.empty.setText(text)
        self.count.setText(count)
        self.previous.setEnabled(bool(rows))
        self.following.setEnabled(bool(rows))
        pages = sum(self._textless.values())
        if self._asked and not searching and not trouble and pages and searchable(self._asked):
            notes.append(tr("reading.search.textless", pages=pages, documents=len(self._textless)))
        self.note.setText(" ".join(notes))
        plain = not searching and not trouble and any(sign.isascii() and sign.isalnum() for sign in self._asked)
        self._notes = (bool(notes), plain)
        self._show_notes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_notes()

    def _show_notes(self) -> None:
        """Below the hits; where they would take the room of the hits, behind a button with the same words."""
        low, labels = self.height() < theme.pixels(LOW), (self.note, self.rule)
        for label, wanted in zip(labels, self._notes, strict=True):
            label.setVisible(wanted and not low)
        words = "\n".join(label.text() for label, wanted in zip(labels, self._notes, strict=True) if wanted)
        self.told.setText(words)
        self.info.setVisible(low and bool(words))
        self.info.set_name(words.replace("\n", " "))
        if self.info.isHidden():
            self.info.setChecked(False)
        self._show_stack()

    def _show_stack(self) -> None:
        rows: list[HitRow] = self.hits.source.rows
        self.stack.setCurrentIndex(2 if self.info.isChecked() else 1 if rows else 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not composing.active():
            self.dismiss()
        else:
            super().keyPressEvent(event)
