"""The drawing of a curve: said in words as well, told apart without colour, painted in every theme."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.model import Target
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.plot import Mark, Plot, Segment
from ndb_desktop.domain.rules import compute_target
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.settings import ThemeName
from ndb_desktop.ui.widgets.curve import CurvePlot
from tests.support.packs import YEAR, pack_for, sample_application

STEPS = Plot(
    LocalText("项目数", "Projects"),
    "item",
    (Fraction(5), Fraction(10)),
    (
        Segment(Fraction(0), Fraction(0), Fraction(5), Fraction(0)),
        Segment(Fraction(5), Fraction(40), Fraction(10), Fraction(40)),
        Segment(Fraction(10), Fraction(100), Fraction(12), Fraction(100)),
    ),
    (Mark("now", Fraction(7), Fraction(40)),),
)


def planned() -> Plot:
    pack = pack_for("park")
    goal = Target("P1.2", "growth", "percent", Decimal(10), YEAR, Decimal(20), YEAR + 2)
    application = replace(sample_application("park"), targets=(goal,))
    return compute_target(pack, pack.indicator_by_id["P1.2"], application, Fraction(1)).plots[0]


def shown(qtbot: QtBot, plot: Plot | None, width: int = 420) -> CurvePlot:
    curve = CurvePlot()
    qtbot.addWidget(curve)
    curve.resize(width, curve.sizeHint().height())
    curve.show_plot(plot)
    curve.show()
    return curve


def picture(curve: CurvePlot) -> QImage:
    return curve.grab().toImage()


def has_colour(image: QImage, colour: QColor) -> bool:
    return any(image.pixelColor(x, y) == colour for x in range(image.width()) for y in range(image.height()))


def test_words_say_the_curve_its_jumps_and_the_points(qtbot: QtBot) -> None:
    curve = shown(qtbot, STEPS)
    assert "项目数" in curve.accessibleName()
    words = curve.accessibleDescription()
    assert "由 0 分变为 40 分" in words
    assert "由 40 分变为 100 分" in words
    assert "现值 7 项，40 分" in words


def test_base_and_target_are_both_named_with_unit_and_score(qtbot: QtBot) -> None:
    plot = planned()
    words = shown(qtbot, plot).accessibleDescription()
    assert "基期 10 %" in words
    assert "目标 20 %" in words
    i18n.set_language("en")
    assert "target 20 %" in shown(qtbot, plot).accessibleDescription()


def test_without_a_figure_nothing_is_marked_and_that_is_said(qtbot: QtBot) -> None:
    curve = shown(qtbot, replace(STEPS, marks=()))
    assert "没有可标出的数值" in curve.accessibleDescription()
    assert curve.isVisible()
    curve.show_plot(None)
    assert curve.isHidden()


def test_a_jump_is_not_drawn_as_a_line(qtbot: QtBot) -> None:
    solid = replace(
        STEPS,
        segments=(
            STEPS.segments[0],
            Segment(Fraction(5), Fraction(0), Fraction(10), Fraction(100)),
            STEPS.segments[2],
        ),
        marks=(),
    )
    jumping, joined = (picture(shown(qtbot, plot)) for plot in (replace(STEPS, marks=()), solid))
    assert jumping != joined


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
@pytest.mark.parametrize("width", [160, 420])
def test_it_is_painted_in_every_theme_and_width(qtbot: QtBot, qapp: QApplication, name: ThemeName, width: int) -> None:
    theme.apply(qapp, name, 1.3)
    curve = shown(qtbot, planned(), width)
    assert has_colour(picture(curve), theme.color("accent"))
    assert curve.height() >= theme.pixels(140)


@pytest.mark.parametrize("score", [100, 60, 0])
def test_the_words_of_a_point_at_the_left_cover_no_score_of_the_axis(qtbot: QtBot, score: int) -> None:
    curve = shown(qtbot, replace(STEPS, marks=()))
    without = picture(curve)
    curve.show_plot(replace(STEPS, marks=(Mark("now", Fraction(0), Fraction(score)),)))
    image = picture(curve)
    assert image != without
    across = curve.fontMetrics().horizontalAdvance("10")
    scores = curve.rect().adjusted(0, curve.fontMetrics().height(), across - curve.width(), 0)
    assert image.copy(scores) == without.copy(scores)
