"""Rows of mapped tables as applications (申报材料) in the JSON of the hand-over, with the cell each part came from.

What a cell says is only respelt (width, thousands separators, dates, closed words), never corrected; the strict reader
of applications judges the result, and its faults find their way back to the cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ndb_desktop.domain.errors import Fault
from ndb_desktop.formats.importmap import SheetMap, Vocabulary, bare, spoken_flags, unit_of, yes_or_no
from ndb_desktop.formats.tablefile import TOLD_EVERY, TableSheet, Tell, cell_place, untold
from ndb_desktop.formats.tables import lookup_word
from ndb_desktop.texts import text

_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})[-/.\u5e74]([0-9]{1,2})[-/.\u6708]([0-9]{1,2})\u65e5?")
_YEAR = re.compile(r"([0-9]{4})\u5e74?\u5ea6?", re.ASCII)
_LIST = re.compile(r"[;\uff1b\u3001|\n]+")
_NARROW = ("id", "category", "field", "credit_code", "region", "year")
_SOURCES = ("statistics", "audit", "tax", "certificate", "contract", "self")


@dataclass
class RowRecord:
    """An application as one row says it. `places` leads from a part (`data.revenue`) to its cell.

    `folders` are names its documents' folder may have; without any its credit code and applicant are.
    """

    id: str
    place: str
    value: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    folders: tuple[str, ...] = ()

    @property
    def proven(self) -> list[dict[str, Any]]:
        """Every part that can point to evidence."""
        return [*self.value.get("data", {}).values(), *self.value.get("actuals", ())]

    def cell_of(self, path: str) -> str:
        """The cell a part of the application came from, else the row."""
        while path:
            if path in self.places:
                return self.places[path]
            path = re.sub(r"(\.[^.\[]*|\[[^\[\]]*\])$", "", path) if re.search(r"[.\[]", path) else ""
        return self.place


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of files (文件清单)."""

    application: str
    file: str
    id: str
    title: str
    sha256: str
    place: str


@dataclass
class TableRows:
    """Everything the sheets say together. `listed` is None where no list of files came along."""

    records: list[RowRecord] = field(default_factory=list)
    listed: list[Listed] | None = None
    faults: list[Fault] = field(default_factory=list)
    """Of sheets as a whole: with one of them nothing can be taken."""
    cells: list[Fault] = field(default_factory=list)
    """At single cells; `owners` tells by row (`sheet:12`) whose they are."""
    owners: dict[str, RowRecord] = field(default_factory=dict)
    warnings: list[Fault] = field(default_factory=list)


def narrow(words: str) -> str:
    """Codes and numbers in half width without spaces around and inside."""
    return "".join(unicodedata.normalize("NFKC", words).split())


def number_text(words: str) -> str:
    """A number in half width without separators of thousands; anything else as it stands."""
    plain = narrow(words).replace("\u2212", "-")
    return plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain


def date_text(words: str) -> str:
    """`2025年1月3日`, `2025/1/3` as an ISO date; anything else as it stands."""
    plain = narrow(words)
    match = _DATE.fullmatch(plain)
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else plain


def year_text(words: str) -> str:
    """`2025` of `2025年`, `2025年度`; "" for anything else."""
    match = _YEAR.fullmatch(narrow(words))
    return match[1] if match else ""


def table_rows(
    sheets: Sequence[TableSheet], maps: Sequence[SheetMap], vocabulary: Vocabulary, tell: Tell = untold
) -> TableRows:
    """The applications of all sheets together."""
    return _Builder(vocabulary, tell).build(sheets, maps)


Cells = Mapping[str, tuple[str, str]]
"""What a row says: target -> text and cell."""


def read_rows(
    sheet: TableSheet, mapped: SheetMap, out: TableRows, narrowed: dict[str, int], tell: Tell
) -> Iterator[tuple[str, Cells]]:
    """Place and cells of every row below the headings; what lies beside the columns goes to `out`.

    `narrowed` counts by heading the cells whose full width will be narrowed.
    """
    targets = [(column.number, column.target) for column in mapped.columns if column.target]
    for done, (number, texts) in enumerate(sheet.rows.items(), 1):
        if done % TOLD_EVERY == 0:
            tell(done, len(sheet.rows), sheet.title)
        if number <= mapped.heading_row:
            continue
        for column in range(len(mapped.columns), len(texts)):
            if texts[column]:
                out.cells.append(Fault("E-TABLE-BEYOND", cell_place(sheet.title, number, column)))
        cells: dict[str, tuple[str, str]] = {}
        for column, target in targets:
            words = texts[column] if column < len(texts) else ""
            if words:
                cells[target] = (words, cell_place(sheet.title, number, column))
                if _wide(target, words):
                    head = cell_place(sheet.title, mapped.heading_row, column)
                    narrowed[head] = narrowed.get(head, 0) + 1
        if cells:
            yield f"{sheet.title}:{number}", cells


class _Builder:
    def __init__(self, vocabulary: Vocabulary, tell: Tell) -> None:
        self.vocabulary, self._tell = vocabulary, tell
        self.out = TableRows()
        self._by_id: dict[str, RowRecord] = {}
        self._narrowed: dict[str, int] = {}

    def build(self, sheets: Sequence[TableSheet], maps: Sequence[SheetMap]) -> TableRows:
        pairs = sorted(zip(sheets, maps, strict=True), key=lambda pair: pair[1].kind != "applications")
        for sheet, mapped in pairs:
            self.out.faults.extend(mapped.faults)
            if not mapped.kind:
                self.out.warnings.append(Fault("E-TABLE-SHEET", sheet.title, {"sheet": sheet.title}))
            if not mapped.kind or mapped.faults:
                continue
            if mapped.kind == "documents":
                self.out.listed = self.out.listed or []
            for place, cells in read_rows(sheet, mapped, self.out, self._narrowed, self._tell):
                if mapped.kind == "applications":
                    self._application(place, cells, mapped)
                else:
                    self._more(mapped.kind, place, cells)
        for place, count in self._narrowed.items():
            self.out.warnings.append(Fault("E-TABLE-WIDTH", place, {"count": str(count)}))
        return self.out

    # ----- the sheet of applications -----

    def _application(self, place: str, cells: Cells, mapped: SheetMap) -> None:
        record = RowRecord(narrow(cells.get("id", ("", ""))[0]), place, {"data": {}, "targets": [], "tasks": []})
        units = {column.target: column.unit for column in mapped.columns}
        for target, (words, cell) in cells.items():
            if target.startswith("data."):
                code, _, year = target.removeprefix("data.").partition(".")
                self._datum(record, code, year, words, cell, units[target], "self")
            else:
                record.places[target] = cell
                record.value[target] = self._field(record, target, words, cell)
        for name in ("id", "category", "field", "applicant", "credit_code", "region", "recommender", "year"):
            if name not in record.value:
                column = next(c.number for c in mapped.columns if c.target == name)
                title, _, row = place.rpartition(":")
                record.faults.append(Fault("E-TABLE-BLANK", cell_place(title, int(row), column)))
        self.out.records.append(record)
        self.out.owners[place] = record
        if record.id:
            self._by_id.setdefault(record.id.casefold(), record)

    def _field(self, record: RowRecord, name: str, words: str, cell: str) -> object:
        plain = narrow(words) if name in _NARROW else words
        if name == "category":
            return lookup_word("category", plain) or self._refuse(record, cell, words, "park, enterprise")
        if name == "field":
            return self._batch_field(record, words, cell)
        if name == "year":
            year = year_text(words)
            return (
                int(year)
                if year
                else self._refuse(
                    record, cell, words, f"{self.vocabulary.batch.year - 1}, {self.vocabulary.batch.year}"
                )
            )
        if name == "special_region":
            return self._flag(record, words, cell)
        if name == "affiliates":
            return [part.strip() for part in _LIST.split(words) if part.strip()]
        return plain.upper() if name == "credit_code" else plain

    def _batch_field(self, record: RowRecord, words: str, cell: str) -> object:
        fields = self.vocabulary.batch.fields
        for known in fields:
            if bare(words) in (bare(known.id), bare(known.name.zh_CN), bare(known.name.en)):
                return known.id
        return self._refuse(record, cell, words, ", ".join(f"{one.id} {one.name.zh_CN}" for one in fields))

    def _flag(self, record: RowRecord, words: str, cell: str) -> bool:
        found = yes_or_no(words)
        if found is None:
            self._refuse(record, cell, words, spoken_flags())
        return bool(found)

    def _refuse(self, record: RowRecord, cell: str, words: str, wanted: str) -> str:
        record.faults.append(Fault("E-TABLE-WORD", cell, {"value": words[:40], "wanted": wanted}))
        return words

    def _datum(self, record: RowRecord, code: str, year: str, words: str, cell: str, unit: str, source: str) -> None:
        item = self.vocabulary.items.get(code)
        data: dict[str, Any] = record.value["data"]
        datum = data.setdefault(code, {"unit": unit or (item.unit if item else "none"), "source": source})
        record.places.setdefault(f"data.{code}", cell)
        if item is not None and item.kind == "flag":
            datum["flag"] = self._flag(record, words, cell)
            return
        values = datum.setdefault("values", {})
        path = f"data.{code}.values[{year}]"
        if unit and unit != datum["unit"]:
            record.faults.append(
                Fault("E-TABLE-UNITS", cell, {"unit": _unit_word(unit), "other": _unit_word(datum["unit"])})
            )
        if year in values:
            record.faults.append(Fault("E-TABLE-FILLED", cell, {"first": record.places[path]}))
        values[year] = number_text(words)
        record.places.setdefault(path, cell)

    # ----- the other sheets -----

    def _more(self, kind: str, place: str, cells: Cells) -> None:
        words, cell = cells.get("application", ("", place))
        record = self._by_id.get(narrow(words).casefold())
        if record is None:
            self.out.cells.append(Fault("E-TABLE-APPLICATION", cell, {"application": words[:64]}))
            return
        self.out.owners[place] = record
        said = {name: value for name, (value, _cell) in cells.items()}
        where = {name: at for name, (_value, at) in cells.items()}
        if kind == "data":
            self._long_datum(record, said, where, place)
        elif kind == "documents":
            listed = Listed(
                record.id, said.get("file", ""), narrow(said.get("id", "")), said.get("title", ""),
                narrow(said.get("sha256", "")).lower(), place,
            )  # fmt: skip
            if self.out.listed is not None:
                self.out.listed.append(listed)
        elif kind == "objects":
            self._object(record, said, where, place)
        elif kind == "evidence":
            self._evidence(record, said, where, place)
        else:
            self._listed(record, kind, said, where, place)

    def _long_datum(self, record: RowRecord, said: Mapping[str, str], where: Mapping[str, str], place: str) -> None:
        if "code" not in said or "value" not in said:
            record.faults.append(Fault("E-TABLE-BLANK", place))
            return
        unit = unit_of(said["unit"]) if "unit" in said else ""
        if "unit" in said and not unit:
            self._refuse(record, where["unit"], said["unit"], "")
        source = next((one for one in _SOURCES if bare(said.get("source", "self")) in _source_words(one)), "")
        if not source:
            self._refuse(record, where["source"], said["source"], ", ".join(_SOURCES))
        code, year = self.vocabulary.code(said["code"]), year_text(said.get("year", "")) or narrow(said.get("year", ""))
        self._datum(record, code, year, said["value"], where["value"], unit, source or "self")

    def _object(self, record: RowRecord, said: Mapping[str, str], where: Mapping[str, str], place: str) -> None:
        code = self.vocabulary.code(said.get("code", ""))
        item = self.vocabulary.items.get(code)
        data: dict[str, Any] = record.value["data"]
        datum = data.setdefault(code, {"unit": item.unit if item else "none", "source": "self"})
        entries = datum.setdefault("objects", [])
        path = f"data.{code}.objects[{len(entries)}]"
        record.places.setdefault(f"data.{code}", where.get("code", place))
        record.places[path] = where.get("name", place)
        entries.append(
            {
                "class": self._class(code, said.get("class", "")),
                "name": said.get("name", ""),
                "number": said.get("number", ""),
                "date": date_text(said.get("date", "")),
                "valid": self._flag(record, said["valid"], where["valid"]) if "valid" in said else True,
            }
        )

    def _class(self, code: str, words: str) -> str:
        item = self.vocabulary.items.get(code)
        labels = item.class_labels if item is not None else {}
        for name, label in labels.items():
            if bare(words) in (bare(name), bare(label.zh_CN), bare(label.en)):
                return name
        return narrow(words)

    def _evidence(self, record: RowRecord, said: Mapping[str, str], where: Mapping[str, str], place: str) -> None:
        datum = record.value["data"].get(self.vocabulary.code(said.get("code", "")))
        if datum is None:
            self._refuse(record, where.get("code", place), said.get("code", ""), ", ".join(record.value["data"]))
            return
        page = narrow(said.get("page", "0"))
        if not (page.isascii() and page.isdigit() and len(page) <= 6):
            self._refuse(record, where["page"], said["page"], "1, 2, 3")
            return
        datum.setdefault("evidence", []).append({"document": said.get("document", ""), "page": int(page)})

    def _listed(
        self, record: RowRecord, kind: str, said: Mapping[str, str], where: Mapping[str, str], place: str
    ) -> None:
        entries = record.value[kind]
        entry: dict[str, object] = {name: value for name, value in said.items() if name != "application"}
        for name in ("base", "target", "weight"):
            if name in said:
                entry[name] = number_text(said[name])
        for name in ("base_year", "target_year"):
            if name in said:
                year = year_text(said[name])
                entry[name] = int(year) if year else said[name]
        if "unit" in said:
            entry["unit"] = unit_of(said["unit"]) or said["unit"]
        if kind == "tasks":
            blank = dict.fromkeys(("owner", "milestone", "deliverable", "check"), "")
            entry = {**blank, "weight": "0", **entry}
        path = f"{kind}[{len(entries)}]"
        record.places[path] = place
        record.places.update({f"{path}.{name}": at for name, at in where.items()})
        entries.append(entry)


def _wide(target: str, words: str) -> bool:
    """Whether a code or number was written in full width."""
    if target not in _NARROW and not target.startswith("data."):
        return False
    return any("\uff01" <= character <= "\uff5e" for character in words)


def _unit_word(unit: str) -> str:
    return text(f"unit.{unit}", "zh_CN")


def _source_words(source: str) -> tuple[str, str, str]:
    return source, bare(text(f"source.{source}", "zh_CN")), bare(text(f"source.{source}", "en"))
