"""Builders for inspection records: a visit of two, a record with something of every kind, photos as bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    ClockNote,
    Closing,
    Finding,
    Head,
    Host,
    Meeting,
    Member,
    Observation,
    Part,
    Photo,
    PhotoMark,
    Recheck,
    SiteRecord,
    VetoFinding,
    Visit,
    Wanted,
    key_of,
)
from ndb_desktop.formats.scorefile import BundleRef
from ndb_desktop.formats.sitefile import WrittenSite, freeze_site
from tests.support.travel import BUNDLE_ID, person

WHEN = "2026-11-22T11:05:00+08:00"
TEAM = ("E-01", "E-02")
"""Sample identities that stand for two inspectors."""


def member(name: str, shown: str = "") -> Member:
    """A member with the sample key of `name`."""
    return Member(name, shown or f"示例检查员{name}", "示例检测中心", person(name).public.openssh.strip())


def visit(**changes: object) -> Visit:
    """Two members, both must sign, two data to verify."""
    made = Visit(
        id="V-001",
        batch="T-2026",
        trial=True,
        application="A-001",
        applicant="示例企业 O'Neil 𠮷田",
        pack="0" * 64,
        members=tuple(member(name) for name in TEAM),
        required=TEAM,
        wanted=(
            Wanted("rd_spending", "2025", "P2.1", "yi_yuan", "number", Decimal("3.1"), ("challenge", "sample")),
            Wanted("certified", "", "P3.1", "none", "flag", None, ("coordinator",)),
        ),
        planned_on="2026-11-22",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def photo(number: int, about: str = "finding:F01", data: bytes = b"") -> Photo:
    """A photo; its bytes are those of `photo_bytes`."""
    data = data or photo_bytes(number)
    return Photo(
        id=f"P{number:04}",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        mime="image/jpeg",
        name=f"IMG_{number:04}.JPG",
        width=4000,
        height=3000,
        orientation=6,
        taken_at="2026-11-22T10:58:31",
        taken_source="camera",
        position=(Decimal("26.0745"), Decimal("119.2965")),
        position_source="camera",
        about=about,
        caption="示例：铭牌",
        marks=(PhotoMark("arrow", ((100, 200), (5000, 5000))), PhotoMark("text", ((0, 10_000),), "此处")),
    )


def photo_bytes(number: int) -> bytes:
    """Bytes that stand for a photo: nothing here looks into them."""
    return hashlib.sha256(str(number).encode()).digest() * 100


def parts(photos: int = 2) -> tuple[Part, ...]:
    """Something of every kind."""
    return (
        Head("福州市示例路 1 号", WHEN, "2026-11-22T17:00:00+08:00", (Host("示例联系人", "总工"),), ((TEAM[0], WHEN),)),
        Meeting("opening", "held", WHEN, WHEN, "宣读纪律"),
        Meeting("preparation", "skipped", reason="线上已开"),
        Check(
            "rd_spending/2025", Decimal("2.48"), "deviation", "replace", ("original", "sampling"), "证 3", "见审计报告"
        ),
        Check("certified", None, "unverifiable", "keep", ("interview",), "", "证书未在现场"),
        Answer("S01", "pass"),
        Answer("S02", "minor", "标识不清"),
        Finding(
            "F01",
            "minor",
            "设备标识不清",
            "answer:S02",
            "更换标识",
            "2026-12-06",
            (Recheck(WHEN, TEAM[1], True, "已改"),),
        ),
        VetoFinding("X01", "V6", "申报数据与账面不符", "凭证 12 至 15", "将书面说明"),
        Observation("O01", "厂区整洁"),
        *(photo(number) for number in range(photos)),
        Closing(True, "无异议", "示例负责人", "法定代表人", (((0, 0), (5000, 2500), (10_000, 10_000)), ((1, 1),))),
        ClockNote("C0001", "opened", WHEN, 0, member=TEAM[0]),
        ClockNote("C0002", "jump", WHEN, 60, -3600, TEAM[0]),
    )


def record(*more: Part, photos: int = 2, of: Visit | None = None) -> SiteRecord:
    """A record of all of `parts`, and of `more` in place of those with the same key."""
    return SiteRecord(of or visit(), {key_of(part): part for part in (*parts(photos), *more)})


def freeze(
    target: Path,
    made: SiteRecord | None = None,
    *,
    by: str = TEAM[0],
    revision: int = 1,
    supersedes: str | None = None,
    fallen: tuple[tuple[str, int], ...] = (),
) -> WrittenSite:
    """A file with one signature, for the team, the coordinator and the recovery key."""
    made = made or record()
    known = {one.sha256: photo_bytes(number) for number, one in enumerate(map(photo, range(50)))}
    return freeze_site(
        target,
        made,
        bundle=BundleRef(BUNDLE_ID, "1" * 64),
        revision=revision,
        supersedes=supersedes,
        fallen=fallen,
        frozen_at=WHEN,
        recipients=[person("coordinator").public, person("recovery").public],
        photo=lambda one: known[one.sha256],
        signer=person(by),
    )
