"""Room on the pages of publishing and keeping; their names and their order are walked in `test_everyone_office`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize

from ndb_desktop.services.outcome import unblind
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import rooms
from tests.support.clipping import findings
from tests.support.coordinator import Dialogs, page_of
from tests.support.supervised import SUPERVISOR, appoint, finish, make_settled, open_in, opened
from tests.support.travel import person
from tests.support.window import child, press, settle

PARTS = ("notice", "objections", "handover", "filing", "copies")


@pytest.fixture
def published(window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A final batch with a notice, an objection and two copies."""
    folder = make_settled(tmp_path, trial=False)
    appoint(folder)
    with opened(folder) as office:
        unblind(office, second=person(SUPERVISOR))
        finish(office)
    open_in(window, folder, dialogs, monkeypatch)
    dialogs.folder = tmp_path
    page_of(window, "publish")
    press(window, "notice.write")
    return window


def filled(window: MainWindow) -> PublishPage:
    page = page_of(window, "publish")
    assert isinstance(page, PublishPage)
    page.open_part("objections")
    settle()
    for name in ("sender", "contact", "matter", "evidence"):
        child(window, f"objections.{name}").setText("某某")  # type: ignore[attr-defined]
    press(window, "objections.enter")
    page.open_part("copies")
    settle()
    press(window, "copies.choose")
    return page


def walked(window: MainWindow) -> Iterator[str]:
    """Every part, and the other threshold behind its door."""
    page = filled(window)
    for part in PARTS:
        page_of(window, "publish")
        page.open_part(part)
        settle()
        yield part
    results = page_of(window, "results")
    assert isinstance(results, ResultsPage)
    results.open_part("whatif")
    settle()
    press(window, "results.whatif.door")
    child(window, "whatif.threshold.park").setText("99")  # type: ignore[attr-defined]
    press(window, "whatif.look")
    yield "whatif"


@pytest.mark.parametrize(("language", "factor"), [("zh_CN", 1.0), ("en", 1.0), ("en", 1.3), ("zh_CN", 1.6)])
def test_nothing_is_cut(published: MainWindow, language: str, factor: float) -> None:
    i18n.set_language(language)
    published.set_font(factor)
    settle()
    found: dict[str, str] = {}
    for part in walked(published):
        for size in (QSize(1366, 768), QSize(1440, 900)):
            rooms.fit(published, size)
            for finding in findings(published):
                found.setdefault(str(finding), f"{part} {size.width()}")
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
