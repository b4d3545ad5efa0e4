"""Findings about the sources: each is looked at once, politely, and nothing of it is kept."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from digest.doctor.findings import error, note, ok, warning
from digest.errors import NotAFeed, SourceError, Throttled
from digest.model import Snapshot, SourceState
from digest.sources.bounds import Bounds, ReadLimits
from digest.sources.http import HttpSource
from digest.sources.workers import read_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from digest.app import App
    from digest.doctor.findings import Finding
    from digest.model import Entry, SourceSpec
    from digest.sources import Source
    from digest.sources.polite import Politeness

OLD = timedelta(days=14)
SKEW = timedelta(minutes=5)
_BOUNDS = Bounds(connect=10, read=20, total=40, deadline=90)
_LATEST = 3
"""Of a folder with years of snapshots, so many of the latest are read."""


@dataclass(slots=True)
class Look:
    """What a look at a source brought, all its snapshots together."""

    snapshots: int = 0
    entries: int = 0
    rejects: int = 0
    newest: date | None = None
    problems: list[SourceError] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    """By how much our clock is ahead of the host's."""


def ahead(told: str, now: datetime) -> timedelta:
    """By how much `now` is ahead of the time in a Date header; nothing where that is no time."""
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return timedelta(0)
    return now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def no_sources() -> Finding:
    """The finding of a configuration without any."""
    return error("sources", "there are none: no mail will ever have anything in it", "Name some under [[sources]].")


def source_findings(app: App, spec: SourceSpec, polite: Politeness) -> Iterator[Finding]:
    """What comes of a look at one source now."""
    if spec.path == "-":
        yield note(spec.name, "reads standard input; nothing is there to be looked at")
        return
    now = app.clock()
    if spec.url:
        asked = HttpSource(spec, polite, contact=app.config.http.contact, bounds=replace(_BOUNDS, size=spec.max_size))
        seen = look(asked, now)
        seen.ahead = by_host(asked.headers, polite.clock())
    else:
        seen = look(app.sources([spec.name])[0], now)
    yield from judge(spec, seen, now)


def look(source: Source, now: datetime) -> Look:
    """Fetch and read what `source` has at `now`."""
    seen, latest = Look(), deque[Snapshot](maxlen=_LATEST)
    try:
        for fetched in source.fetch(SourceState(source.spec.name), now):
            if isinstance(fetched, Snapshot):
                seen.snapshots += 1
                latest.append(fetched)
    except SourceError as problem:
        seen.problems.append(problem)
    for snapshot in latest:
        _read(snapshot, seen, ReadLimits(source.spec.max_size))
    return seen


def by_host(headers: Mapping[str, str], now: datetime) -> timedelta:
    """By how much `now` is ahead of the host that gave an answer with these headers, just before."""
    # A cache on the way repeats the time at which it was given the answer, and says how long ago that was.
    return ahead(headers["date"], now) if headers.get("date") and "age" not in headers else timedelta(0)


def _read(snapshot: Snapshot, seen: Look, limits: ReadLimits) -> None:
    try:
        reading = read_within(snapshot, limits)
    except SourceError as problem:
        seen.problems.append(problem)
        return
    seen.entries += len(reading.entries)
    seen.rejects += len(reading.rejects)
    days = itertools.chain([reading.listed_on], map(_day, reading.entries), [seen.newest])
    seen.newest = max((day for day in days if day), default=None)


def _day(entry: Entry) -> date | None:
    when = entry.published or entry.updated
    return entry.listed_on or (when.date() if when else None)


def judge(spec: SourceSpec, seen: Look, now: datetime) -> Iterator[Finding]:
    """What a look says about the source and, by the way, about our clock."""
    for problem in seen.problems:
        yield _problem(spec, problem)
    if seen.entries:
        yield _content(spec, seen, now)
    elif not seen.problems:
        yield _nothing(spec, seen)
    if seen.rejects:
        yield warning(
            spec.name,
            f"{seen.rejects} more entries could not be read",
            f"See which: digest sources read {spec.path}" if spec.path else "See digest sources check.",
        )
    if abs(seen.ahead) > SKEW:
        side = "ahead of" if seen.ahead > SKEW else "behind"
        yield warning(
            "clock",
            f"our clock is {_span(seen.ahead)} {side} that of {spec.name}'s host: mail will come at the wrong time",
            "Let the machine set its clock by the network (timedatectl set-ntp true).",
        )


def _span(time: timedelta) -> str:
    """A time for people, in the unit that fits."""
    minutes = round(abs(time) / timedelta(minutes=1))
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"


def _problem(spec: SourceSpec, problem: SourceError) -> Finding:
    if isinstance(problem, Throttled):
        return warning(spec.name, f"asks to be left alone for now: {problem}", "Wait, and look less often (every =).")
    if isinstance(problem, NotAFeed):
        return error(
            spec.name,
            f"is no feed: {problem}",
            f"Look at {problem.place} yourself: the address of a feed often ends in .xml, /rss or /atom, and is not "
            "that of the page; if it is one, name its kind (kind =).",
        )
    return error(spec.name, f"cannot be reached: {problem}", _way_there(spec, problem.reason.lower()))


def _way_there(spec: SourceSpec, reason: str) -> str:
    if spec.path:
        return "Correct the path, or make the folder."
    if "private = true" in reason:
        return 'Correct the url; if the host is one of your own network, write "private = true" under this source.'
    if "not known" in reason or "no address" in reason or "resolution" in reason:
        return "Correct the host in the url; if it is right, this machine has no network or no working DNS."
    if "refused" in reason:
        return "Nothing answers there: correct the url, or have that server started."
    if "http 4" in reason:
        return "Correct the url: the host is there, and says that this page is not, or not for programs."
    return "Open it in a browser. If it is there, something on the way keeps this machine out (firewall, proxy)."


def _content(spec: SourceSpec, seen: Look, now: datetime) -> Finding:
    what = f"{seen.entries} {'entry' if seen.entries == 1 else 'entries'}"
    if seen.newest is None:
        return ok(spec.name, what)
    today = now.astimezone(UTC).date()
    when = {0: "today", 1: "yesterday"}.get((today - seen.newest).days, str(seen.newest))
    what = f"{what}, the newest of {when}"
    if spec.url and today - seen.newest > OLD:
        return warning(
            spec.name, what, "Nothing new for long: has it moved, or does the address stand for one day (write {date})?"
        )
    return ok(spec.name, what)


def _nothing(spec: SourceSpec, seen: Look) -> Finding:
    if spec.path:
        return note(
            spec.name, f"{spec.path} is there, with no snapshot in it yet" if not seen.snapshots else "no entries"
        )
    return note(
        spec.name, "a feed, with no entries at the moment", "arXiv has none on weekends; else see whether that lasts."
    )
