"""The program on a laptop of 1366 x 768 pixels at a scale of 1.5: a process of its own, which says what is cut.

python tests/support/scaled_run.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

SCREEN = {
    "name": "laptop",
    "x": 0,
    "y": 0,
    "width": 1366,
    "height": 768,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}
LOOKS = (("zh_CN", 1.0), ("en", 1.0), ("pseudo", 1.6))


def main(folder: Path) -> int:
    """Returns 0 when nothing is cut."""
    config = folder / "screen.json"
    config.write_text(json.dumps({"synchronousWindowSystemEvents": True, "screens": [SCREEN]}), encoding="utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={config}"
    os.environ["QT_SCALE_FACTOR"] = "1.5"
    profile = Path(os.environ["NDB_PROFILE"])
    profile.mkdir(parents=True, exist_ok=True)
    # Only now: Qt reads both when it is loaded.
    from PySide6.QtWidgets import QApplication

    from ndb_desktop import texts
    from ndb_desktop.ui import i18n, theme
    from ndb_desktop.ui.expert.walk import Walk
    from tests.support import pseudo, review, rooms
    from tests.support.clipping import findings
    from tests.support.window import settle

    # What is made ready for the next step is made of the same parts; here it would only cost time.
    Walk.ahead = lambda _self: []
    app = QApplication([])
    screen = app.primaryScreen()
    print(f"screen {screen.size().width()}x{screen.size().height()} at {screen.devicePixelRatio()}")
    theme.load_fonts()
    theme.apply(app, "light", 1.0)
    i18n.set_language("zh_CN")
    shipped, longer = texts.catalogue(), pseudo.catalogue()
    made = review.make_bundle(folder / "made")
    window = rooms.window_after_crash(profile, made)
    room = screen.availableGeometry().size()
    assert window.width() <= room.width(), (window.width(), room.width())
    assert window.height() <= room.height(), (window.height(), room.height())
    found: dict[str, str] = {}
    for stage in rooms.stages(window, made):
        for language, factor in LOOKS:
            texts.catalogue = lambda language=language: longer if language == "pseudo" else shipped
            i18n.set_language("zh_CN" if language == "zh_CN" else "en")
            window.set_font(factor)
            for page in stage.rooms:
                page.show()
                settle()
                rooms.fit(window, window.size())
                for finding in () if page.way else findings(window):
                    found.setdefault(finding, f"{page.name}, {language} {factor}")
        texts.catalogue = lambda: shipped
        i18n.set_language("zh_CN")
        window.set_font(1.0)
        settle()
    window.close()
    settle()
    for finding, where in found.items():
        print(f"{where}: {finding}")
    print("nothing is cut" if not found else f"{len(found)} findings", window.size().toTuple())
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
