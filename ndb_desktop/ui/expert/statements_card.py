"""评审声明: the wording of every statement in full, agreed to one by one, with its time; to be saved and printed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, line, row


class StatementsCard(Card):
    """Signal `agreed_all()`: the last one was agreed to by the button for all."""

    agreed_all = Signal()

    def __init__(self, store: ReviewStore, banner: Banner) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self._store, self._banner = store, banner
        self.agree_all = Button(tr("statements.all"), "normal", "list-checks")
        self.agree_all.setObjectName("statements.all")
        self.agree_all.clicked.connect(self._agree_all)
        self.save = Button(tr("statements.save"), "quiet", "printer")
        self.save.setObjectName("statements.save")
        self.save.clicked.connect(self._save)
        icon = IconLabel("scroll-text", 24, "accent")
        self.box.addLayout(Flow(icon, PlainLabel(tr("statements.title"), "heading"), None, self.save, self.agree_all))
        self.box.addWidget(PlainLabel(tr("statements.text"), "muted"))
        self.checks: dict[str, PlainCheckBox] = {}
        self.times: dict[str, PlainLabel] = {}
        for number, (statement, _at) in enumerate(store.view.statements):
            check = PlainCheckBox(tr("statements.agree"))
            check.setObjectName(f"statement.{statement.id}")
            check.setAccessibleName(f"{tr('statements.agree')}: {i18n.local(statement.text)}")
            check.clicked.connect(lambda _on=True, name=statement.id: self._agree(name))
            time = PlainLabel("", "small")
            time.setObjectName(f"statement.{statement.id}.at")
            self.checks[statement.id], self.times[statement.id] = check, time
            if number:
                self.box.addWidget(line())
            # Below the words, not beside them: what is agreed to is read first, and needs the whole width.
            entry = column(PlainLabel(i18n.local(statement.text)), gap=0.5)
            below = row(gap=2)
            below.addWidget(check, 0, Qt.AlignmentFlag.AlignTop)
            below.addWidget(time, 1, Qt.AlignmentFlag.AlignVCenter)
            entry.addLayout(below)
            self.box.addLayout(entry)

    def refresh(self) -> bool:
        """Shows what is agreed to now; returns whether all of it is."""
        view = self._store.view
        agreed = True
        for statement, at in view.statements:
            check = self.checks[statement.id]
            check.setChecked(bool(at))
            check.setEnabled(not at and not view.locked)
            self.times[statement.id].setText(tr("statements.at", at=i18n.local_time(at)) if at else "")
            agreed = agreed and bool(at)
        self.agree_all.setVisible(not agreed)
        return agreed

    def _agree(self, statement: str) -> None:
        self._store.apply(lambda session: session.agree(statement))

    def _agree_all(self) -> None:
        missing = [statement.id for statement, at in self._store.view.statements if not at]

        def agree(session: ReviewSession) -> None:
            for name in missing:
                session.agree(name)

        self._store.apply(agree, lambda _done: self.agreed_all.emit())

    def _save(self) -> None:
        from ndb_desktop.services.report import statements_report

        session, language = self._store.session, i18n.language()
        suggested = files.writable(session.summary.path.parent) / tr("statements.file", batch=session.batch.id)
        target = files.pick_target(self, tr("statements.save"), suggested, "PDF (*.pdf)")
        if target is None:
            return

        def done(_made: object) -> None:
            self._banner.info(
                tr("statements.saved", name=target.name),
                action=tr("sign.show"), act=lambda: self._banner.reveal(target),
            )  # fmt: skip

        tasks.run(
            lambda _p, _c: statements_report(session, target, language),
            done=done,
            failed=self._banner.show_error,
            owner=self,
        )
