"""`ndb verify` (核验): what a file is, who signed it, and whether every byte is as it was signed.

Never writes anything but an encrypted copy of `core.db` in a temporary folder, and only when the bundle is unlocked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ndb_desktop import texts
from ndb_desktop.crypto.identity import MAX_KEY_FILE, Identity, PublicKey, public_of
from ndb_desktop.crypto.sealing import normalise_secret, sealed_limit, unseal
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.formats.bundle import CORE_MEMBER, BundleReader
from ndb_desktop.formats.card import open_card
from ndb_desktop.formats.manifest import open_manifest
from ndb_desktop.formats.receipt import open_receipt
from ndb_desktop.formats.resultpackage import MAX_PACKAGE, OpenedPackage, is_package, read_package
from ndb_desktop.formats.scorefile import MAX_FILE, OpenedScore, open_score
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.formats.sniff import MAX_CARD_FILE, MAX_RECEIPT_FILE, FileKind, identify, read_limited
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.package_check import count_lines, stage_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.coredb import CoreContent, read_core

Trusted = Mapping[str, str]
"""Key ids somebody vouches for, with the name to show."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found: facts as (text key, parameters) in reading order, and what is wrong."""

    kind: FileKind
    ok: bool
    facts: tuple[tuple[str, Mapping[str, str]], ...]
    faults: tuple[Fault, ...]

    def lines(self, language: str) -> tuple[str, ...]:
        """The facts as sentences."""
        return tuple(texts.text(key, language, **params) for key, params in self.facts)


@dataclass
class _Work:
    path: Path
    identity: Identity | None
    secret: str | None
    trusted: Trusted | None
    progress: Progress
    cancel: CancelToken
    facts: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def say(self, key: str, /, **params: object) -> None:
        self.facts.append((key, {name: str(value) for name, value in params.items()}))

    def words(self, digest: str) -> None:
        """Says the words of a digest in both languages: the other side may use the program in the other one."""
        self.say("verify.words", zh=spoken(digest, "zh_CN"), en=spoken(digest, "en"))

    def signer(self, key: PublicKey) -> None:
        """Says whose signature it is, as far as anybody vouches for the key."""
        self.say("verify.signed", keyid=key.keyid)
        if self.trusted is None:
            self.say("verify.key.compare", keyid=key.keyid)
        elif key.keyid in self.trusted:
            self.say("verify.key.known", name=self.trusted[key.keyid])
        else:
            self.faults.append(Fault("E-VERIFY-STRANGER", self.path.name, {"keyid": key.keyid}))


def verify_file(
    path: Path,
    *,
    identity: Identity | None = None,
    secret: str | None = None,
    trusted: Trusted | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> VerifyReport:
    """Checks one file of ours in full: signature, every member's hash, and inside what `identity` or `secret` opens.

    `trusted` names the keys that count as known; without it the fingerprint is shown to be compared by another channel.
    A fault is never raised but reported; only `Cancelled` comes out.
    """
    path = Path(path)
    kind = FileKind.UNKNOWN
    work = _Work(path, identity, secret, trusted, progress, cancel or CancelToken())
    try:
        kind = identify(path)
        check = _CHECKS.get(kind)
        if check is None:
            raise NdbError("E-VERIFY-KIND", place=path.name)
        check(work)
    except NdbError as error:
        work.faults.extend(error.faults)
    return VerifyReport(kind, not work.faults, tuple(work.facts), tuple(work.faults))


_STAGES = {"acceptance": "verify.bundle.acceptance", "effect": "verify.bundle.effect"}


def _bundle(work: _Work) -> None:
    with BundleReader(work.path) as reader:
        manifest = reader.manifest
        work.say("verify.bundle", id=manifest.bundle_id, expert=manifest.expert.id, issuer=manifest.issuer.name)
        _round(work, manifest.batch.id, manifest.batch.trial)
        work.signer(reader.issuer)
        work.say("verify.bundle.digest", digest=reader.digest)
        if manifest.stage is not None:
            work.say(_STAGES[manifest.stage])
        work.say("verify.bundle.issued", at=manifest.issued_at, until=manifest.expires_at or "—")
        total, done = sum(member.size for member in reader.members), 0

        def on_bytes(count: int) -> None:
            nonlocal done
            done += count
            work.cancel.check()
            work.progress(done, total, work.path.name)

        for member in reader.members:
            try:
                reader.check_member(member.name, on_bytes)
            except NdbError as error:
                work.faults.extend(error.faults)
        if work.faults:
            return
        work.say("verify.bundle.members", count=len(reader.members), bytes=total)
        _inside(work, reader)


def _inside(work: _Work, reader: BundleReader) -> None:
    if work.secret is not None:
        secret = normalise_secret(work.secret)
    elif work.identity is not None:
        secret = reader.unlock(work.identity)
        work.say("verify.bundle.unlocked", keyid=work.identity.keyid)
    else:
        work.say("verify.bundle.closed")
        return
    with tempfile.TemporaryDirectory(prefix="ndb-verify-") as folder:
        copy = reader.copy_member(CORE_MEMBER, Path(folder) / CORE_MEMBER)
        try:
            core = read_core(copy, secret)
        except NdbError as error:
            code = "E-BUNDLE-SECRET" if error.code == "E-STORE-KEY" else error.code
            raise NdbError(code, place=work.path.name, **error.params) from None
    _agree(work, reader, core)


def _agree(work: _Work, reader: BundleReader, core: CoreContent) -> None:
    """The inside must name exactly the members and packs that were signed outside."""
    listed = {member.name: member.sha256 for member in reader.members if member.name.startswith("att/")}
    inside = {application.member: application.sha256 for application in core.applications}
    packs = {pack.sha256 for pack in reader.manifest.packs}
    if (listed, packs) != (inside, set(core.packs)):
        work.faults.append(Fault("E-BUNDLE-INSIDE", work.path.name))
    else:
        work.say("verify.bundle.inside", count=len(core.applications))


def _sealed(work: _Work) -> None:
    """A score file, unless it opens and is a package: only inside can they be told apart."""
    if work.identity is None:
        _score(work)
        return
    data = read_limited(work.path, sealed_limit(MAX_PACKAGE))
    plain = unseal(data, work.identity, max_size=MAX_PACKAGE)
    if is_package(plain):
        _package(work, read_package(plain, None, work.identity.public, place=work.path.name))
    else:
        _score(work)


_PACKAGES: Mapping[Stage, str] = {
    "selection": "verify.package", "acceptance": "verify.package.acceptance", "effect": "verify.package.effect",
}  # fmt: skip


def _package(work: _Work, opened: OpenedPackage) -> None:
    lines, left = count_lines(opened, work.path.name)
    manifest = opened.manifest
    work.say(_PACKAGES[stage_of(opened)], lines=lines, open=left, at=manifest.made_at)
    _round(work, manifest.batch, manifest.trial)
    work.signer(opened.issuer)
    work.say("verify.package.result", digest=manifest.result)


def _score(work: _Work) -> None:
    opened = open_score(read_limited(work.path, MAX_FILE), work.identity, place=work.path.name)
    payload = opened.payload
    work.say("verify.score", name=payload.expert.name, expert=payload.expert.id, revision=payload.revision)
    _round(work, payload.batch, payload.trial)
    work.signer(opened.key)
    work.say("verify.score.payload", digest=opened.payload_sha256, at=payload.signed_at)
    work.words(opened.payload_sha256)
    work.say("verify.score.bundle", id=payload.bundle.id, digest=payload.bundle.digest)
    _sheets(work, opened)
    if opened.enrolment is not None:
        work.say("verify.score.enrolment", name=opened.enrolment.payload.name)
    if not opened.sealed:
        work.say("verify.score.open")


def _sheets(work: _Work, opened: OpenedScore) -> None:
    counts = {"scored": 0, "recused": 0, "unable": 0}
    for sheet in opened.sheets:
        counts[sheet.record.status] += 1
    work.say("verify.score.sheets", count=len(opened.sheets), **counts)


def _card(work: _Work) -> None:
    card = open_card(read_limited(work.path, MAX_CARD_FILE), place=work.path.name)
    work.say("verify.card", name=card.payload.name, employer=card.payload.employer or "—", at=card.payload.created_at)
    work.say("verify.trial" if card.payload.trial else "verify.official")
    work.signer(card.key)


def _receipt(work: _Work) -> None:
    receipt = open_receipt(read_limited(work.path, MAX_RECEIPT_FILE), place=work.path.name)
    payload = receipt.payload
    work.say("verify.receipt", issuer=payload.issuer.name, expert=payload.expert, at=payload.issued_at)
    _round(work, payload.batch, payload.trial)
    work.signer(receipt.issuer)
    for entry in payload.files:
        key = "verify.receipt.refused" if entry.verdict == "refused" else "verify.receipt.file"
        work.say(key, digest=entry.payload_sha256, at=entry.received_at, count=len(entry.sheets), code=entry.code)
        work.words(entry.payload_sha256)


def _manifest(work: _Work) -> None:
    data = read_limited(work.path, MAX_RECEIPT_FILE)
    # A newer bundle may still be looked at: its signature does not depend on the version of this program.
    manifest, _payload, issuer = open_manifest(data, expected_issuer=None, app_version="999999", place=work.path.name)
    work.say("verify.bundle", id=manifest.bundle_id, expert=manifest.expert.id, issuer=manifest.issuer.name)
    _round(work, manifest.batch.id, manifest.batch.trial)
    work.signer(issuer)
    work.say("verify.manifest.alone", count=len(manifest.members))


def _archive(work: _Work) -> None:
    def on_bytes(done: int, total: int, name: str) -> None:
        work.cancel.check()
        work.progress(done, total, name)

    found = check_archive(work.path, on_bytes, today=datetime.now().astimezone().date())
    manifest = found.manifest
    work.say("verify.archive", at=manifest.filed_on, issuer=manifest.issuer.name)
    _round(work, manifest.batch, manifest.trial)
    work.signer(found.issuer)
    work.say("verify.archive.digest", digest=found.payload_sha256, result=manifest.result)
    work.words(found.payload_sha256)
    work.faults.extend(found.faults)
    if manifest.volume is not None:
        kind = "photo" if found.count("photo") else "document"
        listed = [member.retention for member in manifest.members if member.kind == kind]
        work.say(
            "verify.archive.volume.photos" if kind == "photo" else "verify.archive.volume",
            number=manifest.volume.number, of=manifest.volume.of, count=len(listed),
            period=", ".join(sorted(set(listed))) or "—",
        )  # fmt: skip
    elif not found.faults:
        work.say(
            "verify.archive.whole", count=len(manifest.members), scores=found.count("score"),
            decisions=found.count("decision"), entries=manifest.log.entries,
        )  # fmt: skip
        if found.count("visit"):
            work.say(
                "verify.archive.visits", visits=found.count("visit"), records=found.count("record"),
                cards=found.count("card"), manifests=found.count("manifest"),
            )  # fmt: skip
        if manifest.volumes:
            present = [ref for ref in manifest.volumes if ref not in found.ended]
            work.say("verify.archive.volumes", volumes=len(present), documents=sum(ref.documents for ref in present))
            if found.photos and not found.ended:
                work.say("verify.archive.photos", photos=len(found.photos))
            for ref in found.ended:
                key = "verify.archive.ended" if ref.documents else "verify.archive.ended.photos"
                work.say(key, number=ref.number, documents=ref.documents, period=ref.retention)
        else:
            work.say("verify.archive.no_volumes")
            if found.photos:
                work.say("verify.archive.no_photos", photos=len(found.photos))


def _site(work: _Work) -> None:
    if work.identity is None:
        raise NdbError("E-VERIFY-SITE", place=work.path.name)
    with SiteReader(work.path, work.identity) as reader:
        opened = reader.opened
        payload, visit = opened.payload, opened.record.visit
        work.say("verify.site", applicant=visit.applicant, visit=visit.id, revision=payload.revision)
        _round(work, payload.batch, payload.trial)
        for member in visit.members:
            key = PublicKey(member.key)
            done = "verify.site.signed" if member.id in opened.signed else "verify.site.unsigned"
            work.say(done, name=member.name, keyid=key.keyid)
            if work.trusted is not None and key.keyid not in work.trusted:
                work.faults.append(Fault("E-VERIFY-STRANGER", work.path.name, {"keyid": key.keyid}))
        for one in payload.fallen:
            work.say("verify.site.fallen", member=one.member, revision=one.revision)
        work.say("verify.site.digest", digest=opened.digest, at=payload.frozen_at)
        work.words(opened.digest)
        done_bytes, total = 0, sum(photo.size for photo in opened.record.photos)

        def on_bytes(count: int) -> None:
            nonlocal done_bytes
            done_bytes += count
            work.cancel.check()
            work.progress(done_bytes, total, work.path.name)

        reader.check_photos(on_bytes)
        work.say("verify.site.photos", count=len(opened.record.photos), bytes=total)
    for name in opened.missing:
        keyid = PublicKey(visit.member_by_id[name].key).keyid
        work.faults.append(Fault("E-SIGNER-MISSING", work.path.name, {"keyid": keyid}))


def _key(work: _Work) -> None:
    work.say("verify.key.private", keyid=public_of(read_limited(work.path, MAX_KEY_FILE)).keyid)


def _public(work: _Work) -> None:
    line = read_limited(work.path, MAX_KEY_FILE).decode("utf-8", "replace")
    work.say("verify.key.public", keyid=PublicKey(line).keyid)


def _round(work: _Work, batch: str, trial: bool) -> None:
    work.say("verify.batch", batch=batch)
    work.say("verify.trial" if trial else "verify.official")


_CHECKS: Mapping[FileKind, Callable[[_Work], None]] = {
    FileKind.BUNDLE: _bundle,
    FileKind.SCORE: _score,
    FileKind.SEALED: _sealed,
    FileKind.CARD: _card,
    FileKind.RECEIPT: _receipt,
    FileKind.MANIFEST: _manifest,
    FileKind.ARCHIVE: _archive,
    FileKind.SITE: _site,
    FileKind.KEY: _key,
    FileKind.PUBLIC_KEY: _public,
}
