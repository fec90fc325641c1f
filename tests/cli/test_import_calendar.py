"""`ndb import calendar`: a look first, then the days count; what ships is never replaced."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.services.calendar_import import own_calendars
from ndb_desktop.services.office_folder import create_office, open_office
from tests.support.all_stages import Person
from tests.support.calendars import calendar_file
from tests.support.office import Clock
from tests.support.packs import pack_for, sample_batch
from tests.support.travel import PASSPHRASE, person


def test_a_calendar_is_looked_at_and_brought_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, who = tmp_path / "registry", person("组织方")
    create_office(
        registry, batch=sample_batch(), packs={"park": pack_for("park"), "enterprise": pack_for("enterprise")},
        identity=who, name="示例评审办", recovery=person("恢复").public, clock=Clock(),
    ).close()  # fmt: skip
    for name, value in {"NDB_REGISTRY": str(registry), "NDB_PASSPHRASE": PASSPHRASE, "NDB_LANG": "zh_CN"}.items():
        monkeypatch.setenv(name, value)
    desk, path = Person("组织方", tmp_path, capsys), calendar_file(tmp_path)

    def kept() -> list[str]:
        office = open_office(registry, who, clock=Clock())
        found = [one.id for one in own_calendars(office)]
        office.close()
        return found

    assert "什么都没有写入" in desk.run(0, "import", "calendar", path, "--dry-run")
    assert kept() == []
    made = desk.data("import", "calendar", path)
    assert (made["calendar"], made["years"], made["accepted"], made["replaces"]) == ("cn-2027", [2027], True, False)
    assert made["work"] == ["2027-02-13"]
    assert date.fromisoformat(made["off"][0]) == date(2027, 1, 1)
    assert kept() == ["cn-2027"]
    assert desk.data("import", "calendar", path)["replaces"]
    shipped = calendar_file(tmp_path, id="cn-2026", years=[2026], off=["2026-01-01"], work=[])
    assert "E-CALENDAR-KNOWN" in desk.run(1, "import", "calendar", shipped)
    assert kept() == ["cn-2027"]
