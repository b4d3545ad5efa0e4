"""The scheduler: APScheduler as an alarm clock around `tick`.

The truth about what is due is in the database's due columns; a tick that comes late or not at all
loses nothing. One tick runs at a time in a process, and the database keeps two processes apart. What runs
beside the ticks (mail that comes in, the pages) has threads of its own: neither waits for the other; it can ask for
a tick at once by a `Nudge`.

APScheduler 3 notes by the clock on the wall when a job runs next, and waits by one that nobody sets. Where the clock on
the wall goes back, a job would wait until it has caught up (agronholm/apscheduler#351): `_rearm` looks for that.
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from digest.errors import DigestError
from digest.services.polling import SourcePolling
from digest.services.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from digest.services.tick import Line

log = logging.getLogger("digest.scheduler")

STOP_WAIT = 10.0
LOOK_AT_CLOCK = 1.0
"""Seconds between two looks at whether the clock has gone back."""
_SLACK = timedelta(seconds=1)


class Beside(Protocol):
    """Something that is looked after every `every` seconds, beside the ticks."""

    @property
    def name(self) -> str:
        """What log lines call it."""

    @property
    def every(self) -> int:
        """Seconds between two looks."""

    def look(self) -> None:
        """Look after it, once; what it raises is logged."""

    def stop(self) -> None:
        """End a look in hand as soon as may be, and everything that a look has started."""


class Nudge:
    """Wakes the ticks: who calls it, from any thread, gets one as soon as may be.

    However many call before that tick begins, one comes. Without `serve` running, a call does nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake: Callable[[], object] | None = None
        self._waiting = False

    def __call__(self) -> None:
        """Ask for a tick; what is written down by now is seen by it."""
        with self._lock:
            if self._wake is not None and not self._waiting:
                self._waiting = True
                self._wake()

    def begun(self) -> None:
        """The tick that was asked for begins: who asks from now on gets another one."""
        with self._lock:
            self._waiting = False

    def connect(self, wake: Callable[[], object] | None) -> None:
        """Let calls lead to `wake`, or, with None, nowhere."""
        with self._lock:
            self._wake, self._waiting = wake, False


class _Every(BaseTrigger):  # type: ignore[misc]
    """Fires so many seconds after it fired, however long that took and whatever the clock has done since."""

    def __init__(self, seconds: int) -> None:
        self.pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next instant: at once where there was none before."""
        return now if previous_fire_time is None else max(previous_fire_time, now - self.pause) + self.pause


def serve(
    line: Line,
    clock: Callable[[], datetime],
    every: int,
    beside: Sequence[Beside] = (),
    nudge: Nudge | None = None,
) -> None:
    """Tick every `every` seconds until SIGTERM or SIGINT, which lets the tick in hand finish.

    A second signal also ends the tick in hand, after the step it is at: what is left stays due. Sources are polled
    beside the ticks, and each poll that ends brings one; those in hand at the end are given `STOP_WAIT` seconds.

    Args:
        beside: what to look after meanwhile; it is stopped at the first signal.
        nudge: what wakes the ticks between.
    """
    ending, hurry = _on_signals()
    nudge = nudge or Nudge()
    polling = SourcePolling(clock, stop=ending.is_set, ended=nudge)

    def ticked() -> None:
        guarded_tick(line, clock, hurry.is_set, polling)

    def nudged() -> None:
        nudge.begun()
        if not ending.is_set():
            ticked()

    scheduler = _scheduler(len(beside))
    _repeat(scheduler, ticked, every)
    nudge.connect(lambda: scheduler.add_job(nudged, misfire_grace_time=None))
    with _looked_after(scheduler, beside):
        log.info("serving tick=%ds sources=%d", every, len(line.sources))
        _wait(scheduler, ending)
        log.info("stopping: the tick in hand is finished first")
        nudge.connect(None)
    _let_end(polling, hurry)
    log.info("stopped")


def _let_end(polling: SourcePolling, hurry: threading.Event) -> None:
    """Give the polls in hand a little time. One that does not end is begun anew at the next start."""
    end = monotonic() + STOP_WAIT
    while polling.in_hand() and monotonic() < end and not hurry.is_set():
        polling.wait(0.5)


def attend(beside: Sequence[Beside]) -> None:
    """Look after `beside` alone, without ticks, until SIGTERM or SIGINT."""
    ending, _ = _on_signals()
    scheduler = _scheduler(len(beside))
    with _looked_after(scheduler, beside):
        _wait(scheduler, ending)
        log.info("stopping")
    log.info("stopped")


def _scheduler(others: int) -> Any:
    """APScheduler with one thread for ticks, so that one runs at a time, and one for each of the `others`."""
    # A tick that takes longer than the time between two is no fault: the next one comes when it is done.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    executors = {"default": ThreadPoolExecutor(1), "beside": ThreadPoolExecutor(max(1, others))}
    return BackgroundScheduler(timezone="UTC", executors=executors)


@contextmanager
def _looked_after(scheduler: Any, beside: Sequence[Beside]) -> Iterator[None]:
    """Let the scheduler run and look after `beside`; at the end stop those, and wait for what is in hand."""
    for other in beside:
        _repeat(scheduler, partial(guarded, other.name, other.look), other.every, "beside")
    scheduler.start()
    try:
        yield
    finally:
        for other in beside:
            guarded(other.name, other.stop)
        scheduler.shutdown(wait=True)


def _repeat(scheduler: Any, work: Callable[[], None], every: int, executor: str = "default") -> None:
    """Do `work` at once, and every `every` seconds. One that comes while the last goes on is dropped."""
    scheduler.add_job(work, _Every(every), executor=executor, max_instances=1, coalesce=True, misfire_grace_time=None)


def _wait(scheduler: Any, ending: threading.Event) -> None:
    """Return when `ending` is set; meanwhile see that no job waits for a clock that was set back."""
    while not ending.wait(LOOK_AT_CLOCK):
        _rearm(scheduler, datetime.now(UTC))


def _rearm(scheduler: Any, now: datetime) -> None:
    """Let each repeated job run at once that is due later than one pause from `now`: the clock has gone back."""
    for job in scheduler.get_jobs():
        if isinstance(job.trigger, _Every) and job.next_run_time - now > job.trigger.pause + _SLACK:
            job.modify(next_run_time=now)


def _on_signals() -> tuple[threading.Event, threading.Event]:
    """What the first SIGTERM or SIGINT sets, and what any later one does."""
    ending, hurry = threading.Event(), threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            hurry.set()
        ending.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return ending, hurry


def guarded_tick(
    line: Line, clock: Callable[[], datetime], stop: Callable[[], bool], polling: SourcePolling | None = None
) -> None:
    """A tick that cannot end the service: what it raises is logged, and the next one tries again."""
    guarded("tick", lambda: tick(line, clock, stop=stop, polling=polling))


def guarded(name: str, work: Callable[[], object]) -> None:
    """Work that cannot end the service: a reason that is known is one line; anything else is logged with its
    traceback."""
    try:
        work()
    except DigestError as error:
        log.error("%s failed: %s", name, error)
    except Exception:
        log.exception("%s failed", name)
