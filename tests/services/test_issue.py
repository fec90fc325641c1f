"""Bundles: only what opens counts, nothing of anybody else is inside, a cancelled run leaves nothing half-made."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3

from ndb_desktop.crypto.identity import new_identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services import issue_run
from ndb_desktop.services.issue import issue_bundles, recover_secret
from ndb_desktop.services.issue_orders import first_orders
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.coredb import read_core, write_core
from tests.support.office import make_office
from tests.support.sample import coordinator, office_copy, recovery, small_sample


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = office_copy(tmp_path)
    yield opened
    opened.close()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def decrypted(path: Path, key: str, target: Path) -> bytes:
    """All pages of an encrypted database, in the clear, as SQLCipher itself exports them."""
    connection = sqlcipher3.connect(str(path))
    connection.execute(f"PRAGMA key = {key}")
    connection.execute(f"ATTACH DATABASE '{target}' AS plain KEY ''")
    connection.execute("SELECT sqlcipher_export('plain')")
    connection.execute("DETACH DATABASE plain")
    connection.close()
    return target.read_bytes()


def test_issued_once_and_nothing_to_do_the_second_time(office: Office, tmp_path: Path) -> None:
    report = issue_bundles(office, tmp_path / "out")
    assert report.issued == ()
    assert report.skipped == tuple(sorted({pair.expert for pair in office.assignments()}))
    assert files_in(tmp_path / "out") == []


def test_every_bundle_opens_for_its_expert(tmp_path: Path) -> None:
    office = office_copy(tmp_path)
    experts = [bundle.expert for bundle in office.issued()]
    assigned: dict[str, set[str]] = {}
    for pair in office.assignments():
        assigned.setdefault(pair.expert, set()).add(pair.application)
    report = issue_bundles(office, tmp_path / "out", experts=experts)
    office.close()
    assert [bundle.expert for bundle in report.issued] == sorted(experts)
    for bundle in report.issued:
        path = Path(bundle.path)
        assert re.fullmatch(
            rf"TEST_TRIAL-2026-small_expert_{bundle.expert}_rev2_2026\d{{4}}T\d{{6}}Z\.ndbbundle", path.name
        )
        with BundleReader(path, expected_issuer=coordinator().keyid) as reader:
            assert reader.digest == bundle.digest
            assert reader.opens_with == ({"secret", "key"} if bundle.secret is None else {"secret"})
        if bundle.secret is None:
            continue
        profile = tmp_path / bundle.expert
        profile.mkdir()
        with open_review(path, secret=bundle.secret, profile=profile, clock=office.clock) as session:
            assert session.expert.id == bundle.expert
            assert tuple(item.application.id for item in session.applications) == bundle.applications
            assert {item.application.id for item in session.applications} == assigned[bundle.expert]


def test_the_recovery_key_opens_what_was_issued_to_an_expert() -> None:
    sample = small_sample()
    secret = sample.open_secret.read_text(encoding="utf-8").strip()
    assert recover_secret(sample.open_bundle, recovery()) == secret
    assert recover_secret(sample.open_bundle, coordinator()) == secret
    with pytest.raises(NdbError) as caught:
        recover_secret(sample.open_bundle, new_identity("stranger", "x", 1)[0])
    assert caught.value.code == "E-BUNDLE-KEY"


def test_nothing_of_other_experts_is_in_a_bundle(office: Office, tmp_path: Path) -> None:
    experts = office.experts()
    marks = {
        person.id: [person.id, person.name, person.employer, person.employer_code, *person.former_employers]
        for person in experts
    }
    looked_at = 0
    for bundle in office.issued():
        secret = recover_secret(Path(bundle.path), recovery())
        box = tmp_path / bundle.expert
        with zipfile.ZipFile(bundle.path) as archive:
            archive.extractall(box)
        core = read_core(box / "core.db", secret)
        plain = [decrypted(box / "core.db", f"'{secret}'", box / "core.plain")]
        plain += [
            decrypted(box / application.member, f"\"x'{application.key}'\"", box / f"{application.id}.plain")
            for application in core.applications
        ]
        assert len(plain) == 1 + len(bundle.applications)
        plain.append((box / "manifest.dsse.json").read_bytes())
        assert bundle.expert.encode() in plain[0]
        for other, words in marks.items():
            if other == bundle.expert:
                continue
            for word, raw in itertools.product(words, plain):
                assert word.encode("utf-8") not in raw, (bundle.expert, word)
                looked_at += 1
        # Neither the other bundles' secrets nor who else reads the same application.
        assert not any(row.secret and row.secret.encode() in plain[0] for row in office.issued() if row != bundle)
    assert looked_at > 100


def test_a_new_bundle_replaces_the_old_one_and_its_files_are_refused(office: Office, tmp_path: Path) -> None:
    old = next(bundle for bundle in office.issued() if not bundle.revoked_at)
    (new,) = issue_bundles(office, tmp_path / "out", experts=[old.expert]).issued
    assert new.replaces == old.bundle_id
    with BundleReader(Path(new.path)) as reader:
        assert reader.manifest.replaces == old.bundle_id
    by_id = {bundle.bundle_id: bundle for bundle in office.issued()}
    assert by_id[old.bundle_id].revoked_at
    assert not by_id[new.bundle_id].revoked_at
    late = [path for path in (small_sample().folder / "returned").iterdir() if f"_{old.expert}_" in path.name]
    report = merge_files(office, late, dry_run=True)
    assert {row.verdict for row in report.verdicts} <= {"duplicate", "refused"}


def test_cancelled_between_bundles_keeps_exactly_what_was_recorded(office: Office, tmp_path: Path) -> None:
    before = {bundle.bundle_id for bundle in office.issued()}
    token = CancelToken()
    shown: list[str] = []

    def stop_late(_done: int, _total: int, what: str) -> None:
        shown.append(what)
        if len(shown) == 4:
            token.cancel()

    experts = sorted(bundle.expert for bundle in office.issued())
    with pytest.raises(Cancelled):
        issue_bundles(office, tmp_path / "out", experts=experts, progress=stop_late, cancel=token)
    made = [bundle for bundle in office.issued() if bundle.bundle_id not in before]
    assert 0 < len(made) < len(experts)
    assert files_in(tmp_path / "out") == sorted(Path(bundle.path).name for bundle in made)
    for bundle in made:
        with BundleReader(Path(bundle.path)) as reader:
            for member in reader.members:
                reader.check_member(member.name)
    # What is left is issued by the next run, and only that.
    rest = issue_bundles(office, tmp_path / "out", experts=[e for e in experts if e not in {m.expert for m in made}])
    assert {bundle.expert for bundle in rest.issued} | {bundle.expert for bundle in made} == set(experts)


def test_damaged_documents_stop_the_run(office: Office, tmp_path: Path) -> None:
    expert = office.issued()[0].expert
    ref = office.attachments(office.issued()[0].applications[0])
    raw = bytearray(ref.path.read_bytes())
    raw[len(raw) // 2] ^= 1
    ref.path.write_bytes(bytes(raw))
    before = office.issued()
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", experts=[expert])
    assert caught.value.code == "E-ISSUE-DOCUMENTS"
    assert office.issued() == before
    assert files_in(tmp_path / "out") == []


def test_a_bundle_that_does_not_open_is_not_issued(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        issue_run, "write_core", lambda path, _secret, content, **_: write_core(path, "00-wrong", content)
    )
    before = office.issued()
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", experts=[before[0].expert])
    assert (caught.value.code, caught.value.params["reason"]) == ("E-ISSUE-TEST", "E-STORE-KEY")
    assert office.issued() == before
    assert files_in(tmp_path / "out") == []


@pytest.mark.parametrize("when", ["tomorrow", "2026-06-01", "2020-01-01T00:00:00Z"])
def test_an_expiry_must_be_a_moment_to_come(office: Office, tmp_path: Path, when: str) -> None:
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", expires_at=when)
    assert caught.value.code == "E-ISSUE-EXPIRY"


def test_who_is_not_assigned_gets_nothing(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", experts=["nobody"])
    assert caught.value.code == "E-OFFICE-EXPERT"
    first = office.assignments()[0].expert
    office.replace_assignments([pair for pair in office.assignments() if pair.expert != first])
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", experts=[first])
    assert caught.value.code == "E-ISSUE-NOT-ASSIGNED"
    office.replace_assignments([])
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out")
    assert caught.value.code == "E-ISSUE-NONE"


def test_a_changed_assignment_is_issued_again_without_being_asked(office: Office, tmp_path: Path) -> None:
    moved = office.assignments()[0]
    office.replace_assignments([pair for pair in office.assignments() if pair != moved])
    report = issue_bundles(office, tmp_path / "out")
    assert [bundle.expert for bundle in report.issued] == [moved.expert]
    assert moved.application not in report.issued[0].applications


def test_orders_of_many_experts_share_each_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large round would otherwise read and hold every application once per expert."""
    office = make_office(tmp_path / "office", applications=3, experts=4)
    asked: list[str] = []
    cover = Office.cover
    monkeypatch.setattr(Office, "cover", lambda self, name: asked.append(name) or cover(self, name))
    orders, skipped = first_orders(office, [expert.id for expert in office.experts()])
    assert (len(orders), skipped) == (4, ())
    assert sorted(asked) == ["A-001", "A-002", "A-003"]
    assert all([item.id for item in order.applications] == ["A-001", "A-002", "A-003"] for order in orders)
    office.close()
