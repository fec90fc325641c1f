"""Two signatures from the command line: roles, freezing, opening, votes, flags, final results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli import office as cli_office
from ndb_desktop.cli.main import main
from ndb_desktop.domain.flaglife import cases
from ndb_desktop.domain.flaglife import mark as flag_mark
from ndb_desktop.services import office_folder
from ndb_desktop.services.analytics import analytics
from ndb_desktop.services.office import Office
from tests.support import supervised
from tests.support.office import use_tiny
from tests.support.supervised import EXPERTS, SUPERVISOR
from tests.support.travel import PASSPHRASE, person

Words = pytest.CaptureFixture[str]


class Caller:
    """Runs verbs on one registry, alone or with the supervisor's key."""

    def __init__(self, folder: Path, capsys: Words) -> None:
        self.folder, self._capsys = folder, capsys
        root = folder.parent
        self._key = ["--key", str(root / "组织方.ndbkey")]
        secret = root / "supervisor.txt"
        secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        second = ["--second-key", str(supervised.key_on_stick(root)), "--second-passphrase-file", str(secret)]
        self._second = second

    def run(self, *words: str, two: bool = False) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([*words, *self._key, *(self._second if two else [])])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: str, two: bool = False) -> Any:
        code, out, err = self.run(*words, "--json", two=two)
        assert code == 0, err
        return json.loads(out)


def caller(
    tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch, *, trial: bool, flags: bool = False
) -> Caller:
    folder = supervised.make_settled(tmp_path, trial=trial, flags=flags)
    real = office_folder.open_office

    def tiny(*args: Any, **kwargs: Any) -> Office:
        return use_tiny(real(*args, **kwargs))

    # The tiny pack is too small for the lint that stored packs pass.
    monkeypatch.setattr(office_folder, "open_office", tiny)
    monkeypatch.setenv(cli_office.REGISTRY_VARIABLE, str(folder))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    return Caller(folder, capsys)


def settle_all(ndb: Caller) -> None:
    everybody = [word for name in EXPERTS for word in ("--for", name)]
    nobody = [word for name in EXPERTS for word in ("--against", name)]
    for name, votes in (("A-001", everybody), ("A-002", nobody), ("A-003", everybody)):
        code, _, err = ndb.run("settle", "vote", name, "--issue", "tie", "--reason", "majority", *votes)
        assert code == 0, err


def test_an_official_batch_goes_from_a_card_to_final_results(
    tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    ndb = caller(tmp_path, capsys, monkeypatch, trial=False)
    listed = ndb.json("officer", "list")
    assert ([one["role"] for one in listed["officers"]], listed["supervisor_missing"]) == (["coordinator"], True)
    assert "No supervisor is appointed" in ndb.run("officer", "list")[1]
    assert "E-DECISION-SUPERVISOR" in ndb.run("freeze")[2]
    card = str(supervised.card_file(tmp_path, trial=False))
    made = ndb.json("officer", "appoint", card, "--reason", "as arranged")
    assert (made["kind"], made["content"]["role"]) == ("appoint", "supervisor")
    listed = ndb.json("officer", "list")
    assert listed["officers"][1]["fingerprint"] == person(SUPERVISOR).keyid
    assert not listed["supervisor_missing"]

    assert "E-DECISION-SECOND" in ndb.run("freeze")[2]
    made = ndb.json("freeze", "--reason", "rules checked", two=True)
    assert [one["role"] for one in made["signers"]] == ["coordinator", "supervisor"]
    assert made["reason"] == "rules checked"

    assert "E-DECISION-SECOND" in ndb.run("results", "--internal")[2]
    code, out, _ = ndb.run("results", "--open", two=True)
    assert (code, "Supervisor" in out) == (0, True)
    assert len(ndb.json("results", "--internal")["results"]) == 3

    (left,) = ndb.json("final")["unsettled"]
    assert (left["kind"], left["applications"]) == ("pending", ["A-001", "A-002", "A-003"])
    assert "A-001; A-002; A-003" in ndb.run("final")[1]
    assert "E-FINAL-OPEN" in ndb.run("final", "--reason", "done")[2]
    settle_all(ndb)
    assert "E-DECISION-SECOND" in ndb.run("final", "--reason", "done")[2]
    made = ndb.json("final", "--reason", "done", two=True)
    assert made["kind"] == "finalise"
    known = ndb.json("final")
    assert (known["state"], known["changed"], known["unsettled"]) == ("final", False, [])
    assert len(ndb.json("results")["selected"]) == 2

    assert ndb.run("final", "--reopen", "other", "--reason", "x", two=True)[0] == 2
    assert "E-REASON" in ndb.run("final", "--reopen", "sum", two=True)[2]
    assert ndb.json("final", "--reopen", "sum", "--reason", "a sum error", two=True)["content"]["ground"] == "sum"
    assert ndb.json("final")["state"] == "reopened"
    assert "reopened" in ndb.run("final")[1]
    assert "E-FINAL-FIRST" in ndb.run("results")[2]

    gone = person(SUPERVISOR).keyid
    assert "E-DECISION-SECOND" in ndb.run("officer", "dismiss", gone, "--reason", "moved")[2]
    assert ndb.json("officer", "dismiss", gone, "--reason", "moved", two=True)["kind"] == "dismiss"
    assert len(ndb.json("officer", "list")["officers"]) == 1


def test_a_vote_keeps_dissent_and_refuses_what_does_not_hold(
    tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    ndb = caller(tmp_path, capsys, monkeypatch, trial=True)
    vote = ["settle", "vote", "A-001", "--issue", "tie", "--reason", "majority"]
    made = ndb.json(*vote, "--for", "E01", "--for", "E02", "--against", "E03", "--dissent", "E03=doubts = many")
    assert made["outcome"] == "selected"
    assert "doubts = many" in made["content"].values()
    assert "E-SETTLE-STATE" in ndb.run(*vote, "--for", "E01")[2]
    other = ["settle", "vote", "A-002", "--issue", "tie", "--reason", "majority"]
    assert "E-SETTLE-VOTES" in ndb.run(*other)[2]
    assert "E-SETTLE-VOTES" in ndb.run(*other, "--for", "E99")[2]
    code, _, err = ndb.run(*other, "--for", "E01", "--dissent", "E02=words")
    assert (code, "--dissent" in err) == (2, True), "who did not vote has no dissent"
    assert "A-002: not selected" in ndb.run(*other, "--for", "E01", "--against", "E02")[1]


def test_flags_are_listed_explained_and_closed(tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flags of the panels and those across applications, the same as the window lists."""
    ndb = caller(tmp_path, capsys, monkeypatch, trial=True, flags=True)
    row, *others = ndb.json("settle", "flags")
    assert (row["code"], row["application"], row["expert"], row["state"]) == ("all_same", "A-001", "E01", "open")
    assert {one["code"] for one in others} == {"same_rows"}
    assert {one["expert"] for one in others} == set(EXPERTS)
    assert all(not one["application"] and len(one["applications"]) > 1 for one in others)
    with supervised.opened(ndb.folder) as office:
        known = cases((one.flag for one in analytics(office).flags), office.decided.all())
        assert [flag_mark(case.flag) for case in known] == [row["mark"], *(one["mark"] for one in others)]
    for chosen in (row, others[0]):
        mark = chosen["mark"][:12]
        assert mark in ndb.run("settle", "flags")[1]
        assert "E-FLAG-STEP" in ndb.run("settle", "flag", mark, "closed", "--reason", "x")[2]
        assert ndb.json("settle", "flag", mark, "explained", "--reason", "alike")["reason"] == "alike"
        assert ndb.json("settle", "flag", mark, "closed", "--reason", "accepted")["content"]["step"] == "closed"
    assert ndb.run("settle", "flag", "zz", "explained", "--reason", "x")[0] == 2
    assert [one["mark"] for one in ndb.json("settle", "flags", "--state", "open")] == [x["mark"] for x in others[1:]]
    for one in ndb.json("settle", "flags", "--state", "closed"):
        assert [step["content"]["step"] for step in one["steps"]] == ["explained", "closed"]


@pytest.mark.parametrize(("language", "words"), [("zh_CN", "结果尚未定稿"), ("en", "The results are not final")])
def test_how_far_the_results_are_in_both_languages(
    tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    ndb = caller(tmp_path, capsys, monkeypatch, trial=True)
    code, out, _ = ndb.run("final", "--lang", language)
    assert code == 0
    assert words in out
    assert "{" not in out
    assert ndb.json("freeze")["signers"] == [{"role": "coordinator", "fingerprint": person("组织方").keyid}]
