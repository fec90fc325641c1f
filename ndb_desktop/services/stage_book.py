"""The outcomes of a later stage as a workbook for people: bases, targets, tasks and decisions; text cells alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ndb_desktop.domain.model import Actual
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.stageform import stage_item_id
from ndb_desktop.formats.sheetbook import write_workbook
from ndb_desktop.services.lifecycle import MOVE_WORDS, STATE_WORDS
from ndb_desktop.services.results_export import category_text
from ndb_desktop.services.stage_lines import in_order
from ndb_desktop.services.stage_results import BaseResult, StageResult, record_name
from ndb_desktop.services.stage_words import (
    first_text,
    item_words,
    missing_text,
    reasons,
    shares_text,
    stage_text,
    verdict_text,
)
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_Rows = list[list[str]]


def stage_book(office: Office, result: StageResult, language: str) -> bytes:
    """A sheet each of bases, targets with tasks, and decisions, in neutral order, every figure rounded as shown."""
    bases = in_order(result)
    sheets: Mapping[str, Sequence[Sequence[str]]] = {
        text("stagebook.bases", language): _bases(office, result, bases, language),
        text("stagebook.items", language): _items(bases, language),
        text("stagebook.decisions", language): _decisions(bases, language),
    }
    notes = [[office.batch.title.get(language)], [result.batch], [stage_text(result.stage, language)]]
    notes.append([text("stageresult.order", language)])
    if office.batch.trial:
        notes.append([text("results.trial", language)])
    if any(pack.is_proposal for pack in office.stage_packs.values()):
        notes.append([text("results.proposal", language)])
    notes.append([text("stagebook.exact", language)])
    return write_workbook(sheets, {}, (text("results.sheet.notes", language), notes))


def _bases(office: Office, result: StageResult, bases: Sequence[BaseResult], language: str) -> _Rows:
    join, today = text("list.separator", language).join, office.clock().astimezone().date()
    rows = [[
        text("stageresult.column.base", language), text("results.column.applicant", language),
        text("results.column.category", language), text("results.column.field", language),
        text("results.column.region", language), text("stagebook.state", language),
        text("stageresult.column.verdict", language), text("stagebook.figures", language),
        text("stageresult.column.reasons", language), text("stagebook.digest", language),
    ]]  # fmt: skip
    for base in bases:
        one = base.application
        said = [*reasons(base, language, today), missing_text(base, language), first_text(base, language)]
        rows.append([
            one.id, one.applicant, category_text(one.category, language),
            office.batch.field_def(one.field).name.get(language), one.region,
            text(STATE_WORDS[base.life.state], language), verdict_text(base.verdict, result.stage, language),
            shares_text(base, language), join(filter(None, said)), base.digest,
        ])  # fmt: skip
    return rows


def _items(bases: Sequence[BaseResult], language: str) -> _Rows:
    rows = [[
        text("stageresult.column.base", language), text("results.column.applicant", language),
        text("stageresult.column.item", language), text("stageresult.column.weight", language),
        text("stageresult.column.base_value", language), text("stageresult.column.target", language),
        text("stagebook.declared", language), text("stagebook.verified", language),
        text("stageresult.column.actual", language), text("stageresult.column.progress", language),
        text("stageresult.column.level", language), text("stageresult.column.counted", language),
        text("stageresult.column.note", language),
    ]]  # fmt: skip
    for base in bases:
        known = {} if base.work is None else base.work.actual_by_id
        given = {stage_item_id("target", name): actual for name, actual in known.items()}
        rows += [
            [base.application.id, base.application.applicant, one.label, one.weight, one.base, one.target,
             *_given(given.get(one.item), language), one.actual, one.progress, one.level, one.counted, one.note]
            for one in item_words(base, language)
        ]  # fmt: skip
    return rows


def _given(known: Actual | None, language: str) -> tuple[str, str]:
    """What the base declared and what was verified, in the unit of the declaration."""
    if known is None:
        return "", ""
    unit = text(f"unit.{known.unit}", language)
    declared, verified = (
        "" if value is None else f"{plain(value)} {unit}".strip() for value in (known.value, known.verified)
    )
    return declared, verified


def _decisions(bases: Sequence[BaseResult], language: str) -> _Rows:
    rows = [[
        text("stageresult.column.base", language), text("results.column.applicant", language),
        text("stagebook.move", language), text("stagebook.on", language), text("stagebook.paper", language),
        text("stagebook.until", language), text("stagebook.reason", language), text("stagebook.decision", language),
        text("stagebook.digest", language),
    ]]  # fmt: skip
    for base in bases:
        name = base.application.id
        for step in base.life.steps:
            rests = [ref.sha256 for ref in step.act.documents if ref.name == record_name(name)]
            rows.append([
                name, base.application.applicant, text(MOVE_WORDS[step.act.move], language), step.act.on.isoformat(),
                step.act.paper, "" if step.act.until is None else step.act.until.isoformat(), step.decision.reason,
                step.decision.digest, "".join(rests),
            ])  # fmt: skip
    return rows
