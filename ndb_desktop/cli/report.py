"""`ndb report`: PDFs: an expert's score sheet, the panel summary, the public notice, secret slips."""

from __future__ import annotations

from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    verbs.noun("report", "cli.report.help")
