"""现场检查归档: visits, cards, manifests, signed records and their photos, readable in thirty years without any key."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.crypto import envelope
from ndb_desktop.domain.siterecord import Photo, VetoFinding
from ndb_desktop.formats.archive_set import check_archive, volume_path
from ndb_desktop.formats.card import open_card
from ndb_desktop.formats.sitefile import PAYLOAD_TYPE, open_record
from ndb_desktop.services.archive import Archived, archive, preview
from ndb_desktop.services.inspectors import revoke_inspector
from ndb_desktop.services.office import Office
from ndb_desktop.services.site_findings import rows_of
from ndb_desktop.services.site_merge import merge_sites, site_path
from ndb_desktop.services.verify import verify_file
from ndb_desktop.services.visit_issue import issue_visit
from tests.support.archives import DAY, MANIFEST, manifest_of, members_of, put_together, signed_anew
from tests.support.travel import person, refusal
from tests.support.visits import TEAM, card_of, frozen, opened_copy, planned, verified, visited_office, with_inspectors

SPACE = "{urn:ndb:archive:1}"
SIZE = 600_000
"""Bytes of a photo, so that two do not fit into the smallest volume."""


def photo(number: int, size: int = SIZE) -> tuple[Photo, bytes]:
    data = b"\xff\xd8" + bytes([number]) * size
    facts = (len(data), "image/jpeg", f"现场 {number}.jpg", 8, 6)
    return Photo(f"P1-{number:02d}", hashlib.sha256(data).hexdigest(), *facts), data


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Two visits; of the first two revisions, the later merged first, of the second a bundle issued twice."""
    folder = tmp_path_factory.mktemp("visited")
    made = visited_office(folder / "registry")
    with_inspectors(made, folder / "cards", (*TEAM, "J03"))
    revoke_inspector(made, "J03", "示例：笔记本遗失")
    visit, other = planned(made), planned(made, "A-002", sample=1, seed="示例种子")
    bundle = issue_visit(made, visit.id, folder / "out")
    issue_visit(made, other.id, folder / "out")
    again = issue_visit(made, other.id, folder / "out", slip=True)
    veto = VetoFinding("X1-01", "V6", "台账与申报不符", "复印件", "申报单位说明")
    first = frozen(made, visit, bundle, folder / "in/1.ndbsite", verified("1.5"), photos=[photo(1), photo(2)])
    later = frozen(
        made, visit, bundle, folder / "in/2.ndbsite", verified("1.7"), veto, photos=[photo(2), photo(3)], revision=2,
        supersedes=first.digest,
    )  # fmt: skip
    second = frozen(made, other, again, folder / "in/3.ndbsite", verified("2.1"))
    for path in (later.path, second.path, first.path):
        assert merge_sites(made, [path], results=False).verdicts[0].fault is None
    yield made
    made.close()


@pytest.fixture(scope="module")
def filed(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Archived:
    return archive(office, tmp_path_factory.mktemp("filed"), filed_on=DAY, volume_bytes=1_000_000)


def of(kind: str, members: dict[str, bytes]) -> list[bytes]:
    return [data for name, data in members.items() if name.startswith(f"{kind}/")]


def test_everything_of_an_inspection_is_there_byte_for_byte(office: Office, filed: Archived) -> None:
    members = members_of(filed.path)
    assert sorted(of("record", members)) == sorted(row.envelope for row in office.registry.site_files())
    revisions = [open_record(data).payload.revision for data in of("record", members)]
    assert revisions == [1, 2, 1], "by visit and revision, whatever came first"
    assert of("card", members) == [card_of(name) for name in (*TEAM, "J03")]
    (checklist,) = of("checklist", members)
    visits = [json.loads(data) for data in of("visit", members)]
    assert [one["visit"]["id"] for one in visits] == ["S-001", "S-002"]
    assert {one["visit"]["pack"] for one in visits} == {hashlib.sha256(checklist).hexdigest()}
    assert [len(one["bundles"]) for one in visits] == [1, 2]
    assert visits[1]["plan"]["seed"] == "示例种子"
    issued = [envelope.peek(data, 1 << 22).payload for data in of("manifest", members)]
    assert [hashlib.sha256(one).hexdigest() for one in issued] == [
        one["digest"] for visit in visits for one in visit["bundles"]
    ]
    assert [data[:5] for data in of("recordview", members)] == [b"%PDF-"] * 3
    sealed = {row["payload"]: row["sha256"] for visit in visits for row in visit["records"]}
    assert sealed == {
        row.payload_sha256: hashlib.sha256(site_path(office, row.payload_sha256).read_bytes()).hexdigest()
        for row in office.registry.site_files()
    }, "what the sealed file was stays known"
    assert not check_archive(filed.path).faults


def test_no_secret_of_a_bundle_and_nothing_encrypted_goes_in(office: Office, filed: Archived) -> None:
    content = b"".join(path.read_bytes() for path in sorted(filed.path.parent.iterdir()))
    for bundle in office.registry.visit_bundles():
        assert bundle.opens.encode() not in content
    assert b"age-encryption.org" not in content


def test_retention_is_thirty_years_and_the_unit_may_override_it(
    office: Office, filed: Archived, tmp_path: Path
) -> None:
    found = {row["kind"]: row["retention"] for row in manifest_of(members_of(filed.path))["members"]}
    assert [found[kind] for kind in ("visit", "manifest", "record", "recordview")] == ["D30"] * 4
    assert (found["card"], found["checklist"]) == ("Y", "Y")
    assert {one.retention for one in filed.volumes if one.photos} == {"D30"}
    other = archive(office, tmp_path, filed_on=DAY, periods={"record": "Y", "photo": "Y"})
    found = {row["kind"]: row["retention"] for row in manifest_of(members_of(other.path))["members"]}
    assert (found["record"], found["visit"]) == ("Y", "D30")
    assert {one.retention for one in other.volumes if one.photos} == {"Y"}


def test_photos_lie_in_volumes_that_other_programs_can_check(office: Office, filed: Archived, tmp_path: Path) -> None:
    volumes = [one for one in filed.volumes if one.photos]
    assert [(one.photos, one.documents) for one in volumes] == [(1, 0)] * 3, "two do not fit into one volume"
    assert filed.photos == 3, "the second revision names one of the first again"
    assert preview(office, volume_bytes=1_000_000).photos == 3
    kept = {}
    for volume in volumes:
        folder = tmp_path / volume.path.stem
        subprocess.run(["unzip", "-tq", volume.path], check=True, capture_output=True)
        subprocess.run(["unzip", "-q", volume.path, "-d", folder], check=True, capture_output=True)
        subprocess.run(["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=folder, check=True, capture_output=True)
        (told,) = [one for one in ET.parse(folder / "metadata.xml").iter(SPACE + "file") if one.get("photo")]
        kept[told.get("original_name")] = (folder / str(told.get("name"))).read_bytes()
        assert (told.get("visit"), told.get("application")) == ("S-001", "A-001")
        shutil.rmtree(folder)
    assert kept == {one.name: data for one, data in map(photo, (1, 2, 3))}
    main = tmp_path / "main"
    subprocess.run(["unzip", "-q", filed.path, "-d", main], check=True, capture_output=True)
    subprocess.run(["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=main, check=True, capture_output=True)


def test_what_counts_follows_from_the_archives_files_alone(office: Office, filed: Archived) -> None:
    """Verified values as a rebuild makes them, from what a stranger finds in the archive."""
    members = members_of(filed.path)
    packs = {hashlib.sha256(raw).hexdigest(): raw for raw in of("checklist", members)}
    newest: dict[str, Any] = {}
    for data in of("record", members):
        opened = open_record(data)
        newest[opened.record.visit.id] = opened, rows_of(opened.record, packs[opened.record.visit.pack])
    counting = {one.visit: one for one in office.registry.current_sites()}
    assert {name: (opened.digest, rows) for name, (opened, rows) in newest.items()} == {
        name: (one.payload_sha256, (one.checks, one.vetoes)) for name, one in counting.items()
    }
    decided = {row["payload"]: row["decided"] for data in of("visit", members) for row in json.loads(data)["records"]}
    assert {one.payload_sha256: one.decided for one in counting.values()}.items() <= decided.items()
    assert [row.verified for row in counting["S-001"].checks] == ["1.7"]


def test_verifying_says_what_was_inspected(filed: Archived, office: Office, tmp_path: Path) -> None:
    chinese = "2 项检查任务、3 张检查员名片、3 份检查包签名清单，3 份检查记录签名有效", "3 张现场照片原件都在分卷中"
    english = "2 visits, 3 cards of inspectors, 3 signed manifests", "All 3 photos the inspection records name"
    for language, words in (("zh_CN", chinese), ("en", english)):
        said = "\n".join(verify_file(filed.path).lines(language))
        for one in words:
            assert one in said
    volume = next(one for one in filed.volumes if one.photos)
    assert "现场照片原件 1 张，保管期限 D30" in "\n".join(verify_file(volume.path).lines("zh_CN"))
    alone = archive(office, tmp_path / "x.ndbarchive", filed_on=DAY, documents=False)
    assert alone.photos == 0
    assert "3 张现场照片原件也不在其中" in "\n".join(verify_file(alone.path).lines("zh_CN"))
    assert checks_of(alone.path)["photos"] == ("0", "finding")
    assert checks_of(filed.path)["photos"] == ("3", "passed")
    assert checks_of(filed.path)["records"] == ("3", "passed")


def checks_of(path: Path) -> dict[str | None, tuple[str | None, str | None]]:
    root = ET.fromstring(members_of(path)["report.xml"])
    return {one.get("name"): (one.get("count"), one.get("result")) for one in root}


def test_photos_may_be_gone_when_their_thirty_years_are_over(office: Office, tmp_path: Path) -> None:
    made = archive(office, tmp_path, filed_on=date(1990, 11, 30))
    gone = next(one for one in made.volumes if one.photos)
    gone.path.unlink()
    assert not check_archive(made.path, today=DAY).faults
    said = "\n".join(verify_file(made.path).lines("zh_CN"))
    assert f"第 {made.volumes.index(gone) + 1} 卷（现场照片，保管期限 D30）不在此处，期限已满" in said
    assert [fault.code for fault in check_archive(made.path, today=date(2020, 12, 31)).faults] == ["E-ARCHIVE-VOLUME"]


def _stripped(members: dict[str, bytes]) -> None:
    signed = json.loads(members["record/000001.json"])
    signed["signatures"] = signed["signatures"][:1]
    members["record/000001.json"] = json.dumps(signed).encode()


def _other_team(members: dict[str, bytes]) -> None:
    visit = json.loads(members["visit/000001.json"])
    visit["visit"]["members"][1]["name"] = "另一人"
    members["visit/000001.json"] = json.dumps(visit, ensure_ascii=False).encode()


def _one_more_record(members: dict[str, bytes]) -> None:
    visit = json.loads(members["visit/000002.json"])
    visit["records"].append({**visit["records"][0], "payload": "0" * 64})
    members["visit/000002.json"] = json.dumps(visit, ensure_ascii=False).encode()


def _other_bundle(members: dict[str, bytes]) -> None:
    visit = json.loads(members["visit/000001.json"])
    visit["bundles"][0]["digest"] = "0" * 64
    members["visit/000001.json"] = json.dumps(visit, ensure_ascii=False).encode()


def _other_checklist(members: dict[str, bytes]) -> None:
    members["checklist/000001.json"] += b" "


def _never_issued(members: dict[str, bytes]) -> None:
    visit = json.loads(members["visit/000002.json"])
    del visit["bundles"][0]
    members["visit/000002.json"] = json.dumps(visit, ensure_ascii=False).encode()


def _unknown_field(members: dict[str, bytes]) -> None:
    visit = json.loads(members["visit/000001.json"])
    members["visit/000001.json"] = json.dumps({**visit, "secret": "x"}, ensure_ascii=False).encode()


def _edited(members: dict[str, bytes]) -> None:
    """Another figure under the same signatures."""
    payload = json.loads(envelope.peek(members["record/000001.json"], 1 << 24).payload)
    payload["parts"]["checks"][0]["verified"] = "9.9"
    changed = envelope.sign(json.dumps(payload, ensure_ascii=False).encode(), PAYLOAD_TYPE, [person("J01")])
    members["record/000001.json"] = changed


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (_stripped, "record/000001.json", "E-ARCHIVE-CHAIN"),
        (_edited, "record/000001.json", "E-ARCHIVE-CHAIN"),
        (_other_team, "record/000001.json", "E-ARCHIVE-CHAIN"),
        (_other_bundle, "record/000001.json", "E-ARCHIVE-CHAIN"),
        (_unknown_field, "visit/000001.json", "E-JSON-FIELD"),
    ],
)
def test_a_record_that_is_not_what_was_agreed_is_named_even_under_a_good_signature(
    filed: Archived, tmp_path: Path, change: Callable[[dict[str, bytes]], None], place: str, code: str
) -> None:
    """Who files could sign anything: the inspectors' own signatures and the visit say what is so."""
    members = members_of(filed.path)
    change(members)
    found = check_archive(put_together(tmp_path / "x.ndbarchive", signed_anew(members)))
    assert (code, place) in {(fault.code, fault.place.partition("/")[2]) for fault in found.faults}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (_one_more_record, "visit/000002.json"), (_other_checklist, "visit/000001.json"),
        (_never_issued, "manifest/000002.json"),
    ],
)  # fmt: skip
def test_members_that_do_not_belong_together_are_named(
    filed: Archived, tmp_path: Path, change: Callable[[dict[str, bytes]], None], name: str
) -> None:
    members = members_of(filed.path)
    change(members)
    put_together(tmp_path / "x.ndbarchive", signed_anew(members, lambda said: said.update(volumes=[], critical=[])))
    found = check_archive(tmp_path / "x.ndbarchive")
    assert ("E-ARCHIVE-CHAIN", name) in {(fault.code, fault.params.get("name")) for fault in found.faults}


def test_the_key_of_every_inspector_must_be_there(filed: Archived, tmp_path: Path) -> None:
    members = members_of(filed.path)
    mine = next(name for name, data in members.items() if data.startswith(person("J01").public.age_recipient.encode()))
    other = next(name for name, data in members.items() if name.startswith("key/") and name != mine)
    members[mine] = members[other]
    found = check_archive(put_together(tmp_path / "x.ndbarchive", signed_anew(members)))
    lacking = {fault.params["name"] for fault in found.faults if fault.code == "E-ARCHIVE-KEY"}
    assert {"card/000001.ndbcard", "record/000001.json"} <= lacking
    assert open_card(members["card/000001.ndbcard"]).key.keyid == person("J01").keyid


def test_a_photo_that_no_volume_holds_is_named(filed: Archived, tmp_path: Path) -> None:
    """The set is signed anew without it: only the record still knows."""
    for path in filed.path.parent.iterdir():
        shutil.copy(path, tmp_path / path.name)
    main = tmp_path / filed.path.name
    number = next(n for n, one in enumerate(filed.volumes, 1) if one.photos)
    volume = volume_path(main, number)
    inside = members_of(volume)
    del inside["photo/000001.jpg"]
    root = ET.fromstring(inside["metadata.xml"])
    files = root.find(SPACE + "files")
    assert files is not None
    files.remove(next(one for one in files if one.get("photo")))
    ET.register_namespace("", SPACE[1:-1])
    inside["metadata.xml"] = ET.tostring(root)
    anew = signed_anew(
        inside, lambda said: said.update(members=[row for row in said["members"] if row["kind"] != "photo"])
    )
    put_together(volume, anew)
    payload = envelope.peek(anew[MANIFEST], 1 << 24).payload

    def named(said: dict[str, Any]) -> None:
        said["volumes"][number - 1] |= {"size": volume.stat().st_size, "sha256": hashlib.sha256(payload).hexdigest()}

    put_together(main, signed_anew(members_of(main), named))
    assert [(fault.code, fault.params["visit"]) for fault in check_archive(main).faults] == [
        ("E-ARCHIVE-PHOTO", "S-001")
    ]


@pytest.mark.parametrize("wrong", ["gone", "other", "cut"])
def test_a_sealed_file_that_is_not_the_one_on_record_stops_it(office: Office, tmp_path: Path, wrong: str) -> None:
    copied = opened_copy(office.folder, tmp_path / "registry")
    rows = {row.revision: row for row in copied.registry.site_files() if row.visit == "S-001"}
    path = site_path(copied, rows[1].payload_sha256)
    if wrong == "gone":
        path.unlink()
    elif wrong == "other":
        shutil.copy(site_path(copied, rows[2].payload_sha256), path)
    else:
        path.write_bytes(path.read_bytes()[:-10])
    target = tmp_path / "x.ndbarchive"
    assert refusal(lambda: archive(copied, target, filed_on=DAY)) == "E-ARCHIVE-PHOTO-LOST"
    assert not list(tmp_path.glob("*.ndbarchive"))
    assert archive(copied, target, filed_on=DAY, documents=False).kinds["record"] == 3
    copied.close()


def test_a_record_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    made = visited_office(tmp_path / "registry", experts=0)
    with_inspectors(made, tmp_path / "cards")
    visit = planned(made)
    bundle = issue_visit(made, visit.id, tmp_path / "out")
    size = 4_000_000
    photos = [photo(number, size) for number in range(1, 7)]
    written = frozen(made, visit, bundle, tmp_path / "in/1.ndbsite", verified("1.5"), photos=photos)
    del photos
    assert merge_sites(made, [written.path], results=False).verdicts[0].verdict == "accepted"
    archive(made, tmp_path / "warm.ndbarchive", filed_on=DAY, documents=False)
    tracemalloc.start()
    filed = archive(made, tmp_path, filed_on=DAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert filed.photos == 6
    # One photo sealed, once opened, and what else filing needs: far below the 24 MB of the record.
    assert peak < 3.5 * size
    made.close()


def test_the_same_content_gives_the_same_bytes(office: Office, filed: Archived, tmp_path: Path) -> None:
    again = archive(office, tmp_path, filed_on=DAY, volume_bytes=1_000_000)
    assert again.path.read_bytes() == filed.path.read_bytes()
    assert [one.digest for one in again.volumes] == [one.digest for one in filed.volumes]
