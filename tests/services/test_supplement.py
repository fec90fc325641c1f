"""An expert opens a supplement: earlier marks stay, changes are listed, what must be confirmed again blocks signing."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.news import News
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.chain import META_CHAIN
from ndb_desktop.services import review_carry
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.review import inspect_bundle, worksheet_path
from ndb_desktop.services.review_chain import CHAINS_FILE, Chains
from ndb_desktop.services.review_news_words import news_words
from ndb_desktop.services.review_open import read_core_of
from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet
from ndb_desktop.storage.worksheet_chain import Sealed, Succession, succeed
from tests.support.review import full_entry
from tests.support.supplement import (
    ADDED,
    CITED,
    COMPUTED,
    DATUM,
    EXPERT,
    FIRM,
    PARK,
    Case,
    deal_with,
    make_case,
    signer,
    staged,
)
from tests.support.travel import refusal


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = staged(tmp_path)
    yield made
    made.office.close()


def bytes_of(case: Case, bundle: Path) -> bytes:
    return worksheet_path(case.profile, inspect_bundle(bundle).bundle_id).read_bytes()


def test_it_says_that_it_is_one_and_opens_with_the_same_secret(case: Case) -> None:
    first, newer = inspect_bundle(case.bundle), inspect_bundle(case.newer)
    assert (newer.kind, newer.earlier, newer.trial) == ("supplement", 1, True)
    assert (first.kind, first.earlier) == ("full", 0)
    with BundleReader(case.newer) as reader:
        assert reader.manifest.critical == ("chain",)
        assert [row.bundle_id for row in reader.manifest.chain] == [first.bundle_id]
        assert [row.digest for row in reader.manifest.chain] == [first.digest]
    with case.open(case.newer) as session:
        assert session.carried_from == first.bundle_id
        assert {item.application.id for item in session.applications} == {PARK, FIRM}


def test_earlier_marks_stay_and_only_what_was_computed_from_new_data_is_open_again(case: Case) -> None:
    with case.open(case.bundle) as session:
        before = {name: session.sheet(name) for name in (PARK, FIRM)}
        history = session.changes
    with case.open(case.newer) as session:
        assert session.sheet(FIRM) == before[FIRM]
        now = session.sheet(PARK)
        reset = {line.news.item for line in session.news() if line.news.kind == "confirm"}
        assert COMPUTED in reset
        assert {name for name, entry in now.items.items() if entry != before[PARK].items[name]} == reset
        for item in reset:
            assert session.item(PARK).pack.item_by_id[item].computed
            assert (now.items[item].state, now.items[item].confirm) == ("open", "")
        assert replace(now, items=before[PARK].items) == before[PARK]
        assert session.changes > history
        assert {fault.place for fault in session.findings(PARK)} == {*reset, "evidence:e1"}


def test_what_a_recusal_withdrew_is_confirmed_again_as_well_when_it_comes_back(case: Case) -> None:
    with case.open(case.bundle) as session:
        before = session.sheet(PARK)
        session.declare(PARK, Declaration("recused", ("C1",)))
    with case.open(case.newer) as session:
        assert [line for line in session.news() if line.news.application == PARK] == [], "not told (R16)"
        assert not session.sheet(PARK).items
        session.declare(PARK, Declaration())
        session.declare(PARK, Declaration("clear"))
        now = session.sheet(PARK)
        assert (now.items[COMPUTED].state, now.items[COMPUTED].confirm) == ("open", "")
        changed = {name for name, entry in now.items.items() if entry != before.items[name]}
        assert now.items.keys() == before.items.keys()
        assert all(session.item(PARK).pack.item_by_id[item].computed for item in changed)
        assert {fault.place for fault in session.findings(PARK)} == {*changed, "evidence:e1"}


def test_the_news_name_datum_document_score_and_who_has_to_look_again(case: Case) -> None:
    with case.open(case.newer) as session:
        lines = session.news()
        found = Counter(line.news.kind for line in lines)
        assert not any(line.done for line in lines)
        assert {line.news.kind for line in lines if line.blocks} == {"confirm", "link"}
        assert found["document_new"] == found["document_changed"] == found["datum"] == found["link"] == 1
        assert all(line.news.application == PARK for line in lines)
        words = {line.news.kind: news_words(line.news, session.item(PARK), "zh_CN") for line in lines}
        english = [news_words(line.news, session.item(PARK), "en") for line in lines]
        looks = [news_words(line.news, session.item(PARK), "zh_CN") for line in lines if line.news.kind == "look"]
        bare = news_words(News("look", PARK, item=COMPUTED), session.item(PARK), "zh_CN")
        datum = next(line.news for line in lines if line.news.kind == "datum")
        assert (datum.subject, datum.part, datum.old, datum.new) == (DATUM, "2025", "573.82", "600")
        confirm = {line.news.item for line in lines if line.news.kind == "confirm"}
        assert COMPUTED in confirm
        # The new score stands where it is confirmed, not in a line of its own.
        assert not confirm & {line.news.item for line in lines if line.news.kind == "score"}
    assert "573.82 亿元 → 600 亿元" in words["datum"]
    assert words["document_new"] == f"新增文件 {ADDED}：补充说明"
    assert CITED in words["link"]
    assert "有变化" not in bare, "a list of before names no causes"
    assert looks
    assert all("（有变化：" in line for line in looks), looks
    assert any("已更换" in line for line in looks)
    assert "（有变化：数据“" in words["confirm"]
    assert "{" not in "".join(english)
    # 356191/4375 and 572/7, rounded once, here.
    assert any("81.42 → 81.71" in line for line in english)


def test_what_is_ticked_stays_ticked_and_what_must_be_confirmed_cannot_be_ticked(case: Case) -> None:
    with case.open(case.newer) as session:
        lines = session.news()
        told = next(line for line in lines if line.news.kind == "document_new")
        again = next(line for line in lines if line.news.kind == "confirm")
        session.tick_news(told.key)
        session.tick_news(told.key)
        assert refusal(lambda: session.tick_news(again.key)) == "E-NEWS-CONFIRM"
        assert refusal(lambda: session.tick_news("999999")) == "E-NEWS-UNKNOWN"
        count = session.tick_all_news(PARK)
        assert count == sum(line.news.kind not in ("confirm", "link") for line in lines) - 1
    with case.open(case.newer) as session:
        left = [line for line in session.news() if not line.done]
        assert {line.news.kind for line in left} == {"confirm", "link"}
        assert all(line.blocks for line in left)
        session.set_entry(PARK, full_entry(session.item(PARK).pack, again.news.item))
        assert next(line for line in session.news() if line.key == again.key).done


def test_a_cited_place_is_kept_when_the_expert_says_that_it_still_fits(case: Case) -> None:
    with case.open(case.newer) as session:
        line = next(line for line in session.news() if line.news.kind == "link")
        before = session.sheet(PARK).evidence[0]
        session.tick_news(line.key)
        after = session.sheet(PARK).evidence[0]
        present = next(d.sha256 for d in session.item(PARK).application.documents if d.id == CITED)
        assert after == replace(before, sha256=present) != before
        assert "evidence:e1" not in {fault.place for fault in session.findings(PARK)}


def test_a_cited_place_that_is_gone_cannot_be_kept(case: Case) -> None:
    def drop(rows: dict[str, dict[str, object]]) -> None:
        row = rows[PARK]
        row["documents"] = [d for d in row["documents"] if d["id"] != CITED]  # type: ignore[attr-defined, index]
        for datum in row["data"].values():  # type: ignore[attr-defined]
            datum["evidence"] = [ref for ref in datum["evidence"] if ref["document"] != CITED]

    next((case.handover / "documents" / PARK).glob("D3*")).unlink()
    assert case.update(drop).ok
    newest = case.supplement()
    with case.open(newest) as session:
        lines = {line.news.kind: line for line in session.news()}
        assert "document_gone" in lines
        assert refusal(lambda: session.tick_news(lines["link"].key)) == "E-NEWS-PLACE"
        assert "E-EVIDENCE-DOCUMENT" in {fault.code for fault in session.findings(PARK)}
        session.remove_evidence(PARK, "e1")
        assert {line.news.kind: line for line in session.news()}["link"].done


def test_the_same_supplement_twice_changes_nothing(case: Case) -> None:
    with case.open(case.newer) as session:
        session.tick_all_news()
        deal_with(session)
        sheet, news, changes = session.sheet(PARK), session.news(), session.changes
    with case.open(case.newer) as session:
        assert (session.sheet(PARK), session.news(), session.changes) == (sheet, news, changes)


def test_the_older_bundle_is_not_opened_any_more_and_its_worksheet_stays_as_it_was(case: Case) -> None:
    with case.open(case.newer):
        pass
    kept = bytes_of(case, case.bundle)
    assert refusal(lambda: case.open(case.bundle)) == "E-SUPPLEMENT-OLDER"
    assert bytes_of(case, case.bundle) == kept
    with case.open(case.newer) as session:
        assert session.sheet(PARK).items


def test_a_supplement_may_be_skipped_and_an_older_one_after_a_newer_is_refused(case: Case) -> None:
    assert case.again("700.00").ok
    newest = case.supplement()
    assert inspect_bundle(newest).earlier == 2
    with case.open(newest) as session:
        # Compared with what this expert had last, not with the supplement never opened.
        (datum,) = [line.news for line in session.news() if line.news.kind == "datum"]
        assert (datum.old, datum.new) == ("573.82", "700")
        assert session.carried_from == inspect_bundle(case.bundle).bundle_id
    assert refusal(lambda: case.open(case.newer)) == "E-SUPPLEMENT-OLDER"
    assert refusal(lambda: case.open(case.bundle)) == "E-SUPPLEMENT-OLDER"


def test_one_supplement_after_the_other(case: Case) -> None:
    with case.open(case.newer) as session:
        deal_with(session)
        marked = session.sheet(PARK)
        assert not session.findings(PARK)
    assert case.again("700.00").ok
    newest = case.supplement()
    with case.open(newest) as session:
        lines = session.news()
        data = [(line.news.old, line.news.new, line.done) for line in lines if line.news.kind == "datum"]
        assert data == [("573.82", "600", True), ("600", "700", False)]
        assert session.sheet(PARK).evidence == marked.evidence
        assert session.sheet(PARK).items[COMPUTED].state == "open"
        # What the first supplement asked for is asked for again, for it is open again.
        assert not [line for line in lines if line.news.item == COMPUTED and line.news.kind == "confirm" and line.done]


def test_an_empty_computer_starts_from_nothing_and_says_no_news(case: Case, tmp_path: Path) -> None:
    with case.open(case.newer, profile=tmp_path / "other") as session:
        assert (session.news(), session.carried_from, session.changes) == ((), "", 0)
    # That computer too knows now which bundle is the newest.
    assert refusal(lambda: case.open(case.bundle, profile=tmp_path / "other")) == "E-SUPPLEMENT-OLDER"


def test_who_has_not_declared_is_told_nothing(tmp_path: Path) -> None:
    case = staged(tmp_path)
    profile = tmp_path / "fresh"
    with case.open(case.bundle, profile=profile) as session:
        for statement, _ in session.statements():
            session.agree(statement.id)
        session.declare(FIRM, Declaration("clear"))
    with case.open(case.newer, profile=profile) as session:
        assert session.news() == ()
        assert session.sheet(FIRM).declaration.status == "clear"
    case.office.close()


def test_an_added_and_a_withdrawn_application(tmp_path: Path) -> None:
    case = staged(tmp_path)
    everything = case.office.assignments()
    without = [pair for pair in everything if pair != Assignment(EXPERT, PARK)]
    case.office.replace_assignments(without)
    smaller = case.supplement()
    with case.open(smaller) as session:
        assert [item.application.id for item in session.applications] == [FIRM]
        assert [line.news.kind for line in session.news()] == ["application_gone"]
        assert PARK in news_words(session.news()[0].news, None, "zh_CN")
        result = session.export(signer(), tmp_path)
        assert result.revision == 1
    case.office.replace_assignments(everything)
    whole = case.supplement()
    with case.open(whole) as session:
        kinds = [line.news.kind for line in session.news() if line.news.application == PARK]
        assert kinds[:2] == ["application_gone", "application_back"]
        assert "datum" in kinds
        # The marks of that time were never thrown away.
        assert len(session.sheet(PARK).items) == len(session.item(PARK).pack.items)
    case.office.close()


def test_an_application_that_comes_back_goes_on_from_the_revision_signed_before(tmp_path: Path) -> None:
    case = staged(tmp_path, signed=True)
    everything = case.office.assignments()
    case.office.replace_assignments([pair for pair in everything if pair != Assignment(EXPERT, PARK)])
    with case.open(case.supplement()) as session:
        session.start_revision("少一份")
        session.set_opinion(FIRM, "补充意见：依据更充分")
        assert session.export(signer(), tmp_path).revision == 2
    case.office.replace_assignments(everything)
    with case.open(case.supplement()) as session:
        deal_with(session)
        assert session.export(signer(), tmp_path).revision == 3
        # Signed before as revision 1: never 1 again, or the two would contradict each other at the merge.
        assert (session.sheet_revision(PARK), session.sheet_revision(FIRM)) == (2, 2)
    case.office.close()


def test_signed_before_the_revisions_go_on_in_the_new_bundle(tmp_path: Path) -> None:
    case = staged(tmp_path, signed=True)
    with case.open(case.newer) as session:
        assert session.locked
        link = next(line for line in session.news() if line.news.kind == "link")
        assert refusal(lambda: session.tick_news(link.key)) == "E-REVIEW-LOCKED"
        session.tick_all_news()
        deal_with(session)
        assert session.export_summary().changed == (PARK,)
        result = session.export(signer(), tmp_path)
        assert result.revision == 2
        assert session.sheet_revision(PARK) == 2
        assert session.sheet_revision(FIRM) == 1
    case.office.close()


def test_undo_does_not_bring_back_a_confirmation_of_old_data(case: Case) -> None:
    with case.open(case.newer) as session:
        while session.undo() is not None:
            pass
        while session.redo() is not None:
            pass
        assert session.sheet(PARK).items[COMPUTED].confirm == ""


def test_undo_leaves_alone_what_was_withdrawn(tmp_path: Path) -> None:
    case = staged(tmp_path)
    with case.open(case.newer) as session:
        session.set_opinion(PARK, "先")
        session.set_opinion(FIRM, "后")
    case.office.replace_assignments([p for p in case.office.assignments() if p != Assignment(EXPERT, FIRM)])
    with case.open(case.supplement()) as session:
        undone = session.undo()
        assert undone is not None
        assert undone.application == PARK
        assert FIRM not in {row.application for row in session.history() if row.source == "undo"}
    case.office.close()


def test_a_replacement_with_a_new_secret_carries_the_marks_over(tmp_path: Path) -> None:
    case = staged(tmp_path, signed=True)
    (made,) = issue_bundles(case.office, tmp_path / "again", experts=[EXPERT]).issued
    assert made.kind == "replacement"
    assert made.secret not in (None, case.secret)
    revoked = {row.bundle_id: row.reason for row in case.office.issued() if row.expert == EXPERT and row.revoked_at}
    # Lost with its slip: both bundles that slip opens.
    assert set(revoked.values()) == {"replaced"}
    assert len(revoked) == 2
    with case.open(case.bundle) as session:
        before = session.sheet(FIRM)
    with case.open(Path(made.path), secret=made.secret) as session:
        assert session.sheet(FIRM) == before
        assert "export_again" in {line.news.kind for line in session.news()}
        assert session.exports()[0].revision == 1
        deal_with(session)
        assert session.export(signer(), tmp_path).revision == 2
    # The worksheet opens with the new secret alone.
    path = worksheet_path(case.profile, made.bundle_id)
    assert refusal(lambda: Worksheet.open(path, case.secret, None, at="2026-06-02T01:00:00Z")) == "E-STORE-KEY"
    assert refusal(lambda: case.open(case.newer)) == "E-SUPPLEMENT-OLDER"
    case.office.close()


def test_a_worksheet_of_which_no_secret_is_known_stays_and_is_named(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ndb_desktop.services.issue_chain.secret_of", lambda *_: "")
    (made,) = issue_bundles(case.office, tmp_path / "again", experts=[EXPERT]).issued
    kept = bytes_of(case, case.bundle)
    with case.open(Path(made.path), secret=made.secret) as session:
        (line,) = session.news()
        assert line.news.kind == "not_carried"
        assert session.sheet(PARK).items == {}
    assert bytes_of(case, case.bundle) == kept


def test_a_worksheet_of_another_bundle_under_that_name_is_not_taken(case: Case) -> None:
    path = worksheet_path(case.profile, inspect_bundle(case.bundle).bundle_id)
    path.unlink()
    other = Binding(inspect_bundle(case.bundle).bundle_id, "f" * 64, EXPERT)
    Worksheet.create(path, case.secret, other, at="2026-06-02T01:00:00Z").close()
    kept = path.read_bytes()
    assert refusal(lambda: case.open(case.newer)) == "E-SUPPLEMENT-CHAIN"
    assert path.stat().st_size == len(kept)
    assert not worksheet_path(case.profile, inspect_bundle(case.newer).bundle_id).exists()
    assert not (case.profile / CHAINS_FILE).exists()


def test_somebody_works_in_the_earlier_worksheet(case: Case) -> None:
    with case.open(case.bundle) as session:
        assert refusal(lambda: case.open(case.newer)) == "E-STORE-LOCKED"
        session.set_opinion(PARK, "刚写下的意见")
    with case.open(case.newer) as session:
        assert session.sheet(PARK).opinion == "刚写下的意见"


def test_a_record_that_does_not_fit_its_manifest(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = review_carry.read_chain
    spoilt = [
        lambda text: text[:-1],
        lambda text: text.replace('"bundles":[{', '"bundles":[{"x":1,', 1),
        lambda text: text.replace(inspect_bundle(case.bundle).digest, "0" * 64),
        lambda text: text.replace("573.82", "573.83"),
    ]
    for change in spoilt:
        monkeypatch.setattr(
            review_carry, "read_chain", lambda text, chain, place, change=change: genuine(change(text), chain, place)
        )
        assert refusal(lambda: case.open(case.newer)) == "E-SUPPLEMENT-RECORD"
    monkeypatch.setattr(review_carry, "read_chain", genuine)
    with case.open(case.newer) as session:
        assert session.news()


def test_the_record_holds_no_text_of_other_applications(case: Case, tmp_path: Path) -> None:
    with BundleReader(case.newer) as reader:
        record = msgspec.json.decode(read_core_of(reader, case.secret, tmp_path).meta[META_CHAIN])
    (bundle,) = record["bundles"]
    assert bundle["secret"] == case.secret
    assert set(bundle["applications"]) == {PARK, FIRM}
    assert [text for text in record["versions"].values() if PARK not in text] == []
    assert len(record["versions"]) == 1


def test_a_chains_file_that_cannot_be_read_is_not_taken_for_an_empty_one(case: Case) -> None:
    (case.profile / CHAINS_FILE).write_text('{"x": 1}', encoding="utf-8")
    assert refusal(lambda: case.open(case.bundle)) == "E-CHAINS-FILE"


def test_chains_of_another_batch_do_not_count(case: Case) -> None:
    with BundleReader(case.newer) as reader, BundleReader(case.bundle) as first:
        foreign = msgspec.structs.replace(
            reader.manifest, batch=msgspec.structs.replace(reader.manifest.batch, id="other")
        )
        chains = Chains(case.profile)
        chains.remember(foreign)
        chains.check(first.manifest, "")
        chains.remember(reader.manifest)
        with pytest.raises(NdbError) as caught:
            chains.check(first.manifest, "x")
    assert (caught.value.code, caught.value.params["newer"]) == ("E-SUPPLEMENT-OLDER", reader.manifest.issued_at)


def test_a_copy_that_fails_leaves_nothing(case: Case, tmp_path: Path) -> None:
    old = inspect_bundle(case.bundle)
    sealed = Sealed(
        worksheet_path(case.profile, old.bundle_id), case.secret, Binding(old.bundle_id, old.digest, EXPERT)
    )
    target = Sealed(tmp_path / "new" / "w.ndbwork", case.secret, Binding("b" * 32, "c" * 64, EXPERT))
    target.path.parent.mkdir()

    def fail(_sheet: Worksheet) -> Succession:
        raise NdbError("E-STORE-FULL", place="x")

    assert refusal(lambda: succeed(sealed, target, fail, at="2026-06-02T01:00:00Z")) == "E-STORE-FULL"
    assert list(target.path.parent.iterdir()) == []
    edits = [Edit(PARK, "opinion", "", '"x"')]
    succeed(sealed, target, lambda _sheet: Succession(edits, {"k": "v"}), at="2026-06-02T01:00:00Z")
    assert [path.name for path in target.path.parent.iterdir()] == ["w.ndbwork"]
    with Worksheet.open(target.path, case.secret, target.binding, at="2026-06-02T01:00:00Z") as sheet:
        assert (sheet.get(PARK, "opinion", ""), sheet.meta("k")) == ('"x"', "v")
    again = lambda: succeed(sealed, target, lambda _sheet: Succession(), at="2026-06-02T01:00:00Z")  # noqa: E731
    assert refusal(again) == "E-STORE-EXISTS"


def test_the_bundle_before_need_not_be_there(tmp_path: Path) -> None:
    case = make_case(tmp_path)
    lost = tmp_path / "lost.ndbbundle"
    shutil.copyfile(case.bundle, lost)
    with case.open(lost) as session:
        for statement, _ in session.statements():
            session.agree(statement.id)
        session.declare(PARK, Declaration("clear"))
        session.set_opinion(PARK, "原有意见")
    lost.unlink()
    case.correct()
    newer = case.supplement()
    with case.open(newer) as session:
        assert session.sheet(PARK).opinion == "原有意见"
        assert {line.news.kind for line in session.news()} >= {"datum", "document_new", "score"}
        assert not any(line.blocks for line in session.news())
    case.office.close()
