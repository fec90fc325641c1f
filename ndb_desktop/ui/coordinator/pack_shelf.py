"""The rule packs at hand: those of the batch and those opened from files, each with its state in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.pack_files import PackFile
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.pack_words import standing_words
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column


@dataclass(frozen=True)
class ShelfPack:
    """A pack of the batch (`file` is None) or an opened file; `frozen`: of the batch, and by decision."""

    pack: RulePack | None
    file: PackFile | None
    frozen: bool
    used: bool

    @property
    def key(self) -> str:
        """What it is known by while the registry is open."""
        if self.file is not None:
            return f"file:{self.file.path}"
        return f"batch:{self.pack.category}" if self.pack is not None else ""

    @property
    def name(self) -> str:
        """Category and id of the pack: titles begin alike; else the name of the file."""
        if self.pack is not None:
            return f"{category_name(self.pack.category)} · {self.pack.id}"
        return self.file.path.name if self.file is not None else ""

    @property
    def origin(self) -> str:
        """本批次, or the name of the file."""
        return tr("packs.origin.batch") if self.file is None else self.file.path.name

    @property
    def label(self) -> str:
        """For lists to choose from: `本批次 · 示范园区 · 1.0`."""
        if self.pack is None:
            return self.origin
        return " · ".join((self.origin, category_name(self.pack.category), self.pack.version))

    @property
    def standing(self) -> tuple[str, str, str]:
        """State in words, icon, colour."""
        if self.pack is None:
            count = len(self.file.faults) if self.file is not None else 0
            return tr("packs.state.faults", count=count), "circle-x", "danger"
        said = tr("packs.state.proposal") if self.pack.is_proposal else standing_words(self.pack)
        if self.frozen:
            return tr("packs.state.frozen", state=said), "lock", "accent"
        icon = ("info", "warning") if self.pack.is_proposal else ("badge-check", "accent")
        if self.file is not None and self.used:
            return tr("packs.state.used", state=said), *icon
        return said, *icon


def shelf(snapshot: Snapshot, opened: Sequence[PackFile]) -> list[ShelfPack]:
    """The packs of the batch, then the opened files."""
    own = [ShelfPack(pack, None, snapshot.frozen is not None, True) for pack in snapshot.packs.values()]
    used = {pack.digest for pack in snapshot.packs.values()}
    files = [ShelfPack(one.pack, one, False, one.pack is not None and one.pack.digest in used) for one in opened]
    return own + files


def shelf_columns() -> tuple[Column[ShelfPack], ...]:
    """Columns of the list of packs."""

    def words(one: ShelfPack) -> str:
        return spoken(one.pack.digest, i18n.language()) if one.pack is not None else "—"

    return (
        Column(tr("packs.column.name"), lambda one: one.name, stretch=True),
        Column(tr("packs.column.origin"), lambda one: one.origin, width=130),
        Column(
            tr("column.state"), lambda one: one.standing[0], width=200, icon=lambda one: one.standing[1:],
        ),
        Column(tr("packs.column.version"), lambda one: one.pack.version if one.pack else "—", width=70),
        Column(tr("packs.column.words"), words, width=150),
    )  # fmt: skip
