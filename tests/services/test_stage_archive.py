"""The archive of a later stage: outcomes with the records that decisions name, the public list, the panel's summary."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.services.archive import archive
from ndb_desktop.services.disputes import decide as rule
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.stage_accepted import accepted_bytes
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.succession_archive import read_filed
from ndb_desktop.services.succession_link import frozen_bytes
from tests.support.stage_office import STARTED, TARGET, base_application, judged_office


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def test_outcomes_and_what_was_signed_are_filed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1", "P002": "0"})
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按验收结论")
    result = compute_stage(office)
    made = archive(office, tmp_path, documents=False)
    found = members(made.path)
    inside = [json.loads(data) for data in found.values() if b'"ndb-internal-stage"' in data]
    assert [row["verdict"] for row in inside[0]["bases"]] == ["passed", "not_passed"]
    assert inside[0]["digest"] == result.digest
    public = [json.loads(data) for data in found.values() if b'"ndb-public-results"' in data[:200]]
    assert [row["applicant"] for row in public[0]["lists"][0]["passed"]] == ["示例园区1"]
    assert made.kinds["panelview"] == 1
    assert made.kinds["sheetview"] == 5


def test_an_archive_is_refused_once_what_was_signed_has_changed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"})
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按验收结论")
    rule(office, ("P001", TARGET, ""), "replace", value=Decimal(1), reason="审计后核减")
    with pytest.raises(NdbError) as caught:
        archive(office, tmp_path, documents=False)
    assert caught.value.code == "E-STAGE-CHANGED"
    assert not list(tmp_path.glob("*.ndbarchive"))


def test_what_was_promised_declared_and_accepted_and_the_pack_of_the_stage_are_filed(tmp_path: Path) -> None:
    """Whoever follows with 成效评估 takes the last version of a base: its actual values as they counted."""
    office = judged_office(tmp_path, {"P001": "1"}, bases=[base_application(1)])
    rule(office, ("P001", TARGET, ""), "replace", value=Decimal(119), reason="以审计报告为准")
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按验收结论")
    made = archive(office, tmp_path, documents=False)
    found = members(made.path)
    assert office.stage_packs["park"].raw in found.values()
    assert frozen_bytes(office, "P001") in found.values()
    filed = read_filed(made.path)
    accepted = application_from_own(filed.accepted["P001"])
    assert {one.id: one.verified for one in accepted.actuals}[TARGET] == Decimal(119)
    assert filed.accepted["P001"] == accepted_bytes(office, "P001")
    assert filed.texts["P001"] == frozen_bytes(office, "P001")
