"""现场核实 as it counts: what signed records of visits say of data, and what they found that only a veto decides (R09).

Read from the registry alone: which record of a visit counts is settled when it is merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.dispute import DisputeAction, Verified
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.sitecheck import FALSE_DATA
from ndb_desktop.domain.sitepack import load_site_pack
from ndb_desktop.domain.siterecord import Answer, Check, SiteRecord
from ndb_desktop.formats.siteparts import parts_record
from ndb_desktop.storage.registry_sites import CurrentSite, SiteCheckRow, SiteVetoRow

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import Veto

Source = Literal["veto", "answer", "check"]
"""The team's own finding, a starred item of the checklist that failed, a datum referred as false."""


@dataclass(frozen=True, slots=True)
class VetoCandidate:
    """一票否决线索 from a visit: a team reports it, the coordinator decides. `veto` is the decision, None while open.

    `id` names the finding, item or datum; `received_at` when the record came: a decision from before says nothing.
    `title` is what the checklist of the visit calls the ground.
    """

    application: str
    ground: str
    source: Source
    id: str
    words: str
    evidence: str
    reply: str
    visit: str
    record: str
    received_at: str
    veto: Veto | None = None
    title: LocalText | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.veto is None


def verified_on_site(office: Office) -> tuple[Verified, ...]:
    """Every datum that records which count settled, in the order of the visits.

    What a held record had settled waits again, as if it were still to be looked at.
    """
    found = []
    for site in office.registry.current_sites(held=True):
        for row in site.checks:
            if site.held and row.effect in ("replace", "keep"):
                found.append(_verified(site, row, "site"))
            elif row.effect == "replace" and row.verified is not None:
                found.append(_verified(site, row, "replace"))
            elif row.effect == "keep":
                found.append(_verified(site, row, "keep"))
    return tuple(found)


def _verified(site: CurrentSite, row: SiteCheckRow, action: DisputeAction) -> Verified:
    declared, value = (None if text is None else parse_number(text) for text in (row.declared, row.verified))
    return Verified(
        site.application, row.datum, row.year, action, value if action == "replace" else None, declared, site.visit,
        site.payload_sha256, site.decided, site.received_at,
    )  # fmt: skip


def veto_candidates(office: Office) -> tuple[VetoCandidate, ...]:
    """Everything visits found that may be a ground of a veto, by application, ground and id, decided or not.

    A lead of a held record stays one: it says what to look at, and only a decision ends it.
    """
    sites = office.registry.current_sites(held=True)
    if not sites:
        return ()
    decided = {(row.application, row.ground): row for row in office.registry.vetoes() if row.status != "check"}
    found = []
    for site in sites:
        for row in _suspicions(site):
            veto = decided.get((site.application, row.ground))
            source, _, name = row.id.partition(":")
            found.append(
                VetoCandidate(
                    site.application, row.ground, _source(source), name, row.words, row.evidence, row.reply, site.visit,
                    site.payload_sha256, site.received_at,
                    veto if veto is not None and veto.at >= site.received_at else None,
                    _title(office, site.visit, row.ground),
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.application, one.ground, one.visit, one.source, one.id)))


def _title(office: Office, visit: str, ground: str) -> LocalText | None:
    row = office.registry.visit(visit)
    return None if row is None else _titles(row.pack).get(ground)


@lru_cache(maxsize=8)
def _titles(pack: bytes) -> Mapping[str, LocalText]:
    return {ground.id: ground.text for ground in load_site_pack(pack).grounds}


def _suspicions(site: CurrentSite) -> Iterator[SiteVetoRow]:
    yield from site.vetoes
    for row in site.checks:
        if row.effect == "refer":
            name = f"{row.datum}/{row.year}" if row.year else row.datum
            figures = f"{row.declared or '-'} / {row.verified or '-'} {row.unit}".strip()
            yield SiteVetoRow(f"check:{name}", FALSE_DATA, figures, "", "")


def _source(name: str) -> Source:
    return "veto" if name == "veto" else "answer" if name == "answer" else "check"


def rows_of(record: SiteRecord, pack: bytes) -> tuple[tuple[SiteCheckRow, ...], tuple[SiteVetoRow, ...]]:
    """What follows from a record, made with its checklist: its checks, its veto findings and failed starred items."""
    wanted = record.visit.wanted_by_id
    written = {one.id: one for one in parts_record(record.parts.values()).checks}
    checks = []
    for name, one in sorted(wanted.items()):
        check = written.get(name)
        if check is not None:
            checks.append(
                SiteCheckRow(
                    one.datum,
                    one.key,
                    None if one.declared is None else plain(one.declared),
                    check.verified,
                    one.unit,
                    check.conclusion,
                    check.effect,
                )
            )
    vetoes = [SiteVetoRow(f"veto:{one.id}", one.ground, one.text, one.evidence, one.reply) for one in record.vetoes]
    items = load_site_pack(pack).item_by_id
    for part in record.parts.values():
        item = items.get(part.item) if isinstance(part, Answer) else None
        if isinstance(part, Answer) and item is not None and item.starred and part.grade in ("minor", "severe"):
            vetoes.append(SiteVetoRow(f"answer:{part.item}", item.ground, part.note, "", ""))
    return tuple(checks), tuple(sorted(vetoes, key=lambda row: row.id))


def effect_fits(check: Check, number: bool) -> bool:
    """Whether an effect can be carried out: only a figure that was verified can take another's place."""
    return check.effect != "replace" or (number and check.verified is not None)
