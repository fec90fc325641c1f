"""A run of the issue: one failure leaves the others, the order is fixed, key or slip as chosen."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.crypto.identity import TRIAL_ROUNDS, Identity, new_identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services import issue_run
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.storage.registry_rows import ExpertKey
from tests.support.sample import office_copy

AT = "2026-05-01T00:00:00Z"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = office_copy(tmp_path)
    yield opened
    opened.close()


def assigned(office: Office) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pair in office.assignments():
        found.setdefault(pair.expert, set()).add(pair.application)
    return found


def keyed(office: Office, expert: str) -> Identity:
    """Gives an expert a confirmed key."""
    own = new_identity(expert, "x", TRIAL_ROUNDS)[0]
    with office.registry.transaction():
        office.registry.put_key(ExpertKey(expert, own.keyid, own.public.openssh, "active", "card", AT))
    return own


def test_what_fails_for_some_leaves_the_others_in_their_order(office: Office, tmp_path: Path) -> None:
    broken, spared = office.assignments()[0].application, max(assigned(office))
    office.replace_assignments(
        [pair for pair in office.assignments() if (pair.application, pair.expert) != (broken, spared)]
    )
    held = assigned(office)
    ref = office.attachments(broken)
    raw = bytearray(ref.path.read_bytes())
    raw[len(raw) // 2] ^= 1
    ref.path.write_bytes(bytes(raw))
    hit = sorted(expert for expert, names in held.items() if broken in names)
    fine = sorted(held.keys() - set(hit))
    assert hit
    assert fine
    before = len(office.issued())
    newest = office.log_rows()[-1].seq
    report = issue_bundles(office, tmp_path / "out", experts=sorted(held, reverse=True))
    assert [one.expert for one in report.failed] == hit
    assert {(one.fault.code, one.fault.place) for one in report.failed} == {("E-ISSUE-DOCUMENTS", broken)}
    assert [bundle.expert for bundle in report.issued] == fine
    assert [row.subject for row in office.log_rows() if row.seq > newest and row.action == "issue"] == fine
    assert len(office.issued()) == before + len(fine)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {Path(row.path).name for row in report.issued}


def test_a_full_medium_stops_the_run_for_all(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise NdbError("E-STORE-FULL", place="x")

    monkeypatch.setattr(issue_run, "write_bundle", full)
    before = office.issued()
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "out", experts=sorted(assigned(office)))
    assert caught.value.code == "E-STORE-FULL"
    assert office.issued() == before
    assert list((tmp_path / "out").iterdir()) == []


def test_key_or_slip_as_chosen_and_the_key_opens_without_a_secret(office: Office, tmp_path: Path) -> None:
    first, second = sorted(assigned(office))[:2]
    own = keyed(office, first)
    for key in office.expert_keys(second):
        office.registry.set_key_status(second, key.keyid, "revoked", AT, "x")
    report = issue_bundles(office, tmp_path / "key", experts=[first, second], opening="key")
    (bundle,) = report.issued
    assert (bundle.expert, bundle.secret) == (first, None)
    assert [(one.expert, one.fault.code) for one in report.failed] == [(second, "E-ISSUE-KEY")]
    profile = tmp_path / "profile"
    profile.mkdir()
    with open_review(Path(bundle.path), identity=own, profile=profile, clock=office.clock) as session:
        assert session.expert.id == first
    with pytest.raises(NdbError) as caught:
        issue_bundles(office, tmp_path / "none", experts=[second], opening="key")
    assert caught.value.code == "E-ISSUE-KEY"

    slips = issue_bundles(office, tmp_path / "slip", experts=[first, second], opening="slip").issued
    assert [row.expert for row in slips] == [first, second]
    assert all(row.secret for row in slips)
    with BundleReader(Path(slips[0].path)) as reader:
        assert reader.manifest.expert.key is None
        with pytest.raises(NdbError) as caught:
            reader.unlock(own)
    assert caught.value.code == "E-BUNDLE-KEY"


def test_age_opens_with_the_experts_key_what_was_sealed_to_the_card(office: Office, tmp_path: Path) -> None:
    """A program that is not ours finds the same secret with the expert's key alone."""
    expert = min(assigned(office))
    own = keyed(office, expert)
    (bundle,) = issue_bundles(office, tmp_path / "out", experts=[expert], opening="key").issued
    with zipfile.ZipFile(bundle.path) as archive:
        slots = archive.read("slots/keys.age")
    key = tmp_path / "key"
    key.write_bytes(own.protect("x", rounds=TRIAL_ROUNDS))
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "x", "-N", "", "-f", key], check=True)
    secret = subprocess.run(["age", "-d", "-i", key], input=slots, capture_output=True, check=True).stdout
    profile = tmp_path / "profile"
    profile.mkdir()
    with open_review(Path(bundle.path), secret=secret.decode(), profile=profile, clock=office.clock) as session:
        assert session.expert.id == expert
