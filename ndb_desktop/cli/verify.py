"""`ndb verify FILE…`: what a file is, who signed it, and whether it is whole. Changes nothing.

Without a file: the log and the proof of the assignment of a registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.assign_seats import proof_data, proof_lines
from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import open_registry
from ndb_desktop.cli.secrets import bundle_secret, key_options, own_identity, secret_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.services.verify import VerifyReport

EXTENSIONS = frozenset({".ndbbundle", ".ndbscore", ".ndbcard", ".ndbreceipt", ".ndbarchive", ".ndbsite"})


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("verify", "cli.verify.help", run)
    verb.argument("files", metavar="FILE", nargs="*", type=Path, help_key="cli.verify.files")
    verb.argument("-r", "--registry", metavar="DIR", type=Path, help_key="cli.verify.registry")
    verb.argument("--unseal", action="store_true", help_key="cli.verify.unseal")
    key_options(verb)
    secret_options(verb)


def run(context: Context) -> int:
    """Verifies each file; exit code 1 when any has a fault."""
    from ndb_desktop.services.verify import verify_file

    options = context.options
    if not options.files:
        return _registry(context)
    identity = own_identity(context) if options.unseal or options.key else None
    secret = bundle_secret(context, ask=False)
    status = FINE
    data = []
    lines: list[str] = []
    for path in _expanded(options.files):
        try:
            if not path.is_file():
                raise NdbError("E-CLI-NO-FILE", place=str(path))
            report = verify_file(path, identity=identity, secret=secret)
        except NdbError as error:
            status = FINDINGS
            context.report(error.faults)
            data.append({"file": str(path), "ok": False, "faults": [context.fault_data(f) for f in error.faults]})
            continue
        if not report.ok:
            status = FINDINGS
        context.report(report.faults)
        data.append(_data(context, path, report))
        lines += _lines(context, path, report)
    context.emit(data, lines)
    return status


def _registry(context: Context) -> int:
    """Of a registry: the chain of its log and the proof of the assignment in force."""
    from ndb_desktop.services.assignment_verify import verify_assignment

    with open_registry(context) as office:
        log = office.verify_log()
        report = verify_assignment(office, context.progress, context.cancel)
    context.report(report.faults)
    sentence = context.words("cli.verify.log_whole" if log.ok else "cli.verify.log_broken")
    context.emit({"log": log.ok, "assignment": proof_data(context, report)}, [sentence, *proof_lines(context, report)])
    return FINE if log.ok and report.ok else FINDINGS


def _expanded(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named; of a folder, those in it with an extension of ours, but volumes with their archive alone."""
    from ndb_desktop.formats.archive_set import is_listed

    for path in paths:
        found = sorted(file for file in path.iterdir() if file.suffix in EXTENSIONS) if path.is_dir() else []
        yield from [file for file in found if file.suffix != ".ndbarchive" or not is_listed(file)] or [path]


def _data(context: Context, path: Path, report: VerifyReport) -> dict[str, object]:
    return {
        "file": str(path),
        "ok": report.ok,
        "kind": report.kind.value,
        "facts": [context.words(key, **params) for key, params in report.facts],
        "faults": [context.fault_data(fault) for fault in report.faults],
    }


def _lines(context: Context, path: Path, report: VerifyReport) -> list[str]:
    if report.ok:
        head = context.words("cli.verify.ok", file=path)
    elif {fault.code for fault in report.faults} == {"E-SCORE-SEALED"}:
        head = context.words("cli.verify.sealed", file=path)
    else:
        head = context.words("cli.verify.bad", file=path)
    return [head, *("    " + context.words(key, **params) for key, params in report.facts)]
