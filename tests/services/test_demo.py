"""The sample round: complete, marked as a sample, the same each time, and careful with other people's folders."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.domain.codes import check_credit_code
from ndb_desktop.domain.datacheck import data_faults, data_warnings
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.formats.applications import application_from_json, application_to_json
from ndb_desktop.services import demo_round
from ndb_desktop.services.demo import MARKER, is_sample, make_demo, read_sample
from ndb_desktop.services.demo_data import make_application
from ndb_desktop.services.demo_marks import marks
from ndb_desktop.services.demo_people import (
    FULL,
    SIZES,
    SMALL,
    make_applicants,
    make_batch,
    make_conflicts,
    make_reviewers,
)
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.demo_visit import make_visits
from ndb_desktop.services.disputes import list_disputes
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.inspect import open_inspection
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import standing
from ndb_desktop.services.rulepacks import builtin_packs
from ndb_desktop.services.site_effects import site_effects
from ndb_desktop.services.succession_link import link_of
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.verify import verify_file
from ndb_desktop.services.visits import list_visits
from tests.support.sample import coordinator, office_copy, small_sample


def packs() -> dict[Category, RulePack]:
    return {pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"}


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_small_round_ran_to_its_end(tmp_path: Path) -> None:
    sample = small_sample()
    assert (sample.applications, sample.experts, sample.bundles) == (2, 6, 6)
    assert sample.verdicts == {"accepted": 5, "refused": 1, "superseded": 1, "duplicate": 1}
    office = office_copy(tmp_path)
    status = office.status()
    assert (status.complete, status.missing, status.refusals) == (10, 2, 1)
    assert office.verify_log().ok
    assert office.rebuild().equal
    assert all(row.name.split("_")[-1].startswith("tampered") or "tampered" in row.name for row in office.refusals())
    office.close()


def test_what_lies_in_the_folder_is_what_the_readme_says() -> None:
    folder = small_sample().folder
    said = (folder / "README.txt").read_text(encoding="utf-8")
    for part in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        assert f"  {part} " in said, part
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert "TRIAL" in said
    assert "示例" in said
    assert sorted(path.suffix for path in (folder / "exports").iterdir()) == [".age", ".csv", ".json"]
    assert len(list((folder / "receipts").glob("*.ndbreceipt"))) == 5
    for report in (folder / "reports").glob("*.pdf"):
        assert report.read_bytes().startswith(b"%PDF-")


def test_every_file_that_travels_verifies_but_the_tampered_one() -> None:
    folder = small_sample().folder
    wrong = []
    paths = [p for p in folder.rglob("*") if p.suffix in (".ndbcard", ".ndbbundle", ".ndbscore", ".ndbreceipt")]
    assert len(paths) > 15
    for path in paths:
        try:
            report = verify_file(path, identity=coordinator() if path.suffix == ".ndbscore" else None)
            if not report.ok:
                wrong.append((path.name, report.faults[0].code))
        except NdbError as error:
            wrong.append((path.name, error.code))
    assert len(wrong) == 1
    assert "tampered" in wrong[0][0]
    assert wrong[0][1] == "E-SIGNATURE"


def test_official_eyes_see_that_it_is_a_sample() -> None:
    folder = small_sample().folder
    for name in ("bundles", "returned", "receipts", "exports", "keys"):
        assert all(path.name.startswith("TEST_") for path in (folder / name).iterdir() if path.name != "passphrase.txt")
    lines = (folder / "handover" / "applications.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["applicant"].startswith("示例") for line in lines)
    with (folder / "people" / "roster.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert all(row["name"].startswith("示例") for row in csv.DictReader(stream))
    public = json.loads(next((folder / "exports").glob("*.json")).read_text(encoding="utf-8"))
    assert public["trial"] is True


def test_the_same_content_each_time(tmp_path: Path) -> None:
    again = make_demo(tmp_path / "again", size="small")
    assert again.result_digest == small_sample().result_digest
    assert tree(again.folder / "handover") == tree(small_sample().folder / "handover")
    # Keys and secrets are never the same.
    assert again.open_secret.read_text() != small_sample().open_secret.read_text()


def test_the_bundle_to_open_is_whole_and_has_its_secret() -> None:
    sample = small_sample()
    places = read_sample(sample.folder)
    assert Path(places["open_bundle"]) == sample.open_bundle
    assert zipfile.ZipFile(sample.open_bundle).testzip() is None
    secret = sample.open_secret.read_text(encoding="utf-8").strip()
    assert verify_file(sample.open_bundle, secret=secret).ok


def test_two_visits_one_merged_and_one_to_open(tmp_path: Path) -> None:
    """What a large sample adds, made on the registry of the small one."""
    office, clock = office_copy(tmp_path), SampleClock("2026-05-06T01:00:00Z")
    made = make_visits(office, tmp_path, PASSPHRASE, clock, CancelToken())
    done, todo = list_visits(office)
    (site,) = office.registry.site_standings()
    assert site.visit == done.id
    (effects,) = site_effects(office)
    assert [one.effect for one in effects.data].count("replace") == 1
    assert effects.items, "the figure that was found changes a score"
    assert not office.rebuild().faults
    (dispute,) = [one for one in list_disputes(office) if one.application == todo.application]
    assert dispute.open
    assert "challenge" in todo.wanted_by_id[f"{dispute.datum}/{dispute.key}"].whys
    with open_inspection(
        made.open_visit, unlock(made.inspector_key, PASSPHRASE), profile=tmp_path / "profile"
    ) as session:
        assert session.visit == todo
        assert not session.declared
        session.declare()
        intake = session.add_photos([made.open_visit.parent / "DCIM"])
        assert intake.count("added") == len(intake.verdicts) == 4
        assert all(photo.taken_source == "camera" for photo in session.record.photos)
    for path in (tmp_path / "visits").glob("*.ndb*"):
        assert verify_file(path, identity=office.identity).ok, path.name
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    office.close()


def test_an_acceptance_round_follows_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bases of each category, of which some are selected; a single one would be below the standard."""
    monkeypatch.setitem(SIZES, "small", replace(SMALL, per_group=2))
    sample = make_demo(tmp_path / "sample", size="small", acceptance=True)
    assert sample.acceptance is not None
    key = unlock(sample.coordinator_key, PASSPHRASE)
    office = open_office(sample.acceptance, key, clock=SampleClock("2028-11-01T01:00:00Z"))
    assert office.stage == "acceptance"
    assert link_of(office) is not None
    taken = office.registry.application_digests()
    assert taken
    assert all(office.stage_work(name).values for name in taken)  # type: ignore[union-attr]
    # One bundle stays to be opened; of all others a sheet came back.
    assert 0 < office.status().missing <= len(taken)
    assert office.verify_log().ok
    assert office.rebuild().equal
    office.close()
    said = (sample.folder / "README.txt").read_text(encoding="utf-8")
    assert "  acceptance " in said
    (left,) = [path for path in (sample.folder / "acceptance" / "bundles").iterdir() if path.name in said]
    secret = (sample.folder / "acceptance" / "secret.txt").read_text(encoding="utf-8").strip()
    assert verify_file(left, secret=secret).ok
    original = open_office(sample.registry, key, clock=SampleClock("2026-06-01T01:00:00Z"))
    assert standing(original).state != "final"
    original.close()


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(NdbError) as caught:
            make_demo(tmp_path, size="small", force=force)
        assert caught.value.code == "E-DEMO-FOREIGN"
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    with pytest.raises(NdbError) as caught:
        read_sample(tmp_path)
    assert caught.value.code == "E-DEMO-MISSING"


def test_an_earlier_sample_is_replaced_only_on_request_and_survives_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / MARKER).write_text('{"format": "ndb-sample", "places": {}}')
    (folder / "old").write_text("old")
    with pytest.raises(NdbError) as caught:
        make_demo(folder, size="small")
    assert caught.value.code == "E-DEMO-EXISTS"

    def fail(_round: object) -> int:
        raise NdbError("E-STORE-FULL")

    monkeypatch.setattr(demo_round.Round, "_hand_over", fail)
    with pytest.raises(NdbError):
        make_demo(folder, size="small", force=True)
    assert (folder / "old").read_text() == "old"
    assert is_sample(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_cancelled_leaves_nothing(tmp_path: Path) -> None:
    token = CancelToken()

    def stop(done: int, _total: int, _what: str) -> None:
        if done >= 250:
            token.cancel()

    with pytest.raises(Cancelled):
        make_demo(tmp_path / "sample", size="small", progress=stop, cancel=token)
    assert list(tmp_path.iterdir()) == []


def test_progress_only_moves_forward(tmp_path: Path) -> None:
    shown: list[tuple[int, int]] = []
    token = CancelToken()

    def watch(done: int, total: int, _what: str) -> None:
        shown.append((done, total))
        if done > 300:
            token.cancel()

    with pytest.raises(Cancelled):
        make_demo(tmp_path / "sample", size="small", progress=watch, cancel=token)
    assert shown == sorted(shown)
    assert {total for _, total in shown} == {1000}


def test_the_full_cast() -> None:
    applicants = make_applicants(FULL)
    assert len(applicants) == 36
    assert {(a.category, a.field) for a in applicants} == {
        (category, field.id) for category in ("park", "enterprise") for field in make_batch(FULL).fields
    }
    assert len({a.credit_code for a in applicants}) == 36
    assert len({a.name for a in applicants}) == 36
    for applicant in applicants:
        assert check_credit_code(applicant.credit_code, applicant.category) == ()
    reviewers = make_reviewers(FULL, applicants)
    assert len(reviewers) == 30
    assert {r.expert.kind for r in reviewers} == {"field", "finance", "policy"}
    assert len({r.severity for r in reviewers}) > 20
    assert len({r.expert.name for r in reviewers}) == 30
    assert any(r.expert.former_employers for r in reviewers)
    assert make_conflicts(reviewers, applicants)
    assert make_applicants(FULL) == applicants
    assert len(make_applicants(SMALL)) == 2


def test_data_are_complete_plausible_and_spread() -> None:
    batch = make_batch(FULL)
    strength = []
    for applicant in make_applicants(FULL):
        pack, k = packs()[applicant.category], batch.field_def(applicant.field).k
        application = make_application(applicant, pack, k)
        assert application_from_json(application_to_json(application)) == application
        wanted = {item.code for indicator in pack.indicators for item in indicator.data}
        assert set(application.data) == wanted
        assert not [*data_faults(pack, application), *data_warnings(pack, application)], applicant.id
        assert sum(task.weight for task in application.tasks) == 100
        assert application.targets
        total = Fraction(0)
        for indicator in pack.indicators:
            if indicator.kind == "quantitative":
                computed = compute_basis(pack, indicator, application, exact(k))
                assert computed.status == "ok", (applicant.id, indicator.id, computed.status)
                total += Fraction(computed.score or 0) * exact(indicator.weights["basis"])
        strength.append(total / sum(exact(i.weights["basis"]) for i in pack.indicators if i.kind == "quantitative"))
    assert 45 < min(strength) < 62
    assert 85 < max(strength) < 96


def test_marks_can_be_signed_and_show_severity() -> None:
    applicants = make_applicants(FULL)
    strict, mild = sorted(make_reviewers(FULL, applicants), key=lambda reviewer: reviewer.severity)[::29]
    for applicant in applicants[:6]:
        pack = packs()[applicant.category]
        sums = {}
        for reviewer in (strict, mild):
            entries = list(marks(pack, applicant, reviewer))
            assert [entry.item for entry in entries] == [item.id for item in pack.items]
            for entry, item in zip(entries, pack.items, strict=True):
                if item.computed:
                    assert (entry.confirm, entry.value) == ("confirmed", None)
                    continue
                assert entry.level is not None
                assert entry.value is not None
                band = pack.band_of(entry.level)
                assert band.low <= entry.value <= band.high
                assert entry.value % pack.settings.step == 0
                if entry.level in pack.settings.reason_levels:
                    assert len(entry.reason) >= pack.settings.reason_min
            sums[reviewer.expert.id] = sum(entry.value or 0 for entry in entries)
            assert entries == list(marks(pack, applicant, reviewer))
        assert sums[strict.expert.id] < sums[mild.expert.id]
