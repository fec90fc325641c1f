"""`ndb registry`: start a batch's registry (总库), look at it, prove it, copy it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from ndb_desktop.cli import plan, succession
from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.keys import KEY_STATUS
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.secrets import key_options, own_identity
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import Fault, NdbError

_FACTS = {
    "applications": "cli.status.applications",
    "experts": "cli.status.experts",
    "conflicts": "cli.status.conflicts",
    "assignments": "cli.status.assignments",
    "issued": "cli.status.issued",
    "files": "cli.status.files",
    "complete": "cli.status.complete",
    "missing": "cli.status.missing",
    "contradictions": "cli.status.contradictions",
    "unconfirmed_keys": "cli.status.unconfirmed_keys",
    "refusals": "cli.status.refusals",
    "log_entries": "cli.status.log_entries",
    "outdated": "cli.status.outdated",
    "stale": "cli.status.stale",
}
_COLUMNS = {
    "expert": "cli.column.expert",
    "name": "cli.column.name",
    "assigned": "cli.column.assigned",
    "received": "cli.column.received",
    "issued_at": "cli.column.issued_at",
    "last_received": "cli.column.last_received",
    "key_status": "cli.column.key_status",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("registry", "cli.registry.help")
    init = noun.verb("init", "cli.registry.init", _init)
    init.argument("folder", metavar="DIR", type=Path, help_key="cli.registry.folder")
    init.argument("--batch", metavar="FILE", type=Path, required=True, help_key="cli.registry.batch")
    init.argument("--name", required=True, help_key="cli.registry.name")
    init.argument("--recovery", metavar="FILE", type=Path, required=True, help_key="cli.registry.recovery")
    init.argument("--pack", metavar="PACK", action="append", default=[], help_key="cli.registry.pack")
    init.argument("--recommenders", metavar="FILE", type=Path, help_key="cli.recommenders.table")
    init.argument("--supervisor", metavar="CARD", type=Path, help_key="cli.registry.supervisor")
    init.argument("--archivist", metavar="CARD", type=Path, help_key="cli.registry.archivist")
    succession.options(init)
    key_options(init)
    plan.add(noun)
    succession.compare_options(noun)
    registry_options(noun.verb("status", "cli.registry.status", _status))
    registry_options(noun.verb("rebuild", "cli.registry.rebuild", _rebuild))
    backup = noun.verb("backup", "cli.registry.backup", _backup)
    backup.argument("target", metavar="DIR", type=Path, help_key="cli.registry.target")
    registry_options(backup)
    copies = noun.verb("copies", "cli.registry.copies", _copies)
    copies.argument("folder", metavar="DIR", type=Path, help_key="cli.registry.target")
    copies.argument("--check", action="store_true", help_key="cli.registry.copies.check")
    restore = noun.verb("restore", "cli.registry.restore", _restore)
    restore.argument("copy", metavar="COPY", type=Path, help_key="cli.registry.copy")
    restore.argument("folder", metavar="DIR", type=Path, help_key="cli.registry.restore.folder")
    key_options(restore)
    log = noun.verb("log", "cli.registry.log", _log)
    log.argument("--newest", metavar="N", type=int, help_key="cli.registry.newest")
    registry_options(log)


def _init(context: Context) -> int:
    from ndb_desktop.crypto.identity import PublicKey
    from ndb_desktop.domain.recommenders import Recommenders
    from ndb_desktop.services.batch_plan import builtin_recommenders, read_plan, read_recommender_table, start_office
    from ndb_desktop.services.rulepacks import builtin_packs, load_pack_at

    options = context.options
    wanted = read_plan(existing(options.batch))
    batch = wanted.batch
    if options.recommenders is not None:
        known = wanted.facts.recommenders or builtin_recommenders()
        listed = Recommenders(read_recommender_table(existing(options.recommenders)), known.cities)
        wanted = dataclasses.replace(wanted, facts=dataclasses.replace(wanted.facts, recommenders=listed))
    own = [load_pack_at(existing(Path(folder))) for folder in options.pack]
    packs = {pack.category: pack for pack in [*builtin_packs().values(), *own] if pack.stage == "selection"}
    try:
        recovery = PublicKey(existing(options.recovery).read_text(encoding="utf-8").strip())
    except UnicodeDecodeError:
        raise NdbError("E-CLI-VALUE", place=str(options.recovery), value="?") from None
    used = {category: packs[category] for category in batch.quotas if category in packs}
    if options.predecessor is not None:
        return succession.follow_up(context, wanted, used, recovery)
    office = start_office(
        options.folder,
        plan=wanted,
        packs=used,
        identity=own_identity(context),
        name=options.name,
        recovery=recovery,
        officers=plan.officer_cards(context),
        reason=context.words("plan.appointed"),
        clock=context.now,
    )
    office.close()
    context.emit(
        {"folder": str(options.folder), "batch": batch.id, "trial": batch.trial},
        [context.words("cli.registry.made", folder=options.folder, batch=batch.id)],
    )
    return FINE


def _status(context: Context) -> int:
    from ndb_desktop.services.succession_link import check_link, link_of

    with open_registry(context) as office:
        status = office.status()
        link, faults = link_of(office), check_link(office)
        packs = dict(office.stage_packs)
        progress = office.expert_progress()
    facts = dataclasses.asdict(status)
    rows = [
        {
            "expert": row.expert.id,
            "name": row.expert.name,
            "assigned": row.assigned,
            "received": row.received,
            "contradictions": row.contradictions,
            "issued_at": row.issued_at,
            "last_received": row.last_received,
            "key_status": row.key_status,
        }
        for row in progress
    ]
    head = context.words("cli.status.trial" if status.trial else "cli.status.official", batch=status.batch_id)
    context.emit(
        {
            **facts,
            "expert_progress": rows,
            "predecessor": succession.link_data(link),
            "stage_packs": succession.stage_pack_data(packs),
        },
        [
            head,
            *([] if link is None else [succession.link_line(context, link)]),
            *succession.stage_pack_lines(context, packs),
            *(f"  {context.words(key)}: {facts[name]}" for name, key in _FACTS.items()),
            "",
            *table(
                [context.words(key) for key in _COLUMNS.values()],
                [
                    [
                        context.words(KEY_STATUS[row.key_status]) if name == "key_status" else entry[name] or "-"
                        for name in _COLUMNS
                    ]
                    for row, entry in zip(progress, rows, strict=True)
                ],
            ),
        ],
    )
    context.report(faults)
    return FINDINGS if faults else FINE


def _rebuild(context: Context) -> int:
    with open_registry(context) as office:
        report = office.rebuild()
    context.report(report.faults)
    context.emit(
        {
            "files": report.files,
            "equal": report.equal,
            "differences": list(report.differences),
            "tables": [dataclasses.asdict(row) for row in report.tables],
            "faults": [context.fault_data(fault) for fault in report.faults],
        },
        [
            context.words("cli.registry.same" if report.equal else "cli.registry.differs", files=report.files),
            *(f"  {name}" for name in report.differences),
        ],
    )
    return FINE if report.equal else FINDINGS


def _backup(context: Context) -> int:
    from ndb_desktop.services.registry_copy import back_up

    with open_registry(context) as office:
        made = back_up(office, context.options.target, progress=context.progress, cancel=context.cancel)
    context.emit(
        {"folder": str(made.path), "entries": made.entries, "head": made.head, "size": made.size,
         "damaged": list(made.damaged)},
        [context.words("cli.registry.saved", folder=made.path)],
    )  # fmt: skip
    context.report(tuple(NdbError("E-CLI-COPY-STORE", place=name) for name in made.damaged))
    return FINDINGS if made.damaged else FINE


def _copies(context: Context) -> int:
    from ndb_desktop.services.registry_copy import list_copies
    from ndb_desktop.services.registry_restore import check

    found, data = list_copies(existing(context.options.folder)), []
    faults: list[Fault] = []
    for one in found:
        row = {
            "name": one.path.name, "batch": one.batch, "trial": one.trial, "made_at": one.made_at,
            "entries": one.entries, "head": one.head, "size": one.size,
        }  # fmt: skip
        if context.options.check:
            mine = [
                Fault(fault.code, f"{one.path.name}/{fault.place}", fault.params)
                for fault in check(one.path, progress=context.progress, cancel=context.cancel)
            ]
            row["ok"] = not mine
            faults += mine
        data.append(row)
    headers = [
        context.words("cli.column.file"), context.words("cli.column.time"), context.words("cli.column.entries"),
        context.words("cli.column.size"),
    ]  # fmt: skip
    rows = [(one.path.name, one.made_at, one.entries, one.size) for one in found]
    context.emit(data, table(headers, rows) if rows else [context.words("cli.registry.copies.none")])
    context.report(faults)
    return FINDINGS if faults else FINE


def _restore(context: Context) -> int:
    from ndb_desktop.services.registry_restore import restore

    options = context.options
    office = restore(
        existing(options.copy), options.folder, own_identity(context), clock=context.now, progress=context.progress,
        cancel=context.cancel,
    )  # fmt: skip
    entries, batch = len(office.log_rows()), office.batch.id
    office.close()
    context.emit(
        {"folder": str(options.folder), "batch": batch, "entries": entries},
        [context.words("cli.registry.restored", folder=options.folder, batch=batch, entries=entries)],
    )
    return FINE


def _log(context: Context) -> int:
    from ndb_desktop.services.log_names import said

    with open_registry(context) as office:
        check = office.verify_log()
        rows = office.log_rows(newest=context.options.newest)
    context.emit(
        {"entries": check.entries, "broken": check.broken, "ok": check.ok,
         "rows": [dataclasses.asdict(row) for row in rows]},
        [
            "  ".join((
                str(row.seq), row.at, said(row, context.language), row.subject,
                json.dumps(row.details, ensure_ascii=False),
            ))
            for row in rows
        ],
    )  # fmt: skip
    if check.ok:
        context.say(context.words("cli.registry.chain_ok", entries=check.entries))
        return FINE
    context.report((NdbError("E-CLI-LOG-BROKEN", entry=check.broken),))
    return FINDINGS
