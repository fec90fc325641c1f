"""A registry with files that came back: some merged, some waiting in a folder, two versions that contradict."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.services.merge import merge_files
from tests.support.office import make_office, make_score_file, raw_sheet, scored_sheet, small_batch
from tests.support.travel import key_file

SECRETS = ("另一意见", "机制健全，证据充分，可核查。")
"""Words in one of the two versions only."""
SCORES = ("80", "87")
"""The score that differs, in one version and the other."""


def other_version(application: str) -> Sheet:
    """Another value of one item, another reason of a second, another opinion."""
    sheet = scored_sheet(application, 80)
    items = dict(sheet.items)
    items["T1.2.basis"] = replace(items["T1.2.basis"], value=Decimal(SCORES[1]))
    items["T1.1.plan"] = ItemEntry("T1.1.plan", "scored", "L4", Decimal(80), reason=SECRETS[1])
    return replace(sheet, items=items, opinion=SECRETS[0])


def make_returned(folder: Path, *, quarrel: bool = True, trial: bool = True) -> Path:
    """The registry's folder. E01 sent everything (one sheet twice if `quarrel`), E02 one sheet.

    E03 waits in `in`, with E04 in a ZIP and a file that is none.
    """
    office = make_office(folder / "office", batch=small_batch(trial=trial))
    one = [raw_sheet(office, scored_sheet(name, 80)) for name in ("A-001", "A-002")]
    make_score_file(office, folder / "old/e01.ndbscore", "E01", one)
    make_score_file(office, folder / "old/e02.ndbscore", "E02", [scored_sheet("A-001", 84)])
    merge_files(office, [folder / "old"], results=False)
    if quarrel:
        two = raw_sheet(office, other_version("A-001"))
        make_score_file(office, folder / "late/e01-b.ndbscore", "E01", [two])
        merge_files(office, [folder / "late"], results=False)
    both = [scored_sheet(name, 85) for name in ("A-001", "A-002")]
    make_score_file(office, folder / "in/e03.ndbscore", "E03", both)
    path = make_score_file(office, folder / "tmp/e04.ndbscore", "E04", both)
    with zipfile.ZipFile(folder / "in/mail.zip", "w") as archive:
        archive.write(path, "mail/e04.ndbscore")
    (folder / "in/broken.ndbscore").write_bytes(b"{}")
    office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return office.folder
