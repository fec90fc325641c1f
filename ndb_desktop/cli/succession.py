"""`ndb registry init --from`: a registry made from its predecessor (接续); its link as `registry status` says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ndb_desktop.cli import plan
from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.secrets import own_identity
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.stagepack import AcceptancePack, EffectPack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ndb_desktop.crypto.identity import Identity, PublicKey
    from ndb_desktop.domain.model import Category
    from ndb_desktop.domain.recommenders import Recommenders
    from ndb_desktop.domain.rulepack import RulePack
    from ndb_desktop.domain.stagepack import AnyStagePack
    from ndb_desktop.formats.batchplan import BatchPlan
    from ndb_desktop.formats.succession import SuccessionPayload
    from ndb_desktop.services.succession import Followed, Predecessor

STAGES = ("selection", "acceptance", "effect")
_STAGE_WORDS = {
    "selection": "succession.stage.selection",
    "acceptance": "succession.stage.acceptance",
    "effect": "succession.stage.effect",
}


def options(verb: Verb) -> None:
    """Adds `--from` and `--stage`."""
    from pathlib import Path

    verb.argument("--from", metavar="PREDECESSOR", type=Path, dest="predecessor", help_key="cli.succession.from")
    verb.argument("--stage", choices=STAGES, default=STAGES[0], help_key="cli.succession.stage")
    verb.argument(
        "--stage-pack", metavar="PACK", action="append", default=[], type=Path, help_key="cli.succession.stage_pack"
    )

    verb.argument("--note", action="store_true", help_key="cli.succession.note")
    verb.argument("--again", action="store_true", help_key="cli.succession.again")


def compare_options(noun: Verbs) -> None:
    """Adds `ndb registry predecessor`."""
    from pathlib import Path

    verb = noun.verb("predecessor", "cli.succession.compare", _compare)
    verb.argument("predecessor", metavar="PREDECESSOR", type=Path, help_key="cli.succession.compare.path")
    registry_options(verb)


def _compare(context: Context) -> int:
    """Says how far the predecessor went on since, and who else follows it."""
    from ndb_desktop.services.succession_followers import compare_predecessor

    path = existing(context.options.predecessor)
    with open_registry(context) as office:
        found = compare_predecessor(office, path, office.identity, clock=context.now)
    lines = [context.words("cli.succession.compare.same" if found.same else "cli.succession.compare.other")]
    if found.rival:
        lines = [context.words("cli.succession.compare.twin")]
    if found.same:
        kept = "cli.succession.compare.kept" if found.kept else "cli.succession.compare.broken"
        lines.append(context.words(kept, since=found.since))
        lines.append(context.words("cli.succession.compare.noted" if found.noted else "cli.succession.compare.unnoted"))
        lines += [context.words("cli.succession.compare.rival", batch=one.batch, at=one.at) for one in found.others]
    data = {
        "same": found.same, "kept": found.kept, "since": found.since, "noted": found.noted,
        "rival": found.rival,
        "others": [{"stage": one.stage, "batch": one.batch, "registry": one.registry} for one in found.others],
    }  # fmt: skip
    context.emit(data, lines)
    return FINE if found.same and found.kept and not found.since and not found.others else FINDINGS


def follow_up(context: Context, wanted: BatchPlan, packs: Mapping[Category, RulePack], recovery: PublicKey) -> int:
    """Makes the registry and says what it took over."""
    from ndb_desktop.services.batch_plan import facts_of
    from ndb_desktop.services.succession import follow, read_predecessor

    given = context.options
    identity = own_identity(context)
    known = read_predecessor(existing(given.predecessor), given.stage, identity, clock=context.now)
    own = [_stage_pack(path) for path in given.stage_pack]
    made = follow(
        given.folder,
        predecessor=known,
        stage=given.stage,
        plan=wanted,
        identity=identity,
        name=given.name,
        recovery=recovery,
        officers=plan.officer_cards(context),
        reason=context.words("plan.appointed"),
        packs=packs,
        stage_packs=own,
        again=given.again,
        clock=context.now,
    )
    batch = made.office.batch
    noted = _note(context, identity, made) if known.source == "registry" else False
    listed = facts_of(made.office).recommenders
    made.office.close()
    officers = [{"role": one.role, "name": one.name, "fingerprint": one.keyid} for one in made.officers]
    data = {
        "folder": str(given.folder), "batch": batch.id, "trial": batch.trial, "predecessor": link_data(made.link),
        "officers_before": officers, "stage_packs": stage_pack_data(made.packs), "noted": noted,
        "recommenders": None if listed is None else len(listed.active),
    }  # fmt: skip
    lines = [context.words("cli.registry.made", folder=given.folder, batch=batch.id), link_line(context, made.link)]
    lines += stage_pack_lines(context, made.packs)
    if given.stage != "selection":
        without = sorted(set(made.office.batch.quotas) - set(made.packs))
        lines += [context.words("cli.succession.no_stage_pack", category=name) for name in without]
    lines += [context.words("cli.succession.officer", name=one.name, keyid=one.keyid) for one in made.officers]
    lines += _taken_over(context, known, wanted, listed)
    if not noted:
        lines.append(context.words("cli.succession.not_noted"))
    context.emit(data, lines)
    return FINE


def _taken_over(context: Context, known: Predecessor, wanted: BatchPlan, listed: Recommenders | None) -> Sequence[str]:
    """What became of the recommending bodies, which a person would expect to come along."""
    if listed is None:
        filed = known.source == "archive"
        return [context.words("cli.succession.no_recommenders.archive" if filed else "cli.succession.no_recommenders")]
    if wanted.facts.recommenders is None:
        return [context.words("cli.succession.recommenders", count=len(listed.active))]
    return []


def _note(context: Context, identity: Identity, made: Followed) -> bool:
    """Notes in the predecessor who follows it, where that was asked for; the new registry stands in any case."""
    from ndb_desktop.services.succession_followers import note_followed

    if not context.options.note:
        return False
    try:
        note_followed(context.options.predecessor, identity, made.office, made.link, clock=context.now)
    except NdbError as error:
        context.report(error.faults)
        return False
    return True


def _stage_pack(path: Path) -> AnyStagePack:
    """A pack of a later stage from its folder or file. Raises NdbError E-STAGE-PACK for one of another kind."""
    from ndb_desktop.services.rulepacks import load_any_pack

    found = load_any_pack(existing(path))
    if not isinstance(found, AcceptancePack | EffectPack):
        raise NdbError("E-STAGE-PACK", place=path.name, pack=found.id, stage="-", category="-")
    return found


def stage_pack_data(packs: Mapping[Category, AnyStagePack]) -> list[dict[str, Any]]:
    """The packs of a later stage as JSON."""
    return [
        {"category": category, "id": pack.id, "version": pack.version, "sha256": pack.digest, "status": pack.status}
        for category, pack in packs.items()
    ]


def stage_pack_lines(context: Context, packs: Mapping[Category, AnyStagePack]) -> list[str]:
    """The packs of a later stage, a line each."""
    return [
        context.words("cli.succession.pack", id=pack.id, version=pack.version, digest=pack.digest[:16])
        for pack in packs.values()
    ]


def link_data(link: SuccessionPayload | None) -> dict[str, Any] | None:
    """A link as JSON."""
    if link is None:
        return None
    before = link.predecessor
    return {
        "stage": link.stage,
        "batch": before.batch,
        "registry": before.registry,
        "coordinator": before.coordinator.name,
        "result": before.result,
        "final": before.final,
        "entries": before.log.entries,
        "head": before.log.head,
        "archive": before.archive,
        "bases": [ref.application for ref in link.bases],
        "at": link.at,
    }


def link_line(context: Context, link: SuccessionPayload) -> str:
    """A link in a sentence."""
    before = link.predecessor
    key = "cli.succession.line" if before.final else "cli.succession.line.open"
    stage = context.words(_STAGE_WORDS[link.stage])
    return context.words(key, batch=before.batch, stage=stage, bases=len(link.bases), head=before.log.head[:16])
