"""What an application must agree with besides itself: the batch, its rule pack, its documents."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ndb_desktop.documents.inspect import inspect_document
from ndb_desktop.documents.office import OFFICE, convert_to_pdf
from ndb_desktop.documents.sniff import HEAD_BYTES, PDF, sniff
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.codes import check_credit_code
from ndb_desktop.domain.datacheck import data_faults, data_warnings
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Application, Document, Origin
from ndb_desktop.formats.handover import Handover
from ndb_desktop.services.batch_plan import facts_of, general_names
from ndb_desktop.services.calendars import regions
from ndb_desktop.services.succession_link import stranger_faults

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


_CHUNK = 1024 * 1024
_CREDIT = {
    "code.check": "E-IMPORT-CREDIT-CHECK",
    "code.organisation": "E-IMPORT-CREDIT-BODY",
    "code.prefix": "E-IMPORT-CREDIT-KIND",
}


@dataclasses.dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as found: facts filled in, its bytes and the text of each page."""

    document: Document
    data: bytes
    texts: tuple[str, ...]


def batch_faults(office: Office, application: Application, place: str) -> Iterator[Fault]:
    """Category and field must be of this batch; data, targets and tasks must be such as the pack can read."""
    pack = office.packs.get(application.category)
    if pack is None:
        yield Fault("E-IMPORT-CATEGORY", place, {"category": application.category})
        return
    if application.field not in {row.id for row in office.batch.fields}:
        yield Fault("E-IMPORT-FIELD", place, {"field": application.field})
    try:
        check_credit_code(application.credit_code)
    except NdbError as error:
        yield Fault(error.code, f"{place}: credit_code", error.params)
    if application.actuals:
        yield Fault("E-IMPORT-ACTUALS", place, {"application": application.id})
    for fault in data_faults(pack, application):
        yield dataclasses.replace(fault, place=f"{place}: {fault.place}")
    yield from stranger_faults(office, application, place)


def batch_warnings(office: Office, application: Application, place: str) -> Iterator[Fault]:
    """What a person should look at, though it does not stop the import.

    Data that are missing or odd, a credit code, a recommending body that is not on the batch's list (推荐单位名单).
    """
    listed = facts_of(office).recommenders
    if listed is not None:
        doubt = listed.doubt(application.region, application.recommender, regions(), general_names())
        if doubt is not None:
            yield Fault(doubt.code, place, doubt.params)
    pack = office.packs[application.category]
    for fault in data_warnings(pack, application):
        yield dataclasses.replace(fault, place=f"{place}: {fault.place}" if fault.place else place)
    for phrase in check_credit_code(application.credit_code, application.category):
        params = {name: str(value) for name, value in phrase.params.items()}
        yield Fault(_CREDIT[phrase.key], place, params)


def evidence_faults(application: Application, place: str) -> Iterator[Fault]:
    """A datum or actual value may point only to pages that exist."""
    pages = {document.id: document.pages for document in application.documents}
    proofs = [(f"data.{code}", datum.evidence) for code, datum in application.data.items()]
    proofs += [(f"actuals[{n}].evidence", actual.evidence) for n, actual in enumerate(application.actuals)]
    for path, evidence in proofs:
        for ref in evidence:
            if ref.page > pages.get(ref.document, 0):
                params = {"document": ref.document, "page": str(ref.page), "pages": str(pages.get(ref.document, 0))}
                yield Fault("E-IMPORT-PAGE", f"{place}: {path}", params)


def same_as_known(handover: Handover, application: Application, known: Application) -> bool:
    """Whether the hand-over says exactly what was imported before; documents are compared by their bytes."""
    present = handover.documents(application.id)
    documents = {document.id: document for document in known.documents}
    for document in application.documents:
        earlier = documents.get(document.id)
        if earlier is None or document.origin is not None:
            return False
        # A converted document is the same when the office file is; the PDF would differ each time it is made.
        given = earlier.origin or earlier
        if present.get(document.name) != given.size:
            return False
        with handover.document(application.id, document.name) as stream:
            digest = hashlib.sha256()
            while piece := stream.read(_CHUNK):
                digest.update(piece)
        if digest.hexdigest() != given.sha256:
            return False
        if document.sha256 not in ("", given.sha256) or document.size not in (0, given.size):
            return False
    if set(present) != {document.name for document in application.documents}:
        return False
    filled = tuple(dataclasses.replace(documents[d.id], name=d.name, title=d.title) for d in application.documents)
    return dataclasses.replace(application, documents=filled) == known


def read_documents(
    handover: Handover,
    reading: AbstractContextManager[object],
    application: Application,
    worker: RenderWorker,
    place: str,
    faults: list[Fault],
    check: Callable[[], None],
) -> Iterator[ReadDocument]:
    """Each listed document, read (within `reading`), checked, inspected, an office file converted as well.

    What is wrong is added to `faults`; `check` is asked during a conversion and may raise.
    """
    listed = {document.name for document in application.documents}
    present = handover.documents(application.id)
    faults.extend(Fault("E-IMPORT-UNLISTED", place, {"name": name}) for name in sorted(set(present) - listed))
    for number, document in enumerate(application.documents):
        where = f"{place}: documents[{number}]"
        if document.name not in present:
            faults.append(Fault("E-IMPORT-ABSENT", where, {"name": document.name}))
            continue
        try:
            data = _read(handover, reading, application.id, document, present[document.name])
            yield _inspect(document, data, worker, check)
        except NdbError as error:
            faults.append(Fault(error.code, where, {"name": document.name, **error.params}))


def _read(
    handover: Handover, reading: AbstractContextManager[object], application: str, document: Document, size: int
) -> bytes:
    with reading, handover.document(application, document.name) as stream:
        data = stream.read(size + 1)
    if len(data) != size:
        raise NdbError("E-IMPORT-CHANGED", name=document.name)
    return data


def _inspect(document: Document, data: bytes, worker: RenderWorker, check: Callable[[], None]) -> ReadDocument:
    size, sha256 = len(data), hashlib.sha256(data).hexdigest()
    if document.origin is not None:
        raise NdbError("E-IMPORT-ORIGIN", name=document.name)
    if document.sha256 and document.sha256 != sha256:
        raise NdbError("E-IMPORT-SHA256", name=document.name, wanted=document.sha256[:12], found=sha256[:12])
    if document.size and document.size != size:
        raise NdbError("E-IMPORT-SIZE", name=document.name, wanted=document.size, found=size)
    mime = sniff(data[:HEAD_BYTES], document.name)
    origin = None
    if mime in OFFICE.values():
        origin = Origin(mime, size, sha256)
        data, mime = convert_to_pdf(data, document.name, mime, check=check), PDF
        size, sha256 = len(data), hashlib.sha256(data).hexdigest()
    facts = inspect_document(worker, data, mime)
    found = dataclasses.replace(document, mime=mime, size=size, sha256=sha256, pages=facts.pages, origin=origin)
    return ReadDocument(found, data, facts.texts)
