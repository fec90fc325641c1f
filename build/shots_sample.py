"""What the pictures of `make_shots.py` show: the sample round, a supplement to it, and marks as an expert might give."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / ".out" / "sample-shots"
SUPPLEMENT = ROOT / ".out" / "sample-shots-supplement"
CORRECTED = 2
"""So many applications a supplement corrects."""


def prepare_sample() -> None:
    """A sample with six applications for its last expert, and a supplement that corrects two of them."""
    sys.path.insert(0, str(ROOT))
    from ndb_desktop.services.demo import is_sample, make_demo, read_sample

    if not is_sample(SAMPLE) or "open_visit" not in read_sample(SAMPLE):
        SAMPLE.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(SUPPLEMENT, ignore_errors=True)
        make_demo(SAMPLE, size="full", force=True)
    if not list(SUPPLEMENT.glob("*.ndbbundle")):
        shutil.rmtree(SUPPLEMENT, ignore_errors=True)
        make_supplement()


def make_supplement() -> None:
    """Corrects figures of applications the expert holds, and issues the supplement."""
    from ndb_desktop.services.demo import read_sample
    from ndb_desktop.services.demo_review import SampleClock
    from ndb_desktop.services.identity import unlock
    from ndb_desktop.services.intake import import_applications
    from ndb_desktop.services.issue import issue_supplements
    from ndb_desktop.services.office_folder import open_office
    from ndb_desktop.services.review import open_review

    places = {name: Path(place) for name, place in read_sample(SAMPLE).items()}
    secret = places["open_secret"].read_text(encoding="utf-8").splitlines()[0]
    clock = SampleClock("2026-07-24T01:00:00Z")
    with tempfile.TemporaryDirectory() as folder:
        with open_review(places["open_bundle"], secret=secret, profile=Path(folder) / "p", clock=clock) as session:
            expert, held = session.summary.expert_id, [item.application.id for item in session.applications]
        registry, handover = Path(folder) / "registry", Path(folder) / "handover"
        shutil.copytree(places["registry"], registry)
        shutil.copytree(SAMPLE / "handover", handover)
        correct(handover, held[:CORRECTED])
        identity = unlock(places["coordinator_key"], places["passphrase_file"].read_text(encoding="utf-8").strip())
        office = open_office(registry, identity, clock=clock)
        try:
            import_applications(office, handover, update=True)
            (bundle,) = issue_supplements(office, Path(folder) / "made", experts=[expert]).issued
        finally:
            office.close()
        SUPPLEMENT.mkdir(parents=True)
        shutil.copy(bundle.path, SUPPLEMENT)


def correct(handover: Path, wanted: list[str]) -> None:
    """A tenth less in the newest year of the first two data of three years."""
    lines = handover / "applications.jsonl"
    rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if row["id"] not in wanted:
            continue
        yearly = [datum for datum in row["data"].values() if len(datum.get("values", ())) == 3]
        for datum in yearly[:2]:
            year = max(datum["values"])
            datum["values"][year] = str((Decimal(datum["values"][year]) * 9 / 10).quantize(Decimal("0.01")))
    lines.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def mark_all(session: object, applications: list[str], *, leave: int = 0) -> None:
    """Marks applications as an expert might; `leave` items of the last stay without a mark."""
    from random import Random

    from ndb_desktop.domain.sheet import ItemEntry
    from ndb_desktop.services.demo_marks import band_of, sentences, snapped

    for number, name in enumerate(applications):
        pack = session.item(name).pack  # type: ignore[attr-defined]
        chance = Random(number)
        items = pack.items[: len(pack.items) - leave] if name == applications[-1] else pack.items
        for item in items:
            if item.computed:
                entry = ItemEntry(item.id, "scored", confirm="confirmed")
            else:
                value = snapped(pack, 68 + 4 * number + chance.gauss(0, 9))
                level = band_of(pack, value).level
                reason = f"{chance.choice(sentences()['reasons'][level])}佐证见第 {chance.randint(1, 60)} 页。"
                entry = ItemEntry(item.id, "scored", level, value, reason=reason)
            session.set_entry(name, entry)  # type: ignore[attr-defined]
