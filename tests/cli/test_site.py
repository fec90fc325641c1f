"""`ndb site` on a real bundle: two members on two profiles, from the statements to the co-signed file and its PDF."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import FINDINGS, MISUSE, main
from ndb_desktop.services.inspect import record_path
from tests.support.photos import photo as draw
from tests.support.site import BUNDLE_ID, TEAM, MadeSite, make_site_bundle, open_site
from tests.support.travel import PASSPHRASE, key_file


class Member:
    """One inspector at the own computer."""

    def __init__(self, name: str, made: MadeSite, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.profile, self._bundle, self._capsys = folder / name, made.path, capsys
        self._key = folder / f"{name}.ndbkey"
        self._key.write_bytes(key_file(name))
        self._passphrase = folder / "passphrase.txt"
        self._passphrase.write_text(PASSPHRASE, encoding="utf-8")

    def run(self, verb: str, *words: object, lang: str = "en") -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self._capsys.readouterr()
        options = ["--key", self._key, "--passphrase-file", self._passphrase, "--profile", self.profile, "--lang", lang]
        code = main(["site", verb, str(self._bundle), *map(str, [*words, *options])])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def data(self, verb: str, *words: object, code: int = 0) -> Any:
        """What it prints with `--json`."""
        found, out, err = self.run(verb, *words, "--json")
        assert found == code, err
        return json.loads(out)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    return make_site_bundle(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def begun(made: MadeSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    for name in TEAM:
        with open_site(made, folder / name, name) as session:
            session.declare()
    return folder


@pytest.fixture
def members(
    made: MadeSite, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], own_profile: Path
) -> tuple[Member, Member]:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    one, two = (Member(name, made, tmp_path, capsys) for name in TEAM)
    return one, two


def test_two_members_from_statement_to_print(members: tuple[Member, Member], tmp_path: Path) -> None:
    one, two = members
    out = tmp_path / "out"
    out.mkdir()
    code, _, shown = one.run("declare")
    assert (code, len(shown.splitlines()) >= 3) == (0, True)
    one.run("set", "--check", "rd_spending/2025", "--verified", "2.48", "--method", "original", "--proof", "证 3")
    assert one.run("set", "--check", "accidents", "--verified", "0")[0] == 0
    found = one.data("find", "--severity", "minor", "--text", "𠮷野's 标识", "--about", "check:accidents")["finding"]
    assert found == "F1-01"
    picture = tmp_path / "a.jpg"
    picture.write_bytes(draw(64, 48))
    (tmp_path / "bad.jpg").write_bytes(b"x")
    photos = one.data("photo", picture, tmp_path / "bad.jpg", "--about", "finding:F1-01", code=FINDINGS)["photos"]
    assert sorted(row["state"] for row in photos) == ["added", "refused"]

    status = one.data("status", code=FINDINGS)
    checks = {row["id"]: (row["verified"], row["conclusion"]) for row in status["checks"]}
    assert checks["rd_spending/2025"] == ("2.48", "deviation")
    assert (checks["accidents"], checks["patents"]) == (("0", "consistent"), (None, None))
    assert (status["findings"], status["photos"], status["revision"]) == (1, 1, 0)
    assert {lack["kind"] for lack in status["lacks"]} >= {"place", "meeting_open"}
    assert one.run("sign", out)[0] == FINDINGS
    assert "E-INSPECT-LACKS" in one.run("sign", out)[2]
    partial = one.data("export", out)
    assert (partial["revision"], partial["signed"], partial["missing"]) == (1, [TEAM[0]], [TEAM[1]])

    plan = two.data("join", partial["path"], "--dry-run")
    assert (plan["conflicts"], plan["joined"]) == ([], False)
    assert two.data("join", partial["path"])["joined"] is True
    assert two.data("open")["findings"] == 1
    signed = two.data("cosign", partial["path"], out)
    assert signed["signed"] == list(TEAM)
    assert one.data("take", signed["path"])["missing"] == []
    assert one.run("remove", "finding/F1-01")[0] == 0
    told = one.data("open")
    assert (told["edited"], told["falls"]) == (True, []), "both signed a partial record, nobody a whole one"
    assert "signatures fall" not in one.run("open")[1]
    again = one.data("export", out)
    assert (again["revision"], again["fallen"]) == (2, [])
    # The applicant's name has a character that no font has: made, and told.
    printed = one.data("report", tmp_path / "record.pdf", code=1)
    assert printed["pages"] >= 1
    assert printed["missing"] == ["U+20BB7"]
    assert (tmp_path / "record.pdf").read_bytes().startswith(b"%PDF")


def test_conflicts_are_shown_and_chosen(members: tuple[Member, Member], tmp_path: Path) -> None:
    one, two = members
    one.run("set", "--check", "accidents", "--verified", "0")
    two.run("set", "--check", "accidents", "--conclusion", "unverifiable", "--note", "无台账")
    path = two.data("export", tmp_path)["path"]
    code, out, err = one.run("join", path)
    assert (code, "E-INSPECT-CONFLICT" in err) == (FINDINGS, True)
    assert "check/accidents" in out
    assert "{" not in out, "in words, as the window says it"
    assert "Mine: 0 " in out
    assert "Theirs: Unverifiable" in out
    told = one.run("join", path, lang="zh_CN")[1]
    assert ("冲突：check/accidents  数据核查：" in told, "对方的: 无法核实" in told) == (True, True)
    assert '"verified":"0"' in one.data("join", path, "--dry-run", code=FINDINGS)["conflicts"][0]["mine"]
    assert one.data("join", path, "--dry-run", code=FINDINGS)["joined"] is False
    assert one.run("join", path, "--choose", "check/accidents=left")[0] == MISUSE
    assert one.run("join", path, "--choose", "nothing/x=mine")[0] == MISUSE
    assert one.data("join", path, "--choose", "check/accidents=theirs")["joined"] is True
    (row,) = [row for row in one.data("open")["checks"] if row["id"] == "accidents"]
    assert row["conclusion"] == "unverifiable"
    assert "check/accidents" in one.data("undo")["changed"]
    assert "check/accidents" in one.data("redo")["changed"]
    assert one.run("redo")[1].strip() == "There is nothing to undo or redo."


def test_lines_are_stored_together_or_not_at_all(
    members: tuple[Member, Member], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = members
    file = tmp_path / "lines.jsonl"
    lines: list[dict[str, object]] = [
        {"kind": "head", "place": "福州", "hosts": [{"name": "O'Neil 𠮷田", "role": "总工"}]},
        {"kind": "meeting", "id": "opening", "state": "held"},
        {"kind": "meeting", "id": "opening", "started_at": "2026-11-22T09:00:00+08:00"},
        {"kind": "check", "id": "accidents", "verified": "0"},
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    assert one.run("set", "--lines", file)[0] == 0
    for wrong in (
        {"kind": "clock", "id": "C1-0001"},
        {"kind": "check", "id": "accidents", "verified": 1.5},
        {"kind": "check", "id": "accidents", "value": "1"},
        {"kind": "finding", "id": "F1-01"},
        {"kind": "meeting", "id": "lunch"},
    ):
        first = {"kind": "head", "place": "厦门"}
        file.write_text(json.dumps(first) + "\n\n" + json.dumps(wrong), encoding="utf-8")
        code, _, err = one.run("set", "--lines", file)
        assert (code, "lines.jsonl:3" in err, "E-CLI-LINE" in err) == (FINDINGS, True, True), err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf{nonsense")))
    assert "E-CLI-LINE" in one.run("set", "--lines", "-")[2]
    item = json.loads(one.run("open", "--json")[1])["lacks"]
    answer = next(lack["part"].partition("/")[2] for lack in item if lack["kind"] == "answer_open")
    assert one.run("set", "--item", answer, "--grade", "minor", "--note", "0")[0] == 0
    assert one.run("set", "--item", answer, "--check", "accidents")[0] == MISUSE
    kinds = {(lack["kind"], lack["part"]) for lack in one.data("status", code=FINDINGS)["lacks"]}
    assert ("place", "head/") not in kinds
    assert ("answer_finding", f"answer/{answer}") in kinds
    assert ("meeting_times", "meeting/opening") in kinds


def test_other_people_and_other_files(
    members: tuple[Member, Member], made: MadeSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Member("E-77", made, tmp_path, capsys)
    assert "E-INSPECT-MEMBER" in stranger.run("open")[2]
    one, two = members
    one._bundle = record_path(one.profile, BUNDLE_ID)
    assert one.data("open")["member"] == TEAM[0]
    shown = two.run("open", lang="zh_CN")[1]
    assert "检查任务 V-001" in shown
    assert "尚无结论" in shown
    two._bundle = tmp_path / "none.ndbbundle"
    assert two.run("open")[0] == MISUSE


def test_a_finding_that_disagrees_with_its_item_is_named_before_it_is_signed(
    members: tuple[Member, Member], tmp_path: Path
) -> None:
    one, _ = members
    item = one.data("open")["lacks"]
    answer = next(lack["part"].partition("/")[2] for lack in item if lack["kind"] == "answer_open")
    one.run("set", "--item", answer, "--grade", "pass")
    one.run("set", "--check", "rd_spending/2025", "--verified", "9", "--method", "original")
    one.run("find", "--severity", "minor", "--text", "缺标识", "--about", f"answer:{answer}")
    one.run("find", "--severity", "minor", "--text", "少计", "--about", "check:rd_spending/2025")
    one.run("find", "--severity", "severe", "--text", "少计", "--about", "check:rd_spending/2025")
    told = one.data("status", code=FINDINGS)["disagreements"]
    assert [row["part"] for row in told] == ["finding/F1-01", "finding/F1-02"]
    assert "nothing is wrong" in told[0]["sentence"]
    assert "Severe" in told[1]["sentence"]
    shown = one.run("status", lang="zh_CN")[1]
    assert "按结论没有不合格" in shown
    assert "按结论应为「严重不合格」" in shown
    code, _, err = one.run("export", tmp_path, lang="zh_CN")
    assert (code, "finding/F1-01" in err, "按结论没有不合格" in err) == (0, True, True)
