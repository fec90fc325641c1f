"""The window's language: one current language, every sentence through `tr`.

A change of language rebuilds the window's pages (`shell.main_window`), so no widget has to listen for it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ndb_desktop import texts
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.phrase import LocalText, Phrase
from ndb_desktop.texts import LANGUAGES, Language

_current: Language = texts.DEFAULT_LANGUAGE


def language() -> Language:
    """The language the window speaks now."""
    return _current


def set_language(value: str) -> None:
    """Switches the language; raises `ValueError` for one that does not exist."""
    global _current  # noqa: PLW0603  (one window, one language)
    if value not in LANGUAGES:
        raise ValueError(value)
    _current = value


def tr(key: str, **params: object) -> str:
    """The sentence `key` in the current language."""
    return texts.text(key, _current, **params)


def phrase(value: Phrase) -> str:
    """A sentence the domain composed, in the current language."""
    return texts.phrase_text(value, _current)


def fault(value: Fault | NdbError) -> str:
    """The plain sentence of a fault or error."""
    return texts.fault_text(value, _current)


def local(value: LocalText) -> str:
    """A text of a rule pack or batch in the current language."""
    return value.get(_current)


def local_time(moment: datetime | str) -> str:
    """A moment as the reader's own clock shows it, `2026-11-22 11:05`; text that is not a moment stays as it is."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone().isoformat(" ", "minutes")[:16]


def clock_time(moment: datetime) -> str:
    """Only the time of day, with seconds, for 「已保存 11:05:32」."""
    return moment.astimezone().strftime("%H:%M:%S")


def saved_time(moment: datetime, now: datetime) -> str:
    """As `clock_time`, with the date in front if that was not today: 「已保存 2026-11-21 23:58:01」."""
    here = moment.astimezone()
    return here.strftime("%H:%M:%S" if here.date() == now.astimezone().date() else "%Y-%m-%d %H:%M:%S")


def file_size(size: int) -> str:
    """A size in the unit a person would use."""
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for unit in ("KB", "MB", "GB"):
        value /= 1024
        if value < 1024 or unit == "GB":
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    raise AssertionError("unreachable")
