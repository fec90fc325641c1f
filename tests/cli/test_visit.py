"""`ndb visit`: from the inspectors' cards to merged records, for people and machines."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.identity import unlock
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.place_words import names_of
from ndb_desktop.services.visits import visit_of
from tests.support.office import Clock
from tests.support.sample import small_sample
from tests.support.travel import person
from tests.support.visits import frozen, verified, write_cards

ROOT = Path(__file__).resolve().parents[2]
Words = pytest.CaptureFixture[str]


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shutil.copytree(small_sample().registry, tmp_path / "registry")
    monkeypatch.setenv("NDB_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    return ["--key", str(small_sample().coordinator_key)]


@pytest.fixture
def office(key: list[str], tmp_path: Path) -> Iterator[Office]:
    made = open_office(tmp_path / "registry", unlock(Path(key[1]), PASSPHRASE), clock=Clock())
    yield made
    made.close()


def run(capsys: Words, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(arguments))
    found = capsys.readouterr()
    return code, found.out, found.err


def data(capsys: Words, *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def inspectors(capsys: Words, tmp_path: Path, key: list[str]) -> None:
    assert data(capsys, "import", "inspectors", str(write_cards(tmp_path / "cards")), *key)["keys"] == 2
    for name in ("J01", "J02"):
        assert run(capsys, "visit", "confirm", name, person(name).keyid, *key)[0] == 0


def number(office: Office) -> tuple[str, str, str]:
    """An application with a datum of numbers: its id, code and year."""
    for application in office.applications():
        for code, datum in application.data.items():
            for year in datum.values:
                if year:
                    return application.id, code, year
    raise AssertionError


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("issued", "coordinator's list")), ("zh_CN", ("已发放", "组织方指定"))]
)
def test_a_visit_goes_from_cards_to_effects(
    capsys: Words, tmp_path: Path, key: list[str], office: Office, language: str, words: tuple[str, str]
) -> None:
    inspectors(capsys, tmp_path, key)
    application, code, year = number(office)
    members = ["--member", "J01", "--member", "J02"]
    plan = data(
        capsys, "visit", "plan", application, *members, "--datum", f"{code}/{year}=看原件", "--sample", "2", "--seed",
        "公开种子", *key,
    )  # fmt: skip
    assert (plan["visit"], plan["state"], plan["required"]) == ("S-001", "planned", ["J01", "J02"])
    assert {"coordinator"} <= {why for one in plan["wanted"] if one["datum"] == code for why in one["whys"]}
    issued = data(capsys, "visit", "issue", "S-001", str(tmp_path / "out"), "--slip", str(tmp_path / "slip.pdf"), *key)
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF-")
    summary = data(capsys, "bundle", "inspect", issued["path"])
    assert (summary["kind"], summary["opens_with"]) == ("site", ["key", "secret"])
    shown = run(capsys, "visit", "list", "--lang", language, *key)[1]
    shown += run(capsys, "visit", "show", "S-001", "--lang", language, *key)[1]
    assert all(word in shown for word in words)
    assert "{" not in shown
    visit, _ = visit_of(office, "S-001")
    (bundle,) = office.registry.visit_bundles("S-001")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", verified("0.01", datum=f"{code}/{year}")).path
    half = frozen(office, visit, bundle, tmp_path / "half.ndbsite", signers=("J01",)).path
    assert run(capsys, "visit", "merge", str(path), "--dry-run", *key)[0] == 0
    assert office.registry.site_files() == ()
    code_, out, err = run(
        capsys, "visit", "merge", str(path), str(half), "--receipts", str(tmp_path / "back"), "--lang", language, *key
    )
    assert code_ == 1
    assert "half.ndbsite: E-SITE-UNSIGNED" in err
    assert "S-001" in out
    assert len(list((tmp_path / "back").glob("*.ndbreceipt"))) == 1
    facts = data(capsys, "visit", "show", "S-001", *key)
    assert (facts["state"], facts["revision"]) == ("current", 1)
    assert [(one["verified"], one["counts"]) for one in facts["effects"]["data"]] == [("0.01", True)]
    shown = run(capsys, "visit", "show", "S-001", "--lang", language, *key)[1]
    assert "0.01" in shown
    assert "{" not in shown
    names = names_of(office, language)
    assert shown.count(names.datum(office.cover(application).category, code, year)) == 2, "planned, and what came of it"
    assert facts["effects"]["computed"].keys(), "programs read ids"
    assert all(names.item(item) in shown and item not in shown for item in facts["effects"]["computed"])
    assert data(capsys, "visit", "merge", str(path), *key)["files"][0]["verdict"] == "duplicate"
    for source in ("S-001", str(path)):
        target = tmp_path / f"{len(source)}.pdf"
        made = data(capsys, "report", "site", source, str(target), "--lang", language, *key)
        assert (made["path"], made["missing"]) == (str(target), [])
        assert target.read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "5.pdf").read_bytes() == target.read_bytes(), "the file on record is the one that came"


def test_what_was_inspected_is_filed_verified_and_read_by_other_programs(
    capsys: Words, tmp_path: Path, key: list[str], office: Office
) -> None:
    inspectors(capsys, tmp_path, key)
    application, code, year = number(office)
    members = ["--member", "J01", "--member", "J02"]
    data(capsys, "visit", "plan", application, *members, "--no-challenges", "--datum", f"{code}/{year}", *key)
    data(capsys, "visit", "issue", "S-001", str(tmp_path / "out"), *key)
    visit, _ = visit_of(office, "S-001")
    (bundle,) = office.registry.visit_bundles("S-001")
    plain = b"\xff\xd8" + bytes(900)
    photo = Photo("P1-01", hashlib.sha256(plain).hexdigest(), len(plain), "image/jpeg", "1.jpg", 8, 6)
    check = verified("0.01", datum=f"{code}/{year}")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", check, photos=[(photo, plain)]).path
    data(capsys, "visit", "merge", str(path), *key)

    target = tmp_path / "filed"
    target.mkdir()
    planned = data(capsys, "archive", str(target), "--dry-run", *key)
    assert (planned["photos"], planned["volumes"][-1]["photos"], planned["volumes"][-1]["retention"]) == (1, 1, "D30")
    assert "1 photos of inspections" in run(capsys, "archive", str(target), "--dry-run", *key)[1]
    main_file = target / "x.ndbarchive"
    code_, out, err = run(capsys, "archive", str(main_file), "--lang", "zh_CN", *key)
    assert code_ == 0, err
    assert "1 项检查任务，1 份检查记录" in out
    assert "现场照片原件 1 张" in out
    code_, out, err = run(capsys, "verify", str(main_file))
    assert code_ == 0, err
    assert "1 visits, 2 cards of inspectors, 1 signed manifests of bundles; 1 records are signed" in out
    assert "All 1 photos the inspection records name lie in the volumes" in out

    shell = """
        unzip -q "$1"; sha256sum -c --quiet sha256sums.txt
        for number in 0 1; do
            for name in key/*.pub; do
                sh "$0/tests/interop/dsse_verify.sh" record/000001.json "$name" $number 2>/dev/null && break
            done
        done
        jq -r '.payload|@base64d|fromjson|.parts.checks[0].verified' record/000001.json
        jq -r .records[0].payload visit/000001.json
        jq -r .payload record/000001.json | base64 -d | sha256sum | cut -c1-64
        jq -r .payload manifest/000001.json | base64 -d | sha256sum | cut -c1-64
        jq -r .bundles[0].digest visit/000001.json
    """
    (tmp_path / "y").mkdir()
    done = subprocess.run(
        ["sh", "-c", shell, ROOT, main_file], cwd=tmp_path / "y", check=True, capture_output=True, text=True
    )
    said = done.stdout.split("\n")
    assert sum("Verified" in line for line in said) == 2, "both inspectors' keys are among those filed"
    verified_figure, payload, again, manifest, digest = said[-6:-1]
    assert (verified_figure, again, digest) == ("0.01", payload, manifest)


def test_findings_for_a_veto_are_listed(capsys: Words, tmp_path: Path, key: list[str], office: Office) -> None:
    from ndb_desktop.domain.siterecord import VetoFinding

    inspectors(capsys, tmp_path, key)
    application, _, _ = number(office)
    data(capsys, "visit", "plan", application, "--member", "J01", "--member", "J02", "--no-challenges", *key)
    data(capsys, "visit", "issue", "S-001", str(tmp_path / "out"), *key)
    visit, _ = visit_of(office, "S-001")
    (bundle,) = office.registry.visit_bundles("S-001")
    finding = VetoFinding("F1", "V1", "厂区发生过事故", "事故报告")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", finding).path
    data(capsys, "visit", "merge", str(path), *key)
    (found,) = data(capsys, "visit", "show", "S-001", *key)["effects"]["veto_candidates"]
    assert (found["ground"], found["decided"]) == ("V1", None)
    assert "厂区发生过事故" in run(capsys, "visit", "show", "S-001", *key)[1]


def test_inspectors_are_listed_confirmed_and_revoked(capsys: Words, tmp_path: Path, key: list[str]) -> None:
    inspectors(capsys, tmp_path, key)
    assert run(capsys, "visit", "revoke", "J02", "--reason", "遗失", *key)[0] == 0
    rows = data(capsys, "visit", "inspectors", *key)
    assert [(row["id"], row["status"]) for row in rows] == [("J01", "active"), ("J02", "revoked")]
    assert "revoked" in run(capsys, "visit", "inspectors", *key)[1]


def test_what_was_typed_wrongly_is_said(capsys: Words, tmp_path: Path, key: list[str], office: Office) -> None:
    application, _, _ = number(office)
    code, _, err = run(capsys, "visit", "plan", application, "--excuse", "J01", *key)
    assert (code, "E-CLI-VALUE" in err) == (2, True)
    pack = Path("forms/park-selection")
    code, _, err = run(capsys, "visit", "plan", application, "--member", "J01", "--pack", str(pack), *key)
    assert (code, "E-VISIT-PACK" in err) == (1, True)
    assert run(capsys, "visit", "show", "S-404", *key)[0] == 1
    empty = tmp_path / "none"
    empty.mkdir()
    assert "E-INSPECTOR-NONE" in run(capsys, "import", "inspectors", str(empty), *key)[2]
    assert run(capsys, "visit", "merge", str(tmp_path / "gone.ndbsite"), *key)[0] == 2
