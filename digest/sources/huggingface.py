"""Hugging Face Daily Papers as the API answers: a JSON list of ``{"paper": {...}, "numComments": ..., ...}``.

Fields come and go over the years, so every one of them may be missing but the title. Also read: the flat objects of
``/api/papers/<id>``, lists wrapped in an object, and archived lists of Python reprs (see `pyrepr`).

- `listed_on` is ``paper.submittedOnDailyAt``; the outer ``publishedAt`` is *not* used: since 2025 it is the inner one
  minus 4 or 5 hours, so its date is a day early.
- Authors marked ``hidden`` are kept: the mark is their "Show on profile" box, unticked. It takes the paper off
  their own profile page, not their name off the paper (those seen are authors whom Hugging Face has verified).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from digest.errors import SourceError, Throttled
from digest.model import Entry, Links, Reading, Reject
from digest.papers.identity import arxiv_id
from digest.sources import jsontext
from digest.sources.collecting import collect
from digest.sources.dates import parse_date, parse_day
from digest.sources.fields import ABSTRACT, NAME, count, listed, mapping, name_of, names, words
from digest.sources.links import http_url
from digest.sources.looks import json_of, refusal
from digest.sources.pyrepr import read_repr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from digest.model import Snapshot

KIND = "huggingface-json"
TITLE = "Daily Papers"
LISTS = ("dailyPapers", "searchResults")
"""The names under which Hugging Face's own pages hold lists of papers."""

_WRAPPERS = (*LISTS, "papers", "data", "results")
_OWN = frozenset({"upvotes", "ai_summary", "submittedOnDailyAt", "discussionId", "numComments"})
_PAPER_ID = re.compile(r"[\w.-]{1,60}", re.ASCII)


def sniff(content: bytes, media_type: str) -> bool:
    """Whether this is a list of Daily Papers, bare or wrapped; a bare empty list is one (a day without papers)."""
    return fits(jsontext.peek(content), content)


def fits(answer: object, _content: bytes) -> bool:
    """The same of content that is JSON and parsed."""
    papers = papers_in(answer)
    if not papers:
        return answer == [] or any(isinstance(mapping(answer).get(name), list) for name in LISTS)
    return any(map(_fits, papers))


def read(snapshot: Snapshot) -> Reading:
    """The papers of an API answer.

    Raises:
        NotAFeed: no JSON, or JSON without a list of papers; an error answer is given in its own words.
        Throttled: an error answer that asks for fewer requests.
    """
    return read_answer(snapshot, json_of(snapshot))


def read_answer(snapshot: Snapshot, answer: object) -> Reading:
    """The same of content that is parsed; raises the same."""
    papers = papers_in(answer)
    if papers is None:
        raise error_answer(snapshot, answer) or refusal(snapshot, "no list of papers")
    day = _day(answer) or snapshot.listed_on
    entries, rejects = read_papers(papers, day)
    return Reading(KIND, entries, rejects, listed_on=most_listed(entries) or day, title=TITLE)


def papers_in(answer: object) -> list[object] | None:
    """The raw papers of a JSON value: a list, a wrapped list, or one flat paper; None where there are none."""
    if isinstance(answer, list):
        return answer
    wrapper = mapping(answer)
    found = next((wrapper[name] for name in _WRAPPERS if isinstance(wrapper.get(name), list)), None)
    if found is None and _fits(answer):
        return [answer]
    return None if found is None else listed(found)


def read_papers(papers: Sequence[object], day: date | None) -> tuple[tuple[Entry, ...], tuple[Reject, ...]]:
    """Entries and rejects of raw papers; `day` is when they were listed where they do not say it themselves."""
    entries, rejects = collect(papers, partial(_entry, day=day))
    return entries, tuple(_told(reject, papers) for reject in rejects)


def most_listed(entries: Sequence[Entry]) -> date | None:
    """The day on which most of the entries were listed, the latest of several; None where none says it."""
    days = Counter(entry.listed_on for entry in entries if entry.listed_on)
    return max(days, key=lambda day: (days[day], day), default=None)


def error_answer(snapshot: Snapshot, answer: object) -> SourceError | None:
    """The error to raise for an answer such as ``{"error": "..."}``; None where it is none."""
    said = jsontext.error_words(answer)
    if said and jsontext.says_throttled(said):
        return Throttled(snapshot.place, f"the source answered: {said}")
    return refusal(snapshot, f"an error answer: {said}") if said else None


def _fits(item: object) -> bool:
    """Whether a raw paper has the looks of one: nested, flat with a field only Hugging Face has, or a repr."""
    if isinstance(item, str):
        return item.lstrip().startswith(("{'paper'", '{"paper"'))
    fields = mapping(item)
    flat = "title" in fields and "id" in fields and not _OWN.isdisjoint(fields)
    return flat or isinstance(fields.get("paper"), dict)


def _entry(item: object, place: str, day: date | None) -> Entry:
    if isinstance(item, str):
        item, place = read_repr(item), f"{place} (a Python repr, not JSON)"
    if not isinstance(item, dict):
        raise ValueError(f"not an object but {_type(item)}")
    paper = _paper(item)
    title = words(paper.get("title")) or words(item.get("title"), html=True)
    if not title:
        raise ValueError("no title")
    entry = Entry(title, abstract=words(paper.get("summary") or item.get("summary"), limit=ABSTRACT), place=place)
    return _described(_identified(entry, paper), item, paper, day)


def _identified(entry: Entry, paper: dict[str, object]) -> Entry:
    number = words(paper.get("id"), tex=False, limit=NAME)
    found = arxiv_id(number)
    if found:
        links = Links(abstract=f"https://arxiv.org/abs/{found[0]}", pdf=f"https://arxiv.org/pdf/{found[0]}")
        entry = replace(entry, arxiv_id=found[0], version=found[1])
    else:
        links = Links(abstract=f"https://huggingface.co/papers/{number}" if _PAPER_ID.fullmatch(number) else "")
    return replace(
        entry, id=number, links=replace(links, code=_url(paper, "githubRepo"), project=_url(paper, "projectPage"))
    )


def _described(entry: Entry, item: dict[str, object], paper: dict[str, object], day: date | None) -> Entry:
    comments = count(item.get("numComments"))
    organization = name_of(_organization(paper) or _organization(item))
    return replace(
        entry,
        authors=names(paper.get("authors")),
        published=parse_date(words(paper.get("publishedAt"))),
        listed_on=parse_day(words(paper.get("submittedOnDailyAt"))) or day,
        upvotes=count(paper.get("upvotes")),
        comments=count(paper.get("numComments")) if comments is None else comments,
        summary=words(paper.get("ai_summary"), limit=ABSTRACT),
        keywords=names(paper.get("ai_keywords"), most=100),
        thumbnail=_url(item, "thumbnail"),
        organization=words(organization, tex=False, limit=NAME),
    )


def _paper(item: dict[str, object]) -> dict[str, object]:
    return mapping(item["paper"]) if isinstance(item.get("paper"), dict) else item


def _organization(fields: dict[str, object]) -> object:
    """The organisation of a paper; its full name goes before its account name."""
    found = fields.get("organization")
    return (mapping(found).get("fullname") or found) if isinstance(found, dict) else found


def _url(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    return http_url(value) if isinstance(value, str) else ""


def _told(reject: Reject, papers: Sequence[object]) -> Reject:
    """A reject with what can be seen of the raw paper: its id in the place, and its title."""
    item = mapping(papers[int(reject.place.split()[1]) - 1])
    number = words(_paper(item).get("id"), tex=False, limit=60)
    title = words(_paper(item).get("title") or item.get("title"), limit=200)
    return replace(reject, place=f"{reject.place} ({number})" if number else reject.place, title=title)


def _day(answer: object) -> date | None:
    return parse_day(words(mapping(answer).get("date")))


def _type(value: object) -> str:
    kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
