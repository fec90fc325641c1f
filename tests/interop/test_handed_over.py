"""The package of a later stage, opened and proven with programs we did not write, by the commands of the page."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.services.handing_over import HandedOver, hand_over
from ndb_desktop.services.lifecycle import Order, decide
from tests.interop.test_documented import block, section
from tests.interop.test_third_party import SCRIPT, private, public, run, shell
from tests.support.stage_office import STARTED, judged_office
from tests.support.travel import person

NEEDED = ("age", "base64", "jq", "openssl", "sha256sum", "ssh-keygen", "unzip")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandedOver]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    assert not missing, f"these programs prove that others can read our files; install them: {', '.join(missing)}"
    folder = tmp_path_factory.mktemp("stage")
    office = judged_office(folder, {"P001": "1", "P002": "0"})
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按验收结论")
    yield hand_over(office, folder, also=person("中央系统").public)
    office.close()


@pytest.mark.parametrize("who", ["组织方", "恢复", "中央系统"])
def test_the_commands_of_the_page_open_it_and_prove_every_digest(made: HandedOver, tmp_path: Path, who: str) -> None:
    page = section("file-formats.md", "### 11.2.2 The package of a later stage")
    lines = block(page, "sh").replace("KEY", f"'{private(tmp_path, who)}'").replace("x.zip.age", f"'{made.path}'")
    said = shell(lines, tmp_path)
    assert said.count(": OK") == 3
    found = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text("utf-8").splitlines()]
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    outcome, result = (line.split()[0] for line in said.splitlines()[-2:])
    assert (outcome, result) == (found[0]["digest"], manifest["result"])
    assert result == made.result


def test_openssl_verifies_the_signature_with_the_key_in_it_and_with_no_other(made: HandedOver, tmp_path: Path) -> None:
    shell(f"age -d -i '{private(tmp_path, '中央系统')}' '{made.path}' > x.zip; unzip -q x.zip", tmp_path)
    shell("jq -r .payload manifest.dsse.json | base64 -d | jq -r .issuer.key > issuer.pub", tmp_path)
    assert b"Verified Successfully" in run("sh", SCRIPT, "manifest.dsse.json", "issuer.pub", cwd=tmp_path)
    assert person("组织方").keyid in shell("ssh-keygen -lf issuer.pub", tmp_path)
    command = ["sh", str(SCRIPT), "manifest.dsse.json", str(public(tmp_path, "E01")), "0"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_age_keeps_a_stranger_out(made: HandedOver, tmp_path: Path) -> None:
    command = ["age", "-d", "-i", str(private(tmp_path, "E01")), str(made.path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"no identity matched" in done.stderr


def test_jq_says_who_passed_and_by_which_decision(made: HandedOver, tmp_path: Path) -> None:
    shell(f"age -d -i '{private(tmp_path, '恢复')}' '{made.path}' > x.zip; unzip -q x.zip", tmp_path)
    said = shell("jq -r '[.application, .decided, .decisions[-1].move, .failed[]] | @csv' results.jsonl", tmp_path)
    assert said.splitlines() == [
        '"P001","passed","accept"', '"P002","open","acceptance","tasks","P4"',
    ]  # fmt: skip
    parts = shell("unzip -q results.xlsx -d book; grep -rlE '<f[ >]' book || echo none", tmp_path)
    assert parts.strip() == "none"
