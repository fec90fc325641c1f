"""`verify_file` says what is right and what is wrong, and never raises for a bad file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ndb_desktop import texts
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import seal_score
from ndb_desktop.formats.sitefile import co_sign
from ndb_desktop.formats.sniff import FileKind
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.verify import VerifyReport, verify_file
from tests.support.siterecords import TEAM, freeze
from tests.support.travel import (
    AT,
    SECRET,
    MadeBundle,
    key_file,
    made_receipt,
    make_bundle,
    person,
    score_file,
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> MadeBundle:
    return make_bundle(tmp_path_factory.mktemp("verify"))


def keys(report: VerifyReport) -> list[str]:
    for language in texts.LANGUAGES:
        assert all(report.lines(language))
        assert all(texts.fault_line(fault, language) for fault in report.faults)
    return [key for key, _ in report.facts]


def codes(report: VerifyReport) -> list[str]:
    assert report.ok == (not report.faults)
    return [fault.code for fault in report.faults]


def test_a_closed_bundle(bundle: MadeBundle) -> None:
    report = verify_file(bundle.path)
    assert report.ok
    assert "verify.bundle.members" in keys(report)
    assert keys(report)[-1] == "verify.bundle.closed"
    assert "verify.key.compare" in keys(report)
    assert "verify.trial" in keys(report)


@pytest.mark.parametrize("with_key", [False, True])
def test_an_opened_bundle(bundle: MadeBundle, with_key: bool) -> None:
    trusted = {person("issuer").keyid: "评审组织方"}
    report = (
        verify_file(bundle.path, identity=person("recovery"), trusted=trusted)
        if with_key
        else verify_file(bundle.path, secret=SECRET.upper().replace("-", " "), trusted=trusted)
    )
    assert codes(report) == []
    assert report.facts[-1] == ("verify.bundle.inside", {"count": "2"})
    assert "verify.key.known" in keys(report)


def test_an_inside_that_differs_from_what_was_signed(tmp_path: Path) -> None:
    lying = make_bundle(tmp_path, hidden=1)
    assert codes(verify_file(lying.path, secret=SECRET)) == ["E-BUNDLE-INSIDE"]
    assert codes(verify_file(lying.path)) == [], "closed, the inside cannot be seen"


def test_a_wrong_secret_and_a_wrong_key_are_told_apart(bundle: MadeBundle) -> None:
    assert codes(verify_file(bundle.path, secret=SECRET[:-1] + "0")) == ["E-BUNDLE-SECRET"]
    assert codes(verify_file(bundle.path, secret="hello")) == ["E-SECRET-FORMAT"]
    assert codes(verify_file(bundle.path, identity=person("stranger"))) == ["E-BUNDLE-KEY"]


def test_an_unknown_issuer(bundle: MadeBundle) -> None:
    assert codes(verify_file(bundle.path, trusted={person("x").keyid: "x"})) == ["E-VERIFY-STRANGER"]


def test_each_damaged_member_is_named(bundle: MadeBundle, tmp_path: Path) -> None:
    data = bytearray(bundle.path.read_bytes())
    with zipfile.ZipFile(bundle.path) as archive:
        for name in ("att/0000.db", "att/0001.db"):
            info = archive.getinfo(name)
            data[info.header_offset + 30 + len(name) + 5000] ^= 1
    path = tmp_path / "x.ndbbundle"
    path.write_bytes(data)
    report = verify_file(path, secret=SECRET)
    assert codes(report) == ["E-BUNDLE-DAMAGED", "E-BUNDLE-DAMAGED"]
    assert {fault.params["name"] for fault in report.faults} == {"att/0000.db", "att/0001.db"}
    assert "verify.bundle.inside" not in keys(report)


def test_cancelling_and_progress(bundle: MadeBundle) -> None:
    seen: list[tuple[int, int]] = []
    verify_file(bundle.path, progress=lambda done, total, _what: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        verify_file(bundle.path, cancel=token)


def test_score_files(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(score_file(enrol=True))
    report = verify_file(path)
    assert report.ok
    assert report.kind is FileKind.SCORE
    assert {"verify.score.open", "verify.score.enrolment", "verify.signed"} <= set(keys(report))
    assert ("verify.score.sheets", {"count": "2", "scored": "2", "recused": "0", "unable": "0"}) in report.facts
    path.write_bytes(seal_score(score_file(), [person("issuer").public]))
    assert codes(verify_file(path)) == ["E-SCORE-SEALED"]
    assert codes(verify_file(path, identity=person("expert"))) == ["E-AGE-KEY"]
    opened = verify_file(path, identity=person("issuer"))
    assert opened.ok
    assert "verify.score.open" not in keys(opened)


def test_cards_receipts_keys_and_manifests(bundle: MadeBundle, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with zipfile.ZipFile(bundle.path) as archive:
        manifest = archive.read("manifest.dsse.json")
    for kind, data, fact in (
        (FileKind.CARD, build_card(person("a"), name="甲", employer="", trial=True, created_at=AT), "verify.card"),
        (FileKind.RECEIPT, made_receipt(), "verify.receipt.refused"),
        (FileKind.MANIFEST, manifest, "verify.manifest.alone"),
        (FileKind.KEY, key_file("a"), "verify.key.private"),
        (FileKind.PUBLIC_KEY, person("a").public.openssh.encode(), "verify.key.public"),
    ):
        path.write_bytes(data)
        report = verify_file(path)
        assert codes(report) == []
        assert report.kind is kind
        assert fact in keys(report)


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.4", b"{}", b"PK\x03\x04" * 10])
def test_what_is_not_ours(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert codes(verify_file(path)) == ["E-VERIFY-KIND"]


def test_what_is_not_there(tmp_path: Path) -> None:
    assert codes(verify_file(tmp_path / "none")) == ["E-STORE-MISSING"]


def test_nothing_is_left_behind(bundle: MadeBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert verify_file(bundle.path, secret=SECRET).ok
    assert not list(tmp_path.iterdir())


def test_an_inspection_record_is_checked_with_a_members_key(tmp_path: Path) -> None:
    one = freeze(tmp_path / "one.ndbsite").path
    alone = verify_file(one)
    assert [fault.code for fault in alone.faults] == ["E-VERIFY-SITE"]
    half = verify_file(one, identity=person(TEAM[0]))
    assert [fault.code for fault in half.faults] == ["E-SIGNER-MISSING"]
    two = co_sign(one, tmp_path / "two.ndbsite", person(TEAM[1])).path
    whole = verify_file(two, identity=person("coordinator"))
    assert whole.ok
    said = "\n".join(whole.lines("zh_CN"))
    assert said.count("已签名") == 2
    assert "照片 2 张" in said
    assert "未授时" in said
    edited = freeze(tmp_path / "three.ndbsite", revision=2, supersedes="2" * 64, fallen=((TEAM[1], 1),)).path
    assert "E-02 在第 1 版上的签名" in "\n".join(verify_file(edited, identity=person(TEAM[0])).lines("zh_CN"))
    trusted = {person(TEAM[0]).keyid: "示例检查员"}
    strange = verify_file(two, identity=person("coordinator"), trusted=trusted)
    assert [fault.code for fault in strange.faults] == ["E-VERIFY-STRANGER"]
