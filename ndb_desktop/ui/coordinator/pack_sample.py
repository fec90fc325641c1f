"""示例数据 for the preview of a rule pack: what might be declared for one indicator, typed or from a test vector."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.model import Application, Datum, ListedObject, Target
from ndb_desktop.domain.numbers import brief, exact
from ndb_desktop.domain.packvectors import YEAR, Vector, vectors_of
from ndb_desktop.domain.rulepack import DataItem, ItemDef, RulePack
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.fields import Choice, NumberBox
from ndb_desktop.ui.widgets.layout import clear, column

_LOW, _HIGH, _STEP = Decimal(-(10**12)), Decimal(10**12), Decimal("0.000001")
_OWN = -1


class _Figure(NumberBox):
    """A declared figure: any sign, six decimals; the arrow keys begin at nought."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.set_bounds(_LOW, _HIGH, _STEP)

    def step_by(self, steps: int) -> None:
        self.suggest((self.number() or Decimal(0)) + steps)
        self.commit()


class SampleForm(QWidget):
    """Signal `changed()`: `application` and `k` are others now."""

    changed = Signal()

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self._batch = batch
        self._pack: RulePack | None = None
        self._item: ItemDef | None = None
        self._vectors: tuple[Vector, ...] = ()
        self._filling = False
        self._figures: dict[tuple[str, str], _Figure] = {}
        self._counts: dict[tuple[str, str], Counter] = {}
        self._flags: dict[str, Choice] = {}
        self._targets: dict[str, tuple[_Figure, _Figure]] = {}
        self.sample = Choice(tr("packs.sample.choose"))
        self.sample.setObjectName("packs.sample")
        self.sample.chosen.connect(self._take)
        self.factor = Choice(tr("packs.sample.factor"))
        self.factor.setObjectName("packs.sample.factor")
        self.factor.chosen.connect(lambda _k: self._typed())
        self.special = PlainCheckBox(tr("packs.sample.special"))
        self.special.setObjectName("packs.sample.special")
        self.special.toggled.connect(lambda _on: self._typed())
        self._box: QVBoxLayout = column(gap=1)
        self.setLayout(column(self.sample, self.factor, self.special, self._box, None, gap=1))

    def show_item(self, pack: RulePack, item: ItemDef) -> None:
        """The fields of another item, filled from the first vector of its part."""
        self._pack, self._item = pack, item
        self._vectors = tuple(one for one in vectors_of(pack, item.indicator) if one.part == item.part)
        choices: list[tuple[object, str]] = [
            (n, tr("packs.sample.vector", number=n + 1, score=one.score)) for n, one in enumerate(self._vectors)
        ]
        self.sample.set_choices([*choices, (_OWN, tr("packs.sample.own"))])
        self.factor.set_choices(self._factors())
        self._make_fields()
        self._take(0 if self._vectors else _OWN)

    def _factors(self) -> list[tuple[object, str]]:
        known: dict[Fraction, str] = {Fraction(1): tr("packs.sample.k.plain")}
        for field in self._batch.fields:
            k = exact(field.k)
            known.setdefault(k, tr("packs.sample.k", field=i18n.local(field.name), k=brief(k, 4)))
        for vector in self._vectors:
            known.setdefault(vector.k, tr("packs.sample.k.vector", k=brief(vector.k, 4)))
        return list(known.items())

    # ----- fields -----

    def _make_fields(self) -> None:
        clear(self._box)
        for fields in (self._figures, self._counts, self._flags, self._targets):
            fields.clear()
        item = self._item
        if item is None:
            return
        for datum in item.indicator.data:
            unit = words.unit(datum.unit)
            name = i18n.local(datum.label)
            self._box.addWidget(PlainLabel(f"{name} ({unit})" if unit else name, "heading"))
            self._datum(datum, name)
        if item.part == "plan" and item.indicator.rule is not None:
            self._target_fields(item)
        rule = item.indicator.rule is not None
        self.factor.setVisible(rule)
        self.special.setVisible(rule)
        if not item.indicator.data and not self._targets:
            self._box.addWidget(PlainLabel(tr("packs.sample.nothing"), "muted"))

    def _datum(self, datum: DataItem, name: str) -> None:
        if datum.kind == "flag":
            choice = Choice(name)
            choice.setObjectName(f"packs.sample.{datum.code}")
            choice.set_choices([(None, tr("packs.sample.missing")), (True, tr("expert.yes")), (False, tr("expert.no"))])
            choice.chosen.connect(lambda _value: self._typed())
            self._flags[datum.code] = choice
            self._box.addWidget(choice)
            return
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        if datum.kind == "objects":
            for line, cls in enumerate(datum.classes):
                label = i18n.local(datum.class_labels[cls])
                counter = Counter(f"{name} · {label}", 0, 999, 0)
                counter.number.setObjectName(f"packs.sample.{datum.code}.{cls}")
                counter.number.valueChanged.connect(lambda _value: self._typed())
                self._counts[datum.code, cls] = counter
                grid.addWidget(PlainLabel(label, "small"), line, 0)
                grid.addWidget(counter, line, 1)
        else:
            for line, key in enumerate(_keys(datum)):
                box = self._figure(f"{name} {key}".strip(), f"packs.sample.{datum.code}.{key or 'value'}")
                self._figures[datum.code, key] = box
                grid.addWidget(PlainLabel(key or tr("expert.figure"), "small", wrap=False), line, 0)
                grid.addWidget(box, line, 1)
        self._box.addLayout(grid)

    def _target_fields(self, item: ItemDef) -> None:
        rule = item.indicator.rule
        for measure in rule.measures if rule is not None else ():
            if not measure.target:
                continue
            name, unit = i18n.local(measure.label), words.unit(measure.unit)
            self._box.addWidget(PlainLabel(tr("packs.sample.target", name=name, unit=unit), "heading"))
            pair = []
            grid = QGridLayout()
            grid.setColumnStretch(1, 1)
            sides = (("base", tr("packs.sample.base")), ("goal", tr("packs.sample.goal")))
            for line, (side, label) in enumerate(sides):
                box = self._figure(f"{name} · {label}", f"packs.sample.{measure.id}.{side}")
                pair.append(box)
                grid.addWidget(PlainLabel(label, "small", wrap=False), line, 0)
                grid.addWidget(box, line, 1)
            self._targets[measure.id] = (pair[0], pair[1])
            self._box.addLayout(grid)

    def _figure(self, name: str, object_name: str) -> _Figure:
        box = _Figure(name)
        box.setObjectName(object_name)
        box.setPlaceholderText(tr("packs.sample.missing"))
        box.decided.connect(lambda _value: self._typed())
        return box

    # ----- values -----

    def _take(self, number: object) -> None:
        """Fills the fields from a vector; for own values they stay as they are."""
        self.sample.set_value(number)
        if isinstance(number, int) and number != _OWN:
            vector = self._vectors[number]
            self._filling = True
            self._fill(vector.application)
            self.factor.set_value(vector.k)
            self._filling = False
        self.changed.emit()

    def _fill(self, application: Application) -> None:
        data, targets = application.data, {target.measure: target for target in application.targets}
        for (code, key), box in self._figures.items():
            box.set_number(data[code].values.get(key) if code in data else None)
        for (code, cls), counter in self._counts.items():
            counter.number.setValue(sum(thing.cls == cls for thing in data[code].objects) if code in data else 0)
        for code, choice in self._flags.items():
            choice.set_value(data[code].flag if code in data else None)
        for measure, (base, goal) in self._targets.items():
            target = targets.get(measure)
            base.set_number(target.base if target is not None else None)
            goal.set_number(target.target if target is not None else None)
        self.special.setChecked(application.special_region)

    def _typed(self) -> None:
        if not self._filling:
            self.sample.set_value(_OWN)
            self.changed.emit()

    @property
    def k(self) -> Fraction:
        """The scale factor that was chosen."""
        value = self.factor.value()
        return value if isinstance(value, Fraction) else Fraction(1)

    def application(self) -> Application:
        """What the fields declare; figures that are empty are not declared. `ValueError` before an item is shown."""
        if self._pack is None or self._item is None:
            raise ValueError("no item")
        indicator, data = self._item.indicator, {}
        for item in indicator.data:
            datum = self._declared(item)
            if datum is not None:
                data[item.code] = datum
        return Application(
            id="preview", category=self._pack.category, field="", applicant=tr("packs.preview.applicant"),
            credit_code="", region="", recommender="", year=YEAR, special_region=self.special.isChecked(),
            data=data, targets=tuple(self._targets_typed().values()),
        )  # fmt: skip

    def _declared(self, item: DataItem) -> Datum | None:
        if item.kind == "flag":
            flag = self._flags[item.code].value()
            return None if flag is None else Datum(item.code, item.unit, "statistics", flag=flag)
        if item.kind == "objects":
            things = [
                ListedObject(cls, f"{cls} {n + 1}", f"{cls}-{n + 1}", f"{YEAR}-06-30")
                for cls in item.classes
                for n in range(self._counts[item.code, cls].value())
            ]
            return Datum(item.code, item.unit, "statistics", objects=tuple(things))
        values = {key: value for key in _keys(item) if (value := self._figures[item.code, key].number()) is not None}
        return Datum(item.code, item.unit, "statistics", values=values) if values else None

    def _targets_typed(self) -> Mapping[str, Target]:
        item = self._item
        rule = item.indicator.rule if item is not None else None
        units = {measure.id: measure.unit for measure in (rule.measures if rule is not None else ())}
        found = {}
        for name, (base, goal) in self._targets.items():
            values = base.number(), goal.number()
            if item is not None and values != (None, None):
                found[name] = Target(item.indicator.id, name, units[name], values[0], YEAR, values[1], YEAR + 2)
        return found


def _keys(item: DataItem) -> list[str]:
    """The keys of a number's values: its years, the oldest first, or "" for a single figure."""
    return [str(YEAR - back) for back in reversed(range(item.years))] or [""]
