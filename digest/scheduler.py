"""The scheduler: APScheduler as an alarm clock around `tick`.

The truth about what is due is in the database's due columns; a tick that comes late or not at all
loses nothing. One tick runs at a time in a process, and the database keeps two processes apart. What runs
beside the ticks (mail that comes in) has threads of its own: neither waits for the other.
"""

from __future__ import annotations

import logging
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from digest.errors import DigestError
from digest.services.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import FrameType

    from digest.services.tick import Line

log = logging.getLogger("digest.scheduler")


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


def serve(line: Line, clock: Callable[[], datetime], every: int, beside: Sequence[Beside] = ()) -> None:
    """Tick every `every` seconds until SIGTERM or SIGINT, which lets the tick in hand finish.

    A second signal also ends the tick in hand, after the step it is at: what is left stays due.

    Args:
        beside: what to look after meanwhile; it is stopped at the first signal.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    ending, hurry = threading.Event(), threading.Event()
    _on_signals(ending, hurry)
    # A tick that takes longer than `every` is no fault: the next one comes when it is done.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    executors = {"default": ThreadPoolExecutor(1), "beside": ThreadPoolExecutor(max(1, len(beside)))}
    scheduler = BackgroundScheduler(timezone="UTC", executors=executors)
    _repeat(scheduler, lambda: guarded_tick(line, clock, hurry.is_set), every, clock())
    for other in beside:
        _repeat(scheduler, partial(guarded, other.name, other.look), other.every, clock(), "beside")
    scheduler.start()
    log.info("serving tick=%ds sources=%d", every, len(line.sources))
    ending.wait()
    log.info("stopping: the tick in hand is finished first")
    for other in beside:
        guarded(other.name, other.stop)
    scheduler.shutdown(wait=True)
    log.info("stopped")


def _repeat(scheduler: Any, work: Callable[[], None], every: int, first: datetime, executor: str = "default") -> None:
    scheduler.add_job(
        work,
        "interval",
        seconds=every,
        next_run_time=first,
        executor=executor,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )


def _on_signals(ending: threading.Event, hurry: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            hurry.set()
        ending.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def guarded_tick(line: Line, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """A tick that cannot end the service: what it raises is logged, and the next one tries again."""
    guarded("tick", lambda: tick(line, clock, stop=stop))


def guarded(name: str, work: Callable[[], object]) -> None:
    """Work that cannot end the service: a reason that is known is one line; anything else is logged with its
    traceback."""
    try:
        work()
    except DigestError as error:
        log.error("%s failed: %s", name, error)
    except Exception:
        log.exception("%s failed", name)
