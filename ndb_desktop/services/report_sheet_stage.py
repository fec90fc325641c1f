"""The score sheet report of 评估验收 and 成效评估: what was promised, declared, reached, and found of every task."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ndb_desktop.domain.numbers import exact, plain
from ndb_desktop.domain.sheet import Challenge, ItemEntry, Sheet
from ndb_desktop.domain.sheetform import JUDGED, TARGET, TASK, StageForm, StageQuestion
from ndb_desktop.domain.stageform import challenged_target
from ndb_desktop.domain.stagepack import EffectPack
from ndb_desktop.reports.score_sheet import ChallengeLine, ItemLine, PartBlock
from ndb_desktop.services import stage_sheet_words as words
from ndb_desktop.services.report_sheet import NOTHING, SheetMaker, Subject, score_text

_CONFIRM = {"confirmed": "report.confirm.actual", "challenged": "report.confirm.challenged"}


class StageMaker(SheetMaker):
    """The sheet of a base in a later stage; `subject.stage` says what was examined."""

    def __init__(self, subject: Subject, sheet: Sheet, language: str) -> None:
        super().__init__(subject, sheet, language)
        form = subject.form
        if not isinstance(form, StageForm):
            raise TypeError(form)
        self._form = form
        self._groups = {group.id: f"{group.id} {group.title.get(language)}" for group in form.pack.groups}

    @cached_property
    def _shares(self) -> list[tuple[str, str]]:
        return words.own_shares(self._form, self._sheet, self._language)

    @property
    def _pack_name(self) -> str:
        return f"{self._form.pack.title.get(self._language)} {self._form.pack.version}"

    def totals(self) -> tuple[tuple[str, str], ...]:
        """Shares from these findings alone; the outcome is the panel's."""
        return tuple(self._shares)

    def parts(self) -> Iterator[PartBlock]:
        """Targets, then tasks or what was judged; a part the base has nothing of is left out."""
        for part in (TARGET, TASK, JUDGED):
            items = tuple(self._item(item) for item in self._form.items if item.part == part)
            if not items:
                continue
            name, value = self._sum_of(part)
            column = self._say("report.column.score" if part == JUDGED else "report.column.result")
            yield PartBlock(self._part_name(part), value, items, column, name)

    def _sum_of(self, part: str) -> tuple[str, str]:
        """What a part comes to: its completion in 评估验收; in 成效评估 the total below what is judged."""
        pack = self._form.pack
        if isinstance(pack, EffectPack):
            held = next(place for place, one in enumerate(pack.parts) if one.kind == "held")
            return self._shares[held if part == TARGET else -1]
        return self._shares[0 if part == TASK else 1]

    def _item(self, item: StageQuestion) -> ItemLine:
        entry = self._sheet.items.get(item.id, ItemEntry(item.id))
        scored = entry.state == "scored"
        group = item.promise.measured.group if item.promise is not None else ""
        return ItemLine(
            id=item.number or item.item.about,
            title=item.title.get(self._language),
            weight=plain(item.weight),
            score=self._result(item, entry) if scored else NOTHING,
            state="" if scored else self._say(f"state.{entry.state}"),
            declared=tuple(self._facts(item)),
            explanation=self._explanation(item, entry) if scored else "",
            confirmation=self._say(_CONFIRM[entry.confirm]) if entry.confirm else "",
            level=self._level(entry) if scored else "",
            entered=plain(entry.value) if entry.value is not None else "",
            reason=entry.reason,
            evidence=self._evidence(item),
            group=self._groups.get(group, ""),
        )

    def _result(self, item: StageQuestion, entry: ItemEntry) -> str:
        if item.promise is not None:
            return words.target_short(self._form, item, self._language)
        if item.task is not None:
            return words.done_word(entry.value, self._language) or NOTHING
        return NOTHING if entry.value is None else score_text(exact(entry.value), self._form.settings)

    def _facts(self, item: StageQuestion) -> Iterator[str]:
        for name, value in words.target_facts(self._form, item, self._language):
            yield self._say("report.stage.fact", name=name, value=value)
        actual = self._form.work.actual_by_id.get(item.item.about) if item.promise is not None else None
        if actual is not None and actual.evidence:
            places = [self._place(reference.document, reference.page) for reference in actual.evidence]
            yield self._say("report.stage.proof", places=self._say("list.separator").join(places))
        if item.task is not None:
            yield self._say("report.stage.task", milestone=item.task.milestone, deliverable=item.task.deliverable)

    def _explanation(self, item: StageQuestion, entry: ItemEntry) -> str:
        if item.promise is not None:
            return self._say("list.separator").join(words.target_notes(self._form, item, self._language))
        if item.task is not None and entry.value is not None:
            return words.done_meaning(self._form, entry.value, self._language)
        return ""

    def _level(self, entry: ItemEntry) -> str:
        if entry.level is None:
            return ""
        band = self._form.band_of(entry.level)
        return self._say("report.sheet.band", level=entry.level, low=plain(band.low), high=plain(band.high))

    def challenge(self, challenge: Challenge) -> ChallengeLine:
        """A disputed actual value with what was declared and what is proposed."""
        promise = self._form.work.case.promise_by_id.get(challenged_target(challenge))
        actual = self._form.work.actual_by_id.get(challenged_target(challenge))
        unit = actual.unit if actual is not None else promise.measured.unit if promise is not None else "none"
        label = promise.measured.label.get(self._language) if promise is not None else challenge.datum
        named = "" if unit == "none" else self._say(f"unit.{unit}")
        return ChallengeLine(
            datum=f"{challenge.indicator} {label}",
            declared=f"{self._number(actual.value if actual is not None else None)} {named}".strip(),
            proposed=f"{self._number(challenge.proposed)} {named}".strip(),
            place=self._challenged(challenge),
            reason=challenge.reason,
        )
