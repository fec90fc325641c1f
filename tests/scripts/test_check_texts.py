"""The text check finds what it promises to find."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_texts", ROOT / "build/check_texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "resources/texts").mkdir(parents=True)
    (tmp_path / "ndb_desktop").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def write(check: ModuleType, entries: object, source: str, name: str = "a.json") -> None:
    (check.ROOT / "resources/texts" / name).write_text(json.dumps(entries), encoding="utf-8")
    (check.ROOT / "ndb_desktop/m.py").write_text(source, encoding="utf-8")


GOOD = {"a.key": {"zh_CN": "好 {n}", "en": "good {n}"}, "E-BAD": {"zh_CN": "坏", "en": "bad"}}
SOURCE = '"""文档."""\nX = 1\n"""说明."""\nraise NdbError("E-BAD")\ntext("a.key", "en", n=1)\n'


def test_a_sound_program_passes(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    write(check, GOOD, SOURCE)
    assert check.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "source", "finding"),
    [
        ({}, SOURCE + 'tr("no.such")\n', "unknown key: no.such"),
        ({}, SOURCE + 'Phrase("no.such")\n', "unknown key: no.such"),
        ({}, SOURCE + 'x = "E-OTHER"\n', "code without a sentence: E-OTHER"),
        ({}, SOURCE + 'x = "中文"\n', "words in a literal"),
        ({}, SOURCE + 'x = f"中{1}"\n', "words in a literal"),
        ({"left.over": {"zh_CN": "多", "en": "more"}}, SOURCE, "left.over: nothing uses this key"),
        ({"a.key": {"zh_CN": "好 {m}", "en": "good {n}"}}, SOURCE, "placeholders differ"),
        ({"a.key": {"zh_CN": " ", "en": "x"}}, SOURCE, "zh_CN is empty"),
        ({"a.key": {"en": "good"}}, SOURCE, "languages are"),
        ({"a.key": {"zh_CN": "{", "en": "x"}}, SOURCE, "a.key"),
    ],
)
def test_findings(
    check: ModuleType, capsys: pytest.CaptureFixture[str], change: dict[str, object], source: str, finding: str
) -> None:
    write(check, {**GOOD, **change}, source)
    assert check.main() == 1
    assert finding in capsys.readouterr().out


def test_a_key_in_two_files_is_found(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    write(check, GOOD, SOURCE)
    write(check, {"a.key": GOOD["a.key"]}, SOURCE, "b.json")
    assert check.main() == 1
    assert "also in a.json" in capsys.readouterr().out


def test_keys_of_closed_lists_need_no_literal(check: ModuleType) -> None:
    write(check, {**GOOD, "state.open": {"zh_CN": "未填", "en": "Open"}}, SOURCE)
    assert check.main() == 0
