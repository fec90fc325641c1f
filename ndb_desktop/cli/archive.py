"""`ndb archive`: file a final batch as a plain `.ndbarchive` (归档); `ndb verify` checks one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("archive", "cli.archive.help", _run)
    verb.argument("target", metavar="FILE|DIR", type=Path, help_key="cli.archive.target")
    verb.argument("--filed", metavar="DATE", help_key="cli.archive.filed")
    verb.argument("--keep", metavar="KIND=PERIOD", action="append", default=[], help_key="cli.archive.keep")
    verb.argument("--no-documents", action="store_true", help_key="cli.archive.no_documents")
    verb.argument("--volume-mb", metavar="MB", type=int, default=4000, help_key="cli.archive.volume")
    verb.argument("--dry-run", action="store_true", help_key="cli.archive.dry_run")
    registry_options(verb)


def _run(context: Context) -> int:
    from ndb_desktop.services.archive import archive

    options = context.options
    filed_on, periods = _day(options.filed), _periods(options.keep)
    volume_bytes = options.volume_mb * 1_000_000
    if options.dry_run:
        return _plan(context, periods, volume_bytes)
    with open_registry(context) as office:
        made = archive(
            office, options.target, filed_on=filed_on, periods=periods, documents=not options.no_documents,
            volume_bytes=volume_bytes, progress=context.progress, cancel=context.cancel,
        )  # fmt: skip
    volumes = [
        {
            "path": str(one.path), "sha256": one.digest, "size": one.size, "documents": one.documents,
            "photos": one.photos, "retention": one.retention,
        }
        for one in made.volumes
    ]  # fmt: skip
    context.emit(
        {
            "path": str(made.path), "sha256": made.digest, "members": made.members, "size": made.size,
            "filed_on": made.filed_on.isoformat(), "kinds": dict(made.kinds),
            "missing": {title: list(points) for title, points in made.missing.items()},
            "documents": made.documents, "photos": made.photos, "volumes": volumes, "gone": made.gone,
        },
        [
            context.words("cli.archive.made", path=made.path, count=made.members, size=made.size),
            context.words("cli.archive.digest", digest=made.digest),
            *(
                context.words(
                    "cli.archive.filed_photos" if one.photos else "cli.archive.filed_volume",
                    path=one.path, count=one.photos or one.documents, size=one.size, period=one.retention,
                )
                for one in made.volumes
            ),
            *(
                [context.words("cli.archive.inspected", visits=visits, records=made.kinds.get("record", 0))]
                if (visits := made.kinds.get("visit", 0)) else []
            ),
            *([context.words("cli.archive.gone", count=made.gone)] if made.gone else []),
            context.words("cli.archive.plain"),
        ],
    )  # fmt: skip
    for title, points in made.missing.items():
        context.report((NdbError("E-CLI-GLYPHS", place=title, points=", ".join(points)),))
    return FINDINGS if made.missing else FINE


def _plan(context: Context, periods: dict[str, str], volume_bytes: int) -> int:
    """Which volumes there would be."""
    from ndb_desktop.services.archive import free_bytes, preview

    options = context.options
    with open_registry(context) as office:
        plan = preview(office, documents=not options.no_documents, periods=periods, volume_bytes=volume_bytes)
    free = free_bytes(options.target)
    volumes = [
        {
            "number": one.number, "documents": len(one.documents), "photos": len(one.photos), "bytes": one.bytes,
            "retention": one.retention,
        }
        for one in plan.volumes
    ]  # fmt: skip
    head = context.words(
        "cli.archive.plan_photos" if plan.photos else "cli.archive.plan",
        count=plan.count, photos=plan.photos, size=plan.bytes, volumes=len(volumes), free=free,
    )  # fmt: skip
    lines = [
        context.words(
            "cli.archive.plan_volume_photos" if one.photos else "cli.archive.plan_volume",
            number=one.number, count=len(one.photos) or len(one.documents), size=one.bytes, period=one.retention,
        )
        for one in plan.volumes
    ]  # fmt: skip
    context.emit(
        {"documents": plan.count, "photos": plan.photos, "bytes": plan.bytes, "free": free, "volumes": volumes},
        [head, *lines],
    )
    return FINE


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise NdbError("E-CLI-VALUE", place="--filed", value=value) from None


def _periods(values: Sequence[str]) -> dict[str, str]:
    """`score=Y` and the like."""
    found = {}
    for value in values:
        kind, equals, period = value.partition("=")
        if not equals:
            raise NdbError("E-CLI-VALUE", place="--keep", value=value)
        found[kind] = period
    return found
