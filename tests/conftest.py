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


EXPECTED = pytest.StashKey[list[logging.LogRecord]]()


@pytest.fixture(autouse=True)
def kept_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """So that every test has its log at hand when it is over."""
    return caplog


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A WARNING or worse in the log, also one from a fixture's end, fails the test unless `expected_warnings` took it.

    Done here and not in a fixture: other fixtures may end after any fixture of ours, and what they log counts as well.
    """
    yield
    caplog: pytest.LogCaptureFixture | None = getattr(item, "funcargs", {}).get("caplog")
    expected = item.stash.get(EXPECTED, [])
    unexpected = [
        f"{phase}: {record.name}: {record.getMessage()}"
        for phase in ("setup", "call", "teardown")
        for record in (caplog.get_records(phase) if caplog is not None else ())  # type: ignore[arg-type]
        if record.levelno >= logging.WARNING and not any(record is known for known in expected)
    ]
    assert not unexpected, unexpected


@pytest.fixture
def expected_warnings(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[pytest.LogCaptureFixture]:
    """For tests in which a warning is the right thing: takes what was logged as expected, and demands at least one."""
    yield caplog
    records = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert records, "a log warning was expected"
    request.node.stash.setdefault(EXPECTED, []).extend(records)
