"""What every benchmark needs: a figure beside its floor, measured in turns in the same run, and child processes.

Taking turns matters more than many repetitions: whatever else the machine does falls on both sides alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024

Run = Callable[[], float | None]
"""Does the work once; returns the seconds that count, or None when all of it counts."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How thorough to be: `quick` for a look, `full` for the sizes of the design; `folder` is empty and goes away."""

    quick: bool
    full: bool
    folder: Path

    def pick(self, quick: int, usual: int, full: int | None = None) -> int:
        """A size for this run."""
        if self.quick:
            return quick
        return full if self.full and full is not None else usual

    def room(self, name: str) -> Path:
        """A new folder for one benchmark."""
        path = self.folder / name
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison, in `unit`. `facts` are sizes and side figures; without a floor there is no ratio."""

    name: str
    measured: float
    floor: float | None
    budget: float | None
    unit: str = "s"
    runs: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Measured over floor."""
        return self.measured / self.floor if self.floor else None

    @property
    def verdict(self) -> str:
        """`ok`, `over` or "" when there is no budget."""
        if self.ratio is None or self.budget is None:
            return ""
        return "ok" if self.ratio <= self.budget else "over"

    def record(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "name": self.name, "unit": self.unit, "measured": self.measured, "floor": self.floor, "ratio": self.ratio,
            "budget": self.budget, "verdict": self.verdict, "measured_runs": self.runs[0], "floor_runs": self.runs[1],
            "facts": dict(self.facts),
        }  # fmt: skip


def timed(run: Run) -> float:
    """Seconds of one run."""
    begun = time.perf_counter()
    told = run()
    return time.perf_counter() - begun if told is None else told


def versus(
    name: str,
    measured: Run,
    floor: Run,
    *,
    budget: float | None,
    repeat: int,
    warm: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> Figure:
    """Runs both in turns `repeat` times, after one round that does not count if `warm`, and compares the medians."""
    if warm:
        timed(measured)
        timed(floor)
    ours, theirs = [], []
    for _ in range(repeat):
        ours.append(timed(measured))
        theirs.append(timed(floor))
    return Figure(
        name,
        statistics.median(ours),
        statistics.median(theirs),
        budget,
        runs=(tuple(ours), tuple(theirs)),
        facts=facts or {},
    )


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def in_child(function: str, **arguments: Any) -> dict[str, Any]:
    """Calls `benchmarks.<module>:<function>` in a fresh process; its answer, with `peak_mb` of memory added.

    Raises `RuntimeError` with what the child said when it failed.
    """
    code = "import sys; from benchmarks.harness import child; child(*sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    # Compiled once, as installed; what is compiled goes where it does not lie between the sources.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".out/bench/code"))
    done = subprocess.run(
        [sys.executable, "-c", code, function, json.dumps(arguments)],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{function}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def child(function: str, arguments: str) -> None:
    """The other end of `in_child`."""
    from importlib import import_module

    module, _, name = function.partition(":")
    answer = getattr(import_module(f"benchmarks.{module}"), name)(**json.loads(arguments))
    print(json.dumps({**answer, "peak_mb": peak_megabytes()}))


def peak_megabytes() -> float | None:
    """The most memory this process ever had, where the system tells."""
    if sys.platform == "win32":
        return None
    own = Path("/proc/self/status")
    if own.exists():
        # Linux carries the other figure over from whoever started this process.
        return round(int(own.read_text().partition("VmHWM:")[2].split()[0]) / 1024, 1)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (MEGABYTE if sys.platform == "darwin" else 1024), 1)
