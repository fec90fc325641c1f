"""Reads files of the corpus (tests/fixtures/corpus) and says what is in them: the same words at making and at testing.

`READERS[type](desk, entry)` gives facts (texts, numbers and lists, ready for JSON) and what the file covers: names such
as `ndb-score/2` or `bundle-kind/recall`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity, load_identity
from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats import card, receipt, scorefile
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.results import compute
from ndb_desktop.services.review import open_review
from ndb_desktop.services.verify import verify_file
from ndb_desktop.storage import coredb, docwriter, engine, registry_schema
from tests.support import corpus_lists
from tests.support.corpus_declared import known_levels
from tests.support.corpus_site import LaterClock, merged_sites, site_bundle, site_file, site_sheet

CORPUS = Path(__file__).resolve().parents[1] / "fixtures" / "corpus"
INDEX = "index.json"

Facts = dict[str, Any]
Entry = Mapping[str, Any]


@dataclass
class Desk:
    """A folder of the corpus, opened with its test keys; `work` is where files are copied that opening changes."""

    folder: Path
    work: Path
    passphrase: str
    covers: set[str] = field(default_factory=set)
    _used: int = 0

    def path(self, name: str) -> Path:
        """A file of the folder."""
        return self.folder / name

    def identity(self, name: str) -> Identity:
        """A test key: `coordinator`, `recovery`, `supervisor`, or an expert's id."""
        return load_identity(self.path(f"keys/{name}.ndbkey").read_bytes(), self.passphrase, name)

    @cached_property
    def coordinator(self) -> Identity:
        return self.identity("coordinator")

    def room(self) -> Path:
        """A new empty folder."""
        self._used += 1
        room = self.work / str(self._used)
        room.mkdir(parents=True)
        return room


Reader = Callable[[Desk, Entry], Facts]


def digest(data: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(data).hexdigest()


def load_index(folder: Path) -> dict[str, Any]:
    """The index of a folder."""
    found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def folders() -> list[Path]:
    """Every folder of the corpus."""
    return sorted(path.parent for path in CORPUS.glob(f"*/{INDEX}"))


# ----- keys and signed files -----


def _key(desk: Desk, entry: Entry) -> Facts:
    found = load_identity(desk.path(entry["file"]).read_bytes(), desk.passphrase, entry["file"])
    public = desk.path(entry["file"]).with_suffix(".pub").read_text(encoding="utf-8")
    assert found.public.age_recipient in public
    desk.covers.add("openssh-key/1")
    return {"keyid": found.keyid}


def _card(desk: Desk, entry: Entry) -> Facts:
    opened = card.open_card(desk.path(entry["file"]).read_bytes())
    desk.covers.add(f"{opened.payload.format}/{opened.payload.version}")
    return {"name": opened.payload.name, "keyid": opened.key.keyid, "payload": opened.payload_sha256}


def _score(desk: Desk, entry: Entry) -> Facts:
    opened = scorefile.open_score(desk.path(entry["file"]).read_bytes(), desk.coordinator)
    payload = opened.payload
    desk.covers.add(f"{payload.format}/{payload.version}")
    return {
        "version": payload.version, "expert": payload.expert.id, "revision": payload.revision, "keyid": opened.keyid,
        "payload": opened.payload_sha256, "sealed": opened.sealed, "enrolment": opened.enrolment is not None,
        "sheets": [
            {
                "application": sheet.record.application, "revision": sheet.record.revision, "digest": sheet.digest,
                "scores": {item.item: item.value or item.computed for item in sheet.record.items},
                "evidence": len(sheet.record.evidence), "challenges": len(sheet.record.challenges),
                "opinion": sheet.record.opinion,
            }
            for sheet in opened.sheets
        ],
    }  # fmt: skip


def _receipt(desk: Desk, entry: Entry) -> Facts:
    opened = receipt.open_receipt(desk.path(entry["file"]).read_bytes())
    payload = opened.payload
    desk.covers.add(f"{payload.format}/{payload.version}")
    files = [[row.payload_sha256, row.verdict, len(row.sheets)] for row in payload.files]
    return {"expert": payload.expert, "issuer": opened.issuer.keyid, "files": files}


# ----- bundles, worksheets, what carries them -----


def _bundle(desk: Desk, entry: Entry) -> Facts:
    path = desk.path(entry["file"])
    report = verify_file(path, identity=desk.identity(entry["key"]))
    assert report.ok, report.faults
    with BundleReader(path) as reader:
        said = reader.manifest
        secrets = {reader.unlock(desk.identity(name)) for name in (entry["key"], "coordinator", "recovery")}
        assert secrets == {entry["secret"]}
        kind = getattr(said, "kind", "full")
        desk.covers |= {f"{said.format}/{said.version}", f"bundle-kind/{kind}"}
        desk.covers |= {f"bundle-critical/{word}" for word in said.critical}
        facts: Facts = {
            "bundle": said.bundle_id, "digest": reader.digest, "kind": kind, "expert": said.expert.id,
            "critical": list(said.critical), "chain": [row.bundle_id for row in getattr(said, "chain", ())],
            "members": len(said.members),
        }  # fmt: skip
    if kind != "recall":
        facts |= {"applications": _applications(desk, entry)}
    return facts


def _applications(desk: Desk, entry: Entry) -> Facts:
    """What an expert finds in a bundle on a new machine, with the secret and with the key."""
    found: Facts = {}
    for way in ({"secret": entry["secret"]}, {"identity": desk.identity(entry["key"])}):
        session = open_review(desk.path(entry["file"]), profile=desk.room(), clock=LaterClock(), **way)
        with session:
            _declare(session)
            seen = {
                item.application.id: {
                    "pack": item.pack.digest,
                    "documents": {
                        one.id: digest(session.read_document(item.application.id, one.id))
                        for one in session.documents(item.application.id)
                    },
                    **({"work": item.stage.digest} if item.stage is not None else {}),
                }
                for item in session.applications
            }
        assert found in ({}, seen)
        found = seen
    desk.covers |= {f"core/{coredb.USER_VERSION}", f"documents/{docwriter.USER_VERSION}"}
    return found


def _declare(session: Any) -> None:
    """Documents are shown to those alone who declared that nothing speaks against it."""
    for statement, agreed in session.statements():
        if not agreed:
            session.agree(statement.id)
    for item in session.applications:
        if session.sheet(item.application.id).declaration.status == "none":
            session.declare(item.application.id, Declaration("clear"))


def _marks(session: Any) -> Facts:
    """Every mark of a session, as texts."""
    found: Facts = {}
    for item in session.applications:
        sheet = session.sheet(item.application.id)
        found[item.application.id] = {
            "items": {
                name: [entry.state, entry.level or "", "" if entry.value is None else str(entry.value), entry.confirm]
                for name, entry in sorted(sheet.items.items())
            },
            "opinion": sheet.opinion, "note": sheet.note, "status": sheet.declaration.status,
            "evidence": [one.quote for one in sheet.evidence], "challenges": [one.reason for one in sheet.challenges],
        }  # fmt: skip
    return found


def _worksheet(desk: Desk, entry: Entry) -> Facts:
    """Opens a worksheet beside its bundle, and beside a bundle that follows where the entry names one."""
    profile, path = desk.room(), desk.path(entry["file"])
    (profile / "worksheets").mkdir()
    shutil.copyfile(path, profile / "worksheets" / f"{entry['bundle_id']}.ndbwork")
    with engine.open_database(path, engine.Secret(entry["secret"]), mode="read") as db:
        (version,) = db.conn.execute("PRAGMA user_version").fetchone()
    desk.covers.add(f"worksheet/{version}")
    with open_review(
        desk.path(entry["bundle"]), secret=entry["secret"], profile=profile, clock=LaterClock()
    ) as session:
        facts: Facts = {"marks": _marks(session), "locked": session.locked, "changes": len(session.history())}
    return facts


def _move(desk: Desk, entry: Entry) -> Facts:
    from ndb_desktop.formats.movefile import FORMAT, VERSION
    from ndb_desktop.services.worksheet_move import receive

    profile = desk.room()
    receive(desk.path(entry["file"]), profile, lambda bundle: profile / "backups" / bundle)
    desk.covers.add(f"{FORMAT}/{VERSION}")
    with open_review(
        desk.path(entry["bundle"]), secret=entry["secret"], profile=profile, clock=LaterClock()
    ) as session:
        return {"marks": _marks(session), "keys": len(list((profile / "keys").glob("*.ndbkey")))}


# ----- registries -----


def levels(path: Path, key: str) -> list[str]:
    """The migrations a registry's file has seen, read without migrating it."""
    with engine.open_database(path, engine.RawKey(key), mode="read") as db:
        return [row.name for row in registry_schema.MIGRATIONS.applied(db)]


def _opened(desk: Desk, folder: Path, entry: Entry) -> Facts:
    """What a registry says after it was opened, proven and rebuilt, and after the files that wait were merged."""
    office = open_office(folder, desk.coordinator, clock=LaterClock())
    try:
        check, result = office.verify_log(), compute(office)
        rebuilt = office.rebuild()
        assert (check.ok, rebuilt.differences, rebuilt.faults) == (True, (), ())
        facts: Facts = {
            "batch": office.batch.id, "trial": office.batch.trial, "log": check.entries,
            "applications": [row.id for row in office.applications()], "experts": [row.id for row in office.experts()],
            "assigned": len(office.assignments()), "bundles": len(office.issued()), "files": rebuilt.files,
            "result": _result(result),
        }  # fmt: skip
        if hasattr(office, "decided"):
            facts["decisions"] = [row.kind for row in office.decided.all()]
            desk.covers |= {"ndb-decision/1"} if facts["decisions"] else set()
        if proof := getattr(office.registry, "proof", lambda: None)():
            desk.covers.add("/".join(_proof_format(office, proof)))
        desk.covers |= _link(office)
        if waiting := [desk.path(name) for name in entry.get("waiting", ())]:
            report = merge_files(office, waiting)
            facts["merged"] = {"verdicts": [row.verdict for row in report.verdicts], "result": _result(compute(office))}
        if records := [desk.path(name) for name in entry.get("sites", ())]:
            facts["sites"] = merged_sites(office, records) | {"result": _result(compute(office))}
        return facts
    finally:
        office.close()


def _link(office: Any) -> set[str]:
    """Whether the registry follows another one, and by which format it says so."""
    if not office.registry.meta("predecessor.link"):
        return set()
    from ndb_desktop.services.succession_link import check_link, link_of

    link = link_of(office)
    assert link is not None and check_link(office) == ()  # noqa: PT018
    return {f"{link.format}/{link.version}"}


def _proof_format(office: Any, row: Any) -> tuple[str, ...]:
    from ndb_desktop.services.assignment_verify import verify_assignment

    assert verify_assignment(office).ok
    return ("ndb", "assignment-proof", "1")


def _result(result: Any) -> Facts:
    """Digest, state and the total that may be published, as a text."""
    totals = {name: "" if row.published is None else str(row.published) for name, row in sorted(result.results.items())}
    return {"digest": result.digest, "states": dict(sorted(result.selection.states.items())), "totals": totals}


def _registry(desk: Desk, entry: Entry) -> Facts:
    folder = desk.room() / "registry"
    shutil.copytree(desk.path(entry["file"]).parent, folder)
    key = unseal((folder / "registry.key.age").read_bytes(), desk.coordinator, max_size=64).decode("ascii")
    before = levels(folder / "registry.db", key)
    desk.covers.add(f"registry/{before[-1]}")
    facts = _opened(desk, folder, entry)
    assert levels(folder / "registry.db", key) == known_levels()
    return {"levels": before} | facts


def _copy(desk: Desk, entry: Entry) -> Facts:
    from ndb_desktop.formats.copyfile import FORMAT, VERSION
    from ndb_desktop.services.registry_restore import restore

    source = desk.path(entry["file"]).parent
    key = unseal((source / "registry.key.age").read_bytes(), desk.coordinator, max_size=64).decode("ascii")
    target, before = desk.room() / "registry", levels(source / "registry.db", key)
    restore(source, target, desk.coordinator, clock=LaterClock()).close()
    desk.covers |= {f"{FORMAT}/{VERSION}", f"registry/{before[-1]}"}
    return {"levels": before} | _opened(desk, target, entry)


READERS: Mapping[str, Reader] = {
    "key": _key, "card": _card, "score": _score, "receipt": _receipt, "bundle": _bundle, "worksheet": _worksheet,
    "move": _move, "registry": _registry, "copy": _copy, "archive": corpus_lists.archive,
    "package": corpus_lists.package, "plan": corpus_lists.plan, "pack": corpus_lists.pack,
    "batch": corpus_lists.batch_file, "roster": corpus_lists.roster, "applications": corpus_lists.applications_file,
    "lists": corpus_lists.conflict_list, "recommenders": corpus_lists.recommenders, "site_bundle": site_bundle,
    "site": site_file, "sitesheet": site_sheet,
}  # fmt: skip
"""How each type of file is opened. A new type of file gets a line here and a part in build/corpus_parts.py."""


def read(desk: Desk, entry: Entry) -> tuple[Facts, list[str]]:
    """What a file of the corpus holds, and what it covers."""
    desk.covers.clear()
    facts = READERS[entry["type"]](desk, entry)
    return facts, sorted(desk.covers)
