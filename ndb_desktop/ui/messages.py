"""From an error to something a person can act on: what happened and what to do; the code only in the details."""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr

log = logging.getLogger(__name__)

SHOWN_FAULTS = 200


@dataclass(frozen=True)
class Message:
    """`kind`: danger, warning or info. `details`: lines behind a fold (place and code, or all faults)."""

    kind: str
    title: str
    text: str
    details: tuple[str, ...] = ()
    open_details: bool = False


def describe(error: Exception) -> Message:
    """Any error in words; never a traceback. What is not meant for users is logged without its values."""
    if isinstance(error, NdbError):
        return _known(error)
    if isinstance(error, OSError):
        return _known(_file_error(error))
    log_quietly(error)
    return Message("danger", tr("message.failed"), tr("message.unexpected"), (type(error).__name__,))


def _known(error: NdbError) -> Message:
    faults = error.faults
    if len(faults) == 1 and faults[0] is error.fault:
        place = f"{error.fault.place} · " if error.fault.place else ""
        return Message("danger", tr("message.failed"), i18n.fault(error), (f"{place}{error.code}",))
    lines = [
        "  ".join(part for part in (fault.place, i18n.fault(fault), f"[{fault.code}]") if part)
        for fault in faults[:SHOWN_FAULTS]
    ]
    if len(faults) > SHOWN_FAULTS:
        lines.append(tr("message.more", count=len(faults) - SHOWN_FAULTS))
    return Message("danger", tr("message.failed"), i18n.fault(error), tuple(lines), open_details=True)


def _file_error(error: OSError) -> NdbError:
    name = str(error.filename).replace("\\", "/").rpartition("/")[2] if error.filename else ""
    if isinstance(error, FileNotFoundError):
        return NdbError("E-FILE-MISSING", name=name)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return NdbError("E-FILE-DENIED", name=name)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return NdbError("E-FILE-FULL", name=name)
    return NdbError("E-FILE-IO", name=name)


_keepers: list[Callable[[BaseException], object]] = []


def keep_with(keeper: Callable[[BaseException], object]) -> None:
    """Has every unexpected error handed to `keeper` as well, instead of the one before."""
    _keepers[:] = [keeper]


def log_quietly(error: BaseException) -> None:
    """Logs where and what kind, not the message: values in it may be confidential."""
    for keeper in _keepers:
        keeper(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(
        f"{frame.filename.rpartition('ndb_desktop')[2]}:{frame.lineno} {frame.name}" for frame in frames[::-1]
    )
    log.error("unexpected %s at %s", type(error).__name__, where)
