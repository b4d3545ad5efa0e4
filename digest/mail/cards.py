"""A pick as the templates see it: every string ready to print, nothing left to decide. Pure.

Strings are plain text, not escaped; the environment does that. URLs are http(s) and safe to link to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from digest.mail.text import cut, sentence_end, within
from digest.model import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from digest.model import Links, Match, Paper, Pick

Segments = tuple[tuple[str, bool], ...]

MAX_TITLE, MAX_SHORT_TITLE, MAX_ABSTRACT = 300, 160, 600
MAX_NAME, MAX_BADGE, MAX_URL, MAX_MARKS = 60, 32, 500, 12
SHOWN_AUTHORS, SHOWN_SOURCES, SHOWN_CATEGORIES, SHOWN_REASONS = 3, 2, 3, 4

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_PREFIX = re.compile(r"(?:author|cat|title|abstract):")
_WEIGHT = re.compile(r"\^[0-9.e+-]{1,12}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIELDS = {"authors": "author", "categories": "category"}
_LABELS = {"abstract": "Abstract", "pdf": "PDF", "html": "HTML", "code": "Code", "project": "Project page"}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason for a pick: the interest in plain words, and the fields it hit ("title and abstract")."""

    interest: str
    where: str


@dataclass(frozen=True, slots=True)
class Card:
    """One pick. `number` counts through the whole edition and is the same in the HTML and the text part.

    `title` and `abstract` are marked segments: (text, whether an interest matched it). `url` may be "".
    """

    number: int
    title: Segments
    short_title: str
    url: str
    authors: str
    sources: tuple[str, ...]
    categories: tuple[str, ...]
    date: str
    upvotes: int | None
    revision: int
    why: tuple[Why, ...]
    more_reasons: int
    abstract: Segments
    links: tuple[tuple[str, str], ...]

    @property
    def badges(self) -> tuple[str, ...]:
        """Sources and categories."""
        return (*self.sources, *self.categories)

    @property
    def plain_title(self) -> str:
        """The title without marks."""
        return plain(self.title)

    @property
    def plain_abstract(self) -> str:
        """The abstract without marks."""
        return plain(self.abstract)


def card(pick: Pick) -> Card:
    """The card of `pick`."""
    paper = pick.paper
    links = _links(paper.links)
    title = paper.title.strip() or "Untitled"
    abstract = paper.abstract or paper.summary
    spans = _spans(pick.matches, "abstract") if paper.abstract else ()
    why = _why(pick.matches)
    return Card(
        number=pick.rank,
        title=segments(title, _spans(pick.matches, "title"), MAX_TITLE, 0),
        short_title=cut(title, MAX_SHORT_TITLE),
        url=web_link(paper.links.best) or (links[0][1] if links else ""),
        authors=authors(paper),
        sources=_badges(paper.sources, SHOWN_SOURCES),
        categories=_badges([name for name in paper.categories if name not in paper.sources], SHOWN_CATEGORIES),
        date=_day(paper),
        upvotes=paper.upvotes,
        revision=paper.revision if pick.block is Block.REVISED else 0,
        why=why[:SHOWN_REASONS],
        more_reasons=max(len(why) - SHOWN_REASONS, 0),
        abstract=segments(abstract, spans, within(abstract, MAX_ABSTRACT)),
        links=links,
    )


def plain(parts: Segments) -> str:
    """The text of marked segments."""
    return "".join(text for text, _ in parts)


def segments(text: str, spans: Sequence[tuple[int, int]], limit: int = MAX_ABSTRACT, slack: int = 60) -> Segments:
    """`text` as (text, is a match) segments, cut at a sentence near `limit` characters if it is over `limit` + `slack`.

    `spans` are offsets into the whole text, in any order; they are clipped to what is left and merged.
    """
    end = sentence_end(text, limit, slack)
    found, at = [], 0
    for start, stop in _merged(spans, end):
        found += [(text[at:start], False), (text[start:stop], True)]
        at = stop
    tail = text[at:end] + ("" if end == len(text) else "\u00a0…")
    return tuple(part for part in [*found, (tail, False)] if part[0])


def _merged(spans: Sequence[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted((max(a, 0), min(b, end)) for a, b in spans):
        if stop <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged[:MAX_MARKS]


def _spans(matches: Iterable[Match], field: str) -> tuple[tuple[int, int], ...]:
    return tuple(span for match in matches if match.field == field for span in match.spans)


def authors(paper: Paper) -> str:
    """ "A, B, C +4": the first authors and how many more; one more is named rather than counted."""
    count = max(paper.author_count or 0, len(paper.authors))
    if not paper.authors:
        return f"{count} author{'s' if count != 1 else ''}" if count else ""
    shown = SHOWN_AUTHORS + 1 if count == len(paper.authors) == SHOWN_AUTHORS + 1 else SHOWN_AUTHORS
    names = ", ".join(cut(name, MAX_NAME) for name in paper.authors[:shown])
    more = count - min(shown, len(paper.authors))
    return f"{names} +{more}" if more else names


def _badges(names: Sequence[str], shown: int) -> tuple[str, ...]:
    return tuple(cut(name, MAX_BADGE) for name in list(dict.fromkeys(names))[:shown])


def _day(paper: Paper) -> str:
    day = paper.published.date() if paper.published else paper.listed_on
    return long_date(day) if day else ""


def long_date(day: date) -> str:
    """ "25 May 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def interest_words(interest: str) -> str:
    """An interest of the interest language in plain words: no prefix, quotes or weight."""
    bare = _WEIGHT.sub("", _PREFIX.sub("", interest.strip().removeprefix("-"), count=1))
    return cut(bare.replace('"', "").strip(), MAX_NAME)


def _why(matches: Sequence[Match]) -> tuple[Why, ...]:
    fields: dict[str, dict[str, None]] = {}
    for match in matches:
        fields.setdefault(interest_words(match.interest), {})[_FIELDS.get(match.field, match.field)] = None
    return tuple(Why(interest, listed(list(where))) for interest, where in fields.items() if interest)


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _links(links: Links) -> tuple[tuple[str, str], ...]:
    found = {label: web_link(getattr(links, name)) for name, label in _LABELS.items()}
    return tuple((label, url) for label, url in found.items() if url)


def web_link(url: str) -> str:
    """`url` as it may stand in a link, or "": absolute http(s), a plain host, no credentials, not huge.

    Characters that a URL may not hold are percent-encoded, so that it is one ASCII word.
    """
    if not url.lower().startswith(("http://", "https://")) or len(url) > MAX_URL or _CONTROL.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        safe = quote(url, safe="%/:?#[]@!$&'()*+,;=~")
    except ValueError:
        return ""
    plain_host = host.isascii() and re.fullmatch(r"[A-Za-z0-9._:-]+", host)
    return safe if plain_host and "@" not in parts.netloc and len(safe) <= MAX_URL else ""
