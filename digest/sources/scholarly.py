"""Answers of bibliographic APIs: JSON of a dozen kinds read by one table of fields, and PubMed's XML.

Known by real answers: bioRxiv and medRxiv, Crossref, OpenAlex, Europe PMC, HAL, DOAJ, Semantic Scholar, OpenAIRE,
Zenodo, Baidu Xueshu, ZooBank, schema.org DataFeed, PubMed efetch. They differ in where the list of records is
(`_LISTS`) and in the names of the fields (`scholarly_fields`); another API of this sort is a line in either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.errors import SourceError, Throttled
from digest.model import Reading
from digest.sources import jsontext
from digest.sources.collecting import collect
from digest.sources.fields import listed, mapping, words
from digest.sources.looks import json_of, refusal
from digest.sources.pubmed import read_pubmed
from digest.sources.scholarly_fields import TITLES, at, is_record, read_record

if TYPE_CHECKING:
    from digest.model import Snapshot

_LISTS = (
    "message.items",
    "message",
    "collection",
    "resultList.result",
    "response.docs",
    "hits.hits",
    "data.paper.paperList",
    "dataFeedElement",
    "results",
    "data",
    "records",
    "papers",
    "items",
)
_WRAPPERS = ("citedPaper", "citingPaper", "paper", "work")
_PUBMED = re.compile(rb"<PubmedArticleSet[\s>]")
_JSON = re.compile(
    rb'"(?:message-type|collection|messages|resultList|responseHeader|response|hits|dataFeedElement|esearchresult'
    rb"|paperList|citingPaperInfo|citedPaper|bibjson|externalIds|paperId|authorships|mainTitle|referenceuuid|hitCount"
    rb'|openalex|numFound|abstract_inverted_index|briefCluster|pageSize|DOI)"\s*:'
)


def sniff(content: bytes, media_type: str) -> bool:
    """Whether the head is JSON with names that only bibliographic APIs use, or PubMed's XML."""
    head = content[:8192].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        return _PUBMED.search(head) is not None
    return head.startswith(b"{") and fits(None, content)


def fits(_answer: object, content: bytes) -> bool:
    """The same of content that is JSON."""
    head = content[:8192]
    return b"jsonfeed.org" not in head and _JSON.search(head) is not None


def read(snapshot: Snapshot) -> Reading:
    """The records of an API's answer, in its order.

    Raises:
        NotAFeed: neither JSON with records nor PubMed's XML; an error answer is given in its own words.
        Throttled: the answer says that requests come too fast.
    """
    if snapshot.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_xml(snapshot)
    return read_answer(snapshot, json_of(snapshot))


def read_answer(snapshot: Snapshot, answer: object) -> Reading:
    """The same of JSON that is parsed; raises the same."""
    found = records(answer)
    if found is None:
        raise _no_records(snapshot, answer)
    entries, rejects = collect(found, read_record)
    return Reading("scholarly", entries, rejects, title=words(mapping(answer).get("name")))


def records(answer: object) -> list[object] | None:
    """The list of records in an API's answer, unwrapped; None where there is none."""
    if isinstance(answer, dict) and is_record(answer) and not isinstance(at(answer, "dataFeedElement"), list):
        return [answer]
    for path in _LISTS:
        found = at(answer, path)
        if isinstance(found, dict) and is_record(found):
            return [found]
        if isinstance(found, list) and (not found or any(is_record(_unwrapped(record)) for record in found[:20])):
            return [_unwrapped(record) for record in found]
    return None


def _unwrapped(record: object) -> object:
    """The record itself where it is wrapped in another object (Semantic Scholar's citations)."""
    inner = (mapping(record).get(name) for name in _WRAPPERS)
    return next((value for value in inner if isinstance(value, dict)), record)


def _read_xml(snapshot: Snapshot) -> Reading:
    try:
        entries, rejects = read_pubmed(snapshot.content)
    except ValueError as error:
        raise refusal(snapshot, str(error)) from None
    return Reading("scholarly", entries, rejects)


def _no_records(snapshot: Snapshot, answer: object) -> SourceError:
    said = jsontext.error_words(answer)
    if said and jsontext.says_throttled(said):
        return Throttled(snapshot.place, f"the source answered: {said}")
    if listed(at(answer, "esearchresult.idlist")):
        return refusal(snapshot, "PubMed's esearch answers with ids only; efetch has the papers")
    if said:
        return refusal(snapshot, f"the source answered with an error: {said}")
    return refusal(snapshot, f"JSON without a list of records ({', '.join(TITLES[:3])}, ...)")
