"""What the pages in docs/ say about files that come in and go out, held against the program and others' tools."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.batchfile import FieldRecord, QuotaRecord, batch_from_json
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.identity import create_identity, public_path
from ndb_desktop.services.results import PublicResults, PublicRow
from ndb_desktop.services.results_export import public_bytes
from tests.support.sample import office_copy, small_sample

DOCS = Path(__file__).resolve().parents[2] / "docs"
NEEDED = ("age", "jq", "sha256sum", "ssh-keygen")


def section(page: str, title: str) -> str:
    """A part of a page, from its heading to the next of the same depth."""
    text = (DOCS / page).read_text(encoding="utf-8")
    depth = title.split(" ")[0]
    _, found, rest = text.partition(f"\n{title}\n")
    assert found, f"{page} has no part {title}"
    return re.split(rf"\n#{{2,{len(depth)}}} ", rest)[0]


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found.group(1)


def documented(text: str) -> list[str]:
    """The names in the first column of every table."""
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def example() -> dict[str, Any]:
    made = json.loads(block(section("importing.md", "## The batch file: JSON"), "json"))
    assert isinstance(made, dict)
    return made


def test_the_batch_of_the_page_makes_a_registry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "batch.json").write_text(block(section("importing.md", "## The batch file: JSON"), "json"), "utf-8")
    (tmp_path / "words").write_text("correct horse battery\n", encoding="utf-8")
    own, spare = (
        create_identity(tmp_path, name=name, passphrase="correct horse battery", trial=True)
        for name in ("own", "spare")
    )
    access = ["--key", str(own.path), "--passphrase-file", str(tmp_path / "words")]
    arguments = ["registry", "init", str(tmp_path / "r"), "--batch", str(tmp_path / "batch.json"), "--name", "x"]
    assert main([*arguments, "--recovery", str(public_path(spare.path)), *access]) == 0
    capsys.readouterr()
    assert main(["registry", "status", "-r", str(tmp_path / "r"), *access, "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["batch_id"], status["trial"]) == (example()["id"], example()["trial"])


def test_the_table_of_the_batch_names_every_field() -> None:
    rows = documented(section("importing.md", "## The batch file: JSON"))
    schema = json.loads((DOCS / "batch.schema.json").read_text(encoding="utf-8"))["$defs"]
    fields = set(schema["BatchRecord"]["properties"])
    fields |= {f"fields[].{name}" for name in FieldRecord.__struct_fields__}
    fields |= {f"quotas.<category>.{name}" for name in QuotaRecord.__struct_fields__}
    assert set(rows) == fields
    assert set(example()) == set(schema["BatchRecord"]["properties"]), "the example shows every field"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E-APP-TWICE", {"fields": [example()["fields"][0]] * 2}),
        ("E-BATCHFILE-K", {"fields": [{**example()["fields"][0], "k": "0"}], "quotas": {}}),
        ("E-BATCHFILE-FIELD", {"quotas": {"park": {"fields": {"nothing": 1}}}}),
        ("E-QUOTA-TOTAL", {"quotas": {"park": {"total": 1, "fields": {"ai": 2}}}}),
        ("E-RECORD-UNKNOWN", {"rank": 1}),
        ("E-RECORD-FLOAT", {"year": 2026.5}),
        ("E-RECORD-TYPE", {"year": "2026"}),
        ("E-RECORD-VALUE", {"year": 1999}),
        ("E-RECORD-VALUE", {"quotas": {"village": {}}}),
        ("E-RECORD-VALUE", {"panel_size": 100}),
    ],
)
def test_the_page_refuses_what_the_program_refuses(code: str, change: dict[str, Any]) -> None:
    page = section("importing.md", "## The batch file: JSON")
    assert f"`{code}`" in page or (code == "E-RECORD-VALUE" and "`-VALUE`" in page)
    raw = json.dumps({**example(), **change}).encode()
    with pytest.raises(NdbError) as caught:
        batch_from_json(raw)
    assert {fault.code for fault in caught.value.faults} == {code}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four result files of the sample, made by the command line; the internal ones opened by `age`."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    assert not missing, f"these programs prove that others can read our files; install them: {', '.join(missing)}"
    folder = tmp_path_factory.mktemp("results")
    office_copy(folder).close()
    (folder / "words").write_text(PASSPHRASE + "\n", encoding="utf-8")
    own = small_sample().coordinator_key
    access = ["-r", str(folder / "registry"), "--key", str(own), "--passphrase-file", str(folder / "words")]
    (spare,) = [path for path in (small_sample().folder / "keys").glob("*.ndbkey") if path != own]
    for name, key in (("own", own), ("spare", spare)):
        shutil.copyfile(key, folder / name)
        (folder / name).chmod(0o600)
        shell(f"ssh-keygen -q -p -P '{PASSPHRASE}' -N '' -f {name}", folder)
    for fmt in ("json", "csv"):
        public, sealed = folder / f"public.{fmt}", folder / f"internal.{fmt}.age"
        assert main(["export", "results", str(public), "--format", fmt, "--lang", "zh_CN", *access]) == 0
        assert main(["export", "results", str(sealed), "--format", fmt, "--internal", *access]) == 0
        assert sealed.read_bytes().startswith(b"age-encryption.org/v1\n")
        shell(
            f"age -d -i own {sealed.name} > internal.{fmt}; age -d -i spare {sealed.name} | cmp - internal.{fmt}",
            folder,
        )
    return folder


def shell(line: str, folder: Path) -> str:
    done = subprocess.run(["sh", "-euc", line], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


def test_the_public_file_is_what_the_page_says_and_nothing_more(results: Path) -> None:
    page = section("file-formats.md", "### 11.1 Public: `ndb-public-results`")
    data = (results / "public.json").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    found = json.loads(data)
    assert json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n" == data
    assert list(found) == documented(page)
    assert [part["category"] for part in found["lists"]] == ["park", "enterprise"]
    entries = [entry for part in found["lists"] for entry in part["selected"]]
    named = re.findall(r"`(\w+)`", page.partition("An entry of `selected`")[2])
    assert all(list(entry) == named for entry in [*entries, *some_entries()])
    rows = list(csv.reader(io.StringIO((results / "public.csv").read_bytes().decode("utf-8-sig"), newline="")))
    notes = [row for row in rows if len(row) == 1]
    assert len(notes) == 1 + found["trial"] + found["proposal"]
    assert notes[0] == [found["order"]["zh_CN"]]
    shown = [[e["field_zh"], e["region"], e["recommender"], e["applicant"], e["credit_code"]] for e in entries]
    assert [row[1:] for row in rows[len(notes) + 1 :]] == shown


def some_entries() -> list[dict[str, str]]:
    """Two selected applicants as they are written; in the small sample nobody need be selected."""
    row = PublicRow("park", "ai", "人工智能", "AI", "310000", "推荐单位", "申报单位", "12310000MD0001019E")
    made = PublicResults("B", "批", "b", 2026, True, True, (row, dataclasses.replace(row, category="enterprise")))
    entries = [entry for part in json.loads(public_bytes(made, "json"))["lists"] for entry in part["selected"]]
    assert len(entries) == 2
    return entries


def test_the_internal_file_is_what_the_page_says(results: Path) -> None:
    page = section("file-formats.md", "### 11.2 Internal: `ndb-internal-results`")
    whole, single = page.partition("A result has:")[::2]
    keys = json.loads(shell("jq -c keys internal.json", results))
    assert keys == sorted(documented(whole))
    assert json.loads(shell("jq -c '[.results[] | keys] | unique' internal.json", results)) == [
        sorted(documented(single))
    ]
    ratios = shell("jq -r '.results[] | .total, .parts[], .groups[][], .items[].value' internal.json", results).split()
    assert all(ratio == "null" or re.fullmatch(r"-?\d+/[1-9]\d*", ratio) for ratio in ratios)
    rows = list(csv.reader(io.StringIO((results / "internal.csv").read_bytes().decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + int(shell("jq '.results | length' internal.json", results))
    assert [len(row) for row in rows] == [8] * len(rows)


def test_the_commands_of_the_page_give_names_and_digest(results: Path) -> None:
    page = section("file-formats.md", "### 11.2 Internal: `ndb-internal-results`")
    first, second = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    listing = first.splitlines()[1]
    assert listing.startswith("jq ")
    lines = shell(listing, results).splitlines()
    assert len(lines) == int(shell("jq '.results | length' internal.json", results))
    digest = shell("jq -r .digest internal.json", results).strip()
    assert shell(second, results).split()[0] == digest
