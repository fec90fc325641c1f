"""Sealing (密封): age files to one or more OpenSSH keys, and the bundle secret (开包密码) of 100 random bits."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence

import pyrage

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError

AGE_MAGIC = b"age-encryption.org/v1\n"
MAX_HEADER = 4096
MAX_STANZAS = 16
_CHUNK = 64 * 1024
_TAG = 16

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_GROUPS, _GROUP = 5, 4
_ALIASES = str.maketrans({"o": "0", "i": "1", "l": "1"})
# Spaces of any kind, and what keyboards and word processors put for a hyphen.
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.\u00b7\u30fb]+")
_SECRET = re.compile(f"[{_ALPHABET}]{{{_GROUPS * _GROUP}}}", re.ASCII)


def new_secret() -> str:
    """A fresh bundle secret: 100 bits as `xxxx-xxxx-xxxx-xxxx-xxxx` in Crockford's alphabet (no i, l, o, u)."""
    return _grouped("".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)))


def normalise_secret(typed: str) -> str:
    """The secret as it was issued, from what somebody typed: full width, capitals, spaces, O for 0, I or l for 1.

    Raises NdbError `E-SECRET-FORMAT` when it cannot be a secret at all.
    """
    if len(typed) > 200:
        raise NdbError("E-SECRET-FORMAT")
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed).lower()).translate(_ALIASES)
    if not _SECRET.fullmatch(plain):
        raise NdbError("E-SECRET-FORMAT")
    return _grouped(plain)


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def seal(data: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """An age file that each of `recipients` can open with `age -d -i KEY`."""
    unique = list(dict.fromkeys(recipients))
    if not unique:
        raise ValueError("nobody could open it")
    return bytes(pyrage.encrypt(data, [pyrage.ssh.Recipient.from_str(key.age_recipient) for key in unique]))


def is_sealed(data: bytes) -> bool:
    """Whether `data` begins like an age file."""
    return data.startswith(AGE_MAGIC)


def sealed_limit(max_size: int) -> int:
    """The largest age file that can carry `max_size` bytes."""
    return MAX_HEADER + 16 + max_size + _TAG * (max_size // _CHUNK + 1)


def check_header(data: bytes) -> None:
    """Refuses a hostile age header before any key is tried: it costs processor time before it proves anything.

    Raises:
        NdbError: `E-AGE-FORMAT` (not an age file), `E-AGE-HEADER` (over 4 KB or 16 stanzas).
    """
    if not is_sealed(data):
        raise NdbError("E-AGE-FORMAT")
    end = data.find(b"\n--- ", 0, MAX_HEADER)
    if end < 0:
        raise NdbError("E-AGE-HEADER", bytes=MAX_HEADER, stanzas=MAX_STANZAS)
    if data.count(b"\n-> ", 0, end) > MAX_STANZAS:
        raise NdbError("E-AGE-HEADER", bytes=MAX_HEADER, stanzas=MAX_STANZAS)


def unseal(data: bytes, identity: Identity, *, max_size: int) -> bytes:
    """What was sealed to `identity`.

    Raises:
        NdbError: `E-SIZE`, `E-AGE-FORMAT`, `E-AGE-HEADER`, `E-AGE-KEY` (sealed to somebody else), `E-AGE-BROKEN`
            (changed or cut off).
    """
    if len(data) > sealed_limit(max_size):
        raise NdbError("E-SIZE", size=len(data), most=sealed_limit(max_size))
    check_header(data)
    try:
        plain = bytes(pyrage.decrypt(data, [identity.age_identity()]))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NdbError("E-AGE-KEY", keyid=identity.keyid) from None
        raise NdbError("E-AGE-BROKEN") from None
    if len(plain) > max_size:
        raise NdbError("E-SIZE", size=len(plain), most=max_size)
    return plain
