"""`ndb rules`: check rule packs (规则包), show one in words, convert one to a spreadsheet and back, compare two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.domain.rulepack import RulePack
    from ndb_desktop.domain.sitepack import SitePack
    from ndb_desktop.domain.stagepack import AnyStagePack


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("rules", "cli.rules.help")
    check = noun.verb("check", "cli.rules.check", _check)
    check.argument("packs", metavar="PACK", nargs="*", help_key="cli.rules.packs")
    show = noun.verb("show", "cli.rules.show", _show)
    show.argument("pack", metavar="PACK", help_key="cli.rules.pack")
    show.argument("--field-factor", metavar="K", default="1", help_key="cli.rules.factor")
    convert = noun.verb("convert", "cli.rules.convert", _convert)
    convert.argument("source", metavar="SRC", help_key="cli.rules.pack")
    convert.argument("target", metavar="DST", type=Path, help_key="cli.rules.target")
    convert.argument("--csv", action="store_true", help_key="cli.rules.csv")
    diff = noun.verb("diff", "cli.rules.diff", _diff)
    diff.argument("old", metavar="A", help_key="cli.rules.old")
    diff.argument("new", metavar="B", help_key="cli.rules.new")


def _packs(names: list[str]) -> list[Path]:
    from ndb_desktop.paths import forms_dir

    if not names:
        return sorted(path.parent for path in forms_dir().glob("*/pack.json"))
    return [_pack(name) for name in names]


def _pack(name: str) -> Path:
    """A workbook, a folder with a pack in it, a file of such a folder, one JSON file, or the id of a shipped pack."""
    from ndb_desktop.paths import forms_dir

    path = Path(name)
    if path.is_file() and path.suffix.lower() not in (".json", ".csv"):
        return path
    # A name that is no file stands for nothing but itself, whatever lies in the folder it would be in.
    for folder in (path.parent if path.is_file() else path, forms_dir() / path.name):
        if (folder / "pack.json").is_file() or (folder / "settings.csv").is_file():
            return folder
    if path.is_file() and path.suffix.lower() == ".json":
        return path
    raise NdbError("E-CLI-NO-FILE", place=name)


def _check(context: Context) -> int:
    from ndb_desktop.services.rulepacks import load_any_pack

    data = []
    lines = []
    status = FINE
    for folder in _packs(context.options.packs):
        try:
            pack = load_any_pack(folder)
        except NdbError as error:
            status = FINDINGS
            context.report(error.faults)
            data.append({"folder": str(folder), "ok": False, "faults": [context.fault_data(f) for f in error.faults]})
            continue
        data.append({"folder": str(folder), "ok": True, **_facts(pack)})
        lines.append(
            context.words("cli.rules.ok", id=pack.id, version=pack.version, status=pack.status, digest=pack.digest)
        )
    context.emit(data, lines)
    return status


def _facts(pack: RulePack | SitePack | AnyStagePack) -> dict[str, object]:
    from ndb_desktop.domain.rulepack import RulePack
    from ndb_desktop.domain.sitepack import SitePack

    counts = {"items": len(pack.items)} if isinstance(pack, SitePack) else {}
    if isinstance(pack, RulePack):
        counts = {"indicators": len(pack.indicators)}
    elif not isinstance(pack, SitePack):
        counts = {"targets": len(pack.measured)}
    return {
        "id": pack.id,
        "version": pack.version,
        **({"categories": pack.categories} if isinstance(pack, SitePack) else {"category": pack.category}),
        "stage": pack.stage,
        "status": pack.status,
        "sha256": pack.digest,
        **counts,
    }


def _show(context: Context) -> int:
    from ndb_desktop.domain.rulepack import RulePack
    from ndb_desktop.domain.sitepack import SitePack
    from ndb_desktop.services.rulepacks import load_any_pack

    pack = load_any_pack(_pack(context.options.pack))
    if isinstance(pack, RulePack):
        return _show_indicators(context, pack)
    return _show_site(context, pack) if isinstance(pack, SitePack) else _show_stage(context, pack)


def _show_stage(context: Context, pack: AnyStagePack) -> int:
    """A later stage: what is judged with which weight, and what has to be reached."""
    from ndb_desktop.domain.numbers import brief, plain
    from ndb_desktop.domain.stagepack import AcceptancePack

    language = context.language
    lines = [f"{pack.title.get(language)}  {pack.version}  ({pack.status})", f"sha256 {pack.digest}", ""]
    data: dict[str, object] = {**_facts(pack), "title": pack.title.get(language), "follows": pack.follows}
    if isinstance(pack, AcceptancePack):
        limits = {
            "tasks": brief(pack.limits.tasks * 100),
            "targets": brief(pack.limits.targets * 100),
            "group": brief(pack.limits.group * 100),
        }
        lines.append(context.words("cli.rules.limits", **limits))
        lines.append(context.words("cli.rules.rectify", days=pack.rectify_days))
        data |= {"limits": limits, "deciding": pack.deciding, "task_rule": pack.task_rule, "days": pack.rectify_days}
    else:
        lines.append(context.words("cli.rules.pass", mark=plain(pack.pass_mark)))
        lines += [f"{plain(part.weight):>6}  {part.title.get(language)}" for part in pack.parts]
        lines += [f"{plain(item.weight):>6}  {item.id}  {item.title.get(language)}" for item in pack.judged]
        data |= {
            "pass_mark": plain(pack.pass_mark),
            "held_against": pack.held_against,
            "parts": [{"id": part.id, "weight": plain(part.weight)} for part in pack.parts],
            "item_list": [{"id": item.id, "weight": plain(item.weight)} for item in pack.judged],
        }
    rows = [(one.id, one.weight, one.label) for one in pack.measured]
    rows += [(one.indicator, one.weight, one.title) for one in getattr(pack, "by_tasks", ())]
    lines += ["", *(f"{plain(weight):>6}  {name}  {label.get(language)}" for name, weight, label in rows)]
    data["target_list"] = [{"id": name, "weight": plain(weight)} for name, weight, _ in rows]
    context.emit(data, lines)
    return FINE


def _show_site(context: Context, pack: SitePack) -> int:
    """The checklist of an inspection: steps, items, and what they come to."""
    from ndb_desktop.domain.numbers import brief

    language = context.language
    bands = {"consistent": brief(pack.bands.consistent, 6), "deviation": brief(pack.bands.deviation, 6)}
    lines = [f"{pack.title.get(language)}  {pack.version}  ({pack.status})", f"sha256 {pack.digest}"]
    lines += ["", context.words("cli.rules.bands", **bands)]
    lines += [context.words("cli.rules.verdict", severe=row.severe, minor=row.minor) for row in pack.verdict]
    for meeting in pack.meetings:
        lines += ["", meeting.title.get(language), f"    {meeting.task.get(language)}"]
    for item in pack.items:
        star = f" * {item.ground}" if item.starred else ""
        lines += ["", f"{item.id}{star}  {item.title.get(language)}", f"    {item.checks.get(language)}"]
    data = {
        **_facts(pack),
        "title": pack.title.get(language),
        "bands": bands,
        "verdict": [{"severe": row.severe, "minor": row.minor} for row in pack.verdict],
        "meetings": [
            {"id": meeting.id, "title": meeting.title.get(language), "optional": meeting.optional}
            for meeting in pack.meetings
        ],
        "item_list": [
            {
                "id": item.id,
                "title": item.title.get(language),
                "checks": item.checks.get(language),
                "veto": item.ground,
                "photo": item.photo,
            }
            for item in pack.items
        ],
    }
    context.emit(data, lines)
    return FINE


def _show_indicators(context: Context, pack: RulePack) -> int:
    from ndb_desktop.domain.numbers import exact, parse_number
    from ndb_desktop.domain.rules import explain_rule
    from ndb_desktop.texts import phrase_text

    factor = exact(parse_number(context.options.field_factor))
    language = context.language
    lines = [f"{pack.title.get(language)}  {pack.version}  ({pack.status})", f"sha256 {pack.digest}"]
    indicators = []
    for indicator in pack.indicators:
        rule = phrase_text(explain_rule(indicator, factor), language) if indicator.rule else ""
        weights = {part: str(weight) for part, weight in indicator.weights.items()}
        indicators.append(
            {
                "id": indicator.id,
                "title": indicator.title.get(language),
                "kind": indicator.kind,
                "weights": weights,
                "asks": indicator.asks.get(language),
                "rule": rule,
                "data": [item.code for item in indicator.data],
            }
        )
        lines += ["", f"{indicator.id}  {indicator.title.get(language)}  {weights['basis']} / {weights['plan']}"]
        lines += [f"    {part}" for part in (indicator.asks.get(language), rule) if part]
    context.emit({**_facts(pack), "title": pack.title.get(language), "indicator_list": indicators}, lines)
    return FINE


def _convert(context: Context) -> int:
    from ndb_desktop.services.rulepacks import convert_pack

    options = context.options
    pack = convert_pack(_pack(options.source), options.target, csv=options.csv)
    line = context.words("cli.rules.converted", path=options.target, id=pack.id, digest=pack.digest)
    context.emit({"path": str(options.target), **_facts(pack)}, [line])
    return FINE


def _diff(context: Context) -> int:
    """Exit code 1 when the packs differ, as other programs that compare do."""
    from ndb_desktop.domain.packdiff import pack_changes
    from ndb_desktop.services.rulepacks import load_pack_at
    from ndb_desktop.texts import phrase_text

    old, new = (load_pack_at(_pack(name)) for name in (context.options.old, context.options.new))
    changes = pack_changes(old, new)
    rows = [
        {
            "kind": change.kind,
            "path": change.path,
            "before": change.before,
            "after": change.after,
            "sentence": phrase_text(change.phrase, context.language),
        }
        for change in changes
    ]
    lines = [f"{row['path']}: {row['sentence']}" for row in rows] or [
        context.words("cli.rules.same", digest=old.digest)
    ]
    context.emit({"old": _facts(old), "new": _facts(new), "changes": rows}, lines)
    return FINDINGS if changes else FINE
