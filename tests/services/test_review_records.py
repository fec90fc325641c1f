"""What a worksheet holds that no program of ours wrote, and how much it may hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Challenge, EvidenceLink
from ndb_desktop.formats.sheetrecord import MAX_CHALLENGES, MAX_EVIDENCE
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.services.review_records import CHALLENGE, ENTRY, EVIDENCE, encode
from ndb_desktop.storage.worksheet import Edit, Worksheet
from tests.support.review import REASON, MadeReview, TestClock, declare_all, make_bundle, open_session
from tests.support.travel import AT, refusal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


def put(made: MadeReview, profile: Path, edits: list[Edit]) -> None:
    """Writes past the session, as another program with the secret could."""
    with Worksheet.open(worksheet_path(profile, made.written.bundle_id), made.secret, None, at=AT) as sheet:
        sheet.put_all(edits, at=AT)


@pytest.mark.parametrize("text", ["{", '{"state":"open"}', '"words"', '{"item":1,"state":"scored"}', ""])
def test_a_record_that_is_none_is_refused(made: MadeReview, tmp_path: Path, text: str) -> None:
    first, second = made.ids[:2]
    with open_session(made, tmp_path) as session:
        declare_all(session)
    put(made, tmp_path, [Edit(first, ENTRY, "P1.1.basis", text)])
    with open_session(made, tmp_path) as session:
        assert refusal(lambda: session.sheet(first)) == "E-REVIEW-RECORD"
        # The other applications can still be reviewed.
        assert session.sheet(second).declaration.status == "clear"


def a_challenge(session: ReviewSession, app: str) -> Callable[[int], Challenge]:
    review = session.item(app)
    item = next(i for i in review.pack.items if i.computed and i.indicator.data[0].kind == "number")
    datum = item.indicator.data[0]
    key = str(review.application.year) if datum.years else ""
    return lambda n: Challenge(f"q{n}", item.indicator.id, datum.code, key, Decimal("3.1"), "D1", 1, REASON)


def test_a_sheet_holds_only_so_many_challenges_and_links(made: MadeReview, tmp_path: Path) -> None:
    app = made.ids[0]
    with open_session(made, tmp_path) as session:
        declare_all(session)
        challenge = a_challenge(session, app)
        item = next(i.id for i in session.item(app).pack.items if not i.computed)

    def link(n: int) -> EvidenceLink:
        return EvidenceLink(f"e{n}", item, "D1", 1)

    edits = [Edit(app, CHALLENGE, f"q{n}", encode(challenge(n))) for n in range(1, MAX_CHALLENGES)]
    edits += [Edit(app, EVIDENCE, f"e{n}", encode(link(n))) for n in range(1, MAX_EVIDENCE)]
    put(made, tmp_path, edits)
    with open_session(made, tmp_path, clock=TestClock()) as session:
        for put_one, make, most in (
            (session.put_challenge, challenge, MAX_CHALLENGES),
            (session.put_evidence, link, MAX_EVIDENCE),
        ):
            put_one(app, make(most))  # type: ignore[operator]
            assert refusal(lambda: put_one(app, make(most + 1))) == "E-REVIEW-MANY"  # type: ignore[operator]  # noqa: B023
            # One that is there can still be changed.
            put_one(app, make(most))  # type: ignore[operator]
        assert (len(session.sheet(app).challenges), len(session.sheet(app).evidence)) == (MAX_CHALLENGES, MAX_EVIDENCE)
