"""申报材料归档: the applicants' documents byte for byte in volumes (分卷) beside the archive, one retention to each.

So what is kept ten years can be destroyed in its time and what is permanent stays whole. A document goes from its
encrypted store into the volume piece by piece, and is compared with its digest in the registry on the way. Photos of
inspections (`archive_photos`) lie in volumes of their own behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, get_args

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.formats.applications import cover_from_own
from ndb_desktop.formats.archive import MAX_VOLUMES
from ndb_desktop.formats.archive_writing import ArchiveHead, ArchiveWriter, Node, file_nodes
from ndb_desktop.services.archive_parts import PERIODS, Retention, retention_of
from ndb_desktop.services.archive_photos import FiledPhoto, plan_photos, write_photos
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Thing = TypeVar("Thing")
VOLUME_BYTES = 4_000_000_000
"""Most bytes of documents in a volume: less than FAT32 takes in a file and a DVD holds."""
LEAST_VOLUME = 1_000_000
MOST_DOCUMENTS = 15_000
"""Documents of a volume, for a reader takes 20,000 members."""
_SUFFIXES: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
}


@dataclass(frozen=True, slots=True)
class Filed:
    """A document and the application it belongs to."""

    application: str
    document: Document


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """What goes into volume `number`, in neutral order, documents or photos; `bytes` are those of these alone."""

    number: int
    retention: Retention
    documents: tuple[Filed, ...]
    bytes: int
    photos: tuple[FiledPhoto, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentsPlan:
    """The volumes, and the documents that only an earlier version of an application names: they are kept no more."""

    volumes: tuple[VolumePlan, ...] = ()
    gone: tuple[Filed, ...] = ()

    @property
    def count(self) -> int:
        """How many documents are filed."""
        return sum(len(volume.documents) for volume in self.volumes)

    @property
    def photos(self) -> int:
        """How many photos of inspections are filed."""
        return sum(len(volume.photos) for volume in self.volumes)

    @property
    def bytes(self) -> int:
        """Their bytes."""
        return sum(volume.bytes for volume in self.volumes)


def plan_documents(
    office: Office, selected: Iterable[str], periods: Mapping[str, str], volume_bytes: int = VOLUME_BYTES
) -> DocumentsPlan:
    """Which document goes where: permanent for `selected` applications, ten years for the others (R: 保管期限表).

    Photos of inspections are kept thirty years, as the records that name them are.

    Raises:
        NdbError: E-ARCHIVE-VOLUME-SIZE (`volume_bytes` is too small, or there would be too many volumes), and as
            `plan_photos`.
    """
    if volume_bytes < LEAST_VOLUME:
        raise NdbError("E-ARCHIVE-VOLUME-SIZE", size=volume_bytes, least=LEAST_VOLUME, most=MAX_VOLUMES)
    chosen, kept = set(selected), periods.get("document")
    shelves: dict[Retention, list[Filed]] = {period: [] for period in get_args(Retention)}
    for row in office.registry.applications():
        period: Retention = "Y" if row.id in chosen else PERIODS["document"]
        period = next((one for one in get_args(Retention) if one == kept), period)
        shelves[period] += [Filed(row.id, document) for document in cover_from_own(row.json).documents]
    volumes: list[VolumePlan] = []
    for period, documents in shelves.items():
        for part, size in _divided(documents, [one.document.size for one in documents], volume_bytes):
            volumes.append(VolumePlan(len(volumes) + 1, period, part, size))
    photos, period = tuple(plan_photos(office)), retention_of("photo", periods)
    for shown, size in _divided(photos, [one.photo.size for one in photos], volume_bytes):
        volumes.append(VolumePlan(len(volumes) + 1, period, (), size, shown))
    if len(volumes) > MAX_VOLUMES:
        raise NdbError("E-ARCHIVE-VOLUME-SIZE", size=volume_bytes, least=LEAST_VOLUME, most=MAX_VOLUMES)
    return DocumentsPlan(tuple(volumes), _gone(office, {one.document.sha256 for v in volumes for one in v.documents}))


def _divided(
    things: Sequence[Thing], sizes: Iterable[int], volume_bytes: int
) -> Iterator[tuple[tuple[Thing, ...], int]]:
    """`things` in their order, as many to a volume as it holds, each with the bytes of all of its things."""
    part: list[Thing] = []
    filled = 0
    for one, size in zip(things, sizes, strict=True):
        if part and (filled + size > volume_bytes or len(part) == MOST_DOCUMENTS):
            yield tuple(part), filled
            part, filled = [], 0
        part.append(one)
        filled += size
    if part:
        yield tuple(part), filled


def _gone(office: Office, present: set[str]) -> tuple[Filed, ...]:
    """Documents of versions that bundles held and that were replaced since."""
    if not office.registry.has_past:
        return ()
    now = office.registry.application_digests()
    past = {(name, digest) for bundle in office.issued() for name, digest in bundle.contents.items()}
    found: dict[str, Filed] = {}
    for name, digest in sorted(past):
        data = None if now.get(name) == digest else office.registry.application_text(name, digest)
        for document in cover_from_own(data).documents if data is not None else ():
            if document.sha256 not in present:
                found.setdefault(document.sha256, Filed(name, document))
    return tuple(found.values())


class VolumeMaker:
    """Writes volumes; `check` is called with the bytes of each piece and the application at hand, and may raise."""

    def __init__(self, office: Office, language: str, check: Callable[[int, str], object]) -> None:
        self._office, self._language, self._check = office, language, check

    def write(self, writer: ArchiveWriter, plan: VolumePlan, head: ArchiveHead) -> str:
        """Writes one volume whole; returns the SHA-256 of what was signed.

        Raises:
            NdbError: E-ARCHIVE-DOCUMENT (a document is missing or not the one in the registry), E-ARCHIVE-PHOTO-LOST,
                and as the writer.
        """
        signer = self._office.signer()
        owner = self._office.name
        line = signer.public.openssh.strip()
        title = self._say("archive.title.key", name=owner, keyid=signer.public.keyid, role="coordinator")
        writer.add("key", "pub", line.encode("utf-8") + b"\n", retention="Y", title=title)
        for application, documents in _by_application(plan.documents):
            self._application(writer, application, documents, plan.retention)
        write_photos(self._office, writer, plan.photos, plan.retention, self._language, self._check)
        number, of = head.volume
        root = {
            "batch": head.batch, "trial": "true" if head.trial else "false", "filed": head.filed_on, "filer": owner,
            "filer_key": signer.public.keyid, "result": head.result, "volume": str(number), "of": str(of),
            "retention": plan.retention,
        }  # fmt: skip
        files = Node("files", {}, file_nodes(writer.described))
        writer.describe("metadata.xml", Node("volume", root, (files,)))
        what = ("photos", "archive.check.photos") if plan.photos else ("documents", "archive.check.documents")
        check = {
            "property": "integrity", "name": what[0], "what": self._say(what[1]),
            "count": str(len(plan.photos) or len(plan.documents)), "result": "passed",
        }  # fmt: skip
        about = {"date": head.filed_on, "by": owner, "key": signer.public.keyid}
        writer.describe("report.xml", Node("report", about, (Node("check", check),)))
        return writer.finish(head, signer)

    def _application(
        self, writer: ArchiveWriter, application: str, documents: list[Document], retention: Retention
    ) -> None:
        ref = self._office.attachments(application)
        try:
            store = DocumentStore(ref.path, RawKey(ref.key))
        except NdbError as error:
            raise _lost(application, documents[0], error.code) from None
        with store:
            for document in documents:
                pieces = _Stored(store, application, document)
                made = writer.add_pieces(
                    "document", _SUFFIXES.get(document.mime, "bin"), pieces, document.size, retention=retention,
                    title=self._say("archive.title.document", name=application, title=document.title or document.name),
                    more=_facts(application, document), check=lambda count: self._check(count, application),
                )  # fmt: skip
                # The reader of the store has compared it already; this is what stands in the volume.
                if (made.size, made.sha256) != (document.size, document.sha256):
                    raise _lost(application, document, "sha256")

    def _say(self, key: str, **names: object) -> str:
        return text(key, self._language, **names)


class _Stored:
    """The pieces of a document, whose faults become those of an archive (those of the target do not)."""

    def __init__(self, store: DocumentStore, application: str, document: Document) -> None:
        self._store, self._application, self._document = store, application, document

    def __iter__(self) -> Iterator[bytes]:
        pieces = self._store.pieces(self._document.id, sha256=self._document.sha256)
        while True:
            try:
                piece = next(pieces, b"")
            except NdbError as error:
                raise _lost(self._application, self._document, error.code) from None
            if not piece:
                return
            yield piece


def _lost(application: str, document: Document, detail: str) -> NdbError:
    return NdbError("E-ARCHIVE-DOCUMENT", place=application, document=document.name, detail=detail)


def _facts(application: str, document: Document) -> dict[str, str]:
    """What the metadata says of a document beside what every member has; `name` there is that of the member."""
    facts = {
        "application": application, "document": document.id, "original_name": document.name, "mime": document.mime,
        "pages": str(document.pages),
    }  # fmt: skip
    if document.origin is not None:
        # Filed is what experts read; of the office file it was made from, only the digest is known.
        facts |= {"converted_from": document.origin.mime, "converted_sha256": document.origin.sha256}
    return facts


def _by_application(documents: Iterable[Filed]) -> Iterator[tuple[str, list[Document]]]:
    found: dict[str, list[Document]] = {}
    for one in documents:
        found.setdefault(one.application, []).append(one.document)
    yield from found.items()
