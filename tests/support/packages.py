"""Packages that were handed over, taken apart and put together without the reader of the program."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from openpyxl import load_workbook

from ndb_desktop.crypto.sealing import seal, unseal
from tests.support.travel import person


def box(data: bytes, name: str = "组织方") -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(unseal(data, person(name), max_size=1 << 24))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return seal(out.getvalue(), [person("组织方").public])


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """As much of JSON Schema as the schema of a line uses."""
    kinds = schema.get("type", [])
    names = {
        str: "string",
        int: "integer",
        bool: "boolean",
        dict: "object",
        list: "array",
        type(None): "null",
        float: "number",
    }
    if kinds and names[type(value)] not in ([kinds] if isinstance(kinds, str) else kinds):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    if isinstance(value, list):
        return all(fits(one, schema.get("items", {})) for one in value)
    if isinstance(value, dict):
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        if set(schema.get("required", ())) - value.keys() or (more is False and value.keys() - known.keys()):
            return False
        rest = more if isinstance(more, dict) else {}
        return all(fits(one, known.get(name, rest)) for name, one in value.items())
    return True


def parts_of(book: bytes) -> dict[str, bytes]:
    """The parts of a workbook as they lie in its ZIP."""
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def cells_of(book: bytes) -> dict[str, list[list[str]]]:
    """The rows of every sheet of a workbook, all of them texts."""
    sheets = {}
    for sheet in load_workbook(io.BytesIO(book)).worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        sheets[sheet.title] = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    return sheets
