"""Word files in the hand-over: experts get PDFs, the registry keeps the digest of what was handed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.documents import office as documents_office
from ndb_desktop.documents.office import DOCX
from ndb_desktop.documents.sniff import PDF
from ndb_desktop.services.intake import ImportReport, import_applications
from ndb_desktop.services.office import Office
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey
from tests.services.test_intake import handover, line
from tests.support.documents import png
from tests.support.office import make_office
from tests.support.office_files import docx, relations

WORDS = "示例园区的创建工作方案"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    yield office
    assert office.verify_log().ok
    office.close()


def given(folder: Path, data: bytes, **extra: Any) -> Path:
    """A hand-over whose only application holds a Word file and a picture."""
    documents = [
        {"id": "D1", "name": "方案.docx", "title": "方案", **extra},
        {"id": "D2", "name": "照片.png", "title": "照片"},
    ]
    files = {
        "documents/A-001/申报书.pdf": b"REMOVE",
        "documents/A-001/方案.docx": data,
        "documents/A-001/照片.png": png(8, 6),
        "documents/A-002/申报书.pdf": b"REMOVE",
        "documents/A-002/照片.png": b"REMOVE",
    }
    lines: list[dict[str, Any] | str] = [line(1, documents=documents)]
    return handover(folder, lines, files)


def codes(report: ImportReport) -> list[str]:
    return [fault.code for fault in report.faults]


def test_a_word_file_is_read_as_pdf_and_known_again(office: Office, tmp_path: Path) -> None:
    data = docx(WORDS)
    source = given(tmp_path / "in", data, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    assert import_applications(office, source).accepted == ("A-001",)
    document = office.application("A-001").documents[0]
    assert document.name == "方案.docx"
    assert (document.mime, document.pages) == (PDF, 1)
    assert document.origin is not None
    assert (document.origin.mime, document.origin.size) == (DOCX, len(data))
    assert document.origin.sha256 == hashlib.sha256(data).hexdigest()
    assert office.application("A-001").documents[1].origin is None
    ref = office.attachments("A-001")
    with DocumentStore(ref.path, RawKey(ref.key)) as store:
        assert store.read("D1", sha256=document.sha256).startswith(b"%PDF-")
        assert [hit.document for hit in store.search("方案")] == ["D1"]

    again = import_applications(office, source)
    assert (again.unchanged, again.replaced) == (("A-001",), ())
    other = import_applications(office, given(tmp_path / "other", docx(WORDS + "（修订）")))
    assert other.replaced == ("A-001",)


def test_without_libreoffice_nothing_is_taken(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_office, "find_soffice", lambda: None)
    report = import_applications(office, given(tmp_path / "in", docx(WORDS)))
    assert codes(report) == ["E-DOC-OFFICE"]
    assert report.faults[0].place == "applications.jsonl:1: documents[0]"
    assert office.applications() == ()


def test_a_linked_word_file_and_an_origin_from_outside_are_refused(office: Office, tmp_path: Path) -> None:
    linked = docx("一", extra={"word/_rels/document.xml.rels": relations(("image", "http://a.example/x.png", True))})
    assert codes(import_applications(office, given(tmp_path / "a", linked))) == ["E-DOC-LINKED"]
    origin = {"mime": DOCX, "size": 3, "sha256": "0" * 64}
    assert codes(import_applications(office, given(tmp_path / "b", docx("一"), origin=origin))) == ["E-IMPORT-ORIGIN"]
