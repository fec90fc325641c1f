"""The program as a child process: it starts, paints, closes; keeps to its profile; arguments and input method."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, Qt, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QTreeView
from pytestqt.qtbot import QtBot

from ndb_desktop.__main__ import is_file_of_ours
from ndb_desktop.services import crash_report
from ndb_desktop.ui import app


def start(*arguments: str, profile: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ndb_desktop", "--profile", str(profile), *arguments],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(("language", "theme"), [("zh_CN", "light"), ("en", "contrast")])
def test_the_window_opens_and_closes(tmp_path: Path, language: str, theme: str) -> None:
    profile = tmp_path / "profile"
    ran = start("--lang", language, "--theme", theme, "--check", profile=profile)
    assert ran.returncode == 0, ran.stderr
    noise = [line for line in ran.stderr.splitlines() if "propagateSizeHints" not in line]
    assert noise == []
    assert (profile / "window.ini").is_file()
    for path in (profile, profile / "logs", profile / "window.ini"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_crash_of_the_last_run_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / crash_report.FAULTS).write_text("Fatal Python error", encoding="utf-8")
    crashed, stream = app.watch_faults(tmp_path)
    stream.close()
    assert crashed
    crashed, stream = app.watch_faults(tmp_path)
    stream.close()
    assert not crashed


def test_an_unknown_option_is_misuse(tmp_path: Path) -> None:
    assert start("--no-such-option", profile=tmp_path).returncode == 2


def test_fcitx_is_reached_through_ibus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for wanted, chosen in (("fcitx5", "ibus"), ("fcitx", "ibus"), ("ibus", "ibus"), ("", "")):
        monkeypatch.setenv("QT_IM_MODULE", wanted)
        assert app.choose_input_method() == chosen
        assert os.environ["QT_IM_MODULE"] == chosen


@pytest.mark.parametrize("accept", [QFileDialog.AcceptMode.AcceptOpen, QFileDialog.AcceptMode.AcceptSave])
def test_the_file_dialog_speaks_chinese_throughout(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, accept: QFileDialog.AcceptMode
) -> None:
    kept: list[QTranslator] = []
    app.load_translators(qapp, "zh_CN", kept)
    try:
        dialog = QFileDialog(None, "选择", str(tmp_path), "评审包 (*.ndbbundle)")
        qtbot.addWidget(dialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(accept)
        dialog.show()
        words = [label.text() for label in dialog.findChildren(QLabel)]
        words += [button.text() or button.toolTip() for button in dialog.findChildren(QAbstractButton)]
        tree = dialog.findChild(QTreeView)
        assert tree is not None
        model = tree.model()
        words += [str(model.headerData(n, Qt.Orientation.Horizontal)) for n in range(model.columnCount())]
        dialog.hide()
    finally:
        for translator in kept:
            qapp.removeTranslator(translator)
    assert len(words) > 10
    # One letter after the words is for the keyboard.
    assert [word for word in words if re.search("[A-Za-z]", re.sub(r"\(&[A-Z]\)", "", word))] == []


def test_qts_own_words_are_part_of_the_frozen_program() -> None:
    spec = (Path(__file__).resolve().parents[2] / "build" / "ndb_desktop.spec").read_text(encoding="utf-8")
    assert '"qtbase_zh_CN.qm"' in spec
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    assert (folder / "qtbase_zh_CN.qm").is_file()


def test_options_are_read() -> None:
    options = app.parse(["--lang", "en", "--sample", "/tmp/x", "a.ndbbundle"])
    assert (options.lang, options.sample, options.files) == ("en", Path("/tmp/x"), [Path("a.ndbbundle")])


def test_a_double_clicked_file_goes_to_the_window_and_a_verb_to_the_command_line(tmp_path: Path) -> None:
    bundle = tmp_path / "批次.ndbbundle"
    bundle.touch()
    assert is_file_of_ours(str(bundle))
    assert not is_file_of_ours("merge")
    assert not is_file_of_ours(str(tmp_path / "gone.ndbbundle"))
