"""Another rule pack for a category: what it changes is told first, then all of it is done or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Datum
from ndb_desktop.domain.packload import compose_pack, load_pack
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.strictload import strict_json
from ndb_desktop.services.agenda import agenda
from ndb_desktop.services.freezing import freeze
from ndb_desktop.services.office import Office
from ndb_desktop.services.pack_replace import fixed, replace_pack, unreadable, weigh
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.office import issue, make_office, put_application, small_batch
from tests.support.packs import pack_for, sample_application


def edited(pack: RulePack, change: object) -> RulePack:
    """The pack after `change` took its JSON in hand."""
    value = strict_json(pack.raw, max_size=len(pack.raw))
    change(value)  # type: ignore[operator]
    return load_pack(compose_pack(value["pack"], value["texts"]["zh_CN"], value["texts"]["en"], value["vectors"]))


def renamed(value: dict) -> None:  # type: ignore[type-arg]
    value["pack"]["version"] = "9.9"


def heavier(value: dict) -> None:  # type: ignore[type-arg]
    """Ten points more for the second indicator, ten fewer for the first."""
    first, second = value["pack"]["indicators"][:2]
    first["weights"]["basis"] = str(int(first["weights"]["basis"]) - 1)
    second["weights"]["basis"] = str(int(second["weights"]["basis"]) + 1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = make_office(
        tmp_path / "office", batch=small_batch(), packs={"park": pack_for("park")}, experts=2, assigned=False,
        applications=[replace(sample_application(), id=name, field="ai") for name in ("A-1", "A-2")],
    )  # fmt: skip
    yield made
    made.close()


def test_what_changes_is_told_and_then_done_with_an_entry_in_the_log(office: Office) -> None:
    old, new = office.packs["park"], edited(pack_for("park"), heavier)
    before = len(office.log_rows())
    seen = weigh(office, new)
    assert (seen.old.digest, seen.new.digest, seen.applications) == (old.digest, new.digest, 2)
    assert {change.path for change in seen.changes} == {
        "pack.indicators[P1.1].weights.basis",
        "pack.indicators[P1.2].weights.basis",
    }
    assert seen.unread == ()
    assert len(office.log_rows()) == before, "to look changes nothing"
    assert office.packs["park"].digest == old.digest
    steps: list[int] = []
    replace_pack(
        office, new, shown=old.digest, reason=" 勘误 ", progress=lambda done, _total, _what: steps.append(done)
    )
    assert office.packs["park"].digest == new.digest
    assert office.registry.packs()["park"] == new.raw
    row = office.log_rows()[-1]
    assert (row.action, row.subject) == ("pack.replaced", "park")
    assert (row.details["before"], row.details["after"]) == (old.digest, new.digest)
    assert (row.details["reason"], row.details["applications"]) == ("勘误", 2)
    assert steps == [1, 2]
    assert office.registry.computed("A-1", new.digest) is not None
    assert office.verify_log().ok


def test_applications_that_the_new_pack_cannot_read_are_named_and_have_to_be_known(office: Office) -> None:
    odd = sample_application()
    odd = replace(odd, id="A-3", field="ai", data={**odd.data, "unheard_of": Datum("unheard_of", "firm", "audit")})
    put_application(office, odd)
    new = edited(pack_for("park"), renamed)
    seen = weigh(office, new)
    assert seen.unread == ("A-3",)
    with pytest.raises(NdbError) as caught:
        replace_pack(office, new, shown=seen.old.digest, reason="x")
    assert caught.value.code == "E-PACKS-CHANGED"
    replace_pack(office, new, shown=seen.old.digest, reason="x", unread=seen.unread)
    assert office.log_rows()[-1].details["unread"] == ["A-3"]

    # The agenda reminds of it until it was imported anew, or fits again.
    def reminded() -> list[int]:
        return [one.count for one in agenda(office, office.status(), office.applications()) if one.kind == "unread"]

    assert unreadable(office) == ("A-3",)
    assert reminded() == [1]
    put_application(office, replace(odd, data=sample_application().data))
    assert unreadable(office) == ()
    assert reminded() == []


def test_cancelled_in_the_middle_everything_is_as_it_was(office: Office) -> None:
    old, new, token = office.packs["park"], edited(pack_for("park"), renamed), CancelToken()
    entries, scores = len(office.log_rows()), office.registry.computed("A-1", old.digest)
    with pytest.raises(Cancelled):
        replace_pack(office, new, shown=old.digest, reason="x", cancel=token, progress=lambda *_: token.cancel())
    assert office.registry.packs()["park"] == old.raw
    assert office.packs["park"].digest == old.digest
    assert office.registry.computed("A-1", old.digest) == scores != {}
    assert len(office.log_rows()) == entries


def refused(office: Office, new: RulePack, *, shown: str = "", reason: str = "x") -> str:
    with pytest.raises(NdbError) as caught:
        replace_pack(office, new, shown=shown or office.packs["park"].digest, reason=reason)
    return caught.value.code


def test_what_does_not_fit_is_refused_by_name(office: Office) -> None:
    new = edited(pack_for("park"), renamed)
    assert refused(office, pack_for("enterprise")) == "E-PACKS-CATEGORY"
    assert refused(office, replace(new, stage="acceptance")) == "E-PACKS-STAGE"
    assert refused(office, office.packs["park"]) == "E-PACKS-SAME"
    assert refused(office, new, reason="  ") == "E-PACKS-REASON"
    assert refused(office, new, shown=new.digest) == "E-PACKS-CHANGED"
    assert office.packs["park"].digest == pack_for("park").digest


def test_a_statement_cannot_read_differently_for_the_two_categories(tmp_path: Path) -> None:
    batch = small_batch(quotas={"park": small_batch().quotas["park"], "enterprise": small_batch().quotas["park"]})
    both = {"park": pack_for("park"), "enterprise": pack_for("enterprise")}
    office = make_office(tmp_path / "office", batch=batch, packs=both, applications=0, experts=1, assigned=False)

    def reworded(value: dict) -> None:  # type: ignore[type-arg]
        name = value["pack"]["statements"][0]
        value["texts"]["zh_CN"][f"statement.{name}"] += "。"

    assert refused(office, edited(pack_for("park"), reworded)) == "E-PACKS-STATEMENT"
    office.close()


def test_frozen_or_issued_packs_stay_as_they_are(office: Office) -> None:
    new = edited(pack_for("park"), renamed)
    assert fixed(office) == ""
    issue(office, "E01", ["A-1"])
    assert (fixed(office), refused(office, new)) == ("issued", "E-PACKS-ISSUED")
    freeze(office)
    assert (fixed(office), refused(office, new)) == ("frozen", "E-PACKS-FROZEN")
    with pytest.raises(NdbError) as caught:
        weigh(office, new)
    assert caught.value.code == "E-PACKS-FROZEN"
