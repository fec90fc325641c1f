"""摘要: SM3 (GB/T 32905) beside SHA-256, for archives; computed by the library that is installed anyway."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash


class Sm3:
    """SM3 of bytes that come in pieces, used as the classes of `hashlib`."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = Hash(SM3())
        self._hash.update(data)

    def update(self, data: bytes) -> None:
        """Adds a piece."""
        self._hash.update(data)

    def hexdigest(self) -> str:
        """64 small hexadecimal digits; ends the computation."""
        return self._hash.finalize().hex()
