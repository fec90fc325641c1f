"""Opening a bundle: what is checked in which order, who may, and what stays on the disk."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import inspect_bundle, open_review, worksheet_path
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.worksheet import Worksheet
from tests.support.review import MadeReview, TestClock, agree_all, make_bundle, open_session
from tests.support.travel import person


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("keyed"), expert_key=person("expert").public, bundle_id="0" * 31 + "2")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "个人 文件夹"


def refused(made: MadeReview, profile: Path, **how: object) -> NdbError:
    with pytest.raises(NdbError) as caught:
        open_review(made.path, **({"secret": made.secret} | how), profile=profile, clock=TestClock())  # type: ignore[arg-type]
    return caught.value


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_inspection_needs_no_secret(made: MadeReview, keyed: MadeReview) -> None:
    summary = inspect_bundle(made.path)
    assert (summary.bundle_id, summary.batch_id, summary.expert_id) == (made.written.bundle_id, "2026-pilot", "E-07")
    assert (summary.applications, summary.trial, summary.expert_name) == (len(made.ids), True, "")
    assert summary.issuer_key == made.issuer.keyid
    assert summary.digest == made.written.digest
    assert summary.opens_with == {"secret"}
    assert inspect_bundle(keyed.path).opens_with == {"secret", "key"}
    assert summary.size == made.path.stat().st_size


def test_opening_shows_the_content(made: MadeReview, profile: Path) -> None:
    with open_session(made, profile) as session:
        assert [item.application for item in session.applications] == list(made.applications)
        assert session.batch == made.batch
        assert session.expert == made.expert
        assert session.summary.expert_name == "陈评审"
        assert {pack.digest for pack in session.packs.values()} == {pack.digest for pack in made.packs.values()}
        item = session.item(made.ids[1])
        assert item.k == made.batch.field_def(item.application.field).k
        assert item.pack.category == item.application.category
        assert session.overall_progress() == (0, sum(len(i.pack.items) for i in session.applications))
        assert session.last_saved is None


@pytest.mark.parametrize(
    "typed", ["0123 4567 89AB CDEF GHJK", "０１２３－４５６７－８９ａｂ－ｃｄｅｆ－ｇｈｊｋ", "o12345678 9abcdefghjk"]
)
def test_a_secret_as_people_type_it(made: MadeReview, profile: Path, typed: str) -> None:
    open_session(replace(made, secret=typed), profile).close()


def test_wrong_secrets(made: MadeReview, profile: Path) -> None:
    error = refused(made, profile, secret="0123-4567-89ab-cdef-ghjm")
    assert (error.code, error.fault.place) == ("E-REVIEW-SECRET", "review.ndbbundle")
    assert refused(made, profile, secret="abc").code == "E-SECRET-FORMAT"
    assert files_below(profile) == [], "a wrong secret must leave nothing, above all no worksheet under that key"


def test_own_key_opens_what_was_issued_to_it(keyed: MadeReview, profile: Path) -> None:
    with open_session(keyed, profile, identity=person("expert")) as session:
        session.agree(session.statements()[0][0].id)
    with open_session(keyed, profile) as session:
        assert session.statements()[0][1], "the same worksheet, whichever way it was opened"


@pytest.mark.parametrize("who", ["other", "issuer", "recovery"])
def test_nobody_else_reviews_with_a_key(keyed: MadeReview, made: MadeReview, profile: Path, who: str) -> None:
    for bundle in (keyed, made):
        assert refused(bundle, profile, secret=None, identity=person(who)).code == "E-BUNDLE-KEY"


def test_other_files_are_named(tmp_path: Path, profile: Path) -> None:
    (tmp_path / "a.ndbbundle").write_bytes(b"%PDF-1.7\n" + b"x" * 100)
    for action in (
        lambda: inspect_bundle(tmp_path / "a.ndbbundle"),
        lambda: open_review(tmp_path / "a.ndbbundle", secret="x", profile=profile, clock=TestClock()),
    ):
        with pytest.raises(NdbError) as caught:
            action()
        assert caught.value.code.startswith("E-FILE-IS-")


def test_damaged_documents_are_found_when_needed_and_a_damaged_core_at_once(
    made: MadeReview, profile: Path, tmp_path: Path
) -> None:
    whole = made.path.read_bytes()
    for number, member in enumerate((b"att/0000.db", b"core.db")):
        damaged = bytearray(whole)
        damaged[whole.index(member) + len(member) + 5000] ^= 1
        path = tmp_path / f"{number}.ndbbundle"
        path.write_bytes(damaged)
        if member == b"core.db":
            assert refused(replace(made, path=path), profile).code == "E-BUNDLE-DAMAGED"
            continue
        with open_session(replace(made, path=path), profile) as session:
            agree_all(session)
            session.declare(made.ids[0], Declaration("clear"))
            with pytest.raises(NdbError) as caught:
                session.read_document(made.ids[0], "D1")
            assert caught.value.code == "E-BUNDLE-DAMAGED"
            session.declare(made.ids[1], Declaration("clear"))
            assert session.read_document(made.ids[1], "D1")


def test_the_issuer_of_a_batch_is_pinned(made: MadeReview, profile: Path, tmp_path: Path) -> None:
    open_session(made, profile).close()
    assert json.loads((profile / "issuers.json").read_text()) == {"2026-pilot": made.issuer.keyid}
    forged = make_bundle(tmp_path / "forged", issuer="forger", bundle_id="0" * 31 + "3")
    error = refused(forged, profile)
    assert error.code == "E-BUNDLE-ISSUER"
    assert (error.params["found"], error.params["wanted"]) == (person("forger").keyid, made.issuer.keyid)
    other = make_bundle(tmp_path / "other", issuer="forger", bundle_id="0" * 31 + "4", batch_id="2028-other")
    open_session(other, profile).close()
    assert json.loads((profile / "issuers.json").read_text())["2028-other"] == person("forger").keyid


@pytest.mark.parametrize("content", [b"", b"[]", b'{"2026-pilot": 7}', b"\xff"])
def test_a_damaged_pin_file_lets_nobody_in(made: MadeReview, profile: Path, content: bytes) -> None:
    profile.mkdir()
    (profile / "issuers.json").write_bytes(content)
    assert refused(made, profile).code == "E-REVIEW-ISSUERS"


def test_a_second_window_is_refused_politely(made: MadeReview, profile: Path) -> None:
    with open_session(made, profile) as session:
        agree_all(session)
        error = refused(made, profile)
        assert (error.code, error.params["pid"]) == ("E-STORE-LOCKED", str(os.getpid()))
        session.declare(made.ids[0], Declaration("clear"))
        assert session.read_document(made.ids[0], "D1"), "the refused one must not wipe the first one's cache"
    open_session(made, profile).close()


def test_two_bundles_side_by_side(made: MadeReview, keyed: MadeReview, profile: Path) -> None:
    with open_session(made, profile) as first:
        agree_all(first)
        first.declare(made.ids[0], Declaration("clear"))
        first.read_document(made.ids[0], "D1")
        with open_session(keyed, profile):
            assert (profile / "cache" / made.written.bundle_id / "att-0000.db").exists()
        assert first.read_document(made.ids[0], "D2")


def test_leftovers_of_a_killed_program_are_wiped(made: MadeReview, profile: Path) -> None:
    for name in (made.written.bundle_id, "f" * 32):
        stale = profile / "cache" / name
        stale.mkdir(parents=True)
        (stale / "att-0001.db").write_bytes(b"old")
    with open_session(made, profile):
        assert files_below(profile / "cache") == [f"{made.written.bundle_id}/.hold"]
    assert files_below(profile / "cache") == []


def test_a_worksheet_of_another_bundle_under_this_name(made: MadeReview, profile: Path, tmp_path: Path) -> None:
    """The same bundle id with other content: signed again, so the digest differs."""
    open_session(made, profile).close()
    again = make_bundle(tmp_path / "again", meta={"note": "x"})
    assert again.written.bundle_id == made.written.bundle_id
    assert refused(again, profile).code == "E-WORKSHEET-OTHER"
    open_session(made, profile).close()


def test_the_coordinator_can_rescue_a_worksheet(keyed: MadeReview, profile: Path) -> None:
    """R13: the recovery key opens the slot, the secret in it opens the worksheet."""
    from ndb_desktop.formats.bundle import BundleReader

    with open_session(keyed, profile, identity=person("expert")) as session:
        agree_all(session)
    with BundleReader(keyed.path) as reader:
        secret = reader.unlock(person("recovery"))
    path = worksheet_path(profile, keyed.written.bundle_id)
    with Worksheet.open(path, secret, None, at="2026-12-01T00:00:00Z") as sheet:
        assert sheet.binding.expert == "E-07"
        assert sheet.changes == len(next(iter(keyed.packs.values())).statements)


@pytest.mark.parametrize("step", [0, 1])
def test_cancelling_leaves_nothing(made: MadeReview, profile: Path, step: int) -> None:
    token = CancelToken()

    def progress(done: int, _total: int, _what: str) -> None:
        if done == step:
            token.cancel()

    with pytest.raises(Cancelled):
        open_review(made.path, secret=made.secret, profile=profile, clock=TestClock(), progress=progress, cancel=token)
    assert files_below(profile) == []


@pytest.mark.parametrize("trouble", ["cancelled", "wrong secret"])
def test_an_opening_that_fails_lets_go_of_the_worksheet_there_was(
    made: MadeReview, profile: Path, trouble: str
) -> None:
    with open_session(made, profile) as session:
        agree_all(session)
    token = CancelToken()

    def progress(done: int, _total: int, _what: str) -> None:
        if trouble == "cancelled" and done == 1:
            # Found out after the core is read; the worksheet was being opened beside it.
            token.cancel()

    secret = made.secret if trouble == "cancelled" else "0000-1111-2222-3333-4444"
    with pytest.raises(Cancelled if trouble == "cancelled" else NdbError):
        open_review(made.path, secret=secret, profile=profile, clock=TestClock(), progress=progress, cancel=token)
    with open_session(made, profile) as session:
        assert all(at for _, at in session.statements())


@pytest.mark.parametrize("what", ["batch", "expert", "packs"])
def test_signed_but_inconsistent(made: MadeReview, tmp_path: Path, profile: Path, what: str) -> None:
    """Whoever holds the issuer's key and makes a mistake: nothing is guessed."""
    from ndb_desktop.formats import bundle_writing
    from ndb_desktop.formats.manifest import PackRef
    from tests.support import review as support

    original = bundle_writing.write_bundle

    def write(target: Path, spec: bundle_writing.BundleSpec, **rest: object) -> object:
        if what == "batch":
            spec = replace(spec, batch_id="2030-else")
        elif what == "expert":
            spec = replace(spec, expert_id="E-99")
        else:
            spec = replace(spec, packs=[*spec.packs, PackRef("more", "1", "0" * 64)])
        return original(target, spec, **rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "write_bundle", write)
        wrong = make_bundle(tmp_path / "wrong", bundle_id="0" * 31 + "5")
    error = refused(wrong, profile)
    assert (error.code, error.params["what"]) == ("E-REVIEW-BUNDLE", what)
    assert files_below(profile) == []
