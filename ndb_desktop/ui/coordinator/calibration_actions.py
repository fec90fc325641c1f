"""What the tab of the calibration round (校准轮) does: issue, replace, slips, receipts, spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ndb_desktop.services.calibration import CalibrationReport, calibration_spread, issue_calibration
from ndb_desktop.services.calibration_replace import calibration_receipts, replace_calibration
from ndb_desktop.services.issue import Opening
from ndb_desktop.services.report import secret_slips
from ndb_desktop.texts import fault_line
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.calibration_part import CalibrationPart, slips_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets import files

if TYPE_CHECKING:
    from ndb_desktop.ui.coordinator.page import OfficePage

_SHOWN = 12
"""Failures named; a run in which more fail has one cause."""


class CalibrationActions(QObject):
    """Joins the part to its page."""

    def __init__(self, page: OfficePage, part: CalibrationPart) -> None:
        super().__init__(page)
        self._page, self._part = page, part
        part.issue.connect(self._issue)
        part.replace.connect(self._replace)
        part.slips.connect(self._slips)
        part.receipts.connect(self._receipts)
        part.look.connect(self._look)

    def _issue(self, applications: Sequence[str], opening: Opening) -> None:
        folder = files.pick_folder(self._page, tr("issue.folder"))
        if folder is not None:
            self._page.job(
                tr("calibration.running"),
                lambda office, progress, cancel: issue_calibration(
                    office, folder, applications, opening=opening, progress=progress, cancel=cancel
                ),
                self._issued,
                lambda: tr("calibration.cancelled"),
            )

    def _replace(self, expert: str, opening: Opening) -> None:
        folder = files.pick_folder(self._page, tr("issue.folder"))
        if folder is not None:
            self._page.job(
                tr("calibration.running"),
                lambda office, progress, cancel: replace_calibration(
                    office, folder, [expert], opening=opening, progress=progress, cancel=cancel
                ),
                self._issued,
                lambda: tr("calibration.cancelled"),
            )

    def _issued(self, report: CalibrationReport) -> None:
        banner, language = self._page.banner, i18n.language()
        words = [tr("calibration.done", count=len(report.issued), folder=report.folder.name)]
        if report.barred:
            words.append(tr("calibration.barred", names=tr("list.separator").join(report.barred)))
        words += [f"{one.expert} {one.name}: {fault_line(one.fault, language)}" for one in report.failed[:_SHOWN]]
        banner.made(" ".join(words), report.folder)

    def _slips(self) -> None:
        page, status = self._page, self._page.snapshot.calibration
        target = files.pick_target(
            page, tr("issue.slips"), slips_name(page.snapshot.batch.id, status), "PDF (*.pdf)"
        )  # fmt: skip
        if target is None or status is None:
            return
        bundles, language = [bundle for bundle in status.issued if bundle.secret], i18n.language()
        page.job(
            tr("issue.slips"),
            lambda office, _progress, _cancel: secret_slips(office, bundles, target, language=language),
            lambda _made: page.banner.info(
                tr("report.written", name=target.name),
                action=tr("action.open"),
                act=lambda: page.banner.open_file(target),
            ),
        )

    def _receipts(self) -> None:
        self._page.write_receipts(calibration_receipts)

    def _look(self) -> None:
        self._page.job(
            tr("calibration.door.button"),
            lambda office, _progress, _cancel: calibration_spread(office),
            self._part.show_spread,
        )
