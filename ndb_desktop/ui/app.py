"""Starts the window: arguments, early checks, QApplication, and what happens when something breaks."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QLibraryInfo, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from ndb_desktop import paths
from ndb_desktop.services import crash_report
from ndb_desktop.texts import LANGUAGES
from ndb_desktop.ui import i18n, icons, tasks, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.qt_words import QtWords
from ndb_desktop.ui.settings import THEMES, Settings
from ndb_desktop.ui.shell.crash_notice import report_exception
from ndb_desktop.ui.shell.last_run import LastRun
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.sample import SampleEntry

log = logging.getLogger(__name__)

FIRST_LINE_MS = 300


def utc_now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The window's few options; everything else is for the command line (`ndb --help`)."""
    parser = argparse.ArgumentParser(prog="ndb-desktop", description=__doc__)
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the window")
    parser.add_argument("--theme", choices=THEMES, help="colours")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="folder of keys, worksheets and settings")
    parser.add_argument("--sample", type=Path, metavar="DIR", help="prepare the sample round in DIR once and offer it")
    parser.add_argument("--check", action="store_true", help="show the window once, then exit (for tests of a build)")
    parser.add_argument("files", nargs="*", type=Path, help="files to open")
    return parser.parse_args(argv)


def choose_input_method() -> str:
    """Lets fcitx answer by the ibus protocol when our Qt brings no fcitx plugin; returns what was chosen.

    WORKAROUND PySide6 wheels carry plugins for ibus and compose only, and fcitx5 speaks ibus too.
    """
    wanted = os.environ.get("QT_IM_MODULE", "")
    if sys.platform.startswith("linux") and wanted.startswith("fcitx"):
        plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforminputcontexts"
        if not any(plugins.glob("*fcitx*")):
            os.environ["QT_IM_MODULE"] = wanted = "ibus"
    return wanted


class LogFile(logging.Handler):
    """A small rotating file, opened by its first line: its module brings sockets, which no start should wait for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            from logging.handlers import RotatingFileHandler

            self._file = RotatingFileHandler(self._path, maxBytes=512_000, backupCount=2, encoding="utf-8")
            self._file.setFormatter(self.formatter)
        self._file.emit(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


def start_log(profile: Path) -> None:
    """A small rotating log in the profile; nothing confidential is ever written to it."""
    folder = profile / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = LogFile(folder / "window.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("ndb_desktop")
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def watch_faults(profile: Path) -> tuple[bool, IO[str]]:
    """Sends hard crashes of the process to a file; says whether the last run left something in it."""
    crashed = crash_report.turn_over(profile / "logs")
    stream = (profile / "logs" / crash_report.FAULTS).open("w", encoding="utf-8")
    faulthandler.enable(stream)
    return crashed, stream


def load_translators(app: QApplication, language: str, kept: list[QTranslator]) -> None:
    """Qt's own words (buttons of file dialogs) in the window's language."""
    for old in kept:
        app.removeTranslator(old)
    kept.clear()
    # Asked after the one below, which is installed later.
    gaps = QtWords(app)
    app.installTranslator(gaps)
    kept.append(gaps)
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language}", folder):
        app.installTranslator(translator)
        kept.append(translator)


def install_excepthook(window: MainWindow) -> None:
    """An exception in a slot saves, logs, and tells the user; it never passes silently."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        report_exception(window, error.with_traceback(trace))

    sys.excepthook = hook


def make_application(settings: Settings, theme_name: str = "") -> QApplication:
    """QApplication with fonts, colours and icon."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("ndb-desktop")
    app.setDesktopFileName("ndb-desktop")
    if not theme.load_fonts():
        log.error("the shipped fonts could not be loaded")
    theme.apply(app, theme_name or settings.theme or theme.system_theme(), settings.font_factor)  # type: ignore[arg-type]
    app.setApplicationDisplayName(tr("shell.name"))
    app.setWindowIcon(icons.window_icon("landmark", "accent"))
    return app


def _started(input_method: str) -> None:
    """What the first picture need not wait for."""
    # Modules and their like are never garbage: looking through them again and again is felt as a stutter.
    gc.freeze()
    gc.enable()
    # The log file is opened by its first line.
    log.info("input method: %s", input_method or "default")


def main(argv: Sequence[str] | None = None) -> int:
    """Opens the window and runs until it is closed; returns the exit code."""
    options = parse(sys.argv[1:] if argv is None else argv)
    os.umask(0o077)
    if options.profile is not None:
        os.environ[paths.PROFILE_VARIABLE] = str(options.profile.resolve())
    profile = paths.profile_dir()
    start_log(profile)
    last_run = LastRun(profile / "logs")
    crashed, faults = watch_faults(profile)
    last_run.interrupted = last_run.interrupted or crashed
    input_method = choose_input_method()
    settings = Settings(profile)
    i18n.set_language(options.lang or settings.language)
    app = make_application(settings, options.theme or "")
    translators: list[QTranslator] = []
    load_translators(app, i18n.language(), translators)
    samples: tuple[SampleEntry, ...] = ()
    problem: Exception | None = None
    if options.sample is not None:
        from ndb_desktop.ui.shell.sample_maker import prepare_sample

        samples, problem = prepare_sample(options.sample)
    window = MainWindow(settings, profile, utc_now, samples, last_run)
    window.language_changed.connect(lambda code: load_translators(app, code, translators))
    install_excepthook(window)
    window.show()
    QTimer.singleShot(FIRST_LINE_MS, window, lambda: _started(input_method))
    if problem is not None:
        window.show_error(problem)
    if options.files:
        window.arrivals.start_with(tuple(options.files))
    if options.check:
        QTimer.singleShot(0, window.close)
    code = app.exec()
    ended = tasks.shutdown()
    last_run.end()
    faulthandler.disable()
    faults.close()
    return code if ended else 1
