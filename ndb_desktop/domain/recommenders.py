"""推荐单位: who may recommend for which region in a batch, as data (the notice of each batch says so, R11).

Whether a 计划单列市 recommends by itself or through its province is a switch of the batch: 250号 had it so, 101号 not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ndb_desktop.domain.codes import RegionRow, is_region_code
from ndb_desktop.domain.conflicts import name_key
from ndb_desktop.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class Recommender:
    """One body: the region it recommends for (GB/T 2260, or 660000 for 兵团) and its name in Chinese."""

    region: str
    name: str


@dataclass(frozen=True)
class Recommenders:
    """推荐单位名单 of a batch. With `cities` a 计划单列市 on the list recommends by itself, else its province does."""

    rows: tuple[Recommender, ...]
    cities: bool = False

    @cached_property
    def _by_region(self) -> Mapping[str, Recommender]:
        return {row.region: row for row in self.rows}

    @cached_property
    def active(self) -> tuple[Recommender, ...]:
        """Those that recommend in this batch."""
        return tuple(row for row in self.rows if self.cities or not is_city(row.region))

    def of_region(self, region: str) -> Recommender | None:
        """Who recommends for applicants of a region, down to counties; None when nobody on the list does."""
        city = self._by_region.get(f"{region[:4]}00") if self.cities else None
        return city or self._by_region.get(f"{region[:2]}0000")

    def doubt(
        self, region: str, name: str, places: Mapping[str, RegionRow], endings: Iterable[str] = ()
    ) -> Fault | None:
        """What does not fit between an applicant's region and the name of the body that recommends it.

        The name on the list counts, and so does what every such body is called in general: the name of its place
        (`places`) and one of the `endings`, such as 工业和信息化主管部门. None where all fits.
        """
        wanted = self.of_region(region)
        if wanted is None:
            return Fault("E-IMPORT-RECOMMENDER-REGION", "", {"region": region, "recommender": name})
        given = name_key(name)
        general = tuple(endings)
        if given in _names(wanted, places, general):
            return None
        for other in self.rows:
            if given in _names(other, places, general):
                return Fault("E-IMPORT-RECOMMENDER-OTHER", "", {"recommender": name, "wanted": wanted.name})
        return Fault("E-IMPORT-RECOMMENDER", "", {"recommender": name, "wanted": wanted.name})


def is_city(region: str) -> bool:
    """Whether a code of the list is that of a 计划单列市: a city below a province."""
    return not region.endswith("0000")


def _names(row: Recommender, places: Mapping[str, RegionRow], endings: Iterable[str]) -> frozenset[str]:
    place = places.get(row.region)
    general = {name_key(place.zh + ending) for ending in endings} if place else set()
    return frozenset({name_key(row.name), *general})


def list_faults(listed: Recommenders, places: Mapping[str, RegionRow]) -> tuple[Fault, ...]:
    """The lint of a list: codes of the table of regions, each once, every body named; at its row from 1."""
    faults: list[Fault] = []
    seen: set[str] = set()
    if not listed.active:
        faults.append(Fault("E-RECOMMENDERS-NONE", "recommenders"))
    for number, row in enumerate(listed.rows):
        place = f"recommenders[{number}]"
        if not is_region_code(row.region) or row.region not in places:
            faults.append(Fault("E-RECOMMENDERS-REGION", f"{place}.region", {"region": row.region[:20]}))
        elif row.region in seen:
            faults.append(Fault("E-APP-TWICE", f"{place}.region", {"name": row.region}))
        seen.add(row.region)
        if not row.name.strip():
            faults.append(Fault("E-RECOMMENDERS-NAME", f"{place}.name", {"region": row.region[:20]}))
    return tuple(faults)
