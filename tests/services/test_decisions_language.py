"""What the program gives as a reason of its own accord stands in the language of whoever works with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.objections import receive
from ndb_desktop.services.outcome import unblind
from ndb_desktop.texts import text
from tests.support.office import START, make_office


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_reasons_of_the_programs_own_are_in_the_language_of_the_user(tmp_path: Path, language: str) -> None:
    office = make_office(tmp_path / "office")
    office.language = language
    frozen = freeze(office)
    opened = unblind(office)
    receive(office, sender="王某", contact="信箱 1", matter="名称有误", evidence="附件 1", received=START.date())
    objected = office.decided.all()[-1]
    keys = ("freezing.reason", "outcome.unblind.reason", "objection.reason")
    assert [one.reason for one in (frozen, opened, objected)] == [text(key, language) for key in keys]
    assert len({text(key, other) for key in keys for other in ("zh_CN", "en")}) == 6
    office.close()
