"""A ranker by meaning that is small enough for tests: a text's vector counts its words by their hashes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

from digest.model import LIKED, Match, Scored
from digest.ranking.embedding import BLANK, DIMENSIONS, paper_text, text_key
from digest.ranking.trending import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Paper, Profile
    from digest.ranking import Past


@dataclass
class HashedWords:
    """An embedder; `texts` are those that it was asked for, `spoilt` one that it fails at."""

    model: str = "hashed words"
    texts: list[str] = field(default_factory=list)
    spoilt: str = ""

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """The number of words of each hash."""
        if self.spoilt in texts:
            raise ZeroDivisionError(self.spoilt)
        self.texts += texts
        return [_counts(text) for text in texts]


@dataclass
class ByMeaning:
    """A ranker: a paper scores as the nearest of what is wanted and liked, if nothing disliked is as near."""

    embedder: HashedWords = field(default_factory=HashedWords)

    def prepare(self, papers: Sequence[Paper], past: Past) -> Near:
        """An index that knows the vectors of `past` and makes none."""
        return Near(sorted(papers, key=standing), past)


@dataclass
class Near:
    """An index."""

    papers: list[Paper]
    past: Past

    def rank(self, profile: Profile) -> list[Scored]:
        """Every paper, nearest first."""
        wanted = [interest.term for interest in profile.wanted] + [paper_text(p) for p in profile.liked]
        unwanted = [interest.term for interest in profile.excluded] + [paper_text(p) for p in profile.disliked]
        scored = [self._scored(paper, wanted, unwanted) for paper in self.papers]
        return sorted(scored, key=lambda s: -s.score)

    def rank_many(self, profiles: Sequence[Profile]) -> list[list[Scored]]:
        """`rank` for each."""
        return [self.rank(profile) for profile in profiles]

    def _scored(self, paper: Paper, wanted: Sequence[str], unwanted: Sequence[str]) -> Scored:
        near, far = (
            max((self._cosine(paper_text(paper), t) for t in texts), default=0.0) for texts in (wanted, unwanted)
        )
        matches = (Match(wanted[0], LIKED, 1),) if near > far else ()
        return Scored(paper, near if near > far else 0.0, matches)

    def _cosine(self, one: str, other: str) -> float:
        first, second = (self.past.embeddings.get(text_key(text), BLANK) for text in (one, other))
        length = math.sqrt(sum(n * n for n in first) * sum(n * n for n in second))
        return sum(a * b for a, b in zip(first, second, strict=True)) / length if length else 0.0


def _counts(text: str) -> bytes:
    vector = bytearray(DIMENSIONS)
    for word in re.findall(r"\w+", text.casefold()):
        vector[crc32(word.encode()) % DIMENSIONS] = min(vector[crc32(word.encode()) % DIMENSIONS] + 1, 255)
    return bytes(vector)
