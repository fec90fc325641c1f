"""A review in memory: the checks and sums of a real one, and nothing left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.packvectors import vectors_of
from ndb_desktop.domain.scoring import computed_values
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services import challenging
from ndb_desktop.services.pack_preview import PreviewSession
from tests.support.packs import pack_for, sample_application, sample_batch


@pytest.fixture
def session() -> PreviewSession:
    return PreviewSession(
        sample_batch(), pack_for("park"), sample_application(), lambda: datetime(2026, 11, 22, tzinfo=UTC)
    )


def test_marks_are_checked_as_in_a_review_and_stay_when_the_data_change(session: PreviewSession) -> None:
    name = session.applications[0].application.id
    assert session.sheet(name).status == "scored"
    session.set_entry(name, ItemEntry("P4.1.basis", "scored", "L5", Decimal(95)))
    with pytest.raises(NdbError) as caught:
        session.set_entry(name, ItemEntry("P4.1.basis", "scored", "L1", Decimal(95)))
    assert caught.value.code.startswith("E-ITEM-")
    challenging.confirm(session, name, "P1.1.basis")
    other = session.show(replace(sample_application(), data={}), Fraction(1)).application.id
    assert other != name
    sheet = session.sheet(other)
    assert sheet.items["P4.1.basis"].value == Decimal(95)
    assert sheet.items["P1.1.basis"].confirm == "confirmed"
    session.forget()
    assert session.sheet(session.applications[0].application.id).items == {}


def test_what_is_computed_is_what_the_pack_says(session: PreviewSession) -> None:
    pack = pack_for("park")
    for indicator in pack.indicators:
        for vector in vectors_of(pack, indicator):
            shown = session.show(vector.application, vector.k)
            values = computed_values(pack, shown.application, vector.k)
            item = f"{indicator.id}.{vector.part}"
            assert session.computed(shown.application.id, item).score == values.get(item)


def test_nothing_is_ever_signed_undone_or_held(session: PreviewSession) -> None:
    assert session.exports() == ()
    assert session.news() == ()
    assert not session.locked
    assert not session.can_undo
    session.hold_unsaved()
    assert session.unsaved == 0
    session.close()
