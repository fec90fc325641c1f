"""Example content for report tests: one of each report, with every field used."""

from __future__ import annotations

import subprocess

from ndb_desktop.reports.evidence_annex import EvidenceLine
from ndb_desktop.reports.panel_summary import PanelApplicant, PanelCell, PanelRow, PanelSummary
from ndb_desktop.reports.public_list import ListedApplicant, ListSection, PublicList
from ndb_desktop.reports.score_sheet import ChallengeLine, ItemLine, PartBlock, ScoreSheet, SignatureBlock
from ndb_desktop.reports.secret_slip import SecretSlip

DIGEST = "3f1c" * 16


def evidence(number: int, **changes: object) -> EvidenceLine:
    values: dict[str, object] = {
        "number": number,
        "place": "三年统计表，第 3 页",
        "item": "P1.1 主导产业营业收入（基本情况）",
        "title": "三年统计表",
        "file_name": "附件3_统计表.pdf",
        "page": "第 3 页",
        "where": "页面上部左侧（自左 10%–30%，自上 20%–40%）",
        "quote": "营业收入 421.8 亿元",
        "sha256": DIGEST[:16],
    }
    return EvidenceLine(**{**values, **changes})  # type: ignore[arg-type]


def sheet(**changes: object) -> ScoreSheet:
    basis = tuple(
        ItemLine(
            id=f"P{group}.{number}.basis",
            title=title,
            weight="12",
            score="72.50",
            declared=("2023 年：312.5 亿元", "2024 年：356.1 亿元", "2025 年：421.8 亿元（统计，证明材料第 3 页）"),
            explanation="3.1 % → 72.5：位于 2 % = 60 与 4.2 % = 85 之间，按直线计算",
            confirmation="专家已确认",
            evidence=(evidence(2 * group + number - 2),),
            group=f"P{group} 一级指标",
        )
        for group, number, title in [
            (1, 1, "主导产业营业收入"),
            (1, 2, "主导产业营业收入年均增速"),
            (2, 1, "研发投入强度"),
        ]
    )
    plan = (
        ItemLine(
            id="P4.1.plan", title="政策协同与管理方式创新", weight="9", score="86.00", level="L4 良好（80–89.99）",
            entered="86", reason="任务清单完整，目标可衡量，责任单位与节点明确；保障措施略显笼统。",
        ),
        ItemLine(id="P4.2.plan", title="公共服务体系与环境", weight="9", score="—", state="不适用"),
    )  # fmt: skip
    values: dict[str, object] = {
        "sheet_id": "NDB-2026-01/P-0007/EX-012/1",
        "pack_digest": DIGEST,
        "facts": (
            ("批次", "2026 年第一批（示例）"), ("类别与领域", "示范园区　智能机器人"),
            ("申报单位", "云栖智能机器人产业园（示例）"),
            ("统一社会信用代码", "91330100799655058B"), ("推荐地区", "浙江省"),
            ("规则包", "园区考评指标 0.1（建议稿）"),
            ("专家", "欧阳砚"), ("修订号", "1"),
        ),
        "status": "已评分　修订号 1",
        "declaration": ("本人与该申报单位不存在应当回避的情形。", "声明时间：2026-11-22T03:00:00Z"),
        "parts": (PartBlock("基本情况（60 %）", "74.21", basis), PartBlock("创建工作方案（40 %）", "86.00", plan)),
        "totals": (("基本情况（60 %）", "74.21"), ("创建工作方案（40 %）", "86.00"), ("总分", "78.93")),
        "challenges": (
            ChallengeLine("研发投入 2025 年", "12.4 亿元", "11.9 亿元", "审计报告，第 17 页", "审计报告数与统计表不一致。"),  # noqa: E501
        ),
        "opinion": "基础较好，方案可行。",
        "statements": (("本人承诺独立、客观、公正评审。", "2026-11-22T02:58:00Z"),),
        "signature": SignatureBlock(
            "欧阳砚", "SHA256:Zk0Qy3bq1mY3w0m2m4oV7mV4y8j1h0w9d3f6s5a2k1c", DIGEST,
            "2026-11-22T03:10:00Z", "示例_评分.ndbscore",
        ),
        "trial": True,
        "proposal": True,
        "rounding": "计算过程不取整，仅在显示时按四舍五入保留 2 位小数。",
    }  # fmt: skip
    return ScoreSheet(**{**values, **changes})  # type: ignore[arg-type]


def panel(members: int = 7) -> PanelSummary:
    def row(label: str, strong: bool = False) -> PanelRow:
        cells = tuple(PanelCell(f"{70 + n}.00", trimmed=n in (0, members - 1) and members >= 7) for n in range(members))
        return PanelRow(label, cells, "73.00", "6.00", strong)

    applicant = PanelApplicant(
        "云栖智能机器人产业园（示例）",
        (("统一社会信用代码", "91330100799655058B"), ("推荐地区", "浙江省"), ("有效评分", f"{members} 份")),
        (*(row(f"P{g}.{n} 二级指标名称") for g in range(1, 5) for n in range(1, 4)), row("总分", strong=True)),
        ("P2.1：一名专家与汇总值相差超过 30 %，请说明理由。",),
    )
    return PanelSummary(
        "NDB-2026-01/park/robots", DIGEST, "2026 年第一批（示例）　示范园区　智能机器人",
        tuple(f"专家 {chr(65 + n)}" for n in range(members)), (applicant, applicant),
        "有效评分 7 份及以上时，每项去掉一个最高分和一个最低分后求平均。", DIGEST, trial=True, proposal=True,
    )  # fmt: skip


def public() -> PublicList:
    entries = tuple(
        ListedApplicant(f"示例园区{n}", "国家新兴产业发展示范基地（智能机器人示范园区）", "浙江省") for n in range(5)
    )
    return PublicList(
        "NDB-2026-01", "国家新兴产业发展示范基地创建对象名单", "2026 年第一批（示例）",
        (ListSection("示范园区", entries), ListSection("示范企业", ())), ("公示期 5 个工作日。",), trial=True,
    )  # fmt: skip


def slip(**changes: object) -> SecretSlip:
    values: dict[str, object] = {
        "expert": "欧阳砚（EX-012）",
        "bundle_id": "b-2026-0001-7f3a",
        "file_name": "示例_2026第一批_EX-012.ndbbundle",
        "batch": "2026 年第一批（示例）",
        "secret": "7k3m-q9xw-2r4t-n8vb-5hcd",
        "issuer": "评审组织办公室（示例）",
        "issuer_fingerprint": "SHA256:Zk0Qy3bq1mY3w0m2m4oV7mV4y8j1h0w9d3f6s5a2k1c",
        "issued_at": "2026-11-22T03:00:00Z",
        "expires_at": "2026-12-31",
        "trial": True,
    }
    return SecretSlip(**{**values, **changes})  # type: ignore[arg-type]


def read(pdf: bytes) -> str:
    """The text of a PDF by poppler, a program that is not ours."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def spaceless(text: str) -> str:
    return "".join(text.split())
