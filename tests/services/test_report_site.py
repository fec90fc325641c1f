"""The PDF of an inspection record as other programs see it: all that was found, who signed, and no camera's place."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from ndb_desktop.domain import siterecord as site
from ndb_desktop.reports.site_record import PrintedRecord
from ndb_desktop.services.report_site import SignatureState, site_report
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support import sitereports as make

ROOT = Path(__file__).resolve().parent.parent.parent


def printed(target: Path, language: str = "zh_CN", **changes: object) -> PrintedRecord:
    values: dict[str, object] = {
        "record": make.record(), "pack": make.pack(), "signing": make.SIGNING, "previews": make.preview,
        "subject": make.SUBJECT,
    }  # fmt: skip
    values |= changes
    record, pack, signing = (values.pop(name) for name in ("record", "pack", "signing"))
    return site_report(record, pack, signing, target, language, **values)  # type: ignore[arg-type]


def read(path: Path, *flags: str) -> str:
    done = subprocess.run(["pdftotext", *flags, str(path), "-"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(r"\s+", "", done.stdout)


def test_the_record_says_everything(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    made = printed(target)
    text = read(target, "-raw")
    assert made.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    for words in (
        "现场检查记录", "示例", "建议稿，非官方附件", "云栖智能机器人产业园", "91350211M000100Y43",
        "2026年第一批（示例）NDB-2026-01", "福建省厦门市集美区软件园三期B区12号",
        "2026-11-2209:00:00+08:00（设备时间，未授时）", "厦门市产品质量监督检验院", make.keys()[0].keyid, "须签名",
        "Niamhd'Arcy", "未声明", "本人与被检查单位无利害关系。", "未开展的原因：申报单位负责人外出",
        "看原件；系统查询", "证据编号：Z-014", "提请按V6处理", "尚未核查", "S1基本条件", "★S2.1", "一般不合格",
        "尚未判定的检查项：S2.2", "不合格的一票否决项：S2.1",
        "第1次复查（2026-12-0810:00:00+08:00，欧阳砚I-01）：不合格。东侧仍有堆放。", "复查合格",
        "Theledger'srevenueisn'twhatwasdeclared.", "口径理解有误。", "V6提供虚假材料", "共享测试场地",
        "时钟变动；拨慢3000秒", "1:10:00", "已宣读", "对F01无异议", "陈思远法定代表人", "第3版，定稿时间",
        "已签第3版", "2026-11-2216:46:00+08:00", "第2版上的签名因后来的修改失效尚未签名", "未签名（非必须）",
        make.DIGEST, "F01-1", "数据1-1", "O'Connell", "2026-11-2210:05:01（相机时钟，未授时）",
        "不明（照片中没有时间）", "0002" * 4, "此处堆放物料", "第1页共",
    ):  # fmt: skip
        assert words in text, words
    assert made.photos == 5


def test_nought_missing_and_unverifiable_are_never_confused(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    printed(target)
    text = read(target, "-raw")
    for words in (
        "421.8亿元318.2亿元-24.56%重大偏差",
        "512.06亿元512.06亿元0%一致",
        "未申报——无法核实",
        "0项0项0%一致",
        "是否—偏差",
        "36家尚未核查—尚无结论",
    ):
        assert words in text, words


def test_english_has_no_chinese_of_ours(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    printed(target, "en")
    text = read(target, "-raw")
    for words in (
        "Siteinspectionrecord", "TRIAL", "deviceclock,notcertified", "cameraclock", "Majordeviation", "Re-check1",
        "movedbackby3000s", "Signedrevision3", "Thesignatureonrevision2fellbecauseoflateredits", "Page1of",
    ):  # fmt: skip
        assert words in text, words
    for word in ("检查员", "偏差", "不合格", "签名", "拍摄"):
        assert word not in text


def test_a_refusal_stands_with_reason_and_witness_and_a_draft_says_so(tmp_path: Path) -> None:
    target = tmp_path / "draft.pdf"
    record = make.record(
        strokes=(), signer="", signer_role="", refusal="对结论不认可", witness="集美区工信局 林岚", opinion=""
    )
    printed(target, record=record, signing=SignatureState())
    text = read(target)
    for words in (
        "申报单位拒签",
        "对结论不认可",
        "集美区工信局林岚",
        "未填写意见",
        "工作稿（未定稿）",
        "尚未定稿",
        "未定稿，未签名",
    ):
        assert words in text, words
    assert "已签" not in text
    edited = SignatureState(fallen=(("I-01", 3),), after=3)
    printed(target, record=make.record(strokes=(), signer="", signer_role=""), signing=edited)
    assert "工作稿（第3版之后有修改，未定稿）" in read(target)
    assert "第3版上的签名因后来的修改失效尚未签名" in read(target, "-raw")
    assert "尚未签字，也未记录拒签" in read(target)


def test_no_place_or_camera_gets_into_the_file(tmp_path: Path) -> None:
    """Previews that still say where they were taken are stripped; the record's own position needs the pack's leave."""
    secret = b"SECRET-CAMERA 24.479834"
    target = tmp_path / "record.pdf"
    made = printed(target, previews=lambda _one: make.jpeg(1200, 900, secret=secret))
    data = target.read_bytes()
    for told in (b"SECRET", b"Exif", b"24.479834", b"118.089425", b"GPS"):
        assert told not in data
    assert "24.479834" not in read(target)
    subprocess.run(["pdfimages", "-all", str(target), str(tmp_path / "view")], capture_output=True, check=True)
    views = sorted(tmp_path.glob("view*.jpg"))
    assert len(views) == made.photos == 5
    for view in views:
        assert b"Exif" not in view.read_bytes()
        assert b"SECRET" not in view.read_bytes()
    printed(target, pack=make.pack(gps=True))
    assert "纬度24.479834，经度118.089425（相机定位，WGS84）" in read(target)
    assert "未定位" in read(target)


def test_the_same_record_makes_the_same_bytes(tmp_path: Path) -> None:
    here = {language: printed(tmp_path / f"{language}.pdf", language).sha256 for language in ("zh_CN", "en")}
    code = (
        "from pathlib import Path; from tests.services.test_report_site import printed\n"
        f"target = Path({str(tmp_path / 'other.pdf')!r})\n"
        "for language in ('en', 'zh_CN'): print(language, printed(target, language).sha256)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert dict(line.split() for line in done.stdout.splitlines()) == here


HOSTILE = '<img src="/etc/passwd"/> <b>x & 𠮷 \u202egnp.exe\u2069 </para>'


def test_hostile_texts_are_shown_and_obeyed_nowhere(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    parts: list[site.Part] = [
        site.Head(HOSTILE, hosts=(site.Host(HOSTILE, HOSTILE),), declared=((HOSTILE, HOSTILE),)),
        site.Meeting("opening", "held", HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        site.Check("park.revenue/2024", Decimal(1), None, None, (), HOSTILE, HOSTILE),
        site.Check(HOSTILE, None),
        site.Answer(HOSTILE, None, HOSTILE),
        site.Finding(HOSTILE, "minor", HOSTILE, f"check:{HOSTILE}", HOSTILE, HOSTILE),
        site.VetoFinding(HOSTILE, "V9", HOSTILE, HOSTILE, HOSTILE),
        site.Observation(HOSTILE, HOSTILE),
        make.photo(1, f"finding:{HOSTILE}", caption=HOSTILE, name=HOSTILE, taken_at=HOSTILE,
                   marks=(site.PhotoMark("text", ((0, 0),), HOSTILE), site.PhotoMark("arrow", ((5, 5), (5, 5))),
                          site.PhotoMark("pen", ()), site.PhotoMark("box", ((1, 1),)))),
        site.Closing(None, HOSTILE, HOSTILE, HOSTILE, ((), ((1, 1),))),
    ]  # fmt: skip
    record = site.SiteRecord(replace(make.visit(), applicant=HOSTILE), {site.key_of(part): part for part in parts})
    for language in ("zh_CN", "en"):
        made = printed(target, language, record=record)
        assert made.missing == ("U+202E", "U+2069", "U+20BB7")
        text = read(target)
        assert text.count('<imgsrc="/etc/passwd"/><b>x&□□gnp.exe□</para>') > 20
        assert "root:" not in text
        assert "U+202E" in text


def test_very_long_texts_and_tables_break_over_pages(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    long = {"check": "核实说明，" * 700, "item": "unverifiability " * 250, "word": "Donaudampfschifffahrt" * 150}
    wanted = [site.Wanted(f"d{n}", "2025", "P1.1", "none", "number", Decimal(n), ("sample",)) for n in range(120)]
    record = make.record()
    record = site.SiteRecord(replace(record.visit, wanted=(*record.visit.wanted, *wanted)), record.parts)
    for part in (
        site.Check("park.revenue/2025", Decimal("512.06"), "consistent", "keep", ("original",), "", long["check"]),
        site.Answer("S1.1", "minor", long["item"]),
        site.Observation("O-1", long["word"]),
        make.photo(1, "finding:F01", caption="图注很长，" * 700),
    ):
        record = record.replaced(part)
    for per_page in (2, 4):
        made = printed(target, record=record, per_page=per_page)
        text = read(target, "-raw")
        # The few that a page break parts are read with the footer between.
        assert text.count("核实说明，") >= 695
        assert text.count("图注很长，") >= 690
        assert text.count("unverifiability") >= 245
        assert text.count("说明较长，见表后") == 2
        assert text.count("Donaudampfschifffahrt") >= 140
        assert all(f"P1.1d{n}2025" in text for n in range(120))
        assert made.pages > 15


def test_two_hundred_photos_are_never_in_memory_together(tmp_path: Path) -> None:
    """Previews of 280 kB would be 57 MB together; what is held stays far below."""
    # Tables of 65 kB, which a picture needs as little as its readers mind.
    tables = (b"\xff\xdb" + (2 + 65_000).to_bytes(2, "big") + (b"\x00" + b"\x01" * 64) * 1000) * 4
    asked = [0]

    def preview(one: site.Photo) -> bytes:
        asked[0] += 1
        whole = make.jpeg(1200, 900, int(one.id[3:]) % 8)
        return whole[:2] + tables + whole[2:]

    record = make.record()
    for number in range(6, 206):
        record = record.replaced(make.photo(number, f"answer:S1.{number % 2 + 1}"))
    printed(tmp_path / "warm.pdf")
    tracemalloc.start()
    made = printed(tmp_path / "record.pdf", record=record, previews=preview)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.photos == 205
    assert asked[0] == 410
    assert (tmp_path / "record.pdf").stat().st_size > 55_000_000
    assert peak < 20_000_000
    listed = subprocess.run(
        ["pdfimages", "-list", str(tmp_path / "record.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert listed.count(" jpeg ") == 205
    assert "S1.2-100" in read(tmp_path / "record.pdf")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_shipped_checklist_is_printed_whole(tmp_path: Path, language: str) -> None:
    """Before anything was written down: everything is open, and nothing of the pack lacks a glyph."""
    target, pack = tmp_path / "empty.pdf", builtin_site_packs()["site-check"]
    visit = replace(make.visit(), members=make.visit().members[:1], required=("I-01",), wanted=())
    made = printed(target, language, record=site.SiteRecord(visit), pack=pack, signing=SignatureState())
    assert made.missing == ()
    assert made.photos == 0
    text = read(target, "-raw")
    for item in pack.items:
        assert re.sub(r"\s", "", item.title.get(language)) in text
        assert f"\u2605{item.id}" in text or not item.starred
    open_grade = {"zh_CN": "尚未判定", "en": "Notgradedyet"}[language]
    assert text.count(open_grade) >= len(pack.items)


def test_a_photo_without_a_view_says_so_and_one_that_changes_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    made = printed(
        target,
        previews=lambda one: (
            None if one.id == "PH-0002" else b"no picture" if one.id == "PH-0003" else make.preview(one)
        ),
    )
    assert made.photos == 3
    assert read(target).count("此照片没有可显示的缩小图") == 2
    before, turns = target.read_bytes(), iter(range(100))
    with pytest.raises(ValueError, match="changed"):
        printed(target, previews=lambda _one: make.jpeg(64, 48, next(turns)))
    assert target.read_bytes() == before


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    token, steps = CancelToken(), []

    def progress(done: int, total: int, _said: str) -> None:
        steps.append((done, total))
        if done == 2:
            token.cancel()

    with pytest.raises(Cancelled):
        printed(tmp_path / "record.pdf", progress=progress, cancel=token)
    assert steps == [(0, 5), (1, 5), (2, 5)]
    assert list(tmp_path.iterdir()) == []


def test_fonts_are_embedded_and_the_file_reads_without_a_complaint(tmp_path: Path) -> None:
    target = tmp_path / "record.pdf"
    printed(target)
    fonts = subprocess.run(["pdffonts", str(target)], capture_output=True, text=True, check=True)
    assert fonts.stderr == ""
    rows = [line for line in fonts.stdout.splitlines() if "Noto" in line]
    assert rows
    assert all(line.split()[-5:-2] == ["yes"] * 3 for line in rows)
    drawn = subprocess.run(
        ["pdftoppm", "-r", "40", "-png", str(target), str(tmp_path / "p")], capture_output=True, check=True
    )
    assert drawn.stderr == b""
    # The photos are an update behind the pages: another reader finds them too.
    with pypdfium2.PdfDocument(target) as document:
        images = [one for page in document for one in page.get_objects((pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,))]
        assert [one.get_px_size() for one in images] == [(1200, 900), (900, 1200), *[(1200, 900)] * 3]


def test_marks_and_signature_are_vectors_in_their_place(tmp_path: Path) -> None:
    """The red box over the first photo is where its ten-thousandths say, seen by another renderer."""
    target = tmp_path / "record.pdf"
    record = make.record()
    for photo in record.photos:
        record = record.without(("photo", photo.id))
    box = site.PhotoMark("box", ((2500, 2500), (7500, 7500)))
    record = record.replaced(make.photo(1, "", marks=(box,)))
    made = printed(target, record=record, per_page=2)
    subprocess.run(
        ["pdftoppm", "-r", "144", "-png", "-singlefile", "-f", str(made.pages), str(target), str(tmp_path / "last")],
        check=True,
    )
    page = Image.open(tmp_path / "last.png").convert("RGB")
    red, green, _ = page.split()
    bright, dark = red.point(lambda value: 255 * (value > 180)), green.point(lambda value: 255 * (value < 70))
    found = ImageChops.multiply(bright, dark).getbbox()
    assert found is not None
    # 200 points high and 4:3 is 266.7 wide: half of it each way at 144 dpi.
    assert abs((found[2] - found[0]) - 266.7) < 6
    assert abs((found[3] - found[1]) - 200) < 6
