"""Which sheet counts for one expert x application: a function of the *set* of versions, so order cannot matter.

The highest revision counts. Two different sheets with that revision, or one that claims to replace a
sheet nobody sent although its predecessor is here, contradict each other: neither counts until the coordinator
decides or a higher revision arrives.
"""

from __future__ import annotations

from collections.abc import Iterable

from ndb_desktop.storage.registry_rows import Standing, Version


def standing_of(application: str, expert: str, versions: Iterable[Version], resolved: str | None) -> Standing:
    """The standing of a pair from its versions; `resolved` is the digest the coordinator chose, if any."""
    known = list(versions)
    if len(known) == 1 and known[0].live:
        # Most pairs of a round: one sheet, nothing it could contradict.
        return Standing(application, expert, "current", known[0].revision, (known[0].digest,))
    live = [version for version in known if version.live]
    if not live:
        newest = max((version.revision for version in known), default=0)
        return Standing(application, expert, "void", newest, ())
    top = max(version.revision for version in live)
    candidates = sorted({version.digest for version in live if version.revision == top})
    if resolved in candidates:
        return Standing(application, expert, "current", top, (resolved,))
    if len(candidates) > 1 or _forked(live, top, candidates[0]):
        return Standing(application, expert, "conflict", top, tuple(candidates))
    return Standing(application, expert, "current", top, (candidates[0],))


def _forked(live: list[Version], top: int, digest: str) -> bool:
    """Whether the only newest sheet names a predecessor that differs from every predecessor that arrived."""
    before = {version.digest for version in live if version.revision == top - 1}
    newest = next(version for version in live if version.digest == digest and version.revision == top)
    return bool(before) and newest.supersedes not in before
