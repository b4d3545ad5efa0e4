"""A batch of papers made ready for matching: each word is filed once, under its key.

All words of all papers stand in one row of positions, with gaps between fields, so that "next to each
other" is plain arithmetic. The row is built once a batch; matching an interest then costs what it hits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from digest.ranking import names, tokens
from digest.ranking.stem import root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.model import Paper

GAP = 16
"""Empty positions after each field: wider than any window in which two words count as near."""


class Place(NamedTuple):
    """A stretch of the row: the field of the paper with this number, from position `start` on."""

    start: int
    paper: int
    field: str


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
    """The words, authors and categories of a batch of papers, by what they may be asked for."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = tuple(papers)
        self.lengths: list[int] = []
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        self._kin: defaultdict[str, list[str]] = defaultdict(list)
        self._row: list[str] = []
        self._places: list[Place] = []
        self._offsets: dict[Place, list[tuple[int, int]]] = {}
        self._authors: defaultdict[str, list[tuple[int, names.Name]]] = defaultdict(list)
        self._categories: defaultdict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(self.papers):
            self._add(number, paper)
        self._starts = [place.start for place in self._places]

    def frequency(self, key: str) -> int:
        """In how many of the papers a key stands."""
        return len({self.place(p).paper for p in self._postings.get(key, ())})

    def positions(self, word: Word) -> list[int]:
        """Where a word stands, ascending."""
        found = self._postings.get(word.key, [])
        if not (word.exact or word.strict):
            return found
        row = self._row
        return [p for p in found if word.accepts(row[p])]

    def has(self, key: str) -> bool:
        """Whether any paper holds this key."""
        return key in self._postings

    def kin(self, key: str) -> list[int]:
        """Where other words of the same root stand."""
        if not self._kin:
            for other in self._postings:
                self._kin[root(other)].append(other)
        others = self._kin.get(root(key), ())
        return sorted(p for other in others if other != key for p in self._postings[other])

    def place(self, position: int) -> Place:
        """The paper and field in which a position lies."""
        return self._places[bisect_right(self._starts, position) - 1]

    def offsets(self, place: Place) -> list[tuple[int, int]]:
        """Where the words of a title or abstract begin and end, in characters."""
        known = self._offsets.get(place)
        if known is None:
            paper = self.papers[place.paper]
            known = self._offsets[place] = tokens.spans(paper.title if place.field == "title" else paper.abstract)
        return known

    def by_author(self, wanted: names.Name) -> Iterator[tuple[int, int]]:
        """(paper number, how many of its authors agree) for each paper of that person."""
        hits: defaultdict[int, set[names.Name]] = defaultdict(set)
        for key in names.lookup_keys(wanted):
            for number, name in self._authors.get(key, ()):
                if names.same_person(wanted, name):
                    hits[number].add(name)
        return ((number, len(found)) for number, found in hits.items())

    def by_category(self, wanted: str) -> Iterator[tuple[int, int]]:
        """(paper number, how many of its categories agree); an archive stands for all that is in it."""
        hits: defaultdict[int, int] = defaultdict(int)
        for name, numbers in self._categories.items():
            if name == wanted or name.startswith(wanted + "."):
                for number in numbers:
                    hits[number] += 1
        return iter(hits.items())

    def _add(self, number: int, paper: Paper) -> None:
        begin = len(self._row)
        self._file(number, "title", tokens.words(paper.title))
        self._file(number, "abstract", tokens.words(paper.abstract))
        self.lengths.append(len(set(self._row[begin:])))
        for keyword in paper.keywords:
            self._file(number, "keywords", tokens.words(keyword))
        for name in {names.parts(author) for author in paper.authors}:
            for key in names.lookup_keys(name):
                self._authors[key].append((number, name))
        for category in {category_key(c) for c in paper.categories}:
            self._categories[category].append(number)

    def _file(self, number: int, field: str, found: Iterable[str]) -> None:
        start = len(self._row)
        self._places.append(Place(start, number, field))
        self._row += found
        postings, key = self._postings, tokens.key
        for position, word in zip(count(start), self._row[start:], strict=False):
            postings[key(word)].append(position)
        self._row += [""] * GAP


def category_key(text: str) -> str:
    """A category as it is compared: case and white space folded, "cs.", "cs.*" and "cs" alike."""
    return " ".join(text.casefold().split()).removesuffix("*").rstrip(".")
