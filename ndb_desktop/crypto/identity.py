"""Identities (身份密钥): Ed25519 keys in OpenSSH form, so that `ssh-keygen` and `age` can use the same file.

A key is made on the machine of the person it belongs to and protected by that person's passphrase (bcrypt KDF).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from functools import cached_property
from typing import Any

import pyrage
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from ndb_desktop.domain.errors import NdbError

OFFICIAL_ROUNDS = 100
"""bcrypt rounds of an official key: about 0.75 s for each guess on the machine the format was measured on."""
TRIAL_ROUNDS = 1
"""bcrypt rounds of a trial (示例) key; never used for an official one."""
MAX_ROUNDS = 1024
"""A key file that asks for more is refused: opening it would only burn time."""
MAX_KEY_FILE = 8 * 1024
MAX_COMMENT = 200

_TYPE = b"ssh-ed25519"
_BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_END = b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\x00"
_PRIME = 2**255 - 19
# The y coordinates of the points of order 1, 2, 4 and 8: anybody can sign "for" such a key.
_WEAK_Y = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def _take(data: bytes, at: int) -> tuple[bytes, int]:
    """One length-prefixed string of the SSH wire format; raises ValueError when it runs over the end."""
    if at + 4 > len(data):
        raise ValueError("short")
    (length,) = struct.unpack_from(">I", data, at)
    end = at + 4 + length
    if end > len(data):
        raise ValueError("short")
    return data[at + 4 : end], end


def clean_comment(name: str) -> str:
    """A name as it may stand behind a public key: one line, no control characters, at most `MAX_COMMENT` long."""
    printable = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(printable.split())[:MAX_COMMENT]


class PublicKey:
    """The public half of an identity (公钥), written as one OpenSSH line `ssh-ed25519 AAAA… comment`.

    Two keys are equal when the key is the same, whatever the comment says. Raises NdbError `E-KEY-PUBLIC` for
    anything else than a sound Ed25519 key in its one canonical spelling.
    """

    __slots__ = ("__dict__", "blob", "comment")

    def __init__(self, openssh: str) -> None:
        kind, _, rest = openssh.strip().partition(" ")
        encoded, _, comment = rest.partition(" ")
        try:
            blob = base64.b64decode(encoded, validate=True)
            inner, at = _take(blob, 0)
            raw, end = _take(blob, at)
        except (ValueError, binascii.Error):
            raise NdbError("E-KEY-PUBLIC") from None
        canonical = base64.b64encode(blob).decode() == encoded and end == len(blob)
        if kind != _TYPE.decode() or inner != _TYPE or len(raw) != 32 or not canonical:
            raise NdbError("E-KEY-PUBLIC")
        y = int.from_bytes(raw, "little") & (2**255 - 1)
        if y >= _PRIME or y in _WEAK_Y:
            raise NdbError("E-KEY-PUBLIC")
        self.blob = blob
        self.comment = clean_comment(comment)

    @classmethod
    def from_blob(cls, blob: bytes, comment: str = "") -> PublicKey:
        """The key from its SSH wire form."""
        return cls(f"{_TYPE.decode()} {base64.b64encode(blob).decode()} {comment}")

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key."""
        return self.blob[-32:]

    @property
    def openssh(self) -> str:
        """One line `ssh-ed25519 AAAA… comment`, as in an `authorized_keys` file or for `age -R`."""
        return f"{self.age_recipient} {self.comment}".rstrip()

    @property
    def age_recipient(self) -> str:
        """The line without the comment, for `age -r`."""
        return f"{_TYPE.decode()} {base64.b64encode(self.blob).decode()}"

    @cached_property
    def keyid(self) -> str:
        """The fingerprint `SHA256:…` that `ssh-keygen -lf` prints (密钥指纹)."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @cached_property
    def verifier(self) -> SSlibKey:
        """The key as securesystemslib wants it."""
        return SSlibKey(self.keyid, "ed25519", "ed25519", {"public": self.raw.hex()})

    def named(self, comment: str) -> PublicKey:
        """The same key with another comment."""
        return PublicKey.from_blob(self.blob, comment)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.blob == other.blob

    def __hash__(self) -> int:
        return hash(self.blob)

    def __repr__(self) -> str:
        return f"PublicKey({self.keyid})"


class Identity:
    """An unlocked identity: signs, and opens what was sealed to it. The private key is only ever in memory."""

    __slots__ = ("_age", "_key", "public")

    def __init__(self, key: Ed25519PrivateKey, comment: str = "") -> None:
        self._key = key
        self._age: Any = None
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.public = PublicKey(f"{line} {comment}")

    @property
    def keyid(self) -> str:
        """The fingerprint of the public half."""
        return self.public.keyid

    def sign(self, data: bytes) -> bytes:
        """The bare 64-byte Ed25519 signature of `data`; files use `envelope.sign`."""
        return self._key.sign(data)

    def signer(self) -> CryptoSigner:
        """The signer securesystemslib wants."""
        return CryptoSigner(self._key, self.public.verifier)

    def age_identity(self) -> Any:
        """The identity as age wants it: re-serialised without a passphrase, in memory only."""
        if self._age is None:
            plain = self._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            self._age = pyrage.ssh.Identity.from_buffer(plain)
        return self._age

    def protect(self, passphrase: str, *, rounds: int = OFFICIAL_ROUNDS) -> bytes:
        """The private key file (.ndbkey) under `passphrase`, in OpenSSH form."""
        if not passphrase:
            raise ValueError("an identity is never written without a passphrase")
        encryption = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(rounds).build(passphrase.encode())
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)

    def __repr__(self) -> str:
        return f"Identity({self.keyid})"

    def __reduce__(self) -> str:
        raise TypeError("an identity is not pickled")


def new_identity(comment: str, passphrase: str, rounds: int = OFFICIAL_ROUNDS) -> tuple[Identity, bytes]:
    """A fresh identity and its protected private file."""
    identity = Identity(Ed25519PrivateKey.generate(), comment)
    return identity, identity.protect(passphrase, rounds=rounds)


def load_identity(data: bytes, passphrase: str, comment: str = "") -> Identity:
    """Unlocks a private key file. Raises `E-KEY-FORMAT` (not such a file) or `E-KEY-PASSPHRASE` (口令不对)."""
    public = public_of(data)
    try:
        key = load_ssh_private_key(data.strip() + b"\n", passphrase.encode())
    except (ValueError, TypeError, InvalidTag):
        # The public half was read above, so the container is sound: what fails here is the passphrase.
        raise NdbError("E-KEY-PASSPHRASE") from None
    except UnsupportedAlgorithm:
        raise NdbError("E-KEY-FORMAT") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NdbError("E-KEY-FORMAT")
    identity = Identity(key, comment)
    if identity.public != public:
        raise NdbError("E-KEY-FORMAT")
    return identity


def public_of(data: bytes) -> PublicKey:
    """The public half of a private key file, readable without the passphrase.

    Raises `E-KEY-FORMAT` for anything but an encrypted OpenSSH Ed25519 key, `E-KEY-OPEN` for one without a
    passphrase and `E-KEY-ROUNDS` for one whose key derivation asks for more than `MAX_ROUNDS`.
    """
    text = data.strip()
    if len(data) > MAX_KEY_FILE or not text.startswith(_BEGIN) or not text.endswith(_END):
        raise NdbError("E-KEY-FORMAT")
    try:
        body = base64.b64decode(b"".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
        if not body.startswith(_MAGIC):
            raise ValueError("magic")
        cipher, at = _take(body, len(_MAGIC))
        kdf, at = _take(body, at)
        options, at = _take(body, at)
        if body[at : at + 4] != b"\x00\x00\x00\x01":
            raise ValueError("one key a file")
        blob, at = _take(body, at + 4)
        _private, at = _take(body, at)
        # Behind the private part stands at most the tag of an authenticated cipher (aes256-gcm, chacha20-poly1305).
        if len(body) - at > 16:
            raise ValueError("trailing")
        public = PublicKey.from_blob(blob)
    except (ValueError, binascii.Error, NdbError):
        raise NdbError("E-KEY-FORMAT") from None
    if cipher == b"none" or kdf == b"none":
        raise NdbError("E-KEY-OPEN")
    if kdf != b"bcrypt":
        raise NdbError("E-KEY-FORMAT")
    try:
        _salt, at = _take(options, 0)
        (rounds,) = struct.unpack(">I", options[at:])
    except (ValueError, struct.error):
        raise NdbError("E-KEY-FORMAT") from None
    if rounds > MAX_ROUNDS:
        raise NdbError("E-KEY-ROUNDS", rounds=rounds, most=MAX_ROUNDS)
    return public
