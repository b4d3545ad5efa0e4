from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.reasons import MAX_LIKED, interest_words, listed, reasons
from digest.model import LIKED, MEANING, Interest, InterestKind, Match


def told(*matches: Match) -> list[str]:
    return [why.words for why in reasons(matches)]


def test_a_reason_names_an_interest_once_with_every_field_that_it_hit():
    assert told(
        Match("diffusion^2", "title", 1),
        Match('"protein folding"', "keywords", 1),
        Match("diffusion^2", "abstract", 3),
        Match('author:"Ada Lovelace"', "authors", 1),
        Match("cat:cs.LG", "categories", 1),
    ) == [
        "diffusion in title and abstract",
        "protein folding in keywords",
        "Ada Lovelace in author",
        "cs.LG in category",
    ]


def test_a_liked_paper_is_named_as_it_is_titled_behind_the_interests():
    title = 'Title: "Ada" and -why^2'
    assert told(Match(title, LIKED, 1), Match("diffusion", "title", 1), Match(title, LIKED, 1)) == [
        "diffusion in title",
        f"close to “{title}”, which you liked",
    ]
    assert told(Match("x" * 500, LIKED, 1)) == [f"close to “{'x' * (MAX_LIKED - 1)}…”, which you liked"]
    assert told(Match(" ", LIKED, 1)) == []


def test_what_is_near_in_meaning_says_so_unless_its_words_are_there():
    near = Match('"protein folding"^2', MEANING, 1)
    assert told(near) == ["near in meaning to protein folding"]
    assert told(near, Match('"protein folding"^2', "title", 1)) == ["protein folding in title"]
    assert [why.where for why in reasons([near, Match("T", LIKED, 1)])] == ["meaning", "papers you liked"]
    assert [why.is_title for why in reasons([near, Match("T", LIKED, 1)])] == [False, True]


fields = st.sampled_from(["title", "abstract", "keywords", "authors", LIKED, MEANING])


@given(st.lists(st.builds(Match, st.text(max_size=120), fields, st.integers(0, 9)), max_size=12))
def test_any_matches_make_short_reasons_each_there_once(matches):
    found = reasons(matches)
    assert all(why.interest and why.where and why.words.count(why.interest) for why in found)
    assert len({why.words for why in found}) == len(found)
    assert all(len(why.words) < 160 for why in found)


@pytest.mark.parametrize(
    ("interest", "words"),
    [
        (Interest(InterestKind.WORDS, "diffusion models", 2.0), "diffusion models"),
        (Interest(InterestKind.PHRASE, "protein folding"), "protein folding"),
        (Interest(InterestKind.AUTHOR, "Geoffrey Hinton", 0.5), "Geoffrey Hinton"),
        (Interest(InterestKind.CATEGORY, "cs.LG"), "cs.LG"),
        (Interest(InterestKind.WORDS, "agent", field="title"), "agent"),
        (Interest(InterestKind.WORDS, "x", 1e-05), "x"),
    ],
)
def test_interests_are_shown_without_their_grammar(interest, words):
    assert interest_words(str(interest)) == words


def test_listed():
    assert [listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
