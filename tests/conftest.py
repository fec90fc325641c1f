"""What every test gets: an own profile folder, and failure on any log warning it did not expect."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_profile(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys, worksheets and settings of a test never touch the user's own folder."""
    folder = tmp_path_factory.mktemp("profile")
    monkeypatch.setenv("NDB_PROFILE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_unexpected_warnings(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A WARNING or worse in the log fails the test unless it was caught by `expected_warnings`."""
    yield
    unexpected = [
        record
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)  # type: ignore[arg-type]
        if record.levelno >= logging.WARNING and not getattr(record, "expected", False)
    ]
    assert not unexpected, [f"{r.name}: {r.getMessage()}" for r in unexpected]


@pytest.fixture
def expected_warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """For tests in which a warning is the right thing: marks what was logged as expected, and demands at least one."""
    yield caplog
    records = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert records, "a log warning was expected"
    for record in records:
        record.expected = True
