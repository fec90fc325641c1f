"""What can be disputed: the data of an indicator, or the actual value of a target; form and list ask nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from ndb_desktop.domain.effect import to_hold
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import DataItem, Indicator
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.domain.sheet import Challenge, Sheet
from ndb_desktop.domain.sheetform import StageForm, StageQuestion
from ndb_desktop.domain.stagecase import Promise
from ndb_desktop.domain.stageform import challenged_target
from ndb_desktop.domain.stagepack import EffectPack
from ndb_desktop.domain.stageresult import target_row
from ndb_desktop.domain.units import convert
from ndb_desktop.domain.whatif import score_with
from ndb_desktop.services import stage_sheet_words as stage_words
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr


class Subject(Protocol):
    """The data of one item that can be disputed."""

    indicator: str

    def choices(self) -> Sequence[tuple[object, str]]:
        """Each datum with its name."""

    def years(self, code: str) -> Sequence[str]:
        """The years of a datum; none for a single figure."""

    def is_figure(self, code: str) -> bool:
        """Whether another figure can be proposed."""

    def unit(self, code: str) -> str:
        """The unit of a datum, in words."""

    def declared(self, code: str, key: str) -> str:
        """What stands there now."""

    def preview(self, code: str, key: str, value: Decimal) -> str:
        """What another figure would change."""


class DataSubject:
    """The declared data behind a computed score."""

    def __init__(self, review: ReviewItem, indicator: Indicator) -> None:
        self._review, self._indicator, self.indicator = review, indicator, indicator.id
        self._before = compute_basis(review.pack, indicator, review.application, review.k, explain=False).score

    def _item(self, code: str) -> DataItem | None:
        return next((item for item in self._indicator.data if item.code == code), None)

    def choices(self) -> Sequence[tuple[object, str]]:
        """Each datum with its name."""
        return [(item.code, i18n.local(item.label)) for item in self._indicator.data]

    def years(self, code: str) -> Sequence[str]:
        """The years of a datum; none for a single figure."""
        item = self._item(code)
        return [str(self._review.application.year - back) for back in range(item.years)] if item is not None else []

    def is_figure(self, code: str) -> bool:
        """Whether another figure can be proposed."""
        item = self._item(code)
        return item is not None and item.kind == "number"

    def unit(self, code: str) -> str:
        """The unit of a datum, in words."""
        return data_unit(self._review.application, self._indicator, code)

    def declared(self, code: str, key: str) -> str:
        """What stands there now."""
        datum = self._review.application.data.get(code)
        value = datum.verified.get(key, datum.values.get(key)) if datum is not None else None
        if datum is None or value is None:
            return tr("challenge.declared.none")
        figure = f"{words.number(value)} {words.unit(datum.unit)}".strip()
        if key in datum.verified:
            return tr("challenge.verified", figure=figure)
        return tr("challenge.declared", figure=figure, source=words.source(datum.source))

    def preview(self, code: str, key: str, value: Decimal) -> str:
        """What another figure would change of the score."""
        review, settings = self._review, self._review.pack.settings
        after = score_with(review.pack, self._indicator, review.application, review.k, code, key, value)
        return _change(words.score(self._before, settings), words.score(after, settings))


class TargetSubject:
    """The actual value of one target of a later stage."""

    def __init__(self, form: StageForm, item: StageQuestion, promise: Promise) -> None:
        self._form, self._item, self._promise = form, item, promise
        self.indicator = promise.measured.indicator
        self._actual = form.work.actual_by_id.get(promise.id)
        self._unit = self._actual.unit if self._actual is not None else promise.measured.unit

    def choices(self) -> Sequence[tuple[object, str]]:
        """The measure."""
        return [(self._promise.measured.measure, i18n.local(self._promise.measured.label))]

    def years(self, code: str) -> Sequence[str]:  # noqa: ARG002  (there is one)
        """None: an actual value belongs to one year, which is that of the target."""
        return []

    def is_figure(self, code: str) -> bool:
        """Always, of the measure there is."""
        return bool(code)

    def unit(self, code: str) -> str:  # noqa: ARG002
        """The unit the base declared in, else that of the pack."""
        return words.unit(self._unit)

    def declared(self, code: str, key: str) -> str:  # noqa: ARG002
        """What stands there now."""
        actual = self._actual
        if actual is None or actual.used is None:
            return tr("challenge.declared.none")
        figure = f"{words.number(actual.used)} {words.unit(actual.unit)}".strip()
        if actual.verified is not None:
            return tr("challenge.verified", figure=figure)
        return tr("challenge.declared.actual", figure=figure, year=actual.year)

    def preview(self, code: str, key: str, value: Decimal) -> str:  # noqa: ARG002
        """What another figure would change of what counts."""
        pack, language = self._form.pack, i18n.language()
        found = convert(exact(value), self._unit, self._promise.measured.unit)
        if isinstance(pack, EffectPack):
            accepted = self._form.work.accepted_values.get(self._promise.id)
            after = target_row(to_hold(self._promise, accepted, pack.held_against), found, "progress")
        else:
            after = target_row(self._promise, found, pack.deciding)
        now = stage_words.target_short(self._form, self._item, language)
        return _change(now, _percent(after.counted, self._form, language))


def _percent(share: Fraction | None, form: StageForm, language: str) -> str:
    return stage_words.percent(share, form, language)


def _change(now: str, then: str) -> str:
    if now == then:
        return tr("challenge.preview.same", score=now)
    return tr("challenge.preview", before=now, after=then)


def subject_of(review: ReviewItem, what: Indicator | StageQuestion) -> Subject:
    """The subject of an indicator in selection, of a target in a later stage."""
    if isinstance(what, Indicator):
        return DataSubject(review, what)
    if not isinstance(review.form, StageForm) or what.promise is None:
        raise TypeError(what.id)
    return TargetSubject(review.form, what, what.promise)


def disputes(challenge: Challenge, what: Indicator | StageQuestion) -> bool:
    """Whether a challenge is about the indicator, or about the very target."""
    if isinstance(what, Indicator):
        return challenge.indicator == what.id
    return what.promise is not None and challenged_target(challenge) == what.promise.id


def disputed(sheet: Sheet, what: Indicator | StageQuestion) -> tuple[Challenge, ...]:
    """The challenges about it."""
    return tuple(challenge for challenge in sheet.challenges if disputes(challenge, what))


def datum_name(what: Indicator | StageQuestion, code: str) -> str:
    """What is disputed, in words; "" where the target itself says it."""
    if not isinstance(what, Indicator):
        return i18n.local(what.promise.measured.label) if what.promise is not None else code
    item = next((item for item in what.data if item.code == code), None)
    return i18n.local(item.label) if item is not None else code


def datum_unit(application: Application, what: Indicator | StageQuestion, code: str) -> str:
    """The unit of the figure that is disputed, in words."""
    if isinstance(what, Indicator):
        return data_unit(application, what, code)
    promise = what.promise
    actual = next((one for one in application.actuals if promise is not None and one.id == promise.id), None)
    return words.unit(actual.unit if actual is not None else promise.measured.unit if promise is not None else "")


def data_unit(application: Application, indicator: Indicator, code: str) -> str:
    """The unit a datum was declared in, else that of the form."""
    datum = application.data.get(code)
    item = next((item for item in indicator.data if item.code == code), None)
    return words.unit(datum.unit if datum is not None else item.unit if item is not None else "")
