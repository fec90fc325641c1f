"""现场检查归档: what an archive holds of visits: checklists, cards, visits as planned and issued, signed records.

A record goes in as it was signed, opened: the sealed file is encrypted, which an archive must not be (R19). Its photos
lie in volumes of their own (`archive_photos`), and the visit says what the sealed file was, so that nothing is lost.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitepack import load_site_pack
from ndb_desktop.formats.siteparts import decode_visit
from ndb_desktop.services.inspectors import CARD
from ndb_desktop.services.report_site import signing_of, site_view
from ndb_desktop.services.report_site_office import subject_of
from ndb_desktop.services.site_rebuild import read_record
from ndb_desktop.services.visit_issue import MANIFEST
from ndb_desktop.services.visits import list_visits, visit_of

if TYPE_CHECKING:
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_sites import SiteFileRow
    from ndb_desktop.storage.registry_visits import VisitRow

REPLACED = "replaced"
"""Status of a key in whose place a newer card came."""


@dataclass(frozen=True, slots=True)
class FiledMember:
    """A member to be: kind, suffix of its name, content, and the words its 题名 is made with."""

    kind: str
    suffix: str
    data: bytes
    names: Mapping[str, object]


def inspector_keys(office: Office) -> Iterator[tuple[str, str, str, str]]:
    """(key id, line, status, owner) of every inspector, and of members of visits whose key was replaced since."""
    known = {row.keyid: row for row in office.registry.inspectors()}
    found = {
        keyid: (keyid, row.openssh, str(row.status), f"{row.name} {row.id}") for keyid, row in sorted(known.items())
    }
    for visit in list_visits(office):
        for member in visit.members:
            key = PublicKey(member.key)
            found.setdefault(key.keyid, (key.keyid, key.openssh, REPLACED, f"{member.name} {member.id}"))
    yield from sorted(found.values(), key=lambda one: (one[3].rpartition(" ")[2], one[0]))


def visit_members(office: Office, language: str) -> Iterator[FiledMember]:
    """Cards by inspector, checklists, visits, manifests of their bundles; nothing where nobody inspected."""
    for keyid, _line, _status, owner in inspector_keys(office):
        if kept := office.registry.meta(CARD + keyid):
            yield FiledMember("card", "ndbcard", kept.encode("utf-8"), {"name": owner, "keyid": keyid})
    rows = office.registry.visits()
    packs = {decode_visit(row.json).pack: row.pack for row in rows}
    for _digest, raw in sorted(packs.items()):
        yield FiledMember("checklist", "json", raw, {"name": load_site_pack(raw).title.get(language)})
    for row in rows:
        data = _visit_json(office, row, _files(office, row.id))
        yield FiledMember("visit", "json", data, {"name": row.id, "application": row.application})
    for bundle in sorted(office.registry.visit_bundles(), key=lambda one: (len(one.visit), one.visit, one.issued_at)):
        if kept := office.registry.meta(MANIFEST + bundle.bundle_id):
            yield FiledMember("manifest", "json", kept.encode("utf-8"), {"name": bundle.visit, "at": bundle.issued_at})


def _files(office: Office, visit: str) -> list[SiteFileRow]:
    """The records of a visit, never in the order in which they arrived."""
    return sorted(office.registry.site_files(visit), key=lambda row: (row.revision, row.payload_sha256))


def _visit_json(office: Office, row: VisitRow, files: list[SiteFileRow]) -> bytes:
    """The visit as planned, what was issued for it (never a secret), and which records came back."""
    bundles = [
        {
            "id": one.bundle_id, "digest": one.digest, "issued_at": one.issued_at, "expires_at": one.expires_at,
            "revoked_at": one.revoked_at, "contents": dict(one.contents),
        }
        for one in office.registry.visit_bundles(row.id)
    ]  # fmt: skip
    records = [
        {
            "payload": one.payload_sha256, "revision": one.revision, "bundle": one.bundle, "signed": list(one.signers),
            "name": one.name, "sha256": one.file_sha256, "size": one.size, "decided": one.decided,
            "received_at": one.received_at,
        }
        for one in files
    ]  # fmt: skip
    value = {
        "visit": json.loads(row.json), "plan": dict(row.plan), "planned_at": row.at, "planned_by": row.actor,
        "bundles": bundles, "records": records,
    }  # fmt: skip
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def record_rows(office: Office) -> Iterator[SiteFileRow]:
    """Every record that was taken, by visit and revision; those of one visit are in memory at a time."""
    for visit in office.registry.visits():
        yield from _files(office, visit.id)


def record_member(row: SiteFileRow) -> FiledMember:
    """A signed record byte for byte, proven again. Raises NdbError E-REGISTRY-FILE, and as `open_record`."""
    try:
        read_record(row)
    except NdbError as error:
        raise NdbError(error.code, place=f"{row.visit} {row.name}", **error.params) from None
    return FiledMember("record", "json", row.envelope, {"name": row.visit, "revision": row.revision})


def record_view(office: Office, row: SiteFileRow, language: str) -> MadeReport:
    """A record as a PDF. Of each photo it gives number, caption and digest; the photo itself lies in a volume."""
    from ndb_desktop.reports.page import MadeReport
    from ndb_desktop.reports.site_record import site_record

    opened = read_record(row)
    _visit, planned = visit_of(office, row.visit)
    pack, subject = load_site_pack(planned.pack), subject_of(office, row.application, language)
    view = site_view(opened.record, pack, signing_of(opened), language, previews=lambda _photo: None, subject=subject)
    out = io.BytesIO()
    made = site_record(view, language, out)
    return MadeReport(out.getvalue(), made.pages, made.missing)
