#!/usr/bin/env python3
"""Measures the program beside its floors: `python3 build/dev.py bench [NAMES] [--quick | --full]`.

Each figure stands beside the least that this machine needs for the same work, measured in turns in the same run.
The table goes to the terminal, everything to `.out/bench/<UTC>.json`. `benchmarks/README.md` says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.harness import Figure, Setting  # noqa: E402  (the path is set above)

NAMES = (
    "start", "open", "walk", "search", "scroll", "memory", "autosave", "intake", "issue", "merge", "panel", "assign",
    "pdf", "render", "desk", "photo",
)  # fmt: skip
ON_DEMAND = ("frozen",)
"""Only when named: needs `dev.py package` first and builds a second folder to compare."""


def main() -> int:
    """Runs the benchmarks asked for; the exit code is 0 even when a budget is missed: these are measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES + ON_DEMAND)}; default: all but frozen"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, under a minute altogether")
    size.add_argument("--full", action="store_true", help="the sizes of the design, many minutes")
    options = parser.parse_args()
    if unknown := set(options.names) - {*NAMES, *ON_DEMAND}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    begun = datetime.now(UTC)
    figures: list[Figure] = []
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="ndb-bench-") as folder:
        for name in options.names or NAMES:
            module = import_module(f"benchmarks.{name}_bench")
            started = time.perf_counter()
            for figure in module.run(Setting(options.quick, options.full, Path(folder))):
                figures.append(figure)
                print(line(figure), flush=True)
            print(f"    ({name}: {time.perf_counter() - started:.1f} s)", file=sys.stderr, flush=True)
    target = ROOT / ".out" / "bench" / f"{begun:%Y%m%dT%H%M%SZ}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report(begun, options, figures), indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"\n{target.relative_to(ROOT)}")
    return 0


HEAD = f"{'benchmark':<34}{'measured':>12}{'floor':>12}{'ratio':>8}{'budget':>8}  "


def line(figure: Figure) -> str:
    """A row of the table."""
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    budget = "" if figure.budget is None else f"{figure.budget:.2f}"
    floor = "" if figure.floor is None else amount(figure.floor, figure.unit)
    facts = ", ".join(f"{name} {value}" for name, value in figure.facts.items())
    row = f"{figure.name:<34}{amount(figure.measured, figure.unit):>12}{floor:>12}{ratio:>8}{budget:>8}"
    return f"{row}  {figure.verdict:<5} {facts}".rstrip()


def amount(value: float, unit: str) -> str:
    """A number people can read."""
    if unit != "s":
        return f"{value:,.1f} {unit}"
    return f"{value:,.2f} s" if value >= 1 else f"{value * 1000:,.1f} ms"


def report(begun: datetime, options: argparse.Namespace, figures: list[Figure]) -> dict[str, object]:
    """Everything, with what is needed to compare two runs."""
    return {
        "at": begun.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "size": "quick" if options.quick else "full" if options.full else "usual",
        "commit": commit(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "figures": [figure.record() for figure in figures],
    }


def commit() -> str:
    """The commit measured, "" outside a checkout."""
    try:
        done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
