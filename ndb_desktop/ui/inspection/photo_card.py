"""The chosen photo: its preview with the marks, what people say of it, and what the camera says with its source."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QButtonGroup, QWidget

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo, PhotoMark, SiteRecord
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.photo_canvas import PhotoCanvas, Tool
from ndb_desktop.ui.inspection.photo_edits import find_photo, with_mark, without_last_mark, without_mark
from ndb_desktop.ui.inspection.photo_marks import MOST_MARKS, Spot
from ndb_desktop.ui.inspection.photo_pictures import read_preview
from ndb_desktop.ui.inspection.photo_words import PhotoWords, position_words, taken_words
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice, LineEdit, TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row

TOUCH = 44
_KEYS: dict[Tool, str] = {
    "look": "V", "pen": "P", "arrow": "A", "box": "R", "ellipse": "O", "text": "T", "erase": "E",
}  # fmt: skip
_ICONS: dict[Tool, str] = {
    "look": "eye", "pen": "pen-line", "arrow": "arrow-up-right", "box": "square", "ellipse": "circle", "text": "type",
    "erase": "eraser",
}  # fmt: skip


def _tool_words() -> dict[Tool, str]:
    return {
        "look": tr("site.photo.look"), "pen": tr("site.photo.pen"), "arrow": tr("site.photo.arrow"),
        "box": tr("site.photo.box"), "ellipse": tr("site.photo.ellipse"), "text": tr("site.photo.text"),
        "erase": tr("site.photo.erase"),
    }  # fmt: skip


class PhotoCard(Card):
    """Shows the photo it is told to. Signals: `removing(object)` the photo to take out; `told(str)` something to say;
    `placing(str)` what all chosen photos shall belong to.
    """

    removing = Signal(object)
    told = Signal(str)
    placing = Signal(str)

    def __init__(self, store: SiteStore, words: PhotoWords) -> None:
        super().__init__(gap=1.5, margins=2)
        self._store, self._words = store, words
        self._photo: Photo | None = None
        self._writing_at: Spot | None = None
        self.title = PlainLabel("", "heading", selectable=True)
        self.title.setObjectName("site.photo.title")
        self.canvas = PhotoCanvas()
        self.canvas.drawn.connect(self._add)
        self.canvas.erased.connect(self._erase)
        self.canvas.writing.connect(self._ask_text)
        self.box.addWidget(self.title)
        self.box.addWidget(self._tools())
        self.box.addWidget(self.canvas)
        self.box.addWidget(self._text_part())
        self._add_fields()
        self._add_facts()

    # ----- parts -----

    def _tools(self) -> QWidget:
        self._tool_group = QButtonGroup(self)
        self._tool: dict[Tool, IconButton] = {}
        for tool, word in _tool_words().items():
            key = _KEYS[tool]
            button = IconButton(_ICONS[tool], tr("site.photo.tool", name=word, press=key), checkable=True)
            button.setObjectName(f"site.photo.{tool}")
            button.setMinimumSize(theme.pixels(TOUCH), theme.pixels(TOUCH))
            button.clicked.connect(partial(self._take_tool, tool))
            self._tool_group.addButton(button)
            self._tool[tool] = button
            # Only on the picture: elsewhere a letter is a letter.
            self.canvas.keys[Qt.Key(ord(key))] = button.click
        self.back = IconButton("undo-2", tr("site.photo.back"))
        self.back.setObjectName("site.photo.back")
        self.back.setMinimumSize(theme.pixels(TOUCH), theme.pixels(TOUCH))
        self.back.clicked.connect(self._take_back)
        self.canvas.keys[Qt.Key.Key_Backspace] = self.back.click
        self._tool["look"].setChecked(True)
        self._count = PlainLabel("", "muted")
        self._count.setObjectName("site.photo.marks")
        return holder(Flow(*self._tool.values(), self.back, self._count, gap=0.5))

    def _text_part(self) -> QWidget:
        self.text = LineEdit(tr("site.photo.text.words"))
        self.text.setObjectName("site.photo.text.words")
        self.text.setMaxLength(60)
        self.text.returnPressed.connect(self._write)
        put = Button(tr("site.photo.text.put"), "normal", "check")
        put.setObjectName("site.photo.text.put")
        put.clicked.connect(self._write)
        line = row(PlainLabel(tr("site.photo.text.words"), wrap=False), self.text, put)
        line.setStretch(1, 1)
        self._text_row = holder(line)
        self._text_row.hide()
        return self._text_row

    def _add_fields(self) -> None:
        self.caption = TextBox(tr("site.photo.caption"), lines=2)
        self.caption.setObjectName("site.photo.caption")
        self.caption.edited.connect(self._caption)
        self.about = Choice(tr("site.photo.about"))
        self.about.setObjectName("site.photo.about")
        self.about.setProperty("touch", True)
        self.about.chosen.connect(lambda value: self.placing.emit(str(value)))
        self._several = PlainLabel("", "muted")
        self._several.setObjectName("site.photo.several")
        self.box.addLayout(column(PlainLabel(tr("site.photo.caption")), self.caption, gap=0.5))
        self.box.addLayout(column(PlainLabel(tr("site.photo.about")), self.about, self._several, gap=0.5))

    def _add_facts(self) -> None:
        self._facts = PlainLabel("", selectable=True)
        self._facts.setObjectName("site.photo.facts")
        self._sha = PlainLabel("", "mono", selectable=True)
        self._sha.setObjectName("site.photo.sha256")
        self.remove = Button(tr("site.photo.remove"), "danger", "trash-2")
        self.remove.setObjectName("site.photo.remove")
        self.remove.setProperty("touch", True)
        self.remove.clicked.connect(lambda: self.removing.emit(self._photo))
        self.box.addWidget(self._facts)
        self.box.addLayout(column(PlainLabel(tr("site.photo.sha256"), "muted"), self._sha, gap=0.5))
        self.box.addLayout(row(self.remove, None))

    # ----- edits -----

    def _caption(self, text: str) -> None:
        if self._photo is not None:
            # Which photo it is about is settled now: when the lane comes to it, another may be shown.
            name = self._photo.id

            def find(record: SiteRecord) -> Photo:
                return find_photo(record, name)

            self._store.edit(find, caption=" ".join(text.split()))

    def _take_tool(self, tool: Tool, _checked: bool = False) -> None:
        self._text_row.hide()
        self.canvas.set_tool(tool)

    def _add(self, mark: PhotoMark) -> None:
        photo = self._photo
        if photo is None:
            return
        if len(self.canvas.marks) >= MOST_MARKS:
            self.told.emit(tr("site.photo.marks.most", most=MOST_MARKS))
            return
        self.canvas.show_marks((*self.canvas.marks, mark))
        self._store.apply(partial(with_mark, photo.id, mark))

    def _erase(self, mark: PhotoMark) -> None:
        if self._photo is not None:
            self._store.apply(partial(without_mark, self._photo.id, mark))

    def _take_back(self) -> None:
        if self._photo is not None and self.canvas.marks:
            self._store.apply(partial(without_last_mark, self._photo.id))

    def _ask_text(self, at: Spot) -> None:
        self._writing_at = at
        self._text_row.show()
        self.text.setFocus()

    def _write(self) -> None:
        words, at = " ".join(self.text.text().split()), self._writing_at
        self._text_row.hide()
        self.text.clear()
        self.canvas.setFocus()
        if words and at is not None:
            self._add(PhotoMark("text", (at,), words))

    # ----- showing -----

    def show_photo(self, photo: Photo, count: int) -> None:
        """Shows a photo, the first of `count` chosen; what is being typed about the one before is stored first."""
        before = self._photo
        if before is None or before.id != photo.id:
            self.caption.commit()
            self.caption.drop_pending()
            self._text_row.hide()
            self._writing_at = None
            self.canvas.show_words(tr("site.photo.coming"))
            self._photo = photo
            self._read(photo)
        self._photo = photo
        self.title.setText(tr("site.photo.title", id=photo.id, name=photo.name))
        self.caption.set_stored(photo.caption)
        self.about.set_choices(self._words.abouts_with(photo.about), photo.about)
        self._several.setText(tr("site.photo.several", count=count))
        self._several.setVisible(count > 1)
        self.canvas.show_marks(photo.marks)
        self._count.setText(tr("site.photo.marks", count=len(photo.marks)) if photo.marks else "")
        self.back.setEnabled(bool(photo.marks))
        self._facts.setText(self._fact_lines(photo))
        # In one line it would widen the page.
        self._sha.setText("\n".join(photo.sha256[start : start + 16] for start in range(0, 64, 16)))

    @staticmethod
    def _fact_lines(photo: Photo) -> str:
        size = tr("site.photo.size", width=photo.width, height=photo.height, bytes=f"{photo.size:,}")
        facts = (
            (tr("site.photo.taken"), taken_words(photo)),
            (tr("site.photo.position"), position_words(photo)),
            (tr("site.photo.original"), size),
        )
        return "\n".join(tr("site.photo.fact", name=name, value=value) for name, value in facts)

    def _read(self, photo: Photo) -> None:
        def show(picture: QImage) -> None:
            if self._photo is not None and self._photo.id == photo.id:
                if picture.isNull():
                    self.canvas.show_words(tr("site.photo.gone"))
                else:
                    self.canvas.show_picture(picture)

        def gone(error: Exception) -> None:
            if self._photo is not None and self._photo.id == photo.id:
                self.canvas.show_words(i18n.fault(error) if isinstance(error, NdbError) else tr("site.photo.gone"))

        read_preview(self._store, photo, show, gone, self)
