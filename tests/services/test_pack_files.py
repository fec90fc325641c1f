"""Packs opened beside those of the batch: one digest whatever they are written in, every fault with its cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.services.pack_files import Spot, open_packs, spot_of
from ndb_desktop.services.rulepacks import convert_pack, load_pack_at, write_pack
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.packs import pack_for
from tests.support.packsheets import with_cells


def test_one_digest_in_every_form_and_a_file_of_a_folder_stands_for_it(tmp_path: Path) -> None:
    pack = pack_for("enterprise")
    steps: list[int] = []
    write_pack(pack, tmp_path / "a.xlsx", progress=lambda done, _total, _what: steps.append(done))
    write_pack(pack, tmp_path / "b.json")
    write_pack(pack, tmp_path / "c", csv=True)
    write_pack(pack, tmp_path / "d")
    assert steps == [0, 1, 2, 3]
    paths = ("a.xlsx", "b.json", "c", "c/rules.csv", "d", "d/en.json")
    opened = open_packs(tuple(tmp_path / name for name in paths))
    assert {one.pack.digest for one in opened if one.pack is not None} == {pack.digest}
    assert all(one.pack is not None and one.faults == () for one in opened)


def test_faults_come_with_sheet_row_and_column(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(with_cells({"indicators!E3": "abc"}))
    (tmp_path / "bad.json").write_text(json.dumps({"pack": {}, "texts": {}, "vectors": []}))
    (tmp_path / "other.txt").write_text("x")
    sheet, single, other = open_packs(tuple(tmp_path / name for name in ("bad.xlsx", "bad.json", "other.txt")))
    assert sheet.pack is single.pack is other.pack is None
    spots = [spot_of(fault) for fault in sheet.faults]
    assert any(spot.sheet and spot.row == 3 and spot.column == "E" for spot in spots), spots
    assert all(fault.code.startswith("E-PACK-") for fault in single.faults)
    assert [fault.code for fault in other.faults] == ["E-PACKSHEET-KIND"]


def test_the_place_of_a_fault_in_its_parts() -> None:
    assert spot_of(Fault("E-PACK-WEIGHTS", "indicators!AB12")) == Spot("indicators", 12, "AB", "")
    assert spot_of(Fault("E-PACK-WEIGHTS", "pack.indicators")) == Spot("", 0, "", "pack.indicators")


def test_a_file_is_overwritten_only_where_that_was_asked_for_and_a_folder_never(tmp_path: Path) -> None:
    pack, other = pack_for("park"), pack_for("enterprise")
    target = tmp_path / "pack.json"
    write_pack(pack, target)
    with pytest.raises(NdbError) as caught:
        write_pack(other, target)
    assert caught.value.code == "E-PACKSHEET-THERE"
    write_pack(other, target, replace=True)
    assert load_pack_at(target).digest == other.digest
    with pytest.raises(NdbError):
        write_pack(other, tmp_path, csv=True, replace=True)
    folder = tmp_path / "folder.xlsx"
    folder.mkdir()
    with pytest.raises(NdbError):
        write_pack(other, folder, replace=True)
    assert convert_pack(target, tmp_path / "again.json").digest == other.digest


def test_cancelled_nothing_is_written(tmp_path: Path) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        write_pack(pack_for("park"), tmp_path / "x.json", cancel=token, progress=lambda *_: token.cancel())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Cancelled):
        open_packs((tmp_path / "x.json",), cancel=token)
