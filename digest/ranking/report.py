"""Which interests hit a paper, and where: evidence told in the words of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.model import Match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Interest
    from digest.ranking.corpus import Corpus
    from digest.ranking.matching import Evidence, Spot

FIELDS = ("title", "abstract", "keywords")


def matches(interest: Interest, evidence: Evidence, corpus: Corpus) -> tuple[Match, ...]:
    """One match for each field that was hit; where the words stand in a row anywhere, only such rows count."""
    spots = sorted(set(evidence.whole or [s for unit in evidence.units for s in unit]))
    by_field = {field: [s for s in spots if s.place.field == field] for field in FIELDS}
    return tuple(
        Match(str(interest), field, len(found), () if field == "keywords" else _offsets(found, corpus))
        for field, found in by_field.items()
        if found
    )


def _offsets(spots: Sequence[Spot], corpus: Corpus) -> tuple[tuple[int, int], ...]:
    """Spots that lie in one field as character offsets into its text."""
    place = spots[0].place
    offsets = corpus.offsets(place)
    return tuple((offsets[s.start - place.start][0], offsets[s.end - 1 - place.start][1]) for s in spots)
