"""The renderer: a process of its own that reads requests on stdin, answers on stdout, and keeps nothing.

It limits itself before it sees a document: address space, no core dump, no file writing, and a watchdog that ends the
process when one request takes too long, even inside native code and even if the program that started it is gone.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from typing import BinaryIO

import msgspec

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.pulled import PulledFile
from ndb_desktop.documents.viewing import View
from ndb_desktop.documents.views import open_view
from ndb_desktop.documents.words import find_rects
from ndb_desktop.domain.errors import NdbError

_TEXTS_SECONDS = 1.0
_TEXTS_CHARACTERS = 1_000_000  # an answer ends after the page that reaches either, so that no request takes long
_GRACE = 2.0  # the parent's own clock should strike first; this one is for a parent that died


def main() -> int:
    """Serves until stdin ends; returns the exit code."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    try:
        Renderer(source, sink).serve()
    except (port.BadFrame, msgspec.DecodeError, OSError):
        return 1
    return 0


def set_limits(memory: int) -> None:
    """Caps what a hostile document can take from the machine, where the system can (POSIX)."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    if memory and hasattr(resource, "RLIMIT_AS"):
        wanted[resource.RLIMIT_AS] = memory
    for kind, value in wanted.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # macOS knows RLIMIT_AS and refuses it; the pixel caps still hold


class Renderer:
    """One open document at a time."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._view: View | None = None
        self._boxes: tuple[int, str, list[Rect]] | None = None
        self._seconds = 0.0
        self._null = open(os.devnull, "w")  # noqa: SIM115, PTH123  (lives as long as the process)

    def serve(self) -> None:
        """Answers requests until the stream ends."""
        while (frame := port.receive(self._source, port.MAX_DOCUMENT)) is not None:
            request = port.REQUESTS.decode(frame[0])
            blob = frame[1]
            del frame
            if self._seconds:
                faulthandler.dump_traceback_later(self._seconds + _GRACE, exit=True, file=self._null)
            try:
                reply, pixels = self._answer(request, blob)
            except NdbError as error:
                reply, pixels = port.Failed(error.code, dict(error.params)), b""
            except MemoryError:
                self._forget()
                reply, pixels = port.Failed("E-DOC-MEMORY", {}), b""
            faulthandler.cancel_dump_traceback_later()
            port.send(self._sink, reply, pixels)
            del pixels

    def _answer(self, request: port.Request, blob: bytes) -> tuple[port.Reply, bytes | memoryview]:
        if isinstance(request, port.Start):
            set_limits(request.memory)
            self._seconds = request.seconds
            return port.Ready(), b""
        if isinstance(request, port.Open | port.OpenParts):
            self._forget()
            data = blob if isinstance(request, port.Open) else PulledFile(request.size, self._fetch)
            self._view = open_view(data, request.mime)
            return port.Opened(self._view.sizes, self._view.active), b""
        if isinstance(request, port.Close):
            self._forget()
            return port.Ready(), b""
        if isinstance(request, port.ReadTexts):
            self._forget()
            self._view = open_view(blob, request.mime, shown=False)
            return self._texts(self._view, 0), b""
        if isinstance(request, port.ReadPhoto):
            # Pillow is loaded with the first picture, as for documents.
            from ndb_desktop.documents.photoviews import read_photo

            return read_photo(blob, views=request.views)
        if isinstance(request, port.Part):
            raise port.BadFrame("nothing was asked for")
        if self._view is None:
            raise NdbError("E-DOC-CORRUPT")
        if isinstance(request, port.Outline):
            return port.Outlined(self._view.outline()), b""
        return self._about(self._view, request)

    def _about(self, view: View, request: port.AboutPage) -> tuple[port.Reply, bytes | memoryview]:
        """What is asked about a page of the open document."""
        index = self._index(view, request.page)
        if isinstance(request, port.PageLinks):
            return port.Linked(view.links(index)), b""
        if isinstance(request, port.Render):
            picture = view.render(index, request.scale)
            return port.Drawn(picture.width, picture.height, picture.stride, picture.scale), picture.pixels
        if isinstance(request, port.PageText):
            return port.Text(view.text(index)), b""
        if isinstance(request, port.MoreTexts):
            return self._texts(view, index), b""
        text, boxes = self._characters(view, index)
        if isinstance(request, port.Find):
            return port.Found(tuple(find_rects(text, boxes, request.query))), b""
        return port.Text(text, tuple(boxes)), b""

    def _fetch(self, start: int, length: int) -> bytes:
        """A part of the document from the program. PDFium is waiting for it, so no error can leave here."""
        try:
            port.send(self._sink, port.Need(start, length))
            frame = port.receive(self._source, port.MAX_PART)
            if frame is not None and isinstance(port.REQUESTS.decode(frame[0]), port.Part) and len(frame[1]) == length:
                return frame[1]
        except (port.BadFrame, msgspec.DecodeError, OSError):
            pass
        os._exit(1)  # the program is gone, or does not keep to what was agreed

    @staticmethod
    def _index(view: View, page: int) -> int:
        if not 1 <= page <= len(view.sizes):
            raise NdbError("E-DOC-PAGE", page=page, pages=len(view.sizes))
        return page - 1

    @staticmethod
    def _texts(view: View, index: int) -> port.Texts:
        texts: list[str] = []
        begun, taken = time.monotonic(), 0
        for page in range(index, len(view.sizes)):
            texts.append(view.text(page))
            taken += len(texts[-1])
            if taken >= _TEXTS_CHARACTERS or time.monotonic() - begun >= _TEXTS_SECONDS:
                break
        return port.Texts(len(view.sizes), tuple(texts))

    def _characters(self, view: View, index: int) -> tuple[str, list[Rect]]:
        """The page's characters, kept for the next search on the same page."""
        if self._boxes is None or self._boxes[0] != index:
            self._boxes = (index, *view.characters(index))
        return self._boxes[1], self._boxes[2]

    def _forget(self) -> None:
        self._boxes = None
        if self._view is not None:
            self._view.close()
            self._view = None


if __name__ == "__main__":
    # Nothing is left to be tidied up: answers were sent as they were made, and nothing was written.
    os._exit(main())
