"""Pictures that get into a PDF after its pages: one at a time, so that hundreds of photos are never in memory together.

reportlab keeps a whole document until it is saved. Here pages name pictures by number only, and each picture is then
appended, as an incremental update of the file (ISO 32000-1, 7.5.6).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from reportlab.pdfbase.pdfdoc import PDFObject
from reportlab.platypus import Flowable

from ndb_desktop.reports.jpeg import Jpeg, bare_jpeg
from ndb_desktop.reports.site_values import Preview


class Sink(Protocol):
    """Where a PDF is written."""

    def write(self, data: bytes, /) -> int:
        """As a file does."""


class _Slot(PDFObject):  # type: ignore[misc]  # reportlab has no types
    """An object whose content comes in the update; until then it is null."""

    def __init__(self, name: str) -> None:
        self.name, self.number = name, 0

    def format(self, document: Any) -> bytes:
        """Called by reportlab when the file is put together: now the object has its number."""
        self.number = document.idToObjectNumberAndVersion[self.name][0]
        return b"null"


class LateImage(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A picture within `width` x `height` points, of which the page keeps only the place.

    It is read once now for its size and dropped, and once more when the file is written. `shown` is None when there
    is nothing to show, and then it takes no room. Once on a page, it joins `album`.
    """

    def __init__(self, preview: Preview, width: float, height: float, album: list[LateImage]) -> None:
        super().__init__()
        self._preview, self._album = preview, album
        data = preview()
        found = bare_jpeg(data) if data else None
        self.shown: tuple[int, int] | None = None
        self.width = self.height = 0.0
        self._digest, self._slot = b"", _Slot("")
        if found is not None:
            self.shown = found.width, found.height
            scale = min(width / found.width, height / found.height)
            self.width, self.height = found.width * scale, found.height * scale
            self._digest = hashlib.sha256(found.data).digest()

    def draw(self) -> None:
        """Called by reportlab when the page is made."""
        if self.shown is None:
            return
        name = f"photo{len(self._album)}"
        document = self.canv._doc  # noqa: SLF001  (as reportlab's own drawImage)
        self._slot = _Slot(document.getXObjectName(name))
        document.addForm(name, self._slot)
        self.canv._formsinuse.append(name)  # noqa: SLF001
        self.canv.addLiteral(f"q {self.width:.3f} 0 0 {self.height:.3f} 0 0 cm /{self._slot.name} Do Q")
        self._album.append(self)

    @property
    def number(self) -> int:
        """Its number in the file, known when that has been put together."""
        return self._slot.number

    def picture(self) -> Jpeg:
        """The picture once more. Raises `ValueError` when it is not the one that was laid out."""
        data = self._preview()
        found = bare_jpeg(data) if data else None
        if found is None or hashlib.sha256(found.data).digest() != self._digest:
            raise ValueError("a preview changed while the record was printed")
        return found


_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TRAILER = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s", re.DOTALL)


def append_images(base: bytes, images: Sequence[LateImage], out: Sink, begun: Callable[[int], None]) -> str:
    """Writes `base` and behind it each picture, and gives back the SHA-256 (hex) of the whole.

    `begun` is told the number of each picture (from 0); what it raises ends the work.
    """
    digest = hashlib.sha256(base)
    out.write(base)
    if not images:
        return digest.hexdigest()
    place = len(base)
    places: list[tuple[int, int]] = []

    def write(piece: bytes) -> None:
        nonlocal place
        out.write(piece)
        digest.update(piece)
        place += len(piece)

    for count, image in enumerate(images):
        begun(count)
        places.append((image.number, place))
        found = image.picture()
        write(
            f"{image.number} 0 obj\n<< /Type /XObject /Subtype /Image /Width {found.width} /Height {found.height} "
            f"/ColorSpace /{found.space} /BitsPerComponent 8 /Filter /DCTDecode /Length {len(found.data)} >>\n"
            "stream\n".encode()
        )
        write(found.data)
        write(b"\nendstream\nendobj\n")
    start = place
    write(b"xref\n" + b"".join(f"{number} 1\n{at:010d} 00000 n \n".encode() for number, at in sorted(places)))
    write(_trailer(base) + f"startxref\n{start}\n%%EOF\n".encode())
    return digest.hexdigest()


def _trailer(base: bytes) -> bytes:
    """That of the file before, with a way back to its table."""
    tail = base[-4096:]
    start, trailer = _START.search(tail), _TRAILER.search(tail)
    if start is None or trailer is None:
        raise ValueError("the file before the pictures has no trailer")
    return b"trailer\n<<" + trailer[1].rstrip() + b"\n/Prev " + start[1] + b" >>\n"
