"""Archives with volumes: what is missing, changed, of another filing or alone is named; only a whole set is sound."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.formats.archive import read_manifest
from ndb_desktop.formats.archive_set import check_archive, is_listed, main_of, retention_over, volume_path
from ndb_desktop.services.archive import archive
from ndb_desktop.services.results import record_veto
from ndb_desktop.storage.registry_rows import Veto
from tests.support.archives import DAY, filed_batch, manifest_of, members_of, put_together, signed_anew
from tests.support.office import document_of
from tests.support.travel import refusal


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A main archive with two volumes; beside it, in `other`, the same batch filed on another day."""
    folder = tmp_path_factory.mktemp("set")
    office = filed_batch(folder)
    record_veto(office, Veto("A-002", "V1", "check", "群众来信", "2026-11-20", ""))
    made = archive(office, folder / "x.ndbarchive", filed_on=DAY)
    (folder / "other").mkdir()
    archive(office, folder / "other/x.ndbarchive", filed_on=DAY.replace(day=29))
    office.close()
    assert len(made.volumes) == 2
    return made.path


@pytest.fixture
def main(filed: Path, tmp_path: Path) -> Path:
    """A copy of the set."""
    for path in (filed, volume_path(filed, 1), volume_path(filed, 2)):
        shutil.copy(path, tmp_path)
    return tmp_path / filed.name


def found(path: Path) -> list[tuple[str, str]]:
    return [(one.code, one.params.get("name", "")) for one in check_archive(path).faults]


def test_a_whole_set_is_sound_and_holds_the_documents_byte_for_byte(filed: Path) -> None:
    check = check_archive(filed)
    assert check.faults == ()
    assert [(ref.number, ref.retention, ref.documents) for ref in check.manifest.volumes] == [
        (1, "Y", 1),
        (2, "D10", 1),
    ]
    assert manifest_of(members_of(filed))["critical"] == ["volumes"]
    held = [members_of(volume_path(filed, number))["document/000001.txt"] for number in (1, 2)]
    assert held == [document_of("A-001"), document_of("A-002")]
    for number in (1, 2):
        assert found(volume_path(filed, number)) == []
        assert is_listed(volume_path(filed, number))
    assert not is_listed(filed)


def test_bytes_are_told_over_the_whole_set(filed: Path) -> None:
    told: list[tuple[int, int, str]] = []
    check_archive(filed, lambda *words: told.append(words))
    files = [filed, volume_path(filed, 1), volume_path(filed, 2)]
    assert {total for _, total, _ in told} == {sum(path.stat().st_size for path in files)}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_volume_is_named(main: Path, number: int) -> None:
    gone = volume_path(main, number)
    gone.unlink()
    assert found(main) == [("E-ARCHIVE-VOLUME", gone.name)]


@pytest.mark.parametrize(
    ("today", "ended", "faults"),
    [
        (date(2036, 12, 31), [], ["E-ARCHIVE-VOLUME", "E-ARCHIVE-VOLUME"]),
        (date(2037, 1, 1), [2], ["E-ARCHIVE-VOLUME"]),
        (date(2999, 1, 1), [2], ["E-ARCHIVE-VOLUME"]),
    ],
)
def test_a_volume_may_be_gone_when_its_ten_years_are_over_and_a_permanent_one_never(
    main: Path, today: date, ended: list[int], faults: list[str]
) -> None:
    for number in (1, 2):
        volume_path(main, number).unlink()
    check = check_archive(main, today=today)
    assert [ref.number for ref in check.ended] == ended
    assert [fault.code for fault in check.faults] == faults


def test_a_volume_that_is_still_there_after_its_time_is_read_as_ever(filed: Path, main: Path) -> None:
    assert check_archive(main, today=date(2040, 1, 1)).ended == ()
    shutil.copy(volume_path(filed.parent / "other/x.ndbarchive", 2), volume_path(main, 2))
    check = check_archive(main, today=date(2040, 1, 1))
    assert [fault.code for fault in check.faults] == ["E-ARCHIVE-OTHER"]


def test_thirty_years_count_from_the_january_after() -> None:
    assert not retention_over("2026-01-01", "D30", date(2056, 12, 31))
    assert retention_over("2026-12-31", "D30", date(2057, 1, 1))
    assert not retention_over("1900-01-01", "Y", date(2999, 1, 1))


def test_a_volume_without_its_archive_does_not_look_whole(main: Path) -> None:
    main.unlink()
    volume = volume_path(main, 1)
    assert found(volume) == [("E-ARCHIVE-ALONE", main.name)]
    renamed = volume.rename(volume.with_name("y.ndbarchive"))
    assert main_of(renamed) is None
    assert found(renamed) == [("E-ARCHIVE-ALONE", "-")]


def test_a_volume_of_another_filing_is_named(filed: Path, main: Path) -> None:
    volume = volume_path(main, 1)
    shutil.copy(volume_path(filed.parent / "other/x.ndbarchive", 1), volume)
    assert found(main) == [("E-ARCHIVE-OTHER", volume.name)]
    assert found(volume) == [("E-ARCHIVE-ALONE", main.name)]


def test_volumes_that_were_exchanged_are_named(main: Path) -> None:
    one, two = volume_path(main, 1), volume_path(main, 2)
    one.rename(main.with_name("z"))
    two.rename(one)
    main.with_name("z").rename(two)
    assert found(main) == [("E-ARCHIVE-OTHER", one.name), ("E-ARCHIVE-OTHER", two.name)]


def test_a_flipped_byte_in_a_document_is_named_with_its_volume(main: Path) -> None:
    volume = volume_path(main, 2)
    data = bytearray(volume.read_bytes())
    data[data.index(document_of("A-002")) + 3] ^= 1
    volume.write_bytes(data)
    (fault,) = check_archive(main).faults
    assert (fault.code, fault.place, fault.params["name"]) == ("E-ARCHIVE-CHANGED", volume.name, "document/000001.txt")
    volume.write_bytes(bytes(data[:-30]))
    assert [code for code, _ in found(main)] == ["E-ARCHIVE-ZIP"]


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(critical=[]),
        lambda said: said["volumes"][0].update(number=2),
        lambda said: said.update(volumes=[]),
        lambda said: said.update(volume={"number": 1, "of": 1}),
    ],
    ids=["not critical", "numbers", "none", "both"],
)
def test_a_manifest_that_contradicts_itself_is_refused(main: Path, change: Callable[[dict[str, Any]], None]) -> None:
    put_together(main, signed_anew(members_of(main), change))
    assert refusal(lambda: check_archive(main)) == "E-JSON-FIELD"


def test_a_volume_beyond_the_last_one_is_refused(main: Path) -> None:
    volume = volume_path(main, 1)
    members = signed_anew(members_of(volume), lambda said: said.update(volume={"number": 3, "of": 2}))
    put_together(volume, members)
    assert found(main) == [("E-JSON-FIELD", "")]


def test_whoever_knows_no_volumes_is_told_that_the_file_is_newer(main: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an earlier program, which knew no word that `critical` may name."""
    monkeypatch.setattr("ndb_desktop.formats.archive.VOLUMES", "other")
    with main.open("rb") as stream:
        assert refusal(lambda: read_manifest(stream, main.name)) == "E-CRITICAL"


def test_an_archive_without_volumes_says_nothing_of_them(tmp_path: Path) -> None:
    office = filed_batch(tmp_path)
    path = archive(office, tmp_path / "x.ndbarchive", filed_on=DAY, documents=False).path
    office.close()
    said = manifest_of(members_of(path))
    assert said["critical"] == []
    assert not {"volumes", "volume"} & said.keys()
    assert found(path) == []
    with zipfile.ZipFile(path) as box:
        assert not [name for name in box.namelist() if name.startswith("document/")]
