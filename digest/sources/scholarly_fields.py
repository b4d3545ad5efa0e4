"""One record of a bibliographic API: where each field may stand, in one table for all of them.

A path names nested objects by dots; a list on the way stands for its first member. The first path that gives
anything wins, so a name that several APIs use stands once, the more telling before the less telling.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from digest.model import Entry, Links
from digest.papers.identity import arxiv_id, doi
from digest.sources.byline import feed_authors, names, turned
from digest.sources.dates import parse_date
from digest.sources.feedtext import ABSTRACT, TITLE, clean
from digest.sources.fields import listed, mapping, words
from digest.sources.links import http_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

TITLES = (
    "title",
    "title_s",
    "mainTitle",
    "bibjson.title",
    "metadata.title",
    "display_name",
    "item.name.en",
    "item.name",
    "name",
    "original-title",
    "project.project-title.title",
)
ABSTRACTS = (
    "abstract",
    "abstractText",
    "abstract_s",
    "bibjson.abstract",
    "metadata.description",
    "descriptions",
    "item.description.en",
    "item.description",
    "description",
)
AUTHORS = (
    "authorList.author",
    "authorships",
    "authors",
    "author",
    "authFullName_s",
    "bibjson.author",
    "metadata.creators",
    "creators",
    "item.author",
    "authorString",
    "authorlist",
)
DOIS = ("doi", "DOI", "externalIds.DOI", "doiId_s", "item.doi", "metadata.doi", "ids.doi")
TYPED_IDS = ("bibjson.identifier", "pids", "identifiers")
ARXIV = ("externalIds.ArXiv", "arxivId_s", "arxiv_id", "doi", "DOI", "ids.arxiv")
PAGES = (
    "primary_location.landing_page_url",
    "links.self_html",
    "uri_s",
    "resource.primary.URL",
    "URL",
    "fullTextUrlList.fullTextUrl.url",
    "bibjson.link.url",
    "url",
    "item.url",
    "instances.urls",
    "sourceList.url",
)
PDFS = ("openAccessPdf.url", "primary_location.pdf_url", "best_oa_location.pdf_url", "fileMain_s", "item.pdf")
PUBLISHED = (
    "date",
    "published",
    "publicationDate",
    "publication_date",
    "firstPublicationDate",
    "metadata.publication_date",
    "producedDate_s",
    "issued",
    "datePublished",
    "item.datePublished",
    "created_date",
    "publicationDateY_i",
    "publishYear",
    "year",
    "bibjson.year",
)
CATEGORIES = ("category", "fieldsOfStudy", "topics", "subject", "subjects", "bibjson.subject", "domain_s")
KEYWORDS = ("keywordList.keyword", "keywords", "keyword_s", "bibjson.keywords", "metadata.keywords")
IDS = ("paperId", "pmid", "halId_s", "id", "referenceuuid")

_UNKNOWN = re.compile(r"\A(\d{4}(?:-(?!00)\d\d)?)-00\b.*", re.ASCII | re.DOTALL)
_NAMES = ("display_name", "fullName", "name", "label", "value", "term", "subject.value", "subject", "raw_author_name")


def is_record(value: object) -> bool:
    """Whether `value` describes a work: an object with a title and one more thing that works have."""
    if not isinstance(value, dict) or not _first(value, TITLES):
        return False
    return any(at(value, path) not in (None, "", []) for path in chain(AUTHORS, ABSTRACTS, DOIS, PUBLISHED))


def read_record(record: object, place: str) -> Entry:
    """The entry of one record.

    Raises:
        ValueError: no object, or one without a title.
    """
    told = mapping(record)
    title = _first(told, TITLES)
    if not title:
        raise ValueError("a record without title")
    named = next(filter(None, (doi(text) for text in _dois(told))), None) or ""
    arxiv = next(filter(None, (arxiv_id(_text(at(told, path))) for path in ARXIV if at(told, path))), None)
    page = _url(told, PAGES) or (f"https://doi.org/{named}" if named else "")
    return Entry(
        title=title,
        abstract=_abstract(told),
        authors=_authors(told),
        categories=_labels(told, CATEGORIES),
        keywords=_labels(told, KEYWORDS),
        links=Links(abstract=f"https://arxiv.org/abs/{arxiv[0]}" if arxiv and not page else page, pdf=_url(told, PDFS)),
        id=_first(told, IDS, 500) or named,
        arxiv_id=arxiv[0] if arxiv else "",
        doi=named,
        version=_version(told),
        published=next(filter(None, (_date(at(told, path)) for path in PUBLISHED)), None),
        place=place,
    )


def at(value: object, path: str) -> object:
    """What stands at a dotted `path` below `value`, a list on the way standing for its first member; or None."""
    for name in path.split("."):
        value = value[0] if isinstance(value, list) and value else value
        value = mapping(value).get(name)
    return value


def _text(value: object) -> str:
    """The text of a field: a string or number, or the first of a list of them, or a text by language ("en")."""
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("en", next(iter(value.values()), "")) if isinstance(value, dict) else value
    return value if isinstance(value, str) else words(value)


def _first(record: dict[str, object], paths: tuple[str, ...], limit: int = TITLE) -> str:
    return next(filter(None, (clean(_text(at(record, path)), limit) for path in paths)), "")


def _abstract(record: dict[str, object]) -> str:
    if inverted := mapping(record.get("abstract_inverted_index")):
        return clean(_uninverted(inverted))
    return _first(record, ABSTRACTS, ABSTRACT)


def _uninverted(index: dict[str, object]) -> str:
    """OpenAlex's abstract: ``{"word": [positions]}`` put back into order."""
    placed = [
        (position, word)
        for word, positions in index.items()
        for position in listed(positions)[:2000]
        if isinstance(position, int)
    ]
    return " ".join(word for _, word in sorted(placed)[:5000])


def _authors(record: dict[str, object]) -> tuple[str, ...]:
    for path in AUTHORS:
        found = at(record, path)
        if isinstance(found, list) and (people := names([_person(member) for member in found])):
            return people
        if isinstance(found, str) and (people := feed_authors(found)):
            return people
    return ()


def _person(member: object) -> str:
    """One author: a name, or an object with a whole name or its parts (Crossref, Europe PMC, OpenAlex, ...)."""
    if isinstance(member, list):
        member = member[0] if member else ""
    if not isinstance(member, dict):
        return turned(words(member))
    member = {**member, **mapping(member.get("author"))}
    parts = (("given", "family"), ("firstName", "lastName"), ("givenname", "familyname"))
    pairs = (" ".join(filter(None, map(words, map(member.get, pair)))) for pair in parts)
    whole = next(filter(None, (words(member.get(name)) for name in ("fullName", *_NAMES))), "")
    return next((pair for pair in pairs if pair), "") or turned(whole)


def _dois(record: dict[str, object]) -> Iterator[str]:
    """Candidates for the DOI, the plain fields first, then lists of typed ids (``{"type": "doi", "id": ...}``)."""
    yield from filter(None, (_text(at(record, path)) for path in DOIS))
    for path in TYPED_IDS:
        for typed in map(mapping, listed(at(record, path))[:50]):
            if "doi" in (words(typed.get("type")).lower(), words(typed.get("scheme")).lower()):
                yield words(typed.get("id")) or words(typed.get("value"))


def _url(record: dict[str, object], paths: tuple[str, ...]) -> str:
    return next(filter(None, (http_url(_text(at(record, path))) for path in paths)), "")


def _labels(record: dict[str, object], paths: tuple[str, ...]) -> tuple[str, ...]:
    """Names of a list of strings or objects, or the one string."""
    for path in paths:
        found = at(record, path)
        members = listed(found)[:100] or ([found] if isinstance(found, str) else [])
        told = (_label(member) for member in members)
        if labels := tuple(dict.fromkeys(filter(None, told)))[:50]:
            return labels
    return ()


def _label(member: object) -> str:
    if isinstance(member, dict):
        return next(filter(None, (clean(_text(at(member, path)), 100) for path in _NAMES)), "")
    return clean(_text(member), 100)


def _version(record: dict[str, object]) -> int | None:
    """bioRxiv's and medRxiv's count of versions; other APIs' "version" is something else."""
    told = words(record.get("version")) if "server" in record else ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else None


def _date(value: object) -> datetime | None:
    """A date as text, as a year, or as Crossref's ``{"date-parts": [[2024, 12, 22]]}``; a month or day of 00 is cut."""
    parts = listed(at(value, "date-parts")) if isinstance(value, dict) else []
    text = "-".join(words(part) for part in listed(parts[0])[:3]) if parts else _text(value)
    return parse_date(_UNKNOWN.sub(r"\1", text[:100])) if text else None
