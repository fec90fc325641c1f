"""最后一步: everything once in plain words, what is still missing with the way to it, and the plan as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal

from ndb_desktop.domain.errors import Fault
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.services.batch_lint import step_of
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, LinkButton, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, clear, column, row

MOST_SHOWN = 30
Section = tuple[str, str, Sequence[str]]
"""Step, heading, sentences."""


class CheckStep(WizardStep):
    """Signals: `open_place(str)` a place or step; `save_asked()`."""

    open_place = Signal(str)
    save_asked = Signal()
    name = "check"

    def __init__(self, form: BatchForm, text: str = "") -> None:
        super().__init__(tr("wizard.check"), text or tr("wizard.check.text"), form)
        self._open = Card(kind="warning", gap=1)
        self._open.setObjectName("wizard.open")
        self._all = column(gap=2)
        self.save = Button(tr("wizard.save"), "normal", "download")
        self.save.setObjectName("wizard.save")
        self.save.clicked.connect(self.save_asked)
        self.body.addWidget(self._open)
        self.body.addLayout(self._all)
        last = row(PlainLabel(tr("wizard.save.text"), "muted"), self.save, gap=2)
        last.setStretch(0, 1)
        card = Card(kind="soft", margins=1.5)
        card.box.addLayout(last)
        self.body.addWidget(card)

    def show_all(self, sections: Sequence[Section], faults: Sequence[Fault], names: Mapping[str, str]) -> None:
        """`names` by place: step and field in words."""
        clear(self._open.box)
        clear(self._all)
        self._open.setVisible(bool(faults))
        self.save.setEnabled(not any(not fault.place.startswith(("keys", "people")) for fault in faults))
        if faults:
            self._open.box.addWidget(PlainLabel(tr("wizard.open", count=len(faults)), "heading"))
        for number, fault in enumerate(faults[:MOST_SHOWN]):
            link = LinkButton(names[fault.place])
            link.setObjectName(f"wizard.open.{number}")
            link.clicked.connect(lambda _c=False, place=fault.place: self.open_place.emit(place))
            self._open.box.addLayout(row(link, None))
            self._open.box.addWidget(PlainLabel(i18n.fault(fault), "small"))
        broken = {step_of(fault.place) for fault in faults}
        for step, heading, sentences in sections:
            self._all.addWidget(self._section(step, heading, sentences, step in broken))

    def _section(self, step: str, heading: str, sentences: Sequence[str], broken: bool) -> Card:
        change = LinkButton(tr("wizard.change"), "pen-line")
        change.setAccessibleName(f"{tr('wizard.change')} {heading}")
        change.setObjectName(f"wizard.change.{step}")
        change.clicked.connect(lambda: self.open_place.emit(step))
        icon = IconLabel("triangle-alert", 16, "warning") if broken else IconLabel("circle-check", 16, "accent")
        head = row(icon, PlainLabel(heading, "heading"), change, gap=1)
        head.setStretch(1, 1)
        card = Card(gap=0.75)
        card.box.addLayout(head)
        for sentence in sentences:
            card.box.addWidget(PlainLabel(sentence, selectable=True))
        return card
