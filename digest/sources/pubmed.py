"""PubMed's efetch XML (PubmedArticleSet): one part of what `scholarly` reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.model import Entry, Links
from digest.papers.identity import doi
from digest.sources.byline import names
from digest.sources.collecting import collect
from digest.sources.dates import parse_date
from digest.sources.feedtext import TITLE, clean
from digest.sources.xmltext import first_text, markup, texts, tree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from digest.model import Reject

_TRANSLATED = re.compile(r"\A\[([^\[\]]+)\]\.?\Z")  # PubMed puts titles it translated into brackets
_TITLES = ("ArticleTitle", "VernacularTitle")
_DATES = (
    "PubmedData/History/PubMedPubDate[@PubStatus='pubmed']",
    "MedlineCitation/Article/ArticleDate",
    "MedlineCitation/Article/Journal/JournalIssue/PubDate",
)


def read_pubmed(content: bytes) -> tuple[tuple[Entry, ...], tuple[Reject, ...]]:
    """The articles of a PubmedArticleSet, in its order.

    Raises:
        ValueError: no such XML.
    """
    root = tree(content)
    if root.tag != "PubmedArticleSet":
        raise ValueError(f"XML whose first element is <{root.tag[:60]}>")
    return collect(list(root.iterfind("PubmedArticle")), _entry)


def _entry(article: Element, place: str) -> Entry:
    titles = (clean(markup(article, f"MedlineCitation/Article/{name}"), TITLE) for name in _TITLES)
    title = next(filter(None, titles), "")
    if not title:
        raise ValueError("an article without title")
    number = first_text(article, "MedlineCitation/PMID")
    ids = "PubmedData/ArticleIdList/ArticleId"
    named = first_text(article, f"{ids}[@IdType='doi']", "MedlineCitation/Article/ELocationID[@EIdType='doi']")
    return Entry(
        title=_TRANSLATED.sub(r"\1", title),
        abstract=_abstract(article),
        authors=names([_author(a) for a in article.iterfind("MedlineCitation/Article/AuthorList/Author")]),
        categories=_few(texts(article, "MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName")),
        keywords=_few(texts(article, "MedlineCitation/KeywordList/Keyword")),
        links=Links(
            abstract=f"https://pubmed.ncbi.nlm.nih.gov/{number}/" if number.isascii() and number.isdigit() else ""
        ),
        id=f"pmid:{number}" if number else "",
        doi=doi(named) or "",
        published=next(
            filter(None, (_date(article, path) for path in reversed(_DATES[:2]))), _date(article, _DATES[2])
        ),
        place=place,
    )


def _abstract(article: Element) -> str:
    """The abstract's sections, each after its label ("BACKGROUND: ...")."""
    parts = []
    own = article.iterfind("MedlineCitation/Article/Abstract/AbstractText")
    for section in [*own] or article.iterfind("MedlineCitation/OtherAbstract/AbstractText"):
        text = clean(markup(section, "."))
        label = clean(section.get("Label", ""), 100)
        parts.append(f"{label}: {text}" if label and label != "UNLABELLED" else text)
    return clean(" ".join(filter(None, parts)))


def _author(author: Element) -> str:
    given = first_text(author, "ForeName", "Initials")
    person = " ".join(filter(None, (given, first_text(author, "LastName"), first_text(author, "Suffix"))))
    return person or first_text(author, "CollectiveName")


def _date(article: Element, path: str) -> datetime | None:
    """Year, Month ("03" or "Mar") and Day below `path`; the first day where only a month or year is known."""
    parts = [first_text(article, f"{path}/{name}") for name in ("Year", "Month", "Day")]
    known = parts[: parts.index("")] if "" in parts else parts
    if not known and (told := first_text(article, f"{path}/MedlineDate")):  # "2026 May-Jun", "2025 Dec-2026 Jan"
        return parse_date(told)
    return parse_date(("-" if parts[1].isdigit() else " ").join(known)) if known else None


def _few(raw: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(text, 100) for text in raw))[:50]
