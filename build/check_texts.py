#!/usr/bin/env python3
"""Checks every sentence of the program. Standard library only; exit 1 and one line per finding.

Every key used in the code exists; both languages are there, not empty, with equal placeholders; no key is left over;
no Chinese word stands in a string literal of `ndb_desktop`, where it could not be translated.
"""

from __future__ import annotations

import ast
import json
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"zh_CN", "en"}

# Keys made from a closed list at run time, such as `state.` + the item state.
DYNAMIC = (
    "category.",
    "conflict.",
    "importing.target.",
    "language.",
    "level.L",
    "packdiff.member.",
    "packdiff.word.",
    "part.",
    "source.",
    "state.",
    "unit.",
)
# Literals that are data, not words of the program: file and the texts allowed in it.
DATA_LITERALS = {
    "domain/packload.py": {"建议稿", "正式"},
    "domain/packlint.py": None,  # the closed list of forbidden words, and the status
    "domain/rulepack.py": {"建议稿", "正式"},
    "storage/wordindex.py": None,  # ranges of characters, not words
}
# Ideographs only: punctuation and full-width signs in code are layout or filtering data, not words.
CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+")
CODE = re.compile(r"E-[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
CALLS = {"text", "tr", "Phrase", "t"}


def main() -> int:
    findings = [*catalogue_findings(), *source_findings()]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def catalogues() -> dict[str, tuple[str, dict[str, str]]]:
    """Every key with the file it stands in and its texts; the first file wins when a key stands twice."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for path in sorted((ROOT / "resources/texts").glob("*.json")):
        for key, entry in json.loads(path.read_text(encoding="utf-8")).items():
            found.setdefault(key, (path.name, entry))
    return found


def catalogue_findings() -> Iterator[str]:
    seen: dict[str, str] = {}
    for path in sorted((ROOT / "resources/texts").glob("*.json")):
        for key, entry in json.loads(path.read_text(encoding="utf-8")).items():
            place = f"{path.name}: {key}"
            if key in seen:
                yield f"{place}: also in {seen[key]}"
            seen[key] = path.name
            if set(entry) != LANGUAGES:
                yield f"{place}: languages are {sorted(entry)}"
                continue
            for language in sorted(LANGUAGES):
                if not entry[language].strip():
                    yield f"{place}: {language} is empty"
            try:
                zh, en = (placeholders(entry[language]) for language in ("zh_CN", "en"))
            except ValueError as error:
                yield f"{place}: {error}"
                continue
            if zh != en:
                yield f"{place}: placeholders differ: {sorted(zh)} and {sorted(en)}"


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def source_findings() -> Iterator[str]:
    known = catalogues()
    used: set[str] = set()
    for path in sorted((ROOT / "ndb_desktop").rglob("*.py")):
        name = path.relative_to(ROOT / "ndb_desktop").as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skip = documentation(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from call_findings(node, name, known)
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in skip:
                continue
            value = node.value
            if value in known:
                used.add(value)
            elif CODE.fullmatch(value):
                yield f"ndb_desktop/{name}:{node.lineno}: code without a sentence: {value}"
            if CJK.search(value) and not allowed(name, value):
                yield f"ndb_desktop/{name}:{node.lineno}: words in a literal: {value[:40]}"
    for key, (file, _) in sorted(known.items()):
        if key not in used and not key.startswith(DYNAMIC):
            yield f"{file}: {key}: nothing uses this key"


def call_findings(node: ast.Call, name: str, known: dict[str, tuple[str, dict[str, str]]]) -> Iterator[str]:
    """The literal first argument of `text(`, `tr(`, `Phrase(`, `t(` must be a key."""
    function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if function not in CALLS or not node.args:
        return
    first = node.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    if KEY.fullmatch(first.value) and first.value not in known:
        yield f"ndb_desktop/{name}:{node.lineno}: unknown key: {first.value}"


def documentation(tree: ast.AST) -> set[int]:
    """Docstrings, including those that follow an assignment."""
    found: set[int] = set()
    for node in ast.walk(tree):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(body, list):
                found.update(
                    id(part.value)
                    for part in body
                    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
                )
    return found


def allowed(name: str, value: str) -> bool:
    if name not in DATA_LITERALS:
        return False
    words = DATA_LITERALS[name]
    return words is None or value in words


if __name__ == "__main__":
    sys.exit(main())
