"""A private copy of the small sample round, and file dialogs that answer themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.coordinator import Dialogs, sample_copy


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> Dialogs:
    """File dialogs, answered with what the test puts into them."""
    return Dialogs(monkeypatch)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The test's own sample round."""
    return sample_copy(tmp_path / "sample")
