"""The hand-over as hostile input: names, links, bombs, strays; folder and ZIP say the same."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.formats import handover as module
from ndb_desktop.formats.handover import open_handover, refuse_faults
from tests.support.travel import refusal

FILES = {
    "applications.jsonl": b'{"id":"A-1"}\n\n{"id":"A-2"}\r\n',
    "documents/A-1/申报书.pdf": b"one",
    "documents/A-2/b.txt": b"two",
}


def folder(target: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return target


def zipped(target: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


@pytest.mark.parametrize("make", [lambda p: folder(p / "d", FILES), lambda p: zipped(p / "d.zip", FILES)])
def test_folder_and_zip_read_the_same(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with open_handover(make(tmp_path)) as handover:
        refuse_faults(handover)
        assert list(handover.lines()) == [(1, b'{"id":"A-1"}'), (3, b'{"id":"A-2"}')]
        assert handover.documents("A-1") == {"申报书.pdf": 3}
        assert handover.documents("A-3") == {}
        assert handover.orphans(frozenset({"A-1"})) == ["A-2"]
        with handover.document("A-1", "申报书.pdf") as stream:
            assert stream.read() == b"one"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.txt", "E-HAND-NAME"),
        ("/etc/passwd", "E-HAND-NAME"),
        ("documents/A-1/../../x", "E-HAND-NAME"),
        ("documents\\A-1\\x.pdf", "E-HAND-NAME"),
        ("C:/x.pdf", "E-HAND-NAME"),
        ("documents/A-1/bell\x07.pdf", "E-HAND-NAME"),
        ("documents/A-1/dot.", "E-HAND-NAME"),
        ("documents/A-1/" + "x" * 400, "E-HAND-NAME"),
        ("documents/A-1/sub/x.pdf", "E-HAND-STRAY"),
        ("documents/x.pdf", "E-HAND-STRAY"),
        ("setup.exe", "E-HAND-STRAY"),
        ("round/applications.jsonl", "E-HAND-STRAY"),
    ],
)
def test_names_that_lead_elsewhere_are_faults(tmp_path: Path, name: str, code: str) -> None:
    with open_handover(zipped(tmp_path / "x.zip", FILES | {name: b"x"})) as handover:
        assert [fault.code for fault in handover.faults] == [code]
        assert name not in handover.files
        with pytest.raises(FaultsError):
            refuse_faults(handover)


def test_a_name_twice_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("applications.jsonl", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("applications.jsonl", b"2")
    with open_handover(path) as handover:
        assert [fault.code for fault in handover.faults] == ["E-HAND-TWICE"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    target = folder(tmp_path / "d", FILES)
    (target / "documents/A-1/link.txt").symlink_to(secret)
    (target / "documents/A-3").symlink_to(tmp_path)
    with open_handover(target) as handover:
        assert sorted(fault.code for fault in handover.faults) == ["E-HAND-LINK", "E-HAND-LINK"]
        assert not handover.documents("A-3")
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("documents/A-1/link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with open_handover(path) as handover:
        assert [fault.code for fault in handover.faults] == ["E-HAND-LINK"]


def test_a_file_exchanged_for_a_link_after_the_look_is_not_read(tmp_path: Path) -> None:
    target = folder(tmp_path / "d", FILES)
    with open_handover(target) as handover:
        victim = target / "documents/A-2/b.txt"
        victim.unlink()
        victim.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NdbError, match="E-STORE"):
            handover.open("documents/A-2/b.txt")


def test_bombs_do_not_unfold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "x.zip", {"documents/A-1/big.txt": b"\0" * (12 * 1024 * 1024)})
    with open_handover(path) as handover:
        assert [fault.code for fault in handover.faults] == ["E-HAND-BOMB"]
    monkeypatch.setattr(module, "MAX_TOTAL", 1024)
    assert refusal(lambda: open_handover(path)) == "E-HAND-BOMB"
    monkeypatch.setattr(module, "MAX_MEMBERS", 0)
    assert refusal(lambda: open_handover(path)) == "E-HAND-MANY"
    monkeypatch.setattr(module, "MAX_MEMBERS", 10)
    monkeypatch.setattr(module, "MAX_DOCUMENT", 2)
    with open_handover(folder(tmp_path / "d", FILES)) as handover:
        assert [fault.code for fault in handover.faults] == ["E-HAND-BIG", "E-HAND-BIG"]


def test_a_member_that_lies_about_its_size_is_cut_off(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", FILES, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"one")] ^= 1
    path.write_bytes(bytes(data))
    with open_handover(path) as handover, pytest.raises(NdbError, match="E-HAND-ZIP"):
        handover.open("documents/A-1/申报书.pdf").read()


def test_names_in_gbk_from_chinese_windows_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    name = "documents/A-1/申报书.pdf"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("documents/A-1/" + "?" * len("申报书".encode("gbk")) + ".pdf", b"one")
    data = path.read_bytes().replace(b"??????.pdf", "申报书".encode("gbk") + b".pdf")
    path.write_bytes(data)
    with open_handover(path) as handover:
        assert list(handover.files) == [name]


def test_litter_is_passed_over_and_a_mark_at_the_start_too(tmp_path: Path) -> None:
    files = {
        "applications.jsonl": b"\xef\xbb\xbf{}",
        "__MACOSX/x": b"",
        "documents/A-1/.DS_Store": b"",
        "Thumbs.db": b"",
    }
    with open_handover(zipped(tmp_path / "x.zip", files)) as handover:
        assert not handover.faults
        assert list(handover.lines()) == [(1, b"{}")]


def test_what_cannot_be_read_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: open_handover(tmp_path / "none")) == "E-HAND-MISSING"
    broken = tmp_path / "x.zip"
    broken.write_bytes(b"PK\x03\x04broken")
    assert refusal(lambda: open_handover(broken)) == "E-HAND-ZIP"
    empty = folder(tmp_path / "d", {"documents/A-1/a.txt": b""})
    with open_handover(empty) as handover:
        assert refusal(lambda: list(handover.lines())) == "E-HAND-NO-LINES"
    long = folder(tmp_path / "l", {"applications.jsonl": b"{}\n" * 3 + b"x" * 50})
    monkeypatch.setattr(module, "MAX_LINE", 20)
    with open_handover(long) as handover:
        assert refusal(lambda: list(handover.lines())) == "E-HAND-LINE"
    monkeypatch.setattr(module, "MAX_LINES", 2)
    with open_handover(long) as handover:
        assert refusal(lambda: list(handover.lines())) == "E-HAND-LINES"


def test_a_member_behind_a_password_is_a_fault(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"documents/A-1/a.txt": b"data"}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    path.write_bytes(bytes(data))
    with open_handover(path) as handover:
        assert [fault.code for fault in handover.faults] == ["E-HAND-ENCRYPTED"]
