"""The semantic ranker: the lexical one, and besides it what papers mean, by a small model on this machine.

::

    meaning   = weight of all interests * LOUD * likeness in meaning to them, as one text, above `FLOOR`
    likeness += MIXED * likeness in meaning to liked papers, above `LIKED_FLOOR`

Meaning alone ranks worse than good keywords do, and far worse where something is excluded; beside them it finds
papers that say the same in other words, and orders those that say the same words. A paper that no word of an
interest hits is told as near in meaning to it only from `NEAR` on.

Vectors that were made before come with `Past.embeddings`; what is missing there is made on the spot.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from digest.model import MEANING, Match
from digest.ranking.archive import can_expand
from digest.ranking.embedding import MiniLM, paper_text, profile_text, text_key, vectors
from digest.ranking.lexical import TOGETHER, Aspect, LexicalIndex, loudness
from digest.ranking.past import Past
from digest.ranking.taste import Likeness, blended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from digest.model import Paper, Profile
    from digest.ranking.embedding import Embedder
    from digest.ranking.evidence import Row

LOUD = 0.3
FLOOR = 0.25
"""The likeness that texts of one field have in any case."""
MIXED = 1.3
LIKED_FLOOR = 0.3
SAME = 0.7
"""From here on a paper is said to be like a liked one though their words are no more alike than by chance."""
NEAR = 0.5
"""From here on a paper is told as near in meaning to an interest of which it holds no word."""


class SemanticRanker:
    """Ranks by shared words and by meaning.

    Raises:
        UsageError: the model is not installed.
    """

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder: Embedder = embedder or MiniLM()

    def prepare(self, papers: Sequence[Paper], past: Past | None = None) -> SemanticIndex:
        """A day's batch, ready to be ranked for any number of profiles."""
        return SemanticIndex(papers, past or Past(), self.embedder)


class SemanticIndex(LexicalIndex):
    """A prepared batch whose papers also have vectors of meaning."""

    def __init__(self, papers: Sequence[Paper], past: Past, embedder: Embedder) -> None:
        super().__init__(papers, past)
        self._embedder = embedder
        self._made = dict(past.embeddings)

    def besides(self, profile: Profile) -> list[Aspect]:
        """The likeness to liked papers, and the likeness in meaning to all interests together."""
        found = super().besides(profile)
        asked = profile_text(profile)
        if not (asked and self.papers):
            return found
        above = np.maximum(0.0, self._meant([asked])[0] - FLOOR)
        terms = [interest for interest in profile.wanted if can_expand(interest)]
        near = self._meant([interest.term for interest in terms]) >= NEAR
        hits = np.array([self.voice(interest).finding.hit for interest in terms])
        only = near & ~hits

        def tell(number: int) -> tuple[Match, ...]:
            return tuple(Match(str(i), MEANING, 1) for i, told in zip(terms, only[:, number], strict=True) if told)

        power = (loudness(profile) * LOUD * above) ** TOGETHER
        return [*found, Aspect(MEANING, power, only.any(axis=0), tell)]

    def likeness(self, papers: Sequence[Paper]) -> Likeness:
        """How alike each paper of the batch is to these, in words and in meaning."""
        in_words = super().likeness(papers)
        liked = self._vectors_of([paper_text(paper) for paper in papers])
        middle = liked.mean(axis=0, keepdims=True)
        middle /= float(np.linalg.norm(middle)) or 1.0
        value = np.maximum(0.0, blended(self._near(middle)[0], self._near(liked)))
        above = in_words.above + MIXED * np.maximum(0.0, value - LIKED_FLOOR)
        return Likeness(in_words.value + MIXED * value, above, in_words.like | (value >= SAME), in_words.nearest)

    def _meant(self, texts: Sequence[str]) -> Row:
        """The likeness in meaning of each paper to each text, -1..1: one row for each text."""
        return self._near(self._vectors_of(texts))

    def _near(self, meanings: NDArray[np.float32]) -> Row:
        """The cosine of each paper with each of some vectors: one row for each of those."""
        row: Row = (meanings @ self._space_of_meaning.T).astype(np.float64)
        return row

    @cached_property
    def _space_of_meaning(self) -> NDArray[np.float32]:
        return self._vectors_of([paper_text(paper) for paper in self.papers])

    def _vectors_of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        missing = list(dict.fromkeys(text for text in texts if text_key(text) not in self._made))
        if missing:
            self._made.update(zip(map(text_key, missing), self._embedder.embed(missing), strict=True))
        return vectors([self._made[text_key(text)] for text in texts])
