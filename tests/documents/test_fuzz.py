"""Damaged documents through the renderer alone: each ends in pages or in a known reason, in little memory.

Five hundred others go through the viewer on top of it (`tests/ui/test_viewer_fuzz.py`).
"""

from __future__ import annotations

import math
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.documents import worker as worker_module
from ndb_desktop.documents.sniff import PDF
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from tests.support.documents import text_page
from tests.support.mutants import Mutant, bases, mutants
from tests.support.parts import Kept

COUNT, OTHER_SEED = 200, 500
MOST_MB = 400
ENDS = {
    "shown",
    "E-DOC-PASSWORD",
    "E-DOC-CORRUPT",
    "E-DOC-PAGES",
    "E-DOC-LIMIT",
    "E-DOC-MEMORY",
    "E-DOC-TIMEOUT",
    "E-DOC-CRASH",
}


@pytest.fixture(scope="module")
def worker() -> Iterator[RenderWorker]:
    with RenderWorker(time_limit=8) as made:
        made.start()
        yield made


def look(worker: RenderWorker, mutant: Mutant, *, in_parts: bool = False) -> None:
    """What the viewer asks for, in its order: first page, last page, text, a search, bookmarks, links."""
    opened = worker.open(Kept(mutant.data).source() if in_parts else mutant.data, mutant.mime)
    for page in dict.fromkeys((1, opened.pages)):
        width, height = opened.sizes[page - 1]
        drawn = worker.render(page, min(0.8, math.sqrt(2_000_000 / (width * height))))
        assert len(drawn.rgba) == drawn.stride * drawn.height
        characters = worker.page_characters(page)
        assert len(characters.text) == len(characters.boxes)
        worker.page_text(page)
        worker.find(page, "base")
        worker.links(page)
    worker.outline()


def megabytes(process: int | str | None) -> float:
    """What a process holds now; 0 where the system does not tell."""
    if sys.platform != "linux" or process is None:
        return 0
    fields = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * 4096 / (1024 * 1024)


def test_the_originals_are_sound(worker: RenderWorker) -> None:
    """Otherwise hundreds of refusals would prove nothing."""
    for data, mime in bases():
        look(worker, Mutant("original", data, mime))


def outcome(worker: RenderWorker, mutant: Mutant, *, in_parts: bool = False) -> str:
    """`shown`, or the code of the reason."""
    try:
        look(worker, mutant, in_parts=in_parts)
    except NdbError as error:
        return error.code
    except BaseException:
        print(f"stopped at: {mutant.name}")
        raise
    return "shown"


def test_damaged_documents_end_in_a_page_or_a_known_reason(
    worker: RenderWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second PDF stays in its store, as large ones do, and is read in parts."""
    monkeypatch.setattr(worker_module, "PULLED_FROM", 1)
    outcomes: Counter[str] = Counter()
    before = megabytes("self")
    for number, mutant in enumerate(mutants(COUNT, seed=OTHER_SEED)):
        if number % 100 == 50 and worker.pid is not None:
            # Whatever brings a renderer down, the next document has to find a new one.
            os.kill(worker.pid, signal.SIGTERM)
        ended = outcome(worker, mutant, in_parts=number % 2 == 0 and mutant.mime == PDF)
        assert ended in ENDS, (mutant.name, ended)
        outcomes[ended] += 1
        held = megabytes("self") - before + megabytes(worker.pid)
        assert held < MOST_MB, (mutant.name, held)
    # Both ends of the path are walked often; otherwise the damage is too light or too heavy to prove anything.
    assert min(outcomes["shown"], outcomes["E-DOC-CORRUPT"]) > COUNT // 10, outcomes
    assert worker.open(text_page("Demonstration base"), PDF).pages == 1
    assert "Demonstration" in worker.page_text(1)


def test_damage_repeats_for_a_seed() -> None:
    """A failure names seed and number; that must be enough to have the same bytes again."""
    assert list(mutants(40)) == list(mutants(40))
    assert [mutant.data for mutant in mutants(40, seed=1)] != [mutant.data for mutant in mutants(40)]
