"""A rule pack (规则包) as an `.xlsx` workbook or a folder of CSV files, both ways without loss.

What comes out of a spreadsheet is the canonical form of the pack, so a pack has one digest whatever it was written in.
Every fault names sheet, column and row (`rules!C12`), and all are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.packload import LEVELS, compose_pack, load_pack
from ndb_desktop.domain.packrules import ADJUSTMENTS, SCORE_TYPES
from ndb_desktop.domain.rulepack import PARTS, RulePack
from ndb_desktop.domain.units import UNITS
from ndb_desktop.formats.packcells import MAX_CELL, NOTES, SHEETS, heading, kind_of, letter, lookup
from ndb_desktop.formats.packgrid import LANGUAGES, ROOT_KEYS, SETTING_KEYS, grid_of
from ndb_desktop.formats.packrows import RawSheet, SheetRow, Sheets
from ndb_desktop.formats.packscore import adjustments_of, score_of
from ndb_desktop.formats.sheetbook import read_workbook, write_workbook
from ndb_desktop.formats.sheetcsv import SUFFIX, read_csv_files, write_csv
from ndb_desktop.texts import text

_KEY = re.compile("|".join((*ROOT_KEYS, *SETTING_KEYS, r"(share|flags)\.[a-z_]{1,40}")), re.ASCII)

_UNITS = tuple(UNITS)
_WORDS: Mapping[str, Sequence[str]] = {
    "indicators.kind": ("quantitative", "qualitative"),
    "indicators.unit": _UNITS,
    "data.kind": ("number", "objects", "flag"),
    "data.unit": _UNITS,
    "measures.unit": _UNITS,
    "rules.type": SCORE_TYPES,
    "rules.scale": ("k",),
    "rules.key": ("name", "number"),
    "rules.boundary": ("higher",),
    "adjustments.type": ADJUSTMENTS,
    "bands.level": LEVELS,
    "levels.part": PARTS,
    "levels.level": LEVELS,
    "vectors.part": PARTS,
    "vectors.level": LEVELS,
}
_NOTES = (
    "packsheet.notes.sheets",
    "packsheet.notes.rows",
    "packsheet.notes.empty",
    "packsheet.notes.numbers",
    "packsheet.notes.formula",
    "packsheet.notes.values",
    "packsheet.notes.conditions",
    "packsheet.notes.branch",
    "packsheet.notes.points",
    "packsheet.notes.vectors",
    "packsheet.notes.escape",
    "packsheet.notes.check",
)


def read_pack_xlsx(data: bytes, place: str) -> RulePack:
    """The pack in a workbook.

    Raises:
        NdbError: what `sheetbook.check_workbook` refuses.
        FaultsError: every fault with its cell.
    """
    sheets, faults = read_workbook(data, place, lambda title: lookup("sheets", title) not in (None, NOTES))
    return pack_of(sheets, faults)


def read_pack_csv(files: Mapping[str, bytes]) -> RulePack:
    """The pack in the CSV files of a folder, by name.

    Raises:
        FaultsError: files that cannot be read, or every fault with its cell.
    """
    return pack_of(read_csv_files(files))


def write_pack_xlsx(pack: RulePack) -> bytes:
    """The pack as a workbook; one pack always gives the same bytes. Raises FaultsError E-PACKSHEET-LONG."""
    titles, choices = _with_headings(pack), {name: dict(_choices(name)) for name in SHEETS}
    return write_workbook(titles, choices, (NOTES, _notes()))


def write_pack_csv(pack: RulePack) -> dict[str, bytes]:
    """The pack as CSV files by name. Raises FaultsError E-PACKSHEET-LONG."""
    return {f"{name}{SUFFIX}": write_csv(rows) for name, rows in _with_headings(pack).items()}


def _with_headings(pack: RulePack) -> dict[str, list[list[str]]]:
    sheets = {name: [[heading(name, column) for column in SHEETS[name]], *rows] for name, rows in grid_of(pack).items()}
    long = [
        Fault("E-PACKSHEET-LONG", f"{name}!{letter(column)}{number}", {"most": str(MAX_CELL)})
        for name, rows in sheets.items()
        for number, row in enumerate(rows, 1)
        for column, cell in enumerate(row)
        if len(cell) > MAX_CELL
    ]
    if long:
        raise FaultsError(long)
    return sheets


def _choices(sheet: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The closed lists of words by column."""
    for at, column in enumerate(SHEETS[sheet]):
        words = _WORDS.get(f"{sheet}.{column}")
        if words is None and kind_of(sheet, column) == "truth":
            words = ("true", "false")
        if words:
            yield at, words


def _notes() -> list[tuple[str, str]]:
    """What people should know who fill the sheets, in both languages."""
    head = [(text("packsheet.notes", "zh_CN"), text("packsheet.notes", "en"))]
    return head + [(text(key, "zh_CN"), text(key, "en")) for key in _NOTES]


def pack_of(raw: Sequence[RawSheet], faults: Sequence[Fault] = ()) -> RulePack:
    """The pack in these sheets; `faults` were found when they were read.

    Raises:
        FaultsError: every fault with its cell: `E-PACKSHEET-*`, and those of `domain.packload`.
    """
    sheets = Sheets(list(faults))
    sheets.take(raw)
    composed = _Composing(sheets).raw()
    try:
        pack = load_pack(composed)
    except NdbError as error:
        sheets.stop(sheets.place_of(fault) for fault in error.faults)
        raise
    sheets.stop()
    return pack


class _Composing:
    """Puts the members of a pack together and marks the cell of each."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}

    def raw(self) -> bytes:
        """The pack as the one byte string that `load_pack` takes."""
        sheets = self._sheets
        pack = self._settings()
        pack["groups"] = self._named("groups", "pack.groups", "group.{}")
        pack["statements"] = self._named("statements", "pack.statements", "statement.{}")
        pack["data"] = self._data()
        pack["indicators"] = self._indicators()
        bands = enumerate(sheets.rows["bands"])
        pack["bands"] = [sheets.members("bands", row, f"pack.bands[{n}]", SHEETS["bands"]) for n, row in bands]
        self._levels()
        for row in sheets.rows["texts"]:
            self._text("texts", row, row.word("key"))
        vectors = [
            sheets.members("vectors", row, f"vectors[{n}]", SHEETS["vectors"])
            for n, row in enumerate(sheets.rows["vectors"])
        ]
        for path, sheet in _HOMES.items():
            sheets.mark(path, sheet)
        for part in ("basis", "plan"):
            sheets.mark(f"pack.indicators.weights.{part}", "indicators", None, f"weights.{part}")
        return compose_pack(pack, self._texts["zh_CN"], self._texts["en"], vectors)

    def _text(self, sheet: str, row: SheetRow, key: str, prefix: str = "") -> None:
        """The text `key` of a row in both languages; one that another row already gave is a fault."""
        sheets = self._sheets
        for language in LANGUAGES:
            column = f"{prefix}{language}"
            sheets.mark(f"texts.{language}[{key}]", sheet, row, column)
            if not row.cells.get(column):
                continue
            if key in self._texts[language]:
                sheets.fault("E-PACKSHEET-TWICE", sheet, row, column, name=key)
                continue
            value = sheets.value(sheet, row, column)
            if value is not None:
                self._texts[language][key] = value

    def _settings(self) -> dict[str, Any]:
        sheets = self._sheets
        pack: dict[str, Any] = {"share": {}, "settings": {"flags": {}}}
        seen: set[str] = set()
        for row in sheets.rows["settings"]:
            key = row.word("key")
            if key in seen:
                sheets.fault("E-PACKSHEET-TWICE", "settings", row, "key", name=key[:40])
                continue
            seen.add(key)
            if not _KEY.fullmatch(key):
                sheets.fault("E-PACKSHEET-SETTING", "settings", row, "key", key=key[:40])
                continue
            path, home, name = _setting(pack, key)
            sheets.mark(path, "settings", row, "value")
            if row.cells.get("value"):
                value = sheets.value("settings", row, "value", kind_of("settings", key))
                if value is not None:
                    home[name] = value
            elif key == "document_number":
                home[name] = ""
        return pack

    def _named(self, sheet: str, path: str, key: str) -> list[Any]:
        """A list of ids, each with its text."""
        sheets = self._sheets
        found: list[Any] = []
        for n, row in enumerate(sheets.rows[sheet]):
            sheets.mark(f"{path}[{n}]", sheet, row)
            found.append(row.word("id"))
            self._text(sheet, row, key.format(row.word("id")))
        return found

    def _data(self) -> list[dict[str, Any]]:
        sheets = self._sheets
        data: list[dict[str, Any]] = []
        for n, row in enumerate(sheets.rows["data"]):
            path, code = f"pack.data[{n}]", row.word("code")
            data.append(sheets.members("data", row, path, ("code", "kind", "unit", "years", "required")))
            for name in ("label", "help"):
                self._text("data", row, f"data.{code}.{name}", f"{name}.")
        known = {datum["code"]: (n, datum) for n, datum in reversed(list(enumerate(data))) if "code" in datum}
        for row in self._owned("classes", "code", known):
            n, datum = known[row.word("code")]
            classes = datum.setdefault("classes", [])
            if not row.word("class"):
                if any(text for column, text in row.cells.items() if column != "code"):
                    sheets.fault("E-PACKSHEET-EMPTY", "classes", row, "class")
                continue
            sheets.mark(f"pack.data[{n}].classes[{len(classes)}]", "classes", row, "class")
            classes.append(row.word("class"))
            self._text("classes", row, f"data.{row.word('code')}.class.{row.word('class')}")
        return data

    def _owned(self, sheet: str, column: str, owners: Mapping[str, Any]) -> list[SheetRow]:
        """The rows of a sheet whose owner (an indicator, a datum) exists; the others are faults."""
        found = []
        for row in self._sheets.rows[sheet]:
            if row.word(column) in owners:
                found.append(row)
            else:
                self._sheets.fault("E-PACKSHEET-OWNER", sheet, row, column, name=row.word(column)[:40])
        return found

    def _indicators(self) -> list[dict[str, Any]]:
        sheets = self._sheets
        names = {row.word("id"): row for row in reversed(sheets.rows["indicators"]) if row.word("id")}
        by_sheet = {sheet: self._by_owner(sheet, names) for sheet in ("measures", "rules", "points", "adjustments")}
        found: list[dict[str, Any]] = []
        for n, row in enumerate(sheets.rows["indicators"]):
            path, name = f"pack.indicators[{n}]", row.word("id")
            member = sheets.members("indicators", row, path, ("id", "group", "kind", "unit", "data", "not_applicable"))
            member.setdefault("data", [])
            weights = sheets.members("indicators", row, path, ("weights.basis", "weights.plan"))
            member["weights"] = {column.partition(".")[2]: value for column, value in weights.items()}
            # Of two rows with one id the first has texts and rule; that there are two is told by the pack's reader.
            first = names.get(name) is row
            for title in ("title", "asks", "source", "evidence") if first else ():
                self._text("indicators", row, f"{name}.{title}", f"{title}.")
            own = {sheet: rows.get(name, []) if first else [] for sheet, rows in by_sheet.items()}
            rule = self._rule(own, f"{path}.rule", qualitative=row.word("kind") == "qualitative")
            if rule is not None:
                member["rule"] = rule
            found.append(member)
        return found

    def _by_owner(self, sheet: str, names: Mapping[str, Any]) -> dict[str, list[SheetRow]]:
        found: dict[str, list[SheetRow]] = {}
        for row in self._owned(sheet, "indicator", names):
            found.setdefault(row.word("indicator"), []).append(row)
        return found

    def _rule(self, rows: Mapping[str, list[SheetRow]], path: str, *, qualitative: bool) -> dict[str, Any] | None:
        sheets = self._sheets
        measures: list[dict[str, Any]] = []
        for n, row in enumerate(rows["measures"]):
            here = f"{path}.measures[{n}]"
            measures.append(sheets.members("measures", row, here, ("id", "unit", "value", "target")))
            self._text("measures", row, f"{row.word('indicator')}.measure.{row.word('id')}")
        if rows["measures"]:
            sheets.mark(f"{path}.measures", "measures", rows["measures"][0])
        adjustments = adjustments_of(sheets, rows["adjustments"], f"{path}.adjustments")
        score = score_of(sheets, rows["rules"], rows["points"], path if qualitative else f"{path}.score")
        if score is None and not measures and adjustments is None:
            return None
        rule: dict[str, Any] = {} if adjustments is None else {"adjustments": adjustments}
        if qualitative:
            return {**(score or {}), **rule, **({"measures": measures} if measures else {})}
        return {"measures": measures, **({} if score is None else {"score": score}), **rule}

    def _levels(self) -> None:
        for row in self._sheets.rows["levels"]:
            parts = [row.word(column) for column in ("indicator", "part", "level")]
            if all(parts):
                self._text("levels", row, ".".join(parts))
            else:
                column = ("indicator", "part", "level")[parts.index("")]
                self._sheets.fault("E-PACKSHEET-EMPTY", "levels", row, column)


def _setting(pack: dict[str, Any], key: str) -> tuple[str, dict[str, Any], str]:
    """Path, object and name of a setting."""
    head, _, rest = key.partition(".")
    if head == "share":
        return f"pack.{key}", pack["share"], rest
    if head == "flags":
        return f"pack.settings.{key}", pack["settings"]["flags"], rest
    if key in SETTING_KEYS:
        return f"pack.settings.{key}", pack["settings"], key
    return f"pack.{key}", pack, key


_HOMES = {
    "pack": "settings",
    "pack.settings": "settings",
    "pack.groups": "groups",
    "pack.data": "data",
    "pack.indicators": "indicators",
    "pack.bands": "bands",
    "pack.statements": "statements",
    "texts": "texts",
    "vectors": "vectors",
}
"""Where a fault is shown that has no cell of its own."""
