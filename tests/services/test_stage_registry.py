"""A registry of a later stage: its packs, what it freezes, what of an acceptance goes on into the effect evaluation."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace as struct

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagelint import misfits
from ndb_desktop.formats.applications import application_from_json, application_to_json
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.manifest import open_manifest, sign_manifest
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.freezing import freeze, frozen
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.pack_replace import fixed
from ndb_desktop.services.rulepacks import builtin_stage_packs
from ndb_desktop.services.stage_accepted import accepted_bytes
from ndb_desktop.services.stage_packs import chosen_packs
from ndb_desktop.services.stage_work import stage_application
from ndb_desktop.services.succession_link import ACCEPTED, check_link
from tests.support.office import make_office
from tests.support.packs import pack_for
from tests.support.stage import (
    BASES,
    accepted_of,
    actuals_of,
    base,
    put_base,
    stage_clock,
    stage_round,
    start_stage,
)
from tests.support.travel import person, refusal


def opened(folder: Path) -> Office:
    return open_office(folder, person("组织方"), clock=stage_clock("effect"))


def test_the_shipped_pack_that_follows_the_selection_is_chosen() -> None:
    selection: dict[Category, RulePack] = {"park": pack_for("park"), "enterprise": pack_for("enterprise")}
    stages: tuple[Stage, ...] = ("acceptance", "effect")
    for stage in stages:
        found = chosen_packs(stage, selection)
        assert {category: pack.id for category, pack in found.items()} == {
            "park": f"park-{stage}", "enterprise": f"enterprise-{stage}",
        }  # fmt: skip
        assert not any(misfits(pack, selection[category]) for category, pack in found.items())
    own = builtin_stage_packs()["park-effect"]
    assert refusal(lambda: chosen_packs("acceptance", selection, [own])) == "E-STAGE-PACK"
    assert refusal(lambda: chosen_packs("effect", {"enterprise": selection["enterprise"]}, [own])) == "E-STAGE-PACK"
    with pytest.raises(FaultsError) as caught:
        chosen_packs("effect", selection, [replace(own, follows="another-selection")])
    assert [fault.code for fault in caught.value.faults] == ["E-STAGE-FIT-PACK"]


def test_the_packs_of_the_stage_are_frozen_with_those_of_the_selection(tmp_path: Path) -> None:
    office = start_stage(tmp_path / "office").office
    decision = freeze(office)
    assert dict(decision.content) == {
        "park": office.packs["park"].digest, "stage.park": builtin_stage_packs()["park-acceptance"].digest,
    }  # fmt: skip
    assert frozen(office) is not None
    office.registry.set_meta("stage.pack.park", "")
    del office.__dict__["stage_packs"]
    assert frozen(office) is None, "another pack of the stage is not what was frozen"
    office.close()


def test_the_packs_of_the_promises_are_never_replaced(tmp_path: Path) -> None:
    office = start_stage(tmp_path / "office").office
    assert fixed(office) == "frozen"
    office.close()
    selection = make_office(tmp_path / "selection", applications=0, experts=0, assigned=False)
    assert fixed(selection) == ""
    assert (selection.stage, dict(selection.stage_packs), selection.stage_work("A-001")) == ("selection", {}, None)
    selection.close()


def test_a_base_without_a_form_has_no_work_yet(tmp_path: Path) -> None:
    office = start_stage(tmp_path / "office").office
    assert office.stage == "acceptance"
    assert refusal(lambda: office.stage_work("P001")) == "E-OFFICE-APPLICATION"
    put_base(office, base(1), actuals_of(base(1), revenue=None))
    work = office.stage_work("P001")
    assert work is not None
    assert work.missing == ("P1.1.revenue",)
    assert [item.kind for item in work.items] == ["target"] * 11 + ["task"] * 11
    assert set(work.item_by_id) >= {"target:P1.1.revenue", "task:T1"}
    office.close()


def test_what_was_accepted_goes_on_into_the_effect_evaluation(tmp_path: Path) -> None:
    made = stage_round(tmp_path)
    with made.office() as office:
        handed = {name: accepted_bytes(office, name) for name in BASES}
        assert application_from_json(handed["P001"]).actuals == office.application("P001").actuals
        assert accepted_bytes(office, "P009") == b""
    bases = [base(1), base(2)]
    after = start_stage(tmp_path / "effect", bases, "effect", accepted=handed)
    assert [ref.accepted is not None for ref in after.link.bases] == [True, True]
    put_base(after.office, bases[0], actuals_of(bases[0], "110"))
    work = after.office.stage_work("P001")
    assert work is not None
    assert work.stage == "effect"
    assert set(work.accepted_values.values()) == {Fraction(118)}
    assert set(work.values.values()) == {Fraction(110)}
    assert accepted_bytes(after.office, "P001") == handed["P001"], "and on into the one after it"
    assert not check_link(after.office)
    after.office.close()


def test_what_was_accepted_cannot_be_exchanged(tmp_path: Path) -> None:
    bases = [base(1), base(2)]
    rows = {one.id: application_to_json(stage_application(one, (), accepted_of(one))) for one in bases}
    made = start_stage(tmp_path / "effect", bases, "effect", accepted=rows)
    less = application_to_json(stage_application(bases[0], (), accepted_of(bases[0], "101"))).decode()
    for number, text in enumerate((less, "")):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(tmp_path / "effect", copy)
        other = opened(copy)
        other.registry.set_meta(ACCEPTED + "P001", text)
        assert [fault.code for fault in check_link(other)] == ["E-SUCCESSION-FROZEN"]
        other.close()
        assert refusal(partial(opened, copy)) == "E-SUCCESSION-FROZEN"
    made.office.close()


def test_a_manifest_says_the_stage_and_that_it_must_be_known(tmp_path: Path) -> None:
    made = stage_round(tmp_path)
    issuer = person("组织方")
    with BundleReader(made.bundle()) as reader:
        manifest = reader.manifest
    assert PublicKey(manifest.issuer.key) == issuer.public
    for changed in (struct(manifest, critical=()), struct(manifest, stage=None)):
        data, _ = sign_manifest(changed, issuer)
        read = partial(open_manifest, data, expected_issuer=None, app_version="9.9", place="x")
        assert refusal(read) == "E-STAGE-BUNDLE"
