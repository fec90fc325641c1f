"""Foreign text stays text: no markup, no shortcuts, no window widened by a name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.plain import Button, ElidedLabel, IconButton, LinkButton, PlainLabel, tip
from ndb_desktop.ui.plain_checks import PlainCheckBox, PlainRadio

HOSTILE = ["<img src='file:///etc/passwd'>", "<b>R&D</b> & Co", "𠮷田&株式会社", "A" * 400, "a\nb", "%s {name} \\"]
UI = Path(__file__).resolve().parents[2] / "ndb_desktop/ui"


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_show_the_characters_given(qtbot: QtBot, text: str) -> None:
    label = PlainLabel(text)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text().replace("\u200b", "") == text


def test_selectable_text_is_copied_as_it_is(qtbot: QtBot) -> None:
    digest = "0123456789abcdef" * 4
    label = PlainLabel(digest, selectable=True)
    qtbot.addWidget(label)
    assert label.text() == digest


@pytest.mark.parametrize("kind", [Button, LinkButton, PlainCheckBox, PlainRadio])
@pytest.mark.parametrize("text", HOSTILE)
def test_buttons_make_no_shortcut_of_an_ampersand(qtbot: QtBot, kind: type[Button], text: str) -> None:
    button = kind(text)
    qtbot.addWidget(button)
    assert button.shortcut().isEmpty()
    assert button.accessibleName() == text
    assert button.text().strip().replace("&&", "&") == text.strip()


def test_a_long_name_does_not_widen_the_window(qtbot: QtBot) -> None:
    for widget in (PlainLabel("A" * 400), ElidedLabel("甲" * 400), PlainCheckBox("A" * 300)):
        qtbot.addWidget(widget)
        assert widget.minimumSizeHint().width() < 400


def test_elided_text_is_whole_for_screen_reader_and_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("非常长的申报单位名称" * 20)
    qtbot.addWidget(label)
    label.resize(120, 24)
    label.show()
    assert label.accessibleName() == label.full_text() == "非常长的申报单位名称" * 20
    assert "非常长" in label.toolTip()
    label.resize(9000, 24)
    assert label.toolTip() == ""


def test_tooltips_are_escaped() -> None:
    assert tip("<b>&") == "<span>&lt;b&gt;&amp;</span>"
    assert tip("") == ""


def test_icon_buttons_speak(qtbot: QtBot) -> None:
    button = IconButton("flag", "标记 & 备注")
    qtbot.addWidget(button)
    assert button.accessibleName() == "标记 & 备注"
    assert "&amp;" in button.toolTip()


def test_no_bare_label_or_message_box_outside_plain() -> None:
    banned = re.compile(r"\b(QLabel|QMessageBox|QCheckBox|QRadioButton|QGroupBox|QToolTip)\(")
    offenders = [
        f"{path.relative_to(UI)}:{number}"
        for path in UI.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if banned.search(line) and path.name != "plain.py"
    ]
    assert not offenders


def test_tooltips_go_through_tip() -> None:
    offenders = [
        f"{path.relative_to(UI)}:{number}"
        for path in UI.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "setToolTip(" in line and "tip(" not in line and 'setToolTip("")' not in line
    ]
    assert not offenders
