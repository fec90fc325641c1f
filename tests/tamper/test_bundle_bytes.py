"""One changed byte anywhere in a bundle: refused, or proven to change nothing that anybody reads."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.storage.coredb import CoreContent, read_core
from ndb_desktop.storage.engine import Secret, open_database
from tests.support.evilzip import Evil, build, swap
from tests.support.tampering import SPOILT
from tests.support.travel import SECRET, MadeBundle, make_bundle, person, refusal

# What a reader of ZIP does not need and we do not use: versions, date, attributes.
HARMLESS_LOCAL = {4, 5, 10, 11, 12, 13}
HARMLESS_CENTRAL = {4, 5, 6, 7, 12, 13, 14, 15, 36, 37, 38, 39, 40, 41}
HEADER = 30
ENTRY = 46
STRIDE = 61
PAGE = 4096
"""Bytes of a page of SQLCipher 4."""


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
            # `verdict` has compared the digest: nothing that anybody reads has changed.
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
    found = Counter(verdict(path, at, 1 << at % 8, made) for at in manifest)
    assert found.keys() <= SPOILT | {"E-BUNDLE-ISSUER"}, found
    # Whatever still reads as a manifest is refused by its signature, and by nothing before.
    assert found["E-SIGNATURE"] > len(manifest) // 10, found


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


def pages_not_content(path: Path) -> dict[int, str]:
    """Pages of a core.db that hold no content, only second copies of keys for finding rows: number and name.

    Everything else is the head, a table, or belongs to one; a free or overflow page would be listed by nobody and so
    counts as content.
    """
    with open_database(path, Secret(SECRET), mode="read") as db:
        rows = db.conn.execute("SELECT rootpage, name FROM sqlite_master WHERE type = 'index'").fetchall()
        for _, name in rows:
            assert name.startswith("sqlite_autoindex_"), name
        (count,) = db.conn.execute("PRAGMA page_count").fetchone()
        assert int(count) == path.stat().st_size // PAGE
    return {int(page): str(name) for page, name in rows}


def test_the_database_itself_notices_what_the_hash_would(made: MadeBundle, tmp_path: Path) -> None:
    """Behind the hash stands SQLCipher's own check of each page: a second lock, not the first."""
    with BundleReader(made.path) as reader:
        path = reader.copy_member("core.db", tmp_path / "core.db")
    whole = path.read_bytes()
    content = read_core(path, SECRET)
    spare = pages_not_content(path)
    unnoticed: set[int] = set()
    # Of each page: its head, something of its middle, the random part and the digest that SQLCipher adds at its end.
    for at in (start + inside for start in range(0, len(whole), PAGE) for inside in (0, 17, 1999, PAGE - 80, PAGE - 1)):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        page = at // PAGE + 1
        got: list[CoreContent] = []
        code = refusal(lambda: got.append(read_core(path, SECRET)))  # noqa: B023  (called at once)
        if code:
            assert code == ("E-STORE-KEY" if page == 1 else "E-STORE-CORRUPT"), at
        else:
            # A page that no question touches is not looked at: that is why the hash comes first.
            assert page in spare, f"byte {at} of page {page} is content and went unnoticed"
            assert got == [content]
            unnoticed.add(page)
    assert {spare[page] for page in unnoticed} <= {
        "sqlite_autoindex_meta_1", "sqlite_autoindex_application_1", "sqlite_autoindex_application_3",
    }  # fmt: skip
    path.write_bytes(whole)
    assert refusal(lambda: read_core(path, SECRET[:-1] + "0")) == "E-STORE-KEY"
