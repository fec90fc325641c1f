"""What a dropped file is, in words, and which desk takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.desk import Sorter

REGISTRY = "registry"
REGISTRY_FILE = "registry.db"
VISIT, SITE = "visit", "site"
"""An inspection bundle or the working record made from it; a signed inspection record."""
WORK_SUFFIX = ".ndbwork"
OURS = frozenset({"bundle", "score", "sealed", "card", "key", "receipt", "handover", "move", REGISTRY, VISIT, SITE})
"""What a desk may take; anything else is named in words by `formats.sniff`."""


@dataclass(frozen=True)
class Found:
    """Files of one kind; `kind` is a `formats.sniff` kind or `registry`."""

    kind: str
    paths: tuple[Path, ...]


def identify_all(paths: tuple[Path, ...], cancel: CancelToken, sorter: Sorter | None = None) -> Found:
    """The common kind of the files; a desk's `sorter` is asked first.

    Raises `NdbError` (E-FILE-MIXED, what `sniff` says of a wrong file, or the sorter).
    """
    sorted_as = sorter(paths, cancel) if sorter is not None else None
    if sorted_as is not None:
        return Found(sorted_as, paths)
    kinds: dict[Path, str] = {}
    for path in paths:
        cancel.check()
        kinds[path] = _kind(path)
    if len(set(kinds.values())) != 1:
        raise NdbError("E-FILE-MIXED", count=len(paths))
    return Found(next(iter(kinds.values())), paths)


def _kind(path: Path) -> str:
    if (path / REGISTRY_FILE).is_file() or path.name == REGISTRY_FILE:
        return REGISTRY
    if path.suffix == WORK_SUFFIX and path.is_file():
        # An encrypted database shows nothing of itself.
        return VISIT
    # Imported here: the first window should not wait for the crypto libraries.
    from ndb_desktop.formats import sniff

    kind = sniff.identify(path)
    if kind is sniff.FileKind.BUNDLE and _is_visit(path):
        return VISIT
    if kind.value not in OURS:
        known = sniff.FileKind
        sniff.require_kind(
            path, known.BUNDLE, known.SCORE, known.SITE, known.RECEIPT, known.CARD, known.MOVE, known.REGISTRY,
            known.HANDOVER,
        )  # fmt: skip
    return kind.value


def _is_visit(path: Path) -> bool:
    """What is wrong with a bundle is said where it is opened."""
    from ndb_desktop.services.inspect import is_visit

    try:
        return is_visit(path)
    except NdbError:
        return False


def kind_name(kind: str) -> str:
    """A kind in words."""
    names = {
        "bundle": tr("kind.bundle"),
        "score": tr("kind.score"),
        "card": tr("kind.card"),
        "key": tr("kind.key"),
        "sealed": tr("kind.score"),
        "handover": tr("kind.handover"),
        "receipt": tr("kind.receipt"),
        "move": tr("kind.move"),
        REGISTRY: tr("kind.registry"),
        VISIT: tr("kind.visit"),
        SITE: tr("kind.site"),
    }
    return names.get(kind, tr("kind.other"))
