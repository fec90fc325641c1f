"""Looks to see a page in, dealt out to the pages one after the other, and everything that is wrong with it in one.

The looks (languages with one that is stretched, sizes of type, screens, colours) change every few pages, so that every
combination is met while no page is looked at in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QLabel, QTabBar, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop import texts
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import order
from tests.support import access, painted, pseudo, rooms
from tests.support.clipping import findings, name_of, shown
from tests.support.window import settle

LAPTOP, SCALED, DESK = QSize(1366, 768), QSize(911, 512), QSize(1920, 1080)
"""An office laptop, the same whose system draws everything half as large again, a desk screen."""
SIZES = (
    (LAPTOP, 1.0), (DESK, 1.6), (SCALED, 1.0), (LAPTOP, 1.3), (DESK, 0.9), (SCALED, 0.9), (LAPTOP, 1.6), (DESK, 1.0),
    (LAPTOP, 0.9), (DESK, 1.3),
)  # fmt: skip
"""Screens and sizes of type. Half as large again twice over would leave room for a handful of words."""
LANGUAGES = ("zh_CN", "en", "pseudo")
COLOURS = ("light", "dark", "contrast")
SAME = 3


@dataclass(frozen=True)
class Look:
    """One way to see a page."""

    language: str
    screen: QSize
    factor: float
    colours: str

    def __str__(self) -> str:
        width, height = self.screen.toTuple()
        return f"{self.language} {round(self.factor * 100)} % {width}x{height} {self.colours}"


def look(number: int) -> Look:
    """The look of the page of this number; three pages in a row have the same, to build the window anew costs most."""
    number //= SAME
    language, (screen, factor) = LANGUAGES[number % 3], SIZES[number // 3 % len(SIZES)]
    # Words of 140 % where there is room for two thirds would be another program.
    screen = DESK if language == "pseudo" and screen.width() / factor < 1024 else screen
    return Look(language, screen, factor, COLOURS[(number + number // 9) % 3])


def put_on(window: MainWindow, seen: Look, monkeypatch: pytest.MonkeyPatch, words: dict[str, object]) -> None:
    """Builds the window anew in a look."""
    now = words["longer" if seen.language == "pseudo" else "shipped"]
    monkeypatch.setattr(texts, "catalogue", lambda: now)
    i18n.set_language("zh_CN" if seen.language == "zh_CN" else "en")
    window._apply_theme(seen.colours, seen.factor)
    rooms.fit(window, seen.screen)


def troubles(qtbot: QtBot, window: MainWindow, size: QSize) -> Iterator[str]:
    """Everything that is wrong with the page in sight."""
    rooms.fit(window, size)
    if window.size() != size:
        yield f"the window needs {window.minimumSizeHint().toTuple()}"
    yield from cut(window)
    yield from painted.pale(window)
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.waitUntil(lambda: window.findChild(order.ReadingOrder) is not None)
    root = window.centralWidget()
    assert root is not None
    stops = access.focusable(root)
    yield from (f"no name: {access.called(one)}" for one in stops if not access.said(one).strip())
    yield from (f"no object name: {access.called(one)}" for one in stops if not own_name(one))
    names = Counter((own_name(one), box_of(one)) for one in stops)
    yield from (f"{count} are called {name}" for name, count in names.items() if count > 1)
    # A page itself takes the focus between two jobs; Qt has no role for what is drawn, its description says what it is.
    told = [one.objectName() for one in stops if access.said(one, QAccessible.Text.Description)]
    plain = tuple(f"Client: {name}" for name in ("office.", "site.", *filter(None, told)))
    yield from (one for one in access.wrong_roles(root) if not one.startswith(plain))
    by_tab = access.tab_stops(window)
    settle()
    yield from (f"Tab never comes to {access.called(one)}" for one in stops if not reached(one, by_tab))
    yield from (f"against the eye: {one}" for one in access.against_the_eye(by_tab, root))
    yield from (f"against the reader: {one}" for one in access.against_the_reader(by_tab, root))


def cut(window: MainWindow) -> Iterator[str]:
    """What is cut.

    In large letters or on a small screen a table of data may scroll sideways by itself (WCAG 2.1, 1.4.10 exempts it),
    and a bar of seven tabs has the arrows Qt gives it; neither may in normal letters on the screen of a laptop.
    """
    narrow = window.width() / theme.factor() < LAPTOP.width()
    tables = tuple(one.objectName() for one in window.findChildren(QTableView) if one.objectName())
    bars = [one for one in window.findChildren(QTabBar) if one.isVisible() and one.usesScrollButtons()]
    for finding in findings(window):
        what, _, where = finding.partition(": ")
        sideways = what.startswith("scrolls sideways") and where.startswith(tables)
        arrows = "ScrollLeftButton <" in where or "ScrollRightButton <" in where or what.startswith("tab ")
        if not narrow or not (sideways or (arrows and bars)):
            yield finding


def own_name(widget: QWidget) -> str:
    """Its object name; the bar of tabs is called by its tabs, a number by its counter."""
    parent = widget.parentWidget()
    inner = isinstance(widget, QTabBar) or isinstance(parent, QAbstractSpinBox)
    return parent.objectName() if inner and parent is not None else widget.objectName()


def box_of(widget: QWidget) -> str:
    """The nearest box with a name of its own: two passphrases on a page are told apart by it."""
    step = widget.parentWidget()
    while step is not None and not step.objectName():
        step = step.parentWidget()
    return step.objectName() if step is not None else ""


def reached(widget: QWidget, by_tab: list[QWidget]) -> bool:
    """Whether Tab comes there, or to another choice of the same group, from where the arrow keys go on."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    others = group.buttons() if group is not None and group.exclusive() else []
    return any(stop is widget or stop in others for stop in by_tab)


def walk(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, shown: Iterable[rooms.Room], number: int = 0
) -> tuple[list[str], str]:
    """Shows one page after the other, the first in the look of that number: their names, and all that is wrong."""
    words: dict[str, object] = {"shipped": texts.catalogue(), "longer": pseudo.catalogue()}
    found: dict[str, str] = {}
    before: Look | None = None
    seen: list[str] = []
    for room in shown:
        now = look(number + len(seen))
        if now != before:
            put_on(window, now, monkeypatch, words)
        before = now
        room.show()
        for trouble in troubles(qtbot, window, now.screen):
            found.setdefault(trouble, f"{room.name}, {now}")
        seen.append(room.name)
    put_on(window, look(0), monkeypatch, words)
    return seen, "\n".join(f"{where}: {what}" for what, where in found.items())


def not_plain(window: MainWindow) -> list[str]:
    """Labels that would take a name for rich text, and tooltips that would show a picture from one."""
    labels = [
        f"rich: {name_of(label)} {label.text()[:40]!r}"
        for label in window.findChildren(QLabel)
        if label.textFormat() != Qt.TextFormat.PlainText and label.pixmap().width() <= 0
    ]
    tips = [
        f"tip: {name_of(widget)} {widget.toolTip()[:60]!r}"
        for widget in window.findChildren(QWidget)
        if widget.toolTip() and (not widget.toolTip().startswith("<span>") or "<img" in widget.toolTip())
    ]
    keys = [
        f"key: {name_of(button)} {button.text()!r}"
        for button in window.findChildren(QAbstractButton)
        if "R&D" in button.text().replace("&&", "")
    ]
    return [*labels, *tips, *keys]


def foreign(window: MainWindow, known: set[str], profile: str) -> list[str]:
    """Texts on the screen with a word of ours that did not go through the catalogue."""
    found = []
    for widget in shown(window):
        texts_ = [widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts_.append(widget.text())
        for text in texts_:
            # Eight hexadecimal digits of a fingerprint in the name of a file are no word, whatever they spell.
            ours = re.sub(r"(?<![0-9A-Za-z])[0-9a-f]{8}(?![0-9A-Za-z])", " ", pseudo.outside(text))
            unknown = pseudo.words(ours) - known - pseudo.words(profile)
            if unknown and not re.fullmatch(r"[0-9a-f\s:]+|SHA256:\S+", pseudo.outside(text).strip()):
                found.append(f"{name_of(widget)}: {text[:60]!r}: {sorted(unknown)[:6]}")
    return found


@pytest.fixture
def listened() -> Iterator[None]:
    """As if a screen reader were running."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)
