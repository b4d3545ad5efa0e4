"""What somebody wants who follows a feed, or has a search watched: its URL read into interests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from digest.imports.gathering import category
from digest.imports.searches import read_search

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from digest.model import Interest

LONGEST_URL = 2_048

_CATEGORY = r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?"
_CATEGORIES = re.compile(rf"{_CATEGORY}(?:[+ ]{_CATEGORY})*")
_FOLDERS = re.compile(r"/(?:rss|atom|list)/([^/]+)")
_FEED_SCHEME = re.compile(r"\Afeed:(?://)?(?=https?:)", re.IGNORECASE)
_SEARCHES = ("search_query", "q", "query", "term", "search")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a URL tells of: interests, what of a search there is no interest for, and ids of papers."""

    interests: tuple[Interest, ...] = ()
    left_out: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.interests or self.papers)


NOTHING = Wanted()


def wanted(url: str) -> Wanted:
    """What the URL of a feed or of a search tells of.

    arXiv's feeds tell of their categories, its API and every other search of what it looks for. Never raises.
    """
    parts = _split(url.strip())
    if parts is None:
        return NOTHING
    if _at_arxiv(parts):
        return _of_arxiv(parts)
    return Wanted(*read_search(_asked(parts, *_SEARCHES)))


def arxiv_wanted(url: str) -> Wanted:
    """The same for feeds and searches of arXiv alone: any other URL may be that of a paper."""
    parts = _split(url.strip())
    return _of_arxiv(parts) if parts is not None and _at_arxiv(parts) else NOTHING


def _at_arxiv(parts: SplitResult) -> bool:
    return f".{parts.hostname or ''}".endswith(".arxiv.org")


def _of_arxiv(parts: SplitResult) -> Wanted:
    if parts.path.startswith("/api/query"):
        ids = _asked(parts, "id_list").split(",")
        return Wanted(*read_search(_asked(parts, "search_query")), tuple(name for name in ids if name.strip()))
    folder = _FOLDERS.match(parts.path)
    names = unquote_plus(folder[1]) if folder else _asked(parts, "query")
    if not _CATEGORIES.fullmatch(names):
        return NOTHING
    return Wanted(tuple(filter(None, (category(name) for name in re.split("[+ ]", names)))))


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, also behind "feed:"; None where it is none."""
    url = _FEED_SCHEME.sub("", url[: LONGEST_URL + 1])
    if len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(re.sub(r"\Afeed:", "https:", url, flags=re.IGNORECASE))
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _asked(parts: SplitResult, *names: str) -> str:
    """The first of these parameters that says something."""
    try:
        asked = dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return ""
    return next((asked[name] for name in names if asked.get(name, "").strip()), "")
