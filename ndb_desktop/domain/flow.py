"""引导: which item or application comes next, and how far a sheet is. The order is that of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.domain.sheetform import Form, item_findings


def next_item(form: Form, sheet: Sheet, current: str | None) -> str | None:  # noqa: ARG001  (one signature)
    """The item after `current` (None = before the first); None after the last."""
    return _step([item.id for item in form.items], current, 1)


def previous_item(form: Form, sheet: Sheet, current: str | None) -> str | None:  # noqa: ARG001
    """The item before `current` (None = behind the last); None before the first."""
    return _step([item.id for item in form.items], current, -1)


def _step(order: Sequence[str], current: str | None, by: int) -> str | None:
    if current is None or current not in order:
        return order[0 if by > 0 else -1] if order else None
    place = order.index(current) + by
    return order[place] if 0 <= place < len(order) else None


def done(form: Form, sheet: Sheet, item: str) -> bool:
    """Whether nothing is missing or wrong on this item."""
    return not item_findings(form, sheet, form.item_by_id[item])


def next_open(form: Form, sheet: Sheet, current: str | None) -> str | None:
    """The next item after `current` that is not done, round the end; None when all are, or none is asked."""
    if sheet.status != "scored":
        return None
    return _next([item.id for item in form.items], current, lambda item: not done(form, sheet, item))


def next_unfinished_application(
    order: Iterable[str], finished: Callable[[str], bool], current: str | None
) -> str | None:
    """The next application after `current` for which `finished` is false, round the end; None when all are."""
    return _next(list(order), current, lambda application: not finished(application))


def _next(order: Sequence[str], current: str | None, wanted: Callable[[str], bool]) -> str | None:
    start = order.index(current) + 1 if current is not None and current in order else 0
    return next((name for name in (*order[start:], *order[:start]) if wanted(name)), None)


def progress(form: Form, sheet: Sheet) -> tuple[int, int]:
    """Done and all items; a recused sheet, or one whose expert was unable, asks nothing more."""
    total = len(form.items)
    if sheet.status != "scored":
        return total, total
    return sum(1 for item in form.items if not item_findings(form, sheet, item)), total
