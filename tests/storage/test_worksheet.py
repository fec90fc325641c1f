"""The worksheet: durable changes, log, undo, exclusive lock, full disk, read-only places."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import Secret, open_database
from ndb_desktop.storage.worksheet import Binding, Edit, ExportedSheet, ExportRow, Worksheet, lock_path

SECRET = "abcd-efgh-jkmn-pqrs-tvwx"
BINDING = Binding("b" * 32, "d" * 64, "E01")
AT = "2026-11-22T03:00:00Z"
LATER = "2026-11-22T03:00:01Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "工作稿.ndbwork"


@pytest.fixture
def sheet(path: Path) -> Iterator[Worksheet]:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        yield sheet


def put(sheet: Worksheet, key: str, value: str | None, at: str = AT) -> None:
    sheet.put(Edit("A1", "entry", key, value), at=at)


def refused(path: Path, *, secret: str = SECRET, binding: Binding | None = BINDING) -> NdbError:
    with pytest.raises(NdbError) as caught:
        Worksheet.open(path, secret, binding, at=AT)
    return caught.value


def test_changes_survive_and_are_logged(path: Path) -> None:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        put(sheet, "P1.1.plan", '"一"')
        put(sheet, "P1.1.plan", '"二"', LATER)
        put(sheet, "P1.2.plan", '"三"', LATER)
        put(sheet, "P1.2.plan", None, LATER)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with Worksheet.open(path, SECRET, BINDING, at=LATER) as sheet:
        assert sheet.records("A1") == {("entry", "P1.1.plan"): '"二"'}
        assert sheet.get("A1", "entry", "P1.1.plan") == '"二"'
        assert [(row.old, row.new) for row in sheet.log()] == [
            (None, '"一"'),
            ('"一"', '"二"'),
            (None, '"三"'),
            ('"三"', None),
        ]
        assert (sheet.changes, sheet.last_at) == (4, LATER)
        assert [row.seq for row in sheet.log(after=2)] == [3, 4]


def test_nothing_readable_on_disk(path: Path) -> None:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        put(sheet, "P1.1.plan", json.dumps("星河生物制造有限公司", ensure_ascii=False))
        for file in path.parent.iterdir():
            assert "星河".encode() not in file.read_bytes(), file
            assert SECRET.encode() not in file.read_bytes(), file
            assert file.stat().st_mode & 0o077 == 0, file


def test_undo_and_redo_survive_a_restart(path: Path) -> None:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        assert sheet.undo(at=AT) is None
        put(sheet, "x", "1")
        put(sheet, "x", "2")
        put(sheet, "y", "3")
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        row = sheet.undo(at=AT)
        assert row is not None
        assert (row.key, row.old, row.new, row.source) == ("y", "3", None, "undo")
        sheet.undo(at=AT)
        assert sheet.records("A1") == {("entry", "x"): "1"}
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        assert sheet.can_redo
        sheet.redo(at=AT)
        assert sheet.get("A1", "entry", "x") == "2"
        sheet.redo(at=AT)
        assert sheet.get("A1", "entry", "y") == "3"
        assert not sheet.can_redo
        assert sheet.redo(at=AT) is None
        sheet.undo(at=AT)
        put(sheet, "z", "4")
        assert not sheet.can_redo, "a new change ends what could be redone"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.tuples(st.sampled_from("xyz"), st.integers(0, 9)), st.sampled_from(["undo", "redo"]))))
def test_undo_is_a_stack(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int] | str]) -> None:
    """Against a model: a list of states and a position in it."""
    states: list[dict[str, str]] = [{}]
    position = 0
    path = tmp_path_factory.mktemp("undo") / "a.ndbwork"
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        for step in steps:
            if step == "undo":
                assert (sheet.undo(at=AT) is not None) == (position > 0)
                position = max(0, position - 1)
            elif step == "redo":
                assert (sheet.redo(at=AT) is not None) == (position < len(states) - 1)
                position = min(len(states) - 1, position + 1)
            else:
                key, value = step
                put(sheet, key, str(value))
                states[position + 1 :] = [states[position] | {key: str(value)}]
                position += 1
            assert {key: value for (_, key), value in sheet.records("A1").items()} == states[position]


def test_a_group_is_one_commit_and_can_leave_the_undo_list(sheet: Worksheet) -> None:
    put(sheet, "x", "1")
    sheet.put(Edit("A2", "entry", "x", "9"), at=AT)
    sheet.put_all([Edit("A1", "declaration", "", '"recused"'), Edit("A1", "entry", "x", None)], at=AT, forget="A1")
    assert sheet.records("A1") == {("declaration", ""): '"recused"'}
    sheet.undo(at=AT)
    assert sheet.records("A2") == {}
    assert sheet.records("A1") == {("declaration", ""): '"recused"'}
    assert not sheet.can_undo


def test_a_failing_group_changes_nothing(sheet: Worksheet) -> None:
    def edits() -> Iterator[Edit]:
        yield Edit("A1", "entry", "x", "1")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sheet.put_all(edits(), at=AT)
    assert (sheet.records("A1"), sheet.changes) == ({}, 0)


def test_time_never_goes_back(sheet: Worksheet) -> None:
    put(sheet, "x", "1", LATER)
    put(sheet, "x", "2", AT)
    put(sheet, "x", "3", LATER)
    assert [(row.at, row.clock) for row in sheet.log()] == [(LATER, ""), (LATER, AT), (LATER, "")]


def test_second_opener_learns_who_holds_it(sheet: Worksheet, path: Path) -> None:
    error = refused(path)
    assert error.code == "E-STORE-LOCKED"
    assert error.params == {"host": os.uname().nodename, "pid": str(os.getpid()), "since": AT}
    put(sheet, "x", "1")


def test_another_process_learns_it_too(sheet: Worksheet, path: Path) -> None:
    program = f"""
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.worksheet import Worksheet
try:
    Worksheet.open(Path({str(path)!r}), {SECRET!r}, None, at={LATER!r})
except NdbError as error:
    print(error.code, error.params["pid"])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["E-STORE-LOCKED", str(os.getpid())]
    put(sheet, "x", "1")


def test_the_lock_of_a_killed_program_is_taken_over(path: Path) -> None:
    program = f"""
from pathlib import Path
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet
sheet = Worksheet.create(Path({str(path)!r}), {SECRET!r}, Binding("b" * 32, "d" * 64, "E01"), at={AT!r})
sheet.put(Edit("A1", "entry", "x", "1"), at={AT!r})
print("ready", flush=True)
import time
time.sleep(60)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    assert refused(path).params["pid"] == str(child.pid)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert lock_path(path).exists()
    with Worksheet.open(path, SECRET, BINDING, at=LATER) as sheet:
        assert sheet.get("A1", "entry", "x") == "1"
        assert refused(path).params["pid"] == str(os.getpid())
    assert not lock_path(path).exists()


def test_a_strange_lock_file_does_not_matter(sheet: Worksheet, path: Path) -> None:
    for content in (b"\xff", b'{"host": 7}'):
        lock_path(path).write_bytes(content)
        assert refused(path).code == "E-STORE-LOCKED"


@pytest.mark.parametrize("other", [Binding("c" * 32, "d" * 64, "E01"), Binding("b" * 32, "e" * 64, "E01"),
                                   Binding("b" * 32, "d" * 64, "E02")])  # fmt: skip
def test_belongs_to_one_bundle_and_person(path: Path, other: Binding) -> None:
    Worksheet.create(path, SECRET, BINDING, at=AT).close()
    assert refused(path, binding=other).code == "E-WORKSHEET-OTHER"
    with Worksheet.open(path, SECRET, None, at=AT) as sheet:
        assert sheet.binding == BINDING


def test_other_refusals(path: Path) -> None:
    assert refused(path).code == "E-STORE-MISSING"
    Worksheet.create(path, SECRET, BINDING, at=AT).close()
    assert refused(path, secret="abcd-efgh-jkmn-pqrs-tvwy").code == "E-STORE-KEY"
    with pytest.raises(NdbError) as caught:
        Worksheet.create(path, SECRET, BINDING, at=AT)
    assert caught.value.code == "E-STORE-EXISTS"
    with open_database(path, Secret(SECRET), mode="write") as db:
        db.conn.execute("PRAGMA user_version = 7")
    assert refused(path).code == "E-WORKSHEET-VERSION"
    with open_database(path, Secret(SECRET), mode="write") as db:
        db.conn.execute("PRAGMA user_version = 1")
    damaged = bytearray(path.read_bytes())
    damaged[3 * 4096 + 9] ^= 1
    path.write_bytes(damaged)
    assert refused(path).code == "E-STORE-CORRUPT"


def test_exports_are_kept_whole(path: Path) -> None:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        put(sheet, "x", "1")
        first = ExportRow(1, AT, "a.ndbscore", "", "1" * 64, b"sealed")
        sheet.add_export(
            first, [ExportedSheet("A1", 1, "d1", b"{1}"), ExportedSheet("A2", 1, "d2", b"{2}")], {"k": "v"}
        )
        assert not sheet.can_undo
        second = ExportRow(2, LATER, "b.ndbscore", "更正", "2" * 64, b"sealed too")
        sheet.add_export(second, [ExportedSheet("A1", 2, "d3", b"{3}"), ExportedSheet("A2", 1, "d2", b"{2}")], {})
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        assert sheet.exports() == (first, second)
        assert sheet.last_sheets()["A1"] == ExportedSheet("A1", 2, "d3", b"{3}")
        assert sheet.last_sheets()["A2"].revision == 1
        assert sheet.meta("k") == "v"


def test_full_disk_refuses_the_change_and_keeps_the_rest(path: Path) -> None:
    """RLIMIT_FSIZE just above the file's size: the next large value cannot be stored."""
    program = f"""
import json, resource
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet
path = Path({str(path)!r})
sheet = Worksheet.create(path, {SECRET!r}, Binding("b" * 32, "d" * 64, "E01"), at={AT!r})
sheet.put(Edit("A1", "entry", "x", "1"), at={AT!r})
limit = path.stat().st_size + 2000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
codes = []
for n in range(3):
    try:
        sheet.put(Edit("A1", "entry", "x", json.dumps("y" * 60000)), at={AT!r})
    except NdbError as error:
        codes.append(error.code)
state = [sheet.get("A1", "entry", "x"), sheet.changes, sheet.can_redo]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sheet.put(Edit("A1", "entry", "z", "2"), at={AT!r})
sheet.close()
print(json.dumps([codes, state]))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    codes, state = json.loads(done.stdout)
    assert codes == ["E-STORE-FULL"] * 3
    assert state == ["1", 1, False]
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        assert {key: value for (_, key), value in sheet.records("A1").items()} == {"x": "1", "z": "2"}
        assert sheet.changes == 2


READ_ONLY = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet
path, secret, binding = Path({path!r}), {secret!r}, Binding("b" * 32, "d" * 64, "E01")
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    getattr(Worksheet, sys.argv[1])(path, secret, binding, at={at!r})
    print("opened")
except NdbError as error:
    print(error.code)
"""


@pytest.mark.parametrize("action", ["open", "create"])
def test_a_folder_without_permission_to_write(tmp_path: Path, action: str) -> None:
    """As the user nobody, because root may write anywhere."""
    folder = tmp_path / "读"
    folder.mkdir()
    path = folder / "a.ndbwork"
    if action == "open":
        Worksheet.create(path, SECRET, BINDING, at=AT).close()
        path.chmod(0o444)
    before = path.read_bytes() if action == "open" else b""
    folder.chmod(0o555)
    parents = [p for p in folder.parents if p.stat().st_uid == os.geteuid() and p != Path("/")]
    modes = {p: p.stat().st_mode for p in parents}
    for parent in parents:
        parent.chmod(modes[parent] | 0o055)
    try:
        root = str(Path(__file__).resolve().parents[2])
        program = READ_ONLY.format(root=root, path=str(path), secret=SECRET, at=AT)
        done = subprocess.run([sys.executable, "-c", program, action], capture_output=True, text=True, timeout=60)
    finally:
        for parent, mode in modes.items():
            parent.chmod(mode)
        folder.chmod(0o755)
    assert done.stdout.strip() == "E-STORE-READONLY", done.stderr
    assert (path.read_bytes() if path.exists() else b"") == before
    assert len(list(folder.iterdir())) == (1 if action == "open" else 0)


EDITS = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 9)), min_size=1, max_size=3)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(EDITS, st.sampled_from(["undo", "redo"])), max_size=12))
def test_what_was_stored_together_is_one_step(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, int]] | str]
) -> None:
    """Against the same model as above, with several values in each step."""
    states: list[dict[str, str]] = [{}]
    position = 0
    path = tmp_path_factory.mktemp("undo") / "a.ndbwork"
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        for step in steps:
            if step == "undo":
                assert (sheet.undo(at=AT) is not None) == (position > 0)
                position = max(0, position - 1)
            elif step == "redo":
                assert (sheet.redo(at=AT) is not None) == (position < len(states) - 1)
                position = min(len(states) - 1, position + 1)
            else:
                assert isinstance(step, list)
                edits = [Edit("A1", "entry", key, str(value)) for key, value in step]
                sheet.put_all(edits, at=AT, undoable=True)
                states[position + 1 :] = [states[position] | {key: str(value) for key, value in step}]
                position += 1
            assert {key: value for (_, key), value in sheet.records("A1").items()} == states[position]
            undo, redo = sheet.next_step(undone=False), sheet.next_step(undone=True)
            assert (undo is not None, redo is not None) == (sheet.can_undo, sheet.can_redo)


def test_a_step_of_several_values_lives_over_a_restart(path: Path) -> None:
    with Worksheet.create(path, SECRET, BINDING, at=AT) as sheet:
        put(sheet, "x", "1")
        sheet.put_all([Edit("A1", "challenge", "c1", "7"), Edit("A1", "entry", "x", "2")], at=AT, undoable=True)
        sheet.undo(at=AT)
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        assert sheet.records("A1") == {("entry", "x"): "1"}
        row = sheet.redo(at=AT)
        assert row is not None
        assert (row.kind, row.new) == ("entry", "2"), "the mark names the step"
        assert sheet.records("A1") == {("entry", "x"): "2", ("challenge", "c1"): "7"}
        assert not sheet.can_redo
