"""A later stage by commands alone: follow a settled selection, take in its forms, assign, issue, open a bundle."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.main import main
from ndb_desktop.domain.batch import Quota
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan, plan_to_json
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.review import open_review
from tests.support.office import START, Clock
from tests.support.stage import (
    BASES,
    actuals_of,
    base,
    form_folder,
    form_line,
    settled_selection,
    stage_batch,
    stage_clock,
)
from tests.support.tables import csv_bytes, put
from tests.support.travel import PASSPHRASE, key_file, person


class Desk:
    """Commands of the coordinator."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.key = folder / "组织方.ndbkey"
        self.key.write_bytes(key_file("组织方"))

    def run(self, code: int, *words: object) -> str:
        self._capsys.readouterr()
        assert main([*map(str, words), "--key", str(self.key)]) == code, self._capsys.readouterr()
        shown = self._capsys.readouterr()
        return shown.out + shown.err

    def data(self, code: int, *words: object) -> Any:
        self._capsys.readouterr()
        assert main([*map(str, words), "--key", str(self.key), "--json"]) == code, self._capsys.readouterr()
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture(scope="module")
def selection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settled_selection(tmp_path_factory.mktemp("before"))


@pytest.fixture
def desk(selection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    shutil.copytree(selection, tmp_path / "selection")
    clock = stage_clock()
    monkeypatch.setattr(Context, "now", lambda _self: clock())
    target = tmp_path / "acceptance"
    for name, value in {"NDB_PASSPHRASE": PASSPHRASE, "NDB_LANG": "en", "NDB_REGISTRY": str(target)}.items():
        monkeypatch.setenv(name, value)
    plan = BatchPlan(replace(stage_batch(), quotas={"park": Quota()}), BatchFacts())
    (tmp_path / "plan.json").write_bytes(plan_to_json(plan))
    (tmp_path / "recovery.pub").write_text(person("恢复").public.openssh, encoding="utf-8")
    return Desk(tmp_path, capsys)


def init(desk: Desk, target: str = "acceptance") -> list[object]:
    folder = desk.folder
    return [
        "registry", "init", folder / target, "--batch", folder / "plan.json", "--name", "示例评审办",
        "--recovery", folder / "recovery.pub", "--from", folder / "selection", "--stage", "acceptance",
    ]  # fmt: skip


PEOPLE = (
    ("310000", "field"), ("320000", "field"), ("330000", "field"), ("440000", "finance"), ("510000", "finance"),
    ("370000", "policy"), ("420000", "policy"),
)  # fmt: skip
ROSTER = [
    ["编号", "姓名", "工作单位", "单位代码", "省份", "专家类型", "类别", "领域"],
    *(
        [f"E0{n}", f"专家{n}", f"示例研究所{n}", "", place, kind, "park", "robotics"]
        for n, (place, kind) in enumerate(PEOPLE, 1)
    ),
]  # fmt: skip


def test_from_a_selection_to_a_bundle_of_the_acceptance(desk: Desk, tmp_path: Path) -> None:
    made = desk.data(0, *init(desk))
    assert made["predecessor"]["bases"] == list(BASES)
    assert [pack["id"] for pack in made["stage_packs"]] == ["park-acceptance"]
    assert "park-acceptance" in desk.run(0, "registry", "status")

    lines = [form_line(base(1), actuals_of(base(1), "118")), form_line(base(2), actuals_of(base(2), revenue=None))]
    source = form_folder(tmp_path / "in", lines)
    dry = desk.data(0, "import", "applications", source, "--dry-run")
    assert dry["accepted"] == list(BASES)
    assert [(hint["code"], hint["place"]) for hint in dry["warnings"]] == [
        ("E-STAGE-ACTUAL-MISSING", "actuals.jsonl:2")
    ]
    assert desk.data(0, "registry", "status")["applications"] == 0
    said = desk.run(0, "import", "applications", source)
    assert "P1.1.revenue" in said
    assert desk.data(0, "registry", "status")["applications"] == 2
    assert desk.data(0, "import", "applications", source)["unchanged"] == list(BASES)

    roster = put(tmp_path / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
    assert desk.data(0, "import", "experts", roster)["rows"] == 7
    desk.run(0, "assign", "--panel-size", 3, "--time", 20)
    issued = desk.data(0, "issue", tmp_path / "out")["issued"]
    path = next(path for path in (tmp_path / "out").iterdir() if path.name == Path(issued[0]["path"]).name)
    with BundleReader(path) as reader:
        secret = reader.unlock(person("组织方"))
    session = open_review(path, secret=secret, profile=tmp_path / "profile", clock=Clock(START))
    try:
        for item in session.applications:
            assert item.stage is not None
            assert item.stage.stage == "acceptance"
            assert (item.stage.missing != ()) == (item.application.id == "P002")
            assert len(item.stage.items) == len(item.stage.case.promised) + len(item.stage.case.tasks)
    finally:
        session.close()
    assert desk.data(0, "registry", "rebuild")["equal"]


def test_faults_are_told_by_row_and_what_does_not_belong_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.run(0, *init(desk))
    head = ["编号", "指标", "实际值", "单位", "年份", "目标值"]
    table = put(
        tmp_path / "table", {"实际值.csv": csv_bytes([head, ["P001", "P1.1.revenue", "118", "亿元", "2027", "1"]])}
    )
    assert "实际值!F1: E-STAGE-PROMISED" in desk.run(1, "import", "applications", table)
    rows = [head[:-1], ["P001", "P1.1.revenue", "很多", "亿元", "2027"], ["P007", "P1.1.revenue", "1", "亿元", "2027"]]
    said = desk.run(1, "import", "applications", put(tmp_path / "table", {"实际值.csv": csv_bytes(rows)}))
    assert "实际值!A3: E-SUCCESSION-STRANGER" in said
    assert "实际值!C2: E-NUMBER" in said
    assert desk.data(0, "registry", "status")["applications"] == 0
    old = put(tmp_path / "old", {"applications.jsonl": b"{}\n"})
    assert "E-STAGE-FORM" in desk.run(1, "import", "applications", old)


def test_blank_forms_go_out_and_come_back(desk: Desk, tmp_path: Path) -> None:
    desk.run(0, *init(desk))
    made = desk.data(0, "export", "forms", tmp_path / "forms", "--format", "csv", "--base", "P001")["forms"]
    assert [(one["application"], Path(one["path"]).parent) for one in made] == [("P001", tmp_path / "forms")]
    dry = desk.data(0, "import", "applications", made[0]["path"], "--dry-run")
    assert dry["accepted"] == ["P001"]
    assert "E-STAGE-ACTUAL-MISSING" in {hint["code"] for hint in dry["warnings"]}
    assert "E-STORE-EXISTS" in desk.run(1, "export", "forms", tmp_path / "forms")
    assert "E-STAGE-BLANK" in desk.run(1, "export", "forms", tmp_path / "other", "-r", desk.folder / "selection")


def test_an_own_pack_of_the_stage_has_to_fit(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(forms_dir() / "park-acceptance", own)
    definition = json.loads((own / "pack.json").read_text(encoding="utf-8"))
    (own / "pack.json").write_text(json.dumps({**definition, "id": "park-acceptance-own"}, ensure_ascii=False))
    made = desk.data(0, *init(desk, "first"), "--stage-pack", own)
    assert [pack["id"] for pack in made["stage_packs"]] == ["park-acceptance-own"]
    effect = [*init(desk, "second"), "--stage-pack", forms_dir() / "park-effect"]
    assert "E-STAGE-PACK" in desk.run(1, *effect)
    assert "E-STAGE-PACK" in desk.run(1, *init(desk, "third"), "--stage-pack", forms_dir() / "site-check")
    assert not (desk.folder / "second" / "registry.db").exists()
