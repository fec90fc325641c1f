"""One changed byte anywhere in a bundle: refused, or proven to change nothing that anybody reads."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.storage.coredb import read_core
from tests.support.evilzip import Evil, build, swap
from tests.support.travel import SECRET, MadeBundle, make_bundle, person, refusal

# What a reader of ZIP does not need and we do not use: versions, date, attributes.
HARMLESS_LOCAL = {4, 5, 10, 11, 12, 13}
HARMLESS_CENTRAL = {4, 5, 6, 7, 12, 13, 14, 15, 36, 37, 38, 39, 40, 41}
HEADER = 30
ENTRY = 46
STRIDE = 61


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeBundle:
    return make_bundle(tmp_path_factory.mktemp("tamper"))


def read_all(path: Path) -> str:
    with BundleReader(path, expected_issuer=person("issuer").keyid) as reader:
        for member in reader.members:
            reader.check_member(member.name)
        return reader.digest


def verdict(path: Path, at: int, bit: int, made: MadeBundle) -> str:
    """The refusal after flipping one bit in place, or "" if everything still reads the same."""
    with path.open("r+b") as stream:
        stream.seek(at)
        (old,) = stream.read(1)
        stream.seek(at)
        stream.write(bytes([old ^ bit]))
    try:
        return refusal(lambda: read_all(path) == made.written.digest or pytest.fail(f"other digest at {at}"))
    finally:
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(bytes([old]))


def layout(path: Path) -> tuple[dict[int, int], dict[int, int], list[range], int]:
    """Offsets of local headers and directory entries with their offset inside, content ranges, start of the end."""
    local: dict[int, int] = {}
    central: dict[int, int] = {}
    contents: list[range] = []
    with zipfile.ZipFile(path) as archive:
        at = archive.start_dir
        for info in archive.infolist():
            start = info.header_offset
            local |= {start + n: n for n in range(HEADER + len(info.filename))}
            begin = start + HEADER + len(info.filename)
            contents.append(range(begin, begin + info.file_size))
            central |= {at + n: n for n in range(ENTRY + len(info.filename))}
            at += ENTRY + len(info.filename)
    return local, central, contents, at


def test_every_byte_of_headers_directory_and_end(made: MadeBundle, tmp_path: Path) -> None:
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(made.path.read_bytes())
    local, central, _, end = layout(path)
    accepted = []
    for at in [*local, *central, *range(end, path.stat().st_size)]:
        code = verdict(path, at, 1 << at % 8, made)
        assert not code or code.startswith("E-BUNDLE-"), (at, code)
        if not code:
            accepted.append(at)
    assert {local[at] for at in accepted if at in local} <= HARMLESS_LOCAL
    assert {central[at] for at in accepted if at in central} <= HARMLESS_CENTRAL
    assert all(at in local or at in central for at in accepted)
    assert read_all(path) == made.written.digest


def test_every_byte_of_mark_slots_and_manifest(made: MadeBundle, tmp_path: Path) -> None:
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(made.path.read_bytes())
    mark, *_, slots, manifest = layout(path)[2]
    for at in mark:
        assert verdict(path, at, 1, made) == "E-BUNDLE-MIMETYPE"
    for at in slots:
        assert verdict(path, at, 1, made) == "E-BUNDLE-DAMAGED"
    for at in manifest:
        code = verdict(path, at, 1 << at % 8, made)
        assert code.startswith(("E-ENVELOPE", "E-SIGN", "E-PAYLOAD-TYPE", "E-JSON", "E-FORMAT", "E-VERSION", "E-")), at


def test_bytes_all_over_the_databases(made: MadeBundle, tmp_path: Path) -> None:
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(made.path.read_bytes())
    _, core, *attachments, _, _ = layout(path)[2]
    for content in (core, *attachments):
        places = {*content[::STRIDE], *content[:16], content[-1], *content[4080:4100]}
        for at in sorted(places):
            assert verdict(path, at, 1 << at % 8, made) == "E-BUNDLE-DAMAGED", at


def test_every_truncation(made: MadeBundle, tmp_path: Path) -> None:
    data = made.path.read_bytes()
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(data)
    for length in range(len(data) - 1, 0, -max(1, len(data) // 400)):
        os.truncate(path, length)
        assert refusal(lambda: read_all(path)).startswith("E-BUNDLE-"), length


def test_members_from_another_bundle_of_the_same_issuer(made: MadeBundle, tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other")
    with zipfile.ZipFile(made.path) as mine, zipfile.ZipFile(other.path) as theirs:
        members = [Evil(name.encode(), mine.read(name)) for name in mine.namelist()]
        foreign = {name: theirs.read(name) for name in theirs.namelist()}
    path = tmp_path / "x.ndbbundle"
    for name in ("core.db", "att/0000.db", "att/0001.db", "slots/keys.age", "manifest.dsse.json"):
        path.write_bytes(build(swap(members, name, data=foreign[name])))
        assert refusal(lambda: read_all(path)) in {"E-BUNDLE-DAMAGED", "E-BUNDLE-SIZE"}, name


def test_the_database_itself_notices_what_the_hash_would(made: MadeBundle, tmp_path: Path) -> None:
    """Behind the hash stands SQLCipher's own check of each page: a second lock, not the first."""
    with BundleReader(made.path) as reader:
        path = reader.copy_member("core.db", tmp_path / "core.db")
    whole = path.read_bytes()
    read_core(path, SECRET)
    for at in range(0, len(whole), 4999):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        code = refusal(lambda: read_core(path, SECRET))
        # A page that no question touches is not looked at: that is why the hash comes first.
        assert code in {"", "E-STORE-KEY", "E-STORE-CORRUPT", "E-STORE-SCHEMA", "E-STORE-CONTENT"}, at
    path.write_bytes(whole)
    assert refusal(lambda: read_core(path, SECRET[:-1] + "0")) == "E-STORE-KEY"
