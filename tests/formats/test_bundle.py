"""The bundle: what is written is read, what is not exactly so is refused, each refusal with its own code."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import manifest, strictjson, zipcheck
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.bundle_writing import Attachment, BundleSpec, attachment_member, new_bundle_id, write_bundle
from ndb_desktop.formats.manifest import PackRef, version_key
from ndb_desktop.services.tasks import Cancelled
from tests.support.evilzip import Evil, build, swap
from tests.support.travel import AT, BUNDLE_ID, SECRET, MadeBundle, make_bundle, person, refusal, signed_json


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeBundle:
    return make_bundle(tmp_path_factory.mktemp("bundle"), expert_key=person("expert").public)


@pytest.fixture(scope="module")
def members(made: MadeBundle) -> list[Evil]:
    with zipfile.ZipFile(made.path) as archive:
        return [Evil(name.encode(), archive.read(name)) for name in archive.namelist()]


@pytest.fixture(scope="module")
def payload(members: list[Evil]) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(envelope.peek(members[-1].data, 10**7).payload)
    return content


def code_of(data: bytes, folder: Path, **options: Any) -> str:
    path = folder / "evil.ndbbundle"
    path.write_bytes(data)

    def read() -> None:
        with BundleReader(path, **options) as reader:
            for member in reader.members:
                reader.check_member(member.name)

    return refusal(read)


def resigned(members: list[Evil], content: object, payload_type: str = manifest.PAYLOAD_TYPE) -> list[Evil]:
    """The members with a manifest of any content, correctly signed by the issuer."""
    data = signed_json(content, payload_type, person("issuer"))
    return [*members[:-1], Evil(b"manifest.dsse.json", data)]


def listed(members: list[Evil]) -> list[dict[str, object]]:
    return [
        {"name": m.name.decode(), "size": len(m.data), "sha256": hashlib.sha256(m.data).hexdigest()} for m in members
    ]


def test_what_was_written_is_read(made: MadeBundle, tmp_path: Path) -> None:
    with BundleReader(made.path, expected_issuer=person("issuer").keyid) as reader:
        assert reader.digest == made.written.digest
        assert reader.manifest == made.written.manifest
        assert reader.size == made.path.stat().st_size == made.written.size
        assert reader.issuer == person("issuer").public
        assert reader.manifest.bundle_id == BUNDLE_ID
        assert reader.opens_with == {"secret", "key"}
        assert reader.return_to == (person("issuer").public, person("recovery").public)
        for member in reader.members:
            copied = reader.copy_member(member.name, tmp_path / member.name.replace("/", "-"))
            assert hashlib.sha256(copied.read_bytes()).hexdigest() == member.sha256
            assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("who", ["issuer", "recovery", "expert"])
def test_each_slot_really_opens(made: MadeBundle, who: str) -> None:
    with BundleReader(made.path) as reader:
        assert reader.unlock(person(who)) == SECRET


def test_without_a_slot_the_code_says_key_not_damage(made: MadeBundle) -> None:
    with BundleReader(made.path) as reader:
        assert refusal(lambda: reader.unlock(person("stranger"))) == "E-BUNDLE-KEY"


def test_without_a_card_only_the_secret_opens_for_the_expert(tmp_path: Path) -> None:
    with BundleReader(make_bundle(tmp_path).path) as reader:
        assert reader.opens_with == {"secret"}
        assert reader.manifest.expert.key is None
        assert refusal(lambda: reader.unlock(person("expert"))) == "E-BUNDLE-KEY"


def test_the_manifest_tells_no_names_and_no_secret(made: MadeBundle, members: list[Evil]) -> None:
    text = envelope.peek(members[-1].data, 10**7).payload.decode()
    for word in ("示例园区", "申报书", SECRET, SECRET.replace("-", ""), *made.keys.values()):
        assert word not in text


def test_plaintext_is_nowhere_in_the_file(made: MadeBundle) -> None:
    data = made.path.read_bytes()
    for text in made.texts.values():
        assert text not in data
    assert b"SQLite format 3" not in data
    assert SECRET.encode() not in data


def test_a_pinned_issuer(made: MadeBundle) -> None:
    assert refusal(lambda: BundleReader(made.path, expected_issuer=person("issuer").keyid).close()) == ""
    assert refusal(lambda: BundleReader(made.path, expected_issuer=person("other").keyid)) == "E-BUNDLE-ISSUER"


def test_rebuilt_without_changes_it_is_still_read(members: list[Evil], tmp_path: Path) -> None:
    assert code_of(build(members), tmp_path) == ""


STRUCTURE: list[tuple[str, str, Callable[[list[Evil]], bytes]]] = [
    ("no zip", "E-BUNDLE-NOT-ZIP", lambda _: b"hello" * 100),
    ("empty", "E-BUNDLE-NOT-ZIP", lambda _: b""),
    ("cut off", "E-BUNDLE-CUT", lambda m: build(m)[:-2000]),
    ("appended", "E-BUNDLE-TRAILING", lambda m: build(m, after=b"x")),
    ("zip comment", "E-BUNDLE-TRAILING", lambda m: build(m, comment=b"hi")),
    ("two zips", "E-BUNDLE-PREPENDED", lambda m: build(m) + build(m)),
    ("prepended", "E-BUNDLE-PREPENDED", lambda m: build(m, before=b"#!/bin/sh\n")),
    ("prepended, offsets as before", "E-BUNDLE-PREPENDED", lambda m: build(m, before=b"MZ", shift=1)),
    ("prepended member", "E-BUNDLE-PREPENDED", lambda m: build(m, before=b"PK\x03\x04", shift=1)),
    ("hidden before", "E-BUNDLE-GAP", lambda m: build(swap(m, "core.db", before=b"hidden"))),
    ("hidden before the first", "E-BUNDLE-GAP", lambda m: build(swap(m, "mimetype", before=b"PK\x03\x04"))),
    ("hidden before the directory", "E-BUNDLE-GAP", lambda m: build(m, between=b"hidden")),
    ("overlapping", "E-BUNDLE-GAP", lambda m: build(swap(m, "slots/keys.age", offset=0))),
    ("wrong count", "E-BUNDLE-DIRECTORY", lambda m: build(m, count=3)),
    ("too many", "E-BUNDLE-MANY", lambda m: build(m, count=20_001)),
    ("several discs", "E-BUNDLE-DIRECTORY", lambda m: build(m, disk=1)),
    ("member on a disc", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", disk=1))),
    ("member comment", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", comment=b"x"))),
    ("extra field", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", extra=b"ab\x02\x00hi"))),
    ("local extra field", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", local_extra=b"ab\x02\x00hi"))),
    ("data descriptor", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", flags=8))),
    ("other local name", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", local_name=b"kore.db"))),
    ("other local size", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", local_size=1))),
    ("other local method", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", local_method=8))),
    ("other local flags", "E-BUNDLE-DIRECTORY", lambda m: build(swap(m, "core.db", local_flags=1))),
    ("compressed", "E-BUNDLE-COMPRESSED", lambda m: build(swap(m, "core.db", method=8))),
    ("sizes differ", "E-BUNDLE-COMPRESSED", lambda m: build(swap(m, "core.db", packed=5))),
    ("encrypted", "E-BUNDLE-ENCRYPTED", lambda m: build(swap(m, "core.db", flags=1))),
    ("strongly encrypted", "E-BUNDLE-ENCRYPTED", lambda m: build(swap(m, "core.db", flags=0x40))),
    ("masked", "E-BUNDLE-ENCRYPTED", lambda m: build(swap(m, "core.db", flags=0x2000))),
    ("twice", "E-BUNDLE-TWICE", lambda m: build([*m[:2], m[1], *m[2:]])),
    ("no mimetype", "E-BUNDLE-MIMETYPE", lambda m: build(m[1:])),
    ("other mimetype", "E-BUNDLE-MIMETYPE", lambda m: build(swap(m, "mimetype", data=b"application/zip"))),
    ("mimetype second", "E-BUNDLE-MIMETYPE", lambda m: build([m[1], m[0], *m[2:]])),
    ("longer mimetype", "E-BUNDLE-MIMETYPE", lambda m: build(swap(m, "mimetype", data=m[0].data + b" "))),
    ("manifest not last", "E-BUNDLE-LAST", lambda m: build([*m[:-2], m[-1], m[-2]])),
    ("no manifest", "E-BUNDLE-LAST", lambda m: build(m[:-1])),
    ("unlisted", "E-BUNDLE-UNLISTED", lambda m: build([*m[:-1], Evil(b"att/9999.db", b"x"), m[-1]])),
    ("missing core", "E-BUNDLE-MISSING", lambda m: build([x for x in m if x.name != b"core.db"])),
    ("missing attachment", "E-BUNDLE-MISSING", lambda m: build([x for x in m if x.name != b"att/0001.db"])),
    ("missing slots", "E-BUNDLE-MISSING", lambda m: build([x for x in m if x.name != b"slots/keys.age"])),
    ("wrong size", "E-BUNDLE-SIZE", lambda m: build(swap(m, "core.db", data=m[1].data + b"x"))),
    ("wrong content", "E-BUNDLE-DAMAGED", lambda m: build(swap(m, "core.db", data=m[1].data[:-1] + b"x"))),
    ("swapped attachments", "E-BUNDLE-DAMAGED", lambda m: build(
        swap(swap(m, "att/0000.db", data=m[3].data), "att/0001.db", data=m[2].data))),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "make"), [(c, f) for _, c, f in STRUCTURE], ids=[n for n, _, _ in STRUCTURE])
def test_structure(members: list[Evil], tmp_path: Path, expected: str, make: Callable[[list[Evil]], bytes]) -> None:
    assert code_of(make(members), tmp_path) == expected


@pytest.mark.parametrize(
    "name",
    [
        "../core.db",
        "/core.db",
        "att/../../x.db",
        "att\\0000.db",
        "c:/x",
        "Core.db",
        "att/0000.db/",
        "a/b/c.db",
        "a\x00b",
        ".hidden",
        "att/.hidden",
        "con aux",
        "x" * 101,
        "核心.db",
        "",
    ],
)
def test_names_with_path_parts_and_other_tricks(members: list[Evil], tmp_path: Path, name: str) -> None:
    evil = [*members[:-1], Evil(name.encode(), b"x", flags=0x800 if not name.isascii() else 0), members[-1]]
    assert code_of(build(evil), tmp_path) == "E-BUNDLE-NAME"


def test_more_members_than_allowed(tmp_path: Path) -> None:
    many = [Evil(f"att/{n:05d}.db".encode(), b"") for n in range(zipcheck.MAX_MEMBERS + 1)]
    assert code_of(build(many), tmp_path) == "E-BUNDLE-MANY"


def _earlier(number: int) -> dict[str, str]:
    return {"bundle_id": f"{number:032x}", "digest": "d" * 64}


EARLIER = _earlier(1)
CHAINED = {"kind": "supplement", "chain": [EARLIER], "critical": ["chain"]}
MANIFEST: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
    ("newer version", "E-VERSION", lambda p: p | {"version": 2}),
    ("other format", "E-FORMAT", lambda p: p | {"format": "ndb-score"}),
    ("no format", "E-FORMAT", lambda p: {k: v for k, v in p.items() if k != "format"}),
    ("unknown critical", "E-CRITICAL", lambda p: p | {"critical": ["team"]}),
    ("no known kind", "E-JSON-FIELD", lambda p: p | {"kind": "partial"}),
    ("follows others, yet not critical", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"critical": []}),
    ("follows nothing", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"chain": []}),
    ("follows itself", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"bundle_id": EARLIER["bundle_id"]}),
    ("follows one twice", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"chain": [EARLIER, EARLIER]}),
    ("a first issue that follows", "E-BUNDLE-CHAIN", lambda p: p | {"chain": [EARLIER]}),
    ("a first issue that is critical", "E-BUNDLE-CHAIN", lambda p: p | {"critical": ["chain"]}),
    ("replaces, yet supplements", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"replaces": EARLIER["bundle_id"]}),
    ("replaces nothing", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"kind": "replacement"}),
    ("replaces another", "E-BUNDLE-CHAIN", lambda p: p | CHAINED | {"kind": "replacement", "replaces": "e" * 32}),
    ("too long a chain", "E-JSON-FIELD", lambda p: p | CHAINED | {"chain": [_earlier(n) for n in range(65)]}),
    ("newer program", "E-BUNDLE-MIN-APP", lambda p: p | {"min_app": "999.0"}),
    ("bad program version", "E-JSON-FIELD", lambda p: p | {"min_app": "soon"}),
    ("no issuer", "E-JSON-FIELD", lambda p: {k: v for k, v in p.items() if k != "issuer"}),
    ("issuer without key", "E-KEY-PUBLIC", lambda p: p | {"issuer": {"name": "x", "key": "x"}}),
    ("other issuer", "E-SIGNER", lambda p: p | {"issuer": p["issuer"] | {"key": person("x").public.openssh}}),
    ("bad expert key", "E-KEY-PUBLIC", lambda p: p | {"expert": {"id": "E", "key": "ssh-rsa AAAA"}}),
    ("bad return key", "E-KEY-PUBLIC", lambda p: p | {"return_to": {"recipients": ["age1x"], "sealed": True}}),
    ("nobody to return to", "E-JSON-FIELD", lambda p: p | {"return_to": {"recipients": [], "sealed": True}}),
    ("bad id", "E-JSON-FIELD", lambda p: p | {"bundle_id": "../x"}),
    ("bad time", "E-JSON-FIELD", lambda p: p | {"issued_at": "2026-13-01T00:00:00Z"}),
    ("float", "E-JSON-NUMBER", lambda p: p | {"x": 1.5}),
    ("deep", "E-JSON-DEPTH", lambda p: p | {"x": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}),
    ("listed twice", "E-BUNDLE-LISTED-TWICE", lambda p: p | {"members": p["members"] + p["members"][:1]}),
    ("negative size", "E-JSON-FIELD", lambda p: p | {"members": [p["members"][0] | {"size": -1}]}),
    ("duplicate names", "E-JSON-NAMES", lambda p: msgspec.json.encode(p)[:-1] + b',"version":1}'),
    ("byte order mark", "E-JSON-ENCODING", lambda p: b"\xef\xbb\xbf" + msgspec.json.encode(p)),
    ("not UTF-8", "E-JSON-ENCODING", lambda _: b'{"\xff":1}'),
    ("lone surrogate", "E-JSON-FIELD", lambda _: b'{"format":"ndb-bundle","version":1,"issuer":"\\ud800"}'),
    ("no JSON", "E-JSON", lambda _: b"{"),
    ("empty", "E-JSON", lambda _: b""),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "change"), [(c, f) for _, c, f in MANIFEST], ids=[n for n, _, _ in MANIFEST])
def test_correctly_signed_but_wrong_manifests(
    members: list[Evil],
    payload: dict[str, Any],
    tmp_path: Path,
    expected: str,
    change: Callable[[dict[str, Any]], object],
) -> None:
    assert code_of(build(resigned(members, change(payload))), tmp_path) == expected


@pytest.mark.parametrize(
    "change",
    [CHAINED, CHAINED | {"kind": "recall"}, CHAINED | {"kind": "replacement", "replaces": EARLIER["bundle_id"]}],
)
def test_bundles_that_follow_others(
    members: list[Evil], payload: dict[str, Any], tmp_path: Path, change: dict[str, object]
) -> None:
    assert code_of(build(resigned(members, payload | change)), tmp_path) == ""


@pytest.mark.parametrize("replaces", [None, EARLIER["bundle_id"]])
def test_a_bundle_made_before_there_were_chains(
    members: list[Evil], payload: dict[str, Any], tmp_path: Path, replaces: str | None
) -> None:
    old = {name: value for name, value in payload.items() if name not in ("kind", "chain")} | {"replaces": replaces}
    assert code_of(build(resigned(members, old)), tmp_path) == ""


def test_an_old_reader_refuses_a_bundle_that_follows_others(payload: dict[str, Any]) -> None:
    data = msgspec.json.encode(payload | CHAINED)
    with pytest.raises(NdbError) as caught:
        # What every program did before chains: it knew no critical name at all.
        strictjson.check_header(data, form=manifest.FORMAT, version=manifest.VERSION)
    assert caught.value.code == "E-CRITICAL"


def test_an_unknown_field_that_is_not_critical_is_ignored(
    members: list[Evil], payload: dict[str, Any], tmp_path: Path
) -> None:
    assert code_of(build(resigned(members, payload | {"later": {"x": 1}})), tmp_path) == ""


def test_a_future_bundle_is_called_newer_even_when_its_fields_moved(members: list[Evil], tmp_path: Path) -> None:
    assert code_of(build(resigned(members, {"format": "ndb-bundle", "version": 2})), tmp_path) == "E-VERSION"


def test_signed_for_another_purpose(members: list[Evil], payload: dict[str, Any], tmp_path: Path) -> None:
    other = resigned(members, payload, "application/vnd.ndb.score.v1+json")
    assert code_of(build(other), tmp_path) == "E-PAYLOAD-TYPE"


def test_a_broken_manifest_signature(members: list[Evil], payload: dict[str, Any], tmp_path: Path) -> None:
    good = msgspec.json.decode(members[-1].data)
    stranger = msgspec.json.decode(signed_json(payload | {"trial": False}, manifest.PAYLOAD_TYPE, person("issuer")))
    mixed = good | {"payload": stranger["payload"]}
    assert code_of(build(swap(members, "manifest.dsse.json", data=msgspec.json.encode(mixed))), tmp_path) == (
        "E-SIGNATURE"
    )


def test_an_endless_manifest(members: list[Evil], tmp_path: Path) -> None:
    huge = b" " * (envelope.envelope_limit(manifest.MAX_PAYLOAD) + 1)
    assert code_of(build(swap(members, "manifest.dsse.json", data=huge)), tmp_path) == "E-BUNDLE-MANIFEST-SIZE"


def test_a_slot_file_that_is_too_large(members: list[Evil], payload: dict[str, Any], tmp_path: Path) -> None:
    large = swap(members, "slots/keys.age", data=b"x" * 4097)[:-1]
    content = payload | {"members": listed(large)}
    assert code_of(build(resigned([*large, members[-1]], content)), tmp_path) == "E-BUNDLE-SLOTS"


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (sealing.AGE_MAGIC + b"-> x\n\n" * 20 + b"--- \n", "E-AGE-HEADER"),
        (b"nothing", "E-AGE-FORMAT"),
        (sealing.AGE_MAGIC + b"-> x\n\n--- x\n", "E-AGE-BROKEN"),
    ],
)
def test_hostile_slots(
    members: list[Evil], payload: dict[str, Any], tmp_path: Path, slots: bytes, expected: str
) -> None:
    changed = swap(members, "slots/keys.age", data=slots)[:-1]
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(build(resigned([*changed, members[-1]], payload | {"members": listed(changed)})))
    with BundleReader(path) as reader:
        assert refusal(lambda: reader.unlock(person("issuer"))) == expected


def test_a_slot_that_holds_no_secret(members: list[Evil], payload: dict[str, Any], tmp_path: Path) -> None:
    bad = sealing.seal(b"'; DROP", [person("issuer").public])
    changed = swap(members, "slots/keys.age", data=bad)[:-1]
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(build(resigned([*changed, members[-1]], payload | {"members": listed(changed)})))
    with BundleReader(path) as reader:
        assert refusal(lambda: reader.unlock(person("issuer"))) == "E-SECRET-FORMAT"


def test_damage_is_found_while_copying_and_leaves_nothing(members: list[Evil], tmp_path: Path) -> None:
    data = bytearray(members[2].data)
    data[len(data) // 2] ^= 1
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(build(swap(members, "att/0000.db", data=bytes(data))))
    cache = tmp_path / "cache"
    cache.mkdir()
    with BundleReader(path) as reader:
        reader.copy_member("core.db", cache / "core.db")
        assert refusal(lambda: reader.copy_member("att/0000.db", cache / "a.db")) == "E-BUNDLE-DAMAGED"
    assert [p.name for p in cache.iterdir()] == ["core.db"]


def test_a_file_that_shrinks_while_it_is_read(made: MadeBundle, tmp_path: Path) -> None:
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(made.path.read_bytes())
    with BundleReader(path) as reader:
        os.truncate(path, 3000)
        assert refusal(lambda: reader.check_member("att/0001.db")) == "E-BUNDLE-DAMAGED"


def test_copying_can_be_stopped_and_leaves_nothing(made: MadeBundle, tmp_path: Path) -> None:
    def stop(_count: int) -> None:
        raise Cancelled

    with BundleReader(made.path) as reader, pytest.raises(Cancelled):
        reader.copy_member("core.db", tmp_path / "core.db", stop)
    assert not list(tmp_path.iterdir())


def test_a_bundle_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(lambda: BundleReader(tmp_path / "none.ndbbundle")) == "E-STORE-MISSING"


def test_other_programs_read_the_container(made: MadeBundle) -> None:
    with zipfile.ZipFile(made.path) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "mimetype"
        assert archive.namelist()[-1] == "manifest.dsse.json"
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def spec_of(**changes: Any) -> BundleSpec:
    fields: dict[str, Any] = {
        "bundle_id": BUNDLE_ID,
        "batch_id": "b",
        "trial": True,
        "issuer_name": "x",
        "expert_id": "E",
        "expert_key": None,
        "issued_at": AT,
        "expires_at": None,
        "packs": (PackRef("p", "1", "0" * 64),),
        "recovery": person("recovery").public,
    }
    return BundleSpec(**(fields | changes))


@pytest.mark.parametrize("refused", [None, errno.EXDEV, errno.ENOSYS])
def test_members_copied_by_the_system_are_as_those_copied_by_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int | None
) -> None:
    core = tmp_path / "core"
    core.write_bytes(b"core")
    bodies = [os.urandom(3 * 1024 * 1024 + 5), b"", b"x" * 70_000]
    seen: list[int] = []

    def cannot(*_: object) -> int:
        raise OSError(refused, "not here")

    if refused is not None:
        monkeypatch.setattr(os, "copy_file_range", cannot, raising=False)
    read = []
    for known in (True, False):
        attachments = []
        for number, body in enumerate(bodies):
            source = tmp_path / f"{number}"
            source.write_bytes(body)
            crc = zlib.crc32(body) if known else None
            attachments.append(
                Attachment(attachment_member(number), source, len(body), hashlib.sha256(body).hexdigest(), crc)
            )
        target = tmp_path / f"{known}.ndbbundle"
        write_bundle(
            target, spec_of(), core=core, secret=SECRET, attachments=attachments, issuer=person("issuer"),
            on_bytes=seen.append,
        )  # fmt: skip
        with zipfile.ZipFile(target) as archive, BundleReader(target) as reader:
            assert archive.testzip() is None
            for member in reader.members:
                reader.check_member(member.name)
            infos = [info for info in archive.infolist() if info.filename.startswith("att/")]
            read.append([(i.filename, i.CRC, i.header_offset, i.external_attr, archive.read(i)) for i in infos])
    assert read[0] == read[1]
    assert [row[-1] for row in read[0]] == bodies
    assert sum(seen) == 2 * (len(b"core") + sum(map(len, bodies)))


@pytest.mark.parametrize("crc32", [None, 0])
@pytest.mark.parametrize("difference", [-1, 1])
def test_an_attachment_that_changed_since_import_stops_the_issue(
    tmp_path: Path, difference: int, crc32: int | None
) -> None:
    core, source, target = tmp_path / "core", tmp_path / "att", tmp_path / "x.ndbbundle"
    core.write_bytes(b"core")
    source.write_bytes(b"x" * 100)
    attachment = Attachment("att/0000.db", source, 100 + difference, "0" * 64, crc32)
    code = refusal(
        lambda: write_bundle(
            target, spec_of(), core=core, secret=SECRET, attachments=[attachment], issuer=person("issuer")
        )
    )
    assert code == "E-BUNDLE-SOURCE"
    assert {p.name for p in tmp_path.iterdir()} == {"core", "att"}


def test_neither_writer_nor_reader_holds_a_member_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    core, source, target = tmp_path / "core", tmp_path / "att", tmp_path / "x.ndbbundle"
    core.write_bytes(b"core")
    piece, digest = os.urandom(1024 * 1024), hashlib.sha256()
    with source.open("wb") as stream:
        for _ in range(64):
            stream.write(piece)
            digest.update(piece)
    attachment = Attachment(attachment_member(0), source, 64 * 1024 * 1024, digest.hexdigest())
    tracemalloc.start()
    write_bundle(target, spec_of(), core=core, secret=SECRET, attachments=[attachment], issuer=person("issuer"))
    with BundleReader(target) as reader:
        reader.copy_member("att/0000.db", tmp_path / "copy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
    assert (tmp_path / "copy").stat().st_size == 64 * 1024 * 1024


def test_the_reader_explains_zip64(members: list[Evil], tmp_path: Path) -> None:
    """A member with ZIP64 sizes and a ZIP64 end record, as a bundle over 4 GB has them, small enough for a test."""
    first = Evil(
        b"mimetype",
        members[0].data,
        extra=struct.pack("<HHQQ", 1, 16, 30, 30),
        local_extra=struct.pack("<HHQQ", 1, 16, 30, 30),
        size=0xFFFFFFFF,
        packed=0xFFFFFFFF,
    )
    data = build([first, *members[1:]])
    assert code_of(data, tmp_path) == ""
    body, (count, length, offset) = data[:-22], struct.unpack("<H2L", data[-12:-2])
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert code_of(body + record + locator + end, tmp_path) == ""
    wrong = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body) - 1, 1)
    assert code_of(body + record + wrong + end, tmp_path) == "E-BUNDLE-DIRECTORY"
    long = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 45, 45, 45, 0, 0, count, count, length, offset)
    assert code_of(body + long + locator + end, tmp_path) == "E-BUNDLE-DIRECTORY"
    many = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, length, offset)
    assert code_of(body + many + locator + end, tmp_path) == "E-BUNDLE-MANY"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04"]), st.booleans())
def test_any_bytes_are_refused_politely(data: bytes, head: bytes, with_end: bool) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, max(0, len(data) + 4 - 46), 0) if with_end else b""
    with pytest.raises(NdbError) as caught:
        zipcheck.read_directory(io.BytesIO(head + data + end), "x")
    assert caught.value.code.startswith("E-BUNDLE-")


@pytest.mark.parametrize(
    ("older", "newer"), [("0.1.0", "0.1.1"), ("0.9", "0.10"), ("1", "1.0.1"), ("0.1.0", "0.2.0rc1"), ("x", "0.0.1")]
)
def test_versions_are_compared_as_numbers(older: str, newer: str) -> None:
    assert version_key(older) < version_key(newer)


def test_ids_and_member_names() -> None:
    assert len(new_bundle_id()) == 32
    assert new_bundle_id() != new_bundle_id()
    assert attachment_member(7) == "att/0007.db"
    assert attachment_member(12345) == "att/12345.db"
    assert zlib.crc32(b"") == 0
