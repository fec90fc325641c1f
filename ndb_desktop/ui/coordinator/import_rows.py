"""Rows and words of the import preview (导入预览): faults by cell, changes field by field, documents, columns."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.fielddiff import FieldChange
from ndb_desktop.formats.importmap import ColumnMap, Target
from ndb_desktop.formats.packcells import letter
from ndb_desktop.services.intake import ImportReport
from ndb_desktop.services.intake_lines import DocumentLine, ImportEntry
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column

_CELL = re.compile(r"^(?P<sheet>[^!]*)!(?P<column>[A-Z]{1,3})(?P<row>[0-9]+)$")
_LINE = re.compile(r"^(?P<sheet>.*?):(?P<row>[0-9]+)(?:: (?P<column>.*))?$")
_STATES = {
    "new": ("plus", "accent"),
    "changed": ("pen-line", "warning"),
    "unchanged": ("check", "muted"),
    "bad": ("circle-x", "danger"),
    "gone": ("circle-minus", "muted"),
    "matched": ("circle-check", "accent"),
    "missing": ("circle-slash", "danger"),
    "extra": ("circle-question-mark", "warning"),
    "unreadable": ("file-x", "danger"),
}


@dataclass(frozen=True)
class Trouble:
    """A fault or warning at its row and column (a letter, of a JSON line the part)."""

    fault: Fault
    stops: bool
    sheet: str
    row: str
    column: str


def troubles(report: ImportReport) -> tuple[Trouble, ...]:
    """Everything found, faults first, each where it stands."""
    return tuple(
        _trouble(fault, stops) for found, stops in ((report.faults, True), (report.warnings, False)) for fault in found
    )


def _trouble(fault: Fault, stops: bool) -> Trouble:
    match = _CELL.match(fault.place) or _LINE.match(fault.place)
    if match is None:
        return Trouble(fault, stops, fault.place, "", "")
    # Of a document that cannot be read its name says more than its number in the list.
    named = fault.params.get("name", "") if fault.code.startswith("E-DOC-") else ""
    return Trouble(fault, stops, match["sheet"], match["row"], named or match["column"] or "")


def grade(trouble: Trouble) -> str:
    """Fault or warning, in words."""
    return tr("importing.fault") if trouble.stops else tr("importing.warning")


def trouble_columns() -> tuple[Column[Trouble], ...]:
    return (
        Column(
            tr("importing.column.grade"), grade, width=108,
            icon=lambda t: ("circle-x", "danger") if t.stops else ("triangle-alert", "warning"),
        ),
        Column(tr("importing.column.sheet"), lambda t: t.sheet, width=110),
        Column(tr("importing.column.row"), lambda t: t.row, number=True, width=56, sort=lambda t: int(t.row or 0)),
        Column(tr("importing.column.column"), lambda t: t.column, width=76, sort=lambda t: (len(t.column), t.column)),
        Column(tr("importing.column.said"), lambda t: i18n.fault(t.fault), stretch=True),
        Column(tr("column.code.error"), lambda t: t.fault.code, width=150),
    )  # fmt: skip


def trouble_line(trouble: Trouble) -> str:
    """One line of the copied list, cells apart by tabs so that a spreadsheet takes it."""
    cells = (
        grade(trouble), trouble.sheet, trouble.row, trouble.column, i18n.fault(trouble.fault), trouble.fault.code,
    )  # fmt: skip
    # What a file says must not become a formula when it is pasted.
    return "\t".join(f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in map(_one_line, cells))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def state_name(state: str) -> str:
    """What becomes of an application, or how a document was found, in words."""
    return {
        "new": tr("importing.state.new"),
        "changed": tr("importing.state.changed"),
        "unchanged": tr("importing.state.unchanged"),
        "bad": tr("importing.state.bad"),
        "gone": tr("importing.state.gone"),
        "matched": tr("importing.state.matched"),
        "missing": tr("importing.state.missing"),
        "extra": tr("importing.state.extra"),
        "unreadable": tr("importing.state.unreadable"),
    }[state]


def entry_columns() -> tuple[Column[ImportEntry], ...]:
    return (
        Column(tr("column.state"), lambda e: state_name(e.state), icon=lambda e: _STATES[e.state], width=120),
        Column(tr("column.id"), lambda e: e.application, width=110),
        Column(tr("column.applicant"), lambda e: e.applicant, stretch=True),
        Column(tr("importing.column.what"), _entry_words, width=140),
        Column(tr("importing.column.row"), lambda e: e.place, width=130),
    )


def _entry_words(entry: ImportEntry) -> str:
    if entry.state == "gone":
        return tr("importing.fields.kept")
    return tr("importing.fields.count", count=len(entry.fields)) if entry.fields else ""


def document_columns() -> tuple[Column[DocumentLine], ...]:
    return (
        Column(tr("column.state"), lambda d: state_name(d.state), icon=lambda d: _STATES[d.state], width=126),
        Column(tr("column.id"), lambda d: d.application, width=96),
        Column(tr("column.file"), lambda d: d.name, width=160),
        Column(tr("column.pages"), lambda d: str(d.pages or ""), number=True, sort=lambda d: d.pages, width=60),
        Column(
            tr("importing.column.size"), lambda d: i18n.file_size(d.size) if d.size else "", number=True,
            sort=lambda d: d.size, width=76,
        ),
        Column(tr("importing.column.digest"), lambda d: d.sha256[:12], width=130),
        Column(tr("column.why"), lambda d: i18n.fault(d.fault) if d.fault else "", stretch=True),
    )  # fmt: skip


def column_columns(names: dict[str, str]) -> tuple[Column[ColumnMap], ...]:
    """The columns of the table of columns; `names` gives what they can hold in words."""
    return (
        Column(
            tr("importing.column.column"), lambda c: letter(c.number), width=64,
            sort=lambda c: c.number,
        ),
        Column(tr("importing.column.heading"), lambda c: c.heading, width=180),
        Column(tr("importing.column.samples"), lambda c: tr("list.separator").join(c.samples), stretch=True),
        Column(
            tr("importing.column.taken"), lambda c: names.get(c.target, c.target) or tr("importing.ignored"), width=190,
            icon=lambda c: ("circle-check", "accent") if c.target else ("circle-minus", "muted"),
        ),
        Column(tr("importing.column.how"), _how, width=92),
    )  # fmt: skip


def _how(column: ColumnMap) -> str:
    return {
        "heading": tr("importing.how.heading"),
        "chosen": tr("importing.how.chosen"),
        "open": tr("importing.how.open"),
    }[column.how]


def target_names(targets: Sequence[Target]) -> dict[str, str]:
    """What columns can hold, in words by id."""
    return {target.id: _target_name(target) for target in targets}


def _target_name(target: Target) -> str:
    if target.item is None:
        return _part_name(target.id)
    return " ".join(part for part in (i18n.local(target.item.label), target.year) if part)


def _part_name(name: str) -> str:
    key = f"importing.target.{name}"
    return tr(key) if name in PARTS else name


PARTS = frozenset(
    (
        "id", "category", "field", "applicant", "credit_code", "region", "recommender", "year", "special_region",
        "affiliates", "summary", "application", "code", "value", "unit", "source", "indicator", "measure", "base",
        "base_year", "target", "target_year", "statement", "title", "owner", "milestone", "deliverable", "check",
        "weight", "class", "name", "number", "date", "valid", "document", "page", "file", "sha256", "mime", "size",
        "pages", "origin", "data", "values", "verified", "objects", "flag", "evidence", "targets", "tasks", "actuals",
        "promised",
        "documents",
    )
)  # fmt: skip
"""What `importing.target.…` has a word for."""


def field_name(path: str, labels: dict[str, str]) -> str:
    """A path of a change in words: `data.revenue.values.2024` by the name the rule pack has for it."""
    parts = [part.replace("~1", ".").replace("~0", "~") for part in path.split(".")]
    if parts[0] == "data" and len(parts) > 2 and parts[1] in labels:
        shown = [labels[parts[1]], *(_part_name(part) for part in parts[2:] if part != "values")]
    else:
        shown = [_part_name(part) for part in parts]
    return " · ".join("" if part == "~2" else part for part in shown if part and part != "~2")


def value_words(value: str | None) -> str:
    """A value of a change as people read it."""
    if value is None:
        return "—"
    if value in ("true", "false"):
        return tr("importing.yes") if value == "true" else tr("importing.no")
    return str(json.loads(value)) if value.startswith('"') else value


def field_columns(labels: dict[str, str]) -> tuple[Column[FieldChange], ...]:
    """The columns of the changes of one application; `labels` names data items by code."""
    return (
        Column(tr("importing.column.what_field"), lambda c: field_name(c.path, labels), width=320),
        Column(tr("importing.column.old"), lambda c: value_words(c.old), width=280),
        Column(tr("importing.column.new"), lambda c: value_words(c.new), stretch=True),
    )
