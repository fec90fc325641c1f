"""阶段材料: what a base hands in for 评估验收 or 成效评估, one line of `actuals.jsonl`, read as hostile input.

It says what was reached and with which documents, nothing else: targets, base values and tasks were promised and are
never taken from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Actual, Document
from ndb_desktop.formats.applicationrecord import MAX_SIZE, DeclaredRecord, DocumentRecord, Id
from ndb_desktop.formats.applications import read_actual, read_document
from ndb_desktop.formats.records import Findings, decode

LINES = "actuals.jsonl"
PROMISED = frozenset(
    {"target", "targets", "target_year", "base", "base_year", "task", "tasks", "weight", "direction", "data"}
)
"""Members and columns that would say anew what was promised."""


class StageFormRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A base by the id of its application, its credit code, or both; what it reached; its documents."""

    actuals: Annotated[list[DeclaredRecord], msgspec.Meta(max_length=200)]
    documents: Annotated[list[DocumentRecord], msgspec.Meta(max_length=500)]
    application: Id | None = None
    credit_code: Annotated[str, msgspec.Meta(max_length=18)] = ""


@dataclass(frozen=True, slots=True)
class StageForm:
    """阶段材料 of one base as it was read; `application` "" where only the credit code says whose it is."""

    application: str
    credit_code: str
    actuals: tuple[Actual, ...]
    documents: tuple[Document, ...]


def stage_form_from_json(raw: bytes, place: str = "") -> StageForm:
    """One line of the form.

    Raises:
        NdbError: `E-STAGE-PROMISED` for a target, base value or task, `E-RECORD-…` for any other wrong structure.
        FaultsError: every value that is no number, at its place.
    """
    try:
        record = decode(raw, StageFormRecord, max_size=MAX_SIZE, place=place)
    except NdbError as error:
        name = error.params.get("name", "")
        if error.code == "E-RECORD-UNKNOWN" and name in PROMISED:
            raise NdbError("E-STAGE-PROMISED", place=error.fault.place, name=name) from None
        raise
    found = Findings(place)
    actuals = tuple(read_actual(f"actuals[{n}]", one, found) for n, one in enumerate(record.actuals))
    found.done()
    documents = tuple(read_document(one) for one in record.documents)
    return StageForm(record.application or "", record.credit_code, actuals, documents)
