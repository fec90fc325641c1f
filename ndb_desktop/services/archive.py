"""归档: one batch as a `.ndbarchive`: originals, views, digests, and the report of what was verified when it was filed.

Before the file gets its name, the reader of `formats.archive` has gone through every byte of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ndb_desktop import __version__
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.archive import check_stream
from ndb_desktop.formats.archive_writing import EXTENSION, ArchiveHead, ArchiveWriter, Node, file_nodes
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.services.archive_parts import PartMaker, log_head
from ndb_desktop.services.objections import check_none_open
from ndb_desktop.services.outcome import check_publishable, unblind
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.nameless import write_new
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult


@dataclass(frozen=True, slots=True)
class Archived:
    """What was filed: `digest` is the SHA-256 of what was signed; `missing` the code points a view shows as □."""

    path: Path
    digest: str
    members: int
    size: int
    filed_on: date
    kinds: Mapping[str, int]
    missing: Mapping[str, tuple[str, ...]]


def archive_name(office: Office, filed_on: date) -> str:
    """Such as `2026-1_archive_2026-11-22.ndbarchive`."""
    trial = f"{TRIAL_PREFIX}_" if office.batch.trial else ""
    return f"{trial}{fit_part(office.batch.id)}_archive_{filed_on.isoformat()}{EXTENSION}"


def archive(
    office: Office,
    target: Path,
    *,
    filed_on: date | None = None,
    periods: Mapping[str, str] | None = None,
    language: str = "zh_CN",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Archived:
    """Files the batch to `target` (a new file, or a folder to name it in); logged. Not encrypted (R19).

    `filed_on` is the day of filing (today), `periods` overrides retention per kind. The same content and day give the
    same bytes.

    Raises:
        NdbError: E-FINAL-FIRST, E-FINAL-CHANGED (results not final, or not those), E-OBJECTION-OPEN, E-ARCHIVE-UNSOUND
            (the registry is not sound), E-ARCHIVE-PERIOD, E-ARCHIVE-MANY, E-ARCHIVE-SELFCHECK, E-OFFICE-RECOVERY,
            E-REGISTRY-FILE, E-STORE-*, and as `unblind`.
        Cancelled: by `cancel`; nothing is left.
    """
    signer, token = office.signer(), cancel or CancelToken()
    result = compute(office, cancel=token)
    check_publishable(office, result)
    check_none_open(office)
    unblind(office)
    _check_sound(office)
    day = filed_on or office.clock().astimezone().date()
    path = target / archive_name(office, day) if target.is_dir() else target
    maker = PartMaker(office, result, language, periods or {})
    with write_new(path) as stream:
        writer = ArchiveWriter(stream)
        try:
            steps = maker.steps
            for number, part in enumerate(maker.parts(), 1):
                token.check()
                progress(min(number, steps), steps, part.title)
                writer.add(part.kind, part.suffix, part.data, retention=part.retention, title=part.title)
            kinds = _kinds(writer)
            writer.describe("metadata.xml", _metadata(office, result, maker, writer, day))
            writer.describe("report.xml", _report(office, maker, kinds, day, language))
            head = ArchiveHead(
                office.batch.id, office.batch.trial, day.isoformat(), office.name, result.digest, log_head(maker.log)
            )
            digest = writer.finish(head, signer)
        finally:
            writer.close()
        members = _self_check(stream, path.name, digest, progress, token)
        size = stream.seek(0, 2)
    details = {"file": path.name, "sha256": digest, "members": members, "result": result.digest, "filed_on": str(day)}
    office.log("archive", office.batch.id, details)
    return Archived(path, digest, members, size, day, kinds, maker.missing)


def _check_sound(office: Office) -> None:
    log = office.verify_log()
    if not log.ok:
        raise NdbError("E-ARCHIVE-UNSOUND", detail=f"log {log.broken}")
    for fault in office.decided.check():
        raise NdbError("E-ARCHIVE-UNSOUND", detail=f"{fault.code} {fault.params.get('number', '')}".strip())


def _self_check(stream: BinaryIO, place: str, digest: str, progress: Progress, token: CancelToken) -> int:
    """Reads what was written as a stranger would. Says how many members there are."""

    def on_bytes(done: int, total: int, name: str) -> None:
        token.check()
        progress(done, total, name)

    stream.flush()
    found = check_stream(stream, place, on_bytes)
    if found.faults or found.payload_sha256 != digest:
        first = found.faults[0].code if found.faults else "sha256"
        raise NdbError("E-ARCHIVE-SELFCHECK", place=place, detail=first, count=len(found.faults))
    return len(found.manifest.members)


def _kinds(writer: ArchiveWriter) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in writer.described:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return counts


def _metadata(office: Office, result: BatchResult, maker: PartMaker, writer: ArchiveWriter, day: date) -> Node:
    """`metadata.xml`: the batch, who filed it, the key chain, every decision, and each file with 题名 and 件号."""
    batch = office.batch
    keys = tuple(
        Node("key", {"id": keyid, "role": role, "owner": owner, "openssh": line.strip()})
        for keyid, (line, role, owner) in maker.keys.items()
    )
    decisions = tuple(
        Node(
            "decision",
            {"number": str(one.number), "kind": one.kind, "subject": one.subject, "at": one.at, "sha256": one.digest,
             "reason": one.reason},
            tuple(Node("signer", {"role": role, "key": keyid}) for role, keyid in one.signers),
        )
        for one in office.decided.all()
    )  # fmt: skip
    return Node(
        "archive",
        {
            "batch": batch.id, "title": batch.title.zh_CN, "title_en": batch.title.en, "year": str(batch.year),
            "trial": "true" if batch.trial else "false", "filed": day.isoformat(), "filer": office.name,
            "filer_key": office.coordinator.keyid, "result": result.digest, "software": f"NDB Desktop {__version__}",
        },
        (Node("keys", {}, keys), Node("decisions", {}, decisions), Node("files", {}, file_nodes(writer.described))),
    )  # fmt: skip


def _report(office: Office, maker: PartMaker, kinds: Mapping[str, int], day: date, language: str) -> Node:
    """`report.xml`: what was verified on the day of filing, by the four properties of DA/T 70-2018 (四性)."""
    status: dict[str, int] = {}
    for key in office.expert_keys():
        status[key.status] = status.get(key.status, 0) + 1
    rows = [
        ("authenticity", "signatures", "archive.check.signatures", maker.signed, ""),
        ("authenticity", "decisions", "archive.check.decisions", maker.decided, ""),
        ("integrity", "log", "archive.check.log", len(maker.log), log_head(maker.log)[1]),
        ("integrity", "files", "archive.check.files", sum(kinds.values()), _pairs(kinds)),
        ("usability", "glyphs", "archive.check.glyphs", sum(map(len, maker.missing.values())), _glyphs(maker.missing)),
        ("security", "plain", "archive.check.plain", sum(kinds.values()), ""),
        ("authenticity", "keys", "archive.check.keys", sum(status.values()), _pairs(status)),
    ]
    findings = {"glyphs": bool(maker.missing), "keys": bool(status.keys() - {"active"})}
    checks = tuple(
        Node(
            "check",
            {"property": about, "name": name, "what": text(key, language), "count": str(count),
             "result": "finding" if findings.get(name) else "passed", **({"detail": detail} if detail else {})},
        )
        for about, name, key, count, detail in rows
    )  # fmt: skip
    attributes = {"date": day.isoformat(), "by": office.name, "key": office.coordinator.keyid}
    return Node("report", attributes, checks)


def _pairs(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _glyphs(missing: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{title}: {', '.join(points)}" for title, points in missing.items())
