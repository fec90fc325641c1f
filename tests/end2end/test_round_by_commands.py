"""The whole round by the program as a child process: from an empty folder to results, on real files."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.formats.batchfile import batch_to_json
from ndb_desktop.services.demo_people import SMALL, make_batch
from ndb_desktop.services.rulepacks import builtin_packs
from tests.support.sample import small_sample

ROOT = Path(__file__).resolve().parent.parent.parent
EXPERTS = ("E-01", "E-02", "E-03", "E-05", "E-06")
WORDS = "correct horse 41"


class Desk:
    """One person's machine: an own profile, an own passphrase file, and the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "pass.txt").write_text(WORDS + "\n", encoding="utf-8")
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        self.environment |= {"NDB_PROFILE": str(folder / "profile"), "NDB_LANG": "en", "PYTHONPATH": str(ROOT)}
        # A hard crash of the process says where.
        self.environment |= {"PYTHONFAULTHANDLER": "1"}

    def run(self, *words: object, code: int = 0, lines: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "ndb_desktop", *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            input=lines,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == code, (words, done.returncode, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: object, code: int = 0, lines: str = "") -> Any:
        return json.loads(self.run(*words, "--json", code=code, lines=lines).stdout)

    def new_key(self, name: str) -> Path:
        made = self.json("identity", "new", name, "--trial", "--passphrase-file", "pass.txt")
        return Path(made["path"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The coordinator's machine with a registry that holds applications, experts and an assignment."""
    desk = Desk(tmp_path_factory.mktemp("round") / "office")
    key, spare = desk.new_key("coordinator"), Desk(desk.folder.parent / "safe").new_key("recovery")
    desk.environment |= {"NDB_REGISTRY": "registry"}
    desk.json("identity", "show")
    (desk.folder / "batch.json").write_bytes(batch_to_json(make_batch(SMALL)))
    own = ["--passphrase-file", "pass.txt"]
    desk.run(
        "registry", "init", "registry", "--batch", "batch.json", "--name", "Sample office",
        "--recovery", spare.with_suffix(".pub"), "--key", key, *own,
    )  # fmt: skip
    sample = small_sample().folder
    taken = desk.json("import", "applications", sample / "handover", *own)
    assert len(taken["accepted"]) == 2
    assert taken["faults"] == []
    assert desk.json("import", "applications", sample / "handover", *own)["unchanged"] == taken["accepted"]
    roster = (sample / "people" / "roster.csv").read_text(encoding="utf-8-sig").splitlines()
    # Spreadsheets on Chinese Windows write GBK; one expert of the field stays at home.
    (desk.folder / "roster.csv").write_bytes(("\r\n".join([*roster[:4], *roster[5:]]) + "\r\n").encode("gbk"))
    assert desk.json("import", "experts", "roster.csv", *own)["rows"] == 5
    made = desk.json("assign", "--panel-size", "5", "--words", "public words", *own)
    assert (len(made["pairs"]), made["missing_seats"]) == (10, 0)
    return desk


def full_lines(applications: list[dict[str, Any]], *, low: bool) -> str:
    """A complete review as JSON lines."""
    packs = {pack.category: pack for pack in builtin_packs().values()}
    lines = []
    for application in applications:
        name = application["id"]
        pack = packs["park" if name.startswith("P-") else "enterprise"]
        for item in pack.items:
            line = {"application": name, "item": item.id}
            if item.computed:
                line["confirm"] = "confirmed"
            else:
                line |= {"level": "L3" if low else "L4", "value": "70" if low else "88.5"}
            lines.append(json.dumps(line))
        lines.append(json.dumps({"application": name, "opinion": "总体意见：材料完整。"}, ensure_ascii=False))
    return "\n".join(lines) + "\n"


# The two halves of one walk: the second goes on where the first ended, whatever order a runner likes.


@pytest.fixture(scope="module")
def reviewed(office: Desk) -> Path:
    """Bundles issued; the score files of five experts come back."""
    own = ["--passphrase-file", "pass.txt"]
    issued = office.json("issue", "bundles", "--slips", "slips.pdf", "--expires", "2099-12-31T16:00:00Z", *own)
    assert [row["expert"] for row in issued["issued"]] == list(EXPERTS)
    returned = office.folder / "returned"
    returned.mkdir()

    def work(row: dict[str, Any]) -> None:
        bundle, low = office.folder / row["path"], row["expert"] == EXPERTS[0]
        secret = office.json("bundle", "secret", bundle, *own)["secret"]
        review(office.folder.parent / row["expert"], bundle, secret, returned, low=low)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, issued["issued"]))
    assert len(list(returned.iterdir())) == 5
    return returned


def test_the_way_back(office: Desk, reviewed: Path) -> None:
    own, returned = ["--passphrase-file", "pass.txt"], reviewed
    dry = office.json("merge", "returned", "--dry-run", *own)
    assert dry["counts"] == {"accepted": 5}
    assert office.json("registry", "status", *own)["files"] == 0
    merged = office.json("merge", "returned", "--receipts", "receipts", *own)
    assert merged["counts"] == {"accepted": 5}
    assert all(row["ok"] for row in office.json("verify", *(office.folder / "receipts").iterdir()))
    again = office.json("merge", *sorted(returned.iterdir(), reverse=True), *own)
    assert again["counts"] == {"duplicate": 5}
    assert again["result_digest"] == merged["result_digest"]

    status = office.json("registry", "status", *own)
    assert (status["complete"], status["missing"], status["unconfirmed_keys"]) == (10, 0, 5)
    first = office.json("keys", "list", *own)[0]
    office.run("keys", "confirm", first["expert"], first["fingerprint"], *own)
    assert office.json("registry", "rebuild", *own)["equal"]
    assert office.json("registry", "log", *own)["ok"]

    internal = office.json("results", "--internal", *own)
    assert {row["n_valid"] for row in internal["results"]} == {5}
    assert internal["digest"] == merged["result_digest"]
    public = office.json("results", *own)
    states = {row["application"]: row["state"] for row in internal["results"]}
    assert len(public["selected"]) == sum(state == "selected" for state in states.values())
    office.run("export", "results", "public.csv", "--format", "csv", *own)
    assert "88.5" not in (office.folder / "public.csv").read_text(encoding="utf-8-sig")
    for words in (("sheet", "E-02"), ("panel", "park", "ai"), ("notice",)):
        office.run("report", *words, f"{words[0]}.pdf", *own)
        assert (office.folder / f"{words[0]}.pdf").read_bytes().startswith(b"%PDF-")
    text = subprocess.run(["pdftotext", office.folder / "sheet.pdf", "-"], capture_output=True).stdout.decode()
    assert "88.50" in text or "88.5" in text


def review(folder: Path, bundle: Path, secret: str, returned: Path, *, low: bool) -> None:
    """An expert's whole work on a machine of their own."""
    desk = Desk(folder)
    desk.new_key("expert")
    thorough = folder.name == EXPERTS[0]
    (folder / "secret.txt").write_text(secret + "\n", encoding="utf-8")
    with_secret = [bundle, "--secret-file", "secret.txt"]
    opened = desk.json("review", "open", *with_secret)
    assert [row["done"] for row in opened["applications"]] == [0, 0]
    desk.run("review", "agree", *with_secret)
    desk.run("review", "declare", *with_secret)
    desk.run("review", "set", *with_secret, "--lines", "-", lines=full_lines(opened["applications"], low=low))
    if thorough:
        done = desk.json("review", "status", *with_secret)
        assert all(row["done"] == row["total"] and row["findings"] == 0 for row in done["applications"])
    made = desk.json("review", "export", *with_secret, returned, "--passphrase-file", "pass.txt")
    assert made["sealed"]
    if thorough:
        assert desk.json("review", "status", *with_secret)["locked"]
        refused = desk.run("review", "export", *with_secret, returned, "--passphrase-file", "pass.txt", code=1)
        assert "E-REVIEW-LOCKED" in refused.stderr
    leaked = [
        p for p in folder.rglob("*") if p.is_file() and p.name != "secret.txt" and "示例".encode() in p.read_bytes()
    ]
    assert leaked == []


def test_others_can_check(office: Desk, reviewed: Path) -> None:
    """Programs we did not write agree with what the program says of its files."""
    bundle = min((office.folder / "bundles").iterdir())
    assert subprocess.run(["unzip", "-tq", bundle], capture_output=True).returncode == 0
    with zipfile.ZipFile(bundle) as archive:
        envelope = json.loads(archive.read("manifest.dsse.json"))
        manifest = json.loads(base64.b64decode(envelope["payload"]))
        for member in manifest["members"]:
            assert hashlib.sha256(archive.read(member["name"])).hexdigest() == member["sha256"]
    (public,) = (office.folder / "profile" / "keys").glob("*.pub")
    shown = subprocess.run(["ssh-keygen", "-lf", public], capture_output=True, text=True).stdout
    assert envelope["signatures"][0]["keyid"] in shown
    facts = office.json("bundle", "inspect", bundle)
    assert facts["issuer_key"] in shown
    sealed = min(reviewed.iterdir()).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n-> ssh-ed25519 ")
    own = ["--passphrase-file", "pass.txt"]
    assert all(row["ok"] for row in office.json("verify", *reviewed.iterdir(), "--unseal", *own))


def test_a_hand_over_with_faults_changes_nothing(office: Desk, tmp_path: Path) -> None:
    (tmp_path / "applications.jsonl").write_text('{"id": "X"}\nnot json\n', encoding="utf-8")
    before = office.json("registry", "status", "--passphrase-file", "pass.txt")["applications"]
    done = office.run("import", "applications", tmp_path, "--passphrase-file", "pass.txt", code=1)
    assert "applications.jsonl:1: E-" in done.stderr
    assert "applications.jsonl:2: E-" in done.stderr
    assert office.json("registry", "status", "--passphrase-file", "pass.txt")["applications"] == before


def test_a_closed_pipe_and_a_missing_passphrase_end_quietly(office: Desk) -> None:
    done = office.run("registry", "status", code=2)
    assert done.stderr.startswith("E-CLI-NO-PASSPHRASE")
    reader = subprocess.Popen(
        [sys.executable, "-m", "ndb_desktop", "rules", "show", "park-selection"],
        cwd=office.folder, env=office.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert reader.stdout is not None
    reader.stdout.close()
    _, err = reader.communicate(timeout=60)
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
