"""What an import says line by line: of every application what becomes of it, of every document how it was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.fielddiff import FieldChange, changes, flat
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.intake_prepare import Prepared

EntryState = Literal["new", "changed", "unchanged", "bad", "gone"]
DocumentState = Literal["matched", "missing", "extra", "unreadable"]
_AT = re.compile(r": documents\[([0-9]+)\]$")


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """An application of the hand-over (or, `gone`, only of the registry) and, if changed, every field that differs."""

    application: str
    applicant: str
    place: str
    state: EntryState
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document: SHA-256 (hex), size in bytes and pages of what experts will read; `fault` says what is wrong."""

    application: str
    name: str
    state: DocumentState
    sha256: str = ""
    size: int = 0
    pages: int = 0
    fault: Fault | None = None


def stray_lines(faults: Iterable[Fault]) -> Iterator[DocumentLine]:
    """Files and folders of the hand-over that could not be given to any application."""
    for fault in faults:
        if fault.code in ("E-IMPORT-ORPHAN", "E-TABLE-STRAY", "E-HAND-STRAY"):
            yield DocumentLine("", fault.params["name"], "extra", fault=fault)
        elif fault.code.split("-")[1] == "HAND" and "name" in fault.params:
            yield DocumentLine("", fault.params["name"], "unreadable", fault=fault)


def fields_of(known: Application | None, complete: Application) -> tuple[FieldChange, ...]:
    """Field by field what differs from the version on record; nothing for a new application."""
    if known is None:
        return ()
    before, after = (flat(json.loads(application_to_json(version))) for version in (known, complete))
    return changes(before, after)


def document_lines(prepared: Prepared) -> Iterator[DocumentLine]:
    """Every document of one application: those listed in their order, then the extra ones."""
    application = prepared.wanted.application
    wrong: dict[int, Fault] = {}
    extra: list[Fault] = []
    for fault in prepared.faults:
        if fault.code == "E-IMPORT-UNLISTED":
            extra.append(fault)
        elif match := _AT.search(fault.place):
            wrong.setdefault(int(match.group(1)), fault)
    found: dict[str, Document] = {document.id: document for document in prepared.found}
    for number, document in enumerate(application.documents):
        if (said := wrong.get(number)) is not None:
            state: DocumentState = "missing" if said.code == "E-IMPORT-ABSENT" else "unreadable"
            yield DocumentLine(application.id, document.name, state, fault=said)
        elif (facts := found.get(document.id)) is not None:
            yield DocumentLine(application.id, document.name, "matched", facts.sha256, facts.size, facts.pages)
    for fault in extra:
        yield DocumentLine(application.id, fault.params["name"], "extra", fault=fault)
