"""Reads archives, packages, packs and lists of the corpus."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from ndb_desktop.domain import packload
from ndb_desktop.formats import applications, tables
from ndb_desktop.formats.batchfile import batch_from_json
from ndb_desktop.services.verify import verify_file

Facts = dict[str, Any]


def archive(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """An archive with its volumes, or a volume."""
    from ndb_desktop.formats.archive_set import check_archive

    path = desk.path(entry["file"])
    report, found = verify_file(path), check_archive(path)
    assert (report.ok, found.faults) == (True, ()), (report.faults, found.faults)
    said = found.manifest
    desk.covers.add(f"{said.format}/{said.version}")
    desk.covers |= {f"archive-critical/{word}" for word in said.critical}
    kinds = [member.kind for member in said.members]
    facts: Facts = {
        "payload": found.payload_sha256, "result": said.result, "filed_on": said.filed_on, "log": said.log.entries,
        "members": {kind: kinds.count(kind) for kind in sorted(set(kinds)) if kind},
        "volumes": [row.documents for row in getattr(said, "volumes", None) or ()],
    }  # fmt: skip
    return facts


def package(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A package of results, opened by both who may."""
    from ndb_desktop.formats.resultpackage import open_package

    data, issuer = desk.path(entry["file"]).read_bytes(), desk.coordinator.public
    for name in ("coordinator", "recovery"):
        opened = open_package(data, desk.identity(name), issuer)
    desk.covers.add(f"{opened.manifest.format}/{opened.manifest.version}")
    desk.covers |= {f"package-critical/{word}" for word in opened.manifest.critical}
    members = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(opened.members.items())}
    return {"result": opened.manifest.result, "lines": opened.manifest.lines, "members": members}


def plan(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A batch plan."""
    from ndb_desktop.services.batch_plan import read_plan

    plan = read_plan(desk.path(entry["file"]))
    desk.covers.add("ndb-plan/1")
    listed = plan.facts.recommenders
    return {
        "batch": plan.batch.id,
        "quotas": sorted(plan.batch.quotas),
        "recommenders": len(listed.rows) if listed else 0,
    }


def pack(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A pack of whatever stage."""
    data = desk.path(entry["file"]).read_bytes()
    form = str(json.loads(data)["pack"]["format"])
    desk.covers.add(form)
    if form != packload.FORMAT:
        other: Any = _OTHER_PACKS[form.partition("/")[0]](data)
        return {"id": other.id, "version": other.version, "digest": other.digest}
    pack = packload.load_pack(data)
    return {"id": pack.id, "version": pack.version, "digest": pack.digest, "items": len(pack.items)}


def _site_pack(data: bytes) -> Any:
    from ndb_desktop.domain.sitepack import load_site_pack

    return load_site_pack(data)


def _stage_pack(data: bytes) -> Any:
    from ndb_desktop.domain.stageload import load_stage_pack

    return load_stage_pack(data)


_OTHER_PACKS: Mapping[str, Callable[[bytes], Any]] = {"ndb-sitepack": _site_pack, "ndb-stagepack": _stage_pack}


def batch_file(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A batch."""
    batch = batch_from_json(desk.path(entry["file"]).read_bytes())
    return {"batch": batch.id, "trial": batch.trial, "fields": [row.id for row in batch.fields]}


def roster(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A table of experts."""
    batch = batch_from_json(desk.path(entry["batch"]).read_bytes())
    rows = tables.read_roster(desk.path(entry["file"]).read_bytes(), entry["file"], batch)
    return {"experts": [[row.id, row.name, row.province] for row in rows]}


def applications_file(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """Applications as the central system hands them over."""
    lines = desk.path(entry["file"]).read_bytes().splitlines()
    read = [applications.application_from_json(line) for line in lines]
    return {"applications": [[row.id, row.applicant, len(row.data), len(row.documents)] for row in read]}


def conflict_list(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A list for finding conflicts."""
    from ndb_desktop.formats.conflictlists import read_list

    known = frozenset(entry["experts"]), frozenset(entry["applications"])
    rows = read_list(desk.path(entry["file"]).read_bytes(), entry["file"], entry["kind"], *known)
    return {"rows": [[row.subject, row.organisation, row.other, row.year] for row in rows]}


def recommenders(desk: Any, entry: Mapping[str, Any]) -> Facts:
    """A table of recommending bodies."""
    from ndb_desktop.formats.recommenderfile import read_recommenders

    rows = read_recommenders(desk.path(entry["file"]).read_bytes(), entry["file"])
    return {"rows": [[row.region, row.name] for row in rows]}
