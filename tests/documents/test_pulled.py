"""Large PDFs stay with the program: the renderer asks for parts, gets only those that exist, and only proven ones."""

from __future__ import annotations

import ctypes
import io
import os
import sys
import threading
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.documents import port, pulled, worker
from ndb_desktop.documents.pulled import PulledFile
from ndb_desktop.documents.sniff import PDF, TEXT
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from tests.support import documents as make
from tests.support.parts import Kept

BOOK = make.text_page("Demonstration base")


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PULLED_FROM", 1)


def page_of(data: bytes) -> bytes:
    with RenderWorker(time_limit=10) as plain:
        plain.open(data, PDF)
        return plain.render(1, 1.0).rgba


def test_a_page_looks_the_same_and_its_words_are_there() -> None:
    kept = Kept(BOOK)
    with RenderWorker(time_limit=10) as renderer:
        assert renderer.open(kept.source(), PDF).pages == 1
        assert renderer.render(1, 1.0).rgba == page_of(BOOK)
        assert "Demonstration" in renderer.page_text(1)
        assert len(renderer.find(1, "base")) == 1
        assert kept.asked
        assert kept.closed == 0
        renderer.close_document()
        assert (kept.proofs, kept.closed) == (1, 1)


def test_only_what_a_page_needs_is_read() -> None:
    pictures = [make.stream(os.urandom(400_000)) for _ in range(20)]
    data = make.page_pdf(b"1 0 0 rg 0 0 300 842 re f", more=pictures)
    kept = Kept(data)
    with RenderWorker(time_limit=10) as renderer:
        renderer.open(kept.source(), PDF)
        renderer.render(1, 1.0)
    assert sum(length for _start, length in kept.asked) < len(data) / 5


def test_a_new_child_goes_on_with_what_was_proven() -> None:
    kept = Kept(BOOK)
    with RenderWorker(time_limit=10) as renderer:
        renderer.open(kept.source(), PDF)
        os.kill(renderer.pid or 0, 9)
        with suppress(NdbError):
            renderer.render(1, 1.0)
        assert "Demonstration" in renderer.page_text(1)
        assert kept.proofs == 1


def test_another_document_lets_go_of_the_one_before() -> None:
    first, second = Kept(BOOK), Kept(BOOK)
    with RenderWorker(time_limit=10) as renderer:
        renderer.open(first.source(), PDF)
        renderer.open(second.source(), PDF)
        assert (first.closed, second.closed) == (1, 0)
        renderer.open(b"text", TEXT)
        assert second.closed == 1
        assert renderer.page_text(1) == "text"


def test_a_part_that_may_not_be_read_any_more_ends_the_page_with_its_own_reason() -> None:
    kept = Kept(BOOK)
    with RenderWorker(time_limit=10) as renderer:
        renderer.open(kept.source(), PDF)
        os.kill(renderer.pid or 0, 9)
        kept.error = NdbError("E-RECUSED")
        seen = set()
        for _ in range(2):
            with pytest.raises(NdbError) as caught:
                renderer.render(1, 1.0)
            seen.add(caught.value.code)
        assert "E-RECUSED" in seen
        assert kept.closed >= 1
        kept.error = None
        assert renderer.render(1, 1.0).width == 595
        assert kept.proofs >= 2, "whether it may be read is asked anew"


def test_what_is_not_proven_is_never_opened() -> None:
    def refuse() -> Kept:
        raise NdbError("E-STORE-DOC-DIGEST")

    with RenderWorker(time_limit=10) as renderer:
        renderer.start()
        with pytest.raises(NdbError, match="E-STORE-DOC-DIGEST"):
            renderer.open(Source(len(BOOK), lambda: [BOOK], refuse), PDF)
        with pytest.raises(RuntimeError):
            renderer.page_text(1)


@pytest.mark.parametrize("data", [BOOK, b"%PDF-1.7 nothing"])
def test_what_turns_out_to_be_changed_is_never_told_of(data: bytes) -> None:
    """The child has opened it by then, or has found it broken; neither is heard."""
    kept = Kept(data)
    kept.flaw = NdbError("E-STORE-DOC-DIGEST")
    with RenderWorker(time_limit=10) as renderer:
        renderer.start()
        with pytest.raises(NdbError, match="E-STORE-DOC-DIGEST"):
            renderer.open(kept.source(), PDF)
        assert kept.asked
        assert (kept.closed, renderer.pid) == (1, None)
        with pytest.raises(RuntimeError):
            renderer.page_text(1)
        assert renderer.open(BOOK, PDF).pages == 1


def test_a_document_is_opened_while_it_is_proven_and_told_of_afterwards() -> None:
    kept = Kept(BOOK)
    kept.done.clear()
    opened: list[int] = []
    with RenderWorker(time_limit=10) as renderer:
        renderer.start()
        opening = threading.Thread(target=lambda: opened.append(renderer.open(kept.source(), PDF).pages))
        opening.start()
        assert kept.first_asked.wait(10), "it is read before it is proven"
        opening.join(0.2)
        assert opened == []
        kept.done.set()
        opening.join(10)
        assert opened == [1]


def test_what_can_only_be_read_in_order_goes_over_in_pieces() -> None:
    with RenderWorker(time_limit=10) as renderer:
        assert renderer.open(Source(len(BOOK), lambda: [BOOK[:9], BOOK[9:]]), PDF).pages == 1


@pytest.mark.parametrize(
    "data", [BOOK[: len(BOOK) // 2], BOOK.replace(b"startxref", b"startxxxx"), b"%PDF-1.7 nothing"]
)
def test_damage_is_found_as_in_a_document_that_went_over_whole(data: bytes) -> None:
    outcomes = []
    for given_data in (data, Kept(data).source()):
        with RenderWorker(time_limit=10) as renderer:
            try:
                outcomes.append(str(renderer.open(given_data, PDF).pages))
            except NdbError as error:
                outcomes.append(error.code)
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("need", [(-1, 10), (0, 0), (0, port.MAX_PART + 1), (len(BOOK) - 3, 4), (1 << 62, 5)])
def test_a_child_that_asks_for_what_is_not_there_is_ended(
    monkeypatch: pytest.MonkeyPatch, need: tuple[int, int]
) -> None:
    answers = io.BytesIO()
    port.send(answers, port.Ready())
    port.send(answers, port.Need(*need))
    script = f"import sys; sys.stdin.buffer.read(9); sys.stdout.buffer.write({answers.getvalue()!r})"
    monkeypatch.setattr(port, "child_command", lambda: [sys.executable, "-c", script])
    kept = Kept(BOOK)
    with RenderWorker(time_limit=5) as renderer:
        with pytest.raises(NdbError, match="E-DOC-CRASH"):
            renderer.open(kept.source(), PDF)
        assert renderer.pid is None
    assert kept.asked == []
    assert kept.closed == 1


def test_a_child_that_asks_without_a_document_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = io.BytesIO()
    port.send(answers, port.Need(0, 1))
    script = f"import sys; sys.stdin.buffer.read(9); sys.stdout.buffer.write({answers.getvalue()!r})"
    monkeypatch.setattr(port, "child_command", lambda: [sys.executable, "-c", script])
    with RenderWorker(time_limit=5) as renderer, pytest.raises(NdbError, match="E-DOC-CRASH"):
        renderer.start()


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=1, max_size=5_000),
    st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 6_000)), max_size=25),
    st.integers(1, 8),
)
def test_it_reads_like_a_file(data: bytes, reads: list[tuple[int, int]], kept: int) -> None:
    asked = []

    def fetch(start: int, length: int) -> bytes:
        assert 0 <= start < start + length <= len(data)
        assert length <= port.MAX_PART
        asked.append(length)
        return data[start : start + length]

    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("BLOCK", 64), ("KEPT", 8 * kept), ("_LARGE", 1_000), ("_AHEAD", 8)):
            patch.setattr(pulled, name, value)
        patch.setattr(port, "MAX_PART", 1_500)
        ours, real = PulledFile(len(data), fetch), io.BytesIO(data)
        for place, length in reads:
            ours.seek(place)
            real.seek(min(place, len(data)))
            buffer = (ctypes.c_ubyte * length)()  # as PDFium's
            count = ours.readinto(buffer)  # type: ignore[arg-type]
            assert bytes(buffer[:count]) == real.read(length)
            assert ours.tell() == real.tell()
    assert ours.seek(-1, os.SEEK_END) == len(data) - 1
    assert ours.seek(1, os.SEEK_CUR) == len(data)
