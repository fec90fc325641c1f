"""The package of a later stage: every outcome exact, in neutral order, by what was signed, sealed and found whole."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import ratio
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.resultpackage import (
    BOOK,
    FORMAT,
    LINES,
    MANIFEST,
    SCHEMA,
    STAGE,
    PackageManifest,
    build_package,
    open_package,
)
from ndb_desktop.services.disputes import decide as rule
from ndb_desktop.services.handing_over import check, hand_over
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import record_veto
from ndb_desktop.services.stage_lines import stage_lines
from ndb_desktop.services.stage_package import stage_content
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.tasks import Cancelled, CancelToken, silent
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage.registry_rows import Veto
from tests.support.packages import box, cells_of, fits, packed, parts_of
from tests.support.safety import a_disk
from tests.support.scored import scored_office
from tests.support.stage_office import STARTED, TARGET, WORSE, base_application, judged_office, reached
from tests.support.travel import person, refusal

DAY, UNTIL = STARTED.date(), date(2028, 12, 20)
Lines = dict[str, dict[str, Any]]


def lines_of(members: dict[str, bytes]) -> Lines:
    return {line["application"]: line for line in map(json.loads, members[LINES].splitlines())}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """P001 accepted with a corrected actual value, P002 rectifying, P003 ended by a veto, of P004 nothing came in."""
    bases = [base_application(number) for number in range(1, 5)]
    handed = [reached(bases[0]), reached(bases[1], others={TARGET: None, WORSE: "90"}), reached(bases[2])]
    office = judged_office(
        tmp_path_factory.mktemp("stage"), {"P001": "1", "P002": "0.5", "P003": "1"}, bases=bases, handed=handed
    )
    rule(office, ("P001", TARGET, ""), "replace", value=Decimal(119), reason="以审计报告为准")
    record_veto(office, Veto("P003", "V2", "present", "环罚〔2028〕5号", "2028-09-19", ""))
    decide(office, Order("accept", DAY, ("P001",), "工信部函〔2028〕1号"), reason="按验收结论")
    decide(office, Order("rectify", DAY, ("P002",), until=UNTIL), reason="限期整改")
    decide(office, Order("end", DAY, ("P003",), ground="veto"), reason="一票否决")
    yield office
    office.close()


@pytest.fixture(scope="module")
def members(made: Office, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return box(hand_over(made, tmp_path_factory.mktemp("out")).path.read_bytes())


# ----- what is in it -----


def test_every_base_is_a_line_by_the_schema_beside_it(made: Office, members: dict[str, bytes]) -> None:
    assert list(members) == [MANIFEST, LINES, SCHEMA, BOOK]
    schema, lines = json.loads(members[SCHEMA]), lines_of(members)
    assert schema["$id"] == "urn:ndb:stage-result-line:1"
    assert list(lines) == ["P001", "P002", "P003", "P004"]
    for line in lines.values():
        assert fits(line, schema)
        assert not fits({**line, "rank": 1}, schema)
    assert not fits({**lines["P001"], "decided": "won"}, schema)
    wrong = {**lines["P001"]["targets"][0], "actual": 119.0}
    assert not fits({**lines["P001"], "targets": [wrong]}, schema)
    said = [(line["decided"], line["verdict"], line["state"], line["waiting"]) for line in lines.values()]
    assert said == [
        ("passed", "passed", "accepted", []),
        ("rectifying", "waiting", "rectifying", ["rectify"]),
        ("not_passed", "not_passed", "ended", []),
        ("open", "waiting", "acceptance", ["material"]),
    ]
    assert (lines["P004"]["outcome"], lines["P004"]["digest"], lines["P004"]["targets"]) == (None, "", [])


def test_figures_are_exact_and_the_digest_is_that_of_the_record(made: Office, members: dict[str, bytes]) -> None:
    result, lines = compute_stage(made), lines_of(members)
    for name, base in result.bases.items():
        line = lines[name]
        assert line["digest"] == base.digest
        if line["outcome"] is None:
            continue
        assert canonical(line["outcome"]) == base.record
        assert hashlib.sha256(canonical(line["outcome"])).hexdigest() == line["digest"]
        outcome = base.outcome
        assert isinstance(outcome, AcceptanceOutcome)
        assert line["shares"] == {
            "tasks": ratio(outcome.task_share), "targets": ratio(outcome.target_share),
            "groups": {group: ratio(share) for group, share in outcome.groups.items()},
        }  # fmt: skip
        assert line["failed"] == list(outcome.failed)
        # The rows of the record stand in the line, with what they were made of.
        rows = {row["id"]: row for row in line["targets"]}
        assert all(row.items() <= rows[row["id"]].items() for row in line["outcome"]["targets"])
        tasks = {row["id"]: row for row in line["tasks"]}
        assert all(row.items() <= tasks[row["id"]].items() for row in line["outcome"]["tasks"])


def test_a_target_has_base_and_target_and_what_was_declared_verified_and_used(members: dict[str, bytes]) -> None:
    lines = lines_of(members)
    corrected = next(row for row in lines["P001"]["targets"] if row["id"] == TARGET)
    assert (corrected["base"], corrected["target"], corrected["actual"]) == ("100/1", "120/1", "119/1")
    assert (corrected["declared"], corrected["verified"]) == ("120", "119")
    assert (corrected["progress"], corrected["level"]) == ("19/20", "119/120")
    assert corrected["ruling"]["action"] == "replace"
    missing = next(row for row in lines["P002"]["targets"] if row["id"] == TARGET)
    assert (missing["state"], missing["declared"], missing["actual"], missing["counted"]) == (
        "missing", None, None, "0/1",
    )  # fmt: skip
    kept = next(row for row in lines["P002"]["targets"] if row["id"] == WORSE)
    assert (kept["declared"], kept["verified"], kept["ruling"]) == ("90", None, None)
    assert "worse_than_base" in kept["notes"]


def test_decisions_vetoes_and_the_rectification_stand_with_their_digests(
    made: Office, members: dict[str, bytes]
) -> None:
    lines = lines_of(members)
    known = {one.number: one for one in made.decided.all()}
    for line in lines.values():
        for row in line["decisions"]:
            one = known[row["number"]]
            assert (row["digest"], row["reason"], row["kind"]) == (one.digest, one.reason, one.kind)
            assert [(who["role"], who["keyid"]) for who in row["signers"]] == list(one.signers)
    moves = {name: [row["move"] for row in line["decisions"]] for name, line in lines.items()}
    assert moves == {
        "P001": ["acceptance", "accept"], "P002": ["acceptance", "rectify"], "P003": ["acceptance", "end"],
        "P004": ["acceptance"],
    }  # fmt: skip
    accepted = lines["P001"]["decisions"][-1]
    assert (accepted["paper"], accepted["outcome"]) == ("工信部函〔2028〕1号", lines["P001"]["digest"])
    assert accepted["documents"] == [{"name": "P001.outcome.json", "sha256": lines["P001"]["digest"]}]
    assert lines["P001"]["signed"] == [lines["P001"]["outcome"]]
    (ruled,) = [one for one in known.values() if one.kind == "challenge"]
    assert next(row["ruling"]["by"] for row in lines["P001"]["targets"] if row["ruling"]) == ruled.digest
    rectified = lines["P002"]["rectification"]
    assert (rectified["on"], rectified["until"], rectified["rechecked"]) == ("2028-09-20", "2028-12-20", None)
    assert rectified["outcome"] == lines["P002"]["decisions"][-1]["outcome"]
    assert rectified["outcome"] == hashlib.sha256(canonical(lines["P002"]["signed"][0])).hexdigest()
    assert "tasks" in rectified["failed"]
    assert lines["P003"]["vetoes"] == [
        {"ground": "V2", "status": "present", "evidence": "环罚〔2028〕5号", "decided_on": "2028-09-19"}
    ]
    assert (lines["P003"]["failed"], lines["P003"]["decisions"][-1]["ground"]) == (["veto"], "veto")


def test_the_manifest_says_stage_packs_and_issuer_and_a_reader_of_scores_stops(
    made: Office, members: dict[str, bytes]
) -> None:
    payload = envelope.peek(members[MANIFEST], 1 << 20).payload
    manifest = strictjson.convert(payload, PackageManifest)
    result = compute_stage(made)
    assert (manifest.stage, manifest.critical, manifest.trial, manifest.lines) == ("acceptance", (STAGE,), True, 4)
    assert manifest.packs == {"park": made.stage_packs["park"].digest}
    assert manifest.issuer == IssuerRef(made.name, person("组织方").public.age_recipient)
    assert manifest.result == result.digest
    assert refusal(lambda: strictjson.check_header(payload, form=FORMAT, version=1)) == "E-CRITICAL"


def test_the_order_is_neutral_whatever_order_the_results_come_in(made: Office, members: dict[str, bytes]) -> None:
    result, chance = compute_stage(made), random.Random(7)
    for _ in range(5):
        shaken = {name: result.bases[name] for name in chance.sample(list(result.bases), len(result.bases))}
        vetoes = tuple(chance.sample(list(result.vetoes), len(result.vetoes)))
        other = replace(result, bases=shaken, vetoes=vetoes)
        assert stage_lines(made, other, silent, CancelToken()) == members[LINES]


def test_marks_given_the_other_way_round_change_no_place(tmp_path: Path) -> None:
    """Who passes and who does not has no influence on where a base stands."""
    places = []
    for number, marks in enumerate(({"P001": "1", "P002": "0"}, {"P001": "0", "P002": "1"})):
        office = judged_office(tmp_path / str(number), marks)
        lines = lines_of(box(hand_over(office, tmp_path / f"{number}.zip.age").path.read_bytes()))
        places.append([(line["application"], line["credit_code"]) for line in lines.values()])
        assert [line["verdict"] for line in lines.values()] == (
            ["passed", "not_passed"] if number == 0 else ["not_passed", "passed"]
        )
        office.close()
    assert places[0] == places[1]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_workbook_is_of_text_alone_and_says_the_same(made: Office, language: str) -> None:
    _, content = stage_content(made, language, silent, CancelToken())
    assert not any(b"<f>" in part or b"<f " in part for part in parts_of(content[BOOK]).values())
    sheets = cells_of(content[BOOK])
    assert len(sheets) == 4
    _, bases, items, decisions = sheets.values()
    assert [row[0] for row in bases[1:]] == ["P001", "P002", "P003", "P004"]
    assert {row[0] for row in items[1:]} == {"P001", "P002", "P003"}
    corrected = next(row for row in items if row[0] == "P001" and any("119" in cell for cell in row))
    assert any(cell.startswith("120") for cell in corrected)
    digests = {one.digest for one in made.decided.all()}
    assert all(set(row) & digests for row in decisions[1:])


def test_an_effect_evaluation_has_parts_and_judged_items(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "85", "P002": "80"}, "effect")
    decide(office, Order("retain", DAY, ("P001",)), reason="按评估结论")
    found = hand_over(office, tmp_path / "x.zip.age")
    assert (found.stage, found.lines, found.open) == ("effect", 2, 1)
    members = box(found.path.read_bytes())
    lines = lines_of(members)
    assert all(fits(line, json.loads(members[SCHEMA])) for line in lines.values())
    first = lines["P001"]
    assert (first["decided"], first["state"], first["stage"]) == ("passed", "retained", "effect")
    assert (first["shares"], first["tasks"]) == (None, [])
    assert (first["total"], first["published"]) == (first["outcome"]["total"], first["outcome"]["published"])
    assert first["parts"] == first["outcome"]["parts"]
    assert {row["value"] for row in first["judged"]} == {"85/1"}
    assert {row["accepted"] for row in first["targets"]} == {None}
    office.close()


# ----- who may, when, for whom -----


def test_it_is_opened_again_after_writing_and_entered_in_the_log(made: Office, tmp_path: Path) -> None:
    found = hand_over(made, tmp_path, also=person("中央系统").public)
    assert found.path.name.startswith("TEST_2028-a_results_package_")
    assert (found.stage, found.lines, found.open) == ("acceptance", 4, 2)
    assert check(made, found.path) == found
    row = made.log_rows()[-1]
    assert (row.action, row.details["sha256"], row.details["lines"]) == ("export.package", found.sha256, 4)
    for name in ("组织方", "恢复", "中央系统"):
        assert LINES in box(found.path.read_bytes(), name)
    assert refusal(lambda: unseal(found.path.read_bytes(), person("E01"), max_size=1 << 24)) == "E-AGE-KEY"


def test_nothing_is_handed_over_once_what_was_signed_has_changed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"})
    decide(office, Order("accept", DAY, ("P001",)), reason="按验收结论")
    rule(office, ("P001", TARGET, ""), "replace", value=Decimal(1), reason="审计后核减")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(NdbError) as caught:
        hand_over(office, out)
    assert (caught.value.code, caught.value.fault.place) == ("E-STAGE-CHANGED", "P001")
    assert list(out.iterdir()) == []
    assert office.log_rows()[-1].action != "export.package"
    office.close()


def test_in_an_official_registry_two_have_to_open_the_outcomes_first(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"}, trial=False)
    out = tmp_path / "out"
    out.mkdir()
    assert refusal(lambda: hand_over(office, out)) == "E-DECISION-SUPERVISOR"
    assert list(out.iterdir()) == []
    office.close()


def test_a_package_of_another_batch_or_stage_is_none_of_this_registry(made: Office, tmp_path: Path) -> None:
    selection = scored_office(tmp_path / "selection")
    theirs, ours = hand_over(selection, tmp_path / "s.zip.age"), hand_over(made, tmp_path / "a.zip.age")
    assert (theirs.stage, theirs.open) == ("selection", 0)
    assert refusal(lambda: check(made, theirs.path)) == "E-PACKAGE-BATCH"
    assert refusal(lambda: check(selection, ours.path)) == "E-PACKAGE-BATCH"
    selection.close()


def test_a_trial_is_no_official_package(made: Office, tmp_path: Path) -> None:
    manifest, content = stage_content(made, "zh_CN", silent, CancelToken())
    path = tmp_path / "x.zip.age"
    path.write_bytes(sealed(made, msgspec.structs.replace(manifest, trial=False), dict(content)))
    assert refusal(lambda: check(made, path)) == "E-PACKAGE-BATCH"


# ----- what was changed -----


def sealed(office: Office, manifest: PackageManifest, members: dict[str, bytes], signer: str = "组织方") -> bytes:
    return seal(build_package(manifest, members, person(signer)), [office.coordinator])


def test_whatever_is_changed_in_it_is_found(made: Office, members: dict[str, bytes], tmp_path: Path) -> None:
    other = tmp_path / "other.zip.age"
    for name in (LINES, SCHEMA, BOOK):
        other.write_bytes(packed({**members, name: members[name] + b" "}))
        assert refusal(lambda: check(made, other)) == "E-PACKAGE-DAMAGED"
        assert [fault.code for fault in verify_file(other, identity=person("组织方")).faults] == ["E-PACKAGE-DAMAGED"]
    other.write_bytes(packed({name: members[name] for name in (MANIFEST, LINES, SCHEMA)}))
    assert refusal(lambda: check(made, other)) == "E-PACKAGE-DAMAGED"
    signed = json.loads(members[MANIFEST])
    signed["payload"] = signed["payload"][:-8] + "AAAAAAA="
    other.write_bytes(packed({**members, MANIFEST: json.dumps(signed).encode()}))
    assert refusal(lambda: check(made, other)) == "E-SIGNATURE"
    data = bytearray(packed(members))
    data[-1] ^= 1
    other.write_bytes(data)
    assert refusal(lambda: check(made, other)) == "E-AGE-BROKEN"


def _outcome(line: dict[str, Any]) -> None:
    line["outcome"]["verdict"] = "passed"


def _digest(line: dict[str, Any]) -> None:
    line["digest"] = "0" * 64


def _waiting(line: dict[str, Any]) -> None:
    line["waiting"] = ["check"]


def _stage(line: dict[str, Any]) -> None:
    line["stage"] = "effect"


def _name(line: dict[str, Any]) -> None:
    line["application"] = "P001"


def _missing(line: dict[str, Any]) -> None:
    del line["outcome"]


@pytest.mark.parametrize("change", [_outcome, _digest, _waiting, _stage, _name])
def test_lines_that_are_not_those_of_the_digest_are_refused_even_when_signed(
    made: Office, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    manifest, content = stage_content(made, "zh_CN", silent, CancelToken())
    lines = list(map(json.loads, content[LINES].splitlines()))
    change(lines[1])
    path = tmp_path / "x.zip.age"
    other = b"".join(canonical(line) + b"\n" for line in lines)
    path.write_bytes(sealed(made, manifest, {**content, LINES: other}))
    assert refusal(lambda: check(made, path)) == "E-PACKAGE-DAMAGED"


def test_a_line_without_its_outcome_and_one_too_few_are_refused(made: Office, tmp_path: Path) -> None:
    manifest, content = stage_content(made, "zh_CN", silent, CancelToken())
    lines = content[LINES].splitlines(keepends=True)
    path = tmp_path / "x.zip.age"
    path.write_bytes(sealed(made, manifest, {**content, LINES: b"".join(lines[:-1])}))
    assert refusal(lambda: check(made, path)) == "E-PACKAGE-DAMAGED"
    bare = json.loads(lines[0])
    _missing(bare)
    path.write_bytes(sealed(made, manifest, {**content, LINES: b"".join([canonical(bare) + b"\n", *lines[1:]])}))
    assert refusal(lambda: check(made, path)) == "E-JSON-FIELD"


def test_who_signed_has_to_be_the_issuer_named_and_the_stage_whole(made: Office, tmp_path: Path) -> None:
    manifest, members = stage_content(made, "zh_CN", silent, CancelToken())
    content, own = dict(members), person("组织方")

    def refused(manifest: PackageManifest, signer: str = "组织方", issuer: Any = own.public) -> str:
        data = sealed(made, manifest, content, signer)
        return refusal(lambda: open_package(data, own, issuer))

    other = msgspec.structs.replace(manifest, issuer=IssuerRef("冒名", person("E01").public.age_recipient))
    assert refused(other) == "E-PACKAGE-DAMAGED"
    assert refused(manifest, "E01") == "E-SIGNER"
    assert refused(manifest, "E01", None) == "E-SIGNER"
    assert refused(msgspec.structs.replace(manifest, critical=())) == "E-PACKAGE-DAMAGED"
    assert refused(msgspec.structs.replace(manifest, packs=msgspec.UNSET)) == "E-PACKAGE-DAMAGED"
    assert refused(msgspec.structs.replace(manifest, critical=(STAGE, "more"))) == "E-CRITICAL"
    assert refused(msgspec.structs.replace(manifest, version=2)) == "E-VERSION"
    data = sealed(made, other, content, "E01")
    assert open_package(data, own, None).issuer == person("E01").public, "somebody else's, and said so"


# ----- cancel and the disk -----


def handed_over(office: Office) -> int:
    return sum(row.action == "export.package" for row in office.log_rows())


def test_a_cancel_at_any_time_and_a_full_disk_leave_nothing(made: Office, tmp_path: Path) -> None:
    out, before = tmp_path / "out", handed_over(made)
    out.mkdir()
    steps = 2 * len(compute_stage(made).bases)
    for wanted in range(1, steps + 1):
        token, seen = CancelToken(), 0

        def told(_done: int, _total: int, _what: str, token: CancelToken = token, wanted: int = wanted) -> None:
            nonlocal seen
            seen += 1
            if seen == wanted:
                token.cancel()

        with pytest.raises(Cancelled):
            hand_over(made, out, progress=told, cancel=token)
    small = tmp_path / "small"
    small.write_bytes(bytes(1000))
    with a_disk() as disk:
        disk.fill(small)
        assert refusal(lambda: hand_over(made, out)) == "E-STORE-FULL"
        disk.free()
    assert list(out.iterdir()) == []
    assert handed_over(made) == before


# ----- ndb verify -----


def codes(path: Path, name: str | None) -> list[str]:
    report = verify_file(path, identity=None if name is None else person(name))
    return [fault.code for fault in report.faults]


def test_whoever_may_open_it_can_verify_it_and_sees_whose_key_to_compare(made: Office, tmp_path: Path) -> None:
    path = hand_over(made, tmp_path, also=person("中央系统").public).path
    for name in ("组织方", "恢复", "中央系统"):
        report = verify_file(path, identity=person(name))
        assert report.ok
        said = "\n".join(report.lines("zh_CN"))
        assert "4 个基地（2 个还没有签署结论）" in said
        assert person("组织方").keyid in said
        assert compute_stage(made).digest in said
        assert "2028-a" in "\n".join(report.lines("en"))
    assert verify_file(path, identity=person("恢复"), trusted={person("组织方").keyid: "示例评审办"}).ok
    stranger = verify_file(path, identity=person("恢复"), trusted={person("E01").keyid: "示例"})
    assert [fault.code for fault in stranger.faults] == ["E-VERIFY-STRANGER"]
    assert codes(path, "E01") == ["E-AGE-KEY"]
    assert codes(path, None) == ["E-SCORE-SEALED"]


def test_one_of_selection_names_no_key_so_only_the_coordinator_can_verify_it(tmp_path: Path) -> None:
    office = scored_office(tmp_path / "selection")
    path = hand_over(office, tmp_path).path
    report = verify_file(path, identity=person("组织方"))
    assert report.ok
    assert f"{len(office.registry.application_digests())} 项申报" in "\n".join(report.lines("zh_CN"))
    assert codes(path, "恢复") == ["E-PACKAGE-KEY"]
    office.close()
