"""The reader of archives: whatever is flipped, missing, added, renumbered or forged is named."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.digests import Sm3
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import archive as format_page
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.formats.archive_writing import Node, xml_bytes
from ndb_desktop.formats.sniff import FileKind, identify
from tests.support.archives import MANIFEST, file_it, filed_batch, manifest_of, members_of, put_together, signed_anew
from tests.support.travel import person, refusal

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    office = filed_batch(folder)
    made = file_it(office, folder, documents=False)
    office.close()
    return made


@pytest.fixture(scope="module")
def members(path: Path) -> Members:
    return members_of(path)


def found(path: Path) -> list[tuple[str, str]]:
    """(code, member named) of everything that is wrong."""
    return [(one.code, one.params.get("name") or one.place.partition("/")[2]) for one in check_archive(path).faults]


def of(tmp_path: Path, changed: Members) -> list[tuple[str, str]]:
    return found(put_together(tmp_path / "changed.ndbarchive", changed))


def test_sm3_is_that_of_the_standard() -> None:
    assert Sm3(b"abc").hexdigest() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    pieces = Sm3()
    for _ in range(16):
        pieces.update(b"abcd")
    assert pieces.hexdigest() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_what_was_written_is_read(path: Path, members: Members, tmp_path: Path) -> None:
    check = check_archive(path)
    assert check.faults == ()
    assert [row.name for row in check.manifest.members] == [name for name in members if name != MANIFEST]
    assert (check.count("score"), check.count("application")) == (6, 2)
    assert identify(path) is FileKind.ARCHIVE
    assert of(tmp_path, members) == [], "the same members in another ZIP are the same archive"
    assert of(tmp_path, signed_anew(members)) == []


def test_a_flipped_byte_in_any_member_is_named(path: Path, members: Members, tmp_path: Path) -> None:
    """One byte in the middle of each kind of member, in the file itself."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as box:
        infos = {info.filename: info for info in box.infolist()}
    kinds: dict[str, str] = {}
    for name in members:
        kinds.setdefault(name.partition("/")[0], name)
    assert len(kinds) >= 16
    target = tmp_path / "flipped.ndbarchive"
    for name in kinds.values():
        info = infos[name]
        at = info.header_offset + 30 + len(name) + info.file_size // 2
        target.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        if name == "mimetype":
            assert refusal(lambda: check_archive(target)) == "E-ARCHIVE-FRAME"
        elif name == MANIFEST:
            assert refusal(lambda: check_archive(target)) != ""
        else:
            assert found(target) == [("E-ARCHIVE-CHANGED", name)]


def test_a_flipped_byte_in_the_directory_is_refused(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    start = data.rindex(b"PK\x01\x02")
    target = tmp_path / "flipped.ndbarchive"
    for at in (8, start + 10, start + 20, len(data) - 8):
        target.write_bytes(data[:at] + bytes([data[at] ^ 8]) + data[at + 1 :])
        assert refusal(lambda: check_archive(target)) == "E-ARCHIVE-ZIP"


@pytest.mark.parametrize("name", ["score/000003.json", "metadata.xml", "decision/000001.json", "sheetview/000006.pdf"])
def test_a_missing_member_is_named(members: Members, tmp_path: Path, name: str) -> None:
    assert of(tmp_path, {key: data for key, data in members.items() if key != name}) == [("E-ARCHIVE-MISSING", name)]


def test_an_extra_member_is_named(members: Members, tmp_path: Path) -> None:
    extra = {"score/000007.json": members["score/000001.json"]}
    names = ["mimetype", *extra, *list(members)[1:]]
    assert of(tmp_path, {name: {**members, **extra}[name] for name in names}) == [
        ("E-ARCHIVE-EXTRA", "score/000007.json")
    ]


def test_swapped_members_are_named(members: Members, tmp_path: Path) -> None:
    one, two = "score/000001.json", "score/000002.json"
    assert of(tmp_path, {**members, one: members[two], two: members[one]}) == [
        ("E-ARCHIVE-CHANGED", one), ("E-ARCHIVE-CHANGED", two),
    ]  # fmt: skip
    names = list(members)
    names.insert(1, names.pop(5))
    assert [code for code, _ in of(tmp_path, {name: members[name] for name in names})] == ["E-ARCHIVE-ORDER"]


def test_a_gap_in_the_numbers_shows_even_under_a_good_signature(members: Members, tmp_path: Path) -> None:
    name = "score/000003.json"

    def drop(said: dict[str, Any]) -> None:
        said["members"] = [row for row in said["members"] if row["name"] != name]

    rest = signed_anew({key: data for key, data in members.items() if key != name}, drop)
    codes = of(tmp_path, rest)
    assert codes[0] == ("E-ARCHIVE-NUMBER", "score/000004.json")


def test_a_member_without_retention_or_of_no_kind_is_named(members: Members, tmp_path: Path) -> None:
    def bare(said: dict[str, Any]) -> None:
        said["members"][1]["retention"] = ""

    assert of(tmp_path, signed_anew(dict(members), bare)) == [("E-ARCHIVE-NUMBER", "batch/000001.json")]

    def loose(said: dict[str, Any]) -> None:
        said["members"][1] |= {"kind": "", "number": 0}

    assert of(tmp_path, signed_anew(dict(members), loose))[0] == ("E-ARCHIVE-NUMBER", "batch/000001.json")


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("score/000001.json", lambda data: data.replace(b'"sig":"', b'"sig":"AAAA', 1), "E-ENVELOPE"),
        ("score/000001.json", lambda data: data + b" " * (32 << 20), "E-SIZE"),
        ("decision/000001.json", lambda _: b"{}", "E-ENVELOPE"),
        ("log/000001.jsonl", lambda data: data.replace(b"\n[2,", b"\n[2 ,", 1), "E-ARCHIVE-CHAIN"),
        ("log/000001.jsonl", lambda data: b"nonsense\n" + data, "E-ARCHIVE-CHAIN"),
        ("log/000001.jsonl", lambda data: data[: data.rindex(b"\n", 0, -1) + 1], "E-ARCHIVE-CHAIN"),
        ("metadata.xml", lambda data: data.replace(b'name="score/000001.json"', b'name="x"'), "E-ARCHIVE-METADATA"),
        ("metadata.xml", lambda data: data[:-5], "E-ARCHIVE-METADATA"),
        ("report.xml", lambda data: data.replace(b"<report", b'<!DOCTYPE r [<!ENTITY a "a">]><report', 1),
         "E-ARCHIVE-METADATA"),
        ("key/000001.pub", lambda _: b"ssh-ed25519 nonsense\n", "E-KEY-PUBLIC"),
    ],
)  # fmt: skip
def test_originals_are_proven_not_only_compared(
    members: Members, tmp_path: Path, name: str, change: Callable[[bytes], bytes], code: str
) -> None:
    """Somebody with the key signs a manifest over originals that do not hold."""
    changed = change(members[name])
    assert changed != members[name]
    assert code in [one for one, _ in of(tmp_path, signed_anew({**members, name: changed}))]


def test_a_decision_out_of_its_chain_is_named(members: Members, tmp_path: Path) -> None:
    one = "decision/000001.json"
    stranger = json.loads(members[one])
    payload = json.loads(base64.b64decode(stranger["payload"]))
    payload["number"] = 2
    forged = envelope.sign(json.dumps(payload).encode(), stranger["payloadType"], [person("组织方")])
    assert of(tmp_path, signed_anew({**members, one: forged})) == [("E-ARCHIVE-CHAIN", one)]


def test_a_signer_whose_key_is_not_in_the_archive_is_named(members: Members, tmp_path: Path) -> None:
    keys = [name for name in members if name.startswith("key/")]
    other = person("外人").public.openssh.strip().encode() + b"\n"
    last = {**members, keys[-1]: other}
    metadata = members["metadata.xml"].decode()
    for row in manifest_of(signed_anew(last))["members"]:
        if row["name"] == keys[-1]:
            old = next(r for r in manifest_of(members)["members"] if r["name"] == keys[-1])
            metadata = metadata.replace(old["sha256"], row["sha256"])
    codes = of(tmp_path, signed_anew({**last, "metadata.xml": metadata.encode()}))
    assert {code for code, _ in codes} == {"E-ARCHIVE-KEY"}
    assert all(name.startswith("score/") for _, name in codes)


def test_a_manifest_of_somebody_else_or_of_another_kind_is_refused(members: Members, tmp_path: Path) -> None:
    target = tmp_path / "x.ndbarchive"
    put_together(target, signed_anew(dict(members), identity=person("外人")))
    assert refusal(lambda: check_archive(target)) == "E-SIGNER"
    put_together(target, {**members, MANIFEST: members["decision/000001.json"]})
    assert refusal(lambda: check_archive(target)) == "E-PAYLOAD-TYPE"

    def newer(said: dict[str, Any]) -> None:
        said["version"] = 2

    put_together(target, signed_anew(dict(members), newer))
    assert refusal(lambda: check_archive(target)) == "E-VERSION"


def test_other_zips_are_refused_and_the_cause_is_told(path: Path, members: Members, tmp_path: Path) -> None:
    target = tmp_path / "x.ndbarchive"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in members.items():
            box.writestr(name, data)
    with pytest.raises(NdbError) as caught:
        check_archive(target)
    assert (caught.value.code, caught.value.params["detail"]) == ("E-ARCHIVE-ZIP", "E-BUNDLE-COMPRESSED")
    target.write_bytes(path.read_bytes()[:-100])
    assert refusal(lambda: check_archive(target)) == "E-ARCHIVE-ZIP"
    put_together(target, {name: members[name] for name in [*list(members)[1:], "mimetype"]})
    assert refusal(lambda: check_archive(target)) == "E-ARCHIVE-FRAME"
    assert refusal(lambda: check_archive(tmp_path / "none")) == "E-STORE-MISSING"


def test_what_is_parsed_is_never_larger_than_the_cap(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_page, "_MOST_READ", 50)
    codes = {one.code for one in check_archive(path).faults}
    assert codes == {"E-SIZE"}


def test_bytes_are_told_and_may_be_stopped(path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    check_archive(path, lambda *words: told.append(words))
    assert told[-1][0] == told[-1][1] > 100_000
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_xml_holds_what_xml_cannot() -> None:
    made = xml_bytes(Node("a", {"t": '<"\x00\ud800\n𠀀'}, (Node("b"),))).decode()
    assert '<a xmlns="urn:ndb:archive:1" t=\'&lt;"\ufffd\ufffd&#10;𠀀\'>\n  <b/>\n</a>\n' in made
