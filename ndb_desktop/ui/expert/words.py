"""How the expert desk writes things: items, scores, states, regions; each state has an icon and a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.domain.numbers import plain, rounded
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.domain.sheet import ItemEntry, Sheet, SheetStatus
from ndb_desktop.domain.sheetform import Form, FormItem
from ndb_desktop.services.review_news import NewsLine
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr

NO_DATA = frozenset({"missing", "undefined", "zero_base", "unit"})
"""缺项: a computed item without a figure; it scores nought for that reason, not for a low figure."""


@dataclass(frozen=True)
class State:
    """A state to show: icon, word, badge kind, colour token of the icon."""

    icon: str
    text: str
    kind: str
    colour: str


def item_title(item: FormItem) -> str:
    """`P1.1 主导产业规模`."""
    return f"{item.number} {i18n.local(item.title)}".strip()


def item_place(form: Form, item_id: str) -> str:
    """An item with its part: `基本情况 · P1.1 主导产业规模`; an unknown id stays as it is."""
    item = form.item_by_id.get(item_id)
    return f"{part_name(item.part)} · {item_title(item)}" if item is not None else item_id


def part_name(part: str) -> str:
    """基本情况 or 创建工作方案; in a later stage 核对实际值, 重点任务, 评议指标."""
    return tr(f"part.{part}")


def part_short(part: str) -> str:
    """The same where there is little room."""
    if part == "target":
        return tr("check.target")
    if part == "task":
        return tr("check.task")
    if part == "judged":
        return tr("check.judged")
    return tr("check.basis") if part == "basis" else tr("check.plan")


def category_name(category: str) -> str:
    """示范园区 or 示范企业."""
    return tr("category.park") if category == "park" else tr("category.enterprise")


def field_name(batch: Batch, field: str) -> str:
    """The key field of an application."""
    try:
        return i18n.local(batch.field_def(field).name)
    except KeyError:
        return field


def about(batch: Batch, application: Application) -> str:
    """`示范园区 · 人工智能`."""
    return f"{category_name(application.category)} · {field_name(batch, application.field)}"


def score(value: Fraction | None, settings: PackSettings) -> str:
    """A score as it is published; a dash while there is none."""
    return "—" if value is None else f"{rounded(value, settings.digits, settings.rounding):f}"


def number(value: Decimal) -> str:
    """A declared figure with thin groups of thousands: `12 345.6`."""
    whole, point, rest = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups: list[str] = []
    while len(digits) > 3:
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    return sign + "\u202f".join([digits, *groups]) + point + rest


def unit(name: str) -> str:
    """The name of a unit; a figure without one has an empty name."""
    return tr(f"unit.{name}") if name and name != "none" else ""


def source(name: str) -> str:
    """来源类别 in words."""
    return tr(f"source.{name}")


def document_title(documents: tuple[Document, ...], document_id: str) -> str:
    """The title of a document, else its id."""
    return next((d.title or d.name for d in documents if d.id == document_id), document_id)


def level(name: str) -> str:
    """评分档 in words: 第五档."""
    return tr(f"level.{name}")


def level_short(name: str) -> str:
    """评分档, short: 五档."""
    return tr(f"level.{name}.short")


def sheet_state(sheet: Sheet, done: int, total: int) -> State:
    """Where an application stands."""
    if sheet.declaration.status == "none":
        return State("lock", tr("expert.state.undeclared"), "quiet", "muted")
    if sheet.status == "recused":
        return State("ban", tr("state.recused"), "neutral", "text")
    if sheet.status == "unable":
        return State("circle-minus", tr("expert.state.unable"), "neutral", "text")
    if done >= total:
        return State("circle-check", tr("expert.state.done"), "accent", "accent")
    if done == 0:
        return State("circle", tr("expert.state.new"), "quiet", "muted")
    return State("circle-dot", tr("expert.state.partly"), "neutral", "text")


def item_state(
    entry: ItemEntry | None,
    done: bool,
    score: Fraction | None = None,
    *,
    sheet: SheetStatus = "scored",
    computed: str = "ok",
    disputed: bool = True,
) -> State:
    """Where an item stands; nought (0 分), no data (缺项), not applicable and recused are never taken for each other.

    `score` is the item's score where it has one, `computed` the status of a computed item (`Computed.status`). With
    `disputed` one whose data are challenged (质疑) says so: it is done, but nobody took the score for right.
    """
    if sheet == "recused":
        return State("ban", tr("state.recused"), "neutral", "text")
    if sheet == "unable":
        return State("circle-minus", tr("expert.state.unable"), "neutral", "text")
    if entry is not None and entry.state == "not_applicable" and done:
        return State("circle-slash", tr("state.not_applicable"), "neutral", "text")
    if done and disputed and entry is not None and entry.confirm == "challenged":
        before = item_state(entry, done, score, sheet=sheet, computed=computed, disputed=False)
        said = [tr("check.state.challenged")] if score != 0 else [before.text, tr("check.state.challenged")]
        return State("message-square-warning", tr("list.separator").join(said), "warning", "warning")
    if done and score == 0:
        if computed in NO_DATA:
            return State("file-x", tr("expert.item.no_data"), "neutral", "text")
        return State("circle-zero", tr("expert.item.zero"), "accent", "accent")
    if done:
        return State("circle-check", tr("expert.item.done"), "accent", "accent")
    touched = entry is not None and (entry.level is not None or bool(entry.confirm) or entry.state != "open")
    if touched:
        return State("circle-alert", tr("expert.item.partly"), "warning", "warning")
    return State("circle", tr("state.open"), "quiet", "muted")


def paper_marks(news: Iterable[NewsLine], application: str) -> dict[str, str]:
    """The documents a supplement brought or exchanged, by id, each with the word for it."""
    known = {"document_new": tr("viewer.new"), "document_changed": tr("viewer.exchanged")}
    mine = (line.news for line in news if line.news.application == application)
    return {line.subject: known[line.kind] for line in mine if line.kind in known}


def legend() -> tuple[State, ...]:
    """Every state of an item, for the key beside the list."""
    scored, spared = ItemEntry("", "scored", "L1"), ItemEntry("", "not_applicable")
    nought = Fraction(0)
    return (
        item_state(None, False),
        item_state(scored, False),
        item_state(scored, True),
        item_state(scored, True, nought),
        item_state(scored, True, nought, computed="missing"),
        item_state(ItemEntry("", "scored", confirm="challenged"), True),
        item_state(spared, True),
        item_state(None, False, sheet="recused"),
        item_state(None, False, sheet="unable"),
        State("flag", tr("expert.flagged"), "warning", "warning"),
    )
