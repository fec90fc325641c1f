"""The rule packs that are shipped, and rule packs of the user: a folder of JSON or CSV, a JSON file, a workbook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ndb_desktop.domain.batch import FieldDef
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.packload import FORMAT, compose_pack, load_pack
from ndb_desktop.domain.packstages import JSON_CODES, MAX_SIZE
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.sitepack import FORMAT as SITE_FORMAT
from ndb_desktop.domain.sitepack import SitePack, load_site_pack
from ndb_desktop.domain.stagelint import misfits
from ndb_desktop.domain.stageload import FORMAT as STAGE_FORMAT
from ndb_desktop.domain.stageload import load_stage_pack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.domain.strictload import StrictJsonFault, canonical, strict_json
from ndb_desktop.formats.packsheet import read_pack_csv, read_pack_xlsx, write_pack_csv, write_pack_xlsx
from ndb_desktop.formats.sheetbook import MAX_SIZE as MAX_WORKBOOK
from ndb_desktop.formats.sheetcsv import SUFFIX
from ndb_desktop.formats.tables import MAX_SIZE as MAX_TABLE
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

FILES = ("pack.json", "zh_CN.json", "en.json", "vectors.json")
"""The files of a pack folder, in the order in which `compose_pack` takes them."""
WORKBOOK = ".xlsx"
JSON = ".json"
MOST_SHEETS = 40
PackForm = Literal["xlsx", "csv", "json"]
"""A workbook, a folder of CSV files, one JSON file; `convert_pack` also writes a folder of JSON files."""


@cache
def builtin_packs() -> Mapping[str, RulePack]:
    """The shipped packs by id; loaded, linted and tested once per run."""
    packs = [load_pack_folder(folder) for folder in shipped_folders(FORMAT)]
    return {pack.id: pack for pack in packs}


@cache
def builtin_site_packs() -> Mapping[str, SitePack]:
    """The shipped checklists of inspections (现场检查清单) by id; loaded, linted and tested once per run."""
    packs = [load_site_pack(compose_pack(*_parts(folder))) for folder in shipped_folders(SITE_FORMAT)]
    return {pack.id: pack for pack in packs}


def shipped_folders(kind: str) -> list[Path]:
    """The shipped pack folders of one format, such as `ndb-rulepack/1`: not every pack is one of indicators."""
    return sorted(path.parent for path in forms_dir().glob("*/pack.json") if pack_format(path.parent) == kind)


def pack_format(folder: Path) -> str:
    """The format the definition in a folder names, "" where it names none; raises as `load_pack_folder`."""
    return _format_in(_read(folder / FILES[0]))


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
        NdbError: `E-PACKS-KIND` for a pack of another kind.
        FaultsError: every fault of the pack; `E-PACK-FILE` for a file that cannot be read.
    """
    parts = _parts(path)
    _of_indicators(_format_in(parts[0]), path)
    return load_pack(compose_pack(*parts))


@cache
def builtin_stage_packs() -> Mapping[str, AnyStagePack]:
    """The shipped packs of 评估验收 and 成效评估 by id; loaded, linted, tested and fitted to selection once per run."""
    packs = [_stage_pack(compose_pack(*_parts(folder))) for folder in shipped_folders(STAGE_FORMAT)]
    return {pack.id: pack for pack in packs}


def _stage_pack(raw: bytes) -> AnyStagePack:
    """A pack of a later stage; one that follows a shipped selection pack has to fit it."""
    pack = load_stage_pack(raw)
    selection = builtin_packs().get(pack.follows)
    faults = misfits(pack, selection) if selection else ()
    if faults:
        raise FaultsError(faults)
    return pack


_OTHERS: Mapping[str, Callable[[bytes], SitePack | AnyStagePack]] = {
    SITE_FORMAT: load_site_pack,
    STAGE_FORMAT: _stage_pack,
}
"""Packs that are not of indicators: their formats and loaders."""


def load_any_pack(path: Path) -> RulePack | SitePack | AnyStagePack:
    """A pack of whatever kind: one of indicators in any form, another in a folder or one file of JSON.

    Raises:
        NdbError, FaultsError: as `load_pack_at`.
    """
    home = _home(path)
    if (home / FILES[0]).is_file():
        parts = _parts(home)
        load = _OTHERS.get(_format_in(parts[0]))
        return load(compose_pack(*parts)) if load else load_pack_at(home)
    if home.is_file() and home.suffix.lower() == JSON:
        value = _read(home)
        load = _OTHERS.get(_format_of(value))
        if load:
            return load(canonical(value))
    return load_pack_at(path)


def _of_indicators(found: str, path: Path) -> None:
    """Refuses a pack of another kind at once: all its faults would say nothing."""
    if found in _OTHERS:
        raise NdbError("E-PACKS-KIND", place=str(path), name=path.name, found=found)


def _format_in(definition: Any) -> str:
    """The format that a definition names, "" where it names none."""
    kind = definition.get("format") if isinstance(definition, dict) else None
    return kind if isinstance(kind, str) else ""


def _format_of(value: Any) -> str:
    """The format of a whole pack in one file, "" where it names none."""
    return _format_in(value.get("pack")) if isinstance(value, dict) else ""


def _parts(path: Path) -> list[Any]:
    """The four files of a folder, as `compose_pack` takes them; raises as `load_pack_folder`."""
    parts: list[Any] = []
    faults: list[Fault] = []
    for name in FILES:
        try:
            parts.append(_read(path / name))
        except NdbError as error:
            faults.extend(error.faults)
    if faults:
        raise FaultsError(faults, place=str(path))
    return parts


def load_pack_at(path: Path) -> RulePack:
    """The pack in a workbook, in one JSON file, or in a folder of JSON or CSV files; a file there stands for it.

    Raises:
        NdbError: `E-PACKSHEET-KIND`, `E-PACKS-KIND`, `E-PACK-FILE`, and what a workbook is refused for.
        FaultsError: every fault of the pack, in a spreadsheet with its cell.
    """
    path = _home(path)
    if (path / f"settings{SUFFIX}").is_file() and not (path / FILES[0]).is_file():
        found = sorted(file for file in path.iterdir() if file.suffix.lower() == SUFFIX)
        return read_pack_csv({file.name: _bytes(file, MAX_TABLE) for file in found[:MOST_SHEETS]})
    if path.is_dir():
        return load_pack_folder(path)
    if path.is_file() and path.suffix.lower() == WORKBOOK:
        return read_pack_xlsx(_bytes(path, MAX_WORKBOOK), path.name)
    if path.is_file() and path.suffix.lower() == JSON:
        value = _read(path)
        _of_indicators(_format_of(value), path)
        return load_pack(canonical(value))
    raise NdbError("E-PACKSHEET-KIND", place=str(path), name=path.name)


def _home(path: Path) -> Path:
    """The folder for a file that is one of the several a pack there is made of."""
    folder = path.parent
    if not path.is_file():
        return path
    # A pack in one file may be called pack.json as well; then there is nothing beside it.
    of_json = path.name in FILES and sum((folder / name).is_file() for name in FILES) > 1
    of_csv = path.suffix.lower() == SUFFIX and (folder / f"settings{SUFFIX}").is_file()
    return folder if of_json or of_csv else path


def convert_pack(source: Path, target: Path, *, csv: bool = False) -> RulePack:
    """Writes the pack at `source` to `target`; raises as `load_pack_at` and `write_pack`."""
    pack = load_pack_at(source)
    write_pack(pack, target, csv=csv)
    return pack


def write_pack(
    pack: RulePack,
    target: Path,
    *,
    csv: bool = False,
    replace: bool = False,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> None:
    """Writes a pack: a workbook for `.xlsx`, one file for `.json`, else a folder of JSON or CSV files.

    What is to be written is read back first and must be the same pack. `replace` overwrites a file, never a folder.

    Raises:
        NdbError: `E-PACKSHEET-THERE`, `E-PACKSHEET-LOST`, `E-STORE-*`.
        FaultsError: `E-PACKSHEET-LONG` at every text that no cell holds.
        Cancelled: by `cancel`; nothing is written then.
    """
    token = cancel or CancelToken()
    suffix = target.suffix.lower()
    single = suffix in (WORKBOOK, JSON) and not csv
    there = target.is_dir() and (single or any(target.iterdir()))
    if there or (target.exists() and not target.is_dir() and not (single and replace)):
        raise NdbError("E-PACKSHEET-THERE", place=str(target), name=target.name)
    progress(0, 3, target.name)
    files = _files(pack, suffix if single else "", csv=csv)
    token.check()
    progress(1, 3, target.name)
    again = _again(files, target.name)
    if again.digest != pack.digest:
        raise NdbError("E-PACKSHEET-LOST", place=str(target), digest=again.digest)
    token.check()
    progress(2, 3, target.name)
    with known_os_errors(target.name):
        (target.parent if single else target).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        with atomic_write(target if single else target / name, mode=0o644) as stream:
            stream.write(data)
    progress(3, 3, target.name)


def _files(pack: RulePack, suffix: str, *, csv: bool) -> dict[str, bytes]:
    """The files of a pack by name; a single one by its suffix."""
    if suffix == WORKBOOK:
        return {WORKBOOK: write_pack_xlsx(pack)}
    if suffix == JSON:
        return {JSON: _laid_out(strict_json(pack.raw, max_size=len(pack.raw)))}
    return write_pack_csv(pack) if csv else _json_files(pack)


def _again(files: Mapping[str, bytes], name: str) -> RulePack:
    """The pack in such files."""
    if WORKBOOK in files:
        return read_pack_xlsx(files[WORKBOOK], name)
    if JSON in files:
        return load_pack(canonical(strict_json(files[JSON], max_size=MAX_SIZE * 4)))
    if FILES[0] in files:
        return load_pack(compose_pack(*(strict_json(files[part], max_size=MAX_SIZE * 4) for part in FILES)))
    return read_pack_csv(files)


def _json_files(pack: RulePack) -> dict[str, bytes]:
    """The four files of a pack, laid out for people; their canonical form is the pack."""
    value = strict_json(pack.raw, max_size=len(pack.raw))
    parts = (value["pack"], value["texts"]["zh_CN"], value["texts"]["en"], value["vectors"])
    return {name: _laid_out(part) for name, part in zip(FILES, parts, strict=True)}


def _laid_out(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def check_folder(path: Path) -> tuple[Fault, ...]:
    """All faults of the pack in a folder; empty when it is fine."""
    try:
        load_any_pack(path)
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
