"""Calendar files are read strictly; the table of regions is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.services.calendars import builtin_calendars, load_calendar, read_calendar, region_of, regions
from tests.support.travel import refusal

GOOD: dict[str, Any] = {
    "id": "x", "documents": ["示例"], "years": [2026], "off": ["2026-01-01/2026-01-03"], "work": ["2026-01-04"],
}  # fmt: skip


def refused(tmp_path: Path, content: object) -> str:
    path = tmp_path / "x.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return refusal(lambda: read_calendar(path))


def test_a_good_calendar(tmp_path: Path) -> None:
    assert refused(tmp_path, GOOD) == ""
    assert "国办发明电〔2025〕7号" in load_calendar("cn-2026").documents
    assert set(builtin_calendars()) == {"cn-2026"}
    assert refusal(lambda: load_calendar("cn-2027")) == "E-CALENDAR-UNKNOWN"


@pytest.mark.parametrize(
    "change",
    [
        {"off": ["2026-02-30"]}, {"off": ["2026-01-03/2026-01-01"]}, {"off": ["2027-01-01"]}, {"work": ["2026-01-05"]},
        {"off": ["2026-01-04"]}, {"years": []}, {"years": ["2026"]}, {"documents": []}, {"documents": [1]},
        {"off": [1]}, {"more": 1}, {"off": None},
    ],
)  # fmt: skip
def test_each_fault_of_a_calendar(tmp_path: Path, change: dict[str, Any]) -> None:
    assert refused(tmp_path, GOOD | change) == "E-CALENDAR-FORMAT"


@pytest.mark.parametrize("raw", ["", "[]", "null", "{", "[" * 5000, " " * 70_000])
def test_what_is_no_calendar(tmp_path: Path, raw: str) -> None:
    assert refused(tmp_path, raw) == "E-CALENDAR-FORMAT"


def test_regions() -> None:
    table = regions()
    kinds = [row.kind for row in table.values()]
    assert (kinds.count("province"), kinds.count("city_plan"), kinds.count("corps")) == (34, 5, 1)
    assert region_of("440300").zh == "深圳市"
    assert region_of("440106").en == "Guangdong"
    assert region_of("990000").zh == "990000"
