"""须复看 in a later stage: what a supplement to a base's material means for findings that were already made.

Nothing is taken away. A target the expert had confirmed or challenged is open again when its actual value is another;
everything else that rests on what changed is named to be looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ndb_desktop.domain.changes import differences
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.news import Impact, News
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetform import StageForm, StageQuestion, challenged_item
from ndb_desktop.domain.stageform import stage_item_id

_PAPERS = frozenset({"document_changed", "document_gone"})


def stage_impact(form: StageForm, old: Application, new: Application, sheet: Sheet) -> Impact:
    """The change from `old` to `new`, two versions of a base's row, on a sheet.

    `old` and `new` of a line about an actual value are number and unit (`118 yi_yuan`), "" for a missing one (缺报).
    """
    name = new.id
    # Where its data were proven in the selection is no longer part of a base's material.
    every = [change for change in differences(old, new) if change.kind != "evidence"]
    found = [change for change in every if change.kind not in ("actual", "actual_proof")]
    news = [News(change.kind, name, change.subject, change.part, change.old, change.new) for change in found]
    proofs = {change.subject: (change.old, change.new) for change in every if change.kind == "actual_proof"}
    news += [News("actual_proof", name, target, "", *said, _item(target)) for target, said in proofs.items()]
    moved = {change.subject: (change.old, change.new) for change in every if change.kind == "actual"}
    news += [News("actual", name, target, "", *figures, _item(target)) for target, figures in moved.items()]
    papers = {change.subject: change for change in found if change.kind in _PAPERS}
    reset: list[ItemEntry] = []
    for item in form.items:
        entry = sheet.items.get(item.id)
        if entry is None or entry.state == "open":
            continue
        figures = moved.get(item.item.about) if item.promise is not None else None
        if figures is not None and entry.confirm:
            reset.append(replace(entry, state="open", confirm=""))
            news.append(News("confirm", name, "", "", *figures, item.id))
            continue
        cited = sorted(_documents_of(item, old, sheet) & papers.keys())
        causes = [_cause(papers[document].kind, papers[document].old, document) for document in cited]
        if item.promise is not None and item.item.about in proofs:
            causes.append(f"proof:{item.item.about}")
        if causes:
            news.append(News("look", name, "\n".join(causes), item=item.id))
    return Impact((*news, *_cited_places(form, name, papers.keys(), sheet)), tuple(reset))


def _item(target: str) -> str:
    return stage_item_id("target", target)


def _documents_of(item: StageQuestion, application: Application, sheet: Sheet) -> set[str]:
    """Documents an item rests on: where the base says a value is proven, what the expert cited."""
    actuals = (one for one in application.actuals if item.promise is not None and one.id == item.promise.id)
    return {ref.document for one in actuals for ref in one.evidence} | {
        link.document for link in sheet.evidence if link.item == item.id
    }


def _cause(kind: str, old: str, document: str) -> str:
    return f"gone:{old}" if kind == "document_gone" else f"document:{document}"


def _cited_places(form: StageForm, application: str, known: Collection[str], sheet: Sheet) -> Iterator[News]:
    for link in sheet.evidence:
        if link.document in known:
            yield News("link", application, link.id, str(link.page), link.document, item=link.item)
    for challenge in sheet.challenges:
        if challenge.document in known:
            item = challenged_item(form, challenge)
            yield News("challenge", application, challenge.id, str(challenge.page), challenge.document, item=item)
