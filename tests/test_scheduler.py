"""What wakes the ticks, and what is looked after without any."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest import scheduler
from digest.scheduler import Nudge, attend, serve
from tests.factories import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Line:
    """A line of nothing."""

    sources = ()


class Beside:
    """Something to look after."""

    name, every = "something", 3600

    def __init__(self, look: Callable[[], object] = lambda: None) -> None:
        self.looked, self.stopped = threading.Event(), threading.Event()
        self._look = look

    def look(self) -> None:
        """Note it, and do what the test wants."""
        self.looked.set()
        self._look()

    def stop(self) -> None:
        """Note it."""
        self.stopped.set()


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Event]]:
    """Every tick as it begins; it ends when its event is set."""
    begun: list[threading.Event] = []
    monkeypatch.setattr(scheduler, "tick", lambda *_, **__: _tick(begun))
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    yield begun
    for number, handler in before:
        signal.signal(number, handler)


def _tick(begun: list[threading.Event]) -> None:
    done = threading.Event()
    begun.append(done)
    assert done.wait(20)


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def meanwhile(work: Callable[[], object]) -> threading.Thread:
    """Do `work` in another thread, then end the service."""

    def run() -> None:
        try:
            work()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def serving(nudge: Nudge, work: Callable[[], object], *beside: Any) -> None:
    thread = meanwhile(work)
    serve(Line(), lambda: NOW, 3600, beside, nudge)  # type: ignore[arg-type]
    thread.join()


def test_a_nudge_brings_one_tick_however_many_call(ticks: list[threading.Event]) -> None:
    nudge = Nudge()

    def work() -> None:
        until(lambda: len(ticks) == 1)
        for _ in range(50):
            nudge()
        time.sleep(0.1)
        assert len(ticks) == 1  # one at a time
        ticks[0].set()
        until(lambda: len(ticks) == 2)
        nudge()  # in the middle of the second: what it is for may have come too late for that
        ticks[1].set()
        until(lambda: len(ticks) == 3)
        ticks[2].set()
        time.sleep(0.1)

    serving(nudge, work)
    assert len(ticks) == 3
    nudge()  # nobody is there any more


def test_no_tick_begins_after_the_signal(ticks: list[threading.Event]) -> None:
    nudge, beside = Nudge(), Beside()

    def work() -> None:
        until(lambda: len(ticks) == 1)
        nudge()
        threading.Timer(0.3, ticks[0].set).start()

    serving(nudge, work, beside)
    assert (len(ticks), beside.looked.is_set(), beside.stopped.is_set()) == (1, True, True)


def test_a_nudge_without_a_service_does_nothing() -> None:
    Nudge()()


@pytest.mark.usefixtures("ticks")
def test_looked_after_without_ticks(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ZeroDivisionError("nobody thought of it")

    good, bad = Beside(), Beside(broken)
    thread = meanwhile(lambda: until(lambda: good.looked.is_set() and "something failed" in caplog.text))
    attend([good, bad])
    thread.join()
    assert (good.stopped.is_set(), bad.stopped.is_set()) == (True, True)


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=3650)])
def test_a_clock_that_is_set_back_holds_no_job_up(back: timedelta) -> None:
    """The jobs are as they were noted by the wrong clock: due in two hours, or in ten years."""
    runs = threading.Semaphore(0)
    alarm = scheduler._scheduler(0)
    scheduler._repeat(alarm, lambda: runs.release(), 3600)
    alarm.start()
    try:
        assert runs.acquire(timeout=60)
        (job,) = alarm.get_jobs()
        job.modify(next_run_time=job.next_run_time + back)
        scheduler._rearm(alarm, datetime.now(UTC))
        assert runs.acquire(timeout=60)
        (job,) = alarm.get_jobs()
        before = job.next_run_time
        assert before - datetime.now(UTC) <= timedelta(hours=1)
        scheduler._rearm(alarm, datetime.now(UTC))
        assert job.next_run_time == before
    finally:
        alarm.shutdown()


def test_a_clock_that_jumps_ahead_brings_one_tick_and_no_backlog() -> None:
    """A year of seconds is not made up for."""
    trigger, start = scheduler._Every(1), datetime(2026, 5, 25, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, start) == start
    assert trigger.get_next_fire_time(start, start) == start + timedelta(seconds=1)
    year = start + timedelta(days=365)
    assert trigger.get_next_fire_time(start, year) == year
