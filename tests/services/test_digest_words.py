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
    "bip39-chinese-simplified.txt": "5c5942792bd8340cb8b27cd592f1015edf56a8c5b26276ee18a482428e7c5726",
}
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def word_list(name: str) -> list[str]:
    return resource("wordlists", name).read_text(encoding="utf-8").split()


@pytest.mark.parametrize("name", SHA256)
def test_the_lists_are_the_published_ones(name: str) -> None:
    raw = resource("wordlists", name).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SHA256[name]
    words = word_list(name)
    assert len(words) == len(set(words)) == 2048


def test_known_words() -> None:
    assert digest_words("0" * 64, "en") == ("abandon",) * 8
    assert digest_words("f" * 64, "en") == ("zoo",) * 8
    # BIP-39 itself: the entropy 7f7f… begins with these words.
    assert digest_words("7f" * 32, "en")[:4] == ("legal", "winner", "thank", "year")
    assert spoken("7f" * 32, "en").startswith("legal winner thank year  wave")
    assert len(spoken("7f" * 32, "zh_CN")) == 9


@given(DIGESTS)
@settings(max_examples=60, deadline=None)
def test_both_languages_carry_the_first_88_bits(digest: str) -> None:
    for language, name in (("en", "bip39-english.txt"), ("zh_CN", "bip39-chinese-simplified.txt")):
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
