"""Documents of the sample round's applicants: believable, made from the application's own data, each marked 示例.

The sentences stand in `resources/samples/documents.json`; the same subject always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from ndb_desktop import texts
from ndb_desktop.domain.model import Application, Datum
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import DataItem, RulePack
from ndb_desktop.paths import resource
from ndb_desktop.reports.page import MadeReport
from ndb_desktop.reports.sample_pen import Pen
from ndb_desktop.reports.text import Words

_LANGUAGE = "zh_CN"  # applicants write in Chinese
_PARAGRAPHS_PER_PAGE = 8.5


@dataclass(frozen=True, slots=True)
class SampleSubject:
    """Whose documents: the application with its data, its pack, and names in Chinese; `seed` varies the wording."""

    application: Application
    pack: RulePack
    field_name: str
    region_name: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """A made document; `places` maps a data item's code to the page on which it stands."""

    report: MadeReport
    places: Mapping[str, int] = field(default_factory=dict)


@cache
def sample_words() -> Mapping[str, Any]:
    """The word lists of the sample documents."""
    loaded: Mapping[str, Any] = json.loads(resource("samples", "documents.json").read_text(encoding="utf-8"))
    return loaded


def sample_title(kind: str) -> str:
    """The title of a kind of document: `form`, `statistics`, `plan`, `certificates`, `names`, `scan`, `photo`."""
    return str(sample_words()["titles"][kind])


def application_form(subject: SampleSubject) -> SampleDocument:
    """申报书: who applies, in a table, a summary, every declared figure, statements."""
    label, application = _labels(), subject.application
    pen = _pen(subject, "form")
    pen.title(sample_title("form"), application.applicant)
    facts = [
        (label["applicant"], application.applicant),
        (label["code"], application.credit_code),
        (label["category"], label[application.category]),
        (label["field"], subject.field_name),
        (label["region"], subject.region_name),
        (label["recommender"], application.recommender),
        (label["year"], str(application.year)),
    ]
    pen.table((label["item"], label["value"]), facts, (1, 3))
    pen.heading(label["summary"])
    pen.paragraph(application.summary or application.applicant)
    chance = _chance(subject, "form")
    for section in sample_words()["chapters"][0]["sections"][:2]:
        pen.paragraph(_sentences(section["sentences"], 4, chance, subject))
    pen.heading(label["declared"])
    rows, codes = _data_rows(subject)
    pages = pen.table(_data_head(application), rows, (4.4, 1.3, 1.5, 1.5, 1.5, 1.2), frozenset({2, 3, 4}))
    for line in sample_words()["form_statement"]:
        pen.paragraph(line)
    return SampleDocument(pen.finish(), dict(zip(codes, pages, strict=True)))


def statistics_tables(subject: SampleSubject) -> SampleDocument:
    """近三年统计数据表: a table per indicator, with a chart where there are three years."""
    label, application = _labels(), subject.application
    pen = _pen(subject, "statistics")
    pen.title(sample_title("statistics"), application.applicant)
    for line in sample_words()["statistics_intro"]:
        pen.paragraph(_filled(line, _chance(subject, line), subject))
    places: dict[str, int] = {}
    for indicator in subject.pack.indicators:
        items = [item for item in indicator.data if item.code in application.data]
        figures = [item for item in items if application.data[item.code].values]
        if not figures:
            continue
        pen.heading(f"{indicator.id}　{indicator.title.zh_CN}", 2)
        rows = [_data_row(item, application.data[item.code], application.year) for item in figures]
        pages = pen.table(_data_head(application), rows, (4.4, 1.3, 1.5, 1.5, 1.5, 1.2), frozenset({2, 3, 4}))
        places.update(zip((item.code for item in figures), pages, strict=True))
        yearly = next((item for item in figures if item.years), None)
        if yearly is not None:
            values = application.data[yearly.code].values
            caption = f"{label['figure']} {indicator.id}　{yearly.label.zh_CN}（{_unit(yearly.unit)}）"
            pen.bars(sorted(values), [float(values[year]) for year in sorted(values)], caption)
    return SampleDocument(pen.finish(), places)


def work_plan(subject: SampleSubject, pages: int) -> SampleDocument:
    """创建工作方案 of about `pages` pages (at least the tables of targets and tasks plus one paragraph per section)."""
    label, application = _labels(), subject.application
    chapters = sample_words()["chapters"]
    chance = _chance(subject, "plan")
    pen = _pen(subject, "plan")
    pen.title(sample_title("plan"), application.applicant)
    pen.heading(label["contents"], 2)
    for number, chapter in enumerate(chapters, 1):
        pen.paragraph(f"{number}．{chapter['title']}", indent=False)
    pen.new_page()
    sections = sum(len(chapter["sections"]) for chapter in chapters)
    wanted = max(1, round((pages - 8) * _PARAGRAPHS_PER_PAGE / sections))
    places: dict[str, int] = {}
    for number, chapter in enumerate(chapters, 1):
        pen.heading(f"{number}．{chapter['title']}")
        for part, section in enumerate(chapter["sections"], 1):
            pen.heading(f"{number}.{part}　{section['title']}", 2)
            for _ in range(wanted):
                pen.paragraph(_sentences(section["sentences"], 4, chance, subject))
        if number == 2:
            places.update(_targets(pen, subject))
            _indicators(pen, subject)
        if number == len(chapters):
            places.update(_tasks(pen, subject))
    return SampleDocument(pen.finish(), places)


def certificates(subject: SampleSubject) -> SampleDocument:
    """资质与成果清单: the objects of every points list with document number and date."""
    label, application = _labels(), subject.application
    pen = _pen(subject, "certificates")
    pen.title(sample_title("certificates"), application.applicant)
    for line in sample_words()["certificate_notes"]:
        pen.paragraph(line)
    places: dict[str, int] = {}
    for indicator in subject.pack.indicators:
        for item in indicator.data:
            datum = application.data.get(item.code)
            if datum is None or not datum.objects:
                continue
            pen.heading(f"{indicator.id}　{item.label.zh_CN}", 2)
            rows = [(entry.name, entry.number, entry.date) for entry in datum.objects]
            pages = pen.table((label["name"], label["number"], label["date"]), rows, (5, 3, 1.6))
            places[item.code] = pages[0]
    return SampleDocument(pen.finish(), places)


def rare_names(subject: SampleSubject) -> SampleDocument:
    """管理团队名单 with rare characters (R20): what the font lacks is shown as □ and named at the end."""
    label, people = _labels(), sample_words()["people"]
    chance = _chance(subject, "names")
    words = Words(_LANGUAGE)
    pen = _pen(subject, "names", words)
    pen.title(sample_title("names"), subject.application.applicant)
    rows = [
        (name, duty, work)
        for name, duty, work in zip(
            chance.sample(people["names"], len(people["names"])),
            people["duties"] * 2,
            people["works"] * 2,
            strict=True,
        )
    ]
    pen.table((label["person"], label["duty"], label["work"]), rows, (1, 1.4, 3))
    if words.missing:
        pen.paragraph(label["missing"].replace("{codes}", ", ".join(words.missing)), size=9, indent=False)
    return SampleDocument(pen.finish())


def scan_lines(subject: SampleSubject) -> tuple[str, ...]:
    """The lines of the commitment letter that is scanned."""
    chance = _chance(subject, "scan")
    return tuple(_filled(line, chance, subject) for line in sample_words()["scan"])


def photo_caption(subject: SampleSubject) -> str:
    """What is written under the photo."""
    return _filled(str(sample_words()["photo_caption"]), _chance(subject, "photo"), subject)


def _labels() -> Mapping[str, str]:
    labels: Mapping[str, str] = sample_words()["labels"]
    return labels


def _pen(subject: SampleSubject, kind: str, words: Words | None = None) -> Pen:
    lists = sample_words()
    return Pen(
        f"{subject.application.applicant}　{sample_title(kind)}",
        words or Words(_LANGUAGE),
        watermark=str(lists["watermark"]),
        footer=str(lists["disclaimer"]),
        page_label=str(lists["page"]),
    )


def _chance(subject: SampleSubject, purpose: str) -> Random:
    return Random(f"{subject.seed}/{subject.application.id}/{purpose}")  # noqa: S311  (sample wording, no secret)


def _unit(unit: str) -> str:
    return texts.text(f"unit.{unit}", _LANGUAGE)


def _years(application: Application) -> tuple[str, str, str]:
    return str(application.year - 2), str(application.year - 1), str(application.year)


def _data_head(application: Application) -> tuple[str, ...]:
    label = _labels()
    return label["item"], label["unit"], *_years(application), label["source"]


def _data_rows(subject: SampleSubject) -> tuple[list[tuple[str, ...]], list[str]]:
    application = subject.application
    rows: list[tuple[str, ...]] = []
    codes: list[str] = []
    for indicator in subject.pack.indicators:
        for item in indicator.data:
            datum = application.data.get(item.code)
            if datum is not None and item.code not in codes:
                rows.append(_data_row(item, datum, application.year))
                codes.append(item.code)
    return rows, codes


def _data_row(item: DataItem, datum: Datum, year: int) -> tuple[str, ...]:
    """Label, unit, three years (a single figure stands in the last), source."""
    label = _labels()
    nobody = label["nobody"]
    if datum.flag is not None:
        cells = (nobody, nobody, label["yes"] if datum.flag else label["no"])
    elif datum.objects:
        cells = (nobody, nobody, str(len(datum.objects)))
    elif "" in datum.values:
        cells = (nobody, nobody, plain(datum.values[""]))
    else:
        years = (str(year - 2), str(year - 1), str(year))
        cells = tuple(plain(datum.values[name]) if name in datum.values else nobody for name in years)  # type: ignore[assignment]
    source = texts.text(f"source.{datum.source}", _LANGUAGE)
    return item.label.zh_CN, _unit(datum.unit), *cells, source


def _targets(pen: Pen, subject: SampleSubject) -> dict[str, int]:
    label, application = _labels(), subject.application
    if not application.targets:
        return {}
    titles = {indicator.id: indicator.title.zh_CN for indicator in subject.pack.indicators}
    pen.heading(label["targets"], 2)
    rows = [
        (
            f"{target.indicator}　{titles.get(target.indicator, target.measure)}",
            _unit(target.unit),
            f"{plain(target.base)}（{target.base_year}）" if target.base is not None else label["nobody"],
            f"{plain(target.target)}（{target.target_year}）" if target.target is not None else label["nobody"],
        )
        for target in application.targets
    ]
    pages = pen.table((label["indicator"], label["unit"], label["base"], label["target"]), rows, (4, 1.3, 2, 2))
    for target in application.targets:
        if target.statement:
            pen.paragraph(f"{target.indicator}：{target.statement}")
    return {f"target/{target.indicator}": page for target, page in zip(application.targets, pages, strict=True)}


def _indicators(pen: Pen, subject: SampleSubject) -> None:
    """What the plan says about each indicator: what is asked, its target, its tasks."""
    lists, application = sample_words(), subject.application
    sentences = lists["indicator_sentences"]
    pen.heading(str(lists["indicator_heading"]), 2)
    targets = {target.indicator: target for target in application.targets}
    for indicator in subject.pack.indicators:
        said = [sentences["asks"].format(id=indicator.id, title=indicator.title.zh_CN, asks=indicator.asks.zh_CN)]
        target = targets.get(indicator.id)
        if target is None:
            said.append(sentences["none"])
        elif target.base is not None and target.target is not None:
            said.append(
                sentences["target"].format(
                    base=plain(target.base), base_year=target.base_year, target=plain(target.target),
                    target_year=target.target_year, unit=_unit(target.unit),
                )
            )  # fmt: skip
        tasks = [task.title for task in application.tasks if task.indicator == indicator.id]
        if tasks:
            said.append(sentences["tasks"].format(tasks=texts.text("list.separator", _LANGUAGE).join(tasks)))
        pen.paragraph("".join(said))


def _tasks(pen: Pen, subject: SampleSubject) -> dict[str, int]:
    label, application = _labels(), subject.application
    if not application.tasks:
        return {}
    pen.heading(label["tasks"], 2)
    keys = ("task", "indicator", "owner", "milestone", "deliverable", "check", "weight")
    rows = [
        (task.title, task.indicator, task.owner, task.milestone, task.deliverable, task.check, plain(task.weight))
        for task in application.tasks
    ]
    pages = pen.table([label[key] for key in keys], rows, (3, 1, 1.6, 1.5, 1.8, 1.8, 0.8))
    return {f"task/{task.id}": page for task, page in zip(application.tasks, pages, strict=True)}


def _sentences(pool: Sequence[str], count: int, chance: Random, subject: SampleSubject) -> str:
    chosen = chance.sample(list(pool), min(count, len(pool)))
    return "".join(_filled(sentence, chance, subject) for sentence in chosen)


def _filled(template: str, chance: Random, subject: SampleSubject) -> str:
    """A sentence with its slots filled from the subject and the word lists."""
    slots = sample_words()["slots"]["default"]
    tech, tech2 = chance.sample(slots["tech"], 2)
    link, link2, link3 = chance.sample(slots["link"], 3)
    scene, scene2 = chance.sample(slots["scene"], 2)
    percent = chance.randint(22, 68)
    return template.format(
        applicant=subject.application.applicant, short=subject.application.applicant, field=subject.field_name,
        region=subject.region_name, year=subject.application.year, tech=tech, tech2=tech2, link=link, link2=link2,
        link3=link3, scene=scene, scene2=scene2, platform=chance.choice(slots["platform"]), n=chance.randint(12, 96),
        n2=chance.randint(2, 9), m=chance.randint(8, 240) * 100, p=percent, p2=percent + chance.randint(4, 15),
        q=f"{chance.randint(21, 96) / 10:g}", q2=percent - chance.randint(6, 18),
    )  # fmt: skip
