#!/usr/bin/env python3
"""Pictures of the window for README, guides and for looking at before a release.

    python build/make_shots.py            every page in languages, colours and scales into .out/shots; README's and the
                                          guides' pictures into docs/images
    python build/make_shots.py --guide    only the two rounds the guides' pictures come from
    python build/make_shots.py --stage    of those only the pictures of a later stage
    python build/make_shots.py --one LANGUAGE THEME SCALE FOLDER    one round (used by the above)

Every picture shows the sample round; the pages are walked through the same buttons a user presses, and a button that
is not there any more ends the walk with its name. Look at them: nothing here can judge whether a page is beautiful.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shots_office import walk_office
from shots_sample import ROOT, SAMPLE, SUPPLEMENT, mark_all, prepare_sample
from shots_site import walk_site
from shots_stage import prepare_stage, walk_stage

SHOTS = ROOT / ".out" / "shots"
IMAGES = ROOT / "docs" / "images"
ROUNDS = [
    ("zh_CN", "light", "1.0"),
    ("en", "light", "1.0"),
    ("en", "dark", "1.0"),
    ("zh_CN", "contrast", "1.0"),
    ("en", "light", "1.5"),
    ("zh_CN", "dark", "1.5"),
]
GUIDE_ROUNDS = ROUNDS[:2]
README_PICTURE = ("zh_CN", "light", "1.0", "expert-judged", "expert-desk.png")
GUIDE_PICTURES = (
    "unlock", "key", "declare", "split", "computed", "challenge", "judged", "check", "compare", "sign", "signed",
    "news", "backups",
)  # fmt: skip
"""Pages named `expert-…` that go into the expert's guide."""
OFFICE_PICTURES = (
    "unlock", "overview", "applications", "assign", "issue", "challenges", "analytics", "results", "log", "merge", "publish", "packs", "visits",
)  # fmt: skip
"""Pages named `coordinator-…` that go into the coordinator's guide."""
STAGE_PICTURES = ("stage-forms", "stage-outcomes")
"""Pages named `coordinator-…` of the sample's acceptance, in the same guide."""
SITE_PICTURES = (
    "unlock", "statements", "overview", "meetings", "check", "answer", "finding", "photos", "closing", "join", "sign",
)  # fmt: skip
"""Pages named `inspection-…` that go into the inspectors' guide."""
PASSPHRASE = "sample only words"
EVENING = datetime(2026, 4, 22, 12, 10, tzinfo=UTC)
"""When the walk takes place: the sample's bundles are out, the time for returning them is not over."""
COLOURS = 96
PHOTO_PAGE, PHOTO_COLOURS = "photos", 256
"""With fewer, what is drawn in red on a photo loses its colour."""
MARGIN = 48
"""So many pixels above what a picture is about are shown as well."""
HITS_ON = 6
"""So many hits further the second document shows another one than the first."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=4, metavar=("LANGUAGE", "THEME", "SCALE", "FOLDER"))
    parser.add_argument("--guide", action="store_true")
    parser.add_argument("--stage", action="store_true")
    options = parser.parse_args()
    if options.one:
        return one_round(*options.one[:2], Path(options.one[3]), stage=options.stage)
    prepare_sample()
    prepare_stage()
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    for language, theme, scale in GUIDE_ROUNDS if options.guide or options.stage else ROUNDS:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        arguments = [sys.executable, __file__, "--one", language, theme, scale, str(SHOTS)]
        arguments += ["--stage"] if options.stage else []
        if subprocess.run(arguments, env=environment, cwd=ROOT).returncode:
            return 1
        for path in SHOTS.glob("*.new.png"):
            path.rename(SHOTS / f"{path.name.removesuffix('.new.png')}_{language}_{theme}_{scale}.png")
    if options.stage:
        publish_stage()
    else:
        publish()
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")
    return 0


def publish() -> None:
    """README's picture and the guides', with few colours so that they stay small."""
    language, theme, scale, page, name = README_PICTURE
    guide = IMAGES / "guide"
    guide.mkdir(parents=True, exist_ok=True)
    reduce(SHOTS / f"{page}_{language}_{theme}_{scale}.png", IMAGES / name)
    for old in guide.glob("*.png"):
        old.unlink()
    for language, theme, scale in GUIDE_ROUNDS:
        for page in GUIDE_PICTURES:
            reduce(_taken(f"expert-{page}", language, theme, scale), guide / f"{page}.{language[:2]}.png")
        for page in SITE_PICTURES:
            colours = PHOTO_COLOURS if page == PHOTO_PAGE else COLOURS
            taken = _taken(f"inspection-{page}", language, theme, scale)
            reduce(taken, guide / f"site-{page}.{language[:2]}.png", colours)
        for page in OFFICE_PICTURES:
            reduce(_taken(f"coordinator-{page}", language, theme, scale), guide / f"office-{page}.{language[:2]}.png")
    publish_stage()
    print(f"{sum(path.stat().st_size for path in guide.iterdir()) // 1024} KiB of pictures in the guides")


def publish_stage() -> None:
    """The pictures of the later stage; all others stay."""
    for language, theme, scale in GUIDE_ROUNDS:
        for page in STAGE_PICTURES:
            taken = _taken(f"coordinator-{page}", language, theme, scale)
            reduce(taken, IMAGES / "guide" / f"office-{page}.{language[:2]}.png")


def _taken(page: str, language: str, theme: str, scale: str) -> Path:
    return SHOTS / f"{page}_{language}_{theme}_{scale}.png"


def reduce(source: Path, target: Path, colours: int = COLOURS) -> None:
    """The picture with a palette."""
    from PIL import Image

    with Image.open(source) as picture:
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)


# ----- the walk -----


def one_round(language: str, theme: str, folder: Path, *, stage: bool) -> int:
    sys.path.insert(0, str(ROOT))
    # The folder of the bundle is shown on some pages: it gets a name that belongs to nobody.
    desk = Path(tempfile.mkdtemp(prefix="ndb-shots-"))
    try:
        # The pictures name folders as a user sees them, not where this machine keeps what is temporary.
        os.environ["HOME"] = str(desk)
        os.environ["NDB_PROFILE"] = str(desk / "profile")
        (desk / "profile").mkdir(parents=True)
        walk = Walk(language, theme, folder, desk)
        if stage:
            walk.later_stage()
        else:
            walk.run()
    finally:
        sys.excepthook = sys.__excepthook__
        shutil.rmtree(desk, ignore_errors=True)
    return 0


class LostError(Exception):
    """The walk did not find what it wanted to press or fill."""


class Walk:
    """One window, walked from the start page to the signed file, and through what a supplement brings."""

    def __init__(self, language: str, theme: str, folder: Path, desk: Path) -> None:
        from ndb_desktop.ui import app, i18n
        from ndb_desktop.ui.settings import Settings
        from ndb_desktop.ui.shell.main_window import MainWindow
        from ndb_desktop.ui.shell.sample_maker import sample_entries

        profile, files = desk / "profile", desk / "评审"
        files.mkdir()
        bundle, visit, registry = sample_entries(SAMPLE)
        self.secret, self.desk_folder = bundle.secret, desk
        self.inspectors, self.camera = SAMPLE / "inspectors", SAMPLE / "open-visit" / "DCIM"
        bundle = replace(bundle, path=Path(shutil.copy(bundle.path, files)))
        self.visit = Path(shutil.copy(visit.path, files))
        # What the walk does to it, such as opening the scores, must not change the sample.
        registry = replace(registry, path=Path(shutil.copytree(registry.path, files / registry.path.name)))
        (made,) = SUPPLEMENT.glob("*.ndbbundle")
        self.supplement = Path(shutil.copy(made, files))
        self.stage = Path(shutil.copytree(SAMPLE / "acceptance" / "registry", files / "acceptance"))
        settings = Settings(profile)
        i18n.set_language(language)
        self.app = app.make_application(settings, theme)
        self.folder = folder
        self.page_name = "start"
        self.broken: list[BaseException] = []
        sys.excepthook = self.note_error
        self.begun, self.day = time.monotonic(), EVENING
        self.window = MainWindow(settings, profile, self.now, (bundle, replace(visit, path=self.visit), registry))
        self.window.resize(1440, 900)
        self.window.show()

    def now(self) -> datetime:
        """The window's clock: an evening in the time of the sample; it goes ten times as fast as ours."""
        return self.day + timedelta(seconds=10 * (time.monotonic() - self.begun))

    def note_error(self, _kind: object, error: BaseException, _trace: object) -> None:
        """What breaks inside a slot would only be printed, and the walk would go on in the wrong place."""
        self.broken.append(error)

    def rest(self) -> None:
        from ndb_desktop.ui import tasks

        end, quiet = time.monotonic() + 0.3, 0
        while time.monotonic() < end or quiet < 5:
            self.app.processEvents()
            quiet = 0 if tasks.busy() else quiet + 1
            time.sleep(0.003)
        if self.broken:
            raise LostError(f"after the picture {self.page_name!r}: the program broke") from self.broken[0]

    def shot(self, name: str) -> None:
        self.rest()
        self.page_name = name
        self.window.grab().save(str(self.folder / f"{name}.new.png"))

    def find(self, name: str):
        """The visible widget of that name."""
        from PySide6.QtWidgets import QWidget

        self.rest()
        found = [widget for widget in self.window.findChildren(QWidget, name) if widget.isVisible()]
        if not found:
            raise LostError(f"after the picture {self.page_name!r}: no widget {name!r} is on the page")
        return found[0]

    def press(self, name: str) -> None:
        button = self.find(name)
        if not button.isEnabled():
            raise LostError(f"after the picture {self.page_name!r}: {name!r} cannot be pressed")
        button.click()
        self.rest()

    def await_review(self) -> None:
        """Waits until the bundle is open."""
        self.await_desk(lambda desk: hasattr(desk.page, "go"))

    def await_desk(self, ready: Callable[[Any], bool]) -> None:
        """Waits until the desk is so far; a slow machine needs a while."""
        end = time.monotonic() + 60
        while not ready(self.window.desk):
            if time.monotonic() > end:
                self.shot("stuck")
                raise LostError(f"after the picture {self.page_name!r}: it did not open (see the last picture)")
            self.rest()

    def scroll(self, name: str, part: str) -> None:
        """Brings a part of the page to the top of what scrolls around it, and takes the picture."""
        from PySide6.QtWidgets import QScrollArea

        inside = self.find(part)
        area = inside.parentWidget()
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()
        area.verticalScrollBar().setValue(inside.mapTo(area.widget(), inside.rect().topLeft()).y() - MARGIN)
        self.shot(name)

    def run(self) -> None:
        window = self.window
        self.shot("start")
        window.over.show_help()
        self.shot("help")
        self.press("help.guide.expert")
        self.shot("guide")
        window.over.close()
        self.press("sample.0")
        self.shot("expert-unlock")
        self.press("open.button")
        self.await_review()
        self.key_and_declarations()
        self.computed()
        self.judged()
        self.reading()
        self.check()
        self.sign()
        self.news()
        self.inspection()
        self.coordinator()
        self.later_stage()

    def key_and_declarations(self) -> None:
        page = self.window.desk.page
        page.identity.passphrase.first.setText(PASSPHRASE)
        page.identity.passphrase.second.setText(PASSPHRASE)
        self.shot("expert-key")
        self.press("identity.create")
        self.press("identity.next")
        self.shot("expert-statements")
        self.press("statements.all")
        self.press("recuse.0")
        self.scroll("expert-declare", "clear.0")
        self.press("declare.cancel")
        self.press("declare.next")
        self.shot("expert-closed")
        page.go("declare")
        self.press("declare.all.clear")
        self.shot("expert-declare-all")
        self.press("declare.all.confirm")
        self.press("declare.next")

    def computed(self) -> None:
        walk = self.window.desk.walk
        items = self.window.desk.store.view.item(walk.application).pack.items
        letter = items[0].id[0]
        walk.go(walk.application, f"{letter}2.1.basis")
        self.shot("expert-computed-top")
        self.scroll("expert-computed", "indicator.computed")
        self.press("item.challenge")
        self.find("challenge.proposed").setText("20.3")
        self.find("challenge.reason").setPlainText("统计数据表第 2 页与申报值不一致。")
        self.scroll("expert-challenge", "challenge")
        self.press("challenge.cancel")
        self.press("item.confirm")
        walk.go(walk.application, f"{letter}2.1.plan")
        self.shot("expert-plan")

    def judged(self) -> None:
        page, walk = self.window.desk.page, self.window.desk.walk
        items = self.window.desk.store.view.item(walk.application).pack.items
        walk.go(walk.application, next(item.id for item in items if not item.computed))
        self.press("level.L4")
        page.score.panel.levels.number.setText("84")
        page.score.panel.levels.number.commit()
        self.find("item.reason").setPlainText("四项机制均已实际运行，有办法、有台账；成效目前限于园区之内。")
        self.press("viewer.cite")
        page.score.panel.area.verticalScrollBar().setValue(0)
        self.shot("expert-judged-top")
        self.scroll("expert-judged", "level.L4")
        page.score.totals.how.click()
        self.shot("expert-totals")
        self.press("working.back")
        walk.go(walk.application, "overall")
        self.shot("expert-overall")

    def reading(self) -> None:
        page, walk = self.window.desk.page, self.window.desk.walk
        items = self.window.desk.store.view.item(walk.application).pack.items
        walk.go(walk.application, next(item.id for item in items if not item.computed))
        page.score.viewer.keys()["panel"]()
        self.shot("expert-thumbnails")
        page.score.viewer.keys()["panel"]()
        self.press("reading.split")
        page.score.reading.show_document(self.window.desk.store.view.item(walk.application).application.documents[1].id)
        self.press("reading.search.open")
        field = self.find("reading.search")
        field.setText("研发")
        field.returnPressed.emit()
        self.rest()
        for _ in range(HITS_ON):
            page.score.reading.search.step(1)
            self.rest()
        self.shot("expert-split")
        self.press("reading.search.close")
        self.press("reading.split")

    def check(self) -> None:
        page, store = self.window.desk.page, self.window.desk.store
        names = [row.application.id for row in store.view.applications]
        store.apply(lambda session: mark_all(session, names, leave=3))
        page.go("check")
        self.press("check.category.enterprise")
        self.shot("expert-check")
        matrix = self.find("check.matrix")
        matrix.setCurrentIndex(matrix.model().index(1, matrix.model().columnCount() - 6))
        self.press("check.compare")
        self.shot("expert-compare")
        self.press("compare.back")
        self.press("review.safety")
        self.press("safety.copy.now")
        self.shot("expert-backups")
        self.press("safety.back")
        store.apply(lambda session: mark_all(session, names))

    def sign(self) -> None:
        page = self.window.desk.page
        page.go("sign")
        page.sign.passphrase.first.setText(PASSPHRASE)
        self.shot("expert-sign")
        self.press("sign.button")
        self.shot("expert-signed")

    def news(self) -> None:
        self.window.go_start()
        self.rest()
        self.day = EVENING + timedelta(days=1)
        self.window.open_paths((self.supplement,))
        self.find("open.secret").setText(self.secret)
        self.shot("expert-supplement")
        self.press("open.button")
        self.await_review()
        self.window.desk.page.go("news")
        self.shot("expert-news")

    def inspection(self) -> None:
        self.window.go_start()
        self.rest()
        walk_site(self)
        self.day = EVENING

    def later_stage(self) -> None:
        walk_stage(self)
        self.window.close()
        self.rest()

    def coordinator(self) -> None:
        self.window.go_start()
        self.press("sample.2")
        self.shot("coordinator-unlock")
        self.press("office.open")
        walk_office(self)


if __name__ == "__main__":
    sys.exit(main())
