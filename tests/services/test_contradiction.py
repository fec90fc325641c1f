"""Contradicting versions: which fields differ, no value before a signed decision, and then all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.services.contradiction import compare, contradictions, settle
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from tests.support.office import digest_of, make_office, make_score_file, raw_sheet, scored_sheet
from tests.support.travel import refusal

REASON = "专家书面确认以第二份为准"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def other_sheet() -> Sheet:
    """Another value of one item, another reason of a second, another opinion."""
    sheet = scored_sheet("A-001", 80)
    items = dict(sheet.items)
    items["T1.2.basis"] = replace(items["T1.2.basis"], value=Decimal(87))
    items["T1.1.plan"] = ItemEntry("T1.1.plan", "scored", "L4", Decimal(80), reason="机制健全，证据充分，可核查。")
    return replace(sheet, items=items, opinion="另一意见")


def quarrel(office: Office, folder: Path) -> tuple[bytes, bytes]:
    one, other = raw_sheet(office, scored_sheet("A-001", 80)), raw_sheet(office, other_sheet())
    for name, raw in (("a", one), ("b", other)):
        path = make_score_file(office, folder / f"{name}.ndbscore", "E01", [raw])
        merge_files(office, [path], results=False)
    return one, other


def test_it_says_which_fields_differ_and_no_value(office: Office, tmp_path: Path) -> None:
    one, other = quarrel(office, tmp_path)
    assert contradictions(office) == (("A-001", "E01"),)
    found = compare(office, "A-001", "E01")
    assert {version.digest for version in found.versions} == {digest_of(one), digest_of(other)}
    assert {version.files[0].name for version in found.versions} == {"a.ndbscore", "b.ndbscore"}
    assert all(version.candidate for version in found.versions)
    assert {(row.item, row.field) for row in found.differences} == {
        ("T1.2.basis", "value"), ("T1.1.plan", "reason"), ("", "opinion"),
    }  # fmt: skip
    assert all(row.groups == (0, 1) for row in found.differences)
    # Digests and moments hold every digit there is.
    shown = re.sub(r"[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:]+Z", "", repr(found))
    for value in ("87", "80'", "另一意见", "意见 80", "机制健全"):
        assert value not in shown


def test_the_comparison_does_not_say_which_is_higher(office: Office, tmp_path: Path) -> None:
    """Exchanging the two values leaves everything but the digests as it was."""
    shapes = []
    for number, marks in enumerate(permutations((81, 88))):
        fresh = make_office(tmp_path / f"office{number}")
        for name, mark in zip("ab", marks, strict=True):
            path = make_score_file(fresh, tmp_path / f"{number}{name}.ndbscore", "E01", [scored_sheet("A-001", mark)])
            merge_files(fresh, [path], results=False)
        found = compare(fresh, "A-001", "E01")
        shapes.append([(row.item, row.field, row.groups) for row in found.differences])
        fresh.close()
    assert shapes[0] == shapes[1]


def test_a_signed_decision_brings_the_values(office: Office, tmp_path: Path) -> None:
    _, other = quarrel(office, tmp_path)
    made = settle(office, "A-001", "E01", digest_of(other), REASON)
    assert made.decision.kind == "contradiction"
    assert made.decision.content["chosen"] == digest_of(other)
    assert office.decided.all() == (made.decision,)
    values = {
        (row.item, row.field): set(found) for row, found in zip(made.comparison.differences, made.values, strict=True)
    }
    assert values["T1.2.basis", "value"] == {"80", "87"}
    assert values["", "opinion"] == {"意见 80", "另一意见"}
    at = [version.digest for version in made.comparison.versions].index(made.chosen)
    by_field = {row.field: found for row, found in zip(made.comparison.differences, made.values, strict=True)}
    assert by_field["value"][at] == "87"
    assert contradictions(office) == ()
    ((_, (current,)),) = office.registry.current_sheets("A-001")
    assert current.digest == digest_of(other)
    assert office.rebuild().equal
    assert refusal(lambda: compare(office, "A-001", "E01")) == "E-RESOLVE"


def test_what_cannot_be_decided_leaves_nothing(office: Office, tmp_path: Path) -> None:
    one, _ = quarrel(office, tmp_path)
    assert refusal(lambda: settle(office, "A-001", "E01", digest_of(one), " ")) == "E-REASON"
    assert refusal(lambda: settle(office, "A-001", "E01", "0" * 64, REASON)) == "E-RESOLVE"
    assert refusal(lambda: settle(office, "A-002", "E01", digest_of(one), REASON)) == "E-RESOLVE"
    office.registry._db.conn.execute("PRAGMA query_only = ON")
    assert refusal(lambda: settle(office, "A-001", "E01", digest_of(one), REASON)) == "E-STORE-READONLY"
    assert office.decided.all() == ()
    assert compute(office).contradictions == (("A-001", "E01"),)


def test_a_sheet_that_follows_one_nobody_sent_is_compared_with_what_is_here(office: Office, tmp_path: Path) -> None:
    one = raw_sheet(office, scored_sheet("A-001", 80))
    fork = raw_sheet(office, scored_sheet("A-001", 88), 2, "e" * 64)
    for revision, raw in ((1, one), (2, fork)):
        path = make_score_file(office, tmp_path / f"{revision}.ndbscore", "E01", [raw], revision=revision)
        merge_files(office, [path], results=False)
    found = compare(office, "A-001", "E01")
    assert [(version.revision, version.candidate) for version in found.versions] == [(1, False), (2, True)]
    assert "supersedes" in {row.field for row in found.differences}
    assert refusal(lambda: settle(office, "A-001", "E01", digest_of(one), REASON)) == "E-RESOLVE"
    assert settle(office, "A-001", "E01", digest_of(fork), REASON).chosen == digest_of(fork)


def test_the_same_decision_twice_is_one_too_many(office: Office, tmp_path: Path) -> None:
    one, _ = quarrel(office, tmp_path)
    settle(office, "A-001", "E01", digest_of(one), REASON)
    assert refusal(lambda: settle(office, "A-001", "E01", digest_of(one), REASON)) == "E-RESOLVE"
    assert len(office.decided.all()) == 1
