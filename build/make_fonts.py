#!/usr/bin/env python3
"""Makes resources/fonts/ from the npm package of Noto Sans SC, byte for byte the same each time.

    python build/make_fonts.py            fetch with `npm pack`, write the fonts
    python build/make_fonts.py FILE.tgz   the same from a package already fetched
    python build/make_fonts.py --check    compare what is in resources/fonts/ with the digests below

Regular stays whole (people's names need rare characters); Bold is cut to GB2312, punctuation and Latin for headings.
Needs fontTools, which is a development requirement only.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
PACKAGE_SHA256 = "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59"
TARGET = Path(__file__).resolve().parent.parent / "resources" / "fonts"
REGULAR, BOLD, LICENCE = "NotoSansSC-Regular.ttf", "NotoSansSC-Bold-subset.ttf", "OFL.txt"
MEMBERS = {
    REGULAR: "package/400Regular/NotoSansSC_400Regular.ttf",
    BOLD: "package/700Bold/NotoSansSC_700Bold.ttf",
    LICENCE: "package/LICENSE_FONT",
}
INPUT_SHA256 = {
    REGULAR: "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
    BOLD: "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
    LICENCE: "1c05c68c34f9708415aada51f17e1b0092d2cea709bf4a94cd38114f9e73d7d9",
}
OUTPUT_SHA256 = {
    REGULAR: INPUT_SHA256[REGULAR],
    BOLD: "e9cee08fe0a2a05af28d2ef6651d4022e1edbbc3991ceb22b81a466b800329f9",
    LICENCE: INPUT_SHA256[LICENCE],
}


def main() -> int:
    arguments = sys.argv[1:]
    if arguments == ["--check"]:
        return check()
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(arguments[0]) if arguments else fetch(Path(scratch))
        raw = package.read_bytes()
    demand("the package", raw, PACKAGE_SHA256)
    TARGET.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for name, member in MEMBERS.items():
            stream = archive.extractfile(member)
            assert stream is not None
            content = stream.read()
            demand(member, content, INPUT_SHA256[name])
            if name == BOLD:
                content = subset(content)
            (TARGET / name).write_bytes(content)
            print(f"{name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
    return check()


def fetch(folder: Path) -> Path:
    npm = "npm.cmd" if sys.platform == "win32" else "npm"
    answer = subprocess.run([npm, "pack", PACKAGE], cwd=folder, check=True, capture_output=True, text=True)
    return folder / answer.stdout.strip().splitlines()[-1]


def demand(what: str, content: bytes, digest: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SystemExit(f"{what}: SHA-256 is {found}, expected {digest}")


def heading_characters() -> set[int]:
    """GB2312 (every two-byte code), Latin, and the punctuation and signs our headings use."""
    wanted = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                wanted.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    wanted |= set(range(0x2010, 0x2040)) | set(range(0x3000, 0x3040)) | set(range(0xFF00, 0xFF61))
    return wanted | {0x25A1, 0x25A0, 0x2713, 0x2190, 0x2192, 0x2212, 0x00B7, 0x3007}


def subset(content: bytes) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(content), recalcTimestamp=False)
    options = Options()
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.layout_features = ["kern", "locl", "ccmp", "mark"]
    options.hinting = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(heading_characters()))
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


def check() -> int:
    wrong = [
        name
        for name, digest in OUTPUT_SHA256.items()
        if not (TARGET / name).is_file() or hashlib.sha256((TARGET / name).read_bytes()).hexdigest() != digest
    ]
    for name in wrong:
        print(f"{name}: missing or not the expected bytes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
