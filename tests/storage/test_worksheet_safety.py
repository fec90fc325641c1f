"""A worksheet whose disk fails: what cannot be written is held, shown and written later; typing is one step to undo."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet

SECRET = "abcd-efgh-jkmn-pqrs-tvwx"
BINDING = Binding("b" * 32, "d" * 64, "E01")
ROOT = Path(__file__).resolve().parents[2]


def at(second: int) -> str:
    return f"2026-11-22T03:{second // 60:02d}:{second % 60:02d}Z"


def words(text: str, key: str = "P1") -> Edit:
    return Edit("A1", "entry", key, json.dumps(text))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.ndbwork"


@pytest.fixture
def sheet(path: Path) -> Worksheet:
    return Worksheet.create(path, SECRET, BINDING, at=at(0))


# ----- typing -----


def test_a_text_typed_with_short_pauses_is_one_step(sheet: Worksheet) -> None:
    with sheet:
        sheet.put(words("before"), at=at(1))
        for second, text in ((20, "a"), (22, "ab"), (30, "abc")):
            sheet.put(words(text), at=at(second), typing="reason")
        assert [row.new for row in sheet.log()] == ['"before"', '"a"', '"ab"', '"abc"']
        sheet.undo(at=at(31))
        assert sheet.get("A1", "entry", "P1") == '"before"'
        sheet.redo(at=at(32))
        assert sheet.get("A1", "entry", "P1") == '"abc"'
        sheet.undo(at=at(33))
        sheet.undo(at=at(34))
        assert sheet.get("A1", "entry", "P1") is None
        assert not sheet.can_undo


@pytest.mark.parametrize("other", ["pause", "field", "place", "click", "undo"])
def test_what_comes_between_begins_a_step_of_its_own(sheet: Worksheet, other: str) -> None:
    with sheet:
        sheet.put(words("a"), at=at(1), typing="reason")
        second = 2
        if other == "pause":
            second = 40
        elif other == "place":
            sheet.put(words("x", "P2"), at=at(2), typing="reason")
        elif other == "click":
            sheet.put(words("level"), at=at(2))
        elif other == "undo":
            sheet.put(words("level"), at=at(2))
            sheet.undo(at=at(2))
        before = sheet.get("A1", "entry", "P1")
        sheet.put(words("ab"), at=at(second), typing="note" if other == "field" else "reason")
        sheet.undo(at=at(50))
        assert sheet.get("A1", "entry", "P1") == before


def test_a_text_typed_and_deleted_again_leaves_nothing_to_undo(sheet: Worksheet) -> None:
    with sheet:
        sheet.put(words("kept"), at=at(1))
        sheet.put(words("kept a"), at=at(30), typing="reason")
        sheet.put(words("kept"), at=at(31), typing="reason")
        sheet.undo(at=at(32))
        assert sheet.get("A1", "entry", "P1") is None


def test_steps_of_typing_outlive_a_restart(path: Path, sheet: Worksheet) -> None:
    sheet.put(words("a"), at=at(1), typing="reason")
    sheet.put(words("ab"), at=at(2), typing="reason")
    sheet.close()
    with Worksheet.open(path, SECRET, BINDING, at=at(3)) as again:
        again.put(words("abc"), at=at(3), typing="reason")
        again.undo(at=at(4))
        assert again.get("A1", "entry", "P1") == '"ab"'
        again.undo(at=at(5))
        assert again.get("A1", "entry", "P1") is None


# ----- a disk that fails -----

FULL = """
import json, resource, sys
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from tests.storage.test_worksheet_safety import BINDING, SECRET, Worksheet, at, words

path, free = Path(sys.argv[1]), resource.RLIM_INFINITY
sheet = Worksheet.create(path, SECRET, BINDING, at=at(0))
sheet.hold = True
sheet.put(words("stored"), at=at(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, free))
told = {}
sheet.put(words("x" * 9000), at=at(2))
sheet.put(words("y" * 9000, "P2"), at=at(3))
told["unsaved"], told["why"] = sheet.unsaved, sheet.trouble.code
told["shown"] = [json.loads(sheet.get("A1", "entry", key))[0] for key in ("P1", "P2")]
told["undo"], told["changes"] = sheet.can_undo, sheet.changes
try:
    sheet.flush(at=at(4))
except NdbError as error:
    told["flush"] = error.code
resource.setrlimit(resource.RLIMIT_FSIZE, (free, free))
sheet.put(words("z"), at=at(5))
told["after"], told["trouble"] = sheet.unsaved, sheet.trouble is None
sheet.close()
with Worksheet.open(path, SECRET, BINDING, at=at(6)) as again:
    told["log"] = [json.loads(row.new)[0] for row in again.log()]
    told["at"] = [row.at for row in again.log()]
print(json.dumps(told))
"""


def test_a_full_disk_holds_the_changes_and_writes_them_in_order(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "unsaved": 2,
        "why": "E-STORE-FULL",
        "shown": ["x", "y"],
        "undo": False,
        "changes": 1,
        "flush": "E-STORE-FULL",
        "after": 0,
        "trouble": True,
        "log": ["s", "x", "y", "z"],
        "at": [at(1), at(2), at(3), at(5)],
    }


def test_without_hold_a_change_is_refused_and_nothing_of_it_shown(path: Path, sheet: Worksheet) -> None:
    with sheet:
        aside = path.with_suffix(".aside")
        path.rename(aside)
        with pytest.raises(NdbError) as caught:
            sheet.put(words("lost"), at=at(1))
        assert caught.value.code == "E-STORE-MISSING"
        assert sheet.get("A1", "entry", "P1") is None
        assert sheet.unsaved == 0
        aside.rename(path)


def test_a_medium_that_was_out_takes_everything_when_it_is_back(path: Path, sheet: Worksheet) -> None:
    sheet.hold = True
    sheet.put(words("stored"), at=at(1))
    aside = path.with_suffix(".aside")
    path.rename(aside)
    sheet.put(words("held"), at=at(2))
    assert (sheet.unsaved, sheet.trouble and sheet.trouble.code) == (1, "E-STORE-MISSING")
    with pytest.raises(NdbError):
        sheet.flush(at=at(3))
    assert sheet.get("A1", "entry", "P1") == '"held"'
    # Another stick of the same make: the same bytes, but not the same file.
    shutil.copy(aside, path)
    aside.unlink()
    sheet.flush(at=at(4))
    assert (sheet.unsaved, sheet.trouble) == (0, None)
    sheet.close()
    with Worksheet.open(path, SECRET, BINDING, at=at(5)) as again:
        assert [row.new for row in again.log()] == ['"stored"', '"held"']


def test_another_file_in_its_place_is_never_written_to(path: Path, sheet: Worksheet) -> None:
    sheet.hold = True
    early = path.with_suffix(".early")
    shutil.copy(path, early)
    sheet.put(words("stored"), at=at(1))
    path.rename(path.with_suffix(".aside"))
    early.rename(path)
    sheet.put(words("held"), at=at(2))
    assert sheet.trouble is not None
    assert sheet.trouble.code == "E-WORKSHEET-CHANGED"
    with pytest.raises(NdbError, match="E-WORKSHEET-CHANGED"):
        sheet.flush(at=at(3))
    assert sheet.get("A1", "entry", "P1") == '"held"'
    path.with_suffix(".aside").replace(path)
    sheet.flush(at=at(4))
    assert sheet.unsaved == 0
    sheet.close()
