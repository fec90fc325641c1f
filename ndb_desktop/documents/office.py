"""Word and Excel files become PDFs at import, by the LibreOffice of the coordinator's machine (转换为 PDF).

Experts never meet an office file: they could not open it without another program, and it may do things. Before
LibreOffice sees one, the container is checked: macros, content to be fetched from elsewhere and bombs are refused.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from ndb_desktop.documents import port
from ndb_desktop.domain.errors import NdbError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE = {".docx": DOCX, ".xlsx": XLSX}
"""Kinds that are converted. Older kinds (.doc, .xls, .wps) cannot be told from their macro-carrying selves."""

TIME_LIMIT = 120.0
"""Seconds one conversion may take."""
MAX_MEMBERS = 5_000
MAX_UNFOLDED = 400 * 1024 * 1024
MAX_RELATIONS = 8 * 1024 * 1024
_POLL = 0.1
_PLACES = (
    "/usr/bin/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
_ACTIVE = re.compile(r"vbaproject|macrosheets/|activex/|vbadata", re.IGNORECASE)
_MAIN = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
# A hyperlink is only text until somebody clicks it; every other external relation would be fetched while converting.
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.DOTALL)
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']\s*External", re.IGNORECASE)
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
# Fields and formulas that fetch; only where they are instructions, for the same letters may stand in a sentence.
_FETCHING_FIELD = re.compile(
    rb"(?:instrText[^<>]*>|\binstr\s*=\s*[\"'])[^<>\"']{0,100}?\b(?:INCLUDEPICTURE|INCLUDETEXT|DDEAUTO|DDE)\b"
    rb"|<f\b[^<>]*>[^<]{0,200}?\bWEBSERVICE\s*\(",
    re.IGNORECASE,
)
_OVERLAP = 512

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link"
 oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"
 oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def find_soffice() -> Path | None:
    """LibreOffice's program on this machine, or None."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    places = [found] if found else []
    return next((Path(place) for place in (*places, *_PLACES) if Path(place).is_file()), None)


def check_office(data: bytes, name: str, mime: str) -> None:
    """Looks into an office file without unfolding more than it must.

    Raises:
        NdbError: E-DOC-MACRO, E-DOC-LINKED (would fetch content from elsewhere), E-DOC-CORRUPT, E-DOC-UNFOLDS.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            members = box.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNFOLDED:
                raise NdbError("E-DOC-UNFOLDS", place=name)
            if any(_ACTIVE.search(member.filename) for member in members):
                raise NdbError("E-DOC-MACRO", place=name)
            if _MAIN[mime] not in {member.filename for member in members}:
                raise NdbError("E-DOC-CORRUPT", place=name)
            for member in members:
                _check_member(box, member, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise NdbError("E-DOC-CORRUPT", place=name) from None


def _check_member(box: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    relations, content = member.filename.endswith(".rels"), member.filename.endswith(".xml")
    if not relations and not content:
        return
    if relations and member.file_size > MAX_RELATIONS:
        raise NdbError("E-DOC-UNFOLDS", place=name)
    tail = b""
    left = MAX_UNFOLDED
    with box.open(member) as stream:
        while piece := stream.read(1024 * 1024):
            left -= len(piece)
            if left < 0:
                raise NdbError("E-DOC-UNFOLDS", place=name)
            seen = tail + piece
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise NdbError("E-DOC-CORRUPT", place=name)
            if content and _FETCHING_FIELD.search(seen):
                raise NdbError("E-DOC-LINKED", place=name)
            # Relations are small and looked at whole; of content only a field may lie across two pieces.
            tail = seen if relations else seen[-_OVERLAP:]
    if relations:
        for relation in _RELATION.findall(tail):
            if _EXTERNAL.search(relation) and not _HYPERLINK.search(relation):
                raise NdbError("E-DOC-LINKED", place=name)


def convert_to_pdf(data: bytes, name: str, mime: str, *, check: Callable[[], None] = lambda: None) -> bytes:
    """The PDF that LibreOffice makes of an office file; `check` is asked now and then and may raise.

    Raises:
        NdbError: as `check_office`; E-DOC-OFFICE (no LibreOffice here), E-DOC-CONVERT (it made nothing of it),
            E-DOC-SLOW, E-DOC-SIZE.
    """
    check_office(data, name, mime)
    program = find_soffice()
    if program is None:
        raise NdbError("E-DOC-OFFICE", place=name)
    with tempfile.TemporaryDirectory(prefix="ndb-", dir=_memory_folder()) as scratch:
        folder = Path(scratch)
        source = folder / ("source.docx" if mime == DOCX else "source.xlsx")
        source.write_bytes(data)
        _run(_command(program, folder, source), folder, name, check)
        made = folder / "out" / "source.pdf"
        if not made.is_file():
            raise NdbError("E-DOC-CONVERT", place=name)
        if made.stat().st_size > port.MAX_DOCUMENT:
            megabyte = 1024 * 1024
            size, limit = -(-made.stat().st_size // megabyte), port.MAX_DOCUMENT // megabyte
            raise NdbError("E-DOC-SIZE", place=name, size=size, limit=limit)
        return made.read_bytes()


def _memory_folder() -> str | None:
    """A folder that never reaches a disk, where the system has one: the file is readable while it is converted."""
    shared = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it, readable by this user alone)
    return str(shared) if sys.platform == "linux" and os.access(shared, os.W_OK) else None


def _command(program: Path, folder: Path, source: Path) -> list[str]:
    profile = folder / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_SETTINGS, "utf-8")
    return [
        str(program), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo",
        "--nodefault", "--nofirststartwizard", "--nolockcheck", "--convert-to", "pdf", "--outdir",
        str(folder / "out"), str(source),
    ]  # fmt: skip


def _run(command: list[str], folder: Path, name: str, check: Callable[[], None]) -> None:
    """Runs LibreOffice in a process group of its own, which ends with the time limit or when `check` raises."""
    keep = ("PATH", "SYSTEMROOT", "WINDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PROGRAMFILES", "USERPROFILE")
    environment = {key: os.environ[key] for key in keep if key in os.environ}
    # Nothing may be fetched: whatever still asks for an address meets a port where nobody listens.
    environment |= {"HOME": str(folder), "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    environment |= dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), "http://127.0.0.1:9")
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        creationflags=0x08000000 if sys.platform == "win32" else 0,  # CREATE_NO_WINDOW
    )  # fmt: skip
    end = time.monotonic() + TIME_LIMIT
    try:
        while True:
            try:
                process.wait(_POLL)
                return
            except subprocess.TimeoutExpired:
                check()
                if time.monotonic() > end:
                    raise NdbError("E-DOC-SLOW", place=name, seconds=f"{TIME_LIMIT:g}") from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends LibreOffice and what it started; `soffice` is often only the starter of another process."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.wait()
