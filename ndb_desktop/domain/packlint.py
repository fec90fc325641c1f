"""The lint of a rule pack (domain rules R02, R08, panel D): what a well-formed pack may still get wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import ceil

from ndb_desktop.domain.numbers import exact, plain
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.rulepack import PARTS, Band, Group, Indicator, PackSettings, RulePack
from ndb_desktop.domain.rulescore import leaves_of

GROUPS = 4
INDICATORS = 11
QUANTITATIVE_LEAST = 60

FORBIDDEN_ZH = (
    "演示文稿", "幻灯片", "视频", "配套资金", "专项规划", "专题会议", "工作专班", "排名", "星级", "收费", "举债",
)  # fmt: skip
"""R06, R07, R08: nothing may be asked for, rewarded or shown that the plan forbids; closed list of words."""

FORBIDDEN_EN = re.compile(
    r"\b(slides?|slide deck|videos?|matching funds?|special plans?|thematic meetings?|task ?forces?|rankings?|"
    r"star ratings?|powerpoint)\b",
    re.IGNORECASE,
)


def lint_wording(texts: Mapping[str, str], reader: Reader) -> None:
    """R08: forbidden wording anywhere in the texts; spacing and full-width letters do not hide a word."""
    for path, text in texts.items():
        folded = unicodedata.normalize("NFKC", text)
        dense = "".join(
            character for character in folded if not character.isspace() and character not in "\u200b\u00ad"
        )
        for word in FORBIDDEN_ZH:
            if word in dense:
                reader.fault("E-PACK-WORDING", path, word=word)
        found = FORBIDDEN_EN.search(folded)
        if found:
            reader.fault("E-PACK-WORDING", path, word=found.group(0))


def lint_pack(pack: RulePack, reader: Reader) -> None:
    """Weights, bands, settings, status."""
    _weights(pack, reader)
    lint_bands(pack.bands, pack.settings, reader)
    lint_panel(pack.settings, reader)
    _targets(pack, reader)
    lint_status(pack.status, pack.document_number, pack.version, reader)


def lint_status(status: str, document_number: str, version: str, reader: Reader) -> None:
    """An official pack (正式) names its document; every pack has a version."""
    if status == "正式" and not document_number.strip():
        reader.fault("E-PACK-STATUS", "pack.document_number")
    if not version.strip():
        reader.fault("E-PACK-VERSION", "pack.version")


def lint_counts(groups: Sequence[Group], indicators: Sequence[Indicator], reader: Reader) -> None:
    """R01: four groups, eleven indicators, each in a group that exists."""
    if len(groups) != GROUPS:
        reader.fault("E-PACK-GROUPS", "pack.groups", count=len(groups), expected=GROUPS)
    if len(indicators) != INDICATORS:
        reader.fault("E-PACK-INDICATORS", "pack.indicators", count=len(indicators), expected=INDICATORS)
    known = {group.id for group in groups}
    for n, indicator in enumerate(indicators):
        if indicator.group not in known:
            reader.fault("E-PACK-GROUP-UNKNOWN", f"pack.indicators[{n}].group", group=indicator.group)
    for n, group in enumerate(groups):
        if not any(indicator.group == group.id for indicator in indicators):
            reader.fault("E-PACK-GROUP-EMPTY", f"pack.groups[{n}]", group=group.id)


def _weights(pack: RulePack, reader: Reader) -> None:
    for part in PARTS:
        total = sum((indicator.weights[part] for indicator in pack.indicators), Decimal(0))
        if total != 100:
            reader.fault("E-PACK-WEIGHTS", "pack.indicators", part=part, sum=plain(total))
        for n, indicator in enumerate(pack.indicators):
            if indicator.weights[part] <= 0:
                reader.fault("E-PACK-WEIGHT", f"pack.indicators[{n}].weights.{part}")
    computed = sum((i.weights["basis"] for i in pack.indicators if i.kind == "quantitative"), Decimal(0))
    if computed < QUANTITATIVE_LEAST:
        reader.fault("E-PACK-QUANTITATIVE", "pack.indicators", sum=plain(computed), least=QUANTITATIVE_LEAST)


def lint_bands(found: Sequence[Band], settings: PackSettings, reader: Reader) -> None:
    """The five bands cover 0..100 without gap or overlap at the pack's number of decimals; the step fits each."""
    bands = sorted(found, key=lambda band: band.level)
    unit = Decimal(1).scaleb(-settings.digits)
    if bands[0].low != 0 or bands[-1].high != 100:
        reader.fault("E-PACK-BANDS-GAP", "pack.bands", end=plain(bands[0].low), start=plain(bands[-1].high))
    for band in bands:
        if band.low >= band.high:
            reader.fault("E-PACK-BANDS-ORDER", "pack.bands", level=band.level)
    for below, above in pairwise(bands):
        step = above.low - below.high
        if step <= 0:
            reader.fault("E-PACK-BANDS-OVERLAP", "pack.bands", low=below.level, high=above.level)
        elif step > unit:
            reader.fault("E-PACK-BANDS-GAP", "pack.bands", end=plain(below.high), start=plain(above.low))
    if settings.step <= 0 or settings.step % unit != 0 or Decimal(100) % settings.step != 0:
        reader.fault("E-PACK-STEP", "pack.settings.step", step=plain(settings.step))
    for band in found:
        # Every level must offer at least one number the expert can type.
        if settings.step > 0 and ceil(exact(band.low) / exact(settings.step)) * settings.step > band.high:
            reader.fault("E-PACK-BANDS-EMPTY", "pack.bands", level=band.level, step=plain(settings.step))


def lint_panel(settings: PackSettings, reader: Reader) -> None:
    """Trimming starts no lower than the least panel."""
    if settings.trim_from < settings.min_panel:
        reader.fault("E-PACK-PANEL", "pack.settings.trim_from", trim=settings.trim_from, least=settings.min_panel)


def _targets(pack: RulePack, reader: Reader) -> None:
    """Every quantitative indicator needs a measure on its curve that a plan can set a target for."""
    for n, indicator in enumerate(pack.indicators):
        if indicator.rule is None:
            continue
        scored = {leaf.get("x") for leaf in leaves_of(indicator.rule.score)}
        if not any(measure.target and measure.id in scored for measure in indicator.rule.measures):
            reader.fault("E-PACK-TARGET", f"pack.indicators[{n}].rule.measures", indicator=indicator.id)
