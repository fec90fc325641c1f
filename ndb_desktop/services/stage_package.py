"""移交 in a later stage: the outcomes of all bases as the content of a package.

It may be written whenever the public list of the stage may: the outcomes that decisions name are those of today.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.resultpackage import BOOK, LINES, SCHEMA, STAGE, PackageManifest
from ndb_desktop.formats.stagelines import STAGE_LINE_SCHEMA
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.stage_book import stage_book
from ndb_desktop.services.stage_lines import stage_lines
from ndb_desktop.services.stage_public import passed
from ndb_desktop.services.stage_results import compute_stage
from ndb_desktop.services.tasks import CancelToken, Progress

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def stage_content(
    office: Office, language: str, progress: Progress, token: CancelToken
) -> tuple[PackageManifest, Mapping[str, bytes]]:
    """The manifest, without its members, and these.

    Raises:
        NdbError: E-STAGE-CHANGED (an outcome is no longer the one that was signed), and as `compute_stage`, `unblind`.
        Cancelled: by `token`.
    """
    result = compute_stage(office, progress=progress, cancel=token)
    passed(result)
    unblind(office)
    members = {
        LINES: stage_lines(office, result, progress, token),
        SCHEMA: json.dumps(STAGE_LINE_SCHEMA, indent=1).encode("ascii") + b"\n",
        BOOK: stage_book(office, result, language),
    }
    token.check()
    manifest = PackageManifest(
        critical=(STAGE,), batch=office.batch.id, trial=office.batch.trial, result=result.digest,
        lines=len(result.bases), made_at=office.now(), members=(), stage=result.stage,
        packs={category: pack.digest for category, pack in sorted(office.stage_packs.items())},
        issuer=IssuerRef(office.name, office.coordinator.age_recipient),
    )  # fmt: skip
    return manifest, members
