"""故障报告: what may be said of a crash to people outside the review: versions, kinds of errors, lines of our own code.

Nothing is copied from a message, a path or a value: every line is put together from parts that were recognised, so that
a report cannot carry a name, a text or a folder of the user's, whatever stood in what it was made from.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop import __version__
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.texts import text

FAULTS, FAULTS_LAST = "faults.txt", "faults-last.txt"
ERRORS, ERRORS_LAST = "errors.jsonl", "errors-last.jsonl"
MAX_ERRORS = 20
MAX_READ = 256 * 1024

_FRAME = r'^\s*File "([^"\n]+)", line (\d{1,6}) in (\S+)'
_PACKAGES = r"(?:cli|crypto|documents|domain|formats|reports|services|storage|ui)"
_OURS = rf"(?:^|[/\\])ndb_desktop[/\\]((?:{_PACKAGES}[/\\](?:[a-z]+[/\\])?)?[a-z0-9_]+\.py)$"
_FUNCTION = r"[A-Za-z_<][A-Za-z0-9_<>]{0,60}"
_LINE = rf"(?:{_PACKAGES}/(?:[a-z]+/)?)?[a-z0-9_]+\.py:\d{{1,6}} [A-Za-z_<][A-Za-z0-9_<>]{{0,60}}"
_TYPE = r"[A-Za-z_][A-Za-z0-9_]{0,60}"
_CODE = r"E-[A-Z0-9]+(?:-[A-Z0-9]+)*"
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_SYSTEM = r"[A-Za-z0-9 ._+()-]{1,60}"
_FATAL = (
    "Segmentation fault",
    "Aborted",
    "Bus error",
    "Illegal instruction",
    "Floating-point exception",
    "Floating point exception",
    "Stack overflow",
    "access violation",
    "stack overflow",
)


@dataclass(frozen=True, slots=True)
class Noted:
    """An exception: when, its type, our code for it ("" for others), our frames from the innermost out."""

    at: str
    kind: str
    code: str
    frames: tuple[str, ...]


def our_frame(path: str, line: int, function: str) -> str:
    """`ui/app.py:12 main` for a line of ours, "" for anybody else's."""
    ours = re.search(_OURS, path)
    if ours is None:
        return ""
    return f"{ours[1].replace(chr(92), '/')}:{line} {function if re.fullmatch(_FUNCTION, function) else '?'}"


def note_error(logs: Path, error: BaseException, at: str) -> None:
    """Keeps an exception for a report: where in our code and of what kind, never its words; failing at it is silent."""
    frames = [our_frame(f.filename, f.lineno or 0, f.name) for f in traceback.extract_tb(error.__traceback__)[::-1]]
    line = {
        "at": at,
        "type": type(error).__name__,
        "code": error.code if isinstance(error, NdbError) else "",
        "frames": [frame for frame in frames if frame],
    }
    with suppress(OSError):
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (logs / ERRORS).open("a", encoding="utf-8") as stream:
            if stream.tell() < MAX_READ:
                stream.write(json.dumps(line) + "\n")


def turn_over(logs: Path) -> bool:
    """At a start: what the last run left becomes that of the run before; whether it died in the middle of a line."""
    faults = logs / FAULTS
    died = faults.is_file() and faults.stat().st_size > 0
    for now, last in ((FAULTS, FAULTS_LAST), (ERRORS, ERRORS_LAST)):
        with suppress(OSError):
            (logs / last).unlink(missing_ok=True)
            if (logs / now).exists():
                (logs / now).replace(logs / last)
    return died


def read_errors(path: Path) -> tuple[Noted, ...]:
    """The exceptions kept in a file, the last twenty; lines that are not ours are left out."""
    found = []
    for line in _read(path).splitlines():
        with suppress(ValueError, TypeError, KeyError):
            told = json.loads(line)
            at, kind, code = str(told["at"]), str(told["type"]), str(told["code"])
            frames = tuple(str(frame) for frame in told["frames"] if re.fullmatch(_LINE, str(frame)))
            if re.fullmatch(_STAMP, at) and re.fullmatch(_TYPE, kind):
                found.append(Noted(at, kind, code if re.fullmatch(_CODE, code) else "", frames))
    return tuple(found[-MAX_ERRORS:])


def read_fault(path: Path) -> tuple[str, tuple[str, ...]] | None:
    """What kind of end a hard crash was and our frames of the thread it happened in; None when there was none."""
    lines = _read(path).splitlines()
    if not lines:
        return None
    kind = next((name for line in lines for name in _FATAL if name in line), "?")
    current = next((n for n, line in enumerate(lines) if line.startswith("Current thread")), 0)
    frames = []
    for line in lines[current + 1 :]:
        if not line.strip():
            break
        if (match := re.match(_FRAME, line)) and (frame := our_frame(match[1], int(match[2]), match[3])):
            frames.append(frame)
    return kind, tuple(frames)


def _read(path: Path) -> str:
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(MAX_READ).decode("utf-8", "replace")
    return ""


def compose(logs: Path, versions: Mapping[str, str], language: str, *, interrupted: bool) -> str:
    """The report as plain text; `versions` are further programs and what they call themselves.

    `interrupted` says that the last run did not end by itself.
    """
    # Here and not above: only a report needs it, and every start would wait for it.
    import platform

    known = {
        "NDB Desktop": __version__,
        "Python": platform.python_version(),
        **versions,
        text("crash.system", language): f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    lines = [text("crash.title", language), text("crash.nothing", language), ""]
    lines += [f"{name}: {value if re.fullmatch(_SYSTEM, value) else '?'}" for name, value in known.items()]
    fault = read_fault(logs / FAULTS_LAST)
    if fault is not None:
        lines += ["", text("crash.fault", language, kind=fault[0]), *(f"    {frame}" for frame in fault[1])]
    elif interrupted:
        lines += ["", text("crash.killed", language)]
    for title, name in (("crash.errors.last", ERRORS_LAST), ("crash.errors.now", ERRORS)):
        noted = read_errors(logs / name)
        if noted:
            lines += ["", text(title, language)]
        for error in noted:
            lines.append(f"  {error.at}  {error.kind}{'  ' + error.code if error.code else ''}")
            lines += [f"    {frame}" for frame in error.frames]
    return "\n".join(lines) + "\n"
