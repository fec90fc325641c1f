"""Export: what is signed, revisions, exact repetition, locking, files that could not be written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.formats.scorefile import OpenedScore, open_score
from ndb_desktop.services import review_export
from ndb_desktop.services.review import ReviewSession
from tests.support.review import (
    REASON,
    MadeReview,
    agree_all,
    complete,
    declare_all,
    fill,
    make_bundle,
    open_session,
)
from tests.support.travel import person


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "U 盘"
    folder.mkdir()
    return folder


@pytest.fixture
def session(made: MadeReview, profile: Path) -> Iterator[ReviewSession]:
    with open_session(made, profile) as session:
        yield session


@pytest.fixture
def ready(session: ReviewSession) -> ReviewSession:
    complete(session)
    return session


def read(path: Path, reader: str = "issuer") -> OpenedScore:
    return open_score(path.read_bytes(), person(reader))


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        action()
    return caught.value.code


def some_item(session: ReviewSession, app: str) -> str:
    return next(i.id for i in session.item(app).pack.items if not i.computed)


def test_gaps_are_listed_and_nothing_is_signed(session: ReviewSession, out: Path, made: MadeReview) -> None:
    with pytest.raises(FaultsError) as caught:
        session.export(person("expert"), out)
    codes = [fault.code for fault in caught.value.faults]
    assert codes.count("E-NOT-AGREED") == len(session.statements())
    assert codes.count("E-DECLARATION") == len(made.ids)
    declare_all(session)
    fill(session, made.ids[0])
    summary = session.export_summary()
    assert {fault.place.split("/")[0] for fault in summary.gaps} == set(made.ids[1:])
    with pytest.raises(FaultsError) as caught:
        session.export(person("expert"), out)
    assert caught.value.code == "E-FAULTS"
    assert caught.value.faults == summary.gaps
    assert list(out.iterdir()) == []
    assert not session.locked
    assert session.exports() == ()


def test_what_is_signed(ready: ReviewSession, out: Path, made: MadeReview) -> None:
    ready.set_opinion(made.ids[0], "总体较好")
    item = some_item(ready, made.ids[0])
    ready.set_entry(made.ids[0], replace(ready.sheet(made.ids[0]).items[item], note="PRIVATE-NOTE", flagged=True))
    ready.set_note(made.ids[1], "PRIVATE-NOTE")
    summary = ready.export_summary()
    assert (summary.sheets, summary.gaps, summary.notes) == (
        {"scored": len(made.ids), "recused": 0, "unable": 0},
        (),
        2,
    )
    assert (summary.revision, summary.first, summary.changed, summary.unchanged) == (1, True, made.ids, ())
    result = ready.export(person("expert"), out)
    assert result.sealed
    assert result.path.name.startswith("TEST_2026-pilot_expert_E-07_rev1_20261122T03")
    assert result.path.suffix == ".ndbscore"
    opened = read(result.path)
    payload = opened.payload
    assert opened.payload_sha256 == result.payload_sha256
    assert (payload.trial, payload.batch, payload.revision, payload.reason) == (True, "2026-pilot", 1, "")
    assert (payload.bundle.id, payload.bundle.digest) == (made.written.bundle_id, made.written.digest)
    assert (payload.expert.id, payload.expert.name, opened.keyid) == ("E-07", "陈评审", person("expert").keyid)
    agreed = {statement.id: (statement.sha256, at) for statement, at in ready.statements()}
    assert {s.id: (s.sha256, s.agreed_at) for s in payload.statements} == agreed
    assert [sheet.record.application for sheet in opened.sheets] == list(made.ids)
    assert {sheet.record.revision for sheet in opened.sheets} == {1}
    assert opened.sheets[0].record.opinion == "总体较好"
    assert b"PRIVATE-NOTE" not in opened.payload_bytes
    for sheet in opened.sheets:
        stored = ready.sheet(sheet.record.application)
        expected = {name: replace(entry, note="", flagged=False) for name, entry in stored.items.items()}
        assert sheet.record.to_sheet().items == expected
    assert opened.enrolment is not None, "no card was sent before, so the file brings it"
    assert opened.enrolment.payload.name == "陈评审"
    assert "陈评审".encode() not in result.path.read_bytes()
    assert read(result.path, "recovery").payload_sha256 == result.payload_sha256


def test_recused_and_unable_sheets_need_no_marks(session: ReviewSession, out: Path, made: MadeReview) -> None:
    agree_all(session)
    session.declare(made.ids[0], Declaration("clear"))
    fill(session, made.ids[0])
    session.declare(made.ids[0], Declaration("recused", ("C3",), "近亲属任职"))
    for app in made.ids[1:]:
        session.declare(app, Declaration("clear"))
        session.set_opinion(app, "写了一半")
        session.set_unable(app, "主要文件损坏，无法阅读，请补发材料后重审。")
    assert session.export_summary().sheets == {"scored": 0, "recused": 1, "unable": len(made.ids) - 1}
    opened = read(session.export(person("expert"), out).path)
    recused = opened.sheets[0].record
    assert (recused.status, recused.declaration.codes, recused.items) == ("recused", ("C3",), ())
    assert opened.sheets[1].record.status == "unable"
    assert opened.sheets[1].record.opinion == ""
    session.start_revision("误操作")
    assert code_of(lambda: session.declare(made.ids[0], Declaration("clear"))) == "E-REVIEW-RECUSED"


def test_everything_is_locked_after_export(ready: ReviewSession, out: Path, made: MadeReview, profile: Path) -> None:
    app = made.ids[0]
    entry = ready.sheet(app).items[some_item(ready, app)]
    assert code_of(lambda: ready.start_revision("为什么")) == "E-REVIEW-NOT-LOCKED"
    ready.export(person("expert"), out)
    assert ready.locked
    assert not ready.can_undo
    for action in (
        lambda: ready.set_entry(app, replace(entry, reason="别的")),
        lambda: ready.set_opinion(app, "x"),
        lambda: ready.set_unable(app, "x"),
        lambda: ready.remove_evidence(app, "x"),
        lambda: ready.declare(app, Declaration("recused", ("C1",))),
        ready.undo,
        ready.redo,
        lambda: ready.export(person("expert"), out),
    ):
        assert code_of(action) == "E-REVIEW-LOCKED"
    ready.set_note(app, "私人笔记仍可写")
    ready.close()
    with open_session(made, profile) as again:
        assert again.locked
        assert code_of(lambda: again.start_revision("  ")) == "E-REVIEW-REASON"
        again.start_revision("更正一处笔误")
        assert not again.locked
        again.set_opinion(app, "x")


def test_unchanged_sheets_are_repeated_byte_for_byte(
    ready: ReviewSession, out: Path, made: MadeReview, profile: Path
) -> None:
    first = read(ready.export(person("expert"), out).path)
    ready.start_revision("更正一处笔误")
    app = made.ids[0]
    item = some_item(ready, app)
    ready.set_entry(app, ItemEntry(item, "scored", "L4", Decimal(85), reason=REASON))
    summary = ready.export_summary()
    assert (summary.revision, summary.first, summary.changed, summary.unchanged) == (2, False, (app,), made.ids[1:])
    ready.close()
    with open_session(made, profile) as again:
        second = read(again.export(person("expert"), out).path)
        assert (second.payload.revision, second.payload.reason) == (2, "更正一处笔误")
        assert second.sheets[0].record.revision == 2
        assert second.sheets[0].record.supersedes == first.sheets[0].digest
        assert [s.raw for s in second.sheets[1:]] == [s.raw for s in first.sheets[1:]]
        again.start_revision("再次更正")
        again.set_entry(app, first.sheets[0].record.to_sheet().items[item])
        third = read(again.export(person("expert"), out).path)
        assert third.sheets[0].record.revision == 3
        assert third.sheets[0].record.supersedes == second.sheets[0].digest, "back to the old marks is a new revision"
        again.start_revision("没有更改")
        fourth = read(again.export(person("expert"), out).path)
        assert [s.raw for s in fourth.sheets] == [s.raw for s in third.sheets]
        assert [(e.revision, e.reason) for e in again.exports()] == [
            (1, ""), (2, "更正一处笔误"), (3, "再次更正"), (4, "没有更改")]  # fmt: skip
    assert len(list(out.iterdir())) == 4


def test_a_file_that_could_not_be_written_is_written_later(ready: ReviewSession, out: Path, tmp_path: Path) -> None:
    """The stick was pulled: what was signed is kept, and the same file goes to another folder."""
    assert code_of(lambda: ready.export(person("expert"), tmp_path / "gone")) == "E-STORE-MISSING"
    assert ready.locked
    pending = ready.export_summary().pending
    assert pending.endswith(".ndbscore")
    result = ready.export(person("expert"), out)
    assert (result.revision, result.path.name) == (1, pending)
    assert ready.export_summary().pending == ""
    assert len(ready.exports()) == 1
    again = tmp_path / "again"
    again.mkdir()
    copy = ready.copy_export(1, again)
    assert copy.path.read_bytes() == result.path.read_bytes()
    assert code_of(lambda: ready.copy_export(2, again)) == "E-REVIEW-EXPORT"


def test_a_program_killed_between_signing_and_writing(
    ready: ReviewSession, out: Path, made: MadeReview, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens after the signature: there are never two different files of one revision."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(review_export, "write_export", die)
        with pytest.raises(KeyboardInterrupt):
            ready.export(person("expert"), out)
    signed = ready.exports()[0]
    ready.close()
    with open_session(made, profile) as again:
        result = again.export(person("expert"), out)
        assert result.payload_sha256 == signed.payload_sha256


def test_only_the_key_the_bundle_was_issued_to(tmp_path: Path, profile: Path, out: Path) -> None:
    keyed = make_bundle(tmp_path / "keyed", expert_key=person("expert").public)
    with open_session(keyed, profile) as session:
        complete(session)
        assert code_of(lambda: session.export(person("other"), out)) == "E-REVIEW-KEY"
        assert not session.locked
        opened = read(session.export(person("expert"), out).path)
        assert opened.enrolment is None


def test_the_reason_is_limited(ready: ReviewSession, out: Path) -> None:
    assert code_of(lambda: ready.export(person("expert"), out, reason="x" * 4001)) == "E-SHEET-LONG"
    ready.export(person("expert"), out)
    assert code_of(lambda: ready.start_revision("x" * 4001)) == "E-SHEET-LONG"


def test_the_change_log_is_not_exported_and_the_export_is_kept(
    ready: ReviewSession, out: Path, made: MadeReview, profile: Path
) -> None:
    from ndb_desktop.services.review import worksheet_path
    from ndb_desktop.storage.worksheet import Worksheet

    result = ready.export(person("expert"), out)
    ready.close()
    path = worksheet_path(profile, made.written.bundle_id)
    with Worksheet.open(path, made.secret, None, at="2027-01-01T00:00:00Z") as w:
        (row,) = w.exports()
        assert row.content == result.path.read_bytes()
        assert row.payload_sha256 == result.payload_sha256
        assert {s.digest for s in w.last_sheets().values()} == {
            hashlib.sha256(s.record).hexdigest() for s in w.last_sheets().values()
        }
