"""The folder of an office: made whole or not at all, opened by the right keys alone, readable to nobody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import create_office, open_office
from tests.support.office import Clock, make_office, small_batch
from tests.support.travel import person, refusal, tiny_pack


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def test_nothing_in_the_folder_is_readable(office: Office) -> None:
    office.close()
    names = [b"\xe7\xa4\xba\xe4\xbe\x8b", "示例园区1".encode("gb18030"), b"A-001", b"0123-4567"]
    for path in office.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [name for name in names if name in data], path.name


def test_coordinator_and_recovery_key_open_it_nobody_else(office: Office) -> None:
    office.close()
    assert refusal(lambda: open_office(office.folder, person("外人"), clock=Clock())) == "E-AGE-KEY"
    recovered = open_office(office.folder, person("恢复"), clock=Clock())
    assert recovered.recovered
    assert refusal(recovered.signer) == "E-OFFICE-RECOVERY"
    assert len(recovered.applications()) == 2
    recovered.close()


def test_a_folder_holds_one_registry(office: Office) -> None:
    def again() -> Office:
        return create_office(
            office.folder, batch=small_batch(), packs={"park": tiny_pack()}, identity=person("组织方"), name="x",
            recovery=person("恢复").public, clock=Clock(),
        )  # fmt: skip

    assert refusal(again) == "E-OFFICE-EXISTS"


@pytest.mark.parametrize("case", ["pack", "missing", "key"])
def test_a_registry_that_could_not_work_is_not_made(tmp_path: Path, case: str) -> None:
    packs = {"pack": {"enterprise": tiny_pack()}, "missing": {}, "key": {"park": tiny_pack()}}[case]
    recovery = person("组织方") if case == "key" else person("恢复")

    def make() -> Office:
        return create_office(
            tmp_path / "o", batch=small_batch(), packs=packs, identity=person("组织方"), name="x",  # type: ignore[arg-type]
            recovery=recovery.public, clock=Clock(),
        )  # fmt: skip

    assert refusal(make) == {"pack": "E-OFFICE-PACK", "missing": "E-OFFICE-PACK", "key": "E-OFFICE-SAME-KEY"}[case]
    assert refusal(lambda: open_office(tmp_path / "o", person("组织方"), clock=Clock())) == "E-OFFICE-MISSING"


def test_a_batch_names_a_calendar_that_exists(tmp_path: Path) -> None:
    batch = dataclasses.replace(small_batch(), calendar="cn-1999")

    def make() -> Office:
        return create_office(
            tmp_path / "o", batch=batch, packs={"park": tiny_pack()}, identity=person("组织方"), name="x",
            recovery=person("恢复").public, clock=Clock(),
        )  # fmt: skip

    assert refusal(make) == "E-CALENDAR-UNKNOWN"
    assert not (tmp_path / "o").exists()


def test_an_interrupted_start_can_be_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "o"
    folder.mkdir()
    (folder / ".registry.db.part").write_bytes(b"half")
    office = make_office(folder)
    assert office.status().applications == 2
    assert sorted(p.name for p in folder.iterdir()) == ["attachments", "registry.db", "registry.key.age"]
    office.close()
