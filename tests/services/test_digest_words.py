"""The words and the QR code of a digest."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.graphics.barcode.qr import QrCodeWidget

from ndb_desktop.paths import resource
from ndb_desktop.services.digest_words import digest_words, qr_code, spoken

SHA256 = {
    "bip39-english.txt": "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
    "words-zh.txt": "4cc0226c92f6a16077ce7cfee107b092f1b8aa2885e693ddbd057b1801b39394",
}
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def lines(name: str) -> list[list[str]]:
    return [line.split() for line in resource("wordlists", name).read_text(encoding="utf-8").splitlines()]


def word_list(name: str) -> list[str]:
    return [line[0] for line in lines(name)]


def heard(syllable: str) -> str:
    """What is left of a syllable on a bad line, between speakers from north and south; without its tone."""
    for one, other in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l")):
        if syllable.startswith(one):
            syllable = other + syllable[len(one) :]
            break
    southern = {"fu": "hu", "fa": "hua", "fo": "huo", "feng": "hong", "fou": "huou"}
    syllable = southern.get(syllable, "hu" + syllable[1:] if syllable.startswith("f") else syllable)
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


def test_no_two_chinese_words_sound_alike() -> None:
    rows = lines("words-zh.txt")
    assert {len(row) for row in rows} == {3}
    assert {len(word) for word, *_ in rows} == {2}
    sounds = {(heard(first), heard(second)) for _, first, second in rows}
    assert len(sounds) == 2048
    for syllables in zip(*(row[1:] for row in rows), strict=True):
        assert all(syllable.isascii() and syllable.islower() for syllable in syllables)


def test_a_character_has_one_reading_everywhere_in_the_list() -> None:
    readings: dict[str, set[str]] = {}
    for word, *syllables in lines("words-zh.txt"):
        for character, syllable in zip(word, syllables, strict=True):
            readings.setdefault(character, set()).add(syllable)
    assert {character for character, known in readings.items() if len(known) != 1} == set()
    # Characters that everybody reads: level 1 of GB/T 2312.
    assert all(0xB0 <= character.encode("gb2312")[0] <= 0xD7 for character in readings)


@pytest.mark.parametrize("name", SHA256)
def test_the_lists_are_the_ones_the_readme_names(name: str) -> None:
    raw = resource("wordlists", name).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SHA256[name]
    assert SHA256[name] in resource("wordlists", "README.md").read_text(encoding="utf-8")
    words = word_list(name)
    assert len(words) == len(set(words)) == 2048


def test_known_words() -> None:
    assert digest_words("0" * 64, "en") == ("abandon",) * 8
    assert digest_words("f" * 64, "en") == ("zoo",) * 8
    # BIP-39 itself: the entropy 7f7f… begins with these words.
    assert digest_words("7f" * 32, "en")[:4] == ("legal", "winner", "thank", "year")
    assert spoken("7f" * 32, "en").startswith("legal winner thank year  wave")
    assert digest_words("0" * 64, "zh_CN") == ("矮墙",) * 8
    assert [len(half.split(" ")) for half in spoken("7f" * 32, "zh_CN").split("  ")] == [4, 4]


@given(DIGESTS)
@settings(max_examples=60, deadline=None)
def test_both_languages_carry_the_first_88_bits(digest: str) -> None:
    for language, name in (("en", "bip39-english.txt"), ("zh_CN", "words-zh.txt")):
        words = word_list(name)
        bits = "".join(f"{words.index(word):011b}" for word in digest_words(digest, language))
        assert bits == f"{int(digest, 16):0256b}"[:88]


@pytest.mark.parametrize("wrong", ["", "00", "g" * 64])
def test_what_is_no_digest_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"SHA-256|invalid literal"):
        digest_words(wrong, "en")


def test_the_qr_code_is_the_one_of_the_library() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    widget = QrCodeWidget(digest, barLevel="M")
    widget.qr.make()
    count = widget.qr.getModuleCount()
    wanted = tuple(tuple(bool(widget.qr.isDark(row, column)) for column in range(count)) for row in range(count))
    assert qr_code(digest) == wanted
