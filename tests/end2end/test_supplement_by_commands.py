"""A correction by commands alone: import it, issue supplements, confirm again, export anew, merge, take back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import small_sample
from tests.support.supplement import EXPERT, FIRM, PARK, corrected_handover, make_case, mark_all


class Commands:
    """Runs `ndb` as a script would."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.key = ["--key", small_sample().coordinator_key]

    def json(self, *words: object, code: int = 0) -> Any:
        self._capsys.readouterr()
        found = main([*map(str, words), "--json"])
        shown = self._capsys.readouterr()
        assert found == code, (words, shown.err)
        return json.loads(shown.out or "null")

    def fails(self, *words: object) -> str:
        self._capsys.readouterr()
        assert main([str(word) for word in words]) == 1, words
        return self._capsys.readouterr().err


@pytest.fixture
def ndb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    return Commands(capsys)


def test_the_whole_way(ndb: Commands, tmp_path: Path, own_profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(tmp_path)
    case.office.close()
    monkeypatch.setenv("NDB_REGISTRY", str(tmp_path / "registry"))
    secret = ["--secret-file", small_sample().open_secret]
    made = ndb.json("identity", "new", "expert", "--trial")
    sign = ["--key", made["path"]]

    # The expert is done and has sent a file; only then the correction comes in.
    with case.open(case.bundle, profile=own_profile) as session:
        mark_all(session)
    out = tmp_path / "out"
    out.mkdir()
    first = ndb.json("review", "export", case.bundle, out, *secret, *sign)
    assert ndb.json("review", "news", case.bundle, *secret)["news"] == []
    corrected_handover(case.handover)
    assert "E-IMPORT-ISSUED" in ndb.fails("import", "applications", case.handover, *ndb.key)
    taken = ndb.json("import", "applications", case.handover, "--update", *ndb.key)
    assert (taken["replaced"], taken["with_experts"]) == ([PARK], [PARK])
    assert {change["kind"] for change in taken["changes"][PARK]} == {"datum", "document_new", "document_changed"}
    assert ndb.json("registry", "status", *ndb.key)["outdated"] == 6

    issued = ndb.json("issue", tmp_path / "supplements", "--supplement", "--expert", EXPERT, *ndb.key)["issued"]
    (row,) = issued
    assert (row["expert"], row["kind"], row["opens_with"]) == (EXPERT, "supplement", "secret")
    newer = row["path"]
    facts = ndb.json("bundle", "inspect", newer)
    assert (facts["kind"], facts["earlier"]) == ("supplement", 1)
    again = ndb.json("issue", tmp_path / "supplements", "--supplement", "--expert", EXPERT, *ndb.key)
    assert (again["issued"], again["skipped"]) == ([], [EXPERT])

    # The late file is taken and named.
    (verdict,) = ndb.json("merge", first["path"], *ndb.key)["files"]
    assert verdict["verdict"] == "accepted"
    assert [fault["code"] for fault in verdict["faults"]] == ["E-SUPPLEMENT-STALE"]
    assert ndb.json("registry", "status", *ndb.key)["stale"] == 6

    # The expert goes on in the supplement.
    told = ndb.json("review", "news", newer, *secret, code=1)
    assert told["carried_from"] != ""
    assert told["blocking"] == sum(line["blocks"] for line in told["news"]) > 0
    assert all(line["words"] for line in told["news"])
    assert "E-SUPPLEMENT-OLDER" in ndb.fails("review", "status", case.bundle, *secret)
    ndb.json("review", "revise", newer, "--reason", "supplement", *secret)
    left = ndb.json("review", "news", newer, "--tick-all", *secret, code=1)
    links = [line["line"] for line in left["news"] if line["kind"] == "link"]
    for line in left["news"]:
        if line["kind"] == "confirm":
            ndb.json("review", "set", newer, "--application", PARK, "--item", line["item"], "--confirm", *secret)
    done = ndb.json("review", "news", newer, *(word for link in links for word in ("--tick", link)), *secret)
    assert (done["open"], done["blocking"]) == (0, 0)
    second = ndb.json("review", "export", newer, out, *secret, *sign)
    assert second["revision"] == 2
    (verdict,) = ndb.json("merge", second["path"], *ndb.key)["files"]
    assert (verdict["verdict"], verdict["faults"]) == ("accepted", [])
    assert ndb.json("registry", "status", *ndb.key)["stale"] == 5

    # One application is taken away, then everything.
    less = ndb.json(
        "bundle", "recall", EXPERT, tmp_path / "less", "--application", FIRM, "--reason", "reassigned", *ndb.key
    )
    assert less["kind"] == "supplement"
    kinds = [line["kind"] for line in ndb.json("review", "news", less["path"], *secret)["news"]]
    assert kinds[-1] == "application_gone"
    notice = ndb.json("bundle", "recall", EXPERT, tmp_path / "recall", "--reason", "leak", *ndb.key)
    assert notice["kind"] == "recall"
    assert "E-BUNDLE-RECALLED" in ndb.fails("review", "open", notice["path"], *secret)
    assert "E-BUNDLE-RECALLED" in ndb.fails("review", "status", less["path"], *secret)
