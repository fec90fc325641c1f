"""Files are recognised by content, whatever their name says, and a wrong one is named in words."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ndb_desktop import texts
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.filenames import fit_part, travel_name
from ndb_desktop.formats.scorefile import seal_score
from ndb_desktop.formats.sniff import FileKind, identify, read_limited, require_kind
from tests.support.travel import AT, key_file, made_receipt, make_bundle, person, refusal, score_file


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name, data in members.items():
            out.writestr(name.replace("__", "/").replace("_jsonl", ".jsonl"), data)
    return stream.getvalue()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[FileKind, bytes]:
    folder = tmp_path_factory.mktemp("sniff")
    bundle = make_bundle(folder).path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(bundle)) as whole:
        manifest = whole.read("manifest.dsse.json")
    return {
        FileKind.BUNDLE: bundle,
        FileKind.SCORE: score_file(),
        FileKind.SEALED: seal_score(score_file(), [person("issuer").public]),
        FileKind.CARD: build_card(person("expert"), name="x", employer="", trial=True, created_at=AT),
        FileKind.RECEIPT: made_receipt(),
        FileKind.KEY: key_file("expert"),
        FileKind.PUBLIC_KEY: person("expert").public.openssh.encode(),
        FileKind.MANIFEST: manifest,
        FileKind.HANDOVER: archive(x__applications_jsonl=b"{}"),
        FileKind.SITE: archive(mimetype=b"application/vnd.ndb.site+zip"),
        FileKind.ARCHIVE: archive(mimetype=b"application/vnd.ndb.archive+zip"),
        FileKind.PDF: b"%PDF-1.7\n",
        FileKind.ZIP: archive(readme=b"hi"),
        FileKind.EMPTY: b"",
        FileKind.UNKNOWN: b'{"payloadType":"application/json"}',
    }


def test_every_kind_is_recognised_under_any_name(samples: dict[FileKind, bytes], tmp_path: Path) -> None:
    for kind, data in samples.items():
        for name in ("x", "x.ndbscore", "x.ndbbundle"):
            path = tmp_path / name
            path.write_bytes(data)
            assert identify(path) is kind, name


NAMED = {
    FileKind.BUNDLE: "E-FILE-IS-BUNDLE",
    FileKind.SCORE: "E-FILE-IS-SCORE",
    FileKind.SEALED: "E-FILE-IS-SEALED",
    FileKind.CARD: "E-FILE-IS-CARD",
    FileKind.RECEIPT: "E-FILE-IS-RECEIPT",
    FileKind.KEY: "E-FILE-IS-KEY",
    FileKind.PUBLIC_KEY: "E-FILE-IS-PUBLIC-KEY",
    FileKind.MOVE: "E-FILE-IS-MOVE",
    FileKind.ARCHIVE: "E-FILE-IS-ARCHIVE",
    FileKind.SITE: "E-FILE-IS-SITE",
    FileKind.MANIFEST: "E-FILE-IS-MANIFEST",
    FileKind.REGISTRY: "E-FILE-IS-REGISTRY",
    FileKind.HANDOVER: "E-FILE-IS-HANDOVER",
    FileKind.FOLDER: "E-FILE-IS-FOLDER",
    FileKind.PDF: "E-FILE-IS-PDF",
    FileKind.ZIP: "E-FILE-IS-ZIP",
    FileKind.EMPTY: "E-FILE-IS-EMPTY",
    FileKind.UNKNOWN: "E-FILE-UNKNOWN",
}


def test_a_wrong_file_is_named_in_both_languages(samples: dict[FileKind, bytes], tmp_path: Path) -> None:
    for kind, data in samples.items():
        path = tmp_path / f"{kind.value}.bin"
        path.write_bytes(data)
        wanted = FileKind.CARD if kind is not FileKind.CARD else FileKind.RECEIPT
        with pytest.raises(NdbError) as caught:
            require_kind(path, wanted)
        assert caught.value.code == NAMED[kind]
        for language in texts.LANGUAGES:
            sentence = texts.fault_text(caught.value, language)
            assert (".ndbcard" if wanted is FileKind.CARD else ".ndbreceipt") in sentence
        assert require_kind(path, kind, wanted) is kind


def test_folders(tmp_path: Path) -> None:
    def is_a(kind: FileKind) -> None:
        assert identify(tmp_path) is kind
        assert refusal(lambda: require_kind(tmp_path, FileKind.CARD)) == NAMED[kind]

    is_a(FileKind.FOLDER)
    (tmp_path / "applications.jsonl").write_text("{}")
    is_a(FileKind.HANDOVER)
    (tmp_path / "registry.db").write_bytes(b"x")
    is_a(FileKind.REGISTRY)


def test_every_kind_has_its_name() -> None:
    assert NAMED.keys() == set(FileKind)


@pytest.mark.parametrize(
    "data",
    [b"\x00" * 100, b"hello", b"{", b"{}", "你好".encode("gbk"), b"MZ\x90", b'{"payloadType":"\xff"}', b"PK\x05\x06"],
)
def test_anything_else_is_unknown(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert identify(path) is FileKind.UNKNOWN


@pytest.mark.parametrize("cut", [4, 20, 40, 60, 100])
def test_a_cut_archive_is_still_an_archive(samples: dict[FileKind, bytes], tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(samples[FileKind.ZIP][:cut])
    assert identify(path) in (FileKind.ZIP, FileKind.UNKNOWN)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert refusal(lambda: identify(tmp_path / "none")) == "E-STORE-MISSING"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert refusal(lambda: identify(tmp_path / "pipe")) == "E-FILE-SPECIAL"


def test_reading_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 11)
    assert refusal(lambda: read_limited(path, 10)) == "E-SIZE"
    assert read_limited(path, 11) == b"x" * 11


def test_names_of_travelling_files() -> None:
    at = datetime(2026, 11, 22, 11, 0, tzinfo=timezone(timedelta(hours=8)))
    name = travel_name(".ndbscore", batch="2026-pilot", role="expert", person="E_07/..", revision=2, at=at, trial=True)
    assert name == "TEST_2026-pilot_expert_E-07_rev2_20261122T030000Z.ndbscore"
    plain = travel_name(".ndbbundle", batch="b", role="r", person="欧阳砚", at=at.astimezone(UTC), trial=False)
    assert plain == "b_r_欧阳砚_20261122T030000Z.ndbbundle"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "x"),
        ("..", "x"),
        ("a/b\\c:d", "a-b-c-d"),
        ("con\x00aux", "con-aux"),
        ("x" * 99, "x" * 60),
        ("a\u202eb", "a-b"),
    ],
)
def test_parts_of_names_are_safe_everywhere(text: str, expected: str) -> None:
    assert fit_part(text) == expected
