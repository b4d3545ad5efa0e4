"""Feeds through feedparser, with its surprises taken out: what the arXiv reader and the feed reader share.

feedparser gets a `BytesIO` and nothing else (a string may open a URL or a file), its HTML sanitiser is off (text is
made plain by `papers.text`, and the sanitiser eats ``<think>`` in an arXiv abstract), and its lenient parser only
sees what `xmltext.decoded` let through. Entries are given on as plain dicts: a `FeedParserDict` warns when asked.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digest.sources.freshness import Rest, rest_of
from digest.sources.looks import refusal, throttled
from digest.sources.xmlshape import check_shape
from digest.sources.xmltext import PROLOG, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Snapshot

Fields = dict[str, Any]
"""The fields of a feed or an entry, by feedparser's names."""

_PREFIXED = re.compile(r"<([A-Za-z][\w.-]{0,40}):rss[\s>]")
_MEDIA = re.compile(r"xmlns:(\w{1,20})\s*=\s*[\"']http://(?:video\.)?search\.yahoo\.com/mrss/?[\"']", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed as feedparser tells it: its own fields, its entries, when it says that nothing is new, its format."""

    feed: Mapping[str, Any]
    entries: tuple[Fields, ...]
    rest: Rest
    version: str = ""


def parse_feed(snapshot: Snapshot) -> Parsed:
    """The feed in `snapshot`, well-formed or not, as far as it goes.

    Raises:
        NotAFeed: feedparser sees neither entries nor a feed of a known version.
        Throttled: the content says that requests come too fast.
    """
    if throttled(snapshot.content) or not snapshot.content.strip():
        raise refusal(snapshot)
    try:
        text = decoded(snapshot.content, snapshot.media_type)
        check_shape(text)
    except ValueError as error:
        raise refusal(snapshot, str(error)) from None
    try:
        result = _feedparser(_captions_apart(_without_prefix(text)))
    except Exception as error:  # whatever a parser of anything fails with on bytes that nobody foresaw
        raise refusal(snapshot, f"feedparser cannot read it: {type(error).__name__}: {error}"[:300]) from error
    if not result["entries"] and not result["version"]:
        raise refusal(snapshot)
    return Parsed(dict(result["feed"]), tuple(map(dict, result["entries"])), rest_of(text), result["version"])


def _feedparser(text: str) -> Fields:
    """feedparser's result. It is not told where the feed is from: relative links are resolved by `links.http_url`,
    and a guid that is no URL stays what it is (feedparser would join it to the address, where it changes by day)."""
    import feedparser

    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")), sanitize_html=False, resolve_relative_uris=False
    )
    return dict(parsed)


def _without_prefix(text: str) -> str:
    """RSS 2.0 whose elements carry a prefix, without it: RSS 2.0 has no namespace, so feedparser cannot know them."""
    root = _PREFIXED.search(text[:PROLOG])
    return re.sub(rf"<(/?){re.escape(root[1])}:", r"<\1", text) if root else text


def _captions_apart(text: str) -> str:
    """Media RSS's descriptions under another name: to feedparser the caption of a picture is a text of its item."""
    media = _MEDIA.search(text[:65_536])
    return re.sub(rf"(</?){media[1]}:description\b", rf"\1{media[1]}:caption", text) if media else text
