"""What every coordinator verb shares: which registry (总库), opened with which key, closed whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.secrets import key_options, own_identity
from ndb_desktop.cli.usage import Verb
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.place_words import Names

REGISTRY_VARIABLE = "NDB_REGISTRY"


def registry_options(verb: Verb) -> None:
    """Adds `--registry`, `--key` and `--passphrase-file`."""
    verb.argument("-r", "--registry", metavar="DIR", type=Path, help_key="cli.opt.registry")
    key_options(verb)


@contextmanager
def open_registry(context: Context) -> Iterator[Office]:
    """The registry named by `--registry` or `NDB_REGISTRY`, opened with the caller's key.

    Raises:
        NdbError: E-CLI-NO-REGISTRY and what opening a registry can raise.
    """
    from ndb_desktop.services.office_folder import open_office

    folder: Path | None = context.options.registry
    if folder is None and os.environ.get(REGISTRY_VARIABLE):
        folder = Path(os.environ[REGISTRY_VARIABLE])
    if folder is None:
        raise NdbError("E-CLI-NO-REGISTRY", variable=REGISTRY_VARIABLE)
    if not folder.is_dir():
        raise NdbError("E-CLI-NO-FILE", place=str(folder))
    office = open_office(folder, own_identity(context), clock=context.now)
    office.language = context.language
    try:
        yield office
    finally:
        office.close()


def names_of(context: Context, office: Office) -> Names:
    """What the packs of the registry call data and items, in the caller's language."""
    from ndb_desktop.services import place_words

    return place_words.names_of(office, context.language)


def existing(path: Path) -> Path:
    """`path`, which must exist. Raises `NdbError` E-CLI-NO-FILE."""
    if not path.exists():
        raise NdbError("E-CLI-NO-FILE", place=str(path))
    return path
