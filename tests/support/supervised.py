"""A registry with three equal applications for two seats, its coordinator and a supervisor, opened in the window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.settlement import Vote
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.card import build_card
from ndb_desktop.services.identity import keys_folder
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.outcome import finalise
from ndb_desktop.services.results import compute
from ndb_desktop.services.settlements import settle
from ndb_desktop.ui.coordinator import desk as desk_module
from ndb_desktop.ui.coordinator.desk import CoordinatorDesk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of
from tests.support.office import (
    Clock,
    documented,
    make_office,
    make_score_file,
    scored_sheet,
    small_batch,
    store_documents,
    use_tiny,
)
from tests.support.travel import AT, PASSPHRASE, key_file, person, tiny_application
from tests.support.window import child, press
from tests.support.window import settle as rest

EXPERTS = ("E01", "E02", "E03", "E04", "E05")
SUPERVISOR = "监督甲"


def _sheet(application: str, *, flags: bool) -> Sheet:
    """A sheet with marks that differ, so that it raises no flag, or with equal ones."""
    one = scored_sheet(application, 88)
    if flags:
        return one
    return replace(one, items={**one.items, "T1.2.plan": replace(one.items["T1.2.plan"], value=Decimal(87))})


def make_settled(folder: Path, *, trial: bool, flags: bool = False) -> Path:
    """The registry's folder: everything is merged, three applications wait for a vote."""
    listed = [documented(tiny_application(n, "2.9")) for n in (1, 2, 3)]
    batch = small_batch(trial=trial, quotas={"park": Quota(total=2)})
    office = make_office(folder / "office", applications=listed, batch=batch)
    store_documents(office)
    for name in EXPERTS:
        sheets = [_sheet(a.id, flags=flags and name == "E01" and a.id == "A-001") for a in listed]
        make_score_file(office, folder / f"in/{name}.ndbscore", name, sheets)
    merge_files(office, [folder / "in"])
    office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return office.folder


def card_file(folder: Path, name: str = SUPERVISOR, *, trial: bool) -> Path:
    """Somebody's card."""
    path = folder / f"{name}.ndbcard"
    path.write_bytes(build_card(person(name), name=name, employer="示例监督处", trial=trial, created_at=AT))
    return path


def key_on_stick(folder: Path, name: str = SUPERVISOR) -> Path:
    """Somebody's key file, away from the profile."""
    path = folder / f"{name}.ndbkey"
    path.write_bytes(key_file(name))
    return path


def key_in_profile(profile: Path, name: str = SUPERVISOR) -> Path:
    """Somebody's key among the keys of this machine."""
    return key_on_stick(keys_folder(profile), name)


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """The registry without a window."""
    office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
    try:
        yield office
    finally:
        office.close()


def appoint(folder: Path, name: str = SUPERVISOR) -> None:
    """Appoints a supervisor without the window."""
    with opened(folder) as office:
        card = build_card(person(name), name=name, employer="示例监督处", trial=office.batch.trial, created_at=AT)
        office.decided.appoint(card, "supervisor", reason="按分工")


def open_in(window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> CoordinatorDesk:
    """Opens the registry as a user does."""

    def tiny(*args: Any, **kwargs: Any) -> Office:
        return use_tiny(open_office(*args, **kwargs))

    # The tiny pack is too small for the lint that stored packs pass.
    monkeypatch.setattr(desk_module, "open_office", tiny)
    window.enter("coordinator")
    rest()
    dialogs.folder = folder
    press(window, "office.choose.button")
    dialogs.file = folder.parent / "组织方.ndbkey"
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    desk = desk_of(window)
    assert desk.store is not None
    return desk


def sign_second(window: MainWindow, passphrase: str = PASSPHRASE) -> None:
    """Types the supervisor's passphrase into the card and signs."""
    card = child(window, "second")
    assert card.isVisible()
    child(card, "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(card, "second.sign")


def finish(office: Office) -> None:
    """Votes on everything that is pending and makes the results final, with the supervisor's signature."""
    for number, name in enumerate(("A-001", "A-002", "A-003")):
        way: Literal["for", "against"] = "for" if number < 2 else "against"
        votes = [Vote(expert, way) for expert in EXPERTS]
        outcome: Literal["selected", "not_selected"] = "selected" if number < 2 else "not_selected"
        settle(office, compute(office), name, outcome, issue="同分", votes=votes, reason="按多数意见")
    finalise(office, compute(office), reason="评审完成", second=person(SUPERVISOR))
