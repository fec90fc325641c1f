"""A registry made and looked at by `ndb registry init`, `plan` and `recommenders`: the same data as the wizard's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli import office as cli_office
from ndb_desktop.cli.main import main
from ndb_desktop.domain.recommenders import Recommender
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan, plan_from_json, plan_to_json
from ndb_desktop.services.batch_plan import builtin_recommenders, read_recommender_table
from tests.support.packs import sample_batch
from tests.support.supervised import card_file
from tests.support.travel import PASSPHRASE, key_file, person

Words = pytest.CaptureFixture[str]


class Desk:
    """A folder with keys and a plan."""

    def __init__(self, folder: Path, capsys: Words) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "own.ndbkey").write_bytes(key_file("组织方"))
        (folder / "spare.pub").write_text(person("恢复").public.openssh, encoding="utf-8")
        plan = BatchPlan(sample_batch(), BatchFacts(builtin_recommenders(), per_province=3))
        (folder / "plan.json").write_bytes(plan_to_json(plan))

    def run(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([*words, "--key", str(self.folder / "own.ndbkey")])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    def init(self, *more: str) -> tuple[int, str, str]:
        folder = self.folder
        return self.run(
            "registry", "init", str(folder / "o"), "--batch", str(folder / "plan.json"), "--name", "Office",
            "--recovery", str(folder / "spare.pub"), *more,
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, capsys: Words, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(cli_office.REGISTRY_VARIABLE, str(tmp_path / "o"))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    return Desk(tmp_path, capsys)


def test_a_plan_makes_a_registry_and_comes_out_of_it_again(desk: Desk) -> None:
    trial = sample_batch().trial
    supervisor, archivist = (card_file(desk.folder, name, trial=trial) for name in ("监督甲", "档案乙"))
    code, _, err = desk.init("--supervisor", str(supervisor), "--archivist", str(archivist))
    assert code == 0, err
    shown = desk.json("registry", "plan")
    assert (shown["per_province"], shown["recommenders"], shown["file"]) == (3, 32, None)
    code, out, _ = desk.run("registry", "plan")
    assert code == 0
    assert "per_province: 3" in out
    roles = {(row["role"], row["name"]) for row in desk.json("officer", "list")["officers"]}
    assert {("supervisor", "监督甲"), ("archivist", "档案乙")} <= roles
    target = desk.folder / "next.json"
    assert desk.run("registry", "plan", "--out", str(target))[0] == 0
    assert target.read_bytes() == (desk.folder / "plan.json").read_bytes()
    code, _, err = desk.run("registry", "plan", "--out", str(target))
    assert code != 0
    assert "next.json" in err


def test_the_list_is_shown_replaced_and_never_without_a_reason(desk: Desk) -> None:
    table = desk.folder / "list.csv"
    table.write_text("地区代码,推荐单位\n440000,广东省工业和信息化厅\n440300,深圳市工业和信息化局\n", encoding="gbk")
    assert desk.init()[0] == 0
    assert len(desk.json("registry", "recommenders")["recommenders"]) == 37
    code, _, err = desk.run("registry", "recommenders", "--table", str(table))
    assert code != 0
    assert "reason" in err
    changed = desk.json("registry", "recommenders", "--table", str(table), "--cities", "yes", "--reason", "notice")
    assert changed["cities"] is True
    assert [row["recommends"] for row in changed["recommenders"]] == [True, True]
    assert len(changed["changes"]) == 35 + 1, "what went, and the switch; the names of the other two are as before"
    again = desk.folder / "again.csv"
    assert desk.run("registry", "recommenders", "--out", str(again))[0] == 0
    assert read_recommender_table(again) == (
        Recommender("440000", "广东省工业和信息化厅"), Recommender("440300", "深圳市工业和信息化局"),
    )  # fmt: skip
    code, _, err = desk.run("registry", "recommenders", "--out", str(again))
    assert code != 0
    assert "again.csv" in err
    code, out, _ = desk.run("registry", "recommenders", "--cities", "no", "--reason", "notice")
    assert code == 0
    assert "recommended by their province" in out
    assert "广东省工业和信息化厅" in out


def test_a_list_may_come_with_the_registry_and_a_bare_batch_has_none(desk: Desk) -> None:
    from ndb_desktop.formats.batchfile import batch_to_json

    (desk.folder / "plan.json").write_bytes(batch_to_json(sample_batch()))
    assert desk.init()[0] == 0
    code, out, _ = desk.run("registry", "recommenders")
    assert code == 0
    assert "no list" in out
    assert desk.json("registry", "recommenders") == {"changes": [], "cities": None, "recommenders": None}
    table = desk.folder / "list.csv"
    table.write_text("region,recommender\n440000,x\n", encoding="utf-8")
    other = desk.folder / "second"
    other.mkdir()
    code, _, err = desk.run(
        "registry", "init", str(other / "o"), "--batch", str(desk.folder / "plan.json"), "--name", "Office",
        "--recovery", str(desk.folder / "spare.pub"), "--recommenders", str(table),
    )  # fmt: skip
    assert code == 0, err
    shown = desk.json("registry", "recommenders", "--registry", str(other / "o"))
    assert [row["region"] for row in shown["recommenders"]] == ["440000"]


def test_the_plan_read_is_the_plan_written(desk: Desk) -> None:
    plan = plan_from_json((desk.folder / "plan.json").read_bytes())
    assert plan.facts.per_province == 3
