"""From an opened score file to the rows of the registry; used by the merge and, for the proof, by the rebuild."""

from __future__ import annotations

import json

import msgspec

from ndb_desktop.formats.scorefile import OpenedScore, OpenedSheet
from ndb_desktop.formats.sheetrecord import ChallengeRecord, value_of
from ndb_desktop.storage.registry_rows import SheetRow


def sheet_rows(opened: OpenedScore) -> list[SheetRow]:
    """All sheets of a file."""
    expert = opened.payload.expert.id
    return [_row(expert, sheet) for sheet in opened.sheets]


def agreement_rows(opened: OpenedScore) -> list[tuple[str, str, str]]:
    """The statements the expert agreed to: id, digest of the text, moment."""
    return [(statement.id, statement.sha256, statement.agreed_at) for statement in opened.payload.statements]


def _row(expert: str, sheet: OpenedSheet) -> SheetRow:
    record = sheet.record
    declaration = record.declaration
    return SheetRow(
        application=record.application,
        expert=expert,
        revision=record.revision,
        digest=sheet.digest,
        supersedes=record.supersedes,
        pack=record.pack,
        status=record.status,
        declared=declaration.status,
        codes=declaration.codes,
        words=declaration.words,
        declared_at=declaration.at,
        opinion=record.opinion,
        unable=record.unable,
        items=tuple(map(msgspec.structs.astuple, record.items)),
        challenges=tuple(_challenge(challenge) for challenge in record.challenges),
        evidence=tuple(
            (e.id, e.item, e.document, e.page, _rect(e.rect), e.quote, value_of(e.sha256, "")) for e in record.evidence
        ),
    )


def _challenge(
    record: ChallengeRecord,
) -> tuple[str, str, str, str, str | None, str, int, str, str | None, str]:
    rect, sha256 = _rect(value_of(record.rect, None)), value_of(record.sha256, "")
    datum = (record.id, record.indicator, record.datum, record.key, record.proposed)
    return (*datum, record.document, record.page, record.reason, rect, sha256)


def _rect(rect: tuple[int, int, int, int] | None) -> str | None:
    return None if rect is None else json.dumps(rect)
