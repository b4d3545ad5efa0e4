"""The papers of a corpus as vectors of telling words (`vectors`), in arrays: all of them at once.

They are the same that `vectors.vector` makes one by one, in a tenth of the time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from digest.ranking.evidence import summed
from digest.ranking.line import KEYWORDS
from digest.ranking.tokens import STOP
from digest.ranking.vectors import COMMON

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.ranking.corpus import Corpus
    from digest.ranking.evidence import Row
    from digest.ranking.line import Positions
    from digest.ranking.vectors import Vector


class Cells(NamedTuple):
    """What is not zero in the vectors: the numbers of a paper and a key, and the value."""

    papers: Positions
    keys: Positions
    values: Row


class Space:
    """The vectors of a corpus; `told` gives the information of a word by its key."""

    def __init__(self, corpus: Corpus, told: Callable[[str], float]) -> None:
        self._keys, self._size = corpus.keys, len(corpus.papers)
        self._cells = _weighed(*_counted(corpus), np.array([told(key) for key in corpus.keys]), self._size)
        self._ends = np.cumsum(np.bincount(self._cells.papers, minlength=self._size)).tolist()

    def of(self, number: int) -> tuple[Positions, Row]:
        """The vector of one paper: the numbers of its keys, ascending, and the values."""
        there = slice(self._ends[number - 1] if number else 0, self._ends[number])
        return self._cells.keys[there], self._cells.values[there]

    def likeness(self, other: Vector) -> Row:
        """The cosine of each vector with `other`, 0..1."""
        cells, ends = self._by_key
        known = [(self._keys[key], weight) for key, weight in other.items() if key in self._keys]
        there = [slice(ends[number - 1], ends[number]) for number, _ in known if number]
        if not there:
            return np.zeros(self._size)
        weights = np.repeat([weight for number, weight in known if number], [one.stop - one.start for one in there])
        papers = np.concatenate([cells.papers[one] for one in there])
        values = np.concatenate([cells.values[one] for one in there])
        return summed(papers, weights * values, self._size)

    @cached_property
    def _by_key(self) -> tuple[Cells, list[int]]:
        """The cells in the order of their keys, and where each key ends."""
        order = np.argsort(self._cells.keys, kind="stable")
        papers, keys, values = self._cells
        cells = Cells(papers[order], keys[order], values[order])
        return cells, np.cumsum(np.bincount(cells.keys, minlength=len(self._keys))).tolist()


def _counted(corpus: Corpus) -> tuple[Positions, Positions, Positions]:
    """The numbers of each paper and each key in its title and abstract, and how often it stands there."""
    line = corpus.line
    telling = np.array([surface.lower() not in STOP for surface in line.surfaces], np.bool_)
    telling[:1] = False
    there = telling[line.words] & (line.fields != KEYWORDS)
    cells, counts = np.unique(line.papers[there] * len(corpus.keys) + corpus.line_keys[there], return_counts=True)
    return (*np.divmod(cells, len(corpus.keys)), counts)


def _weighed(papers: Positions, keys: Positions, counts: Positions, told: Row, size: int) -> Cells:
    """Counts as vectors of length one, without the words that tell too little."""
    kept = told[keys] > COMMON
    papers, keys = papers[kept], keys[kept]
    values = (1 + np.log(counts[kept])) * told[keys]
    lengths = np.sqrt(summed(papers, values * values, size))
    return Cells(papers, keys, values / lengths[papers])
