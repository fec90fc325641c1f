"""What a document really is, from its first bytes and its name; slides, videos, programs, macros are refused (R07)."""

from __future__ import annotations

import codecs
from pathlib import PurePath

from ndb_desktop.documents.office import OFFICE
from ndb_desktop.domain.errors import NdbError

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
HEIC = "image/heic"
"""Only of photos an inspection takes, never of a document."""
MIMES = (PDF, PNG, JPEG, TEXT)
"""The only kinds of document that experts get to see; Word and Excel files become PDFs at import."""

HEAD_BYTES = 4096
"""How many first bytes `sniff` wants to see."""

_SLIDES = frozenset({".ppt", ".pptx", ".pps", ".ppsx", ".pot", ".potx", ".odp", ".otp", ".key", ".dps", ".dpt"})
_MACROS = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb", ".pptm", ".potm", ".ppsm", ".ppam", ".sldm"})
_VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".wmv", ".mkv", ".webm", ".flv", ".f4v", ".mpg", ".mpeg", ".mpe", ".3gp", ".3g2"}
    | {".rm", ".rmvb", ".asf", ".ts", ".m2ts", ".mts", ".vob", ".ogv", ".swf"}
)
_PROGRAMS = frozenset(
    {".exe", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".msi", ".msp"}
    | {".dll", ".sys", ".cpl", ".hta", ".jar", ".lnk", ".pif", ".reg", ".sh", ".bash", ".run", ".appimage", ".deb"}
    | {".rpm", ".apk", ".app", ".dmg", ".pkg", ".py", ".pl", ".rb", ".elf", ".so", ".desktop", ".url"}
)
_TEXTS = frozenset({".txt", ".csv", ".md"})

_PROGRAM_HEADS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
_VIDEO_HEADS = (
    b"\x1aE\xdf\xa3",
    b"FLV\x01",
    b"0&\xb2u\x8ef\xcf\x11",
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
    b".RMF",
    b"FWS",
    b"CWS",
    b"ZWS",
)
_OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def sniff(head: bytes, name: str) -> str:
    """The MIME type of a document from its first `HEAD_BYTES` bytes; the name can only make it worse.

    Raises `NdbError`: E-DOC-EMPTY, E-DOC-SLIDES, E-DOC-VIDEO, E-DOC-EXECUTABLE, E-DOC-MACRO, E-DOC-TYPE.
    """
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    if not head:
        raise NdbError("E-DOC-EMPTY", place=name)
    _refuse_by_name(suffix, name)
    _refuse_by_content(head, name)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if b"%PDF-" in head[:1024]:
        return PDF
    if suffix in _TEXTS and _is_text(head):
        return TEXT
    if suffix in OFFICE and head.startswith(b"PK\x03\x04"):
        return OFFICE[suffix]
    raise NdbError("E-DOC-TYPE", place=name, type=suffix.lstrip(".") or "?")


def decode_text(data: bytes) -> str:
    """A plain text document as a string: UTF-8 (with or without mark), else GB 18030; else U+FFFD."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _refuse_by_name(suffix: str, name: str) -> None:
    if suffix in _PROGRAMS:
        raise NdbError("E-DOC-EXECUTABLE", place=name)
    if suffix in _MACROS:
        raise NdbError("E-DOC-MACRO", place=name)
    if suffix in _SLIDES:
        raise NdbError("E-DOC-SLIDES", place=name)
    if suffix in _VIDEOS:
        raise NdbError("E-DOC-VIDEO", place=name)


def _refuse_by_content(head: bytes, name: str) -> None:
    if head.startswith(_PROGRAM_HEADS):
        raise NdbError("E-DOC-EXECUTABLE", place=name)
    if head.startswith(_VIDEO_HEADS) or (head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"AVIX")):
        raise NdbError("E-DOC-VIDEO", place=name)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") and head[8:12] not in _STILL_BRANDS:
        raise NdbError("E-DOC-VIDEO", place=name)
    if head.startswith(b"PK\x03\x04"):
        if b"vbaProject" in head:
            raise NdbError("E-DOC-MACRO", place=name)
        if b"ppt/" in head or b"opendocument.presentation" in head:
            raise NdbError("E-DOC-SLIDES", place=name)
    if head.startswith(_OLE_HEAD):
        # The old Office formats cannot be told from their macro-carrying selves without parsing them.
        raise NdbError("E-DOC-MACRO", place=name)


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    if any(byte < 32 and byte not in b"\t\n\r\x0c" for byte in head) or 127 in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            # Incremental: the head may end in the middle of a character.
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return True
    return False
