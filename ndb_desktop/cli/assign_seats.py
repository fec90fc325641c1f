"""`ndb seat`: why an expert sits where, who could be called, and a swap that is checked first."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.numbers import brief

if TYPE_CHECKING:
    from ndb_desktop.services.assignment_desk import Finding
    from ndb_desktop.services.assignment_verify import ProofReport
    from ndb_desktop.services.office import Office

KINDS: Mapping[str, str] = {"field": "kind.field", "finance": "kind.finance", "policy": "kind.policy"}


def add(verbs: Verbs) -> None:
    """Registers the noun."""
    noun = verbs.noun("seat", "cli.seat.help")
    why = noun.verb("why", "cli.seat.why", _why)
    why.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    why.argument("expert", metavar="EXPERT", help_key="cli.opt.expert")
    registry_options(why)
    reserves = noun.verb("reserves", "cli.seat.reserves", _reserves)
    reserves.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    registry_options(reserves)
    swap = noun.verb("swap", "cli.seat.swap", _swap)
    swap.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    swap.argument("out", metavar="OUT", help_key="cli.seat.out")
    swap.argument("in_", metavar="IN", help_key="cli.seat.in")
    swap.argument("--reason", default="", help_key="cli.seat.reason")
    swap.argument("--check", action="store_true", help_key="cli.seat.check")
    registry_options(swap)


def field_names(context: Context, office: Office) -> Mapping[str, str]:
    """The names of the batch's fields in the caller's language."""
    return {entry.id: entry.name.get(context.language) for entry in office.batch.fields}


def _why(context: Context) -> int:
    from ndb_desktop.services.assignment_desk import why

    options = context.options
    with open_registry(context) as office:
        found = why(office, options.application, options.expert)
        names = field_names(context, office)
    other = found.alternative
    data = {
        **dataclasses.asdict(found),
        "caps": list(found.caps),
        "group": list(found.group),
        "needed": brief(found.needed),
        "alternative": other
        and {
            "expert": other.expert,
            "affinity": other.affinity,
            "difference": brief(other.difference),
            "at_least": brief(other.at_least),
        },
    }
    context.emit(data, found.lines(context.language, names))
    return FINE


def _reserves(context: Context) -> int:
    from ndb_desktop.services.assignment_desk import reserve_list

    with open_registry(context) as office:
        rows = reserve_list(office, context.options.application)
    context.emit(
        [{**dataclasses.asdict(row), "instead_of": list(row.instead_of)} for row in rows],
        table(
            [context.words("cli.column.place"), context.words("cli.column.expert"), context.words("cli.column.kind"),
             context.words("cli.column.affinity"), context.words("cli.column.load"),
             context.words("cli.column.instead")],
            [
                (row.place, row.expert, context.words(KINDS[row.kind]), row.affinity, f"{row.load}/{row.most}",
                 " ".join(row.instead_of) or "-")
                for row in rows
            ],
        ) if rows else [context.words("cli.seat.nobody")],
    )  # fmt: skip
    return FINE if rows else FINDINGS


def _swap(context: Context) -> int:
    from ndb_desktop.services.assignment_desk import check_swap, swap

    options = context.options
    out = "" if options.out == "-" else options.out
    with open_registry(context) as office:
        if options.check:
            findings: Sequence[Finding] = check_swap(office, options.application, out, options.in_)
        else:
            findings = swap(office, options.application, out, options.in_, options.reason)
    refused = any(finding.hard for finding in findings)
    lines = [finding.words(context.language) for finding in findings]
    if options.check:
        lines.append(context.words("cli.seat.refused" if refused else "cli.seat.possible"))
    else:
        lines.append(
            context.words("cli.seat.done", application=options.application, out=options.out, expert=options.in_)
        )
    context.emit(
        {
            "stored": not options.check,
            "findings": [{"key": f.key, "hard": f.hard, "sentence": f.words(context.language)} for f in findings],
        },
        lines,
    )
    return FINDINGS if refused else FINE


def show_proof(context: Context, report: ProofReport) -> int:
    """Prints what `verify_assignment` found."""
    context.report(report.faults)
    context.emit(proof_data(context, report), proof_lines(context, report))
    return FINE if report.ok else FINDINGS


def proof_data(context: Context, report: ProofReport) -> Mapping[str, object]:
    """A report on a proof, for JSON."""
    return {
        "ok": report.ok,
        "optimal": report.optimal,
        "seed": report.seed,
        "inputs_digest": report.inputs_digest,
        "changed": report.changed,
        "facts": list(report.lines(context.language)),
        "faults": [context.fault_data(fault) for fault in report.faults],
    }


def proof_lines(context: Context, report: ProofReport) -> list[str]:
    """A report on a proof, for people."""
    head = context.words("cli.assign.proof_ok" if report.ok else "cli.assign.proof_bad")
    return [head, *("    " + line for line in report.lines(context.language))]
