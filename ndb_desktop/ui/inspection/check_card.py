"""One datum under verification: declared and verified side by side, the deviation, how it was checked, what follows."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QWidget

from ndb_desktop.domain.numbers import plain, show
from ndb_desktop.domain.sitemath import COMPUTED, deviation
from ndb_desktop.domain.siterecord import Check, Conclusion, Effect, Method, Wanted
from ndb_desktop.domain.units import is_count
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.choosing import check_one
from ndb_desktop.ui.inspection.findings_offers import FindingOffers
from ndb_desktop.ui.inspection.photo_offer import PhotoOffer
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import conclusion_words, effect_words, unit_words, why_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox, PlainRadio
from ndb_desktop.ui.widgets.fields import LineEdit, NumberBox, TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder

_MOST = Decimal("999999999999999.999999")
_STEP = Decimal("0.000001")
_CHOSEN: tuple[Conclusion, ...] = ("consistent", "deviation", "major")


class CheckCard(Card):
    """Shows the datum it is told to; every edit is stored by itself. `label` names the datum in words."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__(gap=1.5, margins=2)
        self._store = store
        self._wanted: Wanted | None = None
        self.title = PlainLabel("", "heading", selectable=True)
        self.title.setObjectName("site.check.title")
        self._whys = PlainLabel("", "muted")
        self._whys.setObjectName("site.check.whys")
        self._declared = PlainLabel("", "number", selectable=True)
        self._declared.setObjectName("site.check.declared")
        self.verified = NumberBox(tr("site.check.verified"))
        self.verified.setObjectName("site.check.verified")
        self.verified.set_bounds(-_MOST, _MOST, _STEP)
        self.verified.decided.connect(lambda value: self._edit(verified=value))
        self.same = Button(tr("site.check.same"), "normal", "check")
        self.same.setObjectName("site.check.same")
        self.same.clicked.connect(self._take_declared)
        self._unit = PlainLabel("", "muted")
        self._away = PlainLabel("")
        self._away.setObjectName("site.check.away")
        number = holder(Flow(self.verified, self._unit, self.same))
        self._number = holder(column(PlainLabel(tr("site.check.verified")), number, self._away, gap=0.5))
        self.box.addWidget(self.title)
        self.box.addWidget(self._whys)
        self.box.addLayout(column(PlainLabel(tr("site.check.declared")), self._declared, gap=0.5))
        self.box.addWidget(self._number)
        self.box.addLayout(column(PlainLabel(tr("site.check.conclusion")), self._conclusions(), gap=0.5))
        self.box.addLayout(column(PlainLabel(tr("site.check.methods")), self._methods(), gap=0.5))
        self._effect_part = holder(column(PlainLabel(tr("site.check.effect")), self._effects(), gap=0.5))
        self.box.addWidget(self._effect_part)
        self.proof = LineEdit(tr("site.check.proof"), "", tr("site.check.proof.hint"))
        self.proof.setObjectName("site.check.proof")
        self.proof.edited.connect(lambda text: self._edit(proof=text.strip()))
        self.note = TextBox(tr("site.check.note"), lines=3)
        self.note.setObjectName("site.check.note")
        self.note.edited.connect(lambda text: self._edit(note=text))
        self.box.addLayout(column(PlainLabel(tr("site.check.proof")), self.proof, gap=0.5))
        self.box.addLayout(column(PlainLabel(tr("site.check.note")), self.note, gap=0.5))
        self.photos = PhotoOffer(store)
        self.box.addWidget(holder(Flow(self.photos)))
        self.offers = FindingOffers(store, self.proof, self.note)
        self.box.addWidget(self.offers)

    def _conclusions(self) -> QWidget:
        self._conclusion_group = QButtonGroup(self)
        self._conclusion: dict[Conclusion, PlainRadio] = {}
        for name, word in conclusion_words().items():
            button = PlainRadio(word)
            button.setObjectName(f"site.check.{name}")
            button.clicked.connect(partial(self._choose, name))
            self._conclusion_group.addButton(button)
            self._conclusion[name] = button
        return holder(Flow(*self._conclusion.values(), gap=2))

    def _methods(self) -> QWidget:
        self._method: dict[Method, PlainCheckBox] = {}
        for method in self._store.pack.methods:
            box = PlainCheckBox(i18n.local(method.title))
            box.setObjectName(f"site.check.method.{method.id}")
            box.clicked.connect(lambda _checked=False: self._edit(methods=self._ticked()))
            self._method[method.id] = box
        return holder(Flow(*self._method.values(), gap=2))

    def _effects(self) -> QWidget:
        self._effect_group = QButtonGroup(self)
        self._effect: dict[Effect, PlainRadio] = {}
        for name, word in effect_words().items():
            button = PlainRadio(word)
            button.setObjectName(f"site.check.effect.{name}")
            button.clicked.connect(partial(self._choose_effect, name))
            self._effect_group.addButton(button)
            self._effect[name] = button
        return holder(Flow(*self._effect.values(), gap=2))

    # ----- edits -----

    def _edit(self, **values: object) -> None:
        if self._wanted is not None:
            # Which datum it is about is settled now: when the lane comes to it, another may be shown.
            name = self._wanted.id
            self._store.edit(lambda record: record.check(name), **values)

    def _choose(self, name: Conclusion, _checked: bool = False) -> None:
        # A figure and "cannot be verified" contradict each other; a number's other conclusions are computed from it.
        gone = name not in COMPUTED and self._wanted is not None and self._wanted.kind == "number"
        self._edit(conclusion=name, **({"verified": None, "effect": "keep"} if gone else {}))

    def _choose_effect(self, name: Effect, _checked: bool = False) -> None:
        self._edit(effect=name)

    def _ticked(self) -> tuple[Method, ...]:
        return tuple(name for name, box in self._method.items() if box.isChecked())

    def _take_declared(self) -> None:
        if self._wanted is not None and self._wanted.declared is not None:
            self._edit(verified=self._wanted.declared)

    # ----- showing -----

    def show_datum(self, wanted: Wanted, title: str) -> None:
        """Shows a datum; what is being typed about the one before is stored first."""
        if self._wanted != wanted:
            for field in (self.verified, self.proof, self.note):
                field.commit()
            self.note.drop_pending()
            self.verified.forget()
            self._wanted = wanted
        self.verified.set_bounds(Decimal(0) if is_count(wanted.unit) else -_MOST, _MOST, _STEP)
        self.title.setText(title)
        whys, note = why_words(wanted.whys), wanted.note
        alone = tr("site.check.whys.only", whys=whys)
        self._whys.setText(tr("site.check.whys", whys=whys, note=note) if note else alone)
        self.refresh()

    def refresh(self) -> None:
        """Shows what is stored of the datum."""
        wanted = self._wanted
        if wanted is None:
            return
        check, number = self._store.record.check(wanted.id), wanted.kind == "number"
        unit = unit_words(wanted.unit) if number else ""
        self._declared.setText(self._said(wanted, unit))
        self._number.setVisible(number)
        self._unit.setText(unit)
        self.same.setVisible(number and wanted.declared is not None)
        self.verified.set_number(check.verified)
        self._show_away(wanted, check)
        self._show_conclusion(check, computed=number and wanted.declared is not None)
        for name, box in self._method.items():
            box.setChecked(name in check.methods)
        self._effect_part.setVisible(check.conclusion is not None and check.conclusion != "consistent")
        check_one(self._effect_group, self._effect.get(check.effect) if check.effect else None)
        self.proof.set_stored(check.proof)
        self.note.set_stored(check.note)
        self.photos.show_about(f"check:{wanted.id}")
        self.offers.show_about(f"check:{wanted.id}")

    @staticmethod
    def _said(wanted: Wanted, unit: str) -> str:
        if wanted.kind != "number":
            return tr("site.check.declared.other")
        return tr("site.check.declared.none") if wanted.declared is None else f"{plain(wanted.declared)} {unit}".strip()

    def _show_away(self, wanted: Wanted, check: Check) -> None:
        away = deviation(wanted.declared, check.verified)
        self._away.setText(
            "" if away is None else tr("site.check.away", percent=f"{'+' if away > 0 else ''}{show(away * 100)}")
        )
        self._away.setVisible(away is not None)

    def _show_conclusion(self, check: Check, *, computed: bool) -> None:
        for name, button in self._conclusion.items():
            button.setEnabled(not (computed and name in _CHOSEN) or check.conclusion == name)
        check_one(self._conclusion_group, self._conclusion.get(check.conclusion) if check.conclusion else None)
