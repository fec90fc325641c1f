"""Rule packs (规则包) outside the registry: opened beside those of the batch, and where their faults stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.rulepacks import load_pack_at
from ndb_desktop.services.tasks import CancelToken, Progress, silent

_CELL = re.compile(r"(.*)!([A-Z]{1,3})([0-9]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file or folder that was opened as a pack: the pack, or all that is wrong with it."""

    path: Path
    pack: RulePack | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a fault stands: sheet, row (0: no row) and column of a spreadsheet, or a path inside the pack."""

    sheet: str
    row: int
    column: str
    path: str


def open_packs(
    paths: tuple[Path, ...], *, progress: Progress = silent, cancel: CancelToken | None = None
) -> tuple[PackFile, ...]:
    """Reads each; what cannot be read or is faulty comes with its faults instead of a pack. Raises Cancelled."""
    token, found = cancel or CancelToken(), []
    for number, path in enumerate(paths):
        token.check()
        progress(number, len(paths), path.name)
        try:
            found.append(PackFile(path, load_pack_at(path)))
        except NdbError as error:
            found.append(PackFile(path, None, tuple(error.faults)))
    progress(len(paths), len(paths), "")
    return tuple(found)


def spot_of(fault: Fault) -> Spot:
    """The place of a fault of a pack; a whole file or folder has only its name."""
    cell = _CELL.fullmatch(fault.place)
    return Spot("", 0, "", fault.place) if cell is None else Spot(cell[1], int(cell[3]), cell[2], "")
