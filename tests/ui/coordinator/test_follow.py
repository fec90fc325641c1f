"""接续一个总库 through the widgets: what goes on is seen first, then a registry is made, or nothing at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QListWidget, QScrollArea

from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services import succession_form
from ndb_desktop.services.archive import archive
from ndb_desktop.services.demo import read_sample
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.rulepacks import builtin_stage_packs
from ndb_desktop.services.stage_work import PACK
from ndb_desktop.services.succession_followers import followers
from ndb_desktop.services.succession_link import link_of
from ndb_desktop.services.tasks import Cancelled
from ndb_desktop.ui.coordinator.wizard.follow import LATER, NEXT
from ndb_desktop.ui.coordinator.wizard.step import Note
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.sight import in_sight
from tests.support import rooms
from tests.support.coordinator import Dialogs, desk_of
from tests.support.lives import at
from tests.support.pages import shown_words
from tests.support.stage import settled_selection
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.window import child, press, settle

NEW = "T-2026-acceptance"


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settled_selection(tmp_path_factory.mktemp("settled"))


@pytest.fixture
def before(settled: Path, tmp_path: Path) -> Path:
    """A settled selection with two bases, and the coordinator's key beside it."""
    shutil.copytree(settled, tmp_path / "selection")
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return tmp_path / "selection"


def begin(window: MainWindow) -> None:
    window.enter("coordinator")
    settle()
    press(window, "office.follow.button")


def write(window: MainWindow, name: str, text: str) -> None:
    child(window, name).setText(text)  # type: ignore[attr-defined]
    settle()


def unlock(window: MainWindow, dialogs: Dialogs, key: Path) -> None:
    dialogs.file = key
    press(window, "follow.key.browse")
    write(window, "passphrase", PASSPHRASE)
    press(window, "follow.open")


def read(window: MainWindow, dialogs: Dialogs, before: Path, stage: str = "acceptance") -> None:
    """Chooses folder, stage and key as a user does, and reads."""
    begin(window)
    dialogs.folder = before
    press(window, "follow.folder")
    press(window, f"follow.stage.{stage}")
    unlock(window, dialogs, before.parent / "组织方.ndbkey")


def step(window: MainWindow, name: str, order: tuple[str, ...] = LATER) -> None:
    nav = child(window, "wizard.nav")
    assert isinstance(nav, QListWidget)
    nav.setCurrentRow(order.index(name))
    settle()


def words(window: MainWindow, name: str) -> str:
    return str(child(window, name).text())  # type: ignore[attr-defined]


def note(window: MainWindow, place: str) -> str:
    found = child(window, f"wizard.note.{place}")
    assert isinstance(found, Note)
    return "" if found.isHidden() else found.text()


def told(window: MainWindow, page: str) -> str:
    banner = child(window, page).findChild(Banner)
    assert isinstance(banner, Banner)
    message = banner.message()
    return " ".join((message.title, message.text, *message.details)) if message else ""


def finish(window: MainWindow, order: tuple[str, ...] = LATER) -> None:
    step(window, "keys", order)
    box = child(window, "create.recovery")
    for field in ("passphrase", "passphrase.again"):
        child(box, field).setText(PASSPHRASE)  # type: ignore[attr-defined]
    step(window, "check", order)
    press(window, "create.button")


def noted(before: Path) -> list[tuple[str, str]]:
    office = open_office(before, person("组织方"), clock=at(2028, 10, 1))
    try:
        return [(one.stage, one.batch) for one in followers(office.log_rows())]
    finally:
        office.close()


def entries(before: Path) -> int:
    office = open_office(before, person("组织方"), clock=at(2028, 10, 1))
    try:
        return len(office.log_rows())
    finally:
        office.close()


def test_what_goes_on_is_seen_before_anything_is_made(window: MainWindow, dialogs: Dialogs, before: Path) -> None:
    count = entries(before)
    read(window, dialogs, before)
    assert words(window, "follow.bases.0").startswith("进入 2 个基地")
    table = child(window, "follow.table").model()  # type: ignore[attr-defined]
    assert [table.index(row, 0).data() for row in range(table.rowCount())] == ["P001", "P002"]
    assert {table.index(row, 3).data() for row in range(2)} == {"创建（创建对象）"}
    step(window, "batch")
    assert words(window, "create.id") == NEW
    assert words(window, "create.zh") == "示例批次（评估验收）"
    assert words(window, "create.en") == "Sample batch (acceptance)"
    assert child(window, "create.trial").isChecked()  # type: ignore[attr-defined]
    step(window, "rules")
    assert "评估验收" in words(window, "wizard.pack.park")
    assert "最高分" not in shown_words(window), "a later stage drops none"
    assert words(window, "wizard.pack.file.park").strip() == "选择规则包文件"
    assert sorted(path.name for path in before.parent.iterdir()) == ["selection", "组织方.ndbkey"]
    assert entries(before) == count


@pytest.mark.parametrize("consent", [True, False])
def test_an_acceptance_is_made_and_the_predecessor_told_only_by_consent(
    window: MainWindow, dialogs: Dialogs, before: Path, *, consent: bool
) -> None:
    read(window, dialogs, before)
    assert not child(window, "follow.note").isChecked()  # type: ignore[attr-defined]
    if consent:
        press(window, "follow.note")
    finish(window)
    store = desk_of(window).store
    assert store is not None
    office = store.office
    link = link_of(office)
    assert link is not None
    assert (link.stage, link.predecessor.batch, office.batch.id) == ("acceptance", "T-2026", NEW)
    assert [one.application for one in link.bases] == ["P001", "P002"]
    assert office.folder == before.parent / NEW
    assert office.batch.quotas["park"].total is None
    window.go_start()
    settle()
    assert noted(before) == ([("acceptance", NEW)] if consent else [])


def test_a_registry_that_is_followed_already_is_followed_again_only_on_purpose(
    window: MainWindow, dialogs: Dialogs, before: Path
) -> None:
    read(window, dialogs, before)
    press(window, "follow.note")
    finish(window)
    window.go_start()
    settle()
    read(window, dialogs, before)
    assert NEW in note(window, "follow.again")
    step(window, "batch")
    write(window, "create.id", "T-2026-again")
    step(window, "keys")
    dialogs.folder = before.parent / "again"
    press(window, "create.folder")
    finish(window)
    assert desk_of(window).store is None
    assert child(window, "wizard.follow").isVisible()
    press(window, "follow.again")
    assert note(window, "follow.again") == ""
    step(window, "check")
    press(window, "create.button")
    store = desk_of(window).store
    assert store is not None
    assert store.office.batch.id == "T-2026-again"


def test_what_does_not_fit_the_predecessor_is_said_at_its_field(
    window: MainWindow, dialogs: Dialogs, before: Path
) -> None:
    read(window, dialogs, before)
    step(window, "batch")
    write(window, "create.id", "T-2026")
    assert "请另取编号" in note(window, "batch.id")
    press(window, "create.official")
    assert "不能互相接续" in note(window, "batch.kind")
    finish(window)
    assert desk_of(window).store is None
    assert child(window, "wizard.batch").isVisible()
    press(window, "create.trial")
    assert note(window, "batch.kind") == ""


@pytest.mark.parametrize("category", ["park", "effect"])
def test_an_own_pack_that_does_not_fit_is_refused_where_it_was_chosen(
    window: MainWindow, dialogs: Dialogs, before: Path, category: str
) -> None:
    wrong = next(
        one for one in builtin_stage_packs().values()
        if (one.stage == "effect" and one.category == "park" if category == "effect" else one.category != "park")
    )  # fmt: skip
    path = before.parent / "own.json"
    path.write_bytes(wrong.raw)
    read(window, dialogs, before)
    step(window, "rules")
    dialogs.file = path
    press(window, "wizard.pack.file.park")
    assert wrong.id in note(window, "rules.pack.park")
    press(window, "wizard.pack.shipped.park")
    assert note(window, "rules.pack.park") == ""


def test_an_own_pack_that_fits_judges(window: MainWindow, dialogs: Dialogs, before: Path) -> None:
    said = json.loads(builtin_stage_packs()["park-acceptance"].raw)
    said["pack"]["version"] = "9.9.9"
    raw = canonical(said)
    path = before.parent / "own.json"
    path.write_bytes(raw)
    read(window, dialogs, before)
    step(window, "rules")
    dialogs.file = path
    press(window, "wizard.pack.file.park")
    assert "9.9.9" in words(window, "wizard.pack.park")
    finish(window)
    store = desk_of(window).store
    assert store is not None
    assert store.office.registry.meta(PACK + "park").encode() == raw


def test_no_base_in_the_state_for_a_stage_is_said_before_anything_is_typed(
    window: MainWindow, dialogs: Dialogs, before: Path
) -> None:
    read(window, dialogs, before, "effect")
    assert "没有可以进入这一阶段的基地" in note(window, "follow.bases")
    assert words(window, "follow.bases.0") == "没有基地可以进入"
    assert words(window, "follow.bases.1") == "不进入：创建（创建对象） 2 个"
    press(window, "create.back")
    assert child(window, "follow.stage.effect").isChecked(), "what was chosen stays"  # type: ignore[attr-defined]


def test_the_next_batch_takes_over_the_plan_and_no_base(window: MainWindow, dialogs: Dialogs, before: Path) -> None:
    read(window, dialogs, before, "selection")
    assert "没有基地进入" in words(window, "follow.bases.0")
    step(window, "fields", NEXT)
    assert child(window, "wizard.fields").isVisible()
    finish(window, NEXT)
    store = desk_of(window).store
    assert store is not None
    link = link_of(store.office)
    assert link is not None
    assert (link.stage, link.bases, link.predecessor.batch) == ("selection", (), "T-2026")
    assert store.office.batch.quotas["park"].total == 2


def test_a_wrong_passphrase_leads_back_and_keeps_what_was_chosen(
    window: MainWindow, dialogs: Dialogs, before: Path
) -> None:
    begin(window)
    rooms.fit(window, QSize(960, 600))
    dialogs.folder = before
    press(window, "follow.folder")
    dialogs.file = before.parent / "组织方.ndbkey"
    press(window, "follow.key.browse")
    write(window, "passphrase", "not the passphrase")
    press(window, "follow.open")
    assert "口令" in told(window, "follow.unlock")
    assert "selection" in words(window, "follow.chosen")
    page = child(window, "follow.unlock")
    area, banner = page.findChild(QScrollArea), page.findChild(Banner)
    assert area is not None
    assert banner is not None
    assert in_sight(area, banner), "it stands below a form that fills a small window"
    write(window, "passphrase", PASSPHRASE)
    press(window, "follow.open")
    assert words(window, "follow.bases.0").startswith("进入 2 个基地"), "the key was still chosen"


def test_an_archive_is_dropped_followed_and_never_noted(window: MainWindow, dialogs: Dialogs, before: Path) -> None:
    office = open_office(before, person("组织方"), clock=at(2026, 12, 1))
    unblind(office)
    filed = archive(office, before.parent, filed_on=at(2026, 12, 1)().date())
    office.close()
    begin(window)
    assert not child(window, "follow.open").isEnabled()
    window.open_paths((filed.path,))
    settle()
    assert filed.path.name in words(window, "follow.chosen")
    unlock(window, dialogs, before.parent / "组织方.ndbkey")
    assert words(window, "follow.bases.0").startswith("进入 2 个基地")
    assert not child(window, "follow.note").isVisible()
    finish(window)
    store = desk_of(window).store
    assert store is not None
    link = link_of(store.office)
    assert link is not None
    assert link.predecessor.archive == filed.digest


def test_a_folder_dropped_on_the_page_is_the_predecessor(window: MainWindow, before: Path) -> None:
    begin(window)
    window.open_paths((before,))
    settle()
    assert child(window, "follow.unlock").isVisible(), "it is not opened"
    assert "selection" in words(window, "follow.chosen")


def test_a_registry_with_open_matters_is_not_followed(window: MainWindow, dialogs: Dialogs, sample: Path) -> None:
    places = read_sample(sample)
    begin(window)
    dialogs.folder = Path(places["registry"])
    press(window, "follow.folder")
    dialogs.file = Path(places["coordinator_key"])
    press(window, "follow.key.browse")
    write(window, "passphrase", Path(places["passphrase_file"]).read_text(encoding="utf-8").strip().splitlines()[0])
    press(window, "follow.open")
    assert "E-SUCCESSION-OPEN" in told(window, "follow.unlock")
    assert "不能接续" in told(window, "follow.unlock")


def test_cancelled_or_refused_it_leaves_nothing_behind(
    window: MainWindow, dialogs: Dialogs, before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(window, dialogs, before)

    def stopped(*_: object, **__: object) -> None:
        raise Cancelled

    press(window, "follow.note")
    with monkeypatch.context() as context:
        context.setattr(succession_form, "follow", stopped)
        finish(window)
    assert desk_of(window).store is None
    assert child(window, "wizard.check").isVisible(), "where it was begun"
    assert not (before.parent / NEW).exists()
    finish(window)
    assert desk_of(window).store is not None
    window.go_start()
    settle()
    assert noted(before) == [("acceptance", NEW)], "what was agreed to still holds"


def test_a_predecessor_that_cannot_be_told_is_named_and_the_registry_stands(
    window: MainWindow, dialogs: Dialogs, before: Path
) -> None:
    read(window, dialogs, before)
    press(window, "follow.note")
    shutil.rmtree(before)
    finish(window)
    assert desk_of(window).store is not None
    assert "未能在前一总库记下" in shown_words(window)
