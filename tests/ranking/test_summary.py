from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import LIKED, MEANING, Match
from digest.ranking.query import parse
from digest.ranking.summary import ELLIPSIS, LONGEST, choose, sentence
from digest.ranking.telling import telling

FIELD = "Recent years have seen diffusion models everywhere."
OTHERS = "However, existing methods often lack speed."
OWN = "We propose a sampler that needs four steps on a phone."
RESULT = "It reduces the cost of protein folding by 40% in practice."
CODE = "Code is available at https://github.com/example/diffusion."
ABSTRACT = f"{FIELD} {OTHERS} {OWN} {RESULT} {CODE}"


def hits(abstract: str, *interests: str) -> list[Match]:
    """A match for each interest that stands in the abstract word for word, wherever it does."""
    return [
        Match(interest, "abstract", len(spans), spans)
        for interest in interests
        if (spans := _places(abstract.casefold(), str(parse(interest)[0].term).casefold()))
    ]


def _places(text: str, term: str) -> tuple[tuple[int, int], ...]:
    found, at = [], text.find(term)
    while at >= 0:
        found.append((at, at + len(term)))
        at = text.find(term, at + 1)
    return tuple(found)


def test_without_hits_it_is_what_the_authors_did():
    assert sentence(ABSTRACT, ()) == OWN
    assert sentence(ABSTRACT) == OWN


def test_it_says_most_about_the_interests():
    assert sentence(ABSTRACT, hits(ABSTRACT, '"protein folding"')) == RESULT
    assert sentence(ABSTRACT, hits(ABSTRACT, "sampler")) == OWN


def test_hits_in_the_title_or_by_likeness_say_nothing_of_a_sentence():
    others = [
        Match("folding", field, 1, ((ABSTRACT.index(RESULT), ABSTRACT.index(RESULT) + 9),))
        for field in ("title", LIKED, MEANING, "keywords")
    ]
    assert sentence(ABSTRACT, others) == OWN


def test_two_interests_are_more_than_one_and_a_heavy_one_more_than_a_light_one():
    text = "Apples grow on tall trees in autumn. Pears and plums grow on tall trees in autumn. Figs grow in the south."
    assert sentence(text, hits(text, "apples", "pears", "plums")).startswith("Pears")
    assert sentence(text, hits(text, "apples^5", "pears", "plums")).startswith("Apples")
    assert sentence(text, hits(text, "figs^0.5", "apples")).startswith("Apples")


def test_a_sentence_that_is_hit_more_often_wins_over_its_equal():
    text = "An apple is what grows on this old tree. An apple is an apple whatever one may call it."
    assert sentence(text, hits(text, "apple")).startswith("An apple is an apple")


def test_of_sentences_that_are_hit_the_one_on_the_work_itself_wins():
    text = f"{FIELD} We propose a fast sampler for diffusion models. {CODE}"
    assert sentence(text, hits(text, "diffusion")) == "We propose a fast sampler for diffusion models."


def test_where_only_the_background_is_hit_the_work_itself_says_more():
    assert sentence(ABSTRACT, hits(ABSTRACT, "diffusion")) == OWN
    assert sentence(f"{FIELD} Nothing else is known here.", hits(FIELD, "diffusion")) == FIELD


def test_an_exclusion_that_only_demotes_speaks_for_no_sentence():
    assert sentence(ABSTRACT, [*hits(ABSTRACT, "sampler"), *hits(ABSTRACT, "-cost^0.5")]) == OWN


def test_an_interest_that_cannot_be_read_counts_as_one():
    place = (ABSTRACT.index(RESULT), ABSTRACT.index(RESULT) + 2)
    for broken in ('"open', "^", "", "colour:red", "a" * 20_000):
        assert sentence(ABSTRACT, [Match(broken, "abstract", 1, (place,))]) == RESULT


@pytest.mark.parametrize("abstract", ["", " ", "\n\n", " • ", "... -- !", "\u200b\u202e"])
def test_an_empty_abstract_has_none(abstract):
    assert sentence(abstract, [Match("x", "abstract", 1, ((0, 1),))]) == ""


def test_a_fragment_is_passed_over():
    text = "Agents! We study how agents plan their way through long tasks."
    assert sentence(text, hits(text, "agents")).startswith("We study")


def test_a_long_sentence_is_passed_over_where_another_will_do_and_cut_where_none_will():
    long = "We study agents " + "and many other things " * 30 + "at length."
    short = "The agents find their way through long tasks."
    assert sentence(f"{long} {short}", hits(f"{long} {short}", "agents")) == short
    cut = sentence(long, hits(long, "agents"))
    assert cut.endswith("…")
    assert LONGEST // 2 < len(cut) <= LONGEST + 1
    assert long.startswith(cut[:-1])
    assert long[len(cut) - 1] == " "


def test_a_cut_falls_behind_a_clause_rather_than_a_word():
    clause = "We study agents " + "that plan and act " * 14
    long = f"{clause.strip()}, which helps those who build them in the long run and far beyond all of that."
    assert len(long) > LONGEST
    assert sentence(long) == f"{clause.strip()}…"
    assert sentence(long.replace(",", "")).startswith(f"{clause.strip()} which helps")


def test_wide_characters_count_twice():
    assert sentence("研究" * 75) == "研究" * 75
    assert sentence("研究" * 76) == "研究" * 75 + "…"
    assert sentence("研究" * 50 + "、" + "模型" * 100) == "研究" * 50 + "…"


def test_hits_behind_a_cut_do_not_count():
    long = "There is a matter " + "and yet another thing " * 30 + "about agents."
    short = "Some agents were there as well, at last."
    assert sentence(f"{long} {short}", hits(f"{long} {short}", "agents")) == short


def test_where_it_stands_is_told():
    chosen = choose(ABSTRACT)
    assert ABSTRACT[chosen.start : chosen.end] == OWN
    assert chosen.whole


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("We introduce a benchmark.", "We use a benchmark."),
        ("We show that it holds.", "It holds."),
        ("This paper presents a system.", "A system is a thing."),
        ("The model achieves 94% on all tests.", "The model is large."),
        ("Models differ in many ways.", "In recent years, models have attracted attention."),
        ("Models differ in many ways.", "Existing methods rely on labels."),
        ("Models differ in many ways.", "Why do models differ?"),
        ("Models differ in many ways.", "We hope that this work inspires others."),
        ("In recent years, models have attracted attention.", "Code and data are available on GitHub."),
        ("We propose a method.", "Furthermore, we propose a method."),
        ("To address these limitations, we propose a method.", "We use a method."),
        ("Results: It is better than that.", "Background: It is as good as that."),
        ("Models differ in many ways.", "Social tasks require agents to adjust."),
        ("It requires only four steps.", "It requires four steps."),
        ("Models differ in many ways.", "Retrieval is a common strategy against that."),
        ("Models differ in many ways.", "Cloning is a fundamental paradigm of learning."),
        ("We propose a fast sampler.", "We propose two techniques."),
        ("We use a fast sampler.", "We make the following contributions in this paper:"),
        ("We propose a fast sampler.", "Specifically, 1) we propose a fast sampler."),
        ("We use a fast sampler.", "(ii) We use a fast sampler."),
        ("Our model finds its way.", "Our model paves the way for others."),
        ("Our model finds its way.", "Our model aims to support future research."),
    ],
)
def test_the_work_itself_tells_more(more, less):
    assert telling(more) > telling(less)


texts = st.lists(
    st.sampled_from(["We propose", "agents", "e.g.", ". ", "? ", "...", "拡散。", "A", "x" * 90, " ", "\n\n", "it was"])
    | st.text(max_size=5),
    max_size=80,
).map("".join)
matches = st.lists(
    st.builds(
        Match,
        st.sampled_from(["agents", "agents^3", '"it was"', "-x", "("]) | st.text(max_size=8),
        st.sampled_from(["abstract", "title", LIKED, "other"]),
        st.integers(-1, 5),
        st.lists(st.tuples(st.integers(-9, 900), st.integers(-9, 900)), max_size=4).map(tuple),
    ),
    max_size=6,
)


@given(texts, matches)
def test_it_is_always_a_part_of_the_abstract_up_to_the_cut(abstract, found):
    told, chosen = sentence(abstract, found), choose(abstract, found)
    assert told.removesuffix("" if chosen.whole else ELLIPSIS) == abstract[chosen.start : chosen.end]
    assert len(told) <= LONGEST + 1
    assert bool(told) == any(char.isalnum() for char in abstract)
    assert sentence(abstract, found) == told
    assert sentence(abstract, found[::-1]) == told


@pytest.mark.parametrize(
    "piece",
    ["improves ", ".", "a.", "e.g. ", "We ", "our x y ", "(", "…", "\n \n", " ", "https://x.We ", "A" * 9, '."'],
)
def test_time_grows_as_the_abstract_does(piece):
    abstract = piece * (40_000 // len(piece))
    found = [Match("a", "abstract", 1, tuple((n, n + 1) for n in range(0, 40_000, 3)))]
    began = time.process_time()
    sentence(abstract, found)
    assert time.process_time() - began < 2
