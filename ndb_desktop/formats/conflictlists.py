"""Lists for finding conflicts (回避核对清单), as CSV or workbook: affiliates, aliases, co-authors, shares and so on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ndb_desktop.domain.conflict_detect import ListKind, ListRow
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.org_names import LegalForms, code_key
from ndb_desktop.formats.sheetbook import read_workbook
from ndb_desktop.formats.tables import MAX_CELL, plain_cell, table_header, table_rows
from ndb_desktop.paths import resource

_COLUMNS: Mapping[ListKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "affiliates": (("application",), ("organisation", "organisation_code", "words")),
    "aliases": (("organisation", "alias"), ("organisation_code", "words")),
    "coauthors": (("id", "person"), ("organisation", "organisation_code", "year", "words")),
    "former": (("id",), ("organisation", "organisation_code", "year", "words")),
    "shares": (("id",), ("organisation", "organisation_code", "words")),
    "spouses": (("id", "person"), ("organisation", "organisation_code", "words")),
}
"""Columns each kind needs, and those it may have."""
_ZIP = b"PK\x03\x04"
_NAMES = "list_columns"


def legal_forms() -> LegalForms:
    """The legal forms (有限公司, …) that names are compared without."""
    words = json.loads(resource("tables", "legal_forms.json").read_text(encoding="utf-8"))
    return LegalForms(tuple(words["forms"]))


def read_list(
    data: bytes, place: str, kind: ListKind, experts: frozenset[str], applications: frozenset[str]
) -> tuple[ListRow, ...]:
    """The rows of a list.

    Raises:
        FaultsError: every faulty row at its line (`E-TABLE-*`, `E-LIST-*`, `E-CONFLICT-EXPERT`,
            `E-CONFLICT-APPLICATION`, `E-CREDIT-CODE`); of a workbook also `E-PACKSHEET-*` at the cell.
    """
    rows: list[ListRow] = []
    faults: list[Fault] = []
    seen: dict[ListRow, str] = {}
    try:
        for where, cells in _cells(data, place, kind, faults):
            try:
                row = _row(kind, cells, where, experts, applications)
            except NdbError as error:
                faults.extend(error.faults)
                continue
            bare = ListRow(kind, row.subject, row.organisation, row.code, row.other, row.year)
            if bare in seen:
                faults.append(Fault("E-LIST-TWICE", where, {"first": seen[bare]}))
            seen[bare] = where
            rows.append(row)
    except NdbError as error:
        faults.extend(error.faults)
    if not rows and not faults:
        faults.append(Fault("E-TABLE-EMPTY", place))
    if faults:
        raise FaultsError(faults, place=place)
    return tuple(rows)


def _cells(data: bytes, place: str, kind: ListKind, faults: list[Fault]) -> Iterator[tuple[str, dict[str, str]]]:
    needed, more = _COLUMNS[kind]
    if not data.startswith(_ZIP):
        yield from table_rows(data, place, needed, more, _NAMES)
        return
    sheets, found = read_workbook(data, place)
    faults.extend(Fault(fault.code, f"{place}:{fault.place}", fault.params) for fault in found)
    for sheet in sheets[:1]:
        lines = iter(sheet.rows.items())
        _, first = next(lines, (0, []))
        header = table_header(first, place, needed, more, _NAMES)
        for number, cells in lines:
            where = f"{place}:{number}"
            if any(cells[len(header) :]) or any(len(cell) > MAX_CELL for cell in cells):
                raise NdbError("E-TABLE-ROW", place=where, wanted=len(header), found=len(cells))
            padded = [*cells, *[""] * (len(header) - len(cells))]
            pairs = zip(header, padded, strict=False)
            yield where, {name: plain_cell(cell) for name, cell in pairs if name in needed + more}


def _row(
    kind: ListKind, cells: Mapping[str, str], where: str, experts: frozenset[str], applications: frozenset[str]
) -> ListRow:
    subject = cells.get("application" if kind == "affiliates" else "id", "")
    if kind == "affiliates" and subject not in applications:
        raise NdbError("E-CONFLICT-APPLICATION", place=where, application=subject)
    if kind not in ("affiliates", "aliases") and subject not in experts:
        raise NdbError("E-CONFLICT-EXPERT", place=where, expert=subject)
    organisation, code = cells.get("organisation", ""), cells.get("organisation_code", "")
    other = cells.get("alias" if kind == "aliases" else "person", "")
    if not (organisation or code) or (kind == "aliases" and not (organisation and other)):
        raise NdbError("E-LIST-ORGANISATION", place=where)
    if code and not code_key(code):
        raise NdbError("E-CREDIT-CODE", place=where, code=code[:40])
    year = cells.get("year", "")
    if year and not (year.isascii() and year.isdigit() and 1900 <= int(year[:5]) <= 2100):
        raise NdbError("E-LIST-YEAR", place=where, value=year[:40])
    return ListRow(
        kind, subject, organisation, code_key(code), other, int(year) if year else None, cells.get("words", "")
    )
