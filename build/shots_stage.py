"""A later stage in the walk of `make_shots.py`: the sample's acceptance, as its coordinator sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shots_office import choose
from shots_sample import SAMPLE

AUTUMN = datetime(2028, 11, 20, 2, 0, tzinfo=UTC)
"""When the sheets of the acceptance are merged."""

BEHIND = 2
"""The row of the base that fell well short of its targets."""


def prepare_stage() -> None:
    """The acceptance beside a finished sample, unless it is there."""
    from ndb_desktop.services.demo import read_sample
    from ndb_desktop.services.demo_stage import make_acceptance
    from ndb_desktop.services.tasks import CancelToken

    if (SAMPLE / "acceptance" / "secret.txt").exists():
        return
    places = {name: Path(place) for name, place in read_sample(SAMPLE).items()}
    key = places["coordinator_key"]
    recovery = next(path for path in (SAMPLE / "keys").glob("*.ndbkey") if path.name != key.name)
    passphrase = places["passphrase_file"].read_text(encoding="utf-8").strip()
    make_acceptance(SAMPLE, key, recovery, passphrase, CancelToken())


def walk_stage(walk: Any) -> None:
    """Opens the registry of the acceptance and takes its pictures; `walk` is the `Walk` of `make_shots.py`."""
    walk.window.go_start()
    walk.rest()
    walk.day = AUTUMN
    walk.window.arrivals.open_sample(replace(walk.window.samples[-1], path=walk.stage))
    walk.press("office.open")
    view = walk.window.desk.view
    view.show_page("applications")
    walk.shot("coordinator-stage-forms")
    view.show_page("results")
    walk.press("results.door")
    choose(walk, "stage.bases", BEHIND)
    walk.scroll("coordinator-stage-outcomes", "stage.bases")
