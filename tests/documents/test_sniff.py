from __future__ import annotations

import pytest

from ndb_desktop.documents.office import DOCX, XLSX
from ndb_desktop.documents.sniff import HEAD_BYTES, JPEG, PDF, PNG, TEXT, decode_text, sniff
from ndb_desktop.domain.errors import NdbError
from tests.support import documents as make


@pytest.mark.parametrize(
    ("head", "name", "mime"),
    [
        (make.text_page("x"), "申报书.pdf", PDF),
        (b"\xef\xbb\xbf\n%PDF-1.4", "a.pdf", PDF),
        (make.png(2, 2), "图.png", PNG),
        (make.jpeg(8, 8), "照片.JPG", JPEG),
        (make.png(2, 2), "wrong-name.jpg", PNG),
        ("说明：无".encode(), "说明.txt", TEXT),
        ("说明：无".encode("gb18030"), "说明.TXT", TEXT),
        (("示" * 3000).encode()[:HEAD_BYTES], "long.txt", TEXT),
        (b"a,b\r\n1,2\r\n", "data.csv", TEXT),
        (b"PK\x03\x04", "方案.docx", DOCX),
        (b"PK\x03\x04", "数据.XLSX", XLSX),
    ],
)
def test_accepts_each_kind_by_content(head: bytes, name: str, mime: str) -> None:
    assert sniff(head[:HEAD_BYTES], name) == mime


@pytest.mark.parametrize(
    ("head", "name", "code"),
    [
        (b"", "a.pdf", "E-DOC-EMPTY"),
        (b"%PDF-1.7", "汇报.pptx", "E-DOC-SLIDES"),
        (b"PK\x03\x04....ppt/slides/slide1.xml", "汇报.pdf", "E-DOC-SLIDES"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "汇报.ppt", "E-DOC-SLIDES"),
        (b"\0\0\0\x18ftypmp42", "园区.pdf", "E-DOC-VIDEO"),
        (b"\0\0\0\x14ftypqt  ", "园区.txt", "E-DOC-VIDEO"),
        (b"RIFF\0\0\0\0AVI LIST", "a.jpg", "E-DOC-VIDEO"),
        (b"\x1aE\xdf\xa3\x01", "a", "E-DOC-VIDEO"),
        (b"%PDF-1.7", "a.MP4", "E-DOC-VIDEO"),
        (b"MZ\x90\0 %PDF-1.7", "申报书.pdf", "E-DOC-EXECUTABLE"),
        (b"\x7fELF\x02", "申报书.pdf", "E-DOC-EXECUTABLE"),
        (b"#!/bin/sh\n%PDF-", "申报书.pdf", "E-DOC-EXECUTABLE"),
        (b"%PDF-1.7", "申报书.pdf.exe", "E-DOC-EXECUTABLE"),
        (b"%PDF-1.7", "C:\\x\\a.bat", "E-DOC-EXECUTABLE"),
        (b"PK\x03\x04", "表.xlsm", "E-DOC-MACRO"),
        (b"PK\x03\x04 word/vbaProject.bin", "表.docx", "E-DOC-MACRO"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "表.doc", "E-DOC-MACRO"),
        (b"PK\x03\x04", "表.odt", "E-DOC-TYPE"),
        (b"PK\x05\x06", "表.docx", "E-DOC-TYPE"),
        (b"GIF89a", "a.gif", "E-DOC-TYPE"),
        (b"\0\0\0\x18ftypheic", "a.heic", "E-DOC-TYPE"),
        (b"<html>", "a.html", "E-DOC-TYPE"),
        (b"text\0with zero", "a.txt", "E-DOC-TYPE"),
        (b"\xff\xfea\0b\0", "utf16.txt", "E-DOC-TYPE"),
        (b"plain words", "noending", "E-DOC-TYPE"),
    ],
)
def test_refuses_the_rest_each_by_its_own_code(head: bytes, name: str, code: str) -> None:
    with pytest.raises(NdbError) as caught:
        sniff(head, name)
    assert caught.value.code == code
    assert caught.value.fault.place == name


def test_text_decoding_never_fails_and_knows_gb18030() -> None:
    assert decode_text("𠮷林".encode("gb18030")) == "𠮷林"
    assert decode_text(b"\xef\xbb\xbfabc") == "abc"
    assert decode_text("示范".encode()) == "示范"
    assert "\ufffd" in decode_text(b"\xff\xff\xff")
