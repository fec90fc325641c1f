"""What today's program says it can read: each of it needs a file in the corpus (tests/fixtures/corpus)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from ndb_desktop.formats import archive, manifest, resultpackage
from ndb_desktop.storage import engine, registry_schema

STORES = {"worksheet_file": "worksheet", "coredb": "core", "docwriter": "documents"}
"""Databases by the module that makes them; others go by the module's name."""


def known_levels() -> list[str]:
    """The migrations of the registry."""
    with (
        TemporaryDirectory() as folder,
        engine.open_database(Path(folder) / "empty.db", engine.RawKey("0" * 64), mode="create") as db,
    ):
        return [row.name for row in registry_schema.MIGRATIONS.pending(db)]


def declared() -> set[str]:
    """Every format and version, kind, critical word and level of a database that the program's code names.

    A module names a format of its own by `FORMAT` and `VERSION` (`READABLE` where it reads several), a format with its
    version in one word by `FORMAT` alone, a database by `USER_VERSION`.
    """
    found = {"openssh-key/1", f"archive-critical/{archive.VOLUMES}", f"package-critical/{resultpackage.STAGE}"}
    found |= {f"registry/{name}" for name in known_levels()}
    for name, code in _modules("domain", "formats", "services", "storage"):
        form, version = code.get("FORMAT"), code.get("VERSION")
        if isinstance(form, str) and "/" in form:
            found.add(form)
        elif isinstance(form, str) and isinstance(version, int):
            found |= {f"{form}/{one}" for one in code.get("READABLE", (version,))}
        if isinstance(code.get("USER_VERSION"), int):
            found.add(f"{STORES.get(name, name)}/{code['USER_VERSION']}")
    found |= {f"bundle-kind/{kind}" for kind in get_args(manifest.BundleKind)}
    return found | {f"bundle-critical/{word}" for word in manifest.KNOWN_CRITICAL}


def _modules(*layers: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for layer in layers:
        package = importlib.import_module(f"ndb_desktop.{layer}")
        for module in pkgutil.iter_modules(package.__path__):
            yield module.name, vars(importlib.import_module(f"{package.__name__}.{module.name}"))
