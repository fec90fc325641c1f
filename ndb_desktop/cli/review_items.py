"""`ndb review status --application`: every item of a sheet as it stands, in any stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import Context
from ndb_desktop.domain.numbers import plain, show
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.sheetform import FormItem, StageForm, StageQuestion

if TYPE_CHECKING:
    from ndb_desktop.services.review import ReviewSession


def item_rows(session: ReviewSession, application: str, language: str) -> list[dict[str, Any]]:
    """One row per item; a target of a later stage with what was promised, declared and reached."""
    form, sheet = session.item(application).form, session.sheet(application)
    rows = []
    for item in form.items:
        entry = sheet.items.get(item.id, ItemEntry(item.id))
        row: dict[str, Any] = {
            "item": item.id,
            "title": item.title.get(language),
            "state": entry.state,
            "level": entry.level,
            "value": None if entry.value is None else plain(entry.value),
            "confirm": entry.confirm,
            "reason": entry.reason,
        }
        if isinstance(form, StageForm):
            row |= _of_stage(form, form.item_by_id[item.id], entry, language)
        else:
            row |= _of_selection(session, application, item, language)
        rows.append(row)
    return rows


def _of_selection(session: ReviewSession, application: str, item: FormItem, language: str) -> Mapping[str, Any]:
    from ndb_desktop.texts import phrase_text

    if not item.computed and not item.mixed:
        return {"computed": None, "explanation": ""}
    computed = session.computed(application, item.id)
    return {
        "computed": None if computed.score is None else show(computed.score),
        "explanation": phrase_text(computed.explanation, language),
    }


def _of_stage(form: StageForm, item: StageQuestion, entry: ItemEntry, language: str) -> Mapping[str, Any]:
    from ndb_desktop.services import stage_sheet_words as words

    if item.promise is None:
        found = words.done_word(entry.value, language) if item.task is not None else ""
        return {"part": item.part, "found": found, "computed": None, "explanation": ""}
    return {
        "part": item.part,
        "facts": [{"name": name, "value": value} for name, value in words.target_facts(form, item, language)],
        "computed": words.target_short(form, item, language),
        "explanation": " ".join(words.target_notes(form, item, language)),
    }


def sums(context: Context, session: ReviewSession, application: str) -> tuple[dict[str, Any], list[str]]:
    """What the marks come to, as data and as lines; in a later stage only what they come to alone."""
    form = session.item(application).form
    if not isinstance(form, StageForm):
        found = session.totals(application).total
        total = None if found is None else show(found)
        return {"total": total}, [context.words("cli.review.total", total=total or "-")]
    from ndb_desktop.services.stage_sheet_words import own_shares

    shares = own_shares(form, session.sheet(application), context.language)
    lines = [context.words("cli.review.share", name=name, value=value) for name, value in shares]
    data = [{"name": name, "value": value} for name, value in shares]
    return {"total": None, "alone": data}, [*lines, context.words("stagesheet.alone")]
