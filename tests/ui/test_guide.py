"""使用指南 inside the program, and whether what the guides say is what the program has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QKeySequence, QTextDocument
from PySide6.QtWidgets import QApplication, QListWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.paths import guide, resource
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.ui import i18n, key_layouts
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.shell.guide_page import GuidePage, GuideText
from ndb_desktop.ui.shell.help_page import HelpPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shortcuts import TABLE
from tests.support.window import child, press, settle

LANGUAGES = ("zh_CN", "en")
READERS = ("expert", "inspection", "coordinator")
QUOTED = {"zh_CN": r"「([^」]+)」", "en": r"“([^”]+)”"}
FIXED = {"Tab", "Esc"}
"""Keys no layout can give away."""


def words_of(language: str, reader: str = "expert") -> str:
    return guide(reader, language).read_text(encoding="utf-8")


def shown_words(language: str) -> set[str]:
    """Every word the program can show, layouts' titles among them."""
    words: set[str] = set()
    for path in resource("texts").glob("*.json"):
        words |= {entry[language] for entry in json.loads(path.read_text(encoding="utf-8")).values()}
    for path in resource("shortcuts").glob("*.json"):
        words.add(json.loads(path.read_text(encoding="utf-8"))["title"][language])
    return words


def error_codes() -> set[str]:
    return {
        key
        for path in resource("texts").glob("*.json")
        for key in json.loads(path.read_text("utf-8"))
        if key[:2] == "E-"
    }


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_guide(window: MainWindow) -> Callable[..., GuidePage]:
    def make(language: str, reader: str = "expert") -> GuidePage:
        if language != i18n.language():
            window.set_language(language)
        settle()
        window.over.show_help()
        settle()
        press(window, f"help.guide.{reader}")
        page = window.over.page
        assert isinstance(page, GuidePage)
        return page

    return make


# ----- the page -----


def test_opens_from_help_in_each_language(reader: str, language: str, open_guide: Callable[..., GuidePage]) -> None:
    page = open_guide(language, reader)
    title = words_of(language, reader).splitlines()[0].removeprefix("# ")
    assert page.text.document().begin().text() == title
    assert page.text.isVisible()
    assert page.text.verticalScrollBar().value() == 0
    for part in (page.text, page.contents, page.field, page.previous, page.following):
        assert part.accessibleName()


def test_every_heading_is_in_the_contents_and_reached_by_keys(
    reader: str, language: str, open_guide: Callable[..., GuidePage], qtbot: QtBot
) -> None:
    page = open_guide(language, reader)
    wanted = re.findall(r"^##+ (.+)$", words_of(language, reader), re.MULTILINE)
    contents = child(page, "guide.contents")
    assert isinstance(contents, QListWidget)
    assert [contents.item(row).text().strip() for row in range(contents.count())] == wanted
    contents.setFocus()
    contents.setCurrentRow(0)
    for row, words in enumerate(wanted):
        settle()
        assert contents.currentRow() == row
        cursor = page.text.textCursor()
        assert cursor.block().text() == words
        assert page.text.viewport().rect().intersects(page.text.cursorRect())
        qtbot.keyClick(contents, Qt.Key.Key_Down)


def test_search_finds_steps_round_and_says_when_there_is_nothing(
    open_guide: Callable[..., GuidePage], qtbot: QtBot
) -> None:
    page = open_guide("zh_CN")
    page.text.setFocus()
    qtbot.keyClick(page.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is page.field
    page.field.setText("回执")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert page.text.textCursor().selectedText() == "回执"
    count = len(page.text.extraSelections())
    assert count == page.text.toPlainText().count("回执") > 2
    seen = []
    for _ in range(count + 1):
        seen.append(page.text.textCursor().position())
        qtbot.keyClick(page.field, Qt.Key.Key_F4)
    assert len(set(seen)) == count
    assert seen[0] == seen[-1]
    page.field.setText("没有这样的词")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert page.count.text() == i18n.tr("viewer.search.none")
    assert not page.text.extraSelections()
    assert not page.following.isEnabled()


def test_it_goes_back_to_the_page_before(window: MainWindow, open_guide: Callable[..., GuidePage]) -> None:
    page = open_guide("zh_CN")
    before = window.page
    press(page, "guide.close")
    assert window.stack.currentWidget() is before
    assert window.over.page is None


def test_pictures_become_as_wide_as_the_lines(
    window: MainWindow, open_guide: Callable[..., GuidePage], qtbot: QtBot
) -> None:
    page = open_guide("zh_CN")
    text = page.text
    name = re.findall(r"\]\(([^)]+)\)", words_of("zh_CN"))[0]
    kind = QTextDocument.ResourceType.ImageResource.value
    widths = []
    for width in (1440, 1030):
        window.resize(width, 800)
        qtbot.waitUntil(lambda width=width: text.width() < width and text._width == text.viewport().width())
        picture = text.document().resource(kind, QUrl(name))
        widths.append(picture.width())
        assert 0 < picture.width() <= text.viewport().width()
        assert text.horizontalScrollBar().maximum() == 0
    assert widths[0] > widths[1]


# ----- what it refuses -----


@pytest.mark.parametrize(
    "name",
    [
        "https://example.org/x.png",
        "file:///etc/hostname",
        "images/guide/../../../resources/icons/x.zh.png",
        "images/other/unlock.zh.png",
        "/images/guide/unlock.zh.png",
    ],
)
def test_no_picture_from_anywhere_else(qtbot: QtBot, name: str, tmp_path: Path) -> None:
    text = GuideText(f"# T\n\n![x]({name})\n", tmp_path, "T")
    qtbot.addWidget(text)
    assert text.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name)) is None
    assert text.loadResource(QTextDocument.ResourceType.HtmlResource.value, QUrl("images/guide/unlock.zh.png")) is None


def test_no_link_is_followed_and_no_tag_is_read(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("PySide6.QtGui.QDesktopServices.openUrl", opened.append)
    text = GuideText("# T\n\n[away](https://example.org) <b>bold</b>\n", tmp_path, "T")
    qtbot.addWidget(text)
    text.resize(600, 300)
    text.show()
    settle()
    spot = text.cursorRect().center()
    place = text.document().find("away")
    spot = text.cursorRect(place).center()
    qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    settle()
    assert not opened
    assert text.document().begin().text() == "T"
    assert "<b>bold</b>" in text.toPlainText()


# ----- what the guides say -----


def test_no_link_leaves_the_guide_and_every_picture_is_there(reader: str, language: str) -> None:
    text, folder = words_of(language, reader), guide(reader, language).parent
    assert "://" not in text
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(pictures) >= {"expert": 11, "inspection": 11, "coordinator": 10}[reader]
    assert not re.findall(r"(?<!!)\[[^\]]+\]\(", text)
    code = language.partition("_")[0]
    for name in pictures:
        assert name.endswith(f".{code}.png")
        assert not QImage(str(folder / name)).isNull(), name


def test_no_picture_lies_about_unused() -> None:
    both = [words_of(code, reader) for code in LANGUAGES for reader in READERS]
    named = {name for text in both for name in re.findall(r"\]\(images/guide/([^)]+)\)", text)}
    files = list((guide("expert", "en").parent / "images" / "guide").iterdir())
    assert {path.name for path in files} == named
    assert sum(path.stat().st_size for path in files) < 6_500_000


def test_every_key_named_is_a_key_of_the_usual_layout(reader: str, language: str) -> None:
    keys = key_layouts.layout(key_layouts.DEFAULT, tuple(TABLE)).keys
    known = {key for listed in keys.values() for key in listed} | FIXED
    quoted = re.findall(r"`([^`]+)`", words_of(language, reader))
    named = {words for words in quoted if not words.startswith((".", "E-", "ndb "))}
    assert len(named) >= {"expert": 26, "inspection": 7, "coordinator": 3}[reader]
    assert named <= known
    assert all(QKeySequence(key).count() == 1 for key in named)


def test_the_keys_stand_beside_what_they_do() -> None:
    keys = key_layouts.layout(key_layouts.DEFAULT, tuple(TABLE)).keys
    for code in LANGUAGES:
        for row in re.findall(r"^\|(.+)\|(.+)\|$", words_of(code), re.MULTILINE):
            for what, action in {
                "Ctrl+Shift+F": "search.all",
                "Ctrl+B": "panel",
                "F7": "view.split",
                "Alt+Left": "back",
                "Ctrl+9": "zoom.page",
                "Alt+PgUp": "page.previous",
            }.items():
                if f"`{what}`" in row[1]:
                    assert keys[action][0] == what


def test_every_label_quoted_is_one_the_program_shows(reader: str, language: str) -> None:
    quoted = set(re.findall(QUOTED[language], words_of(language, reader)))
    assert len(quoted) > {"expert": 60, "inspection": 60, "coordinator": 50}[reader]
    assert quoted <= shown_words(language), sorted(quoted - shown_words(language))


def test_both_languages_quote_the_same_labels_and_codes(reader: str) -> None:
    pairs = set()
    for path in resource("texts").glob("*.json"):
        pairs |= {(entry["zh_CN"], entry["en"]) for entry in json.loads(path.read_text(encoding="utf-8")).values()}
    chinese = set(re.findall(QUOTED["zh_CN"], words_of("zh_CN", reader)))
    english = set(re.findall(QUOTED["en"], words_of("en", reader)))
    translated = {en for zh, en in pairs if zh in chinese}
    # Some labels are one word in English and two in Chinese; few may stand in one guide alone.
    assert len(english - translated) <= 8, sorted(english - translated)
    codes = [re.findall(r"`(E-[A-Z-]+)`", words_of(code, reader)) for code in LANGUAGES]
    assert codes[0] == codes[1]


def test_every_code_family_has_codes(reader: str, language: str) -> None:
    known = error_codes()
    named = re.findall(r"`(E-[A-Z-]+)`", words_of(language, reader))
    assert len(named) > {"expert": 15, "inspection": 8, "coordinator": 5}[reader]
    for family in named:
        assert any(code == family or code.startswith(f"{family}-") for code in known), family


def test_the_numbers_named_are_the_programs(language: str) -> None:
    from ndb_desktop.services.rulepacks import builtin_packs
    from ndb_desktop.services.worksheet_backup import EVERY_MINUTES, KEPT

    text = words_of(language)
    assert re.search(rf"{EVERY_MINUTES} (分钟|minutes)", text)
    assert re.search(rf"(最近|last) {KEPT}\b", text)
    for pack in builtin_packs().values():
        assert re.search(rf"{pack.settings.reason_min} (字|characters)", text)
        assert set(pack.settings.reason_levels) == {"L5", "L2", "L1"}
        assert [band.level for band in sorted(pack.bands, key=lambda band: band.low)] == ["L1", "L2", "L3", "L4", "L5"]


def test_the_inspectors_numbers_are_those_of_the_checklist(language: str) -> None:
    text, pack = words_of(language, "inspection"), builtin_site_packs()["site-check"]
    for share in (pack.bands.consistent, pack.bands.deviation):
        assert re.search(rf"\b{share} ?%", text)
    assert f"{pack.photos.most_bytes // 2**20} MB" in text
    assert re.search(rf"\b{pack.photos.most} ?(张|in a record)", text)
    assert not pack.photos.gps_in_pdf
    assert [meeting.id for meeting in pack.meetings if meeting.optional] == ["communication"]


def test_help_at_the_inspection_desk_begins_with_its_own_guide(window: MainWindow) -> None:
    window.enter("inspection", lambda _desk: None)
    settle()
    window.show_help()
    settle()
    assert isinstance(window.over.page, HelpPage)
    words = [one.text() for one in window.over.page.findChildren(PlainLabel)]
    assert i18n.tr("help.inspection") in words
    assert i18n.tr("help.expert") not in words
    guides = [one for one in window.over.page.findChildren(Button) if one.objectName().startswith("help.guide.")]
    assert [one.objectName() for one in guides if one.property("kind") == "primary"] == ["help.guide.inspection"]
    press(window, "help.guide.inspection")
    assert isinstance(window.over.page, GuidePage)
    assert window.over.page.text.document().begin().text() == "现场检查使用指南"
