"""Our files, opened and verified with programs we did not write."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import apsw
import pytest

from ndb_desktop.crypto import sealing
from ndb_desktop.crypto.identity import PublicKey, load_identity
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import open_score, seal_score
from ndb_desktop.services.identity import create_identity, public_path, unlock
from tests.support.travel import (
    AT,
    PASSPHRASE,
    SECRET,
    MadeBundle,
    key_file,
    made_receipt,
    make_bundle,
    person,
    refusal,
    score_file,
)

SCRIPT = Path(__file__).with_name("dsse_verify.sh")
NEEDED = ("unzip", "jq", "base64", "sha256sum", "openssl", "age", "ssh-keygen")


@pytest.fixture(autouse=True)
def programs() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    assert not missing, f"these programs prove that others can read our files; install them: {', '.join(missing)}"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> MadeBundle:
    return make_bundle(tmp_path_factory.mktemp("interop"), expert_key=person("expert").public)


def run(*command: object, cwd: Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run([str(part) for part in command], cwd=cwd, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def shell(line: str, cwd: Path) -> str:
    return run("sh", "-euc", line, cwd=cwd).decode()


def public(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pub"
    path.write_text(person(name).public.openssh + "\n")
    return path


def private(folder: Path, name: str) -> Path:
    """The key file of a person with its passphrase taken off by ssh-keygen, as `age` wants it without a terminal."""
    path = folder / f"{name}.ndbkey"
    path.write_bytes(key_file(name))
    path.chmod(0o600)
    run("ssh-keygen", "-q", "-p", "-P", PASSPHRASE, "-N", "", "-f", path, cwd=folder)
    return path


def verifies(folder: Path, name: str, signer: str) -> bool:
    command = ["sh", str(SCRIPT), name, str(public(folder, signer)), "0"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_the_container(bundle: MadeBundle, tmp_path: Path) -> None:
    run("unzip", "-tq", bundle.path, cwd=tmp_path)
    assert run("unzip", "-p", bundle.path, "mimetype", cwd=tmp_path) == b"application/vnd.ndb.bundle+zip"


def test_digest_signature_and_every_member(bundle: MadeBundle, tmp_path: Path) -> None:
    shell(f"unzip -q '{bundle.path}'", tmp_path)
    shell("jq -r .payload manifest.dsse.json | base64 -d > manifest.json", tmp_path)
    assert shell("sha256sum manifest.json | cut -c1-64", tmp_path).strip() == bundle.written.digest
    listed = shell("""jq -r '.members[]|"\\(.sha256)  \\(.name)"' manifest.json | sha256sum -c""", tmp_path)
    assert listed.count(": OK") == len(bundle.written.manifest.members) == 5
    # The key that checks the manifest stands in the manifest; a stranger compares its fingerprint with the paper.
    shell("jq -r .issuer.key manifest.json > issuer.pub", tmp_path)
    said = run("sh", SCRIPT, "manifest.dsse.json", "issuer.pub", cwd=tmp_path)
    assert b"Verified Successfully" in said
    assert person("issuer").keyid in shell("ssh-keygen -lf issuer.pub", tmp_path)


@pytest.mark.parametrize("kind", ["card", "receipt", "score"])
def test_signatures_of_the_other_files(kind: str, tmp_path: Path) -> None:
    signer = "issuer" if kind == "receipt" else "expert"
    data = {
        "card": lambda: build_card(person("expert"), name="欧阳砚", employer="x", trial=True, created_at=AT),
        "receipt": made_receipt,
        "score": score_file,
    }[kind]()
    (tmp_path / "file").write_bytes(data)
    assert verifies(tmp_path, "file", signer)
    assert not verifies(tmp_path, "file", "stranger")
    document = json.loads(data)
    document["payload"] = document["payload"][:-8] + "AAAAAAA="
    (tmp_path / "changed").write_text(json.dumps(document))
    assert not verifies(tmp_path, "changed", signer)


def test_scores_are_readable_with_jq(tmp_path: Path) -> None:
    (tmp_path / "x.ndbscore").write_bytes(score_file())
    line = "jq -r .payload x.ndbscore | base64 -d | jq -r '.sheets[0].items[] | [.item,.value,.computed] | @csv'"
    assert shell(line, tmp_path).splitlines()[0] == '"T1.1.basis",,"79"'
    digest = shell("jq -r .payload x.ndbscore | base64 -d | sha256sum | cut -c1-64", tmp_path).strip()
    assert digest == open_score(score_file(), None).payload_sha256


def test_the_digest_of_a_sheet_is_the_hash_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "x.ndbscore").write_bytes(score_file())
    shell("jq -r .payload x.ndbscore | base64 -d | jq -cj '.sheets[1]' > sheet.json", tmp_path)
    found = hashlib.sha256((tmp_path / "sheet.json").read_bytes()).hexdigest()
    assert found == open_score(score_file(), None).sheets[1].digest


@pytest.mark.parametrize("who", ["issuer", "recovery", "expert"])
def test_age_opens_the_slots(bundle: MadeBundle, tmp_path: Path, who: str) -> None:
    shell(f"unzip -q '{bundle.path}' slots/keys.age", tmp_path)
    secret = run("age", "-d", "-i", private(tmp_path, who), "slots/keys.age", cwd=tmp_path)
    assert secret.decode() == SECRET


def test_age_opens_a_sealed_score_file_and_we_open_what_age_sealed(tmp_path: Path) -> None:
    sealed = tmp_path / "x.ndbscore"
    sealed.write_bytes(seal_score(score_file(), [person("issuer").public, person("recovery").public]))
    assert run("age", "-d", "-i", private(tmp_path, "recovery"), sealed, cwd=tmp_path) == score_file()
    recipients = tmp_path / "to.txt"
    recipients.write_text(f"{person('issuer').public.openssh}\n{person('recovery').public.age_recipient}\n")
    theirs = run("age", "-R", recipients, cwd=tmp_path, stdin=score_file())
    assert open_score(theirs, person("issuer")).envelope == score_file()
    assert sealing.unseal(theirs, person("recovery"), max_size=10**6) == score_file()
    assert refusal(lambda: open_score(theirs, person("expert"))) == "E-AGE-KEY"


def test_ssh_keygen_prints_our_key_id_and_reads_our_key(tmp_path: Path) -> None:
    stored = create_identity(tmp_path, name="欧阳砚", passphrase=PASSPHRASE, trial=True)
    words = run("ssh-keygen", "-lf", public_path(stored.path), cwd=tmp_path).decode().split()
    assert words == ["256", stored.fingerprint, "欧阳砚", "(ED25519)"]
    line = run("ssh-keygen", "-y", "-P", PASSPHRASE, "-f", stored.path, cwd=tmp_path).decode()
    assert PublicKey(line).keyid == stored.fingerprint


@pytest.mark.parametrize("cipher", ["aes256-ctr", "aes256-gcm@openssh.com", "aes256-cbc"])
def test_a_passphrase_changed_by_ssh_keygen(tmp_path: Path, cipher: str) -> None:
    stored = create_identity(tmp_path, name="a", passphrase=PASSPHRASE, trial=True)
    run(
        "ssh-keygen",
        "-q",
        "-p",
        "-P",
        PASSPHRASE,
        "-N",
        "new words",
        "-a",
        "2",
        "-Z",
        cipher,
        "-f",
        stored.path,
        cwd=tmp_path,
    )
    assert unlock(stored.path, "new words").keyid == stored.fingerprint
    assert refusal(lambda: unlock(stored.path, PASSPHRASE)) == "E-KEY-PASSPHRASE"


def test_a_key_made_by_ssh_keygen_is_an_identity(tmp_path: Path) -> None:
    path = tmp_path / "theirs.ndbkey"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-a", "2", "-C", "来自他处", "-f", path, cwd=tmp_path)
    opened = load_identity(path.read_bytes(), PASSPHRASE)
    line = (tmp_path / "theirs.ndbkey.pub").read_text()
    assert opened.public == PublicKey(line)
    signed = build_card(opened, name="x", employer="", trial=True, created_at=AT)
    (tmp_path / "card").write_bytes(signed)
    assert b"Verified" in run("sh", SCRIPT, "card", "theirs.ndbkey.pub", cwd=tmp_path)


def second_reader(path: Path, key: str) -> apsw.Connection:
    """SQLite3 Multiple Ciphers: another implementation of the same format, by other people."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    for setting in ("cipher='sqlcipher'", "legacy=4", f"key={key}"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def test_an_independent_reader_opens_the_databases(bundle: MadeBundle, tmp_path: Path) -> None:
    shell(f"unzip -q '{bundle.path}'", tmp_path)
    core = second_reader(tmp_path / "core.db", f"'{SECRET}'")
    rows = list(core.execute("SELECT id, member, key FROM application ORDER BY ord"))
    assert [(row[1], row[2]) for row in rows] == sorted(bundle.keys.items())
    core.close()
    for member, key in bundle.keys.items():
        store = second_reader(tmp_path / member, f"\"x'{key}'\"")
        assert list(store.execute("SELECT name, data FROM sqlar")) == [("D1.txt", bundle.texts[member])]
        assert list(store.execute("SELECT body FROM page_text")) == [(bundle.texts[member].decode(),)]
        store.close()


def test_the_independent_reader_is_kept_out_without_the_secret(bundle: MadeBundle, tmp_path: Path) -> None:
    with BundleReader(bundle.path) as reader:
        path = reader.copy_member("core.db", tmp_path / "core.db")
    wrong = second_reader(path, f"'{SECRET[:-1]}0'")
    with pytest.raises(apsw.NotADBError):
        wrong.execute("SELECT * FROM meta")
    wrong.close()


def test_age_takes_the_protected_key_as_it_lies_on_the_disk(bundle: MadeBundle, tmp_path: Path) -> None:
    """With the passphrase typed at a terminal, as an expert without our program would do it."""
    shell(f"unzip -q '{bundle.path}' slots/keys.age", tmp_path)
    path = tmp_path / "expert.ndbkey"
    path.write_bytes(key_file("expert"))
    out = tmp_path / "secret"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execvp("age", ["age", "-d", "-i", str(path), "-o", str(out), "slots/keys.age"])
    said = b""
    while b"passphrase" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, PASSPHRASE.encode() + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, said
    assert out.read_text() == SECRET
