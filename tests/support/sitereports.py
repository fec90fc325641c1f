"""An inspection record with every kind of part, its pack, its team and previews, for the tests of the PDF."""

from __future__ import annotations

import io
from decimal import Decimal
from fractions import Fraction
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageDraw

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain import siterecord as site
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.rulepack import Group, Statement
from ndb_desktop.domain.sitepack import (
    DeviationBands,
    Ground,
    PhotoPolicy,
    SiteItem,
    SiteMeeting,
    SiteMethod,
    SitePack,
    VerdictRow,
)  # fmt: skip
from ndb_desktop.services.report_site import SignatureState, SiteSubject

DIGEST = "5be2" * 16
AT = "2026-11-22T09:{:02d}:00+08:00"
NAMES = {
    "park.revenue": "主导产业营业收入",
    "park.rd": "研发经费支出",
    "park.platform": "公共服务平台",
    "park.zero": "安全事故起数",
}
SUBJECT = SiteSubject("2026 年第一批（示例）", "91350211M000100Y43", NAMES)
MEETING_NAMES = {
    "preparation": ("预备会议", "Preparation"),
    "opening": ("首次会议", "Opening meeting"),
    "verification": ("核查", "Verification"),
    "communication": ("沟通会议", "Communication"),
    "closing": ("末次会议", "Closing meeting"),
    "handover": ("材料移交", "Handing over"),
}
METHOD_NAMES = {
    "original": ("看原件", "original seen"),
    "sampling": ("抽样", "sampling"),
    "interview": ("访谈", "interview"),
    "system": ("系统查询", "looked up in the system"),
}


@cache
def keys() -> tuple[PublicKey, ...]:
    """Three members' keys, always the same."""
    seeds = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
    return tuple(Identity(seed).public for seed in seeds)


def pack(*, gps: bool = False) -> SitePack:
    """A small checklist pack: two groups, four items, one of them starred."""
    said = LocalText("看", "Look")
    items = [
        ("S1.1", "S1", "园区范围与批复文件一致", "The area is the one approved", ""),
        ("S1.2", "S1", "入驻企业名册与现场一致", "Listed firms are on site", ""),
        ("S2.1", "S2", "申报数据无虚假", "No declared datum is false", "V6"),
        ("S2.2", "S2", "安全出口畅通", "Exits are free", ""),
    ]
    return SitePack(
        id="site-check", version="0.1.0", status="建议稿", document_number="", categories=("park", "enterprise"),
        title=LocalText("现场检查表", "Site checklist"), least_members=2, sample=5,
        meetings=tuple(
            SiteMeeting(name, LocalText(*MEETING_NAMES[name]), LocalText("任务", "Task"), optional=False)
            for name in site.MEETINGS
        ),
        methods=tuple(SiteMethod(name, LocalText(*said)) for name, said in METHOD_NAMES.items()),  # type: ignore[arg-type]
        bands=DeviationBands(Fraction(5), Fraction(20)), note_conclusions=("major",), note_grades=("severe",),
        groups=(Group("S1", LocalText("基本条件", "Basics")), Group("S2", LocalText("真实与安全", "Truth and safety"))),
        items=tuple(
            SiteItem(name, group, LocalText(zh, en), said, said, ground, not ground, "none")
            for name, group, zh, en, ground in items
        ),
        grounds=(Ground("V6", LocalText("提供虚假材料", "False material")),),
        verdict=(VerdictRow(0, 10), VerdictRow(1, 8)),
        statements=(
            Statement("recusal", LocalText("本人与被检查单位无利害关系。", "I have no interest."), "a" * 64),
            Statement("integrity", LocalText("本人不接受宴请、礼品。", "I accept no meals and no gifts."), "b" * 64),
        ),
        photos=PhotoPolicy(gps, 500, 30_000_000), raw=b"{}", digest="c0de" * 16,
    )  # fmt: skip


def visit() -> site.Visit:
    """Two who must sign and one who need not; a number, a nought, a missing one, a list and a yes."""
    people = [
        ("I-01", "欧阳砚", "厦门市产品质量监督检验院"),
        ("I-02", "𠮷田林", "福建省新兴产业促进中心"),
        ("I-03", "Seán O'Brien", "TÜV Süd"),
    ]
    wanted = [
        (
            "park.revenue",
            "2024",
            "P1.1",
            "yi_yuan",
            "number",
            "421.8",
            ("challenge", "coordinator"),
            "质疑见专家意见 3",
        ),
        ("park.revenue", "2025", "P1.1", "yi_yuan", "number", "512.06", ("flag",), ""),
        ("park.rd", "2025", "P2.1", "wan_yuan", "number", None, ("sample",), ""),
        ("park.zero", "2025", "P3.2", "item", "number", "0", ("sample",), ""),
        ("park.platform", "", "P2.3", "none", "flag", "1", ("coordinator",), ""),
        ("park.firms", "2025", "P1.3", "firm", "objects", "36", ("sample",), ""),
    ]
    return site.Visit(
        id="S-0007", batch="NDB-2026-01", trial=True, application="P-0007", applicant="云栖智能机器人产业园",
        pack="site-check",
        members=tuple(
            site.Member(name, *said, key.openssh) for (name, *said), key in zip(people, keys(), strict=True)
        ),
        required=("I-01", "I-02"),
        wanted=tuple(
            site.Wanted(datum, key, indicator, unit, kind, None if value is None else Decimal(value), whys, note)  # type: ignore[arg-type]
            for datum, key, indicator, unit, kind, value, whys, note in wanted
        ),
    )  # fmt: skip


def photo(number: int, about: str, **more: object) -> site.Photo:
    """A photo with time and position of the camera."""
    values: dict[str, object] = {
        "id": f"PH-{number:04d}", "sha256": f"{number:04x}" * 16, "size": 3_145_728 + number, "mime": "image/jpeg",
        "name": f"IMG_{number:04d}.JPG", "width": 4032, "height": 3024,
        "taken_at": f"2026-11-22T10:05:{number % 60:02d}", "taken_source": "camera",
        "position": (Decimal("24.479834"), Decimal("118.089425")), "position_source": "camera",
        "about": about, "caption": f"现场照片 {number}",
    }  # fmt: skip
    return site.Photo(**{**values, **more})  # type: ignore[arg-type]


MARKS = (
    site.PhotoMark("box", ((1500, 2000), (4500, 6000))),
    site.PhotoMark("arrow", ((9000, 9000), (5000, 6200))),
    site.PhotoMark("ellipse", ((5500, 1000), (9000, 4000))),
    site.PhotoMark("pen", ((500, 9000), (900, 8600), (1300, 9200), (1700, 8500))),
    site.PhotoMark("text", ((9300, 4800),), "此处堆放物料"),
)
STROKES = (
    ((1000, 3000), (2500, 2000), (2200, 8000)),
    ((3000, 5000), (4500, 2500), (5000, 7500), (6500, 3000)),
    ((7000, 6000), (8800, 5500), (9500, 2500)),
    ((9800, 7000),),
)


def record(**closing: object) -> site.SiteRecord:
    """A visit that was held, with findings, veto leads, observations, photos, a jump of the clock, and a signature."""
    end: dict[str, object] = {
        "read_out": True, "opinion": "对 F01 无异议；对数据口径有补充说明，附后。", "signer": "陈思远",
        "signer_role": "法定代表人", "strokes": STROKES,
    }  # fmt: skip
    parts: list[site.Part] = [
        site.Head(
            "福建省厦门市集美区软件园三期 B 区 12 号",
            AT.format(0),
            "2026-11-22T16:40:00+08:00",
            (site.Host("陈思远", "法定代表人"), site.Host("Niamh d'Arcy", "Head of quality")),
            (("I-01", AT.format(1)), ("I-02", AT.format(2))),
        ),
        site.Meeting("preparation", "held", AT.format(3), AT.format(9)),
        site.Meeting("opening", "held", AT.format(10), AT.format(30), "介绍检查组、范围和方法。"),
        site.Meeting("verification", "held", AT.format(31), "2026-11-22T14:30:00+08:00"),
        site.Meeting("communication", "skipped", reason="申报单位负责人外出，改为书面沟通。"),
        site.Meeting("closing", "held", "2026-11-22T16:00:00+08:00", "2026-11-22T16:40:00+08:00"),
        site.Check(
            "park.revenue/2024",
            Decimal("318.2"),
            "major",
            "refer",
            ("original", "system"),
            "Z-014",
            "审计报告列示 318.2 亿元，差额为园区外关联企业收入。",
        ),
        site.Check("park.revenue/2025", Decimal("512.06"), "consistent", "keep", ("original",), "Z-015"),
        site.Check("park.rd/2025", None, "unverifiable", "keep", ("interview",), "", "财务系统当日停机。"),
        site.Check("park.zero/2025", Decimal(0), "consistent", "keep", ("system",)),
        site.Check("park.platform", Decimal(0), "deviation", "replace", ("interview",), "", "平台尚未运行。"),
        site.Answer("S1.1", "pass"),
        site.Answer("S1.2", "minor", "抽查 20 家，1 家已迁出。"),
        site.Answer("S2.1", "severe", "见一票否决线索 V-1。"),
        site.Finding(
            "F01",
            "minor",
            "二层安全出口被物料占用约三分之一。",
            "answer:S2.2",
            "清理并设置标识。",
            "2026-12-10",
            (
                site.Recheck("2026-12-08T10:00:00+08:00", "I-01", passed=False, note="东侧仍有堆放。"),
                site.Recheck("2026-12-11T10:00:00+08:00", "I-02", passed=True),
            ),
        ),
        site.Finding("F02", "severe", "The ledger's revenue isn't what was declared.", "check:park.revenue/2024"),
        site.VetoFinding("V-1", "V6", "营业收入多报 103.6 亿元。", "Z-014 审计报告第 12 页", "口径理解有误。"),
        site.Observation("O-1", "园区已建成共享测试场地，利用率较高。"),
        photo(1, "finding:F01", caption="二层东侧安全出口", marks=MARKS),
        photo(2, "finding:F01", width=3024, height=4032, orientation=6, caption="同一出口，由外向内"),
        photo(3, "check:park.revenue/2024", taken_at="", taken_source="none", position=None, position_source="none"),
        photo(4, "", caption=""),
        photo(5, "observation:O-1", caption="The shared test field, seen from O'Connell's office"),
        site.ClockNote("C-1", "opened", AT.format(0), 0, 0, "I-01"),
        site.ClockNote("C-2", "jump", "2026-11-22T08:20:00+08:00", 4200, -3000, "I-01"),
        site.ClockNote("C-3", "frozen", "2026-11-22T16:45:00+08:00", 30_900),
        site.Closing(**{**end, **closing}),  # type: ignore[arg-type]
    ]
    made = site.SiteRecord(visit())
    return site.SiteRecord(made.visit, {site.key_of(part): part for part in parts})


SIGNING = SignatureState(
    3, DIGEST, "2026-11-22T16:45:00+08:00", (("I-01", "2026-11-22T16:46:00+08:00"),), (("I-01", 2), ("I-02", 2))
)


@cache
def jpeg(width: int, height: int, shade: int = 0, *, secret: bytes = b"") -> bytes:
    """A picture with a horizon; `secret` goes into its EXIF, a comment, and behind its end."""
    picture = Image.new("RGB", (width, height), (188, 205, 222))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 2 // 3, width, height), fill=(120 + shade % 80, 130, 110))
    draw.rectangle((width // 5, height // 4, width // 2, height * 2 // 3), fill=(90, 96, 110))
    exif = Image.Exif()
    if secret:
        exif[0x010F] = secret.decode()
        exif[0x8825] = {1: "N", 2: (24.0, 28.0, 47.0), 3: "E", 4: (118.0, 5.0, 21.0)}
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80, exif=exif, comment=secret or None)
    return out.getvalue() + secret


def preview(one: site.Photo) -> bytes:
    """What the record's store would give: upright, small."""
    return jpeg(900, 1200) if one.orientation > 4 or one.height > one.width else jpeg(1200, 900)
