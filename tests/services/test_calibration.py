"""校准: the same few applications for everybody; what comes back is kept apart and changes nothing that counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.crypto.identity import TRIAL_ROUNDS, Identity, new_identity
from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.services.analytics import analytics
from ndb_desktop.services.calibration import calibration_spread, calibration_status, issue_calibration
from ndb_desktop.services.calibration_replace import calibration_receipts, replace_calibration
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.issue_chain import in_force, outdated
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.services.merge_undo import last_merge
from ndb_desktop.services.office import Office
from ndb_desktop.services.results_compute import compute, internal_results
from ndb_desktop.services.results_export import public_bytes, public_results
from ndb_desktop.services.review import open_review
from ndb_desktop.storage.registry_rows import ExpertKey, IssuedBundle
from tests.support.review import TestClock, complete, full_entry
from tests.support.sample import office_copy
from tests.support.travel import refusal

AT = "2026-05-01T00:00:00Z"
LATER = "2030-01-01T00:00:00Z"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = office_copy(tmp_path)
    yield opened
    opened.close()


def picks(office: Office, count: int = 2) -> list[str]:
    return [application.id for application in office.applications()][:count]


def rekeyed(office: Office) -> dict[str, Identity]:
    """Every expert with one more confirmed key, whose private half the test has."""
    own = {expert.id: new_identity(expert.id, "x", TRIAL_ROUNDS)[0] for expert in office.experts()}
    with office.registry.transaction():
        for expert, identity in own.items():
            row = ExpertKey(expert, identity.keyid, identity.public.openssh, "active", "card", AT)
            office.registry.put_key(row)
    return own


def scored(bundle: IssuedBundle, identity: Identity, folder: Path, changes: dict[str, str] | None = None) -> Path:
    """Scores everything in a bundle, some items of the first application with other values, and signs."""
    folder.mkdir(exist_ok=True)
    profile = folder / bundle.expert
    profile.mkdir()
    with open_review(Path(bundle.path), secret=bundle.secret, profile=profile, clock=TestClock()) as session:
        assert session.summary.kind == "calibration"
        complete(session)
        first = session.applications[0]
        for item, value in (changes or {}).items():
            entry = full_entry(first.pack, item)
            level = next(band.level for band in first.pack.bands if band.low <= Decimal(value) <= band.high)
            session.set_entry(
                first.application.id, ItemEntry(item, "scored", level, Decimal(value), entry.confirm, entry.reason)
            )
        return session.export(identity, folder).path


def everything_that_counts(office: Office) -> list[object]:
    """Every public byte, the result digest, and what is derived from signed files or said of the round."""
    result = compute(office)
    published = public_results(office, result)
    return [
        *(public_bytes(published, fmt, language) for fmt in ("json", "csv", "xlsx") for language in ("zh_CN", "en")),
        result.digest,
        internal_results(office),
        analytics(office),
        office.registry.standings(),
        office.registry.file_digests(),
        office.issued(),
        outdated(office),
        office.expert_progress(),
        office.expert_keys(),
        office.refusals(),
        last_merge(office),
    ]


def test_a_calibration_round_changes_no_byte_that_counts(office: Office, tmp_path: Path) -> None:
    own = rekeyed(office)
    before = everything_that_counts(office)
    report = issue_calibration(office, tmp_path / "out", picks(office), opening="slip")
    files = [scored(bundle, own[bundle.expert], tmp_path / "back") for bundle in report.issued[:2]]
    merged = merge_files(office, files)
    assert [(row.verdict, row.fault.code if row.fault else "") for row in merged.verdicts] == [
        ("accepted", "E-CALIBRATION-APART")
    ] * 2
    assert all(row.sheets == () for row in merged.verdicts)
    assert len(office.registry.calibration_files()) == 2
    after = everything_that_counts(office)
    assert after == before
    assert not office.rebuild().differences
    assert everything_that_counts(office) == before


def test_everybody_gets_the_same_and_nobody_what_must_be_avoided(office: Office, tmp_path: Path) -> None:
    chosen = picks(office)
    people = sorted({pair.expert for pair in office.assignments()})
    kept = {row.expert for row in office.conflicts() if row.strength == "recuse" and row.application in chosen}
    extra = next(expert for expert in people if expert not in kept)
    office.add_conflicts([Conflict(extra, chosen[0], "C1", "recuse", "declared", "x")])
    report = issue_calibration(office, tmp_path / "out", list(reversed(chosen)))
    assert set(report.barred) == (kept | {extra}) & set(people)
    assert [bundle.expert for bundle in report.issued] == [one for one in people if one not in report.barred]
    members = set()
    for bundle in report.issued:
        assert "_calibration_" in Path(bundle.path).name
        with BundleReader(Path(bundle.path)) as reader:
            assert (reader.manifest.kind, reader.manifest.critical) == ("calibration", ("calibration",))
            members.add(tuple((m.name, m.sha256) for m in reader.members if m.name.startswith("att/")))
    assert len(members) == 1
    # The same choice goes on with those who have none; another choice is another round.
    again = issue_calibration(office, tmp_path / "out", chosen)
    assert (again.issued, again.skipped) == ((), tuple(bundle.expert for bundle in report.issued))
    other = issue_calibration(office, tmp_path / "out", chosen[:1])
    assert other.issued
    assert [row.applications for row in office.registry.calibrations()][1] == tuple(chosen[:1])
    status = calibration_status(office)
    assert status is not None
    assert (status.row.id, status.received) == (2, frozenset())
    assert {row.bundle_id for row in in_force(office.issued()).values()}.isdisjoint(
        row.bundle_id for row in office.registry.calibration_bundles()
    )


@pytest.mark.parametrize("count", [0, 4])
def test_one_to_three_different_applications(office: Office, tmp_path: Path, count: int) -> None:
    chosen = (picks(office, 4) * 4)[:count]
    for wanted in (chosen, [picks(office)[0]] * 2):
        with pytest.raises(NdbError) as caught:
            issue_calibration(office, tmp_path / "out", wanted)
        assert caught.value.code == "E-CALIBRATION-PICK"
    assert office.registry.calibrations() == ()
    assert not (tmp_path / "out").exists()


def test_nobody_is_left(office: Office, tmp_path: Path) -> None:
    chosen = picks(office, 1)
    office.add_conflicts([Conflict(expert.id, chosen[0], "C1", "recuse", "x", "x") for expert in office.experts()])
    with pytest.raises(NdbError) as caught:
        issue_calibration(office, tmp_path / "out", chosen)
    assert caught.value.code == "E-CALIBRATION-NOBODY"


def test_the_spread_is_per_item_exact_and_without_names(office: Office, tmp_path: Path) -> None:
    own = rekeyed(office)
    report = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip")
    application = office.application(report.issued[0].applications[0])
    pack = office.pack_of(application)
    item = next(item.id for item in pack.items if not item.computed)
    given = ["85", "61.5", "92"]
    files = [
        scored(bundle, own[bundle.expert], tmp_path / "back", {item: value})
        for bundle, value in zip(report.issued, given, strict=False)
    ]
    used = [Decimal(value) for value in given[: len(files)]]
    assert len(files) >= 2
    once: MergeReport = merge_files(office, files)
    twice = merge_files(office, list(reversed(files)))
    assert {row.verdict for row in once.verdicts} == {"accepted"}
    assert {row.verdict for row in twice.verdicts} == {"duplicate"}
    (found,) = calibration_spread(office)
    assert (found.application.id, found.sheets, found.avoided) == (application.id, len(files), 0)
    assert [row.item for row in found.items] == [item.id for item in pack.items if not item.computed]
    line = next(row for row in found.items if row.item == item)
    ranked = sorted(used)
    middle = ranked[len(ranked) // 2] if len(ranked) % 2 else (ranked[0] + ranked[1]) / 2
    assert (line.experts, line.lowest, line.highest) == (len(files), min(used), max(used))
    assert line.middle == Fraction(middle)
    assert line.spread == max(used) - min(used)
    assert {row.spread for row in found.items if row is not line} == {Decimal(0)}
    assert office.log_rows()[-1].action == "calibration.viewed"


def test_a_file_of_the_round_is_never_taken_for_calibration(office: Office, tmp_path: Path) -> None:
    """And the other way round: a calibration bundle that another registry issued is known to nobody here."""
    own = rekeyed(office)
    report = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip")
    file = scored(report.issued[0], own[report.issued[0].expert], tmp_path / "back")
    office.registry._db.execute("DELETE FROM calibration_bundle")
    office.registry._db.conn.commit()
    (verdict,) = merge_files(office, [file]).verdicts
    assert (verdict.verdict, verdict.fault.code if verdict.fault else "") == ("refused", "E-BUNDLE-UNKNOWN")
    bundles = issue_bundles(office, tmp_path / "real", experts=[report.issued[0].expert]).issued
    assert [row.kind for row in bundles] == ["replacement"]


def test_a_dry_run_keeps_nothing(office: Office, tmp_path: Path) -> None:
    own = rekeyed(office)
    report = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip")
    file = scored(report.issued[0], own[report.issued[0].expert], tmp_path / "back")
    (verdict,) = merge_files(office, [file], dry_run=True).verdicts
    assert verdict.verdict == "accepted"
    assert office.registry.calibration_files() == ()


def test_a_lost_bundle_is_issued_anew_and_files_of_the_old_one_are_refused(office: Office, tmp_path: Path) -> None:
    own = rekeyed(office)
    assert refusal(lambda: replace_calibration(office, tmp_path / "out", ["E-01"])) == "E-CALIBRATION-NO-BUNDLE"
    report = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip", expires_at=LATER)
    lost, other = report.issued[:2]
    early = scored(other, own[other.expert], tmp_path / "early")
    late = scored(lost, own[lost.expert], tmp_path / "late")
    assert refusal(lambda: replace_calibration(office, tmp_path / "out", ["E-99"])) == "E-OFFICE-EXPERT"
    before = everything_that_counts(office)
    again = replace_calibration(office, tmp_path / "out", [lost.expert], opening="slip")
    (new,) = again.issued
    assert (new.kind, new.expert, new.expires_at) == ("calibration", lost.expert, LATER)
    assert new.secret != lost.secret
    kept = {row.bundle_id: row for row in office.registry.calibration_bundles()}
    assert kept[lost.bundle_id].revoked_at == new.issued_at
    status = calibration_status(office)
    assert status is not None
    assert {row.bundle_id for row in status.issued} == (kept.keys() - {lost.bundle_id})
    fresh = scored(new, own[new.expert], tmp_path / "new")
    verdicts = merge_files(office, [early, late, fresh]).verdicts
    assert [(row.verdict, row.fault.code if row.fault else "") for row in verdicts] == [
        ("accepted", "E-CALIBRATION-APART"), ("refused", "E-BUNDLE-REVOKED"), ("accepted", "E-CALIBRATION-APART"),
    ]  # fmt: skip
    assert {file.bundle for file in office.registry.calibration_files()} == {other.bundle_id, new.bundle_id}
    # The refusal is on record as it is in the round that counts; nothing else of it changed.
    assert [row.code for row in office.refusals()][-1:] == ["E-BUNDLE-REVOKED"]
    assert everything_that_counts(office)[:5] == before[:5]


def test_what_came_from_the_replacement_counts_before_what_came_from_the_lost_one(
    office: Office, tmp_path: Path
) -> None:
    own = rekeyed(office)
    (old, *_others) = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip").issued
    merge_files(office, [scored(old, own[old.expert], tmp_path / "old")])
    first = calibration_spread(office)[0].items[0]
    (new,) = replace_calibration(office, tmp_path / "out", [old.expert], opening="slip").issued
    other = "70" if first.lowest != 70 else "80"
    merge_files(office, [scored(new, own[new.expert], tmp_path / "new", {first.item: other})])
    (found,) = calibration_spread(office)
    assert found.sheets == 1
    assert found.items[0].lowest == Decimal(other)


def test_receipts_name_every_file_of_the_newest_calibration(office: Office, tmp_path: Path) -> None:
    own = rekeyed(office)
    assert refusal(lambda: calibration_receipts(office, tmp_path / "r")) == "E-CALIBRATION-NO-FILE"
    report = issue_calibration(office, tmp_path / "out", picks(office, 1), opening="slip")
    one, two = report.issued[:2]
    files = {row.expert: scored(row, own[row.expert], tmp_path / "back") for row in (one, two)}
    merge_files(office, [files[one.expert]])
    merge_files(office, [files[two.expert]])
    written = calibration_receipts(office, tmp_path / "r")
    assert len(written) == 2, "whatever merge brought them"
    arrived = {row.expert: row for row in office.registry.calibration_files()}
    for path, bundle in zip(written, sorted((one, two), key=lambda row: row.expert), strict=True):
        payload = open_receipt(path.read_bytes()).payload
        (told,) = payload.files
        row = arrived[bundle.expert]
        assert (payload.expert, told.payload_sha256, told.received_at) == (
            bundle.expert, row.payload_sha256, row.received_at,
        )  # fmt: skip
        assert (told.verdict, told.code) == ("accepted", "E-CALIBRATION-APART")
        assert [sheet.application for sheet in told.sheets] == picks(office, 1)
    # A receipt of a later merge, which finds the file again, tells when it first came.
    again = merge_files(office, [files[one.expert]])
    (path,) = write_receipts(office, again, tmp_path / "again")
    (told,) = open_receipt(path.read_bytes()).payload.files
    assert (told.verdict, told.received_at) == ("duplicate", arrived[one.expert].received_at)
