"""Decisions: signed, chained, by two where the rule says so; whatever was changed afterwards shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from ndb_desktop.crypto.envelope import peek, sign
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import SecondKeyError
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.decisionfile import MAX_PAYLOAD, PAYLOAD_TYPE, open_decision
from ndb_desktop.services.office import Office
from tests.support.office import make_office, reopen, small_batch
from tests.support.travel import AT, person, refusal

BATCH = "T-2026"


def card(name: str, *, trial: bool = True) -> bytes:
    return build_card(person(name), name=name, employer="示例监督处", trial=trial, created_at=AT)


@pytest.fixture(params=[True, False], ids=["trial", "official"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", batch=small_batch(trial=request.param))
    yield office
    office.close()


def freeze(office: Office, second: Identity | None = None) -> str:
    return refusal(
        lambda: office.decided.record("pack_freeze", BATCH, {"park": "0" * 64}, reason="开始评审", second=second)
    )


def appoint(office: Office, name: str, second: Identity | None = None) -> str:
    trial = office.batch.trial
    return refusal(
        lambda: office.decided.appoint(card(name, trial=trial), "supervisor", reason="按分工", second=second)
    )


def test_an_official_batch_needs_a_supervisor_and_a_trial_only_once_it_has_one(office: Office) -> None:
    first = freeze(office)
    assert first == ("" if office.batch.trial else "E-DECISION-SUPERVISOR")
    assert appoint(office, "监督甲") == ""
    assert freeze(office) == "E-DECISION-SECOND"
    assert freeze(office, person("路人")) == "E-DECISION-SECOND-KEY"
    assert freeze(office, person("组织方")) == "E-DECISION-SECOND-KEY", "one person cannot sign for two"
    assert freeze(office, person("监督甲")) == ""
    kept = office.decided.of("pack_freeze")[BATCH]
    assert kept.keyids == (person("组织方").keyid, person("监督甲").keyid)
    assert office.decided.check() == ()


def test_once_there_is_a_supervisor_roles_change_only_with_one(office: Office) -> None:
    assert appoint(office, "监督甲") == ""
    assert appoint(office, "监督乙") == "E-DECISION-SECOND"
    assert appoint(office, "监督乙", person("监督甲")) == ""
    book = office.decided
    assert [one.name for one in book.supervisors()] == ["监督甲", "监督乙"]
    gone = person("监督甲").keyid
    assert refusal(lambda: book.dismiss(gone, reason="调离")) == "E-DECISION-SECOND"
    book.dismiss(gone, reason="调离", second=person("监督乙"))
    assert freeze(office, person("监督甲")) == "E-DECISION-SECOND-KEY"
    book.dismiss(person("监督乙").keyid, reason="调离", second=person("监督乙"))
    assert freeze(office) == "E-DECISION-SUPERVISOR", "the rule does not end with the last supervisor"
    assert book.check() == ()


def test_who_may_not_be_appointed(office: Office) -> None:
    trial = office.batch.trial
    for taken in ("组织方", "恢复"):
        assert appoint(office, taken) == "E-OFFICER-KEY"
    assert appoint(office, "监督甲") == ""
    assert appoint(office, "监督甲", person("监督甲")) == "E-OFFICER-KEY"
    other = card("监督乙", trial=not trial)
    book = office.decided
    assert refusal(lambda: book.appoint(other, "supervisor", reason="x", second=person("监督甲"))) == "E-OFFICER-TRIAL"
    assert refusal(lambda: book.dismiss("SHA256:nobody", reason="x")) == "E-OFFICER-UNKNOWN"
    assert refusal(lambda: book.record("flag", "A-001", {}, reason="  ")) == "E-REASON"
    assert len(book.all()) == 1


def test_decisions_come_back_after_reopening_in_order_with_the_latest_in_force(office: Office) -> None:
    for number in range(3):
        office.decided.record("flag", f"A-00{number % 2}", {"state": f"s{number}"}, reason="说明")
    again = reopen(office)
    assert [one.number for one in again.decided.all()] == [1, 2, 3]
    assert {subject: one.content["state"] for subject, one in again.decided.of("flag").items()} == {
        "A-000": "s2",
        "A-001": "s1",
    }
    assert again.decided.all()[2].previous == again.decided.all()[1].digest
    again.close()


def test_a_decision_undone_with_its_transaction_leaves_no_trace(office: Office) -> None:
    book = office.decided
    book.record("flag", "A-001", {}, reason="一")

    def undone() -> None:
        with office.registry.transaction():
            book.record("flag", "A-002", {}, reason="二")
            assert len(book.all()) == 2
            raise RuntimeError("over")

    with pytest.raises(RuntimeError, match="over"):
        undone()
    assert len(book.all()) == 1
    book.record("flag", "A-003", {}, reason="三")
    assert [one.subject for one in book.all()] == ["A-001", "A-003"]
    assert book.check() == ()


def _tamper(office: Office, number: int, how: str) -> None:
    rows = dict(office.registry.decisions())
    payload, _ = open_decision(rows[number])
    if how == "flip":
        changed = rows[number].replace(b'"sig":"', b'"sig":"AAAA', 1)[: len(rows[number])]
    elif how == "stranger":
        signers = (msgspec.structs.replace(payload.signers[0], key=person("路人").public.age_recipient),)
        data = msgspec.json.encode(msgspec.structs.replace(payload, signers=signers))
        changed = sign(data, PAYLOAD_TYPE, [person("路人")])
    elif how == "rewritten":
        data = msgspec.json.encode(msgspec.structs.replace(payload, reason="另一个理由"))
        changed = sign(data, PAYLOAD_TYPE, [person("组织方")])
    else:
        changed = rows[number]
    with office.registry.transaction():
        conn = office.registry._db.conn
        if how == "removed":
            conn.execute("DELETE FROM decision WHERE number = ?", (number,))
        else:
            conn.execute("UPDATE decision SET envelope = ? WHERE number = ?", (changed, number))


@pytest.mark.parametrize("how", ["flip", "stranger", "rewritten", "removed"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_whatever_was_changed_afterwards_shows(tmp_path: Path, how: str, number: int) -> None:
    office = make_office(tmp_path / "office")
    for name in ("A-001", "A-002", "A-003"):
        office.decided.record("flag", name, {}, reason="说明")
    _tamper(office, number, how)
    again = reopen(office)
    (fault,) = again.decided.check()
    assert fault.code == "E-DECISION-CHAIN"
    report = again.rebuild()
    assert report.faults == (fault,)
    assert not report.equal
    again.close()


def test_a_single_signature_where_two_are_needed_is_found_even_if_it_was_stored(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office")
    assert appoint(office, "监督甲") == ""
    book = office.decided
    made = book.record("draw", BATCH, {"seed": "1"}, reason="抽取", second=person("监督甲"))
    (row,) = office.registry.decisions(after=made.number - 1)
    payload = open_decision(row[1])[0]
    alone = msgspec.structs.replace(payload, signers=payload.signers[:1])
    with office.registry.transaction():
        office.registry._db.conn.execute(
            "UPDATE decision SET envelope = ? WHERE number = ?",
            (sign(msgspec.json.encode(alone), PAYLOAD_TYPE, [person("组织方")]), made.number),
        )
    again = reopen(office)
    (fault,) = again.decided.check()
    assert (fault.code, fault.params["detail"]) == ("E-DECISION-CHAIN", "supervisor")
    again.close()


def test_an_office_opened_with_the_recovery_key_decides_nothing(tmp_path: Path) -> None:
    office = reopen(make_office(tmp_path / "office"), person("恢复"))
    assert refusal(lambda: office.decided.record("flag", "A-001", {}, reason="x")) == "E-OFFICE-RECOVERY"
    office.close()


def test_the_signed_bytes_say_everything_that_was_decided(office: Office) -> None:
    content = {"action": "replace", "value": "12.50", "year": "2025"}
    office.decided.record("challenge", "A-001", content, reason="以统计年报为准")
    ((_, envelope),) = office.registry.decisions()
    payload = msgspec.json.decode(peek(envelope, MAX_PAYLOAD).payload)
    assert payload["content"] == content
    assert (payload["kind"], payload["subject"], payload["batch"]) == ("challenge", "A-001", BATCH)
    assert payload["reason"] == "以统计年报为准"
    assert payload["previous"] is None


def test_a_lent_key_signs_what_was_shown_once_and_nothing_else(office: Office) -> None:
    assert appoint(office, "监督甲") == ""
    book, second = office.decided, person("监督甲")
    with pytest.raises(SecondKeyError) as asked:
        book.record("unblind", BATCH, {"files": "5"}, reason="评审结束")
    wanted = asked.value.wanted
    assert (wanted.kind, wanted.subject, wanted.content) == ("unblind", BATCH, {"files": "5"})
    with book.countersigned(second, replace(wanted, reason="评审期满")):
        assert refusal(lambda: book.record("unblind", BATCH, {"files": "6"}, reason="x")) == "E-DECISION-SECOND"
        assert refusal(lambda: book.record("finalise", BATCH, {"files": "5"}, reason="x")) == "E-DECISION-SECOND"
        made = book.record("unblind", BATCH, {"files": "5"}, reason="评审结束")
        assert refusal(lambda: book.record("unblind", BATCH, {"files": "5"}, reason="x")) == "E-DECISION-SECOND"
    assert (made.reason, made.keyids) == ("评审期满", (person("组织方").keyid, second.keyid))
    with book.countersigned(second, wanted):
        pass
    assert refusal(lambda: book.record("unblind", BATCH, {"files": "5"}, reason="x")) == "E-DECISION-SECOND"
