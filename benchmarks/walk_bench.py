"""From the key to the painted frame: next item and next application on the real scoring page.

The floor is the time a person gives: one frame of a 60 Hz screen. What this machine needs to paint the whole window
once, with nothing changed, stands in the facts, and so does when nothing was left to do after the key (p95): a key that
comes before is heard, but waits. Every mark is one durable commit here as ever (see `autosave`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import Figure, Setting, in_child, percentile
from benchmarks.stores import Bundle, make_bundle

FRAME = 0.016
APPLICATION_LIMIT = 0.050
PAUSE_MS = 250


def run(setting: Setting) -> Iterator[Figure]:
    """A bundle of 20 applications with three short documents each, in a window of 1440 x 900, offscreen."""
    folder = setting.room("walk")
    told = in_child("walk_bench:walk", folder=str(folder), presses=setting.pick(40, 100))
    for name, limit in (("item", FRAME), ("application", APPLICATION_LIMIT)):
        runs = told[name]
        facts = {"median_ms": _ms(percentile(runs, 0.5)), "most_ms": _ms(max(runs)), **told["facts"]}
        yield Figure(f"next {name}, p95", percentile(runs, 0.95), FRAME, limit / FRAME, runs=(runs, ()), facts=facts)


def walk(folder: str, presses: int) -> dict[str, Any]:
    """In a process of its own: a start as by a user, then keys."""
    room = Path(folder)
    made = make_bundle(room, [[0.0, 0.0, 0.0]] * 20)
    profile = room / "profile"
    profile.mkdir()
    declare(made, profile)
    desk = Desk(made, profile)
    told: dict[str, Any] = {"facts": {"applications": 20}}
    for name, steps in (("item", _items), ("application", _applications)):
        desk.rested = []
        told[name] = steps(desk, presses)
        told["facts"][f"{name}_at_rest_ms"] = _ms(percentile(desk.rested, 0.95))
    repaints = [desk.frame(desk.window.update) for _ in range(20)]
    told["facts"]["repaint_ms"] = _ms(percentile(repaints, 0.5))
    desk.close()
    return told


class Desk:
    """The window with an open bundle on its scoring page; everything by key and click, as a user does."""

    def __init__(self, made: Bundle, profile: Path) -> None:
        from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
        from PySide6.QtWidgets import QApplication

        from ndb_desktop.ui import app
        from ndb_desktop.ui.settings import Settings
        from ndb_desktop.ui.shell.main_window import MainWindow
        from tests.support import window as helper

        class Painted(QObject):
            """When the first frame since `wait` was on the screen."""

            first: float | None = None
            _frames = 0

            def wait(self) -> None:
                """Qt paints in an event of this priority; what is posted now comes right behind it."""
                self.first, self._frames = None, 0
                QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.LowEventPriority.value)

            def eventFilter(self, _thing: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt)
                self._frames += event.type() == QEvent.Type.UpdateRequest
                return False

            def event(self, event: QEvent) -> bool:
                if event.type() == QEvent.Type.User and self._frames:
                    self.first = time.perf_counter()
                return True

        self.settle, self._turn = helper.settle, QApplication.processEvents
        settings = Settings(profile)
        self._application = app.make_application(settings, "light")
        self.window = MainWindow(settings, profile, helper.now)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        self._painted = Painted()
        self.rested: list[float] = []
        """Seconds until everything was done that an act brought with it, of each act."""
        self.window.installEventFilter(self._painted)
        helper.open_bundle(self.window, made)  # type: ignore[arg-type]  # only its path and secret
        self.page = helper.review_of(self.window)
        self.page.go("score")
        self.settle()
        # Work goes on where it stopped; the walk begins at the beginning.
        first = self.page._store.view.applications[0]
        self.page._walk.go(first.application.id, first.pack.items[0].id)
        self.settle()

    def press(self, key: Any, modifier: Any) -> float:
        """Seconds from a key to the next painted frame; afterwards everything comes to rest."""
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        target = QApplication.focusWidget() or self.page.score
        return self.frame(lambda: QTest.keyClick(target, key, modifier))

    def frame(self, act: Callable[[], object]) -> float:
        """Seconds until what `act` changed is on the screen."""
        from PySide6.QtTest import QTest

        begun = time.perf_counter()
        act()
        self._painted.wait()
        self._turn()
        self.rested.append(time.perf_counter() - begun)
        painted = self._painted.first
        if painted is None:
            raise RuntimeError("nothing was painted")
        self.settle()
        # A person's pause; nobody reads an item in less.
        QTest.qWait(PAUSE_MS)
        self.settle()
        return painted - begun

    def close(self) -> None:
        """Ends as a user ends."""
        self.window.close()
        self.settle()


def _items(desk: Desk, count: int) -> list[float]:
    """`count` steps to items, each seen for the first time: through one application after the other."""
    from PySide6.QtCore import Qt

    walk, times = desk.page.score._walk, []
    while len(times) < count:
        place = (walk.application, walk.item)
        if walk.item == "overall":
            desk.press(Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
        else:
            times.append(desk.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier))
        if (walk.application, walk.item) == place:
            raise RuntimeError(f"the key does nothing at {place}")
    return times


def _applications(desk: Desk, count: int) -> list[float]:
    """`count` steps to applications, to the first or the last of the list and back again."""
    from PySide6.QtCore import Qt

    walk, times = desk.page.score._walk, []
    order = [review.application.id for review in desk.page.score._store.view.applications]
    down = True
    while len(times) < count:
        place = order.index(walk.application)
        down = place < len(order) - 1 if down else place == 0
        key = Qt.Key.Key_Down if down else Qt.Key.Key_Up
        times.append(desk.press(key, Qt.KeyboardModifier.ControlModifier))
        if order.index(walk.application) == place:
            raise RuntimeError(f"the key does nothing at {place}")
    return times


def declare(made: Bundle, profile: Path) -> None:
    from ndb_desktop.services.review import open_review
    from tests.support.office import Clock
    from tests.support.review import declare_all, fill

    with open_review(made.path, secret=made.secret, profile=profile, clock=Clock()) as session:
        declare_all(session)
        # Half of the work is done: panels with marks in them and panels without.
        for item in session.applications[::2]:
            fill(session, item.application.id)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
