"""The first ranker: each interest is scored by itself, by the words it shares with a paper.

The worth of an interest in a paper lies in 0..1 and means the same for everybody and on every day::

    evidence = the share of the interest's information that the paper's words cover (each word saturating
               with its count, the title counting more), and a bonus for words in a row or near each other
    worth    = evidence * how telling the interest is; rarity counts little, so that one bar fits all
    total    = sum of weight * worth                    score = total / (total + HALF)

Two half-matched interests therefore never look like a whole one. An exclusion that hits multiplies the
score by `EXCLUDED`; a paper that only comes near one loses up to `NEAR_EXCLUDED` of it.

A paper with hints only, and no interest that hits, gets `UNMATCHED` of its score: such a pick could not be explained.

The constants were chosen on the relevance yardstick (``benchmarks/relevance.py``). Normalising by length
gained nothing there, so only texts far longer than an abstract are held back (`LONG`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.model import InterestKind, Match, Scored
from digest.ranking import matching, names, report
from digest.ranking.background import Background, information
from digest.ranking.corpus import Corpus, category_key
from digest.ranking.evidence import covered, strength
from digest.ranking.past import Past
from digest.ranking.trending import popularity, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Interest, Paper, Profile
    from digest.ranking.matching import Evidence, Unit

TELLING = 4.0
"""The information (in nats) of an interest that is half as telling as can be."""
TELLING_FLOOR = 0.1
AUTHOR_WORTH = 0.6
CATEGORY_WORTH = 0.15
HALF = 0.4
"""The total that scores 0.5."""
MOST = 0.7
"""The share of an interest of three words or more that must be there to report a hit."""
UNMATCHED = 0.7
EXCLUDED = 0.1
NEAR_EXCLUDED = 0.7


class LexicalRanker:
    """Ranks by shared words."""

    def prepare(self, papers: Sequence[Paper], past: Past | None = None) -> LexicalIndex:
        """A day's batch, ready to be ranked for any number of profiles."""
        return LexicalIndex(papers, past or Past())


@dataclass(frozen=True, slots=True)
class Finding:
    """What one interest finds in a batch, by paper number: its worth (0..1), and the matches to report.

    A paper may have some worth without a match, where only a part of the interest is there.
    """

    worth: dict[int, float] = field(default_factory=dict)
    matches: dict[int, tuple[Match, ...]] = field(default_factory=dict)


class LexicalIndex:
    """A prepared batch. Each distinct interest is matched once, whoever asks for it, and remembered."""

    def __init__(self, papers: Sequence[Paper], past: Past) -> None:
        self._corpus = Corpus(sorted(papers, key=standing))
        self._past = past
        self._findings: dict[Interest, Finding] = {}
        self._told: dict[str, float] = {}

    def rank(self, profile: Profile) -> list[Scored]:
        """Every paper once, best first, ties by what is trending; so are all where nothing is wanted."""
        hits = self._hits(profile.wanted)
        scores = self._scores(profile.wanted, hits)
        excluded = self._exclude(profile.excluded, scores)
        return [
            Scored(self._corpus.papers[n], scores[n], tuple(hits[n]), tuple(excluded.get(n, ())))
            for n in sorted(range(len(scores)), key=lambda n: (-scores[n], n))
        ]

    def rank_many(self, profiles: Iterable[Profile]) -> list[list[Scored]]:
        """`rank` for each profile, in order."""
        return [self.rank(p) for p in profiles]

    def finding(self, interest: Interest) -> Finding:
        """What an interest finds in this batch, whatever its weight."""
        if interest not in self._findings:
            self._findings[interest] = self._find(interest)
        return self._findings[interest]

    def strongest(self, interest: Interest, most: int) -> list[tuple[Paper, float]]:
        """The `most` papers for which an interest is worth most, hits or not, with that worth, best first."""
        worth = self.finding(interest).worth
        order = sorted(worth, key=lambda n: (-worth[n], n))[:most]
        return [(self._corpus.papers[n], worth[n]) for n in order]

    def information(self, key: str) -> float:
        """What a word tells where it stands, in nats, by its key."""
        if key not in self._told:
            self._told[key] = information(self._share(key))
        return self._told[key]

    def _share(self, key: str) -> float:
        if self._past.background is not None:
            return self._past.background.share(key)
        return Background().share(key, len(self._corpus.papers), self._corpus.frequency(key))

    def hits(self, interest: Interest) -> list[Paper]:
        """The papers that an interest hits, best first."""
        finding = self.finding(interest)
        order = sorted(finding.matches, key=lambda n: (-finding.worth[n], n))
        return [self._corpus.papers[n] for n in order]

    def _hits(self, wanted: Sequence[Interest]) -> list[list[Match]]:
        """The matches of each paper by number, in the order of the interests."""
        hits: list[list[Match]] = [[] for _ in self._corpus.papers]
        for interest in wanted:
            for number, matches in self.finding(interest).matches.items():
                hits[number] += matches
        return hits

    def _scores(self, wanted: Sequence[Interest], hits: Sequence[Sequence[Match]]) -> list[float]:
        """The score of each paper by number, before exclusions."""
        if not wanted:
            return [popularity(p) for p in self._corpus.papers]
        totals = [0.0] * len(self._corpus.papers)
        for interest in wanted:
            for number, worth in self.finding(interest).worth.items():
                totals[number] += interest.weight * worth
        return [
            total / (total + HALF) * (1.0 if found else UNMATCHED) for total, found in zip(totals, hits, strict=True)
        ]

    def _exclude(self, exclusions: Iterable[Interest], scores: list[float]) -> dict[int, list[str]]:
        """Lower the scores of papers that an exclusion hits or nearly hits; the exclusions that hit each."""
        hit: dict[int, list[str]] = {}
        for interest in exclusions:
            near = replace(interest, kind=InterestKind.WORDS) if interest.kind is InterestKind.PHRASE else interest
            for number, worth in self.finding(near).worth.items():
                scores[number] *= 1 - NEAR_EXCLUDED * worth
            for number in self.finding(interest).matches:
                hit.setdefault(number, []).append(str(interest))
        for number in hit:
            scores[number] *= EXCLUDED
        return hit

    def _find(self, interest: Interest) -> Finding:
        if interest.kind is InterestKind.AUTHOR:
            return _listed(interest, "authors", self._corpus.by_author(names.parts(interest.term)), AUTHOR_WORTH)
        if interest.kind is InterestKind.CATEGORY:
            hits = self._corpus.by_category(category_key(interest.term))
            return _listed(interest, "categories", hits, CATEGORY_WORTH)
        return self._find_words(interest)

    def _find_words(self, interest: Interest) -> Finding:
        pattern, finding = matching.compiled(interest), Finding()
        told = [self._information(unit) for unit in pattern.units]
        total = sum(told)
        shares = [t / total for t in told]
        telling = TELLING_FLOOR + (1 - TELLING_FLOOR) * total / (total + TELLING)
        for number, evidence in matching.find(pattern, self._corpus).items():
            finding.worth[number] = telling * strength(evidence, shares, self._corpus.lengths[number])
            if _hits(evidence, shares):
                finding.matches[number] = report.matches(interest, evidence, self._corpus)
        return finding

    def _information(self, unit: Unit) -> float:
        """What a unit tells where it stands: as much as the rarest of its words."""
        return max(self.information(word.key) for word in unit)


def _listed(interest: Interest, name: str, hits: Iterable[tuple[int, int]], worth: float) -> Finding:
    finding = Finding()
    for number, count in hits:
        finding.worth[number] = worth
        finding.matches[number] = (Match(str(interest), name, count),)
    return finding


def _hits(evidence: Evidence, shares: Sequence[float]) -> bool:
    """Whether enough of the interest is there to say that it hit: all of two words, most of more."""
    if evidence.whole or all(evidence.units):
        return True
    there = sum(map(bool, evidence.units))
    return there > max(1, len(shares) / 2) and covered(evidence, shares) >= MOST
