"""arXiv's own feeds: RSS 2.0 and Atom as they are, the RDF of before 2024, and the Atom of its search API.

RSS and Atom announce: each entry stands for one day (Eastern time), has a type (new, cross, replace, replace-cross)
and one string of authors. The API lists: its dates are those of the submission, and it announces nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from digest.errors import NotAFeed
from digest.model import Announcement, Entry, Links, Reading, midnight
from digest.papers.identity import arxiv_id, doi
from digest.papers.text import plain
from digest.sources.byline import arxiv_authors, names
from digest.sources.collecting import collect
from digest.sources.dates import parse_date
from digest.sources.feed import NO_CHANNEL, Channel, channel_of, feed_entry
from digest.sources.feedtext import ABSTRACT, RAW, TITLE, announced, announcement, dict_fields, text_field
from digest.sources.links import http_url
from digest.sources.looks import throttled
from digest.sources.parsing import parse_feed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from digest.model import Snapshot
    from digest.sources.feedtext import Labelled

_MARKS = (
    b"arxiv.org/schemas/atom",
    b"rss.arxiv.org",
    b"arXiv.org e-print archive",
    b"arxiv.org/api/",
    b"updates on arXiv.org",
    b"Feed error for query",
)
_OAI = "oai:arXiv.org:"
_CATEGORY = re.compile(r"[a-z]{2,10}(?:-[a-z]{2,8})*(?:\.(?:[A-Z]{2}|[a-z]+(?:-[a-z]+)*))?", re.ASCII)
_OLD_TITLE = re.compile(
    r"\.?\s*\(arXiv:(?P<id>[\w./-]{5,40}) \[(?P<category>[\w.-]{2,30})\](?: (?P<type>[A-Z ]{2,20}))?\)\s*\Z"
)
_OLD_TYPES = {"": Announcement.NEW, "UPDATED": Announcement.REPLACE, "CROSS LISTED": Announcement.CROSS}
_CODE = re.compile(
    r"https?://(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)/[\w.~%/-]{3,200}", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says of itself in the several ways that arXiv has had: "" and None where it does not."""

    title: str
    abstract: str
    id: str = ""
    announcement: Announcement | None = None
    category: str = ""
    summary: str = ""


def sniff(content: bytes, media_type: str) -> bool:
    """Whether the head of `content` is that of a feed of arXiv's, or its refusal to serve one."""
    head = content[:4096]
    return throttled(content) or (
        head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and any(m in head for m in _MARKS)
    )


def read(snapshot: Snapshot) -> Reading:
    """The entries of arXiv's feed in `snapshot`, in its order; a feed without any is a day without announcement.

    Raises:
        NotAFeed: not a feed, or arXiv's error feed (with its words).
        Throttled: ``Rate exceeded.`` instead of a feed.
    """
    parsed = parse_feed(snapshot)
    _refuse_errors(snapshot.place, parsed.feed, parsed.entries)
    day = feed_day(parsed.feed)
    entries, rejects = collect(
        parsed.entries, partial(arxiv_entry, day=day, channel=channel_of(parsed, snapshot.place))
    )
    title = plain(text_field(parsed.feed, "title"), html=True, limit=TITLE)
    return Reading(
        "arxiv",
        entries,
        rejects,
        listed_on=day,
        title=title,
        skip_days=parsed.rest.skip_days,
        quiet_until=parsed.rest.until(snapshot.taken_at),
    )


def feed_day(feed: Mapping[str, Any]) -> date | None:
    """The day of announcement that a feed stands for; None for an answer of the search API."""
    if "/api/" in text_field(feed, "id"):
        return None
    return _eastern_day(text_field(feed, "published")) or _eastern_day(text_field(feed, "updated"))


def arxiv_entry(
    fields: Mapping[str, Any],
    place: str,
    day: date | None,
    channel: Channel = NO_CHANNEL,
    text: Labelled | None = None,
) -> Entry:
    """The entry in feedparser's `fields` of one item; an item that is no paper of arXiv's is read as any feed's.

    `day` is that of the whole feed, for items without a date of their own; `text` is what an item of another
    feed says.

    Raises:
        ValueError: neither title, text nor link.
    """
    told = _told(fields)
    guid = text_field(fields, "id", "guid").rpartition(_OAI)[2]
    link = text_field(fields, "link")
    found = [pair for pair in map(arxiv_id, filter(None, (told.id, guid, link))) if pair]
    if not found or not (told.title or told.abstract):
        return feed_entry(fields, place, channel, text)
    number, version = found[0][0], next((pair[1] for pair in found if pair[1] and pair[0] == found[0][0]), None)
    return Entry(
        title=told.title or told.abstract[:100],
        abstract=told.abstract,
        authors=_authors(fields),
        categories=_categories(fields, told.category),
        links=_links(fields, number),
        id=f"{number}v{version}" if version else number,
        arxiv_id=number,
        version=version,
        doi=doi(text_field(fields, "arxiv_doi")) or "",
        announcement=told.announcement,
        summary=told.summary,
        place=place,
        **_dates(fields, told.announcement, day),
    )


def _told(fields: Mapping[str, Any]) -> Told:
    raw = text_field(fields, "summary", "description")[:RAW]
    title = text_field(fields, "title")[:5000]
    kind = announcement(text_field(fields, "arxiv_announce_type"))
    if old := _OLD_TITLE.search(title):
        kind = _OLD_TYPES.get(old["type"] or "", Announcement.REPLACE)
        return Told(plain(title[: old.start()], html=True, limit=TITLE), _plain(raw), old["id"], kind, old["category"])
    title = plain(title, html=True, limit=TITLE)
    if new := announced(raw):
        return Told(title, _plain(new.abstract), new.id, kind or new.announcement, summary=_plain(new.before))
    return Told(title, _plain(raw), announcement=kind)


def _plain(raw: str) -> str:
    """An abstract as text. arXiv's are plain, but hold entities and tags of other makers at times, too."""
    return plain(raw, html=True, limit=ABSTRACT)


def _authors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    told = [name for name in (text_field(author, "name") for author in dict_fields(fields.get("authors"))) if name]
    if _from_api(fields):
        return names(told)
    lines = told or [text_field(fields, "author")]
    lines = [plain(line, html=True, tex=False) if "<a " in line else line for line in lines]
    return names([name for line in lines for name in arxiv_authors(line)])


def _from_api(fields: Mapping[str, Any]) -> bool:
    """The search API names each author in an element of its own, and a primary category."""
    return "arxiv_primary_category" in fields


def _categories(fields: Mapping[str, Any], category: str) -> tuple[str, ...]:
    """arXiv's categories, primary first; other classifications (MSC, ACM) and what third parties add are left out."""
    primary = fields.get("arxiv_primary_category")
    first = text_field(primary, "term") if isinstance(primary, dict) else ""
    told = [first, category, *(text_field(tag, "term") for tag in dict_fields(fields.get("tags"))[:100])]
    return tuple(dict.fromkeys(name for name in told if len(name) <= 40 and _CATEGORY.fullmatch(name)))


def _links(fields: Mapping[str, Any], number: str) -> Links:
    """arXiv's own pages of paper `number`, its HTML page where the feed links one, and code that a comment names."""
    urls = (http_url(text_field(link, "href")) for link in dict_fields(fields.get("links"))[:20])
    code = _CODE.search(text_field(fields, "arxiv_comment")[:2000])
    return Links(
        abstract=f"https://arxiv.org/abs/{number}",
        pdf=f"https://arxiv.org/pdf/{number}",
        html=next((url for url in urls if "arxiv.org/html/" in url), ""),
        code=http_url(code[0].rstrip(".").removesuffix(".git")) if code else "",
    )


def _dates(fields: Mapping[str, Any], kind: Announcement | None, day: date | None) -> dict[str, Any]:
    """published, updated and listed_on. A feed's dates are of the announcement, the API's of the paper."""
    published = text_field(fields, "published")
    if _from_api(fields):
        return {"published": parse_date(published), "updated": parse_date(text_field(fields, "updated"))}
    listed = _eastern_day(published) or day
    moment = midnight(listed) if listed else None
    return {
        "published": moment if kind is Announcement.NEW else None,
        "updated": moment if kind and kind.replaces else None,
        "listed_on": listed,
    }


def _refuse_errors(place: str, feed: Mapping[str, Any], entries: tuple[dict[str, Any], ...]) -> None:
    """arXiv answers errors with a valid feed: an RSS titled so, or an API entry whose id says so."""
    title = plain(text_field(feed, "title"), limit=300)
    if title.lower().startswith("feed error for query"):
        words = plain(text_field(feed, "subtitle", "description"), html=True, limit=300)
        raise NotAFeed(place, f"arXiv answered with an error: {title}" + (f" ({words})" if words else ""))
    for fields in entries[:1]:
        if "/api/errors" in text_field(fields, "id", "link"):
            words = plain(text_field(fields, "summary", "title"), limit=300)
            raise NotAFeed(place, f"arXiv answered with an error: {words}")


def _eastern_day(text: str) -> date | None:
    moment = parse_date(text)
    return moment.astimezone(_eastern()).date() if moment else None


@cache
def _eastern() -> ZoneInfo:
    """The zone in which arXiv's days begin (its RSS specification)."""
    from zoneinfo import ZoneInfo

    return ZoneInfo("America/New_York")
