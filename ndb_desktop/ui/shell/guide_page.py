"""使用指南: the guides that come with the program, one for each desk, read without a network.

The text is ours (`docs/guide-*.md`), never anything that was opened: this is the one place where a widget of Qt
reads marked-up text. It still follows no link out of the text and loads no picture from outside the guide's own folder.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QFont,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import QApplication, QFrame, QListWidget, QListWidgetItem, QTextBrowser, QTextEdit, QWidget

from ndb_desktop.paths import guide
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import language, tr
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.shortcuts import bind, tip_with_keys
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, row

WIDEST = 880
"""Wider lines than this many pixels are hard to read."""
_PICTURE = re.compile(r"images/guide/[a-z-]+\.(zh|en)\.png")
_CAPTION = re.compile(r"^!\[([^\]]+)\]\(([^)]+)\)$", re.MULTILINE)


class GuideText(QTextBrowser):
    """The text itself, read only; pictures as wide as the lines."""

    def __init__(self, markdown: str, folder: Path, title: str) -> None:
        super().__init__()
        self.setObjectName("guide.text")
        self.setAccessibleName(title)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._folder = folder
        self._pictures: set[str] = set()
        self._width = 0
        self._asked = 0
        """The place asked for last: the first fitting, a moment after the page is shown, comes back to it."""
        self._later = QTimer(self, singleShot=True, interval=60)
        self._later.timeout.connect(self._fit)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(theme.pixels(20))
        self.document().setDefaultFont(QApplication.font())
        # What a picture shows is said below it as well, for those who do not see it.
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(
            _CAPTION.sub(r"![\1](\2)\n\n*\1*", markdown),
            features.MarkdownDialectGitHub | features.MarkdownNoHTML,
        )
        # What was put in stands before the cursor: Qt would scroll to it when the page is first shown.
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._dress()

    def headings(self) -> list[tuple[int, str, int]]:
        """Level, words and position of every heading below the title."""
        found, block = [], self.document().begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            if level > 1:
                found.append((level, block.text(), block.position()))
            block = block.next()
        return found

    def show_place(self, position: int) -> None:
        """Scrolls so that the line at `position` stands at the top."""
        self._asked = position
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        self.setTextCursor(cursor)
        top = self.document().documentLayout().blockBoundingRect(cursor.block()).top()
        self.verticalScrollBar().setValue(round(top) - theme.pixels(8))

    def place(self) -> int:
        """The position of the first line in sight."""
        return self.cursorForPosition(self.viewport().rect().topLeft()).position()

    def find_all(self, words: str) -> list[QTextCursor]:
        """Every place where the words stand, regardless of capitals; all are marked."""
        found: list[QTextCursor] = []
        cursor = QTextCursor(self.document())
        while words and not (cursor := self.document().find(words, cursor)).isNull():
            found.append(cursor)
        marks = []
        for hit in found:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = hit
            mark.format.setBackground(theme.color("highlight"))
            marks.append(mark)
        self.setExtraSelections(marks)
        return found

    # ----- pictures -----

    def loadResource(self, kind: int, url: QUrl) -> object:  # type: ignore[override]
        """A picture of the guide, in the width of the lines; nothing else, from nowhere else."""
        name = url.toString()
        if kind != QTextDocument.ResourceType.ImageResource.value or not _PICTURE.fullmatch(name):
            return None
        self._pictures.add(name)
        return self._picture(name)

    def _picture(self, name: str) -> QImage:
        picture = QImage(str(self._folder / name))
        ratio = self.devicePixelRatioF()
        room = self.viewport().width() - 2 * (self._side() + theme.pixels(20)) - 8
        wide = min(round(max(room, 200) * ratio), picture.width())
        if not picture.isNull():
            picture = picture.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(ratio)
        return picture

    def _side(self) -> int:
        """What is left free at each side of the lines."""
        return max(0, (self.viewport().width() - theme.pixels(WIDEST)) // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._later.start()

    def _fit(self) -> None:
        if self._width == self.viewport().width():
            return
        place = self.place() if self._width else self._asked
        self._width = self.viewport().width()
        shape = self.document().rootFrame().frameFormat()
        shape.setLeftMargin(self._side())
        shape.setRightMargin(self._side())
        self.document().rootFrame().setFrameFormat(shape)
        for name in self._pictures:
            self.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), self._picture(name))
        self.document().markContentsDirty(0, self.document().characterCount())
        if place:
            self.show_place(place)
        else:
            self.verticalScrollBar().setValue(0)

    # ----- looks -----

    def _dress(self) -> None:
        cursor, block = QTextCursor(self.document()), self.document().begin()
        while block.isValid():
            cursor.setPosition(block.position())
            level = block.blockFormat().headingLevel()
            shape = QTextBlockFormat()
            # More height for a line of words is a gap below a picture.
            height = 100 if "\ufffc" in block.text() else 135
            shape.setLineHeight(height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            if level:
                shape.setTopMargin(theme.pixels(8 if level == 1 else 24 if level == 2 else 16))
            shape.setBottomMargin(theme.pixels(2 if block.textList() or cursor.currentTable() else 8))
            cursor.mergeBlockFormat(shape)
            self._dress_words(block.position(), block.length(), level)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _dress_table(frame)

    def _dress_words(self, start: int, length: int, level: int) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(start + length - 1, QTextCursor.MoveMode.KeepAnchor)
        colours = QTextCharFormat()
        colours.setForeground(theme.color("text"))
        if level:
            colours.setFontPointSize(theme.points() * (1.7 if level == 1 else 1.3 if level == 2 else 1.1))
            colours.setFontWeight(QFont.Weight.Bold)
        cursor.mergeCharFormat(colours)
        for first, last, kind in _runs(cursor.block()):
            part = QTextCursor(self.document())
            part.setPosition(first)
            part.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
            shape = QTextCharFormat()
            if kind == "key":
                shape.setFontFixedPitch(False)
                shape.setFontFamilies([QApplication.font().family()])
                shape.setBackground(theme.color("accent_soft"))
                shape.setForeground(theme.color("on_accent_soft"))
            else:
                # Slanted Chinese characters are hard to read.
                shape.setFontItalic(False)
                shape.setForeground(theme.color("muted"))
            part.mergeCharFormat(shape)


def _runs(block: QTextBlock) -> list[tuple[int, int, str]]:
    """Where keys and captions stand in a block."""
    found, walk = [], block.begin()
    while not walk.atEnd():
        part = walk.fragment()
        shape = part.charFormat()
        if shape.isImageFormat():
            pass
        elif shape.fontFixedPitch():
            found.append((part.position(), part.position() + part.length(), "key"))
        elif shape.fontItalic():
            found.append((part.position(), part.position() + part.length(), "caption"))
        walk += 1
    return found


def _dress_table(table: QTextTable) -> None:
    shape = table.format()
    shape.setBorder(1)
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBorderBrush(QBrush(theme.color("line")))
    shape.setBorderCollapse(True)
    shape.setCellPadding(theme.pixels(6))
    shape.setTopMargin(theme.pixels(8))
    shape.setBottomMargin(theme.pixels(12))
    table.setFormat(shape)
    for number in range(table.columns()):
        head = table.cellAt(0, number)
        look = head.format()
        look.setBackground(theme.color("raised"))
        head.setFormat(look)


def guide_title(reader: str) -> str:
    """What the guide for `expert`, `inspection` or `coordinator` is called."""
    titles = {"inspection": tr("guide.inspection"), "coordinator": tr("guide.coordinator")}
    return titles.get(reader) or tr("guide.expert")


class GuidePage(QWidget):
    """The guide for `reader`, a desk's id: contents at the left, the text at the right, a search above.

    Signal `closed()`.
    """

    closed = Signal()

    def __init__(self, reader: str) -> None:
        super().__init__()
        self.setObjectName("guide")
        path, title = guide(reader, language()), guide_title(reader)
        self.text = GuideText(path.read_text(encoding="utf-8"), path.parent, title)
        self._hits: list[QTextCursor] = []
        self._at = -1
        self._make_contents()
        self._make_search()
        self.close_button = Button(tr("action.back"), "normal", "arrow-left")
        self.close_button.setObjectName("guide.close")
        self.close_button.clicked.connect(self.closed)
        parts = (self.field, self.count, self.previous, self.following, self.close_button)
        head = column(Flow(PlainLabel(title, "title"), None, *parts), margins=(3, 1.5, 3, 1.5))
        body = row(self.contents, self.text, gap=0)
        body.setStretch(1, 1)
        page = column(head, body, gap=0)
        page.setStretch(1, 1)
        self.setLayout(page)
        bind(self, "search", self._ask)
        bind(self, "hit.next", lambda: self.step(1))
        bind(self, "hit.previous", lambda: self.step(-1))

    def _make_contents(self) -> None:
        self.contents = QListWidget()
        self.contents.setObjectName("guide.contents")
        self.contents.setAccessibleName(tr("guide.contents"))
        self.contents.setProperty("side", "true")
        self.contents.setFixedWidth(theme.pixels(250))
        self.contents.setSpacing(theme.pixels(3))
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for level, words, position in self.text.headings():
            item = QListWidgetItem(("\u2003" if level > 2 else "") + words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            item.setData(Qt.ItemDataRole.UserRole, position)
            self.contents.addItem(item)
        self.contents.currentItemChanged.connect(self._chosen)
        self.contents.itemClicked.connect(lambda item: self.text.show_place(item.data(Qt.ItemDataRole.UserRole)))

    def _make_search(self) -> None:
        self.field = LineEdit(tr("guide.search"), placeholder=tr("guide.search"))
        self.field.setObjectName("guide.search")
        self.field.setClearButtonEnabled(True)
        self.field.setFixedWidth(theme.pixels(240))
        self.field.edited.connect(self._search)
        self.field.returnPressed.connect(lambda: self.step(1))
        self.count = PlainLabel("", "muted", wrap=False)
        self.count.setObjectName("guide.count")
        self.previous = IconButton("chevron-up", tip_with_keys(tr("viewer.search.previous"), "hit.previous"))
        self.following = IconButton("chevron-down", tip_with_keys(tr("viewer.search.next"), "hit.next"))
        for button, name, by in ((self.previous, "guide.previous", -1), (self.following, "guide.next", 1)):
            button.setObjectName(name)
            button.setEnabled(False)
            button.clicked.connect(lambda _on=False, by=by: self.step(by))

    def _chosen(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self.text.show_place(item.data(Qt.ItemDataRole.UserRole))

    def _ask(self) -> None:
        self.field.setFocus()
        self.field.selectAll()

    def _search(self, words: str) -> None:
        self._hits, self._at = self.text.find_all(words.strip()), -1
        for button in (self.previous, self.following):
            button.setEnabled(bool(self._hits))
        if self._hits:
            self.step(1)
        else:
            self.count.setText(tr("viewer.search.none") if words.strip() else "")

    def step(self, by: int) -> None:
        """To the next or previous hit; after the last comes the first."""
        self.field.commit()
        if not self._hits:
            return
        self._at = (self._at + by) % len(self._hits)
        self.text.setTextCursor(self._hits[self._at])
        self.text.ensureCursorVisible()
        self.count.setText(tr("viewer.search.count", number=self._at + 1, count=len(self._hits)))
