"""自检: does this installation work? A tiny sample round in a temporary folder, through every layer.

Meant for the frozen program on a strange machine: each check names what failed instead of stopping at the first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.paths import resource
from ndb_desktop.services.demo import DemoReport, make_demo
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.review import open_review
from ndb_desktop.services.rulepacks import builtin_packs, builtin_site_packs, builtin_stage_packs
from ndb_desktop.services.verify import verify_file
from ndb_desktop.texts import LANGUAGES, catalogue

WINDOW_FLAG = "--check"
"""The window shows itself once, offscreen, and leaves."""
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the text key of what was tried, and what was wrong."""

    key: str
    fault: Fault | None = None


@dataclass
class _Work:
    folder: Path
    sample: DemoReport | None = None
    checks: list[Check] = field(default_factory=list)

    def made(self) -> DemoReport:
        """The sample of an earlier check."""
        if self.sample is None:
            raise NdbError("E-SELFTEST-EARLIER")
        return self.sample


def run_selftest(*, window: bool = True) -> tuple[Check, ...]:
    """Runs every check; `window` adds the one that needs Qt."""
    with tempfile.TemporaryDirectory(prefix="ndb-selftest-", ignore_cleanup_errors=True) as folder:
        work = _Work(Path(folder))
        steps: list[tuple[str, Callable[[_Work], None]]] = [
            ("selftest.resources", _resources),
            ("selftest.packs", _packs),
            ("selftest.round", _round),
            ("selftest.verify", _verify),
            ("selftest.render", _render),
            ("selftest.pdf", _pdf),
        ]
        if window:
            steps.append(("selftest.window", _window))
        for key, step in steps:
            work.checks.append(Check(key, _tried(step, work)))
    return tuple(work.checks)


def _tried(step: Callable[[_Work], None], work: _Work) -> Fault | None:
    try:
        step(work)
    except NdbError as error:
        return error.fault
    except Exception as error:  # noqa: BLE001  (what is broken here can raise anything; the list must go on)
        return NdbError("E-SELFTEST", place=type(error).__name__, reason=str(error)[:300]).fault
    return None


def _need(fine: bool, what: str) -> None:
    if not fine:
        raise NdbError("E-SELFTEST", place=what, reason="-")


def _resources(_work: _Work) -> None:
    _need(all(set(entry) == set(LANGUAGES) for entry in catalogue().values()), "texts")
    _need(resource("fonts", "NotoSansSC-Regular.ttf").is_file(), "fonts")


def _packs(_work: _Work) -> None:
    _need({pack.category for pack in builtin_packs().values()} == {"park", "enterprise"}, "forms")
    _need(bool(builtin_site_packs()), "forms")
    _need({pack.stage for pack in builtin_stage_packs().values()} == {"acceptance", "effect"}, "forms")


def _round(work: _Work) -> None:
    work.sample = make_demo(work.folder / "sample", size="small")
    _need(work.sample.verdicts.get("accepted", 0) > 0 and work.sample.verdicts.get("refused", 0) == 1, "merge")


def _verify(work: _Work) -> None:
    sample = work.made()
    secret = sample.open_secret.read_text(encoding="utf-8").strip()
    report = verify_file(sample.open_bundle, secret=secret)
    if not report.ok:
        raise NdbError(report.faults[0].code, place=report.faults[0].place, **report.faults[0].params)


def _render(work: _Work) -> None:
    """Opens the bundle that is left, reads a document from it, and renders its first page in the child process."""
    sample = work.made()
    secret = sample.open_secret.read_text(encoding="utf-8").strip()
    profile = work.folder / "profile"
    profile.mkdir(exist_ok=True)
    with open_review(
        sample.open_bundle, secret=secret, profile=profile, clock=SampleClock("2026-05-01T01:00:00Z")
    ) as session:
        for statement, _ in session.statements():
            session.agree(statement.id)
        application = session.applications[0].application
        session.declare(application.id, Declaration("clear"))
        document = session.documents(application.id)[0]
        data = session.read_document(application.id, document.id)
    with RenderWorker() as worker:
        opened = worker.open(data, document.mime)
        page = worker.render(1, 1.0)
    _need(opened.pages == document.pages and page.width > 100 and len(set(page.rgba)) > 1, "render")


def _pdf(work: _Work) -> None:
    reports = sorted((work.made().folder / "reports").glob("*.pdf"))
    _need(bool(reports) and all(path.read_bytes()[:5] == b"%PDF-" for path in reports), "reports")


def _window(_work: _Work) -> None:
    """In a process of its own: a missing system library ends the process, not this list."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ndb_desktop"]
    with tempfile.TemporaryDirectory(prefix="ndb-selftest-", ignore_cleanup_errors=True) as profile:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "NDB_PROFILE": profile}
        try:
            done = subprocess.run(
                [*program, WINDOW_FLAG], env=environment, capture_output=True, timeout=_WINDOW_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NdbError("E-SELFTEST-WINDOW", reason=f"> {_WINDOW_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NdbError("E-SELFTEST-WINDOW", reason=said[-1][:300] if said else f"exit {done.returncode}")
