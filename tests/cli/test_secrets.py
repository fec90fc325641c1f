"""Passphrases and secrets come from files, the environment or a prompt; keys are found by file, name or fingerprint."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from ndb_desktop.cli import secrets
from ndb_desktop.cli.context import Context
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.identity import create_identity


def context(tmp_path: Path, **options: object) -> Context:
    return Context(Namespace(**options), "en", False, tmp_path)


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (secrets.PASSPHRASE_VARIABLE, secrets.SECRET_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    answers: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: answers.pop(0))
    return answers


@pytest.mark.parametrize("raw", [b"pass phrase\n", b"\xef\xbb\xbfpass phrase\r\nsecond line", b"pass phrase"])
def test_first_line_of_a_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "pass.txt"
    path.write_bytes(raw)
    assert secrets.passphrase(context(tmp_path, passphrase_file=path)) == "pass phrase"


def test_file_before_environment_before_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("from file")
    typed.append("from prompt")
    assert secrets.bundle_secret(context(tmp_path, secret_file=None)) == "from prompt"
    monkeypatch.setenv(secrets.SECRET_VARIABLE, "from environment")
    assert secrets.bundle_secret(context(tmp_path, secret_file=None)) == "from environment"
    assert secrets.bundle_secret(context(tmp_path, secret_file=path)) == "from file"


def test_a_new_passphrase_is_asked_twice(tmp_path: Path, typed: list[str]) -> None:
    typed += ["one", "one"]
    assert secrets.passphrase(context(tmp_path), new=True) == "one"
    typed += ["one", "two"]
    with pytest.raises(NdbError) as caught:
        secrets.passphrase(context(tmp_path), new=True)
    assert caught.value.code == "E-CLI-MISMATCH"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (secrets.passphrase, "E-CLI-NO-PASSPHRASE"),
        (secrets.bundle_secret, "E-CLI-NO-SECRET"),
        (secrets.key_path, "E-CLI-NO-KEY"),
    ],
)
def test_scripts_are_never_left_waiting(tmp_path: Path, call: object, code: str) -> None:
    with pytest.raises(NdbError) as caught:
        call(context(tmp_path))  # type: ignore[operator]
    assert caught.value.code == code
    assert secrets.bundle_secret(context(tmp_path), ask=False) is None


@pytest.mark.parametrize("raw", [None, b"\xff\xfe\x00"])
def test_an_unreadable_file_is_told(tmp_path: Path, raw: bytes | None) -> None:
    path = tmp_path / "pass.txt"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(NdbError) as caught:
        secrets.passphrase(context(tmp_path, passphrase_file=path))
    assert caught.value.code == "E-CLI-SECRET-FILE"


def test_keys_are_found_by_file_name_and_fingerprint(tmp_path: Path) -> None:
    one = create_identity(tmp_path / "keys", name="one", passphrase="x", trial=True)
    assert secrets.key_path(context(tmp_path, key=None)) == one.path
    two = create_identity(tmp_path / "keys", name="two", passphrase="x", trial=True)
    for wanted in (str(two.path), "two", two.fingerprint, two.path.stem):
        assert secrets.key_path(context(tmp_path, key=wanted)) == two.path
    for wanted, code in ((None, "E-CLI-WHICH-KEY"), ("three", "E-CLI-NO-KEY")):
        with pytest.raises(NdbError) as caught:
            secrets.key_path(context(tmp_path, key=wanted))
        assert caught.value.code == code
