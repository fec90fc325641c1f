"""Envelopes: exactly the asked signers, exactly this content, one spelling."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.crypto import envelope
from ndb_desktop.domain.errors import NdbError
from tests.support.travel import person

TYPE = "application/vnd.ndb.test.v1+json"
BODY = b'{"a":1}'
MOST = 1000


def keys(*names: str) -> dict[str, object]:
    return {person(name).keyid: person(name).public for name in names}


def code(data: bytes, *names: str, payload_type: str = TYPE, required: tuple[str, ...] | None = None) -> str:
    known = keys(*names)
    wanted = [person(name).keyid for name in (names if required is None else required)]
    with pytest.raises(NdbError) as caught:
        envelope.verify(data, payload_type, known, wanted, max_size=MOST)  # type: ignore[arg-type]
    return caught.value.code


def signed(*names: str) -> bytes:
    return envelope.sign(BODY, TYPE, [person(name) for name in names])


def changed(change: Callable[[dict[str, object]], object], *names: str) -> bytes:
    document = json.loads(signed(*names))
    change(document)
    return json.dumps(document).encode()


def test_one_and_two_signers() -> None:
    for names in (("a",), ("a", "b")):
        data = signed(*names)
        required = [person(name).keyid for name in names]
        assert envelope.verify(data, TYPE, keys("a", "b", "c"), required, max_size=MOST) == BODY  # type: ignore[arg-type]
        seen = envelope.peek(data, MOST)
        assert (seen.payload_type, seen.keyids, seen.payload) == (TYPE, tuple(required), BODY)


def test_the_same_content_by_the_same_key_is_the_same_file() -> None:
    assert signed("a") == signed("a")
    assert signed("a").endswith(b"\n")
    assert b" " not in signed("a").strip()


def test_an_unknown_signer_is_named_before_the_signature_is_judged() -> None:
    assert code(signed("stranger"), "a") == "E-SIGNER"
    assert code(signed("a", "stranger"), "a") == "E-SIGNER"


def test_a_known_but_unasked_co_signer_is_refused() -> None:
    assert code(signed("a", "b"), "a", "b", required=("a",)) == "E-SIGNER"


def test_a_stripped_co_signature_is_missed() -> None:
    stripped = changed(lambda d: d["signatures"].pop(), "a", "b")  # type: ignore[attr-defined]
    assert code(stripped, "a", "b") == "E-SIGNER-MISSING"


def test_a_signature_of_another_payload_or_type_or_key_is_broken() -> None:
    def body(document: dict[str, object]) -> None:
        document["payload"] = base64.b64encode(b'{"a":2}').decode()

    def swapped(document: dict[str, object]) -> None:
        first, second = document["signatures"]  # type: ignore[misc]
        first["sig"], second["sig"] = second["sig"], first["sig"]

    assert code(changed(body, "a"), "a") == "E-SIGNATURE"
    assert code(changed(swapped, "a", "b"), "a", "b") == "E-SIGNATURE"
    retyped = changed(lambda d: d.update(payloadType="other"), "a")
    assert code(retyped, "a") == "E-PAYLOAD-TYPE"
    assert code(retyped, "a", payload_type="other") == "E-SIGNATURE"


def test_one_good_signature_does_not_cover_for_a_bad_one() -> None:
    def zero(document: dict[str, object]) -> None:
        document["signatures"][1]["sig"] = base64.b64encode(bytes(64)).decode()  # type: ignore[index]

    assert code(changed(zero, "a", "b"), "a", "b") == "E-SIGNATURE"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "E-ENVELOPE-JSON"),
        (b"{", "E-ENVELOPE-JSON"),
        (b"\xff\xfe", "E-ENVELOPE-JSON"),
        (b"\xef\xbb\xbf{}", "E-ENVELOPE-JSON"),
        (b"[]", "E-ENVELOPE"),
        (b"{}", "E-ENVELOPE"),
        (b'{"payload":NaN}', "E-ENVELOPE-JSON"),
        (b'{"payload":"","payload":""}', "E-ENVELOPE-NAMES"),
        (b'{"payload":"","payloadType":"t","signatures":[]}', "E-ENVELOPE"),
        (b'{"payload":"","payloadType":1,"signatures":[{}]}', "E-ENVELOPE"),
        (b'{"payload":"","payloadType":"t","signatures":[{"keyid":"x","sig":"AAAA"}]}', "E-ENVELOPE"),
        (b'{"payload":"","payloadType":"t","signatures":[{"keyid":"x","sig":7}]}', "E-ENVELOPE"),
        (b"[" * 9000, "E-ENVELOPE-DEPTH"),
    ],
)
def test_malformed_envelopes(data: bytes, expected: str) -> None:
    assert code(data, "a") == expected
    with pytest.raises(NdbError) as caught:
        envelope.peek(data, MOST)
    assert caught.value.code == expected


def test_base64_has_one_spelling() -> None:
    def loose(text: str) -> Callable[[dict[str, object]], None]:
        return lambda document: document.update(payload=text)

    good = base64.b64encode(BODY).decode()
    assert good.endswith("=")
    for spelling in (good + "\n", good[:-2] + "R=" if good[-2] != "R" else good[:-2] + "S=", good.rstrip("="), "é"):
        assert code(changed(loose(spelling), "a"), "a") == "E-ENVELOPE-BASE64"


def test_extra_members_are_refused() -> None:
    assert code(changed(lambda d: d.update(extra=1), "a"), "a") == "E-ENVELOPE"
    assert code(changed(lambda d: d["signatures"][0].update(extra=1), "a"), "a") == "E-ENVELOPE"  # type: ignore[index]


def test_a_key_that_signs_twice_is_refused() -> None:
    twice = changed(lambda d: d["signatures"].append(dict(d["signatures"][0])), "a")  # type: ignore[attr-defined,index]
    assert code(twice, "a") == "E-ENVELOPE"


def test_size_is_looked_at_first() -> None:
    assert code(b"[" * (envelope.envelope_limit(MOST) + 1), "a") == "E-SIZE"
    large = envelope.sign(b"x" * (MOST + 1), TYPE, [person("a")])
    assert code(large, "a") == "E-SIZE"
    exact = envelope.sign(b"x" * MOST, TYPE, [person("a")])
    assert envelope.verify(exact, TYPE, keys("a"), [person("a").keyid], max_size=MOST) == b"x" * MOST  # type: ignore[arg-type]


def test_asking_for_nobody_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="required"):
        envelope.verify(signed("a"), TYPE, keys("a"), [], max_size=MOST)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="signer"):
        envelope.sign(BODY, TYPE, [])
    with pytest.raises(ValueError, match="signer"):
        envelope.sign(BODY, TYPE, [person("a"), person("a")])


def test_every_flipped_bit_is_refused() -> None:
    data = signed("a").rstrip(b"\n")
    for at in range(len(data)):
        for bit in (0, 5):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            assert code(bytes(flipped), "a").startswith("E-"), (at, bit)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_politely(data: bytes) -> None:
    assert code(data, "a").startswith("E-ENVELOPE")
