"""Room: every page of the expert's side in Chinese, English and a longer language, 90 to 160 % type, on three screens.

No word of a button, label or field is cut, nothing stands outside its parent, nothing needs to be scrolled sideways.
The cheap product of all that is looked at in one window; once the program runs with Qt's own scale of 1.5.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ndb_desktop import texts
from ndb_desktop.paths import resource
from ndb_desktop.ui import i18n, shortcuts, theme
from ndb_desktop.ui.expert.panes import LISTS
from ndb_desktop.ui.expert.side_lists import MANY, ApplicationsPart
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.settings import FONT_FACTORS
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import pseudo, review, rooms
from tests.support.clipping import cut_menu, findings
from tests.support.looks import foreign
from tests.support.supplement import PARK, staged
from tests.support.window import child, every_page, press, review_of, settle, start_review

SCREENS = (QSize(911, 512), QSize(1366, 768), QSize(1920, 1080))
"""An office laptop whose system draws everything half as large again, the same without, a desk screen."""
FACTORS = (0.9, 1.0, 1.3, 1.6)
LANGUAGES = ("zh_CN", "en", "pseudo")
ROOT = Path(__file__).resolve().parents[2]


class Catalogues:
    """Switches between the shipped texts and the stretched ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The catalogue as it is now, not the function that would give the replaced one.
        self._shipped, self._longer = texts.catalogue(), pseudo.catalogue()
        self._now = self._shipped
        monkeypatch.setattr(texts, "catalogue", lambda: self._now)

    def use(self, language: str) -> None:
        """From now on all words are in this language."""
        self._now = self._longer if language == "pseudo" else self._shipped
        i18n.set_language("zh_CN" if language == "zh_CN" else "en")


@pytest.fixture
def catalogues(monkeypatch: pytest.MonkeyPatch) -> Catalogues:
    return Catalogues(monkeypatch)


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made ready for the next step is made of the same parts; here it would only cost time."""
    monkeypatch.setattr(Walk, "ahead", lambda _self: [])


def look_around(window: MainWindow, room: rooms.Room, found: dict[str, str], look: tuple[str, float]) -> None:
    """Looks at one page on every screen; what is cut is noted with the first place it was seen at."""
    for size in SCREENS:
        rooms.fit(window, size)
        assert window.size() == size, (room.name, size.toTuple(), window.minimumSizeHint().toTuple())
        where = f"{room.name}, {look[0]} {round(look[1] * 100)} %, {size.width()}x{size.height()}"
        for finding in findings(window):
            found.setdefault(finding, where)
        if room.name == "start after a crash":
            for menu in (window.header.menu_button.menu(), *window.header.findChildren(QMenu)):
                if why := cut_menu(menu, size):
                    found.setdefault(why, where)


def told(found: dict[str, str]) -> str:
    return "\n".join(f"{where}: {what}" for what, where in found.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_on_any_page_in_any_size_of_type_on_any_screen(
    own_profile: Path,
    made: review.MadeReview,
    catalogues: Catalogues,
    at_rest: None,
    language: str,
) -> None:
    assert set(FACTORS) <= set(FONT_FACTORS)
    catalogues.use(language)
    window = rooms.window_after_crash(own_profile, made)
    found: dict[str, str] = {}
    seen: set[str] = set()
    for stage in rooms.stages(window, made):
        for factor in FACTORS:
            if factor != theme.factor():
                window.set_font(factor)
                settle()
            for room in stage.rooms:
                rooms.fit(window, SCREENS[0])
                room.show()
                settle()
                if not room.way:
                    seen.add(room.name)
                    look_around(window, room, found, (language, factor))
    window.close()
    settle()
    window.deleteLater()
    assert not found, told(found)
    assert len(seen) > 35


def test_nothing_is_cut_where_a_supplement_is_looked_through(
    tmp_path: Path, new_window: Callable[[], MainWindow], own_profile: Path, catalogues: Catalogues, at_rest: None
) -> None:
    """The list of what is new, and the strip that leads to it; once signed it says most and leads to a revision too."""
    case = staged(tmp_path, signed=True)
    case.office.close()
    shutil.copytree(case.profile, own_profile, dirs_exist_ok=True)
    case.profile = own_profile
    window = new_window()
    window.open_paths((case.newer,))
    settle()
    child(window, "open.secret").setText(case.secret)  # type: ignore[attr-defined]
    press(window, "open.button")
    found: dict[str, str] = {}
    for look in product(LANGUAGES, FACTORS):
        catalogues.use(look[0])
        window.set_font(look[1])
        settle()
        review_of(window).go("news")
        settle()
        look_around(window, rooms.Room("supplement", settle), found, look)
        rooms.show_item(window, PARK, "P4.1.basis")
        strip = review_of(window).strip
        assert strip.words.isVisible()
        assert strip.unlock.isVisible()
        look_around(window, rooms.Room("scoring below what is new", settle), found, look)
    catalogues.use("zh_CN")
    assert not found, told(found)


def test_nothing_is_cut_where_the_disk_fails_or_a_change_would_be_lost_by_leaving(
    new_window: Callable[[], MainWindow], made: review.MadeReview, catalogues: Catalogues, at_rest: None
) -> None:
    """The strip over the form that is being scored; then the page that asks before leaving."""
    window = new_window()
    start_review(window, made)
    rooms.in_trouble(window, made)
    found: dict[str, str] = {}
    for leaving in (False, True):
        if leaving:
            window.go_start()
            settle()
        for look in product(LANGUAGES, FACTORS):
            catalogues.use(look[0])
            window.set_font(look[1])
            settle()
            if leaving:
                assert child(window, "leave.text").isVisible()
                look_around(window, rooms.Room("leave", settle), found, look)
                continue
            rooms.show_item(window, made.ids[0], "P4.1.basis")
            look_around(window, rooms.Room("trouble", settle), found, look)
            strip = review_of(window).trouble
            assert strip.unsaved.isVisible()
            assert strip.away.isVisible()
    catalogues.use("zh_CN")
    press(window, "leave.discard")
    assert not found, told(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_where_many_applications_can_be_looked_through(
    qtbot: QtBot, catalogues: Catalogues, language: str
) -> None:
    catalogues.use(language)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    found: dict[str, str] = {}
    for factor in FACTORS:
        theme.apply(app, "light", factor)
        part = ApplicationsPart(MANY)
        qtbot.addWidget(part)
        part.resize(theme.pixels(LISTS), theme.pixels(300))
        part.show()
        settle()
        for finding in findings(part):
            found.setdefault(finding, f"{language} {round(factor * 100)} %")
    assert not found, told(found)


def test_the_program_fits_a_laptop_whose_system_draws_everything_half_as_large_again(tmp_path: Path) -> None:
    """A real run with Qt's own scale on a screen of 1366 x 768; the window takes the size it takes by itself."""
    script = ROOT / "tests" / "support" / "scaled_run.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NDB_PROFILE": str(tmp_path / "profile")}
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "screen 911x512 at 1.5" in done.stdout
    assert "nothing is cut" in done.stdout


def data_words(made: review.MadeReview) -> set[str]:
    """Every word that comes from the bundle, the rule packs, a path or a key, and so has no translation."""
    said = [str(made.path), str(made.batch), str(made.expert), *(str(pack.raw) for pack in made.packs.values())]
    said += [pack.raw.decode("utf-8") for pack in made.packs.values()]
    said += [str(application) for application in made.applications]
    said += [shortcuts.keys_text(action) for action in shortcuts.TABLE]
    said += [
        review.PLAN_WORDS,
        review.REPORT_WORDS,
        review.REASON,
        "中文 English rev ndbscore ndbkey backups 示例评审组织方",
    ]
    said += [path.read_text(encoding="utf-8") for path in resource("wordlists").glob("*.txt")]
    return pseudo.words(" ".join(said))


def test_every_word_on_every_page_comes_from_the_catalogue_or_from_data(
    new_window: Callable[[], MainWindow], made: review.MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = pseudo.catalogue()
    monkeypatch.setattr(texts, "catalogue", lambda: longer)
    i18n.set_language("en")
    window = new_window()
    known = data_words(made)
    found: dict[str, str] = {}
    for page in every_page(window, made):
        for finding in foreign(window, known, str(window.profile)):
            found.setdefault(finding, page)
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
