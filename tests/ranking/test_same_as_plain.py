"""What is computed for a whole batch at once, in arrays, is what the definition says of each paper by itself."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking import tokens
from digest.ranking.corpus import Corpus, Word
from digest.ranking.evidence import FIELD_WEIGHTS, WINDOW, frequencies, nearness
from digest.ranking.line import GAP, Line
from digest.ranking.patterns import word
from digest.ranking.space import Space
from digest.ranking.spots import joined, within
from digest.ranking.stem import root
from digest.ranking.vectors import COMMON, vector
from tests.ranking.strategies import VOCABULARY, batches

if TYPE_CHECKING:
    from digest.model import Paper

# What the order of additions may change.
ROUNDING = 1e-9

words = st.sampled_from([*VOCABULARY, "recommender", "recommendations", "nothing"]).map(
    lambda text: word(tokens.words(text)[0], sensitive=True, strict=len(text) % 2 == 0)
)
units = st.lists(words, min_size=1, max_size=3).map(tuple)


def plain(corpus: Corpus, unit: tuple[Word, ...]) -> list[tuple[int, int]]:
    """Where a unit stands, by looking at each position."""
    line = corpus.line
    texts = [line.surfaces[number] for number in line.words.tolist()]
    ends = range(len(unit), len(texts) + 1)
    return [
        (end - len(unit), end)
        for end in ends
        if all(tokens.key(t) == w.key and w.accepts(t) for t, w in zip(texts[end - len(unit) : end], unit, strict=True))
    ]


@given(batches())
def test_the_line_holds_every_word_in_its_place(papers: list[Paper]) -> None:
    line = Line(papers)
    for number, paper in enumerate(papers):
        start, end = line.bounds(number)
        told = [line.surfaces[n] for n in line.words[start:end].tolist()]
        gap = [""] * GAP
        assert told == [*tokens.words(paper.title), *gap, *tokens.words(paper.abstract), *gap]
        assert line.lengths[number] == len({*told})
        assert set(line.papers[start:end].tolist()) == {number}
        begin = start + len(tokens.words(paper.title)) + GAP
        assert [line.place(p).start for p in range(start, end)] == [start] * (begin - start) + [begin] * (end - begin)


@given(batches(), units)
def test_a_unit_is_found_where_its_words_follow_each_other(papers: list[Paper], unit: tuple[Word, ...]) -> None:
    corpus = Corpus(papers)
    found = corpus.spots(unit)
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == plain(corpus, unit)
    assert [corpus.place(start).paper for start in found.starts.tolist()] == found.papers.tolist()
    assert [spot for number in range(len(papers)) for spot in found.of(number)] == plain(corpus, unit)


@given(batches(), units, units, st.sampled_from(["", "title", "abstract"]))
def test_spots_are_joined_kept_and_counted(
    papers: list[Paper], one: tuple[Word, ...], other: tuple[Word, ...], field: str
) -> None:
    corpus = Corpus(papers)
    both = within(corpus.line, field, joined(corpus.line, corpus.spots(one), corpus.spots(other)))
    expected = sorted({*plain(corpus, one), *plain(corpus, other)})
    expected = [spot for spot in expected if field in ("", corpus.place(spot[0]).field)]
    assert list(zip(both.starts.tolist(), both.ends.tolist(), strict=True)) == expected
    counts = Counter[int]()
    for start, _ in expected:
        counts[corpus.place(start).paper] += FIELD_WEIGHTS[corpus.place(start).field]  # type: ignore[assignment]
    found = frequencies(both, corpus.line, len(papers))
    assert found.tolist() == [counts[number] for number in range(len(papers))]


@given(batches(), words)
def test_kin_are_the_other_words_of_the_same_root(papers: list[Paper], one: Word) -> None:
    corpus = Corpus(papers)
    keys = [tokens.key(corpus.line.surfaces[n]) for n in corpus.line.words.tolist()]
    expected = [p for p, key in enumerate(keys) if key not in ("", one.key) and root(key) == root(one.key)]
    assert corpus.kin(one.key).starts.tolist() == expected
    assert corpus.frequency(one.key) == len({corpus.place(p).paper for p, key in enumerate(keys) if key == one.key})


@given(batches(), st.lists(units, min_size=2, max_size=4))
def test_nearness_is_that_of_the_narrowest_window(papers: list[Paper], wanted: list[tuple[Word, ...]]) -> None:
    corpus = Corpus(papers)
    found = nearness([corpus.spots(unit) for unit in wanted], len(papers))
    for number in range(len(papers)):
        starts = [[start for start, _ in corpus.spots(unit).of(number)] for unit in wanted]
        widths = [max(chosen) - min(chosen) + 1 for chosen in product(*starts)]
        narrowest = min(widths, default=WINDOW + len(wanted))
        assert found[number] == min(1.0, max(0.0, 1 - (narrowest - len(wanted)) / WINDOW))


@given(batches(), batches("other"))
def test_vectors_of_a_batch_are_those_of_its_papers(papers: list[Paper], others: list[Paper]) -> None:
    corpus = Corpus(papers)

    def told(key: str) -> float:
        return COMMON + (sum(map(ord, key)) % 5 - 1) / 2

    space, names = Space(corpus, told), list(corpus.keys)
    alone = [vector(paper, told) for paper in papers]
    for number, expected in enumerate(alone):
        keys, values = space.of(number)
        found = {names[key]: value for key, value in zip(keys.tolist(), values.tolist(), strict=True)}
        assert found == pytest.approx(expected, abs=ROUNDING)
    for other in (vector(paper, told) for paper in others):
        cosines = [math.fsum(value * one.get(key, 0.0) for key, value in other.items()) for one in alone]
        assert np.allclose(space.likeness(other), cosines, rtol=0, atol=ROUNDING)
