"""示例批次: a whole round made with the services a user uses, left in a folder to look at and to continue.

The hand-over is written to disk and imported; experts' bundles are opened with their secrets or keys; score files are
merged, a tampered and a replayed one among them. Content is the same each time; keys, secrets and signatures are not.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.demo_people import SIZES, Size
from ndb_desktop.services.demo_round import PASSPHRASE, Round
from ndb_desktop.services.demo_stage import make_acceptance
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.texts import text

MARKER = "ndb-sample.json"
"""Says that a folder holds a sample of ours and may be replaced."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What a sample holds. `open_bundle` is not reviewed yet; its secret stands in `open_secret`.

    `open_visit` is not inspected yet; `inspector_key` opens it. Both are None in a small sample, which has no visits.
    `acceptance` is the registry of the later stage, if that was asked for.
    """

    folder: Path
    applications: int
    documents: int
    experts: int
    bundles: int
    sheets: int
    verdicts: Mapping[str, int]
    result_digest: str
    registry: Path
    coordinator_key: Path
    passphrase_file: Path
    open_bundle: Path
    open_secret: Path
    visits: int
    open_visit: Path | None
    inspector_key: Path | None
    acceptance: Path | None
    seconds: float


def make_demo(
    out: Path,
    *,
    size: str = "full",
    force: bool = False,
    acceptance: bool = False,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> DemoReport:
    """Makes the sample round in `out`. `size`: `full` (36 applications, 30 experts, two visits) or `small`
    (2 and 6, no visit).

    With `acceptance` a copy of the round is brought to its end and followed by 评估验收, a few seconds more.
    With `force` an earlier sample of ours is replaced, and stays as it was if this one fails. When cancelled, nothing
    is left behind.

    Raises:
        NdbError: E-DEMO-EXISTS (a sample is there), E-DEMO-FOREIGN (the folder holds something else), and what the
            services of the round raise.
        Cancelled: by `cancel`.
    """
    begun = time.monotonic()
    with _fresh(Path(out), force) as folder:
        token = cancel or CancelToken()
        made = Round(folder, SIZES[size], progress, token).run()
        later = _accept(folder, made, token) if acceptance else None
        report = DemoReport(folder=folder, acceptance=later, seconds=time.monotonic() - begun, **made)
        _mark(folder, SIZES[size], report)
    return report


def _accept(folder: Path, made: Mapping[str, Any], cancel: CancelToken) -> Path:
    key = made["coordinator_key"]
    recovery = next(path for path in (folder / "keys").glob("*.ndbkey") if path != key)
    stage = make_acceptance(folder, key, recovery, PASSPHRASE, cancel)
    readme = folder / "README.txt"
    values = {"bundle": stage.open_bundle.name, "passphrase": PASSPHRASE}
    parts = [text("demo.readme.acceptance", language, **values) for language in ("zh_CN", "en")]
    readme.write_text("\n\n".join((readme.read_text(encoding="utf-8").rstrip(), *parts)) + "\n", encoding="utf-8")
    return stage.registry


def is_sample(folder: Path) -> bool:
    """Whether `folder` holds a finished sample of ours."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("format") == "ndb-sample"


def read_sample(folder: Path) -> Mapping[str, str]:
    """Where things are in a sample: `registry`, `coordinator_key`, `passphrase_file`, `open_bundle`, `open_secret`;
    where it has visits also `open_visit`, `inspector_key`.

    Raises:
        NdbError: E-DEMO-MISSING when there is no finished sample.
    """
    if not is_sample(folder):
        raise NdbError("E-DEMO-MISSING", place=str(folder))
    found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    return {name: str(folder / place) for name, place in found["places"].items()}


def _mark(folder: Path, size: Size, report: DemoReport) -> None:
    places: dict[str, Path | None] = {
        "registry": report.registry,
        "coordinator_key": report.coordinator_key,
        "passphrase_file": report.passphrase_file,
        "open_bundle": report.open_bundle,
        "open_secret": report.open_secret,
        "open_visit": report.open_visit,
        "inspector_key": report.inspector_key,
    }
    content = {
        "format": "ndb-sample",
        "version": 1,
        "trial": True,
        "size": size.name,
        "result_digest": report.result_digest,
        "places": {name: path.relative_to(folder).as_posix() for name, path in places.items() if path is not None},
    }
    (folder / MARKER).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _fresh(out: Path, force: bool) -> Iterator[Path]:
    """An empty folder `out`; what was there is set aside and comes back when the block fails."""
    out = out.absolute()
    aside: Path | None = None
    with known_os_errors(out.name):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            if not is_sample(out):
                raise NdbError("E-DEMO-FOREIGN", place=str(out))
            if not force:
                raise NdbError("E-DEMO-EXISTS", place=str(out))
            aside = out.with_name(f".{out.name}.before")
            shutil.rmtree(aside, ignore_errors=True)
            out.replace(aside)
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield out
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        if aside is not None:
            aside.replace(out)
        raise
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)
