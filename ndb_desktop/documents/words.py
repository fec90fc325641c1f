"""Finding words on a page: characters with boxes, compared without regard to case, width, spaces and line ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ndb_desktop.documents.port import Rect

MAX_HITS = 2000
"""Most rectangles returned for one page."""

_ODD_FORMS = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")


def unify(text: str) -> str:
    """Radical and compatibility forms of 汉字, which PDF fonts like to yield, as the ordinary characters.

    Every character stays one character.
    """
    return _ODD_FORMS.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", found[0])
    return plain if len(plain) == 1 else found[0]


def fold(text: str) -> tuple[str, list[int]]:
    """`text` folded for comparison, with the index in `text` that each folded character came from."""
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        if character.isspace() or character in "\u00ad\ufffe\u0002\u200b":
            continue
        for part in unicodedata.normalize("NFKC", character).casefold():
            if not part.isspace():
                folded.append(part)
                origin.append(index)
    return "".join(folded), origin


def occurrences(text: str, query: str) -> list[tuple[int, int]]:
    """Half-open index ranges of `text` in which `query` occurs; a phrase may run over a line end."""
    needle, _ = fold(query)
    if not needle:
        return []
    hay, origin = fold(text)
    found: list[tuple[int, int]] = []
    start = hay.find(needle)
    while start >= 0 and len(found) < MAX_HITS:
        found.append((origin[start], origin[start + len(needle) - 1] + 1))
        start = hay.find(needle, start + len(needle))
    return found


def merge_boxes(boxes: Sequence[Rect]) -> list[Rect]:
    """Boxes of neighbouring characters joined to one rectangle per line; empty boxes (spaces) are left out."""
    merged: list[Rect] = []
    for box in boxes:
        if box.x1 - box.x0 <= 0 or box.y1 - box.y0 <= 0:
            continue
        last = merged[-1] if merged else None
        if last is not None and _same_line(last, box):
            merged[-1] = Rect(min(last.x0, box.x0), min(last.y0, box.y0), max(last.x1, box.x1), max(last.y1, box.y1))
        else:
            merged.append(box)
    return merged


def _same_line(left: Rect, right: Rect) -> bool:
    """Whether two boxes are neighbours on one line, written across or, on a turned page, down or backwards."""
    wide = min(left.x1, right.x1) - max(left.x0, right.x0)
    high = min(left.y1, right.y1) - max(left.y0, right.y0)
    width = min(left.x1 - left.x0, right.x1 - right.x0)
    height = min(left.y1 - left.y0, right.y1 - right.y0)
    across = high > 0.5 * height and -wide < 3 * max(height, 1.0)
    # A smaller gap than between lines, or the end of one line would melt into the next.
    down = wide > 0.5 * width and -high < 0.35 * width
    return across or down


def flowing(text: str, boxes: Sequence[Rect]) -> str:
    """`text` for copying: line ends and spaces that a PDF has inside a line of 汉字 or a row of a table are taken out.

    Some programs write every run of a font as a line of its own; where the next character stands tells. A line end
    remains where the line really changes, and none is added.
    """
    parts: list[str] = []
    between: list[str] = []
    before, line = "", Rect(0.0, 0.0, 0.0, 0.0)
    for character, box in zip(text, boxes, strict=True):
        if character.isspace():
            between.append(character)
            continue
        seen = box.x1 > box.x0 and box.y1 > box.y0
        on = seen and bool(before) and _goes_on(line, box)
        gap = "".join(between)
        parts.append(_gap(before, character, gap, line, box) if on else gap)
        parts.append(character)
        between.clear()
        if on:
            line = Rect(line.x0, min(line.y0, box.y0), max(line.x1, box.x1), max(line.y1, box.y1))
        elif seen:
            line = box
        before = character
    return "".join((*parts, *between))


def _goes_on(line: Rect, box: Rect) -> bool:
    """Whether a character stands on the line before it, to its right."""
    height = max(line.y1 - line.y0, box.y1 - box.y0)
    high = min(line.y1, box.y1) - max(line.y0, box.y0)
    return high > 0.5 * min(line.y1 - line.y0, box.y1 - box.y0) and box.x0 > line.x1 - 0.5 * height


def _gap(left: str, right: str, gap: str, line: Rect, box: Rect) -> str:
    """What stands between two characters of one line that `gap` is between."""
    if not gap:
        return ""
    wide = (box.x0 - line.x1) / max(line.y1 - line.y0, box.y1 - box.y0)
    if _is_wide(left) and _is_wide(right):
        # The box of a 、 or 。 ends with its ink; the rest of its square is no gap.
        return " " if wide > (0.5 if left.isalnum() and right.isalnum() else 1.3) else ""
    if "\n" not in gap:
        return gap
    return " " if wide > 0.2 else ""


def _is_wide(character: str) -> bool:
    return ord(character) >= 0x2E80


def find_rects(text: str, boxes: Sequence[Rect], query: str) -> list[Rect]:
    """The rectangles to paint for every occurrence of `query`."""
    rects: list[Rect] = []
    for start, end in occurrences(text, query):
        rects.extend(merge_boxes(boxes[start:end]))
        if len(rects) >= MAX_HITS:
            break
    return rects[:MAX_HITS]
