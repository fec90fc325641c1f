"""有何变化: what differs between two versions of an application, exactly; numbers as the strings that were declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ndb_desktop.domain.model import Actual, Application, Datum, ListedObject, Target, Task
from ndb_desktop.domain.numbers import plain

DifferenceKind = Literal[
    "document_new",
    "document_changed",
    "document_gone",
    "datum",
    "verified",
    "object",
    "evidence",
    "origin",
    "target",
    "task",
    "actual",
    "actual_proof",
    "cover",
]
"""`verified` is a figure put in place of the declared one (R12), `evidence` where a datum is proven, `origin` its unit
and source class, `actual` an actual value of a later stage (figure or unit: `118 yi_yuan`, "" for a missing one),
`actual_proof` its year, where it is proven and what is said of it, `cover` anything about the applicant itself."""

_COVER = (
    "applicant", "credit_code", "region", "recommender", "field", "year", "special_region", "affiliates", "summary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `subject` is a document id, datum code, indicator, task id or name of a field; `part` a
    year or measure; `old` or `new` is "" where there was or is nothing.
    """

    kind: DifferenceKind
    subject: str
    part: str = ""
    old: str = ""
    new: str = ""


def differences(old: Application, new: Application) -> tuple[Difference, ...]:
    """Everything that differs: documents, data, targets, tasks, actual values, cover."""
    found = [*_documents(old, new)]
    for code in _joined(old.data, new.data):
        found += _datum(code, old.data.get(code), new.data.get(code))
    found += _targets(old, new)
    found += _tasks(old, new)
    found += _actuals(old, new)
    for name in _COVER:
        before, after = _words(getattr(old, name)), _words(getattr(new, name))
        if before != after:
            found.append(Difference("cover", name, "", before, after))
    return tuple(found)


def _joined(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Keys of both, those of the new one in its order, then what is gone."""
    return [*new, *(key for key in old if key not in new)]


def _documents(old: Application, new: Application) -> Iterator[Difference]:
    before, after = {d.id: d for d in old.documents}, {d.id: d for d in new.documents}
    for name in _joined(before, after):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Difference("document_new", name, "", "", now.title or now.name)
        elif now is None and was is not None:
            yield Difference("document_gone", name, "", was.title or was.name, "")
        elif was is not None and now is not None and was.sha256 != now.sha256:
            yield Difference("document_changed", name, "", was.title or was.name, now.title or now.name)


def _datum(code: str, old: Datum | None, new: Datum | None) -> Iterator[Difference]:
    yield from _figures("datum", code, old.values if old else {}, new.values if new else {})
    if (old.flag if old else None) != (new.flag if new else None):
        yield Difference("datum", code, "", _words(old.flag if old else None), _words(new.flag if new else None))
    yield from _figures("verified", code, old.verified if old else {}, new.verified if new else {})
    was, now = old.objects if old else (), new.objects if new else ()
    yield from (Difference("object", code, "", _object(item), "") for item in was if item not in now)
    yield from (Difference("object", code, "", "", _object(item)) for item in now if item not in was)
    if old is not None and new is not None:
        places = [", ".join(f"{ref.document}:{ref.page}" for ref in datum.evidence) for datum in (old, new)]
        if places[0] != places[1]:
            yield Difference("evidence", code, "", *places)
        if (old.unit, old.source) != (new.unit, new.source):
            yield Difference("origin", code, "", f"{old.unit} / {old.source}", f"{new.unit} / {new.source}")


def _figures(
    kind: DifferenceKind, code: str, old: Mapping[str, Decimal], new: Mapping[str, Decimal]
) -> Iterator[Difference]:
    for key in sorted({*old, *new}):
        # 1.50 for 1.5 is a change of spelling, not of what was declared.
        if old.get(key) != new.get(key):
            yield Difference(kind, code, key, _number(old.get(key)), _number(new.get(key)))


def _targets(old: Application, new: Application) -> Iterator[Difference]:
    before = {(t.indicator, t.measure): t for t in old.targets}
    after = {(t.indicator, t.measure): t for t in new.targets}
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        if was != now:
            yield Difference("target", key[0], key[1], _target(was), _target(now))


def _tasks(old: Application, new: Application) -> Iterator[Difference]:
    before, after = {t.id: t for t in old.tasks}, {t.id: t for t in new.tasks}
    for name in _joined(before, after):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield Difference("task", name, "", _task(was), _task(now))


def _actuals(old: Application, new: Application) -> Iterator[Difference]:
    before, after = {one.id: one for one in old.actuals}, {one.id: one for one in new.actuals}
    for name in {**before, **after}:
        was, now = _actual(before.get(name)), _actual(after.get(name))
        if was != now:
            yield Difference("actual", name, "", was, now)
        said, says = _proof(before.get(name)), _proof(after.get(name))
        # Who had no value to prove had no proof either: that line says it all.
        if said != says and name in before and name in after:
            yield Difference("actual_proof", name, "", said, says)


def _actual(actual: Actual | None) -> str:
    used = None if actual is None else actual.used
    return "" if actual is None or used is None else f"{plain(used)} {actual.unit}"


def _proof(actual: Actual | None) -> str:
    if actual is None:
        return ""
    places = ", ".join(f"{ref.document}:{ref.page}" for ref in actual.evidence)
    return " · ".join(part for part in (str(actual.year), places, actual.statement) if part)


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _object(item: ListedObject) -> str:
    words = " · ".join(part for part in (item.cls, item.name, item.number, item.date) if part)
    return words if item.valid else f"({words})"


def _target(target: Target | None) -> str:
    if target is None:
        return ""
    figures = f"{_number(target.base)} ({target.base_year}) … {_number(target.target)} ({target.target_year})"
    return " ".join(part for part in (figures, target.unit, target.statement) if part)


def _task(task: Task | None) -> str:
    if task is None:
        return ""
    parts = (task.title, task.owner, task.milestone, task.deliverable, task.check, plain(task.weight))
    return " · ".join(part for part in parts if part)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
