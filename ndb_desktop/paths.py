"""Where things are: shipped resources (source run, wheel, frozen run) and the user's own folder."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

PROFILE_VARIABLE = "NDB_PROFILE"
"""Environment variable that moves the user's folder (keys, worksheets, cache, settings)."""


_PACKAGE = Path(__file__).resolve().parent


@cache
def _root() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen)
    shipped = _PACKAGE / "_data"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def resource(*parts: str) -> Path:
    """A file or folder below `resources/`."""
    return _root().joinpath("resources", *parts)


def forms_dir() -> Path:
    """The folder of the shipped rule packs."""
    return _root() / "forms"


def guide(reader: str, language: str) -> Path:
    """The guide (使用指南) for `expert`, `inspection` or `coordinator`, as Markdown; pictures in `images` beside it."""
    return _root() / "docs" / f"guide-{reader}.{language.partition('_')[0]}.md"


def profile_dir() -> Path:
    """The user's own folder, made on first use, readable by that user alone."""
    override = os.environ.get(PROFILE_VARIABLE)
    folder = Path(override) if override else _usual_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _usual_folder() -> Path:
    # Imported here: its reader of desktop files costs a start with a folder of its own some time.
    import platformdirs

    return Path(platformdirs.user_data_dir("ndb-desktop", appauthor=False))
