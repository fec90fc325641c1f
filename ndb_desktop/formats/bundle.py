"""`.ndbbundle` (评审包): one ZIP of stored members, signed, encrypted to one person, immutable.

No member is held in memory: what is needed is copied, when it is needed, and hashed while it is copied. Bundles are
made in `bundle_writing`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.manifest import MAX_PAYLOAD, MemberRef, open_manifest
from ndb_desktop.formats.zipcheck import StoredMember, read_directory
from ndb_desktop.storage.atomic import known_os_errors, temporary_beside

MIMETYPE = b"application/vnd.ndb.bundle+zip"
MIMETYPE_MEMBER = "mimetype"
CORE_MEMBER = "core.db"
SLOTS_MEMBER = "slots/keys.age"
MANIFEST_MEMBER = "manifest.dsse.json"
MAX_SLOTS = 4096
"""A slot file beyond this is a trap: each stanza costs time before anything is proven."""
CHUNK = 1024 * 1024

OnBytes = Callable[[int], None]
"""Called with the bytes of each chunk done; may raise to stop."""


def quiet(_count: int) -> None:
    """Tells nobody of the bytes done."""


class BundleReader:
    """An issued bundle, open for reading; its manifest is verified before anything else is looked at.

    Raises:
        NdbError: every refusal of `zipcheck.read_directory` and `manifest.open_manifest`, and `E-BUNDLE-MIMETYPE`,
            `-LAST`, `-MANIFEST-SIZE`, `-LISTED-TWICE`, `-UNLISTED`, `-MISSING`, `-SIZE`, `-SLOTS`.
    """

    def __init__(self, path: Path, *, expected_issuer: str | None = None, app_version: str = __version__) -> None:
        self.path = Path(path)
        self._place = self.path.name
        self._lock = threading.Lock()
        with known_os_errors(self._place):
            self._stream = self.path.open("rb")
        try:
            with known_os_errors(self._place):
                self._open(expected_issuer, app_version)
        except BaseException:
            self._stream.close()
            raise

    def _open(self, expected_issuer: str | None, app_version: str) -> None:
        self.size = self._stream.seek(0, 2)
        stored = read_directory(self._stream, self._place)
        names = [member.name for member in stored]
        if names[:1] != [MIMETYPE_MEMBER] or self._whole(stored[0], len(MIMETYPE)) != MIMETYPE:
            raise NdbError("E-BUNDLE-MIMETYPE", place=self._place)
        if names[-1] != MANIFEST_MEMBER:
            raise NdbError("E-BUNDLE-LAST", place=self._place)
        most = envelope.envelope_limit(MAX_PAYLOAD)
        if stored[-1].size > most:
            raise NdbError("E-BUNDLE-MANIFEST-SIZE", place=self._place, size=stored[-1].size, most=most)
        self.manifest, payload, self.issuer = open_manifest(
            self._whole(stored[-1], most), expected_issuer=expected_issuer, app_version=app_version, place=self._place
        )
        self.digest = hashlib.sha256(payload).hexdigest()
        self._stored = {member.name: member for member in stored[:-1]}
        self._listed = {member.name: member for member in self.manifest.members}
        self._compare()

    def _compare(self) -> None:
        if len(self._listed) != len(self.manifest.members):
            raise NdbError("E-BUNDLE-LISTED-TWICE", place=self._place)
        if unlisted := self._stored.keys() - self._listed.keys():
            raise NdbError("E-BUNDLE-UNLISTED", place=self._place, name=min(unlisted))
        needed = {MIMETYPE_MEMBER, CORE_MEMBER, SLOTS_MEMBER} | self._listed.keys()
        if missing := needed - self._stored.keys():
            raise NdbError("E-BUNDLE-MISSING", place=self._place, name=min(missing))
        for name, member in self._stored.items():
            if member.size != self._listed[name].size:
                raise NdbError(
                    "E-BUNDLE-SIZE", place=self._place, name=name, size=member.size, expected=self._listed[name].size
                )
        if self._stored[SLOTS_MEMBER].size > MAX_SLOTS:
            raise NdbError("E-BUNDLE-SLOTS", place=self._place, most=MAX_SLOTS)

    @property
    def members(self) -> tuple[MemberRef, ...]:
        """All members but the manifest, as signed."""
        return self.manifest.members

    @property
    def opens_with(self) -> frozenset[str]:
        """`{"secret"}`, or `{"secret", "key"}` when the expert sent a card before, or a team's keys open it."""
        return frozenset({"secret", "key"} if self.manifest.expert.key or self.manifest.team else {"secret"})

    @property
    def return_to(self) -> tuple[PublicKey, ...]:
        """Whom score files are sealed to."""
        return tuple(PublicKey(line) for line in self.manifest.return_to.recipients)

    def unlock(self, identity: Identity) -> str:
        """The bundle secret for a holder of a slot: the expert with a card, the coordinator, the recovery key.

        Raises:
            NdbError: `E-BUNDLE-KEY` (no slot for this key), `E-BUNDLE-DAMAGED`, `E-AGE-HEADER`, `E-AGE-BROKEN`,
                `E-SECRET-FORMAT`.
        """
        slots = b"".join(self.chunks(SLOTS_MEMBER))
        try:
            return sealing.normalise_secret(sealing.unseal(slots, identity, max_size=200).decode("ascii", "replace"))
        except NdbError as error:
            code = "E-BUNDLE-KEY" if error.code == "E-AGE-KEY" else error.code
            raise NdbError(code, place=self._place, **error.params) from None

    def chunks(self, name: str, on_bytes: OnBytes = quiet) -> Iterator[bytes]:
        """The bytes of a member in pieces; after the last piece its hash is compared (`E-BUNDLE-DAMAGED`).

        Nothing from the pieces may be believed before the iteration has ended well. Raises `E-BUNDLE-GONE` when the
        medium was taken out, `KeyError` for a name that is not a member.
        """
        member = self._stored[name]
        digest = hashlib.sha256()
        done = 0
        while done < member.size:
            chunk = self._piece(member.offset + done, min(CHUNK, member.size - done))
            if not chunk:
                break
            done += len(chunk)
            digest.update(chunk)
            yield chunk
            on_bytes(len(chunk))
        if done != member.size or digest.hexdigest() != self._listed[name].sha256:
            raise NdbError("E-BUNDLE-DAMAGED", place=self._place, name=name)

    def _piece(self, offset: int, count: int) -> bytes:
        try:
            with self._lock:
                self._stream.seek(offset)
                return self._stream.read(count)
        except OSError as error:
            raise NdbError("E-BUNDLE-GONE", place=self._place) from error

    def reopen(self, path: Path | None = None) -> None:
        """Opens the bundle again after its medium was put back, perhaps at another place; it must be the same bundle.

        Raises:
            NdbError: `E-BUNDLE-GONE` (still away), `E-BUNDLE-OTHER` (another file stands there), and what opening
                raises for a file that is damaged. The reader then is as it was.
        """
        path = Path(path or self.path)
        try:
            fresh = BundleReader(path)
        except NdbError as error:
            if isinstance(error.__cause__, OSError):
                raise NdbError("E-BUNDLE-GONE", place=path.name) from error
            raise
        if fresh.digest != self.digest:
            fresh.close()
            raise NdbError("E-BUNDLE-OTHER", place=path.name)
        with self._lock:
            old, self._stream = self._stream, fresh._stream
            self._stored, self.path, self._place = fresh._stored, fresh.path, fresh._place
        with suppress(OSError):
            old.close()

    def check_member(self, name: str, on_bytes: OnBytes = quiet) -> None:
        """Reads a member through and compares its hash (`E-BUNDLE-DAMAGED`)."""
        for _ in self.chunks(name, on_bytes):
            pass

    def copy_member(self, name: str, target: Path, on_bytes: OnBytes = quiet) -> Path:
        """Copies a member to `target` while hashing it; `target` appears only if every byte is as signed.

        Not fsynced: a copy in a cache can be made again. Raises `E-BUNDLE-DAMAGED` and the `E-STORE-…` codes.
        """
        target = Path(target)
        part = temporary_beside(target)
        try:
            with known_os_errors(target.name):
                with part.open("xb") as stream:
                    part.chmod(0o600)
                    for chunk in self.chunks(name, on_bytes):
                        stream.write(chunk)
                part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return target

    def _whole(self, member: StoredMember, most: int) -> bytes:
        """A small member, read with an upper bound before its hash can be known."""
        self._stream.seek(member.offset)
        return self._stream.read(min(member.size, most + 1))

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def __enter__(self) -> BundleReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
