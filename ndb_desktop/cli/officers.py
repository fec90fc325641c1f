"""`ndb officer`, `ndb freeze`, `ndb final`: who signs beside the coordinator, and what two sign (双人规则)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.finality import GROUNDS

if TYPE_CHECKING:
    from ndb_desktop.domain.decision import Decision
    from ndb_desktop.domain.finality import Finality
    from ndb_desktop.services.outcome import Unsettled
    from ndb_desktop.services.results import BatchResult

ROLE_WORDS: Mapping[str, str] = {
    "coordinator": "role.coordinator",
    "supervisor": "role.supervisor",
    "archivist": "role.archivist",
}
_STATES: Mapping[str, str] = {
    "open": "cli.final.state.open",
    "final": "cli.final.state.final",
    "reopened": "cli.final.state.reopened",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("officer", "cli.officer.help")
    listed = noun.verb("list", "cli.officer.list", _list)
    registry_options(listed)
    appoint = noun.verb("appoint", "cli.officer.appoint", _appoint)
    appoint.argument("card", metavar="CARD", type=Path, help_key="cli.officer.card")
    appoint.argument("--role", choices=("supervisor", "archivist"), default="supervisor", help_key="cli.officer.role")
    _signed(appoint, required=True)
    dismiss = noun.verb("dismiss", "cli.officer.dismiss", _dismiss)
    dismiss.argument("fingerprint", metavar="FINGERPRINT", help_key="cli.officer.fingerprint")
    _signed(dismiss, required=True)
    _signed(verbs.verb("freeze", "cli.freeze.help", _freeze))
    final = verbs.verb("final", "cli.final.help", _final)
    final.argument("--reopen", metavar="GROUND", choices=GROUNDS, help_key="cli.final.reopen")
    _signed(final)


def _signed(verb: Verb, *, required: bool = False) -> None:
    if required:
        verb.argument("--reason", required=True, help_key="cli.decision.reason")
    else:
        verb.argument("--reason", default="", help_key="cli.decision.reason")
    second_options(verb)
    registry_options(verb)


def decision_record(made: Decision) -> dict[str, Any]:
    """A decision as JSON."""
    return {
        "number": made.number,
        "decision": made.digest,
        "kind": made.kind,
        "subject": made.subject,
        "content": dict(made.content),
        "reason": made.reason,
        "at": made.at,
        "signers": [{"role": role, "fingerprint": keyid} for role, keyid in made.signers],
    }


def decision_line(context: Context, made: Decision) -> str:
    """A decision as a line: number, signatures, digest."""
    names = context.words("list.separator").join(
        f"{context.words(ROLE_WORDS[role])} {keyid}" for role, keyid in made.signers
    )
    return context.words("cli.decision.made", number=made.number, names=names, digest=made.digest)


def _tell(context: Context, made: Decision) -> int:
    context.emit(decision_record(made), [decision_line(context, made)])
    return FINE


# ----- roles -----


def _list(context: Context) -> int:
    with open_registry(context) as office:
        found = office.decided.officers()
        rows = [("coordinator", office.name, office.coordinator.keyid, "")]
        needed = office.decided.needs_supervisor("finalise") and not office.decided.supervisors()
    rows += [(one.role, one.name, one.keyid, one.since) for one in found]
    lines = table(
        [context.words("cli.officer.column.role"), context.words("cli.officer.column.name"),
         context.words("cli.officer.column.fingerprint"), context.words("cli.officer.column.since")],
        [(context.words(ROLE_WORDS[role]), name, keyid, since or "-") for role, name, keyid, since in rows],
    )  # fmt: skip
    if needed:
        lines.append(context.words("cli.officer.needed"))
    context.emit(
        {
            "officers": [
                {"role": role, "name": name, "fingerprint": keyid, "since": since or None}
                for role, name, keyid, since in rows
            ],
            "supervisor_missing": needed,
        },
        lines,
    )
    return FINE


def _appoint(context: Context) -> int:
    from ndb_desktop.formats.sniff import MAX_CARD_FILE, FileKind, read_limited, require_kind

    options = context.options
    path = existing(options.card)
    require_kind(path, FileKind.CARD)
    card = read_limited(path, MAX_CARD_FILE)
    with open_registry(context) as office:
        made = office.decided.appoint(card, options.role, reason=options.reason, second=second_identity(context))
    return _tell(context, made)


def _dismiss(context: Context) -> int:
    options = context.options
    with open_registry(context) as office:
        made = office.decided.dismiss(options.fingerprint, reason=options.reason, second=second_identity(context))
    return _tell(context, made)


# ----- what two sign -----


def _freeze(context: Context) -> int:
    from ndb_desktop.services.freezing import freeze

    with open_registry(context) as office:
        made = freeze(office, reason=context.options.reason, second=second_identity(context))
    return _tell(context, made)


def _final(context: Context) -> int:
    """Without a reason it only tells how far the results are."""
    from ndb_desktop.services.outcome import finalise, reopen, standing, unsettled
    from ndb_desktop.services.results import compute

    options = context.options
    with open_registry(context) as office, context.interruptible() as cancel:
        if options.reopen:
            second = second_identity(context)
            return _tell(context, reopen(office, options.reopen, reason=options.reason, second=second))
        result = compute(office, progress=context.progress, cancel=cancel)
        if options.reason.strip():
            second = second_identity(context)
            return _tell(context, finalise(office, result, reason=options.reason, second=second))
        known, left = standing(office), unsettled(office, result)
    changed = known.state == "final" and known.digest != result.digest
    data = {
        "state": known.state,
        "changed": changed,
        "digest": result.digest,
        "final_digest": known.digest or None,
        "unsettled": [{"kind": one.kind, "applications": list(one.subjects)} for one in left],
        "decisions": [decision_record(one) for one in known.decisions],
    }
    context.emit(data, _lines(context, known, result, left, changed=changed))
    return FINE


def _lines(
    context: Context, known: Finality, result: BatchResult, left: tuple[Unsettled, ...], *, changed: bool
) -> Iterator[str]:
    from ndb_desktop.texts import phrase_text

    yield context.words(_STATES[known.state])
    for one in known.decisions:
        yield f"{one.at}  {decision_line(context, one)}"
    if changed:
        yield context.words("cli.final.changed", before=known.digest)
    for open_matter in left:
        names = context.words("list.separator").join(open_matter.subjects)
        yield f"{phrase_text(open_matter.phrase, context.language)}  {names}"
    yield context.words("cli.result_digest", digest=result.digest)
