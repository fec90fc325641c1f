"""The office: what was put in is there again, decisions are on record, copies open with the same keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment, Conflict
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.rulepacks import builtin_packs
from tests.support.office import Clock, make_office, reopen, small_batch
from tests.support.travel import person, refusal, tiny_pack


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def test_what_was_put_in_comes_back_after_reopening(office: Office) -> None:
    again = reopen(office)
    assert again.batch == small_batch()
    assert again.name == "示例评审办"
    assert again.recovery == person("恢复").public
    assert [a.id for a in again.applications()] == ["A-001", "A-002"]
    assert again.application("A-001").applicant == "示例园区1"
    assert [e.id for e in again.experts()] == ["E01", "E02", "E03", "E04", "E05"]
    assert len(again.assignments()) == 10
    assert again.issued()[0].applications == ("A-001", "A-002")
    status = again.status()
    assert (status.applications, status.experts, status.assignments, status.issued) == (2, 5, 10, 5)
    assert (status.complete, status.missing, status.trial) == (0, 10, True)
    again.close()


def test_assignments_are_checked_and_replaced_as_a_whole(office: Office) -> None:
    assert office.add_conflicts([Conflict("E01", "A-001", "C1", "recuse", "roster")]) == 1
    assert office.add_conflicts([Conflict("E01", "A-001", "C1", "recuse", "roster")]) == 0
    assert refusal(lambda: office.replace_assignments([Assignment("E01", "A-001")])) == "E-OFFICE-CONFLICT"
    assert refusal(lambda: office.replace_assignments([Assignment("E99", "A-001")])) == "E-OFFICE-EXPERT"
    assert refusal(lambda: office.replace_assignments([Assignment("E01", "A-9")])) == "E-OFFICE-APPLICATION"
    assert len(office.assignments()) == 10
    office.replace_assignments([Assignment("E02", "A-001"), Assignment("E02", "A-001")], {"seed": 7})
    assert office.assignments() == (Assignment("E02", "A-001"),)
    assert office.log_rows(newest=1)[0].details == {"pairs": 2, "seed": 7}


def test_a_new_bundle_revokes_the_one_it_replaces_and_the_log_keeps_no_secret(office: Office) -> None:
    old = office.issued()[0]
    new = replace(old, bundle_id="f" * 32, replaces=old.bundle_id, issued_at="2026-11-23T00:00:00Z")
    office.record_issue(new)
    states = {bundle.bundle_id: bundle.revoked_at for bundle in office.issued()}
    assert states[old.bundle_id] == "2026-11-23T00:00:00Z"
    assert states[new.bundle_id] == ""
    assert not [row for row in office.log_rows() if "0123-4567" in str(row.details)]
    assert refusal(lambda: office.revoke_bundle("0" * 32, "x")) == "E-OFFICE-BUNDLE"
    office.revoke_bundle(new.bundle_id, "遗失")
    assert office.status().issued == 4


def test_progress_tells_who_has_what(office: Office) -> None:
    rows = office.expert_progress()
    assert [row.expert.id for row in rows] == ["E01", "E02", "E03", "E04", "E05"]
    assert (rows[0].assigned, rows[0].received, rows[0].key_status) == (2, 0, "none")
    assert rows[0].issued_at


def test_a_second_writer_is_told_who_waits(office: Office) -> None:
    other = open_office(office.folder, person("组织方"), clock=Clock())
    with office.registry.transaction(), pytest.raises(NdbError, match="E-STORE-LOCKED"):
        other.log("x", "y")
    other.log("x", "y")
    other.close()
    assert office.verify_log().ok


def test_unknown_things_are_named(office: Office) -> None:
    assert refusal(lambda: office.application("A-9")) == "E-OFFICE-APPLICATION"
    assert refusal(lambda: office.attachments("A-9")) == "E-OFFICE-APPLICATION"
    assert refusal(lambda: office.expert("E99")) == "E-OFFICE-EXPERT"
    assert office.expert("E02").name == "专家02"
    assert office.key_of("E02") is None


def test_the_shipped_packs_are_kept_whole_and_load_again(tmp_path: Path) -> None:
    packs = {pack.category: pack for pack in builtin_packs().values()}
    office = make_office(tmp_path / "o", applications=0, assigned=False, packs=packs)
    office.close()
    again = open_office(tmp_path / "o", person("组织方"), clock=Clock())
    assert {category: pack.digest for category, pack in again.packs.items()} == {
        category: pack.digest for category, pack in packs.items()
    }
    assert again.packs["park"].raw == packs["park"].raw
    again.close()


def test_computed_scores_are_kept_for_exactly_this_content(office: Office) -> None:
    application = office.application("A-001")
    expected = computed_values(tiny_pack(), application, Fraction(1))
    assert office.registry.computed("A-001", tiny_pack().digest) is not None
    assert office.computed(application) == expected
    changed = replace(application, data={})
    data = application_to_json(changed)
    row = office.registry.application("A-001")
    assert row is not None
    ref = office.registry.attachment("A-001")
    assert ref is not None
    office.registry.put_application(replace(row, json=data, sha256=hashlib.sha256(data).hexdigest()), ref)
    assert office.registry.computed("A-001", tiny_pack().digest) is None
    assert office.computed(office.application("A-001")) == computed_values(tiny_pack(), changed, Fraction(1))
