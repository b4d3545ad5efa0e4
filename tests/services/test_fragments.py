"""From interests to fragments: what the ranker would hit always holds one of the groups."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import QueryError
from digest.model import Profile
from digest.ranking import Past, prepare
from digest.ranking.background import Background
from digest.ranking.query import parse
from digest.services.fragments import MOST_GROUPS, groups, loose_groups
from tests.factories import paper

WORDS = (
    "diffusion",
    "models",
    "scaling",
    "studies",
    "organisation",
    "matrices",
    "agents",
    "planned",
    "behaviour",
    "RL",
)
WRITTEN = ("Diffusion", "model", "scale", "scaled", "study", "organization", "matrix", "agent", "planning", "behaviors")


def asked(text, past=None):
    return groups(parse(text), past or Past())


def holds(found, candidate):
    text = "\n".join((candidate.title, candidate.abstract, *candidate.authors, *candidate.categories)).casefold()
    return any(all(fragment in text for fragment in group) for group in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diffusion", [("diffu",)]),
        (
            "the diffusion of heat waves",
            [("diffu", "heat", "wave"), ("heat", "wave"), ("diffu", "wave"), ("diffu", "heat")],
        ),
        ("cat:cs.CL", [("cs.cl",)]),
        ("cat:cs.*", [("cs",)]),
        ('author:"Yann LeCun"', [("lecun",)]),
        ('author:"LeCun, Yann"', [("lecun",)]),
        ("", []),
    ],
)
def test_the_groups_of_an_interest(text, expected):
    assert asked(text) == expected


def test_a_short_word_is_looked_for_where_words_begin():
    assert asked('"RL"') == [(" rl",), ("(rl",), ("-rl",), ("/rl",)]
    assert asked('"RL agents"') != []


def test_an_acronym_brings_what_it_stands_for():
    assert any({"retri", "augme"} <= {fragment[:5] for fragment in group} for group in asked("RAG"))


def test_a_word_of_two_known_words_may_be_written_in_two():
    known = Past(Background(10, {"pre": 3, "train": 9}))
    assert asked("pretraining", known) == [("pretrai",), ("pre-trai",), ("pre trai",)]
    assert asked("pretraining") == [("pretrai",)]


def test_accents_are_found_by_either_half():
    assert loose_groups(parse("Schrodinger"), Past()) == [("schrodinge",), ("schro",), ("dinge",)]
    assert loose_groups(parse("author:celik"), Past()) == [("celik",), ("cel",), ("lik",)]


def test_short_words_are_looked_for_anywhere_when_little_is_found():
    assert loose_groups(parse('"RL"'), Past()) == [("rl",)]


def test_the_number_of_groups_is_bounded():
    assert len(asked(", ".join(f"word{n} other{n} third{n}" for n in range(150)))) == MOST_GROUPS
    assert len(loose_groups(parse(", ".join(f"word{n}andmore" for n in range(150))), Past())) == MOST_GROUPS


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.lists(st.sampled_from(WRITTEN + WORDS), max_size=6))
def test_no_hit_is_lost(wanted, written):
    interests = parse(" ".join(wanted))
    candidate = paper(title=f"On {' '.join(written)}", abstract="")
    (scored,) = prepare([candidate]).rank(Profile(interests))
    if scored.matches:
        assert holds(groups(interests, Past()), candidate) or holds(loose_groups(interests, Past()), candidate)


@given(st.text(max_size=60))
def test_anything_that_parses_has_groups(text):
    interests = ()
    with suppress(QueryError):
        interests = parse(f'"{text}"')
    for group in (*groups(interests, Past()), *loose_groups(interests, Past())):
        assert group
        assert all(group)
