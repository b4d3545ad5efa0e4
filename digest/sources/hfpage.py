"""Saved pages of huggingface.co/papers: the papers stand in a ``data-props`` attribute as escaped JSON.

The attribute belongs to ``<div data-target="DailyPapers">`` on the pages of a day, a week, a month and of what is
trending (``dailyPapers``), and on search pages (``searchResults``). Any element will do: its name has changed before.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from digest.model import Reading
from digest.papers.charset import decode
from digest.sources import jsontext
from digest.sources.dates import parse_day
from digest.sources.fields import listed, mapping, words
from digest.sources.huggingface import LISTS, read_papers
from digest.sources.huggingface import TITLE as DAILY_PAPERS
from digest.sources.looks import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from digest.model import Snapshot

KIND = "huggingface-html"

_PROPS = re.compile(r"""\bdata-props\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})</title", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def sniff(content: bytes, media_type: str) -> bool:
    """Whether this is markup with the data of a page of papers in it."""
    if not decode(content[:256]).lstrip().startswith("<") or b"data-props" not in content:
        return False
    return any(name.encode() in content for name in LISTS)


def read(snapshot: Snapshot) -> Reading:
    """The papers of a saved page.

    `listed_on` is the page's own day; a page of a week, a month or of what is trending has none, its papers do.

    Raises:
        NotAFeed: a page without such data (it was cut off, or it is another page); its title is named.
    """
    if len(snapshot.content) > jsontext.LARGEST:
        raise refusal(snapshot, f"more than the {jsontext.LARGEST:,} bytes that are read")
    text = decode(snapshot.content)
    found = next(_papers(text), None)
    if found is None:
        raise refusal(snapshot, "a page without the data of Daily Papers")
    props, papers = found
    day = _day(props) or snapshot.listed_on
    entries, rejects = read_papers(papers, day)
    title = _TITLE.search(text[:65_536])
    return Reading(KIND, entries, rejects, listed_on=day, title=words(title[1], html=True) if title else DAILY_PAPERS)


def _papers(text: str) -> Iterator[tuple[dict[str, object], list[object]]]:
    """Every attribute that holds a list of papers: all of its data, and the list."""
    for found in _PROPS.finditer(text):
        raw = found[1] or found[2] or ""
        if any(name in raw for name in LISTS):
            props = mapping(jsontext.peek(html.unescape(raw).encode("utf-8", "replace")))
            yield from ((props, listed(props[name])) for name in LISTS if isinstance(props.get(name), list))


def _day(props: dict[str, object]) -> date | None:
    """The day of a day's page: ``dateString``, or ``date`` as it was called in 2024."""
    if props.get("periodType") not in (None, "day"):
        return None
    said = words(props.get("dateString")) or words(props.get("date"))
    found = _DAY.match(said)
    return parse_day(found[0]) if found else None
