"""The traps of a source folder called `build`, and of a lock file that must name no address."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_build_folder_is_tracked() -> None:
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "check-ignore", "--no-index", "build/ndb_desktop.spec", "build/dev.py"],
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1, f"ignored by git: {answer.stdout}"


def test_no_test_folder_has_a_name_pytest_skips() -> None:
    assert not [p for p in (ROOT / "tests").rglob("*") if p.is_dir() and p.name in {"build", "dist", "venv"}]


def test_every_test_folder_is_collected() -> None:
    folders = {p.parent for p in (ROOT / "tests").rglob("test_*.py")}
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout
    collected = {(ROOT / line.split("::")[0]).parent for line in listed.splitlines() if "::" in line}
    assert folders == collected


def test_lock_file_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9][^\n]*==", lock, re.MULTILINE)
    assert len(pins) > 20
    for block in re.split(r"\n(?=\S)", lock.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_qt_that_miscounts_references_is_excluded() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "PySide6-Essentials>=6.8.0.2,<6.12" in project
