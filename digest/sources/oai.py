"""OAI-PMH 2.0 answers (ListRecords, GetRecord) in arXiv's formats arXiv and arXivRaw, in Dublin Core, and in
any other format that uses the names of Dublin Core (DataCite, those of single publishers).

http://www.openarchives.org/OAI/openarchivesprotocol.html, sections 2.5, 3.6 and 4.5. A datestamp is the day of the
record's last change, which is the only date by which a repository can be harvested: it becomes `listed_on`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from digest.errors import NotAFeed
from digest.model import Entry, Links, Reading
from digest.papers.identity import arxiv_id, doi
from digest.sources.byline import arxiv_authors, element_authors, names
from digest.sources.collecting import collect
from digest.sources.dates import parse_date, parse_day
from digest.sources.feedtext import TITLE, clean
from digest.sources.links import http_url
from digest.sources.looks import refusal
from digest.sources.xmltext import first_text, markup, markups, texts, tree

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from digest.model import Snapshot

_NAMES = ("name", "creatorName", "authorName", "namePart", "displayName")
_ROOT = re.compile(rb"<(?:\w{1,20}:)?OAI-PMH[\s>]")


def sniff(content: bytes, media_type: str) -> bool:
    """Whether the root element is OAI-PMH."""
    return _ROOT.search(content[:4096]) is not None


def read(snapshot: Snapshot) -> Reading:
    """The records of an OAI-PMH answer; a deleted record is a reject, an answer without records an empty reading.

    Raises:
        NotAFeed: not OAI-PMH, or its error element other than noRecordsMatch (with its words).
        Throttled: the content says that requests come too fast.
    """
    try:
        root = tree(snapshot.content)
    except ValueError as error:
        raise refusal(snapshot, str(error)) from None
    if root.tag != "OAI-PMH":
        raise refusal(snapshot)
    _refuse_errors(snapshot.place, root)
    entries, rejects = collect(list(root.iterfind("*/record")), _entry)
    return Reading("oai-pmh", entries, rejects)


def _refuse_errors(place: str, root: Element) -> None:
    """Raise the repository's error; that there is nothing in the period asked for is none."""
    for told in root.iterfind("error"):
        code = told.get("code", "")
        if code != "noRecordsMatch":
            words = clean(f"{code} {''.join(told.itertext())}", 300)
            raise NotAFeed(place, f"the repository answered with an error: {words}")


def _entry(record: Element, place: str) -> Entry:
    header = record.find("header")
    if header is not None and header.get("status") == "deleted":
        raise ValueError("a deleted record")
    described = record.find("metadata/*")
    if described is None:
        raise ValueError("a record without metadata")
    told = _arxiv(described) if described.tag in ("arXiv", "arXivRaw") else _described(described)
    title = clean(markup(described, ".//title"), TITLE)
    if not title:
        raise ValueError("a record without title")
    listed = parse_day(first_text(record, "header/datestamp")[:10])
    return Entry(
        title=title, listed_on=listed, place=place, **_identified(first_text(record, "header/identifier"), told)
    )


def _arxiv(record: Element) -> dict[str, Any]:
    """The fields of arXiv's own formats: authors in elements (arXiv) or one string (arXivRaw)."""
    dates = [moment for text in texts(record, "version/date") if (moment := parse_date(text))]
    number = first_text(record, "id")
    return {
        "abstract": clean(markup(record, "abstract")),
        "authors": names([_author(a) for a in record.iterfind("authors/author")])
        or arxiv_authors(first_text(record, "authors")),
        "categories": tuple(dict.fromkeys(first_text(record, "categories").split()))[:50],
        "id": number,
        "doi": first_text(record, "doi"),
        "version": _version(record),
        "published": parse_date(first_text(record, "created")) or next(iter(dates), None),
        "updated": parse_date(first_text(record, "updated")) or next(iter(dates[1:][::-1]), None),
    }


def _author(author: Element) -> str:
    given = first_text(author, "forenames")
    return " ".join(filter(None, (given, first_text(author, "keyname"), first_text(author, "suffix"))))


def _version(record: Element) -> int | None:
    numbers = [version.get("version", "").removeprefix("v") for version in record.iterfind("version")]
    return max((int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 4), default=None)


def _described(record: Element) -> dict[str, Any]:
    """The fields of Dublin Core, of formats that nest its names (DataCite, a publisher's own), or of both.

    The longest description is the abstract unless one is called so, the others are comments; one that names what the
    work is part of is none.
    """
    identifiers = [*texts(record, ".//identifier"), *texts(record, "relation"), *texts(record, ".//doi")]
    dates = _dates(record)
    whole = " ".join((*texts(record, ".//relation"), *texts(record, ".//source"), *texts(record, ".//publisher")))
    told = map(clean, markups(record, ".//abstract") or markups(record, ".//description"))
    abstracts = [text for text in told if text.partition(";")[0].strip() not in clean(whole)]
    return {
        "abstract": max(abstracts, key=len, default=""),
        "authors": element_authors(_people(record)),
        "categories": tuple(dict.fromkeys(clean(text, 100) for text in texts(record, ".//subject")))[:50],
        "id": next((text for text in identifiers if arxiv_id(text)), ""),
        "doi": next((text for text in identifiers if doi(text)), ""),
        "url": next(filter(None, map(http_url, identifiers)), ""),
        "published": min(dates, default=None),
        "updated": max(dates) if len(dates) > 1 else None,
    }


def _people(record: Element) -> list[str]:
    """The names of creators, which stand in them or in an element of theirs beside an affiliation."""
    people = [*record.iterfind(".//creator")] or [*record.iterfind(".//author")]
    return [first_text(one, *_NAMES) or " ".join("".join(one.itertext()).split()) for one in people]


def _dates(record: Element) -> list[datetime]:
    """The dates of a work; a year alone only where nothing tells more."""
    told = [text for name in ("date", "issued", "created", "available") for text in texts(record, f".//{name}")]
    exact = [text for text in told if len(text) > 4]
    return [moment for text in exact or told or texts(record, ".//publicationYear") if (moment := parse_date(text))]


def _identified(identifier: str, told: dict[str, Any]) -> dict[str, Any]:
    """`told` with its ids in the model's form: arXiv's without version, DOIs bare, links to match."""
    url, number = told.pop("url", ""), told.pop("id")
    found = next(filter(None, map(arxiv_id, filter(None, (number, identifier)))), None)
    told["version"] = told.get("version") or (found[1] if found else None)
    told["doi"] = doi(told["doi"]) or ""
    if not found:
        return {**told, "id": clean(identifier, 500), "links": Links(abstract=url)}
    paper = found[0]
    links = Links(abstract=f"https://arxiv.org/abs/{paper}", pdf=f"https://arxiv.org/pdf/{paper}")
    version = told["version"]
    return {**told, "id": f"{paper}v{version}" if version else paper, "arxiv_id": paper, "links": links}
