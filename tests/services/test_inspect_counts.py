"""A count of people or things that was verified is never negative; a sum of money may be (a loss)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ndb_desktop.domain.siterecord import Check, SiteRecord, Wanted
from ndb_desktop.services.inspect_parts import fitting
from ndb_desktop.services.rulepacks import builtin_site_packs
from tests.support.siterecords import visit
from tests.support.travel import refusal


@pytest.mark.parametrize(
    ("unit", "value", "code"),
    [
        ("person", "-5", "E-INSPECT-NEGATIVE"),
        ("fte", "-0.5", "E-INSPECT-NEGATIVE"),
        ("item", "-1", "E-INSPECT-NEGATIVE"),
        ("firm", "-1", "E-INSPECT-NEGATIVE"),
        ("person", "0", ""),
        ("person", "2259.5", ""),
        ("yi_yuan", "-5", ""),
    ],
)
def test_a_verified_count_below_none_is_refused(unit: str, value: str, code: str) -> None:
    wanted = Wanted("staff", "2025", "P2.1", unit, "number", Decimal(2259), ("sample",))
    record = SiteRecord(replace(visit(), wanted=(wanted,)))
    check = Check("staff/2025", Decimal(value))
    assert refusal(lambda: fitting(check, record, builtin_site_packs()["site-check"])) == code
