"""Every file a review writes: none may hold a name, a secret, a score's reason or a document's text in the clear."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import EvidenceLink
from ndb_desktop.services.review import ReviewSession
from tests.support.review import (
    NAMES,
    PLAN_WORDS,
    REASON,
    REPORT_WORDS,
    complete,
    make_bundle,
    open_session,
)
from tests.support.travel import person


def spellings(words: str) -> set[bytes]:
    """A text as it could lie in a file."""
    return {words.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}


def watched(folders: list[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_nothing_confidential_lies_in_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_bundle(tmp_path / "bundle")
    folders = [tmp_path / name for name in ("profile", "temp", "here", "home", "out")]
    for folder in folders:
        folder.mkdir()
    profile, temp, here, home, out = folders
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    for name in ("TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(temp))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    words = {
        made.secret,
        made.secret.replace("-", ""),
        REASON,
        "私下的笔记",
        "总体意见",
        "保密标记ZQX",
        "陈评审",
        *NAMES,
    }
    secrets = {form for word in words for form in spellings(word)}
    secrets |= {REPORT_WORDS.encode(), PLAN_WORDS.encode(), b"demonstration base", "链主企业".encode()}
    seen: dict[str, set[str]] = {}

    def look(moment: str) -> None:
        for path, content in watched([*folders, made.path.parent]).items():
            seen.setdefault(moment, set()).add(path.name)
            found = [secret for secret in secrets if secret in content]
            assert not found, (moment, path, found)
            if path.is_relative_to(profile):
                assert os.name == "nt" or path.stat().st_mode & 0o077 == 0, (moment, path)

    with open_session(made, profile) as session:
        look("opened")
        _work(session, made.ids)
        look("scored")
        session.export(person("expert"), out)
        look("exported")
        session.start_revision("更正")
        session.set_opinion(made.ids[0], "总体意见二")
        look("revised")
    look("closed")
    assert "att-0000.db" in seen["scored"], "the copies were there while it was looked"
    closed = {str(path.relative_to(tmp_path)) for path in watched(folders)}
    exported = next(out.iterdir()).name
    assert closed == {
        f"out/{exported}",
        f"profile/worksheets/{made.written.bundle_id}.ndbwork",
        "profile/issuers.json",
    }, "a closed review leaves the worksheet, the pins and the score file, and nothing else"


def _work(session: ReviewSession, ids: tuple[str, ...]) -> None:
    complete(session)
    for app in ids:
        for document in session.documents(app):
            assert session.read_document(app, document.id)
        assert session.search(app, "链主企业")
        session.set_note(app, "私下的笔记")
        session.set_opinion(app, "总体意见")
        item = session.item(app).pack.items[0].id
        session.put_evidence(app, EvidenceLink("e1", item, "D2", 1, (0, 0, 9, 9), "链主企业"))
    session.undo()
    session.redo()
