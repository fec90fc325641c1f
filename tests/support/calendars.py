"""A calendar file for a year that none ships for; its days are a sample's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NEXT: dict[str, Any] = {
    "id": "cn-2027",
    "documents": ["示例〔2026〕1号"],
    "years": [2027],
    "off": ["2027-01-01/2027-01-03", "2027-02-05/2027-02-11", "2027-10-01/2027-10-07"],
    "work": ["2027-02-13"],
}


def calendar_file(folder: Path, **change: object) -> Path:
    """`cn-2027.json` in `folder`, with some members changed."""
    path = folder / "cn-2027.json"
    path.write_text(json.dumps(NEXT | change, ensure_ascii=False), encoding="utf-8")
    return path
