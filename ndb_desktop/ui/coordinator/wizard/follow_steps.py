"""接续: the steps a registry has that follows another: what goes on, by which pack it is judged, whose key it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Category
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.services.stage_packs import chosen_packs
from ndb_desktop.services.succession_form import Following, GoingOn, going_on, is_followed, read_stage_pack, staying
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.lifecycle_words import state_look
from ndb_desktop.ui.coordinator.wizard.keys_step import KeysStep
from ndb_desktop.ui.coordinator.wizard.rules_step import AnyPack, RulesStep
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.layout import Card
from ndb_desktop.ui.widgets.table import Column, DataTable

STAGE_WORDS: Mapping[Stage, str] = {
    "acceptance": "follow.stage.acceptance", "effect": "follow.stage.effect", "selection": "follow.stage.selection",
}  # fmt: skip
STAGE_TEXTS: Mapping[Stage, str] = {
    "acceptance": "follow.text.acceptance", "effect": "follow.text.effect", "selection": "follow.text.selection",
}  # fmt: skip
_MOST_ROWS = 6


def bases_words(following: Following) -> list[str]:
    """Which bases go on, and how many stay in which state, in sentences."""
    known = following.known
    none = "follow.bases.none" if following.stage == "selection" else "follow.bases.nobody"
    lines = [tr("follow.bases", count=len(known.texts)) if known.texts else tr(none)]
    if left := staying(known):
        listed = tr("list.separator").join(
            tr("follow.count", state=state_look(state)[0], count=count) for state, count in left.items()
        )
        lines.append(tr("follow.staying", states=listed))
    return lines


@dataclass
class Ticks:
    """What was agreed to on purpose; it outlasts the page, which is built anew with another language or after an error.

    `again` follow it although another registry does, `note` let its log say so.
    """

    again: bool = False
    note: bool = False


class FollowStep(WizardStep):
    """The predecessor, what goes on, and whether the predecessor is told; nothing is made yet."""

    name = "follow"

    def __init__(self, form: BatchForm, following: Following, ticks: Ticks) -> None:
        super().__init__(tr(STAGE_WORDS[following.stage]), tr(STAGE_TEXTS[following.stage]), form)
        self.following, self.ticks = following, ticks
        self.again = PlainCheckBox(tr("follow.again"))
        self.again.setObjectName("follow.again")
        self.note = PlainCheckBox(tr("follow.note"))
        self.note.setObjectName("follow.note")
        for name, box in (("again", self.again), ("note", self.note)):
            box.setChecked(getattr(ticks, name))
            box.toggled.connect(lambda on, name=name: self._tick(name, on=on))
        self.body.addWidget(self._before_card())
        self.body.addWidget(self._bases_card())
        self.body.addWidget(self._note_card())

    def _tick(self, name: str, *, on: bool) -> None:
        setattr(self.ticks, name, on)
        self.changed.emit()

    def _before_card(self) -> Card:
        known = self.following.known
        final = tr("follow.before.final") if known.ref.final else tr("follow.before.open")
        said = tr("follow.before.said", batch=known.ref.batch, name=known.ref.coordinator.name)
        card = Card(PlainLabel(tr("follow.before"), "heading"), PlainLabel(said, selectable=True), gap=1)
        card.box.addWidget(PlainLabel(final, "muted"))
        if known.officers:
            names = tr("list.separator").join(one.name for one in known.officers)
            card.box.addWidget(PlainLabel(tr("follow.officers", names=names), "small"))
        card.box.addWidget(self.again)
        card.box.addWidget(self.noted("follow.again", self.again, tr("follow.again")))
        self.again.setVisible(is_followed(self.following))
        return card

    def _bases_card(self) -> Card:
        rows = going_on(self.following.known)
        card = Card(PlainLabel(tr("follow.goes"), "heading"), gap=1)
        for number, words in enumerate(bases_words(self.following)):
            label = PlainLabel(words, "body" if number == 0 else "muted")
            label.setObjectName(f"follow.bases.{number}")
            card.box.addWidget(label)
        self.table = DataTable(tr("follow.goes"), _columns(), sortable=False)
        self.table.setObjectName("follow.table")
        self.table.set_rows(rows)
        height = self.table.verticalHeader().defaultSectionSize() * min(len(rows), _MOST_ROWS)
        self.table.setFixedHeight(height + self.table.horizontalHeader().sizeHint().height() + theme.pixels(4))
        card.box.addWidget(self.table)
        self.table.setVisible(bool(rows))
        card.box.addWidget(self.noted("follow.bases", self.table, tr("follow.goes")))
        return card

    def _note_card(self) -> Card:
        card = Card(PlainLabel(tr("follow.note.title"), "heading"), gap=1)
        filed = self.following.known.source == "archive"
        text = tr("follow.note.archive") if filed else tr("follow.note.text")
        card.box.addWidget(PlainLabel(text, "small"))
        card.box.addWidget(self.note)
        self.note.setVisible(not filed)
        return card

    def sentences(self) -> list[str]:
        """What the last page says of it."""
        known = self.following.known
        said = tr("follow.before.said", batch=known.ref.batch, name=known.ref.coordinator.name)
        told = tr("follow.say.note") if self.ticks.note else tr("follow.say.note.not")
        return [said, *bases_words(self.following), told]


def _columns() -> list[Column[GoingOn]]:
    return [
        Column(tr("follow.column.id"), lambda one: one.id),
        Column(tr("follow.column.name"), lambda one: one.applicant, stretch=True),
        Column(tr("follow.column.category"), lambda one: category_name(one.category)),
        Column(
            tr("follow.column.state"),
            lambda one: state_look(one.state)[0],
            icon=lambda one: state_look(one.state)[1:],
        ),
    ]


class StageRulesStep(RulesStep):
    """The packs of a later stage: those shipped that follow the packs the bases were selected by, or own ones."""

    def __init__(self, form: BatchForm, following: Following) -> None:
        self.following = following
        self._needed = {one.category for one in going_on(following.known)}
        super().__init__(form, chosen_packs(following.stage, following.known.packs))
        for part in self._parts.values():
            part.file.set_text(tr("follow.pack.file"))

    def _panel_words(self) -> str:
        # No pack of a later stage drops the highest and the lowest.
        return tr("wizard.panel.text.stage")

    def _patterns(self) -> str:
        return f"{tr('follow.pack.files')} (*.json);;{tr('files.all')} (*)"

    def _read(self, category: Category, path: Path) -> AnyPack:
        return read_stage_pack(path, self.following, category)

    def _fits(self, category: Category, pack: AnyPack) -> bool:
        return pack.category == category and pack.stage == self.following.stage

    def own_faults(self) -> Sequence[Fault]:
        """As of a selection; a category of which no base goes on needs no pack."""
        needed = {f"rules.pack.{category}" for category in self._needed}
        return [one for one in super().own_faults() if one.place in needed or one.code != "E-PLAN-EMPTY"]


class FollowKeysStep(KeysStep):
    """The coordinator's key is the one the predecessor was opened with; it is open already."""

    def __init__(self, form: BatchForm, following: Following) -> None:
        self._name = following.identity.public.comment or following.identity.public.keyid
        super().__init__(form, ())

    def _own_card(self) -> Card:
        shown = PlainLabel(self._name, selectable=True)
        shown.setObjectName("follow.key.shown")
        text = PlainLabel(tr("follow.key.text"), "small")
        return Card(PlainLabel(tr("create.identity"), "heading"), shown, text, gap=1)

    def _show(self) -> None:
        """There is nothing to choose."""

    def passphrase(self) -> str:
        """Not asked for again."""
        return ""

    def own_faults(self) -> Sequence[Fault]:
        """Only the recovery key still needs a passphrase."""
        return () if self.recovery.ready() else [Fault("E-PLAN-PASSPHRASE", "keys.recovery")]

    def owner(self) -> str:
        """Whose key is used."""
        return self._name
