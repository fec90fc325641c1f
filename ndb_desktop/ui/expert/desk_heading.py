"""What the header says while a review is open: batch, applicant, marks, and whether all that is typed is stored."""

from __future__ import annotations

from datetime import datetime

from ndb_desktop.ui import i18n, pending
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.desk import Heading


def review_heading(store: ReviewStore, application: str, typed: str, now: datetime, *, uncopied: bool) -> Heading:
    """The heading of an open review.

    `application` is the one in sight, "" for none; `typed` what stands in its fields (see `ui.pending`); `uncopied`
    whether the last copy of the worksheet failed.
    """
    view = store.view
    title = f"{i18n.local(view.batch.title)} · {view.expert.name}"
    subject = view.item(application).application.applicant if application else tr("desk.expert")
    saved, alarm = saved_words(store, typed, now)
    proposal = any(form.is_proposal for form in [r.form for r in view.applications if r.stage] or view.packs.values())
    note = tr("clock.behind") if view.clock_behind else ""
    if uncopied:
        note = tr("safety.note")
    calibration = view.summary.kind == "calibration"
    return Heading(title, subject, view.summary.trial, proposal, saved, alarm, note, calibration)


def saved_words(store: ReviewStore, typed: str, now: datetime) -> tuple[str, bool]:
    """Whether all that is on the screen is stored, and whether it must not be overlooked that it is not."""
    if store.unsaved:
        return tr("safety.unsaved", count=store.unsaved), True
    if typed == pending.REFUSED:
        return tr("safety.refused"), True
    if store.waiting or typed == pending.WAITING:
        return tr("saved.now"), False
    if typed == pending.DRAFT:
        return tr("safety.draft"), False
    at = store.view.last_saved
    return (tr("saved.at", time=i18n.saved_time(at, now)) if at else tr("saved.none")), False
