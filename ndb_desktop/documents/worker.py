"""The program's side of the renderer: one child process, started on demand, ended when it misbehaves.

Documents of applicants are hostile input, so they are decoded only in the child. A crash, an endless page or a lying
answer costs the child, never the review: the next request starts a new one and opens the same document again.
"""

from __future__ import annotations

import contextlib
import math
import subprocess
import sys
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import IO, TypeVar

import msgspec

from ndb_desktop.documents import answers, port
from ndb_desktop.documents.answers import OpenedDocument, PageCharacters, RenderedPage
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.sniff import PDF
from ndb_desktop.documents.source import Parts, Source
from ndb_desktop.domain.errors import NdbError

TIME_LIMIT = 20.0
"""Seconds one request may take."""
MEMORY_LIMIT = 1536 * 1024 * 1024
"""Bytes of address space the child may have (POSIX)."""
PULLED_FROM = 4 * 1024 * 1024
"""A PDF of so many bytes stays with the program, and the child asks for what it reads of it."""
_SLOWEST = 4 * 1024 * 1024  # bytes a second a document at least comes with, even from a disk that is busy
_START_LIMIT = 60.0  # a cold disk may take long to load Python and PDFium

_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW of Windows, which other systems' modules do not name

R = TypeVar(
    "R", port.Ready, port.Opened, port.Drawn, port.Text, port.Texts, port.Found, port.Outlined, port.Linked,
    port.PhotoRead,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]


class RenderWorker:
    """Opens one document at a time in a child process. Pages count from 1. All methods may be called from any thread.

    Every method raises `NdbError`: E-DOC-SIZE, E-DOC-PASSWORD, E-DOC-CORRUPT, E-DOC-PAGES, E-DOC-LIMIT, E-DOC-MEMORY,
    E-DOC-PAGE, E-DOC-TIMEOUT (the page took too long), E-DOC-CRASH (the renderer broke on it).
    """

    def __init__(self, time_limit: float = TIME_LIMIT, memory_limit: int = MEMORY_LIMIT) -> None:
        self._time_limit, self._memory_limit = time_limit, memory_limit
        self._lock = threading.RLock()
        self._child: _Child | None = None
        self._document: tuple[bytes | Source, str] | None = None
        self._opened_in_child = False
        self._parts: Parts | None = None
        self._size = 0

    def __enter__(self) -> RenderWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the running child, if any."""
        child = self._child
        return child.process.pid if child is not None and child.process.poll() is None else None

    def start(self) -> None:
        """Starts the child beforehand, so that the first document does not wait for it."""
        with self._lock:
            self._ensure_child()

    def open(self, data: bytes | Source, mime: str) -> OpenedDocument:
        """Opens a document instead of the one before; it is kept so that a new child can open it again.

        A `Source` is passed on piece by piece, a large PDF only where it is read, and never held as a whole here; its
        own errors pass through unchanged.
        """
        _check_size(data.size if isinstance(data, Source) else len(data))
        with self._lock:
            self._forget()
            reply = self._hand_over(data, mime)
            if not answers.is_document(reply):
                raise self._broken()
            self._document = (data, mime)
            return OpenedDocument(len(reply.sizes), reply.sizes, reply.active)

    def texts(self, data: bytes, mime: str) -> tuple[str, ...]:
        """The text of every page of a document, which need not be open and is forgotten again; takes few answers.

        A picture is decoded only as far as shows that it is whole. E-DOC-MEMORY for more than `port.MAX_TEXTS`.
        """
        _check_size(len(data))
        with self._lock:
            self._forget()
            reply = self._ask(port.ReadTexts(mime), port.Texts, data)[0]
            pages, taken = reply.pages, 0
            texts: list[str] = []
            self._document = (data, mime)
            self._opened_in_child = True
            try:
                while True:
                    texts.extend(reply.texts)
                    taken += sum(map(len, reply.texts))
                    fits = 1 <= pages <= port.MAX_PAGES and reply.pages == pages and len(texts) <= pages
                    if not fits or not reply.texts:
                        raise self._broken()
                    if taken > port.MAX_TEXTS:
                        raise NdbError("E-DOC-MEMORY")
                    if len(texts) == pages:
                        return tuple(text[: port.MAX_TEXT] for text in texts)
                    reply = self._ask_document(port.MoreTexts(len(texts) + 1), port.Texts)[0]
            finally:
                self._document = None

    def render(self, page: int, scale: float) -> RenderedPage:
        """Draws a page; `scale` 1 = 72 pixels per inch, so 96 dpi is 96 / 72."""
        if not (math.isfinite(scale) and scale > 0):
            raise ValueError("scale must be positive")
        with self._lock:
            reply, pixels = self._ask_document(port.Render(page, scale), port.Drawn)
            if not answers.is_picture(reply, pixels):
                raise self._broken()
        return RenderedPage(reply.width, reply.height, reply.stride, pixels, reply.scale)

    def page_text(self, page: int) -> str:
        """The text of a page, lines ended by a line feed; empty for an image."""
        with self._lock:
            return self._ask_document(port.PageText(page), port.Text)[0].text[: port.MAX_TEXT]

    def page_characters(self, page: int) -> PageCharacters:
        """The text of a page with a box per character, for selection."""
        with self._lock:
            reply = self._ask_document(port.PageBoxes(page), port.Text)[0]
            if not answers.is_text(reply):
                raise self._broken()
        return PageCharacters(reply.text, tuple(Rect(*box) for box in reply.boxes))

    def find(self, page: int, query: str) -> tuple[Rect, ...]:
        """Where `query` stands on a page, in reading order, one rectangle per line it touches.

        Case, character width, spaces and line ends do not matter; one Chinese character is a word.
        """
        with self._lock:
            reply = self._ask_document(port.Find(page, query), port.Found)[0]
        return tuple(Rect(*rect) for rect in reply.rects)

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        """The bookmarks of the open document in reading order; a page of 0 is none of this document."""
        with self._lock:
            entries = self._ask_document(port.Outline(), port.Outlined)[0].entries
            if not answers.is_outline(entries):
                raise self._broken()
        return entries

    def links(self, page: int) -> tuple[port.PageLink, ...]:
        """The links on a page: to a page of the same document, or (page 0) an address, which is never opened."""
        with self._lock:
            links = self._ask_document(port.PageLinks(page), port.Linked)[0].links
            if not answers.are_links(links):
                raise self._broken()
        return links

    def photo(self, data: bytes | Source, *, views: bool) -> tuple[port.PhotoRead, bytes]:
        """What a photo is, and the pixels of its two small pictures; an open document stays open.

        Raises what `photos.inspect_photo` says, in the words of the renderer.
        """
        with self._lock:
            reply, pixels = self._ask(port.ReadPhoto(views), port.PhotoRead, data)
            if not answers.is_photo(reply, pixels, views=views):
                raise self._broken()
        return reply, pixels

    def close_document(self) -> None:
        """Forgets the open document here and in the child, which stays ready for the next."""
        with self._lock:
            opened = self._opened_in_child
            self._forget()
            if opened and self._child is not None:
                self._ask(port.Close(), port.Ready)

    def close(self) -> None:
        """Ends the child and forgets the document; the worker may be used again."""
        with self._lock:
            self._forget()
            self._end_child(patience=2.0)

    def _forget(self) -> None:
        self._document = None
        self._opened_in_child = False
        self._let_go()

    def _let_go(self) -> None:
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.close()

    def _hand_over(self, data: bytes | Source, mime: str) -> port.Opened:
        """Opens the document in the child, or lets the child read it from here where it needs it."""
        if mime == PDF and isinstance(data, Source) and data.size >= PULLED_FROM and self._parts is None:
            self._parts = data.parts()
        if self._parts is None or not isinstance(data, Source):
            reply = self._ask(port.Open(mime), port.Opened, data)[0]
        else:
            reply = self._open_parts(self._parts, mime, data.size)
        self._opened_in_child = True
        return reply

    def _open_parts(self, parts: Parts, mime: str, size: int) -> port.Opened:
        """The child finds its way in the document while it is proven; nobody hears of it before that is done."""
        self._size = size
        try:
            try:
                return self._ask(port.OpenParts(mime, size), port.Opened)[0]
            finally:
                # A document that was changed is that, whatever the child says of it.
                self._wait_for(parts)
        except BaseException:
            self._let_go()
            raise

    def _wait_for(self, parts: Parts) -> None:
        try:
            parts.wait()
        except BaseException:
            # What it has is no document of ours.
            self._end_child()
            raise

    def _ask_document(self, request: port.Request, kind: type[R]) -> tuple[R, bytes]:
        if self._document is None:
            raise RuntimeError("no document is open")
        self._ensure_child()
        if not self._opened_in_child:
            self._hand_over(*self._document)
        return self._ask(request, kind)

    def _ask(self, request: port.Request, kind: type[R], blob: bytes | Source = b"") -> tuple[R, bytes]:
        child = self._ensure_child()
        return self._exchange(child, request, kind, blob, self._time_limit)

    def _exchange(
        self, child: _Child, request: port.Request, kind: type[R], blob: bytes | Source, seconds: float
    ) -> tuple[R, bytes]:
        """One request and its answer; a timer kills the child, which ends the reading below."""
        late = threading.Event()

        def strike() -> None:
            late.set()
            child.process.kill()

        allowed = seconds + blob.size / _SLOWEST if isinstance(blob, Source) else seconds
        timer = threading.Timer(allowed, strike)
        timer.daemon = True
        timer.start()
        try:
            if isinstance(blob, Source):
                port.send_pieces(child.stdin, request, blob.pieces(), blob.size)
            else:
                port.send(child.stdin, request, blob)
            answer = self._answer(child)
        except (OSError, ValueError, port.BadFrame, msgspec.DecodeError):
            answer = None
        except BaseException:
            # The source failed: what the child has is half a document, which it must not open.
            self._let_go()
            self._end_child()
            raise
        finally:
            timer.cancel()
        if answer is None:
            self._end_child()
            raise NdbError("E-DOC-TIMEOUT", seconds=f"{seconds:g}") if late.is_set() else NdbError("E-DOC-CRASH")
        reply, pixels = answer
        if isinstance(reply, port.Failed):
            raise NdbError(reply.code if reply.code in _CHILD_CODES else "E-DOC-CRASH", **reply.params)
        if not isinstance(reply, kind):
            raise self._broken()
        return reply, pixels

    def _answer(self, child: _Child) -> tuple[port.Reply, bytes] | None:
        """What the child says, after all parts of the document that it asks for before."""
        while (frame := port.receive(child.stdout, 4 * port.MAX_PIXELS + 1024 * 1024)) is not None:
            reply = port.REPLIES.decode(frame[0])
            if not isinstance(reply, port.Need):
                return reply, frame[1]
            fits = reply.start >= 0 and 0 < reply.length <= port.MAX_PART and reply.start + reply.length <= self._size
            if self._parts is None or not fits:
                raise port.BadFrame("there is no such part")
            port.send(child.stdin, port.Part(), self._parts.read(reply.start, reply.length))
        return None

    def _ensure_child(self) -> _Child:
        child = self._child
        if child is not None and child.process.poll() is None:
            return child
        self._end_child()
        process = subprocess.Popen(
            port.child_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(port.child_environment()),
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("pipes were asked for")
        _widen(process.stdin, process.stdout)
        child = self._child = _Child(process, process.stdin, process.stdout)
        start = port.Start(self._memory_limit, self._time_limit)
        self._exchange(child, start, port.Ready, b"", _START_LIMIT)
        return child

    def _broken(self) -> NdbError:
        """The child answered nonsense: it is no longer ours."""
        self._end_child()
        return NdbError("E-DOC-CRASH")

    def _end_child(self, patience: float = 0.0) -> None:
        child, self._child = self._child, None
        self._opened_in_child = False
        if child is None:
            return
        try:
            child.stdin.close()
        except OSError:
            pass  # the pipe broke with the child
        try:
            child.process.wait(patience)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        child.stdout.close()


def _widen(*pipes: IO[bytes]) -> None:
    """Larger pipes, where the system has them: documents and pictures go over in a tenth of the switches."""
    if sys.platform != "linux":
        return
    import fcntl

    for pipe in pipes:
        with contextlib.suppress(OSError):  # the user's share of pipe memory may be used up
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1024 * 1024)


def _check_size(size: int) -> None:
    if size > port.MAX_DOCUMENT:
        megabyte = 1024 * 1024
        raise NdbError("E-DOC-SIZE", size=math.ceil(size / megabyte), limit=port.MAX_DOCUMENT // megabyte)


_CHILD_CODES = frozenset(
    {"E-DOC-PASSWORD", "E-DOC-CORRUPT", "E-DOC-PAGES", "E-DOC-LIMIT", "E-DOC-MEMORY", "E-DOC-PAGE", "E-DOC-TYPE"}
    | {"E-PHOTO-TYPE", "E-PHOTO-LIMIT", "E-PHOTO-DAMAGED", "E-PHOTO-HEIC", "E-PHOTO-ANIMATED", "E-PHOTO-POLYGLOT"}
    | {"E-PHOTO-EXIF"}
)
