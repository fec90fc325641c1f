"""Documents of the sample applicants (示例) as files of a hand-over, made from each application's own data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.documents import samples as pictures
from ndb_desktop.domain.model import Application, Document, EvidenceRef
from ndb_desktop.reports import samples
from ndb_desktop.reports.samples import SampleSubject
from ndb_desktop.services.demo_people import SEED, Applicant, seeded


@dataclass(frozen=True, slots=True)
class MadeDocuments:
    """The documents of one application and the pages that prove its data, by data code."""

    documents: tuple[Document, ...]
    evidence: Mapping[str, tuple[EvidenceRef, ...]]


@dataclass(frozen=True, slots=True)
class _File:
    id: str
    kind: str
    extension: str
    data: bytes
    places: Mapping[str, int]


def write_documents(
    application: Application,
    applicant: Applicant,
    subject: SampleSubject,
    folder: Path,
    *,
    serial: int,
    plan_pages: int,
) -> MadeDocuments:
    """Writes three to six files below `folder`: form and plan always, statistics, certificates, a scan, a photo, names.

    Which of them an applicant hands in depends on `serial`, so that every kind occurs in every field.
    """
    folder.mkdir(parents=True, exist_ok=True)
    documents: list[Document] = []
    evidence: dict[str, tuple[EvidenceRef, ...]] = {}
    for file in _files(subject, serial, plan_pages):
        title = samples.sample_title(file.kind)
        name = f"{file.id}_{title}{file.extension}"
        (folder / name).write_bytes(file.data)
        documents.append(Document(id=file.id, name=name, title=title, mime="", size=0, sha256="", pages=0))
        for code, page in file.places.items():
            if code in application.data and _shown(applicant, code):
                evidence[code] = (*evidence.get(code, ()), EvidenceRef(file.id, page))
    return MadeDocuments(tuple(documents), evidence)


def _files(subject: SampleSubject, serial: int, plan_pages: int) -> Iterator[_File]:
    form = samples.application_form(subject)
    yield _File("D1", "form", ".pdf", form.report.data, form.places)
    plan = samples.work_plan(subject, plan_pages)
    yield _File("D2", "plan", ".pdf", plan.report.data, plan.places)
    statistics = samples.statistics_tables(subject)
    yield _File("D3", "statistics", ".pdf", statistics.report.data, statistics.places)
    if serial % 3 != 1:
        proofs = samples.certificates(subject)
        yield _File("D4", "certificates", ".pdf", proofs.report.data, proofs.places)
    if serial % 4 == 0:
        yield _File("D5", "scan", ".pdf", _scan(subject, serial), {})
    elif serial % 4 == 2:
        yield _File("D5", "photo", ".jpg", pictures.photo_jpeg(samples.photo_caption(subject), SEED + serial), {})
    if serial % 5 == 0:
        yield _File("D6", "names", ".pdf", samples.rare_names(subject).report.data, {})


def _scan(subject: SampleSubject, serial: int) -> bytes:
    lists = samples.sample_words()
    return pictures.scanned_pdf(
        samples.scan_lines(subject),
        mark=lists["mark"],
        stamp=lists["stamp"],
        table=lists["scan_table"],
        seed=SEED + serial,
        pages=2 + serial % 3,
    )


def _shown(applicant: Applicant, code: str) -> bool:
    """Weak applicants do not say for every datum where it is proven."""
    return seeded(f"proof/{applicant.id}/{code}").random() < 0.7 + 0.3 * applicant.quality
