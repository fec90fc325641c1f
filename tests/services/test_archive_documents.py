"""申报材料归档: byte for byte, in volumes of one retention each, piece by piece, and never half."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Origin
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.archive_set import check_archive, volume_path
from ndb_desktop.services import archive as service
from ndb_desktop.services import archive_documents
from ndb_desktop.services.archive import archive, preview
from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.services.results import record_veto
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage.docpieces import PIECE
from ndb_desktop.storage.registry_rows import Veto
from tests.support.archives import DAY, filed_batch, manifest_of, members_of
from tests.support.office import bundle_id, document_of
from tests.support.travel import refusal

SPACE = "{urn:ndb:archive:1}"
PAGES = 28_000
"""Makes a document of some 0.8 MB, so that two do not fit into the smallest volume."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Two applications, one of them selected."""
    made = filed_batch(tmp_path_factory.mktemp("documents"), pages=PAGES)
    record_veto(made, Veto("A-002", "V1", "check", "群众来信", "2026-11-20", ""))
    yield made
    made.close()


def report_of(path: Path) -> tuple[str | None, str | None, str | None]:
    root = ET.fromstring(members_of(path)["report.xml"])
    (row,) = [one for one in root if one.get("name") == "documents"]
    return row.get("count"), row.get("result"), row.get("detail")


def test_a_volume_that_was_due_to_be_destroyed_leaves_a_sound_archive(office: Office, tmp_path: Path) -> None:
    made = archive(office, tmp_path, filed_on=date(2010, 11, 30))
    ended = next(one for one in made.volumes if one.retention == "D10")
    ended.path.unlink()
    report = verify_file(made.path)
    assert report.ok
    said = "\n".join(report.lines("zh_CN"))
    assert "第 2 卷（申报材料原件 1 份，保管期限 D10）不在此处，期限已满" in said
    assert "1 个分卷齐全，1 份申报材料原件" in said


def test_documents_are_filed_byte_for_byte_and_other_programs_can_check_it(office: Office, tmp_path: Path) -> None:
    made = archive(office, tmp_path, filed_on=DAY)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "TEST_T-2026_archive_2026-11-30.ndbarchive",
        "TEST_T-2026_archive_2026-11-30_v01.ndbarchive",
        "TEST_T-2026_archive_2026-11-30_v02.ndbarchive",
    ]
    assert [(one.retention, one.documents, one.size) for one in made.volumes] == [
        ("Y", 1, made.volumes[0].path.stat().st_size), ("D10", 1, made.volumes[1].path.stat().st_size),
    ]  # fmt: skip
    assert made.whole_size == sum(path.stat().st_size for path in tmp_path.iterdir())
    for volume, application in zip(made.volumes, ("A-001", "A-002"), strict=True):
        folder = tmp_path / application
        subprocess.run(["unzip", "-tq", volume.path], check=True, capture_output=True)
        subprocess.run(["unzip", "-q", volume.path, "-d", folder], check=True, capture_output=True)
        subprocess.run(["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=folder, check=True, capture_output=True)
        stored = folder / "document/000001.txt"
        assert stored.read_bytes() == document_of(application, PAGES)
        (document,) = office.application(application).documents
        summed = subprocess.run(["sha256sum", stored], check=True, capture_output=True, text=True).stdout
        assert summed.split()[0] == document.sha256
        (told,) = [one for one in ET.parse(folder / "metadata.xml").iter(SPACE + "file") if one.get("application")]
        assert (told.get("original_name"), told.get("sha256")) == ("申报书.txt", document.sha256)
        assert told.get("retention") == volume.retention
        shutil.rmtree(folder)
    assert report_of(made.path) == ("2", "passed", None)
    for language, word in (("zh_CN", "2 个分卷齐全"), ("en", "All 2 volumes are there")):
        assert word in "\n".join(verify_file(made.path).lines(language))
    assert "1" in verify_file(made.volumes[0].path).lines("en")[-1]
    # The same content has the same digest, so another test may have filed it before.
    row = [row for row in office.log_rows() if row.action == "archive" and row.details["sha256"] == made.digest][-1]
    assert row.details["volumes"] == [one.digest for one in made.volumes]


def test_the_same_content_gives_the_same_volumes_under_any_name(office: Office, tmp_path: Path) -> None:
    one = archive(office, tmp_path / "one.ndbarchive", filed_on=DAY)
    two = archive(office, tmp_path / "two.ndbarchive", filed_on=DAY)
    assert two.path.read_bytes() == one.path.read_bytes()
    assert [v.path.read_bytes() for v in two.volumes] == [v.path.read_bytes() for v in one.volumes]


def test_what_is_left_out_is_said(office: Office, tmp_path: Path) -> None:
    made = archive(office, tmp_path / "x.ndbarchive", filed_on=DAY, documents=False)
    assert list(tmp_path.iterdir()) == [made.path]
    assert made.volumes == ()
    count, result, detail = report_of(made.path)
    assert (count, result) == ("0", "finding")
    assert "2" in str(detail)
    assert any("没有分卷" in line for line in verify_file(made.path).lines("zh_CN"))


def test_retention_and_size_divide_the_volumes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def volumes(**wish: object) -> list[tuple[int, str, list[str]]]:
        plan = preview(office, **wish)  # type: ignore[arg-type]
        assert plan.bytes == 2 * len(document_of("A-001", PAGES))
        return [(v.number, v.retention, [one.application for one in v.documents]) for v in plan.volumes]

    assert volumes() == [(1, "Y", ["A-001"]), (2, "D10", ["A-002"])]
    assert volumes(periods={"document": "D30"}) == [(1, "D30", ["A-001", "A-002"])]
    apart = [(1, "D30", ["A-001"]), (2, "D30", ["A-002"])]
    assert volumes(periods={"document": "D30"}, volume_bytes=1_000_000) == apart
    assert preview(office, documents=False).volumes == ()
    monkeypatch.setattr(archive_documents, "MOST_DOCUMENTS", 1)
    assert volumes(periods={"document": "D30"}) == apart
    assert refusal(lambda: preview(office, volume_bytes=999)) == "E-ARCHIVE-VOLUME-SIZE"
    monkeypatch.setattr(archive_documents, "MAX_VOLUMES", 1)
    assert refusal(lambda: preview(office)) == "E-ARCHIVE-VOLUME-SIZE"


def test_a_document_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    made = filed_batch(tmp_path, pages=16 * PIECE // len(document_of("A-001")))
    size = made.application("A-001").documents[0].size
    archive(made, tmp_path / "first.ndbarchive", filed_on=DAY, documents=False)
    tracemalloc.start()
    plan = preview(made)
    base = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    maker = archive_documents.VolumeMaker(made, "zh_CN", lambda _count, _name: None)
    with (tmp_path / "v").open("w+b") as stream:
        writer = service.ArchiveWriter(stream)
        head = service.ArchiveHead("T-2026", True, str(DAY), "x", "0" * 64, (0, "0" * 64), volume=(1, 1))
        maker.write(writer, plan.volumes[0], head)
    peak = tracemalloc.get_traced_memory()[1] - base
    tracemalloc.stop()
    made.close()
    assert peak < size // 2


def test_what_a_corrected_application_no_longer_names_is_counted(tmp_path: Path) -> None:
    office = filed_batch(tmp_path)
    row = office.registry.application("A-001")
    assert row is not None
    now = office.application("A-001")
    origin = Origin("application/msword", 5, "3" * 64)
    past = replace(now, documents=(replace(now.documents[0], sha256="2" * 64, name="旧.pdf", origin=origin),))
    data = application_to_json(past)
    digest = hashlib.sha256(data).hexdigest()
    office.registry.put_past(replace(row, json=data, sha256=digest))
    bundle = replace(office.issued()[0], bundle_id=bundle_id("E01", 9), contents={"A-001": digest})
    office.record_issue(bundle)
    made = archive(office, tmp_path / "x.ndbarchive", filed_on=DAY)
    office.close()
    assert (made.documents, made.gone) == (2, 1)
    count, result, detail = report_of(made.path)
    assert (count, result) == ("2", "finding")
    assert "A-001 旧.pdf" in str(detail)


def test_a_converted_document_names_its_original(office: Office) -> None:
    (document,) = office.application("A-001").documents
    converted = replace(document, origin=Origin("application/msword", 5, "3" * 64))
    assert archive_documents._facts("A-001", converted)["converted_sha256"] == "3" * 64


# ----- what goes wrong -----


@pytest.mark.parametrize("fault", ["missing", "other", "cut"])
def test_a_document_that_is_not_the_one_on_record_stops_it(tmp_path: Path, fault: str) -> None:
    office = filed_batch(tmp_path)
    stores = office.folder / ATTACHMENTS
    store = stores / "A-002.stored.db"
    if fault == "missing":
        store.unlink()
    elif fault == "cut":
        store.write_bytes(store.read_bytes()[:4096])
    else:
        # The documents of another application under its own key: whole, but not what was imported.
        other = office.registry.attachment("A-001")
        row = office.registry.application("A-002")
        assert other is not None
        assert row is not None
        office.registry.put_application(row, replace(other, application="A-002"))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(NdbError) as caught:
        archive(office, out)
    assert (caught.value.code, caught.value.fault.place) == ("E-ARCHIVE-DOCUMENT", "A-002")
    assert list(out.iterdir()) == []
    assert archive(office, out, documents=False).volumes == ()
    office.close()


def test_cancel_between_bytes_leaves_nothing(office: Office, tmp_path: Path) -> None:
    for stop in (1, 2, 5):
        token = CancelToken()
        told: list[tuple[int, int, str]] = []

        def on_bytes(
            done: int, total: int, what: str, token: CancelToken = token, told: list = told, stop: int = stop
        ) -> None:
            assert 0 <= done <= total
            told.append((done, total, what))
            if len(told) == stop:
                token.cancel()

        with pytest.raises(Cancelled):
            archive(office, tmp_path / "x.ndbarchive", on_bytes=on_bytes, cancel=token)
        assert list(tmp_path.iterdir()) == []
        assert told[0][1] == 2 * len(document_of("A-001", PAGES))


def test_a_disk_without_room_is_said_before_anything_is_written(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "free_bytes", lambda _path: 1000)
    assert refusal(lambda: archive(office, tmp_path / "x.ndbarchive")) == "E-STORE-FULL"
    assert list(tmp_path.iterdir()) == []


def test_a_volume_never_replaces_another_file(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "x.ndbarchive"
    taken = volume_path(target, 2)
    taken.write_bytes(b"kept")
    assert refusal(lambda: archive(office, target)) == "E-STORE-EXISTS"
    assert list(tmp_path.iterdir()) == [taken]
    assert taken.read_bytes() == b"kept"


def test_a_fault_in_a_volume_is_found_before_any_file_gets_its_name(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = service.check_stream

    def spoiled(stream, place, on_bytes):  # type: ignore[no-untyped-def]
        if place.endswith("_v02.ndbarchive"):
            stream.seek(2000)
            byte = stream.read(1)
            stream.seek(2000)
            stream.write(bytes([byte[0] ^ 1]))
        return real(stream, place, on_bytes)

    monkeypatch.setattr(service, "check_stream", spoiled)
    with pytest.raises(NdbError) as caught:
        archive(office, tmp_path / "x.ndbarchive")
    assert caught.value.code == "E-ARCHIVE-SELFCHECK"
    assert caught.value.fault.place == "x_v02.ndbarchive"
    assert list(tmp_path.iterdir()) == []


def test_a_set_is_read_by_its_main_archive(office: Office, tmp_path: Path) -> None:
    made = archive(office, tmp_path / "x.ndbarchive", filed_on=DAY)
    assert not check_archive(made.path).faults
    listed = manifest_of(members_of(made.path))["volumes"]
    assert [one["sha256"] for one in listed] == [one.digest for one in made.volumes]
    made.volumes[0].path.unlink()
    found = verify_file(made.path)
    assert not found.ok
    assert [(fault.code, fault.params["name"]) for fault in found.faults] == [("E-ARCHIVE-VOLUME", "x_v01.ndbarchive")]
