"""评审包的先后: which bundles an expert's computer knows to be followed by others or recalled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.manifest import BundleKind, Manifest
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.formats.strictjson import ready
from ndb_desktop.services.review_open import BundleSummary, Issuers, summary_of
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

CHAINS_FILE = "chains.json"
_MAX_FILE = 16 * 1024 * 1024


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is remembered of a bundle that follows others: nothing but what its signed, public manifest says."""

    batch: str
    kind: BundleKind
    issuer: str
    issued_at: str
    chain: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Chains:
    """`<profile>/chains.json`: bundles that follow others, by id; written when one was opened or a recall taken."""

    def __init__(self, profile: Path) -> None:
        self._path = profile / CHAINS_FILE

    def check(self, manifest: Manifest, place: str) -> None:
        """Refuses a bundle that is not the newest any more.

        Raises:
            NdbError: E-BUNDLE-RECALLED, E-SUPPLEMENT-OLDER, E-CHAINS-FILE.
        """
        after = [
            link
            for link in self._read().values()
            if link.batch == manifest.batch.id and manifest.bundle_id in link.chain
        ]
        for link in after:
            if link.kind == "recall":
                raise NdbError("E-BUNDLE-RECALLED", place=place, name=link.issuer, at=link.issued_at)
        if after:
            newest = max(after, key=lambda link: len(link.chain))
            raise NdbError("E-SUPPLEMENT-OLDER", place=place, newer=newest.issued_at)

    def remember(self, manifest: Manifest) -> None:
        """Keeps that a bundle follows others; nothing for a first issue. Raises NdbError E-CHAINS-FILE, E-STORE-*."""
        if not manifest.chain:
            return
        known = self._read()
        link = Link(
            manifest.batch.id,
            manifest.kind,
            manifest.issuer.name,
            manifest.issued_at,
            tuple(bundle.bundle_id for bundle in manifest.chain),
        )
        if known.get(manifest.bundle_id) != link:
            with atomic_write(self._path) as stream:
                stream.write(msgspec.json.format(msgspec.json.encode({**known, manifest.bundle_id: link}), indent=1))

    def _read(self) -> Mapping[str, Link]:
        if not self._path.exists():
            return {}
        with known_os_errors(self._path.name), self._path.open("rb") as stream:
            raw = stream.read(_MAX_FILE + 1)
        try:
            return msgspec.json.decode(raw, type=ready(dict[str, Link]))
        except (msgspec.DecodeError, ValueError) as error:
            # Never taken for "nothing is known": that would open what was taken back.
            raise NdbError("E-CHAINS-FILE", place=str(self._path)) from error


def take_recall(path: Path, profile: Path) -> BundleSummary:
    """Takes note of a recall (撤回通知): the bundles it names are not opened any more; marks and files stay.

    Nothing is decrypted: that the issuer of the batch signed it is all it needs.

    Raises:
        NdbError: E-FILE-IS-*, E-BUNDLE-*, E-RECALL-UNKNOWN (nothing of this batch was ever opened here),
            E-REVIEW-ISSUERS, E-CHAINS-FILE, E-STORE-*.
    """
    path = Path(path)
    require_kind(path, FileKind.BUNDLE)
    with BundleReader(path) as reader:
        honour(reader, Issuers(profile), Chains(profile))
        return summary_of(reader)


def honour(reader: BundleReader, issuers: Issuers, chains: Chains) -> None:
    """Keeps what a recall says. Raises as `take_recall`."""
    if reader.manifest.kind != "recall":
        raise ValueError("not a recall")
    place = reader.path.name
    expected = issuers.expected(reader.manifest.batch.id)
    if expected is None:
        # Whoever signed it: without a batch opened before there is no issuer to believe.
        raise NdbError("E-RECALL-UNKNOWN", place=place)
    if expected != reader.issuer.keyid:
        raise NdbError("E-BUNDLE-ISSUER", place=place, found=reader.issuer.keyid, wanted=expected)
    chains.remember(reader.manifest)
