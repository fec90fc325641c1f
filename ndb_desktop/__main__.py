"""Composition root: `python -m ndb_desktop` and the frozen program start here."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line if a verb is given, else opens the window; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--render-child"]:
        # First of all: the renderer must not load Qt, keys or databases.
        from ndb_desktop.documents.child import main as renderer

        return renderer()
    if arguments and not arguments[0].startswith("-"):
        from ndb_desktop.cli.main import main as command_line

        return command_line(arguments)
    from ndb_desktop.ui.app import main as window

    return window(arguments)


if __name__ == "__main__":
    sys.exit(main())
