"""How folders are named, and that files go where they were asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndb_desktop.ui.widgets import files


def test_their_own_folder_is_said_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "家"))
    assert files.told(tmp_path / "家" / "评审" / "a.ndbscore") == "~/评审/a.ndbscore"
    assert files.told(tmp_path / "家") == "~"
    assert files.told(tmp_path / "家的隔壁") == str(tmp_path / "家的隔壁")
