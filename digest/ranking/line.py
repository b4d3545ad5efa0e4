"""All words of a batch of papers in one line, as numbers: which word stands where, in which paper and field.

The fields of the papers follow each other, with gaps between them, so that "next to each other" is plain arithmetic.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from digest.ranking import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from digest.model import Paper

    Positions = NDArray[np.intp]

GAP = 16
"""Empty positions after each field: wider than any window in which two words count as near."""
FIELDS = ("title", "abstract", "keywords")
"""Where words stand; a field is known by its place in here."""
TITLE, ABSTRACT, KEYWORDS = range(3)


class Place(NamedTuple):
    """A stretch of the line: the positions [start, end) of a field, with the gap after it, of the paper numbered."""

    start: int
    end: int
    paper: int
    field: str


class Line:
    """The words of a batch.

    Attributes:
        surfaces: each spelling once; its place in here is its number. The first, "", fills the gaps.
        words: the number of the word at each position.
        papers: the number of the paper at each position, ascending.
        fields: the place in `FIELDS` of the field at each position.
        lengths: how many distinct words the title and abstract of each paper hold, the gap among them.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._line, self._gap = array("i"), array("i", [self._numbers[""]] * GAP)
        self._starts, self._papers, self._fields = array("l"), array("l"), array("b")
        self.lengths = [self._add(number, paper) for number, paper in enumerate(papers)]
        self.surfaces = list(self._numbers)
        self.words = np.array(self._line, np.intc)
        bounds: Positions = np.array([*self._starts, len(self._line)], np.intp)
        sizes = bounds[1:] - bounds[:-1]
        self.papers: Positions = np.repeat(np.array(self._papers, np.intp), sizes)
        self.fields: NDArray[np.int8] = np.repeat(np.array(self._fields, np.int8), sizes)

    def __len__(self) -> int:
        return len(self._line)

    def bounds(self, paper: int) -> tuple[int, int]:
        """The positions [start, end) of the paper with this number."""
        return int(self.papers.searchsorted(paper)), int(self.papers.searchsorted(paper, "right"))

    def place(self, position: int) -> Place:
        """The paper and field in which a position lies."""
        at = bisect_right(self._starts, position) - 1
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self)
        return Place(self._starts[at], end, self._papers[at], FIELDS[self._fields[at]])

    def _add(self, number: int, paper: Paper) -> int:
        """Append a paper; how many distinct words it has."""
        title, abstract = tokens.words(paper.title), tokens.words(paper.abstract)
        self._file(number, TITLE, title)
        self._file(number, ABSTRACT, abstract)
        for keyword in paper.keywords:
            self._file(number, KEYWORDS, tokens.words(keyword))
        return len({"", *title, *abstract})

    def _file(self, number: int, field: int, found: Sequence[str]) -> None:
        self._starts.append(len(self._line))
        self._papers.append(number)
        self._fields.append(field)
        self._line.extend(map(self._numbers.__getitem__, found))
        self._line += self._gap
