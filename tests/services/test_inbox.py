"""The inbox: files, folders, ZIPs and ZIPs in them looked at before anything is taken; a watched folder asked twice."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ndb_desktop.services import inbox, merge_sources
from ndb_desktop.services.inbox import dealt_with, look, look_for_new, steady, watch, watched
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.merge_undo import undo_merge
from ndb_desktop.services.office import Office
from tests.support.office import Clock, make_office, make_score_file, scored_sheet
from tests.support.travel import refusal


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def score(office: Office, path: Path, expert: str, mark: int = 80) -> Path:
    return make_score_file(office, path, expert, [scored_sheet("A-001", mark), scored_sheet("A-002", mark)])


def packed(path: Path, *members: tuple[str, Path | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return path


def told(report: MergeReport) -> list[tuple[str, str, str]]:
    return [(row.path, row.verdict, row.fault.code if row.fault else "") for row in report.verdicts]


def test_files_folders_and_zips_give_one_table_and_write_nothing(office: Office, tmp_path: Path) -> None:
    single = score(office, tmp_path / "a.ndbscore", "E01")
    score(office, tmp_path / "in/sub/b.ndbscore", "E02")
    inner = packed(tmp_path / "inner.zip", ("c.ndbscore", score(office, tmp_path / "c.ndbscore", "E03")))
    outer = packed(
        tmp_path / "outer.zip", ("x/d.ndbscore", score(office, tmp_path / "d.ndbscore", "E04")),
        ("mail/inner.zip", inner), ("__MACOSX/._d", b"x"), (".DS_Store", b"x"),
    )  # fmt: skip
    before = (office.folder / "registry.db").read_bytes()
    paths = [single, tmp_path / "in", outer]
    report = look(office, paths)
    assert told(report) == [
        ("a.ndbscore", "accepted", ""),
        ("b.ndbscore", "accepted", ""),
        ("outer.zip/mail/inner.zip/c.ndbscore", "accepted", ""),
        ("outer.zip/x/d.ndbscore", "accepted", ""),
    ]
    assert [sheet.verdict for row in report.verdicts for sheet in row.sheets] == ["accepted"] * 8
    assert (office.folder / "registry.db").read_bytes() == before
    assert told(merge_files(office, paths)) == told(report)
    assert [row.verdict for row in look(office, paths).verdicts] == ["duplicate"] * 4


def test_a_zip_is_opened_one_level_deep(office: Office, tmp_path: Path) -> None:
    deep = packed(tmp_path / "3.zip", ("a.ndbscore", score(office, tmp_path / "a.ndbscore", "E01")))
    middle = packed(tmp_path / "2.zip", ("3.zip", deep), ("b.ndbscore", score(office, tmp_path / "b.ndbscore", "E02")))
    report = look(office, [packed(tmp_path / "1.zip", ("2.zip", middle))])
    assert told(report) == [
        ("1.zip/2.zip/3.zip", "refused", "E-MERGE-ZIP-DEEP"), ("1.zip/2.zip/b.ndbscore", "accepted", ""),
    ]  # fmt: skip


def _link(path: Path) -> Path:
    info = zipfile.ZipInfo("a.ndbscore")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return path


def _large_member(path: Path) -> Path:
    return packed(path, ("a.ndbscore", b"\0" * (9 * 1024 * 1024)))


def _large_nested(path: Path) -> Path:
    return packed(path, ("a.zip", b"\0" * (65 * 1024 * 1024)))


def _nested_garbage(path: Path) -> Path:
    return packed(path, ("a.zip", b"PK\x03\x04 no zip at all"))


def _garbage(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04" + b"x" * 5000)
    return path


def _lying_directory(path: Path) -> Path:
    """Says that its directory has 3 GB."""
    data = bytearray(packed(path, ("a.ndbscore", b"x")).read_bytes())
    struct.pack_into("<L", data, data.rfind(b"PK\x05\x06") + 12, 3_000_000_000)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_link, "E-MERGE-ZIP-LINK"), (_large_member, "E-SIZE"), (_large_nested, "E-SIZE"),
        (_nested_garbage, "E-MERGE-ZIP"), (_garbage, "E-MERGE-ZIP"), (_lying_directory, "E-MERGE-ZIP-MANY"),
    ],
)  # fmt: skip
def test_a_hostile_zip_is_one_refusal(office: Office, tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    good = score(office, tmp_path / "good.ndbscore", "E01")
    report = look(office, [make(tmp_path / "bad.zip"), good])
    assert [row[1:] for row in told(report)] == [("refused", code), ("accepted", "")]
    assert report.verdicts[0].path.startswith("bad.zip")


def test_all_members_together_are_bounded(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.zip", ("a.ndbscore", b"x" * 600), ("b.ndbscore", b"x" * 600))
    monkeypatch.setattr(merge_sources, "MAX_TOTAL", 1_000)
    assert told(look(office, [path])) == [("a.zip", "refused", "E-MERGE-ZIP-LARGE")]


def test_a_bundle_is_not_unpacked(office: Office, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.ndbbundle", ("mimetype", b"application/vnd.ndb.bundle+zip"), ("core.db", b"x"))
    [row] = look(office, [path]).verdicts
    assert (row.path, row.verdict) == ("a.ndbbundle", "refused")


def test_the_watched_folder_tells_each_file_once(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    assert look_for_new(office) is None
    watch(office, folder)
    assert watched(office) == folder
    one = score(office, folder / "1.ndbscore", "E01")
    (folder / "letter.txt").write_text("not ours")
    found = look_for_new(office)
    assert found is not None
    assert found.files == (one,)
    # Asking alone settles nothing.
    assert look_for_new(office) == found
    merge_files(office, found.files)
    dealt_with(office, found)
    again = look_for_new(office)
    assert again is not None
    assert again.files == ()
    two = score(office, folder / "later/2.ndbscore", "E02")
    score(office, one, "E01", 85)
    third = look_for_new(office)
    assert third is not None
    assert third.files == (one, two)


def test_what_is_still_being_copied_is_not_new_yet(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    path = score(office, folder / "1.ndbscore", "E01")
    watch(office, folder)
    clock = office.clock
    assert isinstance(clock, Clock)
    written = clock.moment.timestamp()
    os.utime(path, (written, written))
    found = look_for_new(office)
    assert found is not None
    assert (found.files, found.arriving) == ((), (path,))
    clock.moment += timedelta(seconds=5)
    found = look_for_new(office)
    assert found is not None
    assert (found.files, found.arriving) == ((path,), ())


def test_what_was_undone_is_new_again(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    path = score(office, folder / "1.ndbscore", "E01")
    watch(office, folder)
    found = look_for_new(office)
    assert found is not None
    merge_files(office, found.files)
    dealt_with(office, found)
    undo_merge(office, "归并错了文件夹")
    found = look_for_new(office)
    assert found is not None
    assert found.files == (path,)


def test_folders_that_cannot_be_watched(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: watch(office, tmp_path / "none")) == "E-INBOX-FOLDER"
    assert refusal(lambda: watch(office, office.folder / "attachments")) == "E-INBOX-FOLDER"
    folder = tmp_path / "mail"
    score(office, folder / "1.ndbscore", "E01")
    watch(office, folder)
    monkeypatch.setattr(inbox, "MAX_WATCHED", 0)
    assert refusal(lambda: look_for_new(office)) == "E-INBOX-MANY"
    folder.rename(tmp_path / "gone")
    assert refusal(lambda: look_for_new(office)) == "E-INBOX-FOLDER"
    watch(office, None)
    assert look_for_new(office) is None


def test_marks_of_another_folder_are_not_kept(office: Office, tmp_path: Path) -> None:
    first, other = tmp_path / "first", tmp_path / "other"
    path = score(office, first / "1.ndbscore", "E01")
    other.mkdir()
    watch(office, first)
    found = look_for_new(office)
    assert found is not None
    watch(office, other)
    dealt_with(office, found)
    watch(office, first)
    found = look_for_new(office)
    assert found is not None
    assert found.files == (path,)


def test_looking_works_where_nothing_can_be_written(office: Office, tmp_path: Path) -> None:
    path = score(office, tmp_path / "mail/1.ndbscore", "E01")
    watch(office, tmp_path / "mail")
    office.registry._db.conn.execute("PRAGMA query_only = ON")
    found = look_for_new(office)
    assert found is not None
    assert [row.verdict for row in look(office, found.files).verdicts] == ["accepted"]
    assert refusal(lambda: dealt_with(office, found)) == "E-STORE-READONLY"
    assert found.files == (path,)


def test_a_file_counts_once_it_stood_still_between_two_looks(office: Office, tmp_path: Path) -> None:
    """A copy that keeps the old time, as on a network share, grows without looking new."""
    path = score(office, tmp_path / "in/a.ndbscore", "E01")
    whole = path.read_bytes()
    watch(office, tmp_path / "in")

    def grow(size: int) -> None:
        path.write_bytes(whole[:size])
        os.utime(path, (1_000_000_000, 1_000_000_000))

    grow(10)
    first = look_for_new(office)
    assert first is not None
    assert (steady(first, None).files, steady(first, None).arriving) == ((), first.files)
    grow(len(whole))
    second = look_for_new(office)
    assert second is not None
    assert steady(second, first).files == ()
    third = look_for_new(office)
    assert third is not None
    now = steady(third, second)
    assert (now.files, now.arriving, set(now.stamps)) == (third.files, (), {"a.ndbscore"})
    dealt_with(office, now)
    again = look_for_new(office)
    assert again is not None
    assert again.files == ()
