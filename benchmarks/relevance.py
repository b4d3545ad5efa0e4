"""The ranker as the relevance yardstick asks for it: ``rankeval.py --ranker benchmarks.relevance:Ranker``.

Speaks its protocol on the public face of `digest.ranking` only. Interests and negatives come as bare
terms with weights; liked papers are not used yet.
"""

from __future__ import annotations

from typing import Any

from digest.model import Interest, InterestKind, Paper, Profile
from digest.ranking import Past, prepare
from digest.ranking.background import Background, count

Row = dict[str, Any]


class Ranker:
    """`fit` and `update` learn how common words are; `batch` ranks papers for many users."""

    def __init__(self) -> None:
        self._background = Background()

    def fit(self, papers: list[Row]) -> None:
        """Start from these background papers."""
        self._background = count(_paper(p) for p in papers)

    def update(self, papers: list[Row]) -> None:
        """Add a past day."""
        self._background += count(_paper(p) for p in papers)

    def rank(self, request: Row) -> Row:
        """One request of the protocol."""
        return {"ranking": self.batch(request["papers"], [request])[0]}

    def batch(self, papers: list[Row], users: list[Row]) -> list[list[Row]]:
        """The papers as ranked for each user."""
        batch = [_paper(p) for p in papers]
        index = prepare(batch, Past(self._background + count(batch)))
        ranked = index.rank_many([_profile(u) for u in users])
        return [[{"id": s.paper.key, "score": s.score} for s in scored] for scored in ranked]


def _paper(row: Row) -> Paper:
    return Paper(key=row["id"], title=row["title"], abstract=row["abstract"])


def _profile(user: Row) -> Profile:
    wanted = [Interest(InterestKind.WORDS, i["term"], i["weight"]) for i in user.get("interests", [])]
    unwanted = [Interest(InterestKind.PHRASE, i["term"], i["weight"], excluded=True) for i in user.get("negatives", [])]
    return Profile((*wanted, *unwanted))
