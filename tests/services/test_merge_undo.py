"""Undoing the last merge: everything it brought goes, nothing else; and why it cannot be undone, when it cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndb_desktop.services.decisions import DecisionBook
from ndb_desktop.services.intake import confirm_key
from ndb_desktop.services.merge import merge_files, resolve_conflict
from ndb_desktop.services.merge_receipts import write_receipts
from ndb_desktop.services.merge_undo import last_merge, undo_merge
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.results import compute
from ndb_desktop.storage.registry_schema import DERIVED
from tests.support.office import (
    Clock,
    digest_of,
    make_office,
    make_score_file,
    raw_sheet,
    reopen,
    scored_sheet,
    use_tiny,
)  # fmt: skip
from tests.support.travel import person, refusal

REASON = "归并错了文件夹"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    yield office
    office.close()


def both(office: Office, mark: int) -> list[bytes]:
    return [raw_sheet(office, scored_sheet(name, mark)) for name in ("A-001", "A-002")]


def state(office: Office) -> tuple[object, ...]:
    """Every derived row as it is stored, numbers of rows and files too; keys, refusals, results."""
    rows = office.registry._rows
    return (
        dict(office.registry.derived_digests()),
        {table: rows(f"SELECT * FROM {table}") for table in (*DERIVED, "signed_file", "refusal", "expert_key")},
        compute(office).digest,
    )


def first_and_second(office: Office, folder: Path) -> tuple[Path, Path]:
    """A first merge of E01 and E02, and a folder with a later revision, a repeat, another key, a bad file."""
    one = both(office, 80)
    make_score_file(office, folder / "1/a.ndbscore", "E01", one)
    make_score_file(office, folder / "1/b.ndbscore", "E02", both(office, 81))
    two = raw_sheet(office, scored_sheet("A-001", 88), 2, digest_of(one[0]))
    make_score_file(office, folder / "2/a.ndbscore", "E01", [two, one[1]], revision=2)
    make_score_file(office, folder / "2/b.ndbscore", "E02", both(office, 89))
    make_score_file(office, folder / "2/c.ndbscore", "E03", both(office, 82))
    (folder / "2/d.ndbscore").write_bytes(b"{}")
    return folder / "1", folder / "2"


def test_everything_is_as_before_and_the_same_files_give_the_same_again(office: Office, tmp_path: Path) -> None:
    first, second = first_and_second(office, tmp_path)
    merge_files(office, [first])
    before = state(office)
    merge_files(office, [second])
    after = state(office)
    assert after != before
    last = last_merge(office)
    assert last is not None
    assert (last.files, last.refusals, last.keys, last.blocked) == (3, 1, 1, None)
    undone = undo_merge(office, REASON, last.run)
    assert undone.run == last.run
    assert state(office) == before
    assert office.rebuild().equal
    assert office.verify_log().ok
    [entry] = [row for row in office.log_rows() if row.action == "merge.undone"]
    assert entry.details["reason"] == REASON
    assert len(entry.details["files"]) == 3  # type: ignore[arg-type]
    merge_files(office, [second])
    assert dict(office.registry.derived_digests()) == after[0]
    assert compute(office).digest == after[2]
    undo_merge(office, REASON)
    again = reopen(office)
    assert state(again) == before
    again.close()


def test_only_the_last_one_and_only_once(office: Office, tmp_path: Path) -> None:
    assert last_merge(office) is None
    assert refusal(lambda: undo_merge(office, REASON)) == "E-UNDO-NONE"
    first, second = first_and_second(office, tmp_path)
    merge_files(office, [first])
    shown = last_merge(office)
    assert shown is not None
    merge_files(office, [second])
    assert refusal(lambda: undo_merge(office, REASON, shown.run)) == "E-UNDO-LATER"
    assert refusal(lambda: undo_merge(office, " ")) == "E-REASON"
    undo_merge(office, REASON)
    assert last_merge(office) is None
    assert refusal(lambda: undo_merge(office, REASON)) == "E-UNDO-NONE"


def test_a_merge_that_brought_nothing_leaves_the_one_before_the_last(office: Office, tmp_path: Path) -> None:
    first, _ = first_and_second(office, tmp_path)
    empty = state(office)
    merge_files(office, [first])
    run = last_merge(office)
    merge_files(office, [first])
    assert last_merge(office) == run
    undo_merge(office, REASON)
    assert state(office) == empty


def test_what_says_nothing_about_the_files_does_not_stand_in_the_way(office: Office, tmp_path: Path) -> None:
    first, _ = first_and_second(office, tmp_path)
    merge_files(office, [first])
    office.rebuild()
    undo_merge(office, REASON)
    assert office.status().files == 0


def _receipt(office: Office, folder: Path) -> None:
    write_receipts(office, merge_files(office, [folder]), folder.parent / "out")


def _resolve(office: Office, folder: Path) -> None:
    (pair,) = [row for row in office.registry.standings() if row.state == "conflict" and row.application == "A-001"]
    resolve_conflict(office, "A-001", pair.expert, pair.digests[0], "专家确认")


def _confirm(office: Office, _folder: Path) -> None:
    confirm_key(office, "E03", person("E03").keyid)


def _decide(office: Office, _folder: Path) -> None:
    DecisionBook(office).record("flag", "A-001", {"outcome": "kept"}, reason="已核")


def _assign(office: Office, _folder: Path) -> None:
    office.replace_assignments(office.assignments()[:-1])


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (_receipt, "E-UNDO-RECEIPT"), (_resolve, "E-UNDO-DECISION"), (_confirm, "E-UNDO-DECISION"),
        (_decide, "E-UNDO-DECISION"), (_assign, "E-UNDO-SINCE"),
    ],
)  # fmt: skip
def test_what_was_built_on_it_keeps_it(
    office: Office, tmp_path: Path, what: Callable[[Office, Path], None], code: str
) -> None:
    first, second = first_and_second(office, tmp_path)
    merge_files(office, [first])
    merge_files(office, [second])
    what(office, second)
    before = state(office)
    last = last_merge(office)
    assert last is not None
    assert last.blocked is not None
    assert last.blocked.code == code
    assert refusal(lambda: undo_merge(office, REASON)) == code
    assert state(office) == before


def test_a_registry_that_cannot_be_written_stays_as_it_is(office: Office, tmp_path: Path) -> None:
    first, _ = first_and_second(office, tmp_path)
    merge_files(office, [first])
    before = state(office)
    office.registry._db.conn.execute("PRAGMA query_only = ON")
    assert refusal(lambda: undo_merge(office, REASON)) == "E-STORE-READONLY"
    assert state(office) == before


def test_what_fails_in_the_middle_leaves_the_merge_whole(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = first_and_second(office, tmp_path)
    merge_files(office, [first])
    before = state(office)

    def full(*_: object) -> None:
        raise OSError(28, "no room")

    with monkeypatch.context() as patched:
        patched.setattr("ndb_desktop.services.merge_undo.forget_inbox", full)
        with pytest.raises(OSError, match="no room"):
            undo_merge(office, REASON)
    assert state(office) == before
    undo_merge(office, REASON)
    assert office.status().files == 0


def test_undo_in_any_order_of_merging(tmp_path: Path) -> None:
    made = make_office(tmp_path / "empty")
    first, second = first_and_second(made, tmp_path)
    made.close()
    ends = []
    for number, order in enumerate(((first, second), (second, first))):
        folder = tmp_path / f"office{number}"
        shutil.copytree(tmp_path / "empty", folder)
        office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
        for source in order:
            merge_files(office, [source])
        undo_merge(office, REASON)
        merge_files(office, [order[1]])
        ends.append((dict(office.registry.derived_digests()), compute(office).digest))
        office.close()
    assert ends[0] == ends[1]
