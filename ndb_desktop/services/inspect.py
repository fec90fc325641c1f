"""现场检查: a team's work on one visit, from opening the bundle to the signed record; the only way desk and CLI use.

Every change is one durable commit; everything shown comes from what is stored. Inspectors record facts and never
score (R17).
"""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.services.inspect_clock import Monotonic, device_now, steady_seconds
from ndb_desktop.services.inspect_join import Choice, JoinPlan, SiteJoining
from ndb_desktop.services.inspect_open import WORK, open_visit, record_path
from ndb_desktop.services.inspect_standing import FrozenRecord, Standing
from ndb_desktop.services.review_reading import Clock
from ndb_desktop.services.tasks import CancelToken, Progress, silent

__all__ = [
    "Choice",
    "FrozenRecord",
    "JoinPlan",
    "SiteSession",
    "Standing",
    "is_visit",
    "open_inspection",
    "record_path",
]

_STEPS = 2


def is_visit(path: Path) -> bool:
    """Whether a bundle was issued to an inspection team; its signature is verified, nothing in it is opened.

    Raises:
        NdbError: as `formats.bundle.BundleReader`.
    """
    with BundleReader(path) as reader:
        return reader.manifest.kind == "site"


def open_inspection(
    path: Path,
    identity: Identity,
    *,
    profile: Path,
    clock: Clock = device_now,
    monotonic: Monotonic = steady_seconds,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> SiteSession:
    """Opens an inspection bundle, or the working record made from one, with the key of any member of its team.

    `clock` gives the device's time in the device's zone, `monotonic` seconds that only grow.

    Raises:
        NdbError: E-FILE-IS-*, E-BUNDLE-* (E-BUNDLE-ISSUER: another issuer than the first time), E-INSPECT-BUNDLE (not
            of an inspection), E-INSPECT-MEMBER (no member's key), E-INSPECT-CONTENT, E-INSPECT-OTHER, E-REVIEW-ISSUERS,
            E-STORE-LOCKED, E-STORE-*, E-WORKSHEET-VERSION.
        FaultsError: a checklist that cannot be read.
        Cancelled: by `cancel`.
    """
    path, token = Path(path), cancel or CancelToken()
    progress(0, _STEPS, path.name)
    if path.suffix != WORK:
        require_kind(path, FileKind.BUNDLE)
    opened = open_visit(path, identity, profile, clock, token)
    try:
        progress(1, _STEPS, path.name)
        session = SiteSession(opened, clock, monotonic)
    except BaseException:
        opened.sheet.close()
        raise
    progress(_STEPS, _STEPS, path.name)
    return session


class SiteSession(SiteJoining):
    """An open visit with its working record. Made by `open_inspection`; safe to use from several threads."""

    def __enter__(self) -> SiteSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
