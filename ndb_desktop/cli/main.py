"""`ndb`: finds the verb, runs it, and turns what goes wrong into one line and an exit code.

Exit codes: 0 fine, 1 findings (something was refused or wrong in the files), 2 misuse (the command itself).
Services are imported inside the verbs that use them, so that `ndb --help` and scripts that loop stay fast.
"""

from __future__ import annotations

import io
import locale
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ndb_desktop import __version__
from ndb_desktop.cli import (
    analytics,
    archive,
    assign,
    assign_seats,
    bundle,
    calibration,
    conflicts,
    demo,
    exports,
    identity,
    imports,
    inbox,
    issue,
    keys,
    lifecycle,
    merge,
    objections,
    officers,
    registry,
    report,
    review,
    rounds,
    rules,
    selftest,
    settle,
    site,
    verify,
    visit,
)
from ndb_desktop.cli.context import FINDINGS, MISUSE, Context
from ndb_desktop.cli.usage import Parser, UsageError, Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.paths import PROFILE_VARIABLE, profile_dir
from ndb_desktop.services.tasks import Cancelled
from ndb_desktop.texts import DEFAULT_LANGUAGE, LANGUAGES, Language, text

LANGUAGE_VARIABLE = "NDB_LANG"
DEBUG_VARIABLE = "NDB_DEBUG"
"""Set to anything: a mistake of the program prints its traceback too."""

MISUSES = frozenset(
    {
        "E-CLI-NO-PASSPHRASE",
        "E-CLI-MISMATCH",
        "E-CLI-SECRET-FILE",
        "E-CLI-NO-SECRET",
        "E-CLI-NO-KEY",
        "E-CLI-WHICH-KEY",
        "E-CLI-NO-FILE",
        "E-CLI-NO-REGISTRY",
        "E-CLI-VALUE",
    }
)
"""Errors that mean the command was wrong, not the files."""

MODULES = (
    demo,
    identity,
    keys,
    rules,
    registry,
    imports,
    officers,
    conflicts,
    assign,
    assign_seats,
    issue,
    calibration,
    bundle,
    review,
    verify,
    merge,
    inbox,
    visit,
    site,
    settle,
    exports,
    analytics,
    report,
    rounds,
    objections,
    lifecycle,
    archive,
    selftest,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    language = _language(arguments)
    try:
        options = build_parser(language).parse_args(arguments)
    except UsageError as error:
        print(error, file=sys.stderr)
        return MISUSE
    except SystemExit as leave:  # --help and --version print and leave
        return int(leave.code or 0)
    if folder := getattr(options, "profile", None):
        os.environ[PROFILE_VARIABLE] = folder
    context = Context(options, language, getattr(options, "json", False), profile_dir())
    return _run(context)


def _run(context: Context) -> int:
    try:
        with context.interruptible():
            code = int(context.options.run(context))
            sys.stdout.flush()
            return code
    except NdbError as error:
        context.report((error,))
        if error.faults != (error.fault,):
            context.report(error.faults)
        return MISUSE if error.code in MISUSES else FINDINGS
    except (Cancelled, KeyboardInterrupt):
        context.say(context.words("cli.cancelled"))
        return FINDINGS
    except BrokenPipeError:
        # Whoever read our output has left; what Python still holds for it goes nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except OSError as error:
        context.report((NdbError("E-CLI-FILE", place=str(error.filename or ""), reason=error.strerror or str(error)),))
        return FINDINGS
    except Exception as error:  # noqa: BLE001  (the last line of defence: a sentence, never a dead end)
        return _bug(context, error)


def _bug(context: Context, error: Exception) -> int:
    """A mistake of ours. Only kind and place are shown: the message could hold what must not leave the program."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    context.report((NdbError("E-CLI-BUG", place=place, kind=type(error).__name__, variable=DEBUG_VARIABLE),))
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    return FINDINGS


def build_parser(language: str) -> Parser:
    """The whole command line in `language`."""
    parser = Parser(
        prog="ndb",
        language=language,
        description=text("cli.description", language),
        epilog=text("cli.epilog", language, profile=PROFILE_VARIABLE, language=LANGUAGE_VARIABLE),
    )
    parser.choices.add_argument(
        "--version", action="version", version=f"NDB Desktop {__version__}", help=text("cli.opt.version", language)
    )
    verbs = Verbs(parser, dest="verb")
    for module in MODULES:
        module.add(verbs)
    return parser


def _language(arguments: Sequence[str]) -> Language:
    """`--lang`, then `NDB_LANG`, then the machine's language, then Chinese. A wrong `--lang` is refused later."""
    wanted = ""
    for place, word in enumerate(arguments):
        if word == "--lang" and place + 1 < len(arguments):
            wanted = arguments[place + 1]
        elif word.startswith("--lang="):
            wanted = word.removeprefix("--lang=")
    for choice in (wanted, os.environ.get(LANGUAGE_VARIABLE, "")):
        for language in LANGUAGES:
            if choice == language:
                return language
    machine = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if not machine and sys.platform in ("win32", "darwin"):
        machine = locale.getlocale()[0] or ""
    return "en" if machine.lower().startswith("en") else DEFAULT_LANGUAGE


if __name__ == "__main__":
    sys.exit(main())
