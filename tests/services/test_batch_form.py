"""The form of a new batch: its faults at their fields, the lint of quotas, the draft, the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.selection import quota_faults
from ndb_desktop.formats.batchfile import batch_from_json, batch_to_json
from ndb_desktop.formats.batchplan import plan_from_json, plan_to_json
from ndb_desktop.services.batch_form import (
    BatchForm,
    FieldForm,
    RecommenderForm,
    draft_path,
    drop_draft,
    load_draft,
    new_form,
    plan_of_form,
    save_draft,
    take_over,
)
from ndb_desktop.services.batch_lint import QuotaSum, by_place, form_faults, quota_sum, step_of
from ndb_desktop.services.rulepacks import proposed_fields
from ndb_desktop.texts import LANGUAGES, fault_text


def form(**changes: object) -> BatchForm:
    """A complete form, changed."""
    made = new_form(proposed_fields(), 2026, Path("/nowhere/NDB-2026"), zh="批次", en="Batch")
    made.name = "评审办"
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_a_complete_form_has_no_fault_and_makes_the_batch_it_says() -> None:
    made = form(totals={"park": "20", "enterprise": ""}, trial=True, panel_size=9)
    made.fields[0].quotas = {"park": "3"}
    assert form_faults(made) == ()
    plan = plan_of_form(made)
    assert (plan.batch.year, plan.batch.trial, plan.batch.panel_size) == (2026, True, 9)
    assert plan.batch.quotas["park"].total == 20
    assert plan.batch.quotas["park"].fields == {made.fields[0].id: 3}
    assert plan.batch.quotas["enterprise"].total is None
    assert batch_from_json(batch_to_json(plan.batch)) == plan.batch
    assert plan_from_json(plan_to_json(plan)) == plan
    assert plan.facts.recommenders is not None
    assert len(plan.facts.recommenders.active) == 32


def _field(**values: str) -> Callable[[BatchForm], object]:
    def change(made: BatchForm) -> None:
        for name, value in values.items():
            setattr(made.fields[1], name, value)

    return change


@pytest.mark.parametrize(
    ("code", "place", "change"),
    [
        ("E-PLAN-EMPTY", "batch.id", lambda f: setattr(f, "id", " ")),
        ("E-PLAN-ID", "batch.id", lambda f: setattr(f, "id", "批次一")),
        ("E-PLAN-EMPTY", "batch.name", lambda f: setattr(f, "name", "")),
        ("E-PLAN-LONG", "batch.zh", lambda f: setattr(f, "zh", "长" * 201)),
        ("E-RECORD-CONTROL", "batch.en", lambda f: setattr(f, "en", "a\u202eb")),
        ("E-PLAN-YEAR", "batch.year", lambda f: setattr(f, "year", 1)),
        ("E-PLAN-CATEGORY", "fields.categories", lambda f: setattr(f, "categories", [])),
        ("E-PLAN-FIELDS", "fields.add", lambda f: setattr(f, "fields", [])),
        ("E-PLAN-EMPTY", "fields[1].zh", _field(zh="")),
        ("E-PLAN-EMPTY", "fields[1].k", _field(k="")),
        ("E-NUMBER", "fields[1].k", _field(k="1e3")),
        ("E-PLAN-K", "fields[1].k", _field(k="0")),
        ("E-PLAN-K", "fields[1].k", _field(k="10.1")),
        ("E-APP-TWICE", "fields[1].id", lambda f: setattr(f.fields[1], "id", f.fields[0].id)),
        ("E-PLAN-COUNT", "quotas.park.total", lambda f: f.totals.update(park="-1")),
        ("E-PLAN-COUNT", "quotas.enterprise[1]", lambda f: f.fields[1].quotas.update(enterprise="1.5")),
        ("E-PLAN-PANEL", "rules.panel", lambda f: setattr(f, "panel_size", 6)),
        ("E-PLAN-PANEL", "rules.panel", lambda f: setattr(f, "panel_size", 3)),
        ("E-CALENDAR-UNKNOWN", "dates.calendar", lambda f: setattr(f, "calendar", "cn-2027")),
        ("E-RECOMMENDERS-NONE", "recommenders.add", lambda f: setattr(f, "recommenders", [])),
        ("E-RECOMMENDERS-REGION", "recommenders[0].region", lambda f: setattr(f.recommenders[0], "region", "44")),
        ("E-PLAN-LONG", "recommenders[0].name", lambda f: setattr(f.recommenders[0], "name", "长" * 201)),
        ("E-PLAN-EMPTY", "keys.folder", lambda f: setattr(f, "folder", "")),
    ],
)
def test_every_mistake_is_told_at_its_field_and_leads_to_its_step(
    code: str, place: str, change: Callable[[BatchForm], object]
) -> None:
    made = form()
    change(made)
    found = by_place(form_faults(made))
    assert found[place].code == code
    assert len(found) == 1
    assert step_of(place) in {"batch", "fields", "quotas", "rules", "dates", "recommenders", "keys"}
    assert all(fault_text(found[place], language) for language in LANGUAGES)


def test_a_ceiling_above_the_total_is_told_at_the_field_with_its_name() -> None:
    made = form(totals={"park": "5"})
    made.fields[2].quotas = {"park": "6", "enterprise": "6"}
    (fault,) = form_faults(made)
    assert (fault.code, fault.place) == ("E-QUOTA-TOTAL", "quotas.park[2]")
    assert fault.params == {"field": made.fields[2].zh, "limit": "6", "total": "5"}
    assert form_faults(made, "en")[0].params["field"] == made.fields[2].en


def test_quotas_of_a_category_that_takes_no_part_do_not_matter() -> None:
    made = form(totals={"park": "x"}, categories=["enterprise"])
    assert form_faults(made) == ()
    assert set(plan_of_form(made).batch.quotas) == {"enterprise"}


def test_a_registry_in_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"x")
    assert [(f.code, f.place) for f in form_faults(form(folder=str(tmp_path)))] == [("E-OFFICE-EXISTS", "keys.folder")]


def test_without_a_list_nothing_of_it_is_checked_or_kept() -> None:
    made = form(checked_list=False, recommenders=[RecommenderForm("x", "")])
    assert form_faults(made) == ()
    assert plan_of_form(made).facts.recommenders is None


LIMITS = st.none() | st.integers(0, 12)


@settings(max_examples=120, deadline=None)
@given(total=LIMITS, limits=st.lists(LIMITS, min_size=1, max_size=5))
def test_the_lint_agrees_with_the_rules_of_selection_and_the_sum_with_arithmetic(
    total: int | None, limits: list[int | None]
) -> None:
    category: Category = "park"
    made = form(categories=[category], totals={category: "" if total is None else str(total)})
    made.fields = [
        FieldForm(f"f{n}", "领域", "field", "1", {category: "" if limit is None else str(limit)})
        for n, limit in enumerate(limits)
    ]
    told = {fault.place for fault in form_faults(made)}
    quotas = plan_of_form(made).batch.quotas
    strict = quota_faults(quotas, {row.id for row in made.fields})
    assert told == {f"quotas.park[{fault.place.rpartition('.f')[2]}]" for fault in strict}
    known = [limit for limit in limits if limit is not None]
    # Most that can ever be selected: the total, and no field above its ceiling.
    most = None if len(known) < len(limits) else sum(known)
    short = total - min(most, total) if total is not None and most is not None else 0
    assert quota_sum(made, category) == QuotaSum(total, sum(known), len(limits) - len(known), short)


def test_there_is_no_sum_while_a_number_is_none() -> None:
    assert quota_sum(form(totals={"park": "many"}), "park") is None


def test_a_draft_comes_back_as_it_was_left_whatever_stands_in_it(tmp_path: Path) -> None:
    made = form(id="", totals={"park": "nonsense"}, step="quotas")
    assert load_draft(tmp_path) is None
    save_draft(tmp_path, made)
    assert load_draft(tmp_path) == made
    assert draft_path(tmp_path).stat().st_mode & 0o077 == 0
    drop_draft(tmp_path)
    drop_draft(tmp_path)
    assert load_draft(tmp_path) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"fields": 1}', b"\xff\xfe", b"[" * 100_000, b" " * (1024 * 1024 + 1)])
def test_a_draft_that_cannot_be_read_is_none(tmp_path: Path, raw: bytes) -> None:
    save_draft(tmp_path, form())
    draft_path(tmp_path).write_bytes(raw)
    assert load_draft(tmp_path) is None


def test_a_draft_has_no_place_for_a_passphrase() -> None:
    names = {name for struct in (BatchForm, FieldForm, RecommenderForm) for name in struct.__struct_fields__}
    assert not [name for name in names if "pass" in name or "secret" in name]
    assert set(msgspec.to_builtins(form())) <= names


def test_the_next_batch_takes_over_what_stays_and_keeps_its_own_name() -> None:
    old = form(
        totals={"park": "7"}, panel_size=5, per_province=3, cities=True, count_start_day=True, id="OLD", trial=True
    )
    old.fields = old.fields[:2]
    old.fields[1].quotas = {"park": "2"}
    new = form(id="NEW", zh="新批次")
    take_over(new, plan_of_form(old))
    assert (new.id, new.zh) == ("NEW", "新批次")
    assert form_faults(new) == ()
    again = plan_of_form(new)
    assert again.facts == plan_of_form(old).facts
    assert again.batch.quotas == plan_of_form(old).batch.quotas
    assert (again.batch.fields, again.batch.panel_size) == (plan_of_form(old).batch.fields, 5)
