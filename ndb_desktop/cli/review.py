"""`ndb review`: an expert's own work from a script: open, agree, declare, set, challenge, export.

Each call opens the bundle, does one thing, and closes it; every change is on disk when the command returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec

from ndb_desktop.cli import review_news, review_round
from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.lines import read_lines
from ndb_desktop.cli.office import existing
from ndb_desktop.cli.secrets import bundle_secret, key_options, own_identity, secret_options
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.sheet import (
    CONFLICT_CODES,
    Challenge,
    Confirmation,
    Declaration,
    ItemEntry,
    ItemState,
    LevelId,
)
from ndb_desktop.domain.sheetform import challenged_item, challenges_of

if TYPE_CHECKING:
    from ndb_desktop.services.review import ReviewSession


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One line of `ndb review set --lines`: an item's entry, or an opinion; what is left out stays as it was."""

    application: str
    item: str = ""
    state: ItemState | None = None
    level: LevelId | None = None
    value: str | None = None
    confirm: Confirmation | None = None
    reason: str | None = None
    note: str | None = None
    opinion: str | None = None


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    from ndb_desktop.cli import worksheet

    noun = verbs.noun("review", "cli.review.help")
    bundle_options(noun.verb("open", "cli.review.open", _open))
    status = bundle_options(noun.verb("status", "cli.review.status", _status))
    status.argument("--application", metavar="ID", help_key="cli.opt.application")
    agree = bundle_options(noun.verb("agree", "cli.review.agree", _agree))
    agree.argument("--statement", metavar="ID", action="append", help_key="cli.review.statement")
    declare = bundle_options(noun.verb("declare", "cli.review.declare", _declare))
    declare.argument("--application", metavar="ID", action="append", help_key="cli.review.declare.application")
    declare.argument("--recuse", metavar="CODE", action="append", choices=CONFLICT_CODES, help_key="cli.review.recuse")
    declare.argument("--words", default="", help_key="cli.review.words")
    _set_options(bundle_options(noun.verb("set", "cli.review.set", _set)))
    _challenge_options(bundle_options(noun.verb("challenge", "cli.review.challenge", _challenge)))
    revise = bundle_options(noun.verb("revise", "cli.review.revise", _revise))
    revise.argument("--reason", required=True, help_key="cli.review.revision_reason")
    review_news.add(bundle_options(noun.verb("news", "cli.review.news", review_news.run)))
    review_round.add(bundle_options(noun.verb("second", "cli.review.second", review_round.run)))
    export = bundle_options(noun.verb("export", "cli.review.export", _export))
    export.argument("out", metavar="DIR", type=Path, help_key="cli.review.out")
    export.argument("--reason", default="", help_key="cli.review.revision_reason")
    worksheet.add(noun)


def bundle_options(verb: Verb) -> Verb:
    """Adds the bundle and the ways to open it."""
    verb.argument("bundle", metavar="BUNDLE", type=Path, help_key="cli.opt.bundle")
    verb.argument("--own-key", action="store_true", help_key="cli.review.own_key")
    secret_options(verb)
    key_options(verb)
    return verb


def _set_options(verb: Verb) -> None:
    verb.argument("--application", metavar="ID", help_key="cli.opt.application")
    verb.argument("--item", metavar="ITEM", help_key="cli.review.item")
    verb.argument("--level", choices=get_args(LevelId), help_key="cli.review.level")
    verb.argument("--value", metavar="NUMBER", help_key="cli.review.value")
    verb.argument("--confirm", action="store_const", const="confirmed", help_key="cli.review.confirm")
    verb.argument("--state", choices=("open", "scored", "not_applicable"), help_key="cli.review.state")
    verb.argument("--reason", help_key="cli.review.reason")
    verb.argument("--note", help_key="cli.review.note")
    verb.argument("--opinion", help_key="cli.review.opinion")
    verb.argument("--lines", metavar="FILE|-", help_key="cli.review.lines")


def _challenge_options(verb: Verb) -> None:
    verb.argument("--application", metavar="ID", required=True, help_key="cli.opt.application")
    verb.argument("--indicator", metavar="ID", required=True, help_key="cli.review.indicator")
    verb.argument("--datum", metavar="CODE", required=True, help_key="cli.review.datum")
    verb.argument("--year", default="", help_key="cli.review.year")
    verb.argument("--proposed", metavar="NUMBER", help_key="cli.review.proposed")
    verb.argument("--document", metavar="ID", default="", help_key="cli.review.document")
    verb.argument("--page", metavar="N", type=int, default=0, help_key="cli.review.page")
    verb.argument("--reason", required=True, help_key="cli.review.reason")


@contextmanager
def review_session(context: Context) -> Iterator[ReviewSession]:
    """The bundle, opened with the secret or, with `--own-key`, with the expert's key."""
    from ndb_desktop.services.review import open_review

    options = context.options
    identity = own_identity(context) if options.own_key else None
    session = open_review(
        existing(options.bundle),
        secret=None if identity else bundle_secret(context),
        identity=identity,
        profile=context.profile,
        clock=context.now,
        progress=context.progress,
        cancel=context.cancel,
    )
    try:
        yield session
    finally:
        session.close()


def _open(context: Context) -> int:
    with review_session(context) as session:
        _show_status(context, session)
    return FINE


def _status(context: Context) -> int:
    with review_session(context) as session:
        if context.options.application:
            return _show_application(context, session, context.options.application)
        return _show_status(context, session)


def _show_status(context: Context, session: ReviewSession) -> int:
    statements = [
        {"id": statement.id, "text": statement.text.get(context.language), "agreed_at": agreed}
        for statement, agreed in session.statements()
    ]
    rows = []
    for item in session.applications:
        application = item.application
        done, total = session.progress(application.id)
        rows.append(
            {
                "id": application.id,
                "applicant": application.applicant,
                "declaration": session.sheet(application.id).declaration.status,
                "status": session.sheet(application.id).status,
                "done": done,
                "total": total,
                "findings": len(session.findings(application.id)),
            }
        )
    summary = session.summary
    data = {
        "bundle_id": summary.bundle_id,
        "trial": summary.trial,
        "expert": summary.expert_id,
        "locked": session.locked,
        "statements": statements,
        "applications": rows,
    }
    context.emit(
        data,
        [
            context.words("cli.status.trial" if summary.trial else "cli.status.official", batch=summary.batch_id),
            *(f"  [{'x' if row['agreed_at'] else ' '}] {row['id']}  {row['text']}" for row in statements),
            "",
            *table(
                [context.words("cli.column.application"), context.words("cli.column.applicant"),
                 context.words("cli.column.declaration"), context.words("cli.column.done"),
                 context.words("cli.column.findings")],
                [
                    (row["id"], row["applicant"], context.words(_DECLARATION[str(row["declaration"])]),
                     f"{row['done']}/{row['total']}", row["findings"])
                    for row in rows
                ],
            ),
        ],
    )  # fmt: skip
    return FINE


_DECLARATION: Mapping[str, str] = {
    "none": "cli.review.declaration.none",
    "clear": "cli.review.declaration.clear",
    "recused": "cli.review.declaration.recused",
}


def _show_application(context: Context, session: ReviewSession, application: str) -> int:
    from ndb_desktop.cli.review_items import item_rows, sums

    rows = item_rows(session, application, context.language)
    total, lines = sums(context, session, application)
    faults = session.findings(application)
    context.report(faults)
    context.emit(
        {"application": application, "items": rows, **total,
         "findings": [context.fault_data(fault) for fault in faults]},
        [
            *table(
                [context.words("cli.column.item"), context.words("cli.column.title"), context.words("cli.column.level"),
                 context.words("cli.column.value"), context.words("cli.column.computed")],
                [
                    (row["item"], row["title"], row["level"] or row["confirm"] or "-", row["value"] or "-",
                     row["computed"] or "-")
                    for row in rows
                ],
            ),
            *lines,
        ],
    )  # fmt: skip
    return FINDINGS if faults else FINE


def _agree(context: Context) -> int:
    with review_session(context) as session:
        wanted = context.options.statement
        for statement, agreed in session.statements():
            if not agreed and (not wanted or statement.id in wanted):
                # What one agrees to is shown first, on the side of messages, so that a log of the script holds it.
                context.say(statement.text.get(context.language))
                session.agree(statement.id)
    return FINE


def _declare(context: Context) -> int:
    options = context.options
    with review_session(context) as session:
        wanted = options.application or [item.application.id for item in session.applications]
        if options.recuse and len(wanted) != 1:
            raise NdbError("E-CLI-VALUE", place="--recuse", value="--application")
        at = context.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for application in wanted:
            if not options.application and session.sheet(application).declaration.status != "none":
                continue
            if options.recuse:
                declaration = Declaration("recused", tuple(options.recuse), options.words, at)
            else:
                declaration = Declaration("clear", (), options.words, at)
            session.declare(application, declaration)
    return FINE


def _set(context: Context) -> int:
    options = context.options
    lines = list(read_lines(options.lines, Line)) if options.lines else [("", _one(context))]
    with review_session(context) as session:
        for place, line in lines:
            try:
                _apply(session, line)
            except NdbError as error:
                # Lines before this one are saved; the place says where to go on.
                raise NdbError(error.code, place=error.fault.place or place, **error.params) from error
    context.say(context.words("cli.review.saved", count=len(lines)))
    return FINE


def _one(context: Context) -> Line:
    options = context.options
    if not options.application or not (options.item or options.opinion is not None):
        raise NdbError("E-CLI-VALUE", place="--application, --item", value="")
    return Line(
        options.application,
        options.item or "",
        state=options.state,
        level=options.level,
        value=options.value,
        confirm=options.confirm,
        reason=options.reason,
        note=options.note,
        opinion=options.opinion,
    )


def _apply(session: ReviewSession, line: Line) -> None:
    if line.opinion is not None:
        session.set_opinion(line.application, line.opinion)
    if not line.item:
        return
    known = session.sheet(line.application).items.get(line.item, ItemEntry(line.item))
    value: Decimal | None = known.value if line.value is None else parse_number(line.value)
    entry = ItemEntry(
        item=line.item,
        state=line.state or ("scored" if known.state == "open" else known.state),
        level=line.level or known.level,
        value=value,
        confirm=known.confirm if line.confirm is None else line.confirm,
        reason=known.reason if line.reason is None else line.reason,
        note=known.note if line.note is None else line.note,
        flagged=known.flagged,
    )
    if line.confirm != "confirmed":
        session.set_entry(line.application, entry)
        return
    # Who confirms takes back what was challenged, as in the window.
    form = session.item(line.application).form
    mine = challenges_of(form, session.sheet(line.application), line.item)
    session.put_mark(line.application, entry, withdrawn=[challenge.id for challenge in mine])


def _challenge(context: Context) -> int:
    options = context.options
    with review_session(context) as session:
        sheet = session.sheet(options.application)
        number = 1 + max((int(c.id[1:]) for c in sheet.challenges if c.id[1:].isdigit()), default=0)
        challenge = Challenge(
            id=f"q{number}",
            indicator=options.indicator,
            datum=options.datum,
            key=options.year,
            proposed=None if options.proposed is None else parse_number(options.proposed),
            document=options.document,
            page=options.page,
            reason=options.reason,
        )
        item = challenged_item(session.item(options.application).form, challenge)
        session.put_challenge(options.application, challenge)
        session.set_entry(options.application, ItemEntry(item, state="scored", confirm="challenged"))
    context.emit({"challenge": challenge.id, "item": item}, [challenge.id])
    return FINE


def _revise(context: Context) -> int:
    with review_session(context) as session:
        session.start_revision(context.options.reason)
    context.say(context.words("cli.review.revising"))
    return FINE


def _export(context: Context) -> int:
    options = context.options
    with review_session(context) as session:
        result = session.export(own_identity(context), options.out, reason=options.reason)
    context.emit(
        {
            "path": str(result.path),
            "revision": result.revision,
            "payload_sha256": result.payload_sha256,
            "sealed": result.sealed,
        },
        [
            context.words("cli.review.exported", path=result.path, revision=result.revision),
            f"sha256 {result.payload_sha256}",
        ],
    )
    return FINE
