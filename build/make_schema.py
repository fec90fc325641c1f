#!/usr/bin/env python3
"""Writes docs/applications.schema.json from the Structs that read the hand-over; `--check` only compares.

    python build/make_schema.py [--check]

Run it with the project's own Python (`.venv`), because the Structs come from `ndb_desktop`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "applications.schema.json"


def schema() -> str:
    """The JSON Schema of one line of `applications.jsonl`."""
    sys.path.insert(0, str(ROOT))
    import msgspec

    from ndb_desktop.formats.applications import ApplicationRecord

    made = msgspec.json.schema(ApplicationRecord)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "NDB application (one line of applications.jsonl)",
        "description": "Amounts are strings. Beyond this schema the reader checks that every datum has exactly one of "
        "values, objects and flag, that years, dates and references exist, and that names are unique.",
    }
    return json.dumps({**head, **made}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main() -> int:
    made = schema()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") != made:
            print(f"{TARGET.relative_to(ROOT)}: not current; run python build/make_schema.py")
            return 1
        return 0
    TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
