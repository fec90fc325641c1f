"""后续阶段 in a bundle: what travels, what the expert's side computes anew, and what it refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as struct

from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.stagecase import stage_case
from ndb_desktop.formats.applications import application_from_json, application_to_json
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.manifest import Manifest
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.issue_recall import recall_bundle
from ndb_desktop.services.review import open_review
from ndb_desktop.services.review_open import BundleContent, check_content, inspect_bundle, read_core_of
from ndb_desktop.services.rulepacks import builtin_packs, builtin_stage_packs
from ndb_desktop.services.stage_bundle import ACCEPTED, DIGEST, FROZEN, META_STAGE
from ndb_desktop.services.succession_link import frozen_bytes
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage.coredb import CoreApplication, CoreContent
from tests.support.review import make_bundle
from tests.support.stage import BASES, DOCUMENT, EXPERTS, StageRound, stage_clock, stage_round
from tests.support.travel import refusal


@pytest.fixture
def made(tmp_path: Path) -> StageRound:
    return stage_round(tmp_path)


class _Stands:
    """A bundle's reader whose manifest may say something else."""

    def __init__(self, reader: BundleReader, manifest: Manifest) -> None:
        self.path, self.members, self.issuer, self.manifest = reader.path, reader.members, reader.issuer, manifest


def core_of(made: StageRound, folder: Path) -> CoreContent:
    with BundleReader(made.bundle()) as reader:
        return read_core_of(reader, made.secret(), folder)


def opened(made: StageRound, core: CoreContent, **manifest: Any) -> BundleContent:
    with BundleReader(made.bundle()) as reader:
        changed = struct(reader.manifest, **manifest)
        return check_content(_Stands(reader, changed), core)  # type: ignore[arg-type]


def first_row(core: CoreContent, change: Callable[[bytes], bytes]) -> CoreContent:
    rows = list(core.applications)
    rows[0] = CoreApplication(
        rows[0].id, rows[0].ord, change(rows[0].json), rows[0].member, rows[0].key, rows[0].sha256
    )
    return replace(core, applications=tuple(rows))


def test_an_expert_gets_what_the_coordinator_has(made: StageRound, tmp_path: Path) -> None:
    with made.office() as office:
        known = {name: office.stage_work(name) for name in BASES}
    session = made.session("E02", tmp_path / "profile")
    try:
        assert [item.application.id for item in session.applications] == list(BASES)
        for item in session.applications:
            work, own = item.stage, known[item.application.id]
            assert work is not None
            assert own is not None
            assert work.digest == own.digest
            assert (work.case, work.actuals, work.items) == (own.case, own.actuals, own.items)
            assert item.pack.id == "park-selection", "the pack of the promises stays beside"
            assert work.pack.id == "park-acceptance"
            assert [document.name for document in item.application.documents] == ["验收自评报告.txt"]
            assert not any(datum.evidence for datum in item.application.data.values())
        assert [statement.id for statement, _ in session.statements()] == [
            statement.id for statement in builtin_stage_packs()["park-acceptance"].statements
        ]
    finally:
        session.close()


def test_the_case_is_that_of_the_frozen_application(made: StageRound, tmp_path: Path) -> None:
    core = core_of(made, tmp_path)
    with made.office() as office:
        frozen = frozen_bytes(office, "P001")
    assert core.meta[FROZEN + "P001"].encode() == frozen
    promised = application_from_json(frozen)
    case = stage_case(
        builtin_stage_packs()["park-acceptance"], builtin_packs()["park-selection"], promised,
        hashlib.sha256(frozen).hexdigest(),
    )  # fmt: skip
    work = opened(made, core).items["P001"].stage
    assert work is not None
    assert work.case == case
    assert work.missing == ()
    assert {str(value) for value in work.values.values()} == {"118"}


def test_the_manifest_names_the_stage_and_what_a_reader_must_know(made: StageRound) -> None:
    summary = inspect_bundle(made.bundle())
    assert summary.stage == "acceptance"
    with BundleReader(made.bundle()) as reader:
        assert "stage" in reader.manifest.critical
        assert [pack.id for pack in reader.manifest.packs] == ["park-selection", "park-acceptance"]
    assert verify_file(made.bundle(), secret=made.secret()).ok


def test_a_bundle_of_selection_says_nothing_of_a_stage(tmp_path: Path) -> None:
    found = make_bundle(tmp_path)
    assert inspect_bundle(found.path).stage is None
    with BundleReader(found.path) as reader:
        assert reader.manifest.critical == ()
        core = read_core_of(reader, found.secret, tmp_path)
        content = check_content(reader, core)
    assert META_STAGE not in core.meta
    assert not content.stage_packs
    assert {item.stage for item in content.items.values()} == {None}


def test_manifest_core_and_packs_have_to_speak_of_the_same_stage(made: StageRound, tmp_path: Path) -> None:
    core = core_of(made, tmp_path)
    assert refusal(lambda: opened(made, core)) == ""
    assert refusal(lambda: opened(made, core, stage=None)) == "E-STAGE-BUNDLE"
    assert refusal(lambda: opened(made, core, stage="effect")) == "E-STAGE-BUNDLE"
    silent = replace(core, meta={name: text for name, text in core.meta.items() if name != META_STAGE})
    assert refusal(lambda: opened(made, silent, stage=None)) == "E-STAGE-BUNDLE"
    other = builtin_stage_packs()["park-effect"]
    kept = {digest: raw for digest, raw in core.packs.items() if b'"ndb-stagepack/1"' not in raw}
    swapped = replace(core, packs={**kept, other.digest: other.raw})
    with BundleReader(made.bundle()) as reader:
        packs = tuple(
            struct(pack, sha256=other.digest) if pack.id == "park-acceptance" else pack
            for pack in reader.manifest.packs
        )
        alone = tuple(pack for pack in reader.manifest.packs if pack.id == "park-selection")
    assert refusal(lambda: opened(made, swapped, packs=packs)) == "E-STAGE-BUNDLE"
    assert refusal(lambda: opened(made, replace(core, packs=kept), packs=alone)) == "E-STAGE-BUNDLE"


def test_a_frozen_application_cannot_be_left_out_or_be_another(made: StageRound, tmp_path: Path) -> None:
    core = core_of(made, tmp_path)
    without = replace(core, meta={name: text for name, text in core.meta.items() if name != FROZEN + "P001"})
    assert refusal(lambda: opened(made, without)) == "E-STAGE-BUNDLE"
    other = replace(core, meta={**core.meta, FROZEN + "P001": core.meta[FROZEN + "P002"]})
    assert refusal(lambda: opened(made, other)) == "E-STAGE-FROZEN"


def test_a_promise_made_easier_is_refused(made: StageRound, tmp_path: Path) -> None:
    """In the row, in the frozen text, or in both: then the digest is another."""
    core = core_of(made, tmp_path)

    def easier(raw: bytes) -> bytes:
        return raw.replace(b'"target":"120"', b'"target":"101"')

    assert refusal(lambda: opened(made, first_row(core, easier))) == "E-STAGE-FROZEN"
    frozen = easier(core.meta[FROZEN + "P001"].encode()).decode()
    assert frozen != core.meta[FROZEN + "P001"]
    text = replace(core, meta={**core.meta, FROZEN + "P001": frozen})
    assert refusal(lambda: opened(made, text)) == "E-STAGE-FROZEN"
    assert refusal(lambda: opened(made, first_row(text, easier))) == "E-STAGE-DIGEST"


def test_an_actual_value_that_was_changed_is_refused(made: StageRound, tmp_path: Path) -> None:
    core = core_of(made, tmp_path)

    def better(raw: bytes) -> bytes:
        return raw.replace(b'"value":"118"', b'"value":"120"')

    assert refusal(lambda: opened(made, first_row(core, better))) == "E-STAGE-DIGEST"
    none = replace(core, meta={name: text for name, text in core.meta.items() if name != DIGEST + "P001"})
    assert refusal(lambda: opened(made, none)) == "E-STAGE-DIGEST"

    unknown = first_row(core, lambda raw: raw.replace(b'"measure":"revenue"', b'"measure":"turnover"', 1))
    with pytest.raises(FaultsError) as caught:
        opened(made, unknown)
    assert [fault.code for fault in caught.value.faults] == ["E-STAGE-ACTUAL-UNKNOWN"]


def test_nothing_is_declared_in_a_bundle_of_selection(tmp_path: Path, made: StageRound) -> None:
    found = make_bundle(tmp_path / "selection")
    with BundleReader(found.path) as reader:
        core = read_core_of(reader, found.secret, tmp_path)
        first = application_from_json(core.applications[0].json)
        with made.office() as office:
            actuals = office.application("P001").actuals
        proven = tuple(replace(one, evidence=()) for one in actuals)
        changed = first_row(core, lambda _: application_to_json(replace(first, actuals=proven)))
        assert refusal(lambda: check_content(reader, changed)) == "E-STAGE-BUNDLE"


def test_an_effect_bundle_carries_what_was_accepted(tmp_path: Path) -> None:
    made = stage_round(tmp_path, "effect")
    core = core_of(made, tmp_path)
    work = opened(made, core).items["P001"].stage
    assert work is not None
    assert work.stage == "effect"
    assert {str(value) for value in work.accepted_values.values()} == {"120"}
    assert {str(value) for value in work.values.values()} == {"118"}
    lowered = core.meta[ACCEPTED + "P001"].replace('"value":"120"', '"value":"101"')
    less = replace(core, meta={**core.meta, ACCEPTED + "P001": lowered})
    assert refusal(lambda: opened(made, less)) == "E-STAGE-DIGEST"
    other = replace(core, meta={**core.meta, ACCEPTED + "P001": core.meta[ACCEPTED + "P002"]})
    assert refusal(lambda: opened(made, other)) == "E-STAGE-FROZEN"


def test_every_expert_has_the_documents_of_the_stage(made: StageRound, tmp_path: Path) -> None:
    for expert in EXPERTS:
        session = made.session(expert, tmp_path / expert)
        try:
            assert session.summary.stage == "acceptance"
            assert session.applications[0].application.documents[0].size == len(f"{DOCUMENT} P001\n".encode())
        finally:
            session.close()


def test_what_follows_a_bundle_is_of_the_stage_too(made: StageRound, tmp_path: Path) -> None:
    """A replacement opens as the first one did; a recall holds no base and still names the stage."""
    with made.office() as office:
        (again,) = issue_bundles(office, made.folder / "again", experts=["E01"]).issued
        gone = recall_bundle(office, made.folder / "gone", "E02", "专家退出")
    session = open_review(
        made.folder / "again" / Path(again.path).name, secret=again.opens, profile=tmp_path / "a", clock=stage_clock()
    )
    with session:
        assert session.summary.kind == "replacement"
        assert [item.stage is not None for item in session.applications] == [True, True]
    path = made.folder / "gone" / Path(gone.path).name
    with BundleReader(path) as reader:
        assert (reader.manifest.kind, reader.manifest.stage) == ("recall", "acceptance")
        assert reader.manifest.critical == ("chain", "stage")
        core = read_core_of(reader, gone.opens, tmp_path)
        content = check_content(reader, core)
    assert not content.items
    assert content.stage_packs["park"].id == "park-acceptance"
