"""接续: a registry made from its predecessor, the signed link in it, and what is not followed."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as struct

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.batch import FieldDef
from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.domain.settlement import Outcome, Vote
from ndb_desktop.formats.archive import check_stream
from ndb_desktop.formats.succession import SuccessionPayload, build_link, open_link
from ndb_desktop.services import lifecycle, objections, succession_archive
from ndb_desktop.services.agenda import agenda
from ndb_desktop.services.archive import archive
from ndb_desktop.services.batch_plan import facts_of, set_recommenders
from ndb_desktop.services.intake_checks import batch_faults
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import finalise, unblind
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.settlements import settle
from ndb_desktop.services.succession import Followed, follow, read_predecessor
from ndb_desktop.services.succession_followers import PredecessorCheck, compare_predecessor, note_followed
from ndb_desktop.services.succession_link import (
    FROZEN,
    LINK,
    SOURCE,
    check_link,
    frozen_application,
    frozen_bytes,
    link_of,
    stranger_faults,
)
from tests.support.archives import members_of, put_together, signed_anew
from tests.support.lives import CHOSEN, at, finalised, followed, move, on, plan, selected, use_small_packs
from tests.support.supervised import EXPERTS, SUPERVISOR, card_file, make_settled, opened
from tests.support.travel import local, person, refusal, tiny_pack

D = date


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return selected(tmp_path_factory.mktemp("before"))


@pytest.fixture
def before(listed: Path, tmp_path: Path) -> Path:
    """The registry of a selection with two 创建对象."""
    shutil.copytree(listed, tmp_path / "office")
    return tmp_path / "office"


@pytest.fixture
def made(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    """The registry of the acceptance that follows."""
    found = followed(tmp_path / "next", before, "acceptance", monkeypatch)
    yield found
    found.office.close()


def opening(folder: Path) -> str:
    def go() -> None:
        open_office(folder, person("组织方"), clock=at(2028, 10, 1)).close()

    return refusal(go)


def test_an_acceptance_takes_over_what_was_frozen_and_says_from_where(made: Followed, before: Path) -> None:
    office, link = made.office, made.link
    assert [ref.application for ref in link.bases] == list(CHOSEN), "and not the one that was not selected"
    with on(before, 2028, 10, 1) as old:
        for name in CHOSEN:
            row = old.registry.application(name)
            assert row is not None
            assert frozen_bytes(office, name) == row.json
            assert frozen_application(office, name).targets == old.application(name).targets
            assert frozen_application(office, name).tasks == old.application(name).tasks
        created = next(one for one in old.decided.all() if one.kind == "lifecycle")
        assert {ref.decision for ref in link.bases} == {created.digest}
        assert {(ref.state, ref.since) for ref in link.bases} == {("creating", "2026-09-17")}
        known = link.predecessor
        rows = old.log_rows()
        assert (known.registry, known.log.entries, known.log.head) == (rows[0].sha256, rows[-1].seq, rows[-1].sha256)
        assert (known.batch, known.result, known.final, known.archive) == (
            old.batch.id, compute(old).digest, True, None,
        )  # fmt: skip
    assert known.packs == {"park": tiny_pack().digest}
    assert [one.name for one in made.officers] == [SUPERVISOR]
    assert office.decided.officers() == (), "proposed, not appointed"
    assert link_of(office) == link
    assert check_link(office) == ()
    assert office.rebuild().equal
    assert refusal(lambda: frozen_bytes(office, "A-003")) == "E-OFFICE-APPLICATION"
    assert opening(office.folder) == ""


def test_the_link_is_read_once_however_many_bases_are_asked_for(
    made: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names every base: read for each of thousands, it would take their square."""
    made.office.close()
    read: list[str] = []
    with on(made.office.folder, 2028, 10, 2) as office:
        meta = office.registry.meta

        def counting(name: str) -> str:
            read.append(name)
            return meta(name)

        monkeypatch.setattr(office.registry, "meta", counting)
        for name in CHOSEN * 3:
            application = frozen_application(office, name)
            assert stranger_faults(office, application, "x") == ()
    counted = Counter(read)
    assert {counted[FROZEN + name] for name in CHOSEN} == {6}
    assert counted[LINK] <= 2, "once for the stage, once for the digests"


def test_the_life_of_a_base_goes_on_where_it_was(made: Followed) -> None:
    office = made.office
    assert [(one.application.id, one.life.state) for one in lifecycle.bases(office)] == [
        ("A-001", "creating"), ("A-002", "creating"),
    ]  # fmt: skip
    move(office, "acceptance", D(2028, 9, 18))
    assert lifecycle.base(office, "A-001").life.state == "acceptance"
    assert refusal(lambda: move(office, "acceptance", D(2028, 9, 18), "A-003")) == "E-LIFECYCLE-BASE"


def test_only_bases_taken_over_are_imported_into_a_later_stage(made: Followed, before: Path) -> None:
    office = made.office

    def codes(name: str, **changed: str) -> list[str]:
        with on(before, 2028, 10, 1) as old:
            application = replace(old.application(name), **changed)  # type: ignore[arg-type]
        return [fault.code for fault in batch_faults(office, application, "x") if fault.code.startswith("E-SUCC")]

    assert codes("A-001") == []
    assert codes("A-003") == ["E-SUCCESSION-STRANGER"]
    assert codes("A-001", credit_code="91110000MA01AAAA0X") == ["E-SUCCESSION-STRANGER"]
    with on(before, 2028, 10, 1) as old:
        assert not any(f.code.startswith("E-SUCC") for f in batch_faults(old, old.application("A-003"), "x"))


def link_anew(office: Office, signer: Identity, **changed: object) -> str:
    payload: SuccessionPayload = open_link(office.registry.meta(LINK).encode("utf-8")).payload
    issuer = struct(payload.issuer, key=signer.public.age_recipient)
    return build_link(struct(payload, issuer=issuer, **changed), signer).decode("utf-8")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [("other", "E-SUCCESSION-LINK"), ("batch", "E-SUCCESSION-LINK"), ("bytes", "E-SUCCESSION-LINK"),
     ("frozen", "E-SUCCESSION-FROZEN")],
)  # fmt: skip
def test_a_link_that_is_not_what_was_signed_keeps_the_registry_shut(made: Followed, wrong: str, code: str) -> None:
    registry = made.office.registry
    kept = registry.meta(LINK)
    name, value = {
        "other": (LINK, link_anew(made.office, person("别人"))),
        "batch": (LINK, link_anew(made.office, person("组织方"), batch="2030-1")),
        "bytes": (LINK, kept[:-20] + kept[-10:]),
        "frozen": (FROZEN + "A-001", registry.meta(FROZEN + "A-001").replace("A-001", "A-00１")),
    }[wrong]
    with registry.transaction():
        registry.set_meta(name, value)
    assert [fault.code for fault in check_link(made.office)] == [code]
    assert code in [fault.code for fault in made.office.rebuild().faults]
    if wrong == "frozen":
        assert refusal(lambda: frozen_bytes(made.office, "A-001")) == code
    made.office.close()
    assert opening(made.office.folder) == code


def test_the_log_tells_of_a_link_that_was_taken_away(made: Followed) -> None:
    with made.office.registry.transaction():
        made.office.registry.set_meta(LINK, "")
    assert [fault.params["detail"] for fault in check_link(made.office)] == ["log"]


def test_an_archive_is_followed_as_its_registry_is(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on(before, 2026, 12, 2) as old:
        unblind(old, second=person(SUPERVISOR))
        filed = archive(old, tmp_path, filed_on=D(2026, 12, 2))
    use_small_packs(monkeypatch)
    monkeypatch.setattr(succession_archive, "load_pack", lambda _raw: tiny_pack())
    by_archive = read_predecessor(filed.path, "acceptance", person("别人"), clock=at(2028, 10, 1))
    by_folder = read_predecessor(before, "acceptance", person("组织方"), clock=at(2028, 10, 1))
    assert by_archive.ref == by_folder.ref
    assert by_archive.ref.archive == filed.digest
    assert by_archive.texts == by_folder.texts
    assert [by_archive.lives[name] for name in CHOSEN] == [by_folder.lives[name] for name in CHOSEN]
    assert (by_archive.officers, by_archive.recommenders) == (by_folder.officers, None)
    data = bytearray(filed.path.read_bytes())
    data[data.index(b'"A-001"') + 3] ^= 1
    filed.path.write_bytes(data)
    code = refusal(lambda: read_predecessor(filed.path, "acceptance", person("别人"), clock=at(2028, 10, 1)))
    assert code == "E-SUCCESSION-UNSOUND"


def test_an_effect_follows_an_acceptance_with_those_recognised(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link names the acceptance, the frozen applications are still those of the selection."""
    shutil.rmtree(before)
    early = selected_early(tmp_path / "early")
    first = followed(tmp_path / "next", early, "acceptance", monkeypatch, clock=at(2026, 9, 20))
    office = first.office
    card = (tmp_path / "early" / f"{SUPERVISOR}.ndbcard").read_bytes()
    office.decided.appoint(card, "supervisor", reason="按分工")
    move(office, "acceptance", D(2026, 9, 17), *CHOSEN)
    move(office, "accept", D(2026, 9, 18), *CHOSEN)
    move(office, "notice", D(2026, 9, 18))
    office.close()
    effect = plan("2026-1-effect")
    assert refusal(lambda: followed(tmp_path / "no", first.office.folder, "effect", monkeypatch, new=effect)) == (
        "E-SUCCESSION-EMPTY"
    )
    with on(first.office.folder, 2026, 12, 1) as office:
        move(office, "recognise", D(2026, 9, 28))
        unblind(office, second=person(SUPERVISOR))
        finalise(office, compute(office), reason="验收完成", second=person(SUPERVISOR))
        filed = archive(office, tmp_path, filed_on=D(2026, 12, 1))
    last = followed(tmp_path / "last", first.office.folder, "effect", monkeypatch, clock=at(2029, 10, 1), new=effect)
    assert [(ref.application, ref.state) for ref in last.link.bases] == [("A-001", "recognised")]
    assert last.link.predecessor.batch == "2026-1-acceptance"
    with on(early, 2029, 1, 1) as old:
        row = old.registry.application("A-001")
    assert row is not None
    assert frozen_bytes(last.office, "A-001") == row.json
    assert last.link.bases[0].sha256 == hashlib.sha256(row.json).hexdigest()
    monkeypatch.setattr(succession_archive, "load_pack", lambda _raw: tiny_pack())
    by_archive = read_predecessor(filed.path, "effect", person("别人"), clock=at(2029, 10, 1))
    assert by_archive.ref == last.link.predecessor
    assert by_archive.texts == {"A-001": row.json}
    check_tampered(filed.path, last.link)
    move(last.office, "effect", D(2029, 9, 28))
    last.office.close()


def check_tampered(path: Path, other: SuccessionPayload) -> None:
    """Whoever holds the archive's key and swaps the link in it, or drops a frozen application, is found out."""
    whole = members_of(path)
    name = "batch/000002.json"

    def codes(members: dict[str, bytes], change: Callable[[dict[str, Any]], None] | None = None) -> list[str]:
        changed = put_together(path.with_name("changed.ndbarchive"), signed_anew(members, change))
        with changed.open("rb") as stream:
            return [fault.code for fault in check_stream(stream, changed.name).faults]

    stranger = person("别人")
    issuer = struct(other.issuer, key=stranger.public.age_recipient)
    assert "E-ARCHIVE-KEY" in codes({**whole, name: build_link(struct(other, issuer=issuer), stranger)})
    bases = tuple(struct(ref, sha256="ab" * 32) for ref in other.bases)
    assert "E-ARCHIVE-CHAIN" in codes({**whole, name: build_link(struct(other, bases=bases), person("组织方"))})
    assert codes({**whole, name: whole[name][:-30] + whole[name][-20:]}) != []
    assert codes(dict(whole)) == []


def selected_early(folder: Path) -> Path:
    """Two 创建对象 since 2024, so that what follows lies in the year with a calendar."""
    folder.mkdir()
    made = finalised(folder)
    card_file(folder, trial=False)
    with on(made, 2026, 9, 1) as office:
        move(office, "create", D(2024, 9, 1), *CHOSEN)
    return made


def test_the_next_batch_takes_over_no_base_but_the_recommending_bodies(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Recommenders((Recommender("110000", "北京市经济和信息化局"),), False)
    with on(before, 2026, 12, 3) as old:
        set_recommenders(old, listed, reason="名单")
    made = followed(tmp_path / "next", before, "selection", monkeypatch, new=plan("2028-1"))
    assert made.link.bases == ()
    assert facts_of(made.office).recommenders == listed
    assert lifecycle.bases(made.office) == ()
    made.office.close()


def test_a_second_registry_for_the_same_stage_is_told_where_the_first_was_noted(
    made: Followed, before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession_archive, "load_pack", lambda _raw: tiny_pack())
    clock = at(2028, 10, 1)

    def compared(office: Office, path: Path) -> PredecessorCheck:
        return compare_predecessor(office, path, person("组织方"), clock=clock)

    unknown = compared(made.office, before)
    assert unknown == PredecessorCheck(same=True, kept=True, since=0, noted=False, others=())
    note_followed(before, person("组织方"), made.office, made.link, clock=clock)
    assert compared(made.office, before) == replace(unknown, noted=True)
    assert refusal(lambda: followed(tmp_path / "twin", before, "acceptance", monkeypatch)) == "E-SUCCESSION-FOLLOWED"
    assert not (tmp_path / "twin").exists()
    other_stage = followed(tmp_path / "batch", before, "selection", monkeypatch, new=plan("2028-1"))
    other_stage.office.close()
    known = read_predecessor(before, "acceptance", person("组织方"), clock=clock)
    assert [(one.stage, one.batch) for one in known.followers] == [("acceptance", made.office.batch.id)]
    twin = follow(
        tmp_path / "twin", predecessor=known, stage="acceptance", plan=plan("2026-1-again"), identity=person("组织方"),
        name="示例评审办", recovery=person("恢复").public, clock=clock, again=True,
    )  # fmt: skip
    (rival,) = compared(twin.office, before).others
    assert rival.batch == made.office.batch.id
    assert rival.registry == made.office.log_rows()[0].sha256
    twin.office.close()
    beside = compared(made.office, twin.office.folder)
    assert (beside.same, beside.rival) == (False, True), "both on one machine, and nobody has the predecessor"
    assert not compared(made.office, other_stage.office.folder).rival, "the next batch is another way"

    with on(before, 2026, 12, 4) as old:
        unblind(old, second=person(SUPERVISOR))
        filed = archive(old, tmp_path, filed_on=D(2026, 12, 4)).path
        old.log("backup", old.batch.id, {})
    opened_since = 1
    assert compared(made.office, filed) == replace(unknown, since=opened_since, noted=True), "an archive knows it too"
    assert refusal(lambda: followed(tmp_path / "third", filed, "acceptance", monkeypatch)) == "E-SUCCESSION-FOLLOWED"
    assert compared(made.office, before).since == opened_since + 1, "it went on since"


def test_another_registry_or_a_parted_log_is_no_predecessor(
    made: Followed, before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = at(2028, 10, 1)
    another = followed(tmp_path / "another", before, "selection", monkeypatch, new=plan("2028-1"))
    another.office.close()
    found = compare_predecessor(made.office, another.office.folder, person("组织方"), clock=clock)
    assert (found.same, found.kept) == (False, False)
    link = made.link
    parted = struct(link, predecessor=struct(link.predecessor, log=struct(link.predecessor.log, head="ab" * 32)))
    made.office.registry.set_meta(LINK, build_link(parted, person("组织方")).decode())
    found = compare_predecessor(made.office, before, person("组织方"), clock=clock)
    assert (found.same, found.kept) == (True, False)
    with on(before, 2026, 12, 4) as old:
        assert refusal(lambda: compare_predecessor(old, before, person("组织方"), clock=clock)) == "E-SUCCESSION-NONE"


def test_recommending_bodies_do_not_come_out_of_an_archive(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession_archive, "load_pack", lambda _raw: tiny_pack())
    with on(before, 2026, 12, 3) as old:
        set_recommenders(old, Recommenders((Recommender("110000", "北京市经济和信息化局"),), False), reason="名单")
        unblind(old, second=person(SUPERVISOR))
        filed = archive(old, tmp_path, filed_on=D(2026, 12, 3)).path
    made = followed(tmp_path / "next", filed, "selection", monkeypatch, new=plan("2028-1"))
    assert facts_of(made.office).recommenders is None
    assert made.office.registry.meta(SOURCE) == "archive"
    office = made.office
    assert [one.kind for one in agenda(office, office.status(), ())] == ["recommenders", "applications"]
    set_recommenders(office, Recommenders((Recommender("310000", "上海市经济和信息化委员会"),), False), reason="新名单")
    assert [one.kind for one in agenda(office, office.status(), ())] == ["applications"]
    office.close()


def test_an_unsettled_or_open_predecessor_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_settled(tmp_path, trial=True)
    use_small_packs(monkeypatch)

    def read() -> str:
        return refusal(lambda: read_predecessor(folder, "selection", person("组织方"), clock=at(2028, 10, 1)))

    assert read() == "E-SUCCESSION-OPEN", "three wait for a vote"


def test_what_was_reopened_or_objected_to_is_not_followed(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_packs(monkeypatch)

    def read() -> str:
        return refusal(lambda: read_predecessor(before, "acceptance", person("组织方"), clock=at(2028, 10, 1)))

    with on(before, 2026, 12, 3) as old:
        said = {"sender": "张三", "contact": "010", "matter": "数据不实", "evidence": "附件"}
        entry = objections.receive(old, received=D(2026, 10, 9), application="A-001", **said)
    assert read() == "E-SUCCESSION-OPEN"
    with on(before, 2026, 12, 3) as old:
        objections.close(old, entry.id, "rejected", handling="核对属实")
        assert read() == ""
        with old.registry.transaction():
            old.registry.add_decision(99, "ab" * 32, b"{}", "veto", "A-001", "2026-12-03T00:00:00Z")
    assert read() == "E-SUCCESSION-UNSOUND"


def test_a_trial_that_is_not_final_may_be_followed_and_the_link_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_settled(tmp_path, trial=True)
    with opened(folder) as office:
        for name, way in (("A-001", "for"), ("A-002", "for"), ("A-003", "against")):
            votes = [Vote(expert, way) for expert in EXPERTS]  # type: ignore[arg-type]
            outcome: Outcome = "selected" if way == "for" else "not_selected"
            settle(office, compute(office), name, outcome, issue="同分", votes=votes, reason="按多数意见")
    made = followed(tmp_path / "next", folder, "selection", monkeypatch, new=plan("2028-1", trial=True))
    assert (made.link.predecessor.final, made.link.predecessor.result) == (False, None)
    made.office.close()


def test_what_does_not_fit_the_new_batch_is_refused_and_nothing_is_made(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_packs(monkeypatch)
    known = read_predecessor(before, "acceptance", person("组织方"), clock=at(2028, 10, 1))

    def code(**changed: object) -> str:
        wanted = plan(**changed)  # type: ignore[arg-type]
        return refusal(
            lambda: follow(
                tmp_path / "next",
                predecessor=known,
                stage="acceptance",
                plan=wanted,
                identity=person("组织方"),
                name="x",
                recovery=person("恢复").public,
                clock=at(2028, 10, 1),
            )
        )

    assert code(trial=True) == "E-SUCCESSION-TRIAL"
    assert code(batch=known.ref.batch) == "E-SUCCESSION-BATCH"
    assert code(fields=(FieldDef("zz", local("别的"), plan().batch.fields[0].k),)) == "E-SUCCESSION-FIELD"
    assert not (tmp_path / "next").exists()
