"""What something dropped on the coordinator's window is for, told by the names that lie in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ndb_desktop.services.dropped import MOST, holds_scores, purpose, sort_out
from tests.support.travel import refusal


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return path


def folder(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"x")
    path.mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("a/E-01.ndbscore", "清单.csv"), "score"),
        (("A/E-01.NDBSCORE",), "score"),
        (("邮件.zip", "x.txt"), "score"),
        (("applications.jsonl", "docs/a.pdf"), "handover"),
        (("申报材料.xlsx", "docs/a.pdf", "docs/b.zip"), "handover"),
        (("readme.txt",), "nothing"),
        ((), "nothing"),
    ],
)
def test_folders_and_zips_are_known_by_what_lies_in_them(tmp_path: Path, names: tuple[str, ...], wanted: str) -> None:
    assert purpose(folder(tmp_path / "in", *names)) == wanted
    if names:
        assert purpose(zipped(tmp_path / "in.zip", *names)) == wanted
    assert holds_scores(tmp_path / "in") is (wanted == "score")


def test_only_so_many_names_are_looked_at_and_a_broken_zip_is_judged_where_it_is_taken(tmp_path: Path) -> None:
    many = folder(tmp_path / "many", *(f"{number:05d}.txt" for number in range(MOST)), "z.ndbscore")
    assert purpose(many) == "nothing"
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"x" * 200)
    assert purpose(tmp_path / "broken.zip") == "score"
    assert not holds_scores(tmp_path / "gone")


def test_everything_goes_to_one_place_or_is_refused_in_words(tmp_path: Path) -> None:
    scores, plain = folder(tmp_path / "scores", "a.ndbscore"), folder(tmp_path / "plain", "a.txt")
    hand, other = folder(tmp_path / "hand", "a.csv"), zipped(tmp_path / "other.zip", "applications.jsonl")
    text = tmp_path / "note.txt"
    text.write_bytes(b"hello")
    (tmp_path / "list.csv").write_bytes(b"a,b")
    assert sort_out([scores, zipped(tmp_path / "m.zip", "b.ndbscore")]) == "score"
    assert sort_out([hand]) == sort_out([other]) == "handover"
    assert sort_out([text]) is None, "the window names it"
    for paths, code in (
        ([scores, hand], "E-FILE-MIXED"), ([scores, text], "E-FILE-MIXED"), ([hand, other], "E-DROP-ONE"),
        ([plain], "E-DROP-NOTHING"), ([scores, plain], "E-DROP-NOTHING"), ([tmp_path / "list.csv"], "E-DROP-TABLE"),
        ([tmp_path / "gone"], "E-STORE-MISSING"),
    ):  # fmt: skip
        assert refusal(lambda paths=paths: sort_out(paths)) == code  # type: ignore[misc]
