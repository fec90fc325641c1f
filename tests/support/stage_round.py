"""An acceptance of two bases by commands: forms handed in and corrected, bundles, experts at their own computers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.lifecycle import begun
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.services.succession import follow
from tests.support.all_stages import EXPERTS, WHY, Coordinator, Person, base, declared, stage_answer
from tests.support.stage import actuals_of, form_folder, form_line, predecessor, stage_batch
from tests.support.travel import person

FIRST, OTHER = "P001", "P002"
SAID = ("--reason", "按工作方案")
Issued = Mapping[str, tuple[str, str]]
"""Bundle and secret by expert."""


class StageRound:
    """An acceptance of two bases with five experts, each at the own computer."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._patch = folder, capsys, monkeypatch
        self.office = Coordinator(folder, capsys, monkeypatch)
        self.office.day(2026, 9, 3)
        self._begin(self.office.works_in("registry"))

    def _begin(self, registry: Path) -> None:
        bases = [base(1), base(2)]
        known = predecessor(bases)
        known = replace(known, lives={one.id: begun(one.id, "creating", date(2024, 9, 2)) for one in bases})
        batch = replace(stage_batch(), id="T-2026-A", year=2026, quotas={"park": Quota()})
        follow(
            registry, predecessor=known, stage="acceptance", plan=BatchPlan(batch, BatchFacts()),
            identity=person("组织方"), name="示例评审办", recovery=person("恢复").public,
            clock=lambda: datetime(2026, 9, 3, 4, 0, 0, tzinfo=UTC),
        ).office.close()  # fmt: skip

    def form(self, name: str, first: Mapping[str, str | None], other: Mapping[str, str | None]) -> Path:
        """阶段材料 of both bases: 120 reached but for what is said; a document each."""
        lines = [form_line(one, actuals_of(one, "120", **said)) for one, said in ((base(1), first), (base(2), other))]
        return form_folder(self.folder / f"form-{name}", declared(lines))

    def issue(self, name: str, *more: object) -> Issued:
        issued = self.office.data("issue", self.folder / f"out-{name}", *more)["issued"]
        return {row["expert"]: (row["path"], self._secret(row["path"])) for row in issued}

    def _secret(self, path: str) -> str:
        return str(self.office.data("bundle", "secret", path)["secret"])

    def desk(self, expert: str, secret: str) -> Person:
        self._patch.setenv("NDB_SECRET", secret)
        return Person(expert, self.folder, self._capsys)

    def judge(
        self, expert: str, found: tuple[str, str], target: Path | None, *, tasks: str = "1", disputing: bool = True
    ) -> None:
        """Agrees, declares and answers everything; E01 disputes a figure; with `target` signs as well."""
        bundle, secret = found
        desk, answer = self.desk(expert, secret), stage_answer({FIRST: tasks, OTHER: "1"})
        desk.run(0, "review", "agree", bundle)
        desk.run(0, "review", "declare", bundle)
        lines: list[Mapping[str, Any]] = []
        for name in (FIRST, OTHER):
            rows = desk.data("review", "status", bundle, "--application", name, code=1)["items"]
            lines += [{"application": name, "item": row["item"], **answer(expert, name, row)} for row in rows]
            lines.append({"application": name, "opinion": "材料完整，目标清楚。"})
        path = self.folder / f"{expert}-{Path(bundle).stem}.jsonl"
        path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
        desk.run(0, "review", "set", bundle, "--lines", path)
        if expert == "E01" and disputing:
            desk.data(
                "review", "challenge", bundle, "--application", FIRST, "--indicator", "P3.3", "--datum",
                "productivity_ratio", "--proposed", "110", "--document", "D1", "--page", "1", "--reason", WHY,
            )  # fmt: skip
        if target is not None:
            desk.data("review", "export", bundle, target)

    def base(self, name: str) -> Mapping[str, Any]:
        """The outcome of a base."""
        (found,) = [row for row in self.office.data("results", "--internal")["bases"] if row["base"] == name]
        assert isinstance(found, dict)
        return found

    def start(self, first: Mapping[str, str | None]) -> Issued:
        """Handed in by both, begun, assigned, issued."""
        office = self.office
        taken = office.data("import", "applications", self.form("first", first, {}))
        assert taken["accepted"] == [FIRST, OTHER]
        assert office.data("import", "experts", office.people)["rows"] == len(EXPERTS)
        office.data("lifecycle", "move", "acceptance", FIRST, OTHER, "--on", "2026-09-03", *SAID)
        office.data("assign", "--panel-size", 5, "--time", 5, "--words", "公开抽签")
        return self.issue("first")

    def room(self, name: str) -> Path:
        """An empty folder."""
        made = self.folder / name
        made.mkdir()
        return made
