"""A place on a page in words: which part of the page, and how far from its edges, exactly."""

from __future__ import annotations

import pytest

from ndb_desktop.services.report_place import place_in_words


@pytest.mark.parametrize(
    ("rect", "zh", "en"),
    [
        ((100, 200, 300, 300), "页面上部左侧", "Top left of the page"),
        ((400, 450, 600, 550), "页面中部居中", "Middle centre of the page"),
        ((700, 900, 1000, 1000), "页面下部右侧", "Bottom right of the page"),
        ((50, 100, 950, 200), "页面上部（", "Top of the page"),
        ((0, 0, 300, 1000), "页面左侧", "left of the page"),
        ((0, 0, 1000, 1000), "几乎整页", "Nearly the whole page"),
    ],
)
def test_where(rect: tuple[int, int, int, int], zh: str, en: str) -> None:
    assert place_in_words(rect, "zh_CN").startswith(zh)
    assert place_in_words(rect, "en").startswith(en)


def test_edges_are_exact_percents() -> None:
    assert place_in_words((105, 0, 1000, 333), "zh_CN") == "页面上部（自左 10.5 %–100 %，自上 0 %–33.3 %）"
    assert place_in_words((105, 0, 1000, 333), "en").endswith("(10.5 to 100 % from the left, 0 to 33.3 % from the top)")
    assert place_in_words(None, "zh_CN") == ""
