"""One tick: doubt the clock; forget what need not be kept; poll the sources that are due; deliver what is due already,
letters first; drop what has ended in the outbox; learn, and publish for the subscribers due; deliver that.

Each step stands alone: what one leaves undone, the next tick finds in the due columns. Polls run beside all of it: in
a service nothing waits for them but editions, as `editions.waiting` says, and a poll that ends brings the next tick;
a tick by itself waits for polls, and makes late editions in the end.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from digest.editions.waiting import Wait, waits_for
from digest.services.deliver import deliver_due, tidy
from digest.services.guard import Guard
from digest.services.polling import SourcePolling, standings
from digest.services.publish import HeldBack, Published, publish_due
from digest.services.round import Delivered
from digest.services.timekeeping import Timekeeper, heed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.editions.waiting import SourceStanding
    from digest.mail.transports import Transport
    from digest.model import SourceState, Subscriber
    from digest.ranking import Ranker
    from digest.services.letters import LetterWriter
    from digest.services.look import LookResult
    from digest.services.pace import Pace
    from digest.services.publish import PublishRules
    from digest.services.round import DeliveryRules
    from digest.sources import Source
    from digest.storage import Store

log = logging.getLogger("digest.tick")

_BREATH = 0.5
"""Seconds after which a tick that waits for polls asks again whether to."""

KEEP_BOUNCES = timedelta(days=180)
"""How long the bad news of an address is kept; no rule of scoring looks back further."""


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that one tick works with, wired by `digest.app`.

    `keep_snapshots` is how long the bytes of a snapshot are kept for looking into. `pace` is kept from tick to
    tick; `deliver_for` bounds the delivering of one tick, so that a slow pace does not hold up the next editions.
    """

    store: Store
    sources: Sequence[Source]
    ranker: Ranker
    publish_rules: PublishRules
    transports: Callable[[], Transport]
    letters: LetterWriter
    delivery_rules: DeliveryRules
    keep_snapshots: timedelta
    pace: Pace | None = None
    timekeeper: Timekeeper = field(default_factory=Timekeeper)
    deliver_for: timedelta | None = None


@dataclass(slots=True)
class TickSummary:
    """What one tick did: `waiting` are the sources not due yet, `held` the subscribers whose edition waits for sources;
    `template_faults` are those for which built-in templates had to stand in."""

    looks: list[LookResult] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    held: list[tuple[Subscriber, Wait]] = field(default_factory=list)
    delivered: Delivered = field(default_factory=Delivered)
    guard: Guard = field(default_factory=Guard)
    template_faults: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether some part failed, so that the exit code should say so."""
        sources = any(result.failed for result in self.looks)
        mail = self.delivered
        lost = mail.outage or mail.failures or mail.expired or mail.alarms
        return sources or bool(lost or self.guard.failures or self.template_faults)


def tick(
    line: Line,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda _step: None,
    stop: Callable[[], bool] = lambda: False,
    polling: SourcePolling | None = None,
) -> TickSummary:
    """Do once all that is due by `clock`; `progress` hears of each step, `stop` ends it early.

    With a `polling` that outlives the tick, polls are begun and not waited for.
    """
    summary, polls = TickSummary(), polling or SourcePolling(clock, progress, stop)
    if doubt := heed(line.store, line.timekeeper, clock(), line.publish_rules.life):
        summary.guard.failures.append(f"the clock: {doubt}")
        log.error("tick refused: %s", doubt)
        return summary
    line.store.purge_joining(clock())
    if not stop():
        summary.waiting += _start_polls(line, polls, clock())
    if polling is None:
        _meanwhile(line, polls, clock, stop, summary)
    _take_in(line, polls, clock(), summary)
    _editions(line, polls, clock, progress, stop, summary)
    if polling is None:
        _wait(polls, lambda: True)
        if _take_in(line, polls, clock(), summary):
            _editions(line, polls, clock, progress, stop, summary)
    _report(summary)
    return summary


def _meanwhile(
    line: Line, polls: SourcePolling, clock: Callable[[], datetime], stop: Callable[[], bool], summary: TickSummary
) -> None:
    """Deliver what is due while polls are in hand, and wait for those that editions wait for."""
    if polls.in_hand() and _is_due(line.store.longest_due(), clock()):
        _deliver(line, clock, stop, summary)
    _wait(polls, lambda: waits_for(_stand(line, polls), clock(), clock(), timedelta(0)) is Wait.POLLS)


def _editions(
    line: Line,
    polls: SourcePolling,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
    stop: Callable[[], bool],
    summary: TickSummary,
) -> None:
    """Make the editions that are due, and deliver them."""
    # What has ended without being sent goes into the editions that are made now.
    tidy(line.store, line.delivery_rules, clock(), summary.delivered)
    if not stop():
        progress("publishing")
        sources = HeldBack(_stand(line, polls))
        made = publish_due(line.store, line.ranker, line.publish_rules, clock(), summary.guard, sources)
        summary.published.extend(made)
        summary.held = sources.held
        polls.call_back(any(wait is Wait.POLLS for _, wait in sources.held))
    if not stop() and not (summary.delivered.outage and not summary.published):
        progress("delivering")
        _deliver(line, clock, stop, summary)


def _deliver(line: Line, clock: Callable[[], datetime], stop: Callable[[], bool], summary: TickSummary) -> None:
    known = set(line.letters.faults)
    enough = _after(line.deliver_for, stop)
    deliver_due(
        line.store, line.transports, line.letters, line.delivery_rules, clock, enough, line.pace, summary.delivered
    )
    summary.template_faults += [fault for fault in line.letters.faults if fault not in known]


def _after(span: timedelta | None, stop: Callable[[], bool]) -> Callable[[], bool]:
    """`stop`, or true when `span` from now has passed."""
    if span is None:
        return stop
    end = monotonic() + span.total_seconds()
    return lambda: stop() or monotonic() >= end


def _start_polls(line: Line, polls: SourcePolling, now: datetime) -> list[str]:
    """Begin the polls that are due; the sources that are not."""
    line.store.sync_sources([source.spec.name for source in line.sources])
    due = [source for source in line.sources if _poll_due(line.store.source_state(source.spec.name), source, now)]
    polls.start(line.store, due)
    return [source.spec.name for source in line.sources if source not in due]


def _poll_due(state: SourceState, source: Source, now: datetime) -> bool:
    """A folder on this machine costs nobody anything, so it is always due, unless the process died of it."""
    anytime = bool(source.spec.path) and state.begun_at is None
    return anytime or state.next_poll_at is None or _is_due(state.next_poll_at, now)


def _is_due(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _stand(line: Line, polls: SourcePolling) -> list[SourceStanding]:
    return standings(line.store, [source.spec.name for source in line.sources], polls)


def _wait(polls: SourcePolling, worth_it: Callable[[], bool]) -> None:
    """Wait for the polls in hand, as long as it is worth it."""
    while polls.in_hand() and worth_it():
        polls.wait(_BREATH)


def _take_in(line: Line, polls: SourcePolling, now: datetime, summary: TickSummary) -> bool:
    """Note the polls that ended, in the order of the sources; whether there were any."""
    ended, order = polls.ended(), [source.spec.name for source in line.sources]
    for name, error in ended.failures:
        summary.guard.note(f"source {name}", error)
    summary.looks = sorted((*summary.looks, *ended.looks), key=lambda result: order.index(result.look.source))
    if any(result.look.new for result in ended.looks):
        line.store.forget_bytes(now - line.keep_snapshots)
        line.store.purge_bounces(now - KEEP_BOUNCES)
    return bool(ended.looks or ended.failures)


def _report(summary: TickSummary) -> None:
    outcomes = " ".join(f"{status.value}={n}" for status, n in sorted(summary.delivered.outcomes.items()))
    log.info(
        "tick looks=%d new=%d editions=%d %s",
        *(len(summary.looks), sum(r.look.new for r in summary.looks), len(summary.published), outcomes),
    )
