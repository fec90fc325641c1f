"""`ndb analytics`: how experts marked: agreement, severity, distributions and every flag. Inside only, and logged."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs

if TYPE_CHECKING:
    from ndb_desktop.domain.agreement import Figure
    from ndb_desktop.domain.panelflags import Flag
    from ndb_desktop.domain.resample import Interval
    from ndb_desktop.domain.spread import Spread
    from ndb_desktop.services.analytics import BatchAnalytics, GroupAnalytics
    from ndb_desktop.services.place_words import Names

_NOTHING = "-"


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("analytics", "cli.analytics.help", _analytics)
    verb.argument("--interval", metavar="SEED", default="", help_key="cli.analytics.interval")
    verb.argument("--panel-ratio", action="store_true", help_key="cli.analytics.ratio")
    registry_options(verb)


def _analytics(context: Context) -> int:
    from ndb_desktop.services.analytics import Wanted, internal_analytics
    from ndb_desktop.services.analytics_record import analytics_record

    options = context.options
    wanted = Wanted(seed=options.interval, ratios=options.panel_ratio)
    with open_registry(context) as office, context.interruptible() as cancel:
        analytics = internal_analytics(office, wanted, progress=context.progress, cancel=cancel)
        names = names_of(context, office)
    context.emit(analytics_record(analytics, context.language), _lines(context, analytics, names))
    return FINE


def _lines(context: Context, analytics: BatchAnalytics, names: Names) -> Iterator[str]:
    yield from _groups(context, analytics, names)
    yield ""
    yield from _experts(context, analytics)
    yield ""
    yield from _applications(context, analytics)
    if analytics.ratios:
        yield ""
        yield from _ratios(context, analytics, names)
    yield ""
    yield context.words("cli.analytics.flags", count=len(analytics.flags))
    for traced in analytics.flags:
        yield _flag(context, traced.flag, names)
    yield context.words("cli.analytics.unchanged")
    yield context.words("cli.result_digest", digest=analytics.result.digest)


def _groups(context: Context, analytics: BatchAnalytics, names: Names) -> Iterator[str]:
    yield from table(
        [
            context.words("cli.analytics.group"), context.words("cli.analytics.applications"),
            context.words("cli.column.sheets"), context.words("cli.analytics.mean"), context.words("cli.analytics.sd"),
            "ICC(1,1)", "ICC(1,k)", "α", context.words("cli.analytics.ordinal"), "W", "ICC(2,1)",
        ],
        [
            (
                _name(context, group, names), len(group.applications), len(group.sheets), _mean(group.judged),
                _sd(group.judged), _figure(group.agreement.one_way.single),
                _figure(group.agreement.one_way.mean), _figure(group.agreement.alpha), _figure(group.ordinal),
                _figure(group.agreement.concordance.w), _figure(group.agreement.two_way.icc2_single),
            )
            for group in analytics.groups
        ],
    )  # fmt: skip
    from ndb_desktop.domain.resample import Intervals
    from ndb_desktop.texts import phrase_text

    for group in analytics.groups:
        name = _name(context, group, names)
        if group.intervals is not None and group.intervals != Intervals(None, None, None):
            yield context.words(
                "cli.analytics.intervals",
                group=name,
                single=_interval(group.intervals.single),
                mean=_interval(group.intervals.mean),
                alpha=_interval(group.intervals.alpha),
            )
        for phrase in group.cautions:
            words = phrase_text(phrase, context.language)
            yield context.words("cli.analytics.caution", group=name, words=words)
    yield from _undefined(context, analytics, names)


def _undefined(context: Context, analytics: BatchAnalytics, names: Names) -> Iterator[str]:
    """Why a figure is not there, once for all scopes it is not there in for this reason."""
    from ndb_desktop.texts import phrase_text

    whys: dict[tuple[str, str], list[str]] = {}
    for group in analytics.groups:
        found = group.agreement
        named = {
            "ICC(1,1)": found.one_way.single, "ICC(1,k)": found.one_way.mean, "α": found.alpha,
            context.words("cli.analytics.ordinal"): group.ordinal, "W": found.concordance.w,
            "ICC(2,1)": found.two_way.icc2_single,
        }  # fmt: skip
        for label, figure in named.items():
            if figure.why is not None:
                why = phrase_text(figure.why, context.language)
                whys.setdefault((label, why), []).append(_name(context, group, names))
    for (label, why), groups in whys.items():
        where = context.words("list.separator").join(groups)
        yield context.words("cli.analytics.undefined", figure=label, why=why, where=where)


def _experts(context: Context, analytics: BatchAnalytics) -> Iterator[str]:
    fit = analytics.severity
    if not fit.comparable:
        sizes = context.words("list.separator").join(str(len(part.experts)) for part in fit.components)
        yield context.words("cli.analytics.incomparable", count=len(fit.components), sizes=sizes)
    several = len(fit.components) > 1
    yield from table(
        [
            context.words("cli.column.expert"), context.words("cli.column.valid"), context.words("cli.analytics.mean"),
            context.words("cli.analytics.sd"), context.words("cli.analytics.severity"),
            context.words("cli.analytics.se"), context.words("cli.analytics.part"), context.words("cli.column.flags"),
        ],
        [
            (
                row.expert, len(row.sheets), _mean(row.judged), _sd(row.judged),
                _NOTHING if row.severity is None or not row.severity.sheets else _show(row.severity.points),
                _NOTHING if row.severity is None else _root(row.severity.error_squared),
                row.severity.component + 1 if row.severity is not None and several else _NOTHING, len(row.flags),
            )
            for row in analytics.experts.values()
        ],
    )  # fmt: skip


def _applications(context: Context, analytics: BatchAnalytics) -> Iterator[str]:
    yield from table(
        [
            context.words("cli.column.application"), context.words("cli.column.assigned"),
            context.words("cli.column.valid"), context.words("cli.column.published"), context.words("cli.analytics.sd"),
            context.words("cli.analytics.se"), context.words("cli.column.flags"),
        ],
        [
            (
                name, len(row.result.experts), len(row.sheets),
                _NOTHING if row.result.published is None else f"{row.result.published:f}",
                _sd(row.totals), _se(row.totals),
                len(row.flags),
            )
            for name, row in analytics.applications.items()
        ],
    )  # fmt: skip


def _ratios(context: Context, analytics: BatchAnalytics, names: Names) -> Iterator[str]:
    yield context.words("cli.analytics.ratio_note")
    yield from table(
        [
            context.words("cli.column.category"), context.words("cli.column.field"),
            context.words("cli.analytics.applications"), context.words("cli.analytics.mean"),
            context.words("cli.analytics.overall"), context.words("cli.analytics.coefficient"),
        ],
        [
            (
                context.words(f"category.{category}"), names.field(row.panel), row.applications, _show(row.mean),
                _show(row.overall), _NOTHING if row.ratio is None else _show(row.ratio, 4),
            )
            for category, rows in analytics.ratios.items()
            for row in rows
        ],
    )  # fmt: skip


def _name(context: Context, group: GroupAnalytics, names: Names) -> str:
    if not group.category:
        return context.words("cli.analytics.batch")
    category = context.words(f"category.{group.category}")
    return f"{category} {names.field(group.field)}" if group.field else category


def _flag(context: Context, flag: Flag, names: Names) -> str:
    from ndb_desktop.domain.panelflags import flag_phrase
    from ndb_desktop.texts import phrase_text

    subjects = (flag.application, *flag.applications, flag.expert, names.item(flag.item))
    about = context.words("list.separator").join(part for part in subjects if part)
    return context.words("cli.analytics.flag", about=about, words=phrase_text(flag_phrase(flag), context.language))


def _show(value: Fraction, digits: int = 2) -> str:
    from ndb_desktop.domain.numbers import show

    return show(value, digits)


def _mean(figures: Spread | None) -> str:
    return _NOTHING if figures is None else _show(figures.mean)


def _sd(figures: Spread | None) -> str:
    return _NOTHING if figures is None else _root(figures.variance)


def _se(figures: Spread | None) -> str:
    return _NOTHING if figures is None else _root(figures.error_squared)


def _root(squared: Fraction | None) -> str:
    from ndb_desktop.domain.panel import standard_error

    return _NOTHING if squared is None else f"{standard_error(squared):f}"


def _figure(figure: Figure) -> str:
    return _NOTHING if figure.value is None else _show(figure.value, 3)


def _interval(interval: Interval | None) -> str:
    return _NOTHING if interval is None else f"{_show(interval.low, 3)} … {_show(interval.high, 3)}"
