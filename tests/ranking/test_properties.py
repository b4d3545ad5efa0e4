"""What anybody would expect of a ranking, said for all papers and profiles: more of what is wanted is never worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digest.model import Interest, InterestKind, Paper, Profile, Scored
from digest.ranking import Past, prepare
from digest.ranking.tokens import STOP, words
from tests.ranking.strategies import batches, interests, profiles, requests, tastes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    Request = tuple[list[Paper], Profile, Past]

# What the order of additions may change.
ROUNDING = 1e-9
some = settings(max_examples=40)
GROWN = ["purring", "whiskers", "kittens", "litter", "mice", "napping"]

wishes = st.lists(interests(excluded=False), min_size=1, max_size=4).map(lambda found: Profile(tuple(found)))
demoting = st.builds(replace, interests(excluded=True), weight=st.floats(0.1, 0.9))
hiding = st.builds(replace, interests(excluded=True), weight=st.floats(1, 10))


def ranked(papers: Sequence[Paper], profile: Profile, past: Past | None = None) -> dict[str, Scored]:
    """What a ranking says of each paper, by its key."""
    return {scored.paper.key: scored for scored in prepare(papers, past).rank(profile)}


def scores(papers: Sequence[Paper], profile: Profile, past: Past | None = None) -> dict[str, float]:
    return {key: scored.score for key, scored in ranked(papers, profile, past).items()}


def part(scored: Scored, interest: Interest) -> float:
    """What an interest adds to a score."""
    return sum(share for text, share in scored.aspects if text == str(interest))


def hit(papers: Sequence[Paper], exclusion: Interest) -> set[str]:
    """The keys of the papers that an exclusion hits: those that it would find if it were wanted."""
    found = ranked(papers, Profile((replace(exclusion, excluded=False),)))
    return {key for key, scored in found.items() if scored.matches}


# The contract of `Index`, with everything that a ranker may be given.


@some
@given(requests())
def test_every_paper_once_best_first_with_a_score_in_bounds(request: Request) -> None:
    papers, profile, past = request
    found = list(prepare(papers, past).rank(profile))
    assert sorted(s.paper.key for s in found) == sorted(p.key for p in papers)
    told = [s.score for s in found]
    assert told == sorted(told, reverse=True)
    assert all(0 <= score <= 1 for score in told)
    assert all(0 <= share <= 1 for s in found for _, share in s.aspects)


@some
@given(requests(), st.randoms())
def test_the_order_of_arrival_does_not_matter(request: Request, chance: Random) -> None:
    papers, profile, past = request
    shuffled = list(papers)
    chance.shuffle(shuffled)
    assert list(prepare(shuffled, past).rank(profile)) == list(prepare(papers, past).rank(profile))


@some
@given(requests(), tastes())
def test_many_are_ranked_as_one_by_one(request: Request, other: Profile) -> None:
    papers, profile, past = request
    together = prepare(papers, past).rank_many([profile, other, profile])
    alone = [prepare(papers, past).rank(p) for p in (profile, other, profile)]
    assert [list(found) for found in together] == [list(found) for found in alone]


# Interests and their weights


@some
@given(batches().filter(bool), wishes, st.sampled_from(["title", "abstract"]))
def test_one_more_occurrence_never_lowers_the_part_of_an_interest(
    papers: list[Paper], profile: Profile, field: str
) -> None:
    first, text = profile.wanted[0], getattr(papers[0], field)
    assume(first.kind in (InterestKind.WORDS, InterestKind.PHRASE))
    papers[0] = replace(papers[0], **{field: f"{text} . {first.term}"})
    before = ranked(papers, profile)["p0"]
    papers[0] = replace(papers[0], **{field: f"{text} . {first.term} . {first.term}"})
    after = ranked(papers, profile)["p0"]
    assert part(after, first) >= part(before, first) - ROUNDING
    assert after.score >= before.score - ROUNDING


@some
@given(batches(), wishes)
def test_what_an_interest_hits_it_adds_to(papers: list[Paper], profile: Profile) -> None:
    for scored in ranked(papers, profile).values():
        hits = {match.interest for match in scored.matches}
        assert hits <= {text for text, share in scored.aspects if share > 0}


@some
@example(
    [Paper("p0", "", abstract="neural"), Paper("p1", "diffusion"), Paper("p2", "")],
    Profile(
        (Interest(InterestKind.WORDS, "neural", 0.625), Interest(InterestKind.WORDS, "diffusion RAG neural", 2.0)),
    ),
    2.0,
)
@given(batches(), wishes, st.sampled_from([2.0, 8.0, 0.5]))
def test_the_same_factor_on_all_weights_changes_no_order(papers: list[Paper], profile: Profile, factor: float) -> None:
    scaled = Profile(tuple(replace(i, weight=factor * i.weight) for i in profile.interests))
    before, after = scores(papers, profile), scores(papers, scaled)
    for one in before:
        for other in before:
            if before[one] > before[other] + ROUNDING:
                assert after[one] >= after[other] - ROUNDING, (one, other)


@some
@given(batches(), wishes, st.floats(1, 10))
def test_a_greater_weight_never_lowers_what_it_is_for_against_the_rest(
    papers: list[Paper], profile: Profile, factor: float
) -> None:
    raised, *rest = profile.wanted
    greater = Profile((replace(raised, weight=factor * raised.weight), *rest))
    alone = ranked(papers, Profile((raised,)))
    found, before, after = ranked(papers, Profile(tuple(rest))), scores(papers, profile), scores(papers, greater)
    mine = [key for key in alone if alone[key].matches and not (rest and found[key].matches)]
    others = [key for key in alone if alone[key].score == 0]
    for one in mine:
        for other in others:
            if before[one] >= before[other]:
                assert after[one] >= after[other] - ROUNDING, (one, other)


# Exclusions


@some
@given(batches(), profiles, demoting)
def test_a_weak_exclusion_demotes_and_never_hides(papers: list[Paper], profile: Profile, exclusion: Interest) -> None:
    before, after = (ranked(papers, p) for p in (profile, Profile((*profile.interests, exclusion))))
    for key in before:
        assert after[key].excluded_by == before[key].excluded_by
        assert after[key].score <= before[key].score
    for key in hit(papers, exclusion):
        assert after[key].score < before[key].score or before[key].score == 0


@some
@given(batches(), profiles, hiding)
def test_a_whole_exclusion_hides_what_it_hits(papers: list[Paper], profile: Profile, exclusion: Interest) -> None:
    after = ranked(papers, Profile((*profile.interests, exclusion)))
    assert {key for key in after if str(exclusion) in after[key].excluded_by} >= hit(papers, exclusion)


@some
@given(batches(), wishes, demoting)
def test_a_whole_exclusion_costs_no_less_than_a_weak_one(
    papers: list[Paper], profile: Profile, exclusion: Interest
) -> None:
    weak, whole = (Profile((*profile.interests, e)) for e in (exclusion, replace(exclusion, weight=1.0)))
    demoted, hidden = scores(papers, weak), scores(papers, whole)
    assert all(hidden[key] <= demoted[key] + ROUNDING for key in hidden)


# What goes with an interest


@some
@given(
    st.sampled_from(["cats", "model", "neural graph networks"]),
    st.sampled_from([InterestKind.WORDS, InterestKind.PHRASE]),
    st.dictionaries(st.sampled_from(GROWN), st.floats(0.01, 1), min_size=1),
    st.lists(st.sampled_from(GROWN), max_size=30),
    batches(),
)
def test_words_that_go_with_an_interest_never_outrank_it(
    term: str, kind: InterestKind, known: dict[str, float], told: list[str], rest: list[Paper]
) -> None:
    direct = Paper(key="direct", title="On something", abstract=f"We study {term} here.", upvotes=0)
    related = Paper(key="related", title=" ".join(told), abstract=" ".join([*told, *known]), upvotes=99)
    found = scores([direct, related, *rest], Profile((Interest(kind, term),)), Past(expansions={term: known}))
    assert found["direct"] > found["related"]


@some
@given(requests())
def test_words_that_go_with_an_interest_are_no_match(request: Request) -> None:
    papers, profile, past = request
    interested = Profile(profile.interests)
    with_words, without = ranked(papers, interested, past), ranked(papers, interested)
    assert {key: s.matches for key, s in with_words.items()} == {key: s.matches for key, s in without.items()}
    assert {key: s.excluded_by for key, s in with_words.items()} == {key: s.excluded_by for key, s in without.items()}


# Opinions


@some
@given(batches().filter(bool), st.data())
def test_nothing_is_more_like_a_liked_paper_than_its_copy(papers: list[Paper], data: st.DataObject) -> None:
    liked = data.draw(st.sampled_from(papers))
    assume(set(words(f"{liked.title} {liked.abstract}")) - STOP)
    found = scores(papers, Profile(liked=(replace(liked, key="liked"),)))
    assert found[liked.key] >= max(found.values()) - ROUNDING


@some
@given(batches(), tastes(), batches("more", 1).filter(bool))
def test_a_dislike_never_raises_a_score(papers: list[Paper], taste: Profile, more: list[Paper]) -> None:
    before = scores(papers, taste)
    after = scores(papers, replace(taste, disliked=(*taste.disliked, *more)))
    assert all(after[key] <= before[key] + ROUNDING for key in before)


@some
@given(batches().filter(bool), wishes)
def test_a_like_never_lowers_the_paper_that_was_liked(papers: list[Paper], profile: Profile) -> None:
    before = scores(papers, profile)
    after = scores(papers, replace(profile, liked=(replace(papers[0], key="liked"),)))
    assert after["p0"] >= before["p0"] - ROUNDING


@some
@given(requests())
def test_an_opinion_taken_back_leaves_no_trace(request: Request) -> None:
    papers, taste, past = request
    index = prepare(papers, past)
    before = list(index.rank(Profile(taste.interests)))
    list(index.rank(taste))
    assert list(index.rank(Profile(taste.interests))) == before
    assert list(prepare(papers, past).rank(Profile(taste.interests))) == before
