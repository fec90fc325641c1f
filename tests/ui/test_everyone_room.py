"""Room: every page in Chinese, English and a longer language, 90 to 160 % type, on small, large and scaled screens.

No word of a button or label is cut, nothing stands outside its parent, nothing needs a horizontal scroll bar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QLabel,
    QMenu,
    QScrollArea,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QWidget,
)

from ndb_desktop import texts
from ndb_desktop.paths import resource
from ndb_desktop.ui import i18n, shortcuts
from ndb_desktop.ui.plain import ElidedLabel, PlainCheckBox, PlainRadio
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import pseudo, review
from tests.support.window import every_page, settle

SCREENS = (QSize(1366, 768), QSize(1920, 1080), QSize(1280, 720))
"""An office laptop, a desk screen, and that with everything drawn half as large again."""

WALKS = (("zh_CN", 1.6, SCREENS), ("en", 1.6, SCREENS), ("pseudo", 0.9, SCREENS[:2]))


def shown(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and not isinstance(widget, (QMenu, QScrollBar, QSplitterHandle)):
            yield widget


def name_of(widget: QWidget) -> str:
    parents = []
    step: QWidget | None = widget
    while step is not None and len(parents) < 4:
        parents.append(step.objectName() or type(step).__name__)
        step = step.parentWidget()
    return " < ".join(parents)


def cut_label(label: QLabel) -> str:
    """Why a label is cut, or ""; one that elides says the whole in its tooltip."""
    if isinstance(label, ElidedLabel) or not label.text():
        return ""
    room = label.contentsRect()
    if not label.wordWrap():
        return "wide" if label.sizeHint().width() > label.width() + 1 else ""
    widest = max(label.fontMetrics().horizontalAdvance(word) for word in label.text().replace("\u200b", " ").split(" "))
    if label.text().isascii() and widest > room.width() + 1:
        return "word"
    wanted = label.heightForWidth(label.width())
    return f"high {wanted} > {label.height()}" if wanted > label.height() + 1 else ""


def cut_button(button: QAbstractButton) -> str:
    if not button.text():
        return ""
    if isinstance(button, (PlainCheckBox, PlainRadio)):
        return "high" if button.heightForWidth(button.width()) > button.height() + 1 else ""
    least = button.minimumSizeHint()
    if button.width() < least.width() - 1 or button.height() < button.fontMetrics().height():
        return f"button {button.size().toTuple()} < {least.toTuple()}"
    return ""


def widest(widget: QWidget) -> str:
    """The part that makes a widget so wide, for the message."""
    parts = [part for part in widget.findChildren(QWidget) if part.isVisible() and not part.findChildren(QWidget)]
    return name_of(max(parts, key=lambda part: part.minimumSizeHint().width())) if parts else ""


def outside(widget: QWidget) -> str:
    """Whether a widget leaves its parent; what is scrolled may do so downwards only."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or isinstance(parent, QTabBar) or not widget.width() or not widget.height():
        return ""
    place, room = widget.geometry(), parent.rect()
    area = parent.parentWidget()
    if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
        sideways = isinstance(area, QScrollArea) and place.width() > room.width() + 1
        return f"sideways by {place.width() - room.width()} for {widest(widget)}" if sideways else ""
    return "" if room.adjusted(-1, -1, 1, 1).contains(place) else f"outside {place.getRect()} of {room.getRect()}"


def findings(window: MainWindow) -> list[str]:
    found = []
    for widget in shown(window):
        why = outside(widget)
        if not why and isinstance(widget, QLabel):
            why = cut_label(widget)
        elif not why and isinstance(widget, QAbstractButton):
            why = cut_button(widget)
        if why:
            words = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else ""
            found.append(f"{why}: {name_of(widget)} {words[:40]!r}")
    return found


def fit(window: MainWindow, size: QSize) -> None:
    # The screen of these tests is small; on one of this size the window may be as large.
    window.setMinimumSize(min(1024, size.width()), min(640, size.height()))
    window.resize(size)
    settle()


@pytest.mark.parametrize(("language", "factor", "screens"), WALKS)
def test_nothing_is_cut_on_any_page(
    new_window: Callable[[], MainWindow],
    made: review.MadeReview,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    factor: float,
    screens: tuple[QSize, ...],
) -> None:
    if language == "pseudo":
        longer = pseudo.catalogue()
        monkeypatch.setattr(texts, "catalogue", lambda: longer)
    i18n.set_language("zh_CN" if language == "zh_CN" else "en")
    window = new_window()
    window.set_font(factor)
    found: dict[str, str] = {}
    pages = 0
    for page in every_page(window, made):
        pages += 1
        for size in screens:
            fit(window, size)
            assert window.size() == size, (page, size.toTuple(), window.minimumSizeHint().toTuple())
            for finding in findings(window):
                found.setdefault(finding, f"{page} at {size.width()}x{size.height()}")
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
    assert pages > 25


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


def foreign(window: MainWindow, known: set[str], profile: str) -> list[str]:
    """Texts on the screen with a word of ours that did not go through the catalogue."""
    found = []
    for widget in shown(window):
        texts_ = [widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts_.append(widget.text())
        for text in texts_:
            unknown = pseudo.words(pseudo.outside(text)) - known - pseudo.words(profile)
            if unknown and not re.fullmatch(r"[0-9a-f\s:]+|SHA256:\S+", pseudo.outside(text).strip()):
                found.append(f"{name_of(widget)}: {text[:60]!r}: {sorted(unknown)[:6]}")
    return found


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
