"""Lists of papers as Atom feeds (RFC 4287): what a page shows, for feed readers.

Ids are tag URIs (RFC 4151) of the sender's domain: they stay the same when the pages move. Links are absolute where
the address of the pages is known, and else relative to the feed, which RFC 4287 allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

from digest.mail.cards import web_link
from digest.mail.links import paper_path
from digest.model import midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask import Response

    from digest.model import Paper
    from digest.web.site import Site

MEDIA_TYPE = "application/atom+xml"
MOST_ENTRIES = 100
MOST_AUTHORS = 50
_SINCE = 2026
"""The year that the tags count from: the sender's domain was ours then."""
_BEGINNING = datetime(_SINCE, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `place` is the path of its page and makes its id; `url` is where else it leads, or "".

    `updated` is an instant that stays the same as long as the entry does.
    """

    place: str
    title: str
    updated: datetime
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    text: str = ""
    url: str = ""


def feed(
    site: Site,
    place: str,
    title: str,
    entries: Sequence[Entry],
    *,
    page: str = "",
    name: str = "",
    private: bool = False,
) -> Response:
    """The feed that is found at `place`, a path with its query, as an answer to the request at hand.

    Args:
        page: the path of the page that shows the same, or "".
        name: what the feed's id is made of, in place of `place`: something that stays, and is no secret.
    """
    from digest.web.rendering import answer

    return answer(document(site, place, title, entries, page=page, name=name), MEDIA_TYPE, private=private)


def document(site: Site, place: str, title: str, entries: Sequence[Entry], *, page: str = "", name: str = "") -> bytes:
    """The bytes of the feed; see `feed`."""
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    shown = list(entries[:MOST_ENTRIES])
    _add(root, "id", tag(site, name or place))
    _add(root, "title", title)
    _add(root, "updated", stamp(max((entry.updated for entry in shown), default=_BEGINNING)))
    _link(root, address(site, place), "self", MEDIA_TYPE)
    if page:
        _link(root, address(site, page), "alternate", "text/html")
    _add(ET.SubElement(root, "author"), "name", site.letterhead.title)
    _add(root, "generator", "digest")
    for entry in shown:
        _entry(root, site, entry)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def of_papers(site: Site, papers: Iterable[Paper]) -> list[Entry]:
    """An entry for each paper, in their order."""
    return [of_paper(site, paper) for paper in papers]


def of_paper(site: Site, paper: Paper) -> Entry:
    """The entry of a paper. It counts as updated when it was first listed: upvotes are no news."""
    moments = [midnight(paper.listed_on)] if paper.listed_on else []
    moments += [paper.published] if paper.published else []
    names = paper.authors[:MOST_AUTHORS]
    return Entry(
        place=paper_path(paper.key),
        title=paper.title.strip() or "Untitled",
        updated=max(moments, default=_BEGINNING),
        published=paper.published,
        authors=(*names, "and others") if len(paper.authors) > len(names) else names,
        categories=paper.categories,
        text=paper.abstract or paper.summary,
        url=web_link(paper.links.best),
    )


def tag(site: Site, name: str) -> str:
    """The tag URI (RFC 4151) that `name`, a path, is known by for good."""
    return f"tag:{site.join_rules.domain},{_SINCE}:{quote(_sound(name), safe='/:?=&%~+,;@!$()*._-')}"


def address(site: Site, place: str) -> str:
    """The whole address of a path here; the path alone where the address of the pages is not known."""
    return f"{site.links.base}{place}"


def stamp(at: datetime) -> str:
    """An instant as RFC 3339 writes it, to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(root: ET.Element, site: Site, entry: Entry) -> None:
    made = ET.SubElement(root, "entry")
    _add(made, "id", tag(site, entry.place))
    _add(made, "title", entry.title)
    _add(made, "updated", stamp(entry.updated))
    if entry.published:
        _add(made, "published", stamp(entry.published))
    _link(made, address(site, entry.place), "alternate", "text/html")
    if entry.url:
        _link(made, entry.url, "related")
    for author in entry.authors:
        _add(ET.SubElement(made, "author"), "name", author)
    for category in entry.categories:
        ET.SubElement(made, "category", {"term": _sound(category)})
    if entry.text:
        _add(made, "summary", entry.text)


def _add(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, name).text = _sound(words)


def _link(parent: ET.Element, href: str, rel: str, media_type: str = "") -> None:
    ET.SubElement(parent, "link", {"rel": rel, **({"type": media_type} if media_type else {}), "href": _sound(href)})


def _sound(words: str) -> str:
    """`words` without characters that XML cannot hold (XML 1.0, 2.2)."""
    return _NOT_XML.sub("", words)
