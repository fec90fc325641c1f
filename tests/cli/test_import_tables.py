"""`ndb import applications` with tables: the same service as the window's preview, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli import office as cli_office
from ndb_desktop.cli.main import main
from ndb_desktop.services.office_folder import create_office
from tests.support.documents import text_page
from tests.support.office import Clock
from tests.support.packs import pack_for, sample_batch
from tests.support.tables import HEAD, csv_bytes, put, row
from tests.support.travel import PASSPHRASE, key_file, person

Words = pytest.CaptureFixture[str]
FIELD = sample_batch().fields[0].id


class Desk:
    """An empty registry and a table of two applications with one heading nobody knows."""

    def __init__(self, folder: Path, capsys: Words) -> None:
        self._capsys, self._key = capsys, folder / "own.ndbkey"
        self._key.write_bytes(key_file("组织方"))
        create_office(
            folder / "o", batch=sample_batch(), packs={"park": pack_for("park"), "enterprise": pack_for("enterprise")},
            identity=person("组织方"), name="Office",
            recovery=person("恢复").public, clock=Clock(),
        ).close()  # fmt: skip
        head = ["牵头部门" if name == "推荐单位" else name for name in HEAD[:-1]]
        rows = [head, *(row(number, 重点领域=FIELD)[:-1] for number in (1, 2))]
        self.folder = put(
            folder / "in",
            {"表.csv": csv_bytes(rows, "gbk"), "documents/A-001/a.pdf": text_page("x"), "files/b.txt": b"b"},
        )
        self.table = self.folder / "表.csv"

    def run(self, *words: object) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main(["import", "applications", *map(str, words), "--key", str(self._key)])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: object) -> Any:
        _, out, _ = self.run(*words, "--json")
        return json.loads(out)


@pytest.fixture
def desk(tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(cli_office.REGISTRY_VARIABLE, str(tmp_path / "o"))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    return Desk(tmp_path, capsys)


def test_a_table_is_looked_at_corrected_and_imported(desk: Desk) -> None:
    code, out, err = desk.run(desk.table, "--dry-run")
    assert (code, "E-TABLE-NEEDED" in err) == (1, True)
    assert "7 of 8 columns known" in out
    seen = desk.json(desk.table, "--dry-run", "--column", "牵头部门=recommender")
    assert seen["read"] == {"表.csv": "gb18030"}
    assert [column["by"] for column in seen["sheets"][0]["columns"]].count("chosen") == 1
    assert [(one["id"], one["state"]) for one in seen["applications"]] == [("A-001", "new"), ("A-002", "new")]
    assert [(one["name"], one["state"], one["pages"]) for one in seen["documents"]] == [("a.pdf", "matched", 1)]
    code, out, err = desk.run(desk.table)
    assert code == 0, err
    assert "1 matched, 0 missing" in out
    again = desk.json(desk.table)
    assert (again["unchanged"], again["gone"]) == (["A-001", "A-002"], [])


def test_documents_elsewhere_and_wrong_wishes(desk: Desk) -> None:
    code, _, err = desk.run(desk.table, "--dry-run", "--column", "没有这列=recommender")
    assert (code, "E-TABLE-HEADING" in err) == (1, True)
    code, _, err = desk.run(desk.table, "--dry-run", "--column", "牵头部门=surprise")
    assert (code, "E-TABLE-TARGET" in err) == (1, True)
    seen = desk.json(desk.table, "--dry-run", "--column", "牵头部门=recommender", "--documents", desk.folder / "files")
    assert [(one["name"], one["state"]) for one in seen["documents"]] == [("b.txt", "extra")]
