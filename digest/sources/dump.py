"""Feeds that somebody else's program kept as JSON: feedparser's fields, or a recorded answer.

- ``{"<url>": {"feed": {...}, "entries": [...]}, ...}`` and ``{"feed": {...}, "entries": [...]}``: the fields that
  feedparser gives, with a feed for each URL; read by the arXiv reader, which leaves other entries to the feed reader.
- ``{"url": ..., "status_code": ..., "body": "..."}``: the body is read by whatever reader fits it.
- ``{"title": ..., "url": ..., "elements": [{"title", "link", "contents"}, ...]}``: what a page watcher keeps.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from digest.errors import NotAFeed, Throttled
from digest.model import Reading
from digest.sources import jsontext
from digest.sources.arxiv import arxiv_entry, feed_day
from digest.sources.collecting import collect
from digest.sources.feed import channel_of, described
from digest.sources.feedtext import TITLE, clean, dict_fields, text_field
from digest.sources.fields import mapping, words
from digest.sources.freshness import Rest
from digest.sources.links import http_url
from digest.sources.looks import json_of, refusal
from digest.sources.parsing import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Entry, Snapshot

_STATUSES = ("status_code", "status")
_TOO_FAST = (429, 503)


def sniff(content: bytes, media_type: str) -> bool:
    """Whether this is a JSON object of one of these shapes."""
    return fits(jsontext.peek(content), content)


def fits(answer: object, _content: bytes) -> bool:
    """The same of content that is JSON and parsed."""
    return _is_recorded(answer) or bool(_feeds(answer))


def read(snapshot: Snapshot) -> Reading:
    """The entries of a dump or of a recorded answer, in its order.

    Raises:
        NotAFeed: no such JSON, a recorded error, or a body that no reader can read.
        Throttled: a recorded request to come back later.
    """
    return read_answer(snapshot, json_of(snapshot))


def read_answer(snapshot: Snapshot, answer: object) -> Reading:
    """The same of content that is parsed; raises the same."""
    if _is_recorded(answer):
        return _read_recorded(snapshot, mapping(answer))
    feeds = _feeds(answer)
    if not feeds:
        raise refusal(snapshot, "JSON that holds neither feeds nor a recorded answer")
    return _read_feeds(feeds)


def _is_recorded(answer: object) -> bool:
    return (
        isinstance(answer, dict) and isinstance(answer.get("body"), str) and ("url" in answer or _status(answer) != 0)
    )


def _status(answer: dict[str, Any]) -> int:
    """The recorded HTTP status, 0 where there is none."""
    known = (answer.get(name) for name in _STATUSES)
    return next((status for status in known if isinstance(status, int) and 100 <= status < 600), 0)


def _read_recorded(snapshot: Snapshot, answer: dict[str, Any]) -> Reading:
    """The body, read; an error in it is told in its own words, and an error status without any by its number."""
    from digest.sources.read import read as read_any  # the chooser of readers knows this one, too

    body = replace(snapshot, content=answer["body"].encode("utf-8", "replace"), kind="auto", media_type="")
    if sniff(body.content, ""):
        raise NotAFeed(snapshot.place, "a recorded answer within a recorded answer")
    status = _status(answer)
    if status in _TOO_FAST:
        raise Throttled(snapshot.place, f"the recorded answer has status {status}")
    url = http_url(words(answer.get("url"), tex=False))
    reading = read_any(replace(body, place=url) if url else body)
    if status >= 400:
        raise NotAFeed(snapshot.place, f"the recorded answer has status {status}: {reading.title or 'without a title'}")
    return reading


def _feeds(answer: object) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The feeds of a dump, each with its fields and its entries."""
    held = mapping(answer)
    if watched := [element for element in dict_fields(held.get("elements")) if "link" in element]:
        page = {"title": held.get("title"), "link": held.get("url")}
        return [(page, [{**element, "summary": element.get("contents")} for element in watched])]
    shapes = [held, *(value for value in list(held.values())[:1000] if isinstance(value, dict))]
    return [
        (mapping(shape.get("feed")), dict_fields(shape.get("entries")))
        for shape in shapes
        if isinstance(shape.get("entries"), list) and isinstance(shape.get("feed"), dict)
    ]


def _read_feeds(feeds: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Reading:
    entries, rejects = collect(list(_bound(feeds)), lambda read_one, place: read_one(place=place))
    days = {day for feed, _ in feeds if (day := feed_day(feed))}
    titles = (clean(text_field(feed, "title"), TITLE) for feed, _ in feeds)
    return Reading(
        "feed-dump",
        entries,
        rejects,
        listed_on=max(days, default=None),
        title="; ".join(filter(None, titles))[:TITLE],
    )


def _bound(feeds: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Iterator[partial[Entry]]:
    """A reader bound to each entry, with the day and the address of its feed."""
    for feed, entries in feeds:
        day, channel = feed_day(feed), channel_of(Parsed(feed, tuple(entries), Rest()), "")
        texts = described(entries) if "arxiv.org" not in channel.base else [None] * len(entries)
        for fields, text in zip(entries, texts, strict=True):
            yield partial(arxiv_entry, fields, day=day, channel=channel, text=text)
