"""`ndb selftest`: does this installation work? Makes, opens and checks a small sample, without touching own files."""

from __future__ import annotations

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("selftest", "cli.selftest.help", _run)
    verb.argument("--no-window", action="store_true", help_key="cli.selftest.no_window")


def _run(context: Context) -> int:
    from ndb_desktop.services.selftest import run_selftest

    checks = run_selftest(window=not context.options.no_window)
    context.report(check.fault for check in checks if check.fault)
    context.emit(
        [{"check": check.key, "ok": check.fault is None, "fault": context.fault_data(check.fault)} for check in checks],
        [
            f"{context.words('cli.selftest.ok' if check.fault is None else 'cli.selftest.bad')}  "
            f"{context.words(check.key)}"
            for check in checks
        ],
    )
    return FINDINGS if any(check.fault for check in checks) else FINE
