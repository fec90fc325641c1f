"""The expert's whole way through the window, on a real bundle: open, key, declare, score, check, sign, revise."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.identity import list_identities
from ndb_desktop.ui import icons
from ndb_desktop.ui.expert.check_page import gaps_of
from ndb_desktop.ui.expert.desk import ExpertDesk
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import OVERALL, Walk
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import files
from tests.support.review import MadeReview, fill, make_bundle
from tests.support.travel import person
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    drop_focus,
    finish_by_service,
    make_key,
    open_bundle,
    press,
    review_of,
    settle,
    start_review,
)

REASON = "工作方案目标明确，责任到人，但量化指标的佐证还不充分，需要补充。"


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


def walk_of(window: MainWindow) -> Walk:
    walk = desk_of(window).walk
    assert walk is not None
    return walk


def message_code(window: MainWindow) -> str:
    message = window.banner.message()
    assert message is not None
    return message.details[0].rpartition(" ")[2]


# ----- open -----


def test_the_wrong_secret_says_so_and_the_right_one_opens(window: MainWindow, made: MadeReview) -> None:
    window.open_paths((made.path,))
    settle()
    page = desk_of(window).page
    assert isinstance(page, UnlockPage)
    assert not page.button.isEnabled()
    page.secret.setText("0000-0000-0000-0000-0000")
    press(window, "open.button")
    assert isinstance(desk_of(window).page, UnlockPage)
    assert message_code(window) == "E-REVIEW-SECRET"
    child(window, "open.secret").setText(made.secret.upper().replace("-", " "))  # type: ignore[attr-defined]
    press(window, "open.button")
    assert review_of(window).step == "identity"
    assert window.header.trial.isVisible()
    assert window.header.proposal.isVisible()


def test_a_tampered_bundle_is_refused_before_any_secret(window: MainWindow, made: MadeReview, tmp_path: Path) -> None:
    data = bytearray(made.path.read_bytes())
    spot = data.find(b"manifest") + 200
    data[spot] ^= 1
    bad = tmp_path / "bad.ndbbundle"
    bad.write_bytes(bytes(data))
    window.open_paths((bad,))
    settle()
    assert window.banner.message() is not None
    assert not isinstance(desk_of(window).page, UnlockPage)


def test_a_bundle_for_a_key_opens_with_that_key(
    window: MainWindow, tmp_path: Path, own_profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.services.identity import create_identity, keys_folder, unlock

    stored = create_identity(keys_folder(own_profile), name="陈评审", passphrase=PASSPHRASE, trial=True)
    made = make_bundle(tmp_path / "keyed", expert_key=unlock(stored.path, PASSPHRASE).public)
    window.open_paths((made.path,))
    settle()
    page = desk_of(window).page
    assert isinstance(page, UnlockPage)
    assert page.use_key.isChecked()
    page.passphrase.first.setText("not this one")
    press(window, "open.button")
    assert message_code(window) == "E-KEY-PASSPHRASE"
    page = desk_of(window).page
    assert isinstance(page, UnlockPage)
    page.passphrase.first.setText(PASSPHRASE)
    press(window, "open.button")
    assert review_of(window).step == "declare"
    assert review_of(window).identity.current == stored.path


def test_a_key_that_is_not_here_is_named(window: MainWindow, tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "other", expert_key=person("someone").public)
    open_bundle(window, made)
    page = review_of(window)
    assert person("someone").public.keyid in page.identity.banner._text.text().replace("\u200b", "")
    assert page.identity._new.isHidden()


def test_making_a_key_needs_the_passphrase_twice(window: MainWindow, made: MadeReview, own_profile: Path) -> None:
    open_bundle(window, made)
    page = review_of(window)
    assert page.identity.name.text() == made.expert.name
    page.identity.passphrase.first.setText(PASSPHRASE)
    page.identity.passphrase.second.setText(PASSPHRASE + "x")
    assert not page.identity.create_button.isEnabled()
    page.identity.passphrase.second.setText(PASSPHRASE)
    press(window, "identity.create")
    keys = list_identities(own_profile / "keys")
    assert [key.name for key in keys] == [made.expert.name]
    assert keys[0].trial
    assert page.identity.passphrase.text() == ""
    assert page.identity._new.isHidden(), "with a key there is nothing to fill in"
    press(window, "identity.another")
    assert child(window, "passphrase.again").isVisible()
    press(window, "identity.next")
    assert page.step == "declare"


# ----- declare -----


def test_nothing_opens_before_statements_and_declaration(window: MainWindow, made: MadeReview) -> None:
    open_bundle(window, made)
    make_key(window)
    page = review_of(window)
    page.go("score")
    settle()
    assert page.step == "declare"
    assert not child(window, "clear.0").isEnabled()
    assert not child(window, "step.score").isEnabled()
    first = store_of(window).view.statements[0][0]
    press(window, f"statement.{first.id}")
    assert store_of(window).view.statements[0][1]
    assert not child(window, "declare.next").isEnabled()
    press(window, "statements.all")
    assert store_of(window).view.agreed
    press(window, "declare.next")
    assert page.score.viewer.current[0] == ""
    assert page.score.closed.isVisible()
    press(window, "declare.clear")
    assert page.score.viewer.current[0] == "D1"
    assert page.score.right.currentWidget() is page.score.panels


def test_recusal_asks_for_grounds_and_closes_the_application(window: MainWindow, made: MadeReview) -> None:
    open_bundle(window, made)
    make_key(window)
    page = review_of(window)
    page.go("declare")
    settle()
    press(window, "statements.all")
    press(window, "recuse.1")
    confirm = child(window, "declare.confirm")
    assert not confirm.isEnabled()
    press(window, "declare.C12")
    assert not confirm.isEnabled()
    assert "说明" in page.declare.lines[made.ids[1]]._form.hint.text()
    child(window, "declare.words").setPlainText("曾与其负责人共事")  # type: ignore[attr-defined]
    press(window, "declare.C5")
    press(window, "declare.confirm")
    declaration = store_of(window).session.sheet(made.ids[1]).declaration
    assert (declaration.status, declaration.codes) == ("recused", ("C5", "C12"))
    press(window, "clear.0")
    press(window, "declare.next")
    walk_of(window).go(made.ids[1])
    settle()
    assert page.score.viewer.current[0] == ""
    assert page.score.closed.title.text() == "您已回避这份申报材料"


def test_a_recusal_chosen_in_error_can_be_taken_back_until_it_is_signed(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = start_review(window, made)
    session = store_of(window).session
    page.go("declare")
    settle()
    for number in ("0", "1"):
        press(window, f"recuse.{number}")
        press(window, "declare.C1")
        press(window, "declare.confirm")
    press(window, "return.1")
    assert session.sheet(made.ids[1]).declaration == Declaration(), "nobody has said that there is no conflict"
    line = page.declare.lines[made.ids[1]]
    assert line.badge.text() == "尚未声明"
    press(window, "clear.1")
    assert session.sheet(made.ids[1]).declaration.status == "clear"
    walk_of(window).go(made.ids[1])
    page.go("score")
    settle()
    assert page.score.viewer.current[0] == "D1", "the documents are open again"

    for application in made.ids[1:]:
        store_of(window).apply(lambda open_one, application=application: fill(open_one, application))
    settle()
    monkeypatch.setattr(files, "pick_folder", lambda *_: tmp_path)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    store_of(window).apply(lambda open_one: open_one.start_revision("误选"))
    settle()
    page.go("declare")
    settle()
    assert session.sheet(made.ids[0]).status == "recused"
    assert child(window, "return.0").isHidden()
    assert "不能撤回" in page.declare.lines[made.ids[0]]._note.text()


def test_recusal_in_the_middle_withdraws_the_scores(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P1.1.basis")
    settle()
    press(window, "item.confirm")
    walk_of(window).go(made.ids[0], OVERALL)
    settle()
    press(window, "overall.recuse")
    press(window, "declare.C1")
    press(window, "declare.confirm")
    sheet = store_of(window).session.sheet(made.ids[0])
    assert sheet.status == "recused"
    assert not sheet.items
    assert page.score.viewer.current[0] == ""
    page.go("declare")
    settle()
    assert "评分自动恢复" in page.declare.lines[made.ids[0]]._note.text()
    press(window, "return.0")
    assert not store_of(window).session.sheet(made.ids[0]).items
    press(window, "clear.0")
    page.go("score")
    walk_of(window).go(made.ids[0], "P1.1.basis")
    settle()
    assert store_of(window).view.entry(made.ids[0], "P1.1.basis").confirm == "confirmed"


# ----- score -----


def test_a_computed_score_is_shown_explained_and_confirmed(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P2.1.basis")
    settle()
    panel = page.score.panel
    view = store_of(window).view
    computed = view.computed(made.ids[0], "P2.1.basis")
    assert panel.computed.score.text() == f"{float(computed.score):.2f}"  # type: ignore[arg-type]
    assert "研发投入强度" in panel.computed.why.text()
    assert panel.levels.isHidden()
    press(window, "indicator.rule.show")
    assert panel.computed.rule.isVisible()
    assert panel.computed.rule.text()
    press(window, "item.confirm")
    assert view.entry(made.ids[0], "P2.1.basis").confirm == "confirmed"
    press(window, "item.confirm")
    assert view.entry(made.ids[0], "P2.1.basis").confirm == ""
    press(window, "score.undo")
    assert view.entry(made.ids[0], "P2.1.basis").confirm == "confirmed"
    press(window, "score.redo")
    assert view.entry(made.ids[0], "P2.1.basis").confirm == ""


def test_declared_data_stand_with_unit_source_and_page(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P2.1.basis")
    settle()
    words = [label.text() for label in page.score.panel.data.current.findChildren(PlainLabel)]
    assert {"2023", "2024", "2025", "36", "38", "40", "亿元", "审计"} <= set(words)
    page.score.viewer.show_document("D2")
    settle()
    press(page.score.panel.data.current, "evidence.jump")
    assert page.score.viewer.current == ("D1", 1)


def test_a_challenge_is_made_counts_as_done_and_can_be_withdrawn(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P2.1.basis")
    settle()
    press(window, "item.challenge")
    form = page.score.panel.challenge
    assert form.document.value() == "D1"
    assert form.page.text() == "1"
    assert not form.submit.isEnabled()
    form.reason.setPlainText(REASON)
    form.proposed.setText("三十")
    assert not form.submit.isEnabled()
    assert "数字" in form.hint.text()
    form.proposed.setText("30.5")
    form.page.setText("9")
    assert not form.submit.isEnabled()
    form.page.setText("1")
    press(window, "challenge.submit")
    sheet = store_of(window).session.sheet(made.ids[0])
    challenge = sheet.challenges[0]
    assert (challenge.indicator, challenge.proposed, challenge.document, challenge.page) == (
        "P2.1",
        Decimal("30.5"),
        "D1",
        1,
    )
    assert sheet.items["P2.1.basis"].confirm == "challenged"
    assert not [f for f in store_of(window).view.findings(made.ids[0]) if "P2.1" in f.place and "basis" in f.place]
    press(window, f"challenge.remove.{challenge.id}")
    sheet = store_of(window).session.sheet(made.ids[0])
    assert not sheet.challenges
    assert sheet.items["P2.1.basis"].confirm == ""


def test_confirming_after_a_challenge_withdraws_it(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P1.1.basis")
    settle()
    press(window, "item.challenge")
    page.score.panel.challenge.reason.setPlainText(REASON)
    press(window, "challenge.submit")
    press(window, "item.confirm")
    sheet = store_of(window).session.sheet(made.ids[0])
    assert not sheet.challenges
    assert sheet.items["P1.1.basis"].confirm == "confirmed"


def test_level_then_number_then_reason(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P4.1.basis")
    settle()
    panel, view = page.score.panel, store_of(window).view
    assert panel.levels.entry.isHidden()
    press(window, "level.L5")
    assert panel.levels.entry.isVisible()
    assert panel.levels.number.number() is None
    assert "E-ITEM-VALUE" in {fault.code for fault in view.findings(made.ids[0]) if fault.place == "P4.1.basis"}
    assert panel.gaps.isVisible()
    panel.levels.number.setText("93")
    panel.levels.number.commit()
    settle()
    assert view.entry(made.ids[0], "P4.1.basis").value == Decimal(93)
    assert "必填" in panel.reason.title.text()
    assert "至少" in panel.reason.count.text()
    panel.reason.box.setPlainText(REASON)
    assert str(len(REASON)) in panel.reason.count.text()
    panel.reason.box.commit()
    settle()
    assert not [fault for fault in view.findings(made.ids[0]) if fault.place == "P4.1.basis"]
    assert panel.state.text() == "已完成"
    assert panel.gaps.isHidden()
    press(window, "level.L3")
    entry = view.entry(made.ids[0], "P4.1.basis")
    assert entry.level == "L3"
    assert entry.value is None
    assert entry.reason == REASON


def test_a_plan_item_shows_target_tasks_and_both_halves(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P1.1.plan")
    settle()
    panel = page.score.panel
    words = " ".join(label.text() for label in panel.plan.current.findChildren(PlainLabel))
    assert "建设中试平台" in words
    assert "50" in words
    assert "现场查验" in words
    press(window, "level.L4")
    panel.levels.number.setText("85")
    panel.levels.number.commit()
    settle()
    value = store_of(window).view.score(made.ids[0], "P1.1.plan")
    assert value is not None
    assert f"{float(value):.2f}" in panel.levels.entry.result.text()


def test_totals_follow_every_change(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    assert page.score.totals.total.text() == "—"
    walk_of(window).go(made.ids[0], "P1.1.basis")
    settle()
    press(window, "item.confirm")
    assert "已完成 1 / 22" in page.score.totals.progress.text()
    press(window, "totals.how")
    assert page.score.working.explained.isVisible()
    finish_by_service(window, made)
    totals = store_of(window).session.totals(made.ids[0])
    assert page.score.totals.total.text() == f"{float(totals.total):.2f}"  # type: ignore[arg-type]


def test_flag_and_private_note_stay_private(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P1.2.basis")
    settle()
    press(window, "item.flag")
    page.score.panel.note.box_text.setPlainText("回头再看第三页")
    page.score.panel.commit()
    settle()
    entry = store_of(window).view.entry(made.ids[0], "P1.2.basis")
    assert entry.flagged
    assert entry.note == "回头再看第三页"
    labels = {label.text() for label in page.score.panel.note.findChildren(PlainLabel)}
    assert "仅供您自己查看，绝不会导出。" in labels


def test_a_page_in_sight_is_cited_and_dropped(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P4.2.basis")
    settle()
    press(window, "viewer.cite")
    press(window, "viewer.cite")
    links = store_of(window).session.sheet(made.ids[0]).evidence
    assert [(link.item, link.document, link.page) for link in links] == [("P4.2.basis", "D1", 1)]
    page.score.viewer.show_document("D2")
    settle()
    press(window, "cited.e1")
    assert page.score.viewer.current[0] == "D1"


def test_typed_text_is_saved_when_leaving_the_item(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P4.1.basis")
    settle()
    page.score.panel.reason.box.setPlainText(REASON)
    press(window, "score.next")
    assert store_of(window).session.sheet(made.ids[0]).items["P4.1.basis"].reason == REASON
    assert page.score.panel.reason.box.toPlainText() == ""
    press(window, "score.previous")
    assert page.score.panel.reason.box.toPlainText() == REASON


def test_unable_to_score_and_back(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[2], OVERALL)
    settle()
    assert not child(window, "overall.unable.save").isEnabled()
    page.score.overall.unable.setPlainText("主要附件全部损坏，无法阅读，已联系组织方。")
    press(window, "overall.unable.save")
    assert store_of(window).session.sheet(made.ids[2]).status == "unable"
    assert store_of(window).view.progress(made.ids[2]) == (22, 22)
    summary = child(window, "overall.summary")
    assert summary.text() == tr("overall.unable.total")
    press(window, "overall.unable.clear")
    assert store_of(window).session.sheet(made.ids[2]).status == "scored"
    assert summary.text() != tr("overall.unable.total")
    page.score.overall.opinion.setPlainText("总体良好。")
    page.score.overall.commit()
    settle()
    assert store_of(window).session.sheet(made.ids[2]).opinion == "总体良好。"


def test_next_open_walks_to_the_end_and_then_to_the_check_page(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P2.1.basis")
    settle()
    press(window, "score.next_open")
    assert walk_of(window).item == "P2.2.basis"
    finish_by_service(window, made)
    assert child(window, "score.next_open").accessibleName() == "全部完成，去核对"
    press(window, "score.next_open")
    assert page.step == "check"


def test_a_write_that_fails_is_shown_and_what_is_stored_comes_back(
    window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.domain.errors import NdbError

    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P1.1.basis")
    settle()

    def fail(*_args: object, **_more: object) -> None:
        raise NdbError("E-STORE-FULL", place="stick")

    monkeypatch.setattr(type(store_of(window).session), "put_mark", fail)
    press(window, "item.confirm")
    assert message_code(window) == "E-STORE-FULL"
    assert not page.score.panel.confirm_button.isChecked()


# ----- check -----


def test_every_gap_is_listed_and_one_click_away(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    page.go("check")
    settle()
    gaps = gaps_of(store_of(window).view)
    assert len(gaps) == 66
    assert len(page.check.gaps.source.rows) == 66
    assert not child(window, "check.next").isEnabled()
    page.check.gaps.show_line(made.ids[1], "P3.2.plan")
    page.check.gaps.clicked.emit(page.check.gaps.currentIndex())
    settle()
    assert page.step == "score"
    assert (walk_of(window).application, walk_of(window).item) == (made.ids[1], "P3.2.plan")
    page.go("check")
    page.check.matrix.clicked.emit(page.check.model.index(0, 4))
    settle()
    assert (walk_of(window).application, walk_of(window).item) == (made.ids[0], "P1.3.basis")


def test_the_matrix_is_a_sound_model(window: MainWindow, made: MadeReview, qtmodeltester: object) -> None:
    page = start_review(window, made)
    page.go("check")
    settle()
    qtmodeltester.check(page.check.model)  # type: ignore[attr-defined]
    qtmodeltester.check(page.check.gaps.source)  # type: ignore[attr-defined]
    finish_by_service(window, made)
    role = Qt.ItemDataRole.DisplayRole
    model = page.check.model
    texts = [model.data(model.index(0, column), role) for column in range(1, model.columnCount())]
    assert all(text and "!" not in text for text in texts)
    assert child(window, "check.next").isEnabled()


def test_all_the_same_marks_are_pointed_out_but_not_refused(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("check")
    settle()
    gaps = gaps_of(store_of(window).view)
    assert gaps
    assert all(gap.warning for gap in gaps)
    assert child(window, "check.next").isEnabled()


# ----- sign -----


@pytest.fixture
def signed(window: MainWindow, made: MadeReview) -> tuple[ReviewPage, Path]:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("check")
    settle()
    press(window, "check.next")
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    found = list(made.path.parent.glob("*.ndbscore"))
    assert len(found) == 1
    return page, found[0]


def test_the_check_page_and_its_step_know_what_was_looked_at_and_what_is_signed(
    window: MainWindow, made: MadeReview, signed: tuple[ReviewPage, Path]
) -> None:
    page, _ = signed
    press(window, "step.check")
    assert page.check.badge.text() == "已签名导出"
    assert child(window, "check.next").text().strip() == "查看签名结果"  # type: ignore[attr-defined]
    press(window, "step.score")
    assert "将开始修订" in child(window, "score.recuse").text()  # type: ignore[attr-defined]


def test_the_private_note_may_be_written_after_signing_and_nothing_else(
    window: MainWindow, made: MadeReview, signed: tuple[ReviewPage, Path]
) -> None:
    page, path = signed
    before = path.read_bytes()
    page.go("score")
    walk_of(window).go(made.ids[0], OVERALL)
    settle()
    assert not child(window, "overall.opinion").isEnabled()
    note = child(window, "overall.note")
    assert note.isEnabled()
    note.setPlainText("下次先看年度报告")  # type: ignore[attr-defined]
    page.score.overall.commit()
    settle()
    assert store_of(window).session.sheet(made.ids[0]).note == "下次先看年度报告"
    assert store_of(window).view.locked
    assert path.read_bytes() == before


def test_what_was_opened_from_a_disc_is_signed_into_the_documents(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, disc = os.access, made.path.parent
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != disc and real(path, mode))
    documents = tmp_path / "文稿"
    documents.mkdir()
    monkeypatch.setattr(files.QStandardPaths, "writableLocation", lambda _kind: str(documents))
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("check")
    settle()
    press(window, "check.next")
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    assert len(list(documents.glob("*.ndbscore"))) == 1
    assert not list(disc.glob("*.ndbscore"))


def test_the_check_step_is_ticked_only_after_it_was_opened(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    settle()

    def ticked(step: str) -> bool:
        image = page.buttons[step].icon().pixmap(16, 16).toImage()
        return bool(image == icons.icon("circle-check", "accent").pixmap(16, 16).toImage())

    assert ticked("score")
    assert not ticked("check")
    press(window, "step.check")
    assert ticked("check")
    press(window, "step.score")
    assert ticked("check")


def test_signing_writes_a_file_the_coordinator_can_open(
    window: MainWindow, made: MadeReview, signed: tuple[ReviewPage, Path]
) -> None:
    page, path = signed
    payload = open_score(path.read_bytes(), made.issuer).payload
    assert payload.expert.id == made.expert.id
    assert len(payload.sheets) == 3
    assert page.sign.result.isVisible()
    words = " ".join(label.text().replace("\u200b", "") for label in page.sign.result.findChildren(PlainLabel))
    assert path.name in words
    assert page.sign.passphrase.text() == ""
    assert page.sign.signing.isHidden()
    assert page.sign.revision.isVisible()


def test_signed_sheets_are_locked_until_a_revision(
    window: MainWindow, made: MadeReview, signed: tuple[ReviewPage, Path]
) -> None:
    page, first = signed
    page.go("score")
    walk_of(window).go(made.ids[0], "P4.1.basis")
    settle()
    assert child(window, "review.locked").isVisible()
    assert not page.score.panel.levels.isEnabled()
    assert not page.score.panel.reason.isEnabled()
    page.score.panel.choose_level("L1")
    settle()
    assert store_of(window).view.entry(made.ids[0], "P4.1.basis").level == "L3"
    press(window, "review.revise")
    assert not child(window, "revision.start").isEnabled()
    child(window, "revision.reason").setPlainText("看错了佐证页码")  # type: ignore[attr-defined]
    press(window, "revision.start")
    assert not store_of(window).view.locked
    page.go("score")
    settle()
    page.score.panel.choose_level("L4")
    settle()
    page.score.panel.levels.number.setText("82")
    page.score.panel.levels.number.commit()
    settle()
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    second = next(path for path in made.path.parent.glob("*.ndbscore") if path != first)
    payload = open_score(second.read_bytes(), made.issuer).payload
    assert (payload.revision, payload.reason) == (2, "看错了佐证页码")


def test_a_wrong_passphrase_signs_nothing_and_asks_again(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText("wrong words here")
    press(window, "sign.button")
    assert page.sign.trouble.message() is not None
    assert not list(made.path.parent.glob("*.ndbscore"))
    assert page.sign.signing.isVisible()
    assert not store_of(window).view.locked


def test_signing_waits_until_nothing_is_missing(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    assert not child(window, "sign.button").isEnabled()
    press(window, "sign.to_check")
    assert page.step == "check"


def test_an_export_can_be_written_again(
    window: MainWindow,
    made: MadeReview,
    signed: tuple[ReviewPage, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _page, path = signed
    target = tmp_path / "stick"
    target.mkdir()
    monkeypatch.setattr(files, "pick_folder", lambda *_args: target)
    press(window, "revision.copy.1")
    assert (target / path.name).read_bytes() == path.read_bytes()


def test_a_folder_that_cannot_be_written_loses_nothing(
    window: MainWindow, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    gone = tmp_path / "pulled stick"
    monkeypatch.setattr(files, "pick_folder", lambda *_args: gone)
    press(window, "sign.folder.choose")
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    assert page.sign.banner.message() is not None
    assert page.sign.signing.isHidden(), "what is signed needs no second signature"
    gone.mkdir()
    press(window, "sign.pending.write")
    assert len(list(gone.glob("*.ndbscore"))) == 1


def test_the_score_sheet_is_saved_as_pdf(
    window: MainWindow,
    made: MadeReview,
    signed: tuple[ReviewPage, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "sheet.pdf"
    monkeypatch.setattr(files, "pick_target", lambda *_args: target)
    press(window, "sign.pdf")
    assert target.read_bytes().startswith(b"%PDF-")


# ----- again -----


def test_work_goes_on_where_it_stopped(new_window: Callable[[], MainWindow], made: MadeReview) -> None:
    first = new_window()
    start_review(first, made)
    walk_of(first).go(made.ids[0], "P1.1.basis")
    settle()
    press(first, "item.confirm")
    first.close()
    settle()
    second = new_window()
    open_bundle(second, made)
    page = review_of(second)
    assert page.step == "score"
    assert store_of(second).view.entry(made.ids[0], "P1.1.basis").confirm == "confirmed"
    assert page.identity.current is not None
    walk_of(second).go(made.ids[1], "P4.1.basis")
    settle()
    press(second, "level.L3")
    walk_of(second).go(made.ids[0])
    settle()
    second.close()
    settle()
    third = new_window()
    open_bundle(third, made)
    assert walk_of(third).application == made.ids[0], "not where something was changed last, but where one stood"
    assert review_of(third).score.panel.isVisible()


def test_a_second_window_is_told_who_has_the_bundle(new_window: Callable[[], MainWindow], made: MadeReview) -> None:
    first, second = new_window(), new_window()
    open_bundle(first, made)
    open_bundle(second, made)
    assert message_code(second) == "E-STORE-LOCKED"
    assert isinstance(second.desk, ExpertDesk)
    assert isinstance(second.desk.page, UnlockPage)


def test_a_receipt_is_shown_in_words(window: MainWindow, made: MadeReview, tmp_path: Path) -> None:
    from tests.support import travel

    path = tmp_path / "r.ndbreceipt"
    path.write_bytes(travel.made_receipt())
    window.open_paths((path,))
    settle()
    message = window.banner.message()
    assert message is not None
    assert path.name in message.text
    assert message.details


def test_leaving_by_the_header_saves_what_is_typed(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    walk_of(window).go(made.ids[0], "P4.1.basis")
    settle()
    page.score.panel.reason.box.setPlainText(REASON)
    press(window, "header.back")
    open_bundle(window, made)
    assert store_of(window).view.entry(made.ids[0], "P4.1.basis").reason == REASON
    drop_focus()


def test_declaring_twice_is_harmless(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    page.score.middle.declare(made.ids[0], Declaration("clear"))
    settle()
    assert window.banner.message() is None
