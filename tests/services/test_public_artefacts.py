"""R06 over everything that leaves the house: JSON, CSV, XLSX, PDF and the clipboard say who was selected, not how well.

Scores may change hands inside the selected set and inside the rest, and anything may arrive in another order: every
byte stays. And whatever is unpacked from a public file, no score is found in it.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.panel import PanelResult
from ndb_desktop.domain.selection import select
from ndb_desktop.services.notice_period import NoticePeriod, notice_period
from ndb_desktop.services.office import Office
from ndb_desktop.services.publication import Wording, notice_paper, publish
from ndb_desktop.services.report import notice_document, notice_report
from ndb_desktop.services.results import (
    BatchResult,
    PublicResults,
    compute,
    export_results,
    public_bytes,
    public_results,
    ratio,
)
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.results_columns import public_columns
from tests.support.scored import MARKS, scored_office
from tests.support.travel import refusal

LANGUAGES = ("zh_CN", "en")
FORMATS = ("json", "csv", "xlsx")
PERIOD = NoticePeriod(date(2026, 9, 18), date(2026, 9, 24), 5, False, ("国办发明电〔2025〕7号",))
WORDING = Wording("示例评审办公室", "某市某路 1 号，邮编 100000", "各有关单位")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = scored_office(tmp_path_factory.mktemp("public"))
    yield office
    office.close()


def in_the_window(public: PublicResults, language: str) -> bytes:
    """The public list as the window shows it: whatever of it is copied comes from these cells."""
    before = i18n.language()
    i18n.set_language(language)
    try:
        rows = [[column.text(row) for column in public_columns()] for row in public.rows]
        return "\n".join("\t".join(cells) for cells in [[column.title for column in public_columns()], *rows]).encode()
    finally:
        i18n.set_language(before)


def artefacts(office: Office, result: BatchResult) -> dict[str, bytes]:
    """Every public file in every language, and the list in the window."""
    public = public_results(office, result)
    found: dict[str, bytes] = {}
    for language in LANGUAGES:
        for fmt in FORMATS:
            found[f"list-{language}.{fmt}"] = public_bytes(public, fmt, language)  # type: ignore[arg-type]
        found[f"window-{language}.txt"] = in_the_window(public, language)
        found[f"list-{language}.pdf"] = notice_document(public, language).data
        found[f"notice-{language}.pdf"] = notice_document(public, language, PERIOD).data
        found[f"paper-{language}.pdf"] = notice_paper(public, PERIOD, WORDING, language).data
    return found


def selected(result: BatchResult) -> set[str]:
    return {name for name, state in result.selection.states.items() if state == "selected"}


def shuffled(chance: random.Random, mapping: Any) -> dict[Any, Any]:
    return {name: mapping[name] for name in chance.sample(list(mapping), len(mapping))}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_scores_and_order_leave_every_byte_of_every_public_file(made: Office, seed: int) -> None:
    chance = random.Random(seed)
    result = compute(made)
    before = artefacts(made, result)
    inside = selected(result)
    rest = sorted(set(result.results) - inside)
    scores: dict[str, PanelResult] = {}
    for names in (sorted(inside), rest):
        for name, other in zip(names, chance.sample(names, len(names)), strict=True):
            field = result.applications[name].field
            scores[name] = replace(result.results[other], application=name, field=field)
    states = dict(result.selection.states)
    states.update(zip(rest, chance.sample([states[name] for name in rest], len(rest)), strict=True))
    changed = replace(
        result,
        applications=shuffled(chance, result.applications),
        results=shuffled(chance, scores),
        selection=replace(result.selection, states=shuffled(chance, states)),
        digest="f" * 64,
    )
    assert artefacts(made, changed) == before
    # Selected anew from the exchanged scores: where that is the same set, these are the same files.
    anew = select(
        changed.applications.values(), changed.results, made.batch.quotas,
        {category: pack.settings for category, pack in made.packs.items()},
    )  # fmt: skip
    again = replace(changed, selection=anew)
    assert (artefacts(made, again) == before) == (selected(again) == inside)


def test_two_rounds_that_select_the_same_export_the_same_bytes(tmp_path: Path) -> None:
    """From signed score files to files on disk: other marks, and everything in another order."""
    others = {"A-001": 95, "A-002": 99, "A-003": 86, "A-004": 71, "A-005": 59, "A-006": 92}
    files: list[dict[str, bytes]] = []
    digests = set()
    for number, (marks, backwards) in enumerate(((MARKS, False), (others, True))):
        office = scored_office(tmp_path / f"{number}", marks, backwards=backwards)
        digests.add(compute(office).digest)
        period = notice_period(office, date(2026, 9, 18))
        out = tmp_path / f"out{number}"
        for language in LANGUAGES:
            folder = out / language
            folder.mkdir(parents=True)
            for fmt in FORMATS:
                export_results(office, folder, fmt, language=language)  # type: ignore[arg-type]
            notice_report(office, folder / "list.pdf", language)
            notice_report(office, folder / "notice.pdf", language, period=period)
            (folder / "published").mkdir()
            publish(office, folder / "published", period, WORDING, language=language)
        files.append({path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.*")})
        office.close()
    assert len(digests) == 2, "the scores differ"
    assert len(files[0]) == 18
    assert files[0] == files[1]


# ----- unpacking -----


def readable(name: str, data: bytes) -> list[str]:
    """Every text a reader of the file could come upon: what is shown, and what lies in it besides."""
    if name.endswith(".json"):
        return list(_leaves(json.loads(data)))
    if name.endswith(".txt"):
        return data.decode().replace("\n", "\t").split("\t")
    if name.endswith(".csv"):
        return [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
    if name.endswith(".xlsx"):
        return [text for member, part in _parts(data) for text in _texts(member, part)]
    document = pypdfium2.PdfDocument(data)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert len(list(document.get_toc())) == 0
    assert document.count_attachments() == 0
    return [*pages, *document.get_metadata_dict().values()]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        for member in box.infolist():
            yield member.filename, box.read(member)


def _texts(member: str, part: bytes) -> Iterator[str]:
    for element in ET.fromstring(part).iter():
        if member == "xl/workbook.xml":
            yield from element.attrib.values()
        yield from (piece for piece in (element.text, element.tail) if piece and element.tag != f"{SHEET}v")


def score_strings(result: BatchResult) -> set[str]:
    """Every figure of the round in every form it could be written."""
    found = {str(mark + shift) for mark in MARKS.values() for shift in (-1, 0, 1)}
    for row in result.results.values():
        assert row.published is not None
        exact = [row.total, *row.expert_totals.values(), *(item.value for item in row.items.values())]
        exact += [*row.parts.values(), *(value for group in row.groups.values() for value in group.values())]
        found.add(f"{row.published:f}")
        for value in exact:
            if value is not None:
                found |= _forms(value)
    # 2 and 100 stand for years and page numbers too; no score of this round is that short.
    return {form for form in found if len(form) > 1 and form not in ("100", "100/1")}


def _forms(value: Fraction) -> set[str]:
    number = float(value)
    return {f"{number:.{places}f}" for places in (1, 2, 3, 4)} | {str(ratio(value)), repr(number)}


def found_in(text: str, scores: set[str]) -> list[str]:
    return [score for score in scores if re.search(rf"(?<![\w.]){re.escape(score)}(?![\w.])", text)]


def test_no_score_is_found_in_anything_a_public_file_holds(made: Office) -> None:
    result = compute(made)
    scores = score_strings(result)
    assert len(scores) > 40
    for name, data in artefacts(made, result).items():
        texts = readable(name, data)
        assert any("示范园区" in text or "park" in text for text in texts), f"{name} was not unpacked"
        for text in texts:
            assert found_in(text, scores) == [], name
        left_out = {row.applicant for key, row in result.applications.items() if key not in selected(result)}
        assert not [who for who in left_out if any(re.search(rf"{who}(?!\d)", text) for text in texts)], name


def test_the_search_finds_a_score_that_was_put_there(made: Office) -> None:
    """A test that cannot fail proves nothing: one leaked figure in any of the files is seen."""
    result = compute(made)
    scores = score_strings(result)
    total = f"{result.results['A-001'].published:f}"
    public = public_results(made, result)
    leaking = replace(public, rows=(replace(public.rows[0], recommender=f"得分 {total}"), *public.rows[1:]))
    for fmt in FORMATS:
        texts = readable(f"x.{fmt}", public_bytes(leaking, fmt))  # type: ignore[arg-type]
        assert [total] == sorted({hit for text in texts for hit in found_in(text, scores)}), fmt
    texts = readable("x.pdf", notice_document(leaking, "en").data)
    assert total in {hit for text in texts for hit in found_in(text, scores)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_holds_text_cells_and_nothing_else(made: Office, language: str) -> None:
    data = public_bytes(public_results(made), "xlsx", language)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        assert {member.date_time for member in box.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert not [member for member in box.infolist() if member.comment or member.extra]
    parts = dict(_parts(data))
    assert not [name for name in parts if re.search("calcChain|comments|externalLink|connection|pivot|custom", name)]
    assert len([name for name in parts if name.startswith("xl/worksheets/sheet")]) == 3
    for name, part in parts.items():
        elements = list(ET.fromstring(part).iter())
        tags = [element.tag.rpartition("}")[2] for element in elements]
        assert not {"f", "autoFilter", "sortState", "definedName", "conditionalFormatting", "dataValidation"} & {*tags}
        assert not [e.attrib for e in elements if e.get("hidden", "0") not in ("0", "false")], name
        assert {e.get("state", "visible") for e in elements if e.tag == f"{SHEET}sheet"} <= {"visible"}, name
    for name in (name for name in parts if name.startswith("xl/worksheets/sheet")):
        cells = list(ET.fromstring(parts[name]).iter(f"{SHEET}c"))
        assert cells
        assert all(cell.get("t") in ("s", "inlineStr") for cell in cells if len(cell)), name
    core = parts["docProps/core.xml"].decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2000-01-01T00:00:00Z"}
    assert "NDB Desktop" in core
    assert re.findall("lastModifiedBy>[^<]+", core) == []


def test_a_name_that_looks_like_a_formula_stays_a_name(made: Office) -> None:
    from openpyxl import load_workbook

    public = public_results(made)
    sly = replace(public, rows=(replace(public.rows[0], applicant="=1+1", credit_code="00123"), *public.rows[1:]))
    book = load_workbook(io.BytesIO(public_bytes(sly, "xlsx")))
    assert book.sheetnames == ["说明", "示范园区", "示范企业"]
    row = book["示范园区"][2]
    assert [(cell.value, cell.data_type) for cell in row[4:]] == [("=1+1", "s"), ("00123", "s")]
    assert {cell.number_format for cell in row} == {"@"}


# ----- 公示 -----


def test_a_notice_names_its_days_and_the_bases(made: Office, tmp_path: Path) -> None:
    period = notice_period(made, date(2026, 9, 28))
    assert (period.end, period.documents) == (date(2026, 10, 10), ("国办发明电〔2025〕7号",))
    report = notice_report(made, tmp_path / "notice.pdf", period=period)
    text = "".join("".join(readable("x.pdf", report.data)).split())
    assert "公示期：2026年9月28日至2026年10月10日（自公示次日起算，共5个工作日" in text
    assert "国家新兴产业发展示范基地（人工智能示范园区）" in text
    assert "国家新兴产业发展示范基地创建对象公示名单" in text
    assert "实名" in text
    details = made.log_rows(newest=1)[0].details
    assert (details["start"], details["end"]) == ("2026-09-28", "2026-10-10")
    counted = notice_period(made, date(2026, 9, 28), count_start_day=True)
    assert counted.end == date(2026, 10, 9)
    english = " ".join("".join(readable("x.pdf", notice_document(public_results(made), "en", counted).data)).split())
    assert "from 2026-09-28 to 2026-10-09 (5 working days, the day of publication included" in english


@pytest.mark.parametrize(
    ("start", "days", "code"),
    list(itertools.chain(
        [(date(2026, 12, 28), 5, "E-CALENDAR-YEAR"), (date(2025, 12, 31), 5, "E-CALENDAR-YEAR")],
        [(date(2026, 9, 18), days, "E-NOTICE-DAYS") for days in (0, 61)],
    )),
)  # fmt: skip
def test_a_year_without_a_calendar_is_refused(made: Office, start: date, days: int, code: str) -> None:
    assert refusal(lambda: notice_period(made, start, days)) == code
