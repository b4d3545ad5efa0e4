"""The scheduler: APScheduler as an alarm clock around `tick`.

The truth about what is due is in the database's due columns; a tick that comes late or not at all
loses nothing. One tick runs at a time in a process, and the database keeps two processes apart.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

from digest.errors import DigestError
from digest.services.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import FrameType

    from digest.services.tick import Line

log = logging.getLogger("digest.scheduler")


def serve(line: Line, clock: Callable[[], datetime], every: int) -> None:
    """Tick every `every` seconds until SIGTERM or SIGINT, which lets the tick in hand finish.

    A second signal also ends the tick in hand, after the step it is at: what is left stays due.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    ending, hurry = threading.Event(), threading.Event()
    _on_signals(ending, hurry)
    # A tick that takes longer than `every` is no fault: the next one comes when it is done.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    scheduler.add_job(
        lambda: guarded_tick(line, clock, hurry.is_set),
        "interval",
        seconds=every,
        next_run_time=clock(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    log.info("serving tick=%ds sources=%d", every, len(line.sources))
    ending.wait()
    log.info("stopping: the tick in hand is finished first")
    scheduler.shutdown(wait=True)
    log.info("stopped")


def _on_signals(ending: threading.Event, hurry: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            hurry.set()
        ending.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def guarded_tick(line: Line, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """A tick that cannot end the service: what it raises is logged, and the next one tries again.

    A reason that is known is one line; anything else is logged with its traceback.
    """
    try:
        tick(line, clock, stop=stop)
    except DigestError as error:
        log.error("tick failed: %s", error)
    except Exception:
        log.exception("tick failed")
