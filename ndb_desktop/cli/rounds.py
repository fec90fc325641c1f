"""`ndb round`: second rounds (复评): suggest and choose cases, open, issue bundles, before and after, close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.officers import decision_line, decision_record
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verbs

if TYPE_CHECKING:
    from ndb_desktop.domain.secondround import Candidate, SecondRound
    from ndb_desktop.services.place_words import Names
    from ndb_desktop.services.round_views import CaseView, Seat

_WHYS: Mapping[str, str] = {"flagged": "round.why.flagged", "tied": "round.why.tied", "chosen": "round.why.chosen"}
_STANDINGS: Mapping[str, str] = {
    "waiting": "round.standing.waiting",
    "upheld": "round.standing.upheld",
    "changed": "round.standing.changed",
    "withdrawn": "round.standing.withdrawn",
}
_NOTHING = "-"


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("round", "cli.round.help")
    registry_options(noun.verb("list", "cli.round.list", _list))
    listed = noun.verb("candidates", "cli.round.candidates", _candidates)
    listed.argument("--all", action="store_true", help_key="cli.round.all")
    registry_options(listed)
    opened = noun.verb("open", "cli.round.open", _open)
    opened.argument("application", metavar="APPLICATION", nargs="+", help_key="cli.round.application")
    opened.argument("--reason", required=True, help_key="cli.decision.reason")
    second_options(opened)
    registry_options(opened)
    issued = noun.verb("issue", "cli.round.issue", _issue)
    issued.argument("folder", metavar="DIR", type=Path, help_key="cli.round.folder")
    issued.argument("--expert", metavar="EXPERT", action="append", help_key="cli.round.expert")
    issued.argument("--expires", metavar="MOMENT", help_key="cli.round.expires")
    registry_options(issued)
    shown = noun.verb("show", "cli.round.show", _show)
    shown.argument("--round", metavar="ROUND", default="", help_key="cli.round.round")
    registry_options(shown)
    minutes = noun.verb("minutes", "cli.round.minutes", _minutes)
    minutes.argument("target", metavar="FILE", type=Path, help_key="cli.round.target")
    minutes.argument("--round", metavar="ROUND", default="", help_key="cli.round.round")
    minutes.argument("--head", metavar="EXPERT", help_key="cli.round.head")
    registry_options(minutes)
    closed = noun.verb("close", "cli.round.close", _close)
    closed.argument("--reason", required=True, help_key="cli.decision.reason")
    second_options(closed)
    registry_options(closed)


def _list(context: Context) -> int:
    from ndb_desktop.services.rounds import all_rounds

    with open_registry(context) as office:
        known = all_rounds(office)
    context.emit([_round(one) for one in known], [line for one in known for line in _round_lines(context, one)])
    return FINE


def _round(one: SecondRound) -> dict[str, Any]:
    return {
        "round": one.id,
        "open": one.open,
        "cases": [
            {"application": case.application, "why": list(case.why), "experts": len(case.first)} for case in one.cases
        ],
        "experts": list(one.experts),
        "opened": decision_record(one.opened),
        "closed": None if one.closed is None else decision_record(one.closed),
    }


def _round_lines(context: Context, one: SecondRound) -> list[str]:
    key = "cli.round.line.open" if one.open else "cli.round.line.closed"
    cases = ", ".join(one.applications)
    return [context.words(key, round=one.id, at=one.opened.at, cases=cases, experts=len(one.experts))]


def _candidates(context: Context) -> int:
    from ndb_desktop.services.results import internal_results
    from ndb_desktop.services.rounds import candidates

    with open_registry(context) as office, context.interruptible() as cancel:
        result = internal_results(office, progress=context.progress, cancel=cancel)
        rows = [one for one in candidates(result.results, result.selection) if one.why or context.options.all]
        names = {name: row.applicant for name, row in result.applications.items()}
    context.emit([_candidate(context, one) for one in rows], _candidate_lines(context, rows, names))
    return FINE


def _candidate(context: Context, one: Candidate) -> dict[str, Any]:
    return {
        "application": one.application,
        "why": list(one.why),
        "reasons": _reasons(context, one),
        "scored": one.scored,
    }


def _reasons(context: Context, one: Candidate) -> list[str]:
    from ndb_desktop.texts import phrase_text

    return [phrase_text(phrase, context.language) for phrase in one.reasons]


def _candidate_lines(context: Context, rows: Sequence[Candidate], names: Mapping[str, str]) -> list[str]:
    head = [context.words(key) for key in ("cli.column.application", "cli.column.applicant", "cli.round.column.why")]
    cells = [(one.application, names[one.application], "; ".join(_reasons(context, one)) or _NOTHING) for one in rows]
    return [*table(head, cells), context.words("cli.round.candidates.count", count=len(rows))]


def _open(context: Context) -> int:
    from ndb_desktop.services.results import compute
    from ndb_desktop.services.rounds import open_round

    options = context.options
    with open_registry(context) as office, context.interruptible() as cancel:
        result = compute(office, progress=context.progress, cancel=cancel)
        made = open_round(office, result, options.application, reason=options.reason, second=second_identity(context))
    context.emit(_round(made), [*_round_lines(context, made), decision_line(context, made.opened)])
    return FINE


def _issue(context: Context) -> int:
    from ndb_desktop.services.rounds import issue_round

    options = context.options
    with open_registry(context) as office, context.interruptible() as cancel:
        made = issue_round(
            office, options.folder, experts=options.expert, expires_at=options.expires, progress=context.progress,
            cancel=cancel,
        )  # fmt: skip
    record = {
        "round": made.round.id,
        "issued": [
            {"expert": row.expert, "bundle": row.bundle_id, "path": row.path, "applications": list(row.applications)}
            for row in made.issued
        ],
        "skipped": list(made.skipped),
        "failed": [{"expert": name, "code": code} for name, code in made.failed],
    }
    lines = [context.words("cli.round.issued.one", expert=row.expert, file=Path(row.path).name) for row in made.issued]
    lines += [context.words("cli.round.issued.failed", expert=name, code=code) for name, code in made.failed]
    lines.append(context.words("cli.round.issued", count=len(made.issued), skipped=len(made.skipped)))
    context.emit(record, lines)
    return FINDINGS if made.failed else FINE


def _show(context: Context) -> int:
    from ndb_desktop.services.round_views import inside_views
    from ndb_desktop.services.rounds import round_of

    with open_registry(context) as office:
        current = round_of(office, context.options.round)
        views, names = inside_views(office, current), names_of(context, office)
    record = {**_round(current), "cases": [_case(view) for view in views]}
    lines = [line for view in views for line in _case_lines(context, view, names)]
    context.emit(record, [*_round_lines(context, current), *lines])
    return FINE


def _case(view: CaseView) -> dict[str, Any]:
    return {
        "application": view.application.id,
        "why": list(view.case.why),
        "before": _figures(view, first=True),
        "after": _figures(view, first=False),
        "seats": [_seat(seat) for seat in view.seats],
    }


def _figures(view: CaseView, *, first: bool) -> dict[str, str | None]:
    spread, result = (view.before, view.first) if first else (view.after, view.now)
    return {
        "total": None if result.published is None else f"{result.published:f}",
        "low": None if spread is None else _shown(spread.low),
        "median": None if spread is None else _shown(spread.median),
        "high": None if spread is None else _shown(spread.high),
    }


def _seat(seat: Seat) -> dict[str, Any]:
    return {
        "seat": seat.letter,
        "standing": seat.standing,
        "before": None if seat.before is None else _shown(seat.before),
        "after": None if seat.after is None else _shown(seat.after),
        "changes": [
            {
                "item": change.item,
                "before": None if change.before.value is None else f"{change.before.value:f}",
                "after": None if change.after.value is None else f"{change.after.value:f}",
                "reason": change.reason,
            }
            for change in seat.changes
        ],
    }


def _shown(value: Fraction) -> str:
    from ndb_desktop.domain.numbers import rounded

    return f"{rounded(value, 2, 'half_up'):f}"


def _case_lines(context: Context, view: CaseView, names: Names) -> list[str]:
    head = [
        context.words(key)
        for key in ("cli.round.column.seat", "cli.column.state", "cli.round.column.before", "cli.round.column.after")
    ]
    cells = [
        (
            seat.letter,
            context.words(_STANDINGS[seat.standing]),
            _NOTHING if seat.before is None else _shown(seat.before),
            _NOTHING if seat.after is None else _shown(seat.after),
        )
        for seat in view.seats
    ]
    why = ", ".join(context.words(_WHYS[one]) for one in view.case.why)
    reasons = [
        context.words("cli.round.change", seat=seat.letter, item=names.item(change.item), reason=change.reason)
        for seat in view.seats
        for change in seat.changes
    ]
    title = context.words("cli.round.case", application=view.application.id, name=view.application.applicant, why=why)
    return ["", title, *table(head, cells), *reasons]


def _minutes(context: Context) -> int:
    from ndb_desktop.services.report_round import minutes_report

    options = context.options
    with open_registry(context) as office:
        made = minutes_report(office, options.target, context.language, round_id=options.round, head=options.head)
    record = {"path": str(options.target), "pages": made.pages, "sha256": made.sha256, "missing": list(made.missing)}
    context.emit(record, [context.words("cli.round.written", file=options.target.name, pages=made.pages)])
    return FINE


def _close(context: Context) -> int:
    from ndb_desktop.services.rounds import close_round

    with open_registry(context) as office:
        made = close_round(office, reason=context.options.reason, second=second_identity(context))
    context.emit(decision_record(made), [decision_line(context, made)])
    return FINE
