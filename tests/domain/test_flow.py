"""The guided walk: order of the pack, next open item round the end, progress."""

from __future__ import annotations

from dataclasses import replace

from ndb_desktop.domain import flow
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from tests.support.panels import sheet, small_pack

PACK = small_pack()
ORDER = [item.id for item in PACK.items]
EMPTY = Sheet("A1", Declaration("clear"))


def test_walking_visits_every_item_once_each_way() -> None:
    seen, at = [], None
    while (at := flow.next_item(PACK, EMPTY, at)) is not None:
        seen.append(at)
    assert seen == ORDER
    back, at = [], None
    while (at := flow.previous_item(PACK, EMPTY, at)) is not None:
        back.append(at)
    assert back == ORDER[::-1]
    assert flow.next_item(PACK, EMPTY, "gone") == ORDER[0]


def test_next_open_goes_round_the_end_and_counts_faulty_items_as_open() -> None:
    full = sheet()
    assert flow.next_open(PACK, full, None) is None
    faulty = replace(full, items={**full.items, "J.basis": ItemEntry("J.basis", "scored", "L3")})
    assert flow.next_open(PACK, faulty, "N.plan") == "J.basis"
    assert flow.next_open(PACK, faulty, "J.basis") == "J.basis", "the only one that is left"
    assert flow.next_open(PACK, EMPTY, "Q.basis") == "J.basis"


def test_progress_counts_finished_items_and_a_recusal_is_finished() -> None:
    assert flow.progress(PACK, EMPTY) == (0, 8)
    assert flow.progress(PACK, sheet()) == (8, 8)
    recused = replace(EMPTY, declaration=Declaration("recused", ("C1",)))
    assert flow.progress(PACK, recused) == (8, 8)
    assert flow.next_open(PACK, recused, None) is None


def test_next_unfinished_application() -> None:
    done = {"a", "c"}
    assert flow.next_unfinished_application("abcd", done.__contains__, "b") == "d"
    assert flow.next_unfinished_application("abcd", done.__contains__, "d") == "b"
    assert flow.next_unfinished_application("abcd", done.__contains__, None) == "b"
    assert flow.next_unfinished_application("ac", done.__contains__, "a") is None
    assert flow.next_unfinished_application("", done.__contains__, None) is None
