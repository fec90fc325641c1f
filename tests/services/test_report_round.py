"""合议纪要 as a PDF: what is in it, who signed, and that seats tell nobody's name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.secondround import SecondRound
from ndb_desktop.domain.settlement import Vote, content
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.report_round import minutes_report, minutes_view
from ndb_desktop.services.results import compute
from ndb_desktop.services.round_views import case_views
from ndb_desktop.services.rounds import close_round, round_of
from tests.support.rounds import EXPERTS, FIRM, PARK, REASON, WHY, Stage, bundles, lower, open_now, staged

DISSENT = "仍认为措施可行，保留意见。"


def read(path: Path) -> str:
    shown = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True).stdout.decode()
    return re.sub(r"\s+", "", shown)


def answered(folder: Path) -> Stage:
    """A closed round: one changed, one upheld, three silent; a vote with dissent on the park."""
    stage = staged(folder)
    open_now(stage)
    paths = bundles(stage)
    for expert in EXPERTS[:2]:
        with stage.open(paths[expert], expert) as session:
            if expert == "E-01":
                lower(session)
            else:
                session.uphold(PARK)
            session.uphold(FIRM)
            stage.merge(stage.sign(session, expert))
    close_round(stage.office, reason="答复截止")
    votes = [Vote(name, "for") for name in EXPERTS[:3]] + [Vote("E-04", "against", DISSENT), Vote("E-05", "abstain")]
    said = content("selected", "是否入选", votes, compute(stage.office).digests[PARK])
    stage.office.decided.record("settlement", PARK, said, reason="多数赞成")
    return stage


def test_the_minutes_hold_cases_votes_dissent_and_signatures(tmp_path: Path) -> None:
    stage = answered(tmp_path)
    made = {}
    for language in ("zh_CN", "en"):
        made[language] = minutes_report(stage.office, tmp_path / f"{language}.pdf", language, head="E-03")
    assert not any(one.missing for one in made.values())
    fonts = subprocess.run(["pdffonts", tmp_path / "zh_CN.pdf"], capture_output=True, check=True).stdout.decode()
    assert [line.split()[-5:-2] for line in fonts.splitlines() if "Noto" in line] == [["yes"] * 3] * fonts.count("Noto")
    zh, en = read(tmp_path / "zh_CN.pdf"), read(tmp_path / "en.pdf")
    for words in (PARK, FIRM, REASON, "答复截止", WHY, DISSENT, "是否入选", "赞成3，反对1，弃权1"):
        assert words in zh
    assert "For3,against1,abstained1" in en
    votes = [one for one in stage.office.decided.all() if one.kind in ("round", "settlement")]
    assert len(votes) == 3
    for one in votes:
        assert re.sub(r"\s", "", spoken(one.digest, "zh_CN")) in zh
        assert one.signers[0][1] in zh
    seats = [seat for view in case_views(stage.office, current(stage)) for seat in view.seats if seat.digest]
    assert len(seats) == 4
    for seat in seats:
        assert re.sub(r"\s", "", spoken(seat.digest, "zh_CN")) in zh
        assert seat.digest in zh
    # Everybody signs by hand, the head first.
    names = {expert.id: expert.name for expert in stage.office.experts()}
    lines = zh[zh.index("组长") :]
    assert lines.index(names["E-03"]) < min(lines.index(names[one]) for one in EXPERTS if one != "E-03")
    assert [row.action for row in stage.office.log_rows()][-2:] == ["round.viewed", "report.minutes"]


def current(stage: Stage) -> SecondRound:
    return round_of(stage.office, "")


def test_seats_name_nobody_and_the_same_round_makes_the_same_bytes(tmp_path: Path) -> None:
    stage = answered(tmp_path)
    view = minutes_view(stage.office, current(stage), case_views(stage.office, current(stage)), "zh_CN")
    cells = [cell for case in view.cases for seat in case.seats for cell in seat]
    assert not [cell for cell in cells for expert in stage.office.experts() if expert.name in cell or expert.id in cell]
    one, two = (minutes_report(stage.office, tmp_path / f"{name}.pdf") for name in "ab")
    assert one.sha256 == two.sha256
    for arguments, code in (({"round_id": "R9"}, "E-ROUND-UNKNOWN"), ({"head": "E-99"}, "E-ROUND-EXPERT")):
        with pytest.raises(NdbError) as error:
            minutes_report(stage.office, tmp_path / "none.pdf", **arguments)
        assert error.value.code == code
    assert not (tmp_path / "none.pdf").exists()
