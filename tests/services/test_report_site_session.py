"""The PDF from the team's own working record: a draft, a frozen revision, and an edit after it are three things."""

from __future__ import annotations

import re
import subprocess
from decimal import Decimal
from pathlib import Path

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.siterecord import Check, Finding, Head
from ndb_desktop.formats.sitefile import SiteReader
from tests.support.photos import photo as draw
from tests.support.site import TEAM, make_site_bundle, open_site
from tests.support.travel import person


def read(path: Path) -> str:
    shown = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s+", "", shown)


def test_draft_frozen_revision_and_edit_since(tmp_path: Path) -> None:
    made, target, picture = make_site_bundle(tmp_path / "made"), tmp_path / "record.pdf", tmp_path / "a.jpg"
    picture.write_bytes(draw(64, 48))
    with RenderWorker() as worker, open_site(made, tmp_path / "profile") as session:
        session.declare()
        session.put_all([Head("福州市示例路 1 号"), Finding("F01", "minor", "设备标识不清")])
        session.put(Check("accidents", Decimal(0), methods=("original",)))
        session.add_photos([picture], about="finding:F01", worker=worker)
        printed = session.print_record(target, "zh_CN")
        text = read(target)
        assert printed.photos == 1
        for words in ("工作稿（未定稿）", "福州市示例路1号", "F01-1", "未授时", "未签名"):
            assert words in text, words
        for code, label in session.labels.items():
            if any(wanted.datum == code for wanted in made.visit.wanted):
                assert re.sub(r"\s", "", label.zh_CN) in text

        (tmp_path / "out").mkdir()
        frozen = session.freeze(person(TEAM[0]), tmp_path / "out", partial=True)
    # Opened again, the clock notes go on: below the digest stands what was signed, to the byte.
    with SiteReader(frozen.path, person(TEAM[0])) as reader:
        known = len(reader.record.clock)
    with open_site(made, tmp_path / "profile") as session:
        session.print_record(target, "zh_CN")
        before = target.read_bytes()
        assert len(session.record.clock) > known
        text = read(target)
        assert text.count("打开记录") + text.count("关闭记录") + text.count("定稿；") == known
        session.print_record(target, "zh_CN")
        assert target.read_bytes() == before
        for words in ("第1版，定稿时间", frozen.digest, "已签第1版", "尚未签名", "定稿"):
            assert words in text, words
        assert "工作稿" not in text

        session.put(Check("accidents", Decimal(1), methods=("original",)))
        session.print_record(target, "en")
        text = read(target)
        assert "Draft(editedsincerevision1,notfrozen)" in text
        assert "fellbecause" not in text, "a partial record was signed for fellow members alone"
        assert frozen.digest not in text
