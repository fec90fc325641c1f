"""照片: a photo of an inspection, looked at in the renderer; its own bytes are never changed.

What comes back is facts and two small pictures made here from plain pixels, so nothing of the camera's file (position,
names, its own small picture, anything hostile) can be in them. They show the whole photo upright: a place on them in
ten-thousandths of width and height is that place of `siterecord.SCALE`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal

from ndb_desktop.documents import port
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.siterecord import PositionSource, TakenSource

MAX_BYTES = port.MAX_PHOTO
"""Most bytes of one photo."""
_MEGABYTE = 1024 * 1024
_PREVIEW_QUALITY, _THUMB_QUALITY = 82, 75
_OURS = {
    "E-DOC-TIMEOUT": "E-PHOTO-SLOW",
    "E-DOC-MEMORY": "E-PHOTO-MEMORY",
    "E-DOC-CRASH": "E-PHOTO-CRASH",
}
"""The renderer speaks of pages and documents; a photo has neither."""


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """As in `siterecord.Photo`. `width` and `height` are those of the file, before `orientation` turns it.

    `preview` and `thumb` are JPEGs without any words in them; empty where nobody asked for them.
    """

    mime: str
    size: int
    width: int
    height: int
    orientation: int
    taken_at: str
    taken_source: TakenSource
    position: tuple[Decimal, Decimal] | None
    position_source: PositionSource
    preview: bytes = b""
    thumb: bytes = b""

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as it is looked at."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def inspect_photo(worker: RenderWorker, data: bytes | Source, *, views: bool = True) -> PhotoFacts:
    """Looks at a photo in the child process. Without `views` only its head is read, which takes no time.

    Raises:
        NdbError: E-PHOTO-EMPTY, E-PHOTO-SIZE, E-PHOTO-TYPE, E-PHOTO-LIMIT (too many pixels), E-PHOTO-DAMAGED,
            E-PHOTO-HEIC (of a kind that cannot be read, or damaged), E-PHOTO-ANIMATED, E-PHOTO-POLYGLOT (another kind
            of file as well), E-PHOTO-EXIF (leads in a circle), E-PHOTO-SLOW, E-PHOTO-MEMORY, E-PHOTO-CRASH.
    """
    size = data.size if isinstance(data, Source) else len(data)
    check_size(size)
    try:
        read, pixels = worker.photo(data, views=views)
    except NdbError as error:
        if error.code in _OURS:
            raise NdbError(_OURS[error.code], **error.params) from None
        raise
    cut = 3 * read.preview[0] * read.preview[1]
    return PhotoFacts(
        read.mime,
        size,
        read.width,
        read.height,
        read.orientation,
        read.taken_at,
        "camera" if read.taken_at else "none",
        (parse_number(read.position[0]), parse_number(read.position[1])) if read.position is not None else None,
        "camera" if read.position is not None else "none",
        _jpeg(read.preview, pixels[:cut], _PREVIEW_QUALITY) if views else b"",
        _jpeg(read.thumb, pixels[cut:], _THUMB_QUALITY) if views else b"",
    )


def check_size(size: int) -> None:
    """Refuses a photo by its length alone. Raises `NdbError` E-PHOTO-EMPTY, E-PHOTO-SIZE."""
    if not size:
        raise NdbError("E-PHOTO-EMPTY")
    if size > MAX_BYTES:
        raise NdbError("E-PHOTO-SIZE", size=-(-size // _MEGABYTE), limit=MAX_BYTES // _MEGABYTE)


def _jpeg(size: tuple[int, int], pixels: bytes, quality: int) -> bytes:
    # Only an encoder and plain pixels: nothing is decoded here.
    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()
