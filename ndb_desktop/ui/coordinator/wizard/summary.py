"""Everything the form of a new batch says, in sentences a person can check against the notice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.model import Category
from ndb_desktop.services.batch_form import OFFICERS, BatchForm
from ndb_desktop.services.batch_lint import quota_sum
from ndb_desktop.services.calendars import builtin_calendars
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.decision_words import role_name
from ndb_desktop.ui.coordinator.wizard.check_step import Section
from ndb_desktop.ui.coordinator.wizard.quotas_step import field_title, sum_words
from ndb_desktop.ui.coordinator.wizard.rules_step import AnyPack
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets import files


def sections(
    form: BatchForm, packs: Mapping[Category, AnyPack], people: Mapping[Role, str], owner: str
) -> list[Section]:
    """Step, heading and sentences, in the order of the steps. `people` are names by role, `owner` says whose key."""
    return [
        ("batch", tr("wizard.batch"), _batch(form)),
        ("fields", tr("wizard.fields"), _fields(form)),
        ("quotas", tr("wizard.quotas"), _quotas(form)),
        ("rules", tr("wizard.rules"), _rules(form, packs)),
        ("dates", tr("wizard.dates"), _dates(form)),
        ("recommenders", tr("wizard.recommenders"), _recommenders(form)),
        ("people", tr("wizard.people"), _people(form, people)),
        ("keys", tr("wizard.keys"), _keys(form, owner)),
    ]


def _batch(form: BatchForm) -> list[str]:
    title = form.zh if i18n.language() == "zh_CN" else form.en
    return [
        tr("wizard.say.batch", title=title.strip() or "—", id=form.id.strip() or "—", year=form.year),
        tr("wizard.say.office", name=form.name.strip() or "—"),
        tr("wizard.say.trial") if form.trial else tr("wizard.say.official"),
    ]


def _fields(form: BatchForm) -> list[str]:
    listed = tr("list.separator").join(
        tr("wizard.say.field", name=field_title(one), k=one.k.strip() or "—") for one in form.fields
    )
    taking = tr("list.separator").join(category_name(category) for category in form.takes_part())
    return [
        tr("wizard.say.categories", categories=taking or "—"),
        tr("wizard.say.fields", count=len(form.fields), fields=listed or "—"),
    ]


def _quotas(form: BatchForm) -> list[str]:
    lines = []
    for category in form.takes_part():
        lines.append(tr("wizard.say.quota", category=category_name(category), sum=sum_words(quota_sum(form, category))))
        capped = [
            tr("wizard.say.quota.field", field=field_title(one), limit=one.quotas[category].strip())
            for one in form.fields
            if one.quotas.get(category, "").strip()
        ]
        if capped:
            lines.append(tr("wizard.say.quota.fields", fields=tr("list.separator").join(capped)))
    return lines


def _rules(form: BatchForm, packs: Mapping[Category, AnyPack]) -> list[str]:
    lines = []
    for category in form.takes_part():
        pack = packs.get(category)
        if pack is None:
            lines.append(tr("wizard.say.pack.none", category=category_name(category)))
            continue
        title = tr("wizard.pack.title", title=i18n.local(pack.title), version=pack.version)
        key = tr("wizard.pack.proposal") if pack.is_proposal else _official(pack)
        lines.append(tr("wizard.say.pack", category=category_name(category), title=title, standing=key))
    if not form.trial and any(pack.is_proposal for pack in packs.values()):
        lines.append(tr("wizard.say.proposal"))
    lines.append(
        tr(
            "wizard.say.panel",
            size=form.panel_size,
            employer=form.per_employer or tr("wizard.cap.none"),
            province=form.per_province or tr("wizard.cap.none"),
        )
    )
    lines.append(tr("wizard.say.avoid") if form.avoid_province else tr("wizard.say.avoid.not"))
    return lines


def _official(pack: AnyPack) -> str:
    return tr("wizard.pack.official", number=pack.document_number)


def _dates(form: BatchForm) -> list[str]:
    known = builtin_calendars().get(form.calendar)
    documents = "—" if known is None else tr("list.separator").join(known.documents)
    rule = tr("wizard.count.with") if form.count_start_day else tr("wizard.count.after")
    return [
        tr("wizard.say.calendar", calendar=form.calendar, documents=documents),
        tr("wizard.say.days", days=form.notice_days, rule=rule),
    ]


def _recommenders(form: BatchForm) -> list[str]:
    if not form.checked_list:
        return [tr("wizard.say.recommenders.not")]
    known = form.listed()
    lines = [tr("wizard.recommenders.count", active=len(known.active), all=len(known.rows))]
    lines.append(tr("wizard.say.cities") if form.cities else tr("wizard.say.cities.not"))
    return lines


def _people(form: BatchForm, people: Mapping[Role, str]) -> list[str]:
    named = [(role_name(role), people.get(role) or tr("wizard.say.later")) for role in OFFICERS]
    coordinator = (role_name("coordinator"), form.name.strip() or "—")
    return [tr("wizard.say.role", role=role, name=name) for role, name in (coordinator, *named)]


def _keys(form: BatchForm, owner: str) -> list[str]:
    folder = files.told(Path(form.folder)) if form.folder else "—"
    return [
        tr("wizard.say.key", owner=owner),
        tr("wizard.say.recovery"),
        tr("wizard.say.folder", folder=folder),
    ]
