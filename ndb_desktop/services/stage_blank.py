"""Blank forms of 阶段材料 for the bases: a folder for each, with everything filled in but what was reached.

What stands in a row (base, measure, unit, year) is what the import tells rows apart by. Targets, base values and tasks
are not in it: they were promised, and a column for them would stop the import. A form sent back as it is imports with
every value missing (缺报).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.stagecase import Promise
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.formats.handover import DOCUMENTS
from ndb_desktop.formats.importmap import unit_of, words
from ndb_desktop.formats.sheetbook import write_workbook
from ndb_desktop.services.stage_work import case_of
from ndb_desktop.services.succession_link import frozen_application, frozen_bytes, link_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

BlankFormat = Literal["xlsx", "csv"]
_COLUMNS: dict[str, str] = {
    "application": "stageblank.column.application",
    "applicant": "stageblank.column.applicant",
    "credit_code": "stageblank.column.credit_code",
    "measure": "stageblank.column.measure",
    "label": "stageblank.column.label",
    "value": "stageblank.column.value",
    "unit": "stageblank.column.unit",
    "year": "stageblank.column.year",
    "statement": "stageblank.column.statement",
    "document": "stageblank.column.document",
    "page": "stageblank.column.page",
}
"""The headings; `applicant` and `label` are for people, and the import leaves them alone."""
_STEER = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class BlankForm:
    """The form of one base: its folder, and how many values it asks for."""

    application: str
    folder: Path
    rows: int


def blank_forms(
    office: Office,
    target: Path,
    fmt: BlankFormat = "xlsx",
    *,
    bases: Sequence[str] = (),
    language: str = "zh_CN",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> tuple[BlankForm, ...]:
    """Writes a folder for each base (for `bases`, else for all) into `target`; nothing that is there is written over.

    In each stand the table and an empty `documents/<base>` for the evidence. What `cancel` leaves are whole forms.

    Raises:
        NdbError: E-STAGE-BLANK in a registry of selection, E-OFFICE-APPLICATION for what is no base of it,
            E-STAGE-PACK-NONE, E-STORE-EXISTS when a form of a base is there already, E-STORE-*.
        FaultsError, NdbError: as `stage_case`.
        Cancelled: by `cancel`.
    """
    link = link_of(office)
    if link is None or office.stage == "selection":
        raise NdbError("E-STAGE-BLANK")
    known = [ref.application for ref in link.bases]
    if strange := [name for name in bases if name not in known]:
        raise NdbError("E-OFFICE-APPLICATION", application=strange[0])
    listed = [frozen_application(office, name) for name in known if not bases or name in bases]
    folders = {one.id: target / _folder_name(one, trial=office.batch.trial) for one in listed}
    for folder in folders.values():
        # A form that was filled in may lie there.
        if folder.exists():
            raise NdbError("E-STORE-EXISTS", place=folder.name)
    made = []
    for done, one in enumerate(listed):
        if cancel is not None:
            cancel.check()
        progress(done, len(listed), one.applicant)
        made.append(_write(office, one, folders[one.id], fmt, language))
    return tuple(made)


def _write(office: Office, base: Application, folder: Path, fmt: BlankFormat, language: str) -> BlankForm:
    title, notes = text("stageblank.sheet", language), text("stageblank.notes", language)
    rows, lines = _rows(office, base, language), _notes(office, base, language)
    with known_os_errors(folder.name):
        (folder / DOCUMENTS / base.id).mkdir(parents=True)
    files = (
        {f"{title}.xlsx": write_workbook({title: rows}, {}, (notes, lines))}
        if fmt == "xlsx"
        else {f"{notes}.csv": _csv(lines), f"{title}.csv": _csv(rows)}
    )
    for name, data in files.items():
        with atomic_write(folder / name) as stream:
            stream.write(data)
    return BlankForm(base.id, folder, len(rows) - 1)


def _rows(office: Office, base: Application, language: str) -> list[list[str]]:
    """The headings, and a row for every target of the base in the order of the pack."""
    pack = office.stage_packs.get(base.category)
    if pack is None:
        raise NdbError("E-STAGE-PACK-NONE", place=base.id, category=base.category)
    case = case_of(pack, office.packs[base.category], frozen_bytes(office, base.id))
    rows = [[text(key, language) for key in _COLUMNS.values()]]
    for promise in case.promised:
        label = promise.measured.label
        cells = {
            "application": base.id,
            "applicant": base.applicant,
            "credit_code": base.credit_code,
            "measure": promise.id,
            "label": label.get(language),
            "unit": _unit(promise.measured.unit, language),
            "year": str(_year(office, promise)),
        }
        rows.append([cells.get(name, "") for name in _COLUMNS])
    return rows


def _year(office: Office, promise: Promise) -> int:
    """The year of the target; 成效评估 looks at the last whole year, which a base may correct."""
    return promise.target_year if office.stage == "acceptance" else office.batch.year - 1


def _unit(unit: str, language: str) -> str:
    """A unit in words the import knows."""
    said = text(f"unit.{unit}", language)
    spellings = words()["units"].get(unit, [])
    return said if unit_of(said) == unit else (spellings[0] if spellings else unit)


def _notes(office: Office, base: Application, language: str) -> list[list[str]]:
    """How to fill it in, a line each."""
    values = {"base": base.id, "applicant": base.applicant, "batch": office.batch.id}
    first = office.stage == "acceptance"
    head = text("stageblank.title.acceptance" if first else "stageblank.title.effect", language, **values)
    year = "stageblank.year.acceptance" if first else "stageblank.year.effect"
    said = ["stageblank.fill", year, "stageblank.unit", "stageblank.missing", "stageblank.evidence", "stageblank.back"]
    return [[head], *([text(key, language, base=base.id)] for key in said)]


def _folder_name(base: Application, *, trial: bool) -> str:
    parts = [TRIAL_PREFIX] if trial else []
    return "_".join([*parts, fit_part(base.id), fit_part(base.applicant)])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """With a mark, so that spreadsheets read UTF-8; no cell begins like a formula."""
    stream = io.StringIO(newline="")
    safe = [[f"'{cell}" if cell.startswith(_STEER) else cell for cell in row] for row in rows]
    csv.writer(stream, lineterminator="\r\n").writerows(safe)
    return stream.getvalue().encode("utf-8-sig")
