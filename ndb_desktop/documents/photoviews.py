"""Photos (照片) inside the renderer: what they are, what the camera says, and two small pictures as plain pixels.

Runs only in the child process. JPEG and PNG through Pillow, HEIC through libheif.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from ndb_desktop.documents import port
from ndb_desktop.documents.exif import ExifFacts, read_exif
from ndb_desktop.documents.pictures import on_white
from ndb_desktop.documents.sniff import HEIC, JPEG, PNG
from ndb_desktop.domain.errors import NdbError

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_MOVING_BRANDS = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_PDF_WITHIN = 1024
_ZIP_END = b"PK\x05\x06"
_ZIP_END_SIZE, _ZIP_COMMENT = 22, 65_535
_ARCHIVES = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_JPEG_END, _PNG_END = b"\xff\xd9", b"IEND\xaeB`\x82"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_photo(data: bytes, *, views: bool) -> tuple[port.PhotoRead, bytes]:
    """What a photo is; with `views` also the pixels (RGB, row by row) of preview and thumb, one behind the other.

    Raises `NdbError`: E-PHOTO-TYPE, E-PHOTO-POLYGLOT, E-PHOTO-ANIMATED, E-PHOTO-LIMIT, E-PHOTO-EXIF, E-PHOTO-DAMAGED,
    E-PHOTO-HEIC.
    """
    mime = photo_mime(data)
    _refuse_polyglot(data, mime)
    # Pillow and libheif read only the head before the same limit is held here, which can name the size.
    Image.MAX_IMAGE_PIXELS = None
    with _known("E-PHOTO-HEIC" if mime == HEIC else "E-PHOTO-DAMAGED"), _opened(data, mime) as picture:
        width, height = picture.size
        if width * height > port.MAX_PHOTO_PIXELS or max(width, height) > port.MAX_PHOTO_SIDE:
            raise NdbError("E-PHOTO-LIMIT", width=width, height=height, limit=port.MAX_PHOTO_PIXELS // 1_000_000)
        if mime == PNG and getattr(picture, "is_animated", False):
            raise NdbError("E-PHOTO-ANIMATED")
        block = picture.info.get("exif")
        exif = read_exif(block) if isinstance(block, bytes) else ExifFacts()
        # libheif turns a picture itself; the words of the camera would turn it twice.
        orientation = 1 if mime == HEIC else exif.orientation
        preview = _preview(picture, orientation) if views else None
    thumb = _fitted(preview, port.THUMB_SIDE) if preview is not None else None
    read = port.PhotoRead(
        mime, width, height, orientation, exif.taken_at, exif.position,
        preview.size if preview is not None else (0, 0), thumb.size if thumb is not None else (0, 0),
    )  # fmt: skip
    return read, b"".join(view.tobytes() for view in (preview, thumb) if view is not None)


def photo_mime(data: bytes) -> str:
    """What a photo is by its content. Raises `NdbError` E-PHOTO-TYPE, E-PHOTO-ANIMATED (a moving HEIC)."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIC_BRANDS:
            return HEIC
        if data[8:12] in _MOVING_BRANDS:
            raise NdbError("E-PHOTO-ANIMATED")
    raise NdbError("E-PHOTO-TYPE")


def _refuse_polyglot(data: bytes, mime: str) -> None:
    """A picture that is a PDF or an archive as well. What phones append themselves (a film, a brighter copy) may be."""
    if b"%PDF-" in data[:_PDF_WITHIN] or _is_zip(data):
        raise NdbError("E-PHOTO-POLYGLOT")
    end = {JPEG: _JPEG_END, PNG: _PNG_END}.get(mime, b"")
    for archive in _ARCHIVES:
        if end and end + archive in data:
            raise NdbError("E-PHOTO-POLYGLOT")


def _is_zip(data: bytes) -> bool:
    """Whether the end is that of a ZIP archive: its mark, and a comment that reaches exactly to the last byte."""
    start = max(0, len(data) - _ZIP_END_SIZE - _ZIP_COMMENT)
    while (start := data.find(_ZIP_END, start)) >= 0:
        if start + _ZIP_END_SIZE + int.from_bytes(data[start + 20 : start + 22], "little") == len(data):
            return True
        start += 1
    return False


@contextmanager
def _opened(data: bytes, mime: str) -> Iterator[Image.Image]:
    if mime != HEIC:
        with Image.open(io.BytesIO(data), formats=("PNG",) if mime == PNG else ("JPEG",)) as picture:
            yield picture
        return
    # Loaded with the first photo of this kind alone.
    from pi_heif import options
    from pi_heif.as_plugin import HeifImageFile

    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    # Each thread would reserve address space, of which the renderer has little.
    options.DECODE_THREADS = 1
    with HeifImageFile(io.BytesIO(data)) as picture:
        yield picture


@contextmanager
def _known(code: str) -> Iterator[None]:
    try:
        yield
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        RuntimeError,
        AttributeError,
        ZeroDivisionError,
        OverflowError,
        ImportError,
    ):
        # Decoders raise all of these on damaged files, the last where there is none.
        raise NdbError(code) from None


def _preview(picture: Image.Image, orientation: int) -> Image.Image:
    """The whole picture upright, at most `port.PREVIEW_SIDE` long, in plain RGB. All bytes are decoded for it."""
    wanted = _size(picture.size, port.PREVIEW_SIDE)
    # A JPEG is decoded straight into fewer pixels; other kinds know no such thing.
    picture.draft(None, wanted)
    picture.load()
    upright = _fitted(on_white(_shrunk(picture)), port.PREVIEW_SIDE)
    turn = _TURNS.get(orientation)
    return upright.transpose(turn) if turn is not None else upright


def _shrunk(picture: Image.Image) -> Image.Image:
    """The picture before it is made RGB on white: that takes copies, which of a large one would be too large."""
    clear = "transparency" in picture.info
    if picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if clear or picture.mode == "PA" else "RGB")
    elif clear and picture.mode in ("RGB", "L"):
        picture = picture.convert("RGBA")
    if picture.mode in ("RGBA", "LA"):
        factor = min(max(picture.size) // port.PREVIEW_SIDE, *picture.size)
        return picture.reduce(factor) if factor > 1 else picture
    return _fitted(picture, port.PREVIEW_SIDE) if picture.mode in ("RGB", "L", "CMYK", "YCbCr") else picture


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture at most `side` long."""
    size = _size(picture.size, side)
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _size(size: tuple[int, int], side: int) -> tuple[int, int]:
    longest = max(size)
    if longest <= side:
        return size
    width, height = (max(1, round(length * side / longest)) for length in size)
    return width, height
