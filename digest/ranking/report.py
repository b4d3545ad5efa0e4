"""Which interests hit a paper, and where: evidence told in the words of the model."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from digest.model import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.ranking.corpus import Corpus
    from digest.ranking.line import Place
    from digest.ranking.matching import Evidence
    from digest.ranking.spots import Spot


def matches(interest: str, evidence: Evidence, corpus: Corpus) -> tuple[Match, ...]:
    """One match for each field that was hit; where the words stand in a row anywhere, only such rows count."""
    by_field: dict[str, tuple[Place, list[Spot]]] = {}
    here: list[Spot] = []
    end = 0
    for spot in _apart(set(evidence.whole or chain.from_iterable(evidence.units))):
        if spot[0] >= end:
            place = corpus.place(spot[0])
            end, here = place.end, by_field.setdefault(place.field, (place, []))[1]
        here.append(spot)
    return tuple(
        Match(interest, field, len(found), () if field == "keywords" else _offsets(found, place, corpus))
        for field, (place, found) in by_field.items()
    )


def renamed(interest: str, told: tuple[Match, ...]) -> tuple[Match, ...]:
    """The same matches in the name of another interest, which differs in weight only."""
    if all(match.interest == interest for match in told):
        return told
    return tuple(Match(interest, match.field, match.count, match.spans) for match in told)


def _apart(spots: Iterable[Spot]) -> list[Spot]:
    """The spots in order, without those that lie within another: what is marked twice is hit once."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda s: (s[0], -s[1])):
        if not kept or spot[1] > kept[-1][1]:
            kept.append(spot)
    return kept


def _offsets(spots: Sequence[Spot], place: Place, corpus: Corpus) -> tuple[tuple[int, int], ...]:
    """Spots that lie in one field as character offsets into its text."""
    offsets, begin = corpus.offsets(place), place.start
    return tuple([(offsets[2 * (start - begin)], offsets[2 * (end - begin) - 1]) for start, end in spots])
