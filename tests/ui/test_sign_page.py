"""The signing page: what is signed and what stays, words both sides compare, paper, revisions, receipts."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from reportlab.graphics.barcode.qr import QrCodeWidget

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink
from ndb_desktop.formats.scorefile import MAX_FILE, open_score
from ndb_desktop.services import challenging
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.identity import StoredIdentity, create_identity, keys_folder
from ndb_desktop.services.verify import verify_file
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert import words as wording
from ndb_desktop.ui.expert.sign_page import REASON_MINIMUM, SignPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import files, sight
from ndb_desktop.ui.widgets.banner import Banner
from tests.support.pages import click, open_store, rest, shown_words, write
from tests.support.review import REASON, MadeReview, TestClock, agree_all, complete, declare_all, fill, open_session
from tests.support.travel import person
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    open_bundle,
    press,
    review_of,
    settle,
    start_review,
)

SECRET_NOTE = "私人备注记号甲乙丙ZQXNOTE"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredIdentity:
    folder = keys_folder(tmp_path_factory.mktemp("key"))
    return create_identity(folder, name="陈评审", passphrase=PASSPHRASE, trial=True)


@pytest.fixture
def store(made: MadeReview, tmp_path: Path) -> Iterator[ReviewStore]:
    with open_store(made, tmp_path / "profile") as store:
        yield store


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "U 盘"
    folder.mkdir()
    monkeypatch.setattr(files, "pick_folder", lambda *_args: folder)
    return folder


@pytest.fixture
def page(store: ReviewStore, stored: StoredIdentity, out: Path, qtbot: QtBot) -> Iterator[SignPage]:
    page = SignPage(store, stored.path, stored.name, out)
    qtbot.addWidget(page)
    page.resize(1000, 1400)
    page.show()
    rest()
    yield page
    page.hide()


def told_of(path: Path) -> Message:
    """Where a file is, for somebody whose system shows no folder."""
    banner = Banner()
    banner.tell_place(path)
    message = banner.message()
    banner.hide()
    banner.deleteLater()
    assert message is not None
    return message


def sign(qtbot: QtBot, page: SignPage) -> Path:
    before = set(page._target.glob("*.ndbscore"))
    page.passphrase.first.clear()
    qtbot.keyClicks(page.passphrase.first, PASSPHRASE)
    click(qtbot, page, "sign.button")
    (made,) = set(page._target.glob("*.ndbscore")) - before
    return made


def test_what_is_missing_blocks_and_is_one_click_away(store: ReviewStore, page: SignPage, qtbot: QtBot) -> None:
    write(store, declare_all)
    said = shown_words(child(page, "sign.gaps"))
    assert "66 处" in said
    assert "滨江人工智能示范园区：22 处" in said
    qtbot.keyClicks(page.passphrase.first, PASSPHRASE)
    assert not page.button.isEnabled()
    assert "没有填完" in page.why_not.text()
    with qtbot.waitSignal(page.check):
        click(qtbot, page, "sign.to_check")


def test_the_numbers_shown_are_those_of_the_file(
    store: ReviewStore, page: SignPage, made: MadeReview, qtbot: QtBot
) -> None:
    first, _second, third = made.ids
    session = write(
        store,
        complete,
        lambda s: s.put_evidence(first, EvidenceLink("e1", s.item(first).pack.items[0].id, "D1", 1)),
        lambda s: s.set_opinion(first, "总体较好。"),
        lambda s: s.set_note(first, SECRET_NOTE),
        lambda s: s.declare(third, Declaration("recused", ("C3",))),
    )
    entry = session.sheet(first).items["P4.1.basis"]
    write(store, lambda s: s.set_entry(first, replace(entry, note=SECRET_NOTE, flagged=True)))
    words = shown_words(page.summary).split("\n")

    def said(name: str) -> str:
        return words[words.index(name) + 1]

    path = sign(qtbot, page)
    opened = open_score(path.read_bytes(), made.issuer)
    sheets = [sheet.record for sheet in opened.sheets]
    states = [sheet.status for sheet in sheets]
    assert said("已评分") == f"{states.count('scored')} 份" == "2 份"
    assert said("已回避") == f"{states.count('recused')} 份" == "1 份"
    assert said("无法评分") == f"{states.count('unable')} 份" == "0 份"
    assert said("评分项") == f"{sum(len(sheet.items) for sheet in sheets)} 项"
    assert said("佐证位置") == f"{sum(len(sheet.evidence) for sheet in sheets)} 处" == "1 处"
    assert said("总体意见") == f"{sum(bool(sheet.opinion) for sheet in sheets)} 份" == "1 份"
    assert said("质疑") == f"{sum(len(sheet.challenges) for sheet in sheets)} 条" == "0 条"
    assert said("评审声明") == f"{len(opened.payload.statements)} 条，均已同意"
    assert said("私人备注") == "2 条"
    assert said("待查标记") == "1 处"


def test_drafts_are_named_among_what_is_not_signed(
    store: ReviewStore, page: SignPage, made: MadeReview, qtbot: QtBot
) -> None:
    write(store, complete)
    assert "未提交的草稿" not in shown_words(page.summary)
    first, second = made.ids[:2]
    store.keep_draft(first, "challenge:P2.1.basis", {"reason": SECRET_NOTE})
    store.keep_draft(first, "unable", {"reason": SECRET_NOTE})
    store.keep_draft(second, "declaration", {"words": SECRET_NOTE})
    rest()
    words = shown_words(page.summary)
    assert "未提交的草稿" in words
    assert "云岭生物制造示范园区：P2.1" in words
    assert "云岭生物制造示范园区：无法评分的说明" in words
    assert "滨江人工智能示范园区：回避声明" in words
    path = sign(qtbot, page)
    assert SECRET_NOTE not in str(open_score(path.read_bytes(), made.issuer).payload)


def test_private_notes_are_nowhere_in_the_unsealed_file(
    store: ReviewStore, page: SignPage, made: MadeReview, qtbot: QtBot
) -> None:
    write(store, complete, lambda s: s.set_note(made.ids[0], SECRET_NOTE), lambda s: s.set_opinion(made.ids[0], "可见"))
    sealed = sign(qtbot, page).read_bytes()
    payload = base64.b64decode(json.loads(unseal(sealed, made.issuer, max_size=MAX_FILE))["payload"])
    assert "可见".encode() in payload
    assert SECRET_NOTE.encode() not in payload
    assert b'"note"' not in payload
    assert b'"flagged"' not in payload


def test_words_and_code_are_the_same_on_every_side(
    store: ReviewStore, page: SignPage, made: MadeReview, out: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, complete)
    path = sign(qtbot, page)
    digest = open_score(path.read_bytes(), made.issuer).payload_sha256
    words = child(page, "sign.words").text().replace("\n", "  ")  # type: ignore[attr-defined]
    assert words == spoken(digest, "zh_CN")
    assert words in shown_words(page.history)
    widget = QrCodeWidget(digest, barLevel="M")
    widget.qr.make()
    count = range(widget.qr.getModuleCount())
    assert child(page, "sign.qr").modules == tuple(  # type: ignore[attr-defined]
        tuple(bool(widget.qr.isDark(row, column)) for column in count) for row in count
    )
    # The picture itself, module by module, is the code: what a phone sees.
    code = child(page, "sign.qr")
    image = code.grab().toImage()
    step = image.width() // (len(count) + 8)
    seen = [
        [image.pixelColor((4 + c) * step + step // 2, (4 + r) * step + step // 2).lightness() < 128 for c in count]
        for r in count
    ]
    assert tuple(tuple(line) for line in seen) == code.modules  # type: ignore[attr-defined]
    report = verify_file(path, identity=made.issuer)
    assert any(words in line for line in report.lines("zh_CN"))
    assert any(words in line and spoken(digest, "en") in line for line in report.lines("en"))
    target = out / "sheet.pdf"
    monkeypatch.setattr(files, "pick_target", lambda *_args: target)
    click(qtbot, page, "sign.pdf")
    read = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    assert words.replace(" ", "") in read.replace(" ", "").replace("\n", "")


def test_the_day_by_which_it_is_wanted_is_said_and_that_it_has_passed(
    made: MadeReview, tmp_path: Path, stored: StoredIdentity, out: Path, qtbot: QtBot
) -> None:
    def words(now: datetime) -> str:
        with tasks.inline(), open_session(made, tmp_path / "late", clock=TestClock(now)) as session:
            store = ReviewStore(session, ReviewView(session))
            page = SignPage(store, stored.path, stored.name, out)
            qtbot.addWidget(page)
            page.show()
            rest()
            said = shown_words(page.summary)
            page.hide()
            store.deleteLater()
            rest()
        return said

    wanted = i18n.local_time("2026-12-31T00:00:00Z")
    early = words(datetime(2026, 12, 30, tzinfo=UTC))
    assert f"请在此前交回\n{wanted}" in early
    assert "已超过交回期限" not in early
    late = words(datetime(2027, 1, 1, tzinfo=UTC))
    assert wanted in late
    assert "已超过交回期限。仍可签名导出" in late


def test_what_is_signed_can_be_read_sheet_by_sheet(
    store: ReviewStore, page: SignPage, made: MadeReview, qtbot: QtBot
) -> None:
    first, second, third = made.ids
    session = write(store, declare_all, lambda s: fill(s, first))
    review = session.item(first)
    item = next(item for item in review.pack.items if item.computed and item.indicator.data)
    datum = item.indicator.data[0]
    challenge = Challenge(
        "c1", item.indicator.id, datum.code, "2025" if datum.years else "", None, "D1", 1, reason="与审计报告不符。"
    )
    entry = replace(session.sheet(first).items["P4.1.basis"], note=SECRET_NOTE)
    write(
        store,
        lambda s: challenging.add(s, first, item.id, challenge),
        lambda s: s.set_entry(first, entry),
        lambda s: s.put_evidence(first, EvidenceLink("e1", "P4.1.basis", "D1", 1)),
        lambda s: s.set_opinion(first, "总体较好。"),
        lambda s: s.set_unable(second, "材料打不开。"),
        lambda s: s.declare(third, Declaration("recused", ("C3",))),
    )
    assert not page.summary.findChildren(QPlainTextEdit)
    click(qtbot, page, "sign.each.show")
    said = {}
    for application in made.ids:
        click(qtbot, page, f"sign.each.{application}")
        text = child(page, f"sign.each.text.{application}")
        assert isinstance(text, QPlainTextEdit)
        assert made.applications[made.ids.index(application)].applicant in text.accessibleName()
        said[application] = text.toPlainText()
    lines = said[first].split("\n")
    assert lines[0] == f"总分 {wording.score(session.totals(first).total, review.pack.settings)}"
    place = next(number for number, line in enumerate(lines) if "P4.1" in line)
    assert "第三档" in lines[place]
    assert "佐证 1 处" in lines[place]
    assert lines[place + 1].strip() == f"理由：{REASON}"
    assert sum(line.startswith(("基本情况", "创建工作方案")) for line in lines) == len(review.pack.items)
    disputed = next(number for number, line in enumerate(lines) if wording.item_place(review.pack, item.id) in line)
    assert "已质疑" in lines[disputed]
    assert lines[disputed + 1].strip() == "质疑：与审计报告不符。"
    assert lines[-1] == "总体意见：总体较好。"
    assert SECRET_NOTE not in said[first]
    assert said[second].split("\n") == ["无法评分", "材料打不开。"]
    assert said[third].startswith("已回避\nC3 ")
    head = child(page, f"sign.each.{third}")
    assert "已展开" in head.accessibleDescription()
    click(qtbot, page, f"sign.each.{third}")
    assert "已收起" in head.accessibleDescription()
    assert not child(page, f"sign.each.text.{third}").isVisible()
    # What is written elsewhere meanwhile is in what stays open.
    write(store, lambda s: s.set_opinion(first, "改过的意见。"))
    text = child(page, f"sign.each.text.{first}")
    assert isinstance(text, QPlainTextEdit)
    assert text.toPlainText().endswith("总体意见：改过的意见。")


def test_what_to_send_is_said_with_name_size_and_person(
    store: ReviewStore, page: SignPage, made: MadeReview, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, complete)
    path = sign(qtbot, page)
    words = shown_words(page.result)
    assert path.name in words
    assert i18n.file_size(path.stat().st_size) in words
    assert "示例评审组织方" in words
    assert "口令、密钥文件和开包密码绝不要交出" in words
    assert made.secret not in words
    click(qtbot, page, "sign.path")
    assert QGuiApplication.clipboard().text() == str(path)
    opened: list[str] = []
    answers = [True, False]

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return answers.pop(0)

    monkeypatch.setattr(files.QDesktopServices, "openUrl", open_url)
    click(qtbot, page, "sign.show")
    assert opened == [str(path.parent)]
    assert page.banner.message() != told_of(path)
    click(qtbot, page, "sign.show")
    assert page.banner.message() == told_of(path), "no file manager answers"


def test_where_the_file_is_is_known_after_a_restart_while_it_is_there(
    window: MainWindow,
    new_window: Callable[[], MainWindow],
    made: MadeReview,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    (path,) = made.path.parent.glob("*.ndbscore")
    window.close()
    settle()
    again = new_window()
    open_bundle(again, made)
    review_of(again).go("sign")
    settle()
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(files.QDesktopServices, "openUrl", open_url)
    press(again, "sign.show")
    assert opened == [str(path.parent)]
    path.unlink()
    review_of(again).go("check")
    review_of(again).go("sign")
    settle()
    assert not review_of(again).sign.result.findChildren(QWidget, "sign.show")


def test_one_sheet_for_each_application_in_one_go(
    store: ReviewStore, page: SignPage, made: MadeReview, out: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, complete)
    assert "草稿" in shown_words(page.paper)
    sign(qtbot, page)
    assert "草稿" not in shown_words(page.paper)
    click(qtbot, page, "sign.pdf.each")
    assert [path.name[-9:] for path in sorted(out.glob("*.pdf"))] == [f"{name}.pdf" for name in made.ids]
    page.paper.which.set_value(made.ids[1])
    target = out / "one.pdf"
    monkeypatch.setattr(files, "pick_target", lambda *_args: target)
    click(qtbot, page, "sign.pdf")
    read = subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True).stdout
    assert made.ids[1] in read
    assert made.ids[0] not in read


def test_a_pulled_stick_keeps_the_file_which_is_written_without_a_second_signature(
    store: ReviewStore, page: SignPage, out: Path, qtbot: QtBot
) -> None:
    write(store, complete)
    out.rmdir()
    qtbot.keyClicks(page.passphrase.first, PASSPHRASE)
    click(qtbot, page, "sign.button")
    message = page.banner.message()
    assert message is not None
    assert message.details[0].endswith("E-STORE-MISSING")
    words = shown_words(page.pending)
    assert store.view.exports[0].name in words
    assert "不用重新签名" in words
    assert page.signing.isHidden()
    assert page.revision.isHidden()
    assert page.passphrase.text() == ""
    out.mkdir()
    click(qtbot, page, "sign.pending.write")
    assert (out / store.view.exports[0].name).is_file()
    assert page.pending.isHidden()
    assert page.result.isVisible()
    assert len(store.view.exports) == 1


def test_a_revision_needs_a_reason_and_the_history_keeps_everything(
    store: ReviewStore, page: SignPage, made: MadeReview, out: Path, qtbot: QtBot
) -> None:
    write(store, complete)
    first = sign(qtbot, page)
    body = first.read_bytes()
    qtbot.keyClicks(page.reason, "x" * (REASON_MINIMUM - 1))
    assert not page.revise.isEnabled()
    qtbot.keyClicks(page.reason, "yz")
    click(qtbot, page, "revision.start")
    assert page.result.isHidden()
    write(store, lambda s: s.set_opinion(made.ids[1], "补充意见"))
    assert "滨江人工智能示范园区" in shown_words(page.summary)
    assert "云岭" not in shown_words(page.summary), "only what changed is named"
    second = sign(qtbot, page)
    payload = open_score(second.read_bytes(), made.issuer).payload
    assert (payload.revision, payload.reason) == (2, "xxxyz")
    lines = shown_words(page.history)
    assert lines.index("第 2 次导出") < lines.index("第 1 次导出")
    assert "修订理由：xxxyz" in lines
    for info in store.view.exports:
        assert spoken(info.payload_sha256, "zh_CN") in lines
    first.unlink()
    click(qtbot, page, "revision.copy.1")
    assert first.read_bytes() == body


def test_the_result_is_there_again_after_a_restart(
    store: ReviewStore, page: SignPage, made: MadeReview, stored: StoredIdentity, out: Path, qtbot: QtBot
) -> None:
    write(store, complete)
    path = sign(qtbot, page)
    store.written.clear()
    later = SignPage(store, stored.path, stored.name, out)
    qtbot.addWidget(later)
    later.resize(1000, 1400)
    later.show()
    rest()
    assert spoken(store.view.exports[0].payload_sha256, "zh_CN").replace("  ", "\n") in shown_words(later.result)
    assert not later.result.findChildren(QWidget, "sign.show"), "where the file went then is not known any more"
    path.unlink()
    click(qtbot, later, "sign.copy")
    assert path.is_file()
    assert child(later, "sign.show").isVisible()
    later.hide()


def test_caps_lock_and_the_eye(page: SignPage, store: ReviewStore, qtbot: QtBot) -> None:
    write(store, agree_all)
    field = page.passphrase.first
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert page.passphrase.hint.isHidden()
    QApplication.sendEvent(field, QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "B"))
    assert "大写" in page.passphrase.hint.text()
    assert page.passphrase.hint.isVisible()
    assert field.echoMode() == field.EchoMode.Password
    click(qtbot, page, "passphrase.show")
    assert field.echoMode() == field.EchoMode.Normal


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_a_wrong_passphrase_is_said_beside_the_field_which_waits_for_another(
    window: MainWindow, made: MadeReview, qtbot: QtBot, factor: float
) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    window.setMinimumSize(1, 1)
    window.resize(1366, 728)
    window.set_font(factor)
    settle()
    sign_page = review_of(window).sign
    field = sign_page.passphrase.first
    qtbot.keyClicks(field, "wrong words here")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle()
    assert QApplication.focusWidget() is field
    assert field.selectedText() != ""
    assert sight.in_sight(sign_page.area, field)
    assert sight.in_sight(sign_page.area, sign_page.trouble)
    assert "口令" in shown_words(sign_page.trouble)
    qtbot.keyClicks(field, PASSPHRASE)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle()
    assert child(window, "sign.show").isVisible(), "what is typed now takes the place of the wrong words"


def test_signing_is_called_off_and_a_receipt_marks_the_export(
    window: MainWindow, made: MadeReview, tmp_path: Path
) -> None:
    from tests.services.test_review_receipts import receipt

    page = start_review(window, made).sign
    finish_by_service(window, made)
    review_of(window).go("sign")
    settle()
    page.passphrase.first.setText(PASSPHRASE)
    page.button.click()
    assert page.progress.isVisible()
    page.progress.cancel.click()
    settle()
    message = page.trouble.message()
    assert message is not None
    assert "没有签名" in message.text
    store = desk_of(window).store
    assert store is not None
    assert not store.view.locked
    assert not list(made.path.parent.glob("*.ndbscore"))
    page.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    assert page.focusWidget() is child(page, "sign.show"), "the next thing to do has the focus"
    assert child(page, "history.state.1").text() == "尚无回执"  # type: ignore[attr-defined]
    path = tmp_path / "回执.ndbreceipt"
    path.write_bytes(receipt(store.view.exports[0].payload_sha256))
    window.open_paths((path,))
    settle()
    said = window.banner.message()
    assert said is not None
    assert said.title == "回执已登记"
    assert "已于" in said.text
    words = spoken(store.view.exports[0].payload_sha256, "zh_CN")
    assert any(words in line for line in said.details)
    assert child(page, "history.state.1").text() == "已收到"  # type: ignore[attr-defined]
    path.write_bytes(receipt(store.view.exports[0].payload_sha256, expert="E-99"))
    window.open_paths((path,))
    settle()
    other = window.banner.message()
    assert other is not None
    assert other.kind == "warning"
    assert "E-99" in other.text
    assert person("issuer").public.keyid != store.session.signed_with


def test_the_last_button_says_export_for_nothing_is_sent(page: SignPage) -> None:
    button = child(page, "sign.button")
    assert button.text().strip() == "签名并导出"  # type: ignore[attr-defined]
    assert "提交" not in shown_words(page)
