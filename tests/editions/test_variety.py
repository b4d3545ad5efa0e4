"""Which of the fitting papers are chosen, so that one interest does not fill an edition alone."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.variety import varied
from digest.model import LIKED, MEANING, Match, Paper, Scored

DEFAULT = 0.3
_serial = count()


def scored(score: float, *aspects: tuple[str, float] | str, matches: tuple[Match, ...] = ()) -> Scored:
    """A paper with this score for these reasons; a bare name is the only one."""
    told = tuple((aspect, 1.0) if isinstance(aspect, str) else aspect for aspect in aspects)
    return Scored(Paper(key=f"v{next(_serial)}", title=""), score, matches, aspects=told)


def ordered(*papers: Scored) -> list[Scored]:
    """By score, as a ranking is."""
    return sorted(papers, key=lambda one: -one.score)


def many(name: str, number: int, best: float, step: float = 0.005) -> list[Scored]:
    """Papers for one interest, each a little below the one before."""
    return [scored(best - n * step, name) for n in range(number)]


def names(chosen: list[Scored]) -> list[str]:
    """The only aspect of each."""
    return [one.aspects[0][0] for one in chosen]


@pytest.mark.parametrize("best", [0.9, 0.6, 0.3])
def test_others_come_in_beside_a_dominant_interest(best: float) -> None:
    lower = best * 2 / 3
    ranking = ordered(*many("a", 30, best, best / 300), *many("b", 4, lower, 0.001), *many("c", 4, lower, 0.001))
    told = names(varied(ranking, 10, DEFAULT))
    assert {name: told.count(name) for name in "abc"} == {"a": 6, "b": 2, "c": 2}


def test_by_default_hardly_fitting_papers_displace_nothing_better() -> None:
    ranking = ordered(*many("a", 30, 0.7), scored(0.2, "b"), scored(0.15, "c"))
    assert varied(ranking, 10, DEFAULT) == ranking[:10]


def test_the_more_diversity_the_more_of_the_others() -> None:
    ranking = ordered(*many("a", 20, 0.6, 0.001), *many("b", 20, 0.4, 0.001))
    others = [names(varied(ranking, 10, tenth / 10)).count("b") for tenth in range(11)]
    assert others == sorted(others)
    assert (others[0], others[3], others[10]) == (0, 2, 6)


def test_a_paper_that_joins_two_interests_counts_for_both() -> None:
    both = scored(0.5, ("a", 0.5), ("b", 0.5))
    ranking = ordered(scored(0.6, "a"), scored(0.55, "a"), both, scored(0.49, "a"))
    assert varied(ranking, 2, DEFAULT) == [ranking[0], both]


def test_likeness_to_liked_papers_is_an_interest_like_others() -> None:
    liked = scored(0.45, matches=(Match("A paper that was liked", LIKED, 1),))
    ranking = ordered(*many("a", 5, 0.6), liked, scored(0.44, LIKED))
    assert varied(ranking, 3, DEFAULT) == [*ranking[:2], liked]


def test_without_aspects_the_matches_tell() -> None:
    def hit(score: float, *interests: str) -> Scored:
        return scored(score, matches=tuple(Match(name, MEANING, 1) for name in interests))

    ranking = [hit(0.6, "a"), hit(0.58, "a", "a"), hit(0.56, "a"), hit(0.5, "b"), hit(0.48, "a", "b")]
    assert varied(ranking, 3, DEFAULT) == [ranking[0], ranking[1], ranking[3]]


def test_without_any_reason_it_is_the_order_by_score() -> None:
    ranking = [scored(score) for score in (0.9, 0.5, 0.5, 0.4, 0.3)]
    assert varied(ranking, 3, 1.0) == ranking[:3]


def test_shares_that_make_no_sense_are_passed_over() -> None:
    odd = [scored(0.5, ("a", share)) for share in (float("nan"), 0.0, -1.0)]
    assert varied(odd, 2, DEFAULT) == odd[:2]
    huge = [scored(0.5, ("a", float("inf"))), scored(0.5, "a"), scored(0.5, "b")]
    assert varied(huge, 2, DEFAULT) == [huge[0], huge[2]]


def test_nothing_is_taken_that_cannot_matter() -> None:
    def endless():
        yield from ordered(*many("a", 5, 0.9))
        yield scored(0.1, "b")
        raise AssertionError("read on")

    assert len(varied(endless(), 5, DEFAULT)) == 5


shares = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1)), max_size=3, unique_by=lambda share: share[0])
rankings = st.lists(st.tuples(st.floats(0, 1), shares), max_size=25).map(
    lambda told: ordered(*(scored(score, *aspects) for score, aspects in told))
)
diversities = st.floats(0, 1)


@given(rankings, st.integers(0, 12), diversities)
def test_every_choice(ranking: list[Scored], most: int, diversity: float) -> None:
    chosen = varied(ranking, most, diversity)
    assert [one for one in ranking if one in chosen] == chosen
    assert len(chosen) == min(most, len(ranking))
    assert chosen[:1] == (ranking[:1] if most else [])
    assert varied(iter(ranking), most, diversity) == chosen
    passed = [one for one in ranking if one not in chosen]
    for low in chosen:
        assert all(low.score * (1 + diversity) >= high.score * (1 - diversity) - 1e-9 for high in passed)


@given(rankings, st.integers(0, 12))
def test_no_diversity_is_the_order_by_score(ranking: list[Scored], most: int) -> None:
    assert varied(ranking, most, 0.0) == ranking[:most]


@given(st.lists(st.floats(0, 1), max_size=25), st.integers(0, 12), diversities)
def test_with_a_single_aspect_nothing_changes(scores: list[float], most: int, diversity: float) -> None:
    ranking = ordered(*(scored(score, ("a", 0.3)) for score in scores))
    assert varied(ranking, most, diversity) == ranking[:most]


def plainly(ranking: list[Scored], most: int, diversity: float) -> list[Scored]:
    """The formula as it stands in the docstring, all of it counted anew for each choice."""
    chosen: list[Scored] = []

    def value(one: Scored) -> float:
        total = (1 - diversity) * one.score
        for aspect, part in parts(one):
            wanted = 1.0
            for other in chosen:
                for name, settled in parts(other):
                    wanted *= 1 - settled / 2 / ranking[0].score if name == aspect else 1
            total += diversity * 2 * part * wanted
        return total

    while len(chosen) < min(most, len(ranking)):
        chosen.append(max((one for one in ranking if one not in chosen), key=lambda one: round(value(one), 12)))
    return [one for one in ranking if one in chosen]


def parts(one: Scored) -> list[tuple[str, float]]:
    """What each aspect adds to the score."""
    total = sum(share for _, share in one.aspects)
    return [(aspect, one.score * share / total) for aspect, share in one.aspects]


percents = st.integers(1, 100).map(lambda percent: percent / 100)
tellings = st.lists(st.tuples(st.sampled_from("abc"), percents), min_size=1, max_size=2, unique_by=lambda told: told[0])


@given(st.lists(st.tuples(percents, tellings), max_size=12), st.integers(1, 6), st.sampled_from([0.3, 0.5, 1.0]))
def test_it_is_the_formula(told: list, most: int, diversity: float) -> None:
    ranking = ordered(*(scored(score, *aspects) for score, aspects in told))
    assert varied(ranking, most, diversity) == plainly(ranking, most, diversity)
