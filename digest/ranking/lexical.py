"""The lexical ranker: each interest is scored by itself, by the words that it shares with a paper.

::

    voice  = weight * (worth + hint)                      what an interest says for a paper (`findings`)
    hint   = telling * min(likeness to what goes with the interest, MOST_HINT)
    taste  = weight of all interests * taste              what liked papers say for it (`taste`)
    total  = (voice^TOGETHER + ... + taste^TOGETHER)^(1/TOGETHER)
    score  = total / (total + HALF)

Two half-matched interests never look like a whole one, and a paper in which interests meet is worth a little more
than their sum. Weights scale the total, so that the same factor on all of them changes no order.

What goes with an interest is learned from other papers (`archive`); a paper with hints alone, which nothing else
speaks for, never scores above the least one that an interest hits. One without any hit keeps `UNMATCHED` of its
total, as it could not be explained. An exclusion takes from the total of papers that come near it as much as its
words, and the words that go with them, are worth there, and leaves `EXCLUDED` of the score where it hits. One with a
weight below 1 takes in proportion, and does not hide.

The constants were chosen on the relevance yardstick (``benchmarks/relevance.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from digest.model import LIKED, InterestKind, Match, Scored
from digest.ranking import tokens
from digest.ranking.corpus import Corpus
from digest.ranking.findings import Finder, Finding
from digest.ranking.past import Past
from digest.ranking.rankings import Ranking
from digest.ranking.space import Space
from digest.ranking.taste import Sample, chance, dislike, likeness, worth
from digest.ranking.trending import popularity, standing
from digest.ranking.vectors import vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from digest.model import Interest, Paper, Profile
    from digest.ranking.evidence import Mask, Row
    from digest.ranking.taste import Likeness

TOGETHER = 0.7
HALF = 0.4
"""The total that scores 0.5."""
MOST_HINT = 0.6
DIGITS = 9
"""To which a score is rounded."""
UNMATCHED = 0.75
EXCLUDED = 0.1
NEAR_EXCLUDED = 3.0
"""What likeness to the words that go with an exclusion takes away, up to all but `EXCLUDED`."""
DISLIKED = 4.0
"""What likeness above chance to disliked papers takes away, up to all but `EXCLUDED`."""

Topic = tuple[InterestKind, str, str]


class LexicalRanker:
    """Ranks by shared words."""

    def prepare(self, papers: Sequence[Paper], past: Past | None = None) -> LexicalIndex:
        """A day's batch, ready to be ranked for any number of profiles."""
        return LexicalIndex(papers, past or Past())


@dataclass(frozen=True, slots=True)
class Voice:
    """What one interest says for each paper: `power` is (worth + hint) ^ TOGETHER; `direct` where its words stand."""

    finding: Finding
    power: Row
    direct: Mask


@dataclass(frozen=True, slots=True)
class Aspect:
    """What speaks for papers besides the words of interests: to the power of `TOGETHER`, and where it is a reason.

    `tell` gives the matches of a paper for which it is.
    """

    name: str
    power: Row
    hit: Mask
    tell: Callable[[int], tuple[Match, ...]]


@dataclass(frozen=True, slots=True)
class Veto:
    """What one exclusion leaves of each paper, 0..1: of the total for being `near`, of the score for a `hit`."""

    near: Row
    hit: Row


class LexicalIndex:
    """A prepared batch. Each distinct interest is looked up once, whoever asks for it, and remembered."""

    def __init__(self, papers: Sequence[Paper], past: Past) -> None:
        self._corpus = Corpus(sorted(papers, key=standing))
        self._papers, self._past = self._corpus.papers, past
        self._finder = Finder(self._corpus, past)
        self._voices: dict[Topic, Voice] = {}
        self._vetoes: dict[tuple[Topic, float], Veto] = {}
        self._samples: dict[tuple[str, str], Sample] = {}
        self._keys = dict(self._corpus.keys)

    def rank(self, profile: Profile) -> Ranking:
        """Every paper once, best first, ties by what is trending; so are all where nothing is wanted or liked."""
        return _Tally(self, profile).ranking()

    def rank_many(self, profiles: Iterable[Profile]) -> list[Ranking]:
        """`rank` for each profile, in order."""
        return [self.rank(p) for p in profiles]

    def hits(self, interest: Interest) -> list[Paper]:
        """The papers that an interest hits, best first."""
        found = self.voice(interest).finding
        return [self._papers[n] for n in np.argsort(-found.worth, kind="stable").tolist() if found.hit[n]]

    def information(self, key: str) -> float:
        """What a word tells where it stands, in nats, by its key."""
        return self._finder.information(key)

    def voice(self, interest: Interest) -> Voice:
        """What an interest says for each paper, at weight one."""
        topic = _topic(interest)
        if topic not in self._voices:
            finding = self._finder.find(interest)
            whole = finding.worth + finding.telling * self.hints(interest)
            self._voices[topic] = Voice(finding, whole**TOGETHER, finding.worth > 0)
        return self._voices[topic]

    def veto(self, interest: Interest) -> Veto:
        """What an exclusion leaves."""
        weight = min(interest.weight, 1.0)
        asked = _topic(interest), weight
        if asked not in self._vetoes:
            near = replace(interest, kind=InterestKind.WORDS) if interest.kind is InterestKind.PHRASE else interest
            left = 1 - self.voice(near).finding.worth
            left *= np.maximum(EXCLUDED, 1 - NEAR_EXCLUDED * self.kinship(near))
            hit = self.voice(interest).finding.hit
            self._vetoes[asked] = Veto(1 - weight * (1 - left), np.where(hit, 1 - weight * (1 - EXCLUDED), 1.0))
        return self._vetoes[asked]

    def hints(self, interest: Interest) -> Row:
        """What speaks for a paper besides the words of an interest, as a part of what they could say, 0..1."""
        return np.minimum(self.kinship(interest), MOST_HINT)

    def kinship(self, interest: Interest) -> Row:
        """How alike each paper is to what goes with an interest: a cosine, 0..1."""
        words = self._past.expansions.get(interest.term)
        if not words or interest.kind not in (InterestKind.WORDS, InterestKind.PHRASE):
            return np.zeros(len(self._papers))
        return self._space.likeness({tokens.key(word): weight for word, weight in words.items()})

    def dislike(self, papers: Sequence[Paper]) -> Row | None:
        """How much more alike than by chance each paper of the batch is to the nearest of these; None without any."""
        if not (papers and self._papers):
            return None
        return dislike([self._sample(paper) for paper in papers])

    def besides(self, profile: Profile) -> list[Aspect]:
        """What speaks for papers besides the interests: the likeness to liked papers."""
        if not (profile.liked and self._papers):
            return []
        found = self.likeness(profile.liked)

        def tell(number: int) -> tuple[Match, ...]:
            return (Match(profile.liked[int(found.nearest[number])].title, LIKED, 1),)

        return [Aspect(LIKED, (loudness(profile) * worth(found)) ** TOGETHER, found.like, tell)]

    def likeness(self, papers: Sequence[Paper]) -> Likeness:
        """How alike each paper of the batch is to these, of which there is at least one."""
        return likeness([self._sample(paper) for paper in papers])

    @cached_property
    def popularity(self) -> Row:
        """What each paper scores where nothing is wanted."""
        return np.array([popularity(paper) for paper in self._papers])

    @property
    def papers(self) -> Sequence[Paper]:
        """The batch, in the order of the trending list: what numbers stand for."""
        return self._papers

    @cached_property
    def _space(self) -> Space:
        return Space(self._corpus, self.information)

    def _sample(self, paper: Paper) -> Sample:
        """What a paper that somebody judged says of the batch; kept, since others may judge it, too."""
        text = paper.title, paper.abstract
        if text not in self._samples:
            one = vector(paper, self.information)
            numbers = np.array([self._keys.setdefault(key, len(self._keys)) for key in one], np.intp)
            values, expected = np.array(list(one.values())), chance(one, self.information)
            self._samples[text] = Sample(numbers, values, self._space.likeness(one), expected)
        return self._samples[text]


class _Tally:
    """What speaks for and against each paper in the eyes of one profile."""

    def __init__(self, index: LexicalIndex, profile: Profile) -> None:
        self._index, self._profile = index, profile
        self._wanted = profile.wanted
        self._voices = [index.voice(interest) for interest in self._wanted]
        self._hiding = [(i, index.voice(i).finding.hit) for i in profile.excluded if i.hides]
        self._besides = index.besides(profile)
        self._hit = self._any([voice.finding.hit for voice in self._voices] + [a.hit for a in self._besides])
        self._hidden = self._any([hit for _, hit in self._hiding])
        self._powers = self._powered()
        self._scores = self._scored()

    def ranking(self) -> Ranking:
        """The papers in order."""
        return Ranking(self._scores, self._tell)

    def _any(self, masks: Sequence[Mask]) -> Mask:
        return np.logical_or.reduce(masks) if masks else np.zeros(len(self._index.papers), np.bool_)

    def _scored(self) -> Row:
        index, profile = self._index, self._profile
        vetoes = [index.veto(interest) for interest in profile.excluded]
        total = self._total() if profile.personal else index.popularity
        for veto in vetoes:
            total = total * veto.near
        disliked = index.dislike(profile.disliked)
        if disliked is not None:
            total = total * np.maximum(EXCLUDED, 1 - DISLIKED * disliked)
        # Rounded so that equal papers tie, whatever the last digit of a power is on this machine.
        score = np.round(total / (total + HALF), DIGITS) if profile.personal else total
        for veto in vetoes:
            score = score * veto.hit
        return score

    def _powered(self) -> Row:
        """What each interest, and then each thing besides, says for each paper: a row for each."""
        found = [voice.power for voice in self._voices] + [aspect.power for aspect in self._besides]
        if not found:
            return np.zeros((0, len(self._index.papers)))
        weights = [interest.weight**TOGETHER for interest in self._wanted] + [1.0] * len(self._besides)
        row: Row = np.array(found) * np.array(weights)[:, None]
        return row

    def _total(self) -> Row:
        power = self._powers[: len(self._voices)].sum(axis=0)
        hit = self._any([voice.finding.hit for voice in self._voices]) if self._besides else self._hit
        if hit.any():
            direct = self._any([voice.direct for voice in self._voices])
            power = np.where(direct, power, np.minimum(power, power[hit].min()))
        for aspect in self._besides:
            power += aspect.power
        total: Row = np.where(self._hit, 1.0, UNMATCHED) * power ** (1 / TOGETHER)
        return total

    def _tell(self, number: int) -> Scored:
        """One paper; most are hit by nothing, and soon told."""
        paper, score = self._index.papers[number], float(self._scores[number])
        hidden = tuple(str(i) for i, hit in self._hiding if hit[number]) if self._hidden[number] else ()
        if not self._hit[number]:
            return Scored(paper, score, (), hidden)
        return Scored(paper, score, self._matches(number), hidden, self._aspects(number))

    def _matches(self, number: int) -> tuple[Match, ...]:
        return tuple([match for hit, tell in self._tellers if hit[number] for match in tell(number)])

    def _aspects(self, number: int) -> tuple[tuple[str, float], ...]:
        """What each interest, and each thing besides, would score alone; the strongest first."""
        powers = zip(self._names, self._powers[:, number].tolist(), strict=True)
        alone = [(name, _score(power ** (1 / TOGETHER))) for name, power in powers if power > 0]
        return tuple(sorted(alone, key=_BY_STRENGTH, reverse=True))

    @cached_property
    def _names(self) -> list[str]:
        return [*map(str, self._wanted), *(aspect.name for aspect in self._besides)]

    @cached_property
    def _tellers(self) -> list[tuple[Mask, Callable[[int], tuple[Match, ...]]]]:
        """Where each interest, and then each thing besides, hits, and what tells of it."""
        found = zip(self._names, [voice.finding for voice in self._voices], strict=False)
        told = [(finding.hit, partial(finding.tell, name)) for name, finding in found]
        return [*told, *((aspect.hit, aspect.tell) for aspect in self._besides)]


_BY_STRENGTH = itemgetter(1)


def _score(total: float) -> float:
    return total / (total + HALF)


def loudness(profile: Profile) -> float:
    """What something that concerns all interests weighs: as much as they do together; 1 without any."""
    return sum(interest.weight for interest in profile.wanted) or 1.0


def _topic(interest: Interest) -> Topic:
    """What two interests share that differ in weight, or in being wanted, only."""
    return interest.kind, interest.term, interest.field
