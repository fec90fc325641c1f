"""How a document was last looked at, so that it opens the same way again (阅读位置)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST_ZOOM, MOST_ZOOM = 0.1, 4.0
MODES = ("continuous", "single")
FITS = ("width", "page", "")

_FORM = re.compile(r"1 ([1-9][0-9]{0,4}) ([0-9]\.[0-9]{4}) (width|page|none) (0|90|180|270) (continuous|single)")


@dataclass(frozen=True, slots=True)
class ReadingState:
    """Page in sight (from 1), zoom (1 = 96 dpi), fit (`width`, `page` or "" = that zoom), turn in degrees, mode."""

    page: int = 1
    zoom: float = 1.0
    fit: str = "width"
    rotation: int = 0
    mode: str = "continuous"

    def to_text(self) -> str:
        """One short line, made to be read by `from_text`."""
        return f"1 {self.page} {self.zoom:.4f} {self.fit or 'none'} {self.rotation} {self.mode}"

    @classmethod
    def from_text(cls, text: str) -> ReadingState:
        """The state such a line describes; anything else, also a zoom out of bounds, gives the default."""
        found = _FORM.fullmatch(text)
        if found is None:
            return cls()
        page, zoom, fit, rotation, mode = found.groups()
        if not LEAST_ZOOM <= float(zoom) <= MOST_ZOOM:
            return cls()
        return cls(int(page), float(zoom), "" if fit == "none" else fit, int(rotation), mode)
