"""Papers as the templates see them. Strings are plain text, not escaped; the environment does that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.mail.cards import MONTHS, Card, Segments, card, long_date, segments
from digest.model import Pick, Scored
from digest.papers.identity import is_strong

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from digest.model import Paper, Sighting
    from digest.services.browse import Story

BRIEF = 240
_NAMES = {
    "arxiv": "arXiv",
    "doi": "DOI",
    "pmid": "PubMed",
    "pmc": "PMC",
    "openreview": "OpenReview",
    "acl": "ACL Anthology",
}
_WHERE = {
    "arxiv": "https://arxiv.org/abs/",
    "doi": "https://doi.org/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "pmc": "https://pmc.ncbi.nlm.nih.gov/articles/PMC",
    "openreview": "https://openreview.net/forum?id=",
    "acl": "https://aclanthology.org/",
}


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper in a list: its card, its key, and the one or two lines that say what it is about."""

    card: Card
    key: str
    brief: Segments


@dataclass(frozen=True, slots=True)
class Name:
    """One of the names that a paper goes by: what kind of name, the name, and where it leads ("" for nowhere)."""

    kind: str
    words: str
    url: str


def paper(pick: Pick, summary: str = "sentence") -> PaperView:
    """The view of a pick."""
    if pick.matches:
        return _made(pick, summary)
    kept = _unmatched(pick.paper, summary)
    return replace(kept, card=replace(kept.card, number=pick.rank))


@lru_cache(maxsize=1024)
def _unmatched(paper: Paper, summary: str) -> PaperView:
    """The view of a paper that nobody's interests hit: the same for everybody, so it is made once."""
    return _made(Pick(0, paper), summary)


def _made(pick: Pick, summary: str) -> PaperView:
    made = card(pick, summary)
    spans = [span for match in pick.matches if match.field == "abstract" for span in match.spans]
    text = pick.paper.abstract
    brief = made.summary or segments(text or pick.paper.summary, spans if text else (), BRIEF)
    return PaperView(made, pick.paper.key, brief)


def papers(found: Iterable[Paper | Scored], summary: str = "sentence", before: int = 0) -> list[PaperView]:
    """The views of papers in their order, numbered from 1, or from behind those that came `before`."""
    scored = (one if isinstance(one, Scored) else Scored(one, 0.0) for one in found)
    return [
        paper(Pick(rank, one.paper, one.score, one.matches), summary) for rank, one in enumerate(scored, before + 1)
    ]


def names(known: Paper) -> list[Name]:
    """The names by which others know a paper: arXiv ids, DOIs, what catalogues call it."""
    strong = sorted(alias for alias in {known.key, *known.aliases} if is_strong(alias))
    return [_name(*alias.split(":", 1)) for alias in strong]


def _name(kind: str, words: str) -> Name:
    return Name(_NAMES.get(kind, kind), words, f"{_WHERE[kind]}{quote(words, safe='/.')}" if kind in _WHERE else "")


def seen(story: Story) -> list[tuple[str, str]]:
    """Where a paper was seen, and when, in words."""
    return [(one.source, _when(one)) for one in story.sightings]


def _when(sighting: Sighting) -> str:
    first, last = sighting.first_seen.date(), sighting.last_seen.date()
    listed = f"on the list of {long_date(sighting.listed_on)}, " if sighting.listed_on else ""
    span = f"seen on {long_date(first)}" if first == last else f"seen from {long_date(first)} to {long_date(last)}"
    votes = f", {counted(sighting.upvotes, 'upvote')}" if sighting.upvotes is not None else ""
    announced = f", announced as {sighting.announcement}" if sighting.announcement else ""
    return f"{listed}{span}{announced}{votes}"


def counted(number: int, noun: str) -> str:
    """ "1 paper", "1,234 papers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def month(day: date) -> str:
    """ "May 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def week(day: date) -> str:
    """ "2026-W22", as ISO 8601 writes the week that holds a day."""
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"


def moment(at: datetime) -> str:
    """ "25 May 2026, 08:00 UTC"."""
    return f"{long_date(at.date())}, {at:%H:%M} UTC"


def by_month(days: Sequence[tuple[date, int]]) -> list[tuple[str, str, list[tuple[date, int]]]]:
    """Days with how many papers they have, in their order, as (month in words, "2026-05", its days)."""
    found: dict[str, list[tuple[date, int]]] = {}
    for day, count in days:
        found.setdefault(day.isoformat()[:7], []).append((day, count))
    return [(month(some[0][0]), name, some) for name, some in found.items()]
