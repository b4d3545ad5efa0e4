"""Trying interests out on papers at hand: what does one find, what goes with it, and what looks wrong with it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.model import InterestKind
from digest.ranking.advice import Bench
from digest.ranking.past import Past
from digest.ranking.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from digest.model import Interest, Paper

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """What one interest does to some papers.

    Attributes:
        interest: the interest that was tried.
        hits: how many of the papers it hits.
        papers: how many papers there are.
        examples: titles of papers that it hits, the strongest first.
        weeks: the ISO weeks ("2026-W21") from the first to the last that brought papers, with its hits in each.
        goes_with: the words that go with it and their weights, 0..1, the strongest first; they lend a paper score.
        found_as: what acronyms in it stand for, and the acronyms for it: it is found in these forms, too.
        warnings: what looks wrong with it, one clause each.
    """

    interest: Interest
    hits: int
    papers: int
    examples: tuple[str, ...] = ()
    weeks: tuple[tuple[str, int], ...] = ()
    goes_with: tuple[tuple[str, float], ...] = ()
    found_as: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check(
    interests: Iterable[Interest],
    papers: Sequence[Paper],
    past: Past | None = None,
    days: Mapping[str, date] | None = None,
) -> list[Check]:
    """One `Check` for each interest, in order; some warnings are about two of them.

    Args:
        interests: what is tried.
        papers: the papers to try it on, with distinct keys.
        past: what is known from before.
        days: the day that each paper counts on, by its key; a paper without one is in no week.
    """
    asked, past = tuple(interests), past or Past()
    bench = Bench(papers, past, asked)
    weeks = _weeks((days or {}).values())
    return [_check(interest, bench, past, days or {}, weeks) for interest in asked]


def day(paper: Paper, first_seen: date, since: date) -> date:
    """The day that a paper counts on: when it was listed, or else published, or else first seen.

    Feeds also bring papers of long ago: a day before `since`, or after it was seen, does not count.
    """
    told = paper.listed_on or (paper.published.date() if paper.published else None)
    return told if told and since <= told <= first_seen else first_seen


def _check(interest: Interest, bench: Bench, past: Past, days: Mapping[str, date], weeks: Iterable[str]) -> Check:
    hits = bench.hits(interest)
    counts = dict.fromkeys(weeks, 0)
    for paper in hits:
        if paper.key in days:
            counts[_week(days[paper.key])] += 1
    return Check(
        interest,
        len(hits),
        len(bench.papers),
        tuple(paper.title for paper in hits[:EXAMPLES]),
        tuple(counts.items()),
        () if interest.excluded else _goes_with(past.expansions.get(interest.term, {})),
        _found_as(interest, past),
        tuple(bench.warnings(interest)),
    )


def _week(when: date) -> str:
    year, week, _ = when.isocalendar()
    return f"{year}-W{week:02}"


def _weeks(days: Iterable[date]) -> list[str]:
    """Every ISO week from that of the first day to that of the last, in order."""
    known = sorted(days)
    if not known:
        return []
    monday = known[0] - timedelta(days=known[0].weekday())
    return [_week(monday + timedelta(weeks=n)) for n in range((known[-1] - monday).days // 7 + 1)]


def _goes_with(words: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(words.items(), key=lambda pair: (-pair[1], pair[0])))


def _found_as(interest: Interest, past: Past) -> tuple[str, ...]:
    if interest.kind not in (InterestKind.WORDS, InterestKind.PHRASE):
        return ()
    aliases = (alias for alias in compiled(interest, past.glossary).aliases if alias.units)
    return tuple(dict.fromkeys(" ".join(word.surface for word in alias.words) for alias in aliases))
