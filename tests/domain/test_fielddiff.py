"""Field by field: what differs is told exactly, and told, it makes the new version out of the old one."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.fielddiff import FieldChange, applied, changes, flat
from ndb_desktop.formats.applications import application_to_json
from tests.support.travel import tiny_application

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
VALUES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.dictionaries(st.text(max_size=4), parts, max_size=3),
    ),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS)
def test_what_is_told_makes_the_new_version(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = flat(old), flat(new)
    told = changes(before, after)
    assert applied(before, told) == after
    assert applied(after, [FieldChange(c.path, c.new, c.old) for c in told]) == before, "and back"
    assert bool(told) == (before != after)
    assert all(change.old != change.new for change in told)
    assert len({change.path for change in told}) == len(told)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), LEAVES), st.dictionaries(st.sampled_from("abc"), LEAVES))
def test_records_that_differ_have_different_leaves(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert (flat(old) == flat(new)) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))


@settings(max_examples=60, deadline=None)
@given(
    st.text("甲乙AB1", min_size=1, max_size=5),
    st.integers(0, 10**6),
    st.text("说明", max_size=6),
    st.sampled_from(["申报书", "正本"]),
)
def test_no_change_of_an_application_stays_unsaid(applicant: str, rd: int, summary: str, title: str) -> None:
    old = tiny_application(1)
    datum = dataclasses.replace(old.data["rd"], values={"2025": Decimal(rd) / 100})
    document = dataclasses.replace(old.documents[0], title=title)
    new = dataclasses.replace(old, applicant=applicant, data={"rd": datum}, summary=summary, documents=(document,))
    before, after = (flat(json.loads(application_to_json(version))) for version in (old, new))
    assert bool(changes(before, after)) == (application_to_json(old) != application_to_json(new))
    assert applied(before, changes(before, after)) == after


def test_paths_name_items_by_their_id() -> None:
    old = {"documents": [{"id": "D1", "title": "a"}, {"id": "D2", "title": "b"}], "list": ["x"], "t": "true"}
    new = {"documents": [{"id": "D2", "title": "c"}, {"id": "D1", "title": "a"}], "list": [], "t": True}
    assert changes(flat(old), flat(new)) == (
        FieldChange("documents.D2.title", "b", "c"),
        FieldChange("list", None, "[]"),
        FieldChange("t", '"true"', "true"),
        FieldChange("list.[0]", "x", None),
    )
