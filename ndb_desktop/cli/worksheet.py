"""`ndb review backup | restore | move | receive`: copies of a worksheet, and its way to another computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import existing
from ndb_desktop.cli.review import bundle_options, review_session
from ndb_desktop.cli.usage import Verb, Verbs

if TYPE_CHECKING:
    from ndb_desktop.services.review import ReviewSession
    from ndb_desktop.services.worksheet_backup import Backup, Preview


def add(noun: Verbs) -> None:
    """Registers the verbs below `ndb review`."""
    _folder(bundle_options(noun.verb("backup", "cli.worksheet.backup", _backup)))
    restore = _folder(bundle_options(noun.verb("restore", "cli.worksheet.restore", _restore)))
    restore.argument("--copy", metavar="FILE", type=Path, help_key="cli.worksheet.copy")
    restore.argument("--apply", action="store_true", help_key="cli.worksheet.apply")
    move = bundle_options(noun.verb("move", "cli.worksheet.move", _move))
    move.argument("out", metavar="FILE|DIR", type=Path, help_key="cli.worksheet.out")
    move.argument("--key-file", metavar="FILE", type=Path, help_key="cli.worksheet.key_file")
    receive = noun.verb("receive", "cli.worksheet.receive", _receive)
    receive.argument("file", metavar="FILE", type=Path, help_key="cli.worksheet.file")
    _folder(receive)


def _folder(verb: Verb) -> Verb:
    verb.argument("--folder", metavar="DIR", type=Path, help_key="cli.worksheet.folder")
    return verb


def _copies(context: Context, session: ReviewSession) -> Path:
    from ndb_desktop.services.worksheet_backup import backup_folder

    return backup_folder(context.profile, session.summary.bundle_id, context.options.folder)


def _row(backup: Backup) -> dict[str, object]:
    return {
        "path": str(backup.path),
        "at": backup.at,
        "done": backup.done,
        "total": backup.total,
        "changes": backup.changes,
        "kind": backup.kind,
        "size": backup.size,
    }


def _backup(context: Context) -> int:
    from ndb_desktop.services.worksheet_backup import back_up

    with review_session(context) as session:
        made = back_up(session, _copies(context, session))
    if made is None:
        context.say(context.words("cli.worksheet.same"))
    context.emit(_row(made) if made else None, [str(made.path)] if made else [])
    return FINE


def _restore(context: Context) -> int:
    from ndb_desktop.services.worksheet_backup import list_backups, preview, restore

    options = context.options
    with review_session(context) as session:
        folder = _copies(context, session)
        if options.copy is None:
            _list(context, list_backups(folder))
            return FINE
        copy = existing(options.copy)
        found = restore(session, copy, folder) if options.apply else preview(session, copy)
    _show(context, found)
    context.say(context.words("cli.worksheet.restored" if options.apply else "cli.worksheet.dry"))
    return FINE


def _list(context: Context, found: tuple[Backup, ...]) -> None:
    head = [
        context.words("cli.worksheet.column.at"),
        context.words("cli.column.done"),
        context.words("cli.worksheet.column.size"),
        context.words("cli.worksheet.column.file"),
    ]
    rows = [(backup.at, f"{backup.done}/{backup.total}", backup.size, backup.path) for backup in found]
    context.emit([_row(backup) for backup in found], table(head, rows))


def _show(context: Context, found: Preview) -> None:
    rows = [
        {"application": d.application, "added": d.added, "removed": d.removed, "changed": d.changed}
        for d in found.differences
    ]
    data = {
        "copy": {"at": found.backup.last_at, "done": found.backup.done, "changes": found.backup.changes},
        "present": {"at": found.present.last_at, "done": found.present.done, "changes": found.present.changes},
        "newer": found.newer,
        "differences": rows,
    }
    head = [
        context.words("cli.column.application"),
        context.words("cli.worksheet.column.added"),
        context.words("cli.worksheet.column.removed"),
        context.words("cli.worksheet.column.changed"),
    ]
    lines = [
        context.words("cli.worksheet.standing.copy", at=found.backup.last_at, done=found.backup.done),
        context.words("cli.worksheet.standing.present", at=found.present.last_at, done=found.present.done),
        *table(head, [tuple(row.values()) for row in rows]),
    ]
    context.emit(data, lines)


def _move(context: Context) -> int:
    from ndb_desktop.services.worksheet_move import send

    options = context.options
    key = None if options.key_file is None else existing(options.key_file)
    with review_session(context) as session:
        path = send(session, options.out, key, context.now)
    context.emit({"path": str(path), "key": key is not None}, [str(path)])
    context.say(context.words("cli.worksheet.moved" if key else "cli.worksheet.moved.keyless"))
    return FINE


def _receive(context: Context) -> int:
    from ndb_desktop.services.worksheet_backup import backup_folder
    from ndb_desktop.services.worksheet_move import receive

    options = context.options
    found = receive(
        existing(options.file), context.profile, lambda bundle: backup_folder(context.profile, bundle, options.folder)
    )
    context.emit(
        {"bundle_id": found.manifest.bundle_id, "placed": found.placed == "placed", "path": str(found.path),
         "key": found.key},
        [str(found.path)],
    )  # fmt: skip
    context.say(
        context.words("cli.worksheet.placed" if found.placed == "placed" else "cli.worksheet.kept")
        + (context.words("cli.worksheet.key", name=found.key) if found.key else "")
    )
    return FINE
