"""第四步: the rule packs, official or 建议稿, and how panels are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.services.batch_form import CATEGORIES, BatchForm
from ndb_desktop.services.rulepacks import load_pack_at
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder

SELECTION = "selection"
AnyPack = RulePack | AnyStagePack


class _PackPart(QWidget):
    """One category's pack: which, whether official, and another one from a file or folder."""

    def __init__(self, category: Category) -> None:
        super().__init__()
        self.title = PlainLabel("")
        self.title.setObjectName(f"wizard.pack.{category}")
        self.badge = Badge("", "file", "neutral")
        self.badge.setObjectName(f"wizard.standing.{category}")
        self.file = Button(tr("wizard.pack.file"), "normal", "folder-open")
        self.folder = Button(tr("wizard.pack.folder"), "normal", "folder-open")
        self.shipped = Button(tr("wizard.pack.shipped"), "quiet", "undo-2")
        for name in ("file", "folder", "shipped"):
            getattr(self, name).setObjectName(f"wizard.pack.{name}.{category}")
        head = column(PlainLabel(category_name(category), "heading"), self.title, gap=0.5)
        self.box = column(head, self.badge, Flow(self.file, self.folder, self.shipped), gap=1)
        self.setLayout(self.box)


class RulesStep(WizardStep):
    """`packs` are those chosen, as far as they are read."""

    name = "rules"

    def __init__(self, form: BatchForm, shipped: Mapping[Category, AnyPack]) -> None:
        super().__init__(tr("wizard.rules"), tr("wizard.rules.text"), form)
        self._shipped = shipped
        self.packs: dict[Category, AnyPack] = {}
        self._failed: dict[Category, Fault] = {}
        self._parts: dict[Category, _PackPart] = {}
        self.body.addWidget(self._packs_card())
        self.body.addWidget(self._panel_card())
        for category in CATEGORIES:
            self._load(category)

    # ----- packs -----

    def _packs_card(self) -> Card:
        card = Card(PlainLabel(tr("wizard.packs"), "heading"), PlainLabel(tr("wizard.packs.text"), "small"), gap=2)
        for category in CATEGORIES:
            part = self._parts[category] = _PackPart(category)
            part.file.clicked.connect(lambda _c=False, category=category: self._pick_file(category))
            part.folder.clicked.connect(lambda _c=False, category=category: self._pick_folder(category))
            part.shipped.clicked.connect(lambda _c=False, category=category: self._take(category, ""))
            part.box.addWidget(self.noted(f"rules.pack.{category}", part.file, category_name(category)))
            card.box.addWidget(part)
        return card

    def _patterns(self) -> str:
        return f"{tr('wizard.pack.books')} (*.xlsx);;{tr('files.all')} (*)"

    def _read(self, _category: Category, path: Path) -> AnyPack:
        """A pack of one's own, outside the window's thread."""
        return load_pack_at(path)

    def _fits(self, category: Category, pack: AnyPack) -> bool:
        return pack.category == category and pack.stage == SELECTION

    def _pick_file(self, category: Category) -> None:
        path = files.pick_file(self, tr("wizard.pack.file"), self._patterns())
        if path is not None:
            self._take(category, str(path))

    def _pick_folder(self, category: Category) -> None:
        path = files.pick_folder(self, tr("wizard.pack.folder"))
        if path is not None:
            self._take(category, str(path))

    def _take(self, category: Category, source: str) -> None:
        self.form.packs[category] = source
        self._load(category)
        self.changed.emit()

    def _load(self, category: Category) -> None:
        source = self.form.packs.get(category, "")
        self.packs.pop(category, None)
        self._failed.pop(category, None)
        if not source:
            if category in self._shipped:
                self.packs[category] = self._shipped[category]
            self._show(category)
            return
        self._failed[category] = Fault("E-PLAN-PENDING")
        tasks.run(
            lambda _progress, _cancel: self._read(category, Path(source)),
            done=lambda pack: self._loaded(category, source, pack),
            failed=lambda error: self._refused(category, source, error),
            lane="pool",
            owner=self,
        )
        self._show(category)

    def _loaded(self, category: Category, source: str, pack: AnyPack) -> None:
        if self.form.packs.get(category, "") != source:
            return
        self._failed.pop(category, None)
        if not self._fits(category, pack):
            self._failed[category] = Fault("E-OFFICE-PACK", "", {"category": category_name(category), "pack": pack.id})
        else:
            self.packs[category] = pack
        self._show(category)
        self.changed.emit()

    def _refused(self, category: Category, source: str, error: Exception) -> None:
        if self.form.packs.get(category, "") != source:
            return
        found = error if isinstance(error, NdbError) else NdbError("E-PACK-FILE", name=Path(source).name, reason="")
        # All faults of a pack are told on the page of packs; here the first says enough.
        self._failed[category] = found.faults[0]
        self._show(category)
        self.changed.emit()

    def _show(self, category: Category) -> None:
        part, pack = self._parts[category], self.packs.get(category)
        source = self.form.packs.get(category, "")
        part.shipped.setVisible(bool(source))
        part.badge.setVisible(pack is not None)
        if pack is None:
            part.title.setText(tr("wizard.pack.none", name=Path(source).name) if source else tr("wizard.pack.missing"))
            return
        part.title.setText(tr("wizard.pack.title", title=i18n.local(pack.title), version=pack.version))
        if pack.is_proposal:
            part.badge.show_state(tr("wizard.pack.proposal"), "triangle-alert", "warning")
        else:
            part.badge.show_state(tr("wizard.pack.official", number=pack.document_number), "badge-check", "accent")

    def renew(self) -> None:
        """Only the categories that take part need a pack."""
        for category, part in self._parts.items():
            part.setVisible(category in self.form.takes_part())

    def own_faults(self) -> Sequence[Fault]:
        """Packs that are missing, not read yet, or not for their category."""
        found = []
        for category in self.form.takes_part():
            place = f"rules.pack.{category}"
            fault = self._failed.get(category)
            if fault is not None:
                found.append(Fault(fault.code, place, fault.params))
            elif category not in self.packs:
                found.append(Fault("E-PLAN-EMPTY", place))
        return found

    # ----- panels -----

    def _panel_card(self) -> Card:
        form = self.form
        self.panel = Counter(tr("create.panel"), 5, 15, form.panel_size, step=2)
        self.per_employer = Counter(tr("assign.per_employer"), 0, 9, form.per_employer, none=tr("wizard.cap.none"))
        self.per_province = Counter(tr("assign.per_province"), 0, 9, form.per_province, none=tr("wizard.cap.none"))
        boxes = (
            ("rules.panel", "panel_size", self.panel),
            ("rules.per_employer", "per_employer", self.per_employer),
            ("rules.per_province", "per_province", self.per_province),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for side, (place, name, box) in enumerate(boxes):
            box.number.setObjectName(f"create.{name}")
            box.number.valueChanged.connect(lambda value, name=name: self._number(name, value))
            cell = holder(self.field(place, box, box.name()))
            grid.addWidget(cell, 0, side)
            grid.setColumnStretch(side, 1)
        self.avoid = PlainCheckBox(tr("assign.avoid"))
        self.avoid.setObjectName("create.avoid")
        self.avoid.setChecked(form.avoid_province)
        self.avoid.toggled.connect(self._avoid)
        card = Card(PlainLabel(tr("wizard.panel"), "heading"), PlainLabel(self._panel_words(), "small"), gap=1.5)
        card.box.addLayout(grid)
        card.box.addWidget(self.avoid)
        return card

    def _panel_words(self) -> str:
        return tr("wizard.panel.text")

    def _number(self, name: str, value: int) -> None:
        setattr(self.form, name, value)
        self.changed.emit()

    def _avoid(self, on: bool) -> None:
        self.form.avoid_province = on
        self.changed.emit()
