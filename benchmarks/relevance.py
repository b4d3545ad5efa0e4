"""The rankers as the relevance yardstick asks for them: ``rankeval.py --ranker benchmarks.relevance:Ranker``.

Speaks its protocol on the public face of `digest.ranking` only. Interests come as bare terms with weights; what a
subscriber of the yardstick does not want is an excluded phrase.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from digest.model import Interest, InterestKind, Paper, Profile
from digest.ranking import Past, acronyms, ranker
from digest.ranking.acronyms import Glossary
from digest.ranking.archive import Archive
from digest.ranking.background import Background, count
from digest.ranking.embedding import MiniLM, paper_text, profile_text, text_key

Row = dict[str, Any]
GROWTH = 1.3
"""What goes with an interest is learned anew when there are so many times as many papers, as `digest` does it."""


class Ranker:
    """`fit` and `update` tell of papers from before; `batch` ranks papers for many."""

    name: ClassVar[str] = "lexical"

    def __init__(self) -> None:
        self._ranker = ranker(self.name)
        self.fit([])

    def fit(self, papers: list[Row]) -> None:
        """Start from these background papers."""
        self._papers: dict[str, Paper] = {}
        self._words, self._defined = Background(), acronyms.count([])
        self._learned_from = 0
        self.update(papers)

    def update(self, papers: list[Row]) -> None:
        """Add a past day."""
        new = [_paper(row) for row in papers if row["id"] not in self._papers]
        self._papers |= {paper.key: paper for paper in new}
        self._words += count(new)
        self._defined.update(acronyms.count(new))

    def rank(self, request: Row) -> Row:
        """One request of the protocol."""
        return {"ranking": self.batch(request["papers"], [request])[0]}

    def batch(self, papers: list[Row], users: list[Row]) -> list[list[Row]]:
        """The papers as ranked for each user."""
        batch, profiles = [_paper(row) for row in papers], [_profile(user) for user in users]
        past = self._past(batch, profiles)
        index = self._ranker.prepare(batch, past)
        return [[{"id": s.paper.key, "score": s.score} for s in index.rank(profile)] for profile in profiles]

    def _past(self, batch: list[Paper], profiles: list[Profile]) -> Past:
        """What is known from before. In `digest`, the batch itself is counted among it."""
        if len(self._papers) >= GROWTH * self._learned_from:
            past = Past(self._words, Glossary(self._defined))
            self._archive, self._learned_from = Archive(list(self._papers.values()), past), max(len(self._papers), 1)
            self._expansions: dict[str, dict[str, float]] = {}
        for interest in (i for profile in profiles for i in profile.interests):
            if interest.term not in self._expansions:
                self._expansions[interest.term] = self._archive.expansion(interest)
        defined = self._defined + acronyms.count(batch)
        return Past(self._words + count(batch), Glossary(defined), self._expansions)


class SemanticRanker(Ranker):
    """The same with the ranker of the `[semantic]` extra; each text is embedded once."""

    name: ClassVar[str] = "semantic"

    def __init__(self) -> None:
        super().__init__()
        self._embedder, self._vectors = MiniLM(), dict[str, bytes]()

    def _past(self, batch: list[Paper], profiles: list[Profile]) -> Past:
        papers = [*batch, *(paper for profile in profiles for paper in profile.liked)]
        terms = [i.term for profile in profiles for i in profile.wanted]
        texts = {text_key(text): text for text in (*map(paper_text, papers), *map(profile_text, profiles), *terms)}
        missing = [key for key in texts if key not in self._vectors]
        self._vectors.update(zip(missing, self._embedder.embed([texts[key] for key in missing]), strict=True))
        return replace(super()._past(batch, profiles), embeddings=self._vectors)


def _paper(row: Row) -> Paper:
    return Paper(key=row["id"], title=row["title"], abstract=row["abstract"])


def _profile(user: Row) -> Profile:
    wanted = [Interest(InterestKind.WORDS, i["term"], i["weight"]) for i in user.get("interests", [])]
    unwanted = [Interest(InterestKind.PHRASE, i["term"], i["weight"], excluded=True) for i in user.get("negatives", [])]
    return Profile((*wanted, *unwanted), tuple(_paper(row) for row in user.get("liked", [])))
