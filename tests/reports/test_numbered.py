"""Pages packed when they are full: read again by other programs, numbered, and never more of the story than a page."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import pypdfium2 as pdfium
from reportlab.platypus import Flowable, PageBreak, Spacer

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.numbered import Feed
from ndb_desktop.reports.score_sheet import ScoreSheet, score_sheets
from ndb_desktop.reports.text import Words
from tests.support import reports as make


def test_a_story_is_told_from_break_to_break() -> None:
    told: list[int] = []

    def story() -> Iterator[Flowable]:
        for number in range(4):
            told.append(number)
            yield PageBreak() if number == 1 else Spacer(1, number)

    feed = Feed(story())
    assert told == []
    assert len(feed) == 2
    assert told == [0, 1]
    del feed[0]
    assert len(feed) == 1
    assert told == [0, 1]
    del feed[0]
    assert len(feed) == 2
    assert told == [0, 1, 2, 3]
    feed.clear()
    assert len(feed) == 0


def test_every_page_bears_its_number_and_how_many_there_are() -> None:
    words = Words("zh_CN")
    story = [
        part for number in range(12) for part in (words.paragraph(f"第{number}段", styles.style("body")), PageBreak())
    ]
    made = page.build(story, page.Surround("题"), words)
    document = pdfium.PdfDocument(made.data)
    assert len(document) == made.pages == 12
    for number in range(12):
        shown = make.spaceless(document[number].get_textpage().get_text_range())
        assert f"第{number}段" in shown
        assert f"第{number + 1}页共12页" in shown


def test_what_is_packed_in_two_pieces_is_one_sound_stream() -> None:
    """RFC 1950: header, deflate blocks, one checksum over all of it; nothing behind."""
    made = page.build([Spacer(1, 1)], page.Surround("题"), Words("zh_CN"))
    streams = re.findall(rb"/Length (\d+)[^>]*>>\nstream\n", made.data)
    assert streams
    sound = 0
    for found in re.finditer(rb"/Length (\d+)[^>]*>>\nstream\n", made.data):
        packed = made.data[found.end() : found.end() + int(found[1])]
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed)
        assert unpacker.eof
        assert unpacker.unused_data == b""
        sound += text.startswith(b"1 0 0 1 0 0 cm") and text.rstrip().endswith(b"ET")
    assert sound == 1


def test_a_sheet_is_asked_for_when_its_turn_comes() -> None:
    happened: list[str] = []

    def sheets() -> Iterator[ScoreSheet]:
        for number in range(3):
            happened.append(f"asked {number}")
            yield make.sheet(sheet_id=f"S/{number}")

    score_sheets(sheets(), "zh_CN", lambda number: happened.append(f"begun {number}"))
    assert happened == ["asked 0", "begun 0", "asked 1", "begun 1", "asked 2", "begun 2"]
