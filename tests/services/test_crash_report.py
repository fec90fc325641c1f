"""A crash report says where in our code and of what kind, and carries nothing else, whatever it is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.services import crash_report
from ndb_desktop.services.crash_report import ERRORS, ERRORS_LAST, FAULTS, FAULTS_LAST, compose, note_error, turn_over

AT = "2026-11-22T03:00:00Z"
PRIVATE = "云岭生物制造示范园区"
HOME = "/home/chenpingshen"

DUMP = f"""Fatal Python error: Segmentation fault

Thread 0x00007f5ee630a6c0 (most recent call first):
  File "{HOME}/ndb/ndb_desktop/ui/tasks.py", line 7 in run

Current thread 0x00007f5f00a03b80 (most recent call first):
  File "{HOME}/ndb/ndb_desktop/ui/widgets/fields.py", line 167 in event
  File "C:\\Users\\{PRIVATE}\\ndb_desktop\\ui\\app.py", line 12 in main
  File "{HOME}/{PRIVATE}/other.py", line 3 in secret_of_{PRIVATE}
  File "{HOME}/ndb_desktop/{PRIVATE}.py", line 3 in x

Extension modules: PySide6.QtCore ({PRIVATE})
"""


def raised(text: str) -> Exception:
    try:
        parse_number(text)
    except NdbError as error:
        return error
    raise AssertionError


def nothing_private(report: str) -> None:
    assert PRIVATE not in report
    assert "chenpingshen" not in report
    assert "/" not in "".join(line for line in report.splitlines() if not line.startswith("    "))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_hard_crash_is_told_by_our_own_lines(tmp_path: Path, language: str) -> None:
    (tmp_path / FAULTS).write_text(DUMP, encoding="utf-8")
    assert turn_over(tmp_path)
    assert not turn_over(tmp_path) or (tmp_path / FAULTS_LAST).exists()
    (tmp_path / FAULTS_LAST).write_text(DUMP, encoding="utf-8")
    report = compose(tmp_path, {"Qt": "6.11.3"}, language, interrupted=True)
    assert "Segmentation fault" in report
    assert "    ui/widgets/fields.py:167 event\n    ui/app.py:12 main\n" in report
    assert "tasks.py" not in report
    assert "Qt: 6.11.3" in report
    nothing_private(report)


def test_an_error_is_told_by_type_code_and_place_never_by_its_words(tmp_path: Path) -> None:
    note_error(tmp_path, raised(f"{PRIVATE} 12"), AT)
    note_error(tmp_path, ValueError(f"{HOME}/{PRIVATE}"), AT)
    assert PRIVATE not in (tmp_path / ERRORS).read_text(encoding="utf-8")
    first, second = crash_report.read_errors(tmp_path / ERRORS)
    assert first.code.startswith("E-NUMBER")
    assert first.frames[0].startswith("domain/numbers.py:")
    assert (second.kind, second.code, second.frames) == ("ValueError", "", ())
    report = compose(tmp_path, {}, "zh_CN", interrupted=False)
    assert "NdbError" in report
    nothing_private(report)


def test_what_was_put_into_the_files_by_others_does_not_get_out(tmp_path: Path) -> None:
    frame = '"ui/app.py:1 main"'
    lines = [
        f'{{"at":"{AT}","type":"{PRIVATE}","code":"","frames":[]}}',
        f'{{"at":"{PRIVATE}","type":"ValueError","code":"","frames":[]}}',
        f'{{"at":"{AT}","type":"ValueError","code":"{PRIVATE}","frames":["{PRIVATE}",{frame},"{HOME}/x.py:1 f"]}}',
        "no json",
        '{"at": 1}',
        "[]",
    ]
    (tmp_path / ERRORS_LAST).write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / FAULTS_LAST).write_text(f"Fatal Python error: {PRIVATE}\n", encoding="utf-8")
    report = compose(tmp_path, {"screen": PRIVATE}, "en", interrupted=True)
    nothing_private(report)
    assert report.count("ValueError") == 1
    assert "ui/app.py:1 main" in report
    assert "screen: ?" in report


def test_a_run_that_was_killed_left_no_error(tmp_path: Path) -> None:
    assert "断电" in compose(tmp_path, {}, "zh_CN", interrupted=True)
    assert "断电" not in compose(tmp_path, {}, "zh_CN", interrupted=False)


def test_errors_of_the_last_run_are_kept_apart(tmp_path: Path) -> None:
    note_error(tmp_path, KeyError("last"), AT)
    turn_over(tmp_path)
    note_error(tmp_path, IndexError("now"), AT)
    report = compose(tmp_path, {}, "en", interrupted=True)
    assert report.index("KeyError") < report.index("IndexError")
    for _ in range(40):
        note_error(tmp_path, IndexError("again"), AT)
    assert len(crash_report.read_errors(tmp_path / ERRORS)) == crash_report.MAX_ERRORS
