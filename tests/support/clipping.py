"""What of a window is cut: words of buttons, labels and fields, parts outside their parent, scrolling sideways.

Exact as far as the widget says what it needs: the width of its words in the letters it is painted in against the room
the style leaves for them. Words of ours may not be elided; names that come from data may, if the tooltip and the
accessible name say them whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QBoxLayout,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QSplitter,
    QSplitterHandle,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTabBar,
    QTableView,
    QWidget,
)

from ndb_desktop.ui.plain import ElidedLabel, ShrinkingButton
from ndb_desktop.ui.plain_checks import PlainCheckBox, PlainRadio
from ndb_desktop.ui.widgets.flow import Flow

NAMES = frozenset(
    {
        "header.title", "header.subject", "sign.folder", "safety.folder", "news.heading", "place.title", "place.quote",
        "totals.group.name", "start.sample.name", "start.recent.folder", "progress.what", "fold.summary",
        "inbox.watched", "site.sign.folder", "site.fellow.file",
    }
)  # fmt: skip
"""Labels that show names from data (an applicant, a file, a folder, a quotation): these may end in an ellipsis."""
CHOICES = frozenset(
    {
        "viewer.document", "challenge.document", "challenge.datum", "compare.choose.left", "compare.choose.right",
        "open.key", "results.panel", "results.head", "site.finding.about", "site.photo.about", "site.photos.goes_to",
        "site.sign.key", "site.key", "site.veto.ground",
    }
)  # fmt: skip
"""Lists to choose from names that come from data; their tooltip or their open list says them whole."""
SIDEWAYS = frozenset({"check.matrix"})
"""Sixty columns cannot all be in sight: this table alone scrolls sideways, under its frozen first columns."""
LEAST_CHARACTERS = 6
"""So much of a name must be left where it ends in an ellipsis."""
_ROWS = 3
"""So many rows of a table are looked at."""
LEAST_LINES = 2.5
"""A part that scrolls shows so many lines at least, or nobody can read in it."""
Finding = str


def settle_layouts() -> None:
    """Carries out what is posted for layouts, without waiting for anything else."""
    for _ in range(4):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()
    # What came last may have asked for room as well; Qt places it before it paints the next frame.
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def shown(window: QWidget) -> Iterator[QWidget]:
    """Every widget on the screen, but menus and the parts of scrolling."""
    # What is hidden is not looked into: it may be many times what is in sight.
    waiting: list[QWidget] = [window]
    while waiting:
        for widget in waiting.pop().children():
            if not isinstance(widget, QWidget) or widget.isHidden() or widget.isWindow():
                continue
            waiting.append(widget)
            if not isinstance(widget, (QMenu, QScrollBar, QSplitterHandle)):
                yield widget


def name_of(widget: QWidget) -> str:
    """The widget and its nearest parents, for a message."""
    parents = []
    step: QWidget | None = widget
    while step is not None and len(parents) < 4:
        parents.append(step.objectName() or type(step).__name__)
        step = step.parentWidget()
    return " < ".join(parents)


def findings(window: QWidget) -> list[Finding]:
    """Everything that is cut, each with its place."""
    found = []
    for widget in shown(window):
        why = _outside(widget) or _squeezed(widget) or _scrolls(widget) or _cut(widget)
        if why:
            words = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else ""
            found.append(f"{why}: {name_of(widget)} {words[:40]!r}")
    return found


def _cut(widget: QWidget) -> str:
    if isinstance(widget, ElidedLabel):
        return _cut_name(widget)
    if isinstance(widget, QLabel):
        return _cut_label(widget)
    if isinstance(widget, QAbstractButton):
        return _cut_button(widget)
    if isinstance(widget, QComboBox):
        return _cut_choice(widget)
    if isinstance(widget, QLineEdit):
        return _cut_line(widget)
    if isinstance(widget, QPlainTextEdit):
        return _cut_hint(widget)
    return _cut_tabs(widget) if isinstance(widget, QTabBar) else ""


# ----- words -----


def _cut_label(label: QLabel) -> str:
    if not label.text() or label.pixmap().width() > 0:
        return ""
    room = label.contentsRect().adjusted(label.margin(), label.margin(), -label.margin(), -label.margin())
    metrics = label.fontMetrics()
    if not label.wordWrap():
        lines = label.text().split("\n")
        wide = max(metrics.horizontalAdvance(line) for line in lines)
        if wide > room.width() + 1:
            return f"wide {wide} > {room.width()}"
        return "low" if metrics.height() * len(lines) > label.height() + 2 else ""
    box = QRect(0, 0, max(room.width(), 1), 100_000)
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
    wide = metrics.boundingRect(box, flags, label.text()).width()
    if wide > room.width() + 1:
        return f"word {wide} > {room.width()}"
    wanted = label.heightForWidth(label.width())
    return f"high {wanted} > {label.height()}" if wanted > label.height() + 1 else ""


def _cut_name(label: ElidedLabel) -> str:
    text, metrics = label.full_text(), label.fontMetrics()
    if metrics.height() > label.height() + 2:
        return "low"
    room = label.contentsRect().width()
    if metrics.horizontalAdvance(text) <= room:
        return ""
    if label.objectName() not in NAMES:
        return f"elided {metrics.horizontalAdvance(text)} > {room}: {text[:30]!r}"
    if text not in label.accessibleName() or not label.toolTip():
        return "elided and said nowhere"
    return "" if room >= LEAST_CHARACTERS * metrics.averageCharWidth() else f"almost nothing of a name: {room}"


def _cut_button(button: QAbstractButton) -> str:
    if isinstance(button, (PlainCheckBox, PlainRadio)):
        # They wrap their words themselves.
        wanted = button.heightForWidth(button.width())
        return f"high {wanted} > {button.height()}" if wanted > button.height() + 1 else ""
    if not button.text():
        if isinstance(button, ShrinkingButton) and not (button.toolTip() and button.accessibleName()):
            return "a picture without words"
        least = button.minimumSizeHint() if button.icon().isNull() else button.iconSize()
        small = button.width() < least.width() or button.height() < least.height()
        return f"small {button.size().toTuple()}" if small and button.layout() is None else ""
    if not isinstance(button, QPushButton):
        least = button.minimumSizeHint()
        small = button.width() < least.width() - 1 or button.height() < least.height() - 1
        return f"small {button.size().toTuple()} < {least.toTuple()}" if small else ""
    wanted, room = button_words(button), button_room(button)
    if wanted.width() > room.width() + 1:
        return f"button {wanted.width()} > {room.width()}"
    return f"button high {wanted.height()} > {room.height()}" if wanted.height() > room.height() + 4 else ""


def button_words(button: QPushButton) -> QSize:
    """The size of picture and words of a push button in the letters they are painted in."""
    font = QFont(button.font())
    if button.property("kind") == "step" and button.isChecked():
        # The style sheet makes them bold only while the step is shown; the button's own font does not know.
        font.setBold(True)
    size = QFontMetrics(font).size(Qt.TextFlag.TextShowMnemonic, button.text())
    picture = 0 if button.icon().isNull() else button.iconSize().width() + 4
    return QSize(size.width() + picture, size.height())


def button_room(button: QPushButton) -> QRect:
    """What the style leaves for picture and words."""
    option = QStyleOptionButton()
    button.initStyleOption(option)
    return button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)


def _cut_choice(choice: QComboBox) -> str:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = choice.style().subControlRect(control, option, part, choice).width()
    wide = choice.fontMetrics().horizontalAdvance(choice.currentText())
    if wide <= room:
        return ""
    if choice.objectName() not in CHOICES:
        return f"choice {wide} > {room}: {choice.currentText()[:30]!r}"
    return "" if room >= 4 * choice.fontMetrics().averageCharWidth() else f"almost nothing of a choice: {room}"


def _cut_line(line: QLineEdit) -> str:
    if isinstance(line.parentWidget(), QComboBox):
        return ""
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    # QLineEdit keeps two pixels at each side of its words for the cursor.
    room = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line).width() - 4
    hint = line.placeholderText() if not line.text() else ""
    wide = line.fontMetrics().horizontalAdvance(hint)
    return f"hint {wide} > {room}: {hint[:30]!r}" if wide > room else ""


def _cut_hint(box: QPlainTextEdit) -> str:
    hint = box.placeholderText()
    if not hint or box.toPlainText():
        return ""
    edge = round(box.document().documentMargin())
    room = box.viewport().rect().adjusted(edge, edge, -edge, -edge)
    tall = QRect(room.left(), room.top(), room.width(), 100_000)
    wanted = box.fontMetrics().boundingRect(tall, int(Qt.TextFlag.TextWordWrap), hint)
    return f"hint high {wanted.height()} > {room.height()}" if wanted.height() > room.height() + edge else ""


def _cut_tabs(tabs: QTabBar) -> str:
    for number in range(tabs.count()):
        wide = tabs.fontMetrics().horizontalAdvance(tabs.tabText(number))
        if wide > tabs.tabRect(number).width() or not tabs.rect().contains(tabs.tabRect(number)):
            return f"tab {tabs.tabText(number)!r}"
    return ""


# ----- places -----


def _outside(widget: QWidget) -> str:
    """Whether a widget leaves its parent; what is scrolled may do so downwards only."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or isinstance(parent, QTabBar) or not widget.width() or not widget.height():
        return ""
    place, room = widget.geometry(), parent.rect()
    area = parent.parentWidget()
    if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
        sideways = isinstance(area, QScrollArea) and place.width() > room.width() + 1
        return f"sideways by {place.width() - room.width()} for {_widest(widget)}" if sideways else ""
    return "" if room.adjusted(-1, -1, 1, 1).contains(place) else f"outside {place.getRect()} of {room.getRect()}"


def _widest(widget: QWidget) -> str:
    """The part that makes a widget so wide, for the message."""
    parts = [part for part in widget.findChildren(QWidget) if part.isVisible() and not part.findChildren(QWidget)]
    return name_of(max(parts, key=lambda part: part.minimumSizeHint().width())) if parts else ""


def _squeezed(widget: QWidget) -> str:
    """Whether a layout has less width than its parts need, or a part without one less height than it needs."""
    layout = widget.layout()
    if isinstance(widget.parentWidget(), QAbstractScrollArea):
        return ""
    if layout is None and not isinstance(widget, (QAbstractScrollArea, QLabel, QAbstractButton, QSplitter)):
        least = widget.minimumSizeHint().height()
        # The style sheet lets fields be some pixels lower than Qt would like, all of them above and below the words.
        low = 0 < widget.height() < least - 4 and not isinstance(widget, QProgressBar)
        return f"low {widget.height()} < {least}" if low else ""
    if not isinstance(layout, (QBoxLayout, QGridLayout, Flow)) or not widget.width() or not widget.height():
        return ""
    least = layout.totalMinimumSize()
    if least.width() > widget.width() + 1:
        return f"squeezed {widget.width()} < {least.width()} wide by {_widest(widget)}"
    return ""


def _scrolls(widget: QWidget) -> str:
    """Whether something scrolls sideways, or shows too little of what scrolls downwards."""
    if not isinstance(widget, QAbstractScrollArea) or isinstance(widget, QPlainTextEdit):
        return ""
    across = widget.horizontalScrollBar()
    if across.maximum() > across.minimum() and widget.objectName() not in SIDEWAYS:
        return f"scrolls sideways by {across.maximum()}"
    down = widget.verticalScrollBar()
    least = round(LEAST_LINES * widget.fontMetrics().lineSpacing())
    if down.maximum() > down.minimum() and widget.viewport().height() < least:
        return f"shows only {widget.viewport().height()} < {least} pixels of {down.maximum()} more"
    if isinstance(widget, QTableView) and (why := _cut_heads(widget) or _cut_cells(widget)):
        return why
    return ""


def _cut_heads(table: QTableView) -> str:
    header = table.horizontalHeader()
    if header is None or header.isHidden() or table.objectName() in SIDEWAYS:
        return ""
    for column in range(header.count()):
        words = str(table.model().headerData(column, Qt.Orientation.Horizontal) or "")
        wide = header.fontMetrics().horizontalAdvance(words)
        if not header.isSectionHidden(column) and wide > header.sectionSize(column) - 4:
            return f"head {words!r} {wide} > {header.sectionSize(column)}"
    return ""


def _cut_cells(table: QTableView) -> str:
    """Cells of a few rows that say so little that nobody knows what they are about."""
    if table.objectName() in SIDEWAYS:
        return ""
    # The icon and the margins of a cell, beside as many letters as an elided name keeps.
    least = LEAST_CHARACTERS * table.fontMetrics().averageCharWidth() + 24
    for column in range(table.model().columnCount()):
        for line in range(min(_ROWS, table.model().rowCount())):
            words = str(table.model().index(line, column).data() or "")
            wide, room = table.fontMetrics().horizontalAdvance(words), table.columnWidth(column)
            if not table.isColumnHidden(column) and wide > room and room < least:
                return f"cell {words[:20]!r} {wide} > {room}"
    return ""


def cut_menu(menu: QMenu, room: QSize) -> str:
    """Whether a menu is larger than the window it belongs to, and so would scroll or be cut."""
    wanted = menu.sizeHint()
    small = wanted.width() <= room.width() and wanted.height() <= room.height()
    return "" if small else f"menu {menu.title()} {wanted.toTuple()} > {room.toTuple()}"
