"""The notice and the list at once: only what is final, dates named, files read again, everything on record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.domain.decision import Decision
from ndb_desktop.services.flags import flag_cases, step
from ndb_desktop.services.notice_period import counted_days, notice_period
from ndb_desktop.services.office import Office
from ndb_desktop.services.outcome import finalise, reopen
from ndb_desktop.services.publication import Wording, name_faults, publication, publish
from ndb_desktop.services.results import compute, public_results
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.safety import a_disk
from tests.support.scored import scored_office
from tests.support.travel import refusal

START = date(2026, 9, 18)
WORDING = Wording("示例评审办公室", "电话 000-0000")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = scored_office(tmp_path)
    yield made
    made.close()


def final(office: Office) -> Decision:
    for to in ("explained", "closed"):
        for case in flag_cases(office, compute(office)):
            step(office, case, to, reason="已核对")  # type: ignore[arg-type]
    return finalise(office, compute(office), reason="评审完成")


def test_a_notice_and_its_lists_are_written_read_again_and_on_record(office: Office, tmp_path: Path) -> None:
    final(office)
    period = notice_period(office, START)
    out = tmp_path / "out"
    out.mkdir()
    assert publication(office) is None
    made = publish(office, out, period, WORDING)
    assert [file.kind for file in made.files] == ["pdf", "xlsx", "csv", "json"]
    for file in made.files:
        data = (out / file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256)
    row = office.log_rows()[-1]
    assert row.action == "export.notice"
    assert row.details["files"] == {file.name: file.sha256 for file in made.files}
    known = publication(office)
    assert known is not None
    assert (known.start, known.end, known.days) == (START, period.end, 5)


def test_the_working_days_are_named_one_by_one(office: Office) -> None:
    """Over the days off of a festival and the days worked for them: as many as counted, the last is the end."""
    for start in (START, date(2026, 9, 24), date(2026, 9, 30)):
        for counted in (False, True):
            period = notice_period(office, start, count_start_day=counted)
            days = counted_days(office.batch.calendar, period)
            assert len(days) == 5
            assert days[-1] == period.end
            assert (start in days) <= counted
    crossing = counted_days(office.batch.calendar, notice_period(office, date(2026, 9, 30)))
    assert not [day for day in crossing if day in {date(2026, 10, n) for n in range(1, 8)}]


def test_nothing_is_published_that_is_not_what_was_finalised(office: Office, tmp_path: Path) -> None:
    period = notice_period(office, START)
    final(office)
    reopen(office, "sum", reason="加总有误")
    assert refusal(lambda: publish(office, tmp_path, period, WORDING)) == "E-FINAL-FIRST"
    assert not list(tmp_path.glob("*public*"))
    assert publication(office) is None


def test_it_needs_a_name_to_sign_with(office: Office, tmp_path: Path) -> None:
    period = notice_period(office, START)
    assert refusal(lambda: publish(office, tmp_path, period, Wording(" "))) == "E-NOTICE-ISSUER"


@pytest.mark.parametrize("name", ["", "人工智能（含机器人）", "人工智能示范园区"])
def test_names_of_bases_follow_the_pattern(office: Office, tmp_path: Path, name: str) -> None:
    public = public_results(office)
    assert name_faults(public) == ()
    changed = replace(public, rows=tuple(replace(row, field_zh=name) for row in public.rows))
    assert {fault.code for fault in name_faults(changed)} == {"E-NAME-PATTERN"}
    batch = office.batch
    fields = tuple(replace(field, name=replace(field.name, zh_CN=name)) for field in batch.fields)
    office.__dict__["batch"] = replace(batch, fields=fields)
    period = notice_period(office, START)
    assert refusal(lambda: publish(office, tmp_path, period, WORDING)) == "E-NAME-PATTERN"


def test_a_full_disk_or_a_cancel_puts_nothing_on_record(office: Office, tmp_path: Path) -> None:
    period = notice_period(office, START)
    out = tmp_path / "out"
    out.mkdir()
    small = tmp_path / "small"
    small.write_bytes(bytes(100))
    with a_disk() as disk:
        disk.fill(small)
        assert refusal(lambda: publish(office, out, period, WORDING)) == "E-STORE-FULL"
        disk.free()
    assert list(out.iterdir()) == []
    token = CancelToken()
    with pytest.raises(Cancelled):
        publish(office, out, period, WORDING, progress=lambda *_: token.cancel(), cancel=token)
    assert publication(office) is None
    assert "export.notice" not in {row.action for row in office.log_rows()}


def test_what_was_not_written_whole_is_noticed(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_bytes

    def broken(path: Path) -> bytes:
        data = real(path)
        return data[:-1] if path.suffix == ".csv" else data

    monkeypatch.setattr(Path, "read_bytes", broken)
    period = notice_period(office, START)
    assert refusal(lambda: publish(office, tmp_path, period, WORDING)) == "E-PUBLISH-CHECK"
    assert publication(office) is None


def test_the_list_says_whom_it_lists(office: Office, tmp_path: Path) -> None:
    made = publish(office, tmp_path, notice_period(office, START), WORDING, formats=("json",))
    said = json.loads((tmp_path / made.files[-1].name).read_bytes())
    selected = compute(office).selection.of("selected")
    assert sum(part["count"] for part in said["lists"]) == len(selected) > 0
