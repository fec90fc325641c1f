"""Colours, text sizes and the style sheet: light, dark and high contrast from one list of tokens.

Fusion with our own palettes, because the platform's dark mode does not reach every desktop we run on. One accent
(deep blue), neutral greys, one warning and one danger colour used for nothing else.
"""

from __future__ import annotations

import string
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from ndb_desktop.paths import resource
from ndb_desktop.ui.settings import ThemeName

GRID = 8
"""Every margin and gap is a multiple of this many pixels."""

TARGET = 44
"""So many pixels at 100 % are large enough for a finger."""

BASE_POINTS = 10.5
FAMILY = "Noto Sans SC"


class Tokens(NamedTuple):
    """Named colours of one theme. Text tokens reach 4.5:1 on every surface they are used on (a test computes it)."""

    window: str
    surface: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    off: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    on_accent_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    on_danger: str
    highlight: str
    paper: str


THEMES: dict[ThemeName, Tokens] = {
    "light": Tokens(
        window="#F3F5F8",
        surface="#FFFFFF",
        raised="#F8F9FB",
        line="#DCE1E8",
        edge="#7C8797",
        text="#1B2430",
        muted="#525D6B",
        off="#667080",
        accent="#1D4E91",
        accent_hover="#163F79",
        on_accent="#FFFFFF",
        accent_soft="#E4ECF7",
        on_accent_soft="#163F79",
        warning="#855000",
        warning_soft="#FFF4DE",
        danger="#A8201A",
        danger_soft="#FCECEB",
        on_danger="#FFFFFF",
        highlight="#FFE08A",
        paper="#E4E7EC",
    ),
    "dark": Tokens(
        window="#14181E",
        surface="#1C222A",
        raised="#242B35",
        line="#36404D",
        edge="#7F8C9E",
        text="#E8ECF1",
        muted="#AEB8C5",
        off="#8B96A5",
        accent="#8DB6F2",
        accent_hover="#A9C8F6",
        on_accent="#0B1A30",
        accent_soft="#223450",
        on_accent_soft="#C9DDFA",
        warning="#F0BC6C",
        warning_soft="#382C18",
        danger="#FFA29B",
        danger_soft="#42211F",
        on_danger="#2B0907",
        highlight="#7A5E12",
        paper="#0E1116",
    ),
    "contrast": Tokens(
        window="#000000",
        surface="#000000",
        raised="#0D0D0D",
        line="#FFFFFF",
        edge="#FFFFFF",
        text="#FFFFFF",
        muted="#F0F0F0",
        off="#9E9E9E",
        accent="#9CCBFF",
        accent_hover="#C9E2FF",
        on_accent="#000000",
        accent_soft="#00264D",
        on_accent_soft="#FFFFFF",
        warning="#FFD75E",
        warning_soft="#2B2200",
        danger="#FF9C94",
        danger_soft="#330500",
        on_danger="#000000",
        highlight="#FFD75E",
        paper="#000000",
    ),
}

TEXT_PAIRS = (
    ("text", "window"),
    ("text", "surface"),
    ("text", "raised"),
    ("muted", "window"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("off", "raised"),
    ("accent", "surface"),
    ("accent", "window"),
    ("accent", "raised"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent_soft", "accent_soft"),
    ("text", "accent_soft"),
    ("muted", "accent_soft"),
    ("warning", "surface"),
    ("warning", "window"),
    ("warning", "warning_soft"),
    ("text", "warning_soft"),
    ("danger", "surface"),
    ("danger", "window"),
    ("danger", "danger_soft"),
    ("text", "danger_soft"),
    ("on_danger", "danger"),
)
"""Every (foreground, background) pair in which text is drawn."""

_state: dict[str, object] = {"theme": "light", "factor": 1.0, "large": False}


def current() -> ThemeName:
    """The theme in force."""
    return _state["theme"]  # type: ignore[return-value]


def tokens() -> Tokens:
    """The colours in force."""
    return THEMES[current()]


def color(name: str) -> QColor:
    """A token as a colour."""
    return QColor(getattr(tokens(), name))


def factor() -> float:
    """The font factor in force."""
    return float(_state["factor"])  # type: ignore[arg-type]


def points(role: str = "body") -> float:
    """Point size of a text role: `small`, `body` or `title`; there are only these three sizes."""
    return {"small": 9.25, "body": BASE_POINTS, "title": 15.0}[role] * factor()


def pixels(count: float) -> int:
    """A length that must grow with the font (row heights, icon sizes)."""
    return round(count * max(1.0, factor()))


def use_large(on: bool) -> None:
    """大按钮: whether whatever is built from now on is large enough for a finger (see `large_sheet`)."""
    _state["large"] = on


def large() -> bool:
    """Whether everything that is touched is to be large enough for a finger."""
    return bool(_state["large"])


def target() -> int:
    """The least height of what is touched, in pixels; 0 where the usual one will do."""
    return pixels(TARGET) if large() else 0


def large_sheet() -> str:
    """`resources/styles/large.qss`: laid over the style sheet of the program, as far as there is anything to touch.

    What is added to a least size there (padding and border) stands in the name of each value: `$less16`.
    """
    template = string.Template((resource("styles") / "large.qss").read_text(encoding="utf-8"))
    sizes = {f"less{around}": f"{max(pixels(TARGET) - around, 0)}px" for around in range(40)}
    # A calendar has seven days, and seven lines below its buttons.
    grid = {"week": f"{pixels(TARGET) * 7}px", "month": f"{pixels(TARGET) * 8 + GRID}px"}
    return template.substitute(sizes | grid, target=f"{pixels(TARGET)}px")


def load_fonts() -> tuple[str, ...]:
    """Loads the shipped fonts; returns the families found (empty: the system's own font is used)."""
    families: list[str] = []
    for path in sorted(resource("fonts").glob("*.ttf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(families)


def system_theme() -> ThemeName:
    """What the desktop asks for, as a first choice only."""
    hints = QGuiApplication.styleHints()
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"


def palette_of(t: Tokens) -> QPalette:
    """The Fusion palette of a theme."""
    role = QPalette.ColorRole
    palette = QPalette()
    for part, name in (
        (role.Window, t.window),
        (role.WindowText, t.text),
        (role.Base, t.surface),
        (role.AlternateBase, t.raised),
        (role.Text, t.text),
        (role.Button, t.surface),
        (role.ButtonText, t.text),
        (role.BrightText, t.danger),
        (role.ToolTipBase, t.surface),
        (role.ToolTipText, t.text),
        (role.PlaceholderText, t.muted),
        (role.Highlight, t.accent),
        (role.HighlightedText, t.on_accent),
        (role.Link, t.accent),
        (role.LinkVisited, t.accent),
        (role.Light, t.raised),
        (role.Midlight, t.line),
        (role.Mid, t.line),
        (role.Dark, t.edge),
        (role.Shadow, t.edge),
        (role.Accent, t.accent),
    ):
        palette.setColor(part, QColor(name))
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(t.off))
    return palette


def style_sheet(t: Tokens, scale: float) -> str:
    """`resources/styles/app.qss` with colours and sizes filled in."""
    template = string.Template((resource("styles") / "app.qss").read_text(encoding="utf-8"))
    values = t._asdict()
    grow = max(1.0, scale)
    values |= {
        "small": f"{9.25 * scale:.2f}pt",
        "body": f"{BASE_POINTS * scale:.2f}pt",
        "title": f"{15.0 * scale:.2f}pt",
        "control": f"{round(20 * grow)}px",
        # The names of the days and six weeks; Qt makes a calendar without room for the border around them.
        "weeks": f"{7 * round(26 * grow)}px",
        "month": f"{7 * round(26 * grow) + round(42 * grow)}px",
        "icons": resource("icons").as_posix(),
    }
    return template.substitute(values)


def apply(app: QApplication, name: ThemeName, scale: float) -> None:
    """Puts a theme and font factor into force. Pages built before must be rebuilt (icons carry colours)."""
    from ndb_desktop.ui import icons

    _state.update(theme=name, factor=scale)
    icons.forget()
    app.setStyle("Fusion")
    font = QFont(FAMILY)
    font.setPointSizeF(BASE_POINTS * scale)
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    app.setFont(font)
    app.setPalette(palette_of(THEMES[name]))
    app.setStyleSheet(style_sheet(THEMES[name], scale))


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _luminance(colour: QColor) -> float:
    red, green, blue = (_linear(part) for part in (colour.red(), colour.green(), colour.blue()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours by WCAG 2.2 (1 to 21)."""
    light, dark = sorted((_luminance(QColor(first)), _luminance(QColor(second))), reverse=True)
    return (light + 0.05) / (dark + 0.05)
