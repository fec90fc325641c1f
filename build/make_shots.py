#!/usr/bin/env python3
"""Pictures of the window for README, guides and for looking at before a release.

    python build/make_shots.py            all pages, languages, colours and scales into .out/shots; README's into docs/images
    python build/make_shots.py --one LANGUAGE THEME SCALE FOLDER    one round (used by the above)

Every picture shows the sample round; the pages are walked through the same buttons a user presses. Look at them: nothing
here can judge whether a page is beautiful.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / ".out" / "sample-small"
SHOTS = ROOT / ".out" / "shots"
IMAGES = ROOT / "docs" / "images"
ROUNDS = [
    ("zh_CN", "light", "1.0"),
    ("en", "dark", "1.0"),
    ("zh_CN", "contrast", "1.0"),
    ("en", "light", "1.5"),
    ("zh_CN", "dark", "1.5"),
]
README_PICTURE = ("zh_CN", "light", "1.0", "expert-judged", "expert-desk.png")
PASSPHRASE = "sample only words"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=4, metavar=("LANGUAGE", "THEME", "SCALE", "FOLDER"))
    options = parser.parse_args()
    if options.one:
        return one_round(*options.one[:2], Path(options.one[3]))
    prepare_sample()
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    for language, theme, scale in ROUNDS:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        arguments = [sys.executable, __file__, "--one", language, theme, scale, str(SHOTS)]
        if subprocess.run(arguments, env=environment, cwd=ROOT).returncode:
            return 1
        for path in SHOTS.glob("*.new.png"):
            path.rename(SHOTS / f"{path.name.removesuffix('.new.png')}_{language}_{theme}_{scale}.png")
    language, theme, scale, page, name = README_PICTURE
    IMAGES.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SHOTS / f"{page}_{language}_{theme}_{scale}.png", IMAGES / name)
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")
    return 0


def prepare_sample() -> None:
    sys.path.insert(0, str(ROOT))
    from ndb_desktop.services.demo import is_sample, make_demo

    if not is_sample(SAMPLE):
        SAMPLE.parent.mkdir(parents=True, exist_ok=True)
        make_demo(SAMPLE, size="small", force=True)


def one_round(language: str, theme: str, folder: Path) -> int:
    with tempfile.TemporaryDirectory() as profile:
        os.environ["NDB_PROFILE"] = profile
        sys.path.insert(0, str(ROOT))
        Walk(language, theme, folder, Path(profile)).run()
    return 0


class Walk:
    """One window, walked from the start page to the signed file."""

    def __init__(self, language: str, theme: str, folder: Path, profile: Path) -> None:
        from ndb_desktop.ui import app, i18n
        from ndb_desktop.ui.settings import Settings
        from ndb_desktop.ui.shell.main_window import MainWindow
        from ndb_desktop.ui.shell.sample_maker import sample_entries

        settings = Settings(profile)
        i18n.set_language(language)
        self.app = app.make_application(settings, theme)
        self.folder = folder
        self.window = MainWindow(settings, profile, app.utc_now, sample_entries(SAMPLE))
        self.window.resize(1440, 900)
        self.window.show()

    def rest(self) -> None:
        from ndb_desktop.ui import tasks

        end, quiet = time.monotonic() + 0.3, 0
        while time.monotonic() < end or quiet < 5:
            self.app.processEvents()
            quiet = 0 if tasks.busy() else quiet + 1
            time.sleep(0.003)

    def shot(self, name: str) -> None:
        self.rest()
        self.window.grab().save(str(self.folder / f"{name}.new.png"))

    def press(self, name: str) -> None:
        from PySide6.QtWidgets import QAbstractButton

        self.rest()
        buttons = [button for button in self.window.findChildren(QAbstractButton, name) if button.isVisible()]
        buttons[0].click()
        self.rest()

    def run(self) -> None:
        window = self.window
        self.shot("start")
        window.show_help()
        self.shot("help")
        window.close_help()
        self.press("sample.0")
        self.shot("expert-unlock")
        self.press("open.button")
        self.key_and_declarations()
        self.scoring()
        self.coordinator()
        window.close()
        self.rest()

    def key_and_declarations(self) -> None:
        page = self.window.desk.page
        self.shot("expert-key")
        page.identity.passphrase.first.setText(PASSPHRASE)
        page.identity.passphrase.second.setText(PASSPHRASE)
        self.press("identity.create")
        self.press("identity.next")
        self.press("statements.all")
        self.press("recuse.0")
        self.shot("expert-declare")
        self.press("declare.cancel")
        self.press("declare.next")
        self.shot("expert-closed")
        self.press("declare.clear")

    def scoring(self) -> None:
        page, walk = self.window.desk.page, self.window.desk.walk
        items = self.window.desk.store.view.item(walk.application).pack.items
        letter = items[0].id[0]
        for item, name in ((f"{letter}2.1.basis", "expert-computed"), (f"{letter}2.1.plan", "expert-plan")):
            walk.go(walk.application, item)
            self.rest()
            page.score.panel.area.verticalScrollBar().setValue(260 if name == "expert-computed" else 0)
            self.shot(name)
        judged = next(item.id for item in items if not item.computed)
        walk.go(walk.application, judged)
        self.press("level.L4")
        page.score.panel.levels.number.setText("84")
        page.score.panel.levels.number.commit()
        self.press("viewer.cite")
        page.score.panel.area.verticalScrollBar().setValue(330)
        self.shot("expert-judged")
        page.score.totals.how.click()
        walk.go(walk.application, "overall")
        self.shot("expert-overall")
        page.go("check")
        self.shot("expert-check")
        page.go("sign")
        self.shot("expert-sign")

    def coordinator(self) -> None:
        self.window.go_start()
        self.press("sample.1")
        self.shot("coordinator-unlock")
        self.press("office.open")
        self.shot("coordinator-overview")


if __name__ == "__main__":
    sys.exit(main())
