"""Every field of every signed file, changed one at a time without a new signature: refused."""

from __future__ import annotations

import base64
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.crypto.envelope import peek
from ndb_desktop.formats.card import build_card, open_card
from ndb_desktop.formats.manifest import EarlierRef, open_manifest
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.formats.scorefile import open_score, seal_score
from tests.support.tampering import CONTENT, SPOILT
from tests.support.travel import AT, made_receipt, make_bundle, person, refusal, score_file

AGE = b"age-encryption.org/v1"


def manifest_file(folder: Path) -> bytes:
    with zipfile.ZipFile(make_bundle(folder).path) as archive:
        return archive.read("manifest.dsse.json")


def supplement_file(folder: Path) -> bytes:
    chain = (EarlierRef("1" * 32, "a" * 64), EarlierRef("2" * 32, "b" * 64))
    with zipfile.ZipFile(make_bundle(folder, applications=1, chain=chain).path) as archive:
        return archive.read("manifest.dsse.json")


def read_manifest(data: bytes) -> object:
    return open_manifest(data, expected_issuer=None, app_version="1", place="")


FILES: dict[str, tuple[Callable[[Path], bytes], Callable[[bytes], object]]] = {
    "manifest": (manifest_file, read_manifest),
    "supplement": (supplement_file, read_manifest),
    "score": (lambda _: score_file(enrol=True), lambda data: open_score(data, None)),
    "card": (lambda _: build_card(person("a"), name="甲", employer="乙", trial=True, created_at=AT), open_card),
    "receipt": (lambda _: made_receipt(), open_receipt),
}


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*at, key)
        yield from leaves(part, (*at, key))


def others(value: Any) -> list[Any]:
    """Values of the same sort, as somebody would put them who wants to pass."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, str):
        changed = value[:-1] + ("1" if value[-1:] != "1" else "2")
        return [changed, value + " "]
    if isinstance(value, list):
        return [value[:-1] if value else ["x"], value[::-1] if len(value) > 1 else [*value, *value, "x"]]
    if value is None:
        return ["0" * 64]
    return [dict(reversed(value.items())), {}]


@pytest.mark.parametrize("kind", FILES)
def test_every_field(kind: str, tmp_path: Path) -> None:
    make, read = FILES[kind]
    data = make(tmp_path)
    assert refusal(lambda: read(data)) == ""
    document = json.loads(data)
    content = json.loads(peek(data, 10**7).payload)
    found = Counter[str]()
    for path in leaves(content):
        holder = content
        for step in path[:-1]:
            holder = holder[step]
        old = holder[path[-1]]
        for new in others(old):
            holder[path[-1]] = new
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
            changed = document | {"payload": base64.b64encode(body).decode()}
            raw = json.dumps(changed).encode()
            code = refusal(lambda: read(raw))  # noqa: B023  (called at once)
            assert code in CONTENT | {"E-SIGNATURE", "E-SIGNER"}, path
            found[code] += 1
        holder[path[-1]] = old
    assert found.total() > 10
    # What stays a possible value is refused by the signature alone.
    assert found["E-SIGNATURE"] >= 5, found


@pytest.mark.parametrize("kind", FILES)
def test_every_byte(kind: str, tmp_path: Path) -> None:
    make, read = FILES[kind]
    data = make(tmp_path).rstrip(b"\n")
    found = Counter[str]()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        code = refusal(lambda raw=bytes(changed): read(raw))  # type: ignore[misc]
        assert code in SPOILT, at
        found[code] += 1
    # Each byte of the signature itself, and every change of the inside that still reads.
    assert found["E-SIGNATURE"] >= 50, found


def test_every_byte_of_a_sealed_score_file() -> None:
    sealed = seal_score(score_file(), [person("issuer").public, person("recovery").public])
    for at in range(0, len(sealed), 5):
        changed = bytearray(sealed)
        changed[at] ^= 1 << at % 8
        code = refusal(lambda raw=bytes(changed): open_score(raw, person("issuer")))  # type: ignore[misc]
        # A file whose first line is broken is no sealed file any more, and no envelope either.
        wanted = (
            {"E-AGE-BROKEN", "E-AGE-HEADER", "E-AGE-KEY"} if at >= len(AGE) else {"E-ENVELOPE-JSON", "E-AGE-HEADER"}
        )
        assert code in wanted, at


def test_a_signature_is_not_moved_to_another_kind_of_file() -> None:
    score = json.loads(score_file())
    for other in ("card", "receipt", "bundle"):
        moved = score | {"payloadType": f"application/vnd.ndb.{other}.v1+json"}
        raw = json.dumps(moved).encode()
        for read in (lambda data: open_score(data, None), open_card, open_receipt, read_manifest):
            # The reader of the kind that is claimed finds another inside; the others do not even look.
            assert refusal(lambda: read(raw)) in {"E-PAYLOAD-TYPE", "E-FORMAT"}, other  # noqa: B023  (called at once)


def test_an_old_file_is_genuine_and_stays_recognisable() -> None:
    """Replaying is not tampering: the same payload digest says that it is the same file, however spelt."""
    once = open_score(score_file(), None)
    spaced = json.dumps(json.loads(score_file()), indent=2).encode()
    assert spaced != once.envelope
    assert open_score(spaced, None).payload_sha256 == once.payload_sha256
