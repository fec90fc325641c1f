"""`.ndbsite`: several sign one record; what is stripped, added, swapped or changed is named, and photos stay bytes."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Check
from ndb_desktop.formats.sitefile import (
    MAX_PAYLOAD,
    PAYLOAD_TYPE,
    RECORD_MEMBER,
    SiteReader,
    co_sign,
    open_record,
    photo_member,
)
from tests.support.siterecords import TEAM, freeze, member, photo, photo_bytes, record, visit
from tests.support.travel import key_file, person, refusal

COORDINATOR = "coordinator"


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    return freeze(tmp_path / "one.ndbsite").path


@pytest.fixture
def signed(frozen: Path, tmp_path: Path) -> Path:
    return co_sign(frozen, tmp_path / "two.ndbsite", person(TEAM[1])).path


def opened(path: Path, by: str = COORDINATOR) -> Any:
    with SiteReader(path, person(by)) as reader:
        return reader.opened


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The file with other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o600 << 16
            archive.writestr(info, data)
    return path


def with_envelope(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The file with another envelope, sealed as before."""
    plain = opened(path).envelope
    outer = json.loads(plain)
    change(outer)
    data = json.dumps(outer, separators=(",", ":")).encode() + b"\n"
    readers = [person(name).public for name in (*TEAM, COORDINATOR)]
    return rewritten(path, lambda members: members.update({RECORD_MEMBER: sealing.seal(data, readers)}))


def test_one_signature_after_the_other(frozen: Path, signed: Path) -> None:
    first, both = opened(frozen), opened(signed)
    assert (first.signed, first.missing, first.complete) == ((TEAM[0],), (TEAM[1],), False)
    assert (both.signed, both.missing, both.complete) == (TEAM, (), True)
    assert both.digest == first.digest
    assert both.record == first.record == record()


@pytest.mark.parametrize("name", [*TEAM, COORDINATOR, "recovery"])
def test_the_team_the_organiser_and_the_recovery_key_can_open_it(signed: Path, name: str) -> None:
    with SiteReader(signed, person(name)) as reader:
        reader.check_photos()
        assert reader.photo(photo(1).sha256) == photo_bytes(1)


def test_nobody_else_can(signed: Path) -> None:
    assert refusal(lambda: opened(signed, "stranger")) == "E-AGE-KEY"


def test_photos_are_copied_as_they_lie_when_somebody_signs(frozen: Path, signed: Path) -> None:
    with zipfile.ZipFile(frozen) as one, zipfile.ZipFile(signed) as two:
        assert one.namelist() == two.namelist()
        for number in (0, 1):
            name = photo_member(photo(number).sha256)
            assert one.read(name) == two.read(name)


def test_a_stranger_and_who_signed_before_cannot_sign(frozen: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.ndbsite"
    assert refusal(lambda: co_sign(frozen, out, person(TEAM[0]))) == "E-SIGNER-TWICE"
    # The organiser can open it and is still no member of the team.
    assert refusal(lambda: co_sign(frozen, out, person(COORDINATOR))) == "E-SIGNER"
    assert refusal(lambda: freeze(out, by=COORDINATOR)) == "E-SIGNER"
    assert not out.exists()


def test_a_stripped_signature_is_missing(signed: Path) -> None:
    with_envelope(signed, lambda outer: outer["signatures"].pop())
    assert opened(signed).missing == (TEAM[1],)


def test_an_added_signature_is_a_strangers(signed: Path) -> None:
    def add(outer: dict[str, Any]) -> None:
        more = envelope.sign(base64.b64decode(outer["payload"]), PAYLOAD_TYPE, [person("stranger")])
        outer["signatures"] += json.loads(more)["signatures"]

    assert refusal(lambda: opened(with_envelope(signed, add))) == "E-SIGNER"


def test_swapped_signatures_do_not_fit(signed: Path) -> None:
    def swap(outer: dict[str, Any]) -> None:
        one, two = outer["signatures"]
        one["sig"], two["sig"] = two["sig"], one["sig"]

    assert refusal(lambda: opened(with_envelope(signed, swap))) == "E-SIGNATURE"


def test_signatures_of_another_revision_do_not_fit(signed: Path, tmp_path: Path) -> None:
    edited = record(Check("certified", None, "consistent", "keep"))
    other = opened(freeze(tmp_path / "b", edited, revision=2, supersedes="2" * 64, fallen=((TEAM[1], 1),)).path)

    def take(outer: dict[str, Any]) -> None:
        outer["payload"] = json.loads(other.envelope)["payload"]

    assert refusal(lambda: opened(with_envelope(signed, take))) == "E-SIGNATURE"


def test_an_edit_says_whose_signatures_fell(signed: Path, tmp_path: Path) -> None:
    before = opened(signed)
    edited = record(Check("certified", None, "consistent", "keep"))
    path = freeze(
        tmp_path / "c", edited, revision=2, supersedes=before.digest, fallen=tuple((name, 1) for name in before.signed)
    ).path
    after = opened(path)
    assert [(one.member, one.revision) for one in after.payload.fallen] == [(name, 1) for name in TEAM]
    assert after.payload.supersedes == before.digest
    assert after.missing == (TEAM[1],)


@pytest.mark.parametrize(("revision", "supersedes"), [(1, "2" * 64), (2, None)])
def test_a_broken_chain_of_revisions_is_refused(tmp_path: Path, revision: int, supersedes: str | None) -> None:
    assert refusal(lambda: freeze(tmp_path / "x", revision=revision, supersedes=supersedes)) == "E-SITE-CHAIN"


def test_a_photo_that_is_not_the_one_named_is_refused(frozen: Path, tmp_path: Path) -> None:
    one, two = photo_member(photo(0).sha256), photo_member(photo(1).sha256)

    def swap(members: dict[str, bytes]) -> None:
        members[one], members[two] = members[two], members[one]

    with SiteReader(rewritten(frozen, swap), person(TEAM[1])) as reader:
        assert refusal(reader.check_photos) == "E-SITE-PHOTO"
        with pytest.raises(KeyError):
            reader.photo("9" * 64)
    lying = record(replace(photo(0), sha256=photo(7).sha256, size=photo(7).size - 1))
    assert refusal(lambda: freeze(tmp_path / "x", lying)) == "E-SITE-PHOTO"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda members: members.pop(photo_member(photo(0).sha256)), "E-SITE-MEMBER"),
        (lambda members: members.update({"photos/more.age": members.pop(RECORD_MEMBER)}), "E-SITE-MEMBER"),
        (lambda members: members.pop(RECORD_MEMBER), "E-SITE-MEMBER"),
        (lambda members: members.pop("mimetype"), "E-SITE-ZIP"),
        (lambda members: members.update(mimetype=b"application/vnd.ndb.bundle+zip"), "E-SITE-ZIP"),
        (lambda members: members.update({RECORD_MEMBER: b"age-encryption.org/v1\n"}), "E-AGE-HEADER"),
        (lambda members: members.update({RECORD_MEMBER: b"x" * (2 * MAX_PAYLOAD)}), "E-SITE-MEMBER"),
    ],
    ids=["photo gone", "record elsewhere", "record gone", "no type", "other type", "no header", "too large"],
)
def test_another_set_of_members_is_refused(frozen: Path, change: Callable[[dict[str, bytes]], None], code: str) -> None:
    assert refusal(lambda: opened(rewritten(frozen, change))) == code


def test_two_batches_in_one_record_are_refused(frozen: Path) -> None:
    def other(outer: dict[str, Any]) -> None:
        said = json.loads(base64.b64decode(outer["payload"]))
        said["batch"] = "T-2028"
        fresh = envelope.sign(json.dumps(said).encode(), PAYLOAD_TYPE, [person(TEAM[0])])
        outer.update(json.loads(fresh))

    assert refusal(lambda: opened(with_envelope(frozen, other))) == "E-SITE-VISIT"


def test_a_score_file_is_no_record(frozen: Path) -> None:
    data = envelope.sign(b"{}", "application/vnd.ndb.score.v1+json", [person(TEAM[0])])
    assert refusal(lambda: open_record(data)) == "E-PAYLOAD-TYPE"


def test_five_hundred_damaged_files_are_refused_or_read_the_same(signed: Path, tmp_path: Path) -> None:
    data, chance, path = signed.read_bytes(), random.Random(20261123), tmp_path / "damaged.ndbsite"
    first = opened(signed)
    same = 0
    for _ in range(500):
        broken = bytearray(data)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        for _ in range(chance.choice((0, 1, 1, 3))):
            if broken:
                broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        try:
            with SiteReader(path, person(COORDINATOR)) as reader:
                reader.check_photos()
                found = reader.opened
        except NdbError:
            continue
        assert (found.digest, found.signed) == (first.digest, first.signed)
        same += 1
    assert same < 400


def test_cancelled_in_the_middle_nothing_is_left(frozen: Path, tmp_path: Path) -> None:
    def stop(_count: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        co_sign(frozen, tmp_path / "x.ndbsite", person(TEAM[1]), stop)
    assert [path.name for path in tmp_path.iterdir()] == [frozen.name]


def test_age_unzip_and_jq_read_it_too(signed: Path, tmp_path: Path) -> None:
    """A file only one program can open would be a trap."""
    key = tmp_path / "key"
    key.write_bytes(key_file(TEAM[0]))
    key.chmod(0o600)
    subprocess.run(["unzip", "-q", signed, "-d", tmp_path / "out"], check=True)
    plain = tmp_path / "plain"
    subprocess.run(
        ["ssh-keygen", "-p", "-f", key, "-P", "correct horse 电池", "-N", ""], check=True, capture_output=True
    )
    for name, target in ((RECORD_MEMBER, plain), (photo_member(photo(1).sha256), tmp_path / "photo")):
        subprocess.run(["age", "-d", "-i", key, "-o", target, tmp_path / "out" / name], check=True)
    assert (tmp_path / "photo").read_bytes() == photo_bytes(1)
    said = subprocess.run(
        ["jq", "-r", ".payload|@base64d|fromjson|.visit.applicant", plain], check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == visit().applicant


def test_the_keys_that_may_open_it_are_the_teams_and_the_organisers(tmp_path: Path) -> None:
    three = visit(members=(*visit().members, member("E-03")))
    path = freeze(tmp_path / "x", record(of=three)).path
    assert opened(path, "E-03").missing == (TEAM[1],)
    # A member who need not sign may.
    out = co_sign(path, tmp_path / "y", person("E-03"))
    assert (out.signed, out.missing) == ((TEAM[0], "E-03"), (TEAM[1],))
