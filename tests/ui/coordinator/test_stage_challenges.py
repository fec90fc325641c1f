"""Challenged actual values of a later stage on the page of challenges, and as what a visit is to verify."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.ui.coordinator.challenges_page import ChallengesPage
from ndb_desktop.ui.coordinator.visit_look import look_plan
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, page_of
from tests.support.stage_office import EXPERTS, TARGET, base_application, stage_file, stage_office, stage_sheet
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Revenue is challenged by one of five experts."""
    office = stage_office(tmp_path / "office", bases=[base_application(1)])
    for expert in EXPERTS:
        sheet = stage_sheet(office, "P001", challenged={TARGET: "101"} if expert == "E04" else None)
        merge_files(office, [stage_file(office, tmp_path / f"{expert}.ndbscore", expert, [sheet])])
    office.close()
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return tmp_path / "office"


def test_a_challenged_actual_value_is_named_and_shows_what_a_ruling_would_change(
    window: MainWindow, folder: Path, dialogs: Dialogs
) -> None:
    window.enter("coordinator")
    settle()
    dialogs.folder, dialogs.file = folder, folder.parent / "组织方.ndbkey"
    press(window, "office.choose.button")
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    page = page_of(window, "challenges")
    assert isinstance(page, ChallengesPage)
    settle()
    (row,) = page.table.source.rows
    assert row.label == "P1.1 主导产业营业收入"
    assert (row.dispute.declared, row.dispute.raised[0].challenge.proposed) == (Decimal(120), Decimal(101))
    (said,) = [one for one in page.card.findChildren(PlainLabel) if one.isVisible() and one.text().startswith("E04")]
    assert "未注明依据文件" in said.text(), "a challenge need not name a document"
    store = desk_of(window).store
    assert store is not None
    lines = look_plan(store.office, "P001", True, CancelToken()).data
    assert {line.place for line in lines} >= {(TARGET, "")}
    assert [line.figure for line in lines if line.place == (TARGET, "")] == ["120 亿元"]
