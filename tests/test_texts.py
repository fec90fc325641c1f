"""Both languages are complete, placeholders agree, every used key exists, no key is left over."""

from __future__ import annotations

import json
import re
import string
import time
from pathlib import Path

import pytest

from ndb_desktop import texts
from ndb_desktop.domain.errors import Fault

ROOT = Path(__file__).resolve().parent.parent
SOURCES = "\n".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "ndb_desktop").rglob("*.py")))
CODES = set(re.findall(r"""["'](E-[A-Z][A-Z0-9-]*[A-Z0-9])["']""", SOURCES))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("path", sorted((ROOT / "resources/texts").glob("*.json")), ids=lambda p: p.stem)
def test_both_languages_say_the_same(path: Path) -> None:
    for key, entry in json.loads(path.read_text(encoding="utf-8")).items():
        assert set(entry) == set(texts.LANGUAGES), key
        assert all(sentence.strip() for sentence in entry.values()), key
        assert placeholders(entry["zh_CN"]) == placeholders(entry["en"]), key


def test_every_error_code_has_a_sentence() -> None:
    assert CODES
    assert not CODES - texts.catalogue().keys()


def test_no_sentence_for_a_code_that_does_not_exist() -> None:
    assert not {key for key in texts.catalogue() if key.startswith("E-")} - CODES


def test_rendering_fills_placeholders_and_keeps_braces_in_values() -> None:
    assert texts.text("E-FAULTS", "en", count="{x}").startswith("{x} problems")


def test_moments_in_faults_are_told_by_the_readers_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        params = {"host": "评审室-3", "pid": "4711", "since": "2026-11-22T18:05:09Z"}
        said = texts.fault_text(Fault("E-STORE-LOCKED", "x", params), "zh_CN")
        assert "2026 年 11 月 23 日 02:05" in said
        assert "评审室-3" in said
        assert "4711" not in said
        assert "2026-11-23 at 02:05" in texts.fault_text(Fault("E-STORE-LOCKED", "x", params), "en")
        nobody = {"host": "?", "pid": "?", "since": "?"}
        assert "?" not in texts.fault_text(Fault("E-STORE-LOCKED", "x", nobody), "zh_CN")
        odd = texts.fault_text(Fault("E-STORE-LOCKED", "x", {**params, "since": "2026-99-99T00:00:00Z"}), "en")
        assert "2026-99-99T00:00:00Z" in odd
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_first_sentence_needs_few_files_and_an_unknown_one_none_twice() -> None:
    catalogue = texts.Catalogue()
    assert catalogue["shell.name"]["en"]
    assert len(catalogue._read) < len(texts.catalogue()) / 10
    with pytest.raises(KeyError):
        catalogue["no.such.key"]
    assert dict(catalogue) == dict(texts.catalogue())
