#!/usr/bin/env python3
"""Writes the JSON Schemas in docs/ from the Structs that read those files; `--check` only compares.

    python build/make_schema.py [--check]

Run it with the project's own Python (`.venv`), because the Structs come from `ndb_desktop`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def _schema(kind: type, title: str, description: str) -> str:
    import msgspec

    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
    }
    return json.dumps({**head, **msgspec.json.schema(kind)}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def schemas() -> dict[str, str]:
    """Every schema by its file name."""
    sys.path.insert(0, str(ROOT))

    from ndb_desktop.formats.applicationrecord import ApplicationRecord
    from ndb_desktop.formats.batchfile import BatchRecord

    return {
        "applications.schema.json": _schema(
            ApplicationRecord,
            "NDB application (one line of applications.jsonl)",
            "Amounts are strings. Beyond this schema the reader checks that every datum has exactly one of "
            "values, objects and flag, that years, dates and references exist, and that names are unique.",
        ),
        "batch.schema.json": _schema(
            BatchRecord,
            "NDB batch (the file of ndb registry init --batch)",
            "Beyond this schema the reader checks that field ids are unique, that every k is greater than 0, that quotas "
            "name fields of the batch and none is above its category's total, that the calendar is known, and that "
            "every category has a rule pack.",
        ),
    }


def main() -> int:
    old = 0
    for name, made in schemas().items():
        target = DOCS / name
        if "--check" not in sys.argv[1:]:
            target.write_text(made, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != made:
            print(f"docs/{name}: not current; run python build/make_schema.py")
            old = 1
    return old


if __name__ == "__main__":
    sys.exit(main())
