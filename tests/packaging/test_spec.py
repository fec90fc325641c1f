"""The frozen folder's recipe, without building it: what it names exists, what it leaves out is not used."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ndb_desktop.documents.port import CHILD_OPTION
from ndb_desktop.formats import bundle, card, receipt, scorefile
from ndb_desktop.paths import guide
from ndb_desktop.services.selftest import WINDOW_FLAG

ROOT = Path(__file__).resolve().parents[2]
SPEC = ast.parse((ROOT / "build" / "ndb_desktop.spec").read_text(encoding="utf-8"))
LINUX = ROOT / "build" / "installers" / "linux"
KINDS = {
    "*.ndbbundle": bundle.MIMETYPE.decode("ascii"),
    "*.ndbscore": scorefile.PAYLOAD_TYPE,
    "*.ndbcard": card.PAYLOAD_TYPE,
    "*.ndbreceipt": receipt.PAYLOAD_TYPE,
}


def assigned(tree: ast.Module, name: str) -> object:
    """The literal a name is bound to at the top level."""
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]
    ]
    assert len(values) == 1, name
    return ast.literal_eval(values[0])


def parts(node: ast.expr) -> list[str] | None:
    """The names in `ROOT / "a" / "b"`, or None for any other expression."""
    if isinstance(node, ast.Name) and node.id == "ROOT":
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
        before = parts(node.left)
        return None if before is None else [*before, str(node.right.value)]
    return None


def imported() -> dict[str, str]:
    """Every module the program imports by name, with one file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "ndb_desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found.update((name, path.name) for name in names)
    return found


def test_everything_the_spec_names_is_there() -> None:
    named = [found for node in ast.walk(SPEC) if isinstance(node, ast.expr) and (found := parts(node))]
    assert ["resources"] in named
    assert ["forms"] in named
    assert not [place for place in named if not ROOT.joinpath(*place).exists()]


def test_the_guides_travel_with_their_pictures() -> None:
    readers = ("expert", "inspection", "coordinator")
    guides = [f"guide-{reader}.{code}.md" for reader in readers for code in ("zh", "en")]
    places = {**dict.fromkeys(guides, "docs"), "guide": "docs/images/guide"}
    text = (ROOT / "build" / "ndb_desktop.spec").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for name, folder in places.items():
        source = "docs/images/guide" if name == "guide" else f"docs/{name}"
        assert (ROOT / source).exists()
        assert shipped[source] == f"ndb_desktop/_data/{source}"
        assert re.search(rf'"{name}"\), "{folder}"\)', text)
    for language in ("zh_CN", "en"):
        for reader in readers:
            assert guide(reader, language).relative_to(ROOT).as_posix() in shipped


def test_nothing_left_out_is_imported() -> None:
    excluded = assigned(SPEC, "EXCLUDES")
    assert isinstance(excluded, list)
    used = {
        f"{module} in {file}"
        for module, file in imported().items()
        for name in excluded
        if module == name or module.startswith(f"{name}.")
    }
    assert not used


def test_what_the_program_reads_lies_in_resources_or_forms() -> None:
    names = {entry.name for entry in (ROOT / "resources").iterdir()}
    for path in sorted((ROOT / "ndb_desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "resource":
                first = node.args[0]
                assert not isinstance(first, ast.Constant) or first.value in names, (path.name, ast.dump(first))


def test_the_command_line_lets_the_programs_own_options_through() -> None:
    tree = ast.parse((ROOT / "build" / "frozen_main.py").read_text(encoding="utf-8"))
    assert assigned(tree, "OWN_OPTIONS") == (CHILD_OPTION, WINDOW_FLAG)


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """MIME types by pattern, as the desktop is told."""
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    tree = ET.parse(LINUX / "ndb-desktop.xml")
    return {
        glob.attrib["pattern"]: kind.attrib["type"]
        for kind in tree.findall("m:mime-type", space)
        for glob in kind.findall("m:glob", space)
    }


def test_the_desktop_knows_our_files_by_their_own_types(kinds: dict[str, str]) -> None:
    assert kinds == KINDS


def test_the_desktop_entry_opens_them(kinds: dict[str, str]) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(LINUX / "ndb-desktop.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert sorted(desktop["MimeType"].split(";")[:-1]) == sorted(kinds.values())
    assert desktop["Exec"].split() == ["ndb-desktop", "%F"]
    assert desktop["Type"] == "Application"
    assert desktop["Name[zh_CN]"]
