"""A pick as the templates see it: every string ready to print, nothing left to decide. Pure.

Strings are plain text, not escaped; the environment does that. URLs are http(s) and safe to link to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from digest.mail.reasons import Why, reasons
from digest.mail.text import cut, sentence_end, within
from digest.model import Block
from digest.ranking.summary import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from digest.model import Links, Match, Paper, Pick

Segments = tuple[tuple[str, bool], ...]

MAX_TITLE, MAX_SHORT_TITLE, MAX_ABSTRACT, MAX_SUMMARY = 300, 160, 600, 300
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
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LABELS = {"abstract": "Abstract", "pdf": "PDF", "html": "HTML", "code": "Code", "project": "Project page"}


@dataclass(frozen=True, slots=True)
class Card:
    """One pick. `number` counts through the whole edition and is the same in the HTML and the text part.

    `title`, `summary`, `abstract` and `rest` are marked segments: (text, whether an interest matched it).
    `summary` is the line that sums the paper up, () where there is none. `rest` is what is to follow it: the
    abstract, without the summary where that is how it begins (`opens`). `url` may be "", and so may `more_url` and
    `less_url`, the pages on which to ask for more and for less like this paper.
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
    summary: Segments
    rest: Segments
    more_url: str = ""
    less_url: str = ""

    @property
    def opens(self) -> bool:
        """Whether the summary is how the abstract begins, so that both would say the same twice."""
        return self.rest != self.abstract

    @property
    def badges(self) -> tuple[str, ...]:
        """Sources and categories."""
        return (*self.sources, *self.categories)

    @property
    def plain_title(self) -> str:
        """The title without marks."""
        return plain(self.title)

    @property
    def plain_summary(self) -> str:
        """The summary without marks."""
        return plain(self.summary)

    @property
    def plain_abstract(self) -> str:
        """The abstract without marks."""
        return plain(self.abstract)


def card(pick: Pick, summary: str = "sentence", opinions: tuple[str, str] | None = None) -> Card:
    """The card of `pick`; `opinions` are the URLs to ask for (more, less) like it.

    `summary` chooses its line: "sentence" for the one of the abstract that says most about the interests,
    "source" for the summary that the source brought (without one, that sentence), "none" for no line.
    """
    paper = pick.paper
    links = _links(paper.links)
    title = paper.title.strip() or "Untitled"
    text = paper.abstract or paper.summary
    spans = _spans(pick.matches, "abstract") if paper.abstract else ()
    end = sentence_end(text, within(text, MAX_ABSTRACT))
    line, after = _line(pick, summary)
    why = reasons(pick.matches)
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
        abstract=_marked(text, spans, 0, end, whole=end == len(text)),
        links=links,
        summary=line,
        rest=_marked(text, spans, after, end, whole=end == len(text)) if after < end else (),
        more_url=web_link(opinions[0]) if opinions else "",
        less_url=web_link(opinions[1]) if opinions else "",
    )


def _line(pick: Pick, summary: str) -> tuple[Segments, int]:
    """The line that sums the paper up, and where the abstract goes on if that is how it begins, else 0.

    There is none where it would say what the reader has before their eyes anyway: the title, all of the abstract,
    or a beginning of it that is cut in mid-sentence.
    """
    paper = pick.paper
    if summary == "none" or not paper.abstract:
        return (), 0
    if summary == "source" and (brief := paper.summary.strip()):
        known = any(text.strip().startswith(brief.rstrip(" .…")) for text in (paper.abstract, paper.title))
        return (() if known else segments(brief, (), MAX_SUMMARY)), 0
    chosen = choose(paper.abstract, pick.matches)
    after = paper.abstract[chosen.end :]
    opens = not paper.abstract[: chosen.start].strip()
    if opens and not (chosen.whole and after.strip()):
        return (), 0
    line = _marked(paper.abstract, _spans(pick.matches, "abstract"), chosen.start, chosen.end, whole=chosen.whole)
    return line, len(paper.abstract) - len(after.lstrip()) if opens else 0


def plain(parts: Segments) -> str:
    """The text of marked segments."""
    return "".join(text for text, _ in parts)


def segments(text: str, spans: Sequence[tuple[int, int]], limit: int = MAX_ABSTRACT, slack: int = 60) -> Segments:
    """`text` as (text, is a match) segments, cut at a sentence near `limit` characters if it is over `limit` + `slack`.

    `spans` are offsets into the whole text, in any order; they are clipped to what is left and merged.
    """
    end = sentence_end(text, limit, slack)
    return _marked(text, spans, 0, end, whole=end == len(text))


def _marked(text: str, spans: Sequence[tuple[int, int]], at: int, end: int, *, whole: bool) -> Segments:
    """The segments of ``text[at:end]``, with an ellipsis unless it is `whole`."""
    found = []
    for start, stop in _merged(spans, at, end):
        found += [(text[at:start], False), (text[start:stop], True)]
        at = stop
    tail = text[at:end] + ("" if whole else "\u00a0…")
    return tuple(part for part in [*found, (tail, False)] if part[0])


def _merged(spans: Sequence[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted((max(a, begin), min(b, end)) for a, b in spans):
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
