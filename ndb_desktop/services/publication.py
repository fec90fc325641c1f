"""公示: the notice as an official paper (GB/T 9704-2012) with its dates (R18), and the public list beside it, at once.

Nothing in it depends on a score: only on who was selected, the dates, and what the office types.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.notice_period import NoticePeriod, day_words
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.results_export import Format, PublicResults, public_bytes, public_results
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.services.office import Office

FORMATS: tuple[Format, ...] = ("xlsx", "csv", "json")
_META = "publication"
_BASE_NAMES: Mapping[Category, str] = {
    "park": "report.base_name.park",
    "enterprise": "report.base_name.enterprise",
}
_PAPERS: Mapping[Stage, tuple[str, str, str]] = {
    "selection": ("official.body.list", "official.title", "official.list.title"),
    "acceptance": ("official.body.acceptance", "official.title.acceptance", "stageresult.public.title.acceptance"),
    "effect": ("official.body.effect", "official.title.effect", "stageresult.public.title.effect"),
}
"""Body, title and title of the list of a notice, by stage."""
_BRACKETS = re.compile(r"[()\[\]{}<>\uff08\uff09\u3014\u3015\u3010\u3011\u300a\u300b]")


@dataclass(frozen=True, slots=True)
class Wording:
    """What the office adds: 主送 (may be ""), 署名, how it is reached; the date of the paper is the first day."""

    issuer: str
    contact: str = ""
    recipients: str = ""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it lies there: what it is (`pdf`, `xlsx`, …), size in bytes, SHA-256 read back from disk."""

    kind: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: the period, the files, and the code points shown as a box in the notice."""

    folder: Path
    period: NoticePeriod
    files: tuple[PublishedFile, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """What is on record of the newest notice of a batch."""

    start: date
    end: date
    days: int
    at: str


def name_faults(public: PublicResults) -> tuple[Fault, ...]:
    """Fields whose name makes no base name of the pattern of R10 (领域名称+示范园区/企业): none, or one with brackets.

    A name that ends in 示范园区 or 示范企业 itself would say it twice.
    """
    kinds = tuple(text(key, "zh_CN") for key in ("official.kind.park", "official.kind.enterprise"))
    faults = []
    for (category, field), name in sorted({(row.category, row.field): row.field_zh for row in public.rows}.items()):
        said = name.strip()
        if not said or _BRACKETS.search(said) or said.endswith(kinds):
            whole = text(_BASE_NAMES[category], "zh_CN", field=said)
            faults.append(Fault("E-NAME-PATTERN", field, {"name": whole}))
    return tuple(faults)


def notice_paper(public: PublicResults, period: NoticePeriod, wording: Wording, language: str) -> MadeReport:
    """The notice as an official paper; it depends on who was selected, the period and the wording alone."""
    from ndb_desktop.reports.official import OfficialNotice, official_notice
    from ndb_desktop.services.report_panel import notice_view

    view = notice_view(public, language, period)
    body, title, listed = _PAPERS[public.stage]
    said = [text(body, language, batch=view.batch), period.words(language)]
    said.append(text("report.notice.objection", language))
    if wording.contact.strip():
        said.append(text("official.body.contact", language, contact=wording.contact.strip()))
    recipients = wording.recipients.strip()
    notice = OfficialNotice(
        title=text(title, language),
        recipients=text("official.recipients", language, recipients=recipients) if recipients else "",
        paragraphs=tuple(said),
        attachment=text("official.attachment", language, title=text(listed, language)),
        issuer=wording.issuer.strip(),
        date=day_words(period.start, language),
        list_title=text(listed, language),
        sections=view.sections,
        notes=view.notes[2:],
        marks=tuple(
            text(key, language)
            for key, marked in (("official.mark.trial", public.trial), ("official.mark.proposal", public.proposal))
            if marked
        ),
    )
    return official_notice(notice, language)


def check_ready(office: Office, *, cancel: CancelToken | None = None) -> PublicResults:
    """What would be published, if it may be.

    Raises:
        NdbError: E-FINAL-FIRST, E-FINAL-CHANGED, E-STAGE-CHANGED, E-NAME-PATTERN.
    """
    public = public_results(office, compute(office, cancel=cancel) if office.stage == "selection" else None)
    for fault in name_faults(public):
        raise NdbError(fault.code, place=fault.place, **fault.params)
    return public


def publish(
    office: Office,
    folder: Path,
    period: NoticePeriod,
    wording: Wording,
    *,
    formats: Sequence[Format] = FORMATS,
    language: str = "zh_CN",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Published:
    """Writes the notice (PDF) and the list in `formats` to `folder`, reads them again, and puts them on record.

    Raises:
        NdbError: E-NOTICE-ISSUER (no 署名), as `check_ready`, E-PUBLISH-CHECK (a file is not what was written),
            E-OFFICE-RECOVERY, E-STORE-*.
        Cancelled: by `cancel`; what is written already stays, unrecorded.
    """
    office.signer()
    if not wording.issuer.strip():
        raise NdbError("E-NOTICE-ISSUER")
    token = cancel or CancelToken()
    public = check_ready(office, cancel=token)
    prefix = f"{TRIAL_PREFIX}_" if public.trial else ""
    stem = f"{prefix}{fit_part(public.batch)}"
    steps = len(formats) + 1
    progress(0, steps, f"{stem}_notice.pdf")
    made = notice_paper(public, period, wording, language)
    contents = {"pdf": (f"{stem}_notice.pdf", made.data)}
    for fmt in formats:
        token.check()
        contents[fmt] = (f"{stem}_public.{fmt}", public_bytes(public, fmt, language))
    files = []
    for number, (kind, (name, data)) in enumerate(contents.items(), 1):
        token.check()
        progress(number, steps, name)
        files.append(_written(folder / name, kind, data))
    details = {
        "start": period.start.isoformat(), "end": period.end.isoformat(), "days": period.days,
        "files": {row.name: row.sha256 for row in files},
    }  # fmt: skip
    record = {"start": period.start.isoformat(), "end": period.end.isoformat(), "days": period.days, "at": office.now()}
    with office.registry.transaction():
        office.registry.set_meta(_META, json.dumps(record))
        office.log("export.notice", office.batch.id, details)
    return Published(folder, period, tuple(files), made.missing)


def publication(office: Office) -> Publication | None:
    """The newest notice of this batch, None before the first."""
    known = office.registry.meta(_META)
    if not known:
        return None
    said = json.loads(known)
    return Publication(date.fromisoformat(said["start"]), date.fromisoformat(said["end"]), said["days"], said["at"])


def _written(path: Path, kind: str, data: bytes) -> PublishedFile:
    with atomic_write(path, mode=0o644) as stream:
        stream.write(data)
    with known_os_errors(path.name):
        found = path.read_bytes()
    if found != data:
        raise NdbError("E-PUBLISH-CHECK", place=path.name)
    return PublishedFile(kind, path.name, len(found), hashlib.sha256(found).hexdigest())
