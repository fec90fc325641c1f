"""From the results of a later stage to the ready strings of a panel's summary: outcomes, targets, tasks, sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, StageId
from ndb_desktop.reports.panel_summary import PanelSource
from ndb_desktop.reports.stage_outcome import BaseOutcome, FoundLine, StageSummary, TargetLine
from ndb_desktop.services.office import Office
from ndb_desktop.services.stage_results import BaseResult, StageResult
from ndb_desktop.services.stage_words import (
    NOTHING,
    first_text,
    item_words,
    missing_text,
    reasons,
    shares_text,
    verdict_text,
)
from ndb_desktop.texts import text

Naming = Callable[[str], str]
_HEADINGS: Mapping[StageId, str] = {
    "acceptance": "report.stage.title.acceptance", "effect": "report.stage.title.effect",
}  # fmt: skip
_RULES: Mapping[str, str] = {"lower_median": "report.stage.rule.lower", "upper_median": "report.stage.rule.upper"}


def stage_view(
    office: Office, result: StageResult, category: Category, field: str, language: str, *, names: bool, head: str = ""
) -> StageSummary:
    """The summary of one panel; bases in neutral order, members by id or, with `names`, by name, the head first."""
    batch, pack = office.batch, office.stage_packs[category]
    mine = [
        base for base in result.bases.values()
        if (base.application.category, base.application.field) == (category, field)
    ]  # fmt: skip
    known = {expert.id: expert.name for expert in office.experts()} if names else {}

    def member(expert: str) -> str:
        return f"{known[expert]}\n{expert}" if expert in known else expert

    members = sorted({expert for base in mine for expert in base.experts})
    field_name = batch.field_def(field).name.get(language)
    panel = text("report.fact.panel_value", language, category=text(f"category.{category}", language), field=field_name)
    maker = _Maker(office, result, language)
    signers = [text("report.minutes.head", language, name=member(head) if head else "")]
    signers += [member(expert) for expert in members if expert != head]
    return StageSummary(
        summary_id=f"{batch.id}/{category}/{field}",
        pack_digest=pack.digest,
        heading=text(_HEADINGS[result.stage], language),
        title=text("report.panel.subtitle", language, batch=batch.title.get(language), panel=panel),
        bases=tuple(maker.base(base, member) for base in mine),
        rule=_rule(pack, language),
        result_digest=result.digest,
        signers=tuple(signers),
        trial=batch.trial,
        proposal=pack.is_proposal,
    )


def _rule(pack: AnyStagePack, language: str) -> str:
    if isinstance(pack, AcceptancePack):
        return text(_RULES[pack.task_rule], language, least=pack.settings.min_panel)
    return text("report.stage.rule.effect", language, trim=pack.settings.trim_from, least=pack.settings.min_panel)


class _Maker:
    def __init__(self, office: Office, result: StageResult, language: str) -> None:
        self._result, self._language = result, language
        self._files = office.registry.current_files()
        self._today = office.clock().astimezone().date()

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def base(self, base: BaseResult, member: Naming) -> BaseOutcome:
        """The page of one base."""
        language = self._language
        items = item_words(base, language)
        experts = tuple(sorted(base.sheets))
        targets = [one for one in items if one.item.startswith("target:") or not one.item]
        found = [one for one in items if one.item and not one.item.startswith("target:")]
        return BaseOutcome(
            name=base.application.applicant,
            facts=tuple(self._facts(base)),
            reasons=reasons(base, language, self._today),
            notes=tuple(self._notes(base)),
            targets=tuple(
                TargetLine(
                    one.label, one.weight, one.base or NOTHING, one.target or NOTHING, one.actual or NOTHING,
                    one.progress or NOTHING, one.level or NOTHING, one.counted or NOTHING, one.note,
                )
                for one in targets
            ),
            found=tuple(
                FoundLine(
                    one.label, one.weight, one.counted,
                    tuple(dict(one.experts).get(expert, NOTHING) for expert in experts),
                )
                for one in found
            ),
            experts=tuple(member(expert) for expert in experts),
            sources=tuple(
                PanelSource(
                    member(expert), stored.revision, stored.digest, self._files.get((base.application.id, expert), ())
                )
                for expert, stored in sorted(base.sheets.items())
            ),
        )  # fmt: skip

    def _facts(self, base: BaseResult) -> Iterator[tuple[str, str]]:
        valid = self._say("report.panel.valid", valid=len(base.sheets), assigned=len(base.experts))
        yield self._say("report.fact.code"), base.application.credit_code
        yield self._say("report.stage.verdict"), verdict_text(base.verdict, self._result.stage, self._language)
        yield self._say("report.stage.valid"), valid

    def _notes(self, base: BaseResult) -> Iterator[str]:
        lines = (
            shares_text(base, self._language),
            missing_text(base, self._language),
            first_text(base, self._language),
            self._say("stageresult.digest", digest=base.digest) if base.digest else "",
        )
        yield from filter(None, lines)
