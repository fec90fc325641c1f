"""`ndb results` in a registry of a later stage: who passed by a signed decision, or the inside view of every base."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.stage_moves import Offer
    from ndb_desktop.services.stage_results import BaseResult, StageResult


def show_inside(context: Context, office: Office) -> int:
    """Every base with its verdict and the reasons; with `--base` one of them in full.

    Raises:
        NdbError: E-OFFICE-APPLICATION, E-STORE-*, and as `internal_stage_results`.
    """
    from ndb_desktop.services.stage_moves import offers
    from ndb_desktop.services.stage_results import internal_stage_results

    options = context.options
    result = internal_stage_results(office, progress=context.progress, cancel=context.cancel)
    today = office.clock().astimezone().date()
    wanted = options.base
    if wanted is not None and wanted not in result.bases:
        raise NdbError("E-OFFICE-APPLICATION", application=wanted)
    offered = offers(result, today)
    shown = [base for name, base in result.bases.items() if wanted in (None, name)]
    written = [] if options.record is None else list(_write(shown, options.record))
    lines = list(_overview(context, result, shown, offered, office))
    if wanted is not None:
        lines += ["", *_detail(context, shown[0])]
    lines += [context.words("cli.results.written", path=path) for path in written]
    lines.append(context.words("cli.result_digest", digest=result.digest))
    data = {
        "batch": result.batch,
        "stage": result.stage,
        "digest": result.digest,
        "bases": [_record(base, offered) for base in shown],
        "contradictions": [list(pair) for pair in result.contradictions],
        "late_conflicts": [list(pair) for pair in result.late_conflicts],
        "unconfirmed_keys": list(result.unconfirmed),
        "written": [str(path) for path in written],
    }
    context.emit(data, lines)
    return FINE


def _record(base: BaseResult, offered: tuple[Offer, ...]) -> dict[str, Any]:
    mine = [one for one in offered if one.base == base.application.id]
    return {
        "base": base.application.id,
        "applicant": base.application.applicant,
        "verdict": base.verdict,
        "failed": list(base.failed),
        "waiting": list(base.waiting),
        "missing": list(base.missing),
        "challenged": list(base.challenged),
        "digest": base.digest or None,
        "first": None if base.first is None else base.first.digest,
        "offers": [{"move": one.move, "ground": one.ground} for one in mine],
        "outcome": json.loads(base.record) if base.record else None,
    }


def _overview(
    context: Context, result: StageResult, shown: list[BaseResult], offered: tuple[Offer, ...], office: Office
) -> Iterator[str]:
    from ndb_desktop.services.lifecycle import MOVE_WORDS
    from ndb_desktop.services.stage_words import NOTHING, first_text, missing_text, reasons, stage_text, verdict_text

    language, join = context.language, context.words("list.separator").join
    today = office.clock().astimezone().date()
    yield stage_text(result.stage, language)
    yield context.words("stageresult.order")
    rows = []
    for base in shown:
        moves = [context.words(MOVE_WORDS[one.move]) for one in offered if one.base == base.application.id]
        notes = [*reasons(base, language, today), missing_text(base, language), first_text(base, language)]
        notes.append(context.words("stageresult.offer", moves=join(moves)) if moves else "")
        verdict = verdict_text(base.verdict, result.stage, language)
        rows.append((base.application.id, base.application.applicant, verdict, join(filter(None, notes)) or NOTHING))
    yield from table(
        [context.words(key) for key in ("stageresult.column.base", "cli.column.applicant",
                                        "stageresult.column.verdict", "stageresult.column.reasons")],
        rows,
    )  # fmt: skip


def _detail(context: Context, base: BaseResult) -> Iterator[str]:
    from ndb_desktop.services.stage_words import NOTHING, item_words, shares_text

    language, join = context.language, context.words("list.separator").join
    if shares := shares_text(base, language):
        yield shares
    keys = ("item", "weight", "base_value", "target", "actual", "progress", "level", "counted", "note", "sheets")
    head = {
        "item": "stageresult.column.item", "weight": "stageresult.column.weight",
        "base_value": "stageresult.column.base_value", "target": "stageresult.column.target",
        "actual": "stageresult.column.actual", "progress": "stageresult.column.progress",
        "level": "stageresult.column.level", "counted": "stageresult.column.counted",
        "note": "stageresult.column.note", "sheets": "stageresult.column.sheets",
    }  # fmt: skip
    yield from table(
        [context.words(head[key]) for key in keys],
        [
            (
                *(cell or NOTHING for cell in (one.label, one.weight, one.base, one.target, one.actual, one.progress,
                                               one.level, one.counted, one.note)),
                join(f"{expert} {said}" for expert, said in one.experts) or NOTHING,
            )
            for one in item_words(base, language)
        ],
    )  # fmt: skip
    if base.digest:
        yield context.words("stageresult.digest", digest=base.digest)


def _write(shown: list[BaseResult], folder: Path) -> Iterator[Path]:
    """The records whose digests decisions name, one file per base."""
    from ndb_desktop.services.stage_results import record_name
    from ndb_desktop.storage.atomic import atomic_write

    for base in shown:
        if base.record:
            path = folder / record_name(base.application.id)
            with atomic_write(path) as stream:
                stream.write(base.record)
            yield path
