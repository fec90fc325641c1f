"""What a finding is about, its severity and its state, in words and shapes."""

from __future__ import annotations

from ndb_desktop.domain.siteagree import severity_of
from ndb_desktop.domain.siterecord import Finding, Observation, Part, Severity, SiteRecord, VetoFinding
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import conclusion_words, grade_words

_LONGEST = 60
"""Letters of a text shown in the list."""


def severity_words() -> dict[Severity, str]:
    """一般不合格, 严重不合格."""
    return {"minor": tr("grade.minor"), "severe": tr("grade.severe")}


def about_words(store: SiteStore, about: str) -> str:
    """What a finding is about; what this program does not know stands as it came."""
    kind, _, name = about.partition(":")
    wanted, item = store.record.visit.wanted_by_id.get(name), store.pack.item_by_id.get(name)
    if kind == "check" and wanted is not None:
        return tr("site.finding.about.check", datum=store.label(wanted))
    if kind == "answer" and item is not None:
        return tr("site.finding.about.answer", item=item.id, title=i18n.local(item.title))
    return about or tr("site.finding.about.none")


def about_choices(store: SiteStore, now: str) -> list[tuple[object, str]]:
    """Everything a finding may be about: nothing, then what deviates or failed, then the rest; `now` is among them."""
    record = store.record
    abouts = [f"check:{one.id}" for one in record.visit.wanted] + [f"answer:{item.id}" for item in store.pack.items]
    if now and now not in abouts:
        abouts.append(now)
    abouts.sort(key=lambda about: severity_of(record, about) is None)
    return [("", tr("site.finding.about.none")), *((about, _with_state(store, record, about)) for about in abouts)]


def _with_state(store: SiteStore, record: SiteRecord, about: str) -> str:
    words = about_words(store, about)
    if severity_of(record, about) is None:
        return words
    kind, _, name = about.partition(":")
    if kind == "answer":
        state = grade_words()[record.answer(name).grade]  # type: ignore[index]
    else:
        state = conclusion_words()[record.check(name).conclusion]  # type: ignore[index]
    return tr("site.finding.about.state", about=words, state=state)


def part_title(part: Part) -> str:
    """Id and the beginning of the text."""
    if not isinstance(part, Finding | VetoFinding | Observation):
        return ""
    text = " ".join(part.text.split())
    text = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
    return f"{part.id}  {text or tr('site.findings.empty_text')}"


def part_state(store: SiteStore, part: Part) -> str:
    """Severity, ground with its words or kind; a finding that was put right says so."""
    if isinstance(part, Finding):
        return tr("site.finding.settled") if part.settled else severity_words()[part.severity]
    if isinstance(part, VetoFinding):
        ground = store.pack.ground_by_id.get(part.ground)
        named = part.ground if ground is None else f"{part.ground} {i18n.local(ground.text)}"
        return tr("site.veto.state", ground=named)
    return tr("site.observation")


def part_icon(part: Part) -> tuple[str, str]:
    """The state as shape and colour."""
    if isinstance(part, Finding):
        if part.settled:
            return "circle-check", "accent"
        return ("octagon-alert", "danger") if part.severity == "severe" else ("circle-alert", "warning")
    return ("ban", "danger") if isinstance(part, VetoFinding) else ("eye", "muted")
