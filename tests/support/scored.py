"""A batch whose applications were marked, to see what leaves the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from tests.support.office import make_office, make_score_file, scored_sheet, small_batch
from tests.support.travel import tiny_application

MARKS = {"A-001": 98, "A-002": 94, "A-003": 88, "A-004": 60, "A-005": 72, "A-006": 96}


def marked(application: str, mark: int) -> Sheet:
    """A sheet whose judged items have `mark` in whatever band it falls."""
    level = "L1" if mark < 60 else "L2" if mark < 70 else "L3" if mark < 80 else "L4" if mark < 90 else "L5"
    reason = "理由充分，详见工作方案第三章" if level in ("L1", "L5") else ""
    sheet = scored_sheet(application)
    items = {
        name: entry if name == "T1.1.basis" else ItemEntry(name, "scored", level, Decimal(mark), reason=reason)
        for name, entry in sheet.items.items()
    }
    return replace(sheet, items=items)


def scored_office(folder: Path, marks: Mapping[str, int] = MARKS, *, backwards: bool = False) -> Office:
    """Six parks in two fields and many places, at most three (two of `ai`) to be selected; five experts."""
    listed = [
        replace(tiny_application(n, "2.9"), region=f"{660000 - n * 10000}", field="ai" if n % 2 else "nev")
        for n in range(1, 7)
    ]
    office = make_office(
        folder / "office", applications=listed[::-1] if backwards else listed,
        batch=small_batch(quotas={"park": Quota(total=3, fields={"ai": 2})}),
    )  # fmt: skip
    for number, shift in enumerate((-1, 0, 1, 0, 0), 1):
        sheets = [marked(name, mark + shift) for name, mark in marks.items()]
        make_score_file(office, folder / f"in/E{number}.ndbscore", f"E0{number}", sheets)
    paths = sorted((folder / "in").iterdir(), reverse=backwards)
    report = merge_files(office, paths)
    assert [row.verdict for row in report.verdicts] == ["accepted"] * 5
    return office
