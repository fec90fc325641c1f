"""What stands in the PDF of an inspection record (现场检查记录): ready strings, and drawings in ten-thousandths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ndb_desktop.domain.siterecord import PhotoMark

Facts = tuple[tuple[str, str], ...]
"""Label and value pairs."""
Preview = Callable[[], bytes | None]
"""Gives a picture as JPEG, upright, whenever it is asked for; None where there is none. The same bytes every time."""
Strokes = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class SitePerson:
    """A member of the team (检查员) with employer and key fingerprint, or somebody of the applicant with a role."""

    name: str
    role: str
    key: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SiteMeeting:
    """One of the six steps, with its state and times in words."""

    title: str
    state: str
    times: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """A datum: declared and verified with their unit, deviation in per cent, and what follows from it.

    `alarm` sets it off: a major deviation, or a matter for a veto decision.
    """

    title: str
    why: str
    declared: str
    verified: str
    deviation: str
    conclusion: str
    effect: str = ""
    methods: str = ""
    proof: str = ""
    note: str = ""
    photos: tuple[int, ...] = ()
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """检查项 with its grade; `starred` = a veto item (★), `group` the heading above it."""

    id: str
    title: str
    grade: str
    starred: bool = False
    group: str = ""
    note: str = ""
    photos: tuple[int, ...] = ()
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class SiteNote:
    """A finding, a veto lead or an observation: heading, what is said, further facts, the chain of re-checks (复查)."""

    title: str
    text: str
    facts: Facts = ()
    chain: tuple[str, ...] = ()
    photos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteClosing:
    """The applicant's side at the end: facts, opinion, and the drawn signature, or why there is none."""

    facts: Facts
    opinion: str = ""
    signer: str = ""
    strokes: Strokes = ()
    refusal: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True)
class SiteSigner:
    """A member on the signature page: signed this version, has not yet, or signed one that was changed since.

    `said` are the lines that say so.
    """

    name: str
    employer: str
    key: str
    state: Literal["signed", "waiting", "fallen"]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SitePhoto:
    """照片 in the annex: `label` its number within its finding, `subject` what it belongs to, `facts` what is known.

    `preview` gives it upright as JPEG; `marks` are drawn over it.
    """

    label: str
    subject: str
    caption: str
    facts: Facts
    preview: Preview
    marks: tuple[PhotoMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteReport:
    """Everything in the record. `digest` is the SHA-256 of what was signed, "" while nothing is; `words` its words.

    `statements` are members and when they made them, `wordings` what the statements say.
    `per_page` photos stand on a page: two or four.
    """

    record_id: str
    applicant: str
    version: str
    facts: Facts
    clock: str
    members: tuple[SitePerson, ...]
    hosts: tuple[SitePerson, ...]
    statements: tuple[tuple[str, str], ...]
    wordings: tuple[str, ...]
    meetings: tuple[SiteMeeting, ...]
    checks: tuple[SiteCheck, ...]
    answers: tuple[SiteAnswer, ...]
    verdict: tuple[str, ...]
    findings: tuple[SiteNote, ...]
    vetoes: tuple[SiteNote, ...]
    observations: tuple[SiteNote, ...]
    clock_notes: tuple[tuple[str, str, str], ...]
    closing: SiteClosing
    signers: tuple[SiteSigner, ...]
    photos: tuple[SitePhoto, ...] = ()
    pack: str = ""
    digest: str = ""
    words: str = ""
    trial: bool = False
    proposal: bool = False
    per_page: Literal[2, 4] = 4
