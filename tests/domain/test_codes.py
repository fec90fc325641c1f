"""统一社会信用代码: the vectors; a failing check warns, a wrong alphabet or length stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.codes import (
    ALPHABET,
    check_character,
    check_credit_code,
    is_region_code,
    organisation_check,
    province_of,
)
from ndb_desktop.domain.errors import NdbError
from tests.support.travel import refusal

VALID = [
    "91350100M000100Y43",
    "91512081MA62K0260E",
    "914403001922038216",
    "9144030071526726XG",
    "91330100799655058B",
    "9131000063159284XQ",
]


@pytest.mark.parametrize("code", VALID)
def test_real_codes_pass_without_a_word(code: str) -> None:
    assert check_credit_code(code, "enterprise") == ()
    assert organisation_check(code[8:16]) == code[16]


def test_the_sum_of_the_worked_example() -> None:
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    total = sum(ALPHABET.index(c) * w for c, w in zip("91350100M000100Y4", weights, strict=True))
    assert (total, total % 31) == (1640, 28)
    assert check_character("91350100M000100Y4") == "3"


@pytest.mark.parametrize("code", ["91350211M0000XUF46", "91350100M0001TGQXM"])
def test_codes_reported_as_issued_that_fail_are_a_warning(code: str) -> None:
    warnings = check_credit_code(code)
    assert [warning.key for warning in warnings] == ["code.check"]
    for language in texts.LANGUAGES:
        assert code in texts.phrase_text(warnings[0], language)


@pytest.mark.parametrize(
    "code",
    ["", "91350100M000100Y4", "91350100M000100Y433", "91350100M000100Y4Z", "91350100M000100Y4I", "91350100m000100Y43",
     "９1350100M000100Y43", "91350100M000100Y4\n", "91350100M000100Y4 "],
)  # fmt: skip
def test_what_cannot_be_a_code_stops(code: str) -> None:
    assert refusal(lambda: check_credit_code(code)) == "E-CREDIT-CODE"


def test_the_example_with_a_forbidden_letter_is_refused_not_warned() -> None:
    with pytest.raises(NdbError):
        check_credit_code("91350100M000100Y4Z")


def test_prefix_fits_the_category() -> None:
    park = "11" + "350100M000100Y4"
    code = park + check_character(park)
    assert check_credit_code(code, "park") == ()
    assert [w.key for w in check_credit_code(code, "enterprise")] == ["code.prefix"]


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(first: str, place: int, other: str) -> None:
    changed = first[:place] + other + first[place + 1 :]
    assert (check_character(changed) == check_character(first)) == (changed == first)


def test_region_codes() -> None:
    assert is_region_code("440300")
    assert not any(map(is_region_code, ("4403", "44030x", "４４０３００", "")))
    assert province_of("440300") == "44"
    assert province_of("660000") != province_of("650000"), "兵团 recommends on its own"
