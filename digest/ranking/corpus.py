"""A batch of papers made ready for matching: where the words of each key stand.

It is built once a batch; matching an interest then costs what it hits, and what was found of a word is kept, since
many people ask for the same ones.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from digest.ranking import acronyms, names, tokens
from digest.ranking.line import Line
from digest.ranking.spots import spots
from digest.ranking.stem import root

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from digest.model import Paper
    from digest.ranking.line import Place, Positions
    from digest.ranking.spots import Mask, Spots

_NOWHERE = np.zeros(0, np.intp)
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Word:
    """A word to be looked up: as it was written, its key and, where more than the key must agree, how it must be spelt.

    `exact` is compared with the bare word in the text (case tells), `strict` with its strict key.
    """

    surface: str
    key: str
    exact: str = ""
    strict: str = ""

    def accepts(self, surface: str) -> bool:
        """Whether a word of the text, already known to share the key, is this one."""
        if self.exact:
            return tokens.bare(surface) == self.exact
        return not self.strict or tokens.strict_key(surface) == self.strict


class Corpus:
    """The words, authors and categories of a batch of papers, by what they may be asked for.

    Attributes:
        papers: the batch; a paper's number is its place in it.
        line: the words of all of them.
        keys: the numbers of all word keys; the first, of "", is that of gaps.
        surface_keys: the number of the key of each spelling.
        line_keys: the number of the key at each position of the line.
        units, pairs: for whoever looks things up, to keep what took long: spots, and how words are written as two.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers, self.line = tuple(papers), Line(papers)
        self._found: dict[tuple[Word, ...], Spots] = {}
        self.units: dict[Hashable, tuple[Spots, Spots]] = {}
        self.pairs: dict[Word, tuple[tuple[Word, Word], ...]] = {}
        self.keys: dict[str, int] = {}
        numbers = [self.keys.setdefault(tokens.key(surface), len(self.keys)) for surface in self.line.surfaces]
        self.surface_keys = np.array(numbers, np.intc)
        self.line_keys = self.surface_keys[self.line.words]
        # Short numbers are sorted by counting, in a fifth of the time.
        short = self.line_keys.astype(np.min_scalar_type(len(self.keys)))
        self._positions: Positions = np.argsort(short, kind="stable")
        self._ends: list[int] = np.cumsum(np.bincount(self.line_keys, minlength=len(self.keys))).tolist()
        self._kin: dict[str, Spots] = {}
        self._definitions: dict[int, set[tuple[str, str]]] = {}
        self._offsets: dict[Place, array[int]] = {}
        self._spelt: dict[tuple[str, str, str], Positions] = {}

    @property
    def lengths(self) -> Sequence[int]:
        """How many distinct words each paper holds, about."""
        return self.line.lengths

    def has(self, key: str) -> bool:
        """Whether any paper holds this key."""
        return self.keys.get(key, 0) > 0

    def frequency(self, key: str) -> int:
        """In how many of the papers a key stands."""
        return len(np.unique(self.line.papers[self._of_key(key)]))

    def positions(self, word: Word) -> Positions:
        """Where a word stands, ascending."""
        if not (word.exact or word.strict):
            return self._of_key(word.key)
        asked = word.key, word.exact, word.strict
        if asked not in self._spelt:
            found = self._of_key(word.key)
            surfaces, numbers = self.line.surfaces, self.line.words[found]
            accepted = [number for number in np.unique(numbers).tolist() if word.accepts(surfaces[number])]
            self._spelt[asked] = found[np.isin(numbers, accepted)]
        return self._spelt[asked]

    def spots(self, unit: tuple[Word, ...]) -> Spots:
        """Where the words of a unit follow each other."""
        if unit not in self._found:
            starts = self.positions(unit[0]) if len(unit) == 1 else self._in_a_row(unit)
            self._found[unit] = spots(self.line, starts, len(unit))
        return self._found[unit]

    def kin(self, key: str) -> Spots:
        """Where other words of the same root stand."""
        if key not in self._kin:
            same = root(key)
            # A root is the beginning of each of its words.
            first, last = (bisect_left(self._sorted, bound) for bound in (same, same + _LAST))
            others = [other for other in self._sorted[first:last] if other != key and root(other) == same]
            found = np.sort(np.concatenate([_NOWHERE, *map(self._of_key, others)]))
            self._kin[key] = spots(self.line, found, 1)
        return self._kin[key]

    def place(self, position: int) -> Place:
        """The paper and field in which a position lies."""
        return self.line.place(position)

    def definitions(self, number: int) -> set[tuple[str, str]]:
        """What the acronyms of a paper stand for, as it tells itself (`acronyms.pairs`)."""
        known = self._definitions.get(number)
        if known is None:
            paper = self.papers[number]
            known = self._definitions[number] = acronyms.pairs(paper.title) | acronyms.pairs(paper.abstract)
        return known

    def offsets(self, place: Place) -> array[int]:
        """Where the words of a title or abstract begin and end, in characters: two numbers a word."""
        if place not in self._offsets:
            paper = self.papers[place.paper]
            spans = tokens.spans(paper.title if place.field == "title" else paper.abstract)
            self._offsets[place] = array("l", chain.from_iterable(spans))
        return self._offsets[place]

    def with_umlauts(self, key: str) -> Sequence[str]:
        """The words of the papers that have this key where their umlauts are written out: ``muell -> Müller``."""
        return self._written_out.get(key, ())

    def by_author(self, wanted: str) -> Iterator[tuple[int, int]]:
        """(paper number, how many of its authors agree) for each paper of the person of that name."""
        hits: defaultdict[int, set[str]] = defaultdict(set)
        for asked in names.readings(wanted):
            for key in names.lookup_keys(asked):
                for number, author, name in self._authors.get(key, ()):
                    if names.same_person(asked, name):
                        hits[number].add(author)
        return ((number, len(found)) for number, found in hits.items())

    def by_category(self, wanted: str) -> Iterator[tuple[int, int]]:
        """(paper number, how many of its categories agree); an archive stands for all that is in it."""
        hits: defaultdict[int, int] = defaultdict(int)
        for name, numbers in self._categories.items():
            if name == wanted or name.startswith(wanted + "."):
                for number in numbers:
                    hits[number] += 1
        return iter(hits.items())

    def _of_key(self, key: str) -> Positions:
        """Where a key stands, ascending."""
        number = self.keys.get(key, 0)
        return self._positions[self._ends[number - 1] : self._ends[number]] if number else _NOWHERE

    def _in_a_row(self, unit: Sequence[Word]) -> Positions:
        """Where the words of a unit follow each other: the position of the first, ascending."""
        found = [self.positions(word) for word in unit]
        rarest = min(range(len(unit)), key=lambda n: len(found[n]))
        starts = found[rarest] - rarest
        starts = starts[(starts >= 0) & (starts <= len(self.line) - len(unit))]
        for offset, word in enumerate(unit):
            if offset != rarest and len(starts):
                starts = starts[self._stands(word, starts + offset)]
        return starts

    def _stands(self, word: Word, positions: Positions) -> Mask:
        """At which of these positions a word stands."""
        same: Mask = self.line_keys[positions] == self.keys.get(word.key, -1)
        if word.exact or word.strict:
            same[same] = np.isin(positions[same], self.positions(word), assume_unique=True)
        return same

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.keys)

    @cached_property
    def _authors(self) -> defaultdict[str, list[tuple[int, str, names.Name]]]:
        """(paper number, author, one reading of their name) by the keys of that reading."""
        found: defaultdict[str, list[tuple[int, str, names.Name]]] = defaultdict(list)
        for number, paper in enumerate(self.papers):
            for author in {names.parts(author): author for author in paper.authors}.values():
                for name in names.readings(author):
                    for key in names.lookup_keys(name):
                        found[key].append((number, author, name))
        return found

    @cached_property
    def _written_out(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for surface in self.line.surfaces:
            if not surface.isascii() and (plain := tokens.written_out(surface)) != surface.casefold():
                found[tokens.key(plain)].append(surface)
        return dict(found)

    @cached_property
    def _categories(self) -> defaultdict[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(self.papers):
            for category in {category_key(c) for c in paper.categories}:
                found[category].append(number)
        return found


def category_key(text: str) -> str:
    """A category as it is compared: case and white space folded, "cs.", "cs.*" and "cs" alike."""
    return " ".join(text.casefold().split()).removesuffix("*").rstrip(".")
