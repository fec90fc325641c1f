"""What the window remembers: an ini file in the user's folder with choices and geometry, nothing from a bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QByteArray, QSettings

from ndb_desktop.texts import DEFAULT_LANGUAGE, LANGUAGES

ThemeName = Literal["light", "dark", "contrast"]
THEMES: tuple[ThemeName, ...] = ("light", "dark", "contrast")
FONT_FACTORS = (0.9, 1.0, 1.15, 1.3, 1.45, 1.6)
RECENT_MAX = 8
EXPORTS_MAX = 40
"""Bundles whose exports are remembered."""


class Settings:
    """Language, theme, font factor, window geometry and the paths of files opened last."""

    def __init__(self, profile: Path) -> None:
        self._ini = QSettings(str(profile / "window.ini"), QSettings.Format.IniFormat)

    def _get(self, key: str, default: str) -> str:
        value = self._ini.value(key, default)
        return value if isinstance(value, str) else default

    @property
    def language(self) -> str:
        """A language of ours, whatever the file says."""
        value = self._get("window/language", DEFAULT_LANGUAGE)
        return value if value in LANGUAGES else DEFAULT_LANGUAGE

    @language.setter
    def language(self, value: str) -> None:
        self._ini.setValue("window/language", value)

    @property
    def theme(self) -> str:
        """`light`, `dark`, `contrast`, or "" when the user has not chosen (then the system's wish counts)."""
        value = self._get("window/theme", "")
        return value if value in THEMES else ""

    @theme.setter
    def theme(self, value: str) -> None:
        self._ini.setValue("window/theme", value)

    @property
    def font_factor(self) -> float:
        """0.9 to 1.6 times the base size."""
        try:
            value = float(self._get("window/font", "1.0"))
        except ValueError:
            return 1.0
        return min(max(value, FONT_FACTORS[0]), FONT_FACTORS[-1]) if value == value else 1.0

    @font_factor.setter
    def font_factor(self, value: float) -> None:
        self._ini.setValue("window/font", f"{value:.2f}")

    @property
    def large_targets(self) -> bool:
        """大按钮: whether a desk that is used standing, with one hand, makes everything large enough for a finger."""
        return self._get("window/large", "") == "yes"

    @large_targets.setter
    def large_targets(self, value: bool) -> None:
        self._ini.setValue("window/large", "yes" if value else "")

    @property
    def geometry(self) -> QByteArray:
        """What `QWidget.saveGeometry` gave last time; empty at first."""
        value = self._ini.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._ini.setValue("window/geometry", value)

    @property
    def folded(self) -> frozenset[str]:
        """Names of the parts of a page that the user folded away."""
        return frozenset(name for name in self._get("window/folded", "").split(" ") if name)

    @folded.setter
    def folded(self, value: frozenset[str]) -> None:
        self._ini.setValue("window/folded", " ".join(sorted(value)))

    def split(self, name: str) -> tuple[int, ...]:
        """Sizes in pixels of the panes of that name as they were left; none when they never were moved."""
        words = self._get(f"split/{name}", "").split(" ")
        sizes = tuple(int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 6)
        return sizes if len(sizes) == len(words) and any(sizes) else ()

    def set_split(self, name: str, sizes: Sequence[int]) -> None:
        """Remembers the sizes of the panes of that name."""
        self._ini.setValue(f"split/{name}", " ".join(str(size) for size in sizes))

    @property
    def layout(self) -> str:
        """The name of the keyboard layout; "" when none was chosen."""
        return self._get("keys/layout", "")

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The keys the user gave to actions; whether they make sense is for `shortcuts.use` to say."""
        try:
            found = json.loads(self._get("keys/own", "{}"))
        except (ValueError, RecursionError):
            return {}
        entries = found.items() if isinstance(found, dict) else ()
        return {
            action: tuple(keys)
            for action, keys in entries
            if isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        }

    def set_keys(self, layout: str, own: Mapping[str, tuple[str, ...]]) -> None:
        """Remembers layout and own keys."""
        self._ini.setValue("keys/layout", layout)
        self._ini.setValue("keys/own", json.dumps({action: list(keys) for action, keys in own.items()}))

    @property
    def recent(self) -> tuple[Path, ...]:
        """Files and registries opened last, newest first; only those still there."""
        text = self._get("recent/paths", "")
        return tuple(path for line in text.split("\n") if line and (path := Path(line)).exists())

    def remember(self, path: Path) -> None:
        """Puts a path at the head of the recent list."""
        path = path.resolve()
        kept = [path, *(other for other in self.recent if other != path)][:RECENT_MAX]
        self._ini.setValue("recent/paths", "\n".join(str(entry) for entry in kept))

    @property
    def backup_folder(self) -> Path | None:
        """Where copies of worksheets go; None for the usual place in the profile."""
        value = self._get("backup/folder", "")
        return Path(value) if value else None

    @backup_folder.setter
    def backup_folder(self, value: Path | None) -> None:
        self._ini.setValue("backup/folder", "" if value is None else str(value))

    def exports(self, bundle: str) -> dict[int, Path]:
        """Where the signed files of a bundle were written on this computer, by number of the export."""
        found = self._written_files().get(bundle)
        entries = found.items() if isinstance(found, dict) else ()
        return {int(number): Path(path) for number, path in entries if number.isdecimal() and isinstance(path, str)}

    def remember_exports(self, bundle: str, written: Mapping[int, Path]) -> None:
        """Remembers paths only; the bundles used last are kept."""
        known = {name: found for name, found in self._written_files().items() if name != bundle}
        known[bundle] = {str(number): str(path) for number, path in written.items()}
        self._ini.setValue("exports/written", json.dumps(dict(list(known.items())[-EXPORTS_MAX:])))

    def _written_files(self) -> dict[str, object]:
        try:
            found = json.loads(self._get("exports/written", "{}"))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def warn_once(self, about: str) -> bool:
        """Whether the user was not yet warned of this; from now on they were. Only a digest of it is remembered."""
        # Here and not above: no start needs it.
        import hashlib

        mark = hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()[:16]
        known = self._get("warned/marks", "").split()
        if mark in known:
            return False
        self._ini.setValue("warned/marks", " ".join([*known, mark][-200:]))
        return True

    def forget_recent(self) -> None:
        """Empties the recent list."""
        self._ini.remove("recent")

    def flush(self) -> None:
        """Writes the file now."""
        self._ini.sync()
