"""归档范围: what of a batch goes into its archive, in neutral order, each with its 题名 and its retention (保管期限).

Signed originals go in byte for byte. Bundles do not: they are encrypted, which an archive must not be (R19); what was
in them stands in the applications, and the log names every one.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.decisionfile import open_decision
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.archive_visits import inspector_keys, record_member, record_rows, record_view, visit_members
from ndb_desktop.services.report import notice_document, panels_of, signed_views
from ndb_desktop.services.results_export import PublicResults, public_bytes, public_results
from ndb_desktop.services.stage_accepted import accepted_bytes
from ndb_desktop.services.succession_link import ACCEPTED, LINK, frozen_bytes, link_of
from ndb_desktop.storage.journal import GENESIS, entry_digest
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.services.archive_outcome import FiledOutcome
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import FileRow, LogRow

Retention = Literal["Y", "D30", "D10"]
"""保管期限: 永久, 30 年, 10 年 (档案局令第8号; codes of DA/T 22-2015)."""

PERIODS: Mapping[str, Retention] = {
    "batch": "Y", "pack": "Y", "key": "Y", "application": "D10", "document": "D10", "score": "D30", "card": "Y",
    "checklist": "Y", "visit": "D30", "manifest": "D30", "record": "D30", "photo": "D30", "decision": "Y", "log": "Y",
    "proof": "Y", "result": "Y", "list": "Y", "sheetview": "D30", "recordview": "D30", "panelview": "Y",
    "listview": "Y",
}  # fmt: skip
"""Each kind in the order of the archive, documents and photos in its volumes.

What is known of an inspection is kept as long as its records, 30 years, but for what signatures are proven with. The
unit's own 保管期限表 overrides; selected applications and their documents are kept as `Y`.
"""

LOG_LINES = 10_000
"""Entries of the log in one member."""


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one member."""

    kind: str
    suffix: str
    data: bytes
    title: str
    retention: Retention


class PartMaker:
    """Makes the parts one after the other; `signed`, `recorded`, `decided` and `missing` fill while they are taken."""

    def __init__(self, office: Office, result: FiledOutcome, language: str, periods: Mapping[str, str]) -> None:
        self.office, self._result, self.language = office, result, language
        self._kept = {str(kind): str(period) for kind, period in periods.items()}
        for kind, period in self._kept.items():
            if kind not in PERIODS or period not in get_args(Retention):
                raise NdbError("E-ARCHIVE-PERIOD", kind=kind, period=period)
        self._experts = sorted(row.id for row in office.registry.experts())
        self.log = logged(office)
        self.signed = self.decided = self.recorded = 0
        self.keys: dict[str, tuple[str, str, str]] = {}
        self.missing: dict[str, tuple[str, ...]] = {}

    @property
    def steps(self) -> int:
        """About how many parts there will be."""
        counts = self.office.registry.counts()
        decisions = self.office.registry.decision_count()
        visits = 2 * len(self.office.registry.site_stored()) + 2 * len(self.office.registry.visits())
        rounds = 2 * counts["signed_file"] + counts["application"] + decisions + len(panels_of(self.office))
        return rounds + visits + 8

    def parts(self) -> Iterator[Part]:
        """Everything, kind after kind as in `PERIODS`."""
        yield self._part(
            "batch", "json", self.office.registry.batch(), title=self.office.batch.title.get(self.language)
        )
        if kept := self.office.registry.meta(LINK):
            yield Part("batch", "json", kept.encode("utf-8"), self._say("archive.title.link"), "Y")
        for category, raw in self.office.registry.packs().items():
            yield self._part("pack", "json", raw, name=self._say(f"category.{category}"))
        for category, pack in self.office.stage_packs.items():
            yield self._part("pack", "json", pack.raw, name=self._say(f"category.{category}"))
        yield from self._key_parts()
        yield from self._applications()
        for row in self._files():
            yield self._score(row)
        yield from self._inspected()
        yield from self._decisions()
        yield from self._log_parts()
        proof = self.office.registry.proof()
        if proof is not None:
            yield self._part("proof", "json", zlib.decompress(proof.record), name=proof.at)
        yield self._part("result", "json", self._result.inside())
        public = public_results(self.office, self._result.result)
        yield self._part("list", "json", public_bytes(public, "json"))
        yield from self._views(public)

    # ----- originals -----

    def _key_parts(self) -> Iterator[Part]:
        """The key chain: everybody whose signature stands in the archive, and who vouched for it since when."""
        office = self.office
        self._know(office.coordinator.keyid, office.coordinator.openssh, "coordinator", office.name)
        self._know(office.recovery.keyid, office.recovery.openssh, "recovery", office.name)
        names = {expert.id: expert.name for expert in office.experts()}
        for key in sorted(office.expert_keys(), key=lambda key: (key.expert, key.keyid)):
            self._know(key.keyid, key.openssh, key.status, f"{names.get(key.expert, '')} {key.expert}".strip())
        for keyid, line, status, owner in inspector_keys(office):
            self._know(keyid, line, status, owner)
        for one in office.decided.all():
            if one.kind == "appoint":
                self._know(one.subject, one.content["key"], one.content["role"], one.content["name"])
        for keyid, (line, role, owner) in self.keys.items():
            yield self._part("key", "pub", line.strip().encode("utf-8") + b"\n", name=owner, keyid=keyid, role=role)

    def _know(self, keyid: str, line: str, role: str, owner: str) -> None:
        self.keys.setdefault(keyid, (line, role, owner))

    def _applications(self) -> Iterator[Part]:
        """Each application with every earlier version that some bundle held."""
        present = self.office.registry.application_digests()
        versions: dict[str, set[str]] = {name: {digest} for name, digest in present.items()}
        for bundle in self.office.issued():
            for name, digest in bundle.contents.items():
                versions.setdefault(name, set()).add(digest)
        selected = set(self._result.kept)
        yield from self._taken_over(versions)
        for name in sorted(versions):
            # The present version last, earlier ones before it.
            for digest in sorted(versions[name], key=lambda one: (one == present.get(name), one)):
                data = self.office.registry.application_text(name, digest)
                if data is not None:
                    period: Retention | None = "Y" if name in selected else None
                    yield self._part("application", "json", data, period, name=name)
            if self.office.stage == "acceptance":
                # What counts in the end, rulings and visits laid over: a registry of 成效评估 takes the last one.
                accepted = accepted_bytes(self.office, name)
                if accepted and hashlib.sha256(accepted).hexdigest() not in versions[name]:
                    yield self._part("application", "json", accepted, "Y", name=name)

    def _taken_over(self, versions: Mapping[str, set[str]]) -> Iterator[Part]:
        """What came with the link: each base as it was frozen, and as 评估验收 accepted it; before what it hands in."""
        link = link_of(self.office)
        for ref in () if link is None else link.bases:
            known = versions.get(ref.application, set())
            texts = [frozen_bytes(self.office, ref.application)] if ref.sha256 not in known else []
            if ref.accepted is not None and ref.accepted not in known:
                texts.append(self.office.registry.meta(ACCEPTED + ref.application).encode("utf-8"))
            for data in texts:
                yield self._part("application", "json", data, "Y", name=ref.application)

    def _files(self) -> Iterator[FileRow]:
        """Accepted score files by expert and revision: never in the order in which they arrived."""
        for expert in self._experts:
            rows = self.office.registry.files(expert)
            yield from sorted(rows, key=lambda row: (row.revision, row.payload_sha256))

    def _score(self, row: FileRow) -> Part:
        opened = open_score(row.envelope, None, place=row.name)
        if (opened.payload_sha256, opened.keyid) != (row.payload_sha256, row.keyid):
            raise NdbError("E-REGISTRY-FILE", place=row.name)
        self.signed += 1
        return self._part("score", "json", row.envelope, name=row.expert, revision=row.revision)

    def _inspected(self) -> Iterator[Part]:
        """Everything of visits but the photos; nothing where nobody inspected, as in archives from before."""
        for one in visit_members(self.office, self.language):
            yield self._part(one.kind, one.suffix, one.data, **one.names)
        for row in record_rows(self.office):
            one = record_member(row)
            self.recorded += 1
            yield self._part(one.kind, one.suffix, one.data, **one.names)

    def _decisions(self) -> Iterator[Part]:
        for number, envelope in self.office.registry.decisions():
            _, decision = open_decision(envelope, place=str(number))
            self.decided += 1
            yield self._part("decision", "json", envelope, name=decision.subject, decided=decision.kind)

    def _log_parts(self) -> Iterator[Part]:
        for start in range(0, len(self.log), LOG_LINES):
            rows = self.log[start : start + LOG_LINES]
            lines = b"".join(_log_line(row) + b"\n" for row in rows)
            yield self._part("log", "jsonl", lines, first=rows[0].seq, last=rows[-1].seq)

    # ----- views -----

    def _views(self, public: PublicResults) -> Iterator[Part]:
        from ndb_desktop.reports.score_sheet import score_sheets

        office, language = self.office, self.language
        for row in self._files():
            views = signed_views(office, open_score(row.envelope, None, place=row.name), row.name, language)
            made = score_sheets(tuple(views), language)
            yield self._view("sheetview", made, name=row.expert, revision=row.revision)
        for record in record_rows(office):
            made = record_view(office, record, language)
            yield self._view("recordview", made, name=record.visit, revision=record.revision)
        for category, field in panels_of(office):
            made = self._result.panel(category, field, language)
            yield self._view("panelview", made, name=f"{self._say(f'category.{category}')} {field}")
        yield self._view("listview", notice_document(public, language))

    def _view(self, kind: str, made: MadeReport, **names: object) -> Part:
        part = self._part(kind, "pdf", made.data, **names)
        if made.missing:
            self.missing[part.title] = made.missing
        return part

    def _part(self, kind: str, suffix: str, data: bytes, period: Retention | None = None, /, **names: object) -> Part:
        usual = period if period is not None and kind not in self._kept else retention_of(kind, self._kept)
        return Part(kind, suffix, data, self._say(_TITLES[kind], **names), usual)

    def _say(self, key: str, **names: object) -> str:
        return text(key, self.language, **names)


def retention_of(kind: str, periods: Mapping[str, str]) -> Retention:
    """How long a kind is kept, where `periods` may give another than is usual."""
    return next((one for one in get_args(Retention) if one == periods.get(kind)), PERIODS[kind])


def logged(office: Office) -> tuple[LogRow, ...]:
    """The log as it is archived: without entries at its end that only say that archives were made.

    So an archive made twice is the same file.
    """
    rows = office.log_rows()
    end = len(rows)
    while end and rows[end - 1].action == "archive":
        end -= 1
    return rows[:end]


def log_head(rows: tuple[LogRow, ...]) -> tuple[int, str]:
    """Number and digest of the last entry."""
    return (rows[-1].seq, rows[-1].sha256) if rows else (0, GENESIS)


def _log_line(row: LogRow) -> bytes:
    """The very text whose SHA-256 the entry after names."""
    details = json.dumps(dict(row.details), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    fields = [row.seq, row.at, row.actor, row.action, row.subject, details, row.prev]
    if entry_digest(row.seq, row.at, row.actor, row.action, row.subject, details, row.prev) != row.sha256:
        raise NdbError("E-ARCHIVE-UNSOUND", detail=f"log {row.seq}")
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


_TITLES: Mapping[str, str] = {
    "batch": "archive.title.batch", "pack": "archive.title.pack", "key": "archive.title.key",
    "application": "archive.title.application", "score": "archive.title.score", "decision": "archive.title.decision",
    "log": "archive.title.log", "proof": "archive.title.proof", "result": "archive.title.result",
    "list": "archive.title.list", "sheetview": "archive.title.sheetview", "panelview": "archive.title.panelview",
    "listview": "archive.title.listview", "card": "archive.title.card", "checklist": "archive.title.checklist",
    "visit": "archive.title.visit", "manifest": "archive.title.manifest", "record": "archive.title.record",
    "recordview": "archive.title.recordview",
}  # fmt: skip
