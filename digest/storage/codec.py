"""Values to JSON and back: what is kept whole and never searched by its parts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from digest.model import WEEKDAYS, Links, Match, Paper, Reject, Rhythm, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXTS = ("abstract", "arxiv_id", "doi", "summary", "thumbnail", "organization", "told_by")
_LISTS = ("authors", "categories", "keywords")
_NUMBERS = ("author_count", "revision")

HAS_ABSTRACT = '{"abstract":"'
"""How the record of a paper with an abstract begins: its keys are sorted, and what is empty is left out."""


def paper_record(paper: Paper) -> str:
    """The JSON of `paper` without what lives in columns of its own: upvotes, comments and sources.

    Equal papers have equal records, and what is empty is left out.
    """
    record: dict[str, Any] = {name: getattr(paper, name) for name in (*_TEXTS, *_LISTS, *_NUMBERS)}
    record["aliases"] = sorted(paper.aliases)
    record["links"] = {name: url for name, url in asdict(paper.links).items() if url}
    record["published"] = paper.published and paper.published.isoformat()
    record["listed_on"] = paper.listed_on and paper.listed_on.isoformat()
    record["standing"] = None if paper.standing is Standing.AUTHORITY else int(paper.standing)
    kept = {name: value for name, value in record.items() if value or value == 0}
    return json.dumps({"key": paper.key, "title": paper.title, **kept}, separators=(",", ":"), sort_keys=True)


def content_hash(record: str) -> str:
    """The name of a record: SHA-256, hexadecimal."""
    return hashlib.sha256(record.encode()).hexdigest()


def paper_from(record: str, *, upvotes: int | None, comments: int | None, sources: Iterable[str]) -> Paper:
    """The paper whose `paper_record` is `record`, with the rest."""
    raw: dict[str, Any] = json.loads(record)
    raw |= {name: tuple(raw[name]) for name in _LISTS if name in raw}
    raw["aliases"] = frozenset(raw.get("aliases", ()))
    raw["links"] = Links(**raw.get("links", {}))
    raw["published"] = datetime.fromisoformat(raw["published"]) if "published" in raw else None
    raw["listed_on"] = date.fromisoformat(raw["listed_on"]) if "listed_on" in raw else None
    raw["standing"] = Standing(raw.get("standing", Standing.AUTHORITY))
    return Paper(**raw, upvotes=upvotes, comments=comments, sources=tuple(sources))


def searched_text(record: str) -> str:
    """What is searched of the paper whose `paper_record` is `record`: all words of it, casefolded."""
    raw: dict[str, Any] = json.loads(record)
    lists = (raw.get(name, ()) for name in _LISTS)
    return "\n".join((raw["title"], raw.get("abstract", ""), *chain.from_iterable(lists))).casefold()


def matches_json(matches: Iterable[Match]) -> list[list[Any]]:
    """Matches as lists: interest, field, count, spans."""
    return [[m.interest, m.field, m.count, [list(span) for span in m.spans]] for m in matches]


def matches_from(raw: Iterable[list[Any]]) -> tuple[Match, ...]:
    """The inverse of `matches_json`."""
    return tuple(
        Match(interest, field, count, tuple((start, end) for start, end in spans))
        for interest, field, count, spans in raw
    )


def rejects_json(rejects: Iterable[Reject]) -> list[list[str]]:
    """Rejects as lists: place, reason, title."""
    return [[r.place, r.reason, r.title] for r in rejects]


def rejects_from(raw: Iterable[list[str]]) -> tuple[Reject, ...]:
    """The inverse of `rejects_json`."""
    return tuple(Reject(place, reason, title) for place, reason, title in raw)


def rhythm_text(rhythm: Rhythm) -> str:
    """The weekdays by name, separated by commas."""
    return ",".join(WEEKDAYS[day] for day in sorted(rhythm.days))


def rhythm_from(text: str) -> Rhythm:
    """The inverse of `rhythm_text`."""
    return Rhythm(frozenset(WEEKDAYS.index(day) for day in text.split(",") if day))
