"""Reads what belongs to inspections in the corpus: bundles of a visit, signed records, working records, checklists."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ndb_desktop.domain.siterecord import SiteRecord, Visit
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.siteparts import decode_visit, parts_record
from ndb_desktop.formats.strictjson import encode
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage.coredb import read_core

Facts = dict[str, Any]


class LaterClock:
    """A clock long after everything in the corpus was made; it goes on by a second with each look."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def visit_facts(visit: Visit) -> Facts:
    """A visit as texts."""
    return {
        "visit": visit.id, "application": visit.application, "members": [one.id for one in visit.members],
        "required": list(visit.required),
        "wanted": {one.id: "" if one.declared is None else str(one.declared) for one in visit.wanted},
    }  # fmt: skip


def site_bundle(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """The bundle of a visit, opened by everybody of the team and by the organiser."""
    path = desk.path(entry["file"])
    for name in (*entry["keys"], "coordinator", "recovery"):
        report = verify_file(path, identity=desk.identity(name))
        assert report.ok, report.faults
    with BundleReader(path) as reader, tempfile.TemporaryDirectory() as folder:
        said = reader.manifest
        assert reader.unlock(desk.identity(entry["keys"][0])) == entry["secret"]
        core = read_core(reader.copy_member("core.db", Path(folder) / "core.db"), entry["secret"])
        desk.covers |= {f"{said.format}/{said.version}", f"bundle-kind/{said.kind}"}
        desk.covers |= {f"bundle-critical/{word}" for word in said.critical}
        visit = decode_visit(core.meta["visit"].encode("utf-8"))
        team = [one.id for one in said.team]
        return visit_facts(visit) | {"bundle": said.bundle_id, "digest": reader.digest, "team": team}


def record_facts(record: SiteRecord) -> Facts:
    """A record: what was planned, and every part as it is spelled in a file."""
    parts = json.loads(encode(parts_record(record.parts.values())))
    return visit_facts(record.visit) | {"parts": parts}


def site_file(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A signed record, opened by everybody who may."""
    from ndb_desktop.formats.sitefile import SiteReader

    path = desk.path(entry["file"])
    for name in (*entry["keys"], "coordinator", "recovery"):
        with SiteReader(path, desk.identity(name)) as reader:
            opened = reader.opened
            photos = [hashlib.sha256(reader.photo(one.sha256)).hexdigest() for one in opened.record.photos]
    desk.covers.add(f"{opened.payload.format}/{opened.payload.version}")
    signed = {"digest": opened.digest, "revision": opened.payload.revision, "signed": list(opened.signed)}
    return record_facts(opened.record) | signed | {"missing": list(opened.missing), "photos": photos}


def merged_sites(office: Any, paths: Sequence[Path]) -> Facts:
    """What a registry says of signed records."""
    from ndb_desktop.services.site_merge import merge_sites

    return {"verdicts": [row.verdict for row in merge_sites(office, paths).verdicts]}


def site_sheet(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A team's working record, opened in a copy by one of the team."""
    from ndb_desktop.services.inspect import open_inspection
    from ndb_desktop.storage import sitesheet_file

    profile = desk.room()
    source = desk.path(entry["file"])
    # Beside it lies a small file with its secret, sealed to the team.
    for path in source.parent.glob(f"{source.name}*"):
        shutil.copyfile(path, profile / path.name)
    with open_inspection(
        profile / source.name, desk.identity(entry["key"]), profile=profile, clock=LaterClock()
    ) as session:
        assert session.declared
        desk.covers.add(f"sitesheet_file/{sitesheet_file.USER_VERSION}")
        known = [part for (kind, _), part in session.record.parts.items() if kind != "clock"]
        parts = json.loads(encode(parts_record(known)))
        photos = [hashlib.sha256(session.original(one)).hexdigest() for one in session.record.photos]
        facts = visit_facts(session.visit) | {"parts": parts, "photos": photos}
        return facts | {"frozen": [one.digest for one in session.frozen()]}
