"""The internal results say at which level the highest and lowest were left out, and whose sheets that was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services import office
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, open_sample, page_of, sample_copy
from tests.support.window import child, press, settle


def details(window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ResultsPage, str]:
    """What stands below the first row of the internal results."""
    open_sample(window, sample_copy(folder / "sample"), Dialogs(monkeypatch))
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    page.internal.selectRow(0)
    settle()
    return page, child(window, "results.details").text()  # type: ignore[attr-defined]


def test_shipped_packs_trim_per_item(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, words = details(window, tmp_path, monkeypatch)
    assert "去高去低：按评分项，满 7 份时" in words
    assert "未计入平均" not in words


def test_a_pack_that_trims_by_total_names_the_sheets(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_total(raw: bytes) -> RulePack:
        pack = load_pack(raw)
        return replace(pack, settings=replace(pack.settings, trim_level="total", trim_from=5))

    monkeypatch.setattr(office, "load_pack", by_total)
    page, words = details(window, tmp_path, monkeypatch)
    assert "去高去低：按专家总分，满 5 份时" in words
    result = page.internal.selected().result
    assert len(result.dropped) == 2
    assert f"未计入平均的评分表：{'；'.join(sorted(result.dropped))}" in words
