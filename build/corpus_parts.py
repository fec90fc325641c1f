"""The parts of a folder of the corpus: each makes some files with the program's services and names them.

A part gets the round on its way and gives entries for the index: type, file, and what opening it takes. To add a new
type of file, write a part here, put it into `PARTS`, and give it a reader in tests/support/corpus.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus_round import APPLICATION, EXPERTS, KEYED, WORDS, Round, lowered

from ndb_desktop.formats.batchfile import batch_to_json

Entry = dict[str, Any]
Part = Callable[[Round], Iterator[Entry]]

PEOPLE = ("coordinator", "recovery", "supervisor", *EXPERTS)
INSPECTORS = ("J01", "J02")
LATER = EXPERTS[1:]
WAITING = [f"score/{name}.ndbscore" for name in LATER]
"""What is not merged yet in the registry that is kept."""


def keys(made: Round) -> Iterator[Entry]:
    """Everybody's keys, a card."""
    made.make_keys(PEOPLE)
    for name in PEOPLE:
        yield {"type": "key", "file": f"keys/{name}.ndbkey"}
    made.card(KEYED, made.folder / "card" / f"{KEYED}.ndbcard")
    yield {"type": "card", "file": f"card/{KEYED}.ndbcard"}


def start(made: Round) -> Iterator[Entry]:
    """The registry with everything imported; nothing of it is kept yet."""
    made.take_in()
    yield from ()


def decisions(made: Round) -> Iterator[Entry]:
    """Signed decisions in the registry: a supervisor is appointed, both freeze the pack."""
    from ndb_desktop.services.freezing import freeze

    card = made.card("supervisor", made.scratch / "supervisor.ndbcard").read_bytes()
    made.office.decided.appoint(card, "supervisor", reason="示例")
    freeze(made.office, reason="示例", second=made.identities["supervisor"])
    made.second = made.identities["supervisor"]
    yield from ()


def calibration(made: Round) -> Iterator[Entry]:
    """A calibration bundle, issued before the round's own."""
    from ndb_desktop.services.calibration import issue_calibration

    (row, *_) = issue_calibration(made.office, made.scratch / "calibration", [APPLICATION]).issued
    assert row.expert == KEYED
    path = made.keep(made.scratch / "calibration" / Path(row.path).name, "bundle/calibration.ndbbundle")
    yield _bundle(made, path)


def issue(made: Round) -> Iterator[Entry]:
    """Assignment and bundles; one is kept."""
    made.hand_out()
    yield from ()


def bundle(made: Round) -> Iterator[Entry]:
    """The first expert's bundle."""
    yield _bundle(made, made.keep(made.bundles[KEYED], f"bundle/{KEYED}.ndbbundle"))


def review(made: Round) -> Iterator[Entry]:
    """Everybody marks and signs; one file is merged."""
    for name in EXPERTS:
        made.mark(name)
        made.sign(name)
        yield {"type": "score", "file": f"score/{name}.ndbscore"}
    made.report = made.merge(KEYED)


def worksheet(made: Round) -> Iterator[Entry]:
    """The first expert's worksheet as it is after signing."""
    yield _worksheet(made, f"worksheet/{KEYED}.ndbwork", f"bundle/{KEYED}.ndbbundle")


def receipts(made: Round) -> Iterator[Entry]:
    """What the office says it got."""
    from ndb_desktop.services.merge_receipts import write_receipts

    (first, *_) = write_receipts(made.office, made.report, made.scratch)
    made.keep(first, "receipt/first.ndbreceipt")
    yield {"type": "receipt", "file": "receipt/first.ndbreceipt"}


def move(made: Round) -> Iterator[Entry]:
    """A move file with worksheet and key."""
    from ndb_desktop.services.worksheet_move import send

    key = made.folder / "keys" / f"{KEYED}.ndbkey"
    with made.open(KEYED) as session:
        made.keep(send(session, made.scratch, key, made.clock), "move/first.ndbmove")
    # What was moved is opened with the bundle it was made in, or else with the one that follows.
    own = f"bundle/{KEYED}.ndbbundle"
    bundle_ = own if (made.folder / own).exists() else "bundle/supplement.ndbbundle"
    yield {"type": "move", "file": "move/first.ndbmove", "bundle": bundle_} | _secret(made)


def aside(made: Round) -> Iterator[Entry]:
    """The registry as later parts find it, each anew."""
    made.set_aside()
    yield from ()


def registry(made: Round) -> Iterator[Entry]:
    """The registry with two score files still to come."""
    yield {"type": "registry", "file": made.keep_registry(), "waiting": WAITING}


def copy(made: Round) -> Iterator[Entry]:
    """A safety copy of the registry, with the documents' store."""
    from ndb_desktop.services.registry_copy import back_up

    shutil.copytree(back_up(made.office, made.scratch / "copies").path, made.folder / "copy.ndbcopy")
    yield {"type": "copy", "file": "copy.ndbcopy/copy.json", "waiting": WAITING}


def lists(made: Round) -> Iterator[Entry]:
    """What comes into a registry as a table or as JSON."""
    _written(made, "batch.json").write_bytes(batch_to_json(made.batch))
    _written(made, "pack.json").write_bytes(made.pack.raw)
    made.keep(made.scratch / "people" / "roster.csv", "lists/roster.csv")
    made.keep(made.scratch / "handover" / "applications.jsonl", "lists/applications.jsonl")
    yield {"type": "batch", "file": "lists/batch.json"}
    yield {"type": "pack", "file": "lists/pack.json"}
    yield {"type": "roster", "file": "lists/roster.csv", "batch": "lists/batch.json"}
    yield {"type": "applications", "file": "lists/applications.jsonl"}


def conflict_list(made: Round) -> Iterator[Entry]:
    """A list for finding conflicts."""
    _written(made, "former.csv").write_text("id,organisation,year\nE-02,示例旧单位,2020\n", encoding="utf-8")
    known = {"kind": "former", "experts": list(EXPERTS), "applications": [APPLICATION]}
    yield {"type": "lists", "file": "lists/former.csv"} | known


def plan(made: Round) -> Iterator[Entry]:
    """A batch plan, with a list of recommending bodies in it."""
    from ndb_desktop.domain.recommenders import Recommender, Recommenders
    from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan, plan_to_json

    listed = Recommenders((Recommender("350000", "示例省工业和信息化厅"),), False)
    planned = BatchPlan(made.batch, BatchFacts(recommenders=listed))
    _written(made, "plan.json").write_bytes(plan_to_json(planned))
    yield {"type": "plan", "file": "lists/plan.json"}


def recommenders(made: Round) -> Iterator[Entry]:
    """A list of recommending bodies as a table."""
    from ndb_desktop.domain.recommenders import Recommender, Recommenders
    from ndb_desktop.services.batch_plan import write_recommender_table

    listed = Recommenders((Recommender("350000", "示例省工业和信息化厅"),), False)
    write_recommender_table(listed, _written(made, "recommenders.csv"), "zh_CN")
    yield {"type": "recommenders", "file": "lists/recommenders.csv"}


def archive(made: Round) -> Iterator[Entry]:
    """The batch filed."""
    from datetime import date

    from ndb_desktop.services.archive import archive as file_it

    _final(made)
    (made.folder / "archive").mkdir()
    file_it(made.office, made.folder / "archive" / "batch.ndbarchive", filed_on=date(2026, 11, 30))
    for path in sorted((made.folder / "archive").iterdir()):
        yield {"type": "archive", "file": f"archive/{path.name}"}


def package(made: Round) -> Iterator[Entry]:
    """Results handed over, sealed."""
    from ndb_desktop.services.handing_over import hand_over

    _final(made, *LATER)
    (made.folder / "package").mkdir()
    hand_over(made.office, made.folder / "package" / "results.zip.age")
    yield {"type": "package", "file": "package/results.zip.age"}


def second_round(made: Round) -> Iterator[Entry]:
    """A second round: the bundle, the registry that waits, and the answer as a score file of version 3."""
    from ndb_desktop.services.results import compute
    from ndb_desktop.services.rounds import issue_round, open_round

    made.back()
    made.merge(*LATER)
    open_round(made.office, compute(made.office), [APPLICATION], reason="示例", second=made.second)
    issued = {row.expert: row for row in issue_round(made.office, made.scratch / "round").issued}
    path = made.scratch / "round" / Path(issued[KEYED].path).name
    entry = _bundle(made, made.keep(path, "bundle/second_round.ndbbundle"))
    with made.open(KEYED, path) as session:
        lowered(session, made.pack)
    made.sign(KEYED, "score_second_round", path)
    yield entry
    yield {"type": "score", "file": f"score_second_round/{KEYED}.ndbscore"}
    waiting = [f"score_second_round/{KEYED}.ndbscore"]
    yield {"type": "registry", "file": made.keep_registry("registry_second_round"), "waiting": waiting}


def chain(made: Round) -> Iterator[Entry]:
    """A supplement after a correction with the worksheet of the bundle before, a replacement, a recall."""
    from ndb_desktop.services.intake import import_applications
    from ndb_desktop.services.issue import issue_bundles, issue_supplements
    from ndb_desktop.services.issue_recall import recall_bundle

    made.back()
    import_applications(made.office, made.corrected, update=True)
    for kind in ("supplement", "replacement", "recall"):
        out = made.scratch / kind
        if kind == "supplement":
            (row,) = issue_supplements(made.office, out, experts=[KEYED]).issued
        elif kind == "replacement":
            (row,) = issue_bundles(made.office, out, experts=[KEYED]).issued
        else:
            row = recall_bundle(made.office, out, KEYED, "示例")
        path = made.keep(out / Path(row.path).name, f"bundle/{kind}.ndbbundle")
        yield _bundle(made, path)
        if kind == "supplement" and (made.folder / "worksheet").exists():
            # An expert who goes on: marks made in the bundle before are found in this one.
            yield {
                "type": "worksheet", "file": f"worksheet/{KEYED}.ndbwork", "bundle": "bundle/supplement.ndbbundle",
                "bundle_id": _id(made), "secret": made.secrets[KEYED],
            }  # fmt: skip


def visit(made: Round) -> Iterator[Entry]:
    """An inspection bundle: two inspectors with confirmed keys, a visit planned and issued."""
    from ndb_desktop.services.inspectors import confirm_inspector, import_inspectors
    from ndb_desktop.services.rulepacks import builtin_site_packs
    from ndb_desktop.services.visit_issue import issue_visit
    from ndb_desktop.services.visits import VisitPlan, plan_visit

    made.back()
    made.make_keys(INSPECTORS)
    for name in INSPECTORS:
        made.card(name, made.scratch / "inspectors" / f"{name}.ndbcard")
        yield {"type": "key", "file": f"keys/{name}.ndbkey"}
    report = import_inspectors(made.office, made.scratch / "inspectors")
    assert report.ok, report.faults
    for name in INSPECTORS:
        confirm_inspector(made.office, name, made.identities[name].keyid)
    data = made.office.application(APPLICATION).data
    places = [(code, key) for code in sorted(data) for key in sorted(data[code].values)][:2]
    (pack,) = builtin_site_packs().values()
    plan_ = VisitPlan(APPLICATION, INSPECTORS, listed=dict.fromkeys(places, "示例"))
    made.visit = plan_visit(made.office, plan_, pack)
    issued = issue_visit(made.office, made.visit.id, made.scratch / "visit")
    made.visit_bundle = made.keep(Path(issued.path), "site/visit.ndbbundle")
    (made.folder / "site" / "checklist.json").write_bytes(pack.raw)
    yield {"type": "site_bundle", "file": "site/visit.ndbbundle", "keys": list(INSPECTORS), "secret": issued.opens}
    yield {"type": "pack", "file": "site/checklist.json"}
    made.registry_visit = made.keep_registry("registry_visit")


def inspection(made: Round) -> Iterator[Entry]:
    """The team's record: the working file of the first, the file both have signed, the registry that waits for it."""
    from ndb_desktop.domain.siterecord import Answer, Check, Finding, Observation
    from ndb_desktop.services.inspect import open_inspection
    from tests.support.documents import jpeg

    folders = [made.scratch / "inspection" / name for name in INSPECTORS]
    for folder in folders:
        folder.mkdir(parents=True)
    (first, second), (one, two) = folders, (made.identities[name] for name in INSPECTORS)
    times = {"clock": made.clock, "monotonic": made.clock.seconds}
    with open_inspection(made.visit_bundle, one, profile=first, **times) as session:
        session.declare()
        other, same = made.visit.wanted
        session.put(Check(other.id, other.declared - 1, "deviation", "replace", ("original",), "示例凭证", WORDS))
        session.put(Check(same.id, same.declared, "match", "keep", ("original",), "示例凭证", WORDS))
        session.put(Observation(session.new_id("observation"), WORDS))
        session.put(Answer(session.pack.items[0].id, "pass"))
        session.put(Finding(session.new_id("finding"), "minor", WORDS))
        (finding,) = session.record.findings
        (first / "示例.jpg").write_bytes(jpeg(64, 48))
        assert session.add_photos([first / "示例.jpg"], about=f"finding:{finding.id}").count("added") == 1
        frozen = session.freeze(one, first, partial=True)
        record = session.path
    with open_inspection(made.visit_bundle, two, profile=second, **times) as session:
        session.declare()
        both = session.cosign(two, frozen.path, second)
    made.keep(both.path, "site/record.ndbsite")
    name = f"site/working{record.suffix}"
    for path in record.parent.glob(f"{record.name}*"):
        made.keep(path, name + path.name.removeprefix(record.name))
    yield {"type": "site", "file": "site/record.ndbsite", "keys": list(INSPECTORS)}
    yield {"type": "sitesheet", "file": name, "key": INSPECTORS[0]}
    waiting = {"waiting": WAITING, "sites": ["site/record.ndbsite"]}
    yield {"type": "registry", "file": made.registry_visit} | waiting


def stage_packs(made: Round) -> Iterator[Entry]:
    """A pack of each later stage."""
    from ndb_desktop.services.rulepacks import builtin_stage_packs

    for name, pack in sorted(builtin_stage_packs().items()):
        if name.startswith("park-"):
            _written(made, f"{name}.json").write_bytes(pack.raw)
            yield {"type": "pack", "file": f"lists/{name}.json"}


def succession(made: Round) -> Iterator[Entry]:
    """A registry that follows this one."""
    from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
    from ndb_desktop.services.succession import follow, read_predecessor

    _final(made, *LATER)
    made.office.close()
    coordinator, folder = made.identities["coordinator"], made.scratch / "following"
    before = read_predecessor(made.scratch / "registry", "selection", coordinator, clock=made.clock)
    made.reopen()
    plan_ = BatchPlan(replace(made.batch, id=f"{made.batch.id}-2"), BatchFacts())
    follow(
        folder, predecessor=before, stage="selection", plan=plan_,
        identity=coordinator, name="示例评审办", recovery=made.identities["recovery"].public,
        packs={"park": made.pack}, clock=made.clock,
    ).office.close()  # fmt: skip
    for name in ("registry.db", "registry.key.age"):
        made.keep(folder / name, f"registry_following/{name}")
    yield {"type": "registry", "file": "registry_following/registry.db"}


def later_stage(made: Round) -> Iterator[Entry]:
    """A bundle and a package of an acceptance; the round selects nobody, so its base is only said to be a 创建对象."""
    from datetime import date

    from corpus_round import Later

    from ndb_desktop.domain.lifecycle import begun
    from ndb_desktop.services.succession import read_predecessor

    _final(made, *LATER)
    row = made.office.registry.application(APPLICATION)
    made.office.close()
    known = read_predecessor(made.scratch / "registry", "selection", made.identities["coordinator"], clock=made.clock)
    made.reopen()
    created = begun(APPLICATION, "creating", date(2026, 9, 17))
    before = replace(
        known, lives={APPLICATION: created}, texts={APPLICATION: row.json}, carried={APPLICATION: "0" * 64}
    )
    later = Later(made, before)
    yield _bundle(made, made.keep(later.issue(), "bundle/acceptance.ndbbundle"))
    later.hand_over(made.folder / "package" / "acceptance.zip.age")
    yield {"type": "package", "file": "package/acceptance.zip.age"}


def _final(made: Round, *more: str) -> None:
    """The challenge decided and the results made final, after `more` files were merged."""
    from ndb_desktop.services.disputes import decide, list_disputes
    from ndb_desktop.services.outcome import finalise, unblind
    from ndb_desktop.services.results import compute

    made.back()
    if more:
        made.merge(*more)
    for dispute in list_disputes(made.office):
        decide(made.office, dispute.place, "keep", reason="示例", second=made.second)
    finalise(made.office, compute(made.office), reason="示例", second=made.second)
    unblind(made.office, reason="示例", second=made.second)


def _written(made: Round, name: str) -> Path:
    """Where a list is written."""
    (made.folder / "lists").mkdir(exist_ok=True)
    return made.folder / "lists" / name


def _secret(made: Round) -> Entry:
    return {"secret": made.secrets[KEYED]}


def _id(made: Round) -> str:
    return next(row.bundle_id for row in made.office.issued() if row.expert == KEYED)


def _bundle(made: Round, path: Path) -> Entry:
    from ndb_desktop.services.issue import recover_secret

    secret = recover_secret(path, made.identities["coordinator"])
    name = path.relative_to(made.folder).as_posix()
    return {"type": "bundle", "file": name, "key": KEYED, "secret": secret}


def _worksheet(made: Round, name: str, bundle_: str) -> Entry:
    from ndb_desktop.formats.bundle import BundleReader

    with BundleReader(made.folder / bundle_) as reader:
        bundle_id = reader.manifest.bundle_id
    made.keep(made.profile(KEYED) / "worksheets" / f"{bundle_id}.ndbwork", name)
    return {"type": "worksheet", "file": name, "bundle": bundle_, "bundle_id": bundle_id} | _secret(made)


PARTS: Mapping[str, Part] = {
    "keys": keys, "start": start, "decisions": decisions, "calibration": calibration, "issue": issue, "bundle": bundle,
    "review": review, "worksheet": worksheet, "receipts": receipts, "move": move, "lists": lists,
    "conflict_list": conflict_list, "plan": plan, "recommenders": recommenders, "aside": aside, "registry": registry, "copy": copy, "archive": archive,
    "package": package, "second_round": second_round, "chain": chain, "visit": visit, "inspection": inspection,
    "stage_packs": stage_packs, "succession": succession, "later_stage": later_stage,
}  # fmt: skip
"""In the order they are made: later parts go on with the round of the earlier ones."""
