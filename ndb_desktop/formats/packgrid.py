"""A rule pack laid out in sheets: every member in a cell, curves and lists a row each, by `formats.packcells`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.strictload import strict_json
from ndb_desktop.formats.packcells import SHEETS, encode, kind_of

Row = dict[str, Any]
"""A row by column, as values; members that are not there have no entry."""
ROOT_KEYS = ("format", "id", "version", "stage", "category", "status", "document_number")
SETTING_KEYS = (
    *("step", "reason_levels", "reason_min", "trim_from", "trim_level", "min_panel", "digits", "rounding"),
    *("compare_on", "threshold", "margin", "quant_mode", "target_bonus", "second_round_others"),
)
LANGUAGES = ("zh_CN", "en")
LISTED = ("points", "bands", "standards", "classes")
"""Members of a score that stand as rows of the sheet `points`."""
_PARTS = ("basis", "plan")


def grid_of(pack: RulePack) -> dict[str, list[list[str]]]:
    """The cells of every sheet under its heading row, empty where a member is not there."""
    value = strict_json(pack.raw, max_size=len(pack.raw))
    rows = dict.fromkeys(SHEETS, ()) | _Layout(value).sheets()
    return {
        sheet: [[_cell(sheet, column, row) for column in columns] for row in rows[sheet]]
        for sheet, columns in SHEETS.items()
    }


def _cell(sheet: str, column: str, row: Row) -> str:
    if column not in row:
        return ""
    value = row[column]
    if sheet == "settings" and column == "value":
        # The only text that is empty in most packs; in its own row that can mean nothing else.
        return "" if value == "" and row["key"] == "document_number" else encode(value, kind_of(sheet, row["key"]))
    return "" if value == [] and kind_of(sheet, column) == "list" else encode(value, kind_of(sheet, column))


class _Layout:
    """Takes a pack apart; every text is taken once and the rest stands on the sheet of other texts."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._pack = value["pack"]
        self._vectors = value["vectors"]
        self._texts = {language: dict(value["texts"][language]) for language in LANGUAGES}

    def sheets(self) -> dict[str, list[Row]]:
        """The rows of every sheet; the texts come last, when all others have taken theirs."""
        pack = self._pack
        indicators = pack["indicators"]
        found = {
            "settings": list(self._settings()),
            "groups": [{"id": name, **self._take(f"group.{name}")} for name in pack["groups"]],
            "indicators": [self._indicator(indicator) for indicator in indicators],
            "data": [self._datum(datum) for datum in pack["data"]],
            "classes": [row for datum in pack["data"] for row in self._classes(datum)],
            "measures": [row for indicator in indicators for row in self._measures(indicator)],
            "rules": [],
            "points": [],
            "adjustments": [row for indicator in indicators for row in _adjustments(indicator)],
            "bands": pack["bands"],
            "levels": [row for indicator in indicators for row in self._levels(indicator["id"])],
            "statements": [{"id": name, **self._take(f"statement.{name}")} for name in pack["statements"]],
            "vectors": self._vectors,
        }
        for indicator in indicators:
            rule = indicator["rule"]
            for row, listed in _score(rule.get("score", rule), ""):
                found["rules"].append({"indicator": indicator["id"], **row})
                branch = {"branch": row["branch"]} if "branch" in row else {}
                found["points"].extend({"indicator": indicator["id"], **branch, **entry} for entry in listed)
        keys = sorted({key for texts in self._texts.values() for key in texts})
        found["texts"] = [{"key": key, **self._take(key)} for key in keys]
        return found

    def _take(self, key: str, prefix: str = "") -> Row:
        """A text in both languages, which then no other sheet shows."""
        return {f"{prefix}{language}": texts.pop(key) for language, texts in self._texts.items() if key in texts}

    def _settings(self) -> Iterator[Row]:
        for key in ROOT_KEYS:
            yield {"key": key, "value": self._pack[key]}
        for part in _PARTS:
            yield {"key": f"share.{part}", "value": self._pack["share"][part]}
        for key in SETTING_KEYS:
            if key in self._pack["settings"]:
                yield {"key": key, "value": self._pack["settings"][key]}
        for key, value in self._pack["settings"]["flags"].items():
            yield {"key": f"flags.{key}", "value": value}

    def _indicator(self, indicator: Mapping[str, Any]) -> Row:
        row = {key: value for key, value in indicator.items() if key not in ("weights", "rule")}
        row |= {f"weights.{part}": indicator["weights"][part] for part in _PARTS}
        for name in ("title", "asks", "source", "evidence"):
            row |= self._take(f"{indicator['id']}.{name}", f"{name}.")
        return row

    def _datum(self, datum: Mapping[str, Any]) -> Row:
        row = {key: value for key, value in datum.items() if key != "classes"}
        for name in ("label", "help"):
            row |= self._take(f"data.{datum['code']}.{name}", f"{name}.")
        return row

    def _classes(self, datum: Mapping[str, Any]) -> Iterator[Row]:
        code = datum["code"]
        if datum.get("classes") == []:
            yield {"code": code}
        for name in datum.get("classes", ()):
            yield {"code": code, "class": name, **self._take(f"data.{code}.class.{name}")}

    def _measures(self, indicator: Mapping[str, Any]) -> Iterator[Row]:
        name = indicator["id"]
        for measure in indicator["rule"].get("measures", ()):
            yield {"indicator": name, **measure, **self._take(f"{name}.measure.{measure['id']}")}

    def _levels(self, indicator: str) -> Iterator[Row]:
        for part in _PARTS:
            for level in ("L5", "L4", "L3", "L2", "L1"):
                if texts := self._take(f"{indicator}.{part}.{level}"):
                    yield {"indicator": indicator, "part": part, "level": level, **texts}


def _adjustments(indicator: Mapping[str, Any]) -> Iterator[Row]:
    """A row each; a list that is there and empty is a row that names the indicator only."""
    entries = indicator["rule"].get("adjustments")
    if entries == []:
        yield {"indicator": indicator["id"]}
    for entry in entries or ():
        yield {"indicator": indicator["id"], **entry}


def _score(node: Mapping[str, Any], branch: str) -> Iterator[tuple[Row, list[Row]]]:
    """A score and those below it, each with its rows of the sheet `points`; below a choice `then` and `else`, below
    joined parts `1`, `2` and so on, one below the other joined by a point."""
    row: Row = {"branch": branch} if branch else {}
    row |= {key: value for key, value in node.items() if key not in (*LISTED, "then", "else", "parts")}
    if node["type"] == "per_unit":
        row["points"] = node["points"]
    yield row, _listed(node)
    below = f"{branch}." if branch else ""
    if node["type"] == "choose":
        yield from _score(node["then"], f"{below}then")
        yield from _score(node["else"], f"{below}else")
    for n, part in enumerate(node.get("parts", ()), 1):
        inner = list(_score(part["score"], f"{below}{n}"))
        inner[0][0]["weight"] = part["weight"]
        yield from inner


def _listed(node: Mapping[str, Any]) -> list[Row]:
    if node["type"] == "piecewise":
        return [{"from": x, "points": points} for x, points in node["points"]]
    if node["type"] == "tiers":
        return [{key: value for key, value in band.items() if value is not None} for band in node["bands"]]
    if node["type"] == "efficacy5":
        return [{"from": standard} for standard in node["standards"]]
    return list(node["classes"]) if node["type"] == "points_list" else []
