"""开包: from a file to a checked, decrypted bundle: signature, issuer, hash, secret, content, in this order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import normalise_secret
from ndb_desktop.domain.batch import Batch, Expert
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.rulepack import RulePack, Statement
from ndb_desktop.domain.sheetform import Form, StageForm
from ndb_desktop.domain.stagepack import AnyStagePack, StageId
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.formats.batchfile import batch_from_json, expert_from_json
from ndb_desktop.formats.bundle import CORE_MEMBER, BundleReader
from ndb_desktop.formats.manifest import BundleKind
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.services.stage_bundle import check_stage, opened_work, split_packs
from ndb_desktop.storage.atomic import atomic_write, known_os_errors
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, read_core

if TYPE_CHECKING:
    from ndb_desktop.services.review_records import Agreement
    from ndb_desktop.services.review_round import FirstMarks

ISSUERS_FILE = "issuers.json"
_ATTACHMENTS = "att/"


@dataclass(frozen=True, slots=True)
class BundleSummary:
    """What can be said of a bundle before it is opened: its signature holds, nothing is decrypted.

    `issuer_key` is the fingerprint; `opens_with` holds "secret" and, after a card, "key". `expert_name` is known only
    after opening; `expert_key` is the fingerprint the bundle was issued to, "" when no card was there before.
    `earlier` is the number of bundles it follows, `stage` None in selection.
    """

    path: Path
    bundle_id: str
    digest: str
    batch_id: str
    trial: bool
    issuer_name: str
    issuer_key: str
    expert_id: str
    applications: int
    issued_at: str
    expires_at: str | None
    opens_with: frozenset[str]
    size: int
    expert_name: str = ""
    expert_key: str = ""
    kind: BundleKind = "full"
    earlier: int = 0
    stage: StageId | None = None


@dataclass(frozen=True)
class ReviewItem:
    """An application to review with its rule pack and the scale factor of its field.

    `first` are the own marks of the first round, only in a bundle of a second one (复评). `stage` is what is examined
    in 评估验收 and 成效评估, None in selection; documents then are those of the stage, `pack` stays the selection's.
    """

    application: Application
    pack: RulePack
    k: Fraction
    first: FirstMarks | None = None
    stage: StageWork | None = None

    @cached_property
    def form(self) -> Form:
        """What the sheet asks: in selection the pack, later what follows from the pack of the stage and the base."""
        return self.pack if self.stage is None else StageForm(self.stage)


@dataclass(frozen=True, slots=True)
class BundleContent:
    """The decrypted content of a bundle; `items` in bundle order, `rows` know the document stores.

    `agreed` are the statements agreed to in the first round, only in a bundle of a second one. In a later stage
    `statements` are those of its packs, while `packs` stay the selection's.
    """

    batch: Batch
    expert: Expert
    packs: Mapping[str, RulePack]
    statements: tuple[Statement, ...]
    items: Mapping[str, ReviewItem]
    rows: Mapping[str, CoreApplication]
    agreed: Mapping[str, Agreement] = field(default_factory=dict)
    stage_packs: Mapping[Category, AnyStagePack] = field(default_factory=dict)


def summary_of(reader: BundleReader) -> BundleSummary:
    """The summary of a bundle whose manifest was verified."""
    manifest = reader.manifest
    return BundleSummary(
        path=reader.path,
        bundle_id=manifest.bundle_id,
        digest=reader.digest,
        batch_id=manifest.batch.id,
        trial=manifest.batch.trial,
        issuer_name=manifest.issuer.name,
        issuer_key=reader.issuer.keyid,
        expert_id=manifest.expert.id,
        applications=sum(1 for member in reader.members if member.name.startswith(_ATTACHMENTS)),
        issued_at=manifest.issued_at,
        expires_at=manifest.expires_at,
        opens_with=reader.opens_with,
        size=reader.size,
        expert_key=PublicKey(manifest.expert.key).keyid if manifest.expert.key else "",
        kind=manifest.kind,
        earlier=len(manifest.chain),
        stage=manifest.stage,
    )


def inspect_bundle(path: Path, *, any_kind: bool = False) -> BundleSummary:
    """What a bundle says of itself; only its signature is checked, nothing is decrypted.

    Raises:
        NdbError: E-FILE-IS-*, every refusal of the bundle's reader, E-BUNDLE-SITE unless `any_kind` is welcome.
    """
    path = Path(path)
    require_kind(path, FileKind.BUNDLE)
    with BundleReader(path) as reader:
        if not any_kind:
            no_visit(reader)
        return summary_of(reader)


def no_visit(reader: BundleReader) -> None:
    """An inspection bundle (现场检查包) is not reviewed. Raises NdbError E-BUNDLE-SITE."""
    if reader.manifest.kind == "site":
        raise NdbError("E-BUNDLE-SITE", place=reader.path.name, visit=reader.manifest.expert.id)


def secret_for(reader: BundleReader, secret: str | None, identity: Identity | None) -> str:
    """The normalised secret, typed or taken from the slot of the expert's own key.

    Raises:
        NdbError: E-SECRET-FORMAT, E-BUNDLE-KEY (not the key of the person this bundle is for).
    """
    if (secret is None) == (identity is None):
        raise ValueError("either a secret or an identity opens a bundle")
    if identity is None:
        return normalise_secret(secret or "")
    expert = reader.manifest.expert.key
    # The coordinator's key would open it as well; a review belongs to the expert alone.
    if expert is None or PublicKey(expert) != identity.public:
        raise NdbError("E-BUNDLE-KEY", place=reader.path.name, keyid=identity.keyid)
    return reader.unlock(identity)


def read_core_of(reader: BundleReader, secret: str, folder: Path) -> CoreContent:
    """Copies `core.db` to `folder` (verified), decrypts it, and removes the copy.

    Raises:
        NdbError: E-BUNDLE-DAMAGED, E-REVIEW-SECRET, E-STORE-*.
    """
    copy = folder / CORE_MEMBER
    copy.unlink(missing_ok=True)
    reader.copy_member(CORE_MEMBER, copy)
    try:
        return read_core(copy, secret)
    except NdbError as error:
        # The hash was right, so a key that does not fit is a wrong secret and nothing else; and the reader of the
        # message has a bundle, not a core.db.
        code = "E-REVIEW-SECRET" if error.code == "E-STORE-KEY" else error.code
        raise NdbError(code, place=reader.path.name, **error.params) from error
    finally:
        copy.unlink(missing_ok=True)


@lru_cache(maxsize=16)
def _pack(raw: bytes) -> RulePack:
    """A pack, checked with its own vectors once per run of the program."""
    return load_pack(raw)


def check_content(reader: BundleReader, core: CoreContent) -> BundleContent:
    """The content of a decrypted bundle as values.

    Raises:
        NdbError: E-REVIEW-BUNDLE (signed, yet inconsistent), E-STAGE-BUNDLE, E-STAGE-FROZEN, E-STAGE-DIGEST.
        FaultsError: a rule pack, batch or application that cannot be read.
    """
    place, manifest = reader.path.name, reader.manifest
    batch = batch_from_json(core.batch_json, place)
    expert = expert_from_json(core.meta.get("expert", "").encode("utf-8"), place)
    by_rules, staged = split_packs(core.packs)
    packs = {digest: _pack(raw) for digest, raw in by_rules.items()}
    _agree(place, "batch", batch.id == manifest.batch.id and batch.trial == manifest.batch.trial)
    _agree(place, "expert", expert.id == manifest.expert.id)
    _agree(place, "packs", core.packs.keys() == {pack.sha256 for pack in manifest.packs})
    check_stage(place, manifest, core, staged)
    members = {member.name: member.sha256 for member in reader.members if member.name.startswith(_ATTACHMENTS)}
    _agree(place, "documents", {row.member: row.sha256 for row in core.applications} == members)
    by_category = {pack.category: pack for pack in packs.values()}
    _agree(place, "packs", len(by_category) == len(packs))
    fields = {field.id: exact(field.k) for field in batch.fields}
    items: dict[str, ReviewItem] = {}
    for row in core.applications:
        application = application_from_json(row.json, f"{place}/{row.id}")
        _agree(place, row.id, application.id == row.id and application.field in fields)
        _agree(place, row.id, application.category in by_category)
        pack = by_category[application.category]
        work = opened_work(place, core, application, pack, staged)
        items[row.id] = ReviewItem(application, pack, fields[application.field], stage=work)
    rows = {row.id: row for row in core.applications}
    statements = _statements(place, staged.values() or packs.values())
    return BundleContent(batch, expert, packs, statements, items, rows, stage_packs=staged)


def _statements(place: str, packs: Iterable[RulePack | AnyStagePack]) -> tuple[Statement, ...]:
    """What the expert signs: the statements of all packs, each once."""
    found: dict[str, Statement] = {}
    for pack in packs:
        for statement in pack.statements:
            known = found.setdefault(statement.id, statement)
            _agree(place, statement.id, known.sha256 == statement.sha256)
    return tuple(found.values())


def _agree(place: str, what: str, fine: bool) -> None:
    if not fine:
        raise NdbError("E-REVIEW-BUNDLE", place=place, what=what)


class Issuers:
    """Which key issued which batch on this machine: pinned at the first opening, compared ever after."""

    def __init__(self, profile: Path) -> None:
        self._path = profile / ISSUERS_FILE

    def expected(self, batch: str) -> str | None:
        """The pinned key id of a batch. Raises NdbError E-REVIEW-ISSUERS when the file cannot be read."""
        return self._read().get(batch)

    def pin(self, batch: str, keyid: str) -> None:
        """Remembers the issuer of a batch unless one is known."""
        known = self._read()
        if batch not in known:
            with atomic_write(self._path) as stream:
                stream.write(json.dumps({**known, batch: keyid}, indent=1, sort_keys=True).encode("utf-8"))

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        with known_os_errors(self._path.name):
            raw = self._path.read_bytes()
        try:
            known = json.loads(raw)
        except ValueError:
            known = None
        if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
            # Never taken for "no issuer known": that would let any issuer in.
            raise NdbError("E-REVIEW-ISSUERS", place=str(self._path))
        return known


def named(summary: BundleSummary, expert: Expert) -> BundleSummary:
    """The summary with the name that only the opened bundle tells."""
    return replace(summary, expert_name=expert.name)
