"""合议、保留意见和定稿 in words for reports: how a panel voted, who differed and why, who made the results final."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.settlement import Settlement
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_STEPS: Mapping[str, str] = {"finalise": "report.final.made", "override": "report.final.reopened"}


def vote_lines(known: Settlement, language: str) -> Iterator[str]:
    """The votes by number, the outcome and its reason."""
    outcome = "vote.selected" if known.outcome == "selected" else "vote.not_selected"
    yield text(
        "report.minutes.vote.counts", language, issue=known.issue, yes=known.count("for"), no=known.count("against"),
        abstained=known.count("abstain"), outcome=text(outcome, language),
    )  # fmt: skip
    yield text("report.minutes.vote.reason", language, reason=known.decision.reason)


def dissent_lines(known: Settlement, names: Mapping[str, str], language: str) -> Iterator[str]:
    """Each different opinion (保留意见) with whose it is; without a name, by id."""
    for vote in known.votes:
        if vote.dissent:
            name = names.get(vote.member, vote.member)
            yield text("report.minutes.dissent.line", language, name=name, words=vote.dissent)


def officer_names(office: Office) -> Mapping[str, str]:
    """By key id: everybody who was ever appointed, and the coordinator."""
    appointed = {one.subject: one.content["name"] for one in office.decided.all() if one.kind == "appoint"}
    return appointed | {office.coordinator.keyid: office.name}


def final_lines(office: Office, path: Sequence[Decision], language: str) -> Iterator[str]:
    """When results were made final and reopened (R14), by whom, on what ground, and the words of what was signed."""
    names = officer_names(office)
    for one in path:
        signed = text("list.separator", language).join(names.get(key, key) for _, key in one.signers)
        ground = one.content.get("ground", "")
        yield text(
            _STEPS[one.kind], language, at=one.at, names=signed, reason=one.reason,
            ground=text(f"ground.{ground}", language) if ground else "", words=spoken(one.digest, language),
        )  # fmt: skip
