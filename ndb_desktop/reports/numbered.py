"""Page x of y in one pass: a page is packed when it is full and gets its last line when their number is known.

reportlab's usual way keeps every page as text until the end: a gigabyte for 600 score sheets. Here what waits is the
packed page; its last line is a deflate block of its own behind a full flush (RFC 1951, 3.2.4; RFC 1950, 2.2).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFStream, pdfdocEnc
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak

from ndb_desktop.reports import links


class Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Calls `around(canvas)` on each full page, and in the end `number(canvas, page, pages)` for each of them."""

    _code: list[str]

    def __init__(
        self, *args: Any, around: Callable[[Any], None], number: Callable[[Any, int, int], None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._around, self._number = around, number
        self._waiting: list[_Waiting] = []

    @property
    def pages(self) -> int:
        """Full so far."""
        return len(self._waiting)

    def showPage(self) -> None:  # noqa: N802
        """Called by reportlab when a page is full."""
        self._around(self)
        links.apply(self, len(self._waiting) + 1)
        super().showPage()
        self._waiting.append(_packed(self._doc.Pages.pages[-1]))

    def save(self) -> None:
        """Called by reportlab when the story is told."""
        for number, waiting in enumerate(self._waiting, 1):
            self._number(self, number, len(self._waiting))
            code, self._code = self._code, []
            waiting.finish("\n".join(code) + "\n")
        super().save()


@dataclass(frozen=True, slots=True)
class _Waiting:
    stream: Any
    check: int

    def finish(self, line: str) -> None:
        """Puts `line` behind what is packed already."""
        last = pdfdocEnc(line)
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        whole = zlib.adler32(last, self.check).to_bytes(4, "big")
        self.stream.content += packer.compress(last) + packer.flush() + whole


def _packed(page: Any) -> _Waiting:
    body = pdfdocEnc(page.stream)
    packer = zlib.compressobj()
    packed = packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode")}), packed)
    page.stream, page.Contents = None, stream
    return _Waiting(stream, zlib.adler32(body))


class Feed(list[Flowable]):
    """A story for reportlab that is told while it is laid out: from page break to page break, whenever it is empty."""

    def __init__(self, story: Iterable[Flowable]) -> None:
        super().__init__()
        self._rest: Iterator[Flowable] = iter(story)

    def __len__(self) -> int:
        if not super().__len__():
            for flowable in self._rest:
                self.append(flowable)
                if isinstance(flowable, PageBreak):
                    break
        return super().__len__()
