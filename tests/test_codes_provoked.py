"""Every error code is provoked by some test: none may become a sentence that nobody has ever seen come up."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROGRAM = TESTS.parent / "ndb_desktop"
CODE = re.compile(r"E-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
GUARDS = {Path(__file__).name, "test_texts.py", "test_error_parameters.py"}
"""Tests about the codes as such, which provoke nothing."""


def codes_in(folder: Path, without: frozenset[str] | set[str] = frozenset()) -> set[str]:
    """Codes spelled out in string literals; comments and docstrings do not count."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        if path.name in without:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
                found.update(CODE.findall(node.value))
    return found


def test_every_code_is_provoked_by_a_test() -> None:
    ours = codes_in(PROGRAM)
    assert len(ours) > 300
    assert sorted(ours - codes_in(TESTS, GUARDS)) == []


def test_a_docstring_or_comment_provokes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""E-ONE"""\n# E-TWO\ndef f():\n    """E-THREE"""\n    return "E-FOUR"\n')
    (tmp_path / "b.py").write_text('x = ["E-FIVE", f"E-SIX: {1}"]\n')
    assert codes_in(tmp_path) == {"E-FOUR", "E-FIVE", "E-SIX"}
    assert codes_in(tmp_path, {"b.py"}) == {"E-FOUR"}
