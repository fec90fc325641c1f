"""拖放: what a file, folder or ZIP that was dropped on the coordinator's window is for, by what lies in it.

Nothing is opened further than the list of names; what is read is judged where it is taken.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.handover import TABLES
from ndb_desktop.formats.sniff import FileKind, identify
from ndb_desktop.services.calendars import looks_like_calendar
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage.atomic import known_os_errors

Purpose = Literal["score", "site", "handover", "calendar", "table", "nothing", "other"]
"""评分文件, 检查记录, 移交包, 节假日历, 单个表格, 认不出的文件夹或压缩包, 其他."""
Sorted = Literal["score", "site", "handover", "calendar"]
MOST = 2_000
"""Names looked at in a folder or ZIP: what it is for shows in the first of them."""
_SCORE = ".ndbscore"
_SITE = ".ndbsite"


def purpose(path: Path) -> Purpose:
    """What something dropped is for. Raises NdbError E-STORE-*, E-FILE-SPECIAL."""
    suffix = path.suffix.lower()
    if suffix in TABLES and path.is_file():
        return "table"
    if suffix == ".json" and path.is_file() and looks_like_calendar(path):
        return "calendar"
    kind = identify(path)
    if kind in (FileKind.SCORE, FileKind.SEALED):
        return "score"
    if kind is FileKind.SITE:
        return "site"
    if kind is FileKind.HANDOVER:
        return "handover"
    if kind is FileKind.FOLDER:
        with known_os_errors(path.name):
            return _by_names(_in_folder(path))
    return _by_names(_in_zip(path)) if kind is FileKind.ZIP else "other"


def holds_scores(path: Path) -> bool:
    """Whether something dropped belongs into the inbox; False too where it cannot be looked at."""
    try:
        return purpose(path) == "score"
    except NdbError:
        return False


def holds_records(path: Path) -> bool:
    """Whether something dropped is a record of a visit, or a folder of them; False where it cannot be looked at."""
    try:
        return purpose(path) == "site"
    except NdbError:
        return False


def sort_out(paths: Sequence[Path], cancel: CancelToken | None = None) -> Sorted | None:
    """Where all of it goes: inbox, records of visits, import, calendar; None for else, which the window names.

    Raises:
        NdbError: E-FILE-MIXED (not all for the same place), E-DROP-ONE (several hand-overs or calendars), E-DROP-TABLE
            (a table alone: which page it is for cannot be told), E-DROP-NOTHING, E-STORE-*.
    """
    found: list[Purpose] = []
    for path in paths:
        if cancel is not None:
            cancel.check()
        found.append(purpose(path))
        if found[-1] == "table":
            raise NdbError("E-DROP-TABLE", place=path.name)
        if found[-1] == "nothing":
            raise NdbError("E-DROP-NOTHING", place=path.name)
    kinds = set(found)
    if kinds == {"other"}:
        return None
    if len(kinds) > 1:
        raise NdbError("E-FILE-MIXED", count=len(found))
    if "score" in kinds:
        return "score"
    if "site" in kinds:
        return "site"
    if len(found) > 1:
        raise NdbError("E-DROP-ONE", count=len(found))
    return "calendar" if "calendar" in kinds else "handover"


def _by_names(names: Iterable[str]) -> Purpose:
    """Score files first; then records of visits, tables with the documents beside them, ZIPs with scores in them."""
    tables = archives = sites = False
    for name in names:
        if name.endswith(_SCORE):
            return "score"
        sites = sites or name.endswith(_SITE)
        tables = tables or name.endswith((*TABLES, "applications.jsonl", "actuals.jsonl"))
        archives = archives or name.endswith(".zip")
    if sites:
        return "site"
    if tables:
        return "handover"
    return "score" if archives else "nothing"


def _in_folder(folder: Path) -> Iterator[str]:
    count = 0
    for _where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > MOST:
                return
            yield name.lower()


def _in_zip(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as opened:
            names = opened.namelist()[:MOST]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError, OSError):
        # Whether it can be read is told where it is taken.
        names = [_SCORE]
    yield from (name.lower() for name in names)
