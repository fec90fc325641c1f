"""Passphrases and bundle secrets: from a file, the environment or a prompt, never from the command line itself."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.usage import Verb
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.crypto.identity import Identity

PASSPHRASE_VARIABLE = "NDB_PASSPHRASE"  # noqa: S105  (the variable's name)
SECOND_PASSPHRASE_VARIABLE = "NDB_SECOND_PASSPHRASE"  # noqa: S105
SECRET_VARIABLE = "NDB_SECRET"  # noqa: S105


def passphrase_options(verb: Verb) -> None:
    """Adds `--passphrase-file`."""
    verb.argument("--passphrase-file", metavar="FILE", type=Path, help_key="cli.opt.passphrase_file")


def key_options(verb: Verb) -> None:
    """Adds `--key` and `--passphrase-file`: which own key to use and how to unlock it."""
    verb.argument("--key", metavar="FILE", help_key="cli.opt.key")
    passphrase_options(verb)


def second_options(verb: Verb) -> None:
    """Adds `--second` and `--second-passphrase-file`: a supervisor's key where two must sign (双人规则)."""
    verb.argument("--second", "--second-key", metavar="FILE", type=Path, help_key="cli.opt.second")
    verb.argument("--second-passphrase-file", metavar="FILE", type=Path, help_key="cli.opt.second_passphrase_file")


def second_identity(context: Context) -> Identity | None:
    """The supervisor's unlocked key, None without `--second`.

    Raises:
        NdbError: E-CLI-NO-FILE, E-CLI-NO-PASSPHRASE (no way to ask), E-KEY-PASSPHRASE and what reading a key can raise.
    """
    from ndb_desktop.services.identity import unlock

    path: Path | None = context.options.second
    if path is None:
        return None
    if not path.is_file():
        raise NdbError("E-CLI-NO-FILE", place=str(path))
    given = _given(context.options.second_passphrase_file, SECOND_PASSPHRASE_VARIABLE)
    if given is None:
        if not sys.stdin.isatty():
            raise NdbError("E-CLI-NO-PASSPHRASE", variable=SECOND_PASSPHRASE_VARIABLE)
        given = getpass.getpass(context.words("cli.ask.second_passphrase"))
    return unlock(path, given)


def secret_options(verb: Verb) -> None:
    """Adds `--secret-file`."""
    verb.argument("--secret-file", metavar="FILE", type=Path, help_key="cli.opt.secret_file")


def passphrase(context: Context, *, new: bool = False) -> str:
    """The passphrase of the key in use; asked twice when it is new.

    Raises:
        NdbError: E-CLI-NO-PASSPHRASE (no way to ask), E-CLI-MISMATCH, E-CLI-SECRET-FILE.
    """
    given = _given(getattr(context.options, "passphrase_file", None), PASSPHRASE_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise NdbError("E-CLI-NO-PASSPHRASE", variable=PASSPHRASE_VARIABLE)
    first = getpass.getpass(context.words("cli.ask.new_passphrase" if new else "cli.ask.passphrase"))
    if new and getpass.getpass(context.words("cli.ask.again")) != first:
        raise NdbError("E-CLI-MISMATCH")
    return first


def bundle_secret(context: Context, *, ask: bool = True) -> str | None:
    """The secret of a bundle, or None when none was given and `ask` is false.

    Raises:
        NdbError: E-CLI-NO-SECRET (no way to ask), E-CLI-SECRET-FILE.
    """
    given = _given(getattr(context.options, "secret_file", None), SECRET_VARIABLE)
    if given is not None or not ask:
        return given
    if not sys.stdin.isatty():
        raise NdbError("E-CLI-NO-SECRET", variable=SECRET_VARIABLE)
    return getpass.getpass(context.words("cli.ask.secret"))


def _given(path: Path | None, variable: str) -> str | None:
    if path is not None:
        try:
            return path.read_text(encoding="utf-8-sig").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise NdbError("E-CLI-SECRET-FILE", place=str(path)) from error
    return os.environ.get(variable)


def own_identity(context: Context) -> Identity:
    """The caller's unlocked key: `--key FILE`, `--key NAME`, or the only key of the profile.

    Raises:
        NdbError: E-CLI-NO-KEY, E-CLI-WHICH-KEY, E-KEY-PASSPHRASE and what reading a key can raise.
    """
    from ndb_desktop.services.identity import unlock

    return unlock(key_path(context), passphrase(context))


def key_path(context: Context) -> Path:
    """Where the caller's key lies; see `own_identity`."""
    from ndb_desktop.services.identity import list_identities

    wanted: str | None = getattr(context.options, "key", None)
    if wanted and Path(wanted).is_file():
        return Path(wanted)
    stored = list_identities(context.profile / "keys")
    if wanted:
        stored = tuple(item for item in stored if wanted in (item.name, item.fingerprint, item.path.stem))
    if not stored:
        raise NdbError("E-CLI-NO-KEY", place=wanted or "")
    if len(stored) > 1:
        raise NdbError("E-CLI-WHICH-KEY", names="、".join(f"{item.name} ({item.path.name})" for item in stored))
    return stored[0].path
