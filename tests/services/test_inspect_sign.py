"""Freezing, co-signing and joining: two members on two profiles, what an edit does to signatures, conflicts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import (
    Check,
    ClockNote,
    Closing,
    Finding,
    Head,
    Host,
    Meeting,
    Observation,
    key_of,
)
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services.inspect import SiteSession, record_path
from ndb_desktop.services.report_site import SignatureState
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.photos import photo as draw
from tests.support.site import BUNDLE_ID, START, TEAM, Device, MadeSite, complete, make_site_bundle, open_site
from tests.support.siterecords import freeze, record
from tests.support.travel import person, refusal

ONE, TWO = (person(name) for name in TEAM)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    return make_site_bundle(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker() as worker:
        yield worker


@pytest.fixture(scope="module")
def begun(made: MadeSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of each member in which the statements were made; copied, for making one costs three keys."""
    folder = tmp_path_factory.mktemp("begun")
    for name in TEAM:
        with open_site(made, folder / name, name) as session:
            session.declare()
    return folder


@pytest.fixture
def first(made: MadeSite, begun: Path, tmp_path: Path) -> Iterator[SiteSession]:
    shutil.copytree(begun / TEAM[0], tmp_path / "one")
    with open_site(record_path(tmp_path / "one", BUNDLE_ID), tmp_path / "one", TEAM[0], later()) as session:
        yield session


@pytest.fixture
def second(made: MadeSite, begun: Path, tmp_path: Path) -> Iterator[SiteSession]:
    shutil.copytree(begun / TEAM[1], tmp_path / "two")
    with open_site(record_path(tmp_path / "two", BUNDLE_ID), tmp_path / "two", TEAM[1], later()) as session:
        yield session


def later() -> Device:
    """A clock an hour after the statements."""
    return Device(START + timedelta(hours=1))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def picture(folder: Path, name: str, corner: tuple[int, int, int] = (1, 2, 3)) -> Path:
    path = folder / name
    path.write_bytes(draw(64, 48, corner=corner))
    return path


def test_a_partial_record_frozen_by_one_signed_by_the_other_and_edited(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    first.put_all([Head("福州", hosts=(Host("𠮷田 O'Neil", "总工"),)), Check("accidents", Decimal(0))])
    first.add_photos([picture(out, "a.jpg")], worker=worker)
    assert first.standing().revision == 0
    frozen = first.freeze(ONE, out, partial=True)
    assert (frozen.revision, frozen.signed, frozen.missing, frozen.fallen) == (1, (TEAM[0],), (TEAM[1],), ())
    assert not first.standing().edited
    assert not first.can_undo
    whole = second.cosign(TWO, frozen.path, out)
    assert (whole.signed, whole.missing, whole.digest) == (TEAM, (), frozen.digest)
    assert (second.standing().revision, second.standing().edited) == (1, True)
    standing = first.take_back(ONE, whole.path)
    assert (standing.signed, standing.missing, standing.edited, standing.falls) == (TEAM, (), False, ())

    first.put(Check("accidents", Decimal(1)))
    told = first.standing()
    assert (told.edited, told.falls) == (True, ()), "nobody signed a whole record"
    first.undo()
    assert (first.standing().edited, first.standing().falls) == (False, ())
    first.redo()
    again = first.freeze(ONE, out, partial=True)
    assert (again.revision, again.signed, again.fallen) == (2, (TEAM[0],), told.falls)
    with SiteReader(again.path, TWO) as reader:
        payload = reader.opened.payload
        assert payload.supersedes == frozen.digest
        assert [(one.member, one.revision) for one in payload.fallen] == list(told.falls)
        assert reader.record.check("accidents").verified == Decimal(1)
        assert [note.event for note in reader.record.clock] == ["opened", "closed", "opened", "frozen", "frozen"]
        reader.check_photos()
    assert refusal(lambda: first.cosign(ONE, frozen.path, out)) == "E-INSPECT-OLDER"
    assert second.cosign(TWO, again.path, out).signed == TEAM


def test_a_file_that_was_lost_is_written_again_with_the_same_content(first: SiteSession, out: Path) -> None:
    first.put(Observation("O1-01", "x"))
    frozen = first.freeze(ONE, out, partial=True)
    assert refusal(lambda: first.freeze(ONE, out, partial=True)) == "E-INSPECT-FROZEN"
    frozen.path.unlink()
    again = first.freeze(ONE, out, partial=True)
    assert (again.digest, again.revision, again.path) == (frozen.digest, 1, frozen.path)


def test_a_whole_record_is_asked_for_unless_told_otherwise(first: SiteSession, out: Path) -> None:
    lacks = first.lacks()
    with pytest.raises(NdbError) as caught:
        first.freeze(ONE, out)
    assert (caught.value.code, caught.value.params["count"]) == ("E-INSPECT-LACKS", str(len(lacks)))
    assert {lack.kind for lack in lacks} >= {"statement", "place", "check_open"}
    assert first.standing().revision == 0
    assert list(out.iterdir()) == []


def test_a_whole_record_goes_through_both_members_and_is_complete(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    complete(first, out, worker)
    assert {lack.kind for lack in first.lacks()} == {"statement"}
    statement = second.freeze(TWO, out, partial=True)
    with SiteReader(statement.path, ONE) as reader:
        assert reader.opened.payload.partial
    first.join(ONE, statement.path)
    assert first.lacks() == ()
    assert (first.standing().edited, first.standing().falls) == (True, ())
    assert first.signatures() == SignatureState(after=1)
    frozen = first.freeze(ONE, out)
    state = first.signatures()
    assert (state.revision, state.digest, state.signed) == (2, frozen.digest, ((TEAM[0], ""),))
    assert state.fallen == (), "the statement that came in was signed, and no whole record"
    whole = second.cosign(TWO, frozen.path, out)
    with SiteReader(whole.path, TWO) as reader:
        assert reader.opened.complete
        assert not reader.opened.payload.partial
        reader.check_photos()
    first.take_back(ONE, whole.path)
    first.put(Observation("O1-01", "补记"))
    both = ((TEAM[0], 2), (TEAM[1], 2))
    assert (first.standing().edited, first.standing().falls) == (True, both)
    assert first.signatures() == SignatureState(fallen=both, after=2)
    closing = first.record.closing
    first.put(Closing())
    halves = first.freeze(ONE, out, partial=True)
    assert (halves.revision, halves.fallen) == (3, both)
    first.put(closing)
    assert first.standing().falls == both, "the partial record between replaced no whole one"
    assert first.freeze(ONE, out).fallen == both


def test_only_members_sign(first: SiteSession, made: MadeSite, out: Path) -> None:
    assert refusal(lambda: first.freeze(person("E-77"), out, partial=True)) == "E-INSPECT-MEMBER"
    frozen = first.freeze(ONE, out, partial=True)
    assert refusal(lambda: first.cosign(made.issuer, frozen.path, out)) == "E-INSPECT-MEMBER"
    assert refusal(lambda: first.cosign(ONE, frozen.path, out)) == "E-SIGNER-TWICE"


def test_a_cancelled_or_failed_freeze_leaves_no_file_and_no_hole(
    first: SiteSession, out: Path, worker: RenderWorker
) -> None:
    first.add_photos([picture(out.parent, "a.jpg")], worker=worker)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        first.freeze(ONE, out, partial=True, cancel=cancel)
    assert list(out.iterdir()) == []
    assert (first.standing().revision, first.signatures()) == (0, SignatureState()), "what never became a file"
    assert refusal(lambda: first.freeze(ONE, out / "none", partial=True)) == "E-STORE-MISSING"
    first.put(Observation("O1-01", "x"))
    assert first.standing().falls == ()
    assert first.freeze(ONE, out, partial=True).revision == 1


def test_a_file_whose_writing_was_not_noted_any_more_is_found(
    made: MadeSite, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if killed between the file and the note of it."""
    with open_site(made, tmp_path / "one") as session:
        session.declare()
        with monkeypatch.context() as patch:
            patch.setattr(session._sheet, "written", _killed)
            with pytest.raises(KeyboardInterrupt):
                session.freeze(ONE, out, partial=True)
    with open_site(made, tmp_path / "one") as session:
        session.put(Observation("O1-01", "x"))
        frozen = session.freeze(ONE, out, partial=True)
        assert (frozen.revision, frozen.fallen) == (2, ())


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_bytes_of_photos_taken_out_are_gone_after_freezing(first: SiteSession, out: Path, worker: RenderWorker) -> None:
    first.add_photos([picture(out.parent, "a.jpg"), picture(out.parent, "b.jpg", (250, 0, 0))], worker=worker)
    first.remove(("photo", "P1-0001"))
    assert first.photos.total()[0] == 2
    first.freeze(ONE, out, partial=True)
    assert first.photos.total()[0] == 1


def test_the_record_of_another_visit_is_refused(first: SiteSession, out: Path) -> None:
    written = freeze(out / "other.ndbsite", record(photos=0))
    for call in (
        lambda: first.cosign(ONE, written.path, out),
        lambda: first.take_back(ONE, written.path),
        lambda: first.compare(ONE, written.path),
        lambda: first.join(ONE, written.path),
    ):
        assert refusal(call) == "E-INSPECT-VISIT"


# joining


def test_two_partial_records_become_one(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    first.put_all([Head("福州"), Check("accidents", Decimal(0)), Finding("F1-01", "minor", "甲")])
    second.put_all([Check("rd_spending/2025", Decimal("3.1")), Finding("F2-01", "severe", "乙")])
    second.add_photos([picture(out, "b.jpg", (250, 0, 0))], about="finding:F2-01", worker=worker)
    theirs = second.freeze(TWO, out, partial=True)
    plan = first.compare(ONE, theirs.path)
    assert (plan.revision, plan.signed, plan.conflicts) == (1, (TEAM[1],), ())
    assert ("photo", "P2-0001") in plan.taken
    assert ("photo", "P2-0001") not in first.record.parts
    first.join(ONE, theirs.path, worker=worker)
    joined = first.record
    assert [finding.id for finding in joined.findings] == ["F1-01", "F2-01"]
    assert [name for name, _ in joined.head.declared] == list(TEAM)
    assert (joined.head.place, joined.check("rd_spending/2025").conclusion) == ("福州", "consistent")
    assert first.original(joined.photos[0]) == (out / "b.jpg").read_bytes()
    assert {note.member for note in joined.clock} == set(TEAM)
    frozen = first.freeze(ONE, out, partial=True)
    assert (frozen.revision, frozen.fallen) == (2, ())
    back = second.compare(TWO, frozen.path)
    assert back.conflicts == ()
    second.join(TWO, frozen.path, worker=worker)
    assert (second.standing().edited, second.record.findings) == (False, joined.findings)
    assert second.cosign(TWO, frozen.path, out).missing == ()


def test_conflicts_are_listed_and_chosen_one_by_one(first: SiteSession, second: SiteSession, out: Path) -> None:
    first.put_all([Check("accidents", Decimal(0)), Observation("O1-01", "甲"), Meeting("opening", "held", note="一")])
    second.put_all([Check("accidents", None, "unverifiable"), Observation("O1-01", "乙"), Closing(read_out=False)])
    theirs = second.freeze(TWO, out, partial=True)
    plan = first.compare(ONE, theirs.path)
    keys = [split.key for split in plan.conflicts]
    assert keys == [("check", "accidents"), ("observation", "O1-01")]
    assert refusal(lambda: first.join(ONE, theirs.path)) == "E-INSPECT-CONFLICT"
    assert refusal(lambda: first.join(ONE, theirs.path, {keys[0]: "mine"})) == "E-INSPECT-CONFLICT"
    over = dict.fromkeys(keys, "mine") | {("closing", ""): "mine"}
    assert refusal(lambda: first.join(ONE, theirs.path, over)) == "E-INSPECT-CONFLICT"  # type: ignore[arg-type]
    wrong = {keys[0]: "both", keys[1]: "mine"}
    assert refusal(lambda: first.join(ONE, theirs.path, wrong)) == "E-INSPECT-CONFLICT"  # type: ignore[arg-type]
    before = first.record
    first.join(ONE, theirs.path, {keys[0]: "theirs", keys[1]: "both"})
    joined = first.record
    assert joined.check("accidents") == Check("accidents", None, "unverifiable")
    assert [one.text for one in joined.observations] == ["甲", "乙"]
    assert (joined.closing.read_out, joined.meeting("opening").note) == (False, "一")
    first.undo()
    assert {key: part for key, part in first.record.parts.items() if key[0] != "clock"} == {
        key: part for key, part in before.parts.items() if key[0] != "clock"
    }


def test_a_later_revision_is_joined_by_what_changed_in_it(first: SiteSession, second: SiteSession, out: Path) -> None:
    first.put_all([Observation("O1-01", "甲"), Observation("O1-02", "甲")])
    frozen = first.freeze(ONE, out, partial=True)
    second.join(TWO, frozen.path)
    second.put(Observation("O1-01", "乙"))
    second.remove(("observation", "O1-02"))
    first.put(Observation("O1-03", "丙"))
    theirs = second.freeze(TWO, out, partial=True)
    assert (theirs.revision, theirs.fallen) == (2, ())
    plan = first.join(ONE, theirs.path)
    assert plan.conflicts == ()
    assert [(one.id, one.text) for one in first.record.observations] == [("O1-01", "乙"), ("O1-03", "丙")]


def test_what_was_only_signed_here_is_taken_in_whole(first: SiteSession, second: SiteSession, out: Path) -> None:
    first.put(Observation("O1-01", "甲"))
    frozen = first.freeze(ONE, out, partial=True)
    second.cosign(TWO, frozen.path, out)
    assert ("observation", "O1-01") in second.join(TWO, frozen.path).taken
    assert second.record.observations == (Observation("O1-01", "甲"),)


def test_the_same_photo_of_both_is_one(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    path = picture(out, "same.jpg")
    first.add_photos([path], worker=worker)
    second.add_photos([path], worker=worker)
    (photo,) = second.record.photos
    second.put(replace(photo, caption="铭牌"))
    theirs = second.freeze(TWO, out, partial=True)
    (split,) = first.compare(ONE, theirs.path).conflicts
    assert split.key == ("photo", "P1-0001")
    first.join(ONE, theirs.path, {split.key: "theirs"})
    (photo,) = first.record.photos
    assert (photo.id, photo.caption) == ("P1-0001", "铭牌")
    first.freeze(ONE, out, partial=True)


def test_the_same_photo_under_two_file_names_is_no_conflict(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    first.add_photos([picture(out, "b.jpg")], about="head", worker=worker)
    second.add_photos([picture(out, "a.jpg")], about="head", worker=worker)
    mine, theirs = first.freeze(ONE, out, partial=True), second.freeze(TWO, out, partial=True)
    for session, key, file in ((first, ONE, theirs), (second, TWO, mine)):
        assert session.compare(key, file.path).conflicts == ()
        session.join(key, file.path)
        (photo,) = session.record.photos
        assert (photo.name, photo.about) == ("a.jpg", "head"), "whoever joins, it is called the same"


def test_both_of_a_conflict_keep_their_own_photos(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    for session, name, colour in ((first, "a.jpg", (1, 2, 3)), (second, "b.jpg", (250, 0, 0))):
        session.put(Finding("F1-01", "minor", name))
        session.add_photos([picture(out, name, colour)], about="finding:F1-01", worker=worker)
    theirs = second.freeze(TWO, out, partial=True)
    first.join(ONE, theirs.path, {("finding", "F1-01"): "both"}, worker=worker)
    assert [(one.id, one.text) for one in first.record.findings] == [("F1-01", "a.jpg"), ("F1-02", "b.jpg")]
    assert [photo.id for photo in first.record.photos_of("finding:F1-01")] == ["P1-0001"]
    assert [photo.id for photo in first.record.photos_of("finding:F1-02")] == ["P2-0001"]


def test_notes_of_the_clock_are_never_in_conflict_and_never_lost(made: MadeSite, tmp_path: Path, out: Path) -> None:
    """One member on two machines: both number the notes alike."""
    device = Device()
    device.set(3600)
    with open_site(made, tmp_path / "a") as here, open_site(made, tmp_path / "b", device=device) as there:
        here.declare()
        there.declare()
        there.put(Observation("O1-01", "x"))
        theirs = there.freeze(ONE, out, partial=True)
        plan = here.compare(ONE, theirs.path)
        assert [split.key for split in plan.conflicts] == [("head", "")]
        here.join(ONE, theirs.path, {("head", ""): "mine"})
        here.join(ONE, theirs.path)
        said = {(note.event, note.at) for note in here.record.clock}
        assert said >= {(note.event, note.at) for note in there.record.clock}
        assert len([note for note in here.record.clock if note.event == "frozen"]) == 1


def test_a_joined_file_that_is_damaged_changes_nothing(
    first: SiteSession, second: SiteSession, out: Path, worker: RenderWorker
) -> None:
    second.add_photos([picture(out, "b.jpg")], worker=worker)
    theirs = second.freeze(TWO, out, partial=True)
    broken = out / "broken.ndbsite"
    data = bytearray(theirs.path.read_bytes())
    data[len(data) // 4] ^= 1
    broken.write_bytes(bytes(data))
    before = first.record
    assert refusal(lambda: first.join(ONE, broken, worker=worker))
    assert first.record == before
    shutil.copy(theirs.path, broken)
    first.join(ONE, broken, worker=worker)
    assert key_of(first.record.photos[0]) == ("photo", "P2-0001")


def test_a_note_of_the_clock_says_who_froze(first: SiteSession, out: Path) -> None:
    first.freeze(TWO, out, partial=True)
    note = first.record.clock[-1]
    assert isinstance(note, ClockNote)
    assert (note.event, note.member, note.id) == ("frozen", TEAM[1], "C1-0004")
