"""Credit codes and licence numbers carry the check digits that the standards ask for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianshao.base.gateways.rules.codes import (
    ALPHABET,
    SPACE,
    check_letter,
    credit_codes,
    org_letter,
    pure_check,
)

VALID = ("91350100M000100Y43", "91440300708461136T", "91500111MACM8P5450", "91310115086217015E")


@pytest.mark.parametrize("code", VALID)
def test_known_credit_codes_end_in_the_letter_we_reckon(code: str) -> None:
    assert check_letter(code[:17]) == code[17]


def test_a_made_up_code_with_a_wrong_letter_is_noticed() -> None:
    assert check_letter("91440606345512321") != "F"


@pytest.mark.parametrize("code", ["D2143569X", "708461136", "M000100Y4"])
def test_known_organisation_codes_end_in_the_letter_we_reckon(code: str) -> None:
    assert org_letter(code[:8]) == code[8]


@pytest.mark.parametrize("number", ["110108000000016", "500225017019686", "440301103097413"])
def test_known_registration_numbers_end_in_the_digit_we_reckon(number: str) -> None:
    assert pure_check(np.array([int(number[:14])]), 14).tolist() == [int(number[14])]


@given(
    kind=st.sampled_from([91, 92, 93, 12, 52]),
    district=st.integers(440604, 440608),
    serial=st.integers(0, SPACE - 1),
)
def test_every_code_made_is_valid_in_both_check_digits(kind: int, district: int, serial: int) -> None:
    code = credit_codes(kinds=np.array([kind]), districts=np.array([district]), serials=np.array([serial]))[
        0
    ].decode()
    assert len(code) == 18
    assert code[:8] == f"{kind}{district}"
    assert org_letter(code[8:16]) == code[16]
    assert check_letter(code[:17]) == code[17]


@given(code=st.sampled_from(VALID), place=st.integers(0, 16), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_always_noticed(code: str, place: int, letter: str) -> None:
    changed = code[:place] + letter + code[place + 1 : 17]
    assert (check_letter(changed) == code[17]) == (changed == code[:17])


@given(start=st.integers(0, SPACE - 1001))
def test_different_businesses_never_share_a_code(start: int) -> None:
    codes = credit_codes(
        kinds=np.full(1000, 91), districts=np.full(1000, 440606), serials=np.arange(1000) + start
    )
    assert len(set(codes.tolist())) == 1000
