"""Tables of applications (表格导入) as the office reads them: its vocabulary, and the columns its coordinator chose.

What was chosen is kept in the registry by layout (kind of sheet and headings), so that next week's table of the same
form is understood at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.handover import Handover
from ndb_desktop.formats.importmap import SheetMap, Target, Vocabulary
from ndb_desktop.formats.tablefile import Encoding
from ndb_desktop.formats.tablehandover import TableHandover, open_source
from ndb_desktop.services.intake_stage import reading_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_KEPT = "intake.columns"
_MOST = 200
"""Layouts remembered; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class TablePreview:
    """列对应预览: how each file was read, what each column was taken for, what it could be instead.

    `encodings` names file and encoding; `targets` the choices for a sheet's columns by kind of sheet.
    """

    encodings: tuple[tuple[str, Encoding], ...]
    sheets: tuple[SheetMap, ...]
    targets: Mapping[str, tuple[Target, ...]]


def vocabulary_of(office: Office) -> Vocabulary:
    """What the columns of this batch's tables can hold."""
    return reading_of(office).vocabulary()


def open_intake(
    office: Office,
    source: Path,
    documents: Path | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Handover:
    """Opens a hand-over, a table with the columns as remembered; `progress` is in rows of a sheet.

    Raises what `open_source` raises, E-STAGE-FORM in a later stage for what is no form of it, and `Cancelled`.
    """

    def tell(done: int, total: int, title: str) -> None:
        if cancel is not None:
            cancel.check()
        progress(done, total, text("applications.rows_read", office.language, sheet=title, rows=done))

    reading = reading_of(office)
    handover = open_source(source, reading.vocabulary(), remembered(office), documents, tell, reading.form)
    lines = reading.form.lines
    if office.stage != "selection" and not isinstance(handover, TableHandover) and lines not in handover.files:
        handover.close()
        raise NdbError("E-STAGE-FORM", place=source.name, name=lines)
    return handover


def preview_columns(
    office: Office,
    source: Path,
    documents: Path | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> TablePreview | None:
    """How the tables of a hand-over were understood; None for one that comes with `applications.jsonl`."""
    with open_intake(office, source, documents, progress, cancel) as handover:
        return preview_of(office, handover)


def preview_of(office: Office, handover: Handover) -> TablePreview | None:
    """As `preview_columns`, of a hand-over that is open already."""
    if not isinstance(handover, TableHandover):
        return None
    vocabulary = vocabulary_of(office)
    return TablePreview(
        tuple((table.name, table.encoding) for table in handover.tables),
        handover.maps,
        {sheet.kind: vocabulary.targets(sheet.kind) for sheet in handover.maps},
    )


def remembered(office: Office) -> dict[str, dict[int, str]]:
    """What was chosen, by layout: column number -> target ("" = ignore)."""
    kept = json.loads(office.registry.meta(_KEPT) or "{}")
    return {key: {int(number): target for number, target in chosen.items()} for key, chosen in kept.items()}


def choose_heading(office: Office, source: Path, wish: str, documents: Path | None = None) -> None:
    """As `choose_column`, from words: `heading=target`, `heading=` to ignore it. For the command line.

    Raises:
        NdbError: E-TABLE-HEADING (no such heading, or several), E-TABLE-TARGET, E-STORE-*.
    """
    heading, _, target = wish.rpartition("=")
    preview = preview_columns(office, source, documents)
    sheets = preview.sheets if preview is not None else ()
    found = [(sheet, one.number) for sheet in sheets for one in sheet.columns if one.heading == heading.strip()]
    if len(found) != 1:
        raise NdbError("E-TABLE-HEADING", place=source.name, heading=heading or wish, count=len(found))
    choose_column(office, *found[0], target.strip())


def choose_column(office: Office, sheet: SheetMap, column: int, target: str | None) -> None:
    """Remembers what a column of this layout holds: "" for nothing, None for what its heading says.

    A column that held the same before is set to nothing, for a target is held once.

    Raises:
        NdbError: E-TABLE-TARGET (no such thing on such a sheet), E-STORE-*.
    """
    if not 0 <= column < len(sheet.columns):
        raise NdbError("E-TABLE-TARGET", place=sheet.title, target=str(column))
    if target and target not in {one.id for one in vocabulary_of(office).targets(sheet.kind)}:
        raise NdbError("E-TABLE-TARGET", place=sheet.title, target=target)
    kept = remembered(office)
    mine = kept.pop(sheet.key, {})
    mine.pop(column, None)
    if target is not None:
        mine |= {other.number: "" for other in sheet.columns if target and other.target == target}
        mine[column] = target
    if mine:
        kept[sheet.key] = mine
    for key in list(kept)[: max(0, len(kept) - _MOST)]:
        del kept[key]
    office.registry.set_meta(_KEPT, json.dumps(kept))
