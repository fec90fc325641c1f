"""`ndb archive` and `ndb verify` of what it made, on a real registry with the real rule packs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services import archive_documents
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import office_copy, small_sample

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = office_copy(tmp_path)
    folder = office.folder
    office.close()
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.usefixtures("registry")
def test_a_round_is_filed_verified_and_read_by_other_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = ["--key", small_sample().coordinator_key]
    target = tmp_path / "x.ndbarchive"
    code, out, err = run(capsys, "archive", target, "--filed", "2026-11-30", "--keep", "score=Y", "--json", *key)
    assert code == 0, err
    made = json.loads(out)
    assert made["filed_on"] == "2026-11-30"
    assert made["size"] == target.stat().st_size
    assert made["kinds"]["score"] == made["kinds"]["sheetview"] > 0
    code, out, err = run(capsys, "verify", target, "--json")
    assert code == 0, err
    (found,) = json.loads(out)
    assert (found["ok"], found["kind"]) == (True, "archive")
    assert made["sha256"] in " ".join(found["facts"])
    code, out, _ = run(capsys, "verify", target.parent, "--lang", "zh_CN")
    assert code == 0
    assert "归档包" in out

    subprocess.run(["unzip", "-q", target, "-d", tmp_path / "y"], check=True)
    shell = """
        sha256sum -c --quiet sha256sums.txt
        jq -r .payload manifest.dsse.json | base64 -d > manifest.json
        jq -r '.members[]|"\\(.sha256)  \\(.name)"' manifest.json | sha256sum -c --quiet
        jq -r .issuer.key manifest.json > issuer.pub
        sh "$0/tests/interop/dsse_verify.sh" manifest.dsse.json issuer.pub
        test "$(jq -r '.members[]|select(.name=="score/000001.json").sm3' manifest.json)" = \
             "$(openssl dgst -sm3 -r score/000001.json | cut -c1-64)"
        jq -r 'select(.[3]=="merge")|.[4]' log/000001.jsonl >/dev/null
    """
    subprocess.run(["sh", "-ec", shell, ROOT], cwd=tmp_path / "y", check=True, capture_output=True)

    data = bytearray(target.read_bytes())
    at = data.index(b"%PDF-") + 20
    data[at] ^= 1
    target.write_bytes(data)
    code, out, err = run(capsys, "verify", target)
    assert code == 1
    assert "sheetview/000001.pdf" in err
    code, _, err = run(capsys, "archive", target, *key)
    assert code == 1
    assert "E-STORE-EXISTS" in err


@pytest.mark.usefixtures("registry")
def test_documents_go_into_volumes_that_are_announced_checked_and_read_by_other_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The documents of the sample have less than the least size of a volume, so their number divides them.
    monkeypatch.setattr(archive_documents, "MOST_DOCUMENTS", 4)
    key = ["--key", small_sample().coordinator_key, "--keep", "document=D30"]
    out = tmp_path / "out"
    out.mkdir()
    code, said, err = run(capsys, "archive", out, "--dry-run", "--json", *key)
    assert code == 0, err
    plan = json.loads(said)
    assert list(out.iterdir()) == []
    assert plan["free"] > plan["bytes"] == sum(one["bytes"] for one in plan["volumes"])
    code, said, _ = run(capsys, "archive", out, "--dry-run", *key)
    assert code == 0
    assert "volume 1:" in said

    target = out / "x.ndbarchive"
    code, said, err = run(capsys, "archive", target, "--volume-mb", "1", "--json", *key)
    assert code == 0, err
    made = json.loads(said)
    assert made["documents"] == plan["documents"] > 0
    assert len(made["volumes"]) == len(plan["volumes"]) > 1
    assert {one["retention"] for one in made["volumes"]} == {"D30"}
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [target.name, *(Path(one["path"]).name for one in made["volumes"])]
    )
    code, said, err = run(capsys, "verify", out, "--json")
    assert code == 0, err
    (found,) = json.loads(said)
    assert f"All {len(made['volumes'])} volumes are there" in found["facts"][-1]

    shell = """
        for volume in "$1"/x_v*.ndbarchive; do
            rm -rf y; mkdir y; cd y
            unzip -q "$volume"
            sha256sum -c --quiet sha256sums.txt
            jq -r .payload manifest.dsse.json | base64 -d > manifest.json
            jq -r '.members[]|"\\(.sha256)  \\(.name)"' manifest.json | sha256sum -c --quiet
            jq -r .issuer.key manifest.json > issuer.pub
            sh "$0/tests/interop/dsse_verify.sh" manifest.dsse.json issuer.pub >/dev/null
            sha256sum < manifest.json | cut -c1-64
            cd ..
        done
    """
    done = subprocess.run(
        ["sh", "-ec", shell, ROOT, out], cwd=tmp_path, check=True, capture_output=True, text=True
    )  # fmt: skip
    assert done.stdout.split() == [one["sha256"] for one in made["volumes"]]

    gone = Path(made["volumes"][1]["path"])
    data = gone.read_bytes()
    gone.unlink()
    code, _, err = run(capsys, "verify", target)
    assert code == 1
    assert gone.name in err
    gone.write_bytes(data)
    target.unlink()
    code, _, err = run(capsys, "verify", out)
    assert code == 1
    assert err.count("E-ARCHIVE-ALONE") == len(made["volumes"])
    code, said, err = run(capsys, "archive", tmp_path / "bare.ndbarchive", "--no-documents", "--json", *key)
    assert code == 0, err
    assert json.loads(said)["volumes"] == []
    assert not list(tmp_path.glob("bare_v*"))


@pytest.mark.usefixtures("registry")
def test_wrong_options_are_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = ["--key", small_sample().coordinator_key]
    assert run(capsys, "archive", tmp_path, "--filed", "30.11.2026", *key)[0] == 2
    assert run(capsys, "archive", tmp_path, "--keep", "score", *key)[0] == 2
    code, _, err = run(capsys, "archive", tmp_path, "--keep", "score=5", *key)
    assert code == 1
    assert "E-ARCHIVE-PERIOD" in err
    code, _, err = run(capsys, "archive", tmp_path, "--volume-mb", "0", *key)
    assert code == 1
    assert "E-ARCHIVE-VOLUME-SIZE" in err
    assert run(capsys, "archive", tmp_path, "--volume-mb", "many", *key)[0] == 2
    assert not list(tmp_path.glob("*.ndbarchive"))
