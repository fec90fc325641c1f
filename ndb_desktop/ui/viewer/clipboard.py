"""The clipboard for confidential words: what was copied here says so, and is taken away when the bundle is closed."""

from __future__ import annotations

import hashlib

from PySide6.QtGui import QClipboard, QGuiApplication

from ndb_desktop.ui.i18n import tr


class Keeper:
    """Remembers only a digest of what it put on the clipboard, and whether it has told the reader about it."""

    def __init__(self) -> None:
        self._digest = b""
        self._told = False

    def copy(self, text: str, *, notice: bool = True) -> bool:
        """Puts text on the clipboard, with the confidential notice below it; True the first time in a session.

        Without the `notice` what is meant to be pasted into a reason, such as where something stands.
        """
        whole = f"{text}\n{tr('viewer.copied.notice')}" if notice else text
        self._digest = _digest(whole)
        QGuiApplication.clipboard().setText(whole, QClipboard.Mode.Clipboard)
        first, self._told = not self._told, True
        return first

    def forget(self) -> bool:
        """Empties the clipboard if it still holds what was put there; True if it did. The session is over."""
        self._told = False
        digest, self._digest = self._digest, b""
        clipboard = QGuiApplication.clipboard()
        if not digest or _digest(clipboard.text(QClipboard.Mode.Clipboard)) != digest:
            return False
        clipboard.clear(QClipboard.Mode.Clipboard)
        return True


def _digest(text: str) -> bytes:
    # Some clipboards give line ends of their own.
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).digest()


_keeper = Keeper()


def copy(text: str, *, notice: bool = True) -> bool:
    """`Keeper.copy` of the program's one clipboard."""
    return _keeper.copy(text, notice=notice)


def forget() -> bool:
    """`Keeper.forget` of the program's one clipboard; called when a bundle is closed."""
    return _keeper.forget()
