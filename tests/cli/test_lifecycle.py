"""`ndb lifecycle` and `ndb registry init --from`: from the list of 创建对象 to the registry of the acceptance."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.main import main
from ndb_desktop.domain.lifecycle import Due
from ndb_desktop.formats.batchplan import plan_to_json
from ndb_desktop.services import lifecycle, office_folder, succession
from ndb_desktop.services.succession_link import LINK
from tests.support.lives import at, finalised, on, paper, plan, use_small_packs
from tests.support.supervised import SUPERVISOR
from tests.support.travel import PASSPHRASE, key_file, person


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finalised(tmp_path_factory.mktemp("final"))


class Desk:
    """Commands on one registry or another, on a day of one's choice."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._patch = folder, capsys, monkeypatch
        self.key = folder / "组织方.ndbkey"
        self.key.write_bytes(key_file("组织方"))
        (folder / "监督.ndbkey").write_bytes(key_file(SUPERVISOR))

    def day(self, year: int, month: int, day: int) -> None:
        clock = at(year, month, day)
        self._patch.setattr(Context, "now", lambda _self: clock())

    def run(self, code: int, *words: object) -> str:
        self._capsys.readouterr()
        assert main([*map(str, words), "--key", str(self.key)]) == code, self._capsys.readouterr()
        shown = self._capsys.readouterr()
        return shown.out + shown.err

    def data(self, *words: object) -> Any:
        return json.loads(self.run(0, *words, "--json"))


@pytest.fixture
def desk(
    final: Path, tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    shutil.copytree(final, tmp_path / "office")
    use_small_packs(monkeypatch)
    monkeypatch.setattr(office_folder, "open_office", succession.open_office)
    for name, value in {
        "NDB_PASSPHRASE": PASSPHRASE, "NDB_SECOND_PASSPHRASE": PASSPHRASE, "NDB_LANG": "en",
        "NDB_REGISTRY": str(tmp_path / "office"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return Desk(tmp_path, capsys, monkeypatch)


def test_from_the_list_to_the_acceptance_by_commands_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.day(2026, 12, 20)
    said = ["--reason", "by the plan", "--paper", "2024-9"]
    made = desk.data("lifecycle", "move", "create", "A-001", "A-002", "--on", "2024-09-01", *said)
    assert (made["decision"]["kind"], [row["state"] for row in made["bases"]]) == ("lifecycle", ["creating"] * 2)
    rows = desk.data("lifecycle", "list")
    assert [(row["base"], row["state"], row["since"]) for row in rows] == [
        ("A-001", "creating", "2024-09-01"), ("A-002", "creating", "2024-09-01"), ("A-003", "not_selected", None),
    ]  # fmt: skip
    assert rows[0]["due"] == {"kind": "acceptance", "day": "2026-09-01"}
    assert [row["base"] for row in desk.data("lifecycle", "list", "--due")] == ["A-001", "A-002"]
    assert [row["base"] for row in desk.data("lifecycle", "list", "--state", "not_selected")] == ["A-003"]
    assert "Building a base" in desk.run(0, "lifecycle", "list")
    assert "创建（创建对象）" in desk.run(0, "lifecycle", "list", "--lang", "zh_CN")

    batch, recovery, target = desk.folder / "plan.json", desk.folder / "recovery.pub", desk.folder / "next"
    batch.write_bytes(plan_to_json(plan()))
    recovery.write_text(person("恢复").public.openssh, encoding="utf-8")
    init = ["registry", "init", target, "--batch", batch, "--name", "办公室", "--recovery", recovery]
    asked = [*init, "--from", desk.folder / "office", "--stage", "acceptance"]
    followed = desk.data(*asked)
    assert followed["predecessor"]["bases"] == ["A-001", "A-002"]
    assert (followed["predecessor"]["stage"], followed["predecessor"]["final"]) == ("acceptance", True)
    assert [row["name"] for row in followed["officers_before"]] == [SUPERVISOR]
    assert (followed["noted"], followed["recommenders"]) == (False, None)
    assert "E-OFFICE-EXISTS" in desk.run(1, *asked)
    twin = [*asked[:2], desk.folder / "twin", *asked[3:]]
    said_then = desk.run(0, *twin, "--note", "--lang", "zh_CN")
    assert "前一总库没有推荐单位名单" in said_then
    assert "没有记下这次接续" not in said_then
    third = [*asked[:2], desk.folder / "third", *asked[3:]]
    assert "E-SUCCESSION-FOLLOWED" in desk.run(1, *third)
    assert "holds no note of this" in desk.run(0, *third, "--again")

    monkeypatch.setenv("NDB_REGISTRY", str(target))
    status = desk.data("registry", "status")
    assert status["predecessor"] == followed["predecessor"]
    assert "Follows T-2026 (acceptance): 2 bases" in desk.run(0, "registry", "status")
    assert "接续基地 2 个" in desk.run(0, "registry", "status", "--lang", "zh_CN")
    assert desk.data("registry", "rebuild")["equal"]
    compared = desk.run(1, "registry", "predecessor", desk.folder / "office")
    assert "It is the registry the link names" in compared
    assert "Another registry" in compared
    assert "两者只能有一个作数" in desk.run(1, "registry", "predecessor", desk.folder / "office", "--lang", "zh_CN")
    monkeypatch.setenv("NDB_REGISTRY", str(desk.folder / "twin"))
    found = desk.data("registry", "predecessor", desk.folder / "office")
    assert found == {"same": True, "kept": True, "since": 0, "noted": True, "rival": False, "others": []}
    assert "only one of the two can count" in desk.run(1, "registry", "predecessor", target)
    monkeypatch.setenv("NDB_REGISTRY", str(target))
    desk.run(0, "lifecycle", "move", "acceptance", "A-001", "--on", "2026-09-01", *said)
    refused = desk.run(1, "lifecycle", "move", "accept", "A-001", "--on", "2026-09-02", *said)
    assert "E-LIFECYCLE-DOCUMENT" in refused
    file = paper(desk.folder)
    desk.run(0, "lifecycle", "move", "accept", "A-001", "--on", "2026-09-02", "--document", file, *said)
    shown = desk.run(0, "lifecycle", "show", "A-001")
    assert "验收记录.ndbsite" in shown
    assert "2026-09-02  Acceptance passed" in shown
    steps = desk.data("lifecycle", "show", "A-001")["steps"]
    assert [(step["move"], step["to"]) for step in steps] == [("acceptance", "acceptance"), ("accept", "accepted")]
    assert "Nothing was decided" in desk.run(0, "lifecycle", "show", "A-002")

    with on(target, 2026, 12, 21) as office, office.registry.transaction():
        office.registry.set_meta(LINK, "")
    assert "E-SUCCESSION-LINK" in desk.run(1, "registry", "status")


def test_recognition_takes_the_supervisors_key(desk: Desk) -> None:
    desk.day(2026, 12, 20)
    said = ["--reason", "by the plan"]
    steps: tuple[tuple[object, ...], ...] = (
        ("create", "A-001", "--on", "2024-09-01"),
        ("acceptance", "A-001", "--on", "2026-09-01"),
        ("accept", "A-001", "--on", "2026-09-02", "--document", paper(desk.folder)),
        ("notice", "A-001", "--on", "2026-09-18"),
    )
    for step in steps:
        desk.run(0, "lifecycle", "move", *step, *said)
    last = ("lifecycle", "move", "recognise", "A-001", "--on", "2026-09-25", *said)
    assert "E-DECISION-SECOND" in desk.run(1, *last)
    done = desk.data(*last, "--second-key", desk.folder / "监督.ndbkey")
    assert [row["role"] for row in done["decision"]["signers"]] == ["coordinator", "supervisor"]
    assert done["bases"][0]["due"] == {"kind": "effect", "day": "2029-09-25"}
    with on(desk.folder / "office", 2026, 12, 21) as office:
        assert lifecycle.base(office, "A-001").life.due == Due("effect", at(2029, 9, 25).moment.date())


def test_a_day_that_is_none_and_a_file_that_is_not_there_are_misuse(desk: Desk) -> None:
    said = ["--reason", "x"]
    assert "E-CLI-VALUE" in desk.run(2, "lifecycle", "move", "create", "A-001", "--on", "soon", *said)
    missing = ["--on", "2026-09-17", "--document", desk.folder / "no.pdf"]
    assert "E-CLI-NO-FILE" in desk.run(2, "lifecycle", "move", "create", "A-001", *missing, *said)
    assert "E-LIFECYCLE-BASE" in desk.run(1, "lifecycle", "show", "A-009")
