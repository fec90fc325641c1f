"""The documents of one sample applicant (示例): PDFs of text and tables, and for some a scan, rare names, a photo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ndb_desktop.documents import samples as pictures
from ndb_desktop.documents.sniff import JPEG, PDF
from ndb_desktop.reports import samples
from ndb_desktop.reports.samples import SampleDocument, SampleSubject

_WRITERS: Mapping[str, Callable[[SampleSubject], SampleDocument]] = {
    "form": samples.application_form,
    "statistics": samples.statistics_tables,
    "certificates": samples.certificates,
    "names": samples.rare_names,
}
KINDS = ("form", "statistics", "plan", "certificates", "names", "scan", "photo")
"""All kinds of sample document, in the order an applicant lists them."""


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A document as it lies in a hand-over folder; `places` maps data codes, `target/<id>`, `task/<id>` to pages."""

    kind: str
    name: str
    title: str
    mime: str
    pages: int
    data: bytes
    places: Mapping[str, int] = field(default_factory=dict)


def sample_file(subject: SampleSubject, kind: str, *, plan_pages: int = 14) -> SampleFile:
    """One document of a kind out of `KINDS`; the same subject gives the same bytes."""
    number = KINDS.index(kind) + 1
    title = samples.sample_title(kind)
    if kind == "scan":
        lists = samples.sample_words()
        data = pictures.scanned_pdf(
            samples.scan_lines(subject), mark=str(lists["mark"]), stamp=str(lists["stamp"]),
            table=lists["scan_table"], seed=subject.seed, pages=2,
        )  # fmt: skip
        return SampleFile(kind, f"{number:02d}_{title}.pdf", title, PDF, 2, data)
    if kind == "photo":
        data = pictures.photo_jpeg(samples.photo_caption(subject), subject.seed)
        return SampleFile(kind, f"{number:02d}_{title}.jpg", title, JPEG, 1, data)
    made = samples.work_plan(subject, plan_pages) if kind == "plan" else _WRITERS[kind](subject)
    report = made.report
    return SampleFile(kind, f"{number:02d}_{title}.pdf", title, PDF, report.pages, report.data, made.places)
