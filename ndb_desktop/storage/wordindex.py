"""How text is cut into words for the full-text index, and where a query stands in the original text.

Chinese has no spaces, and a trigram index misses words of one or two characters. So every CJK character is a word of
its own and a query is a phrase: 「生物」 finds 生物制造 and not 物生. Latin words and numbers are whole words.
FTS5 gets words separated by spaces and its `ascii` tokenizer, to which every sign beyond ASCII is part of a word: so
this module alone decides, also for rare characters newer than SQLite's own Unicode tables.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_QUERY = 200
_MAX_KNOWN = 60_000
_QUOTES = "\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300e\u300f\uff02\uff07"

_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\ue000-\uf8ff\U00020000-\U0003ffff\U000f0000-\U0010fffd"
)
_LETTER = f"[^\\W_{_CJK}]"
_TOKEN = re.compile(f"[{_CJK}]|{_LETTER}+")
_IS_CJK = re.compile(f"[{_CJK}]")
_ASCII_WORD = re.compile("([0-9a-z]+)")
_UNEVEN = re.compile("[^\x00-@\\[-\x7f\u4e00-\u9fff]")
# Composed with what stands before them, though they are no marks.
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
# Soft hyphens and zero-width signs that PDF producers put inside words.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_GAP = r"[\W_]*"


_CLOSED = re.compile(f"[{_CJK}\u3000-\u303f\uff00-\uffef]")
_CLOSED_END = re.compile(f"{_CLOSED.pattern} $")
_OPENED = re.compile(f"(?<={_CLOSED.pattern}) (?={_CLOSED.pattern})")


def words(text: str) -> list[str]:
    """The words of a text, folded: compatibility forms (full width, Kangxi radicals) and case make no difference."""
    return _TOKEN.findall(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold())


def index_text(text: str) -> str:
    """What goes into the full-text index for a page: its `words` between blanks, and signs FTS5 passes over."""
    # A page has thousands of signs, but few different ones that are not indexed as they stand.
    for sign in set(_UNEVEN.findall(text)):
        piece = _pieces[sign]
        if piece is None:
            return " ".join(words(text))
        if piece != sign:
            text = text.replace(sign, piece)
    parts = _ASCII_WORD.split(text)
    # Every other part is an ASCII word; of the rest each sign stands alone.
    parts[::2] = map(" ".join, parts[::2])
    return " ".join(parts)


class _Pieces(dict[str, str | None]):
    """What each sign becomes in the index: ASCII letters and figures, 汉字 and blanks, whatever stands beside it.

    None for a sign that may change with its neighbours (marks, 한글 jamo) or makes longer words; then the whole text
    is looked at as it stands.
    """

    def __missing__(self, sign: str) -> str | None:
        plain = unicodedata.normalize("NFKC", sign)
        piece: str | None = None
        if not any(unicodedata.category(one).startswith("M") or _JAMO.match(one) for one in plain):
            folded = _INVISIBLE.sub("", plain).casefold()
            piece = "".join(one if one.isascii() or _IS_CJK.match(one) else " " for one in folded)
            other = any(one.isalnum() and not one.isascii() and not _IS_CJK.match(one) for one in folded)
            if other or (piece != sign and any(self[one] != one for one in piece)):
                piece = None
        # Only a text made to hurt has more different signs than that.
        if len(self) < _MAX_KNOWN:
            self[sign] = piece
        return piece


_pieces = _Pieces()


class Query(NamedTuple):
    """What a user looks for: the words in their order, and whether the last one may go on (`report` finds reports)."""

    words: tuple[str, ...]
    open_end: bool


def parse(query: str) -> Query:
    """The words of a query. A last word of letters may go on, unless it is quoted; numbers are always whole."""
    query = query[:MAX_QUERY].strip()
    found = tuple(words(query))
    letters = bool(found) and found[-1].isalpha() and not _IS_CJK.match(found[-1])
    return Query(found, letters and not query.endswith(tuple(_QUOTES)))


def parts(query: str) -> bool:
    """Whether a number at an end of the query may stand for a part of one (`168` in 16800); quoted ones never do."""
    found = parse(query).words
    quoted = query[:MAX_QUERY].strip().startswith(tuple(_QUOTES)) or query[:MAX_QUERY].strip().endswith(tuple(_QUOTES))
    return bool(found) and not quoted and (found[0].isdecimal() or found[-1].isdecimal())


def phrase(query: str) -> str | None:
    """The FTS5 expression for a query, None when it holds no word. Words contain no quotes, so nothing can escape."""
    found = parse(query)
    if not found.words:
        return None
    return f'"{" ".join(found.words)}"' + (" *" if found.open_end else "")


def find_all(text: str, query: str, limit: int, *, within: bool = False) -> list[tuple[int, int]]:
    """Where the query stands in `text`: start and end offsets of the original, at most `limit`.

    `within`: a number at an end of the query may also be a part of one.
    """
    found = parse(query)
    if not found.words or limit <= 0:
        return []
    folded, origin = _folded(text)
    pattern = _pattern(found, within)
    places: list[tuple[int, int]] = []
    for match in pattern.finditer(folded):
        if origin is None:
            places.append(match.span())
        else:
            places.append((origin[match.start()], origin[match.end() - 1] + 1))
        if len(places) >= limit:
            break
    return places


def _pattern(found: Query, within: bool) -> re.Pattern[str]:
    last = len(found.words) - 1
    pieces: list[str] = []
    for place, word in enumerate(found.words):
        part = within and word.isdecimal()
        goes_on = place == last and (found.open_end or part)
        pieces.append(_one(word, open_start=part and place == 0, open_end=goes_on))
    return re.compile(_GAP.join(pieces))


def _one(word: str, *, open_start: bool, open_end: bool) -> str:
    if _IS_CJK.match(word):
        return word
    before, after = "" if open_start else f"(?<!{_LETTER})", "" if open_end else f"(?!{_LETTER})"
    return before + re.escape(word) + after


class _Folds(dict[int, str]):
    """Each sign as it is compared; looked up once per sign, not once per place it stands at.

    `uneven` are the signs met so far that fold to none or to several.
    """

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", chr(code))).casefold()
        if len(folded) != 1:
            self.uneven.add(chr(code))
        # Only a text made to hurt has more different signs than that.
        if len(self) < _MAX_KNOWN:
            self[code] = folded
        return folded


_folds = _Folds()


def _folded(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and for each of its signs the offset in `text` (None: the offsets are the same)."""
    folded = text.translate(_folds)
    if _folds.uneven.isdisjoint(text):
        return folded, None
    signs: list[str] = []
    origin: list[int] = []
    for offset, sign in enumerate(text):
        piece = _folds[ord(sign)]
        signs.append(piece)
        origin.extend([offset] * len(piece))
    return "".join(signs), origin


def snippet(text: str, start: int, end: int, around: int = 44) -> tuple[str, int, int]:
    """The words around a place on one line, and where the place stands in it."""
    before = _one_line(text[max(0, start - around) : start]).lstrip()
    middle = _one_line(text[start:end])
    after = _one_line(text[end : end + around]).rstrip()
    if _CLOSED_END.search(before) and _CLOSED.match(middle):
        before = before.rstrip()
    if _CLOSED.search(middle[-1:]) and _CLOSED.match(after.lstrip()):
        after = after.lstrip()
    return before + middle + after, len(before), len(before) + len(middle)


def _one_line(text: str) -> str:
    """The text without line ends; Chinese without the gaps that PDF producers put between its characters."""
    return _OPENED.sub("", re.sub(r"[\s\x00-\x1f\x7f]+", " ", text))
