"""A visit from end to end: issued, recorded by one inspector, co-signed by another on a second profile, merged."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.siterecord import Check
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.disputes import Rulings, decide, list_disputes
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.inspect import open_inspection
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.site_effects import site_effects
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.visit_issue import issue_visit
from tests.support.office import Clock
from tests.support.sample import small_sample
from tests.support.site import Device, complete
from tests.support.travel import person
from tests.support.visits import TEAM, planned, with_inspectors


def codes(office: Office, path: Path) -> list[str]:
    return [row.fault.code for row in merge_sites(office, [path], results=False).verdicts if row.fault is not None]


def test_a_challenge_is_settled_by_two_inspectors_on_two_machines(tmp_path: Path) -> None:
    shutil.copytree(small_sample().registry, tmp_path / "registry")
    coordinator = unlock(small_sample().coordinator_key, PASSPHRASE)
    office = open_office(tmp_path / "registry", coordinator, clock=Clock())
    with_inspectors(office, tmp_path / "cards")
    (dispute,) = list_disputes(office)
    decide(office, dispute.place, "site", reason="专家质疑，须到现场核实")
    visit = planned(office, dispute.application, listed={})
    assert [(one.datum, one.key, one.whys) for one in visit.wanted] == [(dispute.datum, dispute.key, ("challenge",))]
    bundle = Path(issue_visit(office, visit.id, tmp_path / "out").path)
    one, two = map(person, TEAM)
    device = Device()
    clocks = {"clock": device.clock, "monotonic": device.monotonic}
    travel, back = tmp_path / "travel", tmp_path / "back"
    for folder in (travel, back):
        folder.mkdir()
    with (
        RenderWorker() as worker,
        open_inspection(bundle, one, profile=tmp_path / "p1", **clocks) as first,
        open_inspection(bundle, two, profile=tmp_path / "p2", **clocks) as second,
    ):
        assert first.visit == visit
        complete(first, tmp_path, worker)
        found = Check(visit.wanted[0].id, Decimal("0.01"), "major", "replace", ("original",), "J-1", "见台账")
        first.put(found)
        second.declare()
        half = second.freeze(two, travel, partial=True)
        assert codes(office, half.path) == ["E-SITE-PARTIAL"]
        first.join(one, half.path)
        whole = first.freeze(one, travel)
        assert codes(office, whole.path) == ["E-SITE-UNSIGNED"]
        whole = second.cosign(two, whole.path, back)
    application = office.application(dispute.application)
    assert Rulings(office).waiting(application)
    before = compute(office).digest
    report = merge_sites(office, [whole.path])
    assert [row.verdict for row in report.verdicts] == ["accepted"]
    assert report.result_digest != before
    counts = Rulings(office)
    assert not counts.waiting(application)
    assert counts.settled(application).data[dispute.datum].verified[dispute.key] == Decimal("0.01")
    (effects,) = site_effects(office)
    assert effects.items
    assert office.rebuild().equal
    office.close()
