"""The score of one indicator from its rows: a tree of branches, and the points of each curve or list."""

from __future__ import annotations

import re
from typing import Any, Final

from ndb_desktop.domain.packrules import SCORE_TYPES
from ndb_desktop.formats.packcells import SHEETS
from ndb_desktop.formats.packrows import SheetRow, Sheets

MAX_BRANCHES = 8
"""Branches one below the other, as many as the pack's own reader allows."""
_COLUMNS = tuple(column for column in SHEETS["rules"] if column not in ("indicator", "branch"))
_BRANCH = re.compile(r"(?:then|else|[1-9][0-9]?)(?:\.(?:then|else|[1-9][0-9]?))*", re.ASCII)
_POINT_COLUMNS: Final = {
    "piecewise": ("from", "points"),
    "tiers": ("from", "to", "points"),
    "efficacy5": ("from",),
    "points_list": ("class", "points", "years", "limit"),
}
"""What a row of the sheet `points` says, by the type of the rule it belongs to."""
_MEMBERS: Final = {"piecewise": "points", "tiers": "bands", "efficacy5": "standards", "points_list": "classes"}


def adjustments_of(sheets: Sheets, rows: list[SheetRow], path: str) -> list[dict[str, Any]] | None:
    """Caps, floors, factors and gates; None when there is no row. A single row without a type is an empty list."""
    if not rows:
        return None
    columns = ("type", "when", "value")
    if len(rows) == 1 and not any(rows[0].word(column) for column in columns):
        return []
    return [sheets.members("adjustments", row, f"{path}[{n}]", columns) for n, row in enumerate(rows)]


def score_of(sheets: Sheets, rules: list[SheetRow], points: list[SheetRow], path: str) -> dict[str, Any] | None:
    """The score at `path`; None when there is no row for it. Rows that belong nowhere are faults."""
    return _Branches(sheets, rules, points).whole(path)


class _Branches:
    def __init__(self, sheets: Sheets, rules: list[SheetRow], points: list[SheetRow]) -> None:
        self._sheets = sheets
        self._rules: dict[str, SheetRow] = {}
        self._points: dict[str, list[SheetRow]] = {}
        self._told = misnamed = False
        for row in rules:
            branch = row.word("branch")
            if branch in self._rules:
                sheets.fault("E-PACKSHEET-TWICE", "rules", row, "branch", name=branch or row.word("indicator"))
                misnamed = True
            elif self._named_well("rules", row):
                self._rules[branch] = row
            else:
                misnamed = True
        self._told = misnamed
        for row in points:
            if self._named_well("points", row):
                self._points.setdefault(row.word("branch"), []).append(row)

    def _named_well(self, sheet: str, row: SheetRow) -> bool:
        branch = row.word("branch")
        if not branch or (_BRANCH.fullmatch(branch) and branch.count(".") < MAX_BRANCHES):
            return True
        self._hanging(sheet, row)
        return False

    def _hanging(self, sheet: str, row: SheetRow) -> None:
        """A row that belongs to no rule; of many, those of the rules are told first, the rest is their consequence."""
        if not self._told:
            branch = row.word("branch") or row.word("indicator")
            self._sheets.fault("E-PACKSHEET-BRANCH", sheet, row, "branch", branch=branch[:40])

    def whole(self, path: str) -> dict[str, Any] | None:
        root = self._rules.pop("", None)
        score = None if root is None else self._node(root, "", path, weighted=False)
        for row in self._rules.values():
            self._hanging("rules", row)
        self._told = self._told or bool(self._rules)
        for rows in self._points.values():
            for row in rows:
                self._hanging("points", row)
        return score

    def _node(self, row: SheetRow, branch: str, path: str, *, weighted: bool) -> dict[str, Any]:
        columns = [column for column in _COLUMNS if not (weighted and column == "weight")]
        node = self._sheets.members("rules", row, path, columns)
        kind, below = row.word("type"), f"{branch}." if branch else ""
        if kind not in SCORE_TYPES:
            self._forget(branch, below)
        if kind == "choose":
            for side in ("then", "else"):
                child = self._rules.pop(f"{below}{side}", None)
                if child is not None:
                    node[side] = self._node(child, f"{below}{side}", f"{path}.{side}", weighted=False)
        elif kind == "weighted":
            node["parts"] = self._parts(below, path)
        elif kind in _MEMBERS:
            rows = self._points.pop(branch, [])
            node[_MEMBERS[kind]] = [
                self._point(entry, kind, f"{path}.{_MEMBERS[kind]}[{n}]") for n, entry in enumerate(rows)
            ]
        return node

    def _forget(self, branch: str, below: str) -> None:
        """What belongs to a rule of no known type cannot be told; that type is the fault."""
        for name in [name for name in self._rules if name.startswith(below)]:
            del self._rules[name]
        for name in [name for name in self._points if name == branch or name.startswith(below)]:
            del self._points[name]

    def _parts(self, below: str, path: str) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        while child := self._rules.pop(f"{below}{len(parts) + 1}", None):
            here = f"{path}.parts[{len(parts)}]"
            part = self._sheets.members("rules", child, here, ("weight",))
            parts.append({**part, "score": {}})
            parts[-1]["score"] = self._node(child, f"{below}{len(parts)}", f"{here}.score", weighted=True)
        return parts

    def _point(self, row: SheetRow, kind: str, path: str) -> Any:
        """A row of a curve or list, as the type of rule writes it."""
        wanted = _POINT_COLUMNS[kind]
        for column in SHEETS["points"][2:]:
            if column not in wanted and row.word(column):
                self._sheets.fault("E-PACKSHEET-UNUSED", "points", row, column, type=kind)
        found = self._sheets.members("points", row, path, wanted)
        if kind in ("piecewise", "efficacy5"):
            for column in wanted:
                if not row.word(column):
                    self._sheets.fault("E-PACKSHEET-EMPTY", "points", row, column)
        if kind == "efficacy5":
            return found.get("from")
        if kind == "piecewise":
            for n, column in enumerate(wanted):
                self._sheets.mark(f"{path}[{n}]", "points", row, column)
            return [found[column] for column in wanted if column in found]
        if kind == "tiers":
            return {"from": None, "to": None, **found}
        return found
