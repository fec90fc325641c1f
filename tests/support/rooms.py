"""Every page of the expert's side in one window, stage by stage, so that each can be shown in many languages and sizes.

A stage is a state of the review that lasts (opened, declared, filled, signed …); its pages are shown in any order and
again after the window was built anew in another language or type size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QWidget

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.guide_page import GuideText
from ndb_desktop.ui.shell.last_run import LastRun
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.sample import SampleEntry
from tests.support.clipping import settle_layouts
from tests.support.review import MadeReview, agree_all
from tests.support.safety import a_disk, pull_out
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    make_key,
    now,
    press,
    review_of,
    search_all,
    settle,
)

Show = Callable[[], object]


@dataclass(frozen=True)
class Room:
    """One page to show: its name, and how to come to it from any other page of its stage; `way`: only a way back."""

    name: str
    show: Show
    way: bool = False


@dataclass(frozen=True)
class Stage:
    """Pages that can be shown while the review stands as it does now."""

    name: str
    rooms: tuple[Room, ...]


def fit(window: MainWindow, size: QSize) -> None:
    """Makes the window so large, as on a screen of that size."""
    # The screen of tests is small; on one of this size the window may be as large.
    window.setMinimumSize(min(window.minimumWidth(), size.width()), min(window.minimumHeight(), size.height()))
    window.resize(size)
    settle_layouts()
    for text in window.findChildren(GuideText):
        # It breaks its lines anew a moment after the last change of its width.
        text._fit()


def died(profile: Path, bundle: Path) -> LastRun:
    """The last run as this start finds it: killed with `bundle` open."""
    logs = profile / "logs"
    before = LastRun(logs)
    before.working_on(bundle)
    lock = logs / "running-0.lock"
    told, note = lock.read_text(), (logs / "running-0.json").read_text(encoding="utf-8")
    before.end()
    lock.write_text(told.replace(told.splitlines()[0], "999999", 1))
    (logs / "running-0.json").write_text(note, encoding="utf-8")
    return LastRun(logs)


def in_trouble(window: MainWindow, made: MadeReview) -> None:
    """The disk did not take a change, and the stick with the bundle is out; it stays so until somebody tries again."""
    store = desk_of(window).store
    assert store is not None
    # Else it would be stored while one looks at it: there is room again as soon as this is over.
    store._again.setInterval(10**7)
    with a_disk() as disk:
        disk.fill(next((window.profile / "keys").iterdir()))
        _apply(window, lambda session: session.set_opinion(made.ids[0], "r" * 600))
    pull_out(store.session, made.path)
    # As the reader of documents tells it; those that were shown already are in memory.
    store.session._documents.on_gone()
    settle()
    assert store.unsaved
    assert store.away


def window_after_crash(profile: Path, made: MadeReview) -> MainWindow:
    """A window with all a start page can show: a run that died, recent files, the sample round."""
    samples = [SampleEntry("bundle", made.path, "package-open", lambda: i18n.tr("desk.expert"), made.secret)]
    settings = Settings(profile)
    settings.remember(made.path)
    window = MainWindow(settings, profile, now, samples, died(profile, made.path))
    window.show()
    settle()
    return window


def stages(window: MainWindow, made: MadeReview) -> Iterator[Stage]:
    """Takes the review from the start page to the signed file; yields each stage while it stands."""
    yield Stage("start", tuple(_shell(window)))
    window.crash.forget()
    window.enter("expert")
    settle()
    yield Stage("choose", (Room("choose", lambda: None),))
    window.open_paths((made.path,))
    settle()
    yield Stage("unlock", (Room("unlock", lambda: None), *_opening(window, made)))
    child(window, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
    press(window, "open.button")
    yield Stage("no key", (_step(window, "identity"),))
    make_key(window)
    yield Stage(
        "key",
        (
            _step(window, "identity with a key", "identity"),
            Room("identity, another key", lambda: (_go(window, "identity"), press(window, "identity.another"))),
            _step(window, "statements", "declare"),
        ),
    )
    _apply(window, agree_all)
    yield Stage("agreed", tuple(_declaring(window)))
    for application in made.ids[:2]:
        _apply(window, lambda session, name=application: session.declare(name, Declaration("clear")))
    _apply(window, lambda session: session.declare(made.ids[2], Declaration("recused", ("C1",), "")))
    recused = Room("recused application", lambda: show_item(window, made.ids[2], ""))
    rooms = (*_scoring(window, made), recused, *_declare_page(window), *_checking(window, made, "open"))
    yield Stage("scoring", rooms)
    _apply(window, lambda session: session.declare(made.ids[2], Declaration("clear")))
    finish_by_service(window, made)
    yield Stage("complete", (*_checking(window, made, "complete"), _step(window, "sign")))
    _sign(window)
    yield Stage("signed", tuple(_signed(window, made)))


# ----- the rooms of a stage -----


def _shell(window: MainWindow) -> Iterator[Room]:
    def start() -> None:
        window.banner.dismiss()
        if window.over.page is not None:
            window.over.close()
        window._show_page()

    def over(show: Show) -> Show:
        return lambda: (start(), show(), settle())

    yield Room("start after a crash", start)
    yield Room("help", over(window.over.show_help))
    yield Room("keys", over(window.over.show_keys))
    yield Room("guide", over(window.over.show_guide))
    yield Room("crash report", over(window.show_report))
    yield Room("error", over(lambda: _trouble(window)))


def _opening(window: MainWindow, made: MadeReview) -> Iterator[Room]:
    """While a bundle is opened; the work itself is held back, or the page would be gone before anybody saw it."""

    def opening() -> None:
        desk = desk_of(window)
        child(window, "open.secret").setText(made.secret)  # type: ignore[attr-defined]
        with patch.object(tasks, "run", lambda _work, **then: tasks.Task(then["done"], None, None, then["owner"])):
            press(window, "open.button")
        assert desk._task is not None
        desk._task.progressed.emit(
            2, 4, f"{made.path.stem}-第二批-生物制造与人工智能-专家评审包-陈评审{made.path.suffix}"
        )

    yield Room("opening", opening)
    yield Room("opening cancelled", lambda: press(window, "progress.cancel"))
    yield Room("opening given up", lambda: (desk_of(window)._open_cancelled(), settle()), way=True)


def _declaring(window: MainWindow) -> Iterator[Room]:
    yield from _declare_page(window)

    def grounds() -> None:
        _go(window, "declare")
        press(window, "recuse.2")

    def everyone() -> None:
        _go(window, "declare")
        press(window, "declare.all.clear")

    yield Room("grounds", grounds)
    yield Room("all clear", everyone)
    yield _step(window, "closed application", "score")


def _declare_page(window: MainWindow) -> tuple[Room, ...]:
    return (_step(window, "declare"),)


def _scoring(window: MainWindow, made: MadeReview) -> Iterator[Room]:
    first, second = made.ids[:2]

    def page() -> ReviewPage:
        return review_of(window)

    def judged() -> None:
        show_item(window, first, "P4.1.basis")
        page().score.panel.choose_level("L5")
        settle()
        page().score.panel.area.verticalScrollBar().setValue(0)

    def cited() -> None:
        judged()
        page().score.panes.show_pane("documents")
        child(window, "viewer.cite").click()  # type: ignore[attr-defined]

    def split() -> None:
        show_item(window, first, "P4.1.basis")
        page().score.panes.show_pane("documents")
        if page().score.viewer.toolbar.side_button.isChecked():
            page().score.viewer.keys()["panel"]()
        page().score.reading.search.dismiss()
        if len(page().score.reading.sides) < 2:
            page().score.reading.toggle_split()

    def one() -> None:
        if len(page().score.reading.sides) > 1:
            page().score.reading.toggle_split()

    def challenge() -> None:
        show_item(window, first, "P2.1.basis")
        press(window, "item.challenge")

    def show(name: str, part: Callable[[ReviewPage], object], item: str = "P4.1.basis", *, way: bool = False) -> Room:
        return Room(name, lambda: (show_item(window, first, item), part(page()), settle()), way)

    yield show("computed item", lambda _page: None, "P2.1.basis")
    yield Room("challenge form", challenge)
    yield Room("judged item", judged)
    yield Room("page cited", cited)
    yield show("plan item", lambda _page: None, "P2.1.plan")
    yield show("totals", lambda shown: shown.score.show_working())
    yield show("documents", lambda shown: shown.score.panes.show_pane("documents"))
    yield show("lists", lambda shown: shown.score.panes.show_pane("lists"))
    yield show("search", lambda shown: shown.score.viewer.search.ask())
    yield show("search in all documents", lambda shown: search_all(shown, "研"))
    yield show("thumbnails", _thumbnails)
    yield Room("two documents", split)
    yield show("one document", lambda _page: one(), way=True)
    yield show("overall", lambda _page: None, "overall")
    yield show("late recusal", lambda shown: shown.score._recuse(first))
    yield Room("late recusal given up", lambda: press(window, "declare.cancel"), way=True)
    yield Room("other application", lambda: show_item(window, second, ""), way=True)
    yield Room("error while scoring", lambda: (show_item(window, first, "P2.1.basis"), _trouble(window)))
    # Not the method itself: by then the window was built anew and has another banner.
    yield Room("put away", lambda: window.banner.dismiss(), way=True)  # noqa: PLW0108


def _thumbnails(shown: ReviewPage) -> None:
    shown.score.panes.show_pane("documents")
    shown.score.reading.search.dismiss()
    shown.score.viewer.toolbar.side_button.setChecked(True)


def _checking(window: MainWindow, made: MadeReview, how: str) -> Iterator[Room]:
    def compare() -> None:
        _go(window, "check")
        check = review_of(window).check
        check.matrix.setCurrentIndex(check.model.place(made.ids[0], "P2.1.basis"))
        press(window, "check.compare")

    def check() -> None:
        if window.findChildren(QWidget, "compare.back"):
            back = child(window, "compare.back")
            if back.isVisible():
                back.click()  # type: ignore[attr-defined]
        _go(window, "check")

    yield Room(f"check {how}", check)
    yield Room(f"compare {how}", compare)
    yield Room(f"check {how} again", check, way=True)


def _sign(window: MainWindow) -> None:
    _go(window, "sign")
    review_of(window).sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")


def _signed(window: MainWindow, made: MadeReview) -> Iterator[Room]:
    def copies() -> None:
        _leave_copies(window)
        press(window, "review.safety")
        press(window, "safety.copy.now")

    yield Room("signed", lambda: (_leave_copies(window), _go(window, "sign")))
    yield Room("locked", lambda: (_leave_copies(window), show_item(window, made.ids[0], "P4.1.basis")))
    yield Room("copies", copies)
    yield Room("copies left", lambda: _leave_copies(window), way=True)


# ----- ways -----


def _step(window: MainWindow, name: str, step: str = "") -> Room:
    return Room(name, lambda: _go(window, step or name))


def _go(window: MainWindow, step: str) -> None:
    review_of(window).go(step)
    settle()


def show_item(window: MainWindow, application: str, item: str) -> None:
    """Goes to an item, or to an application, with the form in front."""
    _go(window, "score")
    walk = desk_of(window).walk
    assert walk is not None
    score = review_of(window).score
    walk.go(application, item) if item else walk.go(application)
    if score.middle.currentWidget() is not score.reading and not item:
        score.show_application()
    score.show_item()
    settle()
    score.panes.show_pane("item")


def _apply(window: MainWindow, work: Callable[[ReviewSession], object]) -> None:
    store = desk_of(window).store
    assert store is not None
    failed: list[object] = []
    store.failed.connect(failed.append)
    store.apply(work)
    settle()
    store.failed.disconnect(failed.append)
    assert not failed, failed


def _leave_copies(window: MainWindow) -> None:
    for button in window.findChildren(QAbstractButton, "safety.back"):
        if button.isVisible():
            button.click()
            settle()


def _trouble(window: MainWindow) -> None:
    """A long message with details and a button, as an error shows it."""
    text = i18n.tr("safety.unsaved.text", count=3, why=i18n.tr("safety.unsaved.full"))
    lines = tuple(i18n.tr("review.locked") for _ in range(6))
    message = Message("danger", i18n.tr("message.crash"), text, lines, open_details=True)
    window.say(message, i18n.tr("crash.show"), lambda: None)


__all__ = ["Room", "Stage", "died", "fit", "in_trouble", "show_item", "stages", "window_after_crash"]
