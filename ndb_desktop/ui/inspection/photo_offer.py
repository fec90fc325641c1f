"""The button of a datum or an item that leads to adding photos of it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.plain import Button


class PhotoOffer(Button):
    """Says how many photos there are. Signal `go(str)`: the page of photos is wanted, to add some of this part."""

    go = Signal(str)

    def __init__(self, store: SiteStore) -> None:
        super().__init__(tr("site.photos.add"), "normal", "image-plus")
        self.setObjectName("site.photos.offer")
        self.setProperty("touch", True)
        self._store, self._about = store, ""
        self.clicked.connect(lambda: self.go.emit(f"photos.add:{self._about}"))

    def show_about(self, about: str) -> None:
        """Which part it is, such as `check:<id>`."""
        self._about = about
        count = len(self._store.record.photos_of(about))
        self.set_text(tr("site.photos.add.of", count=count) if count else tr("site.photos.add"))
