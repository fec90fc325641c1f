"""Help (F1): every key, from the one table; and what the program is."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop import __version__
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.shell.guide_page import guide_title
from ndb_desktop.ui.shortcuts import TABLE, keys_text
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll

GUIDES = ("expert", "inspection", "coordinator")


class HelpPage(QWidget):
    """Signals: `closed()`; `keys_asked()` the keys are to be changed; `guide_asked(str)` a desk's guide is to be read.

    The guide of the desk that is open comes first.
    """

    closed = Signal()
    keys_asked = Signal()
    guide_asked = Signal(str)

    def __init__(self, desk: str = "expert") -> None:
        super().__init__()
        self.setObjectName("help")
        self.close_button = Button(tr("action.back"), "normal", "arrow-left")
        self.close_button.setObjectName("help.close")
        self.close_button.clicked.connect(self.closed)
        page = column(gap=3, margins=3)
        guides = [self._guide(reader, first=reader == desk) for reader in sorted(GUIDES, key=lambda one: one != desk)]
        page.addLayout(Flow(PlainLabel(tr("help.title"), "title"), None, *guides, self.close_button))
        inspecting = [tr("help.inspection.1"), tr("help.inspection.2"), tr("help.inspection.3")]
        reviewing = [tr("help.expert.1"), tr("help.expert.2"), tr("help.expert.3")]
        at_site = desk == "inspection"
        title = tr("help.inspection") if at_site else tr("help.expert")
        page.addWidget(self._words(title, inspecting if at_site else reviewing))
        page.addWidget(self._words(tr("help.safety"), [tr("help.safety.1"), tr("help.safety.2"), tr("help.safety.3")]))
        change = Button(tr("shortcuts.open"), "normal", "settings")
        change.setObjectName("help.keys")
        change.clicked.connect(self.keys_asked)
        page.addLayout(Flow(PlainLabel(tr("shortcuts.title"), "heading"), None, change))
        page.addWidget(PlainLabel(tr("shortcuts.fields"), "small"))
        for scope, actions in groupby(TABLE, key=lambda action: TABLE[action].scope):
            page.addWidget(self._keys(scope, list(actions)))
        about = Card(PlainLabel(tr("shell.about"), "heading"), gap=1)
        about.box.addWidget(PlainLabel(tr("about.text", version=__version__)))
        about.box.addWidget(PlainLabel(tr("about.licences"), "muted"))
        page.addWidget(about)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 920), tr("help.title"))))

    def _guide(self, reader: str, *, first: bool) -> Button:
        button = Button(guide_title(reader), "primary" if first else "normal", "file-text")
        button.setObjectName(f"help.guide.{reader}")
        button.clicked.connect(lambda: self.guide_asked.emit(reader))
        return button

    @staticmethod
    def _words(title: str, sentences: list[str]) -> Card:
        card = Card(PlainLabel(title, "heading"), gap=1)
        for number, sentence in enumerate(sentences, 1):
            line = row(gap=1.5)
            line.addWidget(PlainLabel(str(number), "number", wrap=False), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(PlainLabel(sentence), 1)
            card.box.addLayout(line)
        return card

    @staticmethod
    def _keys(scope: str, actions: list[str]) -> Card:
        card = Card(PlainLabel(tr(scope), "heading"), gap=1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for number, action in enumerate(actions):
            grid.addWidget(PlainLabel(keys_text(action), "keys", wrap=False), number, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(PlainLabel(tr(TABLE[action].text)), number, 1)
        grid.setColumnStretch(1, 1)
        card.box.addLayout(grid)
        return card
