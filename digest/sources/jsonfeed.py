"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1), and RSS written as JSON (``{"rss": {"channel": ...}}``).

Read leniently: `version` may be missing where the entries have JSON Feed's fields, ids may be numbers, dates may be
in any form that `parse_date` knows or seconds since 1970, URLs may be relative to the feed's or home page's URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.model import Entry, Links, Reading
from digest.papers.identity import arxiv_id, doi
from digest.sources import jsontext
from digest.sources.boilerplate import Item, abstracts
from digest.sources.byline import LONGEST, MOST, element_authors, feed_authors
from digest.sources.collecting import collect
from digest.sources.dates import parse_date
from digest.sources.feedtext import TITLE, blocks, clean
from digest.sources.fields import ABSTRACT, listed, mapping, name_of, names, words
from digest.sources.links import http_url
from digest.sources.looks import json_of, refusal

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Snapshot
    from digest.sources.feedtext import Labelled

KIND = "json-feed"
UNTITLED = 100
"""Characters at which the first sentence is cut that stands for a missing title."""

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1", re.ASCII)
_OWN = frozenset({"content_html", "content_text", "date_published", "date_modified"})
_SENTENCE = re.compile(r"[^.!?。！？]+(?:[.!?。！？](?![\s]|$)[^.!?。！？]*)*[.!?。！？]?")


def sniff(content: bytes, media_type: str) -> bool:
    """Whether this is a JSON object with JSON Feed's version, or with entries that have its fields, or RSS as JSON."""
    return fits(jsontext.peek(content), content)


def fits(answer: object, _content: bytes) -> bool:
    """The same of content that is JSON and parsed."""
    feed = mapping(answer)
    if _VERSION.match(words(feed.get("version"))) or _channel(feed):
        return True
    return any(not _OWN.isdisjoint(mapping(item)) for item in listed(feed.get("items"))[:20])


def read(snapshot: Snapshot) -> Reading:
    """The entries of a JSON Feed. One without a title is named by its first sentence; one without text is a reject.

    Raises:
        NotAFeed: no JSON, or an object without a list of entries.
    """
    return read_answer(snapshot, json_of(snapshot))


def read_answer(snapshot: Snapshot, answer: object) -> Reading:
    """The same of content that is parsed; raises the same."""
    feed = mapping(answer)
    feed = _from_rss(_channel(feed)) if _channel(feed) else feed
    if not isinstance(feed.get("items"), list):
        raise refusal(snapshot, "not a JSON Feed: it has no list of items")
    items = listed(feed["items"])
    pairs = list(zip(items, abstracts([_item(mapping(item)) for item in items]), strict=True))
    base = _base(feed, snapshot.place)
    entries, rejects = collect(pairs, lambda pair, place: _entry(pair[0], place, feed, base, pair[1]))
    return Reading(KIND, entries, rejects, listed_on=snapshot.listed_on, title=_title(feed))


def _item(item: dict[str, object]) -> Item:
    """What the text of an entry is read with; `abstract` is an extension, and says itself what it is."""
    text, markup = (value if isinstance(value := item.get(f"content_{kind}"), str) else "" for kind in ("text", "html"))
    told = blocks(text, ABSTRACT, html=False) or blocks(markup, ABSTRACT)
    return Item(_title(item), () if words(item.get("abstract")) else told, _authors(item))


def _entry(raw: object, place: str, feed: dict[str, object], base: str, told: Labelled) -> Entry:
    item = mapping(raw)
    if not item:
        raise ValueError("not an object, or an empty one")
    summary = words(item.get("summary"), html=True, limit=ABSTRACT)
    content = words(item.get("abstract"), html=True, limit=ABSTRACT) or told.text
    title = _title(item) or _first_sentence(content or summary)
    if not title:
        raise ValueError("neither title nor text")
    links = _links(item, base)
    number = words(item.get("id") or item.get("guid"), tex=False)
    known = (words(item.get("doi")), number, links.abstract)
    found = next(filter(None, map(arxiv_id, known)), ("", None))
    return Entry(
        title,
        abstract=content or summary,
        authors=_authors(item) or feed_authors(told.authors) or _authors(feed),
        categories=names(item.get("tags"), most=100),
        links=links,
        id=number,
        arxiv_id=found[0],
        doi=next(filter(None, map(doi, known)), "") or told.doi,
        version=found[1],
        published=_moment(item.get("date_published") or item.get("published_at") or told.published),
        updated=_moment(item.get("date_modified") or item.get("updated_at")),
        summary=summary if content else "",
        thumbnail=_url(item.get("image"), base) or _url(item.get("banner_image"), base),
        place=place,
    )


def _title(fields: dict[str, object]) -> str:
    """A title: plain text by the standard, HTML in practice of what was RSS before."""
    return clean(found, TITLE) if isinstance(found := fields.get("title"), str) else ""


def _first_sentence(text: str) -> str:
    found = _SENTENCE.match(text[: UNTITLED + 1])
    sentence = found[0].strip() if found else text[: UNTITLED + 1]
    if len(sentence) <= UNTITLED:
        return sentence
    return sentence[:UNTITLED].rpartition(" ")[0].rstrip(" ,;:") + "…" if " " in sentence else sentence[:UNTITLED] + "…"


def _authors(fields: dict[str, object]) -> tuple[str, ...]:
    """`authors` (1.1), else `author` (1.0): objects, or names as plain text; one may hold a whole byline."""
    several = [words(name_of(member), html=True, limit=LONGEST) for member in listed(fields.get("authors"))[:MOST]]
    return element_authors(several) or element_authors([words(name_of(fields.get("author")), html=True, limit=LONGEST)])


def _links(item: dict[str, object], base: str) -> Links:
    """The entry's own page, and the page elsewhere that it is about."""
    own, external = _url(item.get("url"), base), _url(item.get("external_url"), base)
    own = own or _url(item.get("id"), "")
    return Links(abstract=own or external, html=external if own and external != own else "")


def _url(value: object, base: str) -> str:
    return http_url(value, base) if isinstance(value, str) else ""


def _base(feed: dict[str, object], place: str) -> str:
    """What relative URLs of the feed are relative to, absolute; "" where nothing says it."""
    here = http_url(place)
    return _url(feed.get("feed_url"), here) or _url(feed.get("home_page_url"), here) or here


def _moment(value: object) -> datetime | None:
    """A date in text, or a number of seconds or milliseconds since 1970."""
    return parse_date(words(value)) if isinstance(value, str | int) else None


def _channel(feed: dict[str, object]) -> dict[str, object]:
    """The channel of RSS in JSON, {} where it is none."""
    return mapping(mapping(feed.get("rss")).get("channel"))


def _from_rss(channel: dict[str, object]) -> dict[str, object]:
    """RSS's fields under the names of JSON Feed."""
    items = channel.get("item")
    items = items if isinstance(items, list) else [items] if items else []
    return {"title": channel.get("title"), "home_page_url": channel.get("link"), "items": [_rss_item(i) for i in items]}


def _rss_item(raw: object) -> dict[str, object]:
    item = mapping(raw)
    guid = item.get("guid")
    return item | {
        "id": mapping(guid).get("#value") if isinstance(guid, dict) else guid,
        "url": item.get("link"),
        "content_html": item.get("description"),
        "date_published": item.get("pubDate"),
        "tags": [item.get("category")] if isinstance(item.get("category"), str) else item.get("category"),
    }
