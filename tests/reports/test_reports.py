"""The PDFs as other programs see them: text found, bytes equal in two processes, nothing hostile obeyed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ndb_desktop.reports.page import MadeReport
from ndb_desktop.reports.panel_summary import panel_summary
from ndb_desktop.reports.public_list import public_list
from ndb_desktop.reports.score_sheet import ItemLine, PartBlock, score_sheet, score_sheets
from ndb_desktop.reports.secret_slip import secret_slips
from tests.support import reports as make

ROOT = Path(__file__).resolve().parent.parent.parent
REPORTS: dict[str, Callable[[str], MadeReport]] = {
    "sheet": lambda language: score_sheet(make.sheet(), language),
    "panel": lambda language: panel_summary(make.panel(), language),
    "list": lambda language: public_list(make.public(), language),
    "slip": lambda language: secret_slips((make.slip(), make.slip(expert="另一位")), language),
}


def test_same_bytes_in_another_process() -> None:
    here = {f"{name}/{language}": make(language) for name, make in REPORTS.items() for language in ("zh_CN", "en")}
    code = (
        f"import runpy, json; made = runpy.run_path({__file__!r})['REPORTS']\n"
        "print(json.dumps({f'{n}/{l}': m(l).sha256 for n, m in reversed(made.items()) for l in ('en', 'zh_CN')}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {name: hashlib.sha256(made.data).hexdigest() for name, made in here.items()}
    assert all(made.missing == () for made in here.values())


def test_sheet_says_everything() -> None:
    text = make.spaceless(make.read(REPORTS["sheet"]("zh_CN").data))
    for words in (
        "欧阳砚", "云栖智能机器人产业园", "主导产业营业收入", "72.50", "78.93", "按直线计算", "L4良好", "任务清单完整",
        "审计报告数与统计表不一致", "本人承诺独立、客观、公正评审", "示例", "建议稿，非官方附件",
        "NDB-2026-01/P-0007/EX-012/1",
        "SHA256:Zk0Qy3bq1mY3w0m2m4oV7mV4y8j1h0w9d3f6s5a2k1c", make.DIGEST, "第1页共", "三年统计表，第3页", "不适用",
    ):  # fmt: skip
        assert words in text, words


def test_english_labels() -> None:
    text = make.read(REPORTS["sheet"]("en").data)
    for words in ("Expert score sheet", "Key fingerprint", "Page 1 of", "TRIAL", "Proposal, not the official annex"):
        assert words in text


def test_qr_code_holds_the_payload_digest() -> None:
    """Another program's renderer draws it; the modules must equal a fresh encoding of the digest."""
    from reportlab.graphics.barcode.qr import QrCodeWidget

    sheet = make.sheet(parts=(), challenges=(), statements=(), opinion="", totals=())
    pdf = score_sheet(sheet, "en").data
    done = subprocess.run(
        ["pdftoppm", "-r", "300", "-png", "-singlefile", "-"], input=pdf, capture_output=True, check=True
    )
    page = Image.open(io.BytesIO(done.stdout)).convert("L")
    widget = QrCodeWidget(make.DIGEST, barLevel="M")
    widget.qr.make()
    count = widget.qr.getModuleCount()
    right = page.width - round((210 - 28 - 156) / 25.4 * 300)
    strip = page.crop((right - 345, 0, right, page.height)).point(lambda value: 255 if value < 90 else 0)
    rows = [strip.crop((0, y, strip.width, y + 1)).getbbox() is not None for y in range(strip.height)]
    # The code is the tallest unbroken run of dark rows: nothing else in the strip is higher than a line of text.
    ends = [y for y in range(1, len(rows)) if rows[y - 1] and not rows[y]]
    runs = [(end - next(y for y in range(end - 1, -1, -1) if not rows[y]) - 1, end) for end in ends]
    height, end = max(runs)
    box = strip.crop((0, end - height, strip.width, end)).getbbox()
    assert box is not None
    code = page.crop((right - 345 + box[0], end - height, right - 345 + box[2], end))
    assert abs(code.width - code.height) <= 2
    step = code.width / count
    read = [
        [code.getpixel((int((c + 0.5) * step), int((r + 0.5) * step))) < 128 for c in range(count)]
        for r in range(count)
    ]
    assert read == [[bool(widget.qr.isDark(r, c)) for c in range(count)] for r in range(count)]


def test_hostile_strings_everywhere(tmp_path: Path) -> None:
    secret_file = tmp_path / "private.txt"
    secret_file.write_text("do not read me")
    hostile = f'<img src="{secret_file}"/> <b>x & 𠮷 </para>'
    words = ("place", "item", "title", "file_name", "page", "where", "quote")
    cited = make.evidence(1, **dict.fromkeys(words, hostile))
    item = ItemLine(*[hostile] * 5, (hostile,), *[hostile] * 5, (cited,), hostile)
    sheet = make.sheet(
        facts=((hostile, hostile),), status=hostile, declaration=(hostile,), opinion=hostile, unable=hostile,
        parts=(PartBlock(hostile, hostile, (item,)),), sheet_id=hostile, pack_digest=hostile,
    )  # fmt: skip
    made = score_sheet(sheet, "zh_CN")
    assert made.missing == ("U+20BB7",)
    text = make.spaceless(make.read(made.data))
    assert text.count(make.spaceless(f'<img src="{secret_file}"/> <b>x & □ </para>')) > 5
    assert "U+20BB7" in text
    assert "donotreadme" not in text
    for made in (
        panel_summary(replace(make.panel(), title=hostile, members=(hostile,) * 7, rule=hostile), "zh_CN"),
        public_list(replace(make.public(), title=hostile), "en"),
        secret_slips((make.slip(expert=hostile),), "en"),
    ):
        assert made.missing == ("U+20BB7",)
        assert "U+20BB7" in make.spaceless(make.read(made.data))


def test_very_long_texts_break_over_pages() -> None:
    item = ItemLine("P1.1.basis", "主" * 300, "12", "50.00", reason="理由很长，" * 2000, explanation="word " * 1500)
    sheet = make.sheet(
        parts=(PartBlock("基本情况", "50", (item,)),), opinion="意见" * 4000, facts=(("申报单位", "名" * 3000),)
    )
    made = score_sheet(sheet, "zh_CN")
    assert made.pages > 10
    assert make.spaceless(make.read(made.data)).count("理由很长") > 1990


@pytest.mark.parametrize("members", [5, 7, 9, 11])
def test_panel_marks_what_was_trimmed_and_is_internal(members: int) -> None:
    text = make.spaceless(make.read(panel_summary(make.panel(members), "zh_CN").data))
    assert ("(70.00)" in text) == (members >= 7)
    assert "内部资料" in text
    assert "不同意见" in text
    assert "与得分无关" in text
    assert f"专家{chr(64 + members)}" in text


def test_public_list_has_no_number_that_could_order_it() -> None:
    made = public_list(make.public(), "zh_CN")
    text = make.spaceless(make.read(made.data))
    assert "排名不分先后" in text
    assert "国家新兴产业发展示范基地（智能机器人示范园区）" in text
    assert "得分" not in text
    assert "名次" not in text
    assert "序号" not in text


def test_one_slip_per_page_with_the_secret_in_one_piece() -> None:
    made = secret_slips(tuple(make.slip(expert=f"专家{n}") for n in range(3)), "zh_CN")
    assert made.pages == 3
    pages = make.read(made.data).split("\f")
    for number in range(3):
        assert "7k3m-q9xw-2r4t-n8vb-5hcd" in pages[number]
        assert f"专家{number}" in pages[number]
    with pytest.raises(ValueError, match="slip"):
        secret_slips((), "en")


def test_draft_says_it_is_not_signed() -> None:
    assert "尚未签名" in make.read(score_sheet(make.sheet(signature=None), "zh_CN").data)


def test_several_sheets_each_on_a_new_page() -> None:
    made = score_sheets((make.sheet(), make.sheet(opinion="第二份", sheet_id="SECOND/1")), "zh_CN")
    pages = make.read(made.data).split("\f")[:-1]
    named = ["SECOND/1" in page for page in pages]
    assert named == sorted(named)
    assert 0 < sum(named) < len(pages)
    assert sum("专家评分表\n" in page.replace(" ", "") and "批次" in page for page in pages) == 2


def test_metadata_is_fixed_and_fonts_are_embedded_subsets(tmp_path: Path) -> None:
    target = tmp_path / "sheet.pdf"
    target.write_bytes(REPORTS["sheet"]("zh_CN").data)
    info = subprocess.run(["pdfinfo", str(target)], capture_output=True, text=True, check=True).stdout
    assert "NDB Desktop" in info
    assert "2000" in info  # reportlab's invariant date, not today's
    listed = subprocess.run(["pdffonts", str(target)], capture_output=True, text=True, check=True).stdout.splitlines()[
        2:
    ]
    assert listed
    for line in listed:
        if "Noto" in line:
            assert line.split()[-5:-2] == ["yes", "yes", "yes"], line
