"""The rule packs that are shipped, and rule packs of the user: a folder of JSON or CSV files, or a workbook."""

from __future__ import annotations

import json
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
from ndb_desktop.formats.packsheet import read_pack_csv, read_pack_xlsx, write_pack_csv, write_pack_xlsx
from ndb_desktop.formats.sheetbook import MAX_SIZE as MAX_WORKBOOK
from ndb_desktop.formats.sheetcsv import SUFFIX
from ndb_desktop.formats.tables import MAX_SIZE as MAX_TABLE
from ndb_desktop.paths import forms_dir
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

FILES = ("pack.json", "zh_CN.json", "en.json", "vectors.json")
"""The files of a pack folder, in the order in which `compose_pack` takes them."""
WORKBOOK = ".xlsx"
MOST_SHEETS = 40


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


def load_pack_at(path: Path) -> RulePack:
    """The pack in a workbook, or in a folder of JSON or CSV files.

    Raises:
        NdbError: `E-PACKSHEET-KIND` for another file, `E-PACK-FILE`, and what a workbook is refused for.
        FaultsError: every fault of the pack, in a spreadsheet with its cell.
    """
    if (path / f"settings{SUFFIX}").is_file() and not (path / FILES[0]).is_file():
        found = sorted(file for file in path.iterdir() if file.suffix.lower() == SUFFIX)
        return read_pack_csv({file.name: _bytes(file, MAX_TABLE) for file in found[:MOST_SHEETS]})
    if path.is_dir():
        return load_pack_folder(path)
    if path.is_file() and path.suffix.lower() == WORKBOOK:
        return read_pack_xlsx(_bytes(path, MAX_WORKBOOK), path.name)
    raise NdbError("E-PACKSHEET-KIND", place=str(path), name=path.name)


def convert_pack(source: Path, target: Path, *, csv: bool = False) -> RulePack:
    """Writes the pack at `source` to `target`: a workbook if that ends in `.xlsx`, else a folder of JSON or CSV files.

    What is to be written is read back first and must be the same pack.

    Raises:
        NdbError: as `load_pack_at`; `E-PACKSHEET-THERE`, `E-PACKSHEET-LOST`, `E-STORE-*`.
        FaultsError: `E-PACKSHEET-LONG` at every text that no cell holds.
    """
    pack = load_pack_at(source)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NdbError("E-PACKSHEET-THERE", place=str(target), name=target.name)
    if target.suffix.lower() == WORKBOOK:
        files = {"": write_pack_xlsx(pack)}
        again = read_pack_xlsx(files[""], target.name)
    elif csv:
        files = write_pack_csv(pack)
        again = read_pack_csv(files)
    else:
        files = _json_files(pack)
        again = load_pack(compose_pack(*(strict_json(files[name], max_size=MAX_SIZE * 4) for name in FILES)))
    if again.digest != pack.digest:
        raise NdbError("E-PACKSHEET-LOST", place=str(target), digest=again.digest)
    with known_os_errors(target.name):
        folder = target if "" not in files else target.parent
        folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        with atomic_write(target / name if name else target, mode=0o644) as stream:
            stream.write(data)
    return pack


def _json_files(pack: RulePack) -> dict[str, bytes]:
    """The four files of a pack, laid out for people; their canonical form is the pack."""
    value = strict_json(pack.raw, max_size=len(pack.raw))
    parts = (value["pack"], value["texts"]["zh_CN"], value["texts"]["en"], value["vectors"])
    return {
        name: (json.dumps(part, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
        for name, part in zip(FILES, parts, strict=True)
    }


def check_folder(path: Path) -> tuple[Fault, ...]:
    """All faults of the pack in a folder; empty when it is fine."""
    try:
        load_pack_folder(path)
    except NdbError as error:
        return tuple(error.faults)
    return ()


def _bytes(path: Path, most: int) -> bytes:
    """A file, or one byte more than it may have: its reader then says that it is too large."""
    try:
        with path.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise NdbError("E-PACK-FILE", place=path.name, name=path.name, reason=error.strerror or "") from error


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise NdbError("E-PACK-SIZE", place=path.name, detail=MAX_SIZE)
        return strict_json(path.read_bytes(), max_size=MAX_SIZE)
    except OSError as error:
        raise NdbError("E-PACK-FILE", place=path.name, name=path.name, reason=error.strerror or "") from error
    except StrictJsonFault as error:
        raise NdbError(JSON_CODES[error.kind], place=path.name, detail=error.detail) from error
