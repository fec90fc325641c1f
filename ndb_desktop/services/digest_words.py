"""校验词: a digest as eight words that can be read over the telephone, and as a QR code.

Each word is eleven bits, most significant first, so eight words are the first 88 bits of a SHA-256. The English list is
that of BIP-39; no two words of the Chinese one sound alike (`resources/wordlists/README.md`).
They are for people who compare what both have before them; every check of the program uses the whole digest.
"""

from __future__ import annotations

from functools import lru_cache

from ndb_desktop.paths import resource

WORDS = 8
_BITS = 11
_LISTS = {"zh_CN": "words-zh.txt", "en": "bip39-english.txt"}


@lru_cache(maxsize=4)
def _list(language: str) -> tuple[str, ...]:
    path = resource("wordlists", _LISTS[language])
    # How a Chinese word is read stands behind it, for those who check the list.
    return tuple(line.split()[0] for line in path.read_text(encoding="utf-8").splitlines())


def digest_words(digest: str, language: str) -> tuple[str, ...]:
    """The eight words of a SHA-256 in hex (校验词). Raises ValueError for what is not one."""
    if len(digest) != 64:
        raise ValueError("not a SHA-256")
    number = int(digest, 16) >> (256 - WORDS * _BITS)
    words = _list(language)
    return tuple(words[number >> _BITS * place & (1 << _BITS) - 1] for place in reversed(range(WORDS)))


def spoken(digest: str, language: str) -> str:
    """The words in two groups of four, as they are shown and read aloud."""
    words, half = digest_words(digest, language), WORDS // 2
    return "  ".join((" ".join(words[:half]), " ".join(words[half:])))


def qr_code(content: str) -> tuple[tuple[bool, ...], ...]:
    """The dark modules of a QR code, row by row: the code in the PDF sheet (level M, no quiet zone)."""
    from ndb_desktop.reports.page import qr_rows

    rows = qr_rows(content)
    dark = [{column for first, length in runs for column in range(first, first + length)} for runs in rows]
    return tuple(tuple(column in row for column in range(len(rows))) for row in dark)
