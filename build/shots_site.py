"""The inspectors' part of the walk of `make_shots.py`: a visit of the sample, from opening its bundle to joining."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

MORNING = datetime(2026, 5, 13, 0, 40, tzinfo=UTC)
"""When the walk takes place: the day the sample's visit is planned for."""
ZONE = timezone(timedelta(hours=8))
FAILED = "S02"


def walk_site(walk: Any) -> None:
    """Opens the sample's inspection bundle and walks its pages; `walk` is the `Walk` of `make_shots.py`."""
    walk.day = MORNING
    _set_device(walk)
    _bring_key(walk)
    walk.press("sample.1")
    walk.shot("inspection-unlock")
    walk.press("site.open")
    walk.await_desk(lambda desk: desk.view is not None)
    walk.shot("inspection-statements")
    walk.press("site.statements.make")
    walk.shot("inspection-overview")
    store, view = walk.window.desk.store, walk.window.desk.view
    store.apply(lambda session: session.put_all(_begin()))
    for page in ("head", "meetings"):
        view.show_page(page)
        walk.shot(f"inspection-{page}")
    _look_at_data(walk)
    _look_at_items(walk)
    _take_photos(walk)
    half = _fellow(walk, store)
    _close_and_sign(walk, half)


def _set_device(walk: Any) -> None:
    """The device's clock is that of the walk: the pictures show the sample's own days."""
    from ndb_desktop.services.inspect import open_inspection
    from ndb_desktop.ui.inspection import desk, findings_due, head_page, meetings_page

    def clock() -> datetime:
        return walk.now().astimezone(ZONE)

    walk.clocks = {"clock": clock, "monotonic": lambda: walk.now().timestamp()}
    desk.open_inspection = partial(open_inspection, **walk.clocks)
    for module in (findings_due, head_page, meetings_page):
        module.device_now = clock


def _bring_key(walk: Any) -> None:
    """The member's key lies on this computer, as that of everybody who made one here."""
    from ndb_desktop.services.identity import keys_folder

    key = min(walk.inspectors.glob("*.ndbkey"))
    for path in (key, key.with_suffix(".pub")):
        shutil.copy(path, keys_folder(walk.window.profile))


def _at(hour: int, minute: int = 0) -> str:
    return MORNING.astimezone(ZONE).replace(hour=hour, minute=minute).isoformat(timespec="seconds")


def _begin() -> list[Any]:
    """Where, when and who, and the first steps of the day."""
    from ndb_desktop.domain.siterecord import Head, Host, Meeting
    from ndb_desktop.services.demo_visit import words

    said = words()
    hosts = tuple(Host(host["name"], host["role"]) for host in said["hosts"])
    steps = ("preparation", "opening", "verification")
    return [
        Head(said["place"], _at(9), "", hosts),
        *(Meeting(name, "held", _at(8 + n), _at(8 + n, 40), said["meetings"][name]) for n, name in enumerate(steps)),
    ]


def _look_at_data(walk: Any) -> None:
    from ndb_desktop.domain.siterecord import Check
    from ndb_desktop.services.demo_visit import words

    store, view = walk.window.desk.store, walk.window.desk.view
    wanted = list(store.record.visit.wanted)
    challenged = next(one for one in wanted if "challenge" in one.whys)
    found = (challenged.declared * Decimal("0.9")).quantize(challenged.declared)
    said = words()["found"]
    checks = [Check(one.id, one.declared, None, None, ("original",), "台账第 3 页") for one in wanted[:1]]
    checks.append(
        Check(challenged.id, found, None, "replace", ("original", "sampling"), said["proof"], said["note"])
    )  # fmt: skip
    store.apply(lambda session: session.put_all(checks))
    view.show_page(f"checks.check:{challenged.id}")
    walk.shot("inspection-check")
    rest = [Check(one.id, one.declared, None, None, ("original",), "台账第 3 页") for one in wanted[1:]]
    rest = [one for one in rest if one.id != challenged.id]
    store.apply(lambda session: session.put_all(rest))


def _look_at_items(walk: Any) -> None:
    from ndb_desktop.domain.siterecord import Answer, Recheck
    from ndb_desktop.services.demo_visit import words

    store, view, failed = walk.window.desk.store, walk.window.desk.view, words()["failed"]
    items = [item.id for item in store.pack.items]
    some = [Answer(name, "pass") for name in items[: items.index(FAILED)]]
    store.apply(lambda session: session.put_all([*some, Answer(FAILED, "minor", failed["note"])]))
    walk.day += timedelta(hours=4)
    view.show_page(f"answers.answer:{FAILED}")
    walk.shot("inspection-answer")
    walk.press("site.offer.finding")
    (finding,) = store.record.findings
    walk.day += timedelta(hours=2, minutes=30)
    look = Recheck(_at(15, 10), store.session.member.id, True, failed["recheck"])
    due = f"{MORNING + timedelta(days=14):%Y-%m-%d}"
    whole = replace(finding, text=failed["finding"], measure=failed["measure"], due=due, rechecks=(look,))
    store.put(whole)
    walk.shot("inspection-finding")
    store.apply(lambda session: session.put_all([Answer(name, "pass") for name in items[items.index(FAILED) + 1 :]]))


def _take_photos(walk: Any) -> None:
    """The camera's folder, as it is chosen in the dialog; then an arrow on the first photo."""
    from ndb_desktop.domain.siterecord import PhotoMark
    from ndb_desktop.services.demo_visit import words

    store, view = walk.window.desk.store, walk.window.desk.view
    view.show_page("photos").add_files([walk.camera])
    walk.await_desk(lambda desk: len(desk.store.record.photos) == len(list(walk.camera.iterdir())))
    needed = [item.id for item in store.pack.items if item.photo == "needed"]
    marks = (PhotoMark("arrow", ((1800, 7600), (3900, 3700))), PhotoMark("text", ((1500, 8600),), "编号"))
    said = ["，".join(lines) for lines in words()["camera"]]
    photos = [
        replace(photo, about=f"answer:{needed[n % len(needed)]}", caption=said[n], marks=marks if n == 1 else ())
        for n, photo in enumerate(store.record.photos)
    ]
    store.put(*photos)
    walk.rest()
    walk.press("site.photos.result.close")
    grid = walk.find("site.photos.grid")
    grid.setCurrentIndex(grid.model().index(1, 0))
    walk.shot("inspection-photos")


def _fellow(walk: Any, store: Any) -> Path:
    """What the other member wrote down apart: one datum otherwise, an observation more."""
    from ndb_desktop.domain.siterecord import Observation
    from ndb_desktop.services.demo_round import PASSPHRASE
    from ndb_desktop.services.demo_visit import words
    from ndb_desktop.services.identity import unlock
    from ndb_desktop.services.inspect import open_inspection

    _, other = sorted(walk.inspectors.glob("*.ndbkey"))
    key = unlock(other, PASSPHRASE)
    mine = next(check for kind, check in store.record.parts.items() if kind[0] == "check" and check.effect == "replace")
    with open_inspection(walk.visit, key, profile=walk.desk_folder / "other", **walk.clocks) as session:
        session.declare()
        session.put(replace(mine, proof="凭证 12-16", note="另有一笔退货未冲减。"))
        session.put(Observation(session.new_id("observation"), words()["observation"]))
        return session.freeze(key, walk.visit.parent, partial=True).path


def _close_and_sign(walk: Any, half: Path) -> None:
    from ndb_desktop.domain.siterecord import Closing, Meeting
    from ndb_desktop.services.demo_round import PASSPHRASE
    from ndb_desktop.services.demo_visit import signature, words
    from ndb_desktop.ui.widgets import files

    store, view, end = walk.window.desk.store, walk.window.desk.view, words()["closing"]
    store.put(Closing(True, end["opinion"], end["signer"], end["role"], signature()))
    view.show_page("closing")
    walk.shot("inspection-closing")
    page = view.show_page("sign")
    page.key.passphrase.first.setText(PASSPHRASE)
    page.take(half)
    walk.press("site.join.compare")
    walk.scroll("inspection-join", "site.join")
    walk.press("site.join.0.mine")
    walk.press("site.join.button")
    steps = ("communication", "closing", "handover")
    store.put(
        replace(store.record.head, ended_at=_at(16)),
        *(Meeting(name, "held", _at(11 + 2 * n), _at(11 + 2 * n, 40)) for n, name in enumerate(steps)),
    )
    walk.rest()
    page.key.passphrase.first.setText(PASSPHRASE)
    files.pick_folder = lambda *_: walk.visit.parent
    walk.press("site.sign.folder.choose")
    walk.press("site.sign.button")
    walk.scroll("inspection-sign", "site.sign.state")
