"""Tables of 阶段材料: a row per base and measure with what was reached, read into the JSON of `stageform`.

A blank cell, or a word that says so, is a missing value (缺报); 0 is a value. A column that would say anew what was
promised stops the whole sheet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.stagepack import AnyStagePack, Measured
from ndb_desktop.formats.importmap import SheetKind, SheetMap, Vocabulary, bare, heading, unit_of, words
from ndb_desktop.formats.stageform import LINES
from ndb_desktop.formats.tablefile import TableSheet, Tell, cell_place, untold
from ndb_desktop.formats.tablehandover import Form
from ndb_desktop.formats.tablerows import Cells, Listed, RowRecord, TableRows, narrow, number_text, read_rows, year_text

PROMISED = "promised"
"""What a column holds that would say a target, base value, task or weight anew."""


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base of the registry, by which rows are told apart."""

    id: str
    category: Category
    credit_code: str
    applicant: str


class StageVocabulary(Vocabulary):
    """What the columns of a stage's tables can hold: the measures of its packs, the bases of the registry."""

    kinds: tuple[SheetKind, ...] = ("actuals", "documents")

    def __init__(self, batch: Batch, packs: Mapping[Category, AnyStagePack], bases: Sequence[KnownBase]) -> None:
        super().__init__(batch, {})
        self._packs = packs
        self._by_id = {one.id.casefold(): one for one in bases}
        self._by_code: dict[str, list[KnownBase]] = {}
        for one in bases:
            self._by_code.setdefault(one.credit_code, []).append(one)

    def target(self, kind: SheetKind, text: str) -> str:
        """As for applications; a year in the heading (`2027年实际值`) changes nothing of what a column holds."""
        return super().target(kind, heading(text).name)

    def base(self, name: str, code: str) -> KnownBase | None:
        """The base a row speaks of, by its id or by a credit code that only one base has."""
        if name:
            return self._by_id.get(name.casefold())
        found = self._by_code.get(code, [])
        return found[0] if len(found) == 1 else None

    def measured(self, category: Category, indicator: str, measure: str) -> Measured | None:
        """The measure that is meant: `P1.1.revenue`, its parts in two columns, or its name where only one has it."""
        pack = self._packs.get(category)
        wanted, group = bare(measure), bare(indicator)
        found = []
        for one in pack.measured if pack is not None else ():
            names = {bare(name) for name in (one.id, one.measure, one.label.zh_CN, one.label.en)}
            groups = {bare(name) for name in (one.indicator, one.title.zh_CN, one.title.en)}
            if wanted in names and (not group or group in groups):
                found.append(one)
        return found[0] if len(found) == 1 else None


def stage_rows(
    sheets: Sequence[TableSheet], maps: Sequence[SheetMap], vocabulary: StageVocabulary, tell: Tell = untold
) -> TableRows:
    """What the sheets say of every base, in the order in which bases come up first."""
    return _Builder(vocabulary, tell).build(sheets, maps)


STAGE_FORM = Form(LINES, stage_rows)


class _Builder:
    def __init__(self, vocabulary: StageVocabulary, tell: Tell) -> None:
        self._vocabulary, self._tell = vocabulary, tell
        self._out = TableRows()
        self._by_id: dict[str, RowRecord] = {}
        self._missing = {_plain(word) for word in words()["missing"]}

    def build(self, sheets: Sequence[TableSheet], maps: Sequence[SheetMap]) -> TableRows:
        narrowed: dict[str, int] = {}
        for sheet, mapped in sorted(zip(sheets, maps, strict=True), key=lambda pair: pair[1].kind != "actuals"):
            promises = _promises(mapped)
            # Several columns of promises are no column that comes twice.
            faults = [*(one for one in mapped.faults if one.code != "E-TABLE-SAME" or not promises), *promises]
            self._out.faults.extend(faults)
            if not mapped.kind and sheet.title.strip().casefold() not in words()["notes"]:
                self._out.warnings.append(Fault("E-TABLE-SHEET", sheet.title, {"sheet": sheet.title}))
            if not mapped.kind or faults:
                continue
            if mapped.kind == "documents":
                self._out.listed = self._out.listed or []
            for place, cells in read_rows(sheet, mapped, self._out, narrowed, self._tell):
                self._row(mapped, place, cells)
        for place, count in narrowed.items():
            self._out.warnings.append(Fault("E-TABLE-WIDTH", place, {"count": str(count)}))
        return self._out

    def _row(self, mapped: SheetMap, place: str, cells: Cells) -> None:
        said = {name: value for name, (value, _cell) in cells.items()}
        where = {name: at for name, (_value, at) in cells.items()}
        name, code = narrow(said.get("application", "")), narrow(said.get("credit_code", "")).upper()
        base = self._vocabulary.base(name, code)
        if base is None or (code and code != base.credit_code):
            at = where.get("application") or where.get("credit_code") or place
            self._out.cells.append(Fault("E-SUCCESSION-STRANGER", at, {"application": (name or code or "-")[:64]}))
            return
        record = self._record(base, place)
        if mapped.kind == "documents":
            listed = Listed(
                base.id, said.get("file", ""), narrow(said.get("id", "")), said.get("title", ""),
                narrow(said.get("sha256", "")).lower(), place,
            )  # fmt: skip
            if self._out.listed is not None:
                self._out.listed.append(listed)
        else:
            self._actual(mapped, record, base, said, where, place)

    def _record(self, base: KnownBase, place: str) -> RowRecord:
        record = self._by_id.get(base.id)
        if record is None:
            value: dict[str, Any] = {"application": base.id, "credit_code": base.credit_code, "actuals": []}
            record = RowRecord(base.id, place, value, folders=(base.credit_code, base.applicant))
            self._by_id[base.id] = record
            self._out.records.append(record)
        self._out.owners[place] = record
        return record

    def _actual(
        self, mapped: SheetMap, record: RowRecord, base: KnownBase, said: Mapping[str, str], where: Mapping[str, str],
        place: str,
    ) -> None:  # fmt: skip
        column = next(one for one in mapped.columns if one.target == "value")
        measured = self._vocabulary.measured(base.category, said.get("indicator", ""), said.get("measure", ""))
        indicator, _, measure = narrow(said.get("measure", "-")).rpartition(".")
        indicator = indicator or narrow(said.get("indicator", "-"))
        entry: dict[str, Any] = {
            "indicator": measured.indicator if measured else indicator,
            "measure": measured.measure if measured else measure,
            "statement": said.get("statement", ""),
        }
        if measured is None:
            at = where.get("measure", place)
            record.faults.append(Fault("E-STAGE-ACTUAL-UNKNOWN", at, {"id": f"{indicator}.{measure}"[:100]}))
            return
        unit, year = said.get("unit", ""), said.get("year", "") or heading(column.heading).year
        entry["unit"] = (unit_of(unit) or unit) if unit else column.unit
        entry["year"] = int(year_text(year) or 0)
        for name, wanted in (("unit", entry["unit"]), ("year", entry["year"])):
            if not wanted:
                title, _, row = place.rpartition(":")
                record.faults.append(
                    Fault("E-STAGE-ACTUAL-BLANK", where.get(name, f"{title}:{row}"), {"id": measured.id})
                )
                return
        value = said.get("value", "")
        entry["value"] = None if _plain(value) in self._missing or not value else number_text(value)
        if "document" in said:
            page = narrow(said.get("page", "0"))
            if not (page.isascii() and page.isdigit() and len(page) <= 6):
                record.faults.append(Fault("E-TABLE-WORD", where["page"], {"value": page[:40], "wanted": "1, 2, 3"}))
                return
            entry["evidence"] = [{"document": said["document"], "page": int(page)}]
        path = f"actuals[{len(record.value['actuals'])}]"
        record.places[path] = where.get("value", place)
        record.places.update({f"{path}.{name}": where[name] for name in ("unit", "year", "statement") if name in where})
        record.places[f"{path}.evidence"] = where.get("document", place)
        record.value["actuals"].append(entry)


def _promises(mapped: SheetMap) -> list[Fault]:
    """Columns that would say anew what was promised, each at its heading."""
    return [
        Fault("E-STAGE-PROMISED", cell_place(mapped.title, mapped.heading_row, column.number), {"name": column.heading})
        for column in mapped.columns
        if column.target == PROMISED or (mapped.kind == "actuals" and _promising(column.heading))
    ]


def _promising(text: str) -> bool:
    """Also where somebody chose that the column be left out, or a second one says the same."""
    return heading(text).name in {bare(word) for word in words()["columns"]["actuals"][PROMISED]}


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()
