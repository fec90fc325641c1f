"""What the sheets of a rule pack are called, their columns, and how one value stands in one cell, without loss.

Words and numbers stand as they are. A free text escapes what spreadsheets change (`\\u000d`); a value that has no plain
form stands as `\\j` and its JSON. An empty cell means that the member is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.packformula import figures_text, formula_text, parse_condition, parse_figures, parse_formula
from ndb_desktop.domain.strictload import StrictJsonFault, strict_json
from ndb_desktop.paths import resource

MAX_CELL = 32_767
"""Characters in one cell; spreadsheet programs cut what is longer."""
MAX_ROWS = 10_000
MAX_COLUMNS = 60
NOTES = "notes"
"""The sheet for people; it is written and never read."""

_TEXTS = ("zh_CN", "en")
SHEETS: Final[Mapping[str, tuple[str, ...]]] = {
    "settings": ("key", "value"),
    "groups": ("id", *_TEXTS),
    "indicators": (
        *("id", "group", "kind", "unit", "weights.basis", "weights.plan", "data", "not_applicable"),
        *(f"{name}.{language}" for name in ("title", "asks", "source", "evidence") for language in _TEXTS),
    ),
    "data": (
        *("code", "kind", "unit", "years", "required"),
        *(f"{name}.{language}" for name in ("label", "help") for language in _TEXTS),
    ),
    "classes": ("code", "class", *_TEXTS),
    "measures": ("indicator", "id", "unit", "value", "target", *_TEXTS),
    "rules": (
        *("indicator", "branch", "type", "weight", "when", "x", "scale", "code", "key", "unit", "points"),
        *("cap", "floor", "poor", "good", "yes", "no", "boundary"),
    ),
    "points": ("indicator", "branch", "class", "from", "to", "points", "years", "limit"),
    "adjustments": ("indicator", "type", "when", "value"),
    "bands": ("level", "low", "high"),
    "levels": ("indicator", "part", "level", *_TEXTS),
    "statements": ("id", *_TEXTS),
    "texts": ("key", *_TEXTS),
    "vectors": (
        *("indicator", "part", "level", "value", "accepted", "k", "field", "special_region"),
        *("data", "targets", "score", "status"),
    ),
}
"""Every sheet with its columns, in the order in which they are written."""

_KINDS: Final[Mapping[str, str]] = {
    "data.years": "whole",
    "data.required": "truth",
    "indicators.data": "list",
    "indicators.not_applicable": "truth",
    "measures.value": "formula",
    "measures.target": "truth",
    "rules.when": "condition",
    "points.years": "whole",
    "points.limit": "whole",
    "adjustments.when": "condition",
    "vectors.accepted": "truth",
    "vectors.special_region": "truth",
    "vectors.field": "text",
    "vectors.data": "figures",
    "vectors.targets": "figures",
    "settings.reason_levels": "list",
    "settings.version": "text",
    "settings.document_number": "text",
    **{
        f"settings.{name}": "whole"
        for name in ("reason_min", "trim_from", "min_panel", "digits", "second_round_others")
    },
}
_JSON = "\\j"
# Control characters, and `_x000d_`, which spreadsheet programs take for one; openpyxl drops a part of `_x005F_`.
_AWKWARD = re.compile(r"\\|[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|x(?=005F_)")
_ESCAPE = re.compile(r"\\(\\|u[0-9a-f]{4})")
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_SEPARATORS = re.compile("[;,\uff1b\uff0c\u3001\\s]+")
_DEPTH = 16


@cache
def names() -> Mapping[str, Mapping[str, list[str]]]:
    """The spellings of sheets, columns and truth values; the first is the program's own, the second Chinese."""
    table: Mapping[str, Mapping[str, list[str]]] = json.loads(
        resource("tables", "packsheet.json").read_text(encoding="utf-8")
    )
    return table


def lookup(table: str, word: str) -> str | None:
    """The own name of a sheet or truth value, whatever spelling it has."""
    wanted = word.strip().casefold()
    return next((name for name, spellings in names()[table].items() if wanted in spellings), None)


def _spellings(sheet: str, column: str) -> list[str]:
    columns = names()["columns"]
    return columns.get(f"{sheet}.{column}") or columns[column]


def heading(sheet: str, column: str) -> str:
    """What stands above a column: the Chinese name and the program's own."""
    own, chinese = _spellings(sheet, column)[:2]
    return f"{chinese} / {own}"


def column_of(sheet: str, word: str) -> str | None:
    """The column of `sheet` that a heading names: in Chinese, by the program's own name, or both."""
    wanted = word.strip()
    for column in SHEETS[sheet]:
        if wanted in (*_spellings(sheet, column), heading(sheet, column)):
            return column
    return None


def letter(column: int) -> str:
    """The letters of a column, counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def kind_of(sheet: str, column: str) -> str:
    """How a cell is read: text, word, whole, truth, list, formula, condition or figures."""
    if column.rsplit(".", 1)[-1] in _TEXTS:
        return "text"
    return _KINDS.get(f"{sheet}.{column}", "word")


def encode(value: Any, kind: str) -> str:
    """A value as the text of a cell; never empty, and `decode` gives the same value back."""
    cell = _PLAIN[kind](value)
    if cell and not cell.startswith(_JSON) and _read_back(cell, kind, value):
        return cell
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return _JSON + re.sub("_(?=x[0-9A-Fa-f]{4}_)", "\\\\u005f", text.replace("x005F_", "\\u0078005F_"))


def _read_back(cell: str, kind: str, value: Any) -> bool:
    try:
        found = decode(cell, kind)
    except NdbError:
        return False
    return type(found) is type(value) and bool(found == value)


def decode(cell: str, kind: str) -> Any:
    """The value of a cell that is not empty.

    Raises:
        NdbError: `E-PACKSHEET-JSON`, `-WHOLE`, `-TRUTH`, `-FORMULA`.
    """
    if cell.startswith(_JSON):
        try:
            return strict_json(cell[len(_JSON) :].encode("utf-8", "replace"), max_size=4 * MAX_CELL, max_depth=_DEPTH)
        except StrictJsonFault as error:
            raise NdbError("E-PACKSHEET-JSON", detail=f"{error.kind} {error.detail}".strip()) from None
    return _READERS[kind](cell if kind == "text" else cell.strip())


def _text(cell: str) -> str:
    return _ESCAPE.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), cell)


def escaped(text: str) -> str:
    """A free text with what spreadsheets would change written as `\\u000d`."""
    return _AWKWARD.sub(lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text)


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise NdbError("E-PACKSHEET-WHOLE", value=cell[:40])
    return int(cell)


def _truth(cell: str) -> bool:
    found = lookup("truth", cell)
    if found is None:
        raise NdbError("E-PACKSHEET-TRUTH", value=cell[:40])
    return found == "true"


def _list(cell: str) -> list[str]:
    return [part for part in _SEPARATORS.split(cell) if part]


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": _text,
    "word": str,
    "whole": _whole,
    "truth": _truth,
    "list": _list,
    "formula": parse_formula,
    "condition": parse_condition,
    "figures": parse_figures,
}
_PLAIN: Final[Mapping[str, Callable[[Any], str]]] = {
    "text": lambda value: escaped(value) if isinstance(value, str) else "",
    "word": lambda value: value if isinstance(value, str) and not _AWKWARD.search(value) else "",
    "whole": str,
    "truth": lambda value: str(value).lower(),
    "list": lambda value: "; ".join(map(str, value)) if isinstance(value, list) else "",
    "formula": lambda value: formula_text(value) or "",
    "condition": lambda value: formula_text(value) or "",
    "figures": lambda value: figures_text(value) or "",
}
