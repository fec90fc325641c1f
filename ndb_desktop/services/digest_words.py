"""校验词: a digest as eight words that can be read over the telephone, and as a QR code.

Each word is eleven bits of a BIP-39 list, most significant first, so eight words are the first 88 bits of a SHA-256.
They are for people who compare what both have before them; every check of the program uses the whole digest.
"""

from __future__ import annotations

from functools import lru_cache

from ndb_desktop.paths import resource

WORDS = 8
_BITS = 11
_LISTS = {"zh_CN": "bip39-chinese-simplified.txt", "en": "bip39-english.txt"}


@lru_cache(maxsize=4)
def _list(language: str) -> tuple[str, ...]:
    path = resource("wordlists", _LISTS[language])
    return tuple(path.read_text(encoding="utf-8").split())


def digest_words(digest: str, language: str) -> tuple[str, ...]:
    """The eight words of a SHA-256 in hex (校验词). Raises ValueError for what is not one."""
    if len(digest) != 64:
        raise ValueError("not a SHA-256")
    number = int(digest, 16) >> (256 - WORDS * _BITS)
    words = _list(language)
    return tuple(words[number >> _BITS * place & (1 << _BITS) - 1] for place in reversed(range(WORDS)))


def spoken(digest: str, language: str) -> str:
    """The words in two groups of four, as they are shown and read aloud."""
    words = digest_words(digest, language)
    between = "" if all(len(word) == 1 for word in words) else " "
    half = WORDS // 2
    gap = "  " if between else " "
    return gap.join((between.join(words[:half]), between.join(words[half:])))


def qr_code(content: str) -> tuple[tuple[bool, ...], ...]:
    """The dark modules of a QR code, row by row: the code in the PDF sheet (level M, no quiet zone)."""
    from ndb_desktop.reports.page import qr_rows

    rows = qr_rows(content)
    dark = [{column for first, length in runs for column in range(first, first + length)} for runs in rows]
    return tuple(tuple(column in row for column in range(len(rows))) for row in dark)
