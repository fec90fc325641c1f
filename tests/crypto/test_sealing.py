"""Sealing to keys, header limits, and the bundle secret as people type it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.crypto import sealing
from ndb_desktop.domain.errors import NdbError
from tests.support.travel import SECRET, person


def code(data: bytes, name: str = "a", most: int = 100_000) -> str:
    with pytest.raises(NdbError) as caught:
        sealing.unseal(data, person(name), max_size=most)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 99_999])
def test_each_recipient_opens_it_and_nobody_else(size: int) -> None:
    data = b"x" * size
    sealed = sealing.seal(data, [person("a").public, person("b").public, person("a").public])
    assert sealing.is_sealed(sealed)
    assert sealing.unseal(sealed, person("a"), max_size=size) == data
    assert sealing.unseal(sealed, person("b"), max_size=size) == data
    assert code(sealed, "c") == "E-AGE-KEY"
    assert len(sealed) <= sealing.sealed_limit(size)


def test_nobody_is_no_recipient() -> None:
    with pytest.raises(ValueError, match="nobody"):
        sealing.seal(b"x", [])


def test_sizes_are_capped_before_and_after() -> None:
    sealed = sealing.seal(b"x" * 70_000, [person("a").public])
    assert code(sealed, most=10_000) == "E-SIZE"
    assert code(sealing.seal(b"x" * 101, [person("a").public]), most=100) == "E-SIZE"


def test_every_changed_byte_is_refused() -> None:
    sealed = sealing.seal(b"secret", [person("a").public])
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        assert code(bytes(changed)) in {"E-AGE-BROKEN", "E-AGE-KEY", "E-AGE-FORMAT", "E-AGE-HEADER"}, at
    for cut in range(len(sealed)):
        assert code(sealed[:cut]).startswith("E-AGE-"), cut


def test_a_stanza_bomb_costs_nothing() -> None:
    stanza = b"-> ssh-ed25519 Vs8CbQ sdOLlfgbStSnGnBg1liQf2UToWPK3R1H6EUR73ZQCg8\n" + b"A" * 43 + b"\n"
    many_short = sealing.AGE_MAGIC + b"-> x\n\n" * 17 + b"--- " + b"A" * 43 + b"\n"
    many_long = sealing.AGE_MAGIC + stanza * 2000 + b"--- " + b"A" * 43 + b"\n"
    endless = sealing.AGE_MAGIC + b"A" * 5000
    assert [code(data, most=10**6) for data in (many_short, many_long, endless)] == ["E-AGE-HEADER"] * 3


def test_what_is_not_age_is_named() -> None:
    assert code(b"PK\x03\x04") == "E-AGE-FORMAT"


def test_a_passphrase_file_does_not_cost_a_gigabyte() -> None:
    scrypt = sealing.AGE_MAGIC + b"-> scrypt 4pSVkmBX0OJ6yo1w7HXeLA 30\n" + b"A" * 43 + b"\n--- " + b"A" * 43 + b"\n"
    assert code(scrypt).startswith("E-AGE-")


def test_secrets_have_100_bits_and_one_form() -> None:
    made = {sealing.new_secret() for _ in range(200)}
    assert len(made) == 200
    for secret in made:
        assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){4}", secret)
        assert sealing.normalise_secret(secret) == secret
    assert 32**20 == 2**100


@pytest.mark.parametrize(
    "typed",
    [
        "0123456789abcdefghjk",
        "0123 4567 89AB CDEF GHJK",
        "O123—4567–89ab‐cdef－ghjk",
        "０１２３－４５６７－８９ＡＢ－ＣＤＥＦ－ＧＨＪＫ",
        " 0l23 4567 89ab cdef ghjk\r\n",
        "oi23.4567.89ab.cdef.ghjk",
        "0I23_4567_89ab_cdef_ghjk\u3000",
    ],
)
def test_secrets_as_people_type_them(typed: str) -> None:
    assert sealing.normalise_secret(typed) == SECRET


@pytest.mark.parametrize(
    "typed", ["", "0123", SECRET + "0", SECRET[:-1] + "u", SECRET[:-1] + "汉", "x" * 10_000, "'; --"]
)
def test_what_cannot_be_a_secret(typed: str) -> None:
    with pytest.raises(NdbError) as caught:
        sealing.normalise_secret(typed)
    assert caught.value.code == "E-SECRET-FORMAT"
    assert not caught.value.params


@given(st.text(max_size=60))
def test_a_normalised_secret_is_safe_as_a_database_key(typed: str) -> None:
    try:
        secret = sealing.normalise_secret(typed)
    except NdbError:
        return
    assert set(secret) <= set("0123456789abcdefghijklmnopqrstuvwxyz-")
    assert sealing.normalise_secret(secret) == secret
