"""Word and Excel files: converted by a real LibreOffice, refused when they carry or fetch something."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from ndb_desktop.documents import office
from ndb_desktop.documents.inspect import inspect_document
from ndb_desktop.documents.office import DOCX, XLSX, check_office, convert_to_pdf
from ndb_desktop.documents.sniff import PDF
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.tasks import Cancelled
from tests.support.office_files import docx, page_break, relations, xlsx

WORDS = "示例园区研发投入强度为3.1%，𠮷字也在。"


def outside(kind: str, target: str) -> dict[str, str | bytes]:
    """Relations with one thing that lies outside the file."""
    return {"word/_rels/document.xml.rels": relations((kind, target, True))}


def code_of(data: bytes, mime: str = DOCX, name: str = "方案.docx") -> str:
    try:
        check_office(data, name, mime)
    except NdbError as error:
        return error.code
    return ""


def test_word_and_excel_become_pdfs_with_their_words_and_pages() -> None:
    with RenderWorker() as worker:
        made = convert_to_pdf(docx(WORDS, body=page_break() + "<w:p/>"), "方案.docx", DOCX)
        facts = inspect_document(worker, made, PDF)
        assert facts.pages == 2
        assert "研发投入强度为3.1%" in facts.texts[0].replace("\n", "").replace(" ", "")
        made = convert_to_pdf(xlsx(("指标", "数值"), ("研发强度", "3.1")), "数据.xlsx", XLSX)
        # Without a Chinese font the writing of a cell is wider than the cell, and is broken.
        assert "研发强度" in "".join(inspect_document(worker, made, PDF).texts).replace("\n", "")


def test_nothing_of_a_conversion_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_memory_folder", lambda: str(tmp_path))
    convert_to_pdf(docx(WORDS), "方案.docx", DOCX)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "never.docx").write_bytes(b"")
    with pytest.raises(NdbError) as caught:
        convert_to_pdf(docx(WORDS, extra={"word/document.xml": "<not xml"}), "方案.docx", DOCX)
    assert caught.value.code == "E-DOC-CONVERT"
    assert [path.name for path in tmp_path.iterdir()] == ["never.docx"]


def test_without_libreoffice_the_file_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(office, "_PLACES", ())
    with pytest.raises(NdbError) as caught:
        convert_to_pdf(docx(WORDS), "方案.docx", DOCX)
    assert caught.value.code == "E-DOC-OFFICE"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (docx("DDE 与 INCLUDEPICTURE 是字段名。"), ""),
        (docx("一", extra=outside("hyperlink", "https://a.example/")), ""),
        (docx("一", extra=outside("image", "http://a.example/x.png")), "E-DOC-LINKED"),
        (docx("一", extra=outside("attachedTemplate", "file:///x.dot")), "E-DOC-LINKED"),
        (docx("一", body='<w:p><w:fldSimple w:instr=" INCLUDEPICTURE &quot;x&quot; "/></w:p>'), "E-DOC-LINKED"),
        (docx("一", body="<w:p><w:r><w:instrText>DDEAUTO cmd</w:instrText></w:r></w:p>"), "E-DOC-LINKED"),
        (docx("一" * 2_000_000, body="<w:p><w:r><w:instrText>DDE cmd</w:instrText></w:r></w:p>"), "E-DOC-LINKED"),
        (docx("一", extra={"word/vbaProject.bin": b"x"}), "E-DOC-MACRO"),
        (docx("一", extra={"word/activeX/activeX1.xml": "<a/>"}), "E-DOC-MACRO"),
        (docx("一", extra={"word/styles.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "E-DOC-CORRUPT"),
        (docx("一", extra={f"x/{n}": b"" for n in range(office.MAX_MEMBERS)}), "E-DOC-UNFOLDS"),
        (docx("一", extra={"x/_rels/a.rels": " " * (office.MAX_RELATIONS + 1)}), "E-DOC-UNFOLDS"),
        (xlsx(("一",)), "E-DOC-CORRUPT"),
        (docx("一")[:-30], "E-DOC-CORRUPT"),
        (b"PK\x03\x04" + bytes(100), "E-DOC-CORRUPT"),
    ],
)  # fmt: skip
def test_what_a_word_file_may_hold(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_a_formula_that_fetches_is_refused() -> None:
    assert code_of(xlsx(("一",), formula='WEBSERVICE("http://a.example/")'), XLSX, "数据.xlsx") == "E-DOC-LINKED"
    assert code_of(xlsx(("WEBSERVICE(",), formula="SUM(1,2)"), XLSX, "数据.xlsx") == ""


def test_every_flipped_byte_is_refused_or_harmless() -> None:
    whole = docx(WORDS)
    codes = {code_of(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]) for at in range(0, len(whole), 7)}
    assert codes <= {"", "E-DOC-CORRUPT", "E-DOC-UNFOLDS", "E-DOC-LINKED", "E-DOC-MACRO"}
    assert "E-DOC-CORRUPT" in codes


def test_a_conversion_that_hangs_ends_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = tmp_path / "pids"
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! $$ > {pids}\nwait\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(office, "TIME_LIMIT", 0.5)
    with pytest.raises(NdbError) as caught:
        convert_to_pdf(docx(WORDS), "方案.docx", DOCX)
    assert caught.value.code == "E-DOC-SLOW"
    # Killed at once; gone when the system has taken note, which on a loaded machine is a moment later.
    last = time.monotonic() + 10
    while (running := [pid for pid in pids.read_text().split() if alive(int(pid))]) and time.monotonic() < last:
        time.sleep(0.02)
    assert running == []


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_cancelling_ends_a_conversion() -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        convert_to_pdf(docx(WORDS), "方案.docx", DOCX, check=check)
