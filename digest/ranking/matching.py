"""Where an interest stands in a batch of papers: word boundaries, spellings, number, and case for acronyms.

An interest is compiled into units, which are looked up one by one: the words of WORDS, or the whole of a
PHRASE. A unit that is written with a hyphen needs its parts next to each other. "fine-tuning", "fine tuning"
and "finetuning" find each other, and so do "data set" and "dataset".
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from digest.model import InterestKind
from digest.ranking import tokens
from digest.ranking.corpus import Corpus, Place, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Interest

Unit = tuple[Word, ...]

_MIN_SPLIT = 6
_DIGIT_EDGE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_LONGEST_ACRONYM = 5


class Spot(NamedTuple):
    """One hit: the positions [start, end) of the corpus's row, and the place they lie in."""

    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True)
class Pattern:
    """An interest in words, compiled: what to look for, and in which field ("" = in any).

    `units` are looked up one by one; `whole` is all of them in a row, () where there is only one.
    """

    units: tuple[Unit, ...]
    whole: Unit = ()
    field: str = ""


@dataclass(slots=True)
class Evidence:
    """What one paper holds of a pattern: the spots of each unit, of its kin, and of all units in a row.

    Kin are words of the same root ("recommendation" for "recommender"): a hint, never reported as a hit.
    """

    units: list[list[Spot]]
    kin: list[list[Spot]]
    whole: list[Spot] = field(default_factory=list)


def compiled(interest: Interest) -> Pattern:
    """The pattern of an interest of kind WORDS or PHRASE; a term without words gives one that matches nothing."""
    sensitive = not _shouted(interest.term)
    if interest.kind is InterestKind.PHRASE:
        unit = _unit(interest.term, sensitive=sensitive, strict=True)
        return Pattern((unit,) if unit else (), (), interest.field)
    chunks = [u for u in (_unit(c, sensitive=sensitive) for c in interest.term.split()) if u]
    content = [u for u in chunks if not _is_stop(u)] or chunks
    whole = tuple(word for unit in chunks for word in unit) if len(content) > 1 else ()
    return Pattern(tuple(dict.fromkeys(content)), whole, interest.field)


def find(pattern: Pattern, corpus: Corpus) -> dict[int, Evidence]:
    """The evidence for a pattern, by paper number: only papers that hold at least one of its units."""
    found: defaultdict[int, Evidence] = defaultdict(
        lambda: Evidence([[] for _ in pattern.units], [[] for _ in pattern.units])
    )
    for number, unit in enumerate(pattern.units):
        for spot in _spots(unit, pattern.field, corpus):
            found[spot.place.paper].units[number].append(spot)
        for spot in _kin(unit, pattern.field, corpus):
            found[spot.place.paper].kin[number].append(spot)
    if pattern.whole:
        for spot in _spots(pattern.whole, pattern.field, corpus):
            found[spot.place.paper].whole.append(spot)
    return dict(found)


def _unit(text: str, *, sensitive: bool, strict: bool = False) -> Unit:
    return tuple(_word(w, sensitive=sensitive, strict=strict) for w in tokens.words(text))


def _word(surface: str, *, sensitive: bool, strict: bool) -> Word:
    exact = tokens.bare(surface) if sensitive and tokens.is_acronym(surface) else ""
    return Word(surface, tokens.key(surface), exact, tokens.strict_key(surface) if strict else "")


def _shouted(term: str) -> bool:
    """Whether a term is all in capitals for no reason: then case tells nothing."""
    return term.isupper() and any(len(word) > _LONGEST_ACRONYM for word in tokens.words(term))


def _is_stop(unit: Unit) -> bool:
    return all(not word.exact and word.surface.lower() in tokens.STOP for word in unit)


def _spots(unit: Unit, only: str, corpus: Corpus) -> list[Spot]:
    """All hits of a unit in any of its spellings, in order."""
    runs = {run for spelling in _spellings(unit, corpus) for run in _runs(spelling, corpus)}
    spots = [Spot(start, end, corpus.place(start)) for start, end in sorted(runs)]
    return [s for s in spots if s.place.field == only] if only else spots


def _kin(unit: Unit, only: str, corpus: Corpus) -> list[Spot]:
    """Where words of the same root stand; exact words have none."""
    if len(unit) > 1 or unit[0].exact or unit[0].strict:
        return []
    spots = [Spot(p, p + 1, corpus.place(p)) for p in corpus.kin(unit[0].key)]
    return [s for s in spots if s.place.field == only] if only else spots


def _runs(unit: Unit, corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Where the words of a unit follow each other."""
    starts = corpus.positions(unit[0])
    for offset, word in enumerate(unit[1:], 1):
        if not starts:
            break
        following = set(corpus.positions(word))
        starts = [p for p in starts if p + offset in following]
    return ((p, p + len(unit)) for p in starts)


def _spellings(unit: Unit, corpus: Corpus) -> Iterator[Unit]:
    """A unit as written, with two neighbours written as one word, and with one word written as two."""
    yield unit
    for n, (one, other) in enumerate(pairwise(unit)):
        if not _is_stop((one,)) and not _is_stop((other,)):
            yield (
                *unit[:n],
                _word(one.surface + other.surface, sensitive=False, strict=bool(one.strict)),
                *unit[n + 2 :],
            )
    for n, word in enumerate(unit):
        for pair in _pairs(word):
            if all(corpus.has(part.key) for part in pair):
                yield (*unit[:n], *pair, *unit[n + 1 :])


def _pairs(word: Word) -> Iterator[Unit]:
    """The ways to write a word as two: between letter and digit, and anywhere in a long word."""
    text = tokens.bare(word.surface)
    cuts = {m.start() for m in _DIGIT_EDGE.finditer(text)}
    if len(text) >= _MIN_SPLIT and not word.exact:
        cuts |= set(range(2, len(text) - 2))
    for cut in sorted(cuts):
        pair = tuple(
            _word(part, sensitive=bool(word.exact), strict=bool(word.strict)) for part in (text[:cut], text[cut:])
        )
        if not any(_is_stop((part,)) for part in pair):
            yield pair
