"""What a challenge would change: the same rule, one figure replaced, the application itself untouched."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ndb_desktop.domain.model import Datum
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.domain.whatif import score_with, with_value
from tests.support.travel import K, tiny_application, tiny_pack


def test_the_score_is_that_of_an_application_that_declared_the_figure() -> None:
    pack, application = tiny_pack(), tiny_application(rd="2.37")
    indicator = pack.indicator_by_id["T1.1"]
    for figure in ("0", "2.1", "2.37", "9"):
        declared = compute_basis(pack, indicator, tiny_application(rd=figure), K).score
        assert score_with(pack, indicator, application, K, "rd", "2025", Decimal(figure)) == declared
    assert application == tiny_application(rd="2.37")


def test_a_verified_figure_is_replaced_too() -> None:
    pack, application = tiny_pack(), tiny_application()
    indicator = pack.indicator_by_id["T1.1"]
    verified = replace(application.data["rd"], verified={"2025": Decimal("2.5")})
    application = replace(application, data={"rd": verified})
    asked = score_with(pack, indicator, application, K, "rd", "2025", Decimal("2.1"))
    assert asked == compute_basis(pack, indicator, tiny_application(rd="2.1"), K).score
    assert with_value(application, indicator, "rd", "2025", Decimal(3)).data["rd"].values == verified.values


def test_a_figure_that_was_never_declared_counts_in_the_unit_of_the_form() -> None:
    pack, application = tiny_pack(), replace(tiny_application(), data={})
    indicator = pack.indicator_by_id["T1.1"]
    assert compute_basis(pack, indicator, application, K).score == 0
    changed = with_value(application, indicator, "rd", "2025", Decimal("2.37"))
    assert changed.data["rd"] == Datum("rd", "percent", "self", verified={"2025": Decimal("2.37")})
    declared = compute_basis(pack, indicator, tiny_application(), K).score
    assert score_with(pack, indicator, application, K, "rd", "2025", Decimal("2.37")) == declared
