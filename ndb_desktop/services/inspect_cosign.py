"""会签: signing the file of another member, and noting whose signatures a file that came back has."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.sitefile import EXTENSION, OpenedRecord, SiteReader, WrittenSite, co_sign
from ndb_desktop.services.inspect_export import SiteFreezing
from ndb_desktop.services.inspect_standing import ROLE, FrozenRecord, Standing, as_result
from ndb_desktop.services.tasks import CancelToken


class SiteSigning(SiteFreezing):
    """The part of a session to which files of others come, and from which they leave with one more signature."""

    def cosign(
        self, identity: Identity, source: Path, folder: Path, *, cancel: CancelToken | None = None
    ) -> FrozenRecord:
        """Signs the file of another member and writes it, with all signatures, into `folder`.

        Raises:
            NdbError: E-INSPECT-MEMBER, E-INSPECT-VISIT (of another visit), E-INSPECT-OLDER (a newer revision is known),
                E-SIGNER-TWICE, as `sitefile.SiteReader`, E-STORE-*.
        """
        with self._lock:
            self._member_of(identity)
            with SiteReader(source, identity) as reader:
                opened = self._ours(reader.opened, Path(source).name)
            known = max((row.revision for row in self._sheet.exports()), default=0)
            if opened.payload.revision < known:
                raise NdbError(
                    "E-INSPECT-OLDER", place=Path(source).name, revision=opened.payload.revision, known=known
                )
            written = sign_file(identity, source, folder, opened, cancel)
            number = self._notice(opened, written.path)
            self._sheet.written(number, written.digest, written.signed, at=self._now())
            fallen = tuple((one.member, one.revision) for one in opened.payload.fallen)
            return as_result(written, opened.payload.revision, fallen)

    def take_back(self, identity: Identity, source: Path) -> Standing:
        """Notes whose signatures a file of this visit has; where it stands then.

        Raises:
            NdbError: E-INSPECT-VISIT, as `sitefile.SiteReader`, E-STORE-*.
        """
        with self._lock:
            with SiteReader(source, identity) as reader:
                opened = self._ours(reader.opened, Path(source).name)
            number = self._notice(opened, Path(source))
            self._sheet.written(number, opened.digest, opened.signed, at=self._now())
            return self.standing()


def sign_file(
    identity: Identity, source: Path, folder: Path, opened: OpenedRecord, cancel: CancelToken | None = None
) -> WrittenSite:
    """One more signature under a file that was opened before; whole or not at all. Raises as `sitefile.co_sign`."""
    visit, count = opened.record.visit, len(opened.signed) + 1
    name = travel_name(
        EXTENSION,
        batch=visit.batch,
        role=ROLE,
        person=f"{visit.id}-{count}of{len(visit.required)}",
        revision=opened.payload.revision,
        at=datetime.fromisoformat(opened.payload.frozen_at),
        trial=visit.trial,
    )
    token = cancel or CancelToken()
    return co_sign(Path(source), Path(folder) / name, identity, lambda _count: token.check())
