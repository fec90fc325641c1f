"""An acceptance from end to end through the window: the form handed in, bundles, sheets, outcome, signed moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.identity import keys_folder, list_identities
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.all_stages import ROSTER, base
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, opened
from tests.support.stage_hands import FAILS, PASSES, decide, handed_in, rule
from tests.support.stage_window import (
    COORDINATOR,
    DISPUTED,
    answer_all,
    begin,
    issue_all,
    merge,
    office_of,
    open_registry,
    open_to_score,
    outcomes,
    review_by_service,
    sign_sheets,
    start,
    today,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import key_file, person
from tests.support.window import child, press
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

TASK = "task:T1"
MEMBERS = ["E01", "E02", "E03", "E04", "E05"]


# ----- the coordinator, before -----


def issue(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    """From the form to bundles and slips; each expert's bundle and the secret printed on the slip."""
    dialogs.folder = handed_in(folder / "form", [base(1), base(2)])
    page_of(window, "applications")
    press(window, "applications.folder")
    assert cells(child(window, "importing.entries"), 1) == [PASSES, FAILS]
    assert office_of(window).registry.application_digests() == {}, "a look writes nothing"
    press(window, "applications.accept")
    assert set(cells(child(window, "applications.table"), 0)) == {PASSES, FAILS}
    start(window)
    roster = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
    return issue_all(window, folder, roster, dialogs)


# ----- the experts -----


def review(window: MainWindow, bundle: Path, secret: str, target: Path, dialogs: Dialogs) -> None:
    """One expert's whole work by widgets: a figure disputed, all others confirmed, every task found, signed."""
    open_to_score(window, bundle, secret, 2, dialogs)
    seen = [answer_all(window, done=done) for done in (True, False)]
    assert [name for name, _ in seen] == [PASSES, FAILS]
    assert all(number > 10 for _, number in seen)
    sign_sheets(window, target, dialogs)


def test_an_acceptance_through_the_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialogs = Dialogs(monkeypatch)
    returned, registry, machine = tmp_path / "returned", tmp_path / "registry", tmp_path / "machine"
    returned.mkdir()
    begin(registry)
    (keys_folder(machine) / "me.ndbkey").write_bytes(key_file(COORDINATOR))
    with opened(qtbot, machine, today) as window:
        open_registry(window, registry, dialogs)
        bundles = issue(window, tmp_path, dialogs)
    assert sorted(bundles) == MEMBERS

    (name, (bundle, secret)), *others = sorted(bundles.items())
    with opened(qtbot, tmp_path / "own", today) as window:
        review(window, bundle, secret, returned, dialogs)
    keys = {name: list_identities(tmp_path / "own" / "keys")[0].fingerprint}
    (path,) = returned.iterdir()
    sheets = {one.record.application: one.record for one in open_score(path.read_bytes(), person(COORDINATOR)).sheets}
    items = {place: {one.item: one for one in sheet.items} for place, sheet in sheets.items()}
    assert (items[PASSES][DISPUTED].confirm, items[FAILS][DISPUTED].confirm) == ("challenged", "confirmed")
    assert (items[PASSES][TASK].value, items[FAILS][TASK].value) == ("1", "0")
    for expert, (path, word) in others:
        review_by_service(expert, (path, word), profile=tmp_path / expert, target=returned, clock=today, failing=FAILS)
        keys[expert] = person(expert).public.keyid

    with opened(qtbot, machine, today) as window:
        open_registry(window, registry, dialogs)
        merge(window, returned, keys)
        before = outcomes(window)
        assert (before[PASSES][0], before[FAILS][0]) == ("待定", "不通过"), before
        assert "主导产业营业收入" in before[PASSES][1]
        assert not [one for one in window.findChildren(QWidget, "stage.offer.accept") if one.isVisible()]
        rule(window)
        after = outcomes(window)
        assert (after[PASSES][0], after[FAILS][0]) == ("通过", "不通过")
        assert "重点任务完成率 0.00 %" in after[FAILS][1]
        row = cells(child(window, "stage.targets"), 0).index("P1.1 主导产业营业收入（亿元）")
        assert [cells(child(window, "stage.targets"), column)[row] for column in (2, 3, 4, 5)] == [
            "100", "120", "119", "95.00 %",
        ]  # fmt: skip
        decide(window)
        page_of(window, "results")
        child(window, "results.tabs").setCurrentIndex(1)  # type: ignore[attr-defined]
        press(window, "results.public.show")
        assert cells(child(window, "results.public.table"), 3) == [base(1).applicant]
