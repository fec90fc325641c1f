"""评审分析, the collecting half: what has to be kept of each application while its sheets are in memory.

Of a sheet only its digest, its judged total and its row of marks stay; a registry of any size goes by once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ndb_desktop.domain.expertflags import Row, judged, key_flags
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.panel import PanelResult, panel_result
from ndb_desktop.domain.panelflags import Flag
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.services.results_compute import CountedPanel

Files = Mapping[tuple[str, str], tuple[str, ...]]
"""(application, expert) -> payload digests of the signed files that brought the sheet."""


@dataclass(frozen=True, slots=True)
class SheetRef:
    """出处: the sheet a figure stands on, and the signed files (payload digests) that brought it."""

    application: str
    expert: str
    revision: int
    digest: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of one application: its result, its scored sheets by expert, and how often which level was given.

    `patterns` says how many judged items have which sum of levels (`expertflags.level_counts` takes it apart).
    """

    result: PanelResult
    refs: Mapping[str, SheetRef]
    patterns: Mapping[int, int]
    key: tuple[Flag, ...]

    @property
    def group(self) -> tuple[Category, str]:
        """Category and field."""
        return self.result.category, self.result.field


class Collector:
    """Looks at every application once; give `see` to `results_compute.compute` as its witness."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.kept: dict[str, Kept] = {}
        self.rows: dict[str, dict[str, Row]] = {}
        self._packs: dict[tuple[Category, int], RulePack] = {}

    def see(self, panel: CountedPanel) -> None:
        """Takes what is needed of one application."""
        result = panel.result
        name = result.application
        sheets: dict[str, Sheet] = {}
        refs, levels = {}, []
        for expert, state in result.experts.items():
            if state != "scored":
                continue
            stored = panel.sheets[expert]
            files = self._files.get((name, expert), ())
            refs[expert] = SheetRef(name, expert, stored.revision, stored.digest, files)
            sheets[expert] = stored.sheet
            own = judged(panel.pack, stored.sheet)
            levels.append(own.levels)
            if own.row is not None:
                self.rows.setdefault(expert, {})[name] = own.row

        def again(left_out: str) -> Fraction | None:
            """The long way, for panels in which not everybody answered everything."""
            rest = {expert: sheet for expert, sheet in sheets.items() if expert != left_out}
            pack = self._lowered(panel.pack, len(rest))
            return panel_result(pack, panel.application, panel.k, rest, computed=panel.computed).total

        key = key_flags(result, panel.pack.settings, again)
        self.kept[name] = Kept(result, refs, Counter(map(sum, zip(*levels, strict=True))), key)

    def _lowered(self, pack: RulePack, experts: int) -> RulePack:
        """The pack with a least panel size that `experts` reach, so that there is a total to compare with."""
        least = min(pack.settings.min_panel, experts)
        place = (pack.category, least)
        if place not in self._packs:
            self._packs[place] = replace(pack, settings=replace(pack.settings, min_panel=least))
        return self._packs[place]
