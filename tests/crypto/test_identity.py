"""Identities: OpenSSH keys under a passphrase, and the public lines people send each other."""

from __future__ import annotations

import base64
import pickle
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.crypto import identity as module
from ndb_desktop.crypto.identity import MAX_ROUNDS, OFFICIAL_ROUNDS, PublicKey, load_identity, new_identity, public_of
from ndb_desktop.domain.errors import NdbError
from tests.support.travel import PASSPHRASE, key_file, person, refusal


def code_of(call: object, *args: object) -> str:
    with pytest.raises(NdbError) as caught:
        call(*args)  # type: ignore[operator]
    return caught.value.code


def test_a_key_survives_its_file_and_signs_the_same() -> None:
    made, private = new_identity("张三", PASSPHRASE, 1)
    again = load_identity(private, PASSPHRASE, "张三")
    assert again.public == made.public
    assert again.sign(b"x") == made.sign(b"x")
    assert again.public.openssh == made.public.openssh
    assert made.public.openssh.endswith(" 张三")


def test_official_keys_cost_an_attacker_at_least_64_rounds() -> None:
    assert OFFICIAL_ROUNDS >= 64
    _, private = new_identity("a", PASSPHRASE)
    body = base64.b64decode(b"".join(private.strip().splitlines()[1:-1]))
    assert struct.pack(">I", OFFICIAL_ROUNDS) in body[:120]


def test_the_private_key_is_not_in_the_file_in_the_clear() -> None:
    made, private = new_identity("a", PASSPHRASE, 1)
    raw = made._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    body = base64.b64decode(b"".join(private.strip().splitlines()[1:-1]))
    assert raw not in body
    assert made.public.raw in body


def test_nothing_secret_in_representations_and_no_pickle() -> None:
    made = person("a")
    assert repr(made) == f"Identity({made.keyid})"
    with pytest.raises(TypeError):
        pickle.dumps(made)


def test_no_identity_without_a_passphrase() -> None:
    with pytest.raises(ValueError, match="passphrase"):
        new_identity("a", "", 1)


@pytest.mark.parametrize("wrong", ["", "x", PASSPHRASE + " ", PASSPHRASE.upper()])
def test_a_wrong_passphrase_says_so(wrong: str) -> None:
    assert code_of(load_identity, key_file("a"), wrong) == "E-KEY-PASSPHRASE"


def test_an_unprotected_key_is_refused() -> None:
    plain = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    assert code_of(public_of, plain) == "E-KEY-OPEN"
    assert code_of(load_identity, plain, PASSPHRASE) == "E-KEY-OPEN"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"A" * 9000 + b"\n-----END OPENSSH PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_key_file_is_refused(data: bytes) -> None:
    assert code_of(load_identity, data, PASSPHRASE) == "E-KEY-FORMAT"


def test_a_key_of_another_kind_is_refused() -> None:
    encryption = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(1).build(b"x")
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)
    assert code_of(load_identity, rsa, "x") == "E-KEY-FORMAT"


def test_a_key_file_that_asks_for_endless_work_is_refused_before_the_work() -> None:
    lines = key_file("a").strip().splitlines()
    body = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    at = body.index(b"bcrypt") + 6 + 4 + 4 + 16
    assert bytes(body[at : at + 4]) == struct.pack(">I", 1)
    body[at : at + 4] = struct.pack(">I", MAX_ROUNDS + 1)
    hostile = lines[0] + b"\n" + base64.b64encode(bytes(body)) + b"\n" + lines[-1] + b"\n"
    assert code_of(load_identity, hostile, PASSPHRASE) == "E-KEY-ROUNDS"


def test_every_flipped_byte_of_a_key_file_is_refused_or_harmless() -> None:
    data = key_file("a")
    public = person("a").public
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 1
        code = refusal(lambda data=bytes(changed): load_identity(data, PASSPHRASE))
        assert code.startswith("E-KEY-") or load_identity(bytes(changed), PASSPHRASE).public == public, at


def test_two_lines_with_other_comments_are_the_same_key() -> None:
    line = person("a").public.age_recipient
    assert PublicKey(line + " one") == PublicKey("  " + line + "  two \n")
    assert len({PublicKey(line), PublicKey(line + " x")}) == 1
    assert PublicKey(line) != line


def test_a_comment_stays_on_one_line() -> None:
    key = person("a").public.named("evil\nssh-ed25519 AAAA\x00\u202e" + "长" * 400)
    assert "\n" not in key.openssh
    assert "\u202e" not in key.openssh
    assert len(key.comment) <= 200


def blob_line(raw: bytes) -> str:
    blob = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", len(raw)) + raw
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 !!!",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
        blob_line(b"x" * 31),
        blob_line(b"x" * 33),
        blob_line(b"\x00" * 32),  # order 4
        blob_line(b"\x01" + b"\x00" * 31),  # the neutral element
        blob_line(b"\x01" + b"\x00" * 30 + b"\x80"),  # the same with the sign bit
        blob_line(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
        blob_line(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
        blob_line(bytes.fromhex("ec" + "ff" * 30 + "7f")),  # p - 1
        blob_line(bytes.fromhex("ed" + "ff" * 30 + "7f")),  # p: not the canonical spelling of 0
        blob_line(b"\xff" * 32),
    ],
)
def test_unsound_public_keys_are_refused(line: str) -> None:
    assert code_of(PublicKey, line) == "E-KEY-PUBLIC"


def test_a_second_spelling_of_the_same_key_is_refused() -> None:
    blob = base64.b64encode(person("a").public.blob + b"\x00").decode()
    assert code_of(PublicKey, f"ssh-ed25519 {blob}") == "E-KEY-PUBLIC"
    assert code_of(PublicKey, person("a").public.age_recipient.replace("ssh-ed25519 ", "ssh-ed25519  ")) == (
        "E-KEY-PUBLIC"
    )


@given(st.text(max_size=120))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    assert refusal(lambda: PublicKey(text)) in ("", "E-KEY-PUBLIC")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_key_file_or_refused(data: bytes) -> None:
    assert code_of(public_of, data).startswith("E-KEY-")
    wrapped = module._BEGIN + b"\n" + base64.b64encode(b"openssh-key-v1\x00" + data) + b"\n" + module._END
    assert code_of(public_of, wrapped).startswith("E-KEY-")


def test_a_public_line_is_what_cryptography_writes() -> None:
    key = Ed25519PrivateKey.generate().public_key()
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert PublicKey(line).openssh == line
    assert PublicKey(line).raw == key.public_bytes(Encoding.Raw, PublicFormat.Raw)
