"""One base in a later stage as a desk works on it: pack, what was promised, what is declared now, what was accepted.

Coordinator and expert make it from the same texts; its digest says that they have the same before them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ndb_desktop.domain.model import Actual
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.stagecase import StageCase, actual_values
from ndb_desktop.domain.stageform import StageItem, stage_items
from ndb_desktop.domain.stagepack import AnyStagePack, StageId
from ndb_desktop.domain.strictload import canonical

WORK_FORMAT = "ndb-stagework/1"


@dataclass(frozen=True)
class StageWork:
    """What is examined of a base. `actuals` are declared for this stage, `accepted` were so in 评估验收.

    `accepted` is empty outside 成效评估, and where the base came without any.
    """

    pack: AnyStagePack
    case: StageCase
    actuals: tuple[Actual, ...] = ()
    accepted: tuple[Actual, ...] = ()

    @property
    def stage(self) -> StageId:
        """评估验收 or 成效评估."""
        return self.pack.stage

    @cached_property
    def values(self) -> Mapping[str, Fraction | None]:
        """The actual value per promise in the pack's unit, None for a missing one (缺报).

        Raises:
            FaultsError: as `actual_values`; a registry and a bundle are checked before anybody asks.
        """
        return actual_values(self.case, self.actuals, in_target_year=self.stage == "acceptance")

    @cached_property
    def accepted_values(self) -> Mapping[str, Fraction | None]:
        """What was reached at 评估验收 per promise, as `domain.effect` takes it. Raises FaultsError as `values`."""
        return actual_values(self.case, self.accepted, in_target_year=False)

    @cached_property
    def actual_by_id(self) -> Mapping[str, Actual]:
        """What was declared, by the id of its promise."""
        return {actual.id: actual for actual in self.actuals}

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Promises without an actual value (缺报), in the order of the pack: each counts 0 and is called missing."""
        return tuple(name for name, value in self.values.items() if value is None)

    @cached_property
    def items(self) -> tuple[StageItem, ...]:
        """The form of this base."""
        return stage_items(self.pack, self.case)

    @cached_property
    def item_by_id(self) -> Mapping[str, StageItem]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) that binds the case and everything declared and accepted."""
        content = [WORK_FORMAT, self.case.digest, _said(self.actuals), _said(self.accepted)]
        return hashlib.sha256(canonical(content)).hexdigest()


def _said(actuals: Iterable[Actual]) -> list[list[object]]:
    """Every declared value as texts and whole numbers, by id."""
    return [
        [
            one.id,
            one.unit,
            None if one.value is None else plain(one.value),
            str(one.year),
            [[ref.document, str(ref.page)] for ref in one.evidence],
            one.statement,
            None if one.verified is None else plain(one.verified),
        ]
        for one in sorted(actuals, key=lambda one: one.id)
    ]
