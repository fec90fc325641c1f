"""The internal package: signed, sealed, opened again after writing, and every line by its schema."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.resultpackage import BOOK, LINES, MANIFEST, SCHEMA
from ndb_desktop.services.handing_over import check, hand_over, recipient_card
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.packages import box, fits, packed
from tests.support.safety import a_disk
from tests.support.scored import scored_office
from tests.support.travel import AT, key_file, person, refusal


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = scored_office(tmp_path)
    yield made
    made.close()


def test_a_package_holds_every_application_by_the_schema_beside_it(office: Office, tmp_path: Path) -> None:
    result = compute(office)
    made = hand_over(office, tmp_path)
    members = box(made.path.read_bytes())
    assert list(members) == [MANIFEST, LINES, SCHEMA, BOOK]
    schema = json.loads(members[SCHEMA])
    lines = [json.loads(line) for line in members[LINES].splitlines()]
    assert [line["application"] for line in lines] == list(result.results)
    assert all(fits(line, schema) for line in lines)
    assert not fits({**lines[0], "more": 1}, schema)
    assert not fits({**lines[0], "state": "won"}, schema)
    assert {line["application"]: line["state"] for line in lines} == dict(result.selection.states)
    assert (made.lines, made.result) == (len(lines), result.digest)
    row = office.log_rows()[-1]
    assert (row.action, row.details["sha256"]) == ("export.package", made.sha256)
    assert check(office, made.path) == made


def test_it_opens_with_age_and_unzip(office: Office, tmp_path: Path) -> None:
    made = hand_over(office, tmp_path / "x.zip.age", also=person("中央系统").public)
    key = tmp_path / "key"
    for name in ("中央系统", "恢复", "组织方"):
        assert MANIFEST in box(made.path.read_bytes(), name)
    key.write_bytes(key_file("组织方"))
    assert b"results.jsonl" not in made.path.read_bytes()
    plain = tmp_path / "x.zip"
    plain.write_bytes(unseal(made.path.read_bytes(), person("组织方"), max_size=1 << 24))
    assert subprocess.run(["unzip", "-tq", plain], capture_output=True, check=False).returncode == 0


def test_a_trial_card_is_for_trials_only(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "x.ndbcard"
    for trial in (True, False):
        path.write_bytes(build_card(person("中央系统"), name="中央系统", employer="示例", trial=trial, created_at=AT))
        if trial:
            assert recipient_card(office, path).key == person("中央系统").public
        else:
            assert refusal(lambda: recipient_card(office, path)) == "E-PACKAGE-CARD"


def test_a_stranger_cannot_open_it(office: Office, tmp_path: Path) -> None:
    made = hand_over(office, tmp_path)
    assert refusal(lambda: unseal(made.path.read_bytes(), person("E01"), max_size=1 << 24)) == "E-AGE-KEY"


def test_whatever_is_changed_in_it_is_found(office: Office, tmp_path: Path) -> None:
    made = hand_over(office, tmp_path)
    members = box(made.path.read_bytes())
    other = tmp_path / "other.zip.age"
    for name in (LINES, SCHEMA, BOOK):
        other.write_bytes(packed({**members, name: members[name] + b" "}))
        assert refusal(lambda: check(office, other)) == "E-PACKAGE-DAMAGED"
    other.write_bytes(packed({name: members[name] for name in (MANIFEST, LINES, SCHEMA)}))
    assert refusal(lambda: check(office, other)) == "E-PACKAGE-DAMAGED"
    other.write_bytes(seal(b"no zip", [person("组织方").public]))
    assert refusal(lambda: check(office, other)) == "E-PACKAGE-DAMAGED"
    data = bytearray(made.path.read_bytes())
    data[len(data) // 2] ^= 1
    other.write_bytes(data)
    assert refusal(lambda: check(office, other)) == "E-AGE-BROKEN"
    signed = json.loads(members[MANIFEST])
    signed["signatures"] = []
    other.write_bytes(packed({**members, MANIFEST: json.dumps(signed).encode()}))
    assert refusal(lambda: check(office, other)).startswith("E-")


def test_a_full_disk_or_a_cancel_leaves_nothing(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    small = tmp_path / "small"
    small.write_bytes(bytes(50_000_000 // 50_000))
    hand_over(office, tmp_path / "before.zip.age")
    with a_disk() as disk:
        disk.fill(small)
        assert refusal(lambda: hand_over(office, out)) == "E-STORE-FULL"
        disk.free()
    token = CancelToken()
    with pytest.raises(Cancelled):
        hand_over(office, out, progress=lambda *_: token.cancel(), cancel=token)
    assert list(out.iterdir()) == []


def test_nothing_of_it_is_ever_in_a_file_unsealed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    made = hand_over(office, tmp_path / "x.zip.age")
    assert list(scratch.iterdir()) == []
    assert made.path.stat().st_mode & 0o077 == 0
