"""Reading what every kind of pack has: groups, bands, statements. Faults are noted, never raised (see `packread`)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from ndb_desktop.domain.numbers import half_up, plain
from ndb_desktop.domain.packread import Reader, Texts
from ndb_desktop.domain.rulepack import Band, Group, Statement
from ndb_desktop.domain.sheet import LevelId
from ndb_desktop.domain.strictload import canonical

LEVELS: tuple[LevelId, ...] = ("L1", "L2", "L3", "L4", "L5")


def as_decimal(value: Fraction) -> Decimal:
    """A number that was read, with at most six decimals."""
    return Decimal(plain(half_up(value, 6)))


def read_groups(value: Any, reader: Reader, texts: Texts) -> list[Group]:
    """一级指标 with their texts `group.<id>`."""
    ids = [
        reader.ident(entry, f"pack.groups[{n}]") for n, entry in enumerate(reader.array(value, "pack.groups", 0, 50))
    ]
    reader.unique(ids, "pack.groups")
    return [Group(name, texts.get(f"group.{name}")) for name in ids]


def read_bands(value: Any, reader: Reader) -> list[Band]:
    """The five 评分档."""
    bands: list[Band] = []
    for n, entry in enumerate(reader.array(value, "pack.bands", 5, 5)):
        path = f"pack.bands[{n}]"
        record = reader.record(entry, path, ("level", "low", "high"))
        level = reader.choice(record["level"], f"{path}.level", LEVELS)
        low = reader.number(record["low"], f"{path}.low", 0, 100)
        high = reader.number(record["high"], f"{path}.high", 0, 100)
        bands.append(Band(cast(LevelId, level), as_decimal(low), as_decimal(high)))
    reader.unique([band.level for band in bands], "pack.bands")
    return bands


def read_statements(value: Any, reader: Reader, texts: Texts) -> list[Statement]:
    """评审声明 with their texts `statement.<id>`; the digest of each binds both languages."""
    statements: list[Statement] = []
    for n, entry in enumerate(reader.array(value, "pack.statements", 1, 30)):
        name = reader.ident(entry, f"pack.statements[{n}]")
        text = texts.get(f"statement.{name}")
        digest = hashlib.sha256(canonical([name, text.zh_CN, text.en])).hexdigest()
        statements.append(Statement(name, text, digest))
    reader.unique([statement.id for statement in statements], "pack.statements")
    return statements
