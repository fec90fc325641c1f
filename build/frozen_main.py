"""Start of the frozen program: the same composition root as `python -m ndb_desktop`.

The folder holds two programs made of the same parts: `ndb-desktop` opens the window, `ndb` is the command line.
"""

import sys
from pathlib import Path

OWN_OPTIONS = ("--render-child", "--check")
"""With these a program starts itself again: as the renderer, or to show the window once."""


def start() -> int:
    """Runs what the program's name and arguments ask for."""
    if Path(sys.executable).stem == "ndb" and not set(sys.argv[1:2]) & set(OWN_OPTIONS):
        from ndb_desktop.cli.main import main as command_line

        return command_line(sys.argv[1:])
    from ndb_desktop.__main__ import main

    return main()


sys.exit(start())
