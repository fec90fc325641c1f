"""开检查包: from an inspection bundle, or the working record made from it, to a visit, its checklist and the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ndb_desktop.crypto import sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.packload import load_pack
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.sitepack import SitePack, load_site_pack
from ndb_desktop.domain.siterecord import Member, Visit
from ndb_desktop.formats.bundle import MAX_SLOTS, SLOTS_MEMBER, BundleReader
from ndb_desktop.formats.scorefile import BundleRef
from ndb_desktop.formats.siteparts import decode_visit, visit_record
from ndb_desktop.services.inspect_clock import moment
from ndb_desktop.services.review_documents import CacheFolder
from ndb_desktop.services.review_open import Issuers, read_core_of
from ndb_desktop.services.review_reading import Clock
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, remove_leftovers
from ndb_desktop.storage.coredb import CoreContent
from ndb_desktop.storage.sitesheet import SiteBinding, SiteSheet
from ndb_desktop.storage.worksheet_file import lock_holder

WORK = ".ndbwork"
_KEYS = ".keys"
VISIT, SITE_PACK = "visit", "site_pack"
"""Facts in `core.db` of an inspection bundle, and the same in the working record."""
RETURN_TO, APPLICATION, BATCH, RULES = "return_to", "application", "batch", "rules"
"""Facts in the working record only: whom records are sealed to; application, batch and rule pack as issued."""


@dataclass(frozen=True, slots=True)
class OpenedVisit:
    """A visit with its working record, open for `member`."""

    visit: Visit
    pack: SitePack
    member: Member
    bundle: BundleRef
    return_to: tuple[PublicKey, ...]
    sheet: SiteSheet
    labels: Mapping[str, LocalText]
    """What the data are called, by code."""


def record_path(profile: Path, bundle_id: str) -> Path:
    """Where the working record of an inspection bundle lies."""
    return Path(profile) / "inspections" / f"{bundle_id}{WORK}"


def open_visit(path: Path, identity: Identity, profile: Path, clock: Clock, cancel: CancelToken) -> OpenedVisit:
    """Opens a bundle, or a working record without its bundle, with a member's key; raises as `open_inspection`."""
    path = Path(path)
    if path.suffix == WORK:
        return _from_record(path, identity, clock)
    return _from_bundle(path, identity, profile, clock, cancel)


def _from_bundle(path: Path, identity: Identity, profile: Path, clock: Clock, cancel: CancelToken) -> OpenedVisit:
    issuers = Issuers(profile)
    with BundleReader(path) as reader:
        manifest = reader.manifest
        if manifest.kind != "site":
            raise NdbError("E-INSPECT-BUNDLE", place=path.name)
        if (expected := issuers.expected(manifest.batch.id)) not in {None, reader.issuer.keyid}:
            raise NdbError("E-BUNDLE-ISSUER", place=path.name, found=reader.issuer.keyid, wanted=expected)
        # The coordinator's key would open it as well; what was found on site is the team's alone to write.
        if identity.public not in {PublicKey(member.key) for member in manifest.team}:
            raise NdbError("E-INSPECT-MEMBER", place=path.name, keyid=identity.keyid)
        secret = reader.unlock(identity)
        cancel.check()
        work = record_path(profile, manifest.bundle_id)
        binding = SiteBinding(manifest.bundle_id, reader.digest, manifest.expert.id)
        if work.exists():
            sheet = SiteSheet.open(work, secret, binding, at=moment(clock()))
        else:
            facts = _facts(reader, secret, profile)
            cancel.check()
            sheet = _create(work, reader, secret, binding, facts, moment(clock()))
        try:
            issuers.pin(manifest.batch.id, reader.issuer.keyid)
            return _opened(sheet, identity)
        except BaseException:
            sheet.close()
            raise


def _facts(reader: BundleReader, secret: str, profile: Path) -> dict[str, str]:
    """What the working record takes over from the bundle, once it was checked."""
    manifest, place = reader.manifest, reader.path.name
    cache = CacheFolder.take(profile, manifest.bundle_id)
    if cache is None:
        raise NdbError("E-STORE-LOCKED", place=place, **lock_holder(record_path(profile, manifest.bundle_id)))
    try:
        core = read_core_of(reader, secret, cache.path)
    finally:
        cache.close()
    visit = decode_visit(core.meta.get(VISIT, "").encode("utf-8"), place=place)
    raw = core.meta.get(SITE_PACK, "")
    pack = load_site_pack(raw.encode("utf-8"))
    _agree(place, "visit", visit.id == manifest.expert.id)
    _agree(place, "batch", (visit.batch, visit.trial) == (manifest.batch.id, manifest.batch.trial))
    _agree(place, "team", visit_record(visit).members == manifest.team)
    _agree(place, "pack", pack.digest == visit.pack)
    return {
        VISIT: core.meta[VISIT],
        SITE_PACK: raw,
        RETURN_TO: msgspec.json.encode(manifest.return_to.recipients).decode("utf-8"),
        APPLICATION: _application(core, visit, place),
        BATCH: core.batch_json.decode("utf-8"),
        RULES: _rules(core, place),
    }


def _application(core: CoreContent, visit: Visit, place: str) -> str:
    found = [row.json for row in core.applications if row.id == visit.application]
    _agree(place, "application", len(found) == 1)
    return found[0].decode("utf-8")


def _rules(core: CoreContent, place: str) -> str:
    """The one rule pack of the bundle: it says what the data are called."""
    _agree(place, "rules", len(core.packs) == 1)
    return next(iter(core.packs.values())).decode("utf-8")


def _agree(place: str, what: str, fine: bool) -> None:
    if not fine:
        raise NdbError("E-INSPECT-CONTENT", place=place, what=what)


def _create(
    work: Path, reader: BundleReader, secret: str, binding: SiteBinding, facts: dict[str, str], at: str
) -> SiteSheet:
    with known_os_errors(work.parent.name):
        work.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(work.parent)
    # The slots beside it, as sealed as they were: with them a member's key opens the record without the bundle.
    with atomic_write(_keys_of(work)) as stream:
        stream.write(b"".join(reader.chunks(SLOTS_MEMBER)))
    return SiteSheet.create(work, secret, binding, facts, at=at)


def _keys_of(work: Path) -> Path:
    return work.with_name(work.name + _KEYS)


def _from_record(path: Path, identity: Identity, clock: Clock) -> OpenedVisit:
    with known_os_errors(path.name), _keys_of(path).open("rb") as stream:
        slots = stream.read(MAX_SLOTS + 1)
    if len(slots) > MAX_SLOTS:
        raise NdbError("E-BUNDLE-SLOTS", place=_keys_of(path).name, most=MAX_SLOTS)
    try:
        secret = sealing.normalise_secret(sealing.unseal(slots, identity, max_size=200).decode("ascii", "replace"))
    except NdbError as error:
        code = "E-BUNDLE-KEY" if error.code == "E-AGE-KEY" else error.code
        raise NdbError(code, place=path.name, **error.params) from None
    sheet = SiteSheet.open(path, secret, None, at=moment(clock()))
    try:
        return _opened(sheet, identity)
    except BaseException:
        sheet.close()
        raise


def _opened(sheet: SiteSheet, identity: Identity) -> OpenedVisit:
    place, binding = sheet.path.name, sheet.binding
    visit = decode_visit(sheet.meta(VISIT).encode("utf-8"), place=place)
    member = next((one for one in visit.members if PublicKey(one.key) == identity.public), None)
    if member is None:
        raise NdbError("E-INSPECT-MEMBER", place=place, keyid=identity.keyid)
    rules = load_pack(sheet.meta(RULES).encode("utf-8"))
    keys = tuple(PublicKey(line) for line in msgspec.json.decode(sheet.meta(RETURN_TO), type=list[str]))
    return OpenedVisit(
        visit,
        load_site_pack(sheet.meta(SITE_PACK).encode("utf-8")),
        member,
        BundleRef(binding.bundle_id, binding.bundle_digest),
        keys,
        sheet,
        {item.code: item.label for indicator in rules.indicators for item in indicator.data},
    )
