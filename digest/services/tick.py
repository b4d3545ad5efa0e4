"""One tick: look at the sources that are due, publish for the subscribers due, deliver.

Each step stands alone: what one leaves undone, the next tick finds in the due columns.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.services.deliver import Delivered, deliver_due
from digest.services.guard import Guard
from digest.services.look import LookResult, look_at
from digest.services.publish import Published, publish_due

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from digest.mail.transports import Transport
    from digest.ranking import Ranker
    from digest.services.deliver import DeliveryRules, Letters
    from digest.services.publish import PublishRules
    from digest.sources import Source
    from digest.storage import Store

log = logging.getLogger("digest.tick")


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that one tick works with, wired by `app.py`.

    `keep_snapshots` is how long the bytes of a snapshot are kept for looking into.
    """

    store: Store
    sources: Sequence[Source]
    ranker: Ranker
    publish_rules: PublishRules
    transport: Transport
    letters: Letters
    delivery_rules: DeliveryRules
    keep_snapshots: timedelta


@dataclass(slots=True)
class TickSummary:
    """What one tick did."""

    looks: list[LookResult] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    delivered: Delivered = field(default_factory=Delivered)
    guard: Guard = field(default_factory=Guard)

    @property
    def failed(self) -> bool:
        """Whether some part failed, so that the exit code should say so."""
        sources = any(result.failed for result in self.looks)
        mail = self.delivered.outage or self.delivered.failures or self.delivered.expired
        return sources or bool(mail) or bool(self.guard.failures)


def tick(
    line: Line,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda _step: None,
    stop: Callable[[], bool] = lambda: False,
) -> TickSummary:
    """Do once all that is due by `clock`; `progress` hears of each step, `stop` ends it early."""
    summary = TickSummary()
    _look_at_due(line, clock, progress, stop, summary)
    if not stop():
        progress("publishing")
        made = publish_due(line.store, line.ranker, line.publish_rules, clock(), summary.guard)
        summary.published.extend(made)
    if not stop():
        progress("delivering")
        summary.delivered = deliver_due(line.store, line.transport, line.letters, line.delivery_rules, clock, stop)
    _report(summary)
    return summary


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
