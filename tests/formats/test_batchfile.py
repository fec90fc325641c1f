"""Batches and experts as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ndb_desktop.domain.batch import Batch, Expert, Quota
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.batchfile import batch_from_json, batch_to_json, expert_from_json, expert_to_json
from ndb_desktop.texts import LANGUAGES, fault_text
from tests.support.packs import sample_batch

EXPERT = Expert(
    "X1",
    "张三",
    "某大学",
    "12100000400000000X",
    "110000",
    "field",
    ("park", "enterprise"),
    {"ai": 900},
    ("某研究院",),
    12,
)


def codes(read: Any, value: Any) -> set[str]:
    with pytest.raises(NdbError) as caught:
        read(canonical(value), "batch.json")
    for fault in caught.value.faults:
        assert all(fault_text(fault, language) for language in LANGUAGES)
    return {fault.code for fault in caught.value.faults}


def test_round_trips() -> None:
    batch = sample_batch()
    assert batch_from_json(batch_to_json(batch)) == batch
    assert batch_to_json(batch_from_json(batch_to_json(batch))) == batch_to_json(batch)
    capped = Batch(batch.id, batch.title, 2026, False, batch.fields, {"park": Quota(None, {"ai": 2})}, 5, "cn-2026")
    assert batch_from_json(batch_to_json(capped)) == capped
    assert expert_from_json(expert_to_json(EXPERT)) == EXPERT


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-RECORD-UNKNOWN", {"ranking": True}),
        ("E-RECORD-TYPE", {"trial": "yes"}),
        ("E-RECORD-VALUE", {"panel_size": 0}),
        ("E-RECORD-VALUE", {"fields": []}),
        ("E-RECORD-CONTROL", {"title": {"zh_CN": "批\u200f次", "en": "x"}}),
        ("E-BATCHFILE-FIELD", {"quotas": {"park": {"fields": {"nothing": 1}}}}),
        ("E-QUOTA-TOTAL", {"quotas": {"park": {"total": 1, "fields": {"ai": 2}}}}),
        ("E-RECORD-CONTROL", {"fields": [{"id": "ai", "name": {"zh_CN": "智\u202e", "en": "ai"}, "k": "1"}]}),
        ("E-BATCHFILE-K", {"fields": [{"id": "ai", "name": {"zh_CN": "智", "en": "ai"}, "k": "0"}]}),
        ("E-NUMBER", {"fields": [{"id": "ai", "name": {"zh_CN": "智", "en": "ai"}, "k": "1e1"}]}),
    ],
)
def test_batches_that_are_refused(code: str, change: dict[str, Any]) -> None:
    assert code in codes(batch_from_json, {**json.loads(batch_to_json(sample_batch())), **change})


def test_a_field_may_stand_once() -> None:
    value = json.loads(batch_to_json(sample_batch()))
    value["fields"].append(value["fields"][0])
    assert codes(batch_from_json, value) == {"E-APP-TWICE"}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-RECORD-VALUE", {"province": "1100"}),
        ("E-RECORD-VALUE", {"fields": {"ai": 1001}}),
        ("E-RECORD-VALUE", {"categories": []}),
        ("E-RECORD-MISSING", {"employer": ...}),
        ("E-RECORD-CONTROL", {"name": "张\u202e三"}),
        ("E-RECORD-CONTROL", {"former_employers": ["a\x07"]}),
        ("E-APP-TWICE", {"categories": ["park", "park"]}),
    ],
)
def test_experts_that_are_refused(code: str, change: dict[str, Any]) -> None:
    value = {**json.loads(expert_to_json(EXPERT)), **change}
    assert code in codes(expert_from_json, {name: part for name, part in value.items() if part is not ...})
