"""The calibration of a later stage through the window: a base is judged for practice, task by task."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.review import open_review
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, page_of
from tests.support.hands import cells, click_row, enter, label
from tests.support.pages import shown_words
from tests.support.review import declare_all
from tests.support.stage import EXPERTS, StageRound, stage_clock, stage_round
from tests.support.stage_review import fill_stage
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.window import child, press, settle

BASE = "P001"


def open_round(window: MainWindow, made: StageRound, dialogs: Dialogs) -> None:
    """The coordinator chooses the registry and the key."""
    (made.folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    enter(window, "coordinator")
    dialogs.folder = made.folder / "office"
    press(window, "office.choose.button")
    dialogs.file = made.folder / "组织方.ndbkey"
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    assert desk_of(window).store is not None


def test_a_base_is_practised_on_and_the_findings_are_seen_task_by_task(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    made = stage_round(tmp_path)
    open_round(window, made, dialogs)
    page = page_of(window, "issue")
    child(window, "issue.tabs").setCurrentIndex(1)  # type: ignore[attr-defined]
    settle()
    said = shown_words(page)
    assert "选择基地" in said
    assert "申报材料" not in said
    click_row(child(window, "calibration.table"), 0)
    dialogs.folder = tmp_path / "calibration"
    child(window, "calibration.opening").set_value("slip")  # type: ignore[attr-defined]
    press(window, "calibration.issue")
    store = desk_of(window).store
    assert store is not None
    status = store.snapshot.calibration
    assert status is not None
    issued = sorted(status.issued, key=lambda row: row.expert)
    assert [row.expert for row in issued] == list(EXPERTS)
    back = tmp_path / "back"
    back.mkdir()
    for row, found in zip(issued, ("0", "0.5", "1"), strict=True):
        session = open_review(Path(row.path), secret=row.opens, profile=tmp_path / row.expert, clock=stage_clock())
        with session:
            declare_all(session)
            fill_stage(session, BASE, {"task:T1": found})
            session.export(person(row.expert), back)

    def merge(office: Office, *_: object) -> None:
        assert merge_files(office, [back]).counts() == {"accepted": len(EXPERTS)}

    page.job("x", merge, lambda _none: None)
    settle()
    press(window, "calibration.door")
    spread = child(window, "calibration.spread")
    line = cells(spread, 1).index("重点任务 · 主导产业营业收入提升任务")
    assert [cells(spread, column)[line] for column in (2, 3, 4, 5, 6)] == ["3", "0.00", "0.50", "1.00", "1.00"]
    assert label(window, "calibration.heading").endswith("3 份评分，0 位回避")
    words = {word for column in range(7) for word in cells(spread, column)}
    assert not any(name in word for word in words for name in EXPERTS)
