"""What the window remembers: choices and geometry, whatever nonsense the file holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from ndb_desktop.ui.settings import EXPORTS_MAX, RECENT_MAX, Settings


def test_choices_survive_a_restart(tmp_path: Path) -> None:
    first = Settings(tmp_path)
    first.language, first.theme, first.font_factor = "en", "contrast", 1.3
    first.geometry = QByteArray(b"abc")
    first.remember(tmp_path)
    first.flush()
    again = Settings(tmp_path)
    assert (again.language, again.theme, again.font_factor) == ("en", "contrast", 1.3)
    assert again.geometry == QByteArray(b"abc")
    assert again.recent == (tmp_path,)


@pytest.mark.parametrize(
    "content", ["[window]\nlanguage=xx\ntheme=pink\nfont=nan\n", "[window]\nfont=99\n", "\x00garbage"]
)
def test_nonsense_in_the_file_does_no_harm(tmp_path: Path, content: str) -> None:
    (tmp_path / "window.ini").write_text(content, encoding="utf-8")
    settings = Settings(tmp_path)
    assert settings.language == "zh_CN"
    assert settings.theme == ""
    assert 0.9 <= settings.font_factor <= 1.6
    assert settings.geometry.isEmpty()
    assert settings.recent == ()


def test_recent_list_is_short_newest_first_and_drops_what_is_gone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    paths = [tmp_path / f"文件 {n}, a=b.ndbbundle" for n in range(RECENT_MAX + 3)]
    for path in paths:
        path.touch()
        settings.remember(path)
    assert len(settings.recent) == RECENT_MAX
    assert settings.recent[0] == paths[-1]
    settings.remember(paths[-2])
    assert settings.recent[:2] == (paths[-2], paths[-1])
    paths[-2].unlink()
    assert settings.recent[0] == paths[-1]
    settings.forget_recent()
    assert settings.recent == ()


def test_where_exports_went_is_remembered_by_bundle(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert settings.exports("b1") == {}
    settings.remember_exports("b1", {1: tmp_path / "第 1 次.ndbscore", 2: tmp_path / "2.ndbscore"})
    settings.flush()
    again = Settings(tmp_path)
    assert again.exports("b1") == {1: tmp_path / "第 1 次.ndbscore", 2: tmp_path / "2.ndbscore"}
    assert again.exports("b2") == {}
    for number in range(EXPORTS_MAX):
        again.remember_exports(f"c{number}", {1: tmp_path})
    assert again.exports("b1") == {}, "the bundles used last"
    assert again.exports("c0") == {1: tmp_path}


@pytest.mark.parametrize("written", ["{", "[1]", '{"b1": 3}', '{"b1": {"x": "/a", "1": 7}}'])
def test_nonsense_about_exports_does_no_harm(tmp_path: Path, written: str) -> None:
    settings = Settings(tmp_path)
    settings._ini.setValue("exports/written", written)
    assert settings.exports("b1") == {}
    settings.remember_exports("b1", {1: tmp_path})
    assert settings.exports("b1") == {1: tmp_path}
