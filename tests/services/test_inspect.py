"""A session of an inspection: who opens it, what may be written, the clock, photos, kills in the middle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    ClockNote,
    Finding,
    Head,
    Meeting,
    Member,
    Observation,
    Photo,
    PhotoMark,
    Recheck,
    VetoFinding,
    Visit,
)
from ndb_desktop.services import inspect_record
from ndb_desktop.services.inspect import SiteSession, open_inspection, record_path
from ndb_desktop.services.inspect_clock import device_now, moment, steady_seconds
from ndb_desktop.storage.sitesheet import SiteSheet
from tests.support.killing import Life, Say
from tests.support.photos import photo as draw
from tests.support.review import SECRET, make_bundle
from tests.support.site import BUNDLE_ID, TEAM, Device, MadeSite, make_site_bundle, open_site
from tests.support.siterecords import member
from tests.support.travel import person, refusal


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    return make_site_bundle(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker() as worker:
        yield worker


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture(scope="module")
def begun(made: MadeSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with an untouched record; copied, for making one costs three keys."""
    folder = tmp_path_factory.mktemp("begun")
    open_site(made, folder).close()
    return folder


@pytest.fixture
def session(begun: Path, tmp_path: Path, device: Device) -> Iterator[SiteSession]:
    shutil.copytree(begun, tmp_path / "profile")
    with open_site(record_path(tmp_path / "profile", BUNDLE_ID), tmp_path / "profile", device=device) as session:
        session.declare()
        yield session


def events(session: SiteSession) -> list[tuple[str, int]]:
    return [(note.event, note.jump) for note in session.record.clock]


# who opens it


def test_every_member_opens_it_and_nobody_else(made: MadeSite, tmp_path: Path) -> None:
    for name in TEAM:
        with open_site(made, tmp_path / name, name) as session:
            assert (session.member.id, session.visit, session.pack.digest) == (name, made.visit, made.pack.digest)
            assert made.visit.application in session.application_json
            assert made.visit.batch in session.batch_json
    stranger = tmp_path / "stranger"
    assert refusal(lambda: open_inspection(made.path, person("E-77"), profile=stranger)) == "E-INSPECT-MEMBER"
    assert refusal(lambda: open_inspection(made.path, made.issuer, profile=stranger)) == "E-INSPECT-MEMBER"
    assert not record_path(stranger, BUNDLE_ID).exists()


def test_a_working_record_opens_without_its_bundle(made: MadeSite, tmp_path: Path) -> None:
    with open_site(made, tmp_path) as session:
        session.declare()
        session.put(Observation("O1-01", "𠮷野's 0"))
    work = record_path(tmp_path, BUNDLE_ID)
    with open_site(work, tmp_path, TEAM[1]) as session:
        assert session.record.observations == (Observation("O1-01", "𠮷野's 0"),)
        assert (session.member.id, session.declared) == (TEAM[1], False)
        assert session.changed_by(("observation", "O1-01"))[1] == TEAM[0]
        assert session.changed_by(("observation", "O1-02")) == ("", "")
        assert [line.new is None for line in session.history(("observation", "O1-01"))] == [False]
    assert refusal(lambda: open_inspection(work, person("E-77"), profile=tmp_path)) == "E-BUNDLE-KEY"
    assert refusal(lambda: open_inspection(work, made.issuer, profile=tmp_path)) == "E-INSPECT-MEMBER"
    keys = work.with_name(work.name + ".keys")
    keys.write_bytes(bytes(5000))
    assert refusal(lambda: open_site(work, tmp_path)) == "E-BUNDLE-SLOTS"
    keys.unlink()
    assert refusal(lambda: open_site(work, tmp_path)) == "E-STORE-MISSING"


def test_other_files_are_no_inspection(made: MadeSite, tmp_path: Path) -> None:
    review = make_bundle(tmp_path / "review")
    assert refusal(lambda: open_site(review.path, tmp_path)) == "E-INSPECT-BUNDLE"
    text = tmp_path / "a.txt"
    text.write_text("x")
    assert refusal(lambda: open_site(text, tmp_path)).startswith("E-FILE-")
    with open_site(made, tmp_path / "p"):
        assert refusal(lambda: open_site(made, tmp_path / "p")) == "E-STORE-LOCKED"


def test_another_issue_of_the_bundle_does_not_take_over_a_record(made: MadeSite, tmp_path: Path) -> None:
    open_site(made, tmp_path / "p").close()
    other = make_site_bundle(tmp_path / "other", change=lambda visit: replace(visit, planned_on="2026-11-23"))
    assert refusal(lambda: open_site(other, tmp_path / "p")) == "E-INSPECT-OTHER"
    stranger = make_site_bundle(tmp_path / "stranger", issuer="E-77", bundle_id="1" * 32)
    assert refusal(lambda: open_site(stranger, tmp_path / "p")) == "E-BUNDLE-ISSUER"


def _other_team(visit: Visit) -> Visit:
    return replace(visit, members=(*visit.members, member("E-03")))


def _other_name(visit: Visit) -> Visit:
    first = visit.members[0]
    return replace(visit, members=(Member(first.id, "另一人", first.employer, first.key), *visit.members[1:]))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda visit: replace(visit, id="V-002"), "visit"),
        (lambda visit: replace(visit, trial=False), "batch"),
        (_other_team, "team"),
        (_other_name, "team"),
    ],
)
def test_a_manifest_that_says_something_else_than_the_visit(tmp_path: Path, change: object, what: str) -> None:
    made = make_site_bundle(tmp_path / "b", signed=change)  # type: ignore[arg-type]
    with pytest.raises(NdbError) as caught:
        open_site(made, tmp_path / "p")
    assert (caught.value.code, caught.value.params["what"]) == ("E-INSPECT-CONTENT", what)
    assert not record_path(tmp_path / "p", BUNDLE_ID).exists()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda visit: replace(visit, pack="0" * 64), "pack"),
        (lambda visit: replace(visit, application="A-999"), "application"),
    ],
)
def test_a_visit_that_does_not_fit_what_lies_beside_it(tmp_path: Path, change: object, what: str) -> None:
    made = make_site_bundle(tmp_path / "b", change=change)  # type: ignore[arg-type]
    with pytest.raises(NdbError) as caught:
        open_site(made, tmp_path / "p")
    assert (caught.value.code, caught.value.params["what"]) == ("E-INSPECT-CONTENT", what)


# what may be written


def test_nothing_is_written_before_the_statements(made: MadeSite, tmp_path: Path) -> None:
    with open_site(made, tmp_path) as session:
        assert refusal(lambda: session.put(Observation("O1-01", "x"))) == "E-INSPECT-DECLARE"
        assert refusal(lambda: session.remove(("observation", "O1-01"))) == "E-INSPECT-DECLARE"
        assert refusal(lambda: session.add_photos([])) == "E-INSPECT-DECLARE"
        session.declare()
        session.declare()
        ((name, at),) = session.record.head.declared
        assert (name, at[:10]) == (TEAM[0], "2026-11-22")
        session.put(Head("福州", declared=()))
        assert session.record.head.declared == ((name, at),)


def test_a_conclusion_is_computed_and_nought_is_not_missing(session: SiteSession) -> None:
    session.put(Check("rd_spending/2025", Decimal("3.1"), "major", "keep", ("original",)))
    assert session.record.check("rd_spending/2025").conclusion == "consistent"
    session.put(Check("rd_spending/2025", Decimal(0)))
    assert session.record.check("rd_spending/2025") == Check("rd_spending/2025", Decimal(0), "major")
    session.put(replace(session.record.check("rd_spending/2025"), verified=None))
    assert session.record.check("rd_spending/2025").conclusion is None
    session.put(Check("rd_spending/2025", None, "unverifiable"))
    assert session.record.check("rd_spending/2025").conclusion == "unverifiable"
    session.put(Check("accidents", Decimal(0)))
    assert session.record.check("accidents").conclusion == "consistent"
    session.put(Check("certified", None, "consistent"))
    assert session.record.check("certified").conclusion == "consistent"


def test_what_does_not_belong_there_is_refused_by_code(session: SiteSession) -> None:
    item = session.pack.items[0].id
    session.put(Finding("F1-01", "minor", "标识不清", f"answer:{item}"))
    wrong = {
        "E-INSPECT-CLOCK": ClockNote("C1-0009", "jump", "2026-11-22T09:00:00+08:00", 0),
        "E-INSPECT-DATUM": Check("other", Decimal(1)),
        "E-INSPECT-ITEM": Answer("nowhere", "pass"),
        "E-INSPECT-GROUND": VetoFinding("X1-01", "V9", "x", "y"),
        "E-INSPECT-ABOUT": Finding("F1-02", "minor", "x", "finding:F1-99"),
        "E-INSPECT-PERSON": Finding("F1-02", "minor", "x", rechecks=(Recheck("", "E-77", passed=True),)),
        "E-INSPECT-PHOTO": Photo("P1-0001", "0" * 64, 1, "image/jpeg", "a.jpg", 1, 1),
        "E-JSON-FIELD": Meeting("opening", "held", "yesterday"),
    }
    for code, part in wrong.items():
        before = session.record.parts
        assert refusal(lambda part=part: session.put(part)) == code  # type: ignore[misc]
        assert session.record.parts == before
    assert refusal(lambda: session.remove(("finding", "F9-99"))) == "E-INSPECT-NONE"
    assert refusal(lambda: session.remove(("clock", "C1-0001"))) == "E-INSPECT-CLOCK"


def test_ids_are_numbered_by_member(session: SiteSession, made: MadeSite) -> None:
    assert session.new_id("finding") == "F1-01"
    session.put_all([Finding("F1-01", "minor", "x"), Finding("F2-07", "severe", "y", "finding:F1-01")])
    assert (session.new_id("finding"), session.new_id("photo")) == ("F1-02", "P1-0001")


def test_undo_is_by_commits(session: SiteSession) -> None:
    assert session.put(Observation("O1-01", "一")) == ("observation", "O1-01")
    session.put_all([Observation("O1-01", "二"), Answer(session.pack.items[0].id, "pass")])
    assert session.put_all([Observation("O1-01", "二")]) == ()
    assert set(session.undo()) == {("observation", "O1-01"), ("answer", session.pack.items[0].id)}
    assert session.record.observations == (Observation("O1-01", "一"),)
    assert session.can_redo
    session.redo()
    assert session.record.observations == (Observation("O1-01", "二"),)
    assert session.redo() == ()
    while session.can_undo:
        session.undo()
    assert (session.undo(), session.declared) == ((), False)
    assert {kind for kind, _ in session.record.parts} <= {"clock", "head"}


def test_a_field_that_cannot_be_stored_leaves_all_as_it_was(session: SiteSession) -> None:
    sheet = session._sheet
    (pages,) = sheet._conn.execute("PRAGMA page_count").fetchone()
    sheet._conn.execute(f"PRAGMA max_page_count = {pages}")
    before = session.record
    parts = [Observation(f"O1-{number:02d}", "长" * 4000) for number in range(1, 30)]
    assert refusal(lambda: session.put_all(parts)) == "E-STORE-FULL"
    assert session.record == before
    sheet._conn.execute("PRAGMA max_page_count = 100000")
    session.put_all(parts)
    assert len(session.record.observations) == 29


# the clock


def test_opening_and_closing_are_noted_only_where_something_was_written(made: MadeSite, tmp_path: Path) -> None:
    open_site(made, tmp_path).close()
    with open_site(made, tmp_path) as session:
        assert events(session) == []
        session.declare()
        assert events(session) == [("opened", 0)]
    with open_site(made, tmp_path, TEAM[1], Device(Device().now + timedelta(hours=1))) as session:
        assert events(session) == [("opened", 0), ("closed", 0)]
        session.declare()
        notes = session.record.clock
    assert [(note.id, note.member) for note in notes] == [
        ("C1-0001", TEAM[0]),
        ("C1-0002", TEAM[0]),
        ("C2-0001", TEAM[1]),
    ]


def test_a_clock_that_is_moved_is_noted_and_a_long_wait_is_not(session: SiteSession, device: Device) -> None:
    device.wait(86_400)
    session.put(Observation("O1-01", "一"))
    assert events(session) == [("opened", 0)]
    device.set(-7200)
    session.put(Observation("O1-01", "二"))
    assert events(session) == [("opened", 0), ("jump", -7200)]
    note = session.record.clock[-1]
    assert 86_400 <= note.elapsed <= 86_500
    device.set(50)
    session.put(Observation("O1-01", "三"))
    assert len(events(session)) == 2
    device.set(50)
    session.put(Observation("O1-01", "四"))
    assert events(session)[2:] == [("jump", 100)]
    session.undo()
    assert events(session)[2:] == [("jump", 100)]


def test_a_clock_set_back_between_two_sessions_is_noted(made: MadeSite, tmp_path: Path) -> None:
    with open_site(made, tmp_path) as session:
        session.declare()
        last = session.log()[-1].at
    back = Device()
    back.now -= timedelta(days=1)
    with open_site(made, tmp_path, device=back) as session:
        session.put(Observation("O1-01", "一"))
        (jump,) = [note for note in session.record.clock if note.event == "jump"]
        assert -86_420 < jump.jump < -86_380
        assert session.log()[-1].at < last


def test_another_zone_is_noted(made: MadeSite, tmp_path: Path, device: Device) -> None:
    with open_site(made, tmp_path, device=device) as session:
        session.declare()
        device.now = device.now.astimezone(timezone(timedelta(hours=6)))
        session.put(Observation("O1-01", "一"))
        assert events(session) == [("opened", 0), ("zone", 0)]
        assert session.record.clock[-1].at.endswith("+06:00")
    device.now = device.now.astimezone(timezone(timedelta(hours=8)))
    with open_site(made, tmp_path, device=device) as session:
        session.put(Observation("O1-01", "二"))
        assert [event for event, _ in events(session)] == ["opened", "zone", "closed", "opened", "zone"]


def test_what_could_not_be_noted_is_noted_later(session: SiteSession, device: Device) -> None:
    device.set(-7200)
    sheet = session._sheet
    sheet._conn.execute("PRAGMA query_only = ON")
    assert refusal(lambda: session.put(Observation("O1-01", "一"))) == "E-STORE-READONLY"
    sheet._conn.execute("PRAGMA query_only = OFF")
    session.put(Observation("O1-01", "一"))
    assert events(session) == [("opened", 0), ("jump", -7200)]


def test_notes_of_routine_end_before_a_record_is_full_of_them(
    session: SiteSession, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect_record, "ROUTINE", 2)
    device.set(600)
    session.put(Observation("O1-01", "一"))
    path = session.path
    session.close()
    with open_site(path, path.parent, device=device) as again:
        again.put(Observation("O1-01", "二"))
        device.set(600)
        again.put(Observation("O1-01", "三"))
        assert events(again) == [("opened", 0), ("jump", 600), ("jump", 600)]


def test_the_clock_of_this_device() -> None:
    assert device_now().tzinfo is not None
    assert len(moment(device_now())) in {20, 25}
    before = steady_seconds()
    assert steady_seconds() >= before


# photos


def picture(folder: Path, name: str, corner: tuple[int, int, int] = (1, 2, 3)) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(draw(64, 48, corner=corner))
    return path


def test_photos_come_once_and_stay_what_they_are(session: SiteSession, tmp_path: Path, worker: RenderWorker) -> None:
    session.put(Finding("F1-01", "minor", "x"))
    one, two = picture(tmp_path / "c", "一's.jpg"), picture(tmp_path / "c", "二.jpg", (9, 9, 9))
    picture(tmp_path / "c", "again.jpg")
    (tmp_path / "c" / "bad.jpg").write_bytes(b"no photo")
    taken = session.add_photos([tmp_path / "c"], about="finding:F1-01", worker=worker)
    assert [taken.count(state) for state in ("added", "known", "refused", "left")] == [2, 1, 1, 0]
    photos = session.record.photos_of("finding:F1-01")
    assert [photo.id for photo in photos] == ["P1-0001", "P1-0002"]
    assert {session.original(photo) for photo in photos} == {one.read_bytes(), two.read_bytes()}
    assert session.preview(photos[0])[:2] == session.thumb(photos[0])[:2] == b"\xff\xd8"
    session.put(replace(photos[0], caption="铭牌", marks=(PhotoMark("pen", ((0, 0),)),)))
    for change in ({"taken_at": "2026-01-01T00:00:00"}, {"sha256": "0" * 64}, {"position": (Decimal(1), Decimal(1))}):
        assert refusal(lambda change=change: session.put(replace(photos[0], **change))) == "E-INSPECT-PHOTO"  # type: ignore[misc]
    assert refusal(lambda: session.add_photos([one], about="finding:F9", worker=worker)) == "E-INSPECT-ABOUT"


def test_a_photo_taken_out_comes_back_once(session: SiteSession, tmp_path: Path, worker: RenderWorker) -> None:
    path = picture(tmp_path / "c", "a.jpg")
    session.put(Observation("O1-01", "x"))
    session.add_photos([path], about="observation:O1-01", worker=worker)
    session.remove(("observation", "O1-01"))
    assert session.record.photos[0].about == ""
    session.undo()
    assert session.record.photos[0].about == "observation:O1-01"
    session.remove(("photo", "P1-0001"))
    assert session.add_photos([path], worker=worker).verdicts[0].id == "P1-0001"
    session.undo()
    session.undo()
    assert session.record.photos_of("observation:O1-01")
    assert session.photos.total()[0] == 1


def test_more_or_larger_photos_than_the_checklist_allows(
    session: SiteSession, tmp_path: Path, worker: RenderWorker
) -> None:
    files = [picture(tmp_path / "c", f"{number}.jpg", (80 * number, 0, 0)) for number in range(3)]
    rules = session.pack.photos
    object.__setattr__(session._opened, "pack", replace(session.pack, photos=replace(rules, most=1)))
    taken = session.add_photos(files, worker=worker)
    assert (taken.count("added"), taken.stopped.code if taken.stopped else "") == (1, "E-STORE-PHOTO-COUNT")
    object.__setattr__(session._opened, "pack", replace(session.pack, photos=replace(rules, most=9, most_bytes=10)))
    refused = session.add_photos(files[1:], worker=worker)
    assert [verdict.fault.code for verdict in refused.verdicts if verdict.fault] == ["E-STORE-PHOTO-SIZE"] * 2


# killed in the middle


@pytest.mark.parametrize("after", [0.0, 0.01])
def test_killed_while_it_works_it_has_all_that_was_said(made: MadeSite, tmp_path: Path, after: float) -> None:
    open_site(made, tmp_path).close()

    def work(say: Say) -> None:
        session = open_site(made, tmp_path)
        session.declare()
        for number in range(100_000):
            session.put_all([Observation("O1-01", str(number)), Check("accidents", Decimal(number))])
            say("stored", number)

    life = Life(work)
    said = [life.line() for _ in range(3)] + life.kill(after)
    last = int(said[-1][1])
    with open_site(made, tmp_path) as session:
        (found,) = session.record.observations
        assert int(found.text) in {last, last + 1}
        assert session.record.check("accidents").verified == int(found.text)
        session.put(Observation("O1-02", "weiter"))


def test_killed_while_photos_are_added_none_is_lost_or_doubled(made: MadeSite, tmp_path: Path) -> None:
    files = [picture(tmp_path / "c", f"{number:02d}.jpg", (10 * number, 250 - 10 * number, 7)) for number in range(24)]
    open_site(made, tmp_path).close()

    def work(say: Say) -> None:
        session = open_site(made, tmp_path)
        session.declare()
        keep = session.keep

        def told(taken: object) -> str:
            name = keep(taken)  # type: ignore[arg-type]
            say("kept", name)
            return name

        session.keep = told  # type: ignore[method-assign]
        session.add_photos(files)
        say("done")

    kept: set[str] = set()
    for wait in (2, 5):
        life = Life(work)
        said = [life.line() for _ in range(wait)] + life.kill()
        kept |= {words[1] for words in said if words[0] == "kept"}
        with SiteSheet.open(record_path(tmp_path, BUNDLE_ID), SECRET, None, at="2026-11-22T11:00:00+08:00") as sheet:
            stored = {name for kind, name in sheet.parts() if kind == "photo"}
            assert kept <= stored
            (count,) = sheet._conn.execute("SELECT count(*) FROM photo").fetchone()
            assert count == len(stored)
    with open_site(made, tmp_path) as session:
        taken = session.add_photos(files)
        assert taken.count("known") + taken.count("added") == len(files)
        assert taken.count("known") == len(stored)
        assert {session.original(photo) for photo in session.record.photos} == {file.read_bytes() for file in files}
        assert session.photos.total()[0] == len(files)
