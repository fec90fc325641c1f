"""The whole round through the window, on real files: issue, review, sign, merge, results, receipt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rules import compute_basis, compute_target
from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.identity import list_identities
from ndb_desktop.services.review import ReviewItem, open_review
from ndb_desktop.ui.expert.check_gaps import GapsView
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import window as helper
from tests.support.coordinator import Dialogs, desk_of, page_of, wizard_step
from tests.support.hands import cells, drop, enter, on_slips, opened, type_passphrase, write
from tests.support.review import agree_all
from tests.support.sample import small_sample
from tests.support.travel import person
from tests.support.window import child, press, review_of, settle
from tests.ui.conftest import plain_start  # noqa: F401  (the same language, theme and fonts as every window test)

REASON = "目标明确，责任到人，量化指标可以核查，佐证材料齐全。"

# What the expert at the window gives, item by item; the others are a little milder or stricter.
LEVELS = ("L4", "L5", "L4", "L3", "L5", "L4", "L4", "L5")
NUMBERS = {"L3": "78", "L4": "87", "L5": "95"}
SHIFT = (Decimal(0), Decimal(1), Decimal(-2), Decimal(2), Decimal(-3))


def must_be_mended(lines: QWidget) -> list[str]:
    """What the check page lists as a gap; hints are advice and may stay."""
    assert isinstance(lines, GapsView)
    return [gap.text for gap in lines.source.rows if gap.kind == "gap"]


# ----- the coordinator, before -----


def issue(window: MainWindow, folder: Path, dialogs: Dialogs) -> dict[str, tuple[Path, str]]:
    """From an empty folder to bundles and slips; each expert's bundle and the secret printed on the slip."""
    sample = small_sample().folder
    enter(window, "coordinator")
    press(window, "office.create.button")
    write(child(window, "create.name"), "示例评审办")
    child(window, "create.trial").click()  # type: ignore[attr-defined]
    for part in ("create.new", "create.recovery"):
        type_passphrase(child(window, part), twice=True)
    dialogs.folder = folder / "registry"
    wizard_step(window, "keys")
    press(window, "create.folder")
    wizard_step(window, "check")
    press(window, "create.button")
    dialogs.folder = sample / "handover"
    press(window, "overview.next")
    press(window, "applications.folder")
    press(window, "applications.accept")
    dialogs.file = roster(folder, sample)
    page_of(window, "people")
    press(window, "people.roster")
    page_of(window, "assign")
    write(child(window, "assign.words"), "监督员说的话")
    child(window, "assign.seats").number.setValue(5)  # type: ignore[attr-defined]
    press(window, "assign.start")
    dialogs.folder = folder / "bundles"
    page_of(window, "issue")
    press(window, "issue.all")
    assert len(list(dialogs.folder.iterdir())) == 5
    dialogs.target = folder / "slips.pdf"
    press(window, "issue.slips")
    return {expert: (path, secret) for expert, path, secret in on_slips(dialogs.target, folder / "bundles")}


def roster(folder: Path, sample: Path) -> Path:
    """The sample's roster without one expert of the field, so that all five others judge both applications."""
    lines = (sample / "people" / "roster.csv").read_text(encoding="utf-8-sig").splitlines()
    path = folder / "roster.csv"
    path.write_text("\n".join([*lines[:4], *lines[5:]]) + "\n", encoding="utf-8")
    return path


# ----- the expert at the window -----


def review(window: MainWindow, bundle: Path, secret: str, target: Path, dialogs: Dialogs) -> tuple[str, str, str]:
    """One expert's whole work by widgets; the application scored, the one recused from, the digest shown at the end."""
    enter(window, "expert")
    dialogs.file = bundle
    press(window, "open.choose")
    write(child(window, "open.secret"), secret)
    press(window, "open.button")
    page = review_of(window)
    type_passphrase(page.identity, twice=True)
    press(window, "identity.create")
    press(window, "identity.next")
    press(window, "statements.all")
    press(window, "clear.0")
    press(window, "recuse.1")
    press(window, "declare.C5")
    press(window, "declare.confirm")
    press(window, "declare.next")
    first, second = (item.application.id for item in page.declare._store.view.applications)
    judged = 0
    for number in range(22):
        assert child(window, "item.title").isVisible(), f"item {number + 1}"
        if child(window, "item.confirm").isVisible():
            challenge(window) if number == 3 else press(window, "item.confirm")
        else:
            judge(window, judged)
            judged += 1
        press(window, "score.next")
    assert judged > 10
    press(window, "score.next_open")
    assert page.step == "check"
    assert must_be_mended(child(window, "check.gaps")) == []
    press(window, "check.next")
    dialogs.folder = target
    press(window, "sign.folder.choose")
    type_passphrase(page.sign)
    press(window, "sign.button")
    result = child(window, "sign.result")
    assert result.isVisible()
    said = "".join(label.text() for label in result.findChildren(QLabel))
    (digest,) = re.findall(r"[0-9a-f]{64}", re.sub(r"[ \u200b]", "", said))
    return first, second, digest


def judge(window: MainWindow, number: int) -> None:
    """A level by its digit key or by a click, a number, and a reason where one is asked for."""
    level = LEVELS[number % len(LEVELS)]
    if number % 2:
        press(window, f"level.{level}")
    else:
        child(window, "level.L3").setFocus()
        QTest.keyClick(QApplication.focusWidget(), f"{level[1]}")
        settle()
    field = child(window, "level.number")
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, NUMBERS[level])
    settle()
    if level == "L5":
        write(child(window, "item.reason"), REASON)
    settle()


def challenge(window: MainWindow) -> None:
    """Disputes a computed item with a page and a reason."""
    press(window, "item.challenge")
    write(child(window, "challenge.reason"), REASON)
    press(window, "challenge.submit")


# ----- the others, and arithmetic of our own -----


def marks_of(item: ReviewItem, shift: Decimal) -> dict[str, ItemEntry]:
    """The same levels as at the window, each number shifted within its level."""
    entries, judged = {}, 0
    for one in item.pack.items:
        if one.computed:
            entries[one.id] = ItemEntry(one.id, "scored", confirm="confirmed")
            continue
        level = LEVELS[judged % len(LEVELS)]
        judged += 1
        value = Decimal(NUMBERS[level]) + (shift if level == "L4" else -abs(shift))
        entries[one.id] = ItemEntry(one.id, "scored", level, value, reason=REASON)  # type: ignore[arg-type]
    return entries


def values(sheet: Mapping[str, ItemEntry]) -> dict[str, Decimal | None]:
    return {name: entry.value for name, entry in sheet.items()}


def review_by_service(profile: Path, expert: str, bundle: Path, secret: str, target: Path, shift: Decimal) -> None:
    """Another expert's score file, made without a window."""
    session = open_review(bundle, secret=secret, profile=profile, clock=helper.now)
    agree_all(session)
    for item in session.applications:
        session.declare(item.application.id, Declaration("clear"))
        for entry in marks_of(item, shift).values():
            session.set_entry(item.application.id, entry)
    session.export(person(expert), target)
    session.close()


def expected_total(application: Application, pack: Any, k: Fraction, sheets: Sequence[Mapping[str, ItemEntry]]) -> str:
    """The total of a panel of five from the marks, with the weights read from the pack's own file.

    What data give by a rule comes from `domain.rules` (proven by the vectors of the packs); all the rest is here:
    the mean of five, halves of the plan items, weights, 60 : 40, one rounding.
    """
    folder = forms_dir() / f"{application.category}-selection"
    share = {"basis": Fraction(60, 100), "plan": Fraction(40, 100)}
    total, weights = Fraction(0), Fraction(0)
    for indicator in json.loads((folder / "pack.json").read_text(encoding="utf-8"))["indicators"]:
        definition = pack.indicator_by_id[indicator["id"]]
        for part in ("basis", "plan"):
            marks = [sheet[f"{indicator['id']}.{part}"].value for sheet in sheets]
            by_rule = indicator["kind"] == "quantitative"
            if by_rule and part == "basis":
                value = compute_basis(pack, definition, application, k).score
            else:
                value = sum((Fraction(mark) for mark in marks if mark is not None), Fraction(0)) / len(sheets)
                if by_rule:
                    value = (compute_target(pack, definition, application, k).score + value) / 2  # type: ignore[operator]
            weight = Fraction(indicator["weights"][part])
            total += share[part] * weight / 100 * value  # type: ignore[operator]
            weights += weight
    assert weights == 200
    places = Decimal("0.01")
    return str((Decimal(total.numerator) / Decimal(total.denominator)).quantize(places, ROUND_HALF_UP))


# ----- the coordinator, after -----


def merge(window: MainWindow, folder: Path, dialogs: Dialogs, keys: Mapping[str, str]) -> None:
    """Opens the registry again, merges what is dropped on it, writes receipts, confirms the keys."""
    enter(window, "coordinator")
    dialogs.folder = folder / "registry"
    press(window, "office.choose.button")
    type_passphrase(child(window, "office.unlock"))
    press(window, "office.open")
    desk = desk_of(window)
    assert desk.store is not None
    drop(window, sorted((folder / "returned").iterdir()))
    assert cells(child(window, "merge.table"), 0) == ["接收"] * 5
    assert desk.store.snapshot.status.files == 0, "a dry run writes nothing"
    press(window, "merge.accept")
    assert desk.store.snapshot.status.files == 5
    dialogs.folder = folder / "receipts"
    press(window, "merge.receipts")
    assert len(list(dialogs.folder.iterdir())) == 5
    page_of(window, "people")
    table = child(window, "people.experts")
    for expert, fingerprint in keys.items():
        table.selectRow(cells(table, 0).index(expert))  # type: ignore[attr-defined]
        write(child(window, "people.fingerprint"), fingerprint)
        press(window, "people.confirm")
    assert {key.status for key in desk.store.snapshot.keys} == {"active"}


def results(window: MainWindow) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Valid sheets and total of each application from the internal table; applicants of the public list."""
    page: Any = page_of(window, "results")
    page.tabs.setCurrentIndex(1)
    press(window, "results.door")
    table = child(window, "results.internal.table")
    names, valid, totals = (cells(table, column) for column in (0, 2, 5))
    page.tabs.setCurrentIndex(0)
    press(window, "results.public.show")
    return dict(zip(names, zip(valid, totals, strict=True), strict=True)), cells(
        child(window, "results.public.table"), 3
    )


def test_a_round_through_the_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialogs = Dialogs(monkeypatch)
    returned = tmp_path / "returned"
    returned.mkdir()
    with opened(qtbot, tmp_path / "office") as window:
        bundles = issue(window, tmp_path, dialogs)
    (name, (bundle, secret)), *others = bundles.items()
    own = tmp_path / "own"
    with opened(qtbot, own) as window:
        scored, recused, digest = review(window, bundle, secret, returned, dialogs)
        item = review_of(window).declare._store.view.item(scored)
        session = helper.desk_of(window).store
        assert session is not None
        sheets: list[Mapping[str, ItemEntry]] = [session.session.sheet(scored).items]
        assert len(session.session.sheet(scored).challenges) == 1
    assert values(sheets[0]) == values(marks_of(item, SHIFT[0])), "what was typed is what is stored"
    keys = {name: list_identities(own / "keys")[0].fingerprint}
    for number, (expert, (path, word)) in enumerate(others, 1):
        review_by_service(tmp_path / expert, expert, path, word, returned, SHIFT[number])
        keys[expert] = person(expert).public.keyid
        sheets.append(marks_of(item, SHIFT[number]))
    with opened(qtbot, tmp_path / "office") as window:
        merge(window, tmp_path, dialogs, keys)
        table, public = results(window)
    total = expected_total(item.application, item.pack, item.k, sheets)
    assert table[scored] == ("5", total)
    assert table[recused] == ("4", "—"), "four sheets are no panel"
    assert Decimal(total) >= item.pack.settings.threshold
    assert public == [item.application.applicant]

    (receipt,) = [path for path in (tmp_path / "receipts").iterdir() if name in path.name]
    with opened(qtbot, own) as window:
        drop(window, [receipt])
        message = window.banner.message()
        assert message is not None
        assert receipt.name in message.text
        assert child(window, "banner.details").isVisible()
        (received,) = [line for line in message.details if digest in line]
        assert "2 份" in received, "both sheets: the scored one and the recusal"
