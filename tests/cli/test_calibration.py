"""`ndb calibration`: issued, scored, merged and looked at by commands alone; nothing of it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.review import open_review
from tests.support.review import declare_all
from tests.support.rounds import EXPERTS, PARK, mark, staged
from tests.support.travel import PASSPHRASE, person


def test_a_calibration_by_commands_alone(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path)
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_REGISTRY", str(tmp_path / "registry"))
    stage.office.close()
    key = ["--key", tmp_path / "组织方.ndbkey"]

    def ndb(*words: object, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == code, (words, capsys.readouterr().err)
        shown = capsys.readouterr().out
        return json.loads(shown) if shown else None

    assert ndb("calibration", "status", *key) is None
    before = ndb("results", *key)
    out, slips = tmp_path / "calibration", tmp_path / "slips.pdf"
    issued = ndb("calibration", "issue", out, PARK, "--opens", "slip", "--slips", slips, *key)
    assert sorted(row["expert"] for row in issued["issued"]) == list(EXPERTS)
    assert {(row["kind"], *row["applications"]) for row in issued["issued"]} == {("calibration", PARK)}
    assert (issued["failed"], issued["barred"]) == ([], [])
    assert slips.read_bytes().startswith(b"%PDF")
    again = ndb("calibration", "issue", out, PARK, *key)
    assert (again["issued"], again["skipped"]) == ([], list(EXPERTS))

    bundle = Path(next(row["path"] for row in issued["issued"] if row["expert"] == "E-01"))
    assert ndb("bundle", "inspect", bundle)["kind"] == "calibration"
    back = score(stage.folder, bundle, tmp_path / "back")
    (taken,) = ndb("merge", back, *key)["files"]
    assert taken["verdict"] == "accepted"
    status = ndb("calibration", "status", *key)
    assert (status["issued"], status["received"]) == (list(EXPERTS), ["E-01"])
    (spread,) = ndb("calibration", "spread", *key)
    assert (spread["application"], spread["sheets"], spread["avoided"]) == (PARK, 1, 0)
    assert spread["items"]
    assert all(row["lowest"] == row["middle"] == row["highest"] and row["distance"] == "0" for row in spread["items"])
    assert "E-01" not in json.dumps(spread)
    (receipt,) = ndb("calibration", "receipts", tmp_path / "receipts", *key)
    assert Path(receipt).suffix == ".ndbreceipt"
    anew = ndb("calibration", "replace", out, "E-02", "--opens", "slip", "--slips", tmp_path / "anew.pdf", *key)
    assert [(row["expert"], row["kind"]) for row in anew["issued"]] == [("E-02", "calibration")]
    assert (tmp_path / "anew.pdf").read_bytes().startswith(b"%PDF")
    assert ndb("calibration", "status", *key)["issued"] == list(EXPERTS)
    assert ndb("results", *key) == before, "nothing of it counts"

    for language, words in (("zh_CN", "份评分"), ("en", "score sheets")):
        monkeypatch.setenv("NDB_LANG", language)
        assert main(["calibration", "spread", *map(str, key)]) == 0
        assert words in capsys.readouterr().out
    assert main(["calibration", "issue", str(out), *["A-1"] * 4, *map(str, key)]) == 1
    assert "E-CALIBRATION-PICK" in capsys.readouterr().err


def score(folder: Path, bundle: Path, target: Path) -> Path:
    """Scores a calibration bundle as its expert, and signs."""
    office = open_office(folder / "registry", person("组织方"), clock=SampleClock("2026-06-02T01:00:00Z"))
    secret = next(row.secret for row in office.registry.calibration_bundles() if row.expert == "E-01")
    office.close()
    profile = target / "profile"
    profile.mkdir(parents=True)
    with open_review(bundle, secret=secret, profile=profile, clock=SampleClock("2026-06-03T01:00:00Z")) as session:
        declare_all(session)
        mark(session, PARK, 1)
        return session.export(person("E-01"), target).path
