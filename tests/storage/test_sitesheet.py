"""The working record of an inspection: durable changes, log, undo by groups, lock, full disk, killed in the middle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.sitesheet import PartEdit, SiteBinding, SiteExport, SiteSheet
from ndb_desktop.storage.worksheet import Binding, Worksheet
from tests.support.killing import Life, Say

SECRET = "abcd-efgh-jkmn-pqrs-tvwx"
BINDING = SiteBinding("b" * 32, "d" * 64, "visit-01")
AT = "2026-11-22T11:00:00+08:00"
LATER = "2026-11-22T11:00:01+08:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "检查.ndbwork"


@pytest.fixture
def sheet(path: Path) -> Iterator[SiteSheet]:
    with SiteSheet.create(path, SECRET, BINDING, {"visit": "{}"}, at=AT) as sheet:
        yield sheet


def refused(path: Path, *, secret: str = SECRET, binding: SiteBinding = BINDING) -> NdbError:
    with pytest.raises(NdbError) as caught:
        SiteSheet.open(path, secret, binding, at=AT)
    return caught.value


def put(sheet: SiteSheet, name: str, body: str | None, at: str = AT) -> None:
    sheet.put_all([PartEdit("finding", name, body)], at=at, by="I-1")


def test_changes_survive_with_who_and_when_and_what_was_before(path: Path) -> None:
    with SiteSheet.create(path, SECRET, BINDING, {"visit": "{}"}, at=AT) as sheet:
        put(sheet, "F1", '"𠮷野\'s"')
        sheet.put_all([PartEdit("finding", "F1", '"0"')], at=LATER, by="I-2")
        put(sheet, "F1", '"0"', LATER)
        sheet.set_meta("note", "x'y")
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    with SiteSheet.open(path, SECRET, BINDING, at=LATER) as sheet:
        (row,) = sheet.parts().values()
        assert (row.body, row.at, row.by) == ('"0"', LATER, "I-2")
        assert [(line.old, line.new, line.by) for line in sheet.history("finding", "F1")] == [
            (None, '"𠮷野\'s"', "I-1"),
            ('"𠮷野\'s"', '"0"', "I-2"),
        ]
        assert [line.seq for line in sheet.log(after=1)] == [2]
        assert (sheet.last_at, sheet.meta("note"), sheet.meta("visit"), sheet.meta("x")) == (LATER, "x'y", "{}", "")
        assert sheet.binding == BINDING


def test_a_group_is_one_step(sheet: SiteSheet) -> None:
    put(sheet, "F1", "1")
    sheet.put_all([PartEdit("finding", "F1", "2"), PartEdit("veto", "X1", "3")], at=AT, by="I-1", source="join")
    sheet.put_all([PartEdit("clock", "I-1.0001", "4")], at=AT, by="I-1", undoable=False, source="auto")
    lines = sheet.undo(at=LATER, by="I-2")
    assert [(line.kind, line.id, line.new, line.source, line.by) for line in lines] == [
        ("veto", "X1", None, "undo", "I-2"),
        ("finding", "F1", "1", "undo", "I-2"),
    ]
    assert sheet.get("clock", "I-1.0001") == "4"
    assert (sheet.can_undo, sheet.can_redo) == (True, True)
    sheet.redo(at=LATER, by="I-2")
    assert (sheet.get("finding", "F1"), sheet.get("veto", "X1")) == ("2", "3")
    assert sheet.redo(at=LATER, by="I-2") == ()


def test_nothing_readable_on_disk(path: Path, sheet: SiteSheet) -> None:
    put(sheet, "F1", json.dumps("星河生物制造有限公司", ensure_ascii=False))
    for file in path.parent.iterdir():
        assert "星河".encode() not in file.read_bytes(), file
        assert SECRET.encode() not in file.read_bytes(), file
        assert file.stat().st_mode & 0o077 == 0, file


def test_what_opens_and_what_does_not(path: Path) -> None:
    SiteSheet.create(path, SECRET, BINDING, {}, at=AT).close()
    assert refused(path, secret="0000-0000-0000-0000-0000").code == "E-STORE-KEY"
    for other in (
        SiteBinding("c" * 32, "d" * 64, "visit-01"),
        SiteBinding("b" * 32, "e" * 64, "visit-01"),
        SiteBinding("b" * 32, "d" * 64, "visit-02"),
    ):
        assert refused(path, binding=other).code == "E-INSPECT-OTHER"
    assert refused(path.with_name("none.ndbwork")).code == "E-STORE-MISSING"
    with pytest.raises(NdbError) as caught:
        SiteSheet.create(path, SECRET, BINDING, {}, at=AT)
    assert caught.value.code == "E-STORE-EXISTS"
    with SiteSheet.open(path, SECRET, None, at=AT) as sheet:
        assert sheet.binding == BINDING


def test_a_worksheet_of_scores_is_no_record_and_the_other_way_round(path: Path) -> None:
    Worksheet.create(path, SECRET, Binding("b" * 32, "d" * 64, "E01"), at=AT).close()
    assert refused(path).code == "E-WORKSHEET-VERSION"
    other = path.with_name("other.ndbwork")
    SiteSheet.create(other, SECRET, BINDING, {}, at=AT).close()
    with pytest.raises(NdbError) as caught:
        Worksheet.open(other, SECRET, None, at=AT)
    assert caught.value.code == "E-WORKSHEET-VERSION"


def test_a_second_opener_is_told_who_holds_it(path: Path, sheet: SiteSheet) -> None:
    error = refused(path)
    assert error.code == "E-STORE-LOCKED"
    assert error.params["since"] == AT
    put(sheet, "F1", "1")


def test_a_full_disk_is_named_and_loses_nothing(sheet: SiteSheet) -> None:
    put(sheet, "F1", "1")
    (pages,) = sheet._conn.execute("PRAGMA page_count").fetchone()
    sheet._conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NdbError) as caught:
        put(sheet, "F1", "2" * 100_000)
    assert caught.value.code == "E-STORE-FULL"
    assert sheet.get("finding", "F1") == "1"
    sheet._conn.execute("PRAGMA max_page_count = 100000")
    put(sheet, "F1", "2" * 100_000)
    assert sheet.get("finding", "F1") == "2" * 100_000


READ_ONLY = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.sitesheet import SiteBinding, SiteSheet
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    SiteSheet.open(Path({path!r}), {secret!r}, SiteBinding("b" * 32, "d" * 64, "visit-01"), at={at!r})
    print("opened")
except NdbError as error:
    print(error.code)
"""


def test_a_place_that_cannot_be_written_is_named_at_once(tmp_path: Path) -> None:
    """As the user nobody, because root may write anywhere."""
    folder = tmp_path / "读"
    folder.mkdir()
    path = folder / "a.ndbwork"
    SiteSheet.create(path, SECRET, BINDING, {}, at=AT).close()
    path.chmod(0o444)
    folder.chmod(0o555)
    parents = [p for p in folder.parents if p.stat().st_uid == os.geteuid() and p != Path("/")]
    modes = {p: p.stat().st_mode for p in parents}
    for parent in parents:
        parent.chmod(modes[parent] | 0o055)
    try:
        program = READ_ONLY.format(root=str(Path(__file__).resolve().parents[2]), path=str(path), secret=SECRET, at=AT)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    finally:
        for parent, mode in modes.items():
            parent.chmod(mode)
        folder.chmod(0o755)
    assert done.stdout.strip() == "E-STORE-READONLY", done.stderr


def test_another_file_at_its_place_is_never_written(path: Path, sheet: SiteSheet) -> None:
    put(sheet, "F1", "1")
    away = path.with_name("away")
    path.rename(away)
    shutil.copy(away, path)
    with pytest.raises(NdbError) as caught:
        put(sheet, "F1", "2")
    assert caught.value.code == "E-WORKSHEET-CHANGED"


def test_after_closing_nothing_is_answered(path: Path) -> None:
    sheet = SiteSheet.create(path, SECRET, BINDING, {}, at=AT)
    sheet.close()
    with pytest.raises(NdbError) as caught:
        put(sheet, "F1", "1")
    assert caught.value.code == "E-STORE-MISSING"


def test_what_was_frozen_is_kept_with_its_signatures(sheet: SiteSheet) -> None:
    put(sheet, "F1", "1")
    export = SiteExport(1, AT, 1, "", "", "[]", "a.ndbsite", True, "c" * 64, b"{}")
    sheet.add_export(export, edits=[PartEdit("clock", "I-1.0001", "{}")], by="I-1")
    assert not sheet.can_undo
    assert sheet.get("clock", "I-1.0001") == "{}"
    sheet.written(1, "e" * 64, ["I-1"], at=AT)
    sheet.written(1, "e" * 64, ["I-1", "I-2"], at=LATER)
    put(sheet, "F1", "2")
    sheet.add_export(SiteExport(2, LATER, 2, "f" * 64, "e" * 64, "[]", "b.ndbsite", False, "c" * 64, b"{}", ("I-2",)))
    assert sheet.can_undo
    first, second = sheet.exports()
    assert (first.digest, first.signed, first.own) == ("e" * 64, ("I-1", "I-2"), True)
    assert (second.supersedes, second.signed, second.own) == ("e" * 64, ("I-2",), False)


@pytest.mark.parametrize("after", [0.0, 0.004, 0.015])
def test_killed_while_it_writes_it_loses_nothing_it_has_said_is_stored(path: Path, after: float) -> None:
    SiteSheet.create(path, SECRET, BINDING, {}, at=AT).close()

    def work(say: Say) -> None:
        sheet = SiteSheet.open(path, SECRET, BINDING, at=AT)
        for number in range(100_000):
            edits = [PartEdit("finding", "F1", str(number)), PartEdit("veto", "X1", str(number))]
            sheet.put_all(edits, at=AT, by="I-1")
            say("stored", number)

    life = Life(work)
    said = [life.line() for _ in range(5)] + life.kill(after)
    last = int(said[-1][1])
    with SiteSheet.open(path, SECRET, BINDING, at=LATER) as sheet:
        found = sheet.get("finding", "F1")
        assert found in {str(last), str(last + 1)}
        assert sheet.get("veto", "X1") == found, "half a commit"
        assert len(sheet.log()) == 2 * (int(found) + 1)
        sheet.undo(at=LATER, by="I-1")
        assert sheet.get("finding", "F1") == str(int(found) - 1)


class Model(RuleBasedStateMachine):
    """A record against a plain dict with a list of the states before."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "m.ndbwork"
        self.sheet = SiteSheet.create(self.path, SECRET, BINDING, {}, at=AT)
        self.now: dict[tuple[str, str], str] = {}
        self.past: list[dict[tuple[str, str], str]] = []
        self.future: list[dict[tuple[str, str], str]] = []

    names = st.sampled_from(["F1", "O'1", "𠮷"])
    edits = st.lists(
        st.builds(
            PartEdit, st.sampled_from(["finding", "veto"]), names, st.none() | st.sampled_from(["0", '""', '"𠮷\'"'])
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda edit: edit.key,
    )

    @rule(edits=edits)
    def put(self, edits: list[PartEdit]) -> None:
        after = dict(self.now)
        for edit in edits:
            if edit.body is None:
                after.pop(edit.key, None)
            else:
                after[edit.key] = edit.body
        self.sheet.put_all(edits, at=AT, by="I-1")
        if after != self.now:
            self.past.append(self.now)
            self.future.clear()
            self.now = after

    @rule()
    def undo(self) -> None:
        assert bool(self.sheet.undo(at=AT, by="I-1")) == bool(self.past)
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()

    @rule()
    def redo(self) -> None:
        assert bool(self.sheet.redo(at=AT, by="I-1")) == bool(self.future)
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()

    @precondition(lambda self: self.now)
    @rule()
    def reopen(self) -> None:
        self.sheet.close()
        self.sheet = SiteSheet.open(self.path, SECRET, BINDING, at=AT)

    @invariant()
    def is_the_same(self) -> None:
        assert {key: row.body for key, row in self.sheet.parts().items()} == self.now
        assert (self.sheet.can_undo, self.sheet.can_redo) == (bool(self.past), bool(self.future))
        grown: dict[tuple[str, str], str | None] = {}
        for line in self.sheet.log():
            assert grown.get((line.kind, line.id)) == line.old
            grown[line.kind, line.id] = line.new
        assert {key: body for key, body in grown.items() if body is not None} == self.now

    def teardown(self) -> None:
        self.sheet.close()
        shutil.rmtree(self.folder)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
