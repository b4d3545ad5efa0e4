"""What goes with an interest: learned from papers, without labels, and without its own words."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Interest, InterestKind, Paper, Profile
from digest.ranking import Past, prepare
from digest.ranking.archive import WORDS, Archive, can_expand
from digest.ranking.background import count
from digest.ranking.query import parse
from tests.ranking.strategies import batches, interests

TELESCOPES = [
    Paper(f"t{n}", f"Telescopes and {word}", abstract=f"A telescope with mirrors and {word} watches galaxies.")
    for n, word in enumerate(("lenses", "mounts", "spectra", "orbits"))
]
OTHERS = [Paper(f"o{n}", f"Case {n}", abstract=f"Of case {n} little is known so far, case by case.") for n in range(30)]


def archive() -> Archive:
    papers = [*TELESCOPES, *OTHERS]
    return Archive(papers, Past(count(papers)))


def expansion(text: str) -> dict[str, float]:
    (interest,) = parse(text)
    return archive().expansion(interest)


def test_words_that_stand_beside_an_interest() -> None:
    assert set(expansion("telescope")) == {"mirrors", "watches", "galaxies"}
    assert math.isclose(sum(weight**2 for weight in expansion("telescope").values()), 1)


def test_the_same_whatever_the_weight_the_quotes_and_the_sign() -> None:
    assert expansion("telescope^3") == expansion("-telescope") == expansion('"telescope"') == expansion("telescope")


def test_nothing_where_too_few_papers_tell_anything() -> None:
    assert expansion("lenses") == expansion("zeppelin") == {}


def test_nothing_where_only_a_part_of_an_interest_stands_anywhere() -> None:
    assert expansion("telescope zeppelin") == {}


def test_authors_and_categories_have_none() -> None:
    assert [can_expand(i) for i in parse("author:hubble, cat:astro-ph, telescope")] == [False, False, True]
    assert expansion("author:hubble") == expansion("cat:astro-ph") == {}


def test_words_are_spelt_as_they_mostly_are() -> None:
    assert "galaxies" in expansion("telescope")
    assert "galaxi" not in expansion("telescope")


def test_a_paper_with_what_goes_with_an_interest_comes_before_one_without() -> None:
    past = Past(count([*TELESCOPES, *OTHERS]), expansions={"telescope": expansion("telescope")})
    near, far = Paper("near", "Mirrors for galaxies"), Paper("far", "Cases for cases", upvotes=9)
    direct = Paper("direct", "On cases", abstract="One telescope is mentioned.")
    found = prepare([far, near, direct], past).rank(Profile(parse("telescope")))
    assert [s.paper.key for s in found] == ["direct", "near", "far"]
    assert [bool(s.matches) for s in found] == [True, False, False]


@given(batches(), interests())
def test_expansions_are_bounded_and_hold_none_of_the_own_words(papers: list[Paper], interest: Interest) -> None:
    found = Archive(papers, Past(count(papers))).expansion(interest)
    assert len(found) <= WORDS
    assert all(0 < weight <= 1 + 1e-9 for weight in found.values())
    assert not set(found) & set(interest.term.split())
    assert not found or interest.kind in (InterestKind.WORDS, InterestKind.PHRASE)


@given(st.permutations([*TELESCOPES, *OTHERS[:5]]))
def test_the_order_of_the_papers_does_not_matter(papers: list[Paper]) -> None:
    (interest,) = parse("telescope")
    assert set(Archive(papers, Past(count(papers))).expansion(interest)) >= {"mirrors", "galaxies"}
