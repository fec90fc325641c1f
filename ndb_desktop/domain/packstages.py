"""The three stages in which a pack of any kind is read: structure, lint, its own vectors; each tells all it finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ndb_desktop.domain.errors import Fault, FaultsError
from ndb_desktop.domain.packlint import lint_wording
from ndb_desktop.domain.packread import Reader, Texts
from ndb_desktop.domain.strictload import StrictJsonFault, strict_json

MAX_SIZE = 2 * 1024 * 1024
JSON_CODES = {
    "size": "E-PACK-SIZE",
    "encoding": "E-PACK-ENCODING",
    "syntax": "E-PACK-SYNTAX",
    "depth": "E-PACK-DEPTH",
    "duplicate": "E-PACK-DUPLICATE",
    "float": "E-PACK-FLOAT",
    "integer": "E-PACK-FLOAT",
}

P = TypeVar("P")


def load_in_stages(
    raw: bytes,
    *,
    read: Callable[[Any, Reader, Texts], P],
    lint: Callable[[P, Reader], None],
    run: Callable[[P, list[Any], Reader], None],
    most_vectors: int,
) -> P:
    """The pack that `read` makes of the definition, once `lint` and the vectors (`run`) found nothing.

    Raises:
        FaultsError: every fault of the first stage that has any, each with its path.
    """
    try:
        value = strict_json(raw, max_size=MAX_SIZE)
    except StrictJsonFault as error:
        raise FaultsError([Fault(JSON_CODES[error.kind], "", {"detail": error.detail})]) from error
    reader = Reader()
    top = reader.record(value, "", ("pack", "texts", "vectors"))
    texts = Texts(top["texts"], reader)
    pack = read(top["pack"], reader, texts)
    texts.note_unused()
    lint_wording(texts.all(), reader)
    vectors = reader.array(top["vectors"], "vectors", 0, most_vectors)
    _stop(reader)
    lint(pack, reader)
    _stop(reader)
    run(pack, vectors, reader)
    _stop(reader)
    return pack


def _stop(reader: Reader) -> None:
    if reader.faults:
        raise FaultsError(reader.faults)


def kind_of(raw: bytes) -> str:
    """The format that a pack names, "" where it names none: tells packs of several kinds apart before one is read."""
    try:
        value = strict_json(raw, max_size=MAX_SIZE)
    except StrictJsonFault:
        return ""
    pack = value.get("pack") if isinstance(value, dict) else None
    found = pack.get("format", "") if isinstance(pack, dict) else ""
    return found if isinstance(found, str) else ""
