"""Where an interest stands in a batch of papers: word boundaries, spellings, number, and case for acronyms.

"fine-tuning", "fine tuning" and "finetuning" find each other, and so do "data set" and "dataset". What is looked
for, acronyms and what they stand for among it, is decided in `patterns`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from digest.ranking import tokens
from digest.ranking.acronyms import same_term
from digest.ranking.corpus import Word
from digest.ranking.patterns import Asked, Pattern, Unit, compiled, is_stop, word
from digest.ranking.spots import NONE, Spot, Spots, joined, kept, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.ranking.corpus import Corpus
    from digest.ranking.patterns import Alias

__all__ = ["Evidence", "Look", "Pattern", "Spot", "Unit", "compiled", "look"]

_MIN_SPLIT = 6
_DIGIT_EDGE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_PREFIX_EDGE = re.compile(r"(?<=\A[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Look:
    """What a pattern finds in a corpus: the spots of each unit, of its kin, and of all units in a row.

    Kin are words of the same root ("recommendation" for "recommender"): a hint, never reported as a hit. Those of the
    `units` and of the `whole` that are written otherwise (an acronym for its term) are told apart as well.
    """

    units: Sequence[Spots]
    kin: Sequence[Spots]
    whole: Spots
    units_otherwise: Sequence[Spots]
    whole_otherwise: Spots

    def of(self, number: int) -> Evidence:
        """The evidence in one paper."""
        return Evidence(self, number)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one paper holds of a pattern: the spots of each unit, and of all units in a row.

    An acronym that stands for several units is a spot of each.
    """

    look: Look
    number: int

    @property
    def units(self) -> Sequence[Sequence[Spot]]:
        """The spots of each unit."""
        return [found.of(self.number) for found in self.look.units]

    @property
    def whole(self) -> Sequence[Spot]:
        """The spots of all units in a row."""
        return self.look.whole.of(self.number)


def look(pattern: Pattern, corpus: Corpus) -> Look:
    """Where a pattern stands in the papers of a corpus."""
    units = [_of_unit(pattern.asked(number), corpus) for number in range(len(pattern.units))]
    kin = [within(corpus.line, pattern.field, _kin(unit, corpus)) for unit in pattern.units]
    whole = _of_whole(pattern, corpus)
    return Look([hits for hits, _ in units], kin, whole[0], [otherwise for _, otherwise in units], whole[1])


def _of_unit(asked: Asked, corpus: Corpus) -> tuple[Spots, Spots]:
    """All spots of one unit, and those by its aliases alone; kept, as many interests have it."""
    if asked not in corpus.units:
        corpus.units[asked] = _named(_hits(asked.unit, corpus), asked.aliases, asked.field, corpus)
    return corpus.units[asked]


def _of_whole(pattern: Pattern, corpus: Corpus) -> tuple[Spots, Spots]:
    """All spots of the units in a row, and those among them with some units written otherwise."""
    hits = _hits(pattern.whole, corpus) if pattern.whole else NONE
    return _named(hits, [alias for alias in pattern.aliases if not alias.units], pattern.field, corpus)


def _named(hits: Spots, aliases: Iterable[Alias], field: str, corpus: Corpus) -> tuple[Spots, Spots]:
    """The hits with those of the aliases, and the latter alone, in one field."""
    otherwise = _meant_by(aliases, corpus)
    whole = joined(corpus.line, hits, otherwise)
    return within(corpus.line, field, whole), within(corpus.line, field, otherwise)


def _meant_by(aliases: Iterable[Alias], corpus: Corpus) -> Spots:
    hits = NONE
    for alias in aliases:
        hits = joined(corpus.line, hits, _meant(alias, corpus))
    return hits


def _hits(unit: Unit, corpus: Corpus) -> Spots:
    """All spots of a unit in any of its spellings."""
    hits = corpus.spots(unit)
    for spelling in _spellings(unit, corpus):
        hits = joined(corpus.line, hits, corpus.spots(spelling))
    return hits


def _meant(alias: Alias, corpus: Corpus) -> Spots:
    """The spots of an alias without those in papers that define one of its acronyms as something else."""
    hits = _hits(alias.words, corpus)
    for short, long in alias.meant:
        papers = np.unique(hits.papers)
        sound = [number for number in papers.tolist() if _may_mean(short, long, corpus.definitions(number))]
        if len(sound) < len(papers):
            hits = kept(hits, np.isin(hits.papers, sound))
    return hits


def _may_mean(short: str, long: str, definitions: set[tuple[str, str]]) -> bool:
    told = [meaning for defined, meaning in definitions if defined == short]
    return not told or any(same_term(long, meaning) for meaning in told)


def _kin(unit: Unit, corpus: Corpus) -> Spots:
    """Where words of the same root stand; exact words have none."""
    return NONE if len(unit) > 1 or unit[0].exact or unit[0].strict else corpus.kin(unit[0].key)


def _spellings(unit: Unit, corpus: Corpus) -> Iterator[Unit]:
    """A unit with two neighbours written as one word, with one word written as two, and with umlauts otherwise."""
    for n, (one, other) in enumerate(pairwise(unit)):
        if not is_stop((one,)) and not is_stop((other,)):
            joined = word(one.surface + other.surface, sensitive=False, strict=bool(one.strict))
            if corpus.has(joined.key):
                yield (*unit[:n], joined, *unit[n + 2 :])
    for n, one in enumerate(unit):
        if one not in corpus.pairs:
            corpus.pairs[one] = tuple(_pairs(one, corpus))
        for spelt in (*corpus.pairs[one], *((way,) for way in _umlauts(one, corpus))):
            yield (*unit[:n], *spelt, *unit[n + 1 :])


def _umlauts(one: Word, corpus: Corpus) -> Iterator[Word]:
    """The other ways to write a word with umlauts that stand in the corpus: ``Müller``, ``Mueller``."""
    if one.exact:
        return
    plain = word(tokens.written_out(one.surface), sensitive=False, strict=bool(one.strict))
    if plain.key != one.key and corpus.has(plain.key):
        yield plain
    for surface in corpus.with_umlauts(one.key):
        # The very word: "blue" is "blü" in a text that has it, and still no "blu".
        yield Word(surface, tokens.key(surface), tokens.bare(surface))


def _pairs(whole: Word, corpus: Corpus) -> Iterator[tuple[Word, Word]]:
    """The ways to write a word as two: at a number's edges, after the k of kNN, and anywhere in a long word."""
    text = tokens.bare(whole.surface)
    cuts = {m.start() for m in _DIGIT_EDGE.finditer(text)}
    if whole.exact:
        cuts |= {m.start() for m in _PREFIX_EDGE.finditer(text)}
    elif tokens.is_hangul(text):
        cuts |= set(range(2, len(text) - 1))
    elif len(text) >= _MIN_SPLIT:
        cuts |= set(range(2, len(text) - 2))
    for cut in sorted(cuts):
        begin, end = text[:cut], text[cut:]
        if corpus.has(tokens.key(begin)) and corpus.has(tokens.key(end)):
            one, other = (word(p, sensitive=bool(whole.exact), strict=bool(whole.strict)) for p in (begin, end))
            if not is_stop((one,)) and not is_stop((other,)):
                yield one, other
