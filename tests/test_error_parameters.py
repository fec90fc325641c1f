"""Whoever raises a code fills every placeholder of its sentence; else it would fail only before the user's eyes."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

from ndb_desktop import texts

ROOT = Path(__file__).resolve().parent.parent / "ndb_desktop"


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Place, code and given parameters of every call that spells them out."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            code = node.args[0].value
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if not isinstance(code, str) or not code.startswith("E-"):
                continue
            given = _given(name, node)
            if given is not None:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", code, given


def _given(name: str, node: ast.Call) -> set[str] | None:
    if name == "NdbError" and all(keyword.arg for keyword in node.keywords):
        return {str(keyword.arg) for keyword in node.keywords}
    if name != "Fault":
        return None
    # A sentence may name its place.
    place = {"place"} if len(node.args) > 1 else set()
    if len(node.args) < 3:
        return place
    if isinstance(node.args[2], ast.Dict):
        return place | {str(key.value) for key in node.args[2].keys if isinstance(key, ast.Constant)}
    return None


def test_every_placeholder_is_filled() -> None:
    catalogue = texts.catalogue()
    found = list(calls())
    assert len(found) > 200
    missing = [
        (place, code, wanted - given)
        for place, code, given in found
        if (wanted := {n for _, n, _, _ in string.Formatter().parse(catalogue[code]["en"]) if n}) - given
    ]
    assert not missing
