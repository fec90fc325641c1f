"""归档说明: `metadata.xml` and `report.xml` of an archive: what is in it, and what was verified when it was filed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop import __version__
from ndb_desktop.formats.archive_writing import ArchiveHead, ArchiveWriter, Node, Volume, file_nodes
from ndb_desktop.services.archive_parts import PartMaker, log_head
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.archive_documents import DocumentsPlan


@dataclass(frozen=True, slots=True)
class Lacking:
    """Of documents, and of photos of inspections: how many are filed, and in words which ones are not."""

    documents: tuple[int, str]
    photos: tuple[int, str]


def kinds_of(writer: ArchiveWriter) -> dict[str, int]:
    """How many members of each kind were written."""
    counts: dict[str, int] = {}
    for one in writer.described:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return counts


def metadata_node(maker: PartMaker, writer: ArchiveWriter, head: ArchiveHead) -> Node:
    """`metadata.xml`: the batch, who filed it, the key chain, every decision, and each file with 题名 and 件号."""
    office = maker.office
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
            "trial": "true" if batch.trial else "false", "filed": head.filed_on, "filer": office.name,
            "filer_key": office.coordinator.keyid, "result": head.result, "software": f"NDB Desktop {__version__}",
        },
        (
            Node("keys", {}, keys), Node("decisions", {}, decisions), Node("files", {}, file_nodes(writer.described)),
            *([Node("volumes", {}, tuple(_volume_node(one) for one in head.volumes))] if head.volumes else []),
        ),
    )  # fmt: skip


def _volume_node(one: Volume) -> Node:
    return Node(
        "volume",
        {
            "number": str(one.number), "retention": one.retention, "documents": str(one.documents),
            "size": str(one.size), "sha256": one.sha256,
        },
    )  # fmt: skip


def report_node(maker: PartMaker, kinds: Mapping[str, int], head: ArchiveHead, lacking: Lacking) -> Node:
    """`report.xml`: what was verified on the day of filing, by the four properties of DA/T 70-2018 (四性).

    What is said of inspections is said only where there were visits.
    """
    office, language = maker.office, maker.language
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
        ("integrity", "documents", "archive.check.documents", *lacking.documents),
    ]
    findings = {
        "glyphs": bool(maker.missing), "keys": bool(status.keys() - {"active"}),
        "documents": bool(lacking.documents[1]), "photos": bool(lacking.photos[1]),
    }  # fmt: skip
    if kinds.get("visit"):
        rows += [
            ("authenticity", "records", "archive.check.records", maker.recorded, ""),
            ("integrity", "photos", "archive.check.photos", *lacking.photos),
        ]
    checks = tuple(
        Node(
            "check",
            {"property": about, "name": name, "what": text(key, language), "count": str(count),
             "result": "finding" if findings.get(name) else "passed", **({"detail": detail} if detail else {})},
        )
        for about, name, key, count, detail in rows
    )  # fmt: skip
    attributes = {"date": head.filed_on, "by": office.name, "key": office.coordinator.keyid}
    return Node("report", attributes, checks)


def lacking_of(known: DocumentsPlan, plan: DocumentsPlan, language: str) -> Lacking:
    """How many documents and photos are filed, and which ones that applications and records name are not."""
    left = known.photos - plan.photos
    photos = plan.photos, text("archive.photos.left", language, count=left) if left else ""
    if plan.count < known.count:
        words = text("archive.documents.left", language, count=known.count - plan.count)
        return Lacking((plan.count, words), photos)
    named = "; ".join(f"{one.application} {one.document.name}" for one in known.gone)
    gone = text("archive.documents.gone", language, count=len(known.gone), names=named) if named else ""
    return Lacking((plan.count, gone), photos)


def _pairs(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _glyphs(missing: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{title}: {', '.join(points)}" for title, points in missing.items())
