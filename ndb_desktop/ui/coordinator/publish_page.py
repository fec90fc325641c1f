"""公布与保管: the public notice, objections to it, what is handed over and filed, and safety copies of the registry."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.calendar import Calendar
from ndb_desktop.domain.errors import Fault
from ndb_desktop.formats.archive import ArchiveCheck
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.formats.card import OpenedCard
from ndb_desktop.services import calendar_import, objections
from ndb_desktop.services.archive import Archived, archive
from ndb_desktop.services.archive_photos import Inspected, inspected
from ndb_desktop.services.handing_over import HandedOver, hand_over, recipient_card
from ndb_desktop.services.handing_over import check as check_package
from ndb_desktop.services.office import Office
from ndb_desktop.services.publication import Published, publish
from ndb_desktop.services.registry_copy import RegistryCopy, back_up, chosen_folder, list_copies, registry_id
from ndb_desktop.services.registry_restore import check, restore
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.copies_part import CopiesPart, CopyList, megabytes
from ndb_desktop.ui.coordinator.handover_part import ArchivePart, FilingWish, HandoverPart
from ndb_desktop.ui.coordinator.notice_part import NoticePart, NoticeWish
from ndb_desktop.ui.coordinator.objections_part import Closing, ObjectionsPart, Received
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.layout import column, fill, holder


class PublishPage(OfficePage):
    """Tabs, each also a part: `notice`, `objections`, `handover`, `filing`, `copies`."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("publish", tr("publish.title"), tr("publish.text"), store)
        today: date = store.office.clock().astimezone().date()
        self._listed = -1
        self.notice = NoticePart(store.snapshot, today)
        self.notice.write.connect(self._publish)
        self.notice.calendar.choose.connect(self._choose_calendar)
        self.notice.calendar.accepted.connect(self._keep_calendar)
        self.notice.settle.connect(lambda: self.go.emit("results.final"))
        self.objections = ObjectionsPart(store.snapshot, today)
        self.objections.receive.connect(self._receive)
        self.objections.decide.connect(self._close)
        self.objections.change.connect(lambda: self.go.emit("results.final"))
        self.handover = HandoverPart(later=store.snapshot.stage != "selection")
        self.handover.card.connect(self._choose_card)
        self.handover.write.connect(self._hand_over)
        self.handover.check.connect(self._check_package)
        self.filing = ArchivePart(today)
        self.filing.show_documents(store.snapshot.applications)
        self.filing.write.connect(self._file)
        self.filing.check.connect(self._check_archive)
        self._also: PublicKey | None = None
        self.copies = CopiesPart()
        self.copies.now.connect(self._copy_now)
        self.copies.choose.connect(self._copy_to)
        self.copies.check.connect(self._check_copy)
        self.copies.restore.connect(self._restore)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("publish.tabs")
        self.tabs.setAccessibleName(tr("publish.title"))
        self._parts: dict[str, QWidget] = {}
        for name, title, part in (
            ("notice", tr("notice.title"), self.notice), ("objections", tr("objections.title"), self.objections),
            ("handover", tr("handover.title"), self.handover), ("filing", tr("filing.title"), self.filing),
            ("copies", tr("copies.title"), self.copies),
        ):  # fmt: skip
            self._parts[name] = holder(column(part, None, gap=0))
            self.tabs.addTab(self._parts[name], amp(title))
        fill(self.body, (self.tabs,))
        self.body.setStretch(0, 1)

    def open_part(self, part: str) -> None:
        if part in self._parts:
            self.tabs.setCurrentWidget(self._parts[part])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._list_copies()

    def refresh(self) -> None:
        self.notice.show_snapshot(self.snapshot)
        self.objections.show_snapshot(self.snapshot)
        self.filing.show_documents(self.snapshot.applications)
        if self.isVisible():
            self._list_copies()

    # ----- 公示 -----

    def _publish(self, wish: NoticeWish) -> None:
        folder = files.pick_folder(self, tr("notice.folder"))
        if folder is None:
            return
        language = i18n.language()

        def work(office: Office, progress: Progress, cancel: CancelToken) -> Published:
            return publish(
                office, folder, wish.period, wish.wording, language=language, progress=progress, cancel=cancel
            )

        self.job(tr("notice.writing"), work, self._published, lambda: tr("notice.cancelled"))

    def _published(self, made: Published) -> None:
        self.notice.show_made(made)
        self.banner.made(tr("notice.done", count=len(made.files)), made.folder / made.files[0].name)

    def _choose_calendar(self) -> None:
        path = files.pick_file(self, tr("calendar.import"), f"{tr('calendar.files')} (*.json);;{tr('files.all')} (*)")
        if path is not None:
            self.take_calendar(path)

    def take_calendar(self, path: Path) -> None:
        """Reads a calendar of holidays and shows what is in it; accepting it is another step."""
        self.open_part("notice")

        def read(office: Office, _progress: Progress, _cancel: CancelToken) -> calendar_import.Offered:
            return calendar_import.look(office, path)

        self.job(tr("calendar.reading"), read, self.notice.calendar.show_offer)

    def _keep_calendar(self, offered: calendar_import.Offered) -> None:
        def keep(office: Office, _progress: Progress, _cancel: CancelToken) -> Calendar:
            return calendar_import.accept(office, offered)

        self.job(tr("calendar.keeping"), keep, self._calendar_kept)

    def _calendar_kept(self, made: Calendar) -> None:
        self.notice.calendar.button.setFocus()
        years = tr("list.separator").join(map(str, sorted(made.years)))
        self.banner.info(tr("calendar.done", years=years))

    # ----- 异议 -----

    def _receive(self, said: Received) -> None:
        def work(office: Office, _progress: Progress, _cancel: CancelToken) -> str:
            return objections.receive(
                office, sender=said.sender, contact=said.contact, matter=said.matter, evidence=said.evidence,
                received=said.received, application=said.application,
            ).id  # fmt: skip

        self.job(
            tr("objections.entering"),
            work,
            lambda number: self._entered(number, tr("objections.entered", number=number)),
        )

    def _close(self, wish: Closing) -> None:
        work = partial(objections.close, number=wish.number, result=wish.result, handling=wish.handling)
        said = tr("objections.closed", number=wish.number)
        self.job(
            tr("objections.closing"),
            lambda office, _progress, _cancel: work(office),
            lambda _one: self._entered(wish.number, said),
        )

    def _entered(self, number: str, said: str) -> None:
        self.objections.forget()
        self.objections.show_snapshot(self.snapshot, number)
        self.banner.info(said)

    # ----- 移交 and 归档 -----

    def _choose_card(self) -> None:
        path = files.pick_file(self, tr("handover.card"), f"{tr('roles.cards')} (*.ndbcard);;{tr('files.all')} (*)")
        if path is not None:

            def read(office: Office, _progress: Progress, _cancel: CancelToken) -> OpenedCard:
                return recipient_card(office, path)

            self.job(tr("handover.checking"), read, self._card_chosen)

    def _card_chosen(self, card: OpenedCard) -> None:
        self._also = card.key
        self.handover.show_card(card.payload.name, card.key.keyid)

    def _hand_over(self) -> None:
        folder = files.pick_folder(self, tr("handover.folder"))
        if folder is None:
            return
        also, language = self._also, i18n.language()

        def work(office: Office, progress: Progress, cancel: CancelToken) -> HandedOver:
            return hand_over(office, folder, also=also, language=language, progress=progress, cancel=cancel)

        self.job(tr("handover.writing"), work, self._handed_over, lambda: tr("handover.cancelled"))

    def _handed_over(self, made: HandedOver) -> None:
        key = "handover.done" if made.stage == "selection" else "handover.stage.done"
        said = tr(key, name=made.path.name, lines=made.lines, open=made.open, size=made.size, sha256=made.sha256)
        self._told(said, made.path)

    def _check_package(self) -> None:
        path = files.pick_file(self, tr("handover.check"), f"{tr('handover.files')} (*.zip.age);;{tr('files.all')} (*)")
        if path is not None:
            self.job(
                tr("handover.checking"),
                lambda office, _progress, _cancel: check_package(office, path),
                self._package_checked,
            )

    def _package_checked(self, found: HandedOver) -> None:
        key = "handover.sound" if found.stage == "selection" else "handover.stage.sound"
        said = tr(key, name=found.path.name, lines=found.lines, open=found.open, sha256=found.sha256)
        self.banner.info(said)

    def _file(self, wish: FilingWish) -> None:
        folder = files.pick_folder(self, tr("filing.folder"))
        if folder is None:
            return
        language = i18n.language()

        def work(office: Office, progress: Progress, cancel: CancelToken) -> Archived:
            def on_bytes(done: int, total: int, what: str) -> None:
                progress(done, total, f"{megabytes(done)} / {megabytes(total)}  {what}")

            return archive(
                office, folder, filed_on=wish.filed_on, periods=wish.periods, documents=wish.documents,
                volume_bytes=wish.volume_bytes, language=language, progress=progress, on_bytes=on_bytes, cancel=cancel,
            )  # fmt: skip

        self.job(tr("filing.writing"), work, self._filed, lambda: tr("filing.cancelled"))

    def _filed(self, made: Archived) -> None:
        said = tr(
            "filing.done", name=made.path.name, members=made.members, size=megabytes(made.size), sha256=made.digest
        )
        if made.volumes:
            volumes = tr(
                "filing.volumes", count=len(made.volumes), documents=made.documents, size=megabytes(made.whole_size)
            )
            said = f"{said} {volumes}"
        if visits := made.kinds.get("visit", 0):
            records = made.kinds.get("record", 0)
            said = f"{said} {tr('filing.visits', visits=visits, records=records, photos=made.photos)}"
        if made.gone:
            said = f"{said} {tr('filing.gone', count=made.gone)}"
        if made.missing:
            said = f"{said} {tr('filing.glyphs', count=len(made.missing))}"
        self._told(said, made.path)

    def _check_archive(self) -> None:
        path = files.pick_file(self, tr("filing.check"), f"{tr('filing.files')} (*.ndbarchive);;{tr('files.all')} (*)")
        if path is None:
            return

        today = self.store.office.clock().astimezone().date()

        def work(_office: Office, progress: Progress, cancel: CancelToken) -> ArchiveCheck:
            def on_bytes(done: int, total: int, name: str) -> None:
                cancel.check()
                progress(done, total, name)

            return check_archive(path, on_bytes, today=today)

        self.job(tr("filing.checking"), work, lambda found: self._archive_checked(path, found))

    def _archive_checked(self, path: Path, found: ArchiveCheck) -> None:
        if found.faults:
            first = i18n.fault(found.faults[0])
            self.banner.warning(tr("filing.unsound", name=path.name, count=len(found.faults), first=first))
        else:
            said = tr("filing.sound", name=path.name, members=len(found.manifest.members))
            if found.manifest.volumes:
                present = [ref for ref in found.manifest.volumes if ref not in found.ended]
                documents = sum(ref.documents for ref in present)
                said = f"{said} {tr('filing.sound.set', count=len(present), documents=documents)}"
            if records := found.count("record"):
                key = "filing.sound.records" if found.manifest.volumes else "filing.sound.records.alone"
                said = f"{said} {tr(key, records=records, photos=len(found.photos))}"
            if found.ended:
                said = f"{said} {tr('filing.sound.ended', count=len(found.ended))}"
            self.banner.info(said)

    def _told(self, said: str, path: Path) -> None:
        self.banner.made(said, path)

    # ----- 备份 -----

    def _list_copies(self) -> None:
        """Reads the folder, and what was inspected, anew whenever the registry has gone on; in the background."""
        entries = self.snapshot.status.log_entries
        if self._listed == entries or self.store.running is not None:
            return
        self._listed = entries
        office = self.store.office

        def look(_progress: Progress, _cancel: CancelToken) -> tuple[CopyList, Inspected]:
            folder = chosen_folder(office)
            copies = CopyList(folder, () if folder is None else list_copies(folder, registry_id(office.folder)))
            return copies, inspected(office)

        tasks.run(look, done=self._looked, failed=self.banner.show_error, owner=self.copies)

    def _looked(self, found: tuple[CopyList, Inspected]) -> None:
        copies, sites = found
        self.copies.show_copies(copies)
        self.filing.show_inspected(sites)

    def _copy_now(self) -> None:
        self._copy(None)

    def _copy_to(self) -> None:
        folder = files.pick_folder(self, tr("copies.choose"))
        if folder is not None:
            self._copy(folder)

    def _copy(self, wanted: Path | None) -> None:
        def work(office: Office, progress: Progress, cancel: CancelToken) -> RegistryCopy | None:
            folder = wanted or chosen_folder(office)
            return None if folder is None else back_up(office, folder, progress=progress, cancel=cancel)

        self.job(tr("log.backing"), work, self._copied, lambda: tr("copies.cancelled"))

    def _copied(self, made: RegistryCopy | None) -> None:
        self._list_copies()
        if made is None:
            self.banner.warning(tr("copies.gone"))
        elif made.damaged:
            self.banner.warning(tr("copies.damaged", names=tr("list.separator").join(made.damaged[:5])))
        else:
            self.banner.made(tr("copies.done", name=made.path.name), made.path)

    def _check_copy(self, copy: RegistryCopy) -> None:
        def work(_office: Office, progress: Progress, cancel: CancelToken) -> tuple[Fault, ...]:
            return check(copy.path, progress=progress, cancel=cancel)

        self.job(tr("copies.checking"), work, self._checked)

    def _checked(self, faults: tuple[Fault, ...]) -> None:
        if faults:
            names = tr("list.separator").join(fault.place for fault in faults[:5])
            self.banner.warning(tr("copies.unsound", count=len(faults), names=names))
        else:
            self.banner.info(tr("copies.sound"))

    def _restore(self, copy: RegistryCopy) -> None:
        parent = files.pick_folder(self, tr("copies.restore.folder"))
        if parent is None:
            return
        target = parent / copy.path.stem

        def work(office: Office, progress: Progress, cancel: CancelToken) -> Path:
            restore(copy.path, target, office.identity, clock=office.clock, progress=progress, cancel=cancel).close()
            return target

        self.job(tr("copies.restoring"), work, self._restored, lambda: tr("copies.restore.cancelled"))

    def _restored(self, target: Path) -> None:
        self.banner.warning(
            tr("copies.restored", name=target.name),
            action=tr("action.show.folder"),
            act=lambda: self.banner.reveal(target),
        )
