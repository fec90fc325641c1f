"""前序链接 as it lies in a registry: read, proven against what was taken over with it, and the frozen applications.

Everything is kept as named texts (`meta`), written once when the registry is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.formats.succession import OpenedLink, SuccessionPayload, open_link

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

LINK = "predecessor.link"
FROZEN = "predecessor.application."
"""Name of the text with a base's application as it was frozen, followed by its id."""
SOURCE = "predecessor.source"
"""Name of the text that says what was read of the predecessor: `registry` or `archive`."""
ACCEPTED = "stage.accepted."
"""Name of the text with a base's application as 评估验收 accepted it, followed by its id."""


def link_of(office: Office) -> SuccessionPayload | None:
    """The link to the predecessor, None for a registry without one.

    Raises:
        NdbError: E-SUCCESSION-LINK when it is not what this registry's coordinator signed for this batch.
    """
    kept = office.registry.meta(LINK)
    if not kept:
        return None
    try:
        opened = _opened(kept)
    except NdbError as error:
        raise NdbError("E-SUCCESSION-LINK", detail=error.code) from None
    payload, batch = opened.payload, office.batch
    if opened.issuer.keyid != office.coordinator.keyid:
        raise NdbError("E-SUCCESSION-LINK", detail="issuer")
    if (payload.batch, payload.trial) != (batch.id, batch.trial):
        raise NdbError("E-SUCCESSION-LINK", detail="batch")
    return payload


@lru_cache(maxsize=4)
def _opened(kept: str) -> OpenedLink:
    """Asked for every base, and never changed."""
    return open_link(kept.encode("utf-8"), place=LINK)


def frozen_digests(office: Office) -> Mapping[str, str]:
    """SHA-256 of the frozen application of each base the link names, by id. Raises NdbError as `link_of`.

    Asked for every base: take `Office.frozen`, which reads the link once.
    """
    link = link_of(office)
    return {} if link is None else {ref.application: ref.sha256 for ref in link.bases}


def is_follow_up(office: Office) -> bool:
    """Whether this registry is of a later stage: its bases are those of its predecessor and no others."""
    return office.stage != "selection"


def frozen_bytes(office: Office, application: str) -> bytes:
    """The application of a base, byte for byte as the predecessor froze it.

    Raises:
        NdbError: E-OFFICE-APPLICATION (no base of this registry), E-SUCCESSION-LINK, E-SUCCESSION-FROZEN (it is not
            what the link names).
    """
    wanted = office.frozen.get(application)
    if wanted is None:
        raise NdbError("E-OFFICE-APPLICATION", application=application)
    data = office.registry.meta(FROZEN + application).encode("utf-8")
    if hashlib.sha256(data).hexdigest() != wanted:
        raise NdbError("E-SUCCESSION-FROZEN", application=application)
    return data


def frozen_application(office: Office, application: str) -> Application:
    """基数, 创建目标 and 重点任务 of a base, as they were promised. Raises NdbError as `frozen_bytes`."""
    return application_from_own(frozen_bytes(office, application))


def stranger_faults(office: Office, application: Application, place: str) -> tuple[Fault, ...]:
    """E-SUCCESSION-STRANGER for what is imported into a later stage and is none of its bases, or says to be another."""
    if not is_follow_up(office):
        return ()
    try:
        known = frozen_application(office, application.id)
    except NdbError:
        return (Fault("E-SUCCESSION-STRANGER", place, {"application": application.id}),)
    if (known.category, known.field, known.credit_code) != (
        application.category, application.field, application.credit_code,
    ):  # fmt: skip
        return (Fault("E-SUCCESSION-STRANGER", place, {"application": application.id}),)
    return ()


def check_link(office: Office, *, log: bool = True) -> tuple[Fault, ...]:
    """What is wrong with the link and with what was taken over; the `log` tells of a link that was taken away."""
    try:
        link = link_of(office)
    except NdbError as error:
        return (error.fault,)
    if link is None:
        if log and any(row.action == "succession" for row in office.log_rows()):
            return (Fault("E-SUCCESSION-LINK", "", {"detail": "log"}),)
        return ()
    faults = []
    for ref in link.bases:
        data = office.registry.meta(FROZEN + ref.application).encode("utf-8")
        kept = office.registry.meta(ACCEPTED + ref.application).encode("utf-8")
        accepted = hashlib.sha256(kept).hexdigest() if kept else None
        if (hashlib.sha256(data).hexdigest(), accepted) != (ref.sha256, ref.accepted):
            faults.append(Fault("E-SUCCESSION-FROZEN", "", {"application": ref.application}))
    return tuple(faults)
