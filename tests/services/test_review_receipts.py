"""A receipt marks the exports it names; a late recusal is possible at any time; signing can be called off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.receipt import FileReceipt, ReceiptPayload, Verdict, build_receipt
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_recusal import recuse
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.review import REASON, MadeReview, complete, make_bundle, open_session
from tests.support.travel import person, refusal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path) -> Iterator[ReviewSession]:
    with open_session(made, tmp_path / "profile") as session:
        complete(session)
        yield session


def receipt(
    digest: str,
    verdict: Verdict = "accepted",
    *,
    at: str = "2026-11-23T01:00:00Z",
    issued: str = "2026-11-23T02:00:00Z",
    issuer: str = "issuer",
    expert: str = "E-07",
    code: str = "",
) -> bytes:
    payload = ReceiptPayload(
        trial=True,
        batch="2026-pilot",
        issuer=IssuerRef("示例评审组织方", person(issuer).public.age_recipient),
        expert=expert,
        issued_at=issued,
        files=(FileReceipt(digest, at, (), verdict, code),),
    )
    return build_receipt(payload, person(issuer))


def test_a_receipt_marks_the_export_and_is_remembered(session: ReviewSession, made: MadeReview, tmp_path: Path) -> None:
    result = session.export(person("expert"), tmp_path)
    assert session.exports()[0].received is None
    noted = session.take_receipt(receipt(result.payload_sha256))
    assert list(noted) == [1]
    found = session.exports()[0].received
    assert found == noted[1]
    assert (found.at, found.verdict, found.refused) == ("2026-11-23T01:00:00Z", "accepted", False)
    again = session.take_receipt(receipt(result.payload_sha256, "duplicate", issued="2026-11-24T00:00:00Z"))
    assert again[1].verdict == "accepted", "that it came twice does not hide that it was taken"
    old = session.take_receipt(receipt(result.payload_sha256, "conflict", issued="2026-11-20T00:00:00Z"))
    assert old[1].verdict == "accepted", "an older receipt says nothing new"
    session.close()
    with open_session(made, tmp_path / "profile") as later:
        assert later.exports()[0].received == found


def test_a_refusal_is_noted_with_its_code_until_the_file_is_taken(session: ReviewSession, tmp_path: Path) -> None:
    result = session.export(person("expert"), tmp_path)
    refused = session.take_receipt(receipt(result.payload_sha256, "refused", code="E-SIGNATURE"))[1]
    assert (refused.refused, refused.code) == (True, "E-SIGNATURE")
    taken = session.take_receipt(receipt(result.payload_sha256, "duplicate", issued="2026-11-25T00:00:00Z"))[1]
    assert not taken.refused


def test_receipts_of_others_note_nothing(session: ReviewSession, tmp_path: Path) -> None:
    result = session.export(person("expert"), tmp_path)
    digest = result.payload_sha256
    assert refusal(lambda: session.take_receipt(receipt(digest, issuer="mallory"))) == "E-RECEIPT-ISSUER"
    assert refusal(lambda: session.take_receipt(receipt(digest, expert="E-08"))) == "E-RECEIPT-OTHER"
    assert session.take_receipt(receipt("0" * 64)) == {}
    assert session.exports()[0].received is None


def test_the_summary_counts_what_the_file_holds(session: ReviewSession, made: MadeReview, tmp_path: Path) -> None:
    first, second, third = made.ids
    pack = session.item(first).pack
    datum = next(item for item in session.item(first).application.data.values() if item.values)
    indicator = next(i for i in pack.indicators if any(d.code == datum.code for d in i.data))
    session.put_challenge(first, Challenge("c1", indicator.id, datum.code, "2025", None, "D1", 1, reason=REASON))
    session.put_evidence(first, EvidenceLink("e1", pack.items[0].id, "D1", 1))
    session.put_evidence(third, EvidenceLink("e1", session.item(third).pack.items[0].id, "D1", 1))
    session.set_opinion(first, "总体较好。")
    session.set_note(first, "私人备注")
    session.declare(third, Declaration("recused", ("C1",)))
    session.set_unable(second, "材料缺页，无法判断，需要组织方补充。")
    from dataclasses import replace

    entry = session.sheet(first).items[f"{indicator.id}.basis"]
    session.set_entry(first, replace(entry, confirm="challenged", flagged=True))
    summary = session.export_summary()
    assert summary.gaps == ()
    payload = open_score(session.export(person("expert"), tmp_path).path.read_bytes(), person("issuer"))
    sheets = [sheet.record for sheet in payload.sheets]
    counts = summary.counts
    assert counts.items == sum(len(sheet.items) for sheet in sheets) == len(pack.items)
    assert counts.challenges == sum(len(sheet.challenges) for sheet in sheets) == 1
    assert counts.evidence == sum(len(sheet.evidence) for sheet in sheets) == 1
    assert counts.opinions == sum(bool(sheet.opinion) for sheet in sheets) == 1
    assert {status: sum(sheet.status == status for sheet in sheets) for status in summary.sheets} == summary.sheets
    assert (summary.notes, summary.flags) == (1, 1)
    info = session.exports()[0]
    assert info.size == (tmp_path / info.name).stat().st_size
    assert info.sealed


def test_a_late_recusal_withdraws_the_marks_and_closes_the_store(session: ReviewSession, made: MadeReview) -> None:
    first = made.ids[0]
    session.read_document(first, "D1")
    cache = session._cache.path
    assert len(list(cache.glob("*.db"))) == 1
    recuse(session, first, Declaration("recused", ("C5",)), reason="回避")
    sheet = session.sheet(first)
    assert (sheet.status, dict(sheet.items), sheet.opinion) == ("recused", {}, "")
    assert not list(cache.glob("*.db"))
    assert refusal(lambda: session.read_document(first, "D1")) == "E-RECUSED"


def test_a_recusal_after_signing_starts_a_revision(session: ReviewSession, made: MadeReview, tmp_path: Path) -> None:
    session.export(person("expert"), tmp_path)
    with pytest.raises(NdbError):
        recuse(session, made.ids[0], Declaration("recused", ()), reason="回避")
    assert session.locked, "what is refused starts no revision"
    recuse(session, made.ids[0], Declaration("recused", ("C2",)), reason="签名后发现应当回避")
    assert not session.locked
    second = session.export(person("expert"), tmp_path)
    opened = open_score(second.path.read_bytes(), person("issuer"))
    assert (opened.payload.revision, opened.payload.reason) == (2, "签名后发现应当回避")
    record = next(sheet.record for sheet in opened.sheets if sheet.record.application == made.ids[0])
    assert (record.status, record.revision, record.items) == ("recused", 2, ())


def test_a_revision_replaces_a_file_that_was_never_written(session: ReviewSession, tmp_path: Path) -> None:
    assert refusal(lambda: session.export(person("expert"), tmp_path / "gone")) == "E-STORE-MISSING"
    session.start_revision("改动")
    result = session.export(person("expert"), tmp_path)
    assert result.revision == 2
    assert session.export_summary().pending == ""


def test_signing_is_called_off_before_anything_is_kept(session: ReviewSession, tmp_path: Path) -> None:
    cancel, seen = CancelToken(), []

    def progress(done: int, _total: int, _what: str) -> None:
        seen.append(done)
        cancel.cancel()

    with pytest.raises(Cancelled):
        session.export(person("expert"), tmp_path, progress=progress, cancel=cancel)
    assert seen == [0]
    assert not session.locked
    assert session.exports() == ()
    assert not list(tmp_path.glob("*.ndbscore"))
    assert session.export(person("expert"), tmp_path).revision == 1
