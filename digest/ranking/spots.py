"""Where something stands in a line of words (`line`): arrays with one number for each spot, ascending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from digest.ranking.line import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digest.ranking.line import Line, Positions

    Mask = NDArray[np.bool_]

Spot = tuple[int, int]
"""The positions [start, end) of one hit."""

_END = 32
"""The bits that an end is given where a spot is one number, by which spots are put in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Hits: the positions [start, end) of each and the number of its paper. Shared with all who ask, never changed."""

    starts: Positions
    ends: Positions
    papers: Positions

    def __len__(self) -> int:
        return len(self.starts)

    def of(self, paper: int) -> list[Spot]:
        """Those in the paper of this number, as (start, end)."""
        if not len(self.papers):
            return []
        first, last = self.papers.searchsorted(paper), self.papers.searchsorted(paper, "right")
        return list(zip(self.starts[first:last].tolist(), self.ends[first:last].tolist(), strict=True))


def spots(line: Line, starts: Positions, length: int) -> Spots:
    """The spots of that length from these positions on."""
    return Spots(starts, starts + length, line.papers[starts])


def joined(line: Line, one: Spots, other: Spots) -> Spots:
    """The spots of both, each once."""
    if not (len(one) and len(other)):
        return one if len(one) else other
    both = np.unique(np.concatenate([found.starts << _END | found.ends for found in (one, other)]))
    starts = both >> _END
    return Spots(starts, both & ((1 << _END) - 1), line.papers[starts])


def within(line: Line, field: str, found: Spots) -> Spots:
    """The spots in the field of this name ("" = in any)."""
    return kept(found, line.fields[found.starts] == FIELDS.index(field)) if field and len(found) else found


def kept(found: Spots, mask: Mask) -> Spots:
    """The spots for which `mask` is true."""
    return Spots(found.starts[mask], found.ends[mask], found.papers[mask])


NONE = Spots(*np.zeros((3, 0), np.intp))
"""Nowhere."""
