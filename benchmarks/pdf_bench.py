"""PDF: score sheets against reportlab setting the same words in the same font, as paragraphs and as cells of tables."""

from __future__ import annotations

import dataclasses
import functools
import html
import io
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Table

from benchmarks.harness import Figure, Setting, in_child, versus
from ndb_desktop.reports import fonts
from ndb_desktop.reports.score_sheet import ItemLine, PartBlock, ScoreSheet, score_sheets
from tests.support.reports import sheet

LIMIT = 300.0
"""Megabytes a process may hold while it makes 600 sheets; without the reports it has about 80."""
_COLUMNS = 4


def run(setting: Setting) -> Iterator[Figure]:
    """3 sheets with 22 items each, 30, and with `--full` 600. Processor time, not the clock's."""
    sizes = [3] if setting.quick else [3, 30, *([600] if setting.full else [])]
    for count in sizes:
        sheets = tuple(_sheet(number) for number in range(count))
        words = [list(_words(one)) for one in sheets]
        facts: dict[str, Any] = {"sheets": count, "pages": score_sheets(sheets[:1], "zh_CN").pages * count}
        ours = _own(functools.partial(score_sheets, sheets, "zh_CN"))
        repeat = 1 if count > 100 else setting.pick(3, 5)
        for name, floor, budget in (("", _paragraphs, 1.3), (", as tables", _tables, None)):
            yield versus(
                f"PDF score sheets{name}", ours, _own(functools.partial(_set, words, floor)),
                budget=budget, repeat=repeat, warm=count <= 100, facts=facts,
            )  # fmt: skip
    told = in_child("pdf_bench:made", count=sizes[-1])
    if told["peak_mb"] is not None:
        facts = {name: told[name] for name in ("sheets", "pages", "bytes")}
        yield Figure("PDF score sheets, memory", told["peak_mb"], LIMIT, 1.0, unit="MB", facts=facts)


def made(count: int) -> dict[str, Any]:
    """In a process of its own, for its memory: `count` sheets in one file."""
    report = score_sheets((_sheet(number) for number in range(count)), "zh_CN")
    return {"sheets": count, "pages": report.pages, "bytes": len(report.data)}


def _own(work: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    return measured


def _set(words: list[list[str]], floor: Callable[[list[Paragraph]], list[Flowable]]) -> None:
    style = ParagraphStyle("floor", fontName=fonts.REGULAR, fontSize=9.5, leading=14, wordWrap="CJK")
    story: list[Flowable] = []
    for lines in words:
        story += floor([Paragraph(html.escape(line), style) for line in lines])
        story.append(PageBreak())
    SimpleDocTemplate(io.BytesIO(), pagesize=A4, invariant=1).build(story)


def _paragraphs(said: list[Paragraph]) -> list[Flowable]:
    return list(said)


def _tables(said: list[Paragraph]) -> list[Flowable]:
    """A score sheet is a table: so are these words, four to a row, without a line or a colour."""
    rows: list[list[object]] = [list(said[start : start + _COLUMNS]) for start in range(0, len(said), _COLUMNS)]
    rows[-1] += [""] * (_COLUMNS - len(rows[-1]))
    return [Table(rows, colWidths=[110.0] * _COLUMNS)]


def _sheet(number: int) -> ScoreSheet:
    """With marks, data, reasons and places of its own, so that nothing said twice flatters either side."""
    chance = random.Random(number)
    one = sheet(sheet_id=f"NDB-2026-01/P-{number:04d}/EX-012/1", name=f"示例产业园{number}")
    basis, plan = one.parts
    # The example has five lines; a real sheet has eleven per part.
    full = tuple(
        PartBlock(part.title, _figure(chance), tuple(_item(item, chance) for item in (part.items * 6)[:11]))
        for part in (basis, plan)
    )
    return dataclasses.replace(one, parts=full, opinion=_sentence(chance) + _sentence(chance))


def _item(item: ItemLine, chance: random.Random) -> ItemLine:
    evidence = tuple(
        dataclasses.replace(line, page=f"第 {chance.randrange(1, 300)} 页", quote=_sentence(chance))
        for line in item.evidence
    )
    declared = (
        tuple(f"{year} 年：{_figure(chance)} 亿元（统计）" for year in (2023, 2024, 2025)) if item.declared else ()
    )
    explanation = f"{_figure(chance)} % → {_figure(chance)}，按直线计算" if item.explanation else ""
    reason = _sentence(chance) if item.reason else ""
    return dataclasses.replace(
        item, score=_figure(chance), declared=declared, explanation=explanation, reason=reason, evidence=evidence
    )


def _figure(chance: random.Random) -> str:
    return f"{chance.uniform(40, 100):.2f}"


def _sentence(chance: random.Random) -> str:
    parts = (
        "任务清单完整",
        "目标可衡量",
        "责任单位与节点明确",
        "保障措施略显笼统",
        "研发投入持续增长",
        "资金来源尚待落实",
    )
    return "，".join(chance.sample(parts, 3)) + f"，第 {chance.randrange(1, 300)} 页有 {_figure(chance)} 亿元。"


def _words(thing: object) -> Iterator[str]:
    """Every text in a score sheet, in order."""
    if isinstance(thing, str):
        if thing:
            yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _words(part)
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for entry in dataclasses.fields(thing):
            yield from _words(getattr(thing, entry.name))
