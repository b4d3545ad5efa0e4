"""What stands in an edition."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.compose import Limits, compose
from digest.model import LIKED, MEANING, Block, Edition, Match, Paper, Scored
from tests.factories import NOW, paper

TODAY = date(2026, 5, 25)


def scored(name: str, score: float, upvotes: int | None = 0, excluded: bool = False) -> Scored:
    """A ranked paper whose key is its name, hit by an interest."""
    hit = (Match("diffusion", "title", 1),)
    return Scored(paper(key=name, upvotes=upvotes), score, hit, excluded_by=("-survey",) if excluded else ())


def composed(*ranked: Scored, wanted: bool = True, revised: tuple[Paper, ...] = (), **limits: Any) -> Edition:
    """The edition of these papers, under the given limits."""
    return compose(
        ranked,
        wanted=wanted,
        revised=revised,
        limits=Limits(**limits),
        subscriber_id=7,
        edition_date=TODAY,
        window=(3, 9),
        now=NOW,
    )


def shown(edition: Edition) -> list[tuple[int, str, str]]:
    """(rank, key, block) of each pick."""
    return [(p.rank, p.paper.key, p.block.value) for p in edition.picks]


def test_it_says_whose_and_what_it_covers() -> None:
    edition = composed()
    assert asdict(edition) == {
        "id": 0,
        "subscriber_id": 7,
        "edition_date": TODAY,
        "picks": (),
        "looked_at": 0,
        "left_out": 0,
        "from_snapshot": 3,
        "through_snapshot": 9,
        "created_at": NOW,
        "unreached": (),
    }


def test_interests_first_then_trending_then_new_versions() -> None:
    edition = composed(
        scored("a", 0.9),
        scored("b", 0.5, upvotes=2),
        scored("c", 0.4, upvotes=1),
        scored("d", 0.05, upvotes=8),
        scored("e", 0.0, upvotes=40),
        scored("f", 0.0),
        revised=(paper(key="old"),),
        max_papers=2,
        also_trending=2,
    )
    assert shown(edition) == [
        (1, "a", "ranked"),
        (2, "b", "ranked"),
        (3, "e", "trending"),
        (4, "d", "trending"),
        (5, "old", "revised"),
    ]
    assert (edition.looked_at, edition.left_out) == (6, 2)


def test_reasons_stay_with_the_pick() -> None:
    match = Match("agents", "title", 1, ((0, 6),))
    edition = composed(Scored(paper(key="a"), 0.7, (match,)))
    assert [(p.score, p.matches) for p in edition.picks] == [(0.7, (match,))]


def test_a_score_that_no_interest_explains_is_not_picked() -> None:
    hinted = replace(scored("hint", 0.9), matches=())
    assert [p.paper.key for p in composed(hinted, scored("hit", 0.2), also_trending=0).picks] == ["hit"]


def test_the_least_score_is_enough() -> None:
    edition = composed(scored("a", 0.3), scored("b", 0.29), min_score=0.3, also_trending=0)
    assert shown(edition) == [(1, "a", "ranked")]


def test_what_is_excluded_stays_out_of_every_block() -> None:
    edition = composed(scored("a", 0.9, excluded=True), scored("b", 0.5), scored("c", 0.0, 99, excluded=True))
    assert shown(edition) == [(1, "b", "ranked")]
    assert composed(scored("c", 0.9, 99, excluded=True), wanted=False).picks == ()


def test_trending_alone_is_no_edition_for_somebody_with_interests() -> None:
    edition = composed(scored("a", 0.0, upvotes=100))
    assert edition.picks == ()
    assert (edition.looked_at, edition.left_out) == (1, 1)


def test_trending_besides_needs_a_vote() -> None:
    edition = composed(scored("a", 0.9), scored("b", 0.0, upvotes=0), scored("c", 0.0, upvotes=None))
    assert shown(edition) == [(1, "a", "ranked")]


def test_without_interests_it_is_what_is_trending() -> None:
    edition = composed(scored("a", 0.05), scored("b", 0.02), scored("c", 0.01), wanted=False, max_papers=2)
    assert shown(edition) == [(1, "a", "trending"), (2, "b", "trending")]
    assert edition.left_out == 1


def test_new_versions_alone_are_an_edition() -> None:
    edition = composed(revised=(paper(key="x"), paper(key="y"), paper(key="x"), paper(key="z")), max_revised=2)
    assert shown(edition) == [(1, "x", "revised"), (2, "y", "revised")]


def test_a_new_paper_is_no_new_version() -> None:
    edition = composed(scored("a", 0.9), scored("b", 0.9, excluded=True), revised=(paper(key="a"), paper(key="b")))
    assert shown(edition) == [(1, "a", "ranked")]


def entitled(name: str, title: str, score: float, upvotes: int = 0) -> Scored:
    """A ranked paper with a title of its own."""
    one = scored(name, score, upvotes)
    return replace(one, paper=replace(one.paper, title=title))


@pytest.mark.parametrize(("wanted", "block"), [(True, "ranked"), (False, "trending")])
def test_of_two_papers_that_are_one_work_the_better_stays(wanted: bool, block: str) -> None:
    edition = composed(
        entitled("a", "A Survey of Graph Neural Networks", 0.9),
        entitled("b", "Sparse Attention for Long Documents", 0.8),
        entitled("c", "Survey on Graph Neural Networks", 0.7),
        entitled("d", "Dense Attention for Long Documents", 0.6),
        wanted=wanted,
        max_papers=3,
    )
    assert shown(edition) == [(1, "a", block), (2, "b", block), (3, "d", block)]
    assert (edition.looked_at, edition.left_out) == (4, 1)


def test_what_is_trending_besides_is_no_work_that_stands_above() -> None:
    edition = composed(
        entitled("a", "A Survey of Graph Neural Networks", 0.9),
        entitled("b", "Survey on Graph Neural Networks", 0.0, upvotes=9),
        entitled("c", "Sparse Attention for Long Documents", 0.0, upvotes=5),
        entitled("d", "Sparse attention for long documents.", 0.0, upvotes=7),
        also_trending=4,
    )
    assert shown(edition) == [(1, "a", "ranked"), (2, "d", "trending")]
    assert (edition.looked_at, edition.left_out) == (4, 2)


def test_no_new_version_is_a_work_that_stands_above() -> None:
    versions = ("Survey on Graph Neural Networks", "Sparse Attention in Long Documents", "Tides of the North Sea, Told")
    old = tuple(paper(key=f"old {n}", title=title) for n, title in enumerate(versions))
    edition = composed(entitled("a", "A Survey of Graph Neural Networks", 0.9), revised=(*old, old[1]), max_revised=2)
    assert shown(edition) == [(1, "a", "ranked"), (2, "old 1", "revised"), (3, "old 2", "revised")]


def test_a_work_that_is_hidden_under_one_name_may_show_under_another() -> None:
    hidden = replace(entitled("a", "A Survey of Graph Neural Networks", 0.9), excluded_by=("-author:lovelace",))
    edition = composed(hidden, entitled("b", "Survey on Graph Neural Networks", 0.8))
    assert shown(edition) == [(1, "b", "ranked")]


def about(name: str, score: float, *aspects: str) -> Scored:
    """A ranked paper for these reasons, each as much as the other."""
    return replace(scored(name, score), aspects=tuple((aspect, 1 / len(aspects)) for aspect in aspects))


def test_one_interest_does_not_fill_the_edition_alone() -> None:
    ranking = [about(f"a{n}", 0.6 - n / 1000, "agents") for n in range(30)]
    ranking += [about("s0", 0.4, "speech"), about("r0", 0.4, "robots"), about("s1", 0.09, "speech")]
    assert [p.paper.key for p in composed(*ranking, diversity=0.0).picks] == [f"a{n}" for n in range(10)]
    edition = composed(*ranking)
    assert [p.paper.key for p in edition.picks] == [*(f"a{n}" for n in range(8)), "s0", "r0"]
    assert (edition.looked_at, edition.left_out) == (33, 23)
    assert "s1" not in [p.paper.key for p in composed(*ranking, diversity=1.0).picks]


def test_variety_is_no_reason_for_what_no_interest_hits() -> None:
    ranking = [about(f"a{n}", 0.6, "agents") for n in range(3)]
    hint = replace(about("hint", 0.6, "speech"), matches=())
    hidden = replace(about("hidden", 0.6, "robots"), excluded_by=("-robots",))
    assert [p.paper.key for p in composed(*ranking, hint, hidden, max_papers=2, diversity=1.0).picks] == ["a0", "a1"]


def test_only_what_is_said_to_be_hidden_is_dropped() -> None:
    demoted = replace(scored("a", 0.3), matches=(Match("agents", "title", 1), Match("-survey^0.5", "title", 1)))
    assert shown(composed(demoted)) == [(1, "a", "ranked")]


@pytest.mark.parametrize("field", [LIKED, MEANING])
def test_likeness_and_meaning_are_reasons_like_words(field: str) -> None:
    match = Match("A paper that was liked", field, 1)
    edition = composed(replace(scored("a", 0.5), matches=(match,)))
    assert [p.matches for p in edition.block(Block.RANKED)] == [(match,)]


def test_a_paper_ranked_twice_counts_once() -> None:
    edition = composed(scored("a", 0.9), scored("b", 0.8), scored("a", 0.7))
    assert shown(edition) == [(1, "a", "ranked"), (2, "b", "ranked")]
    assert (edition.looked_at, edition.left_out) == (2, 0)


@pytest.mark.parametrize("wanted", [True, False])
def test_equal_scores_keep_their_order(wanted: bool) -> None:
    edition = composed(*(scored(name, 0.5) for name in "dacb"), wanted=wanted)
    assert [p.paper.key for p in edition.picks] == list("dacb")


keys = st.sampled_from([f"p{n}" for n in range(12)])
rankings = st.lists(st.builds(scored, keys, st.floats(0, 1), st.none() | st.integers(0, 5), st.booleans()), max_size=15)
limits = st.fixed_dictionaries(
    {
        "max_papers": st.integers(1, 5),
        "min_score": st.floats(0, 1),
        "also_trending": st.integers(0, 4),
        "max_revised": st.integers(0, 4),
        "diversity": st.floats(0, 1),
    }
)


@given(rankings, st.lists(keys.map(lambda k: paper(key=k)), max_size=6).map(tuple), st.booleans(), limits)
def test_every_edition(ranked: list[Scored], revised: tuple[Paper, ...], wanted: bool, bounds: dict[str, Any]) -> None:
    edition = composed(*ranked, wanted=wanted, revised=revised, **bounds)
    blocks = {block: edition.block(block) for block in Block}
    picked = [p.paper.key for p in edition.picks]
    first = {s.paper.key: s for s in reversed(ranked)}

    assert [p.rank for p in edition.picks] == list(range(1, len(picked) + 1))
    assert len(set(picked)) == len(picked)
    assert edition.picks == blocks[Block.RANKED] + blocks[Block.TRENDING] + blocks[Block.REVISED]
    assert len(blocks[Block.RANKED]) <= (bounds["max_papers"] if wanted else 0)
    assert len(blocks[Block.TRENDING]) <= bounds["also_trending" if wanted else "max_papers"]
    assert len(blocks[Block.REVISED]) <= bounds["max_revised"]
    assert all(p.score >= bounds["min_score"] for p in blocks[Block.RANKED])
    assert [p.score for p in blocks[Block.RANKED]] == sorted((p.score for p in blocks[Block.RANKED]), reverse=True)
    fitting = [s.score for s in first.values() if not s.excluded_by and s.score >= bounds["min_score"]]
    assert [p.score for p in blocks[Block.RANKED][:1]] == ([max(fitting)] if fitting and wanted else [])
    assert edition.looked_at == len(first)
    assert edition.left_out == edition.looked_at - len(picked) + len(blocks[Block.REVISED])
    assert composed(*ranked, wanted=wanted, revised=revised, **bounds) == edition
