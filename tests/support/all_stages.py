"""The people of a base's whole life, each on a profile of their own, and `ndb` with the clock on a day of one's choice.

office = Coordinator(tmp_path, capsys, monkeypatch)
office.day(2024, 9, 1)
office.data("registry", "status")
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.main import main
from ndb_desktop.domain.batch import Batch, FieldDef, Quota
from ndb_desktop.domain.codes import check_character
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.formats.applications import application_from_own, application_to_json
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan, plan_to_json
from ndb_desktop.formats.card import build_card
from tests.support.office import Clock
from tests.support.packs import pack_for
from tests.support.photos import photo
from tests.support.stages import promising
from tests.support.tables import csv_bytes, put
from tests.support.travel import AT, PASSPHRASE, key_file, person

SUPERVISOR, COORDINATOR, RECOVERY = "监督甲", "组织方", "恢复"
EXPERTS = ("E01", "E02", "E03", "E04", "E05")
_PLACES = (
    ("310000", "field"), ("320000", "field"), ("330000", "field"), ("440000", "finance"), ("420000", "policy"),
)  # fmt: skip
ROSTER = [
    ["编号", "姓名", "工作单位", "单位代码", "省份", "专家类型", "类别", "领域"],
    *(
        [name, f"专家{name}", f"示例研究所{name}", "", place, kind, "park", "robotics"]
        for name, (place, kind) in zip(EXPERTS, _PLACES, strict=True)
    ),
]  # fmt: skip
WHY = "依据充分，目标明确，责任到人，可以核查。"


def earlier(text: str, years: int = 2) -> str:
    """JSON with every year in it put back: the sample's figures are of the year of the only official calendar."""
    return re.sub(r"\b20(2\d|3\d)\b", lambda found: str(int(found[0]) - years), text)


def base(number: int) -> Application:
    """A base that hands in figures up to 2023 and promises 120 on 100 for 2025."""
    first = f"9135010{number}M000100Y4"
    made = promising(number=number, credit_code=first + check_character(first))
    return application_from_own(earlier(application_to_json(made).decode()).encode())


def batch_plan(name: str, year: int, quota: Quota) -> bytes:
    """A real batch, with five seats per panel."""
    fields = (FieldDef("robotics", LocalText("机器人", "Robotics"), Decimal(1)),)
    made = Batch(name, LocalText("示例批次", "Sample batch"), year, False, fields, {"park": quota})
    return plan_to_json(BatchPlan(made, BatchFacts()))


class Person:
    """Somebody at the own computer: a key, a profile, `ndb`; all of them by one clock."""

    def __init__(self, name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.profile, self.key = folder / "profiles" / name, folder / f"{name}.ndbkey"
        self.profile.mkdir(parents=True, exist_ok=True)
        self.key.write_bytes(key_file(name))

    def run(self, code: int, *words: object) -> str:
        """What it prints, both streams."""
        self._capsys.readouterr()
        found = main([*map(str, words), "--key", str(self.key), "--profile", str(self.profile)])
        shown = self._capsys.readouterr()
        assert found == code, (words, found, shown)
        return shown.out + shown.err

    def data(self, *words: object, code: int = 0) -> Any:
        """What it prints with `--json`."""
        self._capsys.readouterr()
        found = main([*map(str, words), "--key", str(self.key), "--profile", str(self.profile), "--json"])
        shown = self._capsys.readouterr()
        assert found == code, (words, found, shown)
        return json.loads(shown.out)


class Coordinator(Person):
    """The coordinator, with the supervisor's key where two must sign."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str = "en"
    ) -> None:
        super().__init__(COORDINATOR, folder, capsys)
        self._patch = monkeypatch
        (folder / f"{SUPERVISOR}.ndbkey").write_bytes(key_file(SUPERVISOR))
        (folder / "recovery.pub").write_text(person(RECOVERY).public.openssh, encoding="utf-8")
        card = build_card(person(SUPERVISOR), name=SUPERVISOR, employer="示例监督处", trial=False, created_at=AT)
        (folder / "supervisor.ndbcard").write_bytes(card)
        self.people = put(folder / "people", {"专家.csv": csv_bytes(ROSTER)}) / "专家.csv"
        for name, value in {
            "NDB_PASSPHRASE": PASSPHRASE, "NDB_SECOND_PASSPHRASE": PASSPHRASE, "NDB_LANG": language,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)

    @property
    def two(self) -> tuple[object, ...]:
        """The second signature."""
        return "--second-key", self.folder / f"{SUPERVISOR}.ndbkey"

    def day(self, year: int, month: int, day: int) -> None:
        """From here on it is that day, for everybody."""
        clock = Clock(datetime(year, month, day, 4, 0, 0, tzinfo=UTC))
        self._patch.setattr(Context, "now", lambda _self: clock())

    def works_in(self, name: str) -> Path:
        """The registry that commands are about from here on."""
        self._patch.setenv("NDB_REGISTRY", str(self.folder / name))
        return self.folder / name

    def init(self, name: str, plan: bytes, *more: object) -> Any:
        """Makes a registry with its supervisor."""
        target, batch = self.works_in(name), self.folder / f"{name}.json"
        batch.write_bytes(plan)
        return self.data(
            "registry", "init", target, "--batch", batch, "--name", "示例评审办", "--recovery",
            self.folder / "recovery.pub", "--supervisor", self.folder / "supervisor.ndbcard", *more,
        )  # fmt: skip

    def issue(self, name: str) -> Mapping[str, tuple[Path, str]]:
        """Freezes by two, issues: bundle and secret by expert."""
        made = self.data("freeze", "--reason", "已核对", *self.two)
        assert [one["role"] for one in made["signers"]] == ["coordinator", "supervisor"]
        issued = self.data("issue", self.folder / f"out-{name}")["issued"]
        paths = {row["expert"]: self.folder / f"out-{name}" / Path(row["path"]).name for row in issued}
        return {one: (path, self.data("bundle", "secret", path)["secret"]) for one, path in paths.items()}


Answer = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""By expert, application and row of the form, what is answered."""


def review(
    office: Coordinator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, round_: str,
    issued: Mapping[str, tuple[Path, str]], answer: Answer, first: Mapping[str, Sequence[object]] | None = None,
) -> Path:  # fmt: skip
    """Every expert answers everything and signs; `first` is a challenge by expert. The folder of the files."""
    returned = office.folder / f"in-{round_}"
    returned.mkdir()
    form: dict[str, Any] = {}
    for name, (bundle, secret) in issued.items():
        desk = Person(name, office.folder, capsys)
        monkeypatch.setenv("NDB_SECRET", secret)
        desk.run(0, "review", "agree", bundle)
        desk.run(0, "review", "declare", bundle)
        # Everybody has the same bases and, until they answer, the same form.
        for base_ in () if form else [row["id"] for row in desk.data("review", "open", bundle)["applications"]]:
            form[base_] = desk.data("review", "status", bundle, "--application", base_, code=1)["items"]
        doubted = ("", "")
        if first and name in first:
            raised = desk.data("review", "challenge", bundle, *first[name])
            doubted = str(first[name][1]), raised["item"]
        lines: list[Mapping[str, Any]] = [
            {"application": base_, "item": row["item"], **answer(name, base_, row)}
            for base_, rows in form.items()
            for row in rows
            if (base_, row["item"]) != doubted
        ]
        lines += [{"application": base_, "opinion": f"{name}：材料完整，目标清楚。"} for base_ in form]
        path = office.folder / f"{round_}-{name}.jsonl"
        path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
        desk.run(0, "review", "set", bundle, "--lines", path)
        assert desk.data("review", "export", bundle, returned)["sealed"]
    return returned


def selection_answer(low: Sequence[str]) -> Answer:
    """High marks that differ by expert, low ones for `low`; what the program computed is confirmed."""
    items = {item.id: item for item in pack_for("park").items}

    def answer(expert: str, application: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if items[row["item"]].computed:
            return {"confirm": "confirmed"}
        number = (len(row["item"]) + int(expert[1:]) + list(items).index(row["item"])) % 3
        if application in low:
            return {"level": "L2", "value": str(51 + number), "reason": "措施不具体，未见责任人和完成时间。"}
        return {"level": "L5", "value": str(94 + number), "reason": WHY}

    return answer


def stage_answer(tasks: Mapping[str, str]) -> Answer:
    """Targets confirmed, tasks found by base (`tasks`), judged items good."""

    def answer(expert: str, application: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row["part"] == "target":
            return {"confirm": "confirmed"}
        if row["part"] == "task":
            value = tasks.get(application, "1")
            return {"value": value} | ({} if value == "1" else {"reason": "证明材料不足，未见验收报告和会议纪要。"})
        number = (int(expert[1:]) + len(row["item"])) % 3
        return {"level": "L4", "value": str(84 + number)}

    return answer


def site_lines(status: Mapping[str, Any], checks: Iterable[Mapping[str, Any]], day: str) -> str:
    """A whole record as JSON lines: the steps held, these checks, every answer of the checklist a pass."""
    at, end = f"{day}T09:00:00+08:00", f"{day}T17:00:00+08:00"
    steps = [lack["part"].partition("/")[2] for lack in status["lacks"] if lack["kind"] == "meeting_open"]
    answers = [lack["part"].partition("/")[2] for lack in status["lacks"] if lack["kind"] == "answer_open"]
    assert steps
    assert answers
    lines: list[Mapping[str, Any]] = [
        {"kind": "head", "place": "福州市示例路 1 号", "started_at": at, "ended_at": end,
         "hosts": [{"name": "示例联系人", "role": "总工"}]},
        *({"kind": "meeting", "id": name, "state": "held", "started_at": at, "ended_at": end} for name in steps),
        *({"kind": "check", **check} for check in checks),
        *({"kind": "answer", "item": name, "grade": "pass"} for name in answers),
        {"kind": "closing", "read_out": True, "opinion": "无意见", "refusal": "负责人不在场", "witness": "示例联系人"},
    ]  # fmt: skip
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


def inspect(
    office: Coordinator, capsys: pytest.CaptureFixture[str], bundle: object, checks: Iterable[Mapping[str, Any]],
    day: str,
) -> Path:  # fmt: skip
    """J01 writes the record, J02 joins in on another computer, both sign: the co-signed file."""
    one, two = Person("J01", office.folder, capsys), Person("J02", office.folder, capsys)
    out = office.folder / "site"
    out.mkdir()
    for desk in (one, two):
        desk.run(0, "site", "declare", bundle)
    lines = office.folder / "site.jsonl"
    lines.write_text(site_lines(one.data("site", "status", bundle, code=1), checks, day), encoding="utf-8")
    one.run(0, "site", "set", bundle, "--lines", lines)
    half = two.data("site", "export", bundle, out)
    assert (half["signed"], half["missing"]) == (["J02"], ["J01"])
    one.run(0, "site", "join", bundle, half["path"])
    lacks = one.data("site", "status", bundle, code=1)["lacks"]
    for number, lack in enumerate(lacks):
        picture = office.folder / f"photo{number}.jpg"
        picture.write_bytes(photo(64, 48, corner=(40 * number % 250, 250 - 40 * number % 250, 99)))
        one.run(0, "site", "photo", bundle, picture, "--about", lack["part"].replace("/", ":", 1))
    assert one.data("site", "status", bundle)["lacks"] == []
    whole = one.data("site", "sign", bundle, out)
    assert whole["missing"] == ["J02"]
    signed = two.data("site", "cosign", bundle, whole["path"], out)
    assert (signed["signed"], signed["missing"]) == (["J01", "J02"], [])
    return Path(signed["path"])


def handed_over(folder: Path, applications: Sequence[Application]) -> Path:
    """申报材料 as a folder: `applications.jsonl` and a document for each."""
    lines, files = [], {}
    for one in applications:
        value = json.loads(application_to_json(one))
        value["documents"] = [{"id": "D1", "name": "申报书.txt", "title": "申报书"}]
        lines.append(json.dumps(value, ensure_ascii=False))
        files[f"documents/{one.id}/申报书.txt"] = f"申报书：{one.applicant}\n".encode()
    return put(folder, {"applications.jsonl": ("\n".join(lines) + "\n").encode(), **files})


def declared(lines: Sequence[Mapping[str, Any]], years: int = 2) -> Sequence[Mapping[str, Any]]:
    """Lines of a stage form with their years put back (or on, for fewer than none)."""
    return [json.loads(earlier(json.dumps(line, ensure_ascii=False), years)) for line in lines]
