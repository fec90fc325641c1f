"""What leaves the house: the public list without any trace of a score (R06), and the sealed internal file.

A public file depends on the set of selected applications alone. Permuting scores inside that set or inside the rest
leaves every byte as it is; a test proves it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ndb_desktop.crypto.sealing import seal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.selection import CATEGORY_ORDER, neutral_key
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.filenames import fit_part, travel_name
from ndb_desktop.formats.sheetbook import write_workbook
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.outcome import check_publishable, unblind
from ndb_desktop.services.results_compute import BatchResult, compute, result_record
from ndb_desktop.services.stage_public import internal_record, passed
from ndb_desktop.services.stage_results import StageResult, compute_stage
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Format = Literal["json", "csv", "xlsx"]

STAGE_TITLES: Mapping[Stage, str] = {
    "acceptance": "stageresult.public.title.acceptance", "effect": "stageresult.public.title.effect",
}  # fmt: skip
_STEER = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One selected applicant (创建对象): who and where, nothing else."""

    category: Category
    field: str
    field_zh: str
    field_en: str
    region: str
    recommender: str
    applicant: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class PublicResults:
    """The public list in neutral order. `proposal` says that a rule pack is a 建议稿.

    In a later `stage` the rows are the bases whose passing was signed.
    """

    batch: str
    title_zh: str
    title_en: str
    year: int
    trial: bool
    proposal: bool
    rows: tuple[PublicRow, ...]
    stage: Stage = "selection"

    def of(self, category: Category) -> tuple[PublicRow, ...]:
        """The rows of one category; the two are never mixed in one list (R01)."""
        return tuple(row for row in self.rows if row.category == category)


def public_results(office: Office, result: BatchResult | StageResult | None = None) -> PublicResults:
    """Who reached the standard and was selected, ordered by category, field, region and credit code.

    In a later stage: which bases passed by a signed decision.

    Raises:
        NdbError: E-FINAL-FIRST, E-FINAL-CHANGED when that is not what was finalised; E-STAGE-CHANGED.
    """
    if office.stage != "selection" and not isinstance(result, BatchResult):
        listed = passed(result or compute_stage(office))
        return _listed(office, [office.cover(name) for name in listed])
    if not isinstance(result, BatchResult):
        result = compute(office)
    check_publishable(office, result)
    chosen = [result.applications[name] for name, state in result.selection.states.items() if state == "selected"]
    return _listed(office, chosen)


def _listed(office: Office, chosen: Iterable[Application]) -> PublicResults:
    batch, later = office.batch, office.stage != "selection"
    packs: Iterable[RulePack | AnyStagePack] = office.stage_packs.values() if later else office.packs.values()
    # Sorted here as well: what is published must not depend on the order anything arrived in.
    listed = sorted(chosen, key=neutral_key)
    return PublicResults(
        batch=batch.id,
        title_zh=batch.title.zh_CN,
        title_en=batch.title.en,
        year=batch.year,
        trial=batch.trial,
        proposal=any(pack.is_proposal for pack in packs),
        rows=tuple(_row(office, application) for application in listed),
        stage=office.stage,
    )


def _row(office: Office, application: Application) -> PublicRow:
    name = office.batch.field_def(application.field).name
    return PublicRow(
        category=application.category,
        field=application.field,
        field_zh=name.zh_CN,
        field_en=name.en,
        region=application.region,
        recommender=application.recommender,
        applicant=application.applicant,
        credit_code=application.credit_code,
    )


def export_results(
    office: Office, target: Path, fmt: Format, *, internal: bool = False, language: str = "zh_CN"
) -> Path:
    """Writes the results to `target` (a file, or a folder to name the file in) and returns the file's path.

    Public: no scores, no order by score, no time. `internal`: everything, sealed to the coordinator and the recovery
    key (open with `age -d -i KEY`); both are logged.

    Raises:
        NdbError: E-STORE-* when the file cannot be written; as `unblind` (internal) and `public_results` (public).
    """
    if internal:
        unblind(office)
    result = compute(office) if office.stage == "selection" else compute_stage(office)
    if internal:
        data = seal(_internal(office, result, fmt, language), [office.coordinator, office.recovery])
        name = travel_name(
            f".{fmt}.age", batch=office.batch.id, role="results", person="internal", at=office.clock(),
            trial=office.batch.trial,
        )  # fmt: skip
    else:
        data = public_bytes(public_results(office, result), fmt, language)
        prefix = "TEST_" if office.batch.trial else ""
        name = f"{prefix}{fit_part(office.batch.id)}_public.{fmt}"
    path = target / name if target.is_dir() else target
    with atomic_write(path) as stream:
        stream.write(data)
    action = "export.internal" if internal else "export.public"
    details = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "result": result.digest, "format": fmt}
    office.log(action, office.batch.id, details)
    return path


def _internal(office: Office, result: BatchResult | StageResult, fmt: Format, language: str) -> bytes:
    """Of a later stage there is one internal file, whole: tables of it are the panel reports."""
    if isinstance(result, BatchResult):
        return internal_bytes(office, result, fmt, language)
    if fmt != "json":
        raise NdbError("E-STAGE-FORMAT")
    return internal_record(office, result)


def public_bytes(results: PublicResults, fmt: Format, language: str = "zh_CN") -> bytes:
    """The public list as a file; the same selected set always gives the same bytes."""
    if fmt == "json":
        content = {
            "format": "ndb-public-results",
            "version": 1,
            "batch": results.batch,
            "title": {"zh_CN": results.title_zh, "en": results.title_en},
            "year": results.year,
            "trial": results.trial,
            "proposal": results.proposal,
            **({} if results.stage == "selection" else {"stage": results.stage}),
            "order": {"zh_CN": text("results.order", "zh_CN"), "en": text("results.order", "en")},
            "lists": [
                {
                    "category": category,
                    "count": len(results.of(category)),
                    ("selected" if results.stage == "selection" else "passed"): [
                        {k: v for k, v in asdict(row).items() if k != "category"} for row in results.of(category)
                    ],
                }
                for category in CATEGORY_ORDER
            ],
        }
        return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"
    notes = [[text("results.order", language)]]
    if results.stage != "selection":
        notes.insert(0, [text(STAGE_TITLES[results.stage], language)])
    if results.trial:
        notes.append([text("results.trial", language)])
    if results.proposal:
        notes.append([text("results.proposal", language)])
    header = [
        text("results.column.category", language), text("results.column.field", language),
        text("results.column.region", language), text("results.column.recommender", language),
        text("results.column.applicant", language), text("results.column.credit_code", language),
    ]  # fmt: skip
    lists = {category: _public_cells(results, category, language) for category in CATEGORY_ORDER}
    if fmt == "csv":
        return csv_bytes([*notes, header, *(row for rows in lists.values() for row in rows)])
    # One sheet per category: the two are never mixed in one list (R01).
    sheets = {category_text(category, language): [header, *rows] for category, rows in lists.items()}
    title = results.title_zh if language == "zh_CN" else results.title_en
    return write_workbook(sheets, {}, (text("results.sheet.notes", language), [[title], [results.batch], *notes]))


def _public_cells(results: PublicResults, category: Category, language: str) -> list[list[str]]:
    name = category_text(category, language)
    return [
        [name, row.field_zh if language == "zh_CN" else row.field_en, row.region, row.recommender, row.applicant,
         row.credit_code]
        for row in results.of(category)
    ]  # fmt: skip


def internal_bytes(office: Office, result: BatchResult, fmt: Format, language: str = "zh_CN") -> bytes:
    """Everything with scores, in neutral order; sealed before it is written anywhere."""
    if fmt == "json":
        content = {
            "format": "ndb-internal-results",
            "version": 1,
            "batch": result.batch,
            "trial": office.batch.trial,
            "digest": result.digest,
            "packs": {category: pack.digest for category, pack in office.packs.items()},
            "trim_levels": {category: pack.settings.trim_level for category, pack in office.packs.items()},
            "results": [
                {
                    "application": name,
                    "applicant": result.applications[name].applicant,
                    "state": result.selection.states[name],
                    "reason": result.selection.reasons.get(name, ""),
                    **result_record(row),
                }
                for name, row in result.results.items()
            ],
            "contradictions": [list(pair) for pair in result.contradictions],
            "late_conflicts": [list(pair) for pair in result.late_conflicts],
            "unconfirmed_keys": list(result.unconfirmed),
            "vetoes": [asdict(veto) for veto in result.vetoes],
        }
        return canonical(content)
    header = [
        text("results.column.application", language), text("results.column.applicant", language),
        text("results.column.category", language), text("results.column.field", language),
        text("results.column.valid", language), text("results.column.published", language),
        text("results.column.state", language), text("results.column.flags", language),
    ]  # fmt: skip
    rows = []
    for name, row in result.results.items():
        application = result.applications[name]
        category = category_text(application.category, language)
        published = "" if row.published is None else f"{row.published:f}"
        state = state_text(result.selection.states[name], language)
        rows.append(
            [name, application.applicant, category, application.field, str(row.n_valid), published, state,
             str(len(row.flags))]
        )  # fmt: skip
    if fmt == "csv":
        return csv_bytes([header, *rows])
    notes = [[office.batch.title.get(language)], [text("results.order", language)]]
    sheets = {text("results.sheet.internal", language): [header, *rows]}
    return write_workbook(sheets, {}, (text("results.sheet.notes", language), notes))


def category_text(category: Category, language: str) -> str:
    """The name of a category (示范园区, 示范企业)."""
    return text("results.category.park" if category == "park" else "results.category.enterprise", language)


def state_text(state: str, language: str) -> str:
    """The name of a selection state (达标并入选, …)."""
    keys = {
        "selected": "results.state.selected",
        "not_selected": "results.state.not_selected",
        "pending": "results.state.pending",
        "below": "results.state.below",
        "invalid": "results.state.invalid",
    }
    return text(keys[state], language)


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV for spreadsheets: UTF-8 with a mark, CRLF, and no cell that could start a formula."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([[neutral_cell(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


def neutral_cell(cell: str) -> str:
    """A cell as text: an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_STEER) else cell
