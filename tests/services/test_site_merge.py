"""Merging inspection records: taken with all signatures or not at all, in any order the same, and what follows."""

from __future__ import annotations

import atexit
import hashlib
import itertools
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.domain.siterecord import Answer, Check, Observation, Part, Photo, VetoFinding, Visit
from ndb_desktop.formats import sitefile
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services import site_merge
from ndb_desktop.services.disputes import Rulings, decide, list_disputes
from ndb_desktop.services.inspectors import held_by, import_inspectors, revoke_inspector
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.merge_receipts import write_site_receipts
from ndb_desktop.services.merge_undo import last_merge, undo_merge
from ndb_desktop.services.office import Office
from ndb_desktop.services.registry_copy import SITES, back_up
from ndb_desktop.services.registry_restore import restore
from ndb_desktop.services.results_compute import compute, record_veto
from ndb_desktop.services.site_effects import site_effects
from ndb_desktop.services.site_findings import veto_candidates
from ndb_desktop.services.site_merge import merge_sites, site_path
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import uncovered, visit_of
from ndb_desktop.storage.holding import Hold
from ndb_desktop.storage.registry_rows import Veto
from ndb_desktop.storage.registry_visits import VisitBundle
from tests.support.office import Clock, make_score_file, put_application, reopen, scored_sheet, use_tiny
from tests.support.travel import AT, person, refusal
from tests.support.visits import (
    TEAM,
    frozen,
    opened_copy,
    planned,
    verified,
    visited_office,
    wide_application,
    with_inspectors,
)


class Case:
    """A registry with one issued visit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.office = opened_copy(template(), folder / "registry")
        self.visit, _ = visit_of(self.office, "S-001")
        (self.bundle,) = self.office.registry.visit_bundles()

    def file(self, name: str, *parts: Part, **options: object) -> Path:
        target = self.folder / "in" / f"{name}.ndbsite"
        return frozen(self.office, self.visit, self.bundle, target, *parts, **options).path  # type: ignore[arg-type]

    def merge(self, *paths: Path, **options: object) -> list[tuple[str, str]]:
        report = merge_sites(self.office, paths, **{"results": False, **options})  # type: ignore[arg-type]
        return [(one.verdict, one.fault.code if one.fault else "") for one in report.verdicts]

    def close(self) -> None:
        self.office.close()


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    made.office.close()


@cache
def template() -> Path:
    """The registry every case is a copy of; removed with the process."""
    home = tempfile.TemporaryDirectory()
    atexit.register(home.cleanup)
    office = visited_office(Path(home.name) / "registry")
    with_inspectors(office, Path(home.name) / "cards")
    issue_visit(office, planned(office).id, Path(home.name) / "out")
    office.close()
    return office.folder


def photo(number: int = 1) -> tuple[Photo, bytes]:
    data = b"\xff\xd8" + bytes([number]) * 5000
    return Photo(
        f"P{number:03d}", hashlib.sha256(data).hexdigest(), len(data), "image/jpeg", f"{number}.jpg", 8, 6
    ), data


def computed(office: Office) -> Fraction:
    return Rulings(office).computed(office.application("A-001"))["T1.1.basis"]


def state(office: Office) -> tuple[object, ...]:
    return office.registry.site_digests(), office.registry.site_stored(), office.registry.refusals()


def unchanged(office: Office, call: Callable[[], object]) -> object:
    before = state(office)
    found = call()
    assert state(office)[:2] == before[:2]
    assert not list((office.folder / SITES).glob("*.part"))
    return found


def test_a_signed_record_is_kept_whole_and_its_figure_counts_for_everybody(case: Case) -> None:
    office, path = case.office, case.file("a", verified("1.5"), photos=[photo(1), photo(2)])
    merge_files(office, [make_score_file(office, case.folder / "E01.ndbscore", "E01", [scored_sheet("A-001")])])
    before = compute(office)
    assert computed(office) == Fraction(79)
    assert case.merge(path, dry_run=True) == [("accepted", "")]
    assert office.registry.site_files() == ()
    assert case.merge(path) == [("accepted", "")]
    assert computed(office) == Fraction(50)
    after = compute(office)
    assert after.digest != before.digest
    assert after.applications["A-001"].data["rd"].verified == {"2025": Decimal("1.5")}
    assert before.results["A-002"] == after.results["A-002"]
    (row,) = office.registry.site_files()
    kept = site_path(office, row.payload_sha256)
    assert kept.read_bytes() == path.read_bytes()
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == row.file_sha256
    with sitefile.SiteReader(kept, person("组织方")) as reader:
        assert reader.opened.envelope == row.envelope
    assert row.signers == TEAM
    (found,) = site_effects(office)
    assert found.items["T1.1.basis"] == (Fraction(79), Fraction(50))
    assert [(one.datum, one.key, one.declared, one.verified, one.counts) for one in found.data] == [
        ("rd", "2025", Decimal("2.37"), Decimal("1.5"), True)
    ]
    actions = [one.action for one in office.log_rows(newest=2)]
    assert actions == ["visit.file", "visit.merge"]


def test_the_same_file_twice_is_nothing_new(case: Case) -> None:
    path = case.file("a", verified("1.5"))
    assert case.merge(path, path) == [("accepted", ""), ("duplicate", "")]
    assert unchanged(case.office, lambda: case.merge(path)) == [("duplicate", "")]
    assert case.merge(path, dry_run=True) == [("duplicate", "")]


def test_a_higher_revision_takes_the_place_of_the_earlier_in_any_order(tmp_path: Path) -> None:
    case = Case(tmp_path)
    first = case.file("a", verified("1.5"))
    digest = hashlib.sha256(b"").hexdigest()
    second = case.file("b", verified("1.8"), revision=2, supersedes=digest)
    third = case.file("c", verified("2.1"), revision=3, supersedes=digest)
    again = case.file("d", verified("0.3"), revision=2, supersedes=digest)
    digests = set()
    for number, order in enumerate(itertools.permutations([first, second, third, again])):
        for step in [order] if number % 6 else [[path] for path in order]:
            assert {verdict for verdict, _ in case.merge(*step)} <= {"accepted", "superseded", "conflict"}
        digests.add((repr(case.office.registry.site_digests()), compute(case.office).digest))
        assert computed(case.office) == Fraction(70)
        case.office.registry.remove_sites([row.payload_sha256 for row in case.office.registry.site_files()])
    assert len(digests) == 1
    case.office.close()


def test_two_records_of_one_number_contradict_and_neither_counts_until_a_higher_one(case: Case) -> None:
    decide(case.office, ("A-001", "rd", "2025"), "site", reason="到现场核实")
    first, other = case.file("a", verified("1.5")), case.file("b", verified("1.8"))
    assert case.merge(first) == [("accepted", "")]
    assert not Rulings(case.office).waiting(case.office.application("A-001"))
    assert case.merge(other) == [("conflict", "E-SITE-REVISION")]
    assert computed(case.office) == Fraction(79)
    assert Rulings(case.office).waiting(case.office.application("A-001"))
    assert [one.conflicts for one in site_effects(case.office)] == [("S-001",)]
    third = case.file("c", verified("1.8"), revision=2, supersedes="0" * 64)
    assert case.merge(third) == [("accepted", "")]
    assert computed(case.office) == Fraction(60)


# ----- signatures -----


def resealed(case: Case, path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The file with its envelope changed and sealed anew, as somebody in between could."""
    target = path.with_name("evil.ndbsite")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == sitefile.RECORD_MEMBER:
                opened = sealing.unseal(data, person("组织方"), max_size=10**7)
                data = sealing.seal(change(opened), [case.office.coordinator, case.office.recovery])
            new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), data)
    return target


def with_signatures(data: bytes, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> bytes:
    found = json.loads(data)
    found["signatures"] = change(found["signatures"])
    return json.dumps(found).encode()


def test_missing_stripped_added_and_swapped_signatures_are_refused(case: Case) -> None:
    one = case.file("one", verified("1.5"), signers=("J01",))
    assert case.merge(one) == [("refused", "E-SITE-UNSIGNED")]
    path = case.file("a", verified("1.5"))
    stripped = resealed(case, path, lambda data: with_signatures(data, lambda rows: rows[:1]))
    assert case.merge(stripped) == [("refused", "E-SITE-UNSIGNED")]
    stranger = resealed(
        case, path, lambda data: envelope.co_sign(data, sitefile.PAYLOAD_TYPE, person("别人"), max_size=10**7)
    )
    assert case.merge(stranger) == [("refused", "E-SIGNER")]

    def swap(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**rows[0], "sig": rows[1]["sig"]}, {**rows[1], "sig": rows[0]["sig"]}]

    swapped = resealed(case, path, lambda data: with_signatures(data, swap))
    assert case.merge(swapped) == [("refused", "E-SIGNATURE")]
    assert case.office.registry.site_files() == ()
    assert {row.code for row in case.office.refusals()} == {"E-SITE-UNSIGNED", "E-SIGNER", "E-SIGNATURE"}
    assert not any(entry.suffix == ".ndbsite" for entry in (case.office.folder / SITES).iterdir())


def test_a_record_made_for_a_fellow_member_is_not_taken_whoever_signed_it(case: Case) -> None:
    assert case.merge(case.file("half", verified("1.5"), partial=True)) == [("refused", "E-SITE-PARTIAL")]
    assert case.office.registry.site_files() == ()


def test_a_photo_that_is_not_what_was_signed_is_refused(case: Case) -> None:
    path = case.file("a", verified("1.5"), photos=[photo(1)])
    target = path.with_name("evil.ndbsite")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.startswith("photos/"):
                data = sealing.seal(b"another picture", [case.office.coordinator])
            new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), data)
    assert case.merge(target) == [("refused", "E-SITE-PHOTO")]


def test_a_key_revoked_since_counts_no_more(case: Case) -> None:
    path = case.file("a", verified("1.5"))
    revoke_inspector(case.office, "J02", "遗失")
    assert case.merge(path) == [("refused", "E-VISIT-KEY-REVOKED")]


def test_the_key_that_was_replaced_by_a_new_card_counts_no_more_either(case: Case) -> None:
    path = case.file("a", verified("1.5"))
    revoke_inspector(case.office, "J02", "遗失")
    cards = case.folder / "cards"
    cards.mkdir()
    card = build_card(person("J02 新钥"), name="检查员J02", employer="示例检验院", trial=True, created_at=AT)
    (cards / "J02_new.ndbcard").write_bytes(card)
    assert import_inspectors(case.office, cards).ok
    assert {row.id: row.status for row in case.office.registry.inspectors()} == {"J01": "active", "J02": "unconfirmed"}
    assert case.merge(path) == [("refused", "E-VISIT-KEY-REVOKED")]


def test_a_merged_record_is_held_when_a_key_that_signed_it_is_revoked(case: Case) -> None:
    office, application = case.office, case.office.application("A-001")
    before = compute(office).digest
    veto = VetoFinding("X1", "V6", "台账不符", "复印件", "无")
    case.merge(case.file("a", verified("1.5"), Check("rd/2023", None, "unverifiable"), veto))
    assert (computed(office), Rulings(office).waiting(application)) == (Fraction(50), True), "a lead waits"
    record_veto(office, Veto("A-001", "V6", "cleared", "核对原件", "不成立", ""))
    assert not Rulings(office).waiting(application)
    assert compute(office).digest != before
    revoke_inspector(office, "J02", "示例：私钥外泄")
    (standing,) = office.registry.site_standings()
    assert (standing.state, held_by(office, "J02"), held_by(office, "J01")) == ("held", ("S-001",), ("S-001",))
    assert office.registry.current_sites() == ()
    assert computed(office) == Fraction(79), "the declared figure, as before"
    assert Rulings(office).waiting(application), "and it cannot be selected until somebody decides"
    (dispute,) = list_disputes(office)
    assert (dispute.place, dispute.open) == (("A-001", "rd", "2025"), True)
    assert dispute.ruling is not None
    assert (dispute.ruling.action, dispute.ruling.visit) == ("site", "S-001")
    (effects,) = site_effects(office)
    assert effects.held == ("S-001",)
    assert [(one.datum, one.key, one.counts) for one in effects.data] == [("rd", "2023", False), ("rd", "2025", False)]
    assert not effects.items
    assert [one.open for one in veto_candidates(office)] == [False], "what was decided of its leads stays decided"
    assert office.rebuild().equal
    (entry,) = [row for row in office.log_rows() if row.action == "key.revoked"]
    assert entry.details["held"] == ["S-001"]
    decide(office, ("A-001", "rd", "2025"), "replace", value=Decimal("1.5"), reason="另由监督人员核对原件")
    assert not Rulings(office).waiting(application)
    assert computed(office) == Fraction(50)


def test_leads_of_a_held_record_still_wait_for_a_decision(case: Case) -> None:
    case.merge(case.file("a", verified("9.9", effect="refer"), VetoFinding("X1", "V1", "事故", "报告", "")))
    revoke_inspector(case.office, "J01", "遗失")
    assert {one.ground for one in veto_candidates(case.office) if one.open} == {"V1", "V6"}
    assert Rulings(case.office).waiting(case.office.application("A-001"))


def test_another_visit_settles_what_a_held_record_left_open(case: Case) -> None:
    office = case.office
    case.merge(case.file("a", verified("1.5")))
    with_inspectors(office, case.folder / "more", ("J03",))
    revoke_inspector(office, "J02", "遗失")
    assert uncovered(office) == (("A-001", "rd", "2025"),)
    second = planned(office, team=("J01", "J03"), listed={})
    assert [(one.id, one.whys) for one in second.wanted] == [("rd/2025", ("challenge",))], "it asks for it by itself"
    assert uncovered(office) == ()
    bundle = issue_visit(office, second.id, case.folder / "out")
    target = case.folder / "in/late.ndbsite"
    late = frozen(office, second, bundle, target, verified("1.8"), signers=("J01", "J03"))
    assert case.merge(late.path) == [("accepted", "")]
    assert computed(office) == Fraction(60)
    assert not Rulings(office).waiting(office.application("A-001"))
    revoke_inspector(office, "J01", "遗失")
    assert {one.state for one in office.registry.site_standings()} == {"held"}
    assert uncovered(office) == (("A-001", "rd", "2025"),)


def test_a_rebuild_knows_of_the_revoked_key(case: Case) -> None:
    case.merge(case.file("a", verified("1.5")))
    revoke_inspector(case.office, "J02", "遗失")
    with case.office.registry.transaction():
        case.office.registry._write("UPDATE site_standing SET state = 'current'")
    assert case.office.rebuild().differences == ("site_standing",)
    assert [one.state for one in case.office.registry.site_standings()] == ["held"]


# ----- of this visit and no other -----


def other_visit(case: Case, **changes: object) -> Visit:
    return replace(case.visit, **changes)  # type: ignore[arg-type]


def test_a_record_of_something_else_is_refused_by_name(case: Case) -> None:
    def made(visit: Visit, bundle: VisitBundle = case.bundle, *parts: Part) -> list[tuple[str, str]]:
        path = frozen(case.office, visit, bundle, case.folder / "in/x.ndbsite", *parts).path
        return case.merge(path)

    assert made(other_visit(case, trial=False)) == [("refused", "E-TRIAL-REGISTRY")]
    assert made(other_visit(case, batch="T-2027")) == [("refused", "E-BATCH")]
    assert made(other_visit(case, id="S-404")) == [("refused", "E-VISIT-UNKNOWN")]
    assert made(other_visit(case, wanted=case.visit.wanted[:1])) == [("refused", "E-VISIT-OTHER")]
    assert made(case.visit, replace(case.bundle, digest="0" * 64)) == [("refused", "E-VISIT-BUNDLE")]
    assert made(case.visit, case.bundle, Check("rd/1999", None, "unverifiable")) == [("refused", "E-SITE-CHECK")]
    nothing = Check("rd/2025", None, "deviation", "replace")
    assert made(case.visit, case.bundle, nothing) == [("refused", "E-SITE-EFFECT")]
    path = case.file("late", verified("1.5"))
    issue_visit(case.office, "S-001", case.folder / "out")
    assert case.merge(path) == [("refused", "E-VISIT-REVOKED")]
    score = make_score_file(case.office, case.folder / "E01.ndbscore", "E01", [scored_sheet("A-001")])
    assert case.merge(score) == [("refused", "E-FILE-IS-SCORE")]
    assert case.merge(case.folder / "gone.ndbsite") == [("refused", "E-STORE-MISSING")]


def test_a_trial_record_stays_out_of_an_official_registry(case: Case) -> None:
    path = case.file("a", verified("1.5"))
    case.office.__dict__["batch"] = replace(case.office.batch, trial=False)
    assert case.merge(path, dry_run=True) == [("refused", "E-TRIAL")]


# ----- effects -----


def test_keep_settles_a_site_ruling_with_the_declared_figure(case: Case) -> None:
    decide(case.office, ("A-001", "rd", "2025"), "site", reason="到现场核实")
    application = case.office.application("A-001")
    assert Rulings(case.office).waiting(application)
    assert case.merge(case.file("a", verified("2.4", effect="keep"))) == [("accepted", "")]
    assert not Rulings(case.office).waiting(application)
    assert computed(case.office) == Fraction(79)
    (dispute,) = list_disputes(case.office)
    assert dispute.ruling is not None
    assert (dispute.ruling.action, dispute.ruling.visit, dispute.open) == ("keep", "S-001", False)


def test_a_decision_made_since_goes_before_the_record_and_one_from_before_does_not(case: Case) -> None:
    place = ("A-001", "rd", "2025")
    decide(case.office, place, "replace", value=Decimal("2.0"), reason="专家质疑成立")
    case.merge(case.file("a", verified("1.5")))
    assert computed(case.office) == Fraction(50)
    decide(case.office, place, "replace", value=Decimal("1.8"), reason="复核后更正")
    assert computed(case.office) == Fraction(60)
    assert [one.counts for found in site_effects(case.office) for one in found.data] == [False]


def test_material_corrected_since_makes_what_was_verified_void(case: Case) -> None:
    case.merge(case.file("a", verified("1.5")))
    rd = replace(wide_application(1).data["rd"], values={"2023": Decimal("1.9"), "2025": Decimal("2.7")})
    put_application(case.office, wide_application(1, data={"rd": rd}))
    assert computed(case.office) == Fraction(90)


def test_of_two_visits_the_later_decides_whatever_came_first(case: Case) -> None:
    second = planned(case.office)
    bundle = issue_visit(case.office, second.id, case.folder / "out")
    late = frozen(case.office, second, bundle, case.folder / "in/late.ndbsite", verified("1.8")).path
    early = case.file("early", verified("1.5"))
    assert case.merge(late) == [("accepted", "")]
    assert case.merge(early) == [("accepted", "")]
    assert computed(case.office) == Fraction(60)


def test_suspicions_wait_for_the_coordinators_own_decision(case: Case) -> None:
    parts = (
        verified("0.2", effect="refer"),
        VetoFinding("F1", "V1", "厂区发生过事故", "事故报告", "已整改"),
        Answer("S01", "severe", "主体不符"),
        Observation("O1", "其他"),
    )
    case.merge(case.file("a", *parts))
    office = case.office
    found = veto_candidates(office)
    assert [(one.ground, one.source, one.id, one.open) for one in found] == [
        ("V1", "veto", "F1", True), ("V6", "check", "rd/2025", True), ("V8", "answer", "S01", True),
    ]  # fmt: skip
    assert found[0].reply == "已整改"
    assert computed(office) == Fraction(79)
    assert office.registry.vetoes() == ()
    assert compute(office).selection.states["A-001"] != "selected"
    assert Rulings(office).waiting(office.application("A-001"))
    for ground, status in (("V1", "cleared"), ("V6", "cleared"), ("V8", "present")):
        record_veto(office, Veto("A-001", ground, status, "核查材料", "2026-11-22", ""))  # type: ignore[arg-type]
    assert not any(one.open for one in veto_candidates(office))
    assert not Rulings(office).waiting(office.application("A-001"))


# ----- keeping -----


def test_rebuild_makes_what_follows_anew_and_puts_it_right(case: Case) -> None:
    case.merge(case.file("a", verified("1.5"), VetoFinding("F1", "V1", "x", "y")))
    office = case.office
    assert office.rebuild().equal
    kept = office.registry.site_digests()
    db = office.registry._db.conn  # type: ignore[attr-defined]
    db.execute("UPDATE site_check SET verified = '9'")
    db.execute("DELETE FROM site_standing")
    assert set(office.rebuild().differences) == {"site_check", "site_standing"}
    assert office.registry.site_digests() == kept
    db.execute("UPDATE site_file SET envelope = CAST(replace(envelope, 'sig', 'gis') AS BLOB)")
    broken = office.rebuild()
    assert not broken.equal
    assert broken.faults
    assert office.registry.site_digests() == kept


def test_a_stored_record_that_is_another_is_no_truth(case: Case) -> None:
    case.merge(case.file("a", verified("1.5")))
    case.office.registry._db.conn.execute("UPDATE site_file SET revision = 7")  # type: ignore[attr-defined]
    assert [fault.code for fault in case.office.rebuild().faults] == ["E-REGISTRY-FILE"]


def test_a_merge_of_records_is_taken_back_whole(case: Case) -> None:
    office = case.office
    before = state(office), compute(office).digest
    path, bad = case.file("a", verified("1.5")), case.file("one", verified("1.5"), signers=("J01",))
    case.merge(path, bad)
    (row,) = office.registry.site_files()
    last = last_merge(office)
    assert last is not None
    assert (last.sites, last.refusals, last.blocked) == (1, 1, None)
    undone = undo_merge(office, "误交")
    assert undone.sites == 1
    assert (state(office), compute(office).digest) == before
    assert not site_path(office, row.payload_sha256).exists()
    assert case.merge(path) == [("accepted", "")]
    write_site_receipts(office, merge_sites(office, [path]), case.folder / "receipts")
    assert refusal(lambda: undo_merge(office, "误交")) == "E-UNDO-RECEIPT"


def test_the_team_gets_a_signed_receipt(case: Case) -> None:
    office, path = case.office, case.file("a", verified("1.5"))
    bad = case.file("one", verified("1.7"), signers=("J01",))
    dry = merge_sites(office, [path], dry_run=True)
    assert refusal(lambda: write_site_receipts(office, dry, case.folder / "r")) == "E-MERGE-DRY"
    (receipt,) = write_site_receipts(office, merge_sites(office, [path, bad]), case.folder / "r")
    opened = open_receipt(receipt.read_bytes(), expected_issuer=office.coordinator.keyid)
    assert opened.payload.expert == "S-001"
    assert [(one.verdict, one.code) for one in opened.payload.files] == [
        ("accepted", ""), ("refused", "E-SITE-UNSIGNED"),
    ]  # fmt: skip


def test_cancelled_changed_busy_or_failing_leaves_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    office, path = case.office, case.file("a", verified("1.5"), photos=[photo(1)])
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        case.merge(path, cancel=token)
    with monkeypatch.context() as patch:
        patch.setattr(site_merge, "digest_of", lambda _path: "0" * 64)
        assert unchanged(office, lambda: case.merge(path)) == [("refused", "E-SITE-CHANGED")]
    with monkeypatch.context() as patch:

        def fails(*_: object) -> None:
            raise RuntimeError

        patch.setattr(site_merge, "_finish", fails)
        with pytest.raises(RuntimeError):
            case.merge(path)
    assert office.registry.site_files() == ()
    assert sorted(p.name for p in (office.folder / SITES).iterdir()) == [".hold"]
    hold = Hold.take(office.folder / SITES)
    assert hold is not None
    assert refusal(lambda: case.merge(path)) == "E-SITE-BUSY"
    hold.release()
    assert case.merge(path) == [("accepted", "")]


def test_what_a_killed_merge_copied_goes_with_the_next_one(case: Case) -> None:
    folder = case.office.folder / SITES
    folder.mkdir()
    (folder / f"{'a' * 64}.ndbsite").write_bytes(b"half")
    (folder / ".ndb-0123456789abcdef.part").write_bytes(b"half")
    (folder / "mine.txt").write_bytes(b"a note")
    path = case.file("a", verified("1.5"))
    assert case.merge(path) == [("accepted", "")]
    (row,) = case.office.registry.site_files()
    assert {p.name for p in folder.iterdir()} == {".hold", "mine.txt", f"{row.payload_sha256}.ndbsite"}
    assert "visit.leftovers" in [one.action for one in case.office.log_rows()]


def test_a_folder_of_records_is_merged_and_a_reopened_registry_says_the_same(case: Case) -> None:
    case.file("a", verified("1.5"), signers=TEAM)
    report = merge_sites(case.office, [case.folder / "in"])
    assert sorted(one.verdict for one in report.verdicts) == ["accepted", "refused"]
    digest = compute(case.office).digest
    assert report.result_digest == digest
    case.office = reopen(case.office)
    assert compute(case.office).digest == digest


def test_a_safety_copy_holds_the_sealed_records_too(case: Case) -> None:
    path = case.file("a", verified("1.5"), photos=[photo(1)])
    case.merge(path)
    office = case.office
    copy = back_up(office, case.folder / "copies")
    again = back_up(office, case.folder / "copies")
    (row,) = office.registry.site_files()
    name = f"{SITES}/{row.payload_sha256}.ndbsite"
    assert (copy.path / name).read_bytes() == (again.path / name).read_bytes() == path.read_bytes()
    assert copy.damaged == ()
    restored = use_tiny(restore(copy.path, case.folder / "restored", person("组织方"), clock=Clock()))
    assert site_path(restored, row.payload_sha256).read_bytes() == path.read_bytes()
    assert restored.registry.site_digests() == office.registry.site_digests()
    restored.close()
    site_path(office, row.payload_sha256).write_bytes(b"altered")
    assert back_up(office, case.folder / "others").damaged == (f"{row.payload_sha256}.ndbsite",)


def test_among_score_files_a_record_is_named_in_words(case: Case) -> None:
    path = case.file("a", verified("1.5"), photos=[photo(1)])
    (verdict,) = merge_files(case.office, [path], results=False).verdicts
    assert verdict.fault is not None
    assert verdict.fault.code == "E-MERGE-SITE"
    assert refusal(lambda: open_score(path.read_bytes(), person("组织方"))) != ""
