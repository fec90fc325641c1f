"""`docs/file-formats.md` names every refusal and every field in its order: a stranger can rely on it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from ndb_desktop import texts
from ndb_desktop.crypto.envelope import envelope_limit
from ndb_desktop.formats import chain, manifest, receipt, scorefile, sheetrecord, sitefile, siteparts
from ndb_desktop.formats.card import CardPayload

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/file-formats.md").read_text(encoding="utf-8")
SOURCES = "\n".join(
    (ROOT / "ndb_desktop" / name).with_suffix(".py").read_text(encoding="utf-8")
    for name in (
        "crypto/envelope",
        "crypto/identity",
        "crypto/sealing",
        "formats/bundle",
        "formats/bundle_writing",
        "formats/card",
        "formats/manifest",
        "formats/receipt",
        "formats/scorefile",
        "formats/sheetrecord",
        "formats/sitefile",
        "formats/siteparts",
        "formats/strictjson",
        "formats/zipcheck",
    )
)
# Said to the writer or the caller, never about a file that came in.
NOT_ABOUT_FILES = {
    "E-SIGNER-TWICE",
    "E-BUNDLE-SOURCE",
    "E-SHEET-UNDECLARED",
    "E-SHEET-OPEN",
    "E-SHEET-LONG",
}


def codes_of(text: str) -> set[str]:
    """Codes as `E-X` and in the short form "`E-X-A` / `-B`"."""
    found = set(re.findall(r"\bE-[A-Z][A-Z0-9-]*[A-Z0-9]", text))
    for first, rest in re.findall(r"`(E-[A-Z-]+)`((?: / `-[A-Z]+`)+)", text):
        stem = first.rpartition("-")[0]
        found |= {stem + tail for tail in re.findall(r"`(-[A-Z]+)`", rest)}
    return found


def test_every_refusal_is_documented() -> None:
    raised = set(re.findall(r'"(E-[A-Z][A-Z0-9-]+)"', SOURCES)) - NOT_ABOUT_FILES
    assert len(raised) > 50
    assert raised - codes_of(PAGE) == set()


def test_no_documented_code_is_invented() -> None:
    assert codes_of(PAGE) - texts.catalogue().keys() == set()


@pytest.mark.parametrize(
    ("kind", "after", "before"),
    [
        (CardPayload, "## 5.", "## 6."),
        (manifest.Manifest, "### 6.2", "### 6.3"),
        (manifest.IssuerRef, "### 6.2", "### 6.3"),
        (manifest.PackRef, "### 6.2", "### 6.3"),
        (manifest.ReturnTo, "### 6.2", "### 6.3"),
        (manifest.MemberRef, "### 6.2", "### 6.3"),
        (manifest.EarlierRef, "### 6.2", "### 6.3"),
        (chain.EarlierBundle, "### 6.6", "## 7."),
        (scorefile.ScorePayload, "## 7.", "### 7.1"),
        (scorefile.PersonRef, "## 7.", "### 7.1"),
        (scorefile.StatementRef, "## 7.", "### 7.1"),
        (sheetrecord.SheetRecord, "### 7.1", "## 8."),
        (sheetrecord.ItemRecord, "### 7.1", "## 8."),
        (sheetrecord.ChallengeRecord, "### 7.1", "## 8."),
        (sheetrecord.EvidenceRecord, "### 7.1", "## 8."),
        (sheetrecord.DeclarationRecord, "### 7.1", "## 8."),
        (receipt.ReceiptPayload, "## 8.", "## 9."),
        (receipt.FileReceipt, "## 8.", "## 9."),
        (sitefile.SitePayload, "### 8.4", "## 9."),
        *(
            (kind, "### 8.4", "## 9.")
            for name, kind in vars(siteparts).items()
            if name.endswith("Record") and isinstance(kind, type)
        ),
        (receipt.SheetReceipt, "## 8.", "## 9."),
    ],
)
def test_every_field_stands_there_in_its_order(kind: type[msgspec.Struct], after: str, before: str) -> None:
    part = PAGE[PAGE.index(after) : PAGE.index(before)]
    fields = list(msgspec.structs.fields(kind))
    names = [field.encode_name for field in fields]
    in_order = ".*?".join(rf"[`{{ ]{re.escape(name)}[`,:}} ]" for name in names)
    assert re.search(in_order, part, re.DOTALL), names


def test_the_limits_on_the_page_are_the_limits_of_the_program() -> None:
    assert f"{envelope_limit(manifest.MAX_PAYLOAD):,} bytes of envelope" in PAGE
    assert scorefile.MAX_PAYLOAD == receipt.MAX_PAYLOAD == manifest.MAX_PAYLOAD == 4 * 1024 * 1024
    for constant in (sheetrecord.MAX_ITEMS, sheetrecord.MAX_CHALLENGES, sheetrecord.MAX_EVIDENCE):
        assert f"≤ {constant}" in PAGE
    for constant in (sheetrecord.MAX_REASON, sheetrecord.MAX_OPINION, sheetrecord.MAX_QUOTE):
        assert f"text {constant}" in PAGE
    assert "1–2000 sheet records" in PAGE
    assert scorefile.MAX_SHEETS == 2000


def test_each_code_of_ours_is_raised_somewhere_in_the_tests() -> None:
    tests = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("crypto", "formats", "services", "tamper", "interop")
        for path in (ROOT / "tests" / folder).glob("*.py")
    )
    raised = set(re.findall(r'"(E-[A-Z][A-Z0-9-]+)"', SOURCES))
    assert raised - set(re.findall(r"\bE-[A-Z][A-Z0-9-]+", tests)) == set()
