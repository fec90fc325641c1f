"""Every page of the inspection desk, as `rooms.Room`s: found from the desk's own list of steps, stage by stage.

A step that is added is walked without being named here; what only a certain state of a record or a pressed button shows
(a card of each kind, a signed or refused closing, a file of a fellow member to be joined) is added by name. The window
may be built anew, in another language or size, before each `Room.show`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import (
    Check,
    Closing,
    Finding,
    Observation,
    Part,
    PhotoMark,
    Recheck,
    VetoFinding,
)
from ndb_desktop.paths import resource
from ndb_desktop.services.identity import grouped, keys_folder
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import shortcuts, tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.inspection.sign_page import SignPage
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import STEPS
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import pseudo
from tests.support.coordinator import Dialogs
from tests.support.photos import photo
from tests.support.review import the_packs
from tests.support.rooms import Room
from tests.support.site import TEAM, MadeSite, complete, open_site
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.window import child, press, settle

WHEN = "2026-11-22T11:05:00+08:00"
SIGNATURE = (((500, 6000), (1500, 2000), (2500, 7000), (3500, 3000)), ((5000, 5000), (6500, 2500), (8000, 7000)))
LONG = "现场核对原始凭证与台账，发票、合同与银行回单三者一致，" * 3


@dataclass(frozen=True)
class Visit:
    """What a stage works with."""

    window: MainWindow
    folder: Path
    dialogs: Dialogs
    made: MadeSite

    @property
    def desk(self) -> InspectionDesk:
        """The open desk."""
        assert isinstance(self.window.desk, InspectionDesk)
        return self.window.desk

    @property
    def store(self) -> SiteStore:
        """The open record."""
        assert self.desk.store is not None
        return self.desk.store

    def page(self, name: str) -> SitePage:
        """Goes to a page of the open visit, as a link to it does."""
        assert self.desk.view is not None
        page = self.desk.view.show_page(name)
        settle()
        return page

    def put(self, *parts: Part) -> None:
        """Writes parts, as the pages do."""
        self.store.put(*parts)
        settle()

    def write(self, work: Callable[[SiteSession], Any]) -> None:
        """Does something with the session, and lets every page look anew."""
        work(self.store.session)
        self.store.apply(lambda _session: (("head", ""), ("closing", "")))
        self.store.changed.emit(())
        settle()


def with_key(window: MainWindow) -> None:
    """The key of the first member lies in the profile."""
    folder = keys_folder(window.profile)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "me.ndbkey").write_bytes(key_file(TEAM[0]))


def open_visit(own: Visit, path: Path | None = None) -> None:
    """Opens the bundle, or a record, as a hand does."""
    with_key(own.window)
    own.window.open_paths((path or own.made.path,))
    settle()
    unlock(own.window)


def unlock(window: MainWindow, passphrase: str = PASSPHRASE) -> None:
    """Types the passphrase and opens."""
    child(child(window, "site.unlock"), "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(window, "site.open")


# ----- stages -----


def entrance(own: Visit) -> Iterator[Room]:
    """Before a visit is open: nothing chosen, a list of recent files, which key, opening, what went wrong."""
    window = own.window
    window.enter("inspection")
    settle()
    yield Room("choose", settle)
    yield Room("card: no key", partial(_card, own))
    window.settings.remember(own.made.path)
    window.go_start()
    settle()
    window.enter("inspection")
    settle()
    yield Room("choose: recent", settle)
    own.dialogs.file = own.made.path
    press(window, "site.choose.button")
    yield Room("unlock: no key", settle)
    with_key(window)
    press(window, "site.other")
    yield Room("unlock", settle)
    yield Room("unlock: wrong", partial(unlock, window, "wrong"))
    yield Room("opening", partial(_opening, own))
    window.go_start()
    settle()
    for name in ("help", "guide", "keys", "card"):
        yield Room(name, partial(_over, own, name))
    own.dialogs.target = own.folder / "示例检查员.ndbcard"
    yield Room("card: wrong", partial(_save_card, own, "wrong"))
    yield Room("card: saved", partial(_save_card, own, PASSPHRASE))


def fresh(own: Visit) -> Iterator[Room]:
    """A visit that was just opened, before the statements."""
    open_visit(own)
    yield from every_step(own, "fresh: ")


def filling(own: Visit) -> Iterator[Room]:
    """Half filled: something of every kind, each card that can be in sight, messages and progress above it."""
    open_visit(own)
    press(own.window, "site.statements.make")
    half_filled(own)
    yield from every_step(own, "filling: ")
    for wanted in own.store.record.visit.wanted:
        yield Room(f"check {wanted.id}", partial(_part, own, f"checks.check:{wanted.id}"))
    for item in own.store.pack.items[:2]:
        yield Room(f"item {item.id}", partial(_part, own, f"answers.answer:{item.id}"))
    for part in ("finding:F1-01", "finding:F1-02", "veto:V1-01", "observation:O1-01"):
        yield Room(part, partial(_part, own, f"findings.{part}"))
    yield Room("photos: what was added", partial(_added, own))
    yield Room("photos: letters on one", partial(_letters, own))
    yield Room("removed", partial(_removed, own))
    yield Room("error", partial(_error, own))
    yield Room("at work", partial(_at_work, own))


def ending(own: Visit) -> Iterator[Room]:
    """Closing in each of its states, signing, co-signing, joining a record that differs, what fell with an edit."""
    open_visit(own)
    with RenderWorker() as worker:
        own.write(lambda session: complete(session, own.folder, worker))
    yield from every_step(own, "complete: ")
    closing = own.store.record.closing
    for name, state in (
        ("open", Closing()),
        ("signed", replace(closing, refusal="", witness="", signer="林某", signer_role="总经理", strokes=SIGNATURE)),
        ("both", replace(closing, signer="林某", strokes=SIGNATURE)),
        ("refused", closing),
    ):
        yield Room(f"closing: {name}", partial(_closing, own, state))
    yield Room("closing: wiped", partial(_wiped, own, replace(closing, refusal="", strokes=SIGNATURE)))
    own.put(closing)
    theirs = fellow(own)
    own.dialogs.folder = own.folder / "signed"
    own.dialogs.folder.mkdir()
    yield Room("sign: wrong passphrase", partial(_sign, own, "wrong"))
    yield Room("join: what differs", partial(_compare, own, theirs))
    yield Room("sign: written", partial(_sign, own, PASSPHRASE))
    yield Room("sign: frozen", partial(own.page, "sign"))
    own.put(replace(closing, opinion="又有意见"))
    yield Room("sign: fallen", partial(own.page, "sign"))
    yield Room("overview: complete", partial(own.page, "overview"))


def opened_again(own: Visit) -> Iterator[Room]:
    """The working record, opened as a file; a signed record dropped before and after."""
    open_visit(own)
    press(own.window, "site.statements.make")
    work, theirs = own.store.session.path, fellow(own)
    own.window.go_start()
    settle()
    own.window.open_paths((theirs,))
    settle()
    yield Room("a record waits for its visit", settle)
    open_visit(own, work)
    yield Room("opened again", partial(own.page, "sign"))
    yield from every_step(own, "again: ")


STAGES = (entrance, fresh, filling, ending, opened_again)


def every_step(own: Visit, before: str = "") -> Iterator[Room]:
    """Each step of the open visit, with the first row of its table chosen."""
    for step in STEPS:
        yield Room(f"{before}{step.id}", partial(own.page, step.id))


def half_filled(own: Visit) -> None:
    """A record with something of every kind, long words among them, and photos with marks."""
    items = own.store.pack.items
    put: list[Part] = [
        Check("rd_spending/2025", Decimal("2.4"), "major", "refer", ("original", "interview"), "证 3-1", LONG),
        Finding("F1-01", "severe", LONG, "check:rd_spending/2025", "补提台账", "2020-01-31",
                (Recheck(WHEN, TEAM[0], passed=False, note="尚未完成"),)),
        Finding("F1-02", "minor", "", f"answer:{items[0].id}"),
        VetoFinding("V1-01", own.store.pack.grounds[0].id, LONG, "复印件 4 页", "认可"),
        Observation("O1-01", "厂区外有一处在建工程。"),
    ]  # fmt: skip
    own.put(*put)
    shots = own.folder / "shots"
    shots.mkdir(exist_ok=True)
    for number in range(3):
        (shots / f"IMG_{number:04d}.jpg").write_bytes(photo(640, 480, corner=(80 * number, 9, 9)))

    def add(session: SiteSession) -> None:
        with RenderWorker() as worker:
            session.add_photos([shots], about="finding:F1-01", worker=worker)
        first, *_ = session.record.photos
        marks = (PhotoMark("arrow", ((900, 900), (5000, 5000))), PhotoMark("text", ((5000, 5200),), "此处"))
        session.put(replace(first, marks=marks, caption="铭牌与台账编号不一致"))

    own.write(add)


def fellow(own: Visit) -> Path:
    """A partial record of the other member that says something else."""
    folder = own.folder / "fellow"
    folder.mkdir(exist_ok=True)
    with open_site(own.made, own.folder / "other", TEAM[1]) as session:
        session.declare()
        session.put_all([
            Check("rd_spending/2025", Decimal("2.9"), None, "replace", ("original",), "另一份", LONG),
            Check("accidents", None, "unverifiable"), Observation("O2-01", "另一处观察"),
            Closing(read_out=False, opinion="有意见"),
        ])  # fmt: skip
        return session.freeze(person(TEAM[1]), folder, partial=True).path


def data_words(made: MadeSite, folder: Path) -> set[str]:
    """Every word that comes from the bundle, the checklist, what is written down here, a path or a key."""
    said = [str(made.visit), str(folder), str(made.path), made.pack.raw.decode("utf-8"), LONG]
    said += [pack.raw.decode("utf-8") for pack in the_packs().values()]
    said += [shortcuts.keys_text(action) for action in shortcuts.TABLE]
    said += [path.read_text(encoding="utf-8") for path in resource("wordlists").glob("*.txt")]
    said += [member.key for member in made.visit.members]
    said.append(f"{person(TEAM[0]).keyid} {grouped(person(TEAM[0]).keyid)} 示例检查员 ndbcard ndbkey")
    # What `half_filled`, `fellow` and `complete` write down, and names of files.
    said.append("尚未完成 无意见 有意见 负责人不在场 示例联系人 另一份 已核对 rev ndbsite ndbbundle")
    said.append("第二批 生物制造与人工智能 检查包 现场检查记录")
    return pseudo.words(" ".join(said))


# ----- rooms that need more than going there -----


def _held(work: Callable[[], object]) -> None:
    """Does something whose work is held back, or the page would be gone before anybody saw it."""
    with patch.object(tasks, "run", lambda _work, **then: tasks.Task(then["done"], None, None, then["owner"])):
        work()


def _opening(own: Visit) -> None:
    desk = own.desk
    if desk._task is None:
        _held(lambda: desk._open(own.made.path, ""))
    settle()
    assert desk._task is not None
    desk._task.progressed.emit(1, 2, f"第二批-生物制造与人工智能-检查包-{own.made.path.name}")
    settle()


def _over(own: Visit, name: str) -> None:
    over = own.window.over
    if over.page is not None:
        over.close()
    ways: dict[str, Callable[[], object]] = {
        "help": partial(over.show_help, "inspection"),
        "guide": partial(over.show_guide, "inspection"),
        "keys": over.show_keys,
        "card": own.window.show_card,
    }
    ways[name]()
    settle()


def _card(own: Visit) -> None:
    if own.window.over.page is None:
        press(own.window, "site.card.button")


def _save_card(own: Visit, passphrase: str) -> None:
    _over(own, "card")
    child(own.window, "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(own.window, "card.save")


def _part(own: Visit, place: str) -> None:
    own.page(place)


def _added(own: Visit) -> None:
    page = own.page("photos")
    assert isinstance(page, PhotosPage)
    bad = own.folder / "bad.jpg"
    bad.write_bytes(b"no photo")
    # The same ones again are known, the last is none.
    with patch("ndb_desktop.services.inspect_photos.RenderWorker", RenderWorker):
        page.add_files([own.folder / "shots", bad])
        settle()
    assert child(page, "site.photos.verdicts").isVisible()


def _letters(own: Visit) -> None:
    page = own.page("photos")
    press(page, "site.photo.text")
    page.card._ask_text((5000, 5000))  # type: ignore[attr-defined]
    settle()


def _removed(own: Visit) -> None:
    if ("observation", "O1-01") not in own.store.record.parts:
        own.put(Observation("O1-01", "厂区外有一处在建工程。"))
    page = own.page("findings.observation:O1-01")
    press(page, "site.observation.remove")


def _error(own: Visit) -> None:
    own.page("checks").banner.show_error(NdbError("E-COPY-INSIDE", place="x" * 60))
    settle()


def _at_work(own: Visit) -> None:
    page = own.page("sign")
    _held(lambda: page.job(tr("site.sign.working"), lambda *_: None, lambda _result: None))
    assert page._panel is not None
    page._panel.show_progress(3, 12, "示例园区-现场检查记录-第 1 版.ndbsite")
    settle()
    own.store.running = None


def _closing(own: Visit, state: Closing) -> None:
    own.page("closing").banner.dismiss()
    own.put(state)


def _wiped(own: Visit, state: Closing) -> None:
    _closing(own, state)
    press(own.page("closing"), "site.closing.clear")


def _sign(own: Visit, passphrase: str) -> None:
    page = own.page("sign")
    for path in (own.folder / "signed").iterdir():
        path.unlink()
    press(page, "site.sign.folder.choose")
    child(page, "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(page, "site.sign.button")


def _compare(own: Visit, theirs: Path) -> None:
    page = own.page("sign")
    assert isinstance(page, SignPage)
    own.dialogs.file = theirs
    press(page, "site.fellow.choose")
    child(page, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(page, "site.join.compare")
    assert child(page, "site.join").isVisible()


__all__ = ["STAGES", "Visit", "every_step", "half_filled", "open_visit", "unlock", "with_key"]
