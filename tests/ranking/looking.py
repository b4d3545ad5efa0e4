"""What a pattern finds, paper by paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from digest.ranking.matching import look

if TYPE_CHECKING:
    from digest.ranking.corpus import Corpus
    from digest.ranking.matching import Evidence, Pattern


def find(pattern: Pattern, corpus: Corpus) -> dict[int, Evidence]:
    """The evidence for a pattern, by paper number: only papers that hold at least one of its units."""
    found = look(pattern, corpus)
    papers = np.unique(np.concatenate([spots.papers for spots in (*found.units, *found.kin, found.whole)]))
    return {number: found.of(number) for number in papers.tolist()}
