"""接续一个总库, from the choice of a predecessor to the registry that follows it; the desk says which page is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.sniff import FileKind, identify
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.services.identity import keys_folder, list_identities, unlock
from ndb_desktop.services.rulepacks import builtin_packs
from ndb_desktop.services.succession import read_predecessor
from ndb_desktop.services.succession_form import Following, FollowOrder, make_follow_up, prefill
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui.coordinator.follow_page import FollowChoice, FollowPage
from ndb_desktop.ui.coordinator.store import take_snapshot
from ndb_desktop.ui.coordinator.wizard.follow import FollowWizard
from ndb_desktop.ui.coordinator.wizard.follow_steps import Ticks
from ndb_desktop.ui.shell.desk import Shell
from ndb_desktop.ui.widgets import files

Work = Callable[[Progress, CancelToken], Any]
ARCHIVE = FileKind.ARCHIVE.value


class FollowFlow:
    """What was chosen, what was read, and the form; `following` None until a predecessor was read."""

    def __init__(self, shell: Shell, new_form: Callable[[int], BatchForm]) -> None:
        self._shell, self._new_form = shell, new_form
        self.choice = FollowChoice()
        self.following: Following | None = None
        self.form: BatchForm | None = None
        self.ticks = Ticks()
        self.page: FollowPage | None = None
        self.wizard: FollowWizard | None = None
        self.not_noted: NdbError | None = None

    def make_page(self) -> FollowPage:
        """The choice of a predecessor."""
        self.page = FollowPage(self.choice, list_identities(keys_folder(self._shell.profile)))
        return self.page

    def make_wizard(self) -> FollowWizard:
        """The steps, filled in from what was read."""
        if self.following is None or self.form is None:
            raise RuntimeError("nothing was read")
        shipped = {pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"}
        today = self._shell.now().date()
        self.wizard = FollowWizard(self._shell.profile, self.form, shipped, self.following, self.ticks, today)
        return self.wizard

    def read(self, key: Path, passphrase: str) -> Work | None:
        """The work that reads the predecessor; None while none is chosen."""
        path, stage, clock = self.choice.path, self.choice.stage, self._shell.now
        self.choice.key = key
        if path is None:
            return None

        def work(_progress: Progress, cancel: CancelToken) -> Following:
            identity = unlock(key, passphrase)
            cancel.check()
            known = read_predecessor(path, stage, identity, clock=clock)
            cancel.check()
            return Following(path, stage, identity, known)

        return work

    def read_done(self, following: Following) -> None:
        """Begins the form with what the predecessor says."""
        self.following, self.form = following, self._new_form(self._shell.now().year)
        self.ticks = Ticks()
        prefill(self.form, following, files.writable(following.path.parent))

    def make(self, order: FollowOrder) -> Work:
        """The work that makes the registry."""
        clock = self._shell.now

        def work(progress: Progress, cancel: CancelToken) -> Any:
            made, self.not_noted = make_follow_up(order, clock=clock, progress=progress, cancel=cancel)
            return made.office, take_snapshot(made.office)

        return work


def filed(paths: tuple[Path, ...], _cancel: CancelToken) -> str | None:
    """The kind of one archive that is dropped where a predecessor is chosen; None for anything else."""
    if len(paths) == 1 and paths[0].is_file() and identify(paths[0]) is FileKind.ARCHIVE:
        return ARCHIVE
    return None
