"""What a later stage lets out of the house: names of bases whose passing was signed, no trace of a share."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.services.disputes import decide as rule
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.notice_period import notice_period
from ndb_desktop.services.office import Office
from ndb_desktop.services.publication import Wording, publish
from ndb_desktop.services.report import notice_document
from ndb_desktop.services.results import export_results, public_bytes, public_results
from ndb_desktop.services.results_export import Format
from ndb_desktop.services.stage_public import passed
from ndb_desktop.services.stage_results import BaseResult, StageResult, compute_stage
from tests.support.stage_office import STARTED, TARGET, base_application, judged_office, reached
from tests.support.travel import person

DAY = STARTED.date()
FORMATS: tuple[Format, ...] = ("json", "csv", "xlsx")
MARKS = {"P001": "1", "P002": "0", "P003": "1", "P004": "0.5"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Four bases, two of which passed; both were accepted by a signed decision."""
    bases = [base_application(number) for number in range(1, 5)]
    office = judged_office(tmp_path_factory.mktemp("stage"), MARKS, bases=bases)
    decide(office, Order("accept", DAY, ("P001", "P003")), reason="按验收结论")
    yield office
    office.close()


def files(office: Office, result: StageResult) -> Mapping[str, bytes]:
    public = public_results(office, result)
    made = {f"{fmt} {language}": public_bytes(public, fmt, language) for fmt in FORMATS for language in ("zh_CN", "en")}
    return {**made, "pdf": notice_document(public, "zh_CN").data}


def test_the_list_has_the_names_of_those_that_passed_and_no_others(made: Office) -> None:
    public = public_results(made)
    assert [row.applicant for row in public.rows] == ["示例园区1", "示例园区3"]
    assert public.stage == "acceptance"
    said = json.loads(public_bytes(public, "json"))
    assert said["stage"] == "acceptance"
    assert [row["applicant"] for row in said["lists"][0]["passed"]] == ["示例园区1", "示例园区3"]
    assert set(said["lists"][0]["passed"][0]) == {
        "field", "field_zh", "field_en", "region", "recommender", "applicant", "credit_code",
    }  # fmt: skip
    assert "通过评估验收" in public_bytes(public, "csv").decode("utf-8-sig")


def _shaken(base: BaseResult, other: BaseResult, chance: random.Random) -> BaseResult:
    """The base with the figures of another that has the same verdict, and some of its own invention."""
    outcome = other.outcome
    assert isinstance(outcome, AcceptanceOutcome)
    made = replace(
        outcome,
        application=base.application.id,
        task_share=Fraction(chance.randrange(101), 100),
        target_share=Fraction(chance.randrange(101), 100),
        groups={name: Fraction(chance.randrange(101), 100) for name in outcome.groups},
    )
    return replace(base, outcome=made, sheets=other.sheets, experts=other.experts)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_share_among_the_passed_or_the_failed_changes_a_public_byte(made: Office, seed: int) -> None:
    chance, result = random.Random(seed), compute_stage(made)
    before = files(made, result)
    groups = {name: [one for one in result.bases if (one in result.of("passed")) is name] for name in (True, False)}
    shaken: dict[str, BaseResult] = {}
    for names in groups.values():
        for name, other in zip(names, chance.sample(names, len(names)), strict=True):
            shaken[name] = _shaken(result.bases[name], result.bases[other], chance)
    order = chance.sample(list(shaken), len(shaken))
    assert files(made, replace(result, bases={name: shaken[name] for name in order}, digest="0" * 64)) == before


def test_judging_anew_with_other_shares_gives_the_same_files(made: Office, tmp_path: Path) -> None:
    """The same bases pass with other actual values and other findings on the tasks of those that fail."""
    bases = [base_application(number) for number in range(1, 5)]
    handed = [reached(bases[0], "119"), reached(bases[1], "101"), reached(bases[2], "190"), reached(bases[3], "0")]
    marks = {"P001": "1", "P002": "0.5", "P003": "1", "P004": "0"}
    other = judged_office(tmp_path, marks, bases=bases, handed=handed)
    decide(other, Order("accept", DAY, ("P003", "P001")), reason="按验收结论")
    assert compute_stage(other).digest != compute_stage(made).digest
    assert files(other, compute_stage(other)) == files(made, compute_stage(made))
    other.close()


def test_no_share_stands_in_any_public_file(made: Office) -> None:
    for name, data in files(made, compute_stage(made)).items():
        if name.startswith(("json", "csv")):
            words = data.decode("utf-8-sig")
            assert not re.search(r"\d%|(?<![\w.])(80|100|60|118|120)(?![\w.])", words), name


def test_what_passed_without_a_signature_is_not_published(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"})
    assert compute_stage(office).of("passed") == ("P001",)
    assert public_results(office).rows == ()


def test_a_list_is_refused_once_what_was_signed_has_changed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1", "P002": "1"})
    decide(office, Order("accept", DAY, ("P001", "P002")), reason="按验收结论")
    rule(office, ("P002", TARGET, ""), "replace", value=Decimal(1), reason="审计后核减")
    with pytest.raises(NdbError) as caught:
        public_results(office)
    assert (caught.value.code, caught.value.fault.place) == ("E-STAGE-CHANGED", "P002")


def test_who_was_taken_back_is_not_listed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1", "P002": "1"})
    decide(office, Order("accept", DAY, ("P001", "P002")), reason="按验收结论")
    paper = tmp_path / "退出.pdf"
    paper.write_bytes(b"x")
    decide(office, Order("end", DAY, ("P001",), "", (paper,), ground="withdrawn"), reason="自愿退出")
    assert passed(compute_stage(office)) == ("P002",)


def test_the_inside_is_sealed_and_whole_and_each_export_on_record(made: Office, tmp_path: Path) -> None:
    path = export_results(made, tmp_path, "json", internal=True)
    said = json.loads(unseal(path.read_bytes(), person("组织方"), max_size=2**24))
    assert [row["verdict"] for row in said["bases"]] == ["passed", "not_passed", "passed", "not_passed"]
    assert said["bases"][0]["signed"] == [said["bases"][0]["outcome"]]
    assert said["digest"] == compute_stage(made).digest
    with pytest.raises(NdbError) as caught:
        export_results(made, tmp_path, "xlsx", internal=True)
    assert caught.value.code == "E-STAGE-FORMAT"
    assert made.log_rows()[-1].action == "export.internal"
    public = export_results(made, tmp_path, "csv")
    assert "示例园区3" in public.read_text(encoding="utf-8-sig")


def test_a_notice_is_of_the_acceptance(made: Office, tmp_path: Path) -> None:
    period = notice_period(made, date(2026, 11, 23), 5, count_start_day=False)
    found = publish(made, tmp_path, period, Wording("示例评审办"), formats=("json",))
    assert {row.kind for row in found.files} == {"pdf", "json"}
