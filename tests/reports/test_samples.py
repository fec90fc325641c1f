"""Sample applicants' documents: as long as asked, readable by other programs, always marked, always the same."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from PIL import Image, ImageOps

from ndb_desktop.documents import samples as pictures
from ndb_desktop.documents.sniff import HEAD_BYTES, JPEG, PDF, sniff
from ndb_desktop.domain.model import Category
from ndb_desktop.reports import samples
from ndb_desktop.reports.samples import SampleSubject
from tests.support.packs import pack_for, sample_application
from tests.support.reports import read, spaceless


def subject(category: Category = "park", seed: int = 1) -> SampleSubject:
    return SampleSubject(sample_application(category), pack_for(category), "智能机器人", "浙江省", seed)


KINDS = ("form", "statistics", "plan", "certificates", "names", "scan", "photo")


@dataclass(frozen=True)
class Made:
    data: bytes
    mime: str
    pages: int
    places: Mapping[str, int]


def sample_file(it: SampleSubject, kind: str, *, plan_pages: int = 14) -> Made:
    """One document of a kind, as the sample round makes it."""
    if kind == "scan":
        lists = samples.sample_words()
        data = pictures.scanned_pdf(
            samples.scan_lines(it), mark=lists["mark"], stamp=lists["stamp"], table=lists["scan_table"], seed=it.seed
        )
        return Made(data, PDF, 2, {})
    if kind == "photo":
        return Made(pictures.photo_jpeg(samples.photo_caption(it), it.seed), JPEG, 1, {})
    writers = {
        "form": samples.application_form,
        "statistics": samples.statistics_tables,
        "plan": lambda subject: samples.work_plan(subject, plan_pages),
        "certificates": samples.certificates,
        "names": samples.rare_names,
    }
    made = writers[kind](it)
    return Made(made.report.data, PDF, made.report.pages, made.places)


@pytest.mark.parametrize("kind", KINDS)
def test_same_subject_same_bytes_and_other_seed_other_words(kind: str) -> None:
    first, again = sample_file(subject(), kind), sample_file(subject(), kind)
    assert first == again
    assert sniff(first.data[:HEAD_BYTES], kind) == first.mime
    if kind in ("plan", "scan", "photo", "names"):
        assert sample_file(subject(seed=2), kind).data != first.data


@pytest.mark.parametrize("kind", ["form", "statistics", "plan", "certificates", "names"])
@pytest.mark.parametrize("category", ["park", "enterprise"])
def test_every_page_is_marked_and_names_the_applicant(kind: str, category: Category) -> None:
    made = sample_file(subject(category), kind)
    pages = read(made.data).split("\f")[:-1]
    assert len(pages) == made.pages
    for page in pages:
        assert "示例材料" in spaceless(page)
        assert spaceless(subject(category).application.applicant) in spaceless(page)


@pytest.mark.parametrize("pages", [10, 14, 25, 40])
def test_plan_is_about_as_long_as_asked(pages: int) -> None:
    assert abs(sample_file(subject(), "plan", plan_pages=pages).pages - pages) <= max(2, pages * 0.15)


def test_data_stand_on_the_pages_that_are_named() -> None:
    it = subject()
    made = sample_file(it, "statistics")
    pages = [spaceless(page) for page in read(made.data).split("\f")]
    labels = {item.code: item.label.zh_CN for indicator in it.pack.indicators for item in indicator.data}
    assert len(made.places) >= 8
    for code, page in made.places.items():
        assert labels[code][:6] in pages[page - 1], code
    plan = sample_file(it, "plan")
    tasks = {place: page for place, page in plan.places.items() if place.startswith("task/")}
    assert len(tasks) == len(it.application.tasks)


def test_rare_characters_are_accounted_for() -> None:
    made = samples.rare_names(subject()).report
    assert "U+20BB7" in made.missing
    text = spaceless(read(made.data))
    assert "U+20BB7" in text
    assert "㐂乐天" in text
    assert "䶮新平" in text


def test_scan_has_no_text_but_ink() -> None:
    made = sample_file(subject(), "scan")
    assert spaceless(read(made.data)) == ""
    listed = subprocess.run(["pdfimages", "-list", "-"], input=made.data, capture_output=True, check=True)
    assert len(listed.stdout.decode().splitlines()) - 2 == made.pages
    assert b"2026" not in made.data.split(b"stream")[-1]  # no clock time in the file


def test_photo_lies_on_its_side_until_its_orientation_is_applied() -> None:
    made = sample_file(subject(), "photo")
    assert made.mime == JPEG
    picture = Image.open(io.BytesIO(made.data))
    assert picture.height > picture.width
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    assert upright.width > upright.height
    sky, road = upright.getpixel((640, 20)), upright.getpixel((640, 850))
    assert sky[2] > sky[0] + 60
    assert abs(road[0] - road[2]) < 40


def test_forbidden_promises_do_not_occur() -> None:
    """R08: sample plans must not promise what the programme does not want."""
    text = spaceless(read(sample_file(subject(), "plan", plan_pages=40).data))
    for word in ("配套资金", "专项规划", "专题会议", "工作专班", "演示文稿", "视频", "排名", "星级"):
        assert word not in text
