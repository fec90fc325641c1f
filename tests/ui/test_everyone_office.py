"""Every page of the coordinator's side: room, names, roles, one order, contrast; each in another look than the last.

The looks (languages with one that is stretched, sizes of type, screens, colours) are dealt out to the pages one after
the other, so that every combination is met while no page is looked at in all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QTabBar, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop import texts
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import order
from tests.support import access, office_rooms, painted, pseudo, rooms
from tests.support.clipping import findings
from tests.support.coordinator import Dialogs
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
LEAST = {"entrance": 17, "empty": 32, "planned": 32, "returned": 14, "deciding": 20, "final": 13, "visited": 4}
"""So many pages are walked at least in each stage."""


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


def first(stage: str) -> int:
    """The number of the first page of a stage."""
    names = [one.__name__ for one in office_rooms.STAGES]
    return sum(LEAST[name] for name in names[: names.index(stage)])


def test_every_combination_of_looks_is_met() -> None:
    numbers = [first(name) + n for name, count in LEAST.items() for n in range(count)]
    looks = [look(number) for number in numbers]
    assert len({(one.language, one.factor, one.screen.width()) for one in looks}) == 27
    assert len({(one.language, one.colours) for one in looks}) == 9


@pytest.fixture
def listened() -> Iterator[None]:
    """As if a screen reader were running."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


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
    plain = tuple(f"Client: {name}" for name in ("office.", *filter(None, told)))
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


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("stage", office_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_every_page_of_a_coordinator_can_be_read_heard_and_reached(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[office_rooms.Round], Iterator[rooms.Room]],
) -> None:
    own = office_rooms.Round(window, tmp_path, Dialogs(monkeypatch), monkeypatch)
    words: dict[str, object] = {"shipped": texts.catalogue(), "longer": pseudo.catalogue()}
    found: dict[str, str] = {}
    number, before = first(stage.__name__), None
    seen: list[str] = []
    for room in stage(own):
        now = look(number + len(seen))
        if now != before:
            put_on(window, now, monkeypatch, words)
        before = now
        room.show()
        for trouble in troubles(qtbot, window, now.screen):
            found.setdefault(trouble, f"{room.name}, {now}")
        seen.append(room.name)
    put_on(window, look(0), monkeypatch, words)
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
    assert len(seen) >= LEAST[stage.__name__], seen
    assert len(set(seen)) == len(seen)
