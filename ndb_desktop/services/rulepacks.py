"""The rule packs that are shipped, and rule packs in a folder of the user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.domain.batch import FieldDef
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.packload import JSON_CODES, MAX_SIZE, compose_pack, load_pack
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.strictload import StrictJsonFault, strict_json
from ndb_desktop.paths import forms_dir

FILES = ("pack.json", "zh_CN.json", "en.json", "vectors.json")
"""The files of a pack folder, in the order in which `compose_pack` takes them."""


@cache
def builtin_packs() -> Mapping[str, RulePack]:
    """The shipped packs by id; loaded, linted and tested once per run."""
    folders = sorted(path.parent for path in forms_dir().glob("*/pack.json"))
    packs = [load_pack_folder(folder) for folder in folders]
    return {pack.id: pack for pack in packs}


@cache
def proposed_fields() -> tuple[FieldDef, ...]:
    """The proposed key fields with their scale factors k, for a new batch; the coordinator may change them."""
    entries = _read(forms_dir() / "fields.json")
    return tuple(
        FieldDef(entry["id"], LocalText(entry["zh_CN"], entry["en"]), parse_number(entry["k"])) for entry in entries
    )


def load_pack_folder(path: Path) -> RulePack:
    """The pack in a folder of the four files.

    Raises:
        FaultsError: every fault of the pack; `E-PACK-FILE` for a file that cannot be read.
    """
    parts: list[Any] = []
    faults: list[Fault] = []
    for name in FILES:
        try:
            parts.append(_read(path / name))
        except NdbError as error:
            faults.extend(error.faults)
    if faults:
        raise FaultsError(faults, place=str(path))
    return load_pack(compose_pack(parts[0], parts[1], parts[2], parts[3]))


def check_folder(path: Path) -> tuple[Fault, ...]:
    """All faults of the pack in a folder; empty when it is fine."""
    try:
        load_pack_folder(path)
    except NdbError as error:
        return tuple(error.faults)
    return ()


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise NdbError("E-PACK-SIZE", place=path.name, detail=MAX_SIZE)
        return strict_json(path.read_bytes(), max_size=MAX_SIZE)
    except OSError as error:
        raise NdbError("E-PACK-FILE", place=path.name, name=path.name, reason=error.strerror or "") from error
    except StrictJsonFault as error:
        raise NdbError(JSON_CODES[error.kind], place=path.name, detail=error.detail) from error
