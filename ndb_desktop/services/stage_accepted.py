"""What 评估验收 accepted of a base, as a registry of 成效评估 takes it over: its actual values as they counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.stage_results import base_result
from ndb_desktop.services.succession_link import ACCEPTED

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def accepted_bytes(office: Office, application: str) -> bytes:
    """A base's application with what was accepted of it, b"" where nothing was.

    In 评估验收 it is the one on record with rulings and visits laid over the declared values, in 成效评估 the one that
    came along. Raises NdbError as `base_result`.
    """
    if office.stage != "acceptance":
        return office.registry.meta(ACCEPTED + application).encode("utf-8")
    if office.registry.application(application) is None:
        return b""
    work = base_result(office, application).work
    present = office.application(application)
    return application_to_json(present if work is None else replace(present, actuals=work.actuals))
