"""With the recovery key a registry is read, exported from and backed up; every verb that changes it is refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment, Conflict
from ndb_desktop.services import inbox
from ndb_desktop.services.assign import reassign
from ndb_desktop.services.conflict_drafts import keep_drafts
from ndb_desktop.services.conflicts import Settled, decide, decide_all, import_list
from ndb_desktop.services.inspectors import confirm_inspector, import_inspectors, revoke_inspector
from ndb_desktop.services.intake import (
    confirm_key,
    import_applications,
    import_conflicts,
    import_experts,
    revoke_key,
)
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.merge_undo import undo_merge
from ndb_desktop.services.notice_period import NoticePeriod
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.panel_heads import heads, remember_head
from ndb_desktop.services.publication import Wording, publish
from ndb_desktop.services.registry_copy import back_up
from ndb_desktop.services.results_compute import record_veto
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.visits import VisitPlan, plan_visit
from ndb_desktop.storage.registry_rows import Veto
from tests.support.office import Clock, make_score_file, raw_sheet, scored_sheet, use_tiny
from tests.support.travel import person, refusal
from tests.support.visits import TEAM, site_pack, visited_office, with_inspectors, write_cards


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recovery")
    office = visited_office(folder / "office")
    with_inspectors(office, folder / "cards")
    sheet = raw_sheet(office, scored_sheet("A-001"))
    merge_files(office, [make_score_file(office, folder / "1.ndbscore", "E01", [sheet])])
    office.close()
    return folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(template / "office", tmp_path / "office")
    office = use_tiny(open_office(tmp_path / "office", person("恢复"), clock=Clock()))
    assert office.recovered
    yield office
    office.close()


def everything(office: Office) -> tuple[str, list[str]]:
    """Every row of every table, and the names of all files."""
    found = hashlib.sha256()
    conn = office.registry._db.conn
    tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for (table,) in tables:
        found.update(repr((table, conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall())).encode())
    names = [p.relative_to(office.folder).as_posix() for p in office.folder.rglob("*") if p.is_file()]
    return found.hexdigest(), sorted(name for name in names if not name.endswith(("-wal", "-shm")))


def absent(office: Office, name: str = "no.csv") -> Path:
    """A path nobody reads: the refusal comes before the first look at it."""
    return office.folder.parent / name


PERIOD = NoticePeriod(date(2026, 11, 23), date(2026, 11, 27), 5, False, ())
VERBS: dict[str, Callable[[Office], object]] = {
    "import applications": lambda o: import_applications(o, absent(o)),
    "import experts": lambda o: import_experts(o, absent(o)),
    "import conflicts": lambda o: import_conflicts(o, absent(o)),
    "import list": lambda o: import_list(o, "former", absent(o)),
    "import inspectors": lambda o: import_inspectors(o, write_cards(o.folder.parent / "cards", ["J03"])),
    "inspectors that are no cards": lambda o: import_inspectors(o, absent(o)),
    "confirm inspector": lambda o: confirm_inspector(o, TEAM[0], person(TEAM[0]).keyid),
    "revoke inspector": lambda o: revoke_inspector(o, TEAM[0], "遗失"),
    "confirm key": lambda o: confirm_key(o, "E01", person("E01").keyid),
    "revoke key": lambda o: revoke_key(o, "E01", person("E01").keyid, "遗失"),
    "plan visit": lambda o: plan_visit(o, VisitPlan("A-001", TEAM), site_pack()),
    "merge": lambda o: merge_files(o, [o.folder.parent]),
    "merge sites": lambda o: merge_sites(o, [o.folder.parent]),
    "undo merge": lambda o: undo_merge(o, "有误"),
    "reassign": reassign,
    "replace assignments": lambda o: o.replace_assignments([Assignment("E01", "A-001")]),
    "add conflicts": lambda o: o.add_conflicts([Conflict("E01", "A-001", "C1", "recuse", "t")]),
    "detect": lambda o: o.registry.replace_found([Conflict("E01", "A-001", "C1", "recuse", "t")]),
    "decide": lambda o: decide(o, "E01", "A-001", "recuse", reason="曾任职"),
    "decide all": lambda o: decide_all(o, [Settled("E01", "A-001", "recuse", "曾任职")]),
    "keep drafts": lambda o: keep_drafts(o, [Settled("E01", "A-001", "recuse", "曾任职")]),
    "veto": lambda o: record_veto(o, Veto("A-001", "V1", "present", "函", "2026-11-22", "")),
    "revoke bundle": lambda o: o.revoke_bundle(o.issued()[0].bundle_id, "遗失"),
    "record issue": lambda o: o.record_issue(o.issued()[0]),
    "notice": lambda o: publish(o, absent(o, "out"), PERIOD, Wording("示例评审办")),
    "watch": lambda o: inbox.watch(o, None),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_changes_something_is_refused_and_nothing_is_written(office: Office, verb: str) -> None:
    before = everything(office)
    assert refusal(lambda: VERBS[verb](office)) == "E-OFFICE-RECOVERY"
    assert everything(office) == before
    assert not absent(office, "out").exists()


def test_reading_copying_and_a_rebuild_go_on(office: Office, tmp_path: Path) -> None:
    assert len(office.applications()) == 2
    assert merge_files(office, [tmp_path], dry_run=True).dry_run
    office.log("results.viewed", "T-2026", {})
    assert back_up(office, tmp_path / "copies").path.is_dir()
    assert office.rebuild().equal
    remember_head(office, "park/ai", "E01")  # a record that is printed asks for it
    assert heads(office) == {}
    assert [row.action for row in office.log_rows()][-3:] == ["results.viewed", "backup", "rebuild"]
    assert office.verify_log().ok


def test_every_transaction_of_the_services_but_the_keeping_ones_is_guarded(office: Office) -> None:
    """What is written without asking is the log, the note of a copy, and tables made anew; nothing else may be."""
    folder = Path(inbox.__file__).parent
    asks_nobody = {path.name for path in folder.glob("*.py") if "keeping=True" in path.read_text(encoding="utf-8")}
    assert asks_nobody == {"office.py", "registry_copy.py", "registry_rebuild.py"}
    assert refusal(lambda: office.registry.set_meta("x", "y")) == "E-OFFICE-RECOVERY"
    assert office.registry.meta("x") == ""
