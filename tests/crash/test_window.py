"""The real program, killed while somebody types: what its header called saved is there, and the next start says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.review import NAMES, PLAN_WORDS, REPORT_WORDS, SECRET, MadeReview, make_bundle
from tests.support.window_life import TYPED

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


def run(profile: Path, made: MadeReview, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.window_life", str(profile), str(made.path), what],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_of(child: subprocess.Popen[str]) -> list[str]:
    """The next line a living child says."""
    assert child.stdout is not None
    words = child.stdout.readline().rstrip("\n").split("\t")
    assert words[0] in ("typed", "header"), words
    return words


def told(profile: Path, made: MadeReview, what: str) -> dict[str, list[str]]:
    out, err = run(profile, made, what).communicate(timeout=110)
    lines = [line.split("\t") for line in out.splitlines()]
    found = {words[0]: words[1:] for words in lines}
    assert "error" not in found, (found, err)
    if what != "fault":
        assert not err or "propagateSizeHints" in err, err
    return found


def test_killed_while_typing_nothing_called_saved_is_lost(tmp_path: Path, made: MadeReview) -> None:
    child = run(tmp_path, made, "type")
    typed, seen = "", ""
    try:
        while not (typed and seen.startswith("已保存")):
            words = line_of(child)
            typed, seen = (words[1], "") if words[0] == "typed" else (typed, words[1])
    finally:
        child.kill()
        child.communicate()
    assert typed == "正在保存…"
    second = told(tmp_path, made, "again")
    assert second["card"]
    assert second["reason"] == [TYPED]
    assert "已恢复到" in second["message"][0]
    nothing_private(second["report"][0], tmp_path, made)
    assert "断电" in second["report"][0]
    assert told(tmp_path, made, "quiet")["card"] == []


def test_a_hard_crash_is_reported_by_our_own_lines_only(tmp_path: Path, made: MadeReview) -> None:
    assert "open" in told(tmp_path, made, "fault")
    out, _ = run(tmp_path, made, "quiet").communicate(timeout=110)
    assert "上次没有正常结束" in out
    faults = (tmp_path / "logs" / "faults-last.txt").read_text(encoding="utf-8")
    assert "Segmentation fault" in faults
    from ndb_desktop.services.crash_report import compose

    report = compose(tmp_path / "logs", {}, "zh_CN", interrupted=True)
    assert "Segmentation fault" in report
    assert "ui/app.py:" in report
    nothing_private(report, tmp_path, made)


def nothing_private(report: str, profile: Path, made: MadeReview) -> None:
    secrets = [
        *NAMES,
        *PLAN_WORDS.split("。"),
        REPORT_WORDS,
        SECRET,
        TYPED,
        "陈评审",
        made.path.name,
        made.written.bundle_id,
    ]
    secrets += [str(profile), str(ROOT), str(Path.home()), os.uname().nodename, "P4.1"]
    assert [word for word in secrets if word and word in report] == []
