"""Timekeeping: a clock that stood wrong for a while leaves nothing behind that outlives it.

What is due stands in the store as moments of the clock on the wall. A tick while that clock is a year ahead moves all
of them by a year. So each tick notes when it was; one that finds the last one still to come knows that the clock was
ahead then, and sets right what lies further ahead than any rhythm allows. Within a process time is measured by a clock
that nobody sets, so that jumps ahead are seen, too. A jump is told by `digest status` and the doctor.

A tick that comes most of a year after the last one is not believed at once: a clock whose year is wrong would send
what is not due and move every rhythm. Nothing is done before it has told that time for an hour.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.editions.timetable import edition_date, first_due, next_due
from digest.model import SubscriberStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.model import Subscriber
    from digest.storage import Store

log = logging.getLogger("digest.clock")

LAST_TICK, JUMP, DOUBT = "last_tick", "clock_jump", "doubted_tick"
"""Where the installation notes when it ticked last, when the clock was seen to jump and by how many seconds, and since
when it tells a time that is not believed yet."""
LONGEST_ABSENCE = timedelta(days=300)
"""After a longer time without a tick the clock is rather wrong than right."""
PROBATION = timedelta(hours=1)
"""So long such a clock has to tell that time before it is believed."""
TOLERANCE = timedelta(minutes=2)
"""Less is what time servers correct, or two machines differ by."""
_DAY = timedelta(days=1)


def steady() -> float:
    """Seconds by a clock that nobody sets; where there is one, it goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Timekeeper:
    """Compares the clock with one that nobody sets.

    Args:
        steady: that other clock, in seconds.
    """

    def __init__(self, steady: Callable[[], float] = steady) -> None:
        self._steady = steady
        self._last: tuple[datetime, float] | None = None

    def gained(self, now: datetime) -> timedelta:
        """How much further the clock has gone than time has, since this was asked last; nothing the first time."""
        before, self._last = self._last, (now, self._steady())
        if before is None:
            return timedelta(0)
        return now - before[0] - timedelta(seconds=self._last[1] - before[1])


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock was seen to jump: noticed `at` (by the new time), ahead by so much, or back where that is negative."""

    at: datetime
    ahead: timedelta


def heed(store: Store, keeper: Timekeeper, now: datetime, life: timedelta) -> str:
    """Note that it is `now`, and set right what a clock that was ahead has left; `life` is that of a delivery.

    Returns:
        Why nothing is to be done at `now`, or "".
    """
    last, gained = _moment(store.noted(LAST_TICK)), keeper.gained(now)
    if last is not None and now > last + LONGEST_ABSENCE and (until := _doubted(store, now)):
        return (
            f"the last tick was at {last:%Y-%m-%d %H:%M} UTC, and now the clock tells {now:%Y-%m-%d %H:%M}: if that is "
            f"right, the ticks from {until:%Y-%m-%d %H:%M} on go on; if not, set the clock"
        )
    went_back = last is not None and now < last - TOLERANCE
    jump = gained if abs(gained) > TOLERANCE else now - last if last is not None and went_back else timedelta(0)
    if jump:
        store.note(JUMP, f"{now.isoformat()} {int(jump.total_seconds())}")
        log.warning("clock jumped by=%s", jump)
    if went_back:
        store.settle_clock(now, life)
        _reschedule(store, now)
    if store.noted(DOUBT):
        store.note(DOUBT, "")
    store.note(LAST_TICK, now.isoformat())
    return ""


def _doubted(store: Store, now: datetime) -> datetime | None:
    """From when on such a time is believed; None if it is."""
    since = _moment(store.noted(DOUBT))
    if since is None or not since <= now <= since + LONGEST_ABSENCE:
        since = now
        store.note(DOUBT, now.isoformat())
    return since + PROBATION if now < since + PROBATION else None


def last_jump(noted: Mapping[str, str]) -> Jump | None:
    """The last jump that was seen, by what was `noted` of the installation."""
    at, _, seconds = noted.get(JUMP, "").partition(" ")
    moment = _moment(at)
    return None if moment is None else Jump(moment, timedelta(seconds=int(seconds)))


def still_ahead(noted: Mapping[str, str], now: datetime) -> timedelta:
    """How far the last tick is still to come at `now`; nothing where it is past."""
    last = _moment(noted.get(LAST_TICK, ""))
    return last - now if last is not None and last > now + TOLERANCE else timedelta(0)


def right_due(subscriber: Subscriber, has_todays: bool, now: datetime) -> datetime | None:
    """When the next edition of a subscriber is due whose due time cannot be; None where it can.

    After an edition that was made a date early the next one is due behind the next date of the rhythm; anything later
    is of another clock.

    Args:
        has_todays: whether the edition of today is made.
    """
    when = (subscriber.rhythm, subscriber.send_at, subscriber.zone)
    if subscriber.status is SubscriberStatus.PAUSED:
        # Without an end, the next edition is due when they go on.
        return next_due(*when, subscriber.paused_until - timedelta.resolution) if subscriber.paused_until else None
    following = next_due(*when, now)
    if subscriber.next_due_at is None or subscriber.next_due_at <= next_due(*when, following):
        return None
    today = first_due(*when, now)
    return following if today <= now and has_todays else today


def _reschedule(store: Store, now: datetime) -> None:
    for subscriber in store.due_after(now + _DAY):
        today = edition_date(now, subscriber.zone)
        due = right_due(subscriber, store.edition_on(subscriber.id, today) is not None, now)
        if due is not None and subscriber.next_due_at not in (None, due):
            store.reschedule(subscriber.id, subscriber.next_due_at, due)
            log.warning("due time set right subscriber=%d from=%s to=%s", subscriber.id, subscriber.next_due_at, due)


def _moment(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
