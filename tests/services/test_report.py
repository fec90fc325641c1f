"""Reports of a real session and a real registry: what stands in the PDF is what was signed, and looks are logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.reports.panel_summary import panel_summary
from ndb_desktop.services.evidence import CitedPlace, cite
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import (
    notice_report,
    office_sheet_report,
    panel_report,
    panels_of,
    score_sheet_report,
    secret_slips,
)
from ndb_desktop.services.report_panel import panel_view
from ndb_desktop.services.report_sheet import score_text
from ndb_desktop.services.results import compute
from tests.support.office import make_office, make_score_file, recused_sheet, scored_sheet
from tests.support.reports import read, spaceless
from tests.support.review import complete, make_bundle, open_session
from tests.support.travel import person


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("report")
    made = make_office(folder / "office", experts=8)
    experts = [expert.id for expert in made.experts()]
    listed = [application.id for application in made.applications()]
    files = [
        make_score_file(made, folder / f"{expert}.ndbscore", expert, [scored_sheet(name, 80 + n) for name in listed])
        for n, expert in enumerate(experts[:7])
    ]
    files.append(
        make_score_file(
            made, folder / "last.ndbscore", experts[7], [recused_sheet(listed[0]), scored_sheet(listed[1], 89)]
        )
    )
    report = merge_files(made, files)
    assert {verdict.verdict for verdict in report.verdicts} == {"accepted"}
    yield made
    made.close()


def actions(office: Office) -> list[str]:
    return [row.action for row in office.log_rows()]


def test_draft_then_signed_sheet_of_the_expert(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle")
    target = tmp_path / "sheet.pdf"
    with open_session(made, tmp_path / "profile") as session:
        complete(session)
        score_sheet_report(session, target)
        assert "尚未签名" in spaceless(read(target.read_bytes()))
        exported = session.export(person("expert"), tmp_path)
        report = score_sheet_report(session, target, "zh_CN")
        assert target.read_bytes() == report.data
        assert score_sheet_report(session, tmp_path / "again.pdf", "zh_CN").sha256 == report.sha256
        text = spaceless(read(report.data))
        assert "尚未签名" not in text
        assert person("expert").keyid in text
        assert exported.payload_sha256[:8] in text
        totals = session.totals(made.ids[0])
        assert totals.total is not None
        assert score_text(totals.total, session.item(made.ids[0]).pack.settings) in text
        for item in session.applications:
            assert spaceless(item.application.applicant) in text
            for indicator in item.pack.indicators:
                assert spaceless(indicator.title.zh_CN)[:6] in text  # a long one stands on two lines
        for statement, agreed in session.statements():
            assert spaceless(statement.text.zh_CN)[:20] in text
            assert agreed in text
        english = score_sheet_report(session, target, "en", applications=[made.ids[0]])
        assert english.pages < report.pages
        assert "Expert score sheet" in read(english.data)


def test_recused_sheet_has_no_scores(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle")
    with open_session(made, tmp_path / "profile") as session:
        for statement, _ in session.statements():
            session.agree(statement.id)
        session.declare(made.ids[0], Declaration("recused", ("C1",), "曾任该单位顾问"))
        report = score_sheet_report(session, tmp_path / "r.pdf", applications=[made.ids[0]])
    text = spaceless(read(report.data))
    assert "本人申请回避" in text
    assert "曾任该单位顾问" in text
    assert "本部分得分" not in text


def test_private_notes_never_reach_a_report(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle")
    with open_session(made, tmp_path / "profile") as session:
        complete(session)
        item = session.applications[0].pack.items[0].id
        entry = session.sheet(made.ids[0]).items[item]
        session.set_entry(made.ids[0], replace(entry, note="私人备注勿外传"))
        session.set_note(made.ids[0], "另一条私人备注")
        report = score_sheet_report(session, tmp_path / "r.pdf")
    assert "私人备注" not in spaceless(read(report.data))


def test_sheet_from_the_registry_is_made_of_the_signed_bytes(office: Office, tmp_path: Path) -> None:
    expert = office.experts()[0]
    report = office_sheet_report(office, expert.id, tmp_path / "sheet.pdf")
    text = spaceless(read(report.data))
    assert spaceless(expert.name) in text
    assert person(expert.id).keyid in text
    assert "待核对指纹" in text
    for application in office.applications():
        assert spaceless(application.applicant) in text
    assert "report.sheet" in actions(office)


def test_sheet_of_somebody_who_sent_nothing(tmp_path: Path) -> None:
    made = make_office(tmp_path / "office")
    try:
        with pytest.raises(NdbError, match="E-REPORT-NO-FILE"):
            office_sheet_report(made, made.experts()[0].id, tmp_path / "x.pdf")
        assert not (tmp_path / "x.pdf").exists()
    finally:
        made.close()


def test_panel_summary_shows_what_counted(office: Office, tmp_path: Path) -> None:
    ((category, field),) = panels_of(office)
    before = actions(office).count("report.panel")
    report = panel_report(office, tmp_path / "panel.pdf", category, field)
    text = spaceless(read(report.data))
    result = compute(office)
    for name, row in result.results.items():
        assert spaceless(result.applications[name].applicant) in text
        assert row.published is not None
        assert f"{row.published:f}" in text
        for total in row.expert_totals.values():
            assert score_text(total, office.packs[category].settings) in text
    assert "(80.00)" in text
    assert "回避" in text
    assert result.digest in text
    assert office.experts()[0].name not in text
    assert office.experts()[0].id in text
    assert actions(office).count("report.panel") == before + 1
    named = panel_report(office, tmp_path / "named.pdf", category, field, "en", names=True)
    assert spaceless(office.experts()[0].name) in spaceless(read(named.data))
    with pytest.raises(NdbError, match="E-REPORT-NO-PANEL"):
        panel_report(office, tmp_path / "none.pdf", "enterprise", field)


def test_every_figure_of_the_summary_leads_to_the_signed_files(office: Office, tmp_path: Path) -> None:
    """Each sheet that counted is named with its digest and that of the file which lies in the registry, signed.

    Digests stand in two lines beside each other, so their first halves are looked for.
    """
    ((category, field),) = panels_of(office)
    said = spaceless(read(panel_report(office, tmp_path / "sources.pdf", category, field, "en").data))
    assert "Signedfilesbehindthefigures" in said
    kept = {row.payload_sha256 for row in office.registry.files()}
    counted = 0
    for name, row in compute(office).results.items():
        for _, group in office.registry.current_sheets(name):
            for stored in group:
                scored = row.experts[stored.expert] == "scored"
                assert (stored.digest[:32] in said) == scored
                if scored:
                    files = office.registry.current_files()[name, stored.expert]
                    assert files
                    assert kept.issuperset(files)
                    assert all(one[:32] in said for one in files)
                    counted += 1
    assert counted > 4


def test_an_application_has_a_column_for_each_of_its_own_experts_and_for_nobody_else(
    office: Office, tmp_path: Path
) -> None:
    """Where experts are drawn for each application, a field has many: their columns would break every number."""
    ((category, field),) = panels_of(office)
    result = compute(office)
    view = panel_view(office, result, category, field, "en", names=False)
    names = [name for name, row in result.results.items() if (row.category, row.field) == (category, field)]
    for name, applicant in zip(names, view.applicants, strict=True):
        assert applicant.members == tuple(sorted(result.results[name].experts))
        assert {len(row.values) for row in applicant.rows} == {len(applicant.members)}
    assert set(view.members) == {one for applicant in view.applicants for one in applicant.members}
    many = replace(view, members=tuple(f"E{number:02}" for number in range(40)))
    text = read(panel_summary(many, "en").data)
    for row in result.results.values():
        for total in row.expert_totals.values():
            assert score_text(total, office.packs[category].settings) in text, "no number is broken"


def test_the_summary_says_which_level_was_trimmed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((category, field),) = panels_of(office)
    by_item = spaceless(read(panel_report(office, tmp_path / "item.pdf", category, field).data))
    assert "按评分项去高去低。每个评分项有效评分达到7份时" in by_item
    pack = office.packs[category]
    by_total = replace(pack, settings=replace(pack.settings, trim_level="total"))
    monkeypatch.setitem(office.__dict__, "packs", {category: by_total})
    result = compute(office)
    seven = [row for row in result.results.values() if row.n_valid == 7]
    assert seven
    lowest, highest = seven[0].dropped
    chinese = read(panel_report(office, tmp_path / "total.pdf", category, field).data)
    assert "按专家总分去高去低。有效评分表达到7份时" in spaceless(chinese)
    assert "按评分项去高去低" not in spaceless(chinese)
    for expert in (lowest, highest):
        assert f"({score_text(seven[0].expert_totals[expert], by_total.settings)})" in chinese
    english = " ".join(read(panel_report(office, tmp_path / "en.pdf", category, field, "en").data).split())
    assert "Rule: trimmed by experts' totals. With 7 or more valid sheets" in english


def test_notice_holds_no_score(office: Office, tmp_path: Path) -> None:
    report = notice_report(office, tmp_path / "notice.pdf")
    text = spaceless(read(report.data))
    assert "排名不分先后" in text
    result = compute(office)
    chosen = [name for name, state in result.selection.states.items() if state == "selected"]
    assert chosen
    for name in chosen:
        assert spaceless(result.applications[name].applicant) in text
    for row in result.results.values():
        assert row.published is not None
        assert f"{row.published:f}" not in text
    assert "国家新兴产业发展示范基地（" in text


def test_slips_only_for_bundles_with_a_secret(office: Office, tmp_path: Path) -> None:
    bundle = office.issued()[0]
    with_secret = replace(bundle, secret="7k3m-q9xw-2r4t-n8vb-5hcd")
    report = secret_slips(office, [with_secret, replace(bundle, secret=None)], tmp_path / "slips.pdf")
    assert report.pages == 1
    text = read(report.data)
    assert "7k3m-q9xw-2r4t-n8vb-5hcd" in text
    assert office.coordinator.keyid in text
    assert "7k3m" not in repr(office.log_rows())
    with pytest.raises(NdbError, match="E-REPORT-NO-SLIP"):
        secret_slips(office, [replace(bundle, secret=None)], tmp_path / "none.pdf")


def test_evidence_in_the_sheet_is_numbered_named_and_leads_to_the_annex(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle")
    target = tmp_path / "sheet.pdf"
    app = made.ids[0]
    with open_session(made, tmp_path / "profile") as session:
        complete(session)
        cite(session, app, "P4.1.plan", CitedPlace("D2", 1, (100, 100, 300, 200), "生物制造\n中试平台"))
        cite(session, app, "P1.1.basis", CitedPlace("D1", 1))
        shown = score_sheet_report(session, target, applications=[app])
        again = score_sheet_report(session, tmp_path / "again.pdf", applications=[app])
        assert shown.sha256 == again.sha256
    text = spaceless(read(target.read_bytes()))
    first, second = text.index("佐证1：年度报告第1页"), text.index("佐证2：方案第1页")
    assert first < second, "numbered in the order of the form, not of marking"
    annex = text[text.index("佐证清单") :]
    for document in made.applications[0].documents[:2]:
        assert document.name in annex
        assert f"SHA-256{document.sha256[:16]}…" in annex
    assert "“生物制造中试平台”" in annex
    assert "页面上部左侧" in annex
    assert "P4.1" in annex
    document = pypdfium2.PdfDocument(target.read_bytes())
    titles = [entry.get_title() for entry in document.get_toc(max_depth=5)]
    document.close()
    groups = [group.title.get("zh_CN") for group in made.packs["park"].groups]
    assert titles[0] == made.applications[0].applicant
    assert sum(any(group in title for group in groups) for title in titles) == 2 * len(groups), (
        "each group in each part"
    )
