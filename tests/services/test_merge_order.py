"""The promise of the merge: any order, any grouping, any repetition of the same files give the same registry."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.results import compute
from tests.support.office import (
    Clock,
    digest_of,
    make_office,
    make_score_file,
    raw_sheet,
    recused_sheet,
    scored_sheet,
    use_tiny,
)
from tests.support.travel import person


class Round:
    """An empty registry to copy, and files with revisions, contradictions, a fork, a gap, a recusal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = itertools.count()
        office = make_office(folder / "empty", experts=6)
        self.files = self._files(office)
        office.close()

    def _files(self, office: Office) -> list[Path]:
        def sheet(name: str, mark: int, revision: int = 1, before: bytes | None = None) -> bytes:
            supersedes = digest_of(before) if before else None
            return raw_sheet(office, scored_sheet(name, mark), revision, supersedes)

        a1, b1 = sheet("A-001", 80), sheet("A-002", 81)
        a2 = sheet("A-001", 82, 2, a1)
        a3 = sheet("A-001", 83, 3, a2)
        c1, c1x = sheet("A-001", 84), sheet("A-001", 85)
        c2 = sheet("A-001", 86, 2, c1x)
        d1 = sheet("A-001", 87)
        fork = raw_sheet(office, scored_sheet("A-001", 88), 2, "e" * 64)
        recused = raw_sheet(office, recused_sheet("A-002"))
        gap = raw_sheet(office, scored_sheet("A-002", 89), 4, "f" * 64)
        plan: Sequence[tuple[str, Sequence[bytes], int]] = (
            ("E01", (a1, b1), 1), ("E01", (a2, b1), 2), ("E01", (a3, b1), 3),
            ("E02", (c1,), 1), ("E02", (c1x,), 1), ("E02", (c2,), 2),
            ("E03", (d1, recused), 1), ("E03", (fork, recused), 2),
            ("E04", (sheet("A-001", 80), sheet("A-002", 80)), 1), ("E04", (sheet("A-002", 85),), 1),
            ("E05", (sheet("A-001", 81), gap), 4), ("E06", (sheet("A-001", 82), sheet("A-002", 83)), 1),
        )  # fmt: skip
        return [
            make_score_file(office, self.folder / f"{n:02d}.ndbscore", expert, raws, revision=revision)
            for n, (expert, raws, revision) in enumerate(plan)
        ]

    def merged(self, calls: Sequence[Sequence[Path]]) -> tuple[object, ...]:
        """The state after these calls, started from the empty registry; a rebuild must agree with it."""
        folder = self.folder / f"office{next(self.count)}"
        shutil.copytree(self.folder / "empty", folder)
        office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
        try:
            for call in calls:
                report = merge_files(office, list(call), results=False)
                assert not [row for row in report.verdicts if row.verdict == "refused"]
            assert office.rebuild().equal
            assert office.verify_log().ok
            standings = tuple((s.application, s.expert, s.state, s.digests) for s in office.registry.standings())
            return dict(office.registry.derived_digests()), standings, compute(office).digest
        finally:
            office.close()
            shutil.rmtree(folder)


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    folder = tmp_path_factory.mktemp("order")
    yield Round(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def expected(round_: Round) -> tuple[object, ...]:
    return round_.merged([round_.files])


def test_what_counts_in_the_end(round_: Round, expected: tuple[object, ...]) -> None:
    standings = {(row[0], row[1]): row[2] for row in expected[1]}  # type: ignore[attr-defined]
    assert standings["A-001", "E01"] == "current"
    assert standings["A-001", "E02"] == "current"  # the second revision ended the contradiction
    assert standings["A-001", "E03"] == "conflict"  # a fork
    assert standings["A-002", "E04"] == "conflict"  # two first revisions
    assert standings["A-002", "E05"] == "current"  # earlier revisions never arrived


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_grouping_and_repetition(round_: Round, expected: tuple[object, ...], data: st.DataObject) -> None:
    files = data.draw(st.permutations(round_.files))
    again = data.draw(st.lists(st.sampled_from(round_.files), max_size=4))
    mixed = data.draw(st.permutations([*files, *again]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(mixed) - 1), max_size=4)))
    calls = [mixed[a:b] for a, b in itertools.pairwise([0, *cuts, len(mixed)])]
    assert round_.merged(calls) == expected


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_subset_does_not_depend_on_order_either(round_: Round, data: st.DataObject) -> None:
    subset = data.draw(st.lists(st.sampled_from(round_.files), min_size=2, max_size=8, unique=True))
    shuffled = data.draw(st.permutations(subset))
    assert round_.merged([subset]) == round_.merged([[path] for path in shuffled])
