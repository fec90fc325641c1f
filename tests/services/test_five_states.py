"""Nought, missing, not applicable, recused and withdrawn stay five things from the signed file to the report."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.panel import ExpertState
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.reports.panel_summary import panel_summary
from ndb_desktop.services.analytics import analytics
from ndb_desktop.services.intake_people import revoke_key
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.report_panel import panel_view
from ndb_desktop.texts import text
from tests.support.office import make_office, make_score_file, recused_sheet, scored_sheet
from tests.support.reports import read, spaceless
from tests.support.travel import person, tiny_pack

State = Literal["nought", "high", "not_applicable", "absent", "recused", "void"]
ITEM, NAME = "T1.2.basis", "A-001"
WHY = "理由充分，详见工作方案第三章"
COUNTS: dict[State, ExpertState] = {
    "nought": "scored", "high": "scored", "not_applicable": "scored", "absent": "absent", "recused": "recused",
    "void": "void",
}  # fmt: skip
EVERY: list[State] = ["nought", "not_applicable", "absent", "recused", "void"]


def _sheet(state: State, mark: int) -> Sheet:
    if state == "recused":
        return recused_sheet(NAME)
    sheet = scored_sheet(NAME)
    entry = {
        "nought": ItemEntry(ITEM, "scored", "L1", Decimal(0), reason=WHY),
        "not_applicable": ItemEntry(ITEM, "not_applicable", reason=WHY),
    }.get(state, ItemEntry(ITEM, "scored", "L4", Decimal(mark)))
    return replace(sheet, items={**sheet.items, ITEM: entry})


DRAWN = st.tuples(
    st.permutations([*EVERY, "high", "high"]), st.lists(st.sampled_from(["nought", "high"]), min_size=2, max_size=2)
).map(lambda drawn: [*drawn[0], *drawn[1]])


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(states=DRAWN, mark=st.integers(80, 89))
def test_five_states_through_file_merge_statistics_and_report(states: list[State], mark: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        _follow(Path(name), states, mark)


def _follow(folder: Path, states: list[State], mark: int) -> None:
    said = {f"E{number:02d}": state for number, state in enumerate(states, 1)}
    pack = tiny_pack()
    pack = replace(pack, indicators=tuple(replace(one, not_applicable=True) for one in pack.indicators))
    with closing(make_office(folder / "office", applications=1, experts=len(states))) as office:
        office.__dict__["packs"] = {"park": pack}
        files = {
            expert: make_score_file(office, folder / f"in/{expert}.ndbscore", expert, [_sheet(state, mark)])
            for expert, state in said.items()
            if state != "absent"
        }
        _in_files(files, said)
        assert {row.verdict for row in merge_files(office, list(files.values())).verdicts} == {"accepted"}
        for expert, state in said.items():
            if state == "void":
                revoke_key(office, expert, person(expert).keyid, "密钥遗失")

        found = analytics(office)
        one = found.applications[NAME]
        assert dict(one.result.experts) == {expert: COUNTS[state] for expert, state in said.items()}
        assert one.states == Counter(COUNTS[state] for state in states)
        assert {ref.expert for ref in one.sheets} == {e for e, state in said.items() if COUNTS[state] == "scored"}
        item = one.result.items[ITEM]
        scored = [Fraction(mark if state == "high" else 0) for state in states if state in ("high", "nought")]
        kept = sorted(scored)[1:-1] if item.trimmed else scored
        assert item.value == sum(kept) / len(kept), "a nought counts, nothing else does"
        marks = Counter("scored" if state in ("high", "nought") else state for state in states)
        assert Counter(item.marks) == marks

        view = panel_view(office, found.result, "park", "ai", "zh_CN", names=False)
        # Basis stands before plan, so the first row of the indicator is the item's.
        row = next(
            row for row in view.applicants[0].rows if row.label.startswith(ITEM.removesuffix("basis")[:-1] + " ")
        )
        shown = dict(zip(sorted(said), (cell.text for cell in row.values), strict=True))
        words = {state: text(f"state.{state}", "zh_CN") for state in ("not_applicable", "absent", "recused", "void")}
        words |= {"nought": "0.00", "high": f"{mark}.00"}
        assert shown == {expert: words[state] for expert, state in said.items()}
        assert len(set(words.values())) == len(words)
        printed = spaceless(read(panel_summary(view, "zh_CN").data))
        assert all(spaceless(words[state]) in printed for state in EVERY)


def _in_files(files: dict[str, Path], said: dict[str, State]) -> None:
    for expert, path in files.items():
        (sheet,) = open_score(path.read_bytes(), None).sheets
        kept = {item.item: (item.state, item.value) for item in sheet.record.items}
        if said[expert] == "recused":
            assert (sheet.record.status, kept) == ("recused", {})
        elif said[expert] == "not_applicable":
            assert kept[ITEM] == ("not_applicable", None)
        elif said[expert] == "nought":
            assert kept[ITEM] == ("scored", "0")
