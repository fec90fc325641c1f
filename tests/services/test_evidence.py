"""Places noted as evidence: numbered in the lane, never twice, back after a removal, and in the signed file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services import evidence
from ndb_desktop.services.evidence import CitedPlace
from ndb_desktop.services.review import ReviewSession
from tests.support.review import MadeReview, complete, declare_all, make_bundle, open_session
from tests.support.travel import person

RECT = (100, 200, 300, 400)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path) -> Iterator[ReviewSession]:
    opened = open_session(made, tmp_path / "profile")
    declare_all(opened)
    yield opened
    opened.close()


def places(session: ReviewSession, app: str) -> list[tuple[str, str, int, object, str]]:
    return [(link.id, link.document, link.page, link.rect, link.quote) for link in session.sheet(app).evidence]


def test_the_same_place_is_noted_once_and_several_on_a_page_are_allowed(
    session: ReviewSession, made: MadeReview
) -> None:
    app, item, other = made.ids[0], "P4.1.basis", "P4.2.basis"
    cited = [
        CitedPlace("D1", 1),
        CitedPlace("D1", 1, RECT, "words"),
        CitedPlace("D1", 1, (0, 0, 10, 10)),
        CitedPlace("D1", 1, RECT, "the same words marked again"),
        CitedPlace("D1", 1),
    ]
    done = [evidence.cite(session, app, item, place) is not None for place in cited]
    assert done == [True, True, True, False, False]
    assert evidence.cite(session, app, other, cited[1]) is not None, "another item may rest on the same place"
    assert places(session, app) == [
        ("e1", "D1", 1, None, ""),
        ("e2", "D1", 1, RECT, "words"),
        ("e3", "D1", 1, (0, 0, 10, 10), ""),
        ("e4", "D1", 1, RECT, "words"),
    ]
    assert (evidence.evidence_count(session.sheet(app), item), evidence.evidence_count(session.sheet(app), other)) == (
        3,
        1,
    )


def test_a_removed_link_comes_back_by_undo_and_by_hand(session: ReviewSession, made: MadeReview) -> None:
    app, item = made.ids[0], "P4.1.basis"
    evidence.cite(session, app, item, CitedPlace("D1", 1, RECT, "words"))
    link = session.sheet(app).evidence[0]
    session.remove_evidence(app, link.id)
    assert places(session, app) == []
    session.undo()
    assert session.sheet(app).evidence == (link,)
    session.remove_evidence(app, link.id)
    evidence.cite(session, app, item, CitedPlace("D2", 1))
    assert evidence.put_back(session, app, link) is not None
    assert sorted(places(session, app)) == [("e1", "D2", 1, None, ""), ("e2", "D1", 1, RECT, "words")]
    assert evidence.put_back(session, app, link) is None


def test_a_full_sheet_says_so(session: ReviewSession, made: MadeReview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndb_desktop.services.review_checks.MAX_EVIDENCE", 2)
    app, item = made.ids[0], "P4.1.basis"
    for left in (0, 1):
        evidence.cite(session, app, item, CitedPlace("D1", 1, (left, 0, 10, 10)))
    with pytest.raises(NdbError) as caught:
        evidence.cite(session, app, item, CitedPlace("D1", 1))
    assert caught.value.code == "E-REVIEW-MANY"
    assert len(places(session, app)) == 2


def test_it_is_in_the_signed_file_with_the_digest_of_the_document(made: MadeReview, tmp_path: Path) -> None:
    session = open_session(made, tmp_path / "profile")
    complete(session)
    app = made.ids[0]
    evidence.cite(session, app, "P4.1.basis", CitedPlace("D2", 1, RECT, "生物制造"))
    out = tmp_path / "out"
    out.mkdir()
    result = session.export(person("expert"), out)
    session.close()
    opened = open_score(result.path.read_bytes(), made.recovery)
    link = opened.sheets[0].record.to_sheet().evidence[0]
    digest = next(document.sha256 for document in made.applications[0].documents if document.id == "D2")
    assert (link.item, link.document, link.page, link.rect, link.quote, link.sha256) == (
        "P4.1.basis",
        "D2",
        1,
        RECT,
        "生物制造",
        digest,
    )
