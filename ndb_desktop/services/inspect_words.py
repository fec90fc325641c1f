"""A part of an inspection record in words, field by field, so that two members' versions can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.sitejoin import Split
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    Closing,
    Conclusion,
    Effect,
    Finding,
    Grade,
    Head,
    Meeting,
    Observation,
    Part,
    PartKey,
    Photo,
    VetoFinding,
    Wanted,
)
from ndb_desktop.domain.units import UNITS
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.inspect import SiteSession

Fields = dict[str, str]
"""Name of a field and what stands there."""
CONCLUSIONS: Mapping[Conclusion, str] = {
    "consistent": "conclusion.consistent", "deviation": "conclusion.deviation", "major": "conclusion.major",
    "unverifiable": "conclusion.unverifiable", "not_applicable": "conclusion.not_applicable",
}  # fmt: skip
EFFECTS: Mapping[Effect, str] = {"replace": "effect.replace", "keep": "effect.keep", "refer": "effect.refer"}
GRADES: Mapping[Grade, str] = {
    "pass": "grade.pass", "minor": "grade.minor", "severe": "grade.severe", "not_applicable": "grade.not_applicable",
}  # fmt: skip


class PartWords:
    """The words for the parts of one visit's record in one language."""

    def __init__(self, session: SiteSession, language: str) -> None:
        self._session, self._language = session, language

    def differing(self, split: Split) -> list[tuple[str, str, str]]:
        """Of a conflict the fields that differ: name, mine, theirs; one row at least."""
        mine, theirs = self.fields(split.mine), self.fields(split.theirs)
        rows = [
            (name, mine.get(name, ""), theirs.get(name, ""))
            for name in dict.fromkeys((*mine, *theirs))
            if mine.get(name, "") != theirs.get(name, "")
        ]
        absent = self._say("site.join.absent")
        if split.mine is None or split.theirs is None:
            here, there = (absent if side is None else "" for side in (split.mine, split.theirs))
            rows.insert(0, (self._say("site.join.state"), here, there))
        other = self._say("site.join.other"), self._say("site.join.other.mine"), self._say("site.join.other.theirs")
        return rows or [other]

    def title(self, key: PartKey) -> str:
        """What a part is called."""
        kind, name = key
        if kind == "check":
            wanted = self._session.visit.wanted_by_id.get(name)
            return self._say("site.join.check", name=self._label(wanted) if wanted else name)
        if kind == "answer":
            item = self._session.pack.item_by_id.get(name)
            return self._say("site.join.answer", name=f"{name} {item.title.get(self._language)}" if item else name)
        if kind == "meeting":
            title = next((one.title.get(self._language) for one in self._session.pack.meetings if one.id == name), name)
            return self._say("site.join.meeting", name=title)
        names = {
            "head": self._say("site.head"),
            "closing": self._say("site.closing"),
            "finding": self._say("site.join.finding", name=name),
            "veto": self._say("site.join.veto", name=name),
            "observation": self._say("site.join.observation", name=name),
            "photo": self._say("site.join.photo", name=name),
        }
        return names.get(kind, name)

    def fields(self, part: Part | None) -> Fields:
        """What stands in a part; nothing of one that is not there."""
        if isinstance(part, Head):
            return self._head(part)
        if isinstance(part, Meeting):
            states = {
                "open": self._say("meeting.open"),
                "held": self._say("meeting.held"),
                "skipped": self._say("meeting.skipped"),
            }
            return {
                self._say("site.join.state"): states[part.state],
                self._say("meeting.started"): self._moment(part.started_at),
                self._say("meeting.ended"): self._moment(part.ended_at),
                self._say("meeting.note"): part.note,
                self._say("meeting.reason"): part.reason,
            }
        if isinstance(part, Check):
            return self._check(part)
        if isinstance(part, Answer):
            grade = self._say(GRADES[part.grade]) if part.grade else ""
            return {self._say("site.answer.grade"): grade, self._say("site.answer.note"): part.note}
        if isinstance(part, Closing):
            return self._closing(part)
        return self._free(part)

    def _head(self, head: Head) -> Fields:
        names = {one.id: one.name for one in self._session.visit.members}
        return {
            self._say("site.head.place"): head.place,
            self._say("site.head.started"): self._moment(head.started_at),
            self._say("site.head.ended"): self._moment(head.ended_at),
            self._say("site.hosts"): self._joined([" ".join(filter(None, (one.name, one.role))) for one in head.hosts]),
            self._say("site.declared"): self._joined(
                [f"{names.get(name, name)} {self._moment(at)}" for name, at in head.declared]
            ),
        }

    def _check(self, check: Check) -> Fields:
        wanted = self._session.visit.wanted_by_id.get(check.id)
        value = "" if check.verified is None else plain(check.verified)
        if value and wanted is not None and wanted.unit != "none":
            value = f"{value} {self._unit(wanted.unit)}"
        methods = {one.id: one.title.get(self._language) for one in self._session.pack.methods}
        return {
            self._say("site.check.verified"): value,
            self._say("site.check.conclusion"): self._say(CONCLUSIONS[check.conclusion]) if check.conclusion else "",
            self._say("site.check.methods"): self._joined([methods.get(one, one) for one in check.methods]),
            self._say("site.check.effect"): self._say(EFFECTS[check.effect]) if check.effect else "",
            self._say("site.check.proof"): check.proof,
            self._say("site.check.note"): check.note,
        }

    def _closing(self, closing: Closing) -> Fields:
        read = {None: "", True: self._say("site.closing.read.yes"), False: self._say("site.closing.read.no")}
        count = len(closing.strokes)
        return {
            self._say("site.closing.read"): read[closing.read_out],
            self._say("site.closing.opinion"): closing.opinion,
            self._say("site.closing.signer"): closing.signer,
            self._say("site.closing.role"): closing.signer_role,
            self._say("site.closing.signature"): self._say("site.closing.strokes", count=count) if count else "",
            self._say("site.closing.refusal.why"): closing.refusal,
            self._say("site.closing.witness"): closing.witness,
        }

    def _free(self, part: Part | None) -> Fields:
        if isinstance(part, Finding):
            looks = [
                self._joined(
                    [
                        self._moment(one.at),
                        self._say("site.join.passed") if one.passed else self._say("site.join.failed"),
                        one.note,
                    ]
                )
                for one in part.rechecks
            ]
            return {
                self._say("site.join.severity"): self._say(GRADES[part.severity]),
                self._say("site.join.about"): self._about(part.about),
                self._say("site.join.text"): part.text,
                self._say("site.join.measure"): part.measure,
                self._say("site.join.due"): part.due,
                self._say("site.join.rechecks"): "\n".join(looks),
            }
        if isinstance(part, VetoFinding):
            known = self._session.pack.ground_by_id.get(part.ground)
            return {
                self._say("site.join.ground"): f"{part.ground} {known.text.get(self._language)}"
                if known
                else part.ground,
                self._say("site.join.text"): part.text,
                self._say("site.join.evidence"): part.evidence,
                self._say("site.join.reply"): part.reply,
            }
        if isinstance(part, Observation):
            return {self._say("site.join.text"): part.text}
        if isinstance(part, Photo):
            return {
                self._say("site.join.file"): part.name,
                self._say("site.join.caption"): part.caption,
                self._say("site.join.about"): self._about(part.about),
                self._say("site.join.marks"): str(len(part.marks)),
            }
        return {}

    def _about(self, about: str) -> str:
        kind, _, name = about.partition(":")
        known = ("check", "answer", "finding", "veto", "observation")
        return next((self.title((one, name)) for one in known if one == kind), about)  # type: ignore[arg-type]

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def _label(self, wanted: Wanted) -> str:
        known = self._session.labels.get(wanted.datum)
        name = known.get(self._language) if known is not None else wanted.datum
        return self._say("site.check.year", datum=name, year=wanted.key) if wanted.key else name

    def _unit(self, unit: str) -> str:
        return self._say(f"unit.{unit}") if unit in UNITS else unit

    def _joined(self, parts: list[str]) -> str:
        return self._say("list.separator").join(part for part in parts if part)

    def _moment(self, at: str) -> str:
        if not at:
            return ""
        shown = datetime.fromisoformat(at)
        return self._say("site.moment", at=shown.strftime("%Y-%m-%d %H:%M"), zone=shown.strftime("%z") or "—")
