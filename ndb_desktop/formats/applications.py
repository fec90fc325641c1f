"""申报材料 as JSON: one application, strict in what it takes, canonical in what it writes.

The same structure travels in the hand-over (`applications.jsonl`), in bundles and in the registry; its JSON Schema is
`docs/applications.schema.json`. Amounts are strings; unknown members are refused; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from ndb_desktop.domain.model import (
    Actual,
    Application,
    Datum,
    Document,
    EvidenceRef,
    ListedObject,
    Origin,
    Target,
    Task,
)
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.applicationrecord import (
    MAX_SIZE,
    ActualRecord,
    ApplicationRecord,
    DatumRecord,
    DeclaredRecord,
    DocumentRecord,
    ObjectRecord,
    TargetRecord,
    TaskRecord,
)
from ndb_desktop.formats.records import Findings, decode
from ndb_desktop.formats.strictjson import ready


def application_to_json(app: Application) -> bytes:
    """The canonical bytes of an application (sorted names, compact, UTF-8)."""
    # Only an application of a later stage says what was reached; all others keep the bytes they always had.
    reached = {"actuals": actuals_json(app.actuals)} if app.actuals else {}
    return canonical(
        {
            **reached,
            "id": app.id,
            "category": app.category,
            "field": app.field,
            "applicant": app.applicant,
            "credit_code": app.credit_code,
            "region": app.region,
            "recommender": app.recommender,
            "year": app.year,
            "special_region": app.special_region,
            "affiliates": list(app.affiliates),
            "summary": app.summary,
            "data": {code: _datum_json(datum) for code, datum in app.data.items()},
            "targets": [_target_json(target) for target in app.targets],
            "tasks": [{**_plain_fields(task), "weight": plain(task.weight)} for task in app.tasks],
            "documents": [_document_json(document) for document in app.documents],
        }
    )


def _plain_fields(value: Task | Document | EvidenceRef | Origin) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _document_json(document: Document) -> dict[str, object]:
    fields = _plain_fields(document)
    # Only a converted document says so; all others keep the bytes, and with them the digest, they always had.
    del fields["origin"]
    return fields if document.origin is None else {**fields, "origin": _plain_fields(document.origin)}


def _datum_json(datum: Datum) -> dict[str, object]:
    result: dict[str, object] = {
        "unit": datum.unit,
        "source": datum.source,
        "evidence": [_plain_fields(ref) for ref in datum.evidence],
    }
    if datum.verified:
        result["verified"] = {key: plain(value) for key, value in datum.verified.items()}
    if datum.flag is not None:
        result["flag"] = datum.flag
    elif datum.values:
        result["values"] = {key: plain(value) for key, value in datum.values.items()}
    else:
        result["objects"] = [
            {"class": o.cls, "name": o.name, "number": o.number, "date": o.date, "valid": o.valid}
            for o in datum.objects
        ]
    return result


def _target_json(target: Target) -> dict[str, object]:
    return {
        "indicator": target.indicator,
        "measure": target.measure,
        "unit": target.unit,
        "base": None if target.base is None else plain(target.base),
        "base_year": target.base_year,
        "target": None if target.target is None else plain(target.target),
        "target_year": target.target_year,
        "statement": target.statement,
    }


def actuals_json(actuals: Sequence[Actual]) -> list[dict[str, object]]:
    """Actual values as they are written; a verified value only where there is one."""
    return [
        {
            "indicator": one.indicator,
            "measure": one.measure,
            "unit": one.unit,
            "year": one.year,
            "value": None if one.value is None else plain(one.value),
            **({} if one.verified is None else {"verified": plain(one.verified)}),
            "statement": one.statement,
            "evidence": [_plain_fields(ref) for ref in one.evidence],
        }
        for one in actuals
    ]


def application_from_json(raw: bytes, place: str = "") -> Application:
    """An application from its JSON.

    Raises:
        NdbError: `E-RECORD-…` for a wrong structure.
        FaultsError: everything wrong inside (`E-APP-…`, `E-NUMBER`), each at its path below `place`.
    """
    record = decode(raw, ApplicationRecord, max_size=MAX_SIZE, place=place)
    found = Findings(place)
    application = _application(record, found)
    _check_texts(record, found)
    _check_references(application, found)
    found.done()
    return application


def application_from_own(raw: bytes) -> Application:
    """An application from what `application_to_json` wrote into our own encrypted registry; not for others' files."""
    record = msgspec.json.decode(raw, type=ready(ApplicationRecord))
    found = Findings("")
    application = _application(record, found)
    found.done()
    return application


class _Cover(ApplicationRecord, frozen=True):
    """Data, targets and tasks passed over, not read."""

    data: msgspec.Raw  # type: ignore[assignment]
    targets: msgspec.Raw  # type: ignore[assignment]
    tasks: msgspec.Raw  # type: ignore[assignment]
    actuals: msgspec.Raw = msgspec.Raw(b"[]")  # type: ignore[assignment]


def cover_from_own(raw: bytes) -> Application:
    """As `application_from_own` without data, targets and tasks: who and which documents, in a fraction of the time."""
    record = msgspec.json.decode(raw, type=ready(_Cover))
    return _application(msgspec.structs.replace(record, data={}, targets=[], tasks=[], actuals=[]), Findings(""))


def _application(record: ApplicationRecord, found: Findings) -> Application:
    return Application(
        id=record.id,
        category=record.category,
        field=record.field,
        applicant=record.applicant,
        credit_code=record.credit_code,
        region=record.region,
        recommender=record.recommender,
        year=record.year,
        special_region=record.special_region,
        affiliates=tuple(record.affiliates),
        summary=record.summary,
        data={code: _datum(code, datum, record.year, found) for code, datum in record.data.items()},
        targets=tuple(_target(n, target, found) for n, target in enumerate(record.targets)),
        tasks=tuple(_task(n, task, found) for n, task in enumerate(record.tasks)),
        documents=tuple(read_document(document) for document in record.documents),
        actuals=tuple(read_actual(f"actuals[{n}]", actual, found) for n, actual in enumerate(record.actuals)),
    )


def read_document(record: DocumentRecord) -> Document:
    """A document from its record."""
    before = record.origin
    origin = None if before is None else Origin(before.mime, before.size, before.sha256)
    return Document(record.id, record.name, record.title, record.mime, record.size, record.sha256, record.pages, origin)


def _datum(code: str, record: DatumRecord, year: int, found: Findings) -> Datum:
    path = f"data.{code}"
    given = [value is not None for value in (record.values, record.objects, record.flag)]
    if sum(given) != 1 or record.values == {}:
        found.add("E-APP-DATUM", path)
    if record.verified and record.values is None:
        found.add("E-APP-VERIFIED", path)
    return Datum(
        code=code,
        unit=record.unit,
        source=record.source,
        values=_numbers(record.values or {}, f"{path}.values", year, found),
        objects=tuple(_object(o, f"{path}.objects[{n}]", found) for n, o in enumerate(record.objects or [])),
        flag=record.flag,
        evidence=tuple(EvidenceRef(ref.document, ref.page) for ref in record.evidence),
        verified=_numbers(record.verified, f"{path}.verified", year, found),
    )


def _numbers(values: Mapping[str, str], path: str, year: int, found: Findings) -> dict[str, Decimal]:
    if "" in values and len(values) > 1:
        found.add("E-APP-YEARS", path)
    for key in values:
        if key and not (_YEAR.fullmatch(key) and year - 9 <= int(key) <= year):
            found.add("E-APP-YEAR", path, year=key, last=year)
    return {key: found.number(text, f"{path}[{key}]") for key, text in values.items()}


_YEAR = re.compile(r"\d{4}", re.ASCII)


def _object(record: ObjectRecord, path: str, found: Findings) -> ListedObject:
    if record.date and not is_iso_date(record.date):
        found.add("E-APP-DATE", path, value=record.date)
    return ListedObject(record.cls, record.name, record.number, record.date, record.valid)


_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def is_iso_date(text: str) -> bool:
    """Whether `text` is a day of the calendar, written YYYY-MM-DD."""
    try:
        return bool(_ISO_DATE.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _target(n: int, record: TargetRecord, found: Findings) -> Target:
    path = f"targets[{n}]"
    return Target(
        indicator=record.indicator,
        measure=record.measure,
        unit=record.unit,
        base=None if record.base is None else found.number(record.base, f"{path}.base"),
        base_year=record.base_year,
        target=None if record.target is None else found.number(record.target, f"{path}.target"),
        target_year=record.target_year,
        statement=record.statement,
    )


def read_actual(path: str, record: DeclaredRecord, found: Findings) -> Actual:
    """An actual value from its record; a number that is none is noted."""
    verified = record.verified if isinstance(record, ActualRecord) else None
    return Actual(
        indicator=record.indicator,
        measure=record.measure,
        unit=record.unit,
        value=None if record.value is None else found.number(record.value, f"{path}.value"),
        year=record.year,
        evidence=tuple(EvidenceRef(ref.document, ref.page) for ref in record.evidence),
        statement=record.statement,
        verified=None if verified is None else found.number(verified, f"{path}.verified"),
    )


def _task(n: int, record: TaskRecord, found: Findings) -> Task:
    weight = found.number(record.weight, f"tasks[{n}].weight")
    if not 0 <= weight <= 100:
        found.add("E-APP-WEIGHT", f"tasks[{n}].weight", value=record.weight)
    return Task(
        record.id,
        record.indicator,
        record.title,
        record.owner,
        record.milestone,
        record.deliverable,
        record.check,
        weight,
    )


def _check_texts(record: ApplicationRecord, found: Findings) -> None:
    for name in ("applicant", "credit_code", "recommender", "summary"):
        found.plain_text(getattr(record, name), name)
    for n, affiliate in enumerate(record.affiliates):
        found.plain_text(affiliate, f"affiliates[{n}]")
    for n, document in enumerate(record.documents):
        path = f"documents[{n}]"
        found.plain_text(document.title, f"{path}.title")
        found.plain_text(document.name, f"{path}.name")
        if document.name in (".", "..") or any(character in document.name for character in '/\\:*?"<>|\0'):
            found.add("E-APP-NAME", f"{path}.name", name=document.name)
    for n, target in enumerate(record.targets):
        found.plain_text(target.statement, f"targets[{n}].statement")
    for n, actual in enumerate(record.actuals):
        found.plain_text(actual.statement, f"actuals[{n}].statement")
    for n, task in enumerate(record.tasks):
        for name in ("title", "owner", "milestone", "deliverable", "check"):
            found.plain_text(getattr(task, name), f"tasks[{n}].{name}")
    for code, datum in record.data.items():
        for n, entry in enumerate(datum.objects or []):
            found.plain_text(entry.name, f"data.{code}.objects[{n}].name")
            found.plain_text(entry.number, f"data.{code}.objects[{n}].number")


def _check_references(app: Application, found: Findings) -> None:
    known = _unique([d.id for d in app.documents], "documents", found)
    _unique([d.name.casefold() for d in app.documents], "documents", found)
    _unique([task.id for task in app.tasks], "tasks", found)
    _unique([f"{t.indicator}/{t.measure}" for t in app.targets], "targets", found)
    _unique([actual.id for actual in app.actuals], "actuals", found)
    proofs = [(f"data.{code}", datum.evidence) for code, datum in app.data.items()]
    proofs += [(f"actuals[{n}]", actual.evidence) for n, actual in enumerate(app.actuals)]
    for path, evidence in proofs:
        for n, ref in enumerate(evidence):
            if ref.document not in known:
                found.add("E-APP-EVIDENCE", f"{path}.evidence[{n}]", document=ref.document)


def _unique(names: list[str], path: str, found: Findings) -> set[str]:
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name in seen:
            found.add("E-APP-TWICE", f"{path}[{n}]", name=name)
        seen.add(name)
    return seen
