"""新建总库: the batch, its fields and quotas, the coordinator's key and the recovery key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.batch import Batch, FieldDef, Quota
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.fields import Choice, LineEdit, NumberBox
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField

CATEGORIES: tuple[Category, Category] = ("park", "enterprise")
MINIMUM_PASSPHRASE = 10
NO_QUOTA = 0


@dataclass(frozen=True)
class NewOffice:
    """What the page gathered; keys are made where `identity` is None, the recovery key always."""

    folder: Path
    batch: Batch
    packs: Mapping[Category, RulePack]
    name: str
    identity: Path | None
    passphrase: str
    recovery_passphrase: str


class _FieldRow:
    """One key field (重点领域): id, names, scale factor k."""

    def __init__(self, field: FieldDef | None = None) -> None:
        self.id = LineEdit(tr("create.field.id"), field.id if field else "")
        self.zh = LineEdit(tr("create.field.zh"), field.name.zh_CN if field else "")
        self.en = LineEdit(tr("create.field.en"), field.name.en if field else "")
        self.k = NumberBox(tr("create.field.k"))
        self.k.set_bounds(Decimal("0.1"), Decimal(10), Decimal("0.1"))
        self.k.set_number(field.k if field else Decimal(1))
        self.remove = Button(tr("create.field.remove"), "quiet", "trash-2")

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return (self.id, self.zh, self.en, self.k, self.remove)


class CreateOfficePage(QWidget):
    """Signals: `submitted(object)` a `NewOffice`; `back()`."""

    submitted = Signal(object)
    back = Signal()

    def __init__(
        self,
        packs: Sequence[RulePack],
        fields: Sequence[FieldDef],
        identities: Sequence[StoredIdentity],
        year: int,
        folder: Path,
    ) -> None:
        super().__init__()
        self.setObjectName("office.create")
        self._packs = {pack.category: pack for pack in packs}
        self._rows: list[_FieldRow] = []
        self._folder = folder
        self.banner = Banner()
        page = column(PlainLabel(tr("create.title"), "title"), gap=3, margins=4)
        for card in (
            self._batch_card(year),
            self._fields_card(fields),
            self._keys_card(identities),
            self._folder_card(),
        ):
            page.addWidget(card)
        page.addWidget(self.banner)
        self.button = Button(tr("create.button"), "primary", "check")
        self.button.setObjectName("create.button")
        self.button.clicked.connect(self._submit)
        back = Button(tr("create.back"), "normal", "arrow-left")
        back.setObjectName("create.back")
        back.clicked.connect(self.back)
        page.addLayout(row(self.button, back, None, gap=2))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 960), tr("create.title"))))
        self.setFocusProxy(self.id)

    # ----- building -----

    def _batch_card(self, year: int) -> Card:
        self.id = LineEdit(tr("create.id"), f"NDB-{year}")
        self.zh = LineEdit(tr("create.zh"), tr("create.zh.default", year=year))
        self.en = LineEdit(tr("create.en"), tr("create.en.default", year=year))
        self.office_name = LineEdit(tr("create.name"))
        self.year = Counter(tr("create.year"), 2020, 2100, year - 1)
        self.panel = Counter(tr("create.panel"), 5, 15, 7, step=2)
        self.trial = PlainCheckBox(tr("create.trial"))
        none = tr("create.quota.none")
        self.quotas = {
            "park": Counter(tr("create.quota.park"), NO_QUOTA, 9999, NO_QUOTA, none=none),
            "enterprise": Counter(tr("create.quota.enterprise"), NO_QUOTA, 9999, NO_QUOTA, none=none),
        }
        for name, box in (("id", self.id), ("zh", self.zh), ("en", self.en), ("name", self.office_name)):
            box.setObjectName(f"create.{name}")
        self.trial.setObjectName("create.trial")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        pairs: list[tuple[str, QWidget]] = [
            (tr("create.id"), self.id), (tr("create.name"), self.office_name), (tr("create.zh"), self.zh),
            (tr("create.en"), self.en), (tr("create.year"), self.year), (tr("create.panel"), self.panel),
            (tr("create.quota.park"), self.quotas["park"]), (tr("create.quota.enterprise"), self.quotas["enterprise"]),
        ]  # fmt: skip
        for number, (name, widget) in enumerate(pairs):
            line, side = divmod(number, 2)
            grid.addLayout(column(PlainLabel(name), widget, gap=0.5), line, side)
        card = Card(PlainLabel(tr("create.batch"), "heading"), gap=1.5, margins=2.5)
        card.box.addLayout(grid)
        card.box.addWidget(self.trial)
        card.box.addWidget(PlainLabel(tr("create.trial.text"), "small"))
        packs = tr("list.separator").join(
            f"{i18n.local(pack.title)} {pack.version} · {_standing(pack)}" for pack in self._packs.values()
        )
        card.box.addWidget(PlainLabel(tr("create.packs", packs=packs), "muted"))
        return card

    def _fields_card(self, fields: Sequence[FieldDef]) -> Card:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 2)
        titles = [tr("create.field.id"), tr("create.field.zh"), tr("create.field.en"), tr("create.field.k")]
        for number, title in enumerate(titles):
            self._grid.addWidget(PlainLabel(title, "small", wrap=False), 0, number)
        add = Button(tr("create.field.add"), "normal", "plus")
        add.setObjectName("create.field.add")
        add.clicked.connect(self._add_field)
        card = Card(PlainLabel(tr("create.fields"), "heading"), PlainLabel(tr("create.fields.text"), "muted"), gap=1.5)
        card.box.addLayout(self._grid)
        card.box.addLayout(row(add, None))
        for field in fields:
            self._new_row(field)
        self._lay_rows()
        return card

    def _new_row(self, field: FieldDef | None) -> _FieldRow:
        made = _FieldRow(field)
        made.remove.clicked.connect(lambda: self._remove(made))
        self._rows.append(made)
        return made

    def _add_field(self) -> None:
        made = self._new_row(None)
        self._lay_rows()
        made.id.setFocus()

    def _remove(self, gone: _FieldRow) -> None:
        self._rows.remove(gone)
        for widget in gone.widgets:
            widget.hide()
            widget.deleteLater()
        self._lay_rows()

    def _lay_rows(self) -> None:
        for widgets in [r.widgets for r in self._rows]:
            for widget in widgets:
                self._grid.removeWidget(widget)
        for line, made in enumerate(self._rows, 1):
            for number, widget in enumerate(made.widgets):
                self._grid.addWidget(widget, line, number)

    def _keys_card(self, identities: Sequence[StoredIdentity]) -> Card:
        self.identity = Choice(tr("create.identity"))
        self.identity.setObjectName("create.identity")
        usable = [stored for stored in identities if stored.fault is None]
        self.identity.set_choices(
            [(None, tr("create.identity.new"))] + [(s.path, f"{s.name} · {s.path.name}") for s in usable]
        )
        self.identity.chosen.connect(lambda _value: self._show_keys())
        self.new_passphrase = PassphraseField(tr("create.passphrase"), new=True, minimum=MINIMUM_PASSPHRASE)
        self.new_passphrase.setObjectName("create.new")
        self.old_passphrase = PassphraseField(tr("office.passphrase"))
        self.old_passphrase.setObjectName("create.old")
        self.recovery = PassphraseField(tr("create.recovery"), new=True, minimum=MINIMUM_PASSPHRASE)
        self.recovery.setObjectName("create.recovery")
        card = Card(PlainLabel(tr("create.keys"), "heading"), PlainLabel(tr("create.keys.text"), "muted"), gap=1.5)
        for part in (self.identity, self.new_passphrase, self.old_passphrase):
            card.box.addWidget(part)
        card.box.addWidget(PlainLabel(tr("create.recovery.text"), "muted"))
        card.box.addWidget(self.recovery)
        self._show_keys()
        return card

    def _show_keys(self) -> None:
        fresh = self.identity.value() is None
        self.new_passphrase.setVisible(fresh)
        self.old_passphrase.setVisible(not fresh)

    def _folder_card(self) -> Card:
        self.folder_label = PlainLabel(str(self._folder), selectable=True)
        choose = Button(tr("create.folder.choose"), "normal", "folder-open")
        choose.setObjectName("create.folder")
        choose.clicked.connect(self._choose_folder)
        card = Card(PlainLabel(tr("create.folder"), "heading"), self.folder_label, gap=1.5)
        card.box.addLayout(row(choose, None))
        card.box.addWidget(PlainLabel(tr("create.folder.text"), "small"))
        return card

    def _choose_folder(self) -> None:
        folder = files.pick_folder(self, tr("create.folder.choose"))
        if folder is not None:
            self._folder = folder
            self.folder_label.setText(str(folder))

    # ----- what was entered -----

    def _missing(self) -> str:
        """The first thing still to do, in words; "" when all is there."""
        for box in (self.id, self.office_name, self.zh, self.en):
            if not box.text().strip():
                box.setFocus()
                return tr("create.missing", what=box.accessibleName())
        ids = [made.id.text().strip() for made in self._rows]
        complete = all(
            m.id.text().strip() and m.zh.text().strip() and m.en.text().strip() and m.k.number() for m in self._rows
        )
        if not ids or not complete or len(set(ids)) != len(ids):
            return tr("create.missing.fields")
        secret = self.new_passphrase if self.identity.value() is None else self.old_passphrase
        if not secret.ready():
            secret.setFocus()
            return tr("create.missing.passphrase")
        if not self.recovery.ready():
            self.recovery.setFocus()
            return tr("create.missing.recovery")
        return ""

    def _submit(self) -> None:
        missing = self._missing()
        if missing:
            self.banner.warning(missing)
            return
        self.banner.dismiss()
        batch = Batch(
            id=self.id.text().strip(),
            title=LocalText(self.zh.text().strip(), self.en.text().strip()),
            year=self.year.value(),
            trial=self.trial.isChecked(),
            fields=tuple(
                FieldDef(
                    m.id.text().strip(), LocalText(m.zh.text().strip(), m.en.text().strip()), m.k.number() or Decimal(1)
                )
                for m in self._rows
            ),
            quotas={c: Quota(self.quotas[c].value() or None) for c in CATEGORIES},
            panel_size=self.panel.value(),
        )
        fresh = self.identity.value() is None
        self.submitted.emit(
            NewOffice(
                folder=self._folder,
                batch=batch,
                packs=self._packs,
                name=self.office_name.text().strip(),
                identity=self.identity.value(),
                passphrase=(self.new_passphrase if fresh else self.old_passphrase).text(),
                recovery_passphrase=self.recovery.text(),
            )
        )


def _standing(pack: RulePack) -> str:
    """Whether a pack is official, in words."""
    return tr("pack.proposal") if pack.is_proposal else pack.document_number
