"""When two spellings of a name may be one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.names import lookup_keys, parts, readings, same_person


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


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Jane Doe", "Doe J"),
        ("Jane Doe", "Doe JA"),
        ("Jane Doe", "Doe J.A."),
        ("Jane Doe", "Doe, JA"),
        ("Doe", "Doe JA"),
        ("Jean-Pierre Serre", "JP Serre"),
        ("Jean-Pierre Serre", "Serre JP"),
        ("Jan van der Berg", "van der Berg J"),
        ("van der Berg J", "Jan van der Berg"),
        ("María García-López", "García-López M"),
        ("Juergen Mueller", "Jürgen Müller"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Jürgen Müller", "Mueller J"),
        ("Soren Kierkegaard", "Søren Kierkegaard"),
        ("Soeren Kierkegaard", "Søren Kierkegaard"),
        ("Lukasz Kaiser", "Łukasz Kaiser"),
        ("Jane DOE", "Doe J"),
    ],
)
def test_one_person_by_one_of_their_readings(wanted: str, name: str) -> None:
    assert any(same_person(one, other) for one in readings(wanted) for other in readings(name))


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Jane Doe", "Doe K"),
        ("Yang Li", "Yang Lee"),
        ("John Doe", "Doe AB"),
        ("Ann Moller", "Ann Mueller"),
        ("Jane", "Doe J"),
    ],
)
def test_two_people_by_all_of_their_readings(wanted: str, name: str) -> None:
    assert not any(same_person(one, other) for one in readings(wanted) for other in readings(name))


@given(st.text(max_size=40))
def test_the_first_reading_is_the_plain_one(name: str) -> None:
    assert readings(name)[0] == parts(name)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_name(one: str, other: str) -> None:
    same_person(parts(one), parts(other))
    assert not parts(one) or same_person(parts(one), parts(one))
