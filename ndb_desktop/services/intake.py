"""导入: the central system's hand-over or the forms of a later stage, experts with cards, known conflicts.

Nothing is taken unless all is well, or the caller says that the bad ones may be left out; every fault is named by file
and line. Each application's documents are encrypted once, into the very file that later travels in the bundles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.changes import Difference, differences
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.formats.applications import application_from_json, application_to_json
from ndb_desktop.formats.conflictlists import legal_forms
from ndb_desktop.formats.handover import Handover
from ndb_desktop.services.intake_alike import alike
from ndb_desktop.services.intake_leftovers import importing
from ndb_desktop.services.intake_lines import (
    DocumentLine,
    EntryState,
    ImportEntry,
    document_lines,
    fields_of,
    stray_lines,
)
from ndb_desktop.services.intake_people import (
    PeopleReport,
    confirm_key,
    import_conflicts,
    import_experts,
    log_refused_import,
    revoke_key,
)
from ndb_desktop.services.intake_prepare import Prepared, Preparer, Wanted
from ndb_desktop.services.intake_stage import reading_of
from ndb_desktop.services.intake_tables import TablePreview, open_intake, preview_of
from ndb_desktop.services.office import ATTACHMENTS
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

__all__ = [
    "ImportReport",
    "PeopleReport",
    "confirm_key",
    "import_applications",
    "import_conflicts",
    "import_experts",
    "revoke_key",
]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `accepted` holds new and `replaced` applications; with faults and no `skip_bad` it is empty.

    `warnings` do not stop anything: a credit code whose check fails needs a look at the licence, missing data score 0.
    `changes` says of each replaced application what differs; `issued` are those of them that experts already hold.
    """

    accepted: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[str, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    dry_run: bool = False
    changes: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    issued: tuple[str, ...] = ()
    entries: tuple[ImportEntry, ...] = ()
    """What would become of, or became of, every application: those of the hand-over in its order, then those gone."""
    documents: tuple[DocumentLine, ...] = ()
    columns: TablePreview | None = None
    """How tables were understood; None for `applications.jsonl`."""
    whole: bool = True
    """Whether `skip_bad` may leave out the bad ones; False while a whole sheet is in doubt."""

    @property
    def gone(self) -> tuple[str, ...]:
        """Applications of the registry that the hand-over does not name; an import never removes any."""
        return tuple(entry.application for entry in self.entries if entry.state == "gone")

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults


def import_applications(
    office: Office,
    source: Path,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    update: bool = False,
    documents: Path | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> ImportReport:
    """Imports a hand-over (folder, ZIP or table): all or nothing, or with `skip_bad` all good applications.

    `documents` is the folder of documents of a table that stands alone; by default `documents` beside it.
    Importing the same again changes nothing; a changed application replaces the old one until a bundle holds it. With
    `update` also afterwards: the version the bundles hold is kept, and those bundles need supplements (补充评审包).

    Raises:
        NdbError: E-HAND-* when the hand-over cannot be read at all, E-IMPORT-BUSY while another import runs, E-STORE-*
            when the registry cannot be written, E-OFFICE-RECOVERY. What is wrong with single lines and documents
            stands in the report.
        Cancelled: by `cancel`; nothing was imported.
    """
    if not dry_run:
        office.signer()
    token = cancel or CancelToken()
    folder = office.folder / ATTACHMENTS
    with (
        open_intake(office, source, documents, progress, token) as handover,
        nullcontext() if dry_run else importing(office, folder),
    ):
        preparer = Preparer(handover, folder, token)
        run = _Import(office, handover, preparer, store=not dry_run, skip_bad=skip_bad, update=update)
        try:
            with preparer:
                candidates = run.parse()
                for number, prepared in enumerate(preparer.all(run.wanted(candidates)), 1):
                    progress(number - 1, len(candidates), prepared.wanted.application.applicant)
                    token.check()
                    run.take(prepared)
            progress(len(candidates), len(candidates), "")
            return run.finish(dry_run)
        except BaseException:
            preparer.discard()
            raise


def _closed(office: Office) -> frozenset[str]:
    """Applications that experts already hold or have scored: they no longer change."""
    issued = {name for bundle in office.issued() for name in bundle.applications}
    return frozenset(issued | {row.application for row in office.registry.standings()})


@dataclass
class _Import:
    """One call of `import_applications`."""

    office: Office
    handover: Handover
    preparer: Preparer
    store: bool
    skip_bad: bool
    update: bool = False
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ready: list[tuple[ApplicationRow, AttachmentRow | None]] = field(default_factory=list)
    scores: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the rules compute for each that is ready, as the registry keeps it."""
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    changes: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    entries: list[ImportEntry] = field(default_factory=list)
    documents: list[DocumentLine] = field(default_factory=list)
    named: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.held = _closed(self.office)
        self.reading = reading_of(self.office)

    def parse(self) -> list[tuple[str, Application]]:
        """Reads every line; what cannot be read or does not fit the batch is noted."""
        self.faults.extend(self.handover.faults)
        found: list[tuple[str, Application]] = []
        seen: dict[str, str] = {}
        for number, line in self.handover.lines():
            place = self.handover.line_place(number)
            name, applicant, wrong_cells = self.handover.line_faults(number)
            if wrong_cells:
                seen.setdefault(name.casefold(), place)
                self._bad(place, wrong_cells, name, applicant)
                continue
            try:
                application = self.reading.read(line, place)
            except FaultsError as error:
                seen.setdefault(name.casefold(), place)
                self._bad(place, error.faults, name, applicant)
                continue
            except NdbError as error:
                seen.setdefault(name.casefold(), place)
                self._bad(place, [error.fault], name, applicant)
                continue
            if application.id.casefold() in seen:
                first = seen[application.id.casefold()]
                params = {"application": application.id, "first": first}
                self._bad(place, [Fault("E-IMPORT-TWICE", place, params)], application.id, application.applicant)
                continue
            seen[application.id.casefold()] = place
            if wrong := list(self.reading.faults(application, place)):
                self._bad(place, wrong, application.id, application.applicant)
                continue
            found.append((place, application))
        for folder in self.handover.orphans(frozenset(a.id for _, a in found) | frozenset(self.skipped)):
            if folder.casefold() not in seen:
                self.faults.append(Fault("E-IMPORT-ORPHAN", self.handover.place, {"name": folder}))
        if not found and not self.faults:
            self.faults.append(Fault("E-IMPORT-EMPTY", self.handover.lines_name))
        self.named = frozenset(seen)
        self.warnings.extend(self.handover.warnings)
        self.warnings.extend(self.reading.absent(self.named, self.handover.place))
        self.warnings.extend(alike(found, self.office.applications(), legal_forms()))
        return found

    def _bad(self, place: str, faults: Sequence[Fault], name: str = "", applicant: str = "") -> None:
        self.faults.extend(faults)
        self.skipped.append(place)
        self.entries.append(ImportEntry(name, applicant, place, "bad"))

    def wanted(self, candidates: Sequence[tuple[str, Application]]) -> Iterator[Wanted]:
        """What to prepare; no store is begun once it is clear that nothing will be imported."""
        for place, application in candidates:
            row = self.office.registry.application(application.id)
            known = application_from_json(row.json, application.id) if row is not None else None
            store = self.store and ((self.skip_bad and self.handover.whole) or not self.faults)
            closed = application.id in self.held and not self.update
            yield Wanted(place, application, known, closed, store)

    def take(self, prepared: Prepared) -> None:
        """Notes what became of one application."""
        wanted, complete = prepared.wanted, prepared.complete
        name, applicant = wanted.application.id, wanted.application.applicant
        self.documents.extend(document_lines(prepared))
        if prepared.unchanged:
            self.unchanged.append(name)
            self.entries.append(ImportEntry(name, applicant, wanted.place, "unchanged"))
        elif complete is None:
            self._bad(wanted.place, prepared.faults, name, applicant)
        elif wrong := self._fixed(complete, wanted):
            self._bad(wanted.place, wrong, name, applicant)
        else:
            data = application_to_json(complete)
            sha256 = hashlib.sha256(data).hexdigest()
            row = ApplicationRow(complete.id, complete.category, complete.field, data, sha256, self.office.now())
            stored, attachment = prepared.stored, None
            if stored is not None:
                facts = stored.facts
                attachment = AttachmentRow(complete.id, stored.path.name, stored.key, facts.sha256, facts.size)
                # Here, while the next documents are being read, and not when everybody waits for the end.
                self.scores[complete.id] = self.office.exact_scores(complete, self.office.pack_of(complete))
            self.ready.append((row, attachment))
            if wanted.known is not None:
                self.replaced.append(complete.id)
                self.changes[complete.id] = differences(wanted.known, complete)
            state: EntryState = "new" if wanted.known is None else "changed"
            self.entries.append(
                ImportEntry(complete.id, applicant, wanted.place, state, fields_of(wanted.known, complete))
            )
            self.warnings.extend(self.reading.warnings(complete, wanted.place))

    def _fixed(self, complete: Application, wanted: Wanted) -> tuple[Fault, ...]:
        """Pack and scale factor follow category and field: experts who hold the application score by them."""
        known = wanted.known
        if known is None or complete.id not in self.held:
            return ()
        pairs = {"category": (known.category, complete.category), "field": (known.field, complete.field)}
        return tuple(
            Fault("E-UPDATE-FIXED", wanted.place, {"application": complete.id, "field": f"{name}: {old} -> {new}"})
            for name, (old, new) in pairs.items()
            if old != new
        )

    def finish(self, dry_run: bool) -> ImportReport:
        """Puts what is ready into the registry in one transaction, or nothing at all."""
        refused = bool(self.faults) and not (self.skip_bad and self.handover.whole)
        located = self.handover.located
        gone = [n for n in self.office.registry.application_digests() if n.casefold() not in self.named]
        self.entries.extend(ImportEntry(name, "", "", "gone") for name in sorted(gone))
        if refused or dry_run:
            self.preparer.discard()
            if refused and not dry_run:
                log_refused_import(self.office, self.handover.place, self.faults)
        elif self.ready:
            self._commit()
        accepted = () if refused else tuple(row.id for row, _ in self.ready)
        return ImportReport(
            accepted=accepted,
            replaced=() if refused else tuple(self.replaced),
            unchanged=tuple(self.unchanged),
            skipped=tuple(self.skipped),
            faults=tuple(located(fault) for fault in self.faults),
            warnings=tuple(located(fault) for fault in self.warnings),
            dry_run=dry_run,
            changes={} if refused else dict(self.changes),
            issued=() if refused else tuple(name for name in self.replaced if name in self.held),
            entries=tuple(self.entries),
            documents=(*self.documents, *stray_lines(self.faults)),
            columns=preview_of(self.office, self.handover),
            whole=self.handover.whole,
        )

    def _keep_past(self, before: ApplicationRow) -> None:
        """What experts hold must stay readable: their score files are about that version."""
        self.office.registry.put_past(before)
        changes = [f"{c.kind} {c.subject} {c.part}".strip() for c in self.changes.get(before.id, ())]
        details = {"before": before.sha256, "changes": changes}
        self.office.log("application.updated", before.id, details)

    def _commit(self) -> None:
        registry = self.office.registry
        old = [registry.attachment(row.id) for row, _ in self.ready]
        with registry.transaction():
            for row, attachment in self.ready:
                if attachment is None:
                    raise ValueError(f"no document store for {row.id}")
                if row.id in self.held and (before := registry.application(row.id)) is not None:
                    self._keep_past(before)
                registry.put_application(row, attachment)
                pack = self.office.packs[row.category]
                registry.put_computed(row.id, row.sha256, pack.digest, self.scores[row.id])
            details = {
                "accepted": len(self.ready), "replaced": len(self.replaced), "unchanged": len(self.unchanged),
                "skipped": len(self.skipped), "faults": len(self.faults), "source": self.handover.place,
            }  # fmt: skip
            self.office.log("import.applications", self.office.batch.id, details)
        self.preparer.made.clear()
        for attachment in old:
            if attachment is not None:
                (self.office.folder / ATTACHMENTS / attachment.path).unlink(missing_ok=True)
