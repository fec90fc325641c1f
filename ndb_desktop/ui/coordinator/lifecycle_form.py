"""准备变动: which move of which bases, on which day and paper, resting on which files, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.lifecycle import GROUNDS, MOVES, RULES, DocumentRef, Move, moves_from
from ndb_desktop.services.lifecycle import Preview
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.fitting_table import FittingTable
from ndb_desktop.ui.coordinator.lifecycle_confirm import ConfirmCard
from ndb_desktop.ui.coordinator.lifecycle_list import LifeRow, name_words
from ndb_desktop.ui.coordinator.lifecycle_look import LivesLook
from ndb_desktop.ui.coordinator.lifecycle_wish import MoveWish, day_of
from ndb_desktop.ui.coordinator.lifecycle_words import due_words, ground_word, move_name, state_look
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.tall_part import TallPart, fit_height
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Pick:
    """A base that may be chosen."""

    row: LifeRow
    chosen: bool


class MovePart(TallPart):
    """Signals: `changed(object)` the `MoveWish` as it stands; `files()` choose documents; `calendars()` bring one in;
    `tried(object)` and `signed(object, str)` an `Order`, the latter with its reason.
    """

    changed = Signal(object)
    files = Signal()
    calendars = Signal()
    tried = Signal(object)
    signed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._look: LivesLook | None = None
        self._lacking_on: Callable[[date], str] = lambda _day: ""
        self._wish = MoveWish()
        self._shown: tuple[LivesLook | None, Move | None, tuple[str, ...]] = (None, None, ())
        self._filling = False
        self.confirm = ConfirmCard()
        self.confirm.fewer.connect(self._leave_out)
        self.confirm.signed.connect(self._sign)
        page = column(self._what_card(), self._paper_card(), self.confirm, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)
        self.show_wish(MoveWish())

    # ----- which move of which bases -----

    def _what_card(self) -> Card:
        self.wanted = Choice(tr("lifecycle.move"))
        self.wanted.setObjectName("lifecycle.move")
        self.wanted.set_choices([(None, tr("lifecycle.move.choose")), *((one, move_name(one)) for one in MOVES)])
        self.wanted.currentIndexChanged.connect(lambda _index: self._changed())
        self._two = PlainLabel("", "muted")
        self._two.setObjectName("lifecycle.two")
        self.picks = FittingTable(tr("lifecycle.picks"), _columns(), way=(3,), least=160)
        self.picks.setObjectName("lifecycle.picks")
        self.picks.on_activated(self._turn)
        self.picks.selectionModel().currentChanged.connect(lambda *_: self._tell())
        self._hint = PlainLabel("", "muted")
        self._hint.setObjectName("lifecycle.picks.hint")
        self.turn = self._button("lifecycle.turn", tr("lifecycle.take"), "plus")
        self.turn.clicked.connect(lambda: self._turn(self.picks.selected()))
        self.all = self._button("lifecycle.all", tr("lifecycle.all"), "list-checks")
        self.all.clicked.connect(self._take_all)
        self.none = self._button("lifecycle.none", tr("lifecycle.none"), "x")
        self.none.clicked.connect(lambda: self._choose(()))
        self._count = PlainLabel("", "body", wrap=False)
        self._count.setObjectName("lifecycle.count")
        search = search_box("lifecycle.picks.search", self.picks)
        search.setMinimumWidth(theme.pixels(200))
        self._search = search
        card = Card(PlainLabel(tr("lifecycle.form.what"), "heading"), gap=1, margins=2)
        card.box.addWidget(self.wanted)
        for part in (self._two, self._hint, search, self.picks):
            card.box.addWidget(part)
        card.box.addWidget(holder(Flow(self.turn, self.all, self.none, None, self._count)))
        return card

    @staticmethod
    def _button(name: str, words: str, icon: str) -> Button:
        made = Button(words, "normal", icon)
        made.setObjectName(name)
        return made

    def _rows(self) -> list[_Pick]:
        """Those the move follows for, and whoever was chosen all the same: the preview says why it does not fit."""
        look, move, chosen = self._look, self._wish.move, set(self._wish.bases)
        if look is None or move is None:
            return []
        return [
            _Pick(LifeRow(one, look.today), one.application.id in chosen)
            for one in look.bases
            if move in moves_from(one.life) or one.application.id in chosen
        ]

    def _turn(self, pick: _Pick | None) -> None:
        if pick is not None:
            name = pick.row.base.application.id
            self._choose((one for one in self._wish.bases if one != name) if pick.chosen else (*self._wish.bases, name))

    def _take_all(self) -> None:
        """Everyone in sight: what is searched for can be taken at once."""
        proxy = self.picks.proxy
        shown = [proxy.mapToSource(proxy.index(line, 0)).row() for line in range(proxy.rowCount())]
        names = [self.picks.source.row_at(number).row.base.application.id for number in shown]
        self._choose((*self._wish.bases, *names))

    def _choose(self, bases: Iterable[str]) -> None:
        self._wish = replace(self._wish, bases=tuple(sorted(set(bases))))
        self._changed()

    # ----- paper, files, reason -----

    def _paper_card(self) -> Card:
        self.on = self._line("lifecycle.on", tr("lifecycle.on"), tr("lifecycle.on.hint"))
        self.paper = self._line("lifecycle.paper", tr("lifecycle.paper"), tr("lifecycle.paper.hint"))
        self.until = self._line("lifecycle.until", tr("lifecycle.until"), tr("lifecycle.on.hint"))
        self.ground = Choice(tr("lifecycle.ground"))
        self.ground.setObjectName("lifecycle.ground")
        self.ground.set_choices([(None, tr("lifecycle.ground.choose")), *((one, ground_word(one)) for one in GROUNDS)])
        self.ground.currentIndexChanged.connect(lambda _index: self._changed())
        self.reason = self._line("lifecycle.reason", tr("lifecycle.reason"), tr("lifecycle.reason.hint"))
        self._until, self._ground = (
            _labelled(tr("lifecycle.until"), self.until),
            _labelled(tr("lifecycle.ground"), self.ground),
        )
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.addWidget(_labelled(tr("lifecycle.on"), self.on), 0, 0)
        grid.addWidget(_labelled(tr("lifecycle.paper"), self.paper), 0, 1)
        grid.addWidget(self._until, 1, 0)
        grid.addWidget(self._ground, 1, 1)
        self._lacking = PlainLabel("", "body")
        self._lacking.setObjectName("lifecycle.calendar")
        self.bring = LinkButton(tr("calendar.go"), "arrow-right")
        self.bring.setObjectName("lifecycle.calendar.go")
        self.bring.clicked.connect(self.calendars)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.documents = DataTable(tr("lifecycle.documents"), _document_columns(), sortable=False)
        self.documents.setObjectName("lifecycle.documents")
        self.documents.selectionModel().currentChanged.connect(lambda *_: self._tell())
        self._documents = PlainLabel("", "muted")
        self._documents.setObjectName("lifecycle.documents.told")
        self.add = self._button("lifecycle.documents.add", tr("lifecycle.documents.add"), "paperclip")
        self.add.clicked.connect(self.files)
        self.drop = self._button("lifecycle.documents.drop", tr("lifecycle.documents.drop"), "x")
        self.drop.clicked.connect(self._drop)
        self._lacks = PlainLabel("", "body")
        self._lacks.setObjectName("lifecycle.lacks")
        self.preview = Button(tr("lifecycle.preview"), "normal", "eye")
        self.preview.setObjectName("lifecycle.preview")
        self.preview.clicked.connect(self._try)
        card = Card(PlainLabel(tr("lifecycle.form.paper"), "heading"), gap=1, margins=2)
        card.box.addWidget(holder(grid))
        for part in (self._lacking, self.bring, self._documents, self.documents, holder(Flow(self.add, self.drop))):
            card.box.addWidget(part)
        card.box.addWidget(_labelled(tr("lifecycle.reason"), self.reason))
        for part in (self._lacks, holder(Flow(self.preview))):
            card.box.addWidget(part)
        return card

    def _line(self, name: str, title: str, hint: str) -> LineEdit:
        made = LineEdit(title, "", hint)
        made.setObjectName(name)
        made.textChanged.connect(lambda _text: self._changed())
        return made

    def take_documents(self, found: Iterable[DocumentRef]) -> None:
        """Adds files whose digests are known; the same bytes twice are one file."""
        known = {one.sha256: one for one in (*self._wish.documents, *found)}
        self._wish = replace(self._wish, documents=tuple(known.values()))
        self._changed()

    def _drop(self) -> None:
        chosen: DocumentRef | None = self.documents.selected()
        self._wish = replace(self._wish, documents=tuple(one for one in self._wish.documents if one != chosen))
        self._changed()

    # ----- showing -----

    def show_look(self, look: LivesLook, *, signing: bool, lacking: Callable[[date], str]) -> None:
        """The bases as they stand now; what is typed stays, what was previewed does not hold any more.

        `lacking` says why a notice from a day cannot be counted, "" where it can.
        """
        self._lacking_on = lacking
        if look != self._look:
            self._look = look
            self.confirm.forget()
        if not self.on.text() and not self.on.hasFocus():
            self.on.setText(look.today.isoformat())
        self.confirm.signing = signing
        self._tell()

    def show_wish(self, wish: MoveWish) -> None:
        """Fills the form."""
        self._filling = True
        self.wanted.set_value(wish.move)
        self.ground.set_value(wish.ground)
        today = "" if self._look is None else self._look.today.isoformat()
        for field, words in (
            (self.on, wish.on or today), (self.paper, wish.paper), (self.until, wish.until),
            (self.reason, wish.reason),
        ):  # fmt: skip
            field.setText(words)
        self._filling = False
        self._wish = wish
        self._changed()

    def show_preview(self, found: Preview) -> None:
        """What was tried."""
        if self._look is not None:
            self.confirm.show_preview(found, {one.application.id: one for one in self._look.bases})

    def first_missing(self) -> QWidget:
        """Where one goes on typing."""
        wish = self._wish
        if wish.move is None:
            return self.wanted
        if not wish.bases:
            return self.picks
        if self._needs_document(wish):
            return self.add
        return self.preview if self.preview.isEnabled() else self.reason

    def _changed(self) -> None:
        if self._filling:
            return
        before = self._wish.order(self._today())
        self._wish = replace(
            self._wish, move=self.wanted.value(), on=self.on.text(), paper=self.paper.text(), until=self.until.text(),
            ground=self.ground.value(), reason=self.reason.text(),
        )  # fmt: skip
        if self._wish.order(self._today()) != before:
            self.confirm.forget()
        self._tell()
        self.changed.emit(self._wish)

    def _today(self) -> date:
        return self._look.today if self._look is not None else date.min

    def _tell(self) -> None:
        wish, move = self._wish, self._wish.move
        shown = (self._look, move, wish.bases)
        if shown != self._shown:
            # Not with every letter of the reason: there may be thousands.
            self._shown = shown
            self.picks.set_rows(self._rows())
            fit_height(self.picks, 3, 8)
        rows = bool(self.picks.source.rowCount())
        pick: _Pick | None = self.picks.selected()
        self._two.setText(_signers(wish))
        self._two.setVisible(move is not None)
        self._hint.setText(tr("lifecycle.picks.none") if move is not None else tr("lifecycle.picks.first"))
        self._hint.setVisible(not rows)
        for part in (self._search, self.picks, self.turn, self.all, self.none, self._count):
            part.setVisible(rows)
        self.turn.setEnabled(pick is not None)
        self.turn.set_text(tr("lifecycle.leave") if pick is not None and pick.chosen else tr("lifecycle.take"))
        self.none.setEnabled(bool(wish.bases))
        self._count.setText(tr("lifecycle.count", count=len(wish.bases)))
        self._until.setVisible(move == "rectify")
        self._ground.setVisible(move in ("end", "remove"))
        # In words before it is tried: a year without a calendar of holidays refuses the whole move.
        day = (day_of(wish.on) if wish.on.strip() else self._today()) if move == "notice" and self._look else None
        lacking = self._lacking_on(day) if day is not None else ""
        self._lacking.setText(lacking)
        self._lacking.setVisible(bool(lacking))
        self.bring.setVisible(bool(lacking))
        self._show_documents(wish)
        lacks = self._missing(wish)
        self._lacks.setText(lacks)
        self._lacks.setVisible(bool(lacks))
        self.preview.setEnabled(not lacks and self._look is not None)

    def _show_documents(self, wish: MoveWish) -> None:
        if wish.documents != self.documents.source.rows:
            self.documents.set_rows(wish.documents)
            fit_height(self.documents, 1, 6)
        needed = tr("lifecycle.documents.needed") if self._needs_document(wish) else tr("lifecycle.documents.text")
        self._documents.setText(needed)
        self.documents.setVisible(bool(wish.documents))
        self.drop.setVisible(bool(wish.documents))
        self.drop.setEnabled(self.documents.selected() is not None)

    def _missing(self, wish: MoveWish) -> str:
        """What is still wanted, in words; the first of it."""
        if wish.move is None:
            return tr("lifecycle.lacks.move")
        if not wish.bases:
            return tr("lifecycle.lacks.bases")
        if wish.on.strip() and day_of(wish.on) is None:
            return tr("lifecycle.lacks.day", words=wish.on.strip())
        if wish.move == "rectify" and day_of(wish.until) is None:
            return tr("lifecycle.lacks.until")
        if wish.move in ("end", "remove") and wish.ground is None:
            return tr("lifecycle.lacks.ground")
        if self._needs_document(wish):
            return tr("lifecycle.lacks.documents")
        return "" if wish.reason.strip() else tr("lifecycle.lacks.reason")

    def _needs_document(self, wish: MoveWish) -> bool:
        """In a later stage the outcome of the registry itself may be the file a move rests on: trying it tells."""
        link = None if self._look is None else self._look.link
        later = link is not None and link.stage != "selection"
        return wish.move is not None and RULES[wish.move].document and not wish.documents and not later

    # ----- acting -----

    def _try(self) -> None:
        order = self._wish.order(self._today())
        if order is not None:
            self.tried.emit(order)

    def _leave_out(self, refused: frozenset[str]) -> None:
        self._choose(one for one in self._wish.bases if one not in refused)
        if self.preview.isEnabled():
            self._try()

    def _sign(self) -> None:
        order, reason = self._wish.order(self._today()), self._wish.reason.strip()
        if order is not None and reason:
            self.signed.emit(order, reason)


def _labelled(title: str, field: QWidget) -> QWidget:
    return holder(column(PlainLabel(title), field, gap=0.5))


def _signers(wish: MoveWish) -> str:
    if wish.move is None:
        return ""
    return tr("lifecycle.signers.one") if RULES[wish.move].kind == "lifecycle" else tr("lifecycle.signers.two")


def local_paths(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Files only, each once, in the order they came."""
    return tuple(dict.fromkeys(path for path in paths if path.is_file()))


def _columns() -> tuple[Column[_Pick], ...]:
    return (
        Column(
            tr("lifecycle.column.chosen"), lambda r: tr("lifecycle.chosen") if r.chosen else "—",
            icon=lambda r: ("square-check", "accent") if r.chosen else ("square", "muted"), width=110,
        ),
        Column(tr("column.applicant"), lambda r: name_words(r.row.base), stretch=True),
        Column(
            tr("column.state"), lambda r: state_look(r.row.base.life.state)[0],
            icon=lambda r: state_look(r.row.base.life.state)[1:], width=176,
        ),
        Column(tr("lifecycle.due"), lambda r: due_words(r.row.base.life.due, r.row.today), width=270),
    )  # fmt: skip


def _document_columns() -> tuple[Column[DocumentRef], ...]:
    return (
        Column(tr("lifecycle.column.document"), lambda one: one.name, stretch=True),
        Column(tr("lifecycle.column.digest"), lambda one: one.sha256[:16], width=170),
    )
