"""PDFs for signing by hand: one per application in one go, the words of the digest, the statements in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.report import score_sheet_folder, score_sheet_name, score_sheet_report, statements_report
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.reports import read, spaceless
from tests.support.review import complete, make_bundle, open_session
from tests.support.travel import person


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewSession]:
    made = make_bundle(tmp_path_factory.mktemp("made"))
    with open_session(made, made.path.parent / "profile") as session:
        complete(session)
        assert score_sheet_name(session) == "TEST_2026-pilot_draft_E-07.pdf"
        session.export(person("expert"), made.path.parent)
        yield session


def test_one_sheet_per_application_in_one_go(session: ReviewSession, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    made = score_sheet_folder(
        session, tmp_path, "zh_CN", progress=lambda done, total, _what: seen.append((done, total))
    )
    info = session.exports()[0]
    stem = Path(info.name).stem
    assert [path.name for path in made] == [f"{stem}_A-00{n}.pdf" for n in (1, 2, 3)]
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    for item, path in zip(session.applications, made, strict=True):
        shown = spaceless(read(path.read_bytes()))
        assert spaceless(item.application.applicant) in shown
        assert spaceless(spoken(info.payload_sha256, "zh_CN")) in shown
        assert spaceless(session.summary.issuer_name) in shown


def test_after_a_cancel_no_further_sheet_is_made(session: ReviewSession, tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        score_sheet_folder(session, tmp_path, progress=lambda *_: cancel.cancel(), cancel=cancel)
    assert len(list(tmp_path.glob("*.pdf"))) == 1


def test_all_in_one_file_tell_how_far_they_are(session: ReviewSession, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    score_sheet_report(session, tmp_path / "all.pdf", "zh_CN", progress=lambda *step: seen.append(step))
    names = [item.application.applicant for item in session.applications]
    assert seen == [*((number, 3, name) for number, name in enumerate(names)), (3, 3, "")]


def test_a_cancel_leaves_no_file_of_all_sheets(session: ReviewSession, tmp_path: Path) -> None:
    cancel, seen = CancelToken(), list[int]()

    def step(done: int, _total: int, _what: str) -> None:
        seen.append(done)
        cancel.cancel()

    with pytest.raises(Cancelled):
        score_sheet_report(session, tmp_path / "all.pdf", "zh_CN", progress=step, cancel=cancel)
    assert seen == [0]
    assert list(tmp_path.iterdir()) == []


def test_one_application_alone(session: ReviewSession, tmp_path: Path) -> None:
    target = tmp_path / score_sheet_name(session, "A-002")
    score_sheet_report(session, target, "en", applications=["A-002"])
    shown = spaceless(read(target.read_bytes()))
    names = [spaceless(item.application.applicant) for item in session.applications]
    assert [name in shown for name in names] == [False, True, False]
    assert spaceless(spoken(session.exports()[0].payload_sha256, "en")) in shown


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_statements_stand_in_full_with_their_time(session: ReviewSession, tmp_path: Path, language: str) -> None:
    target = tmp_path / "statements.pdf"
    statements_report(session, target, language)
    shown = spaceless(read(target.read_bytes()))
    for statement, at in session.statements():
        assert spaceless(statement.text.get(language)) in shown
        assert at in shown
        assert statement.sha256 in shown
