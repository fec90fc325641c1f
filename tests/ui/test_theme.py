"""Colours: every text can be read, every theme is whole, one accent."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ndb_desktop.paths import resource
from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.theme import THEMES


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("front", "back"), theme.TEXT_PAIRS)
def test_text_reaches_the_contrast_of_wcag_aa(name: str, front: str, back: str) -> None:
    tokens = THEMES[name]  # type: ignore[index]
    assert theme.contrast(getattr(tokens, front), getattr(tokens, back)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_borders_of_fields_can_be_seen(name: str) -> None:
    tokens = THEMES[name]  # type: ignore[index]
    assert theme.contrast(tokens.edge, tokens.surface) >= 3
    assert theme.contrast(tokens.accent, tokens.surface) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("name", THEMES)
def test_palette_text_is_readable_on_every_ground(name: str) -> None:
    palette = theme.palette_of(THEMES[name])  # type: ignore[index]
    role = QPalette.ColorRole
    for front, back in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.PlaceholderText, role.Base),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Base),
    ):
        assert theme.contrast(palette.color(front).name(), palette.color(back).name()) >= 4.5, (front, back)


def test_style_sheet_uses_only_tokens_and_leaves_none_open() -> None:
    raw = (resource("styles") / "app.qss").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b(?!header|body)", raw), "a colour outside the tokens"
    used = set(re.findall(r"\$(\w+)", raw))
    known = set(theme.Tokens._fields) | {"small", "body", "title", "control", "icons", "weeks", "month"}
    assert used <= known
    assert "$" not in theme.style_sheet(THEMES["dark"], 1.3)


def test_only_three_text_sizes() -> None:
    raw = (resource("styles") / "app.qss").read_text(encoding="utf-8")
    assert set(re.findall(r"font-size:\s*([^;]+);", raw)) == {"$small", "$body", "$title"}


@pytest.mark.parametrize("size", [0.9, 1.0, 1.6])
def test_a_theme_reaches_the_application(qapp: QApplication, size: float) -> None:
    theme.apply(qapp, "contrast", size)
    assert theme.current() == "contrast"
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor("#000000")
    assert qapp.font().pointSizeF() == pytest.approx(theme.BASE_POINTS * size)
    assert theme.points("title") > theme.points("body") > theme.points("small")


def test_the_shipped_font_has_the_characters(qapp: QApplication) -> None:
    from PySide6.QtGui import QFontDatabase, QRawFont

    assert theme.FAMILY in QFontDatabase.families()
    raw = QRawFont.fromFont(qapp.font())
    assert raw.supportsCharacter(ord("评"))
    assert raw.supportsCharacter(ord("䶮"))


def test_icons_take_the_colour_of_the_theme(qapp: QApplication) -> None:
    def ink() -> set[str]:
        image = icons.pixmap("check", 48, "text").toImage()
        points = [(x, y) for x in range(48) for y in range(48)]
        return {image.pixelColor(x, y).name() for x, y in points if image.pixelColor(x, y).alpha() == 255}

    assert ink() == {THEMES["light"].text.lower()}
    theme.apply(qapp, "dark", 1.0)
    assert ink() == {THEMES["dark"].text.lower()}


def test_every_icon_is_used_and_every_used_icon_exists() -> None:
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    source = "\n".join(p.read_text(encoding="utf-8") for p in (root / "ndb_desktop/ui").rglob("*.py"))
    names = {path.stem for path in resource("icons").glob("*.svg")}
    unused = {name for name in names if f'"{name}"' not in source}
    assert not unused
    called = set(
        re.findall(r"(?:icon|pixmap|IconLabel|IconButton|EmptyState|set_icon|State)\(\s*\"([a-z0-9-]+)\"", source)
    )
    assert called <= names
    assert (resource("icons") / "LICENSE-lucide.txt").is_file()


def test_every_pair_of_the_style_sheet_is_among_those_computed() -> None:
    raw = (resource("styles") / "app.qss").read_text(encoding="utf-8")
    found = set()
    for selector, rule in re.findall(r"([^{}]*)\{([^}]*)\}", raw):
        front = re.search(r"(?<![-\w])(?:color|selection-color): \$(\w+)", rule)
        back = re.search(r"(?<![-\w])(?:background|selection-background-color): \$(\w+)", rule)
        # What is disabled is exempt, but must still be told from its ground: `off` is listed all the same.
        if front and back and "disabled" not in selector:
            found.add((front[1], back[1]))
    assert len(found) >= 5
    assert found <= set(theme.TEXT_PAIRS)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("back", ["window", "surface", "raised"])
def test_focus_rings_and_signs_stand_out_from_their_ground(name: str, back: str) -> None:
    tokens = THEMES[name]  # type: ignore[index]
    for front in ("accent", "edge", "warning", "danger", "muted"):
        assert theme.contrast(getattr(tokens, front), getattr(tokens, back)) >= 3, front
