"""The real program, driven from inside as a user would: `python -m tests.support.window_life PROFILE BUNDLE WHAT`.

`type` works until it is killed and says what its header shows; `fault` dies of a segmentation fault; `again` starts
after that, tells what the window says, goes on, and ends by itself; `quiet` only tells and ends.
"""

from __future__ import annotations

import faulthandler
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit

from ndb_desktop.ui import app
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import window as helper
from tests.support.review import SECRET
from tests.support.safety import type_into

ITEM = "P4.1.basis"
TYPED = "typed just before the end"


def say(*words: str) -> None:
    """One line, at once."""
    print(*(word.replace("\n", " ") for word in words), sep="\t", flush=True)


def window() -> MainWindow:
    """The window that `app.main` made."""
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))


def work(made: Any) -> None:
    """Scores until a text is typed, and says each change of the header from then on."""
    win = window()
    helper.start_review(win, made)
    desk = helper.desk_of(win)
    walk = desk.walk
    assert walk is not None
    walk.go(walk.application, ITEM)
    helper.settle()
    helper.review_of(win).score.panel.choose_level("L5")
    helper.settle()
    type_into(win, "item.reason", TYPED)
    QApplication.processEvents()
    say("typed", win.header.saved.text())
    seen = [""]

    def look() -> None:
        text = win.header.saved.text()
        if text != seen[0]:
            seen[0] = text
            say("header", text)

    timer = QTimer(win, interval=5)
    timer.timeout.connect(look)
    timer.start()


def again(made: Any) -> None:
    """What the next start says; the report; the work as it was left."""
    win = window()
    helper.settle()
    tell(win)
    helper.press(win, "crash.show")
    report = helper.child(win, "crash.text")
    assert isinstance(report, QPlainTextEdit)
    say("report", report.toPlainText())
    helper.press(win, "crash.back")
    helper.press(win, "crash.go_on")
    helper.child(win, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
    helper.press(win, "open.button")
    message = win.banner.message()
    say("message", message.text if message else "")
    store = helper.desk_of(win).store
    assert store is not None
    entry = store.view.sheet(store.view.applications[0].application.id).items[ITEM]
    say("reason", entry.reason)
    win.close()


def tell(win: MainWindow) -> None:
    """Whether the start page speaks of the last run."""
    labels = [label for card in win.findChildren(QLabel) if (label := card.text()).startswith("上次没有正常结束")]
    say("card", *labels)


def drive(profile: Path, bundle: Path, what: str) -> int:
    """Starts the program and does `what` in it."""
    application = QApplication(sys.argv[:1])
    made = SimpleNamespace(path=bundle, secret=SECRET)

    def start() -> None:
        if what == "type":
            work(made)
        elif what == "fault":
            helper.open_bundle(window(), made)
            say("open")
            faulthandler._sigsegv()  # type: ignore[attr-defined]
        elif what == "again":
            again(made)
        else:
            helper.settle()
            tell(window())
            window().close()

    def guarded() -> None:
        try:
            start()
        except BaseException as error:  # noqa: BLE001  (a finding, told to the parent)
            say("error", repr(error))
            application.exit(3)

    QTimer.singleShot(0, guarded)
    return app.main(["--profile", str(profile), "--lang", "zh_CN"])


if __name__ == "__main__":
    sys.exit(drive(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
