"""Packs from folders: the shipped ones, and faults of files."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.paths import forms_dir
from ndb_desktop.services import rulepacks
from ndb_desktop.services.rulepacks import (
    FILES,
    builtin_packs,
    builtin_site_packs,
    builtin_stage_packs,
    check_folder,
    convert_pack,
    load_any_pack,
    load_pack_at,
    load_pack_folder,
    proposed_fields,
)
from ndb_desktop.texts import LANGUAGES, fault_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(forms_dir() / "park-selection", tmp_path / "pack"))


def test_shipped_packs_are_found_by_id() -> None:
    assert set(builtin_packs()) >= {"park-selection", "enterprise-selection"}
    assert all(pack.id == name for name, pack in builtin_packs().items())
    for path in forms_dir().glob("*/pack.json"):
        assert check_folder(path.parent) == ()


def test_the_shipped_checklist_is_found_and_is_no_pack_of_indicators(tmp_path: Path) -> None:
    pack = builtin_site_packs()["site-check"]
    assert "site-check" not in builtin_packs()
    folder = forms_dir() / "site-check"
    whole = tmp_path / "whole.json"
    whole.write_bytes(pack.raw)
    for path in (folder, folder / "pack.json", whole):
        assert load_any_pack(path).digest == pack.digest
        with pytest.raises(NdbError) as caught:
            load_pack_at(path)
        assert (caught.value.code, caught.value.params["found"]) == ("E-PACKS-KIND", "ndb-sitepack/1")
    assert load_any_pack(forms_dir() / "park-selection").digest == builtin_packs()["park-selection"].digest
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    text = (broken / "pack.json").read_text(encoding="utf-8").replace('"severe": 1', '"severe": 0', 1)
    (broken / "pack.json").write_text(text, encoding="utf-8")
    assert [fault.code for fault in check_folder(broken)] == ["E-PACK-SITE-VERDICT"]


def test_the_shipped_packs_of_later_stages_are_found_and_fit_their_selection(tmp_path: Path) -> None:
    packs = builtin_stage_packs()
    assert set(packs) == {f"{who}-{stage}" for who in ("park", "enterprise") for stage in ("acceptance", "effect")}
    assert not packs.keys() & builtin_packs().keys()
    folder = forms_dir() / "park-effect"
    assert load_any_pack(folder).digest == packs["park-effect"].digest
    with pytest.raises(NdbError) as caught:
        load_pack_at(folder)
    assert caught.value.params["found"] == "ndb-stagepack/1"
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    text = (broken / "pack.json").read_text(encoding="utf-8").replace('"unit": "yi_yuan"', '"unit": "person"', 1)
    (broken / "pack.json").write_text(text, encoding="utf-8")
    assert [fault.code for fault in check_folder(broken)] == ["E-STAGE-FIT-UNIT"]


def test_a_copied_folder_gives_the_same_digest(folder: Path) -> None:
    assert load_pack_folder(folder).digest == builtin_packs()["park-selection"].digest


def test_faults_of_files_name_the_file(folder: Path) -> None:
    (folder / "en.json").unlink()
    (folder / "zh_CN.json").write_bytes(b'{"a":1,"a":2}')
    faults = check_folder(folder)
    assert {(fault.code, fault.place) for fault in faults} == {
        ("E-PACK-FILE", "en.json"),
        ("E-PACK-DUPLICATE", "zh_CN.json"),
    }
    assert all(fault_text(fault, language) for fault in faults for language in LANGUAGES)


def test_a_huge_file_is_not_read(folder: Path) -> None:
    with (folder / "vectors.json").open("wb") as stream:
        stream.truncate(10**9)
    assert [fault.code for fault in check_folder(folder)] == ["E-PACK-SIZE"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        load_pack_folder(tmp_path / "nothing")
    assert {fault.code for fault in caught.value.faults} == {"E-PACK-FILE"}
    assert len(caught.value.faults) == 4


def test_faults_inside_a_pack_are_returned(folder: Path) -> None:
    text = (folder / "pack.json").read_text(encoding="utf-8").replace('"60"', '"55"', 1)
    (folder / "pack.json").write_text(text, encoding="utf-8")
    assert ("E-PACK-SHARE", "pack.share") in {(fault.code, fault.place) for fault in check_folder(folder)}


def test_proposed_fields_have_the_proposed_factors() -> None:
    factors = {field.id: field.k for field in proposed_fields()}
    assert len(factors) == 10
    assert factors["connected-nev"] == 4
    assert factors["commercial-space"] == Decimal("0.3")


@pytest.mark.parametrize("name", sorted(builtin_packs()))
def test_every_shipped_pack_goes_through_all_forms_with_one_digest(name: str, tmp_path: Path) -> None:
    digest = builtin_packs()[name].digest
    convert_pack(forms_dir() / name, tmp_path / "a.xlsx")
    convert_pack(tmp_path / "a.xlsx", tmp_path / "csv", csv=True)
    convert_pack(tmp_path / "csv", tmp_path / "new" / "json")
    convert_pack(tmp_path / "new" / "json", tmp_path / "b.xlsx")
    assert {path.name for path in (tmp_path / "new" / "json").iterdir()} == set(FILES)
    for path in ("a.xlsx", "csv", "new/json", "b.xlsx"):
        assert load_pack_at(tmp_path / path).digest == digest
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_is_there_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"mine")
    for target in (tmp_path / "a.xlsx", folder):
        with pytest.raises(NdbError) as caught:
            convert_pack(forms_dir() / "park-selection", target)
        assert caught.value.code == "E-PACKSHEET-THERE"
    assert (tmp_path / "a.xlsx").read_bytes() == b"mine"
    (tmp_path / "empty").mkdir()
    convert_pack(folder, tmp_path / "empty", csv=True)
    assert load_pack_at(tmp_path / "empty").id == "park-selection"


def test_a_conversion_that_changes_the_pack_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = builtin_packs()["enterprise-selection"]
    monkeypatch.setattr(rulepacks, "read_pack_xlsx", lambda _data, _place: other)
    with pytest.raises(NdbError) as caught:
        convert_pack(forms_dir() / "park-selection", tmp_path / "a.xlsx")
    assert (caught.value.code, caught.value.params["digest"]) == ("E-PACKSHEET-LOST", other.digest)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_pack_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "pack.doc").write_bytes(b"x")
    with pytest.raises(NdbError) as caught:
        load_pack_at(tmp_path / "pack.doc")
    assert caught.value.code == "E-PACKSHEET-KIND"
    with pytest.raises(FaultsError) as found:
        load_pack_at(tmp_path)
    assert {fault.code for fault in found.value.faults} == {"E-PACK-FILE"}
    (tmp_path / "large.xlsx").write_bytes(bytes(9 * 1024 * 1024))
    with pytest.raises(NdbError) as caught:
        load_pack_at(tmp_path / "large.xlsx")
    assert caught.value.code == "E-PACKSHEET-SIZE"
    (tmp_path / "settings.csv").mkdir()
    with pytest.raises(FaultsError):
        load_pack_at(tmp_path)
