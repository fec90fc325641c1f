"""Makes `resources/wordlists/words-zh.txt`: 2048 words of two characters, no two of which sound alike.

    python build/make_wordlist.py DICT > resources/wordlists/words-zh.txt

DICT is `jieba/dict.txt` of the Python package jieba 0.42.1 (MIT); the readings come from pypinyin 0.55.0 (MIT), which
must be importable. Neither is needed to run the program. What is left out stands in `wordlist_excluded.txt`.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

WORDS = 2048
KINDS = frozenset({"n", "vn", "an", "a"})
EXCLUDED = Path(__file__).with_name("wordlist_excluded.txt")
LEVEL_1 = frozenset(
    bytes((row, cell)).decode("gb2312")
    for row in range(0xB0, 0xD8)
    for cell in range(0xA1, 0xFF)
    if (row, cell) < (0xD7, 0xFA)
)
"""The characters everybody reads (GB/T 2312, level 1)."""


@cache
def reading(character: str) -> str:
    """The reading without its tone; "" for a character with several."""
    from pypinyin import Style, pinyin

    (plain,), (toned,) = (pinyin(character, style=s, heteronym=True) for s in (Style.NORMAL, Style.TONE3))
    return plain[0] if len(plain) == len(toned) == 1 else ""


def heard(syllable: str) -> str:
    """A syllable as it may be heard over a bad line or from a speaker of the south: what sounds alike is the same."""
    sound = re.sub(r"^([zcs])h", r"\1", syllable)
    sound = re.sub(r"^[nr]", "l", sound)
    sound = re.sub(r"^f(?=u$)", "h", sound)
    sound = re.sub(r"^feng$", "hong", sound)
    sound = re.sub(r"^f", "hu", sound)
    return re.sub(r"([aei])ng$", r"\1n", sound)


def choose(lines: list[str], excluded: list[str]) -> list[tuple[str, str, str]]:
    """The most frequent words that sound like none before them, sorted by sound."""
    words = {word for word in excluded if len(word) > 1}
    characters = {character for line in excluded if line.startswith("=") for character in line[1:]}
    found = []
    for line in lines:
        word, frequency, kind = line.split()
        if len(word) != 2 or kind not in KINDS or word[0] == word[1] or word in words or set(word) & characters:
            continue
        if set(word) <= LEVEL_1 and all(reading(character) for character in word):
            found.append((-int(frequency), word))
    chosen: dict[tuple[str, ...], str] = {}
    for _, word in sorted(found):
        chosen.setdefault(tuple(heard(reading(character)) for character in word), word)
    kept = list(chosen.values())[:WORDS]
    return sorted(((word, reading(word[0]), reading(word[1])) for word in kept), key=lambda row: (row[1:], row[0]))


def main() -> int:
    """Prints the list: a word and its two syllables in each line."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    for row in choose(lines, EXCLUDED.read_text(encoding="utf-8").split()):
        print(*row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
