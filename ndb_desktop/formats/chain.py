"""What a supplement or replacement (补充包, 替换包) knows of the bundles before it; lies encrypted in `core.db`.

With it a reader says what has changed without the earlier files, and opens the worksheet of an earlier bundle whose
stick is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.manifest import MAX_CHAIN, BundleKind, EarlierRef
from ndb_desktop.formats.strictjson import Hex128, Id, Sha256, Stamp, ready

META_CHAIN = "chain"
"""The name of this record in `meta` of `core.db`."""
MAX_RECORD = 256 * 1024 * 1024
"""Characters of the whole record: every application of a large bundle changed several times."""


class EarlierBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle of the chain: what it held (digest of each application's JSON) and its secret, "" when not known."""

    bundle_id: Hex128
    digest: Sha256
    kind: BundleKind
    issued_at: Stamp
    secret: Annotated[str, Meta(max_length=40, pattern=r"\A[0-9a-z-]*\Z")]
    applications: dict[Id, Sha256]


class ChainRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bundles oldest first; `versions` are the earlier application texts by digest, where they differ from today's."""

    bundles: Annotated[tuple[EarlierBundle, ...], Meta(max_length=MAX_CHAIN)]
    versions: dict[Sha256, str]

    def text_of(self, digest: str, present: Mapping[str, bytes]) -> bytes | None:
        """The application text with this digest: an earlier one, or one of `present` (by digest)."""
        known = self.versions.get(digest)
        return present.get(digest) if known is None else known.encode("utf-8")


def write_chain(record: ChainRecord) -> str:
    """The record as it stands in `meta`."""
    return msgspec.json.encode(record).decode("utf-8")


def read_chain(text: str, chain: tuple[EarlierRef, ...], place: str) -> ChainRecord:
    """The record of a bundle whose manifest names `chain`.

    Raises:
        NdbError: E-SUPPLEMENT-RECORD (not readable, about other bundles, or an earlier text is not the one named).
    """
    try:
        if len(text) > MAX_RECORD:
            raise ValueError("too long")
        record = msgspec.json.decode(text, type=ready(ChainRecord))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NdbError("E-SUPPLEMENT-RECORD", place=place) from error
    named = [(bundle.bundle_id, bundle.digest) for bundle in chain]
    sound = [(bundle.bundle_id, bundle.digest) for bundle in record.bundles] == named and all(
        hashlib.sha256(body.encode("utf-8")).hexdigest() == digest for digest, body in record.versions.items()
    )
    if not sound:
        raise NdbError("E-SUPPLEMENT-RECORD", place=place)
    return record
