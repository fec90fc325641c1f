"""Correcting, supplementing and recalling through the coordinator's pages."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.issue_chain import in_force
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.supplement import EXPERT, PARK, corrected_handover
from tests.support.window import child, press, settle


def bundles(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ndbbundle"))


def test_a_correction_leads_to_supplements(window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs) -> None:
    open_sample(window, sample, dialogs)
    store = desk_of(window).store
    assert store is not None
    page_of(window, "issue")
    assert not child(window, "issue.supplement").isEnabled()
    assert not child(window, "issue.changed").isVisible()

    corrected_handover(sample / "handover")
    dialogs.folder = sample / "handover"
    page = page_of(window, "applications")
    press(window, "applications.folder")
    # Experts hold it: without saying so nothing changes.
    assert not child(window, "applications.accept").isVisible()
    press(window, "applications.update")
    press(window, "applications.folder")
    shown = "\n".join(label.text() for label in page.findChildren(PlainLabel) if label.isVisible())
    assert tr("applications.with_experts", count=1) in shown
    assert tr("applications.changed", application=PARK, count=3) in shown
    press(window, "applications.accept")
    assert len(store.snapshot.outdated) == 6
    assert store.snapshot.outdated[0].changed == (PARK,)

    # The overview names the next thing to do and leads there.
    page_of(window, "overview")
    press(window, "overview.next")
    assert child(window, "issue.changed").text() == tr("issue.supplement.waiting", count=6)  # type: ignore[attr-defined]
    dialogs.folder = tmp_path / "supplements"
    press(window, "issue.supplement")
    settle(120)
    made = bundles(tmp_path / "supplements")
    assert len(made) == 6
    with BundleReader(made[0]) as reader:
        assert reader.manifest.kind == "supplement"
    assert "6" in said(window, "issue")
    assert not child(window, "issue.supplement").isEnabled()
    assert store.snapshot.outdated == ()
    # Not one of them is taken for a bundle that needs a new slip or a new issue.
    assert {row.kind for row in in_force(store.snapshot.issued).values()} == {"supplement"}
    page_of(window, "overview")
    assert child(window, "overview.next").text().strip() == tr("next.merge.button")  # type: ignore[attr-defined]


def test_a_recall_wants_one_expert_and_a_reason(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    store = desk_of(window).store
    assert store is not None
    page = page_of(window, "issue")
    recall, reason = child(window, "issue.recall"), child(window, "issue.recall.reason")
    assert not recall.isEnabled()
    reason.setText("材料有误")  # type: ignore[attr-defined]
    assert not recall.isEnabled()
    row = next(n for n, line in enumerate(page._lines) if line.expert == EXPERT)  # type: ignore[attr-defined]
    page.table.selectRow(row)  # type: ignore[attr-defined]
    assert recall.isEnabled()
    reason.setText("  ")  # type: ignore[attr-defined]
    assert not recall.isEnabled()
    reason.setText("材料有误")  # type: ignore[attr-defined]
    dialogs.folder = tmp_path / "recall"
    press(window, "issue.recall")
    (notice,) = bundles(tmp_path / "recall")
    with BundleReader(notice) as reader:
        assert reader.manifest.kind == "recall"
    assert notice.name in said(window, "issue")
    assert EXPERT not in in_force(store.snapshot.issued)
    assert reason.text() == ""  # type: ignore[attr-defined]
    # Who has no bundle cannot be recalled, but can be issued to again.
    reason.setText("再次撤回")  # type: ignore[attr-defined]
    page.table.selectRow(row)  # type: ignore[attr-defined]
    assert not child(window, "issue.recall").isEnabled()
    assert child(window, "issue.all").isEnabled()
