"""What a supplement means for findings of a later stage: another actual value opens its target again, nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.model import Application, EvidenceRef
from ndb_desktop.domain.news import Impact
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, Sheet
from ndb_desktop.domain.sheetform import StageForm
from ndb_desktop.domain.stagenews import stage_impact
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.services.review_news_words import news_words
from tests.support.packs import pack_for, sample_application
from tests.support.stage_review import stage_entry, staged

ITEM = staged(ReviewItem(sample_application("park"), pack_for("park"), Fraction(1)), "acceptance")
BASE = ITEM.application
REVENUE = "target:P1.1.revenue"


def form() -> StageForm:
    assert isinstance(ITEM.form, StageForm)
    return ITEM.form


def sheet(**changes: object) -> Sheet:
    entries = {item.id: stage_entry(item) for item in form().items}
    return replace(Sheet(BASE.id, Declaration("clear"), entries), **changes)  # type: ignore[arg-type]


def with_actual(value: str | None, place: int = 0) -> Application:
    number = None if value is None else Decimal(value)
    actuals = tuple(replace(one, value=number) if n == place else one for n, one in enumerate(BASE.actuals))
    return replace(BASE, actuals=actuals)


def after(new: Application, marked: Sheet | None = None) -> Impact:
    return stage_impact(form(), BASE, new, marked or sheet())


def words(found: Impact, language: str = "zh_CN") -> list[str]:
    return [news_words(line, ITEM, language) for line in found.news]


def test_nothing_changed_nothing_said() -> None:
    assert after(BASE) == Impact((), ())
    assert after(with_actual("118.0")) == Impact((), ()), "another spelling is no other value"


def test_another_actual_value_opens_its_target_alone() -> None:
    found = after(with_actual("110"))
    assert [(line.kind, line.item) for line in found.news] == [("actual", REVENUE), ("confirm", REVENUE)]
    assert found.reset == (replace(sheet().items[REVENUE], state="open", confirm=""),)
    assert words(found) == [
        "P1.1 主导产业营业收入 的实际值：118 亿元 → 110 亿元",
        "重新核对 P1.1 主导产业营业收入 · 核对实际值：实际值 118 亿元 → 110 亿元",
    ]


def test_a_value_proven_elsewhere_is_looked_at_again_and_stays_confirmed() -> None:
    first, *others = BASE.actuals
    paper = BASE.documents[0].id
    moved = replace(first, evidence=(EvidenceRef(paper, 7),), statement="以年度审计为准")
    found = after(replace(BASE, actuals=(moved, *others)))
    assert [(line.kind, line.item) for line in found.news] == [("actual_proof", REVENUE), ("look", REVENUE)]
    assert found.reset == ()
    told, look = words(found)
    assert told.startswith("P1.1 主导产业营业收入 实际值的年份、佐证或说明：")
    assert told.endswith(f" → {first.year} · {paper}:7 · 以年度审计为准")
    assert "实际值的佐证或说明" in look


def test_a_value_that_is_missing_now_is_called_missing() -> None:
    assert words(after(with_actual(None)))[0].endswith("118 亿元 → 缺报")
    assert words(after(with_actual("5", 4)), "en")[0].endswith("missing → 5 points")


def test_a_target_nobody_answered_is_only_told() -> None:
    entries = {name: entry for name, entry in sheet().items.items() if name != REVENUE}
    found = after(with_actual("110"), sheet(items=entries))
    assert ([line.kind for line in found.news], found.reset) == (["actual"], ())


def test_an_exchanged_document_is_looked_at_again_where_it_was_cited() -> None:
    document = BASE.documents[0]
    new = replace(BASE, documents=(replace(document, sha256="1" * 64), *BASE.documents[1:]))
    link = EvidenceLink("e1", "task:T1", document.id, 1)
    dispute = Challenge("q1", "P1.1", "revenue", "", None, document.id, 1, "与统计报表不一致，请核实。")
    found = after(new, sheet(evidence=(link,), challenges=(dispute,)))
    told = [(line.kind, line.item) for line in found.news]
    assert told[0] == ("document_changed", "")
    assert ("look", "task:T1") in told
    assert ("link", "task:T1") in told
    assert ("challenge", REVENUE) in told
    assert found.reset == ()
