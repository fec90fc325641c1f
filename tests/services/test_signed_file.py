"""The signed file behind a figure: verified at every look, its marks and scores those of the results."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import rounded
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.analytics import internal_analytics
from ndb_desktop.services.signed_file import signed_file
from tests.support.sample import office_copy


def test_every_sheet_behind_a_figure_opens_with_the_scores_the_results_stand_on(tmp_path: Path) -> None:
    with closing(office_copy(tmp_path)) as office:
        found = internal_analytics(office)
        seen = 0
        for name, one in found.applications.items():
            settings = office.pack_of(office.application(name)).settings
            for ref in one.sheets:
                file = signed_file(office, ref.files[-1], name)
                assert file.fault is None
                assert file.expert == ref.expert
                assert file.keyid in {key.keyid for key in office.expert_keys(ref.expert)}
                assert file.sheet is not None
                assert (file.sheet.digest, file.sheet.revision) == (ref.digest, ref.revision)
                total = rounded(one.result.expert_totals[ref.expert], settings.digits, settings.rounding)
                assert file.sheet.view.totals[-1][1] == f"{total:f}"
                row = office.registry.file(file.payload_sha256)
                assert row is not None
                record = next(s.record for s in open_score(row.envelope, None).sheets if s.record.application == name)
                for item in record.items:
                    said = file.sheet.entered[item.item].split(" / ")
                    assert said == [x for x in (item.level, item.value, item.computed) if x] or said == [""]
                seen += 1
        assert seen
        assert office.registry.log_rows(newest=1)[0].action == "results.viewed", "each look is on record"
        assert office.registry.log_rows(newest=1)[0].details["file"] == file.payload_sha256


def test_a_file_that_no_longer_verifies_shows_why_and_no_mark(tmp_path: Path) -> None:
    with closing(office_copy(tmp_path)) as office:
        ref = next(iter(internal_analytics(office).applications.values())).sheets[0]
        rows = list(office.registry.files())
        other = next(row for row in rows if row.payload_sha256 != ref.files[0])
        with office.registry.transaction():
            office.registry._db.conn.execute(
                "UPDATE signed_file SET envelope = ? WHERE payload_sha256 = ?", (other.envelope, ref.files[0])
            )
        file = signed_file(office, ref.files[0], ref.application)
        assert file.fault is not None
        assert file.fault.code == "E-REGISTRY-FILE"
        assert file.sheet is None
        assert file.signed_at == "", "nothing of what does not verify is said"


def test_a_file_nobody_sent_and_an_application_it_does_not_hold_are_refused(tmp_path: Path) -> None:
    with closing(office_copy(tmp_path)) as office:
        entries = len(office.registry.log_rows())
        ref = next(iter(internal_analytics(office).applications.values())).sheets[0]
        for digest, name in (("0" * 64, ref.application), (ref.files[0], "APP-UNKNOWN")):
            with pytest.raises(NdbError) as caught:
                signed_file(office, digest, name)
            assert caught.value.code == "E-TRACE-FILE"
        assert all(
            row.action != "results.viewed" or "file" not in row.details for row in office.registry.log_rows()[entries:]
        )
