"""基地生命周期 in a registry: signed moves that rest on files, and what does not fit is not signed."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.domain.lifecycle import Due
from ndb_desktop.services import lifecycle, objections
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import record_veto
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.registry_rows import Veto
from tests.support.lives import CHOSEN, LISTED, finalised, move, on, paper, selected
from tests.support.supervised import SUPERVISOR
from tests.support.travel import person, refusal

D = date


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return selected(tmp_path_factory.mktemp("lives"))


@pytest.fixture
def folder(listed: Path, tmp_path: Path) -> Path:
    """A copy of a registry with two 创建对象."""
    shutil.copytree(listed, tmp_path / "office")
    return tmp_path / "office"


def states(office: Office) -> list[str]:
    return [one.life.state for one in lifecycle.bases(office)]


def test_being_selected_is_not_being_listed_and_both_are_not_recognition(tmp_path: Path) -> None:
    made = finalised(tmp_path)
    with on(made, 2026, 12, 1) as office:
        assert states(office) == ["assessing", "assessing", "not_selected"]
        assert refusal(lambda: move(office, "create", LISTED, "A-003")) == "E-LIFECYCLE-STATE"
        assert refusal(lambda: move(office, "create", D(2026, 12, 3))) == "E-LIFECYCLE-FUTURE"
        assert refusal(lambda: move(office, "create", LISTED, *["A-001"] * 2001)) == "E-LIFECYCLE-MANY"
        made_by = move(office, "create", LISTED, *CHOSEN)
        assert (made_by.kind, made_by.subject, len(made_by.signers)) == ("lifecycle", office.batch.id, 1)
        first = lifecycle.base(office, "A-001")
        assert (first.life.state, first.life.due) == ("creating", Due("acceptance", D(2028, 9, 17)))
        assert states(office) == ["creating", "creating", "not_selected"]
        assert [one.application.id for one in lifecycle.by_deadline(lifecycle.bases(office))] == [*CHOSEN, "A-003"]
        assert refusal(lambda: lifecycle.base(office, "A-009")) == "E-LIFECYCLE-BASE"
        assert office.rebuild().equal


def test_from_acceptance_to_recognition_with_files_dates_and_two_signatures(folder: Path) -> None:
    with on(folder, 2026, 12, 20) as office:
        assert refusal(lambda: move(office, "acceptance", D(2026, 12, 1))) == "E-LIFECYCLE-EARLY"
    with on(folder, 2028, 12, 20) as office:
        move(office, "acceptance", D(2028, 10, 8), *CHOSEN)
        move(office, "rectify", D(2028, 10, 9), until=D(2028, 12, 1))
        assert lifecycle.base(office, "A-001").life.due == Due("rectification", D(2028, 12, 1))
        move(office, "recheck", D(2028, 11, 20))
        bare = Order("accept", D(2028, 11, 21), ("A-001",))
        assert refusal(lambda: decide(office, bare, reason="x")) == "E-LIFECYCLE-DOCUMENT"
        passed = move(office, "accept", D(2028, 11, 21))
        digest = hashlib.sha256(b"record").hexdigest()
        assert passed.content["doc.0001"] == f"{digest} 验收记录.ndbsite"
        assert lifecycle.base(office, "A-001").life.steps[-1].act.documents[0].sha256 == digest
        number = len(office.decided.all())
        assert refusal(lambda: move(office, "notice", D(2028, 11, 22))) == "E-CALENDAR-YEAR"
        assert len(office.decided.all()) == number, "a year without a calendar signs nothing"


def test_the_whole_way_in_a_year_with_a_calendar(tmp_path: Path) -> None:
    made = finalised(tmp_path)
    with on(made, 2026, 12, 20) as office:
        move(office, "create", D(2024, 9, 17), *CHOSEN)
        move(office, "acceptance", D(2026, 9, 17), *CHOSEN)
        move(office, "accept", D(2026, 9, 18), *CHOSEN)
        notice = move(office, "notice", D(2026, 9, 28), *CHOSEN)
        assert (notice.content["end"], notice.content["days"]) == ("2026-10-10", "5"), "with the holidays of R18"
        assert refusal(lambda: move(office, "recognise", D(2026, 10, 10))) == "E-LIFECYCLE-NOTICE-OPEN"
        said = {"sender": "张三", "contact": "010", "matter": "数据不实", "evidence": "附件"}
        entry = objections.receive(office, received=D(2026, 10, 9), application="A-001", **said)
        assert refusal(lambda: move(office, "recognise", D(2026, 10, 12))) == "E-OBJECTION-OPEN"
        objections.close(office, entry.id, "rejected", handling="核对属实")
        alone = Order("recognise", D(2026, 10, 12), CHOSEN)
        assert refusal(lambda: decide(office, alone, reason="x")) == "E-DECISION-SECOND"
        recognised = move(office, "recognise", D(2026, 10, 12), *CHOSEN)
        assert [role for role, _ in recognised.signers] == ["coordinator", "supervisor"]
        assert lifecycle.base(office, "A-001").life.due == Due("effect", D(2029, 10, 12))
        veto = Veto("A-001", "V1", "present", "通报", "2026-11-01", "", "")
        record_veto(office, veto)
        removed = Order("remove", D(2026, 11, 2), ("A-001",), documents=(paper(tmp_path),), ground="veto")
        assert refusal(lambda: decide(office, removed, reason="x")) == "E-DECISION-SECOND"
        decide(office, removed, reason="重大事故", second=person(SUPERVISOR))
        assert states(office)[:2] == ["removed", "recognised"]
    with on(made, 2026, 12, 21) as again:
        assert states(again)[:2] == ["removed", "recognised"]
        assert again.rebuild().equal
        assert lifecycle.all_lives(again).refused == {}


def test_a_veto_or_one_looked_into_keeps_a_base_from_passing(tmp_path: Path) -> None:
    made = finalised(tmp_path)
    with on(made, 2026, 12, 20) as office:
        move(office, "create", D(2024, 9, 17))
        move(office, "acceptance", D(2026, 9, 17))
        for status, code in (("check", "E-LIFECYCLE-VETO"), ("cleared", "")):
            record_veto(office, Veto("A-001", "V1", status, "通报", "2026-11-01", "", ""))  # type: ignore[arg-type]
            assert refusal(lambda: move(office, "accept", D(2026, 11, 2))) == code


def test_a_refusal_says_states_and_moves_in_words(folder: Path) -> None:
    with on(folder, 2026, 12, 20) as office:
        for language, words in (("zh_CN", "创建（创建对象）"), ("en", "Building a base")):
            office.language = language
            with pytest.raises(Exception, match="E-LIFECYCLE-STATE") as caught:
                move(office, "retain", D(2026, 12, 1))
            assert caught.value.params["state"] == words  # type: ignore[attr-defined]


def test_a_preview_tells_each_base_apart_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    with on(folder, 2028, 12, 20) as office:
        number, entries = len(office.decided.all()), len(office.log_rows())
        move_all = Order("acceptance", D(2028, 10, 8), ("A-002", "A-001", "A-003", "A-009"))
        seen = lifecycle.preview(office, move_all)
        assert (seen.kind, seen.fits, seen.two) == ("lifecycle", CHOSEN, False)
        assert {base: fault.code for base, fault in seen.refused.items()} == {
            "A-003": "E-LIFECYCLE-STATE", "A-009": "E-LIFECYCLE-BASE",
        }  # fmt: skip
        assert seen.refused["A-003"].params["state"] == "未列入创建名单"
        assert (len(office.decided.all()), len(office.log_rows())) == (number, entries)
        office.language = "zh_CN"
        move(office, "acceptance", D(2028, 10, 8), *CHOSEN)
        record_veto(office, Veto("A-002", "V1", "check", "通报", "2026-11-01", "", ""))
        known = lifecycle.read_document(paper(tmp_path))
        accept = Order("accept", D(2028, 10, 9), CHOSEN, documents=(known,))
        seen = lifecycle.preview(office, accept)
        assert (seen.fits, seen.act.documents) == (("A-001",), (known,))
        assert seen.refused["A-002"].code == "E-LIFECYCLE-VETO"
        assert refusal(lambda: decide(office, accept, reason="x")) == "E-LIFECYCLE-VETO"
        made = decide(office, Order("accept", D(2028, 10, 9), CHOSEN[:1], documents=(known,)), reason="x")
        assert made.content["doc.0001"] == f"{known.sha256} {known.name}", "a known digest is not read again"
        bare = Order("accept", D(2028, 10, 9), CHOSEN)
        assert refusal(lambda: lifecycle.preview(office, bare)) == "E-LIFECYCLE-DOCUMENT"
        future = Order("acceptance", D(2029, 1, 1), CHOSEN)
        assert refusal(lambda: lifecycle.preview(office, future)) == "E-LIFECYCLE-FUTURE"
        assert lifecycle.preview(office, Order("remove", D(2028, 10, 9), CHOSEN, documents=(known,))).two


def test_a_digest_is_reported_as_it_is_made_and_can_be_given_up(tmp_path: Path) -> None:
    path = tmp_path / "会议纪要.pdf"
    path.write_bytes(b"x" * (2 * 1024 * 1024 + 1))
    seen: list[tuple[int, int, str]] = []
    made = lifecycle.read_document(path, lambda *step: seen.append(step))
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [done for done, _, _ in seen] == [1024 * 1024, 2 * 1024 * 1024, 2 * 1024 * 1024 + 1]
    token = CancelToken()
    with pytest.raises(Cancelled):
        lifecycle.read_document(path, lambda *_: token.cancel(), token)
    assert refusal(lambda: lifecycle.read_document(tmp_path)).startswith("E-")
