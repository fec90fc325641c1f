"""新建批次: the steps at the left, one at the right, back and forward below; a draft keeps what was typed.

The form (`services.batch_form`) holds everything but passphrases and is saved when typing rests and when the page is
left. Faults are said at their field, in the list of steps and on the last page, from where they lead back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.formats.batchplan import BatchPlan, plan_to_json
from ndb_desktop.services.batch_form import BatchForm, plan_of_form, save_draft, take_over
from ndb_desktop.services.batch_lint import by_place, form_faults, step_of
from ndb_desktop.services.batch_plan import read_plan
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.ui import i18n, icons, tasks, theme
from ndb_desktop.ui.coordinator.wizard.batch_step import BatchStep
from ndb_desktop.ui.coordinator.wizard.check_step import CheckStep, Section
from ndb_desktop.ui.coordinator.wizard.dates_step import DatesStep
from ndb_desktop.ui.coordinator.wizard.fields_step import FieldsStep
from ndb_desktop.ui.coordinator.wizard.keys_step import KeysStep
from ndb_desktop.ui.coordinator.wizard.people_step import PeopleStep
from ndb_desktop.ui.coordinator.wizard.quotas_step import QuotasStep
from ndb_desktop.ui.coordinator.wizard.recommenders_step import RecommendersStep
from ndb_desktop.ui.coordinator.wizard.rules_step import RulesStep
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.coordinator.wizard.summary import sections
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.layout import column, holder, row

ORDER = ("batch", "fields", "quotas", "rules", "dates", "recommenders", "people", "keys", "check")
REST_MS = 400
_QUIET = frozenset({"E-PLAN-EMPTY", "E-PLAN-PASSPHRASE"})
"""What is only not filled in yet is no mistake until the step was left."""
_STATES = {"done": ("circle-check", "accent"), "fault": ("triangle-alert", "warning"), "open": ("circle", "muted")}


@dataclass(frozen=True)
class NewOffice:
    """What the wizard gathered; a key is made where `identity` is None, the recovery key always."""

    folder: Path
    plan: BatchPlan
    packs: Mapping[Category, RulePack]
    name: str
    identity: Path | None
    passphrase: str
    recovery_passphrase: str
    officers: Sequence[tuple[Role, bytes]] = ()


class BatchWizard(QWidget):
    """Signals: `submitted(object)` a `NewOffice`; `back()`; `afresh()` the draft is to be thrown away."""

    submitted = Signal(object)
    back = Signal()
    afresh = Signal()
    order: Sequence[str] = ORDER
    keeps = True
    """Whether what is typed is kept as a draft."""

    def __init__(
        self,
        profile: Path,
        form: BatchForm,
        shipped: Mapping[Category, RulePack],
        identities: Sequence[StoredIdentity],
        today: date,
    ) -> None:
        super().__init__()
        self.setObjectName("office.create")
        self._profile, self.form, self._shipped, self._today = profile, form, shipped, today
        self._keep, self._dirty = self.keeps, False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._save)
        self.banner = Banner()
        self.stack = QStackedWidget()
        self.steps: dict[str, WizardStep] = {}
        self.keys = self._keys_step(identities)
        self.people = PeopleStep(form)
        self._make_steps()
        page = column(holder(column(self.banner, margins=(3, 1, 3, 0))), self.stack, self._buttons())
        page.setStretch(1, 1)
        line = row(self._rail(), holder(page), gap=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setFocusProxy(self.nav)
        self.go(form.step if form.step in self.order else self.order[0])

    # ----- parts -----

    def _make_steps(self) -> None:
        """All steps in their order; keys and people stay, for what they hold is not in the form."""
        while self.stack.count():
            old = self.stack.widget(0)
            if old is None:
                break
            self.stack.removeWidget(old)
            if old not in (self.keys, self.people):
                old.hide()
                old.deleteLater()
        makers = self._makers()
        made = tuple(makers[name]() for name in self.order)
        fresh = [step for step in made if step not in self.steps.values()]
        for step in fresh:
            step.changed.connect(self._changed)
        self.steps = {step.name: step for step in made}
        for step in made:
            self.stack.addWidget(step)

    def _makers(self) -> dict[str, Callable[[], WizardStep]]:
        """What makes each step, by its name."""
        form = self.form
        return {
            "batch": self._batch_step, "fields": lambda: FieldsStep(form), "quotas": lambda: QuotasStep(form),
            "rules": self._rules_step, "dates": lambda: DatesStep(form, self._today),
            "recommenders": self._listed_step, "people": lambda: self.people, "keys": lambda: self.keys,
            "check": self._check_step,
        }  # fmt: skip

    def _batch_step(self) -> WizardStep:
        step = BatchStep(self.form)
        step.take_over.connect(self._take_over)
        return step

    def _rules_step(self) -> WizardStep:
        self.rules = RulesStep(self.form, self._shipped)
        return self.rules

    def _listed_step(self) -> WizardStep:
        step = RecommendersStep(self.form)
        step.failed.connect(self.banner.show_error)
        step.said.connect(self.banner.info)
        return step

    def _check_words(self) -> str:
        return tr("wizard.check.text")

    def _check_step(self) -> WizardStep:
        self.check = CheckStep(self.form, self._check_words())
        self.check.open_place.connect(self.open_place)
        self.check.save_asked.connect(self._save_plan)
        return self.check

    def _keys_step(self, identities: Sequence[StoredIdentity]) -> KeysStep:
        return KeysStep(self.form, identities)

    def _rail(self) -> QWidget:
        self.nav = QListWidget()
        self.nav.setObjectName("wizard.nav")
        self.nav.setAccessibleName(tr("wizard.nav"))
        self.nav.setFixedWidth(theme.pixels(208))
        self.nav.setProperty("side", True)
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for _ in self.order:
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, theme.pixels(52)))
            self.nav.addItem(item)
        self.nav.currentRowChanged.connect(lambda number: self.go(self.order[number]))
        side = QFrame()
        side.setProperty("card", "side")
        side.setLayout(column(self.nav, margins=(1, 2, 1, 2)))
        return side

    def _buttons(self) -> QWidget:
        self.previous = Button(tr("wizard.previous"), "normal", "arrow-left")
        self.previous.setObjectName("wizard.previous")
        self.previous.clicked.connect(lambda: self._move(-1))
        self.next = Button(tr("wizard.next"), "primary", "arrow-right")
        self.next.setObjectName("wizard.next")
        self.next.clicked.connect(lambda: self._move(1))
        self.button = Button(tr("create.button"), "primary", "check")
        self.button.setObjectName("create.button")
        self.button.clicked.connect(self._submit)
        away = Button(tr("wizard.later") if self.keeps else tr("follow.leave"), "quiet")
        away.setObjectName("create.back")
        away.clicked.connect(self.back)
        again = Button(tr("wizard.afresh"), "quiet", "rotate-ccw")
        again.setObjectName("wizard.afresh")
        again.clicked.connect(self._ask_afresh)
        if not self.keeps:
            again.hide()
        bar = QFrame()
        bar.setProperty("card", "side")
        bar.setLayout(row(self.previous, self.next, self.button, None, again, away, gap=1.5, margins=(3, 1, 3, 1)))
        return bar

    # ----- moving -----

    @property
    def step(self) -> str:
        """The step shown."""
        return self.form.step

    def go(self, name: str) -> None:
        """Shows a step; the one that was left has been seen from now on."""
        left = self.form.step
        if left != name and left in self.order and left not in self.form.seen:
            self.form.seen.append(left)
        self.form.step = name
        step = self.steps[name]
        step.renew()
        self.stack.setCurrentWidget(step)
        number = self.order.index(name)
        self.nav.blockSignals(True)
        self.nav.setCurrentRow(number)
        self.nav.blockSignals(False)
        last = number == len(self.order) - 1
        self.previous.setEnabled(number > 0)
        self.next.setVisible(not last)
        self.button.setVisible(last)
        self._touch()
        self._judge()

    def _move(self, by: int) -> None:
        number = self.order.index(self.form.step) + by
        self.go(self.order[min(max(number, 0), len(self.order) - 1)])

    def open_place(self, place: str) -> None:
        """Leads to the step of a place, and to its field."""
        name = step_of(place)
        if name not in self.form.seen:
            self.form.seen.append(name)
        self.go(name)
        self.steps[name].go_to(place)

    # ----- judging -----

    def _faults(self) -> tuple[Fault, ...]:
        """Every fault in the order of the steps."""
        return tuple(sorted(self._form_faults(), key=lambda fault: self.order.index(step_of(fault.place))))

    def _form_faults(self) -> list[Fault]:
        return [
            *form_faults(self.form, i18n.language()),
            *(fault for step in self.steps.values() for fault in step.own_faults()),
        ]

    def _changed(self) -> None:
        self._touch()
        self._judge()

    def _judge(self) -> None:
        faults = self._faults()
        seen = self.form.seen
        told = tuple(f for f in faults if f.code not in _QUIET or step_of(f.place) in seen)
        for number, name in enumerate(self.order[:-1]):
            own = [fault for fault in faults if step_of(fault.place) == name]
            shown = [fault for fault in told if step_of(fault.place) == name]
            self._show_state(number, "fault" if shown else "done" if name in seen and not own else "open")
        self._show_state(len(self.order) - 1, "open" if faults else "done")
        current = self.steps[self.form.step]
        if current is self.check:
            self._show_check(faults)
        else:
            current.show_faults(by_place(told))

    def _show_state(self, number: int, state: str) -> None:
        words = {"done": tr("wizard.state.done"), "fault": tr("wizard.state.fault"), "open": tr("wizard.state.open")}
        item = self.nav.item(number)
        title = self.steps[self.order[number]].title
        text = f"{number + 1}  {title}\n{words[state]}"
        if item.text() != text:
            item.setText(text)
            item.setIcon(icons.icon(*_STATES[state]))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{number + 1} {title}: {words[state]}")

    def _show_check(self, faults: Sequence[Fault]) -> None:
        names = {}
        for fault in faults:
            step = self.steps[step_of(fault.place)]
            name = step.name_of(fault.place)
            names[fault.place] = tr("wizard.place", step=step.title, field=name) if name else step.title
        self.check.show_all(self._sections(), faults, names)

    def _sections(self) -> list[Section]:
        """What the last page says."""
        people = {role: opened.payload.name for role, (_, opened) in self.people.cards.items()}
        return sections(self.form, self.rules.packs, people, self.keys.owner())

    # ----- the draft -----

    def _touch(self) -> None:
        self._dirty = True
        self._timer.start()

    def _save(self) -> None:
        self._timer.stop()
        if not (self._keep and self._dirty):
            return
        self._dirty = False
        try:
            save_draft(self._profile, self.form)
        except (NdbError, OSError) as error:
            self.banner.show_error(error)

    def hideEvent(self, event: QHideEvent) -> None:
        """Left in whatever way: nothing typed is lost."""
        self._save()
        super().hideEvent(event)

    def _ask_afresh(self) -> None:
        self.banner.warning(
            tr("wizard.afresh.text"), tr("wizard.afresh.title"), tr("wizard.afresh.do"), self._begin_afresh
        )

    def _begin_afresh(self) -> None:
        self._keep = False
        self.afresh.emit()

    # ----- files -----

    def _take_over(self, path: Path) -> None:
        tasks.run(
            lambda _progress, _cancel: read_plan(path),
            done=self._taken,
            failed=self.banner.show_error,
            lane="pool",
            owner=self,
        )

    def _taken(self, plan: BatchPlan) -> None:
        take_over(self.form, plan)
        self._make_steps()
        self.go(self.form.step)
        self.banner.info(tr("wizard.taken.text"), tr("wizard.taken", id=plan.batch.id))

    def take_card(self, path: Path) -> None:
        """A card was dropped on the window: somebody to appoint."""
        self.go("people")
        self.people.take(path)

    def _save_plan(self) -> None:
        target = files.pick_target(
            self, tr("wizard.save"), Path(self.form.folder).parent / f"{self.form.id.strip()}.json",
            f"{tr('wizard.plans')} (*.json)",
        )  # fmt: skip
        if target is None:
            return
        try:
            with atomic_write(target, mode=0o644) as stream:
                stream.write(plan_to_json(plan_of_form(self.form)))
        except NdbError as error:
            self.banner.show_error(error)
            return
        self.banner.info(tr("wizard.saved", name=target.name))

    # ----- the end -----

    def _submit(self) -> None:
        faults = self._faults()
        if faults:
            self.form.seen = list(self.order[:-1])
            self.open_place(faults[0].place)
            self.banner.warning(tr("wizard.open", count=len(faults)))
            return
        self.banner.dismiss()
        self._save()
        self._keep = False
        self.submitted.emit(self._wish())

    def _wish(self) -> object:
        """What was gathered."""
        return NewOffice(
            folder=Path(self.form.folder),
            plan=plan_of_form(self.form),
            packs=self._packs(),
            name=self.form.name.strip(),
            identity=self.keys.key,
            passphrase=self.keys.passphrase(),
            recovery_passphrase=self.keys.recovery.text(),
            officers=self._officers(),
        )

    def _packs(self) -> Mapping[Category, RulePack]:
        """The packs applicants are selected by, of the categories that take part."""
        taking = self.form.takes_part()
        return {name: one for name, one in self.rules.packs.items() if name in taking and isinstance(one, RulePack)}

    def _officers(self) -> Sequence[tuple[Role, bytes]]:
        return [(role, data) for role, (data, _) in self.people.cards.items()]
