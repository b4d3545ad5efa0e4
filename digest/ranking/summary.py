"""The one sentence of an abstract that says most about somebody's interests: chosen, never written. Pure.

Two things are weighed. How much of what was asked for stands in a sentence: each interest with its weight, several
hits a little more than one. And how much it tells of the work itself (`telling`): what its authors propose and find,
rather than what the field has seen. Where no interest hits the abstract, the second alone decides. The same abstract
and matches always give the same sentence, in time that grows as their length does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.errors import QueryError
from digest.ranking.query import parse
from digest.ranking.sentences import sentences
from digest.ranking.telling import IS_NEAR, IS_OWN, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.model import Match

LONGEST = 300
"""How many columns a sentence has at most before it is cut: characters, of which wide ones count twice."""

SHORTEST = 30
"""What has fewer columns is a fragment, or says little without the sentences around it."""

ELLIPSIS = "…"

# What a hit is worth, what covering as much as any sentence does adds, and what telling of the work itself adds.
# Hits in a sentence that tells of the field in general count half.
_HIT, _COVERED, _TELLS, _GENERAL = 0.2, 1.0, 0.5, 0.5
_AGAIN, _MANY = 0.05, 3
_LONG, _FRAGMENT = 0.55, 0.4
# The first sentence of the work itself says most of it, and what comes before is mostly background.
_FIRST, _OVERTURE = 0.1, 0.2
_CLAUSE_STOPS = (", ", "; ", ": ", " (", " -- ", " – ", " — ", "，", "、", "；")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence by the character offsets of what is shown of it; `whole` is false where it goes on behind `end`."""

    start: int
    end: int
    whole: bool = True


def sentence(abstract: str, matches: Sequence[Match] = ()) -> str:
    """The sentence of `abstract` that says most about the interests behind `matches`; "" for an empty abstract.

    Spans of matches in the field "abstract" are offsets into it. A sentence over `LONGEST` columns is taken
    where no other will do, and then cut behind a clause or a word, with an ellipsis.
    """
    chosen = choose(abstract, matches)
    return abstract[chosen.start : chosen.end] + ("" if chosen.whole else ELLIPSIS)


def choose(abstract: str, matches: Sequence[Match] = ()) -> Chosen:
    """Where the sentence that `sentence` returns stands; an empty place at 0 for an abstract without words."""
    places = sentences(abstract)
    if not places:
        return Chosen(0, 0)
    shown = [_shown(abstract, *place) for place in places]
    covered = _covered(shown, matches)
    tells = [telling(abstract[one.start : one.end]) for one in shown]
    first_own = _first_own(tells)
    full = max(covered) or 1.0

    def worth(n: int) -> float:
        asked = (_HIT + _COVERED * covered[n] / full) * (_GENERAL if tells[n] < 0 else 1) if covered[n] else 0.0
        turn = _FIRST if n == first_own else -_OVERTURE if n < first_own else 0.0
        return asked + _TELLS * tells[n] + turn - _misfit(abstract, *places[n])

    return shown[max(range(len(places)), key=lambda n: (worth(n), -n))]


def _first_own(tells: Sequence[float]) -> int:
    """The first of the sentences that tell most of the work itself; -1 where none does."""
    most = max(tells)
    return next(n for n, told in enumerate(tells) if told >= most - IS_NEAR) if most >= IS_OWN else -1


def _shown(text: str, start: int, end: int) -> Chosen:
    """As much of a sentence as is shown: all, or what fits of it."""
    room = LONGEST * (end - start) // _columns(text, start, end)
    if end - start <= room:
        return Chosen(start, end)
    words = text[start : _cut(text, start, room)]
    return Chosen(start, start + len(words.rstrip(" ,;:.-–—(") or words), whole=False)


def _cut(text: str, start: int, room: int) -> int:
    """Where what goes on for more than `room` characters is cut: behind a clause in its last third, else a word."""
    for least, stops in ((room * 2 // 3, _CLAUSE_STOPS), (room // 2, (" ",))):
        at = max(text.rfind(stop, start + least, start + room + 1) for stop in stops)
        if at > 0:
            return at
    return start + room


def _columns(text: str, start: int, end: int) -> int:
    """How wide ``text[start:end]`` is, where wide characters (those of East Asian scripts) count twice."""
    return end - start + sum(char >= "\u2e80" for char in text[start:end])


def _covered(shown: Sequence[Chosen], matches: Sequence[Match]) -> list[float]:
    """How much of the interests each of the sentences shows."""
    hits = Counter(
        (n, match.interest) for match in matches if match.field == "abstract" for n in _hit(shown, match.spans)
    )
    covered = [0.0] * len(shown)
    for (n, interest), count in hits.items():
        covered[n] += _weight(interest) * (1 + _AGAIN * (min(count, _MANY) - 1))
    return covered


def _hit(shown: Sequence[Chosen], spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The sentence in which each span begins, if that much of it is shown."""
    for start, end in spans:
        n = bisect_right(shown, start, key=lambda one: one.start) - 1
        if n >= 0 and start < end and start < shown[n].end:
            yield n


@lru_cache(maxsize=1024)
def _weight(interest: str) -> float:
    """The weight of an interest in the interest language; 0 for what speaks against, 1 for what is none."""
    try:
        found = parse(interest)
    except QueryError:
        return 1.0
    return sum(one.weight for one in found if not one.excluded) if found else 1.0


def _misfit(text: str, start: int, end: int) -> float:
    """What speaks against a sentence for its length."""
    columns = _columns(text, start, end)
    if columns > LONGEST:
        return _LONG
    return _FRAGMENT if columns < SHORTEST else 0.0
