"""The text of a Hugging Face papers page, as people copy it out of a browser or a text extractor saves it.

Two layouts. *Glued*: two header lines, the word ``Subscribe`` stuck to the first title, then title and abstract line
by line. *Spaced*: blocks between blank lines, first the header (``new``, ``Subscribe``, the page's day as ``Nov 4``,
...), then title, abstract and, on some pages, a block of three lines for each paper::

      • 4 authors          or the organisation's avatar text and name
    ·
    Feb 24, 2022 1         the year is left out in the year of the capture; the number after it counts comments

Neither holds an id or a link. What is a title and what an abstract is told by position alone, since titles and
abstracts may begin and end with anything; where position does not tell, the blocks become rejects, not papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from digest.model import Entry, Reading, Reject, midnight
from digest.papers.charset import decode
from digest.sources.collecting import MOST, beyond
from digest.sources.dates import parse_day
from digest.sources.fields import ABSTRACT, NAME, words
from digest.sources.huggingface import TITLE as DAILY_PAPERS
from digest.sources.looks import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.model import Snapshot

KIND = "page-text"
LONGEST_TITLE = 400
"""Characters beyond which a title is no title (real ones have up to 176): titles and abstracts have changed places."""
MOST_LINES = 100_000
"""Lines beyond which a page is not read (5,000 papers with metadata take 40,000)."""

_MARKS = frozenset(
    {
        "Get trending papers in your email inbox once a day!",
        "Get trending papers in your email inbox!",
        "byAK and the research community",
        "by AK and the research community",
    }
)
_HEADER = _MARKS | {"new", "Subscribe", "Daily Papers"}
_GLUE = "Subscribe"
_DAY = r"(?P<day>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2})(?:, (?P<year>\d{4}))?"
_PAGE_DAY = re.compile(_DAY, re.ASCII)
_METADATA = re.compile(rf"(?P<who>[^\n]{{1,300}})\n·\n{_DAY}(?: (?P<comments>\d{{1,6}}))?", re.ASCII)
_AUTHORS = re.compile(r"(\d{1,6}) authors?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Block:
    """Text between blank lines, or a line of the glued layout; `line` is the number of its first line, from 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """A paper by position: its title, its abstract and, where the page has them, its metadata."""

    title: _Block
    abstract: _Block
    metadata: re.Match[str] | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    """The header lines that were seen, the day that stood among them, and all after them as numbered lines."""

    seen: frozenset[str]
    day: re.Match[str] | None
    body: list[_Block]


def sniff(content: bytes, media_type: str) -> bool:
    """Whether the text begins with a line that only this page has."""
    return not _MARKS.isdisjoint(_page(decode(content[:4096])).seen)


def read(snapshot: Snapshot) -> Reading:
    """The papers of a page's text, in either layout. A header without papers is a page of a day without papers.

    Raises:
        NotAFeed: the text does not begin with the lines that this page begins with.
    """
    if snapshot.content.count(b"\n") + snapshot.content.count(b"\r") > MOST_LINES:
        raise refusal(snapshot, f"more than the {MOST_LINES:,} lines that are read")
    page = _page(decode(snapshot.content))
    if _MARKS.isdisjoint(page.seen):
        raise refusal(snapshot, "not the text of a Daily Papers page")
    capture = snapshot.listed_on or snapshot.taken_at.astimezone(UTC).date()
    day = (_date(page.day, capture) if page.day else None) or snapshot.listed_on
    entries, rejects = _read(list(_drafts(page)), capture, day)
    return Reading(KIND, entries, rejects, listed_on=day, title=DAILY_PAPERS)


def _page(text: str) -> _Page:
    lines = [_Block(n, " ".join(line.split())) for n, line in enumerate(re.split(r"\r\n|\r|\n", text), 1)]
    seen: set[str] = set()
    day = None
    for at, line in enumerate(lines):
        if line.text in _HEADER:
            seen.add(line.text)
        elif seen and day is None and _PAGE_DAY.fullmatch(line.text):
            day = _PAGE_DAY.fullmatch(line.text)
        elif line.text:
            return _Page(frozenset(seen), day, _unglued(lines[at:], seen))
    return _Page(frozenset(seen), day, [])


def _unglued(body: list[_Block], seen: set[str]) -> list[_Block]:
    """The body without the `Subscribe` that is stuck to its first title: it is missing in the header, and what
    follows it is an abstract without a gap, or begins a new word."""
    first, rest = body[0], body[0].text.removeprefix(_GLUE)
    if _GLUE in seen or rest == first.text or not rest:
        return body
    without_gap = len(body) > 1 and body[1].text != ""
    return [replace(first, text=rest), *body[1:]] if without_gap or not rest[0].islower() else body


def _drafts(page: _Page) -> Iterator[_Draft | Reject]:
    """Papers by position, and rejects for the blocks whose position says nothing."""
    waiting: list[_Block] = []
    for block in _blocks(page.body):
        metadata = _METADATA.fullmatch(block.text)
        if metadata is None:
            waiting.append(block)
        else:
            yield from _paired(waiting, metadata) if waiting else [_reject(block, "metadata without a paper")]
            waiting = []
    yield from _paired(waiting, None)


def _blocks(lines: list[_Block]) -> list[_Block]:
    """The lines where they follow each other without a gap (glued), else the blocks between blank lines."""
    groups = [list(group) for filled, group in groupby(lines, key=lambda line: line.text != "") if filled]
    if len(groups) == 1:
        return groups[0]
    return [_Block(group[0].line, "\n".join(line.text for line in group)) for group in groups]


def _paired(blocks: list[_Block], metadata: re.Match[str] | None) -> Iterator[_Draft | Reject]:
    """Title and abstract, title and abstract; `metadata` closes the last pair, so that an odd block before it
    leaves open which one is too many. At the end of the text, an odd block is a title whose abstract is cut off."""
    odd = len(blocks) % 2
    if metadata and odd:
        yield _reject(blocks[0], f"titles and abstracts do not alternate: {len(blocks)} of them before the metadata")
        return
    pairs = list(zip(blocks[::2], blocks[1::2], strict=False))
    yield from (_Draft(title, abstract) for title, abstract in pairs[:-1])
    yield from (_Draft(title, abstract, metadata) for title, abstract in pairs[-1:])
    if odd:
        yield _reject(blocks[-1], "a title without an abstract: the text ends here")


def _read(
    drafts: Sequence[_Draft | Reject], capture: date, day: date | None
) -> tuple[tuple[Entry, ...], tuple[Reject, ...]]:
    read = [d if isinstance(d, Reject) else _entry(d, capture, day) for d in drafts[:MOST]]
    rejects = [r for r in read if isinstance(r, Reject)]
    if len(drafts) > MOST:
        rejects.append(beyond(f"paper {MOST + 1}", len(drafts) - MOST))
    return tuple(e for e in read if isinstance(e, Entry)), tuple(rejects)


def _entry(draft: _Draft, capture: date, day: date | None) -> Entry | Reject:
    if len(draft.title.text) > LONGEST_TITLE:
        return _reject(draft.title, "too long for a title: titles and abstracts do not alternate here")
    title = words(draft.title.text)
    if not title:
        return _reject(draft.title, "no title")
    entry = Entry(title, words(draft.abstract.text, limit=ABSTRACT), listed_on=day, place=f"line {draft.title.line}")
    return _with_metadata(entry, draft.metadata, capture) if draft.metadata else entry


def _with_metadata(entry: Entry, metadata: re.Match[str], capture: date) -> Entry:
    who = metadata["who"].removeprefix("•").strip()
    counted = _AUTHORS.fullmatch(who)
    published = _date(metadata, capture)
    return replace(
        entry,
        author_count=int(counted[1]) if counted else None,
        organization="" if counted else words(_once(who), tex=False, limit=NAME),
        published=midnight(published) if published else None,
        comments=int(metadata["comments"]) if metadata["comments"] else None,
    )


def _once(text: str) -> str:
    """An organisation's name that stands there twice, as avatar text and as name, once."""
    middle = len(text) // 2
    twice = text[middle : middle + 1] == " " and text[:middle].casefold() == text[middle + 1 :].casefold()
    return text[middle + 1 :] if twice else text


def _date(found: re.Match[str], capture: date) -> date | None:
    """The date as written, or, without a year, its latest occurrence up to the capture.

    That is the capture's own year, the only one that the site leaves out, unless the capture is dated wrongly or
    taken on New Year's Day; a day's grace for the time zone. None for a date that no calendar has.
    """
    if found["year"]:
        return parse_day(f"{found['day']}, {found['year']}")
    years = range(capture.year + 1, capture.year - 9, -1)
    days = (parse_day(f"{found['day']}, {year}") for year in years)
    return next((day for day in days if day and day <= capture + timedelta(days=1)), None)


def _reject(block: _Block, reason: str) -> Reject:
    return Reject(f"line {block.line}", reason, words(block.text, limit=200))
