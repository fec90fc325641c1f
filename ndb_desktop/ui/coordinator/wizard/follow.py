"""接续一个总库: the wizard of a new batch with what comes from the predecessor filled in, and no draft.

A later stage has fewer steps: fields, ceilings and recommending bodies are those the bases were selected under.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.batch_form import BatchForm, plan_of_form
from ndb_desktop.services.batch_lint import step_of
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.services.succession_form import Following, FollowOrder, follow_faults
from ndb_desktop.ui.coordinator.wizard.batch_step import BatchStep
from ndb_desktop.ui.coordinator.wizard.check_step import Section
from ndb_desktop.ui.coordinator.wizard.follow_steps import FollowKeysStep, FollowStep, StageRulesStep, Ticks
from ndb_desktop.ui.coordinator.wizard.frame import ORDER, BatchWizard
from ndb_desktop.ui.coordinator.wizard.keys_step import KeysStep
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr

LATER = ("follow", "batch", "rules", "dates", "people", "keys", "check")
"""The steps of a later stage."""
NEXT = ("follow", *ORDER)
"""The steps of the next batch."""


class FollowWizard(BatchWizard):
    """Signal `submitted(object)`: a `FollowOrder`. `back()`: another predecessor, or none."""

    keeps = False

    def __init__(
        self,
        profile: Path,
        form: BatchForm,
        shipped: Mapping[Category, RulePack],
        following: Following,
        ticks: Ticks,
        today: date,
    ) -> None:
        self.following, self.ticks = following, ticks
        self.order = NEXT if following.stage == "selection" else LATER
        super().__init__(profile, form, shipped, (), today)
        self.setObjectName("office.follow.wizard")

    def _makers(self) -> dict[str, Callable[[], WizardStep]]:
        return {**super()._makers(), "follow": self._follow_step}

    def _follow_step(self) -> WizardStep:
        self.about = FollowStep(self.form, self.following, self.ticks)
        return self.about

    def _batch_step(self) -> WizardStep:
        step = BatchStep(self.form, tr("follow.batch.text"))
        # The predecessor has said already what another plan would say.
        step.earlier.hide()
        return step

    def _check_words(self) -> str:
        return super()._check_words() if self.following.stage == "selection" else tr("wizard.check.text.stage")

    def _rules_step(self) -> WizardStep:
        if self.following.stage == "selection":
            return super()._rules_step()
        self.rules = StageRulesStep(self.form, self.following)
        return self.rules

    def _keys_step(self, _identities: Sequence[StoredIdentity]) -> KeysStep:
        return FollowKeysStep(self.form, self.following)

    def _faults(self) -> tuple[Fault, ...]:
        own = follow_faults(self.form, self.following, again=self.ticks.again)
        found = [fault if step_of(fault.place) in self.order else _of_bases(fault) for fault in self._form_faults()]
        return tuple(sorted((*own, *found), key=lambda fault: self.order.index(step_of(fault.place))))

    def _sections(self) -> list[Section]:
        usual = [section for section in super()._sections() if section[0] in self.order]
        return [("follow", self.about.title, self.about.sentences()), *usual]

    def _wish(self) -> object:
        later = self.following.stage != "selection"
        taking = self.form.takes_part()
        staged = [pack for name, pack in self.rules.packs.items() if name in taking and not isinstance(pack, RulePack)]
        return FollowOrder(
            following=self.following,
            folder=Path(self.form.folder),
            plan=plan_of_form(self.form),
            name=self.form.name.strip(),
            recovery_passphrase=self.keys.recovery.text(),
            officers=self._officers(),
            reason=tr("plan.appointed"),
            packs={} if later else self._packs(),
            stage_packs=staged,
            again=self.ticks.again,
            note=self.ticks.note,
        )


def _of_bases(fault: Fault) -> Fault:
    """A fault of what came from the predecessor and has no step here."""
    return Fault(fault.code, "follow.bases", fault.params)
