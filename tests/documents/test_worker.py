"""The renderer against good and hostile documents; the parent must outlive all of them."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from ndb_desktop.documents import port
from ndb_desktop.documents.inspect import inspect_document
from ndb_desktop.documents.sniff import JPEG, PDF, PNG, TEXT
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from tests.support import documents as make

GOOD = make.text_page("Demonstration base")


@pytest.fixture(scope="module")
def shared() -> Iterator[RenderWorker]:
    with RenderWorker(time_limit=10) as worker:
        yield worker


@pytest.fixture
def worker(shared: RenderWorker) -> Iterator[RenderWorker]:
    """One child for the whole module, so that every test also proves that the one before left it usable."""
    yield shared
    assert shared.open(GOOD, PDF).pages == 1
    assert "Demonstration" in shared.page_text(1)


def refused(worker: RenderWorker, data: bytes, mime: str = PDF) -> str:
    with pytest.raises(NdbError) as caught:
        worker.open(data, mime)
    return caught.value.code


def colour(worker: RenderWorker, x: float, y: float) -> tuple[int, ...]:
    page = worker.render(1, 1.0)
    place = int(y * page.height) * page.stride + int(x * page.width) * 4
    return tuple(page.rgba[place : place + 4])


def test_renders_rgba_on_opaque_white(worker: RenderWorker) -> None:
    opened = worker.open(make.page_pdf(b"1 0 0 rg 0 0 300 842 re f"), PDF)
    assert (opened.pages, opened.sizes) == (1, ((595.0, 842.0),))
    page = worker.render(1, 2.0)
    assert (page.width, page.height, page.scale) == (1190, 1684, 2.0)
    assert len(page.rgba) == page.stride * page.height
    assert colour(worker, 0.25, 0.5) == (255, 0, 0, 255)
    assert colour(worker, 0.75, 0.5) == (255, 255, 255, 255)


def test_text_and_boxes_agree_and_search_finds_the_place(worker: RenderWorker) -> None:
    worker.open(GOOD, PDF)
    found = worker.page_characters(1)
    assert found.text.strip() == "Demonstration base"
    assert len(found.boxes) == len(found.text)
    (rect,) = worker.find(1, "BASE")
    assert 72 < rect.x0 < rect.x1 < 200
    assert 842 - 715 < rect.y0 < rect.y1 < 842 - 690


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_follow_the_page_as_shown(worker: RenderWorker, turn: int) -> None:
    """The ink of the word must lie inside the rectangle search returns, whatever the rotation and crop box."""
    extra = b"/Rotate %d /CropBox [50 100 550 800]" % turn
    opened = worker.open(make.text_page("HHHHHHHH", extra=extra), PDF)
    assert opened.sizes[0] == ((500.0, 700.0) if turn % 180 == 0 else (700.0, 500.0))
    (rect,) = worker.find(1, "HHHHHHHH")
    page = worker.render(1, 1.0)
    dark = [(x, y) for y in range(page.height) for x in range(page.width) if page.rgba[y * page.stride + 4 * x] < 100]
    assert dark
    assert all(rect.x0 - 2 <= x <= rect.x1 + 2 and rect.y0 - 2 <= y <= rect.y1 + 2 for x, y in dark)


def test_exif_orientation_is_applied(worker: RenderWorker) -> None:
    opened = worker.open(make.jpeg(80, 40, orientation=6), JPEG)
    width, height = opened.sizes[0]
    assert height == 2 * width
    assert colour(worker, 0.5, 0.2)[0] > 150  # the left red half is on top after a quarter turn
    assert colour(worker, 0.5, 0.8)[2] > 150


def test_transparent_and_sixteen_bit_pictures(worker: RenderWorker) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    worker.open(out.getvalue(), PNG)
    assert colour(worker, 0.5, 0.5) == (255, 255, 255, 255)
    out = io.BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(out, "PNG")
    worker.open(out.getvalue(), PNG)
    assert 120 < colour(worker, 0.5, 0.5)[0] < 136
    assert worker.page_text(1) == ""
    assert worker.find(1, "x") == ()


def test_plain_text_has_pages_boxes_and_search(worker: RenderWorker) -> None:
    text = "\n".join(f"第{n}行：示范园区建设情况" + "，内容很长" * 12 for n in range(60))
    opened = worker.open(text.encode("gb18030"), TEXT)
    assert opened.pages > 1
    hits = worker.find(1, "示")
    assert len(hits) > 5
    page = worker.render(1, 1.0)
    rect = hits[0]
    ink = [
        page.rgba[y * page.stride + 4 * x]
        for y in range(int(rect.y0), int(rect.y1))
        for x in range(int(rect.x0), int(rect.x1))
    ]
    assert min(ink) < 120
    joined = "".join(worker.page_text(n + 1) for n in range(opened.pages)).replace("\n", "")
    assert joined == text.replace("\n", "")


def test_inspect_reads_every_page(worker: RenderWorker) -> None:
    assert inspect_document(worker, GOOD, PDF).texts == ("Demonstration base",)
    assert inspect_document(worker, make.jpeg(8, 8), JPEG).texts == ("",)


def test_inspect_asks_again_for_what_one_answer_does_not_hold(worker: RenderWorker) -> None:
    lines = [f"{n} " + "x" * 30_000 for n in range(100)]
    facts = inspect_document(worker, "\n".join(lines).encode(), TEXT)
    assert facts.pages > 500
    assert "".join(facts.texts).replace("\n", "") == "".join(lines)


def test_texts_have_a_limit_as_a_whole(worker: RenderWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(port, "MAX_TEXTS", 10)
        with pytest.raises(NdbError, match="E-DOC-MEMORY"):
            worker.texts(GOOD, PDF)
        patch.setattr(port, "MAX_DOCUMENT", 10)
        with pytest.raises(NdbError, match="E-DOC-SIZE"):
            worker.texts(GOOD, PDF)


def test_inspect_finds_damaged_pictures(worker: RenderWorker) -> None:
    good = make.jpeg(400, 300)
    assert inspect_document(worker, good, JPEG).texts == ("",)
    for data, mime in ((good[: len(good) // 2], JPEG), (good, PNG), (make.png(50, 50)[:60], PNG)):
        with pytest.raises(NdbError, match="E-DOC-CORRUPT"):
            inspect_document(worker, data, mime)
    with pytest.raises(NdbError, match="E-DOC-LIMIT"):
        inspect_document(worker, make.png(10_000, 9_000, rows=b""), PNG)


def test_page_numbers_start_at_one(worker: RenderWorker) -> None:
    worker.open(GOOD, PDF)
    for page in (0, 2, -1):
        with pytest.raises(NdbError, match="E-DOC-PAGE"):
            worker.render(page, 1)
    with pytest.raises(ValueError, match="scale"):
        worker.render(1, float("nan"))


# --- hostile files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", os.urandom(5000), b"%PDF-1.7\n" + b"A" * 100_000, GOOD[:200]])
def test_garbage_is_called_corrupt(worker: RenderWorker, data: bytes) -> None:
    assert refused(worker, data) == "E-DOC-CORRUPT"


def test_truncated_and_damaged_pictures(worker: RenderWorker) -> None:
    good = make.jpeg(400, 300)
    assert refused(worker, good[: len(good) // 2], JPEG) == "E-DOC-CORRUPT"
    assert refused(worker, good, PNG) == "E-DOC-CORRUPT"
    assert refused(worker, make.png(50, 50)[:60], PNG) == "E-DOC-CORRUPT"


def test_a_bomb_is_refused_before_it_is_unpacked(worker: RenderWorker) -> None:
    before = time.monotonic()
    bomb = make.png(50_000, 50_000, rows=b"\0" * 30_000_000)
    started = time.monotonic()
    assert refused(worker, bomb, PNG) == "E-DOC-LIMIT"
    with pytest.raises(NdbError, match="E-DOC-LIMIT") as caught:
        worker.open(make.png(10_000, 9_000, rows=b""), PNG)
    assert caught.value.params == {"width": "10000", "height": "9000"}, "known from the head, so it is said"
    assert time.monotonic() - started < 3, started - before


def test_password_pdf(worker: RenderWorker) -> None:
    encryption = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >>" % (b"o" * 32, b"u" * 32)
    locked = make.pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"],
        b"/Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] " + encryption,
    )  # fmt: skip
    assert refused(worker, locked) == "E-DOC-PASSWORD"


def test_huge_page_is_refused_and_large_zoom_is_fitted(worker: RenderWorker) -> None:
    assert refused(worker, make.text_page("x", box=b"0 0 9000000 9000000")) == "E-DOC-LIMIT"
    worker.open(make.text_page("x", box=b"0 0 14000 14000"), PDF)
    page = worker.render(1, 4.0)
    assert page.width * page.height <= port.MAX_PIXELS
    assert 0 < page.scale < 1


def test_page_tree_that_bites_its_tail(worker: RenderWorker) -> None:
    loop = make.pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100000 /Parent 2 0 R >>"]
    )
    assert refused(worker, loop) in {"E-DOC-CORRUPT", "E-DOC-PAGES"}


def test_a_hundred_thousand_pages_are_too_many(worker: RenderWorker) -> None:
    kids = b" ".join([b"3 0 R"] * 100_000)
    many = make.pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % kids,
         b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"]
    )  # fmt: skip
    assert refused(worker, many) == "E-DOC-PAGES"


def test_form_that_draws_itself_and_deep_nesting(worker: RenderWorker) -> None:
    itself = make.stream(b"q /X Do Q", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources 5 0 R")
    worker.open(make.page_pdf(b"/X Do", more=[itself]), PDF)
    worker.render(1, 1.0)
    worker.open(make.page_pdf(b"q " * 400_000), PDF)
    worker.render(1, 1.0)


def test_javascript_and_launch_actions_stay_dead(worker: RenderWorker, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    actions = b"/AA << /O << /S /Launch /F (/usr/bin/touch %s) >> >>" % str(mark).encode()
    worker.open(make.text_page("x", extra=actions), PDF)
    worker.render(1, 1.0)
    assert not mark.exists()


def test_oversized_document_is_refused_before_it_is_sent(worker: RenderWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "MAX_DOCUMENT", 1000)
    assert refused(worker, b"%PDF-1.7" + b" " * 2000) == "E-DOC-SIZE"


def test_two_hundred_mutations_of_a_real_file_never_reach_the_parent(worker: RenderWorker) -> None:
    seed = 20261122
    random_bytes = random.Random(seed)
    good = make.page_pdf(b"BT /F1 12 Tf 72 700 Td (Demonstration base) Tj ET 0 0 m 100 100 l S " * 20)
    outcomes = set()
    for _ in range(200):
        data = bytearray(good)
        for _ in range(random_bytes.randint(1, 12)):
            kind, place = random_bytes.randrange(3), random_bytes.randrange(len(data))
            if kind == 0:
                data[place] = random_bytes.randrange(256)
            elif kind == 1:
                del data[place : place + random_bytes.randint(1, 40)]
            else:
                data[place:place] = random_bytes.choice([b"<<", b">>", b"99999999999", b"-1", b"[", b"null", b"\0" * 9])
            if len(data) < 10:
                break
        try:
            worker.open(bytes(data), PDF)
            worker.render(1, 0.5)
            worker.find(1, "base")
            outcomes.add("fine")
        except NdbError as error:
            outcomes.add(error.code)
    assert outcomes >= {"fine", "E-DOC-CORRUPT"}
    assert all(outcome == "fine" or outcome.startswith("E-DOC-") for outcome in outcomes)


# --- documents that come in pieces -----------------------------------------------------------------------------------


def test_a_document_in_pieces_is_read_anew_by_a_new_child() -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        asked.append(1)
        yield from (GOOD[:100], GOOD[100:])

    with RenderWorker() as worker:
        assert worker.open(Source(len(GOOD), pieces), PDF).pages == 1
        assert "Demonstration" in worker.page_text(1)
        assert len(asked) == 1
        os.kill(worker.pid or 0, signal.SIGTERM)
        with suppress(NdbError):
            worker.render(1, 0.5)  # the one that falls into the end of the child may fail
        assert "Demonstration" in worker.page_text(1)
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ((GOOD[:100], NdbError("E-STORE-DOC-DIGEST")), "E-STORE-DOC-DIGEST"),
        ((GOOD[:100],), "E-DOC-CRASH"),
        ((GOOD, b"more"), "E-DOC-CRASH"),
        ((), "E-DOC-CRASH"),
    ],
)
def test_half_a_document_is_never_opened(pieces: tuple[bytes | NdbError, ...], code: str) -> None:
    def broken() -> Iterator[bytes]:
        for piece in pieces:
            if isinstance(piece, NdbError):
                raise piece
            yield piece

    with RenderWorker() as worker:
        with pytest.raises(NdbError) as caught:
            worker.open(Source(len(GOOD), broken), PDF)
        assert caught.value.code == code
        with pytest.raises(RuntimeError):
            worker.page_text(1)
        assert worker.open(GOOD, PDF).pages == 1, "the next one finds a new child"


def test_a_source_that_says_too_much_is_refused_before_it_is_read() -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("read")

    with RenderWorker() as worker, pytest.raises(NdbError) as caught:
        worker.open(Source(port.MAX_DOCUMENT + 1, never), PDF)
    assert caught.value.code == "E-DOC-SIZE"


# --- the child's life ------------------------------------------------------------------------------------------------


def alive(pid: int) -> bool:
    """Whether a process exists; a zombie counts as existing."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_costs_one_answer_and_the_document_stays_open() -> None:
    with RenderWorker(time_limit=10) as worker:
        worker.open(GOOD, PDF)
        first = worker.pid
        assert first is not None
        os.kill(first, 9)
        with suppress(NdbError):  # the request may meet the corpse or the successor
            worker.render(1, 1.0)
        assert worker.render(1, 1.0).width == 595
        assert worker.pid not in (None, first)
        assert not alive(first)
        second = worker.pid
    assert second is not None
    assert not alive(second)


def test_a_request_that_takes_too_long_ends_the_child_only() -> None:
    # A form that draws itself twice: honest work without an end.
    itself = make.stream(b"q /X Do /X Do Q", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources 5 0 R")
    heavy = make.page_pdf(b"/X Do", more=[itself])
    with RenderWorker(time_limit=1.0) as worker:
        worker.open(heavy, PDF)
        child = worker.pid
        assert child is not None
        started = time.monotonic()
        with pytest.raises(NdbError) as caught:
            worker.render(1, 2.0)
        assert caught.value.code == "E-DOC-TIMEOUT"
        assert time.monotonic() - started < 5
        assert not alive(child)
        assert worker.open(GOOD, PDF).pages == 1
        assert worker.render(1, 1.0).width == 595


def test_memory_limit_stops_a_large_picture_and_the_worker_goes_on() -> None:
    with RenderWorker(time_limit=20, memory_limit=450 * 1024 * 1024) as worker:
        large = make.png(8_000, 9_000)
        if sys.platform == "linux":  # elsewhere the system does not enforce it and only the pixel caps hold
            assert refused(worker, large, PNG) in {"E-DOC-MEMORY", "E-DOC-CRASH"}
        assert worker.open(GOOD, PDF).pages == 1


def test_the_child_ends_when_the_program_does() -> None:
    worker = RenderWorker(time_limit=10)
    worker.start()
    child = worker._child
    assert child is not None
    child.stdin.close()
    assert child.process.wait(10) == 0
    worker.close()


def test_the_child_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDB_PASSPHRASE", "open sesame")
    assert "open sesame" not in port.child_environment().values()
    if sys.platform == "linux":
        with RenderWorker(time_limit=10) as worker:
            worker.start()
            assert b"open sesame" not in Path(f"/proc/{worker.pid}/environ").read_bytes()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\xff" * 8,
        b"\0\0\0\x01\0\0\0\0\xc1",
        b"\0\0\0\x01\0\0\0\x05\xc0",
    ],
)
def test_a_lying_child_is_not_believed(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    script = f"import sys; sys.stdin.buffer.read(9); sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(port, "child_command", lambda: [sys.executable, "-c", script])
    with RenderWorker(time_limit=5) as worker, pytest.raises(NdbError, match="E-DOC-CRASH"):
        worker.open(GOOD, PDF)


def test_one_worker_serves_several_threads() -> None:
    with RenderWorker(time_limit=20) as worker:
        worker.open(GOOD, PDF)
        failures: list[BaseException] = []

        def render() -> None:
            try:
                for _ in range(10):
                    assert worker.render(1, 0.5).width == 298
                    assert worker.page_text(1) == "Demonstration base"
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=render) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures


def test_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert port.child_command() == [sys.executable, port.CHILD_OPTION]


def test_main_module_dispatches_to_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    source_run = [sys.executable, "-m", "ndb_desktop", port.CHILD_OPTION]
    monkeypatch.setattr(port, "child_command", lambda: source_run)
    with RenderWorker(time_limit=20) as worker:
        assert worker.open(GOOD, PDF).pages == 1


def test_a_renderer_starts_without_what_only_pictures_need() -> None:
    code = "import sys, ndb_desktop.documents.child; print('pypdfium2' in sys.modules, 'PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
