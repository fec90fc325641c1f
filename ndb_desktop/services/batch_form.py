"""新建批次的填写内容: everything the wizard asks, as it was typed, kept as a draft; its faults; the plan it makes.

A draft may hold anything half done. It never holds a passphrase: there is no place in it for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from ndb_desktop.domain.batch import Batch, FieldDef, Quota
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.strictjson import ready
from ndb_desktop.services.batch_plan import builtin_recommenders
from ndb_desktop.storage.atomic import atomic_write

CATEGORIES: tuple[Category, Category] = ("park", "enterprise")
OFFICERS: tuple[Literal["supervisor", "archivist"], ...] = ("supervisor", "archivist")
DRAFT = "new-batch.json"
MAX_DRAFT = 1024 * 1024
_COUNT = re.compile(r"[0-9]{1,6}")
MAX_QUOTA = 100_000


class FieldForm(msgspec.Struct):
    """A key field (重点领域) as typed, with its ceiling in each category ("" for none)."""

    id: str = ""
    zh: str = ""
    en: str = ""
    k: str = "1"
    quotas: dict[str, str] = {}


class RecommenderForm(msgspec.Struct):
    """A recommending body as typed."""

    region: str = ""
    name: str = ""


class BatchForm(msgspec.Struct):
    """The whole form. `packs` and `officers` hold paths ("" for the shipped pack, for nobody yet)."""

    step: str = ""
    seen: list[str] = []
    id: str = ""
    zh: str = ""
    en: str = ""
    name: str = ""
    year: int = 2026
    trial: bool = False
    categories: list[str] = msgspec.field(default_factory=lambda: list(CATEGORIES))
    fields: list[FieldForm] = []
    totals: dict[str, str] = {}
    packs: dict[str, str] = {}
    panel_size: int = 7
    per_employer: int = 1
    per_province: int = 2
    avoid_province: bool = True
    calendar: str = "cn-2026"
    notice_days: int = 5
    count_start_day: bool = False
    checked_list: bool = True
    cities: bool = False
    recommenders: list[RecommenderForm] = []
    officers: dict[str, str] = {}
    identity: str = ""
    folder: str = ""

    def takes_part(self) -> tuple[Category, ...]:
        """The categories of this batch."""
        return tuple(category for category in CATEGORIES if category in self.categories)

    def listed(self) -> Recommenders:
        """The list of 推荐单位 as typed."""
        rows = tuple(Recommender(row.region.strip(), row.name.strip()) for row in self.recommenders)
        return Recommenders(rows, self.cities)


def new_form(fields: Sequence[FieldDef], year: int, folder: Path, *, zh: str, en: str) -> BatchForm:
    """An empty form with what can be proposed; `year` is that of the call."""
    known = builtin_recommenders()
    return BatchForm(
        id=f"NDB-{year}",
        zh=zh,
        en=en,
        year=year,
        fields=_fields(fields),
        cities=known.cities,
        recommenders=_rows(known),
        folder=str(folder),
    )


def take_over(form: BatchForm, plan: BatchPlan) -> None:
    """同上一批次: takes from an earlier batch what usually stays; id, titles, year, people and keys do not."""
    batch, facts = plan.batch, plan.facts
    form.categories = [category for category in CATEGORIES if category in batch.quotas] or list(CATEGORIES)
    form.fields = _fields(batch.fields)
    form.totals = {}
    for category, quota in batch.quotas.items():
        form.totals[category] = "" if quota.total is None else str(quota.total)
        for row in form.fields:
            row.quotas[category] = str(quota.fields[row.id]) if row.id in quota.fields else ""
    form.trial, form.panel_size, form.calendar = batch.trial, batch.panel_size, batch.calendar
    form.per_employer, form.per_province = facts.per_employer, facts.per_province
    form.avoid_province = facts.avoid_province
    form.notice_days, form.count_start_day = facts.notice_days, facts.count_start_day
    if facts.recommenders is not None:
        form.checked_list, form.cities = True, facts.recommenders.cities
        form.recommenders = _rows(facts.recommenders)


def _fields(fields: Sequence[FieldDef]) -> list[FieldForm]:
    return [FieldForm(f.id, f.name.zh_CN, f.name.en, plain(f.k), {}) for f in fields]


def _rows(listed: Recommenders) -> list[RecommenderForm]:
    return [RecommenderForm(row.region, row.name) for row in listed.rows]


# ----- the plan -----


def count(text: str) -> int | None:
    """A ceiling as typed: None for none. Raises ValueError for anything but a whole number up to 100,000."""
    if not text.strip():
        return None
    if not _COUNT.fullmatch(text.strip()) or int(text) > MAX_QUOTA:
        raise ValueError(text)
    return int(text)


def plan_of_form(form: BatchForm) -> BatchPlan:
    """The plan of a form without faults (`batch_lint.form_faults`). Raises NdbError or ValueError for another."""
    quotas: Mapping[Category, Quota] = {
        category: Quota(
            count(form.totals.get(category, "")),
            {
                row.id.strip(): limit
                for row in form.fields
                if (limit := count(row.quotas.get(category, ""))) is not None
            },
        )
        for category in form.takes_part()
    }
    batch = Batch(
        id=form.id.strip(),
        title=LocalText(form.zh.strip(), form.en.strip()),
        year=form.year,
        trial=form.trial,
        fields=tuple(
            FieldDef(row.id.strip(), LocalText(row.zh.strip(), row.en.strip()), _number(row.k)) for row in form.fields
        ),
        quotas=quotas,
        panel_size=form.panel_size,
        calendar=form.calendar,
    )
    facts = BatchFacts(
        form.listed() if form.checked_list else None,
        form.per_employer,
        form.per_province,
        form.avoid_province,
        form.notice_days,
        form.count_start_day,
    )
    return BatchPlan(batch, facts)


def _number(text: str) -> Decimal:
    return parse_number(text.strip())


# ----- the draft -----


def draft_path(profile: Path) -> Path:
    """Where the draft of this user lies."""
    return profile / "drafts" / DRAFT


def load_draft(profile: Path) -> BatchForm | None:
    """The draft as it was left; None when there is none, or none that can be read."""
    try:
        with draft_path(profile).open("rb") as stream:
            raw = stream.read(MAX_DRAFT + 1)
        return msgspec.json.decode(raw, type=ready(BatchForm)) if len(raw) <= MAX_DRAFT else None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def save_draft(profile: Path, form: BatchForm) -> None:
    """Keeps the form for the next time. Raises NdbError E-STORE-*."""
    path = draft_path(profile)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with atomic_write(path) as stream:
        stream.write(msgspec.json.encode(form))


def drop_draft(profile: Path) -> None:
    """The batch is made, or the user begins afresh."""
    with suppress(OSError, NdbError):
        draft_path(profile).unlink(missing_ok=True)
