"""Five hundred damaged documents in the viewer: each ends as a page or a calm word, and the next one still opens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ndb_desktop.documents.sniff import PDF
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.refusal import why
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.documents import text_page
from tests.support.mutants import mutants
from tests.support.viewer import show
from tests.support.window import settle

COUNT = 500
REASONS = {f"E-DOC-{reason}" for reason in ("PASSWORD", "CORRUPT", "PAGES", "LIMIT", "MEMORY", "TIMEOUT", "CRASH")}


@pytest.fixture
def viewer(qtbot: object) -> Iterator[DocumentViewer]:
    worker = RenderWorker(time_limit=8)
    made = DocumentViewer(worker)
    qtbot.addWidget(made)  # type: ignore[attr-defined]
    made.bind_keys(made)
    made.resize(700, 800)
    made.show()
    yield made
    settle()
    worker.close()


def seen(viewer: DocumentViewer, failures: list[NdbError]) -> str:
    """What the reader has before the eyes: "page", or the code of the reason that stands in its place."""
    if viewer.pages.document is None:
        assert viewer.stack.currentWidget() is viewer.empty
        assert viewer.empty.title.text() == tr("viewer.failed")
        assert viewer.empty.text.text() == why(failures[-1])
        return failures[-1].code
    assert viewer.stack.currentWidget() is viewer.view
    error = viewer.pages.error(viewer.view.page)
    if error is not None:
        assert isinstance(error, NdbError)
        return error.code
    picture, _sharp = viewer.pages.get(viewer.view.page, 1.0)
    assert picture is not None
    assert not picture.isNull()
    return "page"


def test_five_hundred_damaged_documents_one_after_the_other(viewer: DocumentViewer) -> None:
    damaged = list(mutants(COUNT))
    files = {f"D{number}": (mutant.data, mutant.mime) for number, mutant in enumerate(damaged)}
    files["last"] = (text_page("Demonstration base"), PDF)
    failures: list[NdbError] = []
    viewer.pages.failed.connect(failures.append)
    outcomes: Counter[str] = Counter()
    show(viewer, files)
    for number, mutant in enumerate(damaged):
        try:
            viewer.show_document(f"D{number}")
            settle()
            outcomes[seen(viewer, failures)] += 1
            QTest.keyClick(viewer.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
            viewer.view.zoom_in()
            viewer.search.look_for("base", 1)
            settle()
            outcomes[seen(viewer, failures)] += 1
        except BaseException:
            print(f"stopped at: {mutant.name}")
            raise
    assert set(outcomes) <= {"page", *REASONS}, outcomes
    assert min(outcomes["page"], outcomes["E-DOC-CORRUPT"]) > COUNT // 10, outcomes
    viewer.show_document("last")
    settle()
    assert seen(viewer, failures) == "page"
    assert viewer.pages.words(1).text.startswith("Demonstration")  # type: ignore[union-attr]
