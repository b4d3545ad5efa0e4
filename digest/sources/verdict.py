"""What one look at a source amounted to: the verdict, and a sentence for the person who wonders.

"No new papers" has many causes, and only some of them are good. Each source is held to what it promises
(`expectation`):

==========  ==================================================================================================
weekdays    Hugging Face Daily Papers: a list for each Monday to Friday (UTC), that grows during its day and into
            the next, complete enough to judge by noon UTC
arxiv       arXiv's announcement feeds: Monday to Friday (Eastern time) but for the holidays of `calendar`, there
            at once at midnight Eastern; two hours of grace
any         no promise: such a feed may be silent for as long as it likes
==========  ==================================================================================================

The rules, first that fits:

1. anything that went wrong: throttled, unreachable, not-a-feed
2. entries, but none that can be read: quiet-unexpected
3. new papers: new; partial while the day's list is young
4. revised papers only: unchanged
5. a day off (weekend, holiday, the feed's own skipDays): quiet-expected
6. something new earlier today, or a list for today that holds nothing new: unchanged
7. no promise: unchanged where the bytes are the same, else quiet-expected
8. too early in the day: the same
9. otherwise: quiet-unexpected
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from digest.errors import NotAFeed, SourceError, Throttled
from digest.model import Verdict, iso
from digest.sources.address import host_of
from digest.sources.calendar import day_name, eastern_day, eastern_moment, last_announced, reason_off

if TYPE_CHECKING:
    from digest.model import SourceState

YOUNG = 4
"""A list of today with fewer entries than this has only just begun (of 558 archived days 10 had so few)."""

_ARXIV_FEED = re.compile(r"//rss\.|arxiv\.org/(?:rss|atom|list)/", re.IGNORECASE)
_LISTED_BY = time(12, 0)
_ANNOUNCED_BY = time(2, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a look found, all its snapshots together (where several days are asked for, the counts are of all).

    `unchanged` says that no bytes came that were not known; `listed_on` is the latest day that a snapshot stood
    for; `skip_days` are the weekdays (0 = Monday) on which the feed says that it does not change; `expects` is
    an `expectation`.
    """

    entries: int = 0
    new: int = 0
    revised: int = 0
    rejects: int = 0
    unchanged: bool = False
    listed_on: date | None = None
    first_look: bool = False
    problems: tuple[SourceError, ...] = ()
    cut: tuple[str, ...] = ()
    skip_days: frozenset[int] = frozenset()
    expects: str = "any"


def expectation(kind: str, url: str) -> str:
    """What a source promises: "weekdays", "arxiv" or "any".

    `kind` is that of the source or of the reader that took its snapshot; `url` may be "".
    """
    host = host_of(url)
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return "arxiv" if _ARXIV_FEED.search(url) else "any"
    if kind in ("huggingface", "huggingface-json", "huggingface-html") or (
        host == "huggingface.co" and "papers" in url
    ):
        return "any" if "trending" in url else "weekdays"  # a ranking promises nothing for the day
    return "arxiv" if kind == "arxiv" else "any"


def source_day(expects: str, now: datetime) -> date:
    """The day that it is for a source: Eastern for arXiv, UTC for all others."""
    return eastern_day(now) if expects == "arxiv" else now.astimezone(UTC).date()


def judge(facts: Facts, state: SourceState, now: datetime) -> tuple[Verdict, str]:
    """The verdict on a look at `now`, and its reason for people, one line; what was cut off is named in it.

    `state` is as it was before the look; its `last_new_on` is the `source_day` of the last look with new papers.
    """
    verdict, reason = _judged(facts, state, now)
    return verdict, "; ".join((reason, *facts.cut[:3]))


def _judged(facts: Facts, state: SourceState, now: datetime) -> tuple[Verdict, str]:
    if facts.problems:
        return _failed(facts)
    if facts.rejects and not facts.entries:
        return Verdict.QUIET_UNEXPECTED, f"{_count(facts.rejects, 'entry', 'entries')}, none of which could be read"
    today = source_day(facts.expects, now)
    if facts.new:
        return _news(facts, today, now)
    if facts.revised:
        return Verdict.UNCHANGED, f"no new papers, {facts.revised} revised"
    return _silence(facts, state.last_new_on, today, now)


def _failed(facts: Facts) -> tuple[Verdict, str]:
    """The verdict of the first problem, but a look that was cut short matters more than one file that is no feed."""
    worst = next((p for p in facts.problems if not isinstance(p, NotAFeed)), facts.problems[0])
    detail = str(worst)
    if isinstance(worst, Throttled) and worst.retry_at:
        detail += f"; again after {iso(worst.retry_at)}"
    if len(facts.problems) > 1:
        detail += f" (and {_count(len(facts.problems) - 1, 'more problem', 'more problems')})"
    if facts.new or facts.revised:
        detail += f"; before that {facts.new} new, {facts.revised} revised"
    return _verdict_of(worst), detail


def _verdict_of(problem: SourceError) -> Verdict:
    if isinstance(problem, Throttled):
        return Verdict.THROTTLED
    return Verdict.NOT_A_FEED if isinstance(problem, NotAFeed) else Verdict.UNREACHABLE


def _news(facts: Facts, today: date, now: datetime) -> tuple[Verdict, str]:
    counts = f"{facts.new} new of {_count(facts.entries, 'entry', 'entries')}"
    counts += f", {facts.revised} revised" if facts.revised else ""
    if (
        facts.expects == "weekdays"
        and facts.listed_on == today
        and (_early(facts, today, now) or facts.entries < YOUNG)
    ):
        return Verdict.PARTIAL, f"{counts}; the list of {today} is partial and still growing"
    return Verdict.NEW, counts + _behind(facts, today)


def _silence(facts: Facts, last_new_on: date | None, today: date, now: datetime) -> tuple[Verdict, str]:
    """Rules 5 to 9: no new papers, and nothing went wrong."""
    if off := _day_off(facts, today):
        return Verdict.QUIET_EXPECTED, off
    if last_new_on is not None and last_new_on >= today:
        return Verdict.UNCHANGED, f"nothing new since the papers of {last_new_on}"
    if _listed_already(facts, today):
        return Verdict.UNCHANGED, f"{_count(facts.entries, 'entry', 'entries')}, all known already"
    same = Verdict.UNCHANGED if facts.unchanged else Verdict.QUIET_EXPECTED
    if facts.expects == "any":
        return same, _content(facts)
    if _early(facts, today, now):
        return same, f"nothing listed yet for {today}; {_content(facts)}"
    return (
        Verdict.QUIET_UNEXPECTED,
        f"nothing new on {today}, a {day_name(today)}; {_content(facts)}{_behind(facts, today)}",
    )


def _day_off(facts: Facts, today: date) -> str:
    if facts.expects == "arxiv" and (reason := reason_off(today)):
        return reason
    if facts.expects == "weekdays" and today.weekday() >= 5:
        return f"{day_name(today)}: papers are listed Monday to Friday"
    return f"{day_name(today)}: the feed does not change on this day" if today.weekday() in facts.skip_days else ""


def _listed_already(facts: Facts, today: date) -> bool:
    """Whether there are entries that rightly hold nothing new: today's list, or a first look at known papers.

    The date of an arXiv feed proves nothing: at times it is today's above the entries of the day before.
    """
    listed = facts.expects == "weekdays" and facts.listed_on == today
    return facts.entries > 0 and (listed or facts.first_look)


def _early(facts: Facts, today: date, now: datetime) -> bool:
    """Whether it is too early in the source's day for its list to be there, or complete."""
    if facts.expects == "arxiv":
        return now < eastern_moment(today, _ANNOUNCED_BY)
    return facts.expects == "weekdays" and now < datetime.combine(today, _LISTED_BY, UTC)


def _content(facts: Facts) -> str:
    if facts.entries:
        return f"{_count(facts.entries, 'entry', 'entries')}, all known already"
    return "not modified" if facts.unchanged else "no entries"


def _behind(facts: Facts, today: date) -> str:
    """A remark where an arXiv feed stands for a day before the last one with an announcement."""
    if facts.expects != "arxiv" or facts.listed_on is None or facts.listed_on >= last_announced(today):
        return ""
    return f"; the feed is that of {facts.listed_on}, behind the announcement of {last_announced(today)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
