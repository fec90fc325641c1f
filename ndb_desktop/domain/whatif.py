"""What a challenge (质疑) would change if it were upheld: computed, shown, never stored."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.model import Application, Datum
from ndb_desktop.domain.rulepack import Indicator, RulePack
from ndb_desktop.domain.rules import compute_basis


def with_value(application: Application, indicator: Indicator, code: str, key: str, value: Decimal) -> Application:
    """The application as it would be with `value` (in the datum's unit) found true for datum `code` and year `key`.

    The value takes the place a verified one has (R12). A datum that was never declared is made with the form's unit.
    """
    known = application.data.get(code)
    if known is None:
        item = next(item for item in indicator.data if item.code == code)
        known = Datum(code, item.unit, "self")
    changed = replace(known, verified={**known.verified, key: value})
    return replace(application, data={**application.data, code: changed})


def score_with(
    pack: RulePack, indicator: Indicator, application: Application, k: Fraction, code: str, key: str, value: Decimal
) -> Fraction | None:
    """The computed score of an indicator's basis part with that value; None for a judged indicator."""
    changed = with_value(application, indicator, code, key, value)
    return compute_basis(pack, indicator, changed, k, explain=False).score
