"""What the sheet of a later stage says of targets and tasks, in words; for window, command line and score sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.acceptance import DONE_VALUES
from ndb_desktop.domain.effect import EffectOutcome
from ndb_desktop.domain.numbers import brief, exact, plain, rounded
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.domain.sheetform import StageForm, StageQuestion
from ndb_desktop.domain.stagecase import Promise
from ndb_desktop.domain.stagepack import AcceptancePack, EffectPack
from ndb_desktop.domain.stageresult import RowNote
from ndb_desktop.texts import text

_DIGITS = 4
"""Decimals of a figure that was computed or converted; declared ones have at most 6 and are shown whole."""
Say = Callable[..., str]
_NOTES: Mapping[RowNote, str] = {
    "keep": "stagesheet.note.keep",
    "easier": "stagesheet.note.easier",
    "no_base": "stagesheet.note.no_base",
    "worse_than_base": "stagesheet.note.worse_than_base",
    "over": "stagesheet.note.over",
}
_DONE = dict(zip(DONE_VALUES, ("none", "part", "full"), strict=True))
_DONE_WORDS: Mapping[str, str] = {
    "none": "stagesheet.none",
    "part": "stagesheet.part",
    "full": "stagesheet.full",
}


def _in(language: str) -> Say:
    def say(key: str, **params: object) -> str:
        return text(key, language, **params)

    return say


def figure(value: Fraction | None, unit: str, language: str) -> str:
    """A value with its unit; a dash while there is none."""
    if value is None:
        return "—"
    number = brief(value, _DIGITS)
    return number if unit == "none" else f"{number} {text(f'unit.{unit}', language)}"


def percent(share: Fraction | None, form: StageForm, language: str) -> str:
    """A share of 0..1 in percent, rounded as the pack says; a dash while there is none."""
    if share is None:
        return "—"
    settings = form.settings
    value = f"{rounded(share * 100, settings.digits, settings.rounding):f}"
    return text("stagesheet.percent", language, value=value)


def done_key(value: Decimal) -> str:
    """`none`, `part` or `full`, the names a pack's `task_words` have; the plain number for anything else."""
    return _DONE.get(exact(value), plain(value))


def done_word(value: Decimal | None, language: str) -> str:
    """未完成, 部分完成 or 完成; "" for a task without a finding."""
    if value is None:
        return ""
    key = _DONE_WORDS.get(done_key(value))
    return plain(value) if key is None else text(key, language)


def done_meaning(form: StageForm, value: Decimal, language: str) -> str:
    """What the pack says that a finding means."""
    words = form.pack.task_words if isinstance(form.pack, AcceptancePack) else {}
    found = words.get(done_key(value))
    return "" if found is None else found.get(language)


def target_facts(form: StageForm, item: StageQuestion, language: str) -> list[tuple[str, str]]:
    """What was promised, what is declared and what that comes to, line by line as name and figure."""
    promise = item.promise
    if promise is None:
        return []
    say, unit = _in(language), promise.measured.unit
    facts = [(say("stagesheet.target", year=promise.target_year), figure(promise.target, unit, language))]
    if isinstance(form.pack, AcceptancePack):
        facts.append(_base(promise, say, language))
    else:
        accepted = form.work.accepted_values.get(promise.id)
        facts.append((say("stagesheet.accepted"), figure(accepted, unit, language)))
        facts.append((say("stagesheet.to_hold"), figure(form.rows[item.id].target, unit, language)))
    return [*facts, *_actual(form, item, say, language), *_reached(form, item, say, language)]


def _base(promise: Promise, say: Say, language: str) -> tuple[str, str]:
    stated = say("stagesheet.base", year=promise.base_year)
    if promise.base_from == "none":
        return stated, say("stagesheet.base.none")
    name = stated if promise.base_from == "stated" else say("stagesheet.base.data")
    return name, figure(promise.base, promise.measured.unit, language)


def _actual(form: StageForm, item: StageQuestion, say: Say, language: str) -> list[tuple[str, str]]:
    """The figure as the base wrote it, in its own unit; what was verified stands beside it, never instead of it."""
    actual = form.work.actual_by_id.get(item.item.about)
    if actual is None:
        return [(say("stagesheet.actual.none"), say("stagesheet.missing"))]
    name = say("stagesheet.actual", year=actual.year)
    shown = say("stagesheet.missing") if actual.value is None else _declared(actual.value, actual.unit, language)
    facts = [(name, shown)]
    if actual.verified is not None:
        facts.append((say("stagesheet.verified"), _declared(actual.verified, actual.unit, language)))
    return facts


def _declared(value: Decimal, unit: str, language: str) -> str:
    return plain(value) if unit == "none" else f"{plain(value)} {text(f'unit.{unit}', language)}"


def _reached(form: StageForm, item: StageQuestion, say: Say, language: str) -> list[tuple[str, str]]:
    """Progress and level, both, with the one that counts; none of a missing value."""
    row = form.rows[item.id]
    if row.state == "missing":
        return []
    if not isinstance(form.pack, AcceptancePack):
        # Base and target are one there, so that progress and level say the same.
        return [(say("stagesheet.counted", name=say("stagesheet.held")), percent(row.counted, form, language))]
    counted = form.pack.deciding
    facts = []
    for kind, name, share in (
        ("progress", say("stagesheet.progress"), row.progress),
        ("level", say("stagesheet.level"), row.level),
    ):
        title = say("stagesheet.counted", name=name) if kind == counted else name
        facts.append((title, percent(share, form, language)))
    return facts


def target_notes(form: StageForm, item: StageQuestion, language: str) -> list[str]:
    """What has to be said of a target in sentences: missing, to be kept, worse than its base, more than promised."""
    row = form.rows[item.id]
    if row.state == "missing":
        return [text("stagesheet.note.missing", language)]
    # In 成效评估 everything is to be kept: saying so of each would say nothing.
    acceptance = isinstance(form.pack, AcceptancePack)
    notes = [note for note in row.notes if acceptance or note not in ("keep", "worse_than_base")]
    if acceptance:
        met = text("stagesheet.met" if row.met else "stagesheet.unmet", language)
    else:
        met = text("stagesheet.kept" if row.met else "stagesheet.lost", language)
    return [met, *(text(_NOTES[note], language) for note in notes)]


def target_short(form: StageForm, item: StageQuestion, language: str) -> str:
    """What a target comes to in a list: the share that counts, or 缺报."""
    row = form.rows[item.id]
    return text("stagesheet.missing", language) if row.state == "missing" else percent(row.counted, form, language)


def own_total(form: StageForm, sheet: Sheet, language: str) -> tuple[str, Fraction | None, str]:
    """The one figure own marks come to, with its name and as text: completion of the tasks, or the total; 0..100."""
    found, shares = form.alone(sheet), own_shares(form, sheet, language)
    if isinstance(found, EffectOutcome):
        return shares[-1][0], found.total, shares[-1][1]
    return shares[0][0], None if found.task_share is None else found.task_share * 100, shares[0][1]


def own_shares(form: StageForm, sheet: Sheet, language: str) -> list[tuple[str, str]]:
    """What the own marks alone come to, as name and figure; a dash while something is open."""
    say, found = _in(language), form.alone(sheet)
    if not isinstance(found, EffectOutcome):
        return [
            (say("stagesheet.tasks"), percent(found.task_share, form, language)),
            (say("stagesheet.targets"), percent(found.target_share, form, language)),
        ]
    titles = (
        {part.id: part.title.get(language) for part in form.pack.parts} if isinstance(form.pack, EffectPack) else {}
    )
    settings = form.settings

    def points(value: Fraction | None) -> str:
        return "—" if value is None else f"{rounded(value, settings.digits, settings.rounding):f}"

    parts = [(titles[part], points(value)) for part, value in found.parts.items()]
    return [*parts, (say("stagesheet.total"), points(found.total))]
