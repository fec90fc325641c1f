"""阶段材料更正 through the window: the base corrects what an expert has signed, and is judged anew where it matters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.identity import keys_folder, list_identities
from ndb_desktop.services.issue_chain import stale_sheets
from ndb_desktop.services.stage_results import base_result
from ndb_desktop.ui.expert.news_lines import Line
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.all_stages import ROSTER, base, declared
from tests.support.coordinator import Dialogs, desk_of, page_of
from tests.support.hands import cells, drop, opened, type_passphrase, write
from tests.support.stage import actuals_of, form_folder, form_line
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
    sign_sheets,
    start,
    today,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import key_file, person
from tests.support.window import child, press, review_of, settle
from tests.support.window import desk_of as expert_desk
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

FIRST, OTHER = "P001", "P002"
GROWTH = "target:P1.2.growth"
REOPENED = [DISPUTED, GROWTH]
"""A value that was missing is 0 now, and one that was 0 is missing now."""


def form(folder: Path, first: Mapping[str, str | None]) -> Path:
    """阶段材料 of both bases: 120 reached for everything promised but for what is said of the first."""
    lines = [form_line(base(1), actuals_of(base(1), "120", **first)), form_line(base(2), actuals_of(base(2), "120"))]
    return form_folder(folder, declared(lines))


def issue(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    dialogs.folder = form(folder / "form", {"revenue": None, "growth": "0"})
    page_of(window, "applications")
    press(window, "applications.folder")
    press(window, "applications.accept")
    start(window)
    roster = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
    return issue_all(window, folder, roster, dialogs)


def correct(window: MainWindow, folder: Path, dialogs: Dialogs) -> None:
    """Nothing is taken before it is said that experts hold it; the overview leads to what follows."""
    dialogs.folder = form(folder / "corrected", {"revenue": "0", "growth": None})
    page = page_of(window, "applications")
    press(window, "applications.folder")
    assert not child(window, "applications.accept").isVisible()
    press(window, "applications.update")
    press(window, "applications.folder")
    shown = "\n".join(one.text() for one in page.findChildren(PlainLabel) if one.isVisible())
    assert tr("applications.changed", application=FIRST, count=2) in shown
    store = desk_of(window).store
    assert store is not None
    assert store.snapshot.outdated == ()
    press(window, "applications.accept")
    assert {line.changed for line in store.snapshot.outdated} == {(FIRST,)}
    page_of(window, "overview")
    press(window, "overview.next")


def supplement(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, Path]:
    """Bundles for all; who has a key on record opens the new one by it, without a slip."""
    dialogs.folder = folder / "supplements"
    press(window, "issue.supplement")
    settle(120)
    return {re.findall(r"E\d\d(?!\d)", path.name)[0]: path for path in (folder / "supplements").iterdir()}


def said(line: Line) -> str:
    """What a line of the news says."""
    (words,) = [one.text().replace("\u200b", "") for one in line.findChildren(PlainLabel) if len(one.text()) > 3]
    return words


def judge_anew(window: MainWindow, bundle: Path, target: Path, dialogs: Dialogs) -> None:
    """The news names what was reopened and why; each is a click away; nothing else is asked, and it is signed again."""
    drop(window, [bundle])
    type_passphrase(child(window, "expert.unlock"))
    press(window, "open.button")
    page, store = review_of(window), expert_desk(window).store
    assert store is not None
    assert page.step == "news"
    told = {line.news.item: line.key for line in store.view.news if line.news.kind == "confirm"}
    assert list(told) == REOPENED
    lines = {line.key: line for line in page.news.findChildren(Line) if line.isVisible()}
    first, second = (said(lines[told[item]]) for item in REOPENED)
    assert first.startswith("重新核对 P1.1 主导产业营业收入")
    assert first.endswith("缺报 → 0 亿元")
    assert second.endswith("0 % → 缺报")
    entries = store.view.sheet(FIRST).items
    assert [name for name, entry in entries.items() if entry.state == "open"] == REOPENED
    assert all(entry.state != "open" for entry in store.view.sheet(OTHER).items.values())

    page.go("score")
    settle()
    press(window, "news.revise")
    write(child(window, "revision.reason"), "更正阶段材料")
    press(window, "revision.start")
    page.go("news")
    settle()
    press(window, "news.all")
    for item in REOPENED:
        page.go("news")
        settle()
        press(window, f"news.go.{told[item]}")
        walk = expert_desk(window).walk
        assert walk is not None
        assert (page.step, walk.application, walk.item) == ("score", FIRST, item)
        press(window, "item.confirm")
    assert not child(window, "news.strip").isVisible()
    page.go("check")
    settle()
    sign_sheets(window, target, dialogs)


def test_a_base_corrects_what_an_expert_has_signed(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogs = Dialogs(monkeypatch)
    registry, machine, own = tmp_path / "registry", tmp_path / "machine", tmp_path / "own"
    returned, again = tmp_path / "returned", tmp_path / "again"
    returned.mkdir()
    again.mkdir()
    begin(registry)
    (keys_folder(machine) / "me.ndbkey").write_bytes(key_file(COORDINATOR))
    with opened(qtbot, machine, today) as window:
        open_registry(window, registry, dialogs)
        bundles = issue(window, tmp_path, dialogs)
    name = min(bundles)

    with opened(qtbot, own, today) as window:
        open_to_score(window, *bundles[name], 2, dialogs)
        for _ in range(2):
            answer_all(window, done=True, disputing="")
        sign_sheets(window, returned, dialogs)

    with opened(qtbot, machine, today) as window:
        open_registry(window, registry, dialogs)
        merge(window, returned, {name: list_identities(own / "keys")[0].fingerprint})
        assert outcomes(window)[FIRST][0] == "待定"
        correct(window, tmp_path, dialogs)
        newer = supplement(window, tmp_path, dialogs)
        assert set(newer) == set(bundles)
        assert len(stale_sheets(office_of(window))) == 1

    with opened(qtbot, own, today) as window:
        judge_anew(window, newer[name], again, dialogs)
    (path,) = again.iterdir()
    score = open_score(path.read_bytes(), person(COORDINATOR))
    assert (score.payload.revision, score.payload.reason) == (2, "更正阶段材料")

    with opened(qtbot, machine, today) as window:
        open_registry(window, registry, dialogs)
        drop(window, sorted(again.iterdir()))
        assert cells(child(window, "merge.table"), 0) == ["接收"]
        press(window, "merge.accept")
        office = office_of(window)
        assert stale_sheets(office) == ()
        # Even the same answers are a sheet of their own: they were given on other figures. Nobody else's is.
        assert [one.revision for one in office.registry.sheet_versions(FIRST, name)] == [1, 2]
        assert [one.revision for one in office.registry.sheet_versions(OTHER, name)] == [1]
        assert base_result(office, FIRST).missing == ("P1.2.growth",)
        drop(window, sorted(again.iterdir()))
        assert cells(child(window, "merge.table"), 0) == ["重复"]
