"""Composition root: `python -m ndb_desktop` and the frozen program start here."""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def is_file_of_ours(argument: str) -> bool:
    """Whether a file manager asks to open a file: an existing path with one of our extensions, never a verb."""
    path = Path(argument)
    return path.suffix.startswith(".ndb") and path.is_file()


def is_command(arguments: list[str]) -> bool:
    """Whether the command line is meant: a verb, or a question about the program as a whole."""
    rest = list(arguments)
    # Options that the window and the command line share may stand before the verb.
    while rest and rest[0] in ("--lang", "--profile", "--json"):
        del rest[: 1 if rest[0] == "--json" else 2]
    first = rest[0] if rest else ""
    if first in ("-h", "--help", "--version"):
        return True
    return bool(first) and not first.startswith("-") and not is_file_of_ours(first)


def main() -> int:
    """Runs the command line if a verb is given, else opens the window; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--render-child"]:
        # First of all: the renderer must not load Qt, keys or databases.
        from ndb_desktop.documents.child import main as renderer

        return renderer()
    if is_command(arguments):
        from ndb_desktop.cli.main import main as command_line

        return command_line(arguments)
    # What a start makes stays; looking through it for garbage would only make it longer (`ui.app` looks again later).
    gc.disable()
    from ndb_desktop.ui.app import main as window

    return window(arguments)


if __name__ == "__main__":
    sys.exit(main())
