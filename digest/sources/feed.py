"""Any RSS or Atom feed, through feedparser: the reader of last resort.

What feeds leave out is made up for only where the feed itself says it elsewhere: a missing title by the beginning
of the text, a missing link by a guid that is a URL, authors and upvotes by a labelled description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digest.model import Entry, Links, Reading
from digest.papers.identity import arxiv_id, doi
from digest.sources.boilerplate import Item, abstracts
from digest.sources.byline import element_authors, feed_authors, is_person
from digest.sources.collecting import collect
from digest.sources.dates import LONGEST as LONGEST_DATE
from digest.sources.dates import day_order, parse_date
from digest.sources.feedtext import (
    ABSTRACT,
    TITLE,
    Announced,
    Labelled,
    announced,
    best_blocks,
    best_text,
    clean,
    dict_fields,
    opening,
    text_field,
)
from digest.sources.links import http_url
from digest.sources.parsing import parse_feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.model import Snapshot
    from digest.sources.parsing import Parsed

CATEGORIES = 50
"""Categories of an entry that are kept."""

_DATES = ("published", "prism_publicationdate", "created", "prism_coverdate", "prism_coverdisplaydate")
"""Fields that tell when an item came out: its own words before the issue's cover date."""

_FILM = re.compile(r"\b(?:video|audio|application)\b")
_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:rss|feed|entry|rdf|channel)[\s>]", re.IGNORECASE)
_ARXIV = re.compile(r"arxiv|huggingface\.co/papers/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says for all of its items.

    `base` is what relative links are relative to, `order` that of the numbers in its dates ("dmy", "mdy" or ""),
    `authors` are those of items that name none.
    """

    base: str = ""
    order: str = ""
    authors: tuple[str, ...] = ()


NO_CHANNEL = Channel()
"""For items of which no feed is known."""


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
    channel = channel_of(parsed, snapshot.place)
    items = list(zip(parsed.entries, described(parsed.entries), strict=True))
    entries, rejects = collect(items, lambda item, place: feed_entry(item[0], place, channel, item[1]))
    title = clean(text_field(parsed.feed, "title"), TITLE)
    return Reading(
        "feed",
        entries,
        rejects,
        title=title,
        skip_days=parsed.rest.skip_days,
        quiet_until=parsed.rest.until(snapshot.taken_at),
    )


def channel_of(parsed: Parsed, place: str) -> Channel:
    """What the feed from `place` says for all of its items."""
    own = [text_field(link, "href") for link in dict_fields(parsed.feed.get("links")) if link.get("rel") == "self"]
    return Channel(
        base=_first_url([place, *own, text_field(parsed.feed, "link")], ""),
        order=day_order(text_field(item, name) for item in parsed.entries for name in (*_DATES, "updated")),
        authors=_people(parsed.feed) if parsed.version.startswith("atom") else (),
    )


def described(entries: Sequence[Mapping[str, Any]]) -> list[Labelled]:
    """What the texts of a feed's items say, without what is around their abstracts, in feedparser's order."""
    return abstracts([_item(fields) for fields in entries])


def feed_entry(
    fields: Mapping[str, Any], place: str, channel: Channel = NO_CHANNEL, told: Labelled | None = None
) -> Entry:
    """The entry in feedparser's `fields` of one item of `channel`; `told` is what its text says, if that is known.

    Raises:
        ValueError: neither title, text nor link.
    """
    title = clean(text_field(fields, "title"), TITLE)
    arxiv = announced(best_text(_texts(fields)))
    told = Labelled(arxiv.abstract) if arxiv else told or described([fields])[0]
    text = told.text[:ABSTRACT].rstrip()
    links = _links(fields, channel.base)
    title = title or opening(text) or links.best.partition("://")[2]
    if not title:
        raise ValueError("neither title, text nor link")
    return Entry(
        title=title,
        abstract=text,
        authors=feed_authors(told.authors) or _authors(fields) or channel.authors,
        keywords=tuple(filter(None, (clean(word, 100) for word in re.split("[,;]", told.keywords)[:50]))),
        categories=_categories(fields),
        links=links,
        upvotes=told.upvotes,
        thumbnail=_thumbnail(fields, channel.base),
        place=place,
        **_identity(fields, arxiv, told, links),
        **_dates(fields, channel.order, told.published),
    )


def _item(fields: Mapping[str, Any]) -> Item:
    """What the text of an item is read with."""
    return Item(clean(text_field(fields, "title"), TITLE), best_blocks(_texts(fields)), _authors(fields))


def _texts(fields: Mapping[str, Any]) -> list[str]:
    """The texts that an item offers: its summary, then its contents, or the description of the film that it is."""
    contents = [text_field(content, "value") for content in dict_fields(fields.get("content"))]
    told = [text_field(fields, "summary", "description"), *contents]
    media = " ".join(text_field(one, "medium", "type") for one in dict_fields(fields.get("media_content"))[:5])
    return told if any(told) or not _FILM.search(media) else [text_field(fields, "media_caption")]


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
    """The item's own authors, else those of the feed that it was taken from (RFC 4287, section 4.2.11)."""
    told = [text_field(author, "name") for author in dict_fields(fields.get("authors"))]
    own = element_authors(told) or feed_authors(text_field(fields, "author"))
    source = fields.get("source")
    return own or (_people(source) if isinstance(source, dict) else ())


def _people(feed: Mapping[str, Any]) -> tuple[str, ...]:
    """The authors of a feed, which are those of its items without any (RFC 4287, section 4.2.1).

    Only persons: journals and publishers, too, name themselves as the author of a feed.
    """
    told = [text_field(author, "name") for author in dict_fields(feed.get("authors"))]
    return tuple(filter(is_person, element_authors(told) or feed_authors(text_field(feed, "author"))))


def _categories(fields: Mapping[str, Any]) -> tuple[str, ...]:
    told = (clean(text_field(tag, "label", "term"), 100) for tag in dict_fields(fields.get("tags"))[: 2 * CATEGORIES])
    return tuple(dict.fromkeys(filter(None, told)))[:CATEGORIES]


def _links(fields: Mapping[str, Any], base: str) -> Links:
    """The item's page and PDF; the original link where FeedBurner put its own in the place of it."""
    linked = dict_fields(fields.get("links"))
    alternates = [text_field(link, "href") for link in linked if text_field(link, "rel") in ("", "alternate")]
    guid, link = text_field(fields, "id", "guid"), text_field(fields, "link")
    link = "" if link == guid and not link.startswith(("http://", "https://", "/")) else link  # feedparser's guess
    pages = [text_field(fields, "feedburner_origlink"), link, *alternates[:20]]
    pages += [guid] if guid.startswith(("http://", "https://")) else []
    pdfs = [text_field(link, "href") for link in linked if text_field(link, "type") == "application/pdf"]
    return Links(abstract=_first_url(pages, base), pdf=_first_url(pdfs[:20], base))


def _first_url(urls: list[str], base: str) -> str:
    return next(filter(None, (http_url(url, base) for url in urls if url)), "")


def _thumbnail(fields: Mapping[str, Any], base: str) -> str:
    return _first_url([text_field(image, "url") for image in dict_fields(fields.get("media_thumbnail"))[:5]], base)


def _dates(fields: Mapping[str, Any], order: str, told: str) -> dict[str, Any]:
    """When it came out and when it last changed, as far as `parse_date` can read it: nothing is guessed."""
    updated = parse_date(text_field(fields, "updated"), order)
    written = (parse_date(text_field(fields, name), order) for name in _DATES)
    published = next(filter(None, written), None) or parse_date(told[:LONGEST_DATE], order)
    return {"published": published or updated, "updated": updated}
