"""Supplements, replacements and recalls at the coordinator's desk: who gets one, what their score files are worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.issue import issue_bundles, issue_supplements
from ndb_desktop.services.issue_chain import ancestors, in_force, outdated, secret_of, stale_sheets
from ndb_desktop.services.issue_recall import recall_bundle, withdraw_applications
from ndb_desktop.services.merge import FileVerdict, merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.review import inspect_bundle, open_review, take_recall, worksheet_path
from ndb_desktop.storage.registry_schema import MIGRATIONS
from tests.support.supplement import COMPUTED, EXPERT, FIRM, PARK, Case, deal_with, make_case, signer, staged
from tests.support.travel import refusal


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = staged(tmp_path, signed=True)
    yield made
    made.office.close()


def merged(office: Office, path: Path) -> FileVerdict:
    (verdict,) = merge_files(office, [path], results=False).verdicts
    return verdict


def codes(verdict: FileVerdict) -> list[tuple[str, str]]:
    return [(fault.code, fault.place) for fault in verdict.faults]


def revised(case: Case) -> Path:
    """What E-06 exports from the supplement."""
    with case.open(case.newer) as session:
        session.tick_all_news()
        deal_with(session)
        return session.export(signer(), case.folder).path


# ----- correcting -----


def test_a_correction_says_what_changed_and_keeps_what_experts_hold(tmp_path: Path) -> None:
    case = make_case(tmp_path)
    office = case.office
    before = office.registry.application(PARK)
    assert before is not None
    refused = case.correct(update=False)
    assert [fault.code for fault in refused.faults] == ["E-IMPORT-ISSUED"]
    assert office.registry.application(PARK) == before
    dry = import_applications(office, case.handover, update=True, dry_run=True)
    assert (dry.replaced, dry.issued) == ((PARK,), (PARK,))
    assert office.registry.application(PARK) == before
    report = import_applications(office, case.handover, update=True)
    assert (report.replaced, report.unchanged, report.issued) == ((PARK,), (FIRM,), (PARK,))
    assert [change.kind for change in report.changes[PARK]] == ["document_changed", "document_new", "datum"]
    assert office.registry.application_text(PARK, before.sha256) == before.json
    assert office.registry.application_text(FIRM, before.sha256) is None
    log = next(row for row in office.log_rows() if row.action == "application.updated")
    assert (log.subject, log.details["before"]) == (PARK, before.sha256)
    assert "datum leading_revenue 2025" in log.details["changes"]  # type: ignore[operator]
    # The figures themselves are not for a log.
    assert "573.82" not in json.dumps(dict(log.details))
    assert import_applications(office, case.handover, update=True).unchanged == (PARK, FIRM)
    office.close()


def test_category_and_field_are_fixed_once_experts_hold_an_application(tmp_path: Path) -> None:
    case = make_case(tmp_path)
    batch = case.office.batch
    case.office.__dict__["batch"] = replace(batch, fields=(*batch.fields, replace(batch.fields[0], id="other")))

    def move(rows: dict[str, dict[str, Any]]) -> None:
        rows[PARK]["field"] = "other"

    report = case.update(move)
    assert [fault.code for fault in report.faults] == ["E-UPDATE-FIXED"]
    assert not report.accepted
    case.office.close()


# ----- issuing -----


def test_only_experts_who_hold_what_changed_get_a_supplement(case: Case, tmp_path: Path) -> None:
    office = case.office
    done = {row.expert for row in office.issued() if row.kind == "supplement"}
    assert done == {EXPERT}
    waiting = {row.expert: row for row in outdated(office)}
    assert EXPERT not in waiting
    assert waiting
    assert all((row.changed, row.added, row.removed) == ((PARK,), (), ()) for row in waiting.values())
    assert office.status().outdated == len(waiting)
    report = issue_supplements(office, tmp_path / "more", experts=[EXPERT, min(waiting)])
    assert [row.expert for row in report.issued] == [min(waiting)]
    assert report.skipped == (EXPERT,)
    (made,) = report.issued
    first = next(row for row in office.issued() if row.bundle_id == made.previous)
    assert (made.opens, made.expires_at) == (secret_of(office, first), first.expires_at)
    assert not first.revoked_at
    assert in_force(office.issued())[made.expert].bundle_id == made.bundle_id
    assert ancestors(office.issued(), made) == (first,)
    # An ordinary run finds nothing to do: whoever has a supplement has a bundle.
    assert issue_bundles(office, tmp_path / "none").issued == ()
    assert office.status().issued == len({row.expert for row in office.assignments()})


def test_a_supplement_needs_a_bundle_before_it_its_secret_and_something_in_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = case.office
    other = next(row.expert for row in outdated(office))
    assert refusal(lambda: issue_supplements(office, tmp_path / "x", experts=["nobody"])) == "E-OFFICE-EXPERT"
    with monkeypatch.context() as patched:
        patched.setattr("ndb_desktop.services.issue_orders.secret_of", lambda *_: "")
        assert refusal(lambda: issue_supplements(office, tmp_path / "x", experts=[other])) == "E-SUPPLEMENT-SECRET"
    office.replace_assignments([pair for pair in office.assignments() if pair.expert != other])
    assert refusal(lambda: issue_supplements(office, tmp_path / "x", experts=[other])) == "E-SUPPLEMENT-EMPTY"
    office.revoke_bundle(in_force(office.issued())[other].bundle_id, "lost")
    assert refusal(lambda: issue_supplements(office, tmp_path / "x", experts=[other])) == "E-SUPPLEMENT-NONE"
    assert refusal(lambda: recall_bundle(office, tmp_path / "x", other, "why")) == "E-SUPPLEMENT-NONE"
    assert not (tmp_path / "x").exists()


def test_the_secret_of_an_older_registry_is_read_from_the_bundle_itself(case: Case) -> None:
    bundle = next(row for row in case.office.issued() if row.expert == EXPERT and row.kind == "full")
    older = replace(bundle, opens="", secret=None)
    assert secret_of(case.office, older) == case.secret
    assert secret_of(case.office, replace(older, path=str(case.folder / "gone.ndbbundle"))) == ""
    assert secret_of(case.office, replace(older, digest="0" * 64)) == ""


def test_a_registry_made_before_chains_learns_what_its_bundles_hold(case: Case) -> None:
    office = case.office
    connection = office.registry._db.conn
    before = {row.bundle_id: row for row in office.issued()}
    first = next(row for row in before.values() if row.kind == "full" and row.expert != EXPERT)
    with office.registry.transaction():
        for column in ("kind", "previous", "opens", "contents"):
            connection.execute(f"ALTER TABLE issued DROP COLUMN {column}")
        connection.execute("DROP TABLE application_past")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0003_bundle_chains'")
    assert MIGRATIONS.pending(office.registry._db)
    MIGRATIONS.apply(office.registry._db)
    after = {row.bundle_id: row for row in office.issued()}[first.bundle_id]
    assert (after.kind, after.opens) == ("full", first.secret or "")
    assert after.contents == dict(office.registry.application_digests())


# ----- merging -----


def test_a_file_from_before_the_supplement_is_taken_and_named_and_never_scores_old_data(case: Case) -> None:
    office = case.office
    verdict = merged(office, case.score)
    assert verdict.verdict == "accepted"
    assert codes(verdict) == [("E-SUPPLEMENT-STALE", PARK)]
    assert (PARK, EXPERT) in {(row.application, row.expert) for row in stale_sheets(office)}
    assert (FIRM, EXPERT) not in {(row.application, row.expert) for row in stale_sheets(office)}
    entry = next(row for row in office.log_rows() if row.action == "merge.file" and row.subject == EXPERT)
    assert entry.details["notes"] == [f"E-SUPPLEMENT-STALE {PARK}"]
    result = compute(office).results[PARK]
    assert result.experts[EXPERT] == "scored"
    # Everybody's computed item is worth what the present data say, in an old file as in a new one.
    assert result.items[COMPUTED].value == office.computed(office.application(PARK))[COMPUTED]
    assert office.rebuild().equal


def test_the_revision_made_from_the_supplement_supersedes_it(case: Case) -> None:
    office = case.office
    newer = revised(case)
    first, second = merged(office, case.score), merged(office, newer)
    assert [sheet.verdict for sheet in second.sheets] == ["accepted", "duplicate"]
    assert codes(second) == []
    assert next(s.replaced for s in second.sheets if s.application == PARK) == next(
        s.digest for s in first.sheets if s.application == PARK
    )
    assert (PARK, EXPERT) not in {(row.application, row.expert) for row in stale_sheets(office)}
    digest = compute(office).digest
    # The other way round: the same registry.
    other = staged(case.folder / "other", signed=True)
    assert merged(other.office, newer).verdict == "accepted"
    late = merged(other.office, case.score)
    assert late.verdict == "superseded"
    assert ("E-SUPPLEMENT-STALE", PARK) in codes(late)
    assert compute(other.office).digest == digest
    assert {r.expert for r in stale_sheets(other.office)} == {r.expert for r in stale_sheets(office)}
    other.office.close()


def test_each_file_is_checked_against_what_its_own_bundle_held(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with case.open(case.newer) as session:
        session.start_revision("补充包")
        session.remove_evidence(PARK, "e1")
        deal_with(session)
        newer = session.export(signer(), case.folder).path
    versions = {row.bundle_id: row.contents for row in case.office.issued() if row.expert == EXPERT}
    with monkeypatch.context() as patched:
        # As if each bundle had held what the other held.
        swapped = dict(zip(versions, reversed(versions.values()), strict=True))
        bundles = [replace(row, contents=swapped.get(row.bundle_id, row.contents)) for row in case.office.issued()]
        patched.setattr(case.office, "issued", lambda: tuple(bundles))
        assert {code for code, _ in codes(merged(case.office, newer))} == {"E-COMPUTED"}
        assert {code for code, _ in codes(merged(case.office, case.score))} == {"E-EVIDENCE-DIGEST"}
    assert merged(case.office, newer).verdict == "accepted"
    assert merged(case.office, case.score).sheets[0].verdict == "superseded"


def test_after_a_replacement_files_of_all_bundles_before_are_refused(case: Case, tmp_path: Path) -> None:
    office = case.office
    newer = revised(case)
    issue_bundles(office, tmp_path / "again", experts=[EXPERT])
    for path in (case.score, newer):
        assert codes(merged(office, path))[0][0] == "E-BUNDLE-REVOKED"


def test_what_was_merged_before_a_replacement_stays(case: Case, tmp_path: Path) -> None:
    office = case.office
    assert merged(office, case.score).verdict == "accepted"
    (made,) = issue_bundles(office, tmp_path / "again", experts=[EXPERT]).issued
    assert compute(office).results[FIRM].experts[EXPERT] == "scored"
    with case.open(Path(made.path), secret=made.secret) as session:
        session.tick_all_news()
        deal_with(session)
        path = session.export(signer(), case.folder).path
    verdict = merged(office, path)
    assert [sheet.verdict for sheet in verdict.sheets] == ["accepted", "duplicate"]


# ----- taking back -----


def test_an_application_is_withdrawn_and_its_sheet_counts_for_nothing(case: Case, tmp_path: Path) -> None:
    office = case.office
    made = withdraw_applications(office, tmp_path / "less", EXPERT, [PARK], "转他人评审")
    assert (made.kind, made.applications) == ("supplement", (FIRM,))
    assert Assignment(EXPERT, PARK) not in office.assignments()
    verdict = merged(office, case.score)
    assert (verdict.verdict, codes(verdict)) == ("accepted", [("E-SUPPLEMENT-WITHDRAWN", PARK)])
    results = compute(office).results
    assert EXPERT not in results[PARK].experts
    assert results[FIRM].experts[EXPERT] == "scored"
    with case.open(Path(made.path)) as session:
        assert [line.news.kind for line in session.news()] == ["application_gone"]
        assert session.export_summary().changed == ()


def test_what_cannot_be_withdrawn(case: Case, tmp_path: Path) -> None:
    office, pairs = case.office, case.office.assignments()

    def withdraw(*names: str, reason: str = "why") -> str:
        return refusal(lambda: withdraw_applications(office, tmp_path / "less", EXPERT, names, reason))

    assert withdraw(PARK, reason=" ") == "E-REASON"
    assert withdraw("A-404") == "E-RECALL-APPLICATION"
    assert withdraw() == "E-RECALL-APPLICATION"
    assert withdraw(PARK, FIRM) == "E-SUPPLEMENT-EMPTY"
    assert refusal(lambda: recall_bundle(office, tmp_path / "less", EXPERT, "")) == "E-REASON"
    assert office.assignments() == pairs


def test_a_recall_closes_the_bundle_without_any_secret(case: Case, tmp_path: Path) -> None:
    office = case.office
    with case.open(case.newer):
        pass
    notice = recall_bundle(office, tmp_path / "recall", EXPERT, "材料泄露")
    assert (notice.kind, notice.applications) == ("recall", ())
    assert EXPERT not in in_force(office.issued())
    assert {bool(row.revoked_at) for row in office.issued() if row.expert == EXPERT} == {True}
    with BundleReader(Path(notice.path)) as reader:
        assert (reader.manifest.kind, len(reader.manifest.chain)) == ("recall", 2)
        raw = Path(notice.path).read_bytes()
        assert "材料泄露".encode() not in raw
    kept = worksheet_path(case.profile, inspect_bundle(case.newer).bundle_id)
    size = kept.stat().st_size
    assert take_recall(Path(notice.path), case.profile).kind == "recall"
    for path in (case.newer, case.bundle, Path(notice.path)):
        with pytest.raises(NdbError) as caught:
            case.open(path)
        assert caught.value.code == "E-BUNDLE-RECALLED"
        assert caught.value.params["at"] == notice.issued_at
    assert kept.stat().st_size == size
    assert codes(merged(office, case.score))[0][0] == "E-BUNDLE-REVOKED"
    # Taken twice is taken once.
    take_recall(Path(notice.path), case.profile)


def test_a_recall_acts_only_on_what_its_issuer_issued(case: Case, tmp_path: Path) -> None:
    notice = Path(recall_bundle(case.office, tmp_path / "recall", EXPERT, "why").path)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(lambda: take_recall(notice, empty)) == "E-RECALL-UNKNOWN"
    assert refusal(lambda: case.open(notice, profile=empty)) == "E-RECALL-UNKNOWN"
    (case.profile / "issuers.json").write_text(json.dumps({case.office.batch.id: "SHA256:other"}), encoding="utf-8")
    assert refusal(lambda: take_recall(notice, case.profile)) == "E-BUNDLE-ISSUER"
    with pytest.raises(ValueError, match="not a recall"):
        take_recall(case.bundle, case.profile)
    assert not (case.profile / "chains.json").exists()


def test_a_new_bundle_after_a_recall_begins_anew(case: Case, tmp_path: Path) -> None:
    office = case.office
    take_recall(Path(recall_bundle(office, tmp_path / "recall", EXPERT, "why").path), case.profile)
    (made,) = issue_bundles(office, tmp_path / "anew").issued
    assert (made.expert, made.kind) == (EXPERT, "full")
    profile = case.profile
    with open_review(Path(made.path), secret=made.secret, profile=profile, clock=case.clock) as session:
        assert session.sheet(PARK).items == {}
