"""The PDF made from a signed file: previews come from the originals, and nothing of the camera comes with them."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo, SiteRecord, key_of
from ndb_desktop.formats.scorefile import BundleRef
from ndb_desktop.formats.sitefile import SiteReader, co_sign, freeze_site
from ndb_desktop.services import report_site_file
from ndb_desktop.services.report_site_file import FilePreviews, site_file_report
from ndb_desktop.services.rulepacks import builtin_site_packs
from tests.support import siterecords
from tests.support.sitereports import jpeg
from tests.support.travel import BUNDLE_ID, person

SECRET = b"24.479834,118.089425 SECRET-CAMERA"


def frozen(folder: Path) -> Path:
    """A file with two pictures and bytes that are none, signed by the second member after the first's fell."""
    pack = builtin_site_packs()["site-check"]
    bodies = [jpeg(1600, 1200, secret=SECRET), jpeg(900, 1200, secret=SECRET), siterecords.photo_bytes(7)]
    record = siterecords.record(photos=0, of=siterecords.visit(pack=pack.digest))
    photos = [
        replace(siterecords.photo(number, "finding:F01", body), orientation=1) for number, body in enumerate(bodies)
    ]
    record = SiteRecord(record.visit, {**record.parts, **{key_of(one): one for one in photos}})
    known = {hashlib.sha256(body).hexdigest(): body for body in bodies}
    made = freeze_site(
        folder / "visit.ndbsite", record, bundle=BundleRef(BUNDLE_ID, "1" * 64), revision=2, supersedes="2" * 64,
        fallen=(("E-01", 1),), frozen_at=siterecords.WHEN, recipients=[person("coordinator").public],
        photo=lambda one: known[one.sha256], signer=person("E-02"),
    )  # fmt: skip
    return made.path


def read(path: Path) -> str:
    shown = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s+", "", shown)


def test_a_signed_file_is_printed_with_its_photos_and_who_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, target, pack = frozen(tmp_path), tmp_path / "record.pdf", builtin_site_packs()["site-check"]
    with SiteReader(path, person("coordinator")) as reader:
        made = site_file_report(reader, pack, target)
        text = read(target)
        assert made.photos == 2
        for words in (
            "第2版",
            "第1版上的签名因后来的修改失效尚未签名",
            "已签第2版",
            reader.opened.digest,
            "此照片没有可显示的缩小图",
        ):
            assert words in text, words
        data = target.read_bytes()
        for told in (b"SECRET", b"Exif", b"24.479834"):
            assert told not in data
        # With no room to keep previews they are made twice, and the same bytes come out.
        monkeypatch.setattr(report_site_file, "KEPT", 0)
        assert site_file_report(reader, pack, tmp_path / "again.pdf").sha256 == made.sha256
    co_sign(path, tmp_path / "both.ndbsite", person("E-01"))
    with SiteReader(tmp_path / "both.ndbsite", person("coordinator")) as reader:
        site_file_report(reader, pack, target)
    text = read(target)
    assert text.count("已签第2版") == 2
    assert "尚未签名" not in text


def test_another_checklist_than_the_visits_is_refused(tmp_path: Path) -> None:
    pack = replace(builtin_site_packs()["site-check"], digest="0" * 64)
    with (
        SiteReader(frozen(tmp_path), person("coordinator")) as reader,
        pytest.raises(NdbError, match="E-REPORT-SITE-PACK"),
    ):
        site_file_report(reader, pack, tmp_path / "record.pdf")
    assert not (tmp_path / "record.pdf").exists()


def test_each_photo_is_decoded_once_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    with SiteReader(frozen(tmp_path), person("coordinator")) as reader, RenderWorker() as worker:
        real = reader.photo
        monkeypatch.setattr(reader, "photo", lambda sha256: opened.append(sha256) or real(sha256))
        previews = FilePreviews(reader, worker)
        photos: tuple[Photo, ...] = reader.record.photos
        first = [previews(one) for one in photos]
        assert [previews(one) for one in photos] == first
    assert [one is None for one in first] == [False, False, True]
    assert opened == [one.sha256 for one in photos]
