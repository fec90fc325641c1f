"""Verbs on real files: what stands on stdout, what on stderr, and the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.domain.model import Category
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.office_folder import open_office
from tests.support.office import Clock
from tests.support.sample import small_sample


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "registry"
    shutil.copytree(small_sample().registry, folder)
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def json_of(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    return json.loads(out)


def key() -> list[object]:
    return ["--key", small_sample().coordinator_key]


def recall_all(registry: Path) -> None:
    """Takes every bundle back at once: with one out nothing can be drawn anew."""
    office = open_office(registry, unlock(small_sample().coordinator_key, PASSPHRASE), clock=Clock())
    try:
        for issued in office.issued():
            office.registry.revoke_issued(issued.bundle_id, "2026-11-22T04:00:00Z", "重新分派")
    finally:
        office.close()


def bundle() -> list[object]:
    return [small_sample().open_bundle, "--secret-file", small_sample().open_secret]


def test_shipped_packs_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    checked = json_of(capsys, "rules", "check")
    assert {row["id"] for row in checked} >= {"park-selection", "enterprise-selection", "site-check"}
    assert all(row["ok"] for row in checked)


def test_a_broken_pack_is_told_by_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(forms_dir() / "park-selection", tmp_path / "pack")
    path = tmp_path / "pack" / "pack.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"basis": "12"', '"basis": "13"', 1), encoding="utf-8")
    code, out, err = run(capsys, "rules", "check", tmp_path / "pack")
    assert code == 1
    assert "E-PACK-" in err
    assert out == ""
    assert run(capsys, "rules", "check", tmp_path / "nothing")[0] == 2


@pytest.mark.parametrize("pack", ["park-selection", "enterprise-selection"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_pack_in_words(capsys: pytest.CaptureFixture[str], pack: str, language: str) -> None:
    code, out, _ = run(capsys, "rules", "show", pack, "--lang", language)
    assert code == 0
    assert out.count("\n") > 40
    assert len(json_of(capsys, "rules", "show", pack, "--lang", language)["indicator_list"]) == 11


@pytest.mark.parametrize(("language", "word"), [("zh_CN", "* V6"), ("en", "at most 1 severe and at most 8 minor")])
def test_the_checklist_of_inspections_in_words(capsys: pytest.CaptureFixture[str], language: str, word: str) -> None:
    code, out, _ = run(capsys, "rules", "show", "site-check", "--lang", language)
    assert code == 0
    assert word in out
    shown = json_of(capsys, "rules", "show", "site-check", "--lang", language)
    assert len(shown["item_list"]) == shown["items"] == 24
    assert (shown["bands"], shown["categories"]) == ({"consistent": "5", "deviation": "20"}, ["park", "enterprise"])
    code, _, err = run(capsys, "rules", "convert", "site-check", "no.xlsx")
    assert (code, "E-PACKS-KIND" in err) == (1, True)


@pytest.mark.parametrize(
    ("pack", "language", "word", "targets"),
    [
        ("park-acceptance", "zh_CN", "重点任务完成率 ≥ 80 %", 13),
        ("enterprise-acceptance", "en", "every first-level indicator 60 %", 18),
        ("park-effect", "zh_CN", "    40  辐射带动", 11),
        ("enterprise-effect", "en", "Passed from 60 points on", 16),
    ],
)
def test_a_later_stage_in_words(
    capsys: pytest.CaptureFixture[str], pack: str, language: str, word: str, targets: int
) -> None:
    code, out, _ = run(capsys, "rules", "show", pack, "--lang", language)
    assert (code, word in out) == (0, True)
    shown = json_of(capsys, "rules", "show", pack, "--lang", language)
    assert (len(shown["target_list"]), shown["follows"]) == (targets, pack.replace(shown["stage"], "selection"))


def test_a_pack_becomes_a_spreadsheet_and_comes_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book, folder = tmp_path / "pack.xlsx", tmp_path / "pack"
    digest = json_of(capsys, "rules", "check", "park-selection")[0]["sha256"]
    assert json_of(capsys, "rules", "convert", "park-selection", book)["sha256"] == digest
    assert json_of(capsys, "rules", "check", book)[0]["sha256"] == digest
    code, out, _ = run(capsys, "rules", "convert", book, folder, "--csv")
    assert (code, digest in out) == (0, True)
    assert json_of(capsys, "rules", "check", folder / "rules.csv")[0]["sha256"] == digest
    code, _, err = run(capsys, "rules", "convert", book, folder)
    assert (code, "E-PACKSHEET-THERE" in err) == (1, True)
    assert json_of(capsys, "rules", "diff", book, folder)["changes"] == []
    assert digest in run(capsys, "rules", "diff", book, "park-selection")[1]
    assert run(capsys, "rules", "check", folder / "none.xlsx")[0] == 2


@pytest.mark.parametrize(
    ("language", "word"), [("zh_CN", "分数线由「75」改为「75.5」"), ("en", 'threshold: "75" becomes')]
)
def test_the_difference_of_two_packs_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, word: str
) -> None:
    run(capsys, "rules", "convert", "park-selection", tmp_path / "csv", "--csv")
    path = tmp_path / "csv" / "settings.csv"
    path.write_bytes(path.read_bytes().replace(b"threshold,75", b"threshold,75.5"))
    code, out, _ = run(capsys, "rules", "diff", "park-selection", path, "--lang", language)
    assert (code, out.count("\n")) == (1, 1)
    assert out.startswith("pack.settings.threshold: ")
    assert word in out
    code, out, _ = run(capsys, "rules", "diff", "park-selection", path, "--json", "--lang", language)
    (change,) = json.loads(out)["changes"]
    assert (change["kind"], change["before"], change["after"]) == ("changed", "75", "75.5")
    path.write_bytes(path.read_bytes().replace(b"threshold,75.5", b"threshold,7b"))
    code, _, err = run(capsys, "rules", "check", path, "--lang", language)
    assert (code, "settings!B20: E-PACK-NUMBER" in err) == (1, True)


def test_identity_card_and_verify(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = json_of(capsys, "identity", "new", "Li Si", "--trial")
    assert json_of(capsys, "identity", "show")[0]["fingerprint"] == made["fingerprint"]
    card = json_of(capsys, "identity", "card", tmp_path, "--name", "Li Si", "--trial")
    (checked,) = json_of(capsys, "verify", card["path"])
    assert checked["ok"]
    assert any(made["fingerprint"] in fact for fact in checked["facts"])
    data = bytearray(Path(card["path"]).read_bytes())
    data[data.index(b"payload") + 20] ^= 1
    Path(card["path"]).write_bytes(bytes(data))
    code, _, err = run(capsys, "verify", card["path"])
    assert code == 1
    assert ": E-" in err


def test_verify_goes_on_after_a_bad_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    stray = tmp_path / "stray.ndbscore"
    stray.write_bytes(b"not ours")
    code, out, err = run(capsys, "verify", stray, tmp_path / "missing", small_sample().open_bundle)
    assert code == 1
    assert "stray.ndbscore" in err
    assert "missing: E-CLI-NO-FILE" in err
    assert small_sample().open_bundle.name in out


def test_bundle_inspect_and_secret(capsys: pytest.CaptureFixture[str]) -> None:
    facts = json_of(capsys, "bundle", "inspect", small_sample().open_bundle)
    assert (facts["trial"], facts["applications"], facts["opens_with"]) == (True, 2, ["secret"])
    assert "batch TRIAL-2026-small (TRIAL)" in run(capsys, "bundle", "inspect", small_sample().open_bundle)[1]
    found = json_of(capsys, "bundle", "secret", small_sample().open_bundle, *key())
    assert found["secret"] == small_sample().open_secret.read_text(encoding="utf-8").strip()
    checked = json_of(capsys, "bundle", "verify", *bundle())
    assert checked[0]["ok"]


def test_registry_status_log_rebuild_backup(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    status = json_of(capsys, "registry", "status", *key())
    assert (status["applications"], status["complete"], status["missing"]) == (2, 10, 2)
    assert len(status["expert_progress"]) == 6
    assert json_of(capsys, "registry", "rebuild", *key())["equal"] is True
    log = json_of(capsys, "registry", "log", "--newest", "3", *key())
    assert log["ok"]
    assert len(log["rows"]) == 3
    made = json_of(capsys, "registry", "backup", tmp_path / "copies", *key())
    (listed,) = json_of(capsys, "registry", "copies", tmp_path / "copies", "--check")
    assert (listed["ok"], listed["head"], listed["size"]) == (True, made["head"], made["size"])
    back = json_of(capsys, "registry", "restore", made["folder"], tmp_path / "again", *key())
    assert back["entries"] == made["entries"] + 1
    assert json_of(capsys, "registry", "status", "-r", tmp_path / "again", *key())["batch_id"] == status["batch_id"]
    assert run(capsys, "registry", "status", "-r", made["folder"], *key())[0] == 1
    Path(made["folder"], "registry.key.age").write_bytes(b"x")
    code, _, err = run(capsys, "registry", "copies", tmp_path / "copies", "--check")
    assert (code, "E-COPY-DAMAGED" in err) == (1, True)
    for verb in ("status", "rebuild", "log"):
        assert run(capsys, "registry", verb, *key())[0] == 0
    assert registry.is_dir()


def test_a_registry_must_be_named_and_exist(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "registry", "status", *key())
    assert (code, "E-CLI-NO-REGISTRY" in err) == (2, True)
    assert run(capsys, "registry", "status", "-r", tmp_path / "none", *key())[0] == 2


def test_wrong_passphrase_is_a_finding(
    capsys: pytest.CaptureFixture[str], registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDB_PASSPHRASE", "wrong")
    code, _, err = run(capsys, "registry", "status", *key())
    assert (code, "E-KEY-PASSPHRASE" in err) == (1, True)
    assert registry.exists()


def test_merge_twice_and_dry(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    code, out, err = run(capsys, "merge", small_sample().folder / "returned", "--dry-run", "--json", *key())
    report = json.loads(out)
    assert code == 1
    assert report["dry_run"]
    assert report["counts"] == {"duplicate": 5, "refused": 1}
    assert "E-SIGNATURE" in err
    code, out, _ = run(capsys, "merge", small_sample().folder / "returned", "--json", *key())
    assert json.loads(out)["result_digest"] == small_sample().result_digest
    code, out, _ = run(capsys, "merge", small_sample().folder / "returned-late", *key())
    assert code == 0
    assert "duplicate" in out
    assert registry.exists()


def test_results_public_and_internal(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    public = json_of(capsys, "results", *key())
    assert set(public) == {"batch", "trial", "proposal", "selected"}
    internal = json_of(capsys, "results", "--internal", *key())
    assert internal["digest"] == small_sample().result_digest
    assert all(row["published"] for row in internal["results"])
    assert internal["trim_levels"] == {"park": "item", "enterprise": "item"}
    code, out, _ = run(capsys, "results", "--internal", *key())
    assert code == 0
    assert "trimmed per item; from 7 scores on" in out or "按评分项去高去低，满 7 份时" in out
    assert run(capsys, "results", *key())[0] == 0
    for fmt in ("json", "csv"):
        made = json_of(capsys, "export", "results", tmp_path / f"public.{fmt}", "--format", fmt, *key())
        written = Path(made["path"]).read_text(encoding="utf-8-sig")
        assert not any(row["published"] in written for row in internal["results"])
    sealed = json_of(capsys, "export", "results", tmp_path / "internal.age", "--internal", *key())
    assert Path(sealed["path"]).read_bytes().startswith(b"age-encryption.org/v1")
    log = json_of(capsys, "registry", "log", *key())
    assert {"results.viewed", "export.public", "export.internal"} <= {row["action"] for row in log["rows"]}
    assert registry.exists()


def test_reports(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    application = json_of(capsys, "results", "--internal", *key())["results"][0]["application"]
    category: Category = "park" if application.startswith("P-") else "enterprise"
    for words in (
        ("sheet", "E-01", tmp_path / "sheet.pdf"),
        ("panel", category, "ai", tmp_path / "panel.pdf"),
        ("notice", tmp_path / "notice.pdf"),
        ("slips", tmp_path / "slips.pdf"),
    ):
        made = json_of(capsys, "report", *words, *key())
        assert Path(made["path"]).read_bytes().startswith(b"%PDF-")
        assert made["pages"] >= 1
    code, _, err = run(capsys, "report", "sheet", "E-99", tmp_path / "x.pdf", *key())
    assert (code, "E-OFFICE-EXPERT" in err) == (1, True)
    assert not (tmp_path / "x.pdf").exists()
    assert registry.exists()


def test_keys_are_listed_confirmed_and_revoked(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    rows = json_of(capsys, "keys", "list", *key())
    late = next(row for row in rows if row["status"] == "unconfirmed")
    assert run(capsys, "keys", "confirm", late["expert"], late["fingerprint"], *key())[0] == 0
    assert run(capsys, "keys", "revoke", late["expert"], late["fingerprint"], "--reason", "lost", *key())[0] == 0
    now = {row["fingerprint"]: row["status"] for row in json_of(capsys, "keys", "list", *key())}
    assert now[late["fingerprint"]] == "revoked"
    assert json_of(capsys, "registry", "status", *key())["complete"] == 8
    assert run(capsys, "keys", "confirm", "E-01", "SHA256:nothing", *key())[0] == 1
    assert registry.exists()


def test_a_notice_with_its_period(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    target = tmp_path / "notice.pdf"
    assert json_of(capsys, "report", "notice", target, "--start", "2026-09-18", *key())["pages"] == 1
    assert target.read_bytes().startswith(b"%PDF-")
    for start, days, code, said in (
        ("2026-12-28", "5", 1, "E-CALENDAR-YEAR"),
        ("2026-09-18", "0", 1, "E-NOTICE-DAYS"),
        ("soon", "5", 2, "E-CLI-VALUE"),
    ):
        refused = run(capsys, "report", "notice", tmp_path / "no.pdf", "--start", start, "--days", days, *key())
        assert (refused[0], said in refused[2]) == (code, True)
    assert not (tmp_path / "no.pdf").exists()
    assert registry.exists()


def test_conflicts_are_found_listed_and_settled(
    capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path
) -> None:
    pair = json_of(capsys, "conflicts", "list", *key())
    assert {row["state"] for row in pair} <= {"recuse", "check"}
    before = json_of(capsys, "conflicts", "detect", *key())
    name = json_of(capsys, "results", "--internal", *key())["results"][0]["application"]
    listed = tmp_path / "affiliates.csv"
    listed.write_text(f"application,organisation,organisation_code\n{name},某关联单位,12\n", encoding="utf-8")
    code, _, err = run(capsys, "import", "conflicts", "--list", "affiliates", listed, *key())
    assert (code, "affiliates.csv:2: E-CREDIT-CODE" in err) == (1, True)
    shares = tmp_path / "shares.csv"
    listed.write_text(f"application,organisation\n{name},某关联单位\n", encoding="utf-8")
    shares.write_text("id,organisation\nE-01,某关联单位有限公司\n", encoding="utf-8")
    assert json_of(capsys, "import", "conflicts", "--list", "affiliates", listed, *key())["added"] == 1
    assert json_of(capsys, "import", "conflicts", "--list", "shares", shares, *key())["added"] == 1
    code, out, _ = run(capsys, "conflicts", "detect", *key())
    assert ("C3" in out, "E-01" in out) == (True, True)
    after = json_of(capsys, "conflicts", "detect", *key())
    assert (after["found"], after["added"]) == (before["found"] + 1, [])
    waiting = json_of(capsys, "conflicts", "list", "--waiting", *key())
    assert ("E-01", name) in {(row["expert"], row["application"]) for row in waiting}
    code, out, err = run(
        capsys, "conflicts", "decide", "E-01", name, "none", "--reason", "名称相近，并非同一单位", *key()
    )
    assert (code, name in out) == (0, True), err
    left = json_of(capsys, "conflicts", "list", "--waiting", *key())
    assert len(left) == len(waiting) - 1
    code, out, _ = run(capsys, "conflicts", "list", *key())
    assert (code, "并非同一单位" in out) == (0, True)
    assert run(capsys, "conflicts", "decide", "E-01", "A-none", "none", "--reason", "x", *key())[0] == 1
    spouses = tmp_path / "spouses.csv"
    spouses.write_text("id,person,organisation\nE-01,E-02,某单位\n", encoding="utf-8")
    assert json_of(capsys, "import", "conflicts", "--list", "spouses", spouses, *key())["added"] == 1
    code, out, _ = run(capsys, "--json", "conflicts", "detect", *key())
    found = json.loads(out)
    assert found["kin"] == [{"experts": ["E-01", "E-02"], "code": "C11", "strength": "recuse", "words": "E-02 某单位"}]
    assert code == int(bool(found["together"] or found["assigned"]))
    code, out, _ = run(capsys, "conflicts", "detect", *key())
    assert all(one[0] in out for one in found["together"])
    assert registry.exists()


def test_assign_and_issue_again(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    again = json_of(capsys, "assign", "--refill", *key())
    assert (again["added"], again["removed"], again["missing_seats"]) == (0, 0, 0)
    assert json_of(capsys, "issue", tmp_path / "out", *key())["issued"] == []
    keys = {row["expert"]: row["status"] for row in json_of(capsys, "keys", "list", *key())}
    unsure = next(expert for expert, status in keys.items() if status == "unconfirmed")
    known = next(expert for expert, status in keys.items() if status == "active")
    wanted = ["--expert", unsure, "--expert", known, "--slips", tmp_path / "s.pdf"]
    made = json_of(capsys, "issue", tmp_path / "out", *wanted, *key())
    assert {row["expert"]: row["opens_with"] for row in made["issued"]} == {unsure: "secret", known: "key"}
    code, out, err = run(capsys, "issue", tmp_path / "out", "--expert", known, "--slips", tmp_path / "n.pdf", *key())
    assert code == 0, err
    assert known in out
    assert not (tmp_path / "n.pdf").exists()
    secret = small_sample().open_secret.read_text(encoding="utf-8").strip()
    assert secret not in out
    assert (tmp_path / "s.pdf").exists()
    code, _, err = run(capsys, "assign", "--panel-size", "7", *key())
    assert (code, "E-ASSIGN-ISSUED" in err) == (1, True)
    recall_all(registry)
    code, _, err = run(capsys, "assign", "--panel-size", "7", *key())
    assert (code, "short by" in err) == (1, True)
    assert registry.exists()


def test_imports_tell_faults_by_line(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    handover = tmp_path / "handover"
    shutil.copytree(small_sample().folder / "handover", handover)
    lines = (handover / "applications.jsonl").read_text(encoding="utf-8")
    (handover / "applications.jsonl").write_text(lines.replace('"category":"park"', '"category":"zoo"'), "utf-8")
    code, _, err = run(capsys, "import", "applications", handover, "--dry-run", *key())
    assert code == 1
    assert "applications.jsonl:1" in err
    table = tmp_path / "conflicts.csv"
    table.write_text("expert,application,code,strength\nE-01,P-AI-01,C77,recuse\n", encoding="utf-8")
    code, _, err = run(capsys, "import", "conflicts", table, *key())
    assert (code, "conflicts.csv:2: E-CONFLICT-CODE" in err) == (1, True)
    roster = small_sample().folder / "people" / "roster.csv"
    assert json_of(capsys, "import", "experts", roster, *key())["rows"] == 6
    assert run(capsys, "import", "experts", tmp_path / "none.csv", *key())[0] == 2
    assert registry.exists()


def test_review_by_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    opened = json_of(capsys, "review", "open", *bundle())
    first = opened["applications"][0]["id"]
    line = {"application": first, "item": "P1.1.basis", "confirm": "confirmed"}
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps(line) + "\n", encoding="utf-8")
    # R16: statements, then the declaration, then marks.
    code, _, err = run(capsys, "review", "set", *bundle(), "--lines", lines)
    assert (code, "E-NOT-DECLARED" in err) == (1, True)
    code, _, err = run(capsys, "review", "declare", *bundle())
    assert (code, "E-NOT-AGREED" in err) == (1, True)
    assert run(capsys, "review", "agree", *bundle())[0] == 0
    assert run(capsys, "review", "declare", *bundle())[0] == 0
    assert run(capsys, "review", "set", *bundle(), "--lines", lines)[0] == 0
    shown = run(capsys, "review", "status", *bundle(), "--application", first, "--json")
    by_item = {row["item"]: row for row in json.loads(shown[1])["items"]}
    assert shown[0] == 1
    assert by_item["P1.1.basis"]["confirm"] == "confirmed"
    assert by_item["P1.1.basis"]["computed"]
    word = ["review", "set", *bundle(), "--application", first, "--item", "P4.1.plan"]
    assert run(capsys, *word, "--level", "L4", "--value", "85")[0] == 0
    assert run(capsys, *word, "--reason", "because the tasks can be checked")[0] == 0
    code, _, err = run(capsys, *word, "--value", "95")
    assert (code, "E-ITEM-RANGE" in err) == (1, True)
    assert run(capsys, "review", "set", *bundle(), "--application", first, "--opinion", "sound")[0] == 0
    assert run(capsys, "review", "set", *bundle())[0] == 2
    made = json_of(capsys, "identity", "new", "Expert", "--trial")
    code, _, err = run(capsys, "review", "export", *bundle(), tmp_path / "out", "--key", made["path"])
    assert (code, f"{first}/P1.2.basis: E-ITEM-OPEN" in err) == (1, True)
    report = json_of(capsys, "report", "own-sheets", *bundle(), tmp_path / "own.pdf", "--application", first)
    assert Path(report["path"]).read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "line", ["{", '{"item": "x"}', '{"application": "a", "colour": "red"}', "[1]", '{"application": 3}']
)
def test_bad_lines_change_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str) -> None:
    good = json.dumps({"application": "P-AI-01", "opinion": "x"})
    lines = tmp_path / "lines.jsonl"
    lines.write_text(f"{good}\n\n{line}\n", encoding="utf-8")
    code, _, err = run(capsys, "review", "set", *bundle(), "--lines", lines)
    assert (code, "lines.jsonl:3: E-CLI-LINE" in err) == (1, True)


def test_a_wrong_secret_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDB_SECRET", "0000-0000-0000-0000-0000")
    code, _, err = run(capsys, "review", "open", small_sample().open_bundle)
    assert code == 1
    assert ": E-" in err


def test_selftest_passes_without_the_window(capsys: pytest.CaptureFixture[str]) -> None:
    checks = json_of(capsys, "selftest", "--no-window")
    assert len(checks) == 6
    assert all(check["ok"] for check in checks)


def test_verify_takes_folders_and_tells_sealed_from_broken(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sample = small_sample().folder
    assert main(["verify", "--lang", "en", "--json", str(sample / "receipts")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found
    assert {row["kind"] for row in found} == {"receipt"}
    score = next(path for path in sorted((sample / "returned").iterdir()) if "tampered" not in path.name)
    assert main(["verify", "--lang", "en", str(score)]) == 1
    out = capsys.readouterr().out
    assert "sealed" in out
    assert "NOT sound" not in out
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["verify", "--lang", "en", str(empty)]) == 1
    assert "E-CLI-NO-FILE" in capsys.readouterr().err


def test_the_inbox_is_looked_at_merged_and_undone(
    capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path
) -> None:
    mail = tmp_path / "mail"
    shutil.copytree(small_sample().folder / "returned", mail)
    code, _, err = run(capsys, "inbox", "look", *key())
    assert (code, "E-INBOX-NONE" in err) == (1, True)
    assert json_of(capsys, "inbox", "watch", mail, *key())["folder"] == str(mail)
    code, out, _ = run(capsys, "inbox", "look", "--json", *key())
    seen = json.loads(out)
    assert (code, seen["dry_run"], seen["counts"]) == (1, True, {"duplicate": 5, "refused": 1})
    assert all(row["words"] for row in seen["files"])
    assert run(capsys, "inbox", "look", "--merge", *key())[0] == 1
    assert json.loads(run(capsys, "inbox", "look", "--json", *key())[1])["files"] == []
    assert run(capsys, "inbox", "watch", *key())[0] == 0
    assert registry.exists()


def test_the_last_merge_is_undone_once(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    code, out, err = run(capsys, "undo-merge", "--check", "--json", *key())
    last = json.loads(out)
    assert (code, last["blocked"]["code"] in err) == (1, True)
    assert run(capsys, "undo-merge", "--reason", "test", *key())[0] == 1
    bad = registry.parent / "bad.ndbscore"
    bad.write_bytes(b"{}")
    assert run(capsys, "merge", bad, *key())[0] == 1
    made = json_of(capsys, "undo-merge", "--reason", "a wrong file", *key())
    assert (made["files"], made["refusals"], made["blocked"]) == (0, 1, None)
    code, _, err = run(capsys, "undo-merge", "--reason", "once more", *key())
    assert (code, "E-UNDO-NONE" in err) == (1, True)


def test_who_is_missing_is_told(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    code, out, _ = run(capsys, "missing", "--all", "--due", "2026-01-05", "--json", *key())
    rows = json.loads(out)
    assert code == 1
    assert {row["state"] for row in rows} >= {"complete"}
    assert all((row["late"] > 0) == (row["state"] in ("not_issued", "nothing", "part")) for row in rows)
    assert run(capsys, "missing", *key())[0] in (0, 1)
    code, _, err = run(capsys, "missing", "--due", "soon", *key())
    assert (code, "E-CLI-VALUE" in err) == (2, True)
    assert registry.exists()


def test_contradictions_are_listed_without_marks(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    assert json_of(capsys, "contradiction", *key()) == []
    code, _, err = run(capsys, "contradiction", "P-AI-01", "E-01", *key())
    assert (code, "E-RESOLVE" in err) == (1, True)
    assert registry.exists()


def test_the_proof_of_an_assignment_is_checked(capsys: pytest.CaptureFixture[str], registry: Path) -> None:
    proof = json_of(capsys, "assign", "--verify", *key())
    assert (proof["ok"], proof["faults"]) == (True, [])
    whole = json_of(capsys, "verify", "--registry", registry, *key())
    assert (whole["log"], whole["assignment"]["inputs_digest"]) == (True, proof["inputs_digest"])
    code, out, _ = run(capsys, "verify", *key())
    assert code == 0
    assert proof["seed"] in out


def test_panels_and_a_floor_by_command(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    recall_all(registry)
    for words in (["--mode", "panel_recuse"], ["--fair-floor"], ["--mode", "panel"]):
        run(capsys, "assign", "--words", "天地", *words, *key())
        assert json_of(capsys, "assign", "--verify", *key())["ok"], words
    code, out, _ = run(capsys, "assign", "--fair-floor", "--json", *key())
    found = json.loads(out)
    assert code in (0, 1)
    assert found["floor"]["reached"] >= found["floor"]["before"]
    code, _, err = run(capsys, "assign", "--fair-floor", "--mode", "panel_recuse", *key())
    assert (code, "E-ASSIGN-FLOOR" in err) == (1, True)
    assert registry.exists()


def test_seats_are_explained_and_swapped(capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path) -> None:
    recall_all(registry)
    made = json.loads(run(capsys, "assign", "--panel-size", "3", "--json", *key())[1])
    pair, reserves = next(
        (pair, rows)
        for pair in made["pairs"]
        for rows in [json.loads(run(capsys, "seat", "reserves", pair["application"], "--json", *key())[1])]
        if any(pair["expert"] in row["instead_of"] for row in rows)
    )
    application, out = pair["application"], pair["expert"]
    why = json_of(capsys, "seat", "why", application, out, *key())
    assert (why["expert"], why["alternative"]["expert"] != out) == (out, True)
    assert out in run(capsys, "seat", "why", application, out, *key())[1]
    in_ = next(row["expert"] for row in reserves if out in row["instead_of"])
    assert in_ in run(capsys, "seat", "reserves", application, *key())[1]
    checked = json_of(capsys, "seat", "swap", application, out, in_, "--check", *key())
    assert not checked["stored"]
    assert run(capsys, "seat", "swap", application, out, in_, *key())[0] == 1
    assert json_of(capsys, "seat", "swap", application, out, in_, "--reason", "x", *key())["stored"]
    assert json_of(capsys, "assign", "--verify", *key())["changed"] == 1
    code, said, _ = run(capsys, "seat", "swap", application, out, in_, "--check", *key())
    assert (code, in_ in said) == (1, True)
    assert registry.exists()


def test_a_second_signature_is_that_of_a_supervisor(
    capsys: pytest.CaptureFixture[str], registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, "assign", "--second", tmp_path / "none", *key())
    assert (code, "E-CLI-NO-FILE" in err) == (2, True)
    stranger = tmp_path / "stranger.ndbkey"
    stranger.write_bytes(small_sample().coordinator_key.read_bytes())
    monkeypatch.setenv("NDB_SECOND_PASSPHRASE", "wrong")
    code, _, err = run(capsys, "assign", "--second", stranger, *key())
    assert (code, "E-KEY-PASSPHRASE" in err) == (1, True)
    assert registry.exists()
