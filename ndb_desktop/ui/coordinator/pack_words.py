"""A rule pack as a readable form (规则包的内容): a tree of headings, each with blocks of plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.packdiffwords import MEMBERS, value_words
from ndb_desktop.domain.packformula import formula_text
from ndb_desktop.domain.packvectors import vectors_of
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.rulepack import PARTS, DataItem, Indicator, RulePack
from ndb_desktop.domain.rules import explain_rule
from ndb_desktop.domain.sheet import LevelId
from ndb_desktop.domain.strictload import strict_json
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr

LEVELS: tuple[LevelId, ...] = ("L5", "L4", "L3", "L2", "L1")


@dataclass(frozen=True)
class Block:
    """A heading and the lines under it; `role` is how the lines look."""

    title: str
    lines: tuple[str, ...]
    role: str = "body"


@dataclass(frozen=True)
class Node:
    """An entry of the tree: its title, what is said beside it, its blocks, the entries below it."""

    key: str
    title: str
    note: str = ""
    blocks: tuple[Block, ...] = ()
    below: tuple[Node, ...] = ()

    def holds(self, words: str) -> bool:
        """Whether the words stand anywhere in it, whatever the case; what is below is asked for itself."""
        wanted = words.casefold()
        texts = (self.key, self.title, *(line for block in self.blocks for line in (block.title, *block.lines)))
        return any(wanted in text.casefold() for text in texts)


def standing_words(pack: RulePack) -> str:
    """建议稿, or official with its document number."""
    return tr("pack.proposal") if pack.is_proposal else tr("packs.official", number=pack.document_number)


def form_of(pack: RulePack) -> tuple[Node, ...]:
    """The whole pack: what it is, levels and settings, statements, then the indicators by group."""
    return (
        Node("pack", tr("packs.form.pack"), blocks=_identity(pack)),
        Node("settings", tr("packs.form.settings"), blocks=tuple(_settings(pack))),
        Node("statements", tr("packs.form.statements"), blocks=tuple(_statements(pack))),
        *(_group(pack, group.id, i18n.local(group.title)) for group in pack.groups),
    )


def fact(name: str, value: str) -> str:
    """`名称：值`."""
    return tr("packs.fact", name=name, value=value)


def _identity(pack: RulePack) -> tuple[Block, ...]:
    lines = (
        fact(tr("packdiff.member.id"), pack.id),
        fact(tr("packdiff.member.version"), pack.version),
        fact(tr("packdiff.member.category"), category_name(pack.category)),
        fact(tr("packdiff.member.stage"), _value(pack.stage, "stage")),
        fact(tr("packdiff.member.status"), standing_words(pack)),
    )
    counts = (
        tr("packs.form.counts", groups=len(pack.groups), indicators=len(pack.indicators), items=len(pack.items)),
        tr("packs.form.share"),
    )
    digest = (spoken(pack.digest, i18n.language()), pack.digest)
    return (
        Block(i18n.local(pack.title), lines),
        Block(tr("packs.form.built"), counts),
        Block(tr("packs.form.digest"), digest),
    )


def _settings(pack: RulePack) -> Iterator[Block]:
    bands = tuple(
        tr("packs.form.band", level=tr(f"level.{band.level}"), low=plain(band.low), high=plain(band.high))
        for band in sorted(pack.bands, key=lambda band: band.level, reverse=True)
    )
    yield Block(tr("packs.form.levels"), bands)
    yield Block(tr("packs.form.reason"), (_reason(pack),))
    raw = strict_json(pack.raw, max_size=len(pack.raw))["pack"]["settings"]
    yield Block(tr("packs.form.sums"), tuple(_members(raw, "")))


def _reason(pack: RulePack) -> str:
    names = tr("list.separator").join(tr(f"level.{level}") for level in pack.settings.reason_levels)
    return tr("packs.form.reason.text", levels=names or "—", count=pack.settings.reason_min)


def _members(record: dict[str, Any], prefix: str) -> Iterator[str]:
    """Every setting by its name; those in a group of settings follow it."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _members(value, f"{name}.")
            continue
        known = f"{prefix}{name}"
        yield fact(tr(f"packdiff.member.{known}") if known in MEMBERS else known, _value(value, name))


def _value(value: Any, name: str) -> str:
    said = value_words(value, name)
    return i18n.phrase(said) if isinstance(said, Phrase) else str(said)


def _statements(pack: RulePack) -> Iterator[Block]:
    for statement in pack.statements:
        yield Block(statement.id, (i18n.local(statement.text),))


def _group(pack: RulePack, group: str, title: str) -> Node:
    mine = [indicator for indicator in pack.indicators if indicator.group == group]
    sums = [plain(sum((one.weights[part] for one in mine), start=mine[0].weights[part] * 0)) for part in PARTS]
    note = f"{sums[0]} / {sums[1]}"
    lines = tuple(f"{one.id} {i18n.local(one.title)} · {weights_note(one)}" for one in mine)
    return Node(
        f"group.{group}",
        f"{group} {title}",
        note,
        (Block(tr("packs.form.weights.sum", basis=sums[0], plan=sums[1]), lines),),
        tuple(indicator_node(pack, one) for one in mine),
    )


def weights_note(indicator: Indicator) -> str:
    """Both weights, short: `8 / 10`."""
    return f"{plain(indicator.weights['basis'])} / {plain(indicator.weights['plan'])}"


def indicator_node(pack: RulePack, indicator: Indicator) -> Node:
    """Everything the pack says of an indicator."""
    kind = tr("packs.kind.quantitative") if indicator.rule is not None else tr("packs.kind.qualitative")
    weights = tr(
        "packs.form.weights", basis=plain(indicator.weights["basis"]), plan=plain(indicator.weights["plan"]), kind=kind
    )
    blocks = [
        Block(weights, ()),
        Block(tr("packs.form.asks"), (i18n.local(indicator.asks),)),
        Block(tr("packs.form.source"), (i18n.local(indicator.source_phrase),), "quote"),
    ]
    if indicator.data:
        blocks.append(Block(tr("packs.form.data"), tuple(line for datum in indicator.data for line in _datum(datum))))
    blocks += _rule(pack, indicator)
    for part in PARTS:
        texts = indicator.levels.get(part, {})
        lines = tuple(
            tr(
                "packs.form.level", level=tr(f"level.{level}"), low=plain(pack.band_of(level).low),
                high=plain(pack.band_of(level).high), text=i18n.local(texts[level]),
            )
            for level in LEVELS if level in texts
        )  # fmt: skip
        if lines:
            where = tr("part.basis") if part == "basis" else tr("part.plan")
            blocks.append(Block(tr("packs.form.levels.of", part=where), (*lines, _reason(pack))))
    allowed = tr("packs.form.skip.yes") if indicator.not_applicable else tr("packs.form.skip.no")
    blocks.append(Block(tr("packs.form.skip"), (allowed,)))
    blocks.append(Block(tr("packs.form.evidence"), (i18n.local(indicator.evidence),)))
    title = f"{indicator.id} {i18n.local(indicator.title)}"
    return Node(indicator.id, title, weights_note(indicator), tuple(blocks))


def _datum(datum: DataItem) -> Iterator[str]:
    unit = tr(f"unit.{datum.unit}") if datum.unit != "none" else ""
    years = tr("packs.form.years", count=datum.years) if datum.years else tr("packs.form.single")
    kinds = {
        "number": years,
        "objects": tr("list.separator").join(i18n.local(datum.class_labels[name]) for name in datum.classes),
        "flag": tr("packs.form.flag"),
    }
    needed = tr("packs.form.required") if datum.required else tr("packs.form.optional")
    facts = " · ".join(part for part in (kinds[datum.kind], unit, needed, datum.code) if part)
    yield f"{i18n.local(datum.label)} ({facts})"
    yield f"    {i18n.local(datum.help)}"


def _rule(pack: RulePack, indicator: Indicator) -> Iterator[Block]:
    rule = indicator.rule
    if rule is None:
        return
    yield Block(tr("packs.form.rule"), (i18n.phrase(explain_rule(indicator, Fraction(1))),))
    formulas = tuple(
        fact(i18n.local(measure.label), text)
        for measure in rule.measures
        if (text := formula_text(_raw_measure(pack, indicator.id, measure.id))) is not None
    )
    if formulas:
        yield Block(tr("packs.form.formulas"), formulas)
    targets = tuple(i18n.local(measure.label) for measure in rule.measures if measure.target)
    yield Block(tr("packs.form.targets"), targets)
    found = vectors_of(pack, indicator)
    yield Block(tr("packs.form.vectors"), (tr("packs.form.vectors.text", count=len(found)),))


def _raw_measure(pack: RulePack, indicator: str, measure: str) -> Any:
    """The formula of a measure as the pack's file has it."""
    records = strict_json(pack.raw, max_size=len(pack.raw))["pack"]["indicators"]
    record = next(one for one in records if one["id"] == indicator)
    return next(one["value"] for one in record["rule"]["measures"] if one["id"] == measure)
