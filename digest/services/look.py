"""Look at a source: fetch, read, diff, ingest, and the verdict of it all."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from digest.errors import NotAFeed, SourceError, StorageError, Throttled, Unreachable
from digest.model import Freshness, Look, Reject, SourceState
from digest.papers.authority import provenance_of
from digest.papers.diff import diff, lookups
from digest.sources import NotModified
from digest.sources.bounds import DEFAULT_LIMITS, ReadLimits
from digest.sources.verdict import Facts, expectation, judge, source_day
from digest.sources.workers import read_within

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.model import Change, Reading, Snapshot
    from digest.sources import Source
    from digest.storage import Store
    from digest.storage.ingest import Ingest

log = logging.getLogger("digest.look")

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
LEAD = timedelta(minutes=10)
"""So long before an edition a source is polled once more, whatever it said of the time until its next news."""
HURRY = timedelta(hours=1)
"""So long after an edition was due, a source that fails is tried again every `FIRST_RETRY`."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one snapshot brought: `changes` is empty where these very bytes were ingested before."""

    snapshot_id: int
    reading: Reading
    changes: tuple[Change, ...] = ()
    repeated: bool = False

    def count(self, freshness: Freshness) -> int:
        """How many papers came out as `freshness`."""
        return sum(change.freshness is freshness for change in self.changes)


@dataclass(slots=True)
class LookResult:
    """A look as stored, with what a person may want to see of it beyond the counts."""

    look: Look
    rejects: tuple[Reject, ...] = ()
    problems: tuple[SourceError, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the look failed, or some part of it."""
        return self.look.verdict.failed or bool(self.problems)


@dataclass(slots=True)
class _Tally:
    """What has been seen of a source during one look."""

    ingested: list[Ingested] = field(default_factory=list)
    not_modified: int = 0
    quiet_until: list[datetime] = field(default_factory=list)
    problems: list[SourceError] = field(default_factory=list)

    def count(self, freshness: Freshness) -> int:
        return sum(i.count(freshness) for i in self.ingested)

    @property
    def entries(self) -> int:
        return sum(len(i.reading.entries) for i in self.ingested)

    @property
    def rejects(self) -> tuple[Reject, ...]:
        return tuple(reject for i in self.ingested for reject in i.reading.rejects)

    @property
    def listed_on(self) -> date | None:
        return max((i.reading.listed_on for i in self.ingested if i.reading.listed_on), default=None)


def ingest(
    store: Store, snapshot: Snapshot, limits: ReadLimits = DEFAULT_LIMITS, max_new: int | None = None
) -> Ingested:
    """Read a snapshot and store what it changes, in one transaction.

    Reading happens before the transaction, which is held by one process at a time.

    Args:
        limits: what reading may cost.
        max_new: how many papers the source may make known in a day (UTC); those beyond are a reject.

    Raises:
        NotAFeed, Throttled: the bytes hold no entries that could be read.
    """
    reading = read_within(snapshot, limits)
    with store.ingesting() as work:
        before = work.snapshot_id(snapshot.source, snapshot.sha256)
        if before is not None:
            return Ingested(before, reading, repeated=True)
        known = work.known(*lookups(reading.entries, snapshot.source))
        changes = tuple(diff(reading.entries, snapshot.source, known, provenance_of(snapshot, reading)))
        if max_new is not None:
            changes, reading = _within_quota(work, snapshot, changes, reading, max_new)
        return Ingested(work.add(snapshot, reading, changes), reading, changes)


def _within_quota(
    work: Ingest, snapshot: Snapshot, changes: tuple[Change, ...], reading: Reading, max_new: int
) -> tuple[tuple[Change, ...], Reading]:
    """The changes without the new papers beyond `max_new` of the snapshot's day, and the reading that says so."""
    day = snapshot.taken_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    new = [change for change in changes if not change.known]
    room = max(0, max_new - work.papers_since(snapshot.source, day)) if new else 0
    if len(new) <= room:
        return changes, reading
    cut = {id(change) for change in new[room:]}
    reason = f"{len(cut):,} papers beyond the {max_new:,} new ones of a day were left out (max_new of the source)"
    rejects = (*reading.rejects, Reject(new[room].entries[0].place, reason, count=len(cut)))
    return tuple(change for change in changes if id(change) not in cut), replace(reading, rejects=rejects)


def look_at(store: Store, source: Source, now: datetime) -> LookResult:
    """Look at `source` once; whatever happens, the look is stored with its verdict.

    A snapshot that is no feed does not stop the snapshots after it. A place in the web that asks for fewer
    requests is asked for nothing more; a file that says so is a file like any other. An error that nobody foresaw is
    a failure of this source as any other, with its back-off.

    That it begins is written first: a source of which the process dies is polled once more at once, as it may have
    been the process, and then less and less often (`unfinished`).

    Raises:
        StorageError: the outcome cannot be stored.
    """
    state, at_the_earliest = unfinished(store.source_state(source.spec.name), now)
    store.begin_poll(state.name, now, state.failures, at_the_earliest)
    tally = _fetch_all(store, source, state, now)
    facts = _facts(source, state, tally)
    verdict, detail = judge(facts, state, now)
    look = Look(
        source=source.spec.name,
        at=now,
        verdict=verdict,
        entries=tally.entries,
        new=facts.new,
        revised=facts.revised,
        rejects=len(tally.rejects),
        detail=detail,
    )
    edition = store.next_due()
    today = source_day(facts.expects, now)
    store.save_look(look, _next_state(source, state, tally, look, today, edition[1] if edition else None))
    log.info(
        "look source=%s verdict=%s entries=%d new=%d revised=%d rejects=%d detail=%r",
        *(look.source, look.verdict.value, look.entries, look.new, look.revised, look.rejects, look.detail),
    )
    return LookResult(look, tally.rejects, tuple(tally.problems))


def unfinished(state: SourceState, now: datetime) -> tuple[SourceState, datetime]:
    """The state from which a poll at `now` begins, and when to poll again if it never ends.

    A poll before it that never ended counts as one more failure.
    """
    if state.begun_at is None:
        return state, now
    more = replace(state, failures=state.failures + 1, failing_since=state.failing_since or state.begun_at)
    return more, now + min(_doubled(state.failures), LONGEST_RETRY)


def _fetch_all(store: Store, source: Source, state: SourceState, now: datetime) -> _Tally:
    tally, place = _Tally(), source.spec.shown
    limits, max_new = ReadLimits(source.spec.max_size), source.spec.max_new if source.spec.url else None
    try:
        for fetched in source.fetch(state, now):
            if isinstance(fetched, NotModified):
                tally.not_modified += 1
                tally.quiet_until.append(fetched.fresh_until or now)
                continue
            try:
                tally.ingested.append(ingest(store, fetched, limits, max_new))
                tally.quiet_until.append(_quiet_until(fetched, tally.ingested[-1].reading))
            except StorageError as failure:
                tally.problems.append(Unreachable(fetched.place, f"cannot be stored: {failure}"))
                break
            except SourceError as problem:
                tally.problems.append(problem)
                if isinstance(problem, Throttled) and source.spec.url:
                    break
            except Exception as bug:
                tally.problems.append(NotAFeed(fetched.place, _unforeseen("cannot be read", bug)))
    except SourceError as problem:
        tally.problems.append(problem)
    except Exception as bug:
        tally.problems.append(Unreachable(place, _unforeseen("cannot be fetched", bug)))
    return tally


def _quiet_until(snapshot: Snapshot, reading: Reading) -> datetime:
    """Until when nothing new is to be expected, by what the answer and the feed say."""
    told = (snapshot.fresh_until, reading.quiet_until)
    return max([snapshot.taken_at, *(moment for moment in told if moment)])


def _unforeseen(what: str, bug: Exception) -> str:
    """The reason of a failure that is a bug of ours, whose traceback is logged."""
    log.error("%s: %s", what, type(bug).__name__, exc_info=bug)
    return f"{what}, by an error in digest: {type(bug).__name__}: {bug}"[:500]


def _facts(source: Source, state: SourceState, tally: _Tally) -> Facts:
    fresh = [i for i in tally.ingested if not i.repeated]
    skip_days = frozenset[int]().union(*(i.reading.skip_days for i in tally.ingested))
    kind = tally.ingested[-1].reading.kind if tally.ingested else source.spec.kind
    return Facts(
        entries=tally.entries,
        new=tally.count(Freshness.NEW),
        revised=tally.count(Freshness.REVISED),
        rejects=len(tally.rejects),
        unchanged=not fresh,
        listed_on=tally.listed_on,
        first_look=state.last_verdict is None,
        problems=tuple(tally.problems),
        cut=tuple(reject.reason for reject in tally.rejects if reject.count > 1),
        skip_days=skip_days,
        expects=expectation(kind, source.spec.url),
    )


def _next_state(
    source: Source, state: SourceState, tally: _Tally, look: Look, today: date, wanted_at: datetime | None
) -> SourceState:
    failed = look.verdict.failed
    answered = bool(tally.entries or tally.not_modified)  # in part, at least
    # A web answer that was no feed must be asked for again in full, so its ETag is not kept.
    keep_old = bool(tally.problems) and bool(source.spec.url)
    return SourceState(
        name=state.name,
        next_poll_at=_next_poll(source.spec.every, state.failures, look, tally, wanted_at),
        failures=state.failures + 1 if failed else 0,
        validators=state.validators if keep_old else source.validators,
        last_verdict=look.verdict,
        last_new_on=today if look.new else state.last_new_on,
        last_error="; ".join(str(p) for p in tally.problems),
        failing_since=(state.failing_since or look.at) if failed and not answered else None,
    )


def _next_poll(every: int, failures: int, look: Look, tally: _Tally, wanted_at: datetime | None) -> datetime:
    """After a failure sooner than usual, but backing off; never before the source allows it.

    The back-off does not go past `wanted_at`, when the next edition is due, and is short while that edition waits.
    While all that was fetched says that nothing new is to be expected (see `sources.freshness`), it is left alone,
    but for a poll `LEAD` before that edition: so that no day's papers come a day late.
    """
    following = look.at + timedelta(seconds=every)
    if tally.quiet_until:
        latest = wanted_at - LEAD if wanted_at and wanted_at > look.at else look.at + LONGEST_RETRY
        following = max(following, min(*tally.quiet_until, latest))
    if look.verdict.failed:
        soonest = look.at + FIRST_RETRY
        following = min(look.at + _doubled(failures), max(following, soonest), look.at + LONGEST_RETRY)
        if wanted_at is not None and look.at < wanted_at + HURRY:
            following = min(following, max(wanted_at, soonest))
    allowed = [p.retry_at for p in tally.problems if isinstance(p, Throttled) and p.retry_at]
    return max([following, *allowed])


def _doubled(failures: int) -> timedelta:
    return FIRST_RETRY * float(2 ** min(failures, 10))
