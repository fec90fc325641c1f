"""Whether a folder is synchronised with a server (云同步文件夹), where a half-copied worksheet is how work gets lost.

Only names and marks left in the folders on the way are looked at; which names belong to which program is data.
"""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ndb_desktop import paths


@dataclass(frozen=True, slots=True)
class SyncService:
    """A program that synchronises folders: its id and its name in both languages."""

    id: str
    names: Mapping[str, str]
    folders: tuple[str, ...]
    markers: tuple[str, ...]
    variables: tuple[str, ...]


@cache
def known_services() -> tuple[SyncService, ...]:
    """The programs we know, in the order they are asked for."""
    told = json.loads(paths.resource("sync_folders.json").read_text(encoding="utf-8"))
    return tuple(
        SyncService(
            entry["id"],
            {"zh_CN": entry["zh_CN"], "en": entry["en"]},
            tuple(name.casefold() for name in entry["folders"]),
            tuple(entry["markers"]),
            tuple(entry["variables"]),
        )
        for entry in told["services"]
    )


def sync_service(path: Path, environment: Mapping[str, str] | None = None) -> SyncService | None:
    """The program that synchronises the folder of `path`, None when none is recognised; never raises."""
    environment = os.environ if environment is None else environment
    with suppress(OSError, RuntimeError, ValueError):
        path = path.resolve()
    # A file called Dropbox is no sign; a folder on the way is.
    folders = [folder for folder in (path, *path.parents) if folder != path or path.is_dir()]
    for service in known_services():
        if any(_below(path, environment.get(name, "")) for name in service.variables):
            return service
        if any(_named(folder.name, service.folders) for folder in folders):
            return service
    return next((service for service in known_services() if any(_marked(f, service.markers) for f in folders)), None)


def _below(path: Path, top: str) -> bool:
    return bool(top) and path.is_relative_to(Path(top))


def _named(name: str, wanted: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name.casefold(), pattern) for pattern in wanted)


def _marked(folder: Path, markers: tuple[str, ...]) -> bool:
    with suppress(OSError):
        for marker in markers:
            if "*" in marker:
                if any(fnmatch.fnmatchcase(entry.name, marker) for entry in folder.iterdir()):
                    return True
            elif (folder / marker).exists():
                return True
    return False
