"""Safety copies of a registry and the way back: whole or not at all, whatever happens to disk, program or file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.formats.copyfile import read_manifest
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.registry_copy import KEPT, RegistryCopy, back_up, chosen_folder, list_copies, registry_id
from ndb_desktop.services.registry_restore import check, look, restore
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.registry import Registry
from tests.support.office import Clock, make_office, make_score_file, put_application, scored_sheet, use_tiny
from tests.support.registries import give_documents
from tests.support.safety import a_disk
from tests.support.travel import person, refusal, tiny_application


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path / "office")
    give_documents(made)
    make_score_file(made, tmp_path / "in/E01.ndbscore", "E01", [scored_sheet("A-001"), scored_sheet("A-002")])
    merge_files(made, [tmp_path / "in"])
    yield made
    made.close()


@pytest.fixture
def copy(office: Office, tmp_path: Path) -> RegistryCopy:
    return back_up(office, tmp_path / "stick")


def bring_back(copy: Path, target: Path, name: str = "组织方") -> Office:
    return use_tiny(restore(copy, target, person(name), clock=Clock()))


def nothing_left(folder: Path) -> bool:
    return not [path for path in folder.iterdir() if path.name.startswith(".ndb-")]


def test_what_was_backed_up_comes_back_whole_and_says_so(office: Office, copy: RegistryCopy, tmp_path: Path) -> None:
    assert copy.path.name.startswith("TEST_T-2026_backup_20261122T")
    assert copy.damaged == ()
    assert not check(copy.path)
    logged = office.log_rows()[-1]
    assert (logged.action, logged.details["head"]) == ("backup", copy.head)
    again = bring_back(copy.path, tmp_path / "again")
    assert again.status().files == 1
    assert again.registry.derived_digests() == office.registry.derived_digests()
    for application in ("A-001", "A-002"):
        assert again.attachments(application).path.read_bytes() == office.attachments(application).path.read_bytes()
    assert again.verify_log().ok
    assert [row.action for row in again.log_rows()[copy.entries :]] == ["restored"]
    assert again.rebuild().equal
    again.close()
    assert not check(copy.path), "the copy itself is as it was"


def test_nothing_in_a_copy_can_be_read_without_a_key_or_by_others(copy: RegistryCopy) -> None:
    for path in (path for path in copy.path.rglob("*") if path.is_file()):
        assert path.stat().st_mode & 0o077 == 0, path.name
        if path.name != "copy.json":
            assert "示例".encode() not in path.read_bytes(), path.name


def test_the_recovery_key_brings_it_back_and_no_other_key_does(copy: RegistryCopy, tmp_path: Path) -> None:
    assert refusal(lambda: bring_back(copy.path, tmp_path / "x", "E01")) == "E-AGE-KEY"
    assert not (tmp_path / "x").exists()
    recovered = bring_back(copy.path, tmp_path / "y", "恢复")
    assert recovered.recovered
    recovered.close()


def test_a_copy_is_never_worked_in_and_nothing_is_ever_overwritten(copy: RegistryCopy, tmp_path: Path) -> None:
    assert refusal(lambda: open_office(copy.path, person("组织方"), clock=Clock())) == "E-COPY-OPEN"
    (tmp_path / "there").mkdir()
    assert refusal(lambda: bring_back(copy.path, tmp_path / "there")) == "E-STORE-EXISTS"
    assert refusal(lambda: bring_back(copy.path, copy.path / "inside")) == "E-COPY-INSIDE"
    assert refusal(lambda: bring_back(tmp_path / "there", tmp_path / "z")) == "E-COPY-NONE"


def test_no_copy_goes_into_the_registry_itself(office: Office) -> None:
    assert refusal(lambda: back_up(office, office.folder / "copies")) == "E-COPY-INSIDE"


def test_a_flipped_bit_and_a_file_cut_short_are_found_wherever_they_are(copy: RegistryCopy, tmp_path: Path) -> None:
    names = [row.path for row in read_manifest(copy.path).files]
    assert {"registry.db", "registry.key.age"} < set(names)
    for number, name in enumerate(names):
        path = copy.path / name
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 0x10
        for kind, damaged in (("bit", bytes(flipped)), ("cut", whole[:-1]), ("none", b"")):
            path.write_bytes(damaged)
            assert [fault.place for fault in check(copy.path)] == [name]
            target = tmp_path / f"{kind}-{number}"
            code = refusal(lambda target=target: bring_back(copy.path, target))
            # The key file is the first to be opened, and says in its own words that it is damaged.
            assert code == "E-COPY-DAMAGED" or (name == "registry.key.age" and code.startswith("E-AGE")), (name, code)
            assert not target.exists()
        path.unlink()
        assert [fault.code for fault in check(copy.path)] == ["E-STORE-MISSING"]
        path.write_bytes(whole)
    assert nothing_left(tmp_path)
    assert not check(copy.path)


def test_a_changed_registry_under_a_changed_manifest_is_still_found(copy: RegistryCopy, tmp_path: Path) -> None:
    """Whoever adapts the digests too meets the encryption, and whoever says another head meets the chain."""
    import hashlib

    manifest = copy.path / "copy.json"
    said = json.loads(manifest.read_bytes())
    registry = copy.path / "registry.db"
    whole = registry.read_bytes()
    changed = bytearray(whole)
    changed[-2000] ^= 1
    registry.write_bytes(changed)
    for row in said["files"]:
        if row["path"] == "registry.db":
            row["sha256"] = hashlib.sha256(changed).hexdigest()
    manifest.write_text(json.dumps(said), encoding="utf-8")
    assert not check(copy.path)
    assert refusal(lambda: bring_back(copy.path, tmp_path / "a")) in (
        "E-COPY-DAMAGED",
        "E-STORE-CORRUPT",
        "E-STORE-KEY",
    )
    registry.write_bytes(whole)
    for row in said["files"]:
        if row["path"] == "registry.db":
            row["sha256"] = hashlib.sha256(whole).hexdigest()
    said["entries"] -= 1
    manifest.write_text(json.dumps(said), encoding="utf-8")
    assert refusal(lambda: bring_back(copy.path, tmp_path / "b")) == "E-COPY-CHAIN"
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("path", "code"),
    [("../evil", "E-JSON-FIELD"), ("/etc/passwd", "E-JSON-FIELD"), ("attachments/../x", "E-JSON-FIELD")],
)
def test_a_manifest_leads_nowhere_else(copy: RegistryCopy, path: str, code: str) -> None:
    manifest = copy.path / "copy.json"
    said = json.loads(manifest.read_bytes())
    said["files"][0]["path"] = path
    manifest.write_text(json.dumps(said), encoding="utf-8")
    assert refusal(lambda: look(copy.path)) == code


def test_a_file_named_twice_is_refused(copy: RegistryCopy) -> None:
    manifest = copy.path / "copy.json"
    said = json.loads(manifest.read_bytes())
    said["files"].append(said["files"][0])
    manifest.write_text(json.dumps(said), encoding="utf-8")
    assert refusal(lambda: look(copy.path)) == "E-COPY-DAMAGED"


def test_ten_are_kept_and_unchanged_documents_are_written_once(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    made = [back_up(office, folder) for _ in range(KEPT + 2)]
    assert chosen_folder(office) == folder
    kept = list_copies(folder, registry_id(office.folder))
    assert [one.path for one in kept] == [one.path for one in reversed(made[2:])]
    stores = [next((one.path / "attachments").glob("A-001*")) for one in kept]
    assert len({path.stat().st_ino for path in stores}) == 1
    # Removing the older ones took nothing from those that are left.
    assert not check(kept[0].path)


def test_a_store_damaged_in_an_earlier_copy_is_written_anew(office: Office, copy: RegistryCopy) -> None:
    store = next((copy.path / "attachments").glob("A-001*"))
    store.write_bytes(bytes(reversed(store.read_bytes())))
    later = back_up(office, copy.path.parent)
    assert [fault.code for fault in check(copy.path)] == ["E-COPY-DAMAGED"]
    assert not check(later.path)


def test_another_registrys_copies_are_left_alone(office: Office, tmp_path: Path) -> None:
    other = make_office(tmp_path / "other")
    theirs = back_up(other, tmp_path / "stick")
    other.close()
    for _ in range(KEPT + 1):
        back_up(office, tmp_path / "stick")
    assert theirs.path in {one.path for one in list_copies(tmp_path / "stick")}
    assert theirs.path not in {one.path for one in list_copies(tmp_path / "stick", registry_id(office.folder))}


def test_documents_missing_or_altered_in_the_registry_are_told_and_all_else_is_saved(
    office: Office, tmp_path: Path
) -> None:
    first, second = (office.attachments(name).path for name in ("A-001", "A-002"))
    first.unlink()
    second.write_bytes(b"something else")
    made = back_up(office, tmp_path / "stick")
    assert made.damaged == (first.name, second.name)
    again = bring_back(made.path, tmp_path / "again")
    assert again.status().files == 1
    again.close()


def test_a_page_written_wrong_is_found_at_once_and_the_copy_not_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever page of the registry a bad disk spoils, also those that opening it never reads."""
    backup, page, said = Registry.backup, 4096, set()
    pages = (office.folder / "registry.db").stat().st_size // page
    spoiled = [0]

    def bad_disk(registry: Registry, target: Path, *more: Any) -> None:
        backup(registry, target, *more)
        content = bytearray(target.read_bytes())
        content[min(spoiled[0] * page + 2000, len(content) - 100)] ^= 1
        target.write_bytes(content)

    monkeypatch.setattr(Registry, "backup", bad_disk)
    for number in range(1, pages, max(1, pages // 12)):
        spoiled[0] = number
        said.add(refusal(lambda: back_up(office, tmp_path / "stick")))
        assert list((tmp_path / "stick").iterdir()) == []
    assert said <= {"E-COPY-UNSOUND", "E-STORE-CORRUPT", "E-STORE-KEY"}
    assert "E-COPY-UNSOUND" in said


def test_a_full_disk_is_said_and_leaves_nothing(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    with a_disk() as disk:
        disk.fill(office.folder / "registry.key.age")
        assert refusal(lambda: back_up(office, folder)) == "E-STORE-FULL"
        disk.free()
        assert list(folder.iterdir()) == []
        copy = back_up(office, folder)
        disk.fill(office.folder / "registry.key.age")
        assert refusal(lambda: bring_back(copy.path, tmp_path / "again")) == "E-STORE-FULL"
        disk.free()
    assert not (tmp_path / "again").exists()
    assert nothing_left(tmp_path)
    assert office.verify_log().ok


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_cancel_leaves_nothing(office: Office, copy: RegistryCopy, tmp_path: Path, at: int) -> None:
    def stop_at(token: CancelToken) -> object:
        seen = []

        def progress(_done: int, _total: int, what: str) -> None:
            seen.append(what)
            if len(seen) == at:
                token.cancel()

        return progress

    token = CancelToken()
    with pytest.raises(Cancelled):
        back_up(office, tmp_path / "other", progress=stop_at(token), cancel=token)  # type: ignore[arg-type]
    assert list((tmp_path / "other").iterdir()) == []
    token = CancelToken()
    with pytest.raises(Cancelled):
        restore(
            copy.path,
            tmp_path / "again",
            person("组织方"),
            clock=Clock(),
            progress=stop_at(token),
            cancel=token,  # type: ignore[arg-type]
        )
    assert not (tmp_path / "again").exists()
    assert nothing_left(tmp_path)


def test_what_is_written_while_it_runs_is_in_none_or_whole(office: Office, tmp_path: Path) -> None:
    """The copy is of one moment: an application that comes while documents are copied is not half in it."""

    def meanwhile(_done: int, total: int, _what: str) -> None:
        if total and "A-009" not in office.registry.application_digests():
            put_application(office, tiny_application(9))

    made = back_up(office, tmp_path / "stick", progress=meanwhile)
    again = bring_back(made.path, tmp_path / "again")
    assert "A-009" in office.registry.application_digests()
    assert "A-009" not in again.registry.application_digests()
    again.close()


def test_a_kill_leaves_whole_copies_only(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.support.copy_kill", str(tmp_path), "6", "11"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    said = json.loads(found.stdout)
    assert said["kills"] == 6
