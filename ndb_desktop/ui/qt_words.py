"""Words of Qt's own dialogs that its translation leaves in English; everything else is in `qtbase_*.qm`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTranslator

from ndb_desktop.ui.i18n import tr

# With and without the letter for the keyboard: the versions of Qt we run on differ there.
_WORDS: dict[tuple[str, str], Callable[[], str]] = {
    ("QFileDialog", "&Look in:"): lambda: tr("qt.look_in"),
    ("QFileDialog", "Look in:"): lambda: tr("qt.look_in"),
    ("QFileDialog", "Files of &type:"): lambda: tr("qt.file_type"),
    ("QFileDialog", "Files of type:"): lambda: tr("qt.file_type"),
    ("QAbstractFileIconProvider", "Drive"): lambda: tr("qt.drive"),
    ("QAbstractFileIconProvider", "Folder"): lambda: tr("qt.folder"),
}


class QtWords(QTranslator):
    """Installed before Qt's own translator, so that it is asked only for what that one does not know."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, _disambiguation: str | None = None, _count: int = -1) -> str | None:
        """The words for a text of Qt's; nothing for what is known elsewhere."""
        found = _WORDS.get((context, text))
        return found() if found is not None else None
