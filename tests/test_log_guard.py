"""The guard of `conftest.py` itself: a warning in the log fails a test, whenever it comes, unless it was expected."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).resolve().parent / "conftest.py"

TESTS = """
import logging
import pytest

@pytest.fixture
def at_start():
    logging.warning("start")

@pytest.fixture
def at_end():
    yield
    logging.warning("end")

@pytest.fixture(scope="module")
def at_end_of_module():
    yield
    logging.warning("late end")

def test_fine(): logging.info("nothing")
def test_expected(expected_warnings): logging.warning("wanted")
def test_in_setup(at_start): pass
def test_in_call(): logging.error("call")
def test_in_teardown(at_end): pass
def test_expected_but_none(expected_warnings): pass
def test_expected_and_in_teardown(at_end, expected_warnings): logging.warning("wanted")
def test_last(at_end_of_module): pass
"""


def test_a_warning_at_any_time_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (tmp_path / "test_x.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    words = ["-m", "pytest", "-q", "-rE", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=line", str(tmp_path)]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    failed = {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("ERROR test_x")}
    assert failed == {
        "test_in_setup",
        "test_in_call",
        "test_in_teardown",
        "test_expected_but_none",
        "test_expected_and_in_teardown",
        "test_last",
    }, done.stdout
    assert "8 passed, 6 errors" in done.stdout
