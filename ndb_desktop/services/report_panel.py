"""From results of the batch to the ready strings of the panel summary (汇总表) and the public list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ndb_desktop.domain.finality import finality
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.numbers import exact, plain
from ndb_desktop.domain.panel import PanelItem, PanelResult
from ndb_desktop.domain.panelflags import Flag, flag_phrase
from ndb_desktop.domain.rulepack import PARTS, ItemDef, RulePack, TrimLevel
from ndb_desktop.domain.scoring import item_score
from ndb_desktop.domain.settlement import Settlement, settlements
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.reports.panel_summary import PanelApplicant, PanelCell, PanelRow, PanelSource, PanelSummary
from ndb_desktop.reports.public_list import ListedApplicant, ListSection, PublicList
from ndb_desktop.services.notice_period import NoticePeriod
from ndb_desktop.services.office import Office
from ndb_desktop.services.place_words import names_of
from ndb_desktop.services.report_sheet import NOTHING, PART_TEXTS, ROUNDING_TEXTS, score_text
from ndb_desktop.services.report_votes import dissent_lines, final_lines, vote_lines
from ndb_desktop.services.results import BatchResult, PublicResults, state_text
from ndb_desktop.services.results_export import STAGE_TITLES
from ndb_desktop.storage.registry_rows import StoredSheet
from ndb_desktop.texts import phrase_text, text

_BASE_NAMES: Mapping[Category, str] = {
    "park": "report.base_name.park",
    "enterprise": "report.base_name.enterprise",
}
"""R10: 国家新兴产业发展示范基地（领域名称+示范园区/企业）."""

_RULES: Mapping[TrimLevel, str] = {"item": "report.panel.rule.item", "total": "report.panel.rule.total"}
"""The summary says at which level marks were left out (去高去低), because the levels can give different results."""


def panel_view(
    office: Office, result: BatchResult, category: Category, field: str, language: str, *, names: bool, head: str = ""
) -> PanelSummary:
    """The summary of one panel; applicants in neutral order, members by id or, with `names`, by name.

    The first to sign is the `head`, an expert of the panel; with "" there is a line for a head who is named by hand.
    """
    batch, pack = office.batch, office.packs[category]
    maker = _Maker(office, pack, language, names)
    mine = [name for name, row in result.results.items() if (row.category, row.field) == (category, field)]
    members = sorted({expert for name in mine for expert in result.results[name].experts})
    field_name = batch.field_def(field).name.get(language)
    panel = text("report.fact.panel_value", language, category=text(f"category.{category}", language), field=field_name)
    settings = pack.settings
    return PanelSummary(
        summary_id=f"{batch.id}/{category}/{field}",
        pack_digest=pack.digest,
        title=text("report.panel.subtitle", language, batch=batch.title.get(language), panel=panel),
        members=tuple(maker.member(expert) for expert in members),
        applicants=tuple(maker.applicant(result, name) for name in mine),
        rule=text(
            _RULES[settings.trim_level],
            language,
            trim=settings.trim_from,
            least=settings.min_panel,
            rounding=text(ROUNDING_TEXTS[settings.rounding], language, digits=settings.digits),
        ),
        result_digest=result.digest,
        signers=tuple(maker.signers(members, head)),
        final=tuple(final_lines(office, finality(office.decided.all()).decisions, language)),
        trial=batch.trial,
        proposal=pack.is_proposal,
    )


class _Maker:
    def __init__(self, office: Office, pack: RulePack, language: str, names: bool) -> None:
        self._office, self._pack, self._language = office, pack, language
        self._experts = {expert.id: expert.name for expert in office.experts()} if names else {}
        self._votes: Mapping[str, Settlement] = settlements(office.decided.all())
        self._files = office.registry.current_files()
        self._factors = {row.id: exact(row.k) for row in office.batch.fields}

    def member(self, expert: str) -> str:
        name = self._experts.get(expert)
        return f"{name}\n{expert}" if name else expert

    def signers(self, members: list[str], head: str) -> Iterator[str]:
        """Who signs by hand, the head first."""
        yield self._say("report.minutes.head", name=self.member(head) if head else "")
        yield from (self.member(expert) for expert in members if expert != head)

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def _score(self, value: Fraction | None) -> str:
        return score_text(value, self._pack.settings)

    def applicant(self, batch: BatchResult, name: str) -> PanelApplicant:
        application, result = batch.applications[name], batch.results[name]
        members = sorted(result.experts)
        vote = self._votes.get(name)
        if vote is not None and vote.result != batch.digests[name]:
            vote = None  # taken on another result: the case is open again
        stored = self._stored(name, result)
        valid = self._say("report.panel.valid", valid=result.n_valid, assigned=len(result.experts))
        return PanelApplicant(
            name=application.applicant,
            facts=(
                (self._say("report.fact.code"), application.credit_code),
                (self._say("report.fact.recommender"), application.recommender),
                (self._say("report.fact.valid_sheets"), valid),
                (self._say("report.fact.total"), NOTHING if result.published is None else f"{result.published:f}"),
                (self._say("report.fact.threshold"), plain(self._pack.settings.threshold)),
                (self._say("report.fact.state"), state_text(batch.selection.states[name], self._language)),
            ),
            rows=tuple(self._rows(application, result, members, stored)),
            findings=tuple(self._findings(batch, name, result)),
            vote=() if vote is None else tuple(vote_lines(vote, self._language)),
            dissent=() if vote is None else tuple(dissent_lines(vote, self._experts, self._language)),
            members=tuple(self.member(expert) for expert in members),
            sources=tuple(
                PanelSource(self.member(expert), one.revision, one.digest, self._files.get((name, expert), ()))
                for expert, one in sorted(stored.items())
            ),
        )

    def _stored(self, name: str, result: PanelResult) -> Mapping[str, StoredSheet]:
        """The sheets that counted for the result."""
        return {
            stored.expert: stored
            for _, group in self._office.registry.current_sheets(name)
            for stored in group
            if result.experts.get(stored.expert) == "scored"
        }

    def _rows(
        self, application: Application, result: PanelResult, members: list[str], stored: Mapping[str, StoredSheet]
    ) -> Iterator[PanelRow]:
        sheets, k = {expert: one.sheet for expert, one in stored.items()}, self._factors[application.field]
        for part in PARTS:
            for item in self._pack.items:
                if item.part != part:
                    continue
                values = {
                    expert: item_score(self._pack, item, sheet.items.get(item.id), application, k)
                    for expert, sheet in sheets.items()
                }
                yield self._item_row(item, result.items[item.id], values, result, members, sheets)
            blank = tuple(PanelCell("") for _ in members)
            yield PanelRow(self._say(PART_TEXTS[part]), blank, self._score(result.parts[part]), strong=True)
        totals = tuple(
            PanelCell(self._score(result.expert_totals.get(expert)), expert in result.dropped) for expert in members
        )
        published = NOTHING if result.published is None else f"{result.published:f}"
        spread = self._spread(list(result.expert_totals.values()))
        yield PanelRow(self._say("report.fact.total"), totals, published, spread, strong=True)

    def _item_row(
        self,
        item: ItemDef,
        panel: PanelItem,
        values: Mapping[str, Fraction | None],
        result: PanelResult,
        members: list[str],
        sheets: Mapping[str, Sheet],
    ) -> PanelRow:
        known = {expert: value for expert, value in values.items() if value is not None}
        dropped: set[str] = set()
        if panel.trimmed and self._pack.settings.trim_level == "total":
            dropped = set(result.dropped)
        elif panel.trimmed:
            # Which of several equal extremes is bracketed does not matter for the mean; the first by id is.
            lowest = min(sorted(known), key=lambda expert: known[expert])
            highest = max(sorted(known.keys() - {lowest}), key=lambda expert: known[expert])
            dropped = {lowest, highest}
        cells = []
        for expert in members:
            if expert in known:
                cells.append(PanelCell(self._score(known[expert]), expert in dropped))
                continue
            entry = sheets[expert].items.get(item.id) if expert in sheets else None
            state = entry.state if entry is not None else result.experts.get(expert)
            cells.append(PanelCell(self._state(state)))
        label = f"{item.indicator.id} {item.indicator.title.get(self._language)}"
        mean = self._score(panel.value)
        if panel.state == "not_applicable":
            mean = self._say("state.not_applicable")
        return PanelRow(label, tuple(cells), mean, "" if panel.computed else self._spread(list(known.values())))

    def _state(self, state: str | None) -> str:
        """Why a cell has no number; empty for a member who was not assigned here."""
        if state is None:
            return ""
        return self._say("report.short.unable") if state == "unable" else self._say(f"state.{state}")

    def _spread(self, values: list[Fraction]) -> str:
        return self._score(max(values) - min(values)) if len(values) > 1 else ""

    def _findings(self, batch: BatchResult, name: str, result: PanelResult) -> Iterator[str]:
        if result.status != "ok":
            yield self._say("report.panel.too_few", valid=result.n_valid, least=self._pack.settings.min_panel)
        for application, expert in batch.contradictions:
            if application == name:
                yield self._say("report.panel.contradiction", expert=self._who(expert))
        for application, expert in batch.late_conflicts:
            if application == name:
                yield self._say("report.panel.late_conflict", expert=self._who(expert))
        for expert in sorted(result.experts.keys() & set(batch.unconfirmed)):
            yield self._say("report.panel.unconfirmed", expert=self._who(expert))
        for flag in result.flags:
            yield self._flag(flag)

    def _flag(self, flag: Flag) -> str:
        item = names_of(self._office, self._language).item(flag.item)
        about = [part for part in (item, self._who(flag.expert)) if part]
        words = phrase_text(flag_phrase(flag), self._language)
        return (
            self._say("report.panel.flag", about=self._say("list.separator").join(about), words=words)
            if about
            else words
        )

    def _who(self, expert: str) -> str:
        return self.member(expert).replace("\n", " ") if expert else ""


def notice_view(public: PublicResults, language: str, period: NoticePeriod | None = None) -> PublicList:
    """The public list: who was selected, in neutral order, nothing else (R06, R10); with a `period` a 公示 (R18)."""
    title = public.title_zh if language == "zh_CN" else public.title_en
    categories: tuple[Category, Category] = ("park", "enterprise")
    return PublicList(
        list_id=public.batch,
        title=_list_title(public, period is not None, language),
        batch=title,
        sections=tuple(_section(public, category, language) for category in categories),
        notes=(
            *(() if period is None else (period.words(language), text("report.notice.objection", language))),
            text("results.order", language),
            text("report.list.stage" if public.stage == "selection" else "stageresult.public.note", language),
        ),
        trial=public.trial,
        proposal=public.proposal,
    )


def _list_title(public: PublicResults, notice: bool, language: str) -> str:
    if public.stage != "selection":
        return text(STAGE_TITLES[public.stage], language)
    return text("report.notice.title" if notice else "report.list.title", language)


def _section(public: PublicResults, category: Category, language: str) -> ListSection:
    return ListSection(
        text(f"category.{category}", language),
        tuple(
            ListedApplicant(
                row.applicant,
                text(
                    f"report.base_name.{category}",
                    language,
                    field=row.field_zh if language == "zh_CN" else row.field_en,
                ),
                row.recommender,
            )
            for row in public.of(category)
        ),
        built=public.stage != "selection",
    )
