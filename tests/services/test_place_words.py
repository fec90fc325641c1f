"""Nobody reads an id where a pack has a name: data, items of every stage, key fields, grounds of a veto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.stagepack import AnyStagePack, EffectPack
from ndb_desktop.services.office import Office
from ndb_desktop.services.place_words import Names, ground_name, names_of
from ndb_desktop.services.rulepacks import builtin_packs, builtin_stage_packs
from ndb_desktop.texts import LANGUAGES
from tests.support.sample import office_copy


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = office_copy(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_and_data_of_selection_have_names(office: Office, language: str) -> None:
    names = names_of(office, language)
    for category, pack in office.packs.items():
        for item in pack.items:
            title = item.indicator.title.get(language)
            assert names.item(item.id).startswith(f"{item.indicator.id} {title} · ")
        assert len({names.item(item.id) for item in pack.items}) == len(pack.items), "the two parts are told apart"
        for indicator in pack.indicators:
            for datum in indicator.data:
                assert datum.label.get(language) in names.datum(category, datum.code, "2025")
                assert "2025" in names.datum(category, datum.code, "2025")
    for field in office.batch.fields:
        assert names.field(field.id) == field.name.get(language)


@pytest.mark.parametrize("pack", builtin_stage_packs().values(), ids=lambda pack: str(pack.id))
@pytest.mark.parametrize("language", LANGUAGES)
def test_items_of_a_later_stage_have_names(office: Office, pack: AnyStagePack, language: str) -> None:
    selection = {one.category: one for one in builtin_packs().values()}
    names = Names(selection, {pack.category: pack}, office.batch, language)
    for one in pack.measured:
        assert names.item(f"target:{one.id}") == names.datum(pack.category, one.id)
        assert one.label.get(language) in names.item(f"target:{one.id}")
    for judged in pack.judged if isinstance(pack, EffectPack) else ():
        assert names.item(f"judged:{judged.id}") == judged.title.get(language)
    assert names.item("task:T1") in ("重点任务 T1", "Task T1")


def test_what_no_pack_knows_stays_as_it_is(office: Office) -> None:
    names = names_of(office, "en")
    assert (names.item("x.basis"), names.datum("park", "x"), names.field("x")) == ("x.basis", "x", "x")
    assert names.item("") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ground_of_a_veto_has_its_name(office: Office, language: str) -> None:
    said = ground_name(office, "park", "V1", language)
    assert said.startswith("V1 ")
    assert len(said) > len("V1 ")
    assert ground_name(office, "park", "V99", language) == "V99"
