"""The batch wizard through its widgets: forward and back, mistakes at their fields, draft, files, people, making."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QListWidget, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.formats.batchplan import plan_from_json
from ndb_desktop.services.batch_form import draft_path, load_draft
from ndb_desktop.texts import text
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.wizard.frame import ORDER, BatchWizard
from ndb_desktop.ui.coordinator.wizard.step import Note
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.passphrase import PassphraseField
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.clipping import findings
from tests.support.coordinator import Dialogs, create_registry, desk_of, page_of, wizard_step
from tests.support.pages import shown_words
from tests.support.supervised import card_file
from tests.support.window import PASSPHRASE, child, press, settle


def enter(window: MainWindow) -> BatchWizard:
    window.enter("coordinator")
    settle()
    press(window, "office.create.button")
    return wizard_of(window)


def wizard_of(window: MainWindow) -> BatchWizard:
    wizard = child(window, "office.create")
    assert isinstance(wizard, BatchWizard)
    return wizard


def write(window: QWidget, name: str, text: str) -> None:
    child(window, name).setText(text)  # type: ignore[attr-defined]
    settle()


def note(window: QWidget, place: str) -> str:
    """What is said at a field, "" while nothing is."""
    found = child(window, f"wizard.note.{place}")
    assert isinstance(found, Note)
    return "" if found.isHidden() else found.text()


def state(window: QWidget, step: str) -> str:
    nav = child(window, "wizard.nav")
    assert isinstance(nav, QListWidget)
    return nav.item(ORDER.index(step)).text().partition("\n")[2]


def said(window: QWidget) -> str:
    banner = wizard_of(window).banner  # type: ignore[arg-type]
    assert isinstance(banner, Banner)
    message = banner.message()
    return " ".join((message.title, message.text, *message.details)) if message else ""


def secrets(window: MainWindow) -> None:
    for name in ("create.new", "create.recovery"):
        box = child(window, name)
        assert isinstance(box, PassphraseField)
        box.first.setText(PASSPHRASE)
        box.second.setText(PASSPHRASE)


def test_forward_and_back_by_the_buttons_keep_everything(qtbot: QtBot, window: MainWindow) -> None:
    enter(window)
    qtbot.keyClicks(child(window, "create.name"), "Office R&D")
    for step in ORDER[1:]:
        qtbot.mouseClick(child(window, "wizard.next"), Qt.MouseButton.LeftButton)
        settle()
        assert child(window, f"wizard.{step}").isVisible()
    assert child(window, "create.button").isVisible()
    assert not child(window, "wizard.next").isVisible()
    for _ in ORDER[1:]:
        qtbot.mouseClick(child(window, "wizard.previous"), Qt.MouseButton.LeftButton)
        settle()
    assert not child(window, "wizard.previous").isEnabled()
    assert child(window, "create.name").text() == "Office R&D"  # type: ignore[attr-defined]


def test_what_is_only_not_filled_in_is_told_once_the_step_was_left(window: MainWindow) -> None:
    enter(window)
    assert note(window, "batch.name") == ""
    assert state(window, "batch") == "待填写"
    press(window, "wizard.next")
    assert state(window, "batch") == "需要改正"
    press(window, "wizard.previous")
    assert "请填写" in note(window, "batch.name")
    write(window, "create.name", "评审办")
    assert note(window, "batch.name") == ""
    assert state(window, "batch") == "已填好"


def test_a_passphrase_that_is_missing_is_told_once_the_step_was_left(window: MainWindow) -> None:
    enter(window)
    wizard_step(window, "keys")
    assert note(window, "keys.new") == ""
    wizard_step(window, "batch")
    wizard_step(window, "keys")
    assert note(window, "keys.new") == note(window, "keys.recovery") == text("E-PLAN-PASSPHRASE", "zh_CN")


def test_a_ceiling_above_the_total_is_told_at_its_field_while_one_types_and_the_sum_follows(window: MainWindow) -> None:
    enter(window)
    wizard_step(window, "quotas")
    write(window, "quotas.park.total", "5")
    write(window, "quotas.park[1]", "6")
    assert "大于" in note(window, "quotas.park[1]")
    assert child(window, "quotas.park[1]").accessibleDescription() == note(window, "quotas.park[1]")
    assert "合计 6" in child(window, "wizard.sum.park").text()  # type: ignore[attr-defined]
    write(window, "quotas.park[1]", "4")
    assert note(window, "quotas.park[1]") == ""
    for number in range(10):
        write(window, f"quotas.park[{number}]", "0")
    assert "有 5 个名额永远用不上" in child(window, "wizard.sum.park").text()  # type: ignore[attr-defined]
    write(window, "quotas.park[0]", "many")
    assert "整数" in note(window, "quotas.park[0]")
    assert "需要改正" in child(window, "wizard.sum.park").text()  # type: ignore[attr-defined]


def test_fields_come_and_go_and_the_quotas_have_their_lines(window: MainWindow) -> None:
    wizard = enter(window)
    wizard_step(window, "fields")
    before = len(wizard.form.fields)
    press(window, "create.field.add")
    assert window.focusWidget() is child(window, f"fields[{before}].id")
    write(window, f"fields[{before}].id", "ai")
    assert "重复" in note(window, f"fields[{before}].id")
    write(window, f"fields[{before}].id", "quantum")
    write(window, f"fields[{before}].zh", "量子信息")
    press(window, "wizard.field.remove.0")
    child(window, "wizard.category.park").click()  # type: ignore[attr-defined]
    wizard_step(window, "quotas")
    assert "量子信息" in shown_words(child(window, "wizard.quotas"))
    assert not child(window, "wizard.quotas").findChildren(QWidget, "quotas.park.total")
    assert child(window, f"quotas.enterprise[{before - 1}]").isVisible()


def test_a_mistake_leads_from_the_last_page_to_its_step_and_field(window: MainWindow) -> None:
    wizard = enter(window)
    write(window, "create.name", "评审办")
    wizard_step(window, "fields")
    write(window, "fields[2].k", "0")
    wizard_step(window, "check")
    assert child(window, "wizard.open").isVisible()
    press(window, "wizard.open.0")
    assert wizard.step == "fields"
    assert window.focusWidget() is child(window, "fields[2].k")
    assert "大于 0" in note(window, "fields[2].k")
    write(window, "fields[2].k", "2")
    wizard_step(window, "check")
    press(window, "create.button")
    assert wizard.step == "keys"
    assert child(window, "create.new").isAncestorOf(window.focusWidget())
    assert "口令" in note(window, "keys.new")


def test_the_last_page_says_everything_in_words_and_leads_to_each_step(window: MainWindow) -> None:
    wizard = enter(window)
    write(window, "create.name", "评审办 <b>")
    wizard_step(window, "quotas")
    write(window, "quotas.park.total", "21")
    wizard_step(window, "check")
    words = shown_words(child(window, "wizard.check"))
    for part in (
        "评审办 <b>", "正式评审", "人工智能（k=1.5）", "总数 21", "建议稿，非正式", "这是正式批次，用的却是建议稿",
        "国办发明电〔2025〕7号", "32 个推荐单位", "监督：以后任命", "7 名专家",
    ):  # fmt: skip
        assert part in words, part
    for step in ORDER[:-1]:
        press(window, f"wizard.change.{step}")
        assert wizard.step == step
        wizard_step(window, "check")


def test_a_draft_survives_leaving_and_holds_no_passphrase(
    new_window: Callable[[], MainWindow], own_profile: Path
) -> None:
    window = new_window()
    enter(window)
    write(window, "create.name", "评审办")
    child(window, "create.trial").click()  # type: ignore[attr-defined]
    wizard_step(window, "keys")
    secrets(window)
    wizard_step(window, "dates")
    press(window, "create.back")
    assert child(window, "office.create.button").isVisible()
    assert PASSPHRASE not in draft_path(own_profile).read_text(encoding="utf-8")
    again = enter(new_window())
    assert again.step == "dates"
    assert again.form.name == "评审办"
    assert again.form.trial
    assert child(again, "create.trial").isChecked()  # type: ignore[attr-defined]


def test_beginning_afresh_is_asked_and_throws_the_draft_away(window: MainWindow, own_profile: Path) -> None:
    enter(window)
    write(window, "create.name", "评审办")
    press(window, "wizard.afresh")
    assert "清空" in said(window)
    assert wizard_of(window).form.name == "评审办"
    press(window, "banner.action")
    assert wizard_of(window).form.name == ""
    assert wizard_of(window).step == "batch"
    press(window, "create.back")
    kept = load_draft(own_profile)
    assert kept is None or kept.name == ""


def test_the_days_are_computed_by_the_rule_chosen_and_an_unknown_year_is_refused(window: MainWindow) -> None:
    wizard = enter(window)
    wizard_step(window, "dates")
    start = child(window, "wizard.start")
    result = child(window, "wizard.dates.result")

    def shown(year: int, month: int, day: int) -> str:
        start.setDate(start.date().__class__(year, month, day))  # type: ignore[attr-defined]
        return str(result.text())  # type: ignore[attr-defined]

    # The vectors of R18, counted by hand from the arrangement of 2026.
    assert "到 2026-09-24 止" in shown(2026, 9, 18)
    assert "到 2026-10-10 止" in shown(2026, 9, 28)
    child(window, "wizard.count.with").click()  # type: ignore[attr-defined]
    assert "到 2026-10-09 止" in shown(2026, 9, 28)
    assert "2027" in shown(2026, 12, 28)
    child(window, "wizard.days").setValue(7)  # type: ignore[attr-defined]
    assert "7 个工作日" in shown(2026, 3, 2)
    assert (wizard.form.notice_days, wizard.form.count_start_day) == (7, True)
    assert "10-01 至 10-07" in child(window, "wizard.calendar.off").text()  # type: ignore[attr-defined]


def test_the_list_is_edited_read_from_a_table_and_set_back(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    wizard = enter(window)
    wizard_step(window, "recommenders")
    table = child(window, "wizard.recommenders.table")
    assert isinstance(table, DataTable)
    assert table.proxy.rowCount() == 37
    assert "32 个推荐单位" in shown_words(child(window, "wizard.recommenders"))
    child(window, "wizard.cities").click()  # type: ignore[attr-defined]
    assert "37 个推荐单位" in shown_words(child(window, "wizard.recommenders"))
    write(window, "wizard.recommenders.search", "大连")
    table.selectRow(0)
    write(window, "wizard.recommenders.region", "999999")
    assert "999999" in note(window, "recommenders.row")
    assert state(window, "recommenders") == "需要改正"
    write(window, "wizard.recommenders.region", "210200")
    assert note(window, "recommenders.row") == ""
    write(window, "wizard.recommenders.search", "")
    press(window, "wizard.recommenders.add")
    write(window, "wizard.recommenders.region", "710000")
    write(window, "wizard.recommenders.name", "某单位")
    assert wizard.form.recommenders[-1].name == "某单位"
    press(window, "wizard.recommenders.remove")
    assert len(wizard.form.recommenders) == 37
    dialogs.file = tmp_path / "名单.csv"
    dialogs.file.write_text("地区代码,推荐单位\n440000,广东省工业和信息化厅\n", encoding="gbk")
    press(window, "wizard.recommenders.file")
    assert [row.region for row in wizard.form.recommenders] == ["440000"]
    dialogs.file.write_text("地区代码,推荐单位\n44,x\n", encoding="utf-8")
    press(window, "wizard.recommenders.file")
    assert "44" in said(window)
    assert len(wizard.form.recommenders) == 1
    press(window, "wizard.recommenders.shipped")
    assert len(wizard.form.recommenders) == 37


def test_a_faulty_row_is_led_to_and_the_check_may_be_switched_off(window: MainWindow) -> None:
    wizard = enter(window)
    wizard.form.recommenders[36].name = ""
    wizard_step(window, "check")
    link = next(b for b in child(window, "wizard.open").findChildren(QAbstractButton) if "推荐单位" in b.text())
    link.click()
    settle()
    assert wizard.step == "recommenders"
    assert window.focusWidget() is child(window, "wizard.recommenders.name")
    assert "660000" in note(window, "recommenders.row")
    child(window, "wizard.recommenders.check").click()  # type: ignore[attr-defined]
    assert state(window, "recommenders") != "需要改正"
    assert not child(window, "wizard.recommenders.table").isEnabled()


def test_packs_tell_official_from_proposed_and_one_of_the_wrong_category_is_refused(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    from ndb_desktop.paths import forms_dir

    enter(window)
    wizard_step(window, "rules")
    assert child(window, "wizard.standing.park").text() == "建议稿，非正式"  # type: ignore[attr-defined]
    enterprise = next(
        path.parent
        for path in sorted(forms_dir().glob("*/pack.json"))
        if (parts := json.loads(path.read_text(encoding="utf-8")))["stage"] == "selection"
        and parts["category"] == "enterprise"
    )
    dialogs.folder = enterprise
    child(window, "wizard.pack.folder.park").click()  # type: ignore[attr-defined]
    assert note(window, "rules.pack.park") == text("E-PLAN-PENDING", "zh_CN")
    settle()
    assert note(window, "rules.pack.park")
    assert state(window, "rules") == "需要改正"
    dialogs.file = tmp_path / "no.xlsx"
    dialogs.file.write_bytes(b"no workbook")
    press(window, "wizard.pack.file.park")
    assert note(window, "rules.pack.park")
    press(window, "wizard.pack.shipped.park")
    assert note(window, "rules.pack.park") == ""
    press(window, "wizard.pack.folder.enterprise")
    assert note(window, "rules.pack.enterprise") == ""


def test_people_by_card_files_one_for_each_role(window: MainWindow, tmp_path: Path, dialogs: Dialogs) -> None:
    enter(window)
    wizard_step(window, "people")
    dialogs.file = card_file(tmp_path, "监督甲", trial=True)
    press(window, "wizard.card.supervisor")
    assert "试用" in note(window, "people.supervisor")
    wizard_step(window, "batch")
    child(window, "create.trial").click()  # type: ignore[attr-defined]
    wizard_step(window, "people")
    assert note(window, "people.supervisor") == ""
    assert "监督甲" in child(window, "wizard.card.shown.supervisor").text()  # type: ignore[attr-defined]
    press(window, "wizard.card.archivist")
    assert "监督甲" in note(window, "people.archivist")
    press(window, "wizard.card.remove.archivist")
    assert note(window, "people.archivist") == ""
    dialogs.file = tmp_path / "no.ndbcard"
    dialogs.file.write_bytes(b"no card")
    press(window, "wizard.card.archivist")
    assert note(window, "people.archivist")


def test_a_card_dropped_on_the_window_is_for_the_first_who_is_missing(window: MainWindow, tmp_path: Path) -> None:
    wizard = enter(window)
    window.open_paths((card_file(tmp_path, "监督甲", trial=False),))
    settle()
    assert wizard.step == "people"
    assert set(wizard.people.cards) == {"supervisor"}
    window.open_paths((card_file(tmp_path, "档案乙", trial=False),))
    settle()
    assert set(wizard.people.cards) == {"supervisor", "archivist"}


def test_the_plan_is_saved_and_the_next_batch_takes_it_over(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    wizard = enter(window)
    write(window, "create.name", "评审办")
    wizard_step(window, "quotas")
    write(window, "quotas.park.total", "9")
    wizard_step(window, "rules")
    child(window, "create.per_province").setValue(4)  # type: ignore[attr-defined]
    wizard_step(window, "check")
    dialogs.target = tmp_path / "plan.json"
    press(window, "wizard.save")
    plan = plan_from_json(dialogs.target.read_bytes())
    assert plan.batch.quotas["park"].total == 9
    assert plan.facts.per_province == 4
    press(window, "wizard.afresh")
    press(window, "banner.action")
    wizard = wizard_of(window)
    write(window, "create.id", "NDB-NEXT")
    dialogs.file = dialogs.target
    press(window, "wizard.last")
    assert "NDB-2026" in said(window)
    assert (wizard.form.id, wizard.form.totals["park"], wizard.form.per_province) == ("NDB-NEXT", "9", 4)
    wizard_step(window, "quotas")
    assert child(window, "quotas.park.total").text() == "9"  # type: ignore[attr-defined]
    dialogs.file = tmp_path / "other.json"
    dialogs.file.write_text("{}", encoding="utf-8")
    wizard_step(window, "batch")
    press(window, "wizard.last")
    assert said(window)
    assert wizard.form.totals["park"] == "9"


def test_a_registry_is_made_with_its_facts_and_officers_and_the_draft_is_gone(
    window: MainWindow, own_profile: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    enter(window)
    child(window, "create.trial").click()  # type: ignore[attr-defined]
    wizard_step(window, "people")
    dialogs.file = card_file(tmp_path, "监督甲", trial=True)
    press(window, "wizard.card.supervisor")
    dialogs.file = card_file(tmp_path, "档案乙", trial=True)
    press(window, "wizard.card.archivist")
    wizard_step(window, "recommenders")
    child(window, "wizard.cities").click()  # type: ignore[attr-defined]
    wizard_step(window, "rules")
    child(window, "create.per_province").setValue(4)  # type: ignore[attr-defined]
    child(window, "create.avoid").click()  # type: ignore[attr-defined]
    wizard_step(window, "dates")
    child(window, "wizard.days").setValue(7)  # type: ignore[attr-defined]
    child(window, "wizard.count.with").click()  # type: ignore[attr-defined]
    press(window, "create.back")
    create_registry(window, tmp_path / "made", dialogs)
    store = desk_of(window).store
    assert store is not None
    assert {(one.role, one.name) for one in store.snapshot.officers} == {
        ("supervisor", "监督甲"),
        ("archivist", "档案乙"),
    }
    facts = store.snapshot.facts
    assert facts.recommenders is not None
    assert facts.recommenders.cities
    assert load_draft(own_profile) is None
    page_of(window, "assign")
    assert child(window, "assign.per_province").value() == 4  # type: ignore[attr-defined]
    assert not child(window, "assign.avoid").isChecked()  # type: ignore[attr-defined]
    page_of(window, "publish")
    assert child(window, "notice.days").value() == 7  # type: ignore[attr-defined]
    assert child(window, "notice.counted").isChecked()  # type: ignore[attr-defined]


def test_a_folder_with_a_registry_is_refused_at_the_folder(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    (tmp_path / "registry.db").write_bytes(b"x")
    enter(window)
    wizard_step(window, "keys")
    dialogs.folder = tmp_path
    press(window, "create.folder")
    assert "已有一个总库" in note(window, "keys.folder")


@pytest.mark.parametrize(
    ("language", "factor", "size"),
    [("zh_CN", 1.0, QSize(1366, 768)), ("en", 1.0, QSize(1366, 768)), ("en", 1.45, QSize(1440, 900))],
)
def test_nothing_is_cut_on_any_step_and_every_button_is_on_screen(
    new_window: Callable[[], MainWindow], language: str, factor: float, size: QSize
) -> None:
    i18n.set_language(language)
    window = new_window()
    window.set_font(factor)
    window.resize(size)
    settle()
    wizard = enter(window)
    found: dict[str, str] = {}
    for step in ORDER:
        wizard_step(window, step)
        for finding in findings(window):
            found.setdefault(finding, step)
        for area in wizard.steps[step].findChildren(QScrollArea):
            if area.isVisible() and area.widget() is not None and area.parent() is wizard.steps[step]:
                assert area.widget().minimumSizeHint().width() <= area.viewport().width(), step
        for name in (
            "wizard.previous",
            "wizard.afresh",
            "create.back",
            "create.button" if step == "check" else "wizard.next",
        ):
            button = child(window, name)
            assert button.isVisible()
            assert window.rect().contains(button.rect().translated(button.mapTo(window, button.rect().topLeft())))
    theme_factor = theme.factor()
    window.set_font(1.0)
    settle()
    assert theme_factor == factor
    assert not found, "\n".join(f"{step}: {what}" for what, step in found.items())
