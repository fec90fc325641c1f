"""The open registry as the pages see it: a snapshot to read, and jobs that run in the database lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ndb_desktop.domain.batch import Assignment, Batch, Conflict, Expert
from ndb_desktop.domain.calendar import Calendar
from ndb_desktop.domain.decision import Decision, Officer, officers
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.formats.batchplan import BatchFacts
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.agenda import Todo, agenda
from ndb_desktop.services.batch_plan import facts_of
from ndb_desktop.services.calendar_import import own_calendars
from ndb_desktop.services.calibration import CalibrationStatus, calibration_status
from ndb_desktop.services.freezing import frozen
from ndb_desktop.services.inbox import watched
from ndb_desktop.services.issue_chain import Outdated, outdated
from ndb_desktop.services.office import ExpertProgress, Office, OfficeStatus
from ndb_desktop.services.office_status import office_status
from ndb_desktop.services.panel_heads import heads
from ndb_desktop.services.publication import Publication, publication
from ndb_desktop.services.succession_link import SOURCE
from ndb_desktop.services.tasks import CancelToken, Progress, without_collector
from ndb_desktop.storage.registry_rows import ExpertKey, IssuedBundle, Refusal, Standing
from ndb_desktop.ui import i18n, tasks

OfficeJob = Callable[[Office, Progress, CancelToken], Any]


@dataclass(frozen=True)
class Snapshot:
    """Everything the pages show, read at one moment.

    `applications` are in neutral order (R06) and without data, targets and tasks: who and which documents.
    """

    folder: Path
    name: str
    recovered: bool
    batch: Batch
    packs: Mapping[Category, RulePack]
    status: OfficeStatus
    people: tuple[ExpertProgress, ...]
    applications: tuple[Application, ...]
    experts: tuple[Expert, ...]
    keys: tuple[ExpertKey, ...]
    conflicts: tuple[Conflict, ...]
    assignments: tuple[Assignment, ...]
    issued: tuple[IssuedBundle, ...]
    standings: tuple[Standing, ...]
    refusals: tuple[Refusal, ...]
    outdated: tuple[Outdated, ...]
    coordinator: str
    decisions: tuple[Decision, ...]
    frozen: Decision | None
    todos: tuple[Todo, ...] = ()
    publication: Publication | None = None
    calibration: CalibrationStatus | None = None
    watched: Path | None = None
    heads: Mapping[str, str] = field(default_factory=dict)
    facts: BatchFacts = field(default_factory=BatchFacts)
    stage: Stage = "selection"
    stage_packs: tuple[AnyStagePack, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    """Holiday calendars that were brought into the registry."""
    from_archive: bool = False
    """Whether the registry follows an archive, which holds no recommending bodies."""

    @property
    def officers(self) -> tuple[Officer, ...]:
        """监督 and 档案 in office."""
        return officers(self.decisions)

    @property
    def supervisors(self) -> tuple[Officer, ...]:
        """监督 in office."""
        return tuple(one for one in self.officers if one.role == "supervisor")


def take_snapshot(office: Office) -> Snapshot:
    """Reads the registry; called in the database lane."""
    with office.registry.one_look(), without_collector():
        return _read(office)


def _read(office: Office) -> Snapshot:
    decisions: tuple[Decision, ...] = ()
    known: Decision | None = None
    # Decisions that do not verify stop what rests on them, not the look at everything else.
    with suppress(NdbError):
        decisions, known = office.decided.all(), frozen(office)
    stage: Stage = "selection"
    # A link that does not hold is said by whatever needs it.
    with suppress(NdbError):
        stage = office.stage
    behind = outdated(office)
    status, applications = office_status(office, behind), tuple(sorted(office.covers(), key=neutral_key))
    return Snapshot(
        folder=office.folder,
        name=office.name,
        recovered=office.recovered,
        batch=office.batch,
        packs=office.packs,
        status=status,
        people=office.expert_progress(),
        applications=applications,
        experts=office.experts(),
        keys=office.expert_keys(),
        conflicts=office.conflicts(),
        assignments=office.assignments(),
        issued=office.issued(),
        standings=office.registry.standings(),
        refusals=office.refusals(),
        outdated=behind,
        coordinator=office.coordinator.keyid,
        decisions=decisions,
        frozen=known,
        todos=agenda(office, status, applications),
        publication=publication(office),
        calibration=calibration_status(office),
        watched=watched(office),
        heads=heads(office),
        facts=facts_of(office),
        stage=stage,
        stage_packs=tuple(office.stage_packs.values()),
        calendars=own_calendars(office),
        from_archive=office.registry.meta(SOURCE) == "archive",
    )


class OfficeStore(QObject):
    """Signals: `changed()`, the snapshot is new; `closing()`. `kept` survives a rebuild of the pages.

    `keys` is the folder of the own keys, among which a supervisor's may be.
    """

    changed = Signal()
    closing = Signal()

    def __init__(self, office: Office, snapshot: Snapshot, keys: Path | None = None) -> None:
        super().__init__()
        self.office = office
        self.keys = keys
        self.snapshot = snapshot
        self.kept: dict[str, Any] = {}
        self.running: tasks.Task | None = None

    def run(
        self,
        job: OfficeJob,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        cancelled: Callable[[], None] | None = None,
    ) -> tasks.Task:
        """Runs a job in the lane, then reads the snapshot anew; one job at a time (the lane is one thread)."""
        office = self.office
        office.language = i18n.language()
        left: list[Snapshot] = []

        def work(progress: Progress, cancel: CancelToken) -> tuple[Any, Snapshot]:
            try:
                result = job(office, progress, cancel)
            except Exception:
                # What was finished before the end stays (bundles issued one by one), so the pages must see it.
                with suppress(NdbError):
                    left.append(take_snapshot(office))
                raise
            return result, take_snapshot(office)

        def renew() -> None:
            self.running = None
            # Whatever is written goes on record: with no new entry nothing changed, and the pages may stay as they are.
            if left and left[0].status != self.snapshot.status:
                self.snapshot = left[0]
                self.changed.emit()

        def finished(both: tuple[Any, Snapshot]) -> None:
            self.running = None
            result, self.snapshot = both
            self.changed.emit()
            done(result)

        def ended(error: Exception) -> None:
            renew()
            failed(error)

        def stopped() -> None:
            renew()
            if cancelled is not None:
                cancelled()

        task = tasks.run(work, done=finished, failed=ended, cancelled=stopped, owner=self)
        if task.running:
            self.running = task
        return task

    def close(self, then: Callable[[], None]) -> None:
        """Cancels what runs, closes the registry in its own thread, then calls `then`."""
        self.closing.emit()
        if self.running is not None:
            self.running.cancel()
        office = self.office
        tasks.run(
            lambda _progress, _cancel: office.close(),
            done=lambda _none: then(),
            failed=lambda _error: then(),
            owner=self,
        )
