"""Places on a page: evidence marks, and the way between page points and page thousandths (千分位)."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.documents.port import Rect

Thousandths = tuple[int, int, int, int]
"""x0, y0, x1, y1 of a place on a page as shown unturned, each 0..1000 of the page's width or height."""


@dataclass(frozen=True, slots=True)
class EvidenceMark:
    """A place noted as evidence (佐证), to be drawn in the viewer; `rect` None = the whole page.

    `label` is what a press on it reports, `words` what is written there (the label if empty); `strong` stands out.
    """

    document: str
    page: int
    rect: Thousandths | None
    label: str
    words: str = ""
    strong: bool = True


def to_thousandths(rect: Rect, size: tuple[float, float]) -> Thousandths:
    """A place in page points as thousandths of a page of this size: rounded outwards, inside the page, never empty."""
    width, height = max(size[0], 0.001), max(size[1], 0.001)
    x0, x1 = _grow(rect.x0 / width, rect.x1 / width)
    y0, y1 = _grow(rect.y0 / height, rect.y1 / height)
    return x0, y0, x1, y1


def _grow(low: float, high: float) -> tuple[int, int]:
    first = min(max(int(low * 1000 + 1e-6), 0), 999)
    last = -int(-(high * 1000 - 1e-6) // 1)
    return first, min(max(last, first + 1), 1000)


def to_points(rect: Thousandths, size: tuple[float, float]) -> Rect:
    """A place in thousandths as page points of a page of this size."""
    width, height = size[0] / 1000, size[1] / 1000
    return Rect(rect[0] * width, rect[1] * height, rect[2] * width, rect[3] * height)


def checked(rect: object) -> Thousandths | None:
    """A place as a signal or a file brought it; None for anything that is not one."""
    if not isinstance(rect, (tuple, list)) or len(rect) != 4:
        return None
    if not all(isinstance(edge, int) and 0 <= edge <= 1000 for edge in rect):
        return None
    x0, y0, x1, y1 = rect
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
