"""An open visit in its view, before and after the statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.review import MadeReview, make_bundle
from tests.support.site import MadeSite, make_site_bundle, open_site
from tests.support.window import press, settle


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    """A bundle; nobody ever writes into one."""
    return make_site_bundle(tmp_path_factory.mktemp("visit"))


@pytest.fixture
def session(made: MadeSite, tmp_path: Path) -> Iterator[SiteSession]:
    with open_site(made, tmp_path / "profile") as opened:
        yield opened


@pytest.fixture
def view(session: SiteSession, qtbot: QtBot) -> SiteView:
    made = SiteView(SiteStore(session), "overview")
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    settle()
    return made


@pytest.fixture
def declared(view: SiteView) -> SiteView:
    press(view, "site.statements.make")
    return view


@pytest.fixture
def made_review(tmp_path: Path) -> MadeReview:
    """An expert's bundle."""
    return make_bundle(tmp_path / "review")
