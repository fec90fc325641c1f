"""Coming in: all or nothing, every fault by line, documents encrypted once, cards matched to people."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.domain.codes import check_character
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.card import build_card
from ndb_desktop.services.identity import read_card
from ndb_desktop.services.intake import ImportReport, import_applications, import_conflicts, import_experts
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey
from tests.support.documents import jpeg, png, text_page
from tests.support.office import issue, make_office, use_tiny
from tests.support.travel import AT, person, refusal, tiny_application

CODE = "914403001922038216"
OTHER_CODE = "91350100M000100Y43"
DOCUMENTS = [f"documents/A-00{number}/{name}" for number in (1, 2) for name in ("申报书.pdf", "照片.png")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    yield office
    assert office.verify_log().ok
    office.close()


def line(number: int, **changes: Any) -> dict[str, Any]:
    """An application as the central system writes it: documents with id, name and title only."""
    application = dataclasses.replace(tiny_application(number), credit_code=OTHER_CODE if number == 2 else CODE)
    value: dict[str, Any] = json.loads(application_to_json(application))
    value["documents"] = [
        {"id": "D1", "name": "申报书.pdf", "title": "申报书"},
        {"id": "D2", "name": "照片.png", "title": "园区照片"},
    ]
    return value | changes


def handover(
    folder: Path, lines: list[dict[str, Any] | str] | None = None, files: dict[str, bytes] | None = None
) -> Path:
    """A folder with two sound applications, unless told otherwise."""
    lines = [line(1), line(2)] if lines is None else lines
    text = "".join((x if isinstance(x, str) else json.dumps(x, ensure_ascii=False)) + "\n" for x in lines)
    content: dict[str, bytes] = {"applications.jsonl": text.encode()}
    for number in (1, 2):
        content[f"documents/A-{number:03d}/申报书.pdf"] = text_page(f"battery {number}")
        content[f"documents/A-{number:03d}/照片.png"] = png(8, 6)
    for name, data in (content | (files or {})).items():
        if data == b"REMOVE":
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def codes(report: ImportReport) -> list[str]:
    return [fault.code for fault in report.faults]


def leftovers(office: Office) -> list[str]:
    return sorted(path.name for path in (office.folder / "attachments").iterdir())


def test_a_folder_comes_in_with_facts_found_and_documents_encrypted(office: Office, tmp_path: Path) -> None:
    report = import_applications(office, handover(tmp_path / "in"))
    assert report.ok
    assert report.accepted == ("A-001", "A-002")
    assert not report.warnings
    document = office.application("A-001").documents[0]
    assert (document.mime, document.pages, len(document.sha256)) == ("application/pdf", 1, 64)
    assert office.application("A-001").documents[1].mime == "image/png"
    ref = office.attachments("A-001")
    assert ref.size == ref.path.stat().st_size
    assert b"battery" not in ref.path.read_bytes()
    with DocumentStore(ref.path, RawKey(ref.key)) as store:
        assert store.read("D1", sha256=document.sha256) == text_page("battery 1")
        assert [hit.page for hit in store.search("battery")] == [1]
        assert [d.name for d in store.documents()] == ["申报书.pdf", "照片.png"]
    assert office.attachments("A-002").key != ref.key
    assert len(leftovers(office)) == 2


def test_a_zip_comes_in_the_same(office: Office, tmp_path: Path) -> None:
    folder = handover(tmp_path / "in")
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    assert import_applications(office, path).accepted == ("A-001", "A-002")
    assert import_applications(office, folder).unchanged == ("A-001", "A-002")


def test_a_dry_run_leaves_nothing(office: Office, tmp_path: Path) -> None:
    report = import_applications(office, handover(tmp_path / "in"), dry_run=True)
    assert report.accepted == ("A-001", "A-002")
    assert report.dry_run
    assert office.applications() == ()
    assert leftovers(office) == []


def test_importing_again_says_what_changed(office: Office, tmp_path: Path) -> None:
    folder = handover(tmp_path / "in")
    import_applications(office, folder)
    old = office.attachments("A-002")
    assert import_applications(office, folder).unchanged == ("A-001", "A-002")
    assert office.attachments("A-002") == old
    handover(folder, files={"documents/A-002/照片.png": png(9, 9)})
    report = import_applications(office, folder)
    assert (report.accepted, report.replaced, report.unchanged) == (("A-002",), ("A-002",), ("A-001",))
    assert office.attachments("A-002").path != old.path
    assert not old.path.exists()
    assert len(leftovers(office)) == 2


def test_what_experts_hold_no_longer_changes(office: Office, tmp_path: Path) -> None:
    folder = handover(tmp_path / "in")
    import_applications(office, folder)
    import_experts(office, roster(tmp_path))
    issue(office, "E01", ["A-002"])
    changed = handover(folder, lines=[line(1, summary="新"), line(2, summary="新")])
    report = import_applications(office, changed)
    assert codes(report) == ["E-IMPORT-ISSUED"]
    assert report.accepted == ()
    assert import_applications(office, changed, skip_bad=True).accepted == ("A-001",)
    assert office.application("A-002").summary == ""


BAD_LINES: list[tuple[dict[str, Any] | str, str]] = [
    ("{", "E-RECORD-JSON"),
    ("[1]", "E-RECORD-TYPE"),
    (line(2, surprise=1), "E-RECORD-UNKNOWN"),
    (line(2, id="../A"), "E-RECORD-VALUE"),
    (line(1), "E-IMPORT-TWICE"),
    (line(2, category="enterprise"), "E-IMPORT-CATEGORY"),
    (line(2, field="space"), "E-IMPORT-FIELD"),
    (line(2, credit_code="123"), "E-CREDIT-CODE"),
    (line(2, data={"zz": {"unit": "percent", "source": "audit", "values": {"2025": "1"}}}), "E-IMPORT-DATUM"),
    (line(2, data={"rd": {"unit": "yuan", "source": "audit", "values": {"2025": "1"}}}), "E-IMPORT-UNIT"),
    (line(2, data={"rd": {"unit": "percent", "source": "audit", "flag": True}}), "E-IMPORT-KIND"),
    (line(2, data={"rd": {"unit": "percent", "source": "audit", "values": {"2025": 1}}}), "E-RECORD-TYPE"),
    (line(2, data={"rd": {"unit": "percent", "source": "audit", "values": {"2025": "NaN"}}}), "E-NUMBER"),
    (line(2, data={"rd": {"unit": "percent", "source": "audit", "values": {"2024": "1"}}}), "E-IMPORT-YEARS"),
    (line(2, targets=[line(2)["targets"][0] | {"measure": "zz"}]), "E-IMPORT-MEASURE"),
    (line(2, targets=[line(2)["targets"][0] | {"indicator": "T9.9"}]), "E-IMPORT-INDICATOR"),
    (
        line(
            2,
            data={
                "rd": {
                    "unit": "percent", "source": "audit", "values": {"2025": "1"},
                    "evidence": [{"document": "D1", "page": 9}],
                }
            },
        ),
        "E-IMPORT-PAGE",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code"), BAD_LINES, ids=[code for _, code in BAD_LINES])
def test_a_bad_line_stops_everything_and_is_named(
    office: Office, tmp_path: Path, bad: dict[str, Any] | str, code: str
) -> None:
    if code == "E-IMPORT-PAGE":
        folder = handover(tmp_path / "in", lines=[line(1), bad])
    else:
        # Without documents no renderer has to start.
        lines = [line(1), bad]
        bare = [x | {"documents": []} if isinstance(x, dict) else x for x in lines]
        folder = handover(tmp_path / "in", lines=bare, files=dict.fromkeys(DOCUMENTS, b"REMOVE"))
    report = import_applications(office, folder)
    assert codes(report)[0] == code
    assert report.faults[0].place.startswith("applications.jsonl:2")
    assert report.accepted == ()
    assert office.applications() == ()
    assert leftovers(office) == []
    skipped = import_applications(office, folder, skip_bad=True)
    assert skipped.accepted == ("A-001",)
    assert skipped.skipped == ("applications.jsonl:2",)
    assert codes(skipped)[0] == code


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"documents/A-002/照片.png": b"REMOVE"}, "E-IMPORT-ABSENT"),
        ({"documents/A-002/more.txt": b"x"}, "E-IMPORT-UNLISTED"),
        ({"documents/A-002/申报书.pdf": b"MZ program"}, "E-DOC-EXECUTABLE"),
        ({"documents/A-002/申报书.pdf": b"%PDF-1.7 broken"}, "E-DOC-CORRUPT"),
        ({"documents/A-002/申报书.pdf": b""}, "E-DOC-EMPTY"),
        ({"documents/A-002/照片.png": b"\x1aE\xdf\xa3 video"}, "E-DOC-VIDEO"),
        ({"documents/A-009/x.txt": b"x"}, "E-IMPORT-ORPHAN"),
        ({"extra.exe": b"x"}, "E-HAND-STRAY"),
    ],
)
def test_a_bad_document_stops_everything_and_is_named(
    office: Office, tmp_path: Path, files: dict[str, bytes], code: str
) -> None:
    folder = handover(tmp_path / "in", files=files)
    report = import_applications(office, folder)
    assert codes(report) == [code]
    assert office.applications() == ()
    assert leftovers(office) == []
    refusal = office.log_rows()[-1]
    assert (refusal.action, refusal.details["code"]) == ("import.refused", code)
    assert office.verify_log().ok
    good = import_applications(office, folder, skip_bad=True).accepted
    assert good == (("A-001", "A-002") if code in ("E-IMPORT-ORPHAN", "E-HAND-STRAY") else ("A-001",))


def test_slides_are_refused_by_name(office: Office, tmp_path: Path) -> None:
    documents = [{"id": "D1", "name": "汇报.pptx", "title": "汇报"}]
    files = {"documents/A-001/汇报.pptx": b"PK\x03\x04"}
    folder = handover(tmp_path / "in", lines=[line(1, documents=documents)], files=files)
    (folder / "documents/A-001/申报书.pdf").unlink()
    (folder / "documents/A-001/照片.png").unlink()
    report = import_applications(office, folder)
    assert "E-DOC-SLIDES" in codes(report)


@pytest.mark.parametrize(
    ("field", "value", "code"), [("sha256", "0" * 64, "E-IMPORT-SHA256"), ("size", 5, "E-IMPORT-SIZE")]
)
def test_announced_facts_must_fit(office: Office, tmp_path: Path, field: str, value: object, code: str) -> None:
    documents = [line(1)["documents"][0] | {field: value}, line(1)["documents"][1]]
    report = import_applications(office, handover(tmp_path / "in", lines=[line(1, documents=documents), line(2)]))
    assert codes(report) == [code]


def test_warnings_do_not_stop_the_import(office: Office, tmp_path: Path) -> None:
    wrong = CODE[:-1] + "7"
    folder = handover(tmp_path / "in", lines=[line(1, credit_code=wrong, data={}), line(2)])
    report = import_applications(office, folder)
    assert report.ok
    assert [fault.code for fault in report.warnings] == ["E-IMPORT-DATA-MISSING", "E-IMPORT-CREDIT-CHECK"]
    assert len(report.accepted) == 2


def test_a_target_below_its_base_is_pointed_out_by_line(office: Office, tmp_path: Path) -> None:
    easy = line(2, targets=[line(2)["targets"][0] | {"target": "2"}])
    report = import_applications(office, handover(tmp_path / "in", lines=[line(1), easy]))
    assert report.accepted == ("A-001", "A-002")
    assert [(fault.place, fault.code) for fault in report.warnings] == [
        ("applications.jsonl:2: targets[0]", "E-IMPORT-TARGET-EASY")
    ]


def test_cancelling_leaves_nothing(office: Office, tmp_path: Path) -> None:
    token = CancelToken()

    def progress(done: int, _total: int, _what: str) -> None:
        if done == 1:
            token.cancel()

    with pytest.raises(Cancelled):
        import_applications(office, handover(tmp_path / "in"), progress=progress, cancel=token)
    assert leftovers(office) == []
    assert office.applications() == ()


ORPHANS = ["A-001.0123abcd.db", ".ndb-0123456789abcdef.part", ".ndb-0123456789abcdef.part-journal"]
NOT_OURS = ["A-001.db", "A-001.0123ABCD.db", "notes.txt", ".ndb-x.part"]


@pytest.mark.parametrize("at", ["import", "opening"])
def test_stores_of_a_killed_import_are_removed_and_on_record(office: Office, tmp_path: Path, at: str) -> None:
    folder = handover(tmp_path / "in")
    import_applications(office, folder)
    known = set(leftovers(office))
    for name in (*ORPHANS, *NOT_OURS):
        (office.folder / "attachments" / name).write_bytes(b"x")
    (office.folder / "attachments" / "folder.0123abcd.db").mkdir()
    if at == "import":
        assert import_applications(office, folder, dry_run=True).unchanged == ("A-001", "A-002")
        assert set(ORPHANS) < set(leftovers(office)), "a dry run changes nothing"
        assert import_applications(office, folder).unchanged == ("A-001", "A-002")
    else:
        open_office(office.folder, person("组织方"), clock=office.clock).close()
    assert set(leftovers(office)) == known | set(NOT_OURS) | {"folder.0123abcd.db"}
    (row,) = [row for row in office.log_rows() if row.action == "import.leftovers"]
    assert row.details == {"count": 3, "files": sorted(ORPHANS)}


def test_one_import_at_a_time_and_nobody_clears_what_it_makes(office: Office, tmp_path: Path) -> None:
    folder = handover(tmp_path / "in")
    told: list[str] = []

    def progress(done: int, _total: int, _what: str) -> None:
        if done == 1:
            other = use_tiny(open_office(office.folder, person("组织方"), clock=office.clock))
            told.append(refusal(lambda: import_applications(other, folder)))
            told.append(refusal(lambda: import_applications(other, folder, dry_run=True)))
            other.close()

    assert import_applications(office, folder, progress=progress).accepted == ("A-001", "A-002")
    assert told == ["E-IMPORT-BUSY", ""]
    assert all(office.attachments(name).path.is_file() for name in ("A-001", "A-002"))
    assert import_applications(office, folder).unchanged == ("A-001", "A-002")


def test_a_document_that_changes_while_it_is_read_is_refused(office: Office, tmp_path: Path) -> None:
    notes = [{"id": "D1", "name": "记录.txt", "title": "记录"}]
    # So many that the last is not read yet when the first is done.
    many = range(1, 21)
    files = dict.fromkeys(DOCUMENTS, b"REMOVE") | {f"documents/A-{n:03d}/记录.txt": b"short" for n in many}
    folder = handover(tmp_path / "in", lines=[line(n, documents=notes) for n in many], files=files)

    def progress(_done: int, _total: int, _what: str) -> None:
        (folder / "documents/A-020/记录.txt").write_bytes(b"somebody still writes to it")

    report = import_applications(office, folder, progress=progress)
    assert [(fault.place, fault.code) for fault in report.faults] == [
        ("applications.jsonl:20: documents[0]", "E-IMPORT-CHANGED")
    ]
    assert report.accepted == ()
    assert leftovers(office) == []


@pytest.mark.parametrize(
    ("credit_code", "warning"),
    [
        (CODE[:16] + "0" + check_character(CODE[:16] + "0"), "E-IMPORT-CREDIT-BODY"),
        ("51" + CODE[2:17] + check_character("51" + CODE[2:17]), "E-IMPORT-CREDIT-KIND"),
    ],
)
def test_an_odd_credit_code_asks_for_the_licence(
    office: Office, tmp_path: Path, credit_code: str, warning: str
) -> None:
    bare = line(1, credit_code=credit_code, documents=[])
    report = import_applications(
        office, handover(tmp_path / "in", lines=[bare], files=dict.fromkeys(DOCUMENTS, b"REMOVE"))
    )
    assert report.accepted == ("A-001",)
    assert [fault.code for fault in report.warnings] == [warning]


def test_an_empty_file_is_told(office: Office, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/applications.jsonl").write_bytes(b"\n\n")
    assert codes(import_applications(office, tmp_path / "in")) == ["E-IMPORT-EMPTY"]
    assert refusal(lambda: import_applications(office, tmp_path / "none")) == "E-HAND-MISSING"


def test_a_photo_keeps_its_bytes(office: Office, tmp_path: Path) -> None:
    photo = jpeg(16, 8, orientation=6)
    documents = [line(1)["documents"][0], {"id": "D2", "name": "照片.jpg", "title": "照片"}]
    files = {"documents/A-001/照片.png": b"REMOVE", "documents/A-001/照片.jpg": photo}
    import_applications(office, handover(tmp_path / "in", lines=[line(1, documents=documents), line(2)], files=files))
    ref = office.attachments("A-001")
    with DocumentStore(ref.path, RawKey(ref.key)) as store:
        assert store.read("D2") == photo


ROSTER = (
    "专家编号,姓名,单位,单位代码,省份,专家类别,类别,领域\n"
    "E01,张三,示例大学,,110000,领域,园区,ai\n"
    "E02,李四,示例所,,310000,财务,企业,nev\n"
    "E03,李四,另一所,,310000,财务,企业,nev\n"
)


def roster(folder: Path, text: str = ROSTER) -> Path:
    path = folder / "名册.csv"
    path.write_bytes(text.encode("gb18030"))
    return path


def card(folder: Path, file: str, name: str, *, who: str = "", employer: str = "", trial: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    data = build_card(person(who or file), name=name, employer=employer, trial=trial, created_at=AT)
    (folder / file).write_bytes(data)
    return folder


def test_a_roster_with_cards_gives_experts_and_unconfirmed_keys(office: Office, tmp_path: Path) -> None:
    cards = card(tmp_path / "cards", "E01.ndbcard", "张三")
    card(cards, "someone.ndbcard", "李四", employer="另一所")
    report = import_experts(office, roster(tmp_path), cards)
    assert (report.rows, report.keys, report.faults) == (3, 2, ())
    assert [expert.id for expert in office.experts()] == ["E01", "E02", "E03"]
    assert {key.expert: key.status for key in office.expert_keys()} == {"E01": "unconfirmed", "E03": "unconfirmed"}
    assert office.key_of("E01") == person("E01.ndbcard").public
    again = import_experts(office, roster(tmp_path), cards)
    assert (again.rows, again.keys) == (3, 0)
    assert read_card(cards / "E01.ndbcard").payload.name == "张三"


@pytest.mark.parametrize(
    ("file", "name", "trial", "code"),
    [
        ("E01.ndbcard", "李四", True, "E-CARD-NAME"),
        ("x.ndbcard", "王五", True, "E-CARD-NOBODY"),
        ("x.ndbcard", "李四", True, "E-CARD-NAMESAKE"),
        ("E01.ndbcard", "张三", False, "E-TRIAL-CARD"),
    ],
)
def test_a_card_that_fits_nobody_stops_the_import(
    office: Office, tmp_path: Path, file: str, name: str, trial: bool, code: str
) -> None:
    cards = card(tmp_path / "cards", file, name, trial=trial)
    report = import_experts(office, roster(tmp_path), cards)
    assert [fault.code for fault in report.faults] == [code]
    assert office.experts() == ()


def test_a_second_key_or_a_borrowed_one_is_refused(office: Office, tmp_path: Path) -> None:
    import_experts(office, roster(tmp_path), card(tmp_path / "a", "E01.ndbcard", "张三"))
    other = import_experts(office, roster(tmp_path), card(tmp_path / "b", "E01.ndbcard", "张三", who="new"))
    assert [fault.code for fault in other.faults] == ["E-CARD-OTHER"]
    borrowed = import_experts(office, roster(tmp_path), card(tmp_path / "c", "E02.ndbcard", "李四", who="E01.ndbcard"))
    assert [fault.code for fault in borrowed.faults] == ["E-CARD-TAKEN"]


def test_a_card_changed_after_signing_is_refused(office: Office, tmp_path: Path) -> None:
    cards = card(tmp_path / "cards", "E01.ndbcard", "张三")
    data = bytearray((cards / "E01.ndbcard").read_bytes())
    data[40] ^= 1
    (cards / "E01.ndbcard").write_bytes(bytes(data))
    assert len(import_experts(office, roster(tmp_path), cards).faults) == 1
    assert office.experts() == ()


def test_conflicts_come_in_whole_or_not(office: Office, tmp_path: Path) -> None:
    import_applications(office, handover(tmp_path / "in"))
    import_experts(office, roster(tmp_path))
    table = tmp_path / "回避.csv"
    table.write_text("专家编号,申报编号,回避情形,处理方式,说明\nE01,A-001,C4,回避,曾参与预审\n", encoding="utf-8-sig")
    assert import_conflicts(office, table).rows == 1
    assert import_conflicts(office, table).rows == 0
    table.write_text("专家编号,申报编号,回避情形,处理方式\nE01,A-002,C1,回避\nE09,A-001,C1,回避\n", encoding="utf-8")
    report = import_conflicts(office, table)
    assert [fault.code for fault in report.faults] == ["E-CONFLICT-EXPERT"]
    assert len(office.conflicts()) == 1
