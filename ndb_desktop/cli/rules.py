"""`ndb rules`: check rule packs (规则包), show one in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.domain.rulepack import RulePack


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("rules", "cli.rules.help")
    check = noun.verb("check", "cli.rules.check", _check)
    check.argument("packs", metavar="PACK", nargs="*", help_key="cli.rules.packs")
    show = noun.verb("show", "cli.rules.show", _show)
    show.argument("pack", metavar="PACK", help_key="cli.rules.pack")
    show.argument("--field-factor", metavar="K", default="1", help_key="cli.rules.factor")


def _folders(names: list[str]) -> list[Path]:
    from ndb_desktop.paths import forms_dir

    if not names:
        return sorted(path.parent for path in forms_dir().glob("*/pack.json"))
    return [_folder(name) for name in names]


def _folder(name: str) -> Path:
    """A folder with a pack in it, or the id of a shipped pack."""
    from ndb_desktop.paths import forms_dir

    for folder in (Path(name), Path(name).parent, forms_dir() / Path(name).name):
        if (folder / "pack.json").is_file():
            return folder
    raise NdbError("E-CLI-NO-FILE", place=name)


def _check(context: Context) -> int:
    from ndb_desktop.services.rulepacks import load_pack_folder

    data = []
    lines = []
    status = FINE
    for folder in _folders(context.options.packs):
        try:
            pack = load_pack_folder(folder)
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


def _facts(pack: RulePack) -> dict[str, object]:
    return {
        "id": pack.id,
        "version": pack.version,
        "category": pack.category,
        "stage": pack.stage,
        "status": pack.status,
        "sha256": pack.digest,
        "indicators": len(pack.indicators),
    }


def _show(context: Context) -> int:
    from ndb_desktop.domain.numbers import exact, parse_number
    from ndb_desktop.domain.rules import explain_rule
    from ndb_desktop.services.rulepacks import load_pack_folder
    from ndb_desktop.texts import phrase_text

    pack = load_pack_folder(_folder(context.options.pack))
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
