"""Sample pictures made with Pillow: a letter that looks scanned (image-only PDF) and a photo with an EXIF orientation.

Deterministic for the same words and seed; every picture says 示例.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

from ndb_desktop.paths import resource

_SCAN = (827, 1169)  # A4 at 100 dpi
_PHOTO = (1280, 960)
_SITE = (800, 600)
_ORIENTATION_TAG = 0x0112
_EXIF, _TAKEN = 0x8769, 0x9003
_TURNED = 6  # camera held upright: the picture must be turned a quarter clockwise to be shown


def scanned_pdf(
    lines: Sequence[str], *, mark: str, stamp: str, table: Sequence[str], seed: int, pages: int = 2
) -> bytes:
    """A letter (`lines`) and pages with a table, as grey pictures with noise and a slight tilt; no text inside."""
    chance = Random(f"scan/{seed}")  # noqa: S311  (noise, no secret)
    pictures = [_scan(_letter(lines, mark, stamp), chance)]
    pictures += [_scan(_table_page(table, mark, number, chance), chance) for number in range(2, pages + 1)]
    out = io.BytesIO()
    epoch = time.gmtime(0)
    pictures[0].save(
        out, "PDF", save_all=True, append_images=pictures[1:], resolution=100.0, quality=60,
        creationDate=epoch, modDate=epoch, producer="NDB Desktop", title="",
    )  # fmt: skip
    return out.getvalue()


def photo_jpeg(caption: str, seed: int) -> bytes:
    """A drawn view of a site, stored lying on its side with the EXIF orientation that sets it upright."""
    chance = Random(f"photo/{seed}")  # noqa: S311  (drawing, no secret)
    picture = _scene(caption, chance)
    stored = picture.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = _TURNED
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=82, exif=exif)
    return out.getvalue()


def site_photo(lines: Sequence[str], mark: str, seed: int, taken: str) -> bytes:
    """What an inspector's camera takes: a sheet or plate with `lines` on it, `taken` as `2026:05:08 10:12:00`."""
    chance = Random(f"site/{seed}")  # noqa: S311  (drawing, no secret)
    width, height = _SITE
    wall = chance.choice([(196, 190, 178), (172, 182, 188), (186, 194, 180)])
    picture = Image.new("RGB", _SITE, wall)
    draw = ImageDraw.Draw(picture)
    for y in range(0, height, 54):
        draw.line((0, y, width, y), fill=tuple(value - 14 for value in wall), width=2)
    plate = chance.choice([(238, 236, 228), (64, 92, 128), (226, 230, 234)])
    ink = (34, 42, 52) if sum(plate) > 400 else (240, 242, 244)
    draw.rounded_rectangle((118, 92, width - 104, height - 104), 10, fill=(112, 114, 112))
    draw.rounded_rectangle((110, 84, width - 112, height - 112), 10, fill=plate, outline=(92, 94, 98), width=3)
    for row, line in enumerate(lines):
        draw.text((width / 2, 150 + row * 84), line, fill=ink, font=_font(46 if row == 0 else 34), anchor="mm")
    for row in range(3):
        y = 320 + row * 32
        draw.line((170, y, width - 170 - chance.randint(0, 160), y), fill=(150, 156, 160), width=4)
    draw.text((130, height - 150), mark, fill=ink, font=_font(24))
    exif = Image.Exif()
    exif[_EXIF] = {_TAKEN: taken}
    out = io.BytesIO()
    picture.rotate(chance.uniform(-2, 2), Image.Resampling.BILINEAR, fillcolor=wall).save(
        out, "JPEG", quality=80, exif=exif
    )
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    path = resource("fonts", "NotoSansSC-Regular.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def _letter(lines: Sequence[str], mark: str, stamp: str) -> Image.Image:
    page = Image.new("L", _SCAN, 252)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        size = 34 if row == 0 else 23
        font = _font(size)
        x = (_SCAN[0] - draw.textlength(line, font=font)) / 2 if row == 0 else 105.0
        draw.text((x, 130 + row * 52), line, fill=40, font=font)
    draw.text((40, 36), mark, fill=90, font=_font(26))
    centre = (590, 130 + (len(lines) - 2) * 52)
    draw.ellipse((centre[0] - 95, centre[1] - 95, centre[0] + 95, centre[1] + 95), outline=120, width=5)
    draw.regular_polygon((centre[0], centre[1] - 14, 24), 3, fill=120)
    draw.text(centre, stamp, fill=120, font=_font(22), anchor="ma")
    return page


def _table_page(words: Sequence[str], mark: str, number: int, chance: Random) -> Image.Image:
    page = Image.new("L", _SCAN, 252)
    draw = ImageDraw.Draw(page)
    draw.text((40, 36), f"{mark} {number}", fill=90, font=_font(26))
    font = _font(21)
    for row in range(15):
        y = 130 + row * 56
        draw.rectangle((90, y, 737, y + 56), outline=70, width=2)
        cells = words[:3] if row == 0 else (str(2023 + row % 3), f"{chance.randint(100, 9999) / 10:.1f}", words[3])
        for column, cell in enumerate(cells):
            draw.line((90 + column * 215, y, 90 + column * 215, y + 56), fill=70, width=2)
            draw.text((105 + column * 215, y + 14), cell, fill=45, font=font)
    draw.text((90, 1000), words[4], fill=60, font=font)
    return page


def _scan(page: Image.Image, chance: Random) -> Image.Image:
    """What a cheap scanner makes of a page: tilt, uneven light, grain, a dark edge."""
    tilted = page.rotate(chance.uniform(-0.9, 0.9), Image.Resampling.BILINEAR, fillcolor=246)
    grain = Image.frombytes("L", _SCAN, chance.randbytes(_SCAN[0] * _SCAN[1])).point(lambda value: value // 12)
    light = Image.linear_gradient("L").resize(_SCAN).point(lambda value: value // 14)
    dirty = ImageChops.subtract(ImageChops.subtract(tilted, grain), light)
    ImageDraw.Draw(dirty).rectangle((0, 0, 5, _SCAN[1]), fill=150)
    return dirty


def _scene(caption: str, chance: Random) -> Image.Image:
    width, height = _PHOTO
    sky = Image.linear_gradient("L").resize((width, height))
    top, low = (chance.randint(70, 110), 150, 205), (225, 232, 236)
    bands = [sky.point([round(a + (b - a) * v / 255) for v in range(256)]) for a, b in zip(top, low, strict=True)]
    picture = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(picture)
    ground = round(height * 0.72)
    hills = [(x, ground - 60 - 35 * math.sin(x / 170 + chance.random() / 9)) for x in range(0, width + 40, 40)]
    draw.polygon([(0, ground), *hills, (width, ground)], fill=(142, 164, 150))
    draw.rectangle((0, ground, width, height), fill=(128, 130, 126))
    x = 40
    while x < width - 160:
        breadth, tall = chance.randint(120, 240), chance.randint(120, 330)
        wall = chance.choice([(205, 208, 212), (180, 188, 198), (214, 205, 190), (160, 174, 188)])
        draw.rectangle((x, ground - tall, x + breadth, ground), fill=wall, outline=(110, 116, 124))
        for floor in range(ground - tall + 18, ground - 24, 34):
            for window in range(x + 12, x + breadth - 22, 30):
                draw.rectangle((window, floor, window + 16, floor + 18), fill=(88, 118, 148))
        x += breadth + chance.randint(12, 46)
    draw.polygon(
        [(width * 0.42, ground), (width * 0.58, ground), (width * 0.86, height), (width * 0.14, height)],
        fill=(92, 94, 98),
    )
    for step in range(5):
        y = ground + 20 + step * 52
        draw.rectangle((width / 2 - 5 - step, y, width / 2 + 5 + step, y + 24), fill=(226, 222, 204))
    draw.rectangle((0, height - 64, width, height), fill=(30, 42, 58))
    draw.text((24, height - 52), caption, fill=(245, 246, 248), font=_font(32))
    return picture
