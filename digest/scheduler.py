"""The scheduler: an alarm clock around `tick`, which goes on evenly whatever is done to the clock on the wall.

The truth about what is due is in the database's due columns; a tick that comes late or not at all
loses nothing. One tick runs at a time in a process, and the database keeps two processes apart. What runs
beside the ticks (mail that comes in, the pages) has threads of its own: neither waits for the other; it can ask for
a tick at once by a `Nudge`.
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from digest.errors import DigestError
from digest.services.polling import Polling
from digest.services.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from types import FrameType

    from digest.services.tick import Line

log = logging.getLogger("digest.scheduler")

STOP_WAIT = 10.0


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
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Ask for a tick; what is written down by now is seen by it."""
        self._asked.set()

    def wait(self, seconds: float) -> None:
        """Return when somebody asks, or after so long; who asks from now on asks for the next one."""
        self._asked.wait(max(0.0, seconds))
        self._asked.clear()


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
    polling = Polling(clock, stop=ending.is_set, ended=nudge)

    def ticked() -> None:
        guarded_tick(line, clock, hurry.is_set, polling)

    ticks = _started("ticks", partial(_repeat, ticked, every, ending, nudge))
    with _looked_after(beside, ending):
        log.info("serving tick=%ds sources=%d", every, len(line.sources))
        ending.wait()
        log.info("stopping: the tick in hand is finished first")
        nudge()
    ticks.join()
    _let_end(polling, hurry)
    log.info("stopped")


def _let_end(polling: Polling, hurry: threading.Event) -> None:
    """Give the polls in hand a little time. One that does not end is begun anew at the next start."""
    end = monotonic() + STOP_WAIT
    while polling.in_hand() and monotonic() < end and not hurry.is_set():
        polling.wait(0.5)


def attend(beside: Sequence[Beside]) -> None:
    """Look after `beside` alone, without ticks, until SIGTERM or SIGINT."""
    ending, _ = _on_signals()
    with _looked_after(beside, ending):
        ending.wait()
        log.info("stopping")
    log.info("stopped")


@contextmanager
def _looked_after(beside: Sequence[Beside], ending: threading.Event) -> Iterator[None]:
    """Look after `beside`, each in a thread of its own; at the end stop those, and wait for what is in hand."""
    threads, wakes = [], [Nudge() for _ in beside]
    for other, wake in zip(beside, wakes, strict=True):
        look = partial(guarded, other.name, other.look)
        threads.append(_started(other.name, partial(_repeat, look, other.every, ending, wake)))
    try:
        yield
    finally:
        ending.set()
        for other, wake in zip(beside, wakes, strict=True):
            guarded(other.name, other.stop)
            wake()
        for thread in threads:
            thread.join()


def _repeat(work: Callable[[], None], every: int, ending: threading.Event, nudge: Nudge) -> None:
    """Do `work` at once, every `every` seconds, and when somebody asks for it, until `ending` is set.

    By a clock that nobody sets. Work that takes longer than the time between is no fault: the next comes when it is
    done.
    """
    due = monotonic()
    while not ending.is_set():
        work()
        now = monotonic()
        if now >= due:
            due = max(due + every, now)
        nudge.wait(due - now)


def _started(name: str, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name=name)
    thread.start()
    return thread


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
    line: Line, clock: Callable[[], datetime], stop: Callable[[], bool], polling: Polling | None = None
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
