"""What a line of 有何变化 says, in words; for the window and the command line alike."""

from __future__ import annotations

from fractions import Fraction

from ndb_desktop.domain.news import News
from ndb_desktop.domain.numbers import show
from ndb_desktop.domain.stageform import stage_item_id
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.texts import text

_PLAIN = {
    "application_new": "news.application_new",
    "application_back": "news.application_back",
    "application_gone": "news.application_gone",
    "document_new": "news.document_new",
    "document_changed": "news.document_changed",
    "document_gone": "news.document_gone",
    "datum": "news.datum",
    "verified": "news.verified",
    "evidence": "news.evidence",
    "origin": "news.origin",
    "target": "news.target",
    "actual": "news.actual",
    "actual_proof": "news.actual_proof",
    "task": "news.task",
    "cover": "news.cover",
    "score": "news.score",
    "confirm": "news.confirm",
    "look": "news.look",
    "link": "news.link",
    "challenge": "news.challenge",
    "export_again": "news.export_again",
    "not_carried": "news.not_carried",
}
_TARGET = stage_item_id("target", "")
_COVER = {
    "applicant": "news.cover.applicant",
    "credit_code": "news.cover.credit_code",
    "region": "news.cover.region",
    "recommender": "news.cover.recommender",
    "field": "news.cover.field",
    "year": "news.cover.year",
    "special_region": "news.cover.special_region",
    "affiliates": "news.cover.affiliates",
    "summary": "news.cover.summary",
}


def news_words(news: News, item: ReviewItem | None, language: str) -> str:
    """One sentence. `item` is the application it is about, None when it is not in the bundle any more."""
    old, new = _value(news, item, news.old, language), _value(news, item, news.new, language)
    words = {
        "application": news.application,
        "subject": _subject(news, item, language),
        "part": news.part,
        "item": _item(news, item, language),
        "old": old,
        "new": new,
    }
    if news.kind in ("look", "confirm") and news.subject:
        return text("news.because", language, line=_line(news, words, language), causes=_causes(news, item, language))
    return _line(news, words, language)


def _line(news: News, words: dict[str, str], language: str) -> str:
    if news.kind == "object":
        return text("news.object.gone" if news.old else "news.object.new", language, **words)
    if news.kind == "confirm" and news.item.startswith(_TARGET):
        return text("news.confirm.actual", language, **words)
    if news.kind == "confirm" and news.old == news.new:
        return text("news.confirm.same", language, **words)
    if news.kind in ("datum", "verified") and not news.part:
        return text("news.datum.single", language, **words)
    return text(_PLAIN[news.kind], language, **words)


def _causes(news: News, item: ReviewItem | None, language: str) -> str:
    """What changed under an item, by name; the causes are those of `domain.news`."""
    found = []
    for line in news.subject.split("\n"):
        kind, _, name = line.partition(":")
        if kind == "datum":
            found.append(text("news.cause.datum", language, name=_datum_name(name, item, language)))
        elif kind == "document":
            documents = item.application.documents if item is not None else ()
            title = next((paper.title or paper.name for paper in documents if paper.id == name), name)
            found.append(text("news.cause.document", language, name=title))
        elif kind == "gone":
            found.append(text("news.cause.gone", language, name=name))
        elif kind == "target":
            found.append(text("news.cause.target", language))
        elif kind == "proof":
            found.append(text("news.cause.proof", language))
        else:
            tasks = item.application.tasks if item is not None else ()
            title = next((task.title for task in tasks if task.id == name), name)
            found.append(text("news.cause.task", language, name=title))
    return text("news.cause.separator", language).join(found)


def _datum_name(code: str, item: ReviewItem | None, language: str) -> str:
    data = (datum for indicator in item.pack.indicators for datum in indicator.data) if item is not None else ()
    return next((datum.label.get(language) for datum in data if datum.code == code), code)


def _actual(value: str, language: str) -> str:
    """Number and unit of an actual value, 缺报 for none."""
    number, _, unit = value.partition(" ")
    if not number:
        return text("stagesheet.missing", language)
    return number if unit == "none" else f"{number} {text(f'unit.{unit}', language)}"


def _value(news: News, item: ReviewItem | None, value: str, language: str) -> str:
    if news.kind == "actual" or (news.kind == "confirm" and news.item.startswith(_TARGET)):
        return _actual(value, language)
    if not value:
        return text("news.none", language)
    if news.kind in ("score", "confirm"):
        return show(Fraction(value))
    datum = item.application.data.get(news.subject) if item is not None else None
    if news.kind in ("datum", "verified") and datum is not None and datum.flag is None and datum.unit != "none":
        return f"{value} {text(f'unit.{datum.unit}', language)}"
    if value in ("True", "False"):
        return text("news.yes" if value == "True" else "news.no", language)
    return value


def _subject(news: News, item: ReviewItem | None, language: str) -> str:
    """The name of what has changed."""
    if news.kind == "cover":
        return text(_COVER[news.subject], language)
    if item is None:
        return news.subject
    if news.kind in ("actual", "actual_proof"):
        known = item.form.item_by_id.get(news.item)
        return f"{known.number} {known.title.get(language)}" if known is not None else news.subject
    if news.kind == "target":
        indicator = item.pack.indicator_by_id.get(news.subject)
        return f"{news.subject} {indicator.title.get(language)}" if indicator else news.subject
    if news.kind in ("datum", "verified", "object", "evidence", "origin"):
        return _datum_name(news.subject, item, language)
    return news.subject


def _item(news: News, item: ReviewItem | None, language: str) -> str:
    if not news.item or item is None or news.item not in item.form.item_by_id:
        return news.item
    definition = item.form.item_by_id[news.item]
    part = text(f"part.{definition.part}", language)
    return f"{definition.number} {definition.title.get(language)} · {part}".strip()
