"""The parts of the viewer's tool bar: document, page, zoom, fit, mode, turn, search, marking and citing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator

from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, PlainLabel
from ndb_desktop.ui.shortcuts import tip_with_keys
from ndb_desktop.ui.viewer.tools import Tool, ToolBar
from ndb_desktop.ui.widgets.fields import Choice, LineEdit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ndb_desktop.ui.viewer.page_view import PageView


class Controls(ToolBar):
    """Buttons that act on the pages are connected here; the others are connected by the viewer."""

    def __init__(self, view: PageView) -> None:
        super().__init__()
        self._view = view
        self.chooser = Choice(tr("viewer.document"))
        self.chooser.setObjectName("viewer.document")
        self.chooser.setMinimumWidth(theme.pixels(72))
        self.page_box = LineEdit(tr("viewer.page"), "1")
        self.page_box.setObjectName("viewer.page")
        self.page_box.setValidator(QIntValidator(1, 99_999, self.page_box))
        self.page_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.page_box.setFixedWidth(theme.pixels(56))
        self.page_count = PlainLabel("/ 0", "muted", wrap=False)
        self.zoom_label = PlainLabel("100 %", "muted", wrap=False)
        self.zoom_label.setMinimumWidth(theme.pixels(48))
        self.zoom_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._make_buttons()
        self.set_parts(
            (self.chooser, self.page_box, self.page_count),
            (
                Tool(self.side_button, 2), Tool(self.zoom_out, 2), Tool(self.zoom_label, 3), Tool(self.zoom_in, 2),
                Tool(self.fit_width, 2), Tool(self.fit_page, 3), Tool(self.single, 4), Tool(self.turn_left, 5),
                Tool(self.turn_right, 4), Tool(self.search, 1), Tool(self.mark, 0), Tool(self.cite, 0),
            ),
        )  # fmt: skip
        view.zoom_changed.connect(lambda zoom: self.zoom_label.setText(f"{round(zoom * 100)} %"))
        view.shape_changed.connect(self._shaped)

    def _make_buttons(self) -> None:
        view = self._view
        self.side_button = _button("panel-left", tr("viewer.side"), "viewer.side.button", "panel", checkable=True)
        self.zoom_out = _button("zoom-out", tr("viewer.zoom.out"), "viewer.zoom.out", "zoom.out")
        self.zoom_in = _button("zoom-in", tr("viewer.zoom.in"), "viewer.zoom.in", "zoom.in")
        self.fit_width = _button(
            "move-horizontal", tr("viewer.fit.width"), "viewer.fit.width", "zoom.fit", checkable=True
        )
        self.fit_page = _button("maximize", tr("viewer.fit.page"), "viewer.fit.page", "zoom.page", checkable=True)
        self.single = _button("file", tr("viewer.single"), "viewer.single", checkable=True)
        self.turn_left = _button("rotate-ccw", tr("viewer.turn.left"), "viewer.turn.left", "turn.left")
        self.turn_right = _button("rotate-cw", tr("viewer.turn.right"), "viewer.turn.right", "turn.right")
        self.search = _button("search", tr("viewer.search"), "viewer.search.button", "search")
        self.mark = _button("square-dashed-mouse-pointer", tr("viewer.mark"), "viewer.mark", "mark", checkable=True)
        self.cite = _button("bookmark-plus", tr("viewer.cite"), "viewer.cite", "cite")
        acts: tuple[tuple[IconButton, Callable[[], object]], ...] = (
            (self.zoom_out, view.zoom_out),
            (self.zoom_in, view.zoom_in),
            (self.fit_width, lambda: view.fit("width")),
            (self.fit_page, lambda: view.fit("page")),
            (self.single, lambda: view.set_mode("single" if self.single.isChecked() else "continuous")),
            (self.turn_left, lambda: view.rotate(-90)),
            (self.turn_right, lambda: view.rotate(90)),
        )
        for button, act in acts:
            button.clicked.connect(lambda _on=False, act=act: act())

    def allow(self, shown: bool) -> None:
        """Only what makes sense while a document is shown, or none, can be pressed."""
        for part in (
            self.page_box, self.side_button, self.zoom_out, self.zoom_in, self.fit_width, self.fit_page, self.single,
            self.turn_left, self.turn_right, self.search, self.mark, self.cite,
        ):  # fmt: skip
            part.setEnabled(shown)

    def _shaped(self) -> None:
        self.fit_width.setChecked(self._view.fitted == "width")
        self.fit_page.setChecked(self._view.fitted == "page")
        self.single.setChecked(self._view.mode == "single")


def _button(icon: str, name: str, object_name: str, keys: str = "", *, checkable: bool = False) -> IconButton:
    button = IconButton(icon, tip_with_keys(name, keys) if keys else name, checkable=checkable)
    button.setObjectName(object_name)
    button.setProperty("dense", True)
    return button
