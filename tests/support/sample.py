"""A small sample round, made once per test process, and registries copied from it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.services.demo import DemoReport, make_demo
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office


@cache
def small_sample() -> DemoReport:
    """The sample; read only."""
    folder = Path(tempfile.mkdtemp(prefix="ndb-test-sample-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_demo(folder / "sample", size="small")


def coordinator() -> Identity:
    """The sample's coordinator."""
    return unlock(small_sample().coordinator_key, PASSPHRASE)


def recovery() -> Identity:
    """The holder of the sample's recovery key."""
    keys = small_sample().folder / "keys"
    (path,) = [path for path in keys.glob("*.ndbkey") if path != small_sample().coordinator_key]
    return unlock(path, PASSPHRASE)


def office_copy(folder: Path) -> Office:
    """The sample's registry in a folder of its own, open."""
    shutil.copytree(small_sample().registry, folder / "registry")
    return open_office(folder / "registry", coordinator(), clock=SampleClock("2026-06-01T01:00:00Z"))
