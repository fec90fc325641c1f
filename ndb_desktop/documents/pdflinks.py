"""What a PDF says about itself besides its pages: bookmarks (目录), links, and whether it carries scripts or files.

Runs only in the child process. Nothing found here is ever carried out: a target is a page of the same document or,
for an address, words to be read; launch actions, scripts and other documents' pages are left out.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import pypdfium2.raw as raw

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect

FINE = 100
"""Device units per point when PDFium converts page places, which it does in whole units."""

_TITLE_BYTES = 8192
SCANNED = 256 * 1024
"""Bytes at each end of a document that are looked at for scripts and files."""
_ACTIVE_WORDS = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


def read_outline(pdf: Any) -> tuple[port.OutlineEntry, ...]:
    """The bookmarks in reading order, at most `port.MAX_OUTLINE`, not deeper than `port.MAX_OUTLINE_DEPTH`.

    Circles end where they close; a bookmark without a page of this document has page 0.
    """
    entries: list[port.OutlineEntry] = []
    seen: set[int] = set()
    waiting = [(raw.FPDFBookmark_GetFirstChild(pdf.raw, None), 0)]
    while waiting and len(entries) < port.MAX_OUTLINE:
        bookmark, level = waiting.pop()
        if not bookmark:
            continue
        address = ctypes.addressof(bookmark.contents)
        if address in seen:
            continue
        seen.add(address)
        page = _inside(pdf, raw.FPDFBookmark_GetAction(bookmark), raw.FPDFBookmark_GetDest(pdf.raw, bookmark))
        entries.append(port.OutlineEntry(level, _title(bookmark), page))
        waiting.append((raw.FPDFBookmark_GetNextSibling(pdf.raw, bookmark), level))
        if level + 1 < port.MAX_OUTLINE_DEPTH:
            waiting.append((raw.FPDFBookmark_GetFirstChild(pdf.raw, bookmark), level + 1))
    return tuple(entries)


def _title(bookmark: Any) -> str:
    length = raw.FPDFBookmark_GetTitle(bookmark, None, 0)
    if not 2 < length <= _TITLE_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFBookmark_GetTitle(bookmark, buffer, length)
    return port.one_line(buffer.raw[: length - 2].decode("utf-16-le", "replace"), port.MAX_TITLE)


def _inside(pdf: Any, action: Any, target: Any) -> int:
    """The page of this document (from 1) that a destination or an action leads to, else 0."""
    if action:
        # PDFium gives a destination for pages of other documents too.
        if raw.FPDFAction_GetType(action) != raw.PDFACTION_GOTO:
            return 0
        target = raw.FPDFAction_GetDest(pdf.raw, action)
    page = int(raw.FPDFDest_GetDestPageIndex(pdf.raw, target)) + 1 if target else 0
    return page if 1 <= page <= len(pdf) else 0


def read_links(pdf: Any, page: Any, size: tuple[float, float]) -> tuple[port.PageLink, ...]:
    """The links on a page that lead to a page of this document or name an address; at most `port.MAX_LINKS`."""
    found: list[port.PageLink] = []
    place, link, edges = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    for _ in range(4 * port.MAX_LINKS):
        if len(found) >= port.MAX_LINKS or not raw.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
            break
        if not raw.FPDFLink_GetAnnotRect(link, ctypes.byref(edges)):
            continue
        target, address = _target(pdf, link)
        if target or address:
            rect = to_shown(page, size, (edges.left, edges.bottom, edges.right, edges.top))
            found.append(port.PageLink((rect.x0, rect.y0, rect.x1, rect.y1), target, address))
    return tuple(found)


def _target(pdf: Any, link: Any) -> tuple[int, str]:
    action = raw.FPDFLink_GetAction(link)
    page = _inside(pdf, action, raw.FPDFLink_GetDest(pdf.raw, link))
    if not page and action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
        length = raw.FPDFAction_GetURIPath(pdf.raw, action, None, 0)
        if 1 < length <= _TITLE_BYTES:
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(pdf.raw, action, buffer, length)
            return 0, port.one_line(buffer.raw[: length - 1].decode("utf-8", "replace"), port.MAX_TITLE)
    return page, ""


def to_shown(page: Any, size: tuple[float, float], edges: tuple[float, float, float, float]) -> Rect:
    """A rectangle of the page's own space (left, bottom, right, top) in points of the page as shown."""
    x, y = ctypes.c_int(), ctypes.c_int()
    device = (0, 0, round(size[0] * FINE), round(size[1] * FINE), 0)
    across, down = [], []
    for left, top in ((edges[0], edges[3]), (edges[2], edges[1])):
        raw.FPDF_PageToDevice(page, *device, left, top, ctypes.byref(x), ctypes.byref(y))
        across.append(x.value / FINE)
        down.append(y.value / FINE)
    return Rect(min(across), min(down), max(across), max(down))


def has_active_content(pdf: Any, ends: Sequence[bytes]) -> bool:
    """Whether the document carries a script, an attached file or a command, as far as is told without reading it all.

    Only its table of scripts and files and its two `ends` (`SCANNED` bytes each) are looked at: this is a notice to the
    reader, not a defence. The defence is that nothing of it is ever carried out.
    """
    if raw.FPDFDoc_GetJavaScriptActionCount(pdf.raw) > 0 or raw.FPDFDoc_GetAttachmentCount(pdf.raw) > 0:
        return True
    return any(word in end for end in ends for word in _ACTIVE_WORDS)
