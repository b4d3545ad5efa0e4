"""When two spellings of a name may be one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.names import lookup_keys, parts, same_person


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Yann LeCun", "Yann LeCun"),
        ("Yann LeCun", "Yann Lecun"),
        ("Yann LeCun", "LeCun, Yann"),
        ("Y. LeCun", "Yann LeCun"),
        ("Yann LeCun", "Y. LeCun"),
        ("LeCun", "Yann LeCun"),
        ("Yann LeCun", "Yann A. LeCun"),
        ("Yann A. LeCun", "Yann LeCun"),
        ("Yann Le Cun", "Yann LeCun"),
        ("Bernhard Schölkopf", "Bernhard Scholkopf"),
        ("J.-B. Alayrac", "Jean-Baptiste Alayrac"),
        ("van der Maaten", "Laurens van der Maaten"),
        ("Kaiming He", "He Kaiming"),
        ("Martin Luther King", "Martin Luther King Jr."),
        ("Conan O'Brien", "Conan O’Brien"),
        ("何恺明", "何恺明"),
    ],
)
def test_one_person(wanted: str, name: str) -> None:
    one, other = parts(wanted), parts(name)
    assert same_person(one, other)
    assert lookup_keys(one) & lookup_keys(other)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Yann LeCun", "Yves LeCun"),
        ("Yann LeCun", "Yann Martel"),
        ("Yann LeCun", "LeCun"),
        ("Yann", "Yann LeCun"),
        ("Y. LeCun", "A. LeCun"),
        ("He", "Shen"),
        ("", "Yann LeCun"),
        ("...", "..."),
    ],
)
def test_two_people(wanted: str, name: str) -> None:
    assert not same_person(parts(wanted), parts(name))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_name(one: str, other: str) -> None:
    same_person(parts(one), parts(other))
    assert not parts(one) or same_person(parts(one), parts(one))
