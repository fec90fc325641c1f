"""The coordinator's part of the walk of `make_shots.py`: every page of the sample's registry, in the order of the work."""

from __future__ import annotations

from typing import Any


def walk_office(walk: Any) -> None:
    """Walks the open registry; `walk` is the `Walk` of `make_shots.py`."""
    view = walk.window.desk.view
    for page in ("overview", "packs", "applications", "people", "issue", "publish", "lifecycle"):
        view.show_page(page)
        walk.shot(f"coordinator-{page}")
    for page, part in (("assign", 1), ("merge", 2)):
        view.show_page(page)
        walk.find(f"{page}.tabs").setCurrentIndex(part)
        walk.shot(f"coordinator-{page}")
    view.show_page("visits")
    for page, part in (("visits-plan", 1), ("visits", 2)):
        walk.find("visits.tabs").setCurrentIndex(part)
        choose(walk, "visits.table" if part == 1 else "visits.records", 0)
        walk.shot(f"coordinator-{page}")
    view.show_page("challenges")
    choose(walk, "challenges.table", 0)
    walk.shot("coordinator-challenges")
    view.show_page("analytics")
    walk.press("analytics.door")
    walk.shot("coordinator-analytics")
    view.show_page("results")
    view.show_page("results").tabs.setCurrentIndex(1)
    walk.press("results.door")
    choose(walk, "results.internal.table", 0)
    walk.shot("coordinator-results")
    tabs = walk.find("results.tabs")
    for number in range(tabs.count()):
        tabs.setCurrentIndex(number)
        walk.shot(f"coordinator-results-{number}")
    view.show_page("log")
    walk.shot("coordinator-log")


def choose(walk: Any, table: str, row: int) -> None:
    """Chooses a row, as a click on its first cell does."""
    found = walk.find(table)
    found.setCurrentIndex(found.model().index(row, 0))
    walk.rest()
