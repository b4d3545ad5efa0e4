"""Deliver: send what is due over several lines at once, and leave nothing claimed behind.

::

    tidy -> desk (claims, at the pace) -> workers, a transport each -> attempt -> settle -> release

What one try does stands in `attempt.py`, what its answer means in `outcomes.py`, who goes next in `desk.py`
and how fast in `pace.py`.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from digest.services.attempt import Attempts
from digest.services.claimant import dead
from digest.services.desk import Desk
from digest.services.pace import Pace
from digest.services.round import Delivered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.mail.transports import Transport
    from digest.services.round import DeliveryRules, Letters
    from digest.storage import Store

log = logging.getLogger("digest.deliver")


def deliver_due(
    store: Store,
    transports: Callable[[], Transport],
    letters: Letters,
    rules: DeliveryRules,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
    done: Delivered | None = None,
) -> Delivered:
    """Send everything that is due; returns when nothing is left, the relay is out, or `stop` says so.

    One recipient's failure is written down and stops nobody else. Whatever ends the round early, an Outage or
    a failure of the store, frees the claims and counts no attempt; what is in a conversation is settled first.

    Args:
        store: where deliveries are claimed and settled.
        transports: makes a transport, one for each of `rules.connections` threads. One whose class says
            ``parallel = False`` is used alone, and so is one connection: in the calling thread.
        letters: makes the messages.
        rules: how deliveries are tried.
        clock: tells the time, aware and in UTC.
        stop: asked before each delivery.
        pace: what is known of how fast we may go, from earlier rounds; None to start anew.
        done: what to add to and return, if not a new one.
    """
    done = done or Delivered()
    tidy(store, rules, clock(), done)
    first = transports()
    workers = rules.connections if getattr(first, "parallel", True) else 1
    pace = pace or Pace(rules.limits)
    workers = min(workers, pace.connections())
    desk = Desk(store, rules, pace, clock, stop, workers)
    attempts = Attempts(store, letters, rules, clock, desk, done)
    try:
        if workers == 1:
            attempts.work(first)
        else:
            _in_threads([lambda: attempts.work(first), *[lambda: attempts.work(transports())] * (workers - 1)], desk)
        attempts.finish()
    finally:
        store.release(rules.worker)
    done.outage, done.left, done.paused = desk.outage, desk.left, store.pauses(clock())
    return done


def tidy(store: Store, rules: DeliveryRules, now: datetime, done: Delivered) -> None:
    """Free what dead processes and ended leases hold, and drop what nobody waits for any more."""
    recovered = store.recover(now, dead(store.claimants()), rules.resend_unknown)
    found = (recovered.freed, recovered.resent, recovered.unknown, store.expire(now))
    done.freed, done.resent, done.unknown, done.expired = (
        before + more for before, more in zip((done.freed, done.resent, done.unknown, done.expired), found, strict=True)
    )
    if any(found):
        log.warning("outbox freed=%d resent=%d unknown=%d expired=%d", *found)


def _in_threads(works: list[Callable[[], None]], desk: Desk) -> None:
    """Do all of `works` at once; the first error of any ends the round and is raised when all are back.

    An interruption waits for what is in a conversation: a message half-way is nobody's gain.
    """
    errors: list[BaseException] = []
    ended = [threading.Event() for _ in works]

    def guarded(work: Callable[[], None], end: threading.Event) -> None:
        try:
            work()
        except BaseException as error:
            log.error("a worker failed: %r", error)
            errors.append(error)
            desk.end()
        finally:
            end.set()

    threads = [
        threading.Thread(target=guarded, args=(work, end), name=f"deliver-{number}")
        for number, (work, end) in enumerate(zip(works, ended, strict=True), 1)
    ]
    try:
        for thread in threads:
            thread.start()
        _wait(threads, ended)
    finally:
        desk.end()
        _wait(threads, ended)
    if errors:
        raise errors[0]


def _wait(threads: list[threading.Thread], ended: list[threading.Event]) -> None:
    """Until all that were started are through.

    Not by `Thread.join`: before Python 3.13, one that is interrupted takes the thread for ended ever after, and the
    next join comes back while it still works.
    """
    for thread, end in zip(threads, ended, strict=True):
        if thread.ident is not None:
            end.wait()
