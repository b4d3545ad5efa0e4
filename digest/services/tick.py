"""One tick: doubt the clock; forget what need not be kept; look at the sources that are due; drop what has ended in the
outbox; learn, and publish for the subscribers due; deliver, letters before editions.

Each step stands alone: what one leaves undone, the next tick finds in the due columns.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from digest.services.deliver import deliver_due, tidy
from digest.services.guard import Guard
from digest.services.look import LookResult, look_at
from digest.services.publish import Published, publish_due
from digest.services.round import Delivered
from digest.services.timekeeping import Timekeeper, heed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.mail.transports import Transport
    from digest.ranking import Ranker
    from digest.services.letters import LetterWriter
    from digest.services.pace import Pace
    from digest.services.publish import PublishRules
    from digest.services.round import DeliveryRules
    from digest.sources import Source
    from digest.storage import Store

log = logging.getLogger("digest.tick")

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
    """What one tick did; `template_faults` are those for which built-in templates had to stand in."""

    looks: list[LookResult] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
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
) -> TickSummary:
    """Do once all that is due by `clock`; `progress` hears of each step, `stop` ends it early."""
    summary = TickSummary()
    if doubt := heed(line.store, line.timekeeper, clock(), line.publish_rules.life):
        summary.guard.failures.append(f"the clock: {doubt}")
        log.error("tick refused: %s", doubt)
        return summary
    line.store.purge_joining(clock())
    _look_at_due(line, clock, progress, stop, summary)
    # What has ended without being sent goes into the editions that are made now.
    tidy(line.store, line.delivery_rules, clock(), summary.delivered)
    if not stop():
        progress("publishing")
        made = publish_due(line.store, line.ranker, line.publish_rules, clock(), summary.guard)
        summary.published.extend(made)
    if not stop():
        progress("delivering")
        _deliver(line, clock, stop, summary)
    _report(summary)
    return summary


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


def _look_at_due(
    line: Line,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
    stop: Callable[[], bool],
    summary: TickSummary,
) -> None:
    line.store.sync_sources([source.spec.name for source in line.sources])
    for source in line.sources:
        if stop():
            return
        if not _poll_due(line.store, source, clock()):
            summary.waiting.append(source.spec.name)
            continue
        progress(f"looking at {source.spec.name}")
        with summary.guard.alone(f"source {source.spec.name}"):
            summary.looks.append(look_at(line.store, source, clock()))
    if any(result.look.new for result in summary.looks):
        line.store.forget_bytes(clock() - line.keep_snapshots)
        line.store.purge_bounces(clock() - KEEP_BOUNCES)


def _poll_due(store: Store, source: Source, now: datetime) -> bool:
    """A folder on this machine costs nobody anything, so it is always due."""
    next_poll_at = store.source_state(source.spec.name).next_poll_at
    return bool(source.spec.path) or next_poll_at is None or next_poll_at <= now


def _report(summary: TickSummary) -> None:
    outcomes = " ".join(f"{status.value}={n}" for status, n in sorted(summary.delivered.outcomes.items()))
    log.info(
        "tick looks=%d new=%d editions=%d %s",
        *(len(summary.looks), sum(r.look.new for r in summary.looks), len(summary.published), outcomes),
    )
