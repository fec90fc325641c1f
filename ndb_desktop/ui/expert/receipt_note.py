"""A receipt (回执) dropped on the window: what it says, and in the open review the exports it names, marked 已收到."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.sniff import MAX_RECEIPT_FILE, read_limited
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.verify import VerifyReport, verify_file
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.sign_history import receipt_words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.desk import Shell


def show_receipt(shell: Shell, path: Path, review: Callable[[], ReviewStore | None], owner: QObject) -> None:
    """Says what the receipt at `path` says; it is noted in the review that is open by then, if it is for that."""

    def done(report: VerifyReport) -> None:
        lines = (*report.lines(i18n.language()), *(i18n.fault(fault) for fault in report.faults))
        kind, title = ("info", tr("receipt.good")) if report.ok else ("warning", tr("receipt.bad"))
        shell.say(Message(kind, title, tr("receipt.text", name=path.name), lines, open_details=True))
        store = review()
        if report.ok and store is not None:
            _note_receipt(store, path, lines, shell.say)

    tasks.run(
        lambda progress, cancel: verify_file(path, progress=progress, cancel=cancel),
        done=done,
        failed=shell.show_error,
        lane="pool",
        owner=owner,
    )


def _note_receipt(store: ReviewStore, path: Path, details: tuple[str, ...], say: Callable[[Message], object]) -> None:
    """Notes the receipt at `path` (whole, signed) and says for which exports; `details` stay to be read below."""

    def take(session: ReviewSession) -> tuple[int, ...] | NdbError:
        try:
            return tuple(session.take_receipt(read_limited(path, MAX_RECEIPT_FILE), path.name))
        except NdbError as error:
            if error.code not in ("E-RECEIPT-OTHER", "E-RECEIPT-ISSUER"):
                raise
            return error

    def done(found: tuple[int, ...] | NdbError) -> None:
        if isinstance(found, NdbError):
            say(Message("warning", tr("receipt.good"), i18n.fault(found), details, open_details=True))
            return
        lines = [
            tr("receipt.line", revision=info.revision, said=receipt_words(info))
            for info in store.view.exports
            if info.revision in found
        ]
        text = "\n".join(lines) or tr("receipt.none")
        say(Message("info", tr("receipt.noted") if lines else tr("receipt.good"), text, details, open_details=True))

    store.apply(take, done)
