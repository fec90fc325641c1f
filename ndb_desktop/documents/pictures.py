"""Pictures inside the renderer: PNG and JPEG. Runs only in the child process."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageOps

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.sniff import PNG
from ndb_desktop.documents.viewing import A4, Picture, Plain, fitting_scale
from ndb_desktop.domain.errors import NdbError

HELD_PIXELS = 20_000_000
"""Most pixels of a picture kept while it is shown; more than that no zoom of the viewer shows."""


class ImageView(Plain):
    """A PNG or JPEG as one page: upright by its EXIF orientation, on white, at most A4 large on screen."""

    def __init__(self, data: bytes, mime: str, *, shown: bool = True) -> None:
        # Pillow reads only the head before the same limit is held here, which can name the size.
        Image.MAX_IMAGE_PIXELS = None
        try:
            with Image.open(io.BytesIO(data), formats=("PNG",) if mime == PNG else ("JPEG",)) as picture:
                if picture.width * picture.height > port.MAX_IMAGE_PIXELS:
                    raise NdbError("E-DOC-LIMIT", width=picture.width, height=picture.height)
                if not shown:
                    # All bytes are still decoded, which finds damage, but into an eighth of the pixels (JPEG only).
                    picture.draft(None, (picture.width // 8, picture.height // 8))
                    picture.load()
                original = picture.size
                if shown and original[0] * original[1] > HELD_PIXELS:
                    # More than any zoom shows would only be held in memory (only JPEG knows how to draw less).
                    shrink = math.sqrt(original[0] * original[1] / HELD_PIXELS)
                    picture.draft(None, (int(original[0] / shrink), int(original[1] / shrink)))
                # Damaged words on how it was held are damage too, so they are read in any case.
                ImageOps.exif_transpose(picture, in_place=True)
                self._image = _shrunk(on_white(picture)) if shown else picture
        except (
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            IndexError,
            KeyError,
            TypeError,
            ZeroDivisionError,
            OverflowError,
        ):
            # Pillow's decoders raise all of these on damaged files.
            raise NdbError("E-DOC-CORRUPT") from None
        width, height = self._image.size
        longest = max(width, height) * 0.75  # 96 pixels per inch
        self._per_pixel = 0.75 * min(1.0, A4[1] / longest)
        self.sizes: tuple[tuple[float, float], ...] = ((width * self._per_pixel, height * self._per_pixel),)

    def render(self, page: int, scale: float) -> Picture:
        scale = fitting_scale(*self.sizes[page], scale)
        width = max(1, round(self.sizes[page][0] * scale))
        height = max(1, round(self.sizes[page][1] * scale))
        shown = self._image
        if (width, height) != shown.size:
            shown = shown.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return Picture(width, height, width * 4, scale, shown.convert("RGBA").tobytes())

    def text(self, page: int) -> str:  # noqa: ARG002
        return ""

    def characters(self, page: int) -> tuple[str, list[Rect]]:  # noqa: ARG002
        return "", []

    def close(self) -> None:
        self._image.close()


def _shrunk(picture: Image.Image) -> Image.Image:
    factor = math.ceil(math.sqrt(picture.width * picture.height / HELD_PIXELS))
    return picture.reduce(factor) if factor > 1 else picture


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in RGB, where it is transparent white."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGB", layered.size, "white")
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    return picture.convert("RGB")
