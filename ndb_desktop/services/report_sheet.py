"""From a sheet of the domain to the ready strings of a score sheet report (专家评分表)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.model import Application, Datum
from ndb_desktop.domain.numbers import plain, rounded
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.rulepack import PARTS, ItemDef, LocalText, PackSettings, RulePack
from ndb_desktop.domain.rules import compute_basis, compute_target
from ndb_desktop.domain.scoring import computed_values, item_score, sheet_totals
from ndb_desktop.domain.sheet import Challenge, ItemEntry, Sheet
from ndb_desktop.domain.sheetform import Form, FormItem, StageForm
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.reports.evidence_annex import EvidenceLine
from ndb_desktop.reports.score_sheet import ChallengeLine, ItemLine, PartBlock, ScoreSheet, SignatureBlock
from ndb_desktop.services.report_place import place_in_words
from ndb_desktop.texts import phrase_text, text

NOTHING = "\u2014"
DIGITS = 16
"""How much of a document's SHA-256 the annex prints: enough to tell two files apart, short enough to compare."""

PART_TEXTS: Mapping[str, str] = {"basis": "report.part.basis", "plan": "report.part.plan"}
ROUNDING_TEXTS: Mapping[str, str] = {
    "half_up": "report.rounding.half_up",
    "half_even": "report.rounding.half_even",
}
_STATUS: Mapping[str, str] = {
    "scored": "report.status.scored",
    "recused": "report.status.recused",
    "unable": "report.status.unable",
}
_DECLARATION: Mapping[str, str] = {
    "none": "report.declaration.none",
    "clear": "report.declaration.clear",
    "recused": "report.declaration.recused",
}
_CONFIRM: Mapping[str, str] = {
    "confirmed": "report.confirm.confirmed",
    "challenged": "report.confirm.challenged",
}


@dataclass(frozen=True)
class Subject:
    """What a sheet is about and who filled it in. `stage` is what was examined in a later stage."""

    application: Application
    pack: RulePack
    k: Fraction
    batch: Batch
    expert_id: str
    expert_name: str
    stage: StageWork | None = None

    @cached_property
    def form(self) -> Form:
        """What the sheet asks."""
        return self.pack if self.stage is None else StageForm(self.stage)


def score_text(value: Fraction | None, settings: PackSettings) -> str:
    """A score as it is published: rounded once, in the pack's way."""
    return NOTHING if value is None else f"{rounded(value, settings.digits, settings.rounding):f}"


def sheet_view(
    subject: Subject,
    sheet: Sheet,
    revision: int,
    statements: Sequence[tuple[LocalText, str]],
    signature: SignatureBlock | None,
    language: str,
) -> ScoreSheet:
    """The sheet as ready strings in `language`. `statements` are the texts agreed to and when."""
    maker = _maker(subject, sheet, language)
    form, batch = subject.form, subject.batch
    scored = sheet.status == "scored"
    return ScoreSheet(
        sheet_id=f"{batch.id}/{subject.application.id}/{subject.expert_id}/{revision}",
        pack_digest=form.digest,
        facts=maker.facts(revision),
        status=text(_STATUS[sheet.status], language),
        declaration=maker.declaration(),
        parts=tuple(maker.parts()) if scored else (),
        totals=maker.totals() if scored else (),
        challenges=tuple(maker.challenge(challenge) for challenge in sheet.challenges),
        opinion=sheet.opinion,
        unable=sheet.unable,
        statements=tuple((statement.get(language), at or NOTHING) for statement, at in statements),
        signature=signature,
        trial=batch.trial,
        proposal=form.is_proposal,
        name=subject.application.applicant,
        totals_name="" if subject.stage is None else text("report.stage.shares", language),
        totals_note="" if subject.stage is None else text("stagesheet.alone", language),
        rounding=text(ROUNDING_TEXTS[form.settings.rounding], language, digits=form.settings.digits),
    )


def _maker(subject: Subject, sheet: Sheet, language: str) -> SheetMaker:
    if subject.stage is None:
        return _Maker(subject, sheet, language)
    from ndb_desktop.services.report_sheet_stage import StageMaker

    return StageMaker(subject, sheet, language)


class SheetMaker(ABC):
    """What the sheets of all stages have in common: facts, declaration, cited places."""

    def __init__(self, subject: Subject, sheet: Sheet, language: str) -> None:
        self._subject, self._sheet, self._language = subject, sheet, language
        self._application = subject.application
        self._documents = {document.id: document for document in self._application.documents}
        self._numbered = 0
        self._titles = {document.id: document.title or document.name for document in self._application.documents}

    @abstractmethod
    def totals(self) -> tuple[tuple[str, str], ...]:
        """What the sheet comes to, as name and figure."""

    @abstractmethod
    def parts(self) -> Iterator[PartBlock]:
        """The parts of the form with their items."""

    @abstractmethod
    def challenge(self, challenge: Challenge) -> ChallengeLine:
        """A disputed datum with what was declared and what is proposed."""

    @property
    @abstractmethod
    def _pack_name(self) -> str:
        """The pack the sheet follows, with its version."""

    def _say(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)

    def _score(self, value: Fraction | None) -> str:
        return score_text(value, self._subject.form.settings)

    def facts(self, revision: int) -> tuple[tuple[str, str], ...]:
        """Who is scored by whom in which batch."""
        application, language = self._application, self._language
        field = self._subject.batch.field_def(application.field).name.get(language)
        category = self._say(f"category.{application.category}")
        expert = self._say("report.fact.expert_value", name=self._subject.expert_name, id=self._subject.expert_id)
        return (
            (self._say("report.fact.batch"), self._subject.batch.title.get(language)),
            (self._say("report.fact.panel"), self._say("report.fact.panel_value", category=category, field=field)),
            (self._say("report.fact.applicant"), application.applicant),
            (self._say("report.fact.code"), application.credit_code),
            (self._say("report.fact.recommender"), application.recommender),
            (self._say("report.fact.pack"), self._pack_name),
            (self._say("report.fact.expert"), expert),
            (self._say("report.fact.revision"), str(revision)),
        )

    def declaration(self) -> tuple[str, ...]:
        """回避声明 in lines."""
        declared = self._sheet.declaration
        lines = [self._say(_DECLARATION[declared.status])]
        lines += [f"{code} {self._say(f'conflict.{code}')}" for code in declared.codes]
        if declared.words:
            lines.append(declared.words)
        if declared.at:
            lines.append(self._say("report.declaration.at", at=declared.at))
        return tuple(lines)

    def _part_name(self, part: str) -> str:
        return self._say(PART_TEXTS[part]) if part in PART_TEXTS else self._say(f"part.{part}")

    def _evidence(self, item: FormItem) -> tuple[EvidenceLine, ...]:
        """The places an item rests on, numbered through the sheet in the order of the form."""
        title = f"{item.number} {item.title.get(self._language)}".strip()
        part = self._part_name(item.part)
        item_name = self._say("report.annex.item_value", title=title, part=part)
        lines = []
        for link in self._sheet.evidence:
            if link.item != item.id:
                continue
            self._numbered += 1
            known = self._documents.get(link.document)
            page = self._say("report.annex.page", page=link.page) if link.page else self._say("report.annex.whole")
            lines.append(
                EvidenceLine(
                    number=self._numbered,
                    place=self._place(link.document, link.page),
                    item=item_name,
                    title=self._titles.get(link.document, link.document),
                    file_name=known.name if known is not None else "",
                    page=page,
                    where=place_in_words(link.rect, self._language),
                    quote=" ".join(link.quote.split()),
                    sha256=(link.sha256 or (known.sha256 if known is not None else ""))[:DIGITS],
                )
            )
        return tuple(lines)

    def _number(self, value: Decimal | None) -> str:
        return NOTHING if value is None else plain(value)

    def _place(self, document: str, page: int) -> str:
        title = self._titles.get(document, document)
        return self._say("report.place", title=title, page=page) if page else title

    def _challenged(self, challenge: Challenge) -> str:
        if not challenge.document:
            return ""
        where = place_in_words(challenge.rect, self._language)
        place = self._place(challenge.document, challenge.page)
        return self._say("report.place.where", place=place, where=where) if where else place


class _Maker(SheetMaker):
    """The sheet of a selection."""

    def __init__(self, subject: Subject, sheet: Sheet, language: str) -> None:
        super().__init__(subject, sheet, language)
        self._pack = subject.pack
        self._groups = {group.id: f"{group.id} {group.title.get(language)}" for group in self._pack.groups}
        values = computed_values(self._pack, self._application, subject.k)
        self._totals = sheet_totals(self._pack, self._application, sheet, subject.k, values)

    @property
    def _pack_name(self) -> str:
        return f"{self._pack.title.get(self._language)} {self._pack.version}"

    def totals(self) -> tuple[tuple[str, str], ...]:
        parts = [(self._say(PART_TEXTS[part]), self._score(self._totals.parts[part])) for part in PARTS]
        return (*parts, (self._say("report.fact.total"), self._score(self._totals.total)))

    def parts(self) -> Iterator[PartBlock]:
        for part in PARTS:
            items = tuple(self._item(item) for item in self._pack.items if item.part == part)
            yield PartBlock(self._say(PART_TEXTS[part]), self._score(self._totals.parts[part]), items)

    def _item(self, item: ItemDef) -> ItemLine:
        entry = self._sheet.items.get(item.id, ItemEntry(item.id))
        scored = entry.state == "scored"
        score = item_score(self._pack, item, entry, self._application, self._subject.k) if scored else None
        return ItemLine(
            id=item.id,
            title=item.indicator.title.get(self._language),
            weight=plain(item.weight),
            score=self._score(score),
            state="" if scored else self._say(f"state.{entry.state}"),
            declared=tuple(self._declared(item)),
            explanation=self._explanation(item) if scored else "",
            confirmation=self._say(_CONFIRM[entry.confirm]) if entry.confirm else "",
            level=self._level(entry) if scored else "",
            entered=plain(entry.value) if entry.value is not None else "",
            reason=entry.reason,
            evidence=self._evidence(item),
            group=self._groups.get(item.indicator.group, ""),
        )

    def _explanation(self, item: ItemDef) -> str:
        if item.computed:
            return self._phrase(
                compute_basis(self._pack, item.indicator, self._application, self._subject.k).explanation
            )
        if item.mixed:
            found = compute_target(self._pack, item.indicator, self._application, self._subject.k)
            return self._phrase(found.explanation)
        return ""

    def _phrase(self, phrase: Phrase) -> str:
        return phrase_text(phrase, self._language)

    def _level(self, entry: ItemEntry) -> str:
        if entry.level is None:
            return ""
        band = self._pack.band_of(entry.level)
        return self._say("report.sheet.band", level=entry.level, low=plain(band.low), high=plain(band.high))

    def _declared(self, item: ItemDef) -> Iterator[str]:
        if item.part == "basis":
            for definition in item.indicator.data:
                datum = self._application.data.get(definition.code)
                if datum is not None:
                    label = definition.label.get(self._language)
                    yield self._say(
                        "report.declared", label=label, value=self._datum(datum), source=self._source(datum)
                    )
            return
        for target in self._application.targets:
            if target.indicator == item.indicator.id:
                yield self._say(
                    "report.target",
                    base=self._number(target.base),
                    base_year=target.base_year,
                    target=self._number(target.target),
                    target_year=target.target_year,
                    unit=self._say(f"unit.{target.unit}"),
                )

    def _source(self, datum: Datum) -> str:
        places = [self._place(reference.document, reference.page) for reference in datum.evidence]
        return self._say("list.separator").join([self._say(f"source.{datum.source}"), *places])

    def _datum(self, datum: Datum) -> str:
        """The declared value; a verified one, which counts instead, stands beside it."""
        if datum.flag is not None:
            return self._say("report.yes" if datum.flag else "report.no")
        if datum.objects:
            return self._say("report.objects", count=len(datum.objects))
        shown = self._values(datum.values, datum.unit)
        if datum.verified:
            shown = self._say("report.verified", declared=shown, verified=self._values(datum.verified, datum.unit))
        return shown

    def _values(self, values: Mapping[str, Decimal], unit: str) -> str:
        parts = [
            self._say("report.year", year=year, value=plain(value)) if year else plain(value)
            for year, value in sorted(values.items())
        ]
        return f"{self._say('list.separator').join(parts)} {self._say(f'unit.{unit}')}"

    def challenge(self, challenge: Challenge) -> ChallengeLine:
        """A disputed datum with what was declared and what is proposed."""
        indicator = self._pack.indicator_by_id.get(challenge.indicator)
        datum = self._application.data.get(challenge.datum)
        labels = {item.code: item.label.get(self._language) for item in indicator.data} if indicator else {}
        declared = datum.values.get(challenge.key) if datum is not None else None
        unit = self._say(f"unit.{datum.unit}") if datum is not None else ""
        return ChallengeLine(
            datum=f"{challenge.indicator} {labels.get(challenge.datum, challenge.datum)} {challenge.key}".strip(),
            declared=f"{self._number(declared)} {unit}".strip(),
            proposed=f"{self._number(challenge.proposed)} {unit}".strip(),
            place=self._challenged(challenge),
            reason=challenge.reason,
        )
