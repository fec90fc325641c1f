"""归档: what goes in, byte for byte; when it may; and that nothing half or telling is left."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.formats.card import build_card
from ndb_desktop.services import archive as service
from ndb_desktop.services import archive_parts, outcome
from ndb_desktop.services.archive import archive, archive_name
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import panels_of
from ndb_desktop.services.results import compute, record_veto
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage.registry_rows import Veto
from tests.support.archives import DAY, file_it, filed_batch, manifest_of, members_of
from tests.support.office import reopen
from tests.support.travel import AT, person, refusal

ROOT = Path(__file__).resolve().parents[2]
SPACE = "{urn:ndb:archive:1}"
INSPECTED = ("card", "checklist", "visit", "manifest", "record", "photo", "recordview")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = filed_batch(tmp_path_factory.mktemp("archive"))
    record_veto(made, Veto("A-002", "V1", "check", "群众来信", "2026-11-20", ""))
    yield made
    made.close()


@pytest.fixture(scope="module")
def path(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_it(office, tmp_path_factory.mktemp("filed"))


def test_everything_signed_is_there_byte_for_byte(office: Office, path: Path) -> None:
    members = members_of(path)
    kept = {row.envelope for row in office.registry.files()}
    assert len(kept) == 6
    assert {data for name, data in members.items() if name.startswith("score/")} == kept
    decided = {envelope for _, envelope in office.registry.decisions()}
    assert decided
    assert {data for name, data in members.items() if name.startswith("decision/")} == decided
    stored = {hashlib.sha256(data).hexdigest() for name, data in members.items() if name.startswith("application/")}
    assert stored == set(office.registry.application_digests().values())
    assert json.loads(members["result/000001.json"])["digest"] == compute(office).digest
    views = [data for name, data in members.items() if name.endswith(".pdf")]
    assert len(views) == 6 + len(panels_of(office)) + 1
    assert all(data.startswith(b"%PDF-") for data in views)
    assert not check_archive(path).faults


def test_the_log_says_that_it_was_filed(office: Office, path: Path) -> None:
    assert path.name == archive_name(office, DAY) == "TEST_T-2026_archive_2026-11-30.ndbarchive"
    # The batch may have been filed more than once, and the same content gives the same bytes.
    rows = [row.details for row in office.log_rows() if row.action == "archive"]
    assert (path.name, check_archive(path).payload_sha256) in [(row["file"], row["sha256"]) for row in rows]


def test_the_same_content_and_day_give_the_same_bytes(office: Office, path: Path, tmp_path: Path) -> None:
    again = archive(office, tmp_path / "again.ndbarchive", filed_on=DAY)
    assert again.path.read_bytes() == path.read_bytes()
    assert archive(office, tmp_path, filed_on=DAY.replace(day=29)).digest != again.digest


def test_order_and_times_say_nothing_of_arrival_or_scores(path: Path, tmp_path: Path) -> None:
    backwards = filed_batch(tmp_path, backwards=True)
    other = file_it(backwards, tmp_path)
    backwards.close()

    def scores(file: Path) -> list[bytes]:
        return [data for name, data in members_of(file).items() if name.startswith(("score/", "application/"))]

    assert scores(other) == scores(path)
    with zipfile.ZipFile(path) as box:
        assert {info.date_time for info in box.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(info.compress_type, info.flag_bits) for info in box.infolist()} == {(zipfile.ZIP_STORED, 0)}


def test_scores_changed_between_applications_change_no_name_no_order_and_no_time(tmp_path: Path) -> None:
    made = []
    for lead in ("A-001", "A-002"):
        folder = tmp_path / lead
        office = filed_batch(folder, lead=lead)
        totals = {name: row.total for name, row in compute(office).results.items()}
        assert max(totals, key=lambda name: totals[name] or 0) == lead
        made.append(file_it(office, folder))
        office.close()
    with zipfile.ZipFile(made[0]) as one, zipfile.ZipFile(made[1]) as other:
        assert one.namelist() == other.namelist()
        assert [info.date_time for info in one.infolist()] == [info.date_time for info in other.infolist()]
        fixed = ("application/", "score/", "document/", "key/")
        sizes = [
            {info.filename: info.file_size for info in box.infolist() if info.filename.startswith(fixed)}
            for box in (one, other)
        ]
        assert sizes[0]
        assert sizes[0] == sizes[1]


def test_retention_follows_the_kind_and_the_unit_may_override_it(office: Office, path: Path, tmp_path: Path) -> None:
    def periods(file: Path) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in manifest_of(members_of(file))["members"]:
            found.setdefault(row["kind"], set()).add(row["retention"])
        return found

    usual = {kind: {period} for kind, period in archive_parts.PERIODS.items()}
    del usual["proof"], usual["document"]
    for kind in INSPECTED:
        # Nobody inspected anything: then an archive says nothing of it, as before there were inspections.
        del usual[kind]
    assert compute(office).selection.of("selected") == ("A-001",), "it is kept for good, the other one is not"
    assert periods(path) == {"": {""}, **usual, "application": {"Y", "D10"}}
    other = archive(office, tmp_path, filed_on=DAY, periods={"score": "Y", "application": "D30"}).path
    assert (periods(other)["score"], periods(other)["application"]) == ({"Y"}, {"D30"})
    for wrong in ({"score": "D31"}, {"scores": "Y"}):
        assert refusal(lambda wrong=wrong: archive(office, tmp_path / "x", periods=wrong)) == "E-ARCHIVE-PERIOD"
    assert not (tmp_path / "x").exists()


def test_what_describes_it_is_complete(office: Office, path: Path) -> None:
    members = members_of(path)
    root = ET.fromstring(members["metadata.xml"])
    assert (root.get("batch"), root.get("filed"), root.get("trial")) == ("T-2026", "2026-11-30", "true")
    files = {one.get("name"): one for one in root.iter(SPACE + "file")}
    numbered = [name for name in members if "/" in name]
    assert list(files) == numbered
    for name in numbered:
        assert files[name].get("sha256") == hashlib.sha256(members[name]).hexdigest()
        assert files[name].get("title")
    keys = {one.get("id") for one in root.iter(SPACE + "key")}
    assert {key.keyid for key in office.expert_keys()} < keys
    assert len([name for name in members if name.startswith("key/")]) == len(keys)
    report = ET.fromstring(members["report.xml"])
    assert report.get("date") == "2026-11-30"
    checks = {one.get("name"): (one.get("property"), one.get("count"), one.get("result")) for one in report}
    assert checks["signatures"] == ("authenticity", "6", "passed")
    assert checks["keys"] == ("authenticity", "5", "finding"), "nobody has compared the keys yet"
    assert checks["plain"][0] == "security"
    assert not {"records", "photos"} & checks.keys()


def test_other_programs_can_check_it(path: Path, tmp_path: Path) -> None:
    subprocess.run(["unzip", "-tq", path], check=True, capture_output=True)
    subprocess.run(["unzip", "-q", path, "-d", tmp_path], check=True, capture_output=True)
    done = subprocess.run(["sha256sum", "-c", "sha256sums.txt"], cwd=tmp_path, check=True, capture_output=True)
    assert done.stdout.count(b": OK\n") == len(members_of(path)) - 2, "all but the list and the manifest"
    if shutil.which("xmllint"):
        subprocess.run(["xmllint", "--noout", "metadata.xml", "report.xml"], cwd=tmp_path, check=True)
    lines = (tmp_path / "log/000001.jsonl").read_bytes().splitlines()
    for line, after in itertools.pairwise(lines):
        assert json.loads(after)[6] == hashlib.sha256(line).hexdigest()


def test_nothing_of_the_registrys_secrets_goes_in(office: Office, path: Path) -> None:
    content = path.read_bytes()
    for bundle in office.issued():
        assert bundle.secret is not None
        assert bundle.secret.encode() not in content
    assert b"AGE-SECRET" not in content
    assert b"PRIVATE KEY" not in content


# ----- when -----


def test_an_official_batch_is_filed_only_once_it_is_final(tmp_path: Path) -> None:
    office = filed_batch(tmp_path, trial=False)
    card = build_card(person("监督甲"), name="监督甲", employer="示例监督处", trial=False, created_at=AT)
    office.decided.appoint(card, "supervisor", reason="按分工")
    target = tmp_path / "x.ndbarchive"
    assert refusal(lambda: archive(office, target)) == "E-FINAL-FIRST"
    outcome.unblind(office, reason="评审期满", second=person("监督甲"))
    result = compute(office)
    office.decided.record(
        "finalise", office.batch.id, {"result": result.digest, "selected": "0"}, reason="定稿", second=person("监督甲")
    )
    assert not check_archive(archive(office, target).path).faults
    assert any(b'role="supervisor"' in data for data in [members_of(target)["metadata.xml"]])
    record_veto(office, Veto("A-001", "V1", "present", "调查报告", "2026-11-20", ""))
    assert refusal(lambda: archive(office, tmp_path / "y.ndbarchive")) == "E-FINAL-CHANGED"
    assert not (tmp_path / "y.ndbarchive").exists()
    office.close()


def test_an_archive_never_replaces_another_file(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "x.ndbarchive"
    target.write_bytes(b"kept")
    assert refusal(lambda: archive(office, target)) == "E-STORE-EXISTS"
    assert target.read_bytes() == b"kept"


def test_a_registry_that_was_tampered_with_is_not_filed(tmp_path: Path) -> None:
    office = filed_batch(tmp_path)
    office.registry._db.conn.execute("UPDATE log SET subject = 'x' WHERE seq = 2")
    assert refusal(lambda: archive(office, tmp_path / "x")) == "E-ARCHIVE-UNSOUND"
    office.close()


def test_the_recovery_key_cannot_file(tmp_path: Path) -> None:
    office = reopen(filed_batch(tmp_path), person("恢复"))
    assert refusal(lambda: archive(office, tmp_path / "x")) == "E-OFFICE-RECOVERY"
    office.close()


# ----- interrupted -----


def test_cancel_leaves_nothing(office: Office, tmp_path: Path) -> None:
    seen: list[str] = []
    for stop in (3, 20, 60):
        token = CancelToken()
        seen.clear()

        def progress(done: int, total: int, what: str, token: CancelToken = token, stop: int = stop) -> None:
            assert 0 <= done <= total
            seen.append(what)
            if len(seen) == stop:
                token.cancel()

        with pytest.raises(Cancelled):
            archive(office, tmp_path / "x.ndbarchive", progress=progress, cancel=token)
        assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_writer_is_found_before_the_file_gets_its_name(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive_parts._log_line
    monkeypatch.setattr(archive_parts, "_log_line", lambda row: real(row).replace(b"[2,", b"[3,", 1))
    with pytest.raises(NdbError) as caught:
        archive(office, tmp_path / "x.ndbarchive")
    assert (caught.value.code, caught.value.params["detail"]) == ("E-ARCHIVE-SELFCHECK", "E-ARCHIVE-CHAIN")
    assert list(tmp_path.iterdir()) == []


def test_too_many_files_are_refused(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndb_desktop.formats.archive_writing._MOST", 10)
    assert refusal(lambda: archive(office, tmp_path / "x.ndbarchive")) == "E-ARCHIVE-MANY"
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_nothing_and_a_full_disk_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.archive_kill", str(tmp_path), "4", "7"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["full"] == "E-STORE-FULL"
    assert said.get("nothing", 0) + said.get("whole", 0) == 4


# ----- words -----


def test_verify_says_what_it_is(path: Path) -> None:
    found = verify_file(path)
    assert found.ok
    assert found.kind.value == "archive"
    for language in ("zh_CN", "en"):
        said = "\n".join(found.lines(language))
        assert "2026-11-30" in said
        assert re.search(r"\b6\b", said)


def test_controls_in_a_title_do_not_break_the_xml(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = replace(office.batch.title, zh_CN='一<&"\x01\u2028\n𠀀')
    monkeypatch.setitem(office.__dict__, "batch", replace(office.batch, title=title))
    made = service.archive(office, tmp_path, filed_on=DAY)
    root = ET.fromstring(members_of(made.path)["metadata.xml"])
    assert root.get("title") == '一<&"\ufffd\u2028\n𠀀'
