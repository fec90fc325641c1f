"""Chosen text (选中的文字): between two carets, on one page or over several, from the characters the renderer told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from ndb_desktop.documents.answers import PageCharacters
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.words import flowing, merge_boxes
from ndb_desktop.ui.viewer import watermark

MOST_PAGES = 20
"""Pages one selection may span."""
MOST_CHARACTERS = 50_000
"""Characters one selection may hold: documents are read here, not carried off."""

Caret = tuple[int, int]
"""Page (from 1) and number of characters before it on that page."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    rect: Rect
    behind: bool = False


class PageWords:
    """The characters of a page in lines, for finding the caret nearest to a point."""

    def __init__(self, characters: PageCharacters) -> None:
        self.text, self.boxes = characters.text, characters.boxes
        self._lines = _set_back(_lines(self.text, self.boxes), self.text, self.boxes)
        self._starts = [line.start for line in self._lines]

    def __bool__(self) -> bool:
        return bool(self._lines)

    def caret(self, x: float, y: float) -> int:
        """The caret nearest to a point of the page."""
        if not self._lines:
            return 0
        line = min(self._lines, key=lambda each: (each.behind, _distance(each.rect, x, y)))
        down = line.end - line.start > 1 and line.rect.y1 - line.rect.y0 > 2 * (line.rect.x1 - line.rect.x0)
        best, least = line.start, float("inf")
        for index in range(line.start, line.end):
            box = self.boxes[index]
            if box.x1 <= box.x0 or box.y1 <= box.y0:
                continue
            low, high, at = (box.y0, box.y1, y) if down else (box.x0, box.x1, x)
            for caret, edge in ((index, low), (index + 1, high)):
                if abs(edge - at) < least:
                    best, least = caret, abs(edge - at)
        return best

    def over(self, x: float, y: float, reach: float = 2.0) -> bool:
        """Whether a point lies on a line of text."""
        return any(
            line.rect.x0 - reach <= x <= line.rect.x1 + reach and line.rect.y0 - reach <= y <= line.rect.y1 + reach
            for line in self._lines
            if not line.behind
        )

    def word(self, caret: int, x: float) -> tuple[int, int]:
        """The word, figure or unbroken run of 汉字 at a caret (`x` says on which side of it)."""
        index = caret
        if index >= len(self.text) or (index and self.boxes[index - 1].x0 <= x < self.boxes[index - 1].x1):
            index -= 1
        if index < 0:
            return caret, caret
        kind = _kind(self.text[index])
        start = end = index
        while start and _kind(self.text[start - 1]) == kind and self._joined(start):
            start -= 1
        while end + 1 < len(self.text) and _kind(self.text[end + 1]) == kind and self._joined(end + 1):
            end += 1
        return start, end + 1

    def _joined(self, index: int) -> bool:
        """Whether a character stands on the line of the one before it."""
        return bisect_right(self._starts, index) == bisect_right(self._starts, index - 1)


def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    if character.isascii():
        return "word" if character.isalnum() or character in "_-.%" else character
    return "run" if character.isalnum() else "stop"


def _lines(text: str, boxes: tuple[Rect, ...]) -> list[_Line]:
    lines: list[_Line] = []
    start, rect = 0, None
    for index, box in enumerate(boxes):
        if text[index] == "\n":
            if rect is not None:
                lines.append(_Line(start, index, rect))
            start, rect = index + 1, None
        elif box.x1 <= box.x0 or box.y1 <= box.y0:
            continue
        elif rect is None:
            rect = box
        else:
            joined = merge_boxes((rect, box))
            if len(joined) == 1:
                rect = joined[0]
            else:
                lines.append(_Line(start, index, rect))
                start, rect = index, box
    if rect is not None:
        lines.append(_Line(start, len(boxes), rect))
    return lines


def _set_back(lines: list[_Line], text: str, boxes: tuple[Rect, ...]) -> list[_Line]:
    """The lines, those of a watermark marked as such: what lies between two line ends is looked at as a whole."""
    ends = [0, *(index + 1 for index, character in enumerate(text) if character == "\n"), len(boxes)]
    runs = [[box for box in boxes[start:end] if box.x1 > box.x0 and box.y1 > box.y0] for start, end in pairwise(ends)]
    places = [bisect_right(ends, line.start, hi=len(runs)) - 1 for line in lines]
    own: list[list[Rect]] = [[] for _ in runs]
    for line, place in zip(lines, places, strict=True):
        own[place].append(line.rect)
    behind = watermark.across(runs, own)
    return [replace(line, behind=behind[place]) for line, place in zip(lines, places, strict=True)]


def _distance(rect: Rect, x: float, y: float) -> float:
    across = max(rect.x0 - x, 0.0, x - rect.x1)
    down = max(rect.y0 - y, 0.0, y - rect.y1)
    # Beside a line means that line: a pointer past its end must not reach for the column next to it.
    return across + 4 * down


class TextSelection:
    """What is chosen; `words` gives the characters of a page, or None while they are not there."""

    def __init__(self, words: Callable[[int], PageWords | None]) -> None:
        self._words = words
        self.anchor: Caret | None = None
        self.head: Caret | None = None

    def __bool__(self) -> bool:
        return self.anchor is not None and self.anchor != self.head

    def clear(self) -> None:
        """Nothing is chosen."""
        self.anchor = self.head = None

    def start(self, caret: Caret) -> None:
        """Begins at a caret."""
        self.anchor = self.head = caret

    def extend(self, caret: Caret) -> None:
        """Up to another caret, at most `MOST_PAGES` away."""
        if self.anchor is None:
            self.anchor = caret
        page = min(max(caret[0], self.anchor[0] - MOST_PAGES + 1), self.anchor[0] + MOST_PAGES - 1)
        self.head = caret if page == caret[0] else (page, 0)

    def step(self, by: int) -> None:
        """Moves the end that moves by characters of its page."""
        if self.head is None:
            return
        words = self._words(self.head[0])
        if words is not None:
            self.head = (self.head[0], min(max(self.head[1] + by, 0), len(words.text)))

    def take(self, page: int, span: tuple[int, int]) -> None:
        """Chooses a stretch of a page."""
        self.anchor, self.head = (page, span[0]), (page, span[1])

    def take_page(self, page: int) -> None:
        """Chooses all text of a page."""
        words = self._words(page)
        self.take(page, (0, len(words.text) if words is not None else 0))

    def pages(self) -> range:
        """The pages it touches."""
        if self.anchor is None or self.head is None:
            return range(0)
        return range(min(self.anchor[0], self.head[0]), max(self.anchor[0], self.head[0]) + 1)

    def span(self, page: int) -> tuple[int, int]:
        """The chosen characters of a page, from and to."""
        words = self._words(page)
        if not self or page not in self.pages() or words is None or self.anchor is None or self.head is None:
            return 0, 0
        first, last = sorted((self.anchor, self.head))
        start = first[1] if page == first[0] else 0
        end = last[1] if page == last[0] else len(words.text)
        return min(start, len(words.text)), min(end, len(words.text))

    def rects(self, page: int) -> list[Rect]:
        """The chosen places of a page, one per line."""
        start, end = self.span(page)
        words = self._words(page)
        return merge_boxes(words.boxes[start:end]) if words is not None and end > start else []

    def bounds(self, page: int) -> Rect | None:
        """One rectangle around what is chosen on a page."""
        rects = self.rects(page)
        if not rects:
            return None
        return Rect(
            min(r.x0 for r in rects), min(r.y0 for r in rects), max(r.x1 for r in rects), max(r.y1 for r in rects)
        )

    def text(self) -> str:
        """The chosen text; pages are separated by a line end."""
        parts: list[str] = []
        room = MOST_CHARACTERS
        for page in self.pages():
            words = self._words(page)
            start, end = self.span(page)
            if words is not None and end > start and room > 0:
                end = min(end, start + room)
                parts.append(flowing(words.text[start:end], words.boxes[start:end]).strip("\n"))
                room -= len(parts[-1])
        return "\n".join(parts).strip()
