"""What every ranking must hold to, whatever the papers and interests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model import Interest, Paper, Profile, Scored
from digest.ranking import Past, ranker
from digest.ranking.background import count
from digest.ranking.lexical import LexicalRanker
from digest.ranking.query import parse
from digest.ranking.tokens import spans
from digest.ranking.trending import trending
from tests.factories import paper
from tests.ranking.strategies import batches, interests, profiles

if TYPE_CHECKING:
    from random import Random


def rank(query: str, *papers: Paper) -> list[Scored]:
    return ranker().prepare(papers).rank(Profile(parse(query)))


def titles(query: str, *given_titles: str) -> list[str]:
    found = rank(query, *(Paper(key=str(n), title=t, abstract="We study it.") for n, t in enumerate(given_titles)))
    return [s.paper.title for s in found]


@given(batches(), profiles)
def test_every_paper_once_best_first_with_a_score_in_bounds(papers: list[Paper], profile: Profile) -> None:
    scored = ranker().prepare(papers).rank(profile)
    assert sorted(s.paper.key for s in scored) == sorted(p.key for p in papers)
    scores = [s.score for s in scored]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)


@given(batches(), profiles, st.randoms())
def test_the_order_of_arrival_does_not_matter(papers: list[Paper], profile: Profile, chance: Random) -> None:
    shuffled = list(papers)
    chance.shuffle(shuffled)
    assert ranker().prepare(shuffled).rank(profile) == ranker().prepare(papers).rank(profile)


@given(batches(), st.lists(profiles, max_size=3))
def test_many_are_ranked_as_one_by_one(papers: list[Paper], many: list[Profile]) -> None:
    assert ranker().prepare(papers).rank_many(many) == [ranker().prepare(papers).rank(p) for p in many]


@given(batches(), profiles)
def test_matches_name_an_interest_and_their_spans_lie_on_words(papers: list[Paper], profile: Profile) -> None:
    names = {str(i) for i in profile.wanted}
    for scored in ranker().prepare(papers).rank(profile):
        texts = {"title": scored.paper.title, "abstract": scored.paper.abstract}
        for match in scored.matches:
            assert match.interest in names
            assert len(match.spans) == (match.count if match.field in texts else 0)
            starts, ends = zip(*spans(texts[match.field]), strict=True) if match.spans else ((), ())
            assert all(start in starts and end in ends for start, end in match.spans)
            assert list(match.spans) == sorted(set(match.spans))


@given(batches(), interests(excluded=False))
def test_what_a_span_points_at_folds_to_the_interest(papers: list[Paper], interest: Interest) -> None:
    anywhere = replace(interest, field="")
    for scored in ranker().prepare(papers).rank(Profile((interest,))):
        texts = {"title": scored.paper.title, "abstract": scored.paper.abstract}
        pointed = [texts[m.field][a:b] for m in scored.matches for a, b in m.spans]
        if pointed:
            again = Paper(key="again", title=" ".join(pointed))
            assert ranker().prepare([again]).rank(Profile((anywhere,)))[0].matches


@given(batches(), profiles, interests(excluded=True))
def test_an_exclusion_never_raises_a_score(papers: list[Paper], profile: Profile, exclusion: Interest) -> None:
    before = {s.paper.key: s for s in ranker().prepare(papers).rank(profile)}
    after = ranker().prepare(papers).rank(Profile((*profile.interests, exclusion)))
    for scored in after:
        was = before[scored.paper.key]
        assert scored.score <= was.score
        assert set(was.excluded_by) <= set(scored.excluded_by)
        if scored.excluded_by and not was.excluded_by:
            assert scored.score <= was.score / 10


@given(batches().filter(bool), profiles, st.sampled_from(["title", "abstract"]))
def test_one_more_occurrence_never_lowers_a_score(papers: list[Paper], profile: Profile, field: str) -> None:
    wanted = [i for i in profile.wanted if i.kind == "words"]
    text = getattr(papers[0], field)
    if not wanted or wanted[0].term not in text:
        return
    more = [replace(papers[0], **{field: f"{text} . {wanted[0].term}"}), *papers[1:]]
    asked = Profile((wanted[0],))
    before, after = ({s.paper.key: s.score for s in ranker().prepare(b).rank(asked)} for b in (papers, more))
    assert after["p0"] >= before["p0"] - 1e-12


def test_better_evidence_ranks_higher() -> None:
    assert titles("diffusion models", "Language models", "Models of diffusion", "Diffusion models", "Cats") == [
        *("Diffusion models", "Models of diffusion", "Language models", "Cats")
    ]
    in_abstract = paper(title="On images", abstract="We use diffusion.")
    in_title = paper(title="On diffusion", abstract="We use images.")
    assert [s.paper for s in rank("diffusion", in_abstract, in_title)] == [in_title, in_abstract]


def test_two_half_matched_interests_are_no_whole_one() -> None:
    whole, halves = "State space models for cats", "Protein graphs in state and structure"
    assert titles("state space, protein structure prediction", halves, whole) == [whole, halves]


def test_weights_say_what_matters_more() -> None:
    assert titles("cats^2, dogs", "On dogs", "On cats") == ["On cats", "On dogs"]
    assert titles("cats, dogs^2", "On dogs", "On cats") == ["On dogs", "On cats"]


def test_great_weights_do_not_blur_the_order() -> None:
    scores = [s.score for s in rank("cats^100, dogs^100", paper(title="Cats"), paper(title="Cats and dogs, dogs"))]
    assert scores[0] > scores[1] > 0.9


def test_a_single_mention_of_an_ordinary_word_passes_the_usual_bar_and_half_an_interest_does_not() -> None:
    batch = [paper(abstract=f"We study thing{n}.") for n in range(9)]
    assert rank("wavelets", paper(abstract="We use wavelets."), *batch)[0].score > 0.1
    assert rank("diffusion models", paper(abstract="We train a model."), *batch)[0].score < 0.1


def test_an_excluded_paper_says_why_and_falls_behind() -> None:
    good, bad = paper(title="Cats", upvotes=0), paper(title="Cats: a survey of surveys", upvotes=99)
    ranked = rank("cats -survey -dogs", bad, good)
    assert [(s.paper, s.excluded_by) for s in ranked] == [(good, ()), (bad, ("-survey",))]
    assert ranked[1].score < ranked[0].score / 5


def test_equal_scores_are_ordered_as_trending() -> None:
    papers = [paper(title="Cats", abstract="", upvotes=n % 3) for n in range(6)]
    assert [s.paper for s in rank("cats", *papers)] == [s.paper for s in trending(papers)]


def test_without_wanted_interests_the_trending_list_is_given_and_exclusions_still_hold() -> None:
    papers = [paper(upvotes=2), paper(upvotes=40, title="A survey"), paper(upvotes=5)]
    assert rank("", *papers) == trending(papers)
    ranked = rank("-survey", *papers)
    assert [(s.paper.upvotes, s.excluded_by) for s in ranked] == [(5, ()), (2, ()), (40, ("-survey",))]


def test_papers_from_before_tell_what_is_common() -> None:
    before = count(paper(abstract=f"All about quux and thing{n}.") for n in range(500))
    batch = [paper(title="Quux"), paper(title="Zork")]
    assert [
        s.paper.title
        for s in LexicalRanker().prepare(batch, Past(before + count(batch))).rank(Profile(parse("quux, zork")))
    ] == [
        "Zork",
        "Quux",
    ]
    assert before.papers == 500
    assert (before + before).frequency["quux"] == 1000


def test_a_ranker_is_found_by_name() -> None:
    assert isinstance(ranker(), LexicalRanker)
    assert isinstance(ranker("digest.ranking.lexical:LexicalRanker"), LexicalRanker)


@pytest.mark.parametrize("name", ["magic", "no.such.module:thing", "digest.ranking:nothing", ":", "builtins:dict"])
def test_what_is_no_ranker_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="ranker"):
        ranker(name)
