"""The coordinator's PDF of an inspection record: of the one that counts, or of a file that was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from ndb_desktop.domain.siterecord import Observation
from ndb_desktop.services.office import Office
from ndb_desktop.services.report_site_office import office_site_report, record_on_file
from ndb_desktop.services.site_merge import merge_sites, site_path
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import visit_of
from tests.support.travel import refusal
from tests.support.visits import frozen, opened_copy, planned, verified, visited_office, with_inspectors


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("printed")
    made = visited_office(folder / "registry")
    with_inspectors(made, folder / "cards")
    issue_visit(made, planned(made).id, folder / "out")
    planned(made, "A-002")
    made.close()
    return made.folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    made = opened_copy(template, tmp_path / "registry")
    yield made
    made.close()


def send(office: Office, target: Path, words: str, revision: int = 1) -> Path:
    visit, _ = visit_of(office, "S-001")
    (bundle,) = office.registry.visit_bundles("S-001")
    said = Observation("O1-01", words)
    older = None if revision == 1 else "0" * 64
    return frozen(
        office, visit, bundle, target, verified("1.5"), said, revision=revision, supersedes=older
    ).path  # fmt: skip


def read(path: Path) -> str:
    with closing(pdfium.PdfDocument(path)) as document:
        shown = "".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"\s+", "", shown)


def test_the_record_that_counts_is_printed_with_what_the_registry_knows(office: Office, tmp_path: Path) -> None:
    for revision, words in ((1, "先前的说法"), (2, "后来的说法")):
        merge_sites(office, [send(office, tmp_path / f"{revision}.ndbsite", words, revision)], results=False)
    source = record_on_file(office, "S-001")
    assert source == site_path(office, office.registry.current_sites()[0].payload_sha256)
    office_site_report(office, source, tmp_path / "x.pdf")
    said = read(tmp_path / "x.pdf")
    assert "后来的说法" in said
    assert "先前的说法" not in said
    assert office.application("A-001").credit_code in said
    assert office.batch.title.zh_CN in said
    office_site_report(office, source, tmp_path / "en.pdf", "en")
    assert office.batch.title.en.replace(" ", "") in read(tmp_path / "en.pdf")


def test_what_cannot_be_printed_is_said(office: Office, tmp_path: Path) -> None:
    assert refusal(lambda: record_on_file(office, "S-404")) == "E-VISIT-UNKNOWN"
    assert refusal(lambda: record_on_file(office, "S-002")) == "E-REPORT-SITE-NONE"
    paths = [send(office, tmp_path / f"{n}.ndbsite", f"说法 {n}") for n in (1, 2)]
    merge_sites(office, paths, results=False)
    assert refusal(lambda: record_on_file(office, "S-001")) == "E-REPORT-SITE-TWO"
    office_site_report(office, paths[0], tmp_path / "one.pdf")
    assert "说法1" in read(tmp_path / "one.pdf")
    with office.registry.transaction():
        office.registry._write("UPDATE visit SET id = 'S-009' WHERE id = 'S-001'")
    assert refusal(lambda: office_site_report(office, paths[0], tmp_path / "no.pdf")) == "E-VISIT-UNKNOWN"
    assert not (tmp_path / "no.pdf").exists()
