"""Any RSS or Atom feed, through feedparser: the reader of last resort.

What feeds leave out is made up for only where the feed itself says it elsewhere: a missing title by the beginning
of the text, a missing link by a guid that is a URL, authors and upvotes by a labelled description.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from digest.model import Entry, Links, Reading
from digest.papers.identity import arxiv_id, doi
from digest.sources.byline import feed_authors, names
from digest.sources.collecting import collect
from digest.sources.dates import parse_date
from digest.sources.feedtext import (
    TITLE,
    Announced,
    Labelled,
    announced,
    best_text,
    clean,
    dict_fields,
    labelled,
    opening,
    text_field,
)
from digest.sources.links import http_url
from digest.sources.parsing import parse_feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Snapshot

CATEGORIES = 50
"""Categories of an entry that are kept."""

_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:rss|feed|entry|rdf|channel)[\s>]", re.IGNORECASE)
_ARXIV = re.compile(r"arxiv|huggingface\.co/papers/", re.IGNORECASE)


def sniff(content: bytes, media_type: str) -> bool:
    """Whether the head of `content`, or its media type, is that of an RSS or Atom feed."""
    head = content[:4096].replace(b"\0", b"")
    return _ROOT.search(head) is not None or media_type.partition(";")[0].strip().lower().endswith(
        ("rss+xml", "atom+xml")
    )


def read(snapshot: Snapshot) -> Reading:
    """The entries of the feed in `snapshot`, in its order.

    Raises:
        NotAFeed: not a feed; says what it looks like.
        Throttled: the content says that requests come too fast.
    """
    parsed = parse_feed(snapshot)
    base = http_url(snapshot.place) or http_url(text_field(parsed.feed, "link"))
    entries, rejects = collect(parsed.entries, partial(feed_entry, base=base))
    title = clean(text_field(parsed.feed, "title"), TITLE)
    return Reading("feed", entries, rejects, title=title, skip_days=parsed.skip_days)


def feed_entry(fields: Mapping[str, Any], place: str, base: str = "") -> Entry:
    """The entry in feedparser's `fields` of one item; relative links are resolved against `base`.

    Raises:
        ValueError: neither title, text nor link.
    """
    title = clean(text_field(fields, "title"), TITLE)
    whole = best_text(_texts(fields))
    arxiv = announced(whole)
    told = Labelled(arxiv.abstract) if arxiv else labelled(whole)
    text = "" if told.text == title else told.text
    links = _links(fields, base)
    title = title or opening(text) or links.best.partition("://")[2]
    if not title:
        raise ValueError("neither title, text nor link")
    return Entry(
        title=title,
        abstract=text,
        authors=feed_authors(told.authors) or _authors(fields),
        categories=_categories(fields),
        links=links,
        upvotes=told.upvotes,
        thumbnail=_thumbnail(fields, base),
        place=place,
        **_identity(fields, arxiv, told, links),
        **_dates(fields),
    )


def _texts(fields: Mapping[str, Any]) -> list[str]:
    """The texts that an item offers: its summary, then its contents."""
    contents = [text_field(content, "value") for content in dict_fields(fields.get("content"))]
    return [text_field(fields, "summary", "description"), *contents]


def _identity(fields: Mapping[str, Any], arxiv: Announced | None, told: Labelled, links: Links) -> dict[str, Any]:
    """id, arxiv_id, version, doi and announcement, as far as the item tells them."""
    guid = text_field(fields, "id", "guid")[:500]
    telling = [text for text in (guid, links.abstract, links.pdf) if _ARXIV.search(text)]
    found = next(filter(None, map(arxiv_id, ([arxiv.id] if arxiv else []) + telling)), None)
    named = (text_field(fields, "prism_doi"), text_field(fields, "dc_identifier"), guid, links.abstract, told.doi)
    return {
        "id": clean(guid, 500),
        "arxiv_id": found[0] if found else "",
        "version": found[1] if found else None,
        "doi": next(filter(None, map(doi, filter(None, named))), None) or "",
        "announcement": arxiv.announcement if arxiv else None,
    }


def _authors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    told = [text_field(author, "name") for author in dict_fields(fields.get("authors"))]
    told = [name for name in told if name] or [text_field(fields, "author")]
    return names([name for line in told for name in feed_authors(line)])


def _categories(fields: Mapping[str, Any]) -> tuple[str, ...]:
    told = (clean(text_field(tag, "label", "term"), 100) for tag in dict_fields(fields.get("tags"))[: 2 * CATEGORIES])
    return tuple(dict.fromkeys(filter(None, told)))[:CATEGORIES]


def _links(fields: Mapping[str, Any], base: str) -> Links:
    """The item's page and PDF; the original link where FeedBurner put its own in the place of it."""
    linked = dict_fields(fields.get("links"))
    alternates = [text_field(link, "href") for link in linked if text_field(link, "rel") in ("", "alternate")]
    guid = text_field(fields, "id", "guid")
    pages = [text_field(fields, "feedburner_origlink"), text_field(fields, "link"), *alternates[:20]]
    pages += [guid] if guid.startswith(("http://", "https://")) else []
    pdfs = [text_field(link, "href") for link in linked if text_field(link, "type") == "application/pdf"]
    return Links(abstract=_first_url(pages, base), pdf=_first_url(pdfs[:20], base))


def _first_url(urls: list[str], base: str) -> str:
    return next(filter(None, (http_url(url, base) for url in urls if url)), "")


def _thumbnail(fields: Mapping[str, Any], base: str) -> str:
    return _first_url([text_field(image, "url") for image in dict_fields(fields.get("media_thumbnail"))[:5]], base)


def _dates(fields: Mapping[str, Any]) -> dict[str, Any]:
    """When it came out (its own words before the issue's cover date) and when it last changed."""
    updated = _date(fields, "updated")
    written = (_date(fields, name) for name in ("published", "prism_publicationdate", "created", "prism_coverdate"))
    return {"published": next(filter(None, written), updated), "updated": updated}


def _date(fields: Mapping[str, Any], name: str) -> datetime | None:
    """The instant in a field; feedparser's own reading of it where it is written in a form of another language."""
    text, parsed = text_field(fields, name), fields.get(f"{name}_parsed")
    moment = parse_date(text)
    if moment or not isinstance(parsed, tuple):
        return moment
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
