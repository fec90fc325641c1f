"""交接包 whose applications stand in a table (`.xlsx`, `.csv`) instead of `applications.jsonl`.

A table alone with a folder of documents beside it, or a folder or ZIP with tables at its top and `documents/` below.
Documents are matched by folder (named by id, credit code or applicant) or by a list of files; what belongs to nobody is
told. Everything else is the hand-over's: links, names and sizes are checked there.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.handover import DOCUMENTS, LINES, MAX_LINES, TABLES, Handover, open_handover, open_loose
from ndb_desktop.formats.importmap import Chosen, SheetMap, Vocabulary, bare, map_sheets
from ndb_desktop.formats.tablefile import TableFile, TableSheet, Tell, read_table, untold
from ndb_desktop.formats.tablerows import RowRecord, TableRows, table_rows
from ndb_desktop.formats.tables import MAX_SIZE
from ndb_desktop.storage.atomic import known_os_errors


@dataclass(frozen=True, slots=True)
class Form:
    """What a hand-over is of: the file that leads it where no table does, and how the rows of tables are read."""

    lines: str
    rows: Callable[[Sequence[TableSheet], Sequence[SheetMap], Any, Tell], TableRows]


APPLICATIONS = Form(LINES, table_rows)
"""申报材料."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def open_source(
    source: Path,
    vocabulary: Vocabulary,
    chosen: Chosen | None = None,
    documents: Path | None = None,
    tell: Tell = untold,
    form: Form = APPLICATIONS,
) -> Handover:
    """Opens a hand-over. `documents` is the folder of a table that stands alone, else the one beside it.

    `tell` hears how far reading the tables is, and may end it by raising.

    Raises:
        NdbError: as `open_handover` and `read_table`; E-HAND-NO-DOCUMENTS when `documents` is no folder.
    """
    if source.is_file() and source.suffix.lower() in TABLES:
        return _alone(source, vocabulary, chosen or {}, documents, tell, form)
    inner = open_loose(source, lines=form.lines)
    if inner is None:
        return open_handover(source, form.lines)
    try:
        names = sorted(name for name in inner.files if "/" not in name)
        tables = [_read(inner, name, tell) for name in names]
        return TableHandover(inner, tables, vocabulary, chosen or {}, tell=tell, form=form)
    except BaseException:
        inner.close()
        raise


def _alone(
    source: Path, vocabulary: Vocabulary, chosen: Chosen, documents: Path | None, tell: Tell, form: Form
) -> Handover:
    with known_os_errors(source.name), source.open("rb") as stream:
        table = read_table(stream.read(MAX_SIZE + 1), source.name, tell)
    beside = source.parent / DOCUMENTS
    folder = documents or (beside if beside.is_dir() else None)
    if folder is not None and not folder.is_dir():
        raise NdbError("E-HAND-NO-DOCUMENTS", place=folder.name)
    inner = open_loose(folder, f"{DOCUMENTS}/") if folder is not None else None
    return TableHandover(inner, [table], vocabulary, chosen, source.name, tell, form)


def _read(inner: Handover, name: str, tell: Tell) -> TableFile:
    with inner.open(name) as stream:
        return read_table(stream.read(MAX_SIZE + 1), name, tell)


class TableHandover(Handover):
    """Tables read and mapped, documents matched. `tables`, `maps` and `layout` are for the preview."""

    def __init__(
        self,
        inner: Handover | None,
        tables: Sequence[TableFile],
        vocabulary: Vocabulary,
        chosen: Chosen,
        place: str = "",
        tell: Tell = untold,
        form: Form = APPLICATIONS,
    ) -> None:
        super().__init__(place or (inner.place if inner is not None else ""), form.lines)
        self._main = vocabulary.kinds[0]
        self._inner = inner
        self.tables = tuple(tables)
        sheets = [sheet for table in tables for sheet in table.sheets]
        self.maps: tuple[SheetMap, ...] = map_sheets(sheets, vocabulary, chosen)
        self.rows: TableRows = form.rows(sheets, self.maps, vocabulary, tell)
        self._by_place = {record.place: record for record in self.rows.records}
        self.faults.extend(inner.faults if inner is not None else ())
        self.faults.extend(self.rows.faults)
        self.warnings = [*(w for table in tables for w in table.warnings), *self.rows.warnings]
        self.whole = not self.rows.faults
        self._share_faults([*(fault for table in tables for fault in table.faults), *self.rows.cells])
        self._given: dict[str, dict[str, str]] = {}
        self._used: set[str] = set()
        matching = _Matching(sorted(name for name in inner.files if "/" in name) if inner is not None else [])
        for record in self.rows.records:
            self._match(record, matching)
        self._note_extras(matching)

    def _share_faults(self, faults: Sequence[Fault]) -> None:
        """A cell's fault makes its application bad, on whichever sheet; one that is nobody's stops all."""
        for fault in faults:
            title, _, cell = fault.place.rpartition("!")
            record = self.rows.owners.get(f"{title}:{''.join(filter(str.isdigit, cell))}")
            if record is None:
                self.faults.append(fault)
            else:
                # What could not be taken is not blank as well.
                blank = [one for one in record.faults if (one.code, one.place) == ("E-TABLE-BLANK", fault.place)]
                record.faults = [one for one in record.faults if one not in blank] + [fault]
            # A row of an application that is not in the table says nothing of those that are.
            self.whole &= record is not None or fault.code in ("E-TABLE-APPLICATION", "E-SUCCESSION-STRANGER")

    # ----- applications -----

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Row number and JSON of every application."""
        if len(self.rows.records) > MAX_LINES:
            raise NdbError("E-HAND-LINES", place=self.place, most=MAX_LINES)
        for record in self.rows.records:
            number = int(record.place.rpartition(":")[2])
            yield number, json.dumps(record.value, ensure_ascii=False).encode()

    def line_place(self, number: int) -> str:
        title = next((mapped.title for mapped in self.maps if mapped.kind == self._main), self.place)
        return f"{title}:{number}"

    def line_faults(self, number: int) -> tuple[str, str, Sequence[Fault]]:
        record = self._by_place[self.line_place(number)]
        applicant = str(record.value.get("applicant", ""))
        return record.id, applicant, sorted(record.faults, key=lambda fault: (len(fault.place), fault.place))

    def located(self, fault: Fault) -> Fault:
        place, _, path = fault.place.partition(": ")
        record = self._by_place.get(place)
        if record is None or not path:
            return fault
        # Of a document the row says nothing; its place in the list of files would not help.
        return Fault(fault.code, record.cell_of(path), fault.params)

    # ----- documents -----

    def _match(self, record: RowRecord, matching: _Matching) -> None:
        folder = matching.folder(record)
        given = dict(matching.files_in(folder)) if folder else {}
        documents: list[dict[str, Any]] = []
        mine = [one for one in self.rows.listed or () if one.application == record.id]
        for one in mine:
            path = matching.find(one.file, folder)
            name = PurePosixPath(path or one.file.replace("\\", "/")).name or "?"
            if path is not None:
                given = {known: at for known, at in given.items() if at != path} | {name: path}
            entry = {"id": one.id or _document_id(name), "name": name, "title": one.title or _title(name)}
            record.places[f"documents[{len(documents)}]"] = one.place
            documents.append(entry | ({"sha256": one.sha256} if one.sha256 else {}))
        if not mine:
            documents = [{"id": _document_id(n), "name": n, "title": _title(n)} for n in sorted(given)]
        if not documents:
            self.warnings.append(Fault("E-TABLE-NO-DOCUMENTS", record.place, {"application": record.id}))
        record.value["documents"] = documents
        names = {entry["title"]: entry["id"] for entry in documents} | {one["name"]: one["id"] for one in documents}
        for part in record.proven:
            for ref in part.get("evidence", ()):
                # People point at files by name or title as well as by id.
                ref["document"] = names.get(ref["document"], ref["document"])
        self._given[record.id] = given
        self._used.update(given.values())

    def _note_extras(self, matching: _Matching) -> None:
        told: set[str] = set()
        # Without a single row everything would be extra.
        for path in matching.paths if self.rows.records else ():
            parts = path.split("/")
            name = parts[1]
            if path in self._used or name in told:
                continue
            code = "E-IMPORT-ORPHAN" if len(parts) > 2 else "E-TABLE-STRAY"
            self.faults.append(Fault(code, self.place, {"name": name}))
            told.add(name)

    def documents(self, application: str) -> Mapping[str, int]:
        files = self._inner.files if self._inner is not None else {}
        return {name: files[path] for name, path in self._given.get(application, {}).items()}

    def orphans(self, known: frozenset[str]) -> list[str]:  # noqa: ARG002
        """None: they were told while documents were matched."""
        return []

    def open(self, name: str) -> BinaryIO:
        if self._inner is None:
            raise NdbError("E-IMPORT-ABSENT", name=name)
        _, application, file = name.split("/", 2)
        return self._inner.open(self._given[application][file])

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()


class _Matching:
    """Files below `documents/` by what people call folders and files."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._folders: dict[str, dict[str, str]] = {}
        self._by_name: dict[str, str] = {}
        for path in paths:
            parts = path.split("/")
            self._by_name["/".join(bare_name(part) for part in parts[1:])] = path
            if len(parts) > 2:
                self._folders.setdefault(parts[1], {})["/".join(parts[2:]).replace("/", "_")] = path
        self._bare = {bare(name): name for name in self._folders}

    def folder(self, record: RowRecord) -> str:
        """The folder of an application: its id, credit code or applicant, or what begins with its id and a mark."""
        value = record.value
        others = record.folders or (str(value.get("credit_code", "")), str(value.get("applicant", "")))
        for name in (record.id, *others):
            if name and (found := self._bare.get(bare(name))):
                return found
        start = record.id.casefold()
        begun = [n for n in self._folders if start and re.match(re.escape(start) + r"[_ \u3000(\uff08]", n.casefold())]
        return begun[0] if len(begun) == 1 else ""

    def files_in(self, folder: str) -> Mapping[str, str]:
        """File name to path."""
        return self._folders.get(folder, {})

    def find(self, file: str, folder: str) -> str | None:
        """The path a list of files means: from `documents` on, or inside the application's own folder."""
        parts = [bare_name(part) for part in file.replace("\\", "/").split("/") if part not in ("", ".")]
        if parts[:1] == [DOCUMENTS]:
            parts = parts[1:]
        own = "/".join([bare_name(folder), *parts])
        return self._by_name.get(own) or self._by_name.get("/".join(parts))


def bare_name(name: str) -> str:
    """A file's or folder's name without width and case."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _title(name: str) -> str:
    return PurePosixPath(name).stem[:200] or name


def _document_id(name: str) -> str:
    """The same for the same file name in every hand-over, so that one more file changes no other's id."""
    stem = PurePosixPath(name).stem
    return stem if _ID.fullmatch(stem) else f"F{hashlib.sha256(name.encode()).hexdigest()[:12]}"
