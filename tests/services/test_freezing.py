"""The rules are fixed before the first bundle leaves; in an official batch by two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.formats.card import build_card
from ndb_desktop.services.freezing import freeze, frozen
from ndb_desktop.services.issue import carry_out
from ndb_desktop.services.tasks import CancelToken, silent
from tests.support.office import make_office, reopen, small_batch
from tests.support.travel import AT, person, refusal


@pytest.mark.parametrize("trial", [True, False])
def test_no_bundle_leaves_before_the_rules_are_frozen(tmp_path: Path, trial: bool) -> None:
    office = make_office(tmp_path / "office", batch=small_batch(trial=trial))
    out = tmp_path / "out"

    def issue() -> str:
        return refusal(lambda: carry_out(office, out, (), None, silent, CancelToken()))

    assert frozen(office) is None
    if trial:
        assert issue() == "", "alone in a trial, and on record"
    else:
        assert issue() == "E-DECISION-SUPERVISOR"
        card = build_card(person("监督甲"), name="监督甲", employer="示例监督处", trial=False, created_at=AT)
        office.decided.appoint(card, "supervisor", reason="按分工")
        assert issue() == "E-DECISION-SECOND"
        assert not out.exists()
        freeze(office, reason="规则已核对", second=person("监督甲"))
        assert issue() == ""
    first = frozen(office)
    assert first is not None
    assert first.content == {"park": office.packs["park"].digest}
    assert len(first.signers) == (1 if trial else 2)
    assert freeze(office) == first, "once is enough"
    again = reopen(office)
    assert frozen(again) == first
    again.close()


def test_other_rules_are_not_those_that_were_frozen(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office")
    freeze(office)
    office.__dict__["packs"] = {"park": replace(office.packs["park"], digest="e" * 64)}
    assert frozen(office) is None
    freeze(office, reason="更换规则包")
    assert [one.kind for one in office.decided.all()] == ["pack_freeze", "pack_freeze"]
    office.close()
