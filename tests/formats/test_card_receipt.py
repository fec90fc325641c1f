"""Cards and receipts: self-signed, closed, and nobody can send another's."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.crypto import envelope
from ndb_desktop.formats import card, receipt
from ndb_desktop.formats.card import build_card, open_card
from ndb_desktop.formats.receipt import build_receipt, open_receipt
from tests.support.travel import AT, made_receipt, person, refusal, signed_json


def made_card(name: str = "expert") -> bytes:
    return build_card(person(name), name="欧阳砚", employer="某大学", trial=True, created_at=AT)


def content_of(data: bytes) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(envelope.peek(data, 10**6).payload)
    return content


def test_a_card_comes_back() -> None:
    opened = open_card(made_card())
    assert opened.key == person("expert").public
    assert opened.key.comment == "欧阳砚"
    assert (opened.payload.name, opened.payload.employer, opened.payload.trial) == ("欧阳砚", "某大学", True)
    assert opened.envelope == made_card()


@pytest.mark.parametrize(
    ("changes", "signer", "expected"),
    [
        ({}, "expert", ""),
        ({}, "thief", "E-SIGNER"),
        ({"name": ""}, "expert", "E-JSON-FIELD"),
        ({"name": "a\nb"}, "expert", "E-JSON-FIELD"),
        ({"name": "x" * 101}, "expert", "E-JSON-FIELD"),
        ({"version": 2}, "expert", "E-VERSION"),
        ({"format": "x"}, "expert", "E-FORMAT"),
        ({"critical": ["x"]}, "expert", "E-CRITICAL"),
        ({"private": 1}, "expert", "E-JSON-FIELD"),
        ({"key": "ssh-ed25519 AAAA"}, "expert", "E-KEY-PUBLIC"),
        ({"employer": "x" * 20_000}, "expert", "E-SIZE"),
    ],
)
def test_cards_with_a_fault(changes: dict[str, Any], signer: str, expected: str) -> None:
    data = signed_json(content_of(made_card()) | changes, card.PAYLOAD_TYPE, person(signer))
    assert refusal(lambda: open_card(data)) == expected


def test_a_stolen_key_on_a_card_is_found() -> None:
    stolen = content_of(made_card()) | {"key": person("expert").public.age_recipient}
    assert refusal(lambda: open_card(signed_json(stolen, card.PAYLOAD_TYPE, person("thief")))) == "E-SIGNER"


def test_a_name_that_cannot_stand_on_a_card_is_not_written() -> None:
    code = refusal(lambda: build_card(person("a"), name="", employer="", trial=True, created_at=AT))
    assert code == "E-JSON-FIELD"


def test_a_receipt_comes_back() -> None:
    opened = open_receipt(made_receipt(), expected_issuer=person("issuer").keyid)
    assert opened.issuer == person("issuer").public
    assert [entry.verdict for entry in opened.payload.files] == ["accepted", "refused"]
    assert opened.payload.files[0].sheets[1].verdict == "conflict"


def test_a_receipt_from_somebody_else() -> None:
    assert refusal(lambda: open_receipt(made_receipt(), expected_issuer=person("x").keyid)) == "E-RECEIPT-ISSUER"
    forged = signed_json(content_of(made_receipt()), receipt.PAYLOAD_TYPE, person("thief"))
    assert refusal(lambda: open_receipt(forged)) == "E-SIGNER"
    with pytest.raises(ValueError, match="issuer"):
        build_receipt(open_receipt(made_receipt()).payload, person("thief"))


def test_each_file_only_passes_for_what_it_is() -> None:
    assert refusal(lambda: open_card(made_receipt())) == "E-PAYLOAD-TYPE"
    assert refusal(lambda: open_receipt(made_card())) == "E-PAYLOAD-TYPE"
    dressed = signed_json(content_of(made_card()), receipt.PAYLOAD_TYPE, person("expert"))
    assert refusal(lambda: open_receipt(dressed)) == "E-FORMAT"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    for whole, opener in ((made_card(), open_card), (made_receipt(), open_receipt)):
        changed = bytearray(whole.rstrip())
        at = data.draw(st.integers(0, len(changed) - 1))
        new = data.draw(st.integers(0, 255).filter(lambda value, old=changed[at]: value != old))  # type: ignore[misc]
        changed[at] = new
        assert refusal(lambda raw=bytes(changed), o=opener: o(raw)), at  # type: ignore[misc]


def test_a_receipt_lists_only_known_verdicts() -> None:
    content = json.loads(json.dumps(content_of(made_receipt())))
    content["files"][0]["sheets"][0]["verdict"] = "great"
    code = refusal(lambda: open_receipt(signed_json(content, receipt.PAYLOAD_TYPE, person("issuer"))))
    assert code == "E-JSON-FIELD"
