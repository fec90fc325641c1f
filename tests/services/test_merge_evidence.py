"""Evidence on the coordinator's side: it arrives as it was signed, survives a rebuild, and must mean our documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Challenge, EvidenceLink, Sheet
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.registry_rebuild import rebuild
from ndb_desktop.services.report import office_sheet_report
from tests.support.office import make_office, make_score_file, reopen, scored_sheet
from tests.support.reports import read, spaceless

RECT = (100, 200, 300, 400)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def cited(office: Office, **changes: object) -> Sheet:
    """A sheet with three places: words, a page, and one cited by a program that did not know digests yet."""
    sheet = scored_sheet("A-001")
    document = office.application("A-001").documents[0]
    words = EvidenceLink("e1", "T1.2.basis", document.id, 1, RECT, "引文\n两行", document.sha256)
    page = EvidenceLink("e2", "T1.1.plan", document.id, 1, sha256=document.sha256)
    old = EvidenceLink("e3", "T1.1.plan", document.id, 1, (0, 0, 9, 9))
    challenge = Challenge(
        "q1", "T1.1", "rd", "2025", Decimal("2.1"), document.id, 1, "审计报告中的数字不同", RECT, document.sha256
    )
    items = {**sheet.items, "T1.1.basis": replace(sheet.items["T1.1.basis"], confirm="challenged")}
    return replace(
        sheet,
        items=items,
        challenges=(challenge,),
        evidence=(replace(words, **changes), page, old),  # type: ignore[arg-type]
    )


def merge(office: Office, folder: Path, sheet: Sheet) -> MergeReport:
    return merge_files(office, [make_score_file(office, folder / "E01.ndbscore", "E01", [sheet])])


def test_it_arrives_as_it_was_signed_and_survives_a_rebuild(office: Office, tmp_path: Path) -> None:
    sheet = cited(office)
    assert [row.verdict for row in merge(office, tmp_path, sheet).verdicts] == ["accepted"]
    for again in range(2):
        [stored] = office.registry.sheet_versions("A-001", "E01")
        assert stored.sheet.evidence == sheet.evidence, again
        assert stored.sheet.challenges == sheet.challenges
        assert rebuild(office).equal


def test_the_coordinators_print_names_the_places(office: Office, tmp_path: Path) -> None:
    merge(office, tmp_path, cited(office))
    target = tmp_path / "sheet.pdf"
    office_sheet_report(office, "E01", target)
    text = spaceless(read(target.read_bytes()))
    annex = text[text.index("佐证清单") :]
    digest = office.application("A-001").documents[0].sha256
    assert annex.count(f"SHA-256{digest[:16]}…") == 3
    assert "“引文两行”" in annex


def test_a_place_in_another_version_of_the_document_is_refused(office: Office, tmp_path: Path) -> None:
    report = merge(office, tmp_path, cited(office, sha256="f" * 64))
    assert [(row.verdict, row.fault.code if row.fault else "") for row in report.verdicts] == [
        ("refused", "E-EVIDENCE-DIGEST")
    ]
    assert not office.registry.sheet_versions("A-001", "E01")


def test_a_reopened_registry_has_it_too(office: Office, tmp_path: Path) -> None:
    sheet = cited(office)
    merge(office, tmp_path, sheet)
    other = reopen(office)
    try:
        [stored] = other.registry.sheet_versions("A-001", "E01")
        assert stored.sheet.evidence == sheet.evidence
    finally:
        other.close()
