"""Bookmarks, links and the notice of active content: real ones made with reportlab, hostile ones by hand."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import msgspec
import pytest
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.documents import port, views
from ndb_desktop.documents.sniff import JPEG, PDF, TEXT
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from tests.support import documents as make


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker(time_limit=10) as shared:
        yield shared


def book() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for page in range(1, 6):
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"第{page}章 建设\n情况", f"p{page}", level=0)
        if page == 2:
            canvas.bookmarkPage("s1")
            canvas.addOutlineEntry("第一节", "s1", level=1)
        canvas.drawString(72, 700, f"page {page}")
        if page == 1:
            canvas.linkRect("", "p4", (72, 690, 172, 720))
            canvas.linkURL("https://example.org/a?b=c", (72, 600, 172, 620))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_bookmarks_in_order_with_level_and_page(worker: RenderWorker) -> None:
    opened = worker.open(book(), PDF)
    assert not opened.active
    found = [(entry.level, entry.title, entry.page) for entry in worker.outline()]
    assert found == [
        (0, "第1章 建设 情况", 1),
        (0, "第2章 建设 情况", 2),
        (1, "第一节", 2),
        (0, "第3章 建设 情况", 3),
        (0, "第4章 建设 情况", 4),
        (0, "第5章 建设 情况", 5),
    ]


def test_links_inside_have_a_page_and_addresses_are_words(worker: RenderWorker) -> None:
    worker.open(book(), PDF)
    inside, outside = sorted(worker.links(1), key=lambda link: link.rect[1])
    assert (inside.page, inside.address) == (4, "")
    assert inside.rect == pytest.approx((72, 842 - 720, 172, 842 - 690), abs=1)
    assert (outside.page, outside.address) == (0, "https://example.org/a?b=c")
    assert worker.links(2) == ()
    with pytest.raises(NdbError, match="E-DOC-PAGE"):
        worker.links(6)


def test_pictures_and_plain_text_have_neither(worker: RenderWorker) -> None:
    for data, mime in ((make.jpeg(40, 30), JPEG), ("示范".encode(), TEXT)):
        assert not worker.open(data, mime).active
        assert worker.outline() == ()
        assert worker.links(1) == ()


def outline_pdf(*items: bytes) -> bytes:
    """A PDF whose bookmarks are the objects 6, 7, …; the first is object 6."""
    return make.pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            make.stream(b""),
            b"<< /Type /Outlines /First 6 0 R /Last 6 0 R >>",
            *items,
        ]
    )


def test_a_circle_of_bookmarks_ends(worker: RenderWorker) -> None:
    circle = outline_pdf(
        b"<< /Title (a) /Parent 5 0 R /Next 7 0 R /First 6 0 R >>",
        b"<< /Title (b) /Parent 5 0 R /Next 6 0 R /First 5 0 R /Dest [3 0 R /Fit] >>",
    )
    worker.open(circle, PDF)
    entries = worker.outline()
    assert {"a", "b"} <= {entry.title for entry in entries}
    assert len(entries) < 5
    assert max(entry.page for entry in entries) == 1


def test_bookmarks_are_cut_in_number_depth_and_length(worker: RenderWorker) -> None:
    many = [b"<< /Title (n) /Next %d 0 R >>" % (number + 1) for number in range(6, 6 + port.MAX_OUTLINE + 500)]
    worker.open(outline_pdf(*many), PDF)
    assert len(worker.outline()) == port.MAX_OUTLINE
    deep = [b"<< /Title (n) /First %d 0 R >>" % (number + 1) for number in range(6, 206)]
    worker.open(outline_pdf(*deep), PDF)
    assert [entry.level for entry in worker.outline()] == list(range(port.MAX_OUTLINE_DEPTH))
    worker.open(
        outline_pdf(b"<< /Title (%s) /Next 7 0 R >>" % (b"x" * 900), b"<< /Title (%s) >>" % (b"y" * 99_999)), PDF
    )
    assert [len(entry.title) for entry in worker.outline()] == [port.MAX_TITLE, 0]
    worker.open(outline_pdf(b"<< /Title (a\x07b\\r\\nc) /Dest [99 /Fit] >>"), PDF)
    assert [(entry.title, entry.page) for entry in worker.outline()] == [("a b c", 0)]


def annotated(action: bytes, count: int = 1) -> bytes:
    link = b"<< /Type /Annot /Subtype /Link /Rect [10 10 90 40] %s >>" % action
    return make.text_page("x", extra=b"/Annots [%s]" % b" ".join([link] * count))


@pytest.mark.parametrize(
    "action",
    [
        b"/A << /S /JavaScript /JS (app.alert(1)) >>",
        b"/A << /S /Launch /F (cmd.exe) >>",
        b"/A << /S /GoToR /F (other.pdf) /D [0 /Fit] >>",
        b"/A << /S /SubmitForm /F (http://example.org) >>",
        b"/Dest [99 /Fit]",
        b"",
    ],
)
def test_commands_are_not_links(worker: RenderWorker, action: bytes) -> None:
    worker.open(annotated(action), PDF)
    assert worker.links(1) == ()


def test_links_are_cut_in_number(worker: RenderWorker) -> None:
    worker.open(annotated(b"/A << /S /URI /URI (http://example.org) >>", port.MAX_LINKS + 50), PDF)
    assert len(worker.links(1)) == port.MAX_LINKS


@pytest.mark.parametrize(
    "extra",
    [
        b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
        b"/OpenAction << /S /Launch /F (cmd.exe) >>",
        b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>] >> >>",
    ],
)
def test_active_content_is_noticed_and_the_page_still_drawn(worker: RenderWorker, extra: bytes) -> None:
    data = make.pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            make.stream(b""),
        ]
    )
    assert worker.open(data, PDF).active
    assert worker.render(1, 0.1).width == 60


def frame(reply: port.Reply) -> bytes:
    out = io.BytesIO()
    port.send(out, reply)
    return out.getvalue()


OPENED = port.Opened(((595.0, 842.0),))
ENTRY = port.OutlineEntry(0, "a", 1)


@pytest.mark.parametrize(
    "reply",
    [
        port.Outlined((ENTRY,) * (port.MAX_OUTLINE + 1)),
        port.Outlined((msgspec.structs.replace(ENTRY, level=port.MAX_OUTLINE_DEPTH),)),
        port.Outlined((msgspec.structs.replace(ENTRY, level=-1),)),
        port.Outlined((msgspec.structs.replace(ENTRY, page=-1),)),
        port.Outlined((msgspec.structs.replace(ENTRY, title="x" * (port.MAX_TITLE + 1)),)),
        port.Linked((port.PageLink((0.0, 0.0, 1.0, 1.0), 1, ""),) * (port.MAX_LINKS + 1)),
        port.Linked((port.PageLink((0.0, 0.0, float("inf"), 1.0), 1, ""),)),
        port.Linked((port.PageLink((0.0, 0.0, 1.0, 1.0), -7, ""),)),
        port.Text("ab", ((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, float("nan"), 1.0))),
    ],
)
def test_a_child_that_lies_about_them_is_not_believed(monkeypatch: pytest.MonkeyPatch, reply: port.Reply) -> None:
    answers = [frame(port.Ready()), frame(OPENED), frame(reply)]
    script = (
        "import struct, sys\n"
        "read, write = sys.stdin.buffer.read, sys.stdout.buffer\n"
        f"for answer in {answers!r}:\n"
        "    meta, blob = struct.unpack('>II', read(8)); read(meta + blob); write.write(answer); write.flush()\n"
        "read()\n"
    )
    monkeypatch.setattr(port, "child_command", lambda: [sys.executable, "-c", script])
    with RenderWorker(time_limit=5) as worker:
        worker.open(b"%PDF-", PDF)
        asked = worker.outline if isinstance(reply, port.Outlined) else lambda: worker.links(1)
        if isinstance(reply, port.Text):
            asked = lambda: worker.page_characters(1)  # noqa: E731
        with pytest.raises(NdbError, match="E-DOC-CRASH"):
            asked()
        assert worker.pid is None


@pytest.mark.parametrize("size", [(0.0, 10.0), (-1.0, 10.0), (float("nan"), 10.0), (1e9, 10.0)])
def test_a_child_that_lies_about_sizes_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, size: tuple[float, float]
) -> None:
    answers = frame(port.Ready()) + frame(port.Opened((size,)))
    script = f"import sys; sys.stdout.buffer.write({answers!r}); sys.stdout.flush(); sys.stdin.buffer.read()"
    monkeypatch.setattr(port, "child_command", lambda: [sys.executable, "-c", script])
    with RenderWorker(time_limit=5) as worker, pytest.raises(NdbError, match="E-DOC-CRASH"):
        worker.open(b"%PDF-", PDF)


def test_a_document_is_opened_anew_after_many_pages_and_stays_the_same(
    worker: RenderWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[int] = []
    monkeypatch.setattr(views, "RENEW_AFTER", 3)
    view = views.PdfView(book())
    monkeypatch.setattr(
        views.PdfView, "_opened", lambda self, opened=views.PdfView._opened: renewed.append(1) or opened(self)
    )
    texts = [view.text(page) for page in (0, 1, 2, 3, 4, 3, 2, 1, 0)]
    assert [text.strip() for text in texts] == [f"page {n}" for n in (1, 2, 3, 4, 5, 4, 3, 2, 1)]
    assert len(renewed) == 2
    assert len(view.outline()) == 6
    assert len(view.links(0)) == 2
    view.close()
    assert worker.open(book(), PDF).pages == 5


def test_words_stay_whole_and_stops_hang(worker: RenderWorker) -> None:
    text = "the quick brown investigation " * 12 + "示范园区。" * 60 + "x" * 300
    worker.open(text.encode("utf-8-sig"), TEXT)
    lines = worker.page_text(1).split("\n")
    assert "".join(lines) == text
    assert len(lines) > 5
    english = [line for line in lines if line.startswith("the") or " the" in line]
    assert all(word in text.split() for line in english[:-1] for word in line.split() if word.isascii())
    assert not any(line.startswith("。") for line in lines)
    boxes = worker.page_characters(1).boxes
    assert max(box.x1 for box in boxes) < 595


def test_a_huge_photograph_is_held_small_and_keeps_its_place(worker: RenderWorker) -> None:
    data = make.jpeg(6200, 4200, orientation=6)
    width, height = worker.open(data, JPEG).sizes[0]
    assert height == pytest.approx(842, abs=1)
    assert width == pytest.approx(842 * 4200 / 6200, abs=1)
    page = worker.render(1, 0.5)
    assert page.rgba[0] > 150  # the left red half is on top after a quarter turn
