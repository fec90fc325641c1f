"""The merge: verdicts, versions, contradictions, enrolment, receipts, and that a dry run writes nothing."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.services import merge_sources
from ndb_desktop.services.intake import confirm_key, revoke_key
from ndb_desktop.services.merge import MergeReport, merge_files, resolve_conflict
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.office import (
    digest_of,
    make_office,
    make_score_file,
    raw_sheet,
    recused_sheet,
    reopen,
    scored_sheet,
)
from tests.support.travel import person, refusal


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def verdicts(report: MergeReport) -> list[str]:
    return [row.verdict for row in report.verdicts]


def codes(report: MergeReport) -> list[str]:
    return [row.fault.code if row.fault else "" for row in report.verdicts]


def state(office: Office) -> tuple[object, ...]:
    return (dict(office.registry.derived_digests()), compute(office).digest)


def both(office: Office, mark: int) -> list[bytes]:
    return [raw_sheet(office, scored_sheet(name, mark)) for name in ("A-001", "A-002")]


def test_a_folder_of_files_is_taken_and_gives_results(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number, mark in enumerate((80, 82, 84, 86, 88), 1):
        make_score_file(
            office, folder / f"E0{number}.ndbscore", f"E0{number}", both(office, mark), sealed=number % 2 == 0
        )
    (folder / "readme.txt").write_text("not ours")
    report = merge_files(office, [folder])
    assert verdicts(report) == ["accepted"] * 5
    assert [row.expert for row in report.verdicts] == ["E01", "E02", "E03", "E04", "E05"]
    assert [sheet.verdict for sheet in report.verdicts[0].sheets] == ["accepted", "accepted"]
    assert report.verdicts[0].expert_name == "专家01"
    result = compute(office)
    assert result.digest == report.result_digest
    assert result.results["A-001"].n_valid == 5
    assert result.results["A-001"].items["T1.2.basis"].value == 84
    status = office.status()
    assert (status.complete, status.missing, status.files, status.unconfirmed_keys) == (10, 0, 5, 5)
    assert office.verify_log().ok
    assert office.rebuild().equal


def test_merging_again_changes_nothing(office: Office, tmp_path: Path) -> None:
    path = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    first = merge_files(office, [path])
    before = state(office)
    again = merge_files(office, [path, path])
    assert verdicts(again) == ["duplicate", "duplicate"]
    assert again.result_digest == first.result_digest
    assert state(office) == before
    assert state(reopen(office)) == before


def test_the_same_payload_in_another_envelope_is_a_duplicate(office: Office, tmp_path: Path) -> None:
    plain = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    merge_files(office, [plain])
    sealed = make_score_file(office, tmp_path / "b.ndbscore", "E01", both(office, 80), sealed=True)
    spaced = tmp_path / "c.ndbscore"
    spaced.write_bytes(plain.read_bytes().replace(b'","', b'", "'))
    assert verdicts(merge_files(office, [sealed, spaced])) == ["duplicate", "duplicate"]


def test_a_dry_run_decides_the_same_and_writes_nothing(office: Office, tmp_path: Path) -> None:
    make_score_file(office, tmp_path / "in/a.ndbscore", "E01", both(office, 80))
    make_score_file(office, tmp_path / "in/b.ndbscore", "E01", both(office, 81), revision=2)
    (tmp_path / "in/c.ndbscore").write_bytes(b"{}")
    database = office.folder / "registry.db"
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    dry = merge_files(office, [tmp_path / "in"], dry_run=True)
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    assert dry.result_digest == ""
    assert dry.dry_run
    real = merge_files(office, [tmp_path / "in"])
    assert verdicts(dry) == verdicts(real) == ["accepted", "conflict", "refused"]
    assert codes(dry) == codes(real)
    assert refusal(lambda: write_receipts(office, dry, tmp_path / "out")) == "E-MERGE-DRY"


def test_a_later_revision_takes_the_place_and_an_older_one_is_history(office: Office, tmp_path: Path) -> None:
    one = raw_sheet(office, scored_sheet("A-001", 80))
    two = raw_sheet(office, scored_sheet("A-001", 88), 2, digest_of(one))
    other = raw_sheet(office, scored_sheet("A-002", 85))
    first = make_score_file(office, tmp_path / "1.ndbscore", "E01", [one, other])
    second = make_score_file(office, tmp_path / "2.ndbscore", "E01", [two, other], revision=2)
    report = merge_files(office, [second, first])
    assert verdicts(report) == ["accepted", "superseded"]
    assert codes(report) == ["", "E-REVISION-OLD"]
    assert [sheet.verdict for sheet in report.verdicts[1].sheets] == ["superseded", "duplicate"]
    assert [v.revision for v in office.registry.sheet_versions("A-001", "E01")] == [1, 2]
    ((_, (current,)),) = office.registry.current_sheets("A-001")
    assert (current.revision, current.digest) == (2, digest_of(two))
    assert office.rebuild().equal


def test_a_revision_in_order_says_what_it_replaced(office: Office, tmp_path: Path) -> None:
    one = raw_sheet(office, scored_sheet("A-001", 80))
    two = raw_sheet(office, scored_sheet("A-001", 88), 2, digest_of(one))
    first = make_score_file(office, tmp_path / "1.ndbscore", "E01", [one])
    second = make_score_file(office, tmp_path / "2.ndbscore", "E01", [two], revision=2)
    report = merge_files(office, [first, second])
    assert report.verdicts[1].sheets[0].replaced == digest_of(one)


def test_two_sheets_of_one_revision_wait_for_a_decision(office: Office, tmp_path: Path) -> None:
    one, other = (raw_sheet(office, scored_sheet("A-001", mark)) for mark in (80, 81))
    a = make_score_file(office, tmp_path / "a.ndbscore", "E01", [one])
    b = make_score_file(office, tmp_path / "b.ndbscore", "E01", [other])
    report = merge_files(office, [a, b])
    assert verdicts(report) == ["accepted", "conflict"]
    assert codes(report) == ["", "E-REVISION-CONFLICT"]
    result = compute(office)
    assert result.contradictions == (("A-001", "E01"),)
    assert result.results["A-001"].experts["E01"] == "absent"
    assert office.status().contradictions == 1
    assert refusal(lambda: resolve_conflict(office, "A-001", "E01", digest_of(one), " ")) == "E-REASON"
    assert refusal(lambda: resolve_conflict(office, "A-001", "E01", "0" * 64, "x")) == "E-RESOLVE"
    assert refusal(lambda: resolve_conflict(office, "A-002", "E01", digest_of(one), "x")) == "E-RESOLVE"
    resolve_conflict(office, "A-001", "E01", digest_of(other), "专家电话确认以第二份为准")
    assert compute(office).results["A-001"].experts["E01"] == "scored"
    ((_, (current,)),) = office.registry.current_sheets("A-001")
    assert current.digest == digest_of(other)
    assert office.rebuild().equal
    assert office.log_rows(newest=2)[0].action == "conflict.resolved"


def test_a_higher_revision_ends_a_contradiction(office: Office, tmp_path: Path) -> None:
    one, other = (raw_sheet(office, scored_sheet("A-001", mark)) for mark in (80, 81))
    three = raw_sheet(office, scored_sheet("A-001", 82), 2, digest_of(other))
    files = [
        make_score_file(office, tmp_path / f"{n}.ndbscore", "E01", [raw], revision=n)
        for n, raw in enumerate((one, other, three), 1)
    ]
    assert verdicts(merge_files(office, files)) == ["accepted", "conflict", "accepted"]
    assert compute(office).contradictions == ()


def test_a_revision_that_skips_what_arrived_is_a_contradiction(office: Office, tmp_path: Path) -> None:
    one = raw_sheet(office, scored_sheet("A-001", 80))
    fork = raw_sheet(office, scored_sheet("A-001", 88), 2, "e" * 64)
    a = make_score_file(office, tmp_path / "a.ndbscore", "E01", [one])
    b = make_score_file(office, tmp_path / "b.ndbscore", "E01", [fork], revision=2)
    assert verdicts(merge_files(office, [a, b])) == ["accepted", "conflict"]
    assert compute(office).contradictions == (("A-001", "E01"),)


def test_recusal_and_inability_stay_what_they_are(office: Office, tmp_path: Path) -> None:
    unable = Sheet("A-002", scored_sheet("A-002").declaration, unable="材料缺失，无法评分，已报告组织方")
    make_score_file(office, tmp_path / "a.ndbscore", "E01", [recused_sheet("A-001"), unable])
    merge_files(office, [tmp_path / "a.ndbscore"])
    result = compute(office)
    assert result.results["A-001"].experts["E01"] == "recused"
    assert result.results["A-002"].experts["E01"] == "unable"
    assert result.results["A-001"].experts["E02"] == "absent"
    assert office.rebuild().equal


def test_the_first_file_brings_the_key_until_somebody_confirms_it(office: Office, tmp_path: Path) -> None:
    path = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    report = merge_files(office, [path])
    assert report.verdicts[0].key_status == "unconfirmed"
    assert compute(office).unconfirmed == ("E01",)
    impostor = make_score_file(
        office, tmp_path / "b.ndbscore", "E01", both(office, 89), identity=person("冒名"), revision=2
    )
    assert codes(merge_files(office, [impostor])) == ["E-PERSON-KEY"]
    keyid = person("E01").keyid
    assert refusal(lambda: confirm_key(office, "E01", "SHA256:other")) == "E-OFFICE-KEY"
    assert confirm_key(office, "E01", keyid.removeprefix("SHA256:")).status == "active"
    assert compute(office).unconfirmed == ()
    second = make_score_file(office, tmp_path / "c.ndbscore", "E01", both(office, 80), revision=2, enrol=False)
    assert merge_files(office, [second]).verdicts[0].key_status == "active"


def test_a_revoked_key_voids_its_sheets_and_the_new_key_may_sign_again(office: Office, tmp_path: Path) -> None:
    wrong = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80), identity=person("冒名"))
    merge_files(office, [wrong])
    right = make_score_file(office, tmp_path / "b.ndbscore", "E01", both(office, 88))
    assert codes(merge_files(office, [right])) == ["E-PERSON-KEY"]
    assert refusal(lambda: revoke_key(office, "E01", person("冒名").keyid, "")) == "E-REASON"
    revoke_key(office, "E01", person("冒名").keyid, "本人否认")
    assert compute(office).results["A-001"].experts["E01"] == "void"
    assert office.rebuild().equal
    assert verdicts(merge_files(office, [right])) == ["accepted"]
    assert compute(office).results["A-001"].experts["E01"] == "scored"
    third = make_score_file(
        office, tmp_path / "c.ndbscore", "E01", both(office, 81), identity=person("冒名"), revision=2
    )
    assert codes(merge_files(office, [third])) == ["E-KEY-REVOKED"]
    assert refusal(lambda: confirm_key(office, "E01", person("冒名").keyid)) == "E-KEY-REVOKED"
    assert office.rebuild().equal


def test_refusals_are_on_record_with_the_digest_of_the_file(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "bad.ndbscore"
    path.write_bytes(b'{"payload": "x"}')
    merge_files(office, [path])
    merge_files(office, [path])
    (row,) = office.refusals()
    assert row.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.code.startswith("E-ENVELOPE")
    assert [entry.action for entry in office.log_rows()].count("merge.refused") == 2


def test_receipts_tell_each_expert_what_arrived(office: Office, tmp_path: Path) -> None:
    one = raw_sheet(office, scored_sheet("A-001", 80))
    two = raw_sheet(office, scored_sheet("A-001", 88), 2, digest_of(one))
    make_score_file(office, tmp_path / "in/1.ndbscore", "E01", [one])
    make_score_file(office, tmp_path / "in/2.ndbscore", "E01", [two], revision=2)
    make_score_file(office, tmp_path / "in/3.ndbscore", "E02", both(office, 80))
    make_score_file(office, tmp_path / "in/4.ndbscore", "E02", both(office, 81), identity=person("冒名"))
    (tmp_path / "in/5.ndbscore").write_bytes(b"{}")
    report = merge_files(office, [tmp_path / "in"])
    paths = write_receipts(office, report, tmp_path / "out")
    assert len(paths) == 2
    assert all(path.name.startswith("TEST_T-2026_receipt_E0") for path in paths)
    first = open_receipt(paths[0].read_bytes(), expected_issuer=person("组织方").keyid).payload
    assert (first.expert, [file.verdict for file in first.files]) == ("E01", ["accepted", "accepted"])
    assert first.files[1].sheets[0].replaced == digest_of(one)
    second = open_receipt(paths[1].read_bytes()).payload
    assert [(file.verdict, file.code) for file in second.files] == [("accepted", ""), ("refused", "E-PERSON-KEY")]
    assert [row.expert for row in office.registry.receipts()] == ["E01", "E02"]


def test_a_zip_of_files_is_taken_without_unpacking(office: Office, tmp_path: Path) -> None:
    a = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    b = make_score_file(office, tmp_path / "b.ndbscore", "E02", both(office, 81), sealed=True)
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(a, "../../escape/a.ndbscore")
        archive.write(b, "b.ndbscore")
        archive.writestr("bomb.ndbscore", b"\0" * (20 * 1024 * 1024))
    report = merge_files(office, [path])
    assert sorted(verdicts(report)) == ["accepted", "accepted", "refused"]
    assert [row.fault.code for row in report.verdicts if row.fault] == ["E-SIZE"]
    assert report.verdicts[0].path.startswith("files.zip/")
    assert not (tmp_path.parent / "escape").exists()


def test_a_zip_with_too_many_members_is_refused_whole(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(4):
            archive.write(a, f"{number}.ndbscore")
    monkeypatch.setattr(merge_sources, "MAX_MEMBERS", 3)
    report = merge_files(office, [path])
    assert [(row.path, row.fault.code) for row in report.verdicts if row.fault] == [("files.zip", "E-MERGE-ZIP-MANY")]
    assert office.status().files == 0


def test_a_damaged_zip_member_is_one_refusal(office: Office, tmp_path: Path) -> None:
    a = make_score_file(office, tmp_path / "a.ndbscore", "E01", both(office, 80))
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(a, "a.ndbscore")
        archive.write(a, "b.ndbscore")
    data = bytearray(path.read_bytes())
    data[len(a.read_bytes()) // 2] ^= 1
    path.write_bytes(bytes(data))
    report = merge_files(office, [path])
    assert sorted(verdicts(report)) == ["accepted", "refused"]
    assert [row.fault.code for row in report.verdicts if row.fault] == ["E-MERGE-ZIP"]


def test_cancelling_in_the_middle_leaves_everything_as_it_was(office: Office, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        make_score_file(office, tmp_path / f"in/{number}.ndbscore", f"E0{number}", both(office, 80))
    before, entries = state(office), len(office.log_rows())
    token = CancelToken()

    def progress(done: int, total: int, _what: str) -> None:
        assert total == 3
        if done == 2:
            token.cancel()

    with pytest.raises(Cancelled):
        merge_files(office, [tmp_path / "in"], progress=progress, cancel=token)
    assert state(office) == before
    assert len(office.log_rows()) == entries
    assert office.expert_keys() == ()
