"""Inspection bundles: a kind of their own with a signed team, which older programs and the expert's desk refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import manifest, strictjson
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.bundle_writing import BundleSpec, write_bundle
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.formats.siteparts import MemberRecord
from ndb_desktop.services.review import inspect_bundle, open_review
from ndb_desktop.services.review_open import BundleSummary
from tests.support.office import Clock
from tests.support.travel import AT, BUNDLE_ID, SECRET, person, refusal

TEAM = tuple(
    MemberRecord(name, f"检查员{name}", "示例检验院", person(name).public.age_recipient) for name in ("J01", "J02")
)


def write(folder: Path, **changes: object) -> Path:
    core = folder / "core.db"
    core.write_bytes(b"core")
    spec = BundleSpec(
        bundle_id=BUNDLE_ID, batch_id="T-2026", trial=True, issuer_name="示例评审办", expert_id="S01", expert_key=None,
        issued_at=AT, expires_at=None, packs=[PackRef("tiny", "1", "0" * 64)], recovery=person("恢复").public,
        kind="site", team=TEAM,
    )  # fmt: skip
    target = folder / "visit.ndbbundle"
    write_bundle(
        target, replace(spec, **changes), core=core, secret=SECRET, attachments=(), issuer=person("组织方")  # type: ignore[arg-type]
    )  # fmt: skip
    return target


def test_every_member_coordinator_and_recovery_open_it_and_nobody_else(tmp_path: Path) -> None:
    with BundleReader(write(tmp_path)) as reader:
        assert reader.manifest.kind == "site"
        assert reader.manifest.critical == (manifest.SITE,)
        assert reader.manifest.team == TEAM
        assert reader.opens_with == {"secret", "key"}
        for name in ("J01", "J02", "组织方", "恢复"):
            assert reader.unlock(person(name)) == SECRET
        assert refusal(lambda: reader.unlock(person("J03"))) == "E-BUNDLE-KEY"


@pytest.mark.parametrize(
    "team",
    [
        (),
        TEAM[:1],
        (TEAM[0], msgspec.structs.replace(TEAM[1], id="J01")),
        (TEAM[0], msgspec.structs.replace(TEAM[1], key=TEAM[0].key)),
    ],
)
def test_a_team_of_fewer_than_two_different_people_is_refused(tmp_path: Path, team: tuple[MemberRecord, ...]) -> None:
    path = write(tmp_path, team=team)
    assert refusal(lambda: BundleReader(path)) == "E-SITE-TEAM"


def test_an_experts_bundle_has_no_team(tmp_path: Path) -> None:
    path = write(tmp_path, kind="full")
    assert refusal(lambda: BundleReader(path)) == "E-SITE-TEAM"


def test_a_program_that_does_not_know_inspections_refuses_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path)
    monkeypatch.setattr(manifest, "KNOWN_CRITICAL", ("chain", "second_round", "calibration"))
    with pytest.raises(NdbError) as caught:
        BundleReader(path)
    assert caught.value.code == "E-CRITICAL"
    assert "site" in str(caught.value.params)


def test_kind_and_critical_have_to_say_the_same(tmp_path: Path) -> None:
    with BundleReader(write(tmp_path)) as reader:
        odd = msgspec.structs.replace(reader.manifest, critical=())
    signed = envelope.sign(strictjson.encode(odd), manifest.PAYLOAD_TYPE, [person("组织方")])

    def read() -> object:
        return manifest.open_manifest(signed, expected_issuer=None, app_version="9", place="x")

    assert refusal(read) == "E-BUNDLE-CHAIN"


def test_the_experts_desk_names_it_and_only_who_asks_for_any_kind_sees_its_facts(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert refusal(lambda: inspect_bundle(path)) == "E-BUNDLE-SITE"

    def review(identity: Identity) -> object:
        return open_review(path, profile=tmp_path / "profile", identity=identity, clock=Clock())

    assert refusal(lambda: review(person("J01"))) == "E-BUNDLE-SITE"
    summary: BundleSummary = inspect_bundle(path, any_kind=True)
    assert (summary.kind, summary.expert_id, summary.opens_with) == ("site", "S01", {"secret", "key"})
