"""What a person typed: read, looked for by pairs that one slip cannot have spoilt, and measured against names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qianshao.flow.registry.rules import bigrams_of, like_pattern, read_text, unlikeness, whole_pairs

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x4E40)
NAMES = st.text(HAN, min_size=6, max_size=24)


def test_a_credit_code_is_read_from_its_first_four_characters_on_in_any_width_and_case() -> None:
    wanted = read_text(" ９１44０6ma ")
    assert wanted is not None
    assert (wanted.text, wanted.way) == ("914406MA", "code")


def test_nothing_but_spaces_is_no_search() -> None:
    assert read_text(" 　") is None


def test_percent_and_underscore_are_looked_for_as_they_stand() -> None:
    assert like_pattern("100%_\\") == "%100\\%\\_\\\\%"


@given(NAMES, st.data())
def test_after_any_one_slip_some_set_of_pairs_stands_whole_in_the_right_name(
    name: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    other = data.draw(HAN)
    typed = data.draw(
        st.sampled_from(
            [
                name[:at] + other + name[at + 1 :],
                name[:at] + name[at + 1 :],
                name[:at] + other + name[at:],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            ]
        )
    )
    right = set(bigrams_of(name))
    assert any(right.issuperset(pairs) for pairs in whole_pairs(typed))


@given(NAMES, NAMES)
def test_a_name_is_nearest_to_itself(name: str, other: str) -> None:
    assert unlikeness(name, name) == (0, 0.0)
    assert unlikeness(name, other) >= (0, 0.0)
    assert (unlikeness(name, other) == (0, 0.0)) == (name == other)
