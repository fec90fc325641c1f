"""A base's whole life through the window: selected, visited, created, followed, accepted, recognised, retained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, LevelId
from ndb_desktop.services.identity import keys_folder, list_identities
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.office_folder import create_office, open_office
from ndb_desktop.services.review import open_review
from ndb_desktop.services.succession_followers import followers
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import supervised
from tests.support.all_stages import ROSTER, WHY, base, handed_over
from tests.support.coordinator import Dialogs, page_of
from tests.support.hands import cells, click_row, drop, label, opened, pick, write
from tests.support.packs import pack_for
from tests.support.review import agree_all
from tests.support.site_hands import plan_and_issue, record_by_two, total
from tests.support.stage import stage_batch
from tests.support.stage_hands import (
    FAILS,
    PASSES,
    Wanted,
    decide,
    evaluate_all,
    follow_on,
    handed_in,
    recognise,
    retain,
    rule,
)
from tests.support.stage_window import (
    COORDINATOR,
    answer_all,
    issue_all,
    merge,
    office_of,
    open_registry,
    open_to_score,
    outcomes,
    review_by_service,
    sign_sheets,
    start,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import key_file, person
from tests.support.window import child, press, review_of, settle
from tests.support.window import desk_of as expert_desk
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

BELOW = "P003"
SELECTION, ACCEPTANCE, EFFECT = "T-2024", "T-2024-acceptance", "T-2024-acceptance-effect"
MEMBERS = ["E01", "E02", "E03", "E04", "E05"]
YEAR, DECLARED, FOUND = "2023", "420.67", "380"
"""The disputed year of the leading industry's revenue, what was declared for it, and what was found on site."""
Bundles = Mapping[str, tuple[Path, str]]


def day(year: int, month: int, number: int) -> Callable[[], datetime]:
    """A clock that stands still at noon."""
    return lambda: datetime(year, month, number, 4, 0, 0, tzinfo=UTC)


CHOSEN, CREATED = day(2024, 6, 3), day(2024, 9, 2)
ACCEPTED, UNOPPOSED = day(2026, 9, 28), day(2026, 10, 12)
"""Around the National Day of the only official calendar."""
EVALUATED = day(2029, 10, 12)


class Life:
    """One coordinator's machine and the folders of three registries, which go on from step to step."""

    def __init__(self, qtbot: QtBot, folder: Path, dialogs: Dialogs) -> None:
        self.qtbot, self.folder, self.dialogs = qtbot, folder, dialogs
        self.machine = folder / "machine"
        (keys_folder(self.machine) / "me.ndbkey").write_bytes(key_file(COORDINATOR))
        self.roster = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"

    def begin(self) -> None:
        """An empty registry of the selection with its batch."""
        batch = replace(stage_batch(), id=SELECTION, year=2024, quotas={"park": Quota(total=2)})
        create_office(
            self.folder / SELECTION, batch=batch, packs={"park": pack_for("park")}, identity=person(COORDINATOR),
            name="示例评审办", recovery=person("恢复").public, clock=CHOSEN,
        ).close()  # fmt: skip

    def part(self, name: str) -> Path:
        """A folder of its own for a stage."""
        path = self.folder / f"of-{name}"
        path.mkdir(exist_ok=True)
        return path

    def opened(self, clock: Callable[[], datetime], *, registry: str = "") -> OpenedAt:
        """The coordinator's window; with `registry`, that one is open."""
        return OpenedAt(self, clock, registry)

    def review(
        self, name: str, bundles: Bundles, clock: Callable[[], datetime], bases: int,
        hands: Callable[[MainWindow], None], service: Callable[[str, tuple[Path, str], Path, Path], None],
    ) -> tuple[Path, dict[str, str]]:  # fmt: skip
        """The first expert by hands, the others by the service; the folder of the files, and the keys by expert."""
        returned = self.part(name) / "returned"
        returned.mkdir()
        (own, (bundle, secret)), *others = sorted(bundles.items())
        with opened(self.qtbot, self.part(name) / own, clock) as window:
            open_to_score(window, bundle, secret, bases, self.dialogs)
            hands(window)
            sign_sheets(window, returned, self.dialogs)
        keys = {own: list_identities(self.part(name) / own / "keys")[0].fingerprint}
        for expert, found in others:
            service(expert, found, self.part(name) / expert, returned)
            keys[expert] = person(expert).public.keyid
        return returned, keys


class OpenedAt:
    """The coordinator's window while it is open, on a day."""

    def __init__(self, life: Life, clock: Callable[[], datetime], registry: str) -> None:
        self.life, self.registry = life, registry
        self.window = opened(life.qtbot, life.machine, clock)

    def __enter__(self) -> MainWindow:
        window = self.window.__enter__()
        if self.registry:
            open_registry(window, self.life.folder / self.registry, self.life.dialogs)
        return window

    def __exit__(self, *why: object) -> None:
        self.window.__exit__(*why)  # type: ignore[arg-type]


@pytest.fixture
def life(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    return Life(qtbot, tmp_path, Dialogs(monkeypatch))


def test_from_an_application_to_a_base_that_is_retained_through_the_window(life: Life) -> None:
    life.begin()
    _select(life)
    _visit(life)
    _create(life)
    _accept(life)
    _recognise(life)
    _evaluate(life)


# ----- 申报与考评 -----


def _select(life: Life) -> None:
    """Three applications for two seats are taken in and judged by five, one of whom disputes a figure."""
    with life.opened(CHOSEN, registry=SELECTION) as window:
        life.dialogs.folder = handed_over(life.folder / "handed", [base(1), base(2), base(3)])
        page_of(window, "applications")
        press(window, "applications.folder")
        press(window, "applications.accept")
        assert set(cells(child(window, "applications.table"), 0)) == {PASSES, FAILS, BELOW}
        bundles = issue_all(window, life.part("selection"), life.roster, life.dialogs)
    assert sorted(bundles) == MEMBERS
    returned, keys = life.review("selection", bundles, CHOSEN, 3, judge_all, mark_by_service)
    with life.opened(CHOSEN, registry=SELECTION) as window:
        merge(window, returned, keys)


def judge_all(window: MainWindow) -> None:
    """Every item of all applications by widgets; the year of one figure of the first is disputed, the last is weak."""
    page, walk = review_of(window), expert_desk(window).walk
    assert walk is not None
    number = 0
    while page.step == "score":
        if (walk.application, walk.item) == (PASSES, "P1.2.basis"):
            press(window, "item.challenge")
            pick(child(window, "challenge.datum"), "leading_revenue")
            pick(child(window, "challenge.year"), YEAR)
            write(child(window, "challenge.proposed"), FOUND)
            write(child(window, "challenge.reason"), WHY)
            press(window, "challenge.submit")
        elif child(window, "item.confirm").isVisible():
            press(window, "item.confirm")
        else:
            level, mark = _mark(walk.application, number)
            press(window, f"level.{level}")
            field = child(window, "level.number")
            field.selectAll()  # type: ignore[attr-defined]
            QTest.keyClicks(field, str(mark))
            write(child(window, "item.reason"), WHY)
            settle()
        number += 1
        press(window, "score.next_open")
    assert number > 60, "every item of three"


def mark_by_service(expert: str, bundle: tuple[Path, str], profile: Path, target: Path) -> None:
    """Another expert's score file: high marks that differ by expert."""
    path, secret = bundle
    session = open_review(path, secret=secret, profile=profile, clock=CHOSEN)
    agree_all(session)
    for item in session.applications:
        session.declare(item.application.id, Declaration("clear"))
        for entry in _marks(item.application.id, item.pack, int(expert[1:])):
            session.set_entry(item.application.id, entry)
    session.export(person(expert), target)
    session.close()


def _marks(application: str, pack: RulePack, shift: int) -> Iterator[ItemEntry]:
    for number, item in enumerate(pack.items):
        if item.computed:
            yield ItemEntry(item.id, "scored", confirm="confirmed")
        else:
            level, mark = _mark(application, number + shift)
            yield ItemEntry(item.id, "scored", level, Decimal(mark), reason=WHY)


def _mark(application: str, number: int) -> tuple[LevelId, int]:
    """High marks that differ, low ones for the application that is not selected."""
    return ("L2", 51 + number % 3) if application == BELOW else ("L5", 94 + number % 3)


# ----- 现场检查 -----


def _visit(life: Life) -> None:
    """What was disputed is verified on site by two, and their record changes what is computed."""
    with life.opened(CHOSEN, registry=SELECTION) as window:
        bundle = plan_and_issue(window, life.part("visit"), life.dialogs, PASSES)
    place = f"leading_revenue/{YEAR}"
    back, _ = record_by_two(life.qtbot, life.part("visit"), life.dialogs, bundle, place, FOUND, CHOSEN)
    with life.opened(CHOSEN, registry=SELECTION) as window:
        before = total(window, PASSES)
        drop(window, [back])
        assert cells(child(window, "visits.verdicts"), 0) == ["接收"]
        press(window, "visits.merge")
        assert total(window, PASSES) != before, "a smaller last year is less growth"
        page_of(window, "visits.records")
        click_row(child(window, "visits.records"), 0)
        effects = child(window, "visits.effects")
        (row,) = [row for row in range(len(cells(effects, 0))) if cells(effects, 5)[row] == "计入"]
        assert [cells(effects, column)[row].split()[0] for column in (1, 2)] == [DECLARED, FOUND]
        assert label(window, "visits.items")


# ----- 定稿与创建 -----


def _appoint(window: MainWindow, folder: Path) -> None:
    """A supervisor by the card that is dropped; from here on two sign what takes two."""
    drop(window, [supervised.card_file(folder, trial=True)])
    write(child(window, "roles.reason"), "按分工")
    settle()
    press(window, "roles.appoint")


def _create(life: Life) -> None:
    """定稿 by coordinator and supervisor, and by a signed move both bases are 创建对象."""
    stick = supervised.key_in_profile(life.machine)
    with life.opened(CHOSEN, registry=SELECTION) as window:
        _appoint(window, life.part("selection"))
        assert total(window, PASSES), "the scores are opened before they are final"
        page = page_of(window, "results")
        page.open_part("final")
        settle()
        write(child(page, "final.reason"), "评审完成")
        settle()
        press(page, "final.button")
        assert "尚未定稿" in label(page, "final.state"), "one signature is not enough"
        supervised.sign_second(window)
        assert supervised.SUPERVISOR in label(page, "final.state")
        assert set(_public(window, 0)) == {base(1).applicant, base(2).applicant}
    stick.unlink()  # carried away again
    with life.opened(CREATED, registry=SELECTION) as window:
        start(window, "create", "按工作方案")
        lives = all_lives(office_of(window)).bases
        assert {name: one.state for name, one in lives.items()} == {
            PASSES: "creating", FAILS: "creating", BELOW: "not_selected",
        }  # fmt: skip
        assert {str(one.due.day) for one in lives.values() if one.due} == {"2026-09-02"}
        assert office_of(window).rebuild().equal


def _public(window: MainWindow, tab: int) -> list[str]:
    """The applicants on the list to be published, which says no more of anybody."""
    page_of(window, "results")
    child(window, "results.tabs").setCurrentIndex(tab)  # type: ignore[attr-defined]
    settle()
    press(window, "results.public.show")
    return cells(child(window, "results.public.table"), 3)


# ----- 评估验收 -----


def _accept(life: Life) -> None:
    """Two years on: followed, the form handed in, judged, a figure ruled on, 验收通过, 公示."""
    before = life.folder / SELECTION
    with life.opened(ACCEPTED) as window:
        follow_on(
            window, before, life.dialogs, Wanted(SELECTION, "acceptance", ACCEPTANCE, [base(1), base(2)], "creating")
        )
        _hand_in(window, life, handed_in(life.folder / "form-acceptance", [base(1), base(2)]), {PASSES, FAILS})
        start(window)
        bundles = issue_all(window, life.part("acceptance"), life.roster, life.dialogs)
    _is_followed(before, "acceptance", ACCEPTANCE)

    def hands(window: MainWindow) -> None:
        assert [answer_all(window, done=done)[0] for done in (True, False)] == [PASSES, FAILS]

    def service(expert: str, bundle: tuple[Path, str], profile: Path, target: Path) -> None:
        review_by_service(expert, bundle, profile=profile, target=target, clock=ACCEPTED, failing=FAILS)

    returned, keys = life.review("acceptance", bundles, ACCEPTED, 2, hands, service)
    with life.opened(ACCEPTED, registry=ACCEPTANCE) as window:
        merge(window, returned, keys)
        assert {name: verdict for name, (verdict, _) in outcomes(window).items()} == {PASSES: "待定", FAILS: "不通过"}
        rule(window)
        assert {name: verdict for name, (verdict, _) in outcomes(window).items()} == {PASSES: "通过", FAILS: "不通过"}
        decide(window)


def _hand_in(window: MainWindow, life: Life, form: Path, bases: set[str]) -> None:
    life.dialogs.folder = form
    page_of(window, "applications")
    press(window, "applications.folder")
    press(window, "applications.accept")
    assert set(cells(child(window, "applications.table"), 0)) == bases


def _is_followed(before: Path, stage: str, batch: str) -> None:
    """What the registry before says of its follower."""
    office = open_office(before, person(COORDINATOR), clock=EVALUATED)
    try:
        assert [(one.stage, one.batch) for one in followers(office.log_rows())] == [(stage, batch)]
    finally:
        office.close()


def _recognise(life: Life) -> None:
    """Nobody objected: the base is recognised by coordinator and supervisor; the one that failed stays where it is."""
    with life.opened(UNOPPOSED, registry=ACCEPTANCE) as window:
        _appoint(window, life.part("acceptance"))
    stick = supervised.key_in_profile(life.machine)
    with life.opened(UNOPPOSED, registry=ACCEPTANCE) as window:
        recognise(window)
        assert _public(window, 1) == [base(1).applicant]
        assert all_lives(office_of(window)).bases[FAILS].state == "acceptance"
        assert office_of(window).rebuild().equal
    stick.unlink()


# ----- 成效评估 -----


def _evaluate(life: Life) -> None:
    """Three years on: followed again, what was accepted by the ruling still stands, 保留."""
    before = life.folder / ACCEPTANCE
    with life.opened(EVALUATED) as window:
        follow_on(window, before, life.dialogs, Wanted(ACCEPTANCE, "effect", EFFECT, [base(1)], "recognised"))
        _hand_in(window, life, handed_in(life.folder / "form-effect", [base(1)], revenue="118"), {PASSES})
        start(window, "effect", "认定满三年")
        bundles = issue_all(window, life.part("effect"), life.roster, life.dialogs)
    _is_followed(before, "effect", EFFECT)

    def hands(window: MainWindow) -> None:
        assert evaluate_all(window)

    def service(expert: str, bundle: tuple[Path, str], profile: Path, target: Path) -> None:
        review_by_service(expert, bundle, profile=profile, target=target, clock=EVALUATED)

    returned, keys = life.review("effect", bundles, EVALUATED, 1, hands, service)
    with life.opened(EVALUATED, registry=EFFECT) as window:
        merge(window, returned, keys)
        assert {name: verdict for name, (verdict, _) in outcomes(window).items()} == {PASSES: "合格"}
        table = child(window, "stage.targets")
        row = cells(table, 0).index("P1.1 主导产业营业收入（亿元）")
        # 119 was accepted, by a ruling: that is what has to stand, and 118 of it do.
        assert [cells(table, column)[row] for column in (2, 3, 4, 6)] == ["119", "119", "118", "99.16 %"]
        retain(window)
        assert _public(window, 1) == [base(1).applicant]
        assert office_of(window).rebuild().equal
