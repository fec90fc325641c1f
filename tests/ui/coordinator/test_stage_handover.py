"""移交 in a later stage through the widgets: the package is written, checked, and refused when an outcome changed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.services.disputes import decide as rule
from ndb_desktop.services.handing_over import check
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, page_of, said
from tests.support.stage_office import STARTED, TARGET, judged_office
from tests.support.stage_window import office_of
from tests.support.supervised import card_file
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.window import child, press, settle


def opened(window: MainWindow, folder: Path, dialogs: Dialogs, *, changed: bool = False) -> PublishPage:
    """One base accepted, one not settled; with `changed` the accepted one has another outcome since."""
    office = judged_office(folder, {"P001": "1", "P002": "0"})
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按验收结论")
    if changed:
        rule(office, ("P001", TARGET, ""), "replace", value=Decimal(1), reason="审计后核减")
    office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    window.enter("coordinator")
    settle()
    dialogs.folder = folder / "office"
    press(window, "office.choose.button")
    dialogs.file = folder / "组织方.ndbkey"
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    page = page_of(window, "publish")
    assert isinstance(page, PublishPage)
    page.open_part("handover")
    settle()
    dialogs.folder = folder / "out"
    dialogs.folder.mkdir()
    return page


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_package_is_made_for_the_central_system_and_checked(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, language: str
) -> None:
    i18n.set_language(language)
    page = opened(window, tmp_path, dialogs)
    shown = {label.text().replace("\u200b", "") for label in page.handover.findChildren(PlainLabel)}
    assert tr("handover.stage.lines") in shown
    assert tr("handover.what.lines") not in shown
    dialogs.file = card_file(tmp_path, "中央系统", trial=True)
    press(window, "handover.card")
    press(window, "handover.write")
    (made,) = (tmp_path / "out").iterdir()
    found = check(office_of(window), made)
    facts = {"name": made.name, "lines": 2, "open": 1, "sha256": found.sha256}
    assert tr("handover.stage.done", size=found.size, **facts) in said(window, "publish")
    assert unseal(made.read_bytes(), person("中央系统"), max_size=1 << 24)
    dialogs.file = made
    press(window, "handover.check")
    assert tr("handover.stage.sound", **facts) in said(window, "publish")


def test_a_changed_outcome_is_not_handed_over_and_the_page_says_so(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    page = opened(window, tmp_path, dialogs, changed=True)
    press(window, "handover.write")
    message = page.banner.message()
    assert message is not None
    assert "E-STAGE-CHANGED" in message.details[0]
    assert list((tmp_path / "out").iterdir()) == []
