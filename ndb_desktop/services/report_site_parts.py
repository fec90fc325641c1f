"""The parts of an inspection record in words: meetings, verified data, checklist, verdict, findings, clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ndb_desktop.domain.numbers import brief, plain
from ndb_desktop.domain.sitecheck import deviation, verdict
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import (
    Check,
    ClockNote,
    Finding,
    Meeting,
    Observation,
    Recheck,
    SiteRecord,
    VetoFinding,
    Wanted,
)  # fmt: skip
from ndb_desktop.reports.site_values import SiteAnswer, SiteCheck, SiteMeeting, SiteNote
from ndb_desktop.services.report_site_photos import Numbered, answer_ids, check_ids, moment
from ndb_desktop.texts import catalogue, text

NOTHING = "\u2014"

_MEETING = {
    "open": "report.site.meeting.open",
    "held": "report.site.meeting.held",
    "skipped": "report.site.meeting.skipped",
}
_WHY = {
    "challenge": "report.site.why.challenge",
    "flag": "report.site.why.flag",
    "sample": "report.site.why.sample",
    "coordinator": "report.site.why.coordinator",
}
_CONCLUSION = {
    "consistent": "report.site.conclusion.consistent",
    "deviation": "report.site.conclusion.deviation",
    "major": "report.site.conclusion.major",
    "unverifiable": "report.site.conclusion.unverifiable",
    "not_applicable": "report.site.conclusion.not_applicable",
}
_EFFECT = {
    "replace": "report.site.effect.replace",
    "keep": "report.site.effect.keep",
    "refer": "report.site.effect.refer",
}
_GRADE = {
    "pass": "report.site.grade.pass",
    "minor": "report.site.grade.minor",
    "severe": "report.site.grade.severe",
    "not_applicable": "report.site.grade.not_applicable",
}
_VERDICT = {
    "passed": "report.site.verdict.passed",
    "failed": "report.site.verdict.failed",
    "open": "report.site.verdict.open",
}
_EVENT = {
    "opened": "report.site.event.opened",
    "closed": "report.site.event.closed",
    "jump": "report.site.event.jump",
    "zone": "report.site.event.zone",
    "frozen": "report.site.event.frozen",
}


class PartWords:
    """Ready strings of one record in one language. `data` are labels of data by code, `photos` those of the annex."""

    def __init__(
        self, record: SiteRecord, pack: SitePack, language: str, data: Mapping[str, str], photos: Sequence[Numbered]
    ) -> None:
        self._record, self._pack, self._language, self._data = record, pack, language, data
        self._methods = {method.id: method.title.get(language) for method in pack.methods}
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(photos):
            self._places[one.about].append(place)

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def _joined(self, words: Sequence[str]) -> str:
        return self._say("list.separator").join(words)

    def _photos(self, about: str) -> tuple[int, ...]:
        return tuple(self._places.get(about, ()))

    def member(self, name: str) -> str:
        """A member with the id; an id of nobody in the team stays as it is."""
        known = self._record.visit.member_by_id.get(name)
        return f"{known.name}  {name}" if known is not None else name

    def subject(self, about: str) -> str:
        """What a photo or a finding belongs to, as a heading; what is not in the record says so."""
        kind, _, name = about.partition(":")
        if kind == "check" and name in check_ids(self._record):
            return self._datum(name)
        if kind == "answer" and name in answer_ids(self._record, self._pack):
            item = self._pack.item_by_id.get(name)
            return f"{name}  {item.title.get(self._language)}" if item is not None else name
        titles = {
            "finding": "report.site.finding",
            "veto": "report.site.veto",
            "observation": "report.site.observation",
        }
        if kind in titles and (kind, name) in self._record.parts:
            return self._say(titles[kind], id=name)
        return self._say("report.site.photos.other")

    def _datum(self, name: str) -> str:
        wanted = self._record.visit.wanted_by_id.get(name)
        if wanted is None:
            return name
        return "  ".join(filter(None, (wanted.indicator, self._data.get(wanted.datum, wanted.datum), wanted.key)))

    def meeting(self, meeting: Meeting) -> SiteMeeting:
        """One of the six steps; a reason for leaving it out stands with the note."""
        known = self._pack.meeting_by_id[meeting.id]
        times = " \u2013\n".join(moment(at) for at in (meeting.started_at, meeting.ended_at) if at)
        reason = self._say("report.site.meeting.reason", reason=meeting.reason) if meeting.reason else ""
        note = "\n".join(filter(None, (meeting.note, reason)))
        return SiteMeeting(known.title.get(self._language), self._say(_MEETING[meeting.state]), times or NOTHING, note)

    def checks(self) -> Iterator[SiteCheck]:
        """Verified data, in the order of the visit."""
        for row, name in enumerate(check_ids(self._record), 1):
            yield self._check(row, self._record.check(name), self._record.visit.wanted_by_id.get(name))

    def _check(self, row: int, check: Check, wanted: Wanted | None) -> SiteCheck:
        declared = self._say("report.site.not_declared_value")
        why = ""
        share = None
        if wanted is not None:
            declared = declared if wanted.declared is None else self._value(wanted.declared, wanted)
            why = self._joined([self._say(_WHY[one]) for one in wanted.whys])
            why = "\n".join(filter(None, (why, wanted.note)))
            share = deviation(wanted.declared, check.verified) if wanted.kind == "number" else None
        if check.verified is not None:
            verified = self._value(check.verified, wanted)
        elif check.conclusion in ("unverifiable", "not_applicable"):
            verified = NOTHING
        else:
            verified = self._say("report.site.not_verified")
        concluded = _CONCLUSION[check.conclusion] if check.conclusion is not None else "report.site.conclusion.none"
        return SiteCheck(
            title=f"{row}.  {self._datum(check.id)}",
            why=why,
            declared=declared,
            verified=verified,
            deviation=NOTHING if share is None else f"{'+' if share > 0 else ''}{brief(share * 100)} %",
            conclusion=self._say(concluded),
            effect=self._say(_EFFECT[check.effect]) if check.effect is not None else "",
            methods=self._joined([self._methods.get(one, one) for one in check.methods]),
            proof=check.proof,
            note=check.note,
            photos=self._photos(f"check:{check.id}"),
            alarm=check.conclusion == "major" or check.effect == "refer",
        )

    def _value(self, value: Decimal, wanted: Wanted | None) -> str:
        if wanted is None:
            return plain(value)
        if wanted.kind == "flag":
            return self._say("report.site.yes" if value else "report.site.no")
        key = f"unit.{wanted.unit}"
        unit = self._say(key) if key in catalogue() else wanted.unit
        return plain(value) if unit == NOTHING else f"{plain(value)} {unit}".strip()

    def answers(self) -> Iterator[SiteAnswer]:
        """The checklist, in the order of the pack."""
        groups = {group.id: f"{group.id}  {group.title.get(self._language)}" for group in self._pack.groups}
        for name in answer_ids(self._record, self._pack):
            item, answer = self._pack.item_by_id.get(name), self._record.answer(name)
            yield SiteAnswer(
                id=name,
                title=item.title.get(self._language) if item is not None else self._say("report.site.item.unknown"),
                grade=self._say(_GRADE[answer.grade] if answer.grade is not None else "report.site.grade.none"),
                starred=item is not None and item.starred,
                group=groups.get(item.group, "") if item is not None else "",
                note=answer.note,
                photos=self._photos(f"answer:{name}"),
                alarm=answer.grade in ("minor", "severe"),
            )

    def verdict(self) -> Iterator[str]:
        """结论 on the checklist, the counts it stands on, starred items that failed, items still open."""
        found = verdict(self._pack, {item.id: self._record.answer(item.id).grade for item in self._pack.items})
        yield self._say(_VERDICT[found.state])
        yield self._say(
            "report.site.verdict.counts", passed=found.passed, minor=found.minor, severe=found.severe,
            not_applicable=found.not_applicable, open=len(found.open_items),
        )  # fmt: skip
        if found.vetoes:
            yield self._say("report.site.verdict.vetoes", items=self._joined(found.vetoes))
        if found.open_items:
            yield self._say("report.site.verdict.items", items=self._joined(found.open_items))

    def finding(self, finding: Finding) -> SiteNote:
        """不合格项 with 整改 and the chain of 复查."""
        nothing = self._say("report.site.not_noted")
        facts = [(self._say("report.site.finding.severity"), self._say(_GRADE[finding.severity]))]
        if finding.about:
            facts.append((self._say("report.site.finding.about"), self.subject(finding.about)))
        facts.append((self._say("report.site.finding.measure"), finding.measure or nothing))
        facts.append((self._say("report.site.finding.due"), finding.due or nothing))
        state = "report.site.finding.settled" if finding.settled else "report.site.finding.unsettled"
        facts.append((self._say("report.site.finding.state"), self._say(state)))
        chain = tuple(self._recheck(number, one) for number, one in enumerate(finding.rechecks, 1))
        photos = self._photos(f"finding:{finding.id}")
        return SiteNote(self._say("report.site.finding", id=finding.id), finding.text, tuple(facts), chain, photos)

    def _recheck(self, number: int, recheck: Recheck) -> str:
        key = "report.site.recheck.passed" if recheck.passed else "report.site.recheck.failed"
        said = self._say(key, number=number, at=moment(recheck.at), by=self.member(recheck.by))
        return f"{said} {recheck.note}".rstrip()

    def veto(self, veto: VetoFinding) -> SiteNote:
        """一票否决线索 with evidence and the applicant's reply."""
        ground = self._pack.ground_by_id.get(veto.ground)
        words = f"{veto.ground}  {ground.text.get(self._language)}" if ground is not None else veto.ground
        nothing = self._say("report.site.not_noted")
        facts = (
            (self._say("report.site.veto.ground"), words),
            (self._say("report.site.veto.evidence"), veto.evidence or nothing),
            (self._say("report.site.veto.reply"), veto.reply or self._say("report.site.veto.no_reply")),
        )
        photos = self._photos(f"veto:{veto.id}")
        return SiteNote(self._say("report.site.veto", id=veto.id), veto.text, facts, (), photos)

    def observation(self, one: Observation) -> SiteNote:
        """其他观察."""
        title = self._say("report.site.observation", id=one.id)
        return SiteNote(title, one.text, photos=self._photos(f"observation:{one.id}"))

    def clock(self, note: ClockNote) -> tuple[str, str, str]:
        """When by the device, how long since the record was opened, and what happened; a jump says by how much."""
        said = [self._say(_EVENT[note.event])]
        if note.jump:
            key = "report.site.jump.ahead" if note.jump > 0 else "report.site.jump.back"
            said.append(self._say(key, seconds=abs(note.jump)))
        if note.member:
            said.append(self.member(note.member))
        sign, seconds = "-" if note.elapsed < 0 else "", abs(note.elapsed)
        elapsed = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return moment(note.at) or NOTHING, elapsed, self._joined(said)
