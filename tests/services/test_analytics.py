"""Analytics: the figures of the sheets that count, each with its sheets and signed files; and no score moves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from ndb_desktop.domain.agreement import agreement, alpha_ordinal
from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.severity import severity
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.services.analytics import BatchAnalytics, Wanted, analytics, internal_analytics
from ndb_desktop.services.analytics_record import analytics_record
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute, ratio
from tests.support.office import make_office, make_score_file, recused_sheet, scored_sheet, small_batch
from tests.support.travel import refusal, tiny_application

F = Fraction
EXPERTS = 6
APPLICATIONS = 12
ITEMS = ("T1.1.plan", "T1.2.basis", "T1.2.plan")


def mark_of(expert: int, number: int, place: int) -> int:
    """E01 is 25 points below the others; E02 gives every application the same marks; E06 marks its last one 0."""
    if expert == 6 and number == APPLICATIONS:
        return 0
    if expert == 2:
        return (81, 84, 88)[place]
    return 74 + (5 * number + 3 * place) % 13 + (expert * number + place) % 4 - (25 if expert == 1 else 0)


def marked(expert: int, number: int) -> Sheet:
    entries = {}
    for place, item in enumerate(ITEMS):
        mark = mark_of(expert, number, place)
        level = "L1" if mark < 60 else "L2" if mark < 70 else "L3" if mark < 80 else "L4" if mark < 90 else "L5"
        reason = "理由充分，详见工作方案第三章" if level in ("L1", "L5") else ""
        entries[item] = ItemEntry(item, "scored", level, Decimal(mark), reason=reason)
    sheet = scored_sheet(f"A-{number:03d}")
    return replace(sheet, items={**sheet.items, **entries})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("analytics")
    listed = [replace(tiny_application(n), field="nev" if n % 3 else "ai") for n in range(1, APPLICATIONS + 1)]
    office = make_office(folder / "office", applications=listed, experts=EXPERTS, batch=small_batch())
    for expert in range(1, EXPERTS + 1):
        # E05 recuses itself from A-001, E04 leaves A-003 out.
        sheets = [
            recused_sheet("A-001") if (expert, n) == (5, 1) else marked(expert, n)
            for n in range(1, APPLICATIONS + 1)
            if (expert, n) != (4, 3)
        ]
        make_score_file(office, folder / f"in/E{expert}.ndbscore", f"E0{expert}", sheets)
    report = merge_files(office, [folder / "in"])
    assert [row.verdict for row in report.verdicts] == ["accepted"] * EXPERTS
    # A conflict found late: the sheet is void and stands behind nothing.
    office.add_conflicts([Conflict("E03", "A-002", "C1", "recuse", "cohort", "同一单位")])
    yield office
    office.close()


@pytest.fixture(scope="module")
def found(made: Office) -> BatchAnalytics:
    return analytics(made)


def judged_total(expert: int, number: int) -> Fraction:
    """By hand: weights 50 x 60 % and 50 x 40 %, the target's item counting half."""
    plan, basis, other = (mark_of(expert, number, place) for place in range(3))
    return F(plan * 10 + basis * 30 + other * 20, 60)


def counts(expert: int, number: int) -> bool:
    return (expert, number) not in {(5, 1), (4, 3), (3, 2)}


RATINGS = {
    f"A-{n:03d}": {f"E0{e}": judged_total(e, n) for e in range(1, EXPERTS + 1) if counts(e, n)}
    for n in range(1, APPLICATIONS + 1)
}


def test_figures_are_those_of_the_judged_totals(found: BatchAnalytics) -> None:
    batch = found.batch
    assert {name: dict(row.result.judged_totals) for name, row in found.applications.items()} == RATINGS
    assert batch.agreement == agreement(RATINGS)
    assert batch.agreement.one_way.single.value is not None
    assert batch.agreement.concordance.w.undefined == "incomplete"
    assert found.severity == severity(RATINGS)
    everything = [mark for row in RATINGS.values() for mark in row.values()]
    assert batch.judged is not None
    assert (batch.judged.n, batch.judged.mean) == (69, sum(everything) / F(69))
    assert sum(batch.judged.bins) == 69
    # 0 is a mark: it is in the lowest bin.
    assert batch.judged.bins[0] == 1
    assert batch.judged.low == 0


def test_levels_count_every_judged_item_and_make_the_ordinal_alpha(found: BatchAnalytics) -> None:
    levels: dict[str, dict[str, Fraction]] = {}
    for number in range(1, APPLICATIONS + 1):
        for place, item in enumerate(ITEMS):
            marks = {e: mark_of(e, number, place) for e in range(1, EXPERTS + 1) if counts(e, number)}
            levels[f"{number}/{item}"] = {
                f"E0{e}": F(1 + sum(mark >= low for low in (60, 70, 80, 90))) for e, mark in marks.items()
            }
    assert found.batch.ordinal == alpha_ordinal(levels)
    given = [level for row in levels.values() for level in row.values()]
    assert found.batch.levels == tuple(given.count(F(level)) for level in range(1, 6))


def test_groups_are_the_fields_the_category_and_the_batch(found: BatchAnalytics) -> None:
    assert [(group.category, group.field) for group in found.groups] == [
        ("park", "ai"), ("park", "nev"), ("park", ""), ("", ""),
    ]  # fmt: skip
    ai, nev, park, batch = found.groups
    assert {*ai.applications, *nev.applications} == set(park.applications) == set(RATINGS)
    assert ai.agreement == agreement({name: RATINGS[name] for name in ai.applications})
    assert park.agreement == batch.agreement
    assert dict(batch.states) == {"scored": 69, "recused": 1, "absent": 1, "void": 1}
    assert dict(batch.sizes) == {5: 3, 6: 9}
    assert batch.totals is not None
    assert batch.totals.n == APPLICATIONS
    keys = {phrase.key for phrase in ai.cautions}
    assert {"trust.few_applications", "trust.few_common"} <= keys
    # E01 and the lone 0 make so much noise that single marks agree badly.
    assert {phrase.key for phrase in batch.cautions} == {"trust.unequal", "trust.low"}


def test_every_figure_leads_to_the_signed_files(made: Office, found: BatchAnalytics) -> None:
    files = {row.payload_sha256: row for row in made.registry.files()}
    current = {
        (stored.application, stored.expert): stored.digest
        for _, group in made.registry.current_sheets()
        for stored in group
    }
    assert len(found.batch.sheets) == 69
    for ref in found.batch.sheets:
        assert ref.digest == current[ref.application, ref.expert]
        (payload,) = ref.files
        assert files[payload].expert == ref.expert
        assert (ref.application, ref.revision, ref.digest) in made.registry.file_sheets(payload)
        assert counts(int(ref.expert[1:]), int(ref.application[2:]))
    for name, row in found.applications.items():
        assert {ref.expert for ref in row.sheets} == set(RATINGS[name])
    for expert, own in found.experts.items():
        assert {ref.application for ref in own.sheets} == {name for name, row in RATINGS.items() if expert in row}
        assert own.judged is not None
        assert own.judged.n == len(own.sheets)
    assert found.experts["E05"].states == {"scored": 11, "recused": 1}
    assert found.applications["A-003"].states == {"scored": 5, "absent": 1}
    assert found.applications["A-002"].totals is not None
    assert found.applications["A-002"].totals.n == 5


def test_flags_of_every_kind_stand_on_their_sheets(found: BatchAnalytics) -> None:
    by_code: dict[str, list[str]] = {}
    for traced in found.flags:
        flag = traced.flag
        by_code.setdefault(flag.code, []).append(flag.expert)
        assert traced.sheets
        if flag.application:
            assert {ref.application for ref in traced.sheets} == {flag.application}
        else:
            assert [ref.application for ref in traced.sheets] == list(flag.applications)
            assert {ref.expert for ref in traced.sheets} == {flag.expert}
    assert by_code["same_rows"] == ["E02"]
    assert by_code["narrow"] == ["E02"]
    assert by_code["severe"] == ["E01"]
    residual = [traced for traced in found.flags if traced.flag.code == "residual"]
    worst = max(residual, key=lambda traced: traced.flag.numbers["residual"])
    assert (worst.flag.application, worst.flag.expert, len(worst.sheets)) == ("A-012", "E06", 1)
    # E06 gave one application nothing at all: the panel's own flag is here too.
    assert "E06" in by_code["all_same"]
    assert {one.flag.code for one in found.experts["E02"].flags} >= {"same_rows", "narrow"}
    assert {one.flag.code for one in found.applications["A-012"].flags} >= {"residual", "all_same"}


def test_key_marks_stand_on_the_whole_panel(made: Office, found: BatchAnalytics) -> None:
    """For each application and each expert: the mean of the others' totals on the other side of the threshold."""
    pack = made.packs["park"]
    expected = set()
    for name, row in found.applications.items():
        totals = row.result.expert_totals
        assert row.result.published is not None
        passes = row.result.published >= pack.settings.threshold
        for expert in totals:
            rest = [total for other, total in totals.items() if other != expert]
            others = Decimal(str(round(float(sum(rest) / len(rest)), 2)))
            if (others >= pack.settings.threshold) != passes:
                expected.add((name, expert))
    listed = {
        (traced.flag.application, traced.flag.expert): traced
        for traced in found.flags
        if traced.flag.code == "key_mark"
    }
    assert set(listed) == expected
    assert expected
    for (name, _), traced in listed.items():
        assert traced.flag.action == "list"
        assert {ref.expert for ref in traced.sheets} == set(RATINGS[name])


def test_no_score_changes_and_only_the_internal_look_is_logged(made: Office, found: BatchAnalytics) -> None:
    before = compute(made)
    rows = len(made.log_rows())
    assert analytics(made).result == found.result == before
    assert len(made.log_rows()) == rows
    seen = internal_analytics(made)
    assert seen.result == before == compute(made)
    last = made.log_rows()[-1]
    assert (last.action, last.details) == ("results.viewed", {"digest": before.digest})


def test_nobody_looks_before_the_scores_are_opened(tmp_path: Path) -> None:
    """The same gate as for the results: a real round needs two signatures."""
    office = make_office(tmp_path / "office", batch=small_batch(trial=False))
    assert refusal(lambda: internal_analytics(office)).startswith("E-DECISION-")
    assert "results.viewed" not in {row.action for row in office.log_rows()}
    office.close()


def test_on_demand_only(made: Office, found: BatchAnalytics) -> None:
    assert found.ratios == {}
    assert all(group.intervals is None for group in found.groups)
    wanted = analytics(made, Wanted(seed="公开种子", ratios=True))
    batch = wanted.batch
    assert batch.intervals is not None
    assert batch.intervals.alpha is not None
    assert batch.agreement.alpha.value is not None
    assert batch.intervals.alpha.low <= batch.agreement.alpha.value <= batch.intervals.alpha.high
    assert analytics(made, Wanted(seed="公开种子")).batch.intervals == batch.intervals
    assert analytics(made, Wanted(seed="另一个")).batch.intervals != batch.intervals
    assert [(row.panel, row.applications) for row in wanted.ratios["park"]] == [("ai", 4), ("nev", 8)]
    assert wanted.result == found.result


def test_the_record_is_exact_complete_and_the_same_twice(made: Office, found: BatchAnalytics) -> None:
    record = analytics_record(found, "zh_CN")
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    assert text == json.dumps(analytics_record(analytics(made), "zh_CN"), ensure_ascii=False, sort_keys=True)
    read = json.loads(text)
    assert len(read["sheets"]) == 69
    assert len({(row["application"], row["expert"]) for row in read["sheets"]}) == 69
    assert all(len(file) == hashlib.sha256().digest_size * 2 for row in read["sheets"] for file in row["files"])
    batch = read["groups"][-1]
    assert batch["sheets"] == list(range(69))
    assert batch["alpha_interval"] == {"value": ratio(found.batch.agreement.alpha.value), "undefined": None}
    assert batch["kendall_w"] == {"value": None, "undefined": "incomplete"}
    assert batch["judged"]["variance"] == ratio(found.batch.judged and found.batch.judged.variance)
    for flag in read["flags"]:
        assert flag["sentence"]
        assert flag["sheets"]
    experts = [row["expert"] for row in read["experts"]]
    assert all(one < other for one, other in pairwise(experts))
    assert [row["application"] for row in read["applications"]] == list(found.result.applications)
    assert "float" not in {type(value).__name__ for value in _leaves(read)}


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def test_a_round_in_which_nothing_came_back(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office")
    empty = analytics(office, Wanted(seed="s", ratios=True))
    assert empty.flags == ()
    assert empty.batch.judged is None
    assert empty.batch.agreement.alpha.undefined == "few_raters"
    assert empty.batch.states == {"absent": 10}
    assert {row.severity for row in empty.experts.values()} == {None}
    assert {phrase.key for phrase in empty.batch.cautions} == {"trust.few_applications", "trust.missing"}
    assert json.dumps(analytics_record(empty, "en"))
    office.close()
