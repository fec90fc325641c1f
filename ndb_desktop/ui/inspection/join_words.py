"""A part of a record in words, field by field, so that two members' versions can be compared."""

from __future__ import annotations

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    Closing,
    Finding,
    Head,
    Meeting,
    Observation,
    Part,
    PartKey,
    Photo,
    VetoFinding,
)
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import conclusion_words, effect_words, grade_words, joined, moment, unit_words

Fields = dict[str, str]
"""Name of a field and what stands there."""


def part_title(store: SiteStore, key: PartKey) -> str:
    """What a part is called."""
    kind, name = key
    if kind == "check":
        wanted = store.record.visit.wanted_by_id.get(name)
        return tr("site.join.check", name=store.label(wanted) if wanted else name)
    if kind == "answer":
        item = store.pack.item_by_id.get(name)
        return tr("site.join.answer", name=f"{name} {i18n.local(item.title)}" if item else name)
    if kind == "meeting":
        title = next((i18n.local(one.title) for one in store.pack.meetings if one.id == name), name)
        return tr("site.join.meeting", name=title)
    names = {
        "head": tr("site.head"), "closing": tr("site.closing"), "finding": tr("site.join.finding", name=name),
        "veto": tr("site.join.veto", name=name), "observation": tr("site.join.observation", name=name),
        "photo": tr("site.join.photo", name=name),
    }  # fmt: skip
    return names.get(kind, name)


def fields_of(store: SiteStore, part: Part | None) -> Fields:
    """What stands in a part; nothing of one that is not there."""
    if isinstance(part, Head):
        return _head(store, part)
    if isinstance(part, Meeting):
        states = {"open": tr("meeting.open"), "held": tr("meeting.held"), "skipped": tr("meeting.skipped")}
        return {
            tr("site.join.state"): states[part.state],
            tr("meeting.started"): moment(part.started_at),
            tr("meeting.ended"): moment(part.ended_at),
            tr("meeting.note"): part.note,
            tr("meeting.reason"): part.reason,
        }
    if isinstance(part, Check):
        return _check(store, part)
    if isinstance(part, Answer):
        grade = grade_words()[part.grade] if part.grade else ""
        return {tr("site.answer.grade"): grade, tr("site.answer.note"): part.note}
    if isinstance(part, Closing):
        return _closing(part)
    return _free(store, part)


def _head(store: SiteStore, head: Head) -> Fields:
    names = {one.id: one.name for one in store.record.visit.members}
    return {
        tr("site.head.place"): head.place,
        tr("site.head.started"): moment(head.started_at),
        tr("site.head.ended"): moment(head.ended_at),
        tr("site.hosts"): joined([" ".join(filter(None, (one.name, one.role))) for one in head.hosts]),
        tr("site.declared"): joined([f"{names.get(name, name)} {moment(at)}" for name, at in head.declared]),
    }


def _check(store: SiteStore, check: Check) -> Fields:
    wanted = store.record.visit.wanted_by_id.get(check.id)
    value = "" if check.verified is None else plain(check.verified)
    if value and wanted is not None and wanted.unit != "none":
        value = f"{value} {unit_words(wanted.unit)}"
    methods = {one.id: i18n.local(one.title) for one in store.pack.methods}
    return {
        tr("site.check.verified"): value,
        tr("site.check.conclusion"): conclusion_words()[check.conclusion] if check.conclusion else "",
        tr("site.check.methods"): joined([methods.get(one, one) for one in check.methods]),
        tr("site.check.effect"): effect_words()[check.effect] if check.effect else "",
        tr("site.check.proof"): check.proof,
        tr("site.check.note"): check.note,
    }


def _closing(closing: Closing) -> Fields:
    read = {None: "", True: tr("site.closing.read.yes"), False: tr("site.closing.read.no")}
    count = len(closing.strokes)
    return {
        tr("site.closing.read"): read[closing.read_out],
        tr("site.closing.opinion"): closing.opinion,
        tr("site.closing.signer"): closing.signer,
        tr("site.closing.role"): closing.signer_role,
        tr("site.closing.signature"): tr("site.closing.strokes", count=count) if count else "",
        tr("site.closing.refusal.why"): closing.refusal,
        tr("site.closing.witness"): closing.witness,
    }


def _free(store: SiteStore, part: Part | None) -> Fields:
    if isinstance(part, Finding):
        looks = [
            joined([moment(one.at), tr("site.join.passed") if one.passed else tr("site.join.failed"), one.note])
            for one in part.rechecks
        ]
        return {
            tr("site.join.severity"): grade_words()[part.severity],
            tr("site.join.about"): _about(store, part.about),
            tr("site.join.text"): part.text,
            tr("site.join.measure"): part.measure,
            tr("site.join.due"): part.due,
            tr("site.join.rechecks"): "\n".join(looks),
        }
    if isinstance(part, VetoFinding):
        known = store.pack.ground_by_id.get(part.ground)
        return {
            tr("site.join.ground"): f"{part.ground} {i18n.local(known.text)}" if known else part.ground,
            tr("site.join.text"): part.text,
            tr("site.join.evidence"): part.evidence,
            tr("site.join.reply"): part.reply,
        }
    if isinstance(part, Observation):
        return {tr("site.join.text"): part.text}
    if isinstance(part, Photo):
        return {
            tr("site.join.file"): part.name,
            tr("site.join.caption"): part.caption,
            tr("site.join.about"): _about(store, part.about),
            tr("site.join.marks"): str(len(part.marks)),
        }
    return {}


def _about(store: SiteStore, about: str) -> str:
    kind, _, name = about.partition(":")
    known = ("check", "answer", "finding", "veto", "observation")
    return next((part_title(store, (one, name)) for one in known if one == kind), about)  # type: ignore[arg-type]
