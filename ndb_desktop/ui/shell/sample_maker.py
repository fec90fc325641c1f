"""Prepares the sample round once, with a small progress window, before the start page appears."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.demo import is_sample, make_demo, read_sample
from ndb_desktop.ui import tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.widgets.layout import column
from ndb_desktop.ui.widgets.progress import ProgressPanel

_MOST = 200


class SampleWindow(QWidget):
    """What the user sees while the sample round is made; closing it means cancel."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setWindowTitle(tr("shell.name"))
        self.progress = ProgressPanel(tr("sample.making"))
        self.setLayout(
            column(PlainLabel(tr("sample.title"), "title"), PlainLabel(tr("sample.text"), "muted"), self.progress, None,
                   gap=2, margins=4)
        )  # fmt: skip
        self.resize(640, 320)
        self.task: tasks.Task | None = None

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.task is not None and self.task.running:
            self.task.cancel()
            event.ignore()
        else:
            event.accept()


def prepare_sample(folder: Path, size: str = "full") -> tuple[tuple[SampleEntry, ...], Exception | None]:
    """The sample's entries, made first if `folder` has none; the error if it could not be made (or `None`)."""
    failure: list[Exception] = []
    if not is_sample(folder):
        window, loop = SampleWindow(), QEventLoop()
        window.task = tasks.run(
            lambda progress, cancel: make_demo(folder, size=size, progress=progress, cancel=cancel),
            failed=failure.append,
            lane="pool",
        )
        window.task.finished.connect(loop.quit)
        window.progress.follow(window.task)
        window.show()
        if window.task.running:
            loop.exec()
        window.close()
        window.deleteLater()
    return (sample_entries(folder) if is_sample(folder) else ()), (failure[0] if failure else None)


def sample_entries(folder: Path) -> tuple[SampleEntry, ...]:
    """What lies ready in a finished sample, in the order of the doors.

    An expert's bundle with its secret, an inspection bundle with a member's key unless the sample is a small one or of
    an earlier version, and the registry with its key.
    """
    places = {name: Path(place) for name, place in read_sample(folder).items()}
    passphrase = _first_line(places["passphrase_file"])
    visits = (
        (
            SampleEntry(
                "visit",
                places["open_visit"],
                "list-checks",
                lambda: tr("sample.visit"),
                key=places["inspector_key"],
                passphrase=passphrase,
            ),
        )
        if "open_visit" in places
        else ()
    )
    return (
        SampleEntry(
            "bundle",
            places["open_bundle"],
            "package-open",
            lambda: tr("sample.bundle"),
            secret=_first_line(places["open_secret"]),
        ),
        *visits,
        SampleEntry(
            "registry",
            places["registry"],
            "folder-open",
            lambda: tr("sample.registry"),
            key=places["coordinator_key"],
            passphrase=passphrase,
        ),
    )


def _first_line(path: Path) -> str:
    """The secret in a file of the sample, which is trial material for everyone to see."""
    with path.open(encoding="utf-8") as stream:
        return stream.readline(_MOST).strip()
