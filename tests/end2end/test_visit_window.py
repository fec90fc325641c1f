"""A visit from end to end through the window: a challenge, a visit, two inspectors on two machines, the merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.dispute import data_item
from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.services.disputes import list_disputes
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, open_sample, page_of, sample_copy
from tests.support.hands import cells, click_row, drop, label, opened
from tests.support.sample import office_copy
from tests.support.site_hands import plan_and_issue, record_by_two, total
from tests.support.window import child, press
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

FOUND = "0.01"
"""What the inspectors find, far from what was declared."""


@dataclass(frozen=True)
class Expected:
    """The disputed datum by code and in words, and the computed scores it decides: as declared and as verified."""

    application: str
    place: str
    named: str
    items: Mapping[str, tuple[Fraction, Fraction]]


def expected(folder: Path) -> Expected:
    """Read from a copy of the registry that nobody else sees."""
    office = office_copy(folder)
    (dispute,) = list_disputes(office)
    application = office.application(dispute.application)
    pack, k = office.pack_of(application), office.factor_of(application)
    datum = application.data[dispute.datum]
    changed = replace(datum, values={**datum.values, dispute.key: Decimal(FOUND)})
    verified = replace(application, data={**application.data, dispute.datum: changed})
    items = {}
    for indicator in pack.indicators:
        if indicator.rule is not None:
            before, after = (compute_basis(pack, indicator, one, k).score for one in (application, verified))
            if before is not None and after is not None and before != after:
                items[f"{indicator.id} {i18n.local(indicator.title)} · {tr('part.basis')}"] = (before, after)
    office.close()
    assert items
    named = tr("site.check.year", datum=i18n.local(data_item(pack, dispute.datum).label), year=dispute.key)
    return Expected(dispute.application, f"{dispute.datum}/{dispute.key}", named, items)


# ----- the round -----


def test_a_visit_through_the_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialogs = Dialogs(monkeypatch)
    wanted = expected(tmp_path / "read")
    sample_copy(tmp_path / "sample")
    with opened(qtbot, tmp_path / "office") as window:
        open_sample(window, tmp_path / "sample", dialogs)
        bundle = plan_and_issue(window, tmp_path, dialogs, wanted.application)
    back, part = record_by_two(qtbot, tmp_path, dialogs, bundle, wanted.place, FOUND)
    with opened(qtbot, tmp_path / "office") as window:
        open_sample(window, tmp_path / "sample", dialogs)
        merge(window, back, part, wanted)


def merge(window: MainWindow, back: Path, part: Path, wanted: Expected) -> None:
    """The coordinator takes the record in: a look first, then the figures and scores before and after."""
    drop(window, [back, part])
    assert cells(child(window, "visits.verdicts"), 0) == ["接收", "拒收"], "a partial record is for fellow members"
    declared = total(window, wanted.application)
    page_of(window, "visits.records")
    press(window, "visits.merge")
    assert total(window, wanted.application) != declared, "every expert's sheet counts with the verified figure"
    page_of(window, "visits.records")
    click_row(child(window, "visits.records"), 0)
    effects = child(window, "visits.effects")
    row = cells(effects, 0).index(wanted.named)
    assert cells(effects, 2)[row].startswith(FOUND)
    assert cells(effects, 5)[row] == "计入"
    lines = label(window, "visits.items").split("\n")
    for item, scores in wanted.items.items():
        (shown,) = [line for line in lines if item in line]
        assert all(brief(score) in half for score, half in zip(scores, shown.split("→"), strict=True)), shown
