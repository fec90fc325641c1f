"""The shipped checklist of inspections: as a pack, as one value a test may change, and a record that lacks nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    Closing,
    Finding,
    Head,
    Host,
    Meeting,
    Member,
    Part,
    Photo,
    SiteRecord,
    VetoFinding,
    Visit,
    Wanted,
    key_of,
)
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.rulepacks import FILES, builtin_site_packs


def site_pack() -> SitePack:
    """The shipped pack `site-check`."""
    return builtin_site_packs()["site-check"]


def site_pack_whole() -> dict[str, Any]:
    """Definition, texts and vectors as one value, free to be changed."""
    parts = [json.loads((forms_dir() / "site-check" / name).read_text(encoding="utf-8")) for name in FILES]
    return {"pack": parts[0], "texts": {"zh_CN": parts[1], "en": parts[2]}, "vectors": parts[3]}


DAY = "2026-11-22T"
ZONE = ":00+08:00"


def clock(time: str) -> str:
    """A moment of the visit's day, such as `09:30`."""
    return f"{DAY}{time}{ZONE}"


def visit_to_verify() -> Visit:
    """A visit of three members, two of whom must sign, with a number, one of 0, a list and a yes/no to verify."""
    pack = site_pack()
    members = tuple(Member(f"I{n}", f"检查员{n}", f"示例单位{n}", f"ssh-ed25519 key{n}") for n in (1, 2, 3))
    wanted = (
        Wanted("revenue", "2025", "P1.1", "yi_yuan", "number", Decimal(100), ("challenge",)),
        Wanted("staff", "", "P3.2", "person", "number", Decimal(0), ("sample",)),
        Wanted("platforms", "", "P2.2", "none", "objects", None, ("coordinator",)),
        Wanted("patents_used", "", "E2.2", "none", "flag", None, ("flag",)),
    )
    return Visit("V1", "2026-01", True, "P001", "示例园区", pack.digest, members, ("I1", "I2"), wanted)


def photo_of(name: str, about: str = "") -> Photo:
    """A photo without marks."""
    return Photo(name, "ab" * 32, 1000, "image/jpeg", f"{name}.jpg", 640, 480, about=about)


def complete_record() -> SiteRecord:
    """A record that lacks nothing: a deviation, a minor item with its finding, a step left out, a signature."""
    pack, visit = site_pack(), visit_to_verify()
    made = (("I1", clock("08:50")), ("I2", clock("08:55")))
    head = Head("示例路 1 号", clock("09:00"), clock("17:00"), (Host("陪同人", "主任"),), made)
    parts: list[Part] = [head]
    for meeting in pack.meetings:
        held = Meeting(meeting.id, "held", clock("09:00"), clock("10:00"))
        parts.append(Meeting(meeting.id, "skipped", reason="没有需要沟通的事项") if meeting.optional else held)
    parts += [
        Check("revenue/2025", Decimal(90), "deviation", "replace", ("original",), "证据1", "口径不同"),
        Check("staff", Decimal(0), "consistent", None, ("system",)),
        Check("platforms", None, "consistent", None, ("original", "interview")),
        Check("patents_used", None, "unverifiable", None, (), "", "原件在外地"),
    ]
    for item in pack.items:
        grade = "minor" if item.id == "S07" else "not_applicable" if item.id == "S04" else "pass"
        parts.append(Answer(item.id, grade, "说明" if grade != "pass" else ""))
        if item.photo == "needed":
            parts.append(photo_of(f"P-{item.id}", f"answer:{item.id}"))
    parts += [
        Finding("F1-01", "minor", "归集不完整", "answer:S07", "补齐辅助账", "2026-12-31"),
        Closing(True, "无意见", "代表人", "副主任", (((1, 2), (3, 4)),)),
    ]
    return SiteRecord(visit, {key_of(part): part for part in parts})


def veto_finding(ground: str = "V6") -> VetoFinding:
    """A whole 一票否决线索."""
    return VetoFinding("X1-01", ground, "数据不实", "证据2", "未作说明")
