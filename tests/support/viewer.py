"""A document viewer in tests: documents made on the spot, and a mouse that presses page points."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.domain.model import Document
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.window import settle

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier

Files = Mapping[str, tuple[bytes, str]]


def document(name: str, data: bytes, mime: str) -> Document:
    return Document(name, f"{name}.bin", f"材料 & {name}", mime, len(data), hashlib.sha256(data).hexdigest(), 1)


def show(viewer: DocumentViewer, files: Files, first: str = "", **more: object) -> None:
    """Shows documents made of bytes and waits until the first stands."""

    def load(wanted: Document, _progress: Progress, _cancel: CancelToken) -> bytes:
        return files[wanted.id][0]

    documents: Sequence[Document] = [document(name, *made) for name, made in files.items()]
    viewer.set_documents(documents, load, first, **more)  # type: ignore[arg-type]
    settle()


def book(pages: int = 12, size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF with bookmarks (第n章, one section below the second), a link to page 7 and a web address on page 1."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    for page in range(1, pages + 1):
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"Chapter {page}", f"p{page}", level=0)
        if page == 2:
            canvas.bookmarkPage("s1")
            canvas.addOutlineEntry("Section 2.1", "s1", level=1)
        canvas.setFont("Helvetica", 14)
        canvas.drawString(72, 700, f"Page {page} research intensity 3.15 percent")
        canvas.drawString(72, 660, "Second line of words")
        if page == 1 and pages >= 7:
            canvas.linkRect("", "p7", (72, 500, 272, 540))
            canvas.linkURL("https://example.org/report", (72, 400, 272, 440))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def at(viewer: DocumentViewer, page: int, x: float, y: float) -> QPoint:
    """Where a page point (origin top left) is in the viewport."""
    view = viewer.view
    return (view.sheet.transform(page).map(QPointF(x, y)) - view.offset()).toPoint()


def drag(viewer: DocumentViewer, start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Presses, moves with the button down, and releases."""
    port = viewer.view.viewport()
    QTest.mousePress(port, LEFT, modifiers, start)
    for step in (0.3, 0.7, 1.0):
        move(viewer, start + (end - start) * step, LEFT)
    QTest.mouseRelease(port, LEFT, modifiers, end)
    settle()


def move(viewer: DocumentViewer, spot: QPoint, buttons: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    """Moves the mouse; `QTest.mouseMove` forgets the button that is down."""
    port = viewer.view.viewport()
    place = QPointF(spot)
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, QPointF(port.mapToGlobal(spot)), Qt.MouseButton.NoButton, buttons, NONE
    )
    QApplication.sendEvent(port, event)


def click(viewer: DocumentViewer, spot: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(viewer.view.viewport(), LEFT, modifiers, spot)
    settle()
