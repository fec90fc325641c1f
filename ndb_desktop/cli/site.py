"""`ndb site`: an inspection team's work from a script: open, declare, set, photos, sign, co-sign, join, print.

Each call opens the bundle or the working record, does one thing, and closes it; every change is on disk when the
command returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from ndb_desktop.cli import site_lines, site_words
from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import existing
from ndb_desktop.cli.secrets import key_options, own_identity
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.siterecord import Conclusion, Effect, Finding, Grade, Method, PartKey, Severity

if TYPE_CHECKING:
    from ndb_desktop.crypto.identity import Identity
    from ndb_desktop.services.inspect import FrozenRecord, SiteSession


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("site", "cli.site.help")
    _options(noun.verb("open", "cli.site.open", _status))
    _options(noun.verb("status", "cli.site.status", _lacks))
    _options(noun.verb("declare", "cli.site.declare", _declare))
    _set_options(_options(noun.verb("set", "cli.site.set", _set)))
    _find_options(_options(noun.verb("find", "cli.site.find", _find)))
    photo = _options(noun.verb("photo", "cli.site.photo", _photo))
    photo.argument("files", metavar="FILE", type=Path, nargs="+", help_key="cli.site.files")
    photo.argument("--about", default="", metavar="PART", help_key="cli.site.about")
    remove = _options(noun.verb("remove", "cli.site.remove", _remove))
    remove.argument("part", metavar="KIND/ID", help_key="cli.site.part")
    _options(noun.verb("undo", "cli.site.undo", _undo))
    _options(noun.verb("redo", "cli.site.redo", _redo))
    for name, key, run in (("sign", "cli.site.sign", _sign), ("export", "cli.site.export", _export)):
        _options(noun.verb(name, key, run)).argument("out", metavar="DIR", type=Path, help_key="cli.site.out")
    cosign = _options(noun.verb("cosign", "cli.site.cosign", _cosign))
    cosign.argument("file", metavar="FILE", type=Path, help_key="cli.site.file")
    cosign.argument("out", metavar="DIR", type=Path, help_key="cli.site.out")
    take = _options(noun.verb("take", "cli.site.take", _take))
    take.argument("file", metavar="FILE", type=Path, help_key="cli.site.file")
    join = _options(noun.verb("join", "cli.site.join", _join))
    join.argument("file", metavar="FILE", type=Path, help_key="cli.site.file")
    join.argument("--choose", metavar="KIND/ID=SIDE", action="append", default=[], help_key="cli.site.choose")
    join.argument("--dry-run", action="store_true", help_key="cli.site.dry_run")
    report = _options(noun.verb("report", "cli.site.report", _report))
    report.argument("out", metavar="PDF", type=Path, help_key="cli.site.pdf")


def _options(verb: Verb) -> Verb:
    verb.argument("bundle", metavar="BUNDLE", type=Path, help_key="cli.site.bundle")
    key_options(verb)
    return verb


def _set_options(verb: Verb) -> None:
    verb.argument("--check", metavar="DATUM[/YEAR]", help_key="cli.site.check")
    verb.argument("--verified", metavar="NUMBER", help_key="cli.site.verified")
    verb.argument("--conclusion", choices=get_args(Conclusion), help_key="cli.site.conclusion")
    verb.argument("--effect", choices=get_args(Effect), help_key="cli.site.effect")
    verb.argument("--method", choices=get_args(Method), action="append", help_key="cli.site.method")
    verb.argument("--proof", help_key="cli.site.proof")
    verb.argument("--item", metavar="ITEM", help_key="cli.site.item")
    verb.argument("--grade", choices=get_args(Grade), help_key="cli.site.grade")
    verb.argument("--note", help_key="cli.site.note")
    verb.argument("--lines", metavar="FILE|-", help_key="cli.site.lines")


def _find_options(verb: Verb) -> None:
    verb.argument("--severity", choices=get_args(Severity), required=True, help_key="cli.site.severity")
    verb.argument("--text", required=True, help_key="cli.site.text")
    verb.argument("--about", default="", metavar="PART", help_key="cli.site.about")
    verb.argument("--measure", default="", help_key="cli.site.measure")
    verb.argument("--due", default="", metavar="YYYY-MM-DD", help_key="cli.site.due")


@contextmanager
def site_session(context: Context) -> Iterator[tuple[SiteSession, Identity]]:
    """The bundle or working record, opened with the member's own key, and that key."""
    from ndb_desktop.services.inspect import open_inspection

    identity = own_identity(context)
    session = open_inspection(
        existing(context.options.bundle),
        identity,
        profile=context.profile,
        clock=lambda: context.now().astimezone(),
        progress=context.progress,
        cancel=context.cancel,
    )
    with session:
        yield session, identity


def _status(context: Context) -> int:
    with site_session(context) as (session, _):
        _show(context, session)
    return FINE


def _lacks(context: Context) -> int:
    with site_session(context) as (session, _):
        return FINDINGS if _show(context, session) else FINE


def _show(context: Context, session: SiteSession) -> int:
    """Prints how the record stands; how many things it lacks."""
    from ndb_desktop.texts import phrase_text

    record, standing = session.record, session.standing()
    lacks = [{"part": "/".join(lack.key), "kind": lack.kind, "sentence": phrase_text(lack.phrase, context.language)}
             for lack in session.lacks()]  # fmt: skip
    checks = []
    for wanted in session.visit.wanted:
        check, label = record.check(wanted.id), session.labels.get(wanted.datum)
        checks.append(
            {
                "id": wanted.id,
                "title": label.get(context.language) if label else wanted.datum,
                "declared": None if wanted.declared is None else plain(wanted.declared),
                "verified": None if check.verified is None else plain(check.verified),
                "conclusion": check.conclusion,
                "effect": check.effect,
            }
        )
    data: dict[str, Any] = {
        "visit": session.visit.id,
        "applicant": session.visit.applicant,
        "trial": session.visit.trial,
        "member": session.member.id,
        "declared": session.declared,
        "checks": checks,
        "findings": len(record.findings),
        "vetoes": len(record.vetoes),
        "photos": len(record.photos),
        "clock": [{"event": one.event, "at": one.at, "jump": one.jump, "member": one.member} for one in record.clock],
        "lacks": lacks,
        "disagreements": [
            {"part": part, "sentence": words} for part, words in site_words.disagreements(context, session)
        ],
        "revision": standing.revision,
        "signed": list(standing.signed),
        "missing": list(standing.missing),
        "edited": standing.edited,
        "falls": [list(one) for one in standing.falls],
        "working_record": str(session.path),
    }
    context.emit(data, _lines(context, session, checks, lacks))
    return len(lacks)


def _lines(
    context: Context, session: SiteSession, checks: list[dict[str, Any]], lacks: list[dict[str, str]]
) -> list[str]:
    record, standing = session.record, session.standing()
    head = [context.words("cli.column.datum"), context.words("cli.column.title"), context.words("cli.column.declared"),
            context.words("cli.column.verified"), context.words("cli.site.column.conclusion")]  # fmt: skip
    rows = [
        (one["id"], one["title"], one["declared"] or "-", one["verified"] or "-",
         context.words(CONCLUSIONS[one["conclusion"]]))
        for one in checks
    ]  # fmt: skip
    lines = [
        context.words("cli.site.head", visit=session.visit.id, applicant=session.visit.applicant,
                      member=session.member.name),
        context.words("cli.site.counts", findings=len(record.findings), vetoes=len(record.vetoes),
                      photos=len(record.photos)),
        "",
        *table(head, rows),
        "",
        *(f"  {one['part']}: {one['sentence']}" for one in lacks),
        *(f"  {part}: {words}" for part, words in site_words.disagreements(context, session)),
    ]  # fmt: skip
    names = {member.id: member.name for member in session.visit.members}
    separator = context.words("cli.separator")
    if standing.revision:
        signed = separator.join(names[name] for name in standing.signed)
        missing = separator.join(names[name] for name in standing.missing) or "-"
        lines.append(context.words("cli.site.signed", revision=standing.revision, signed=signed, missing=missing))
    if standing.falls:
        falls = separator.join(names.get(name, name) for name, _ in standing.falls)
        lines.append(context.words("cli.site.falls", names=falls))
    return lines


CONCLUSIONS: dict[Conclusion | None, str] = {
    "consistent": "report.site.conclusion.consistent",
    "deviation": "report.site.conclusion.deviation",
    "major": "report.site.conclusion.major",
    "unverifiable": "report.site.conclusion.unverifiable",
    "not_applicable": "report.site.conclusion.not_applicable",
    None: "report.site.conclusion.none",
}


def _declare(context: Context) -> int:
    with site_session(context) as (session, _):
        for statement in session.pack.statements:
            # What one declares is shown first, on the side of messages, so that a log of the script holds it.
            context.say(statement.text.get(context.language))
        session.declare()
    return FINE


def _set(context: Context) -> int:
    options = context.options
    one = [option for option in (options.check, options.item, options.lines) if option]
    if len(one) != 1:
        raise NdbError("E-CLI-VALUE", place="--check, --item, --lines", value=len(one))
    lines = list(site_lines.read(options.lines)) if options.lines else [("", _one(context))]
    with site_session(context) as (session, _):
        site_lines.apply(session, lines)
    context.say(context.words("cli.site.saved", count=len(lines)))
    return FINE


def _one(context: Context) -> dict[str, Any]:
    options = context.options
    if options.item:
        given = {"kind": "answer", "item": options.item, "grade": options.grade, "note": options.note}
    else:
        number = None if options.verified is None else plain(parse_number(options.verified))
        given = {
            "kind": "check", "id": options.check, "verified": number, "conclusion": options.conclusion,
            "effect": options.effect, "methods": options.method, "proof": options.proof, "note": options.note,
        }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _find(context: Context) -> int:
    options = context.options
    with site_session(context) as (session, _):
        finding = Finding(
            session.new_id("finding"), options.severity, options.text, options.about, options.measure, options.due
        )
        session.put(finding)
    context.emit({"finding": finding.id}, [finding.id])
    return FINE


def _photo(context: Context) -> int:
    options = context.options
    with site_session(context) as (session, _):
        files = [existing(path) for path in options.files]
        taken = session.add_photos(files, about=options.about, progress=context.progress, cancel=context.cancel)
    faults = [verdict.fault for verdict in taken.verdicts if verdict.fault is not None]
    rows = [
        {"file": verdict.name, "state": verdict.state, "id": verdict.id, "fault": context.fault_data(verdict.fault)}
        for verdict in taken.verdicts
    ]
    context.report(faults)
    counted = context.words(
        "cli.site.photos", added=taken.count("added"), known=taken.count("known"),
        refused=taken.count("refused"), left=taken.count("left"),
    )  # fmt: skip
    context.emit({"photos": rows, "cancelled": taken.cancelled}, [counted])
    return FINDINGS if faults or taken.cancelled else FINE


def _remove(context: Context) -> int:
    with site_session(context) as (session, _):
        session.remove(site_lines.part_key(context.options.part))
    return FINE


def _undo(context: Context) -> int:
    with site_session(context) as (session, _):
        return _turned(context, session.undo())


def _redo(context: Context) -> int:
    with site_session(context) as (session, _):
        return _turned(context, session.redo())


def _turned(context: Context, keys: tuple[PartKey, ...]) -> int:
    changed = ["/".join(key).rstrip("/") for key in keys]
    context.emit({"changed": changed}, changed or [context.words("cli.site.nothing")])
    return FINE


def _sign(context: Context) -> int:
    return _freeze(context, partial=False)


def _export(context: Context) -> int:
    return _freeze(context, partial=True)


def _freeze(context: Context, *, partial: bool) -> int:
    with site_session(context) as (session, identity):
        if not partial and session.lacks():
            _show(context, session)
        for part, words in site_words.disagreements(context, session):
            # As in the window it keeps nobody from signing.
            context.say(f"{part}: {words}")
        result = session.freeze(
            identity, context.options.out, partial=partial, progress=context.progress, cancel=context.cancel
        )
        return _written(context, session, result)


def _cosign(context: Context) -> int:
    with site_session(context) as (session, identity):
        result = session.cosign(identity, existing(context.options.file), context.options.out, cancel=context.cancel)
        return _written(context, session, result)


def _written(context: Context, session: SiteSession, result: FrozenRecord) -> int:
    names = {member.id: member.name for member in session.visit.members}
    separator = context.words("cli.separator")
    lines = [
        context.words("cli.site.written", path=result.path),
        context.words("cli.site.signed", revision=result.revision,
                      signed=separator.join(names[name] for name in result.signed),
                      missing=separator.join(names[name] for name in result.missing) or "-"),
        f"sha256 {result.digest}",
    ]  # fmt: skip
    if result.fallen:
        lines.append(context.words("cli.site.fell", names=separator.join(names.get(n, n) for n, _ in result.fallen)))
    data = {"path": str(result.path), "revision": result.revision, "digest": result.digest,
            "signed": list(result.signed), "missing": list(result.missing),
            "fallen": [list(one) for one in result.fallen]}  # fmt: skip
    context.emit(data, lines)
    return FINE


def _take(context: Context) -> int:
    with site_session(context) as (session, identity):
        session.take_back(identity, existing(context.options.file))
        _show(context, session)
    return FINE


def _join(context: Context) -> int:
    from ndb_desktop.services.inspect_join import CHOICES

    options, choices = context.options, {}
    for chosen in options.choose:
        part, _, side = chosen.rpartition("=")
        if side not in CHOICES or not part:
            raise NdbError("E-CLI-VALUE", place="--choose", value=chosen)
        choices[site_lines.part_key(part)] = side
    with site_session(context) as (session, identity):
        source = existing(options.file)
        plan = session.compare(identity, source)
        left = [split for split in plan.conflicts if split.key not in choices]
        data = {
            "revision": plan.revision,
            "digest": plan.digest,
            "taken": ["/".join(key).rstrip("/") for key in plan.taken],
            "conflicts": [
                {"part": "/".join(split.key).rstrip("/"), "mine": site_lines.shown(split.mine),
                 "theirs": site_lines.shown(split.theirs)}
                for split in plan.conflicts
            ],
            "joined": not (options.dry_run or left),
        }  # fmt: skip
        lines = [context.words("cli.site.taken", count=len(plan.taken))]
        for split in plan.conflicts:
            lines += site_words.conflict(context, session, split)
        context.emit(data, lines)
        if options.dry_run:
            return FINDINGS if plan.conflicts else FINE
        session.join(identity, source, choices, progress=context.progress, cancel=context.cancel)
    return FINE


def _report(context: Context) -> int:
    with site_session(context) as (session, _):
        printed = session.print_record(
            context.options.out, context.language, progress=context.progress, cancel=context.cancel
        )
    out = context.options.out
    context.emit(
        {"path": str(out), "pages": printed.pages, "sha256": printed.sha256, "missing": list(printed.missing)},
        [context.words("cli.site.printed", path=out, pages=printed.pages), f"sha256 {printed.sha256}"],
    )
    if printed.missing:
        context.report((NdbError("E-CLI-GLYPHS", place=str(out), points=", ".join(printed.missing)),))
        return FINDINGS
    return FINE
