"""What the lists say of an item that is disputed, and how far the work is where somebody recused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Challenge, Declaration, ItemEntry
from ndb_desktop.services import challenging
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.lists import item_lines
from tests.support.pages import open_store, write
from tests.support.review import REASON, MadeReview, declare_all, fill

CHALLENGED = ItemEntry("P2.1.basis", "scored", confirm="challenged")
CONFIRMED = ItemEntry("P2.1.basis", "scored", confirm="confirmed")


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "已质疑"), ("en", "Challenged")])
def test_a_challenged_item_never_looks_like_a_confirmed_one(language: str, said: str) -> None:
    i18n.set_language(language)
    disputed, confirmed = (words.item_state(entry, True, Fraction(70)) for entry in (CHALLENGED, CONFIRMED))
    assert disputed.text == said
    assert disputed.icon != confirmed.icon
    assert disputed.text != confirmed.text
    assert words.item_state(CHALLENGED, True, Fraction(70), disputed=False) == confirmed
    assert disputed in words.legend()


def test_a_challenged_nought_stays_a_nought() -> None:
    assert words.item_state(CHALLENGED, True, Fraction(0)).text == "0 分；已质疑"
    assert words.item_state(CHALLENGED, True, Fraction(0), computed="missing").text == "缺项；已质疑"
    assert words.item_state(CHALLENGED, False).icon == "circle-alert", "what is not finished says that first"


def test_the_list_says_which_items_are_disputed(made: MadeReview, tmp_path: Path) -> None:
    with open_store(made, tmp_path / "profile") as store:
        first = made.ids[0]
        session = write(store, declare_all, lambda s: fill(s, first))
        item = next(item for item in session.item(first).pack.items if item.computed and item.indicator.data)
        datum = item.indicator.data[0]
        year = "2025" if datum.years else ""
        challenge = Challenge("c1", item.indicator.id, datum.code, year, None, "D1", 1, reason=REASON)
        write(store, lambda s: challenging.add(s, first, item.id, challenge))
        lines = {line.id: line for line in item_lines(store.view, first)}
        assert lines[item.id].icon == "message-square-warning"
        assert "已质疑" in lines[item.id].spoken
        assert lines[item.id].done
        others = [line for line in lines.values() if line.icon == "message-square-warning"]
        assert others == [lines[item.id]]


def test_a_recused_application_is_no_work_and_no_work_done(made: MadeReview, tmp_path: Path) -> None:
    with open_store(made, tmp_path / "profile") as store:
        first, second, third = made.ids
        session = write(store, declare_all, lambda s: fill(s, first))
        each = [len(session.item(name).pack.items) for name in made.ids]
        assert store.view.overall_progress() == session.overall_progress() == (each[0], sum(each))
        write(store, lambda s: s.declare(second, Declaration("recused", ("C3",))))
        assert store.view.overall_progress() == session.overall_progress() == (each[0], each[0] + each[2])
        write(store, lambda s: s.declare(first, Declaration("recused", ("C3",))))
        write(store, lambda s: s.declare(third, Declaration("recused", ("C3",))))
        assert store.view.overall_progress() == (0, 0)
