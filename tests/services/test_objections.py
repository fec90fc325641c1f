"""异议: nobody anonymous, nothing closed twice, and nothing goes on while one is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.domain.objection import Objection, objections
from ndb_desktop.services import outcome
from ndb_desktop.services.archive import archive
from ndb_desktop.services.objections import close, open_objections, receive, register
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from tests.support.office import make_office, reopen
from tests.support.travel import refusal

DAY = date(2026, 11, 20)
WHOLE = {"sender": "张三", "contact": "010-0000", "matter": "数据不实", "evidence": "附件三页"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path / "office")
    yield made
    made.close()


def enter(office: Office, application: str = "A-001", received: date = DAY, **changed: str) -> Objection:
    said = {**WHOLE, **changed}
    return receive(
        office, sender=said["sender"], contact=said["contact"], matter=said["matter"], evidence=said["evidence"],
        received=received, application=application,
    )  # fmt: skip


def test_an_objection_is_received_and_closed_by_signed_decisions(office: Office) -> None:
    first = enter(office)
    second = enter(office, application="", sender=" 某单位 ")
    assert (first.id, second.id, second.sender) == ("O-0001", "O-0002", "某单位")
    assert (first.open, first.received, first.matter) == (True, DAY, "数据不实")
    closed = close(office, "O-0001", "rejected", handling="现场核对，数据属实")
    assert (closed.open, closed.result, closed.handling) == (False, "rejected", "现场核对，数据属实")
    assert closed.closed is not None
    assert (closed.sender, closed.matter, closed.evidence) == ("张三", "数据不实", "附件三页")
    assert [one.kind for one in closed.decisions] == ["objection", "objection"]
    assert [one.id for one in open_objections(office)] == ["O-0002"]
    again = reopen(office)
    assert [(one.id, one.result) for one in register(again)] == [("O-0001", "rejected"), ("O-0002", None)]
    assert again.verify_log().ok
    again.close()


@pytest.mark.parametrize("field", ["sender", "contact", "matter", "evidence"])
def test_nobody_objects_without_a_name_a_matter_or_evidence(office: Office, field: str) -> None:
    assert refusal(lambda: enter(office, **{field: "  "})) == "E-OBJECTION-FIELD"
    assert register(office) == ()


def test_what_cannot_be_is_refused(office: Office) -> None:
    assert refusal(lambda: enter(office, application="A-999")) == "E-OFFICE-APPLICATION"
    assert refusal(lambda: enter(office, received=date(2099, 1, 1))) == "E-OBJECTION-DATE"
    assert refusal(lambda: close(office, "O-0001", "upheld", handling="x")) == "E-OBJECTION-UNKNOWN"
    enter(office)
    assert refusal(lambda: close(office, "O-0001", "maybe", handling="x")) == "E-OBJECTION-RESULT"  # type: ignore[arg-type]
    assert refusal(lambda: close(office, "O-0001", "upheld", handling=" ")) == "E-REASON"
    close(office, "O-0001", "withdrawn", handling="来函撤回")
    assert refusal(lambda: close(office, "O-0001", "upheld", handling="x")) == "E-OBJECTION-CLOSED"


def test_an_open_objection_stops_finality_and_filing(office: Office, tmp_path: Path) -> None:
    before = {one.kind for one in outcome.unsettled(office, compute(office))}
    assert "objection" not in before
    enter(office, application="A-002")
    enter(office, application="")
    left = {one.kind: one.subjects for one in outcome.unsettled(office, compute(office))}
    assert left["objection"] == ("A-002", "T-2026")
    assert refusal(lambda: outcome.finalise(office, compute(office), reason="定稿")) == "E-FINAL-OPEN"
    assert refusal(lambda: archive(office, tmp_path / "x")) == "E-OBJECTION-OPEN"
    for number in ("O-0001", "O-0002"):
        close(office, number, "rejected", handling="已核实")
    assert "objection" not in {one.kind for one in outcome.unsettled(office, compute(office))}


def test_other_decisions_are_no_objections(office: Office) -> None:
    outcome.unblind(office)
    assert objections(office.decided.all()) == ()
