"""What an opened bundle brings and where its marks are kept: content and worksheet (工作稿), together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.review_carry import carry_over, news_edits, worksheet_path
from ndb_desktop.services.review_open import BundleContent, check_content, read_core_of
from ndb_desktop.services.review_reading import Clock, stamp
from ndb_desktop.services.review_round import second_look, seed
from ndb_desktop.storage.atomic import known_os_errors, remove_leftovers
from ndb_desktop.storage.worksheet import Binding, Worksheet


def content_and_worksheet(
    profile: Path, reader: BundleReader, secret: str, folder: Path, clock: Clock, between: Callable[[], object]
) -> tuple[BundleContent, Worksheet]:
    """Reads the content while the worksheet's key is being stretched: the two keys are most of an opening's time.

    A worksheet that is not there yet is made only after `core.db` has proven the secret; where the bundle follows
    others, from the worksheet of the newest of them.

    Raises:
        NdbError: E-BUNDLE-DAMAGED, E-REVIEW-SECRET, E-REVIEW-BUNDLE, E-SUPPLEMENT-*, E-ROUND-RECORD,
            E-STORE-*, E-WORKSHEET-*.
    """
    path = worksheet_path(profile, reader.manifest.bundle_id)
    new = not path.exists()
    with ThreadPoolExecutor(1) as pool:
        opening = None if new else pool.submit(_worksheet, path, reader, secret, clock)
        try:
            core = read_core_of(reader, secret, folder)
            between()
            if new and reader.manifest.chain:
                # The one opening that takes twice as long: an earlier worksheet is copied, and seldom.
                content = check_content(reader, core)
                left = carry_over(profile, reader, core, content, secret, stamp(clock()))
                opening = pool.submit(_worksheet, path, reader, secret, clock)
                opening.result().put_all(news_edits(left, None), at=stamp(clock()))
                return content, opening.result()
            opening = opening or pool.submit(_worksheet, path, reader, secret, clock)
            content = check_content(reader, core)
            if reader.manifest.kind == "second_round":
                content = second_look(core, content, reader.path.name)
                seed(opening.result(), content, stamp(clock()))
        except BaseException:
            if opening is not None and opening.exception() is None:
                opening.result().close()
                if new:
                    path.unlink(missing_ok=True)
            raise
        return content, opening.result()


def _worksheet(path: Path, reader: BundleReader, secret: str, clock: Clock) -> Worksheet:
    with known_os_errors(path.parent.name):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(path.parent)
    binding = Binding(reader.manifest.bundle_id, reader.digest, reader.manifest.expert.id)
    start = Worksheet.open if path.exists() else Worksheet.create
    return start(path, secret, binding, at=stamp(clock()))
