"""How fast mail may leave: by the limits, by what receivers bear, and by how new we are."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.services.pace import RECOVERY, Limits, Pace, Permit, warm_up_cap
from tests.factories import NOW

A, B = "a.test", "b.test"


@dataclass
class Ticks:
    """Seconds on a clock that stands until it is turned."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def begun(pace: Pace, domain: str = A) -> Permit:
    permit = pace.begin(domain)
    assert permit is not None
    return permit


def through(pace: Pace, ticks: Ticks, seconds: float, domain: str = A, **end: bool) -> int:
    """How many messages to a domain, each of which takes no time, get through in that time."""
    count, until = 0, ticks.now + seconds
    while ticks.now < until:
        while permit := pace.begin(domain):
            pace.end(permit, **end)
            count += 1
            if count > 10_000:
                return count
        ticks.now += 0.25
    return count


def test_without_limits_everything_goes() -> None:
    assert through(Pace(Limits(), Ticks()), Ticks(), 1, taken=True) > 10_000


@pytest.mark.parametrize("rate", [1, 30, 60, 600])
def test_the_rate_for_all_is_kept_whatever_the_domains(rate: int) -> None:
    ticks = Ticks()
    pace = Pace(Limits(rate=rate), ticks)
    sent = sum(through(pace, ticks, 60, domain, taken=True) for domain in (A, B, "c.test"))
    assert abs(sent - rate * 3) <= max(1, rate / 60) + 1


def test_the_rate_of_one_domain_leaves_the_others_alone() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_rate=60), ticks)
    assert begun(pace, A)
    assert (pace.begin(A), pace.wait()) == (None, 0)
    assert pace.blocked() == {A: pytest.approx(1, abs=1e-3)}
    assert begun(pace, B)
    ticks.now += 1
    assert begun(pace, A)


def test_so_many_at_a_time_to_one_domain() -> None:
    pace = Pace(Limits(domain_connections=2), Ticks())
    first, _ = begun(pace), begun(pace)
    assert pace.begin(A) is None
    assert pace.blocked() == {A: float("inf")}
    assert begun(pace, B)
    pace.end(first)
    assert begun(pace)


def test_who_asks_to_slow_down_gets_half_and_then_half_again() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_connections=8), ticks)
    gaps = []
    for _ in range(12):
        pace.end(begun(pace), slow_down=True)
        gaps.append(pace.blocked()[A])
        ticks.now += gaps[-1]
    assert gaps[:9] == pytest.approx([2.0**n for n in range(9)], rel=1e-3)
    assert max(gaps) == pytest.approx(300, rel=1e-3)
    assert begun(pace, B)


def test_half_of_the_limit_where_there_is_one() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_rate=60), ticks)
    pace.end(begun(pace), slow_down=True)
    assert pace.blocked() == {A: pytest.approx(2, rel=1e-3)}
    assert through(pace, ticks, 10.5) == 5


def test_messages_under_way_together_ask_once() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_connections=8), ticks)
    permits = [begun(pace) for _ in range(8)]
    ticks.now += 1
    for permit in permits:
        pace.end(permit, slow_down=True)
    assert pace.blocked() == {A: pytest.approx(1, rel=1e-3)}
    ticks.now += 1
    assert begun(pace)


def test_ten_messages_taken_bring_one_step_back_and_in_the_end_all() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_connections=4), ticks)
    pace.end(begun(pace), slow_down=True)
    first = through(pace, ticks, 10, taken=True)
    assert 9 <= first <= 11
    second = through(pace, ticks, 10, taken=True)
    assert first < second <= 2 * first
    assert through(pace, ticks, 120, taken=True) > 10_000
    permits = [begun(pace) for _ in range(4)]
    assert (len(permits), pace.begin(A)) == (4, None)


def test_one_more_at_a_time_for_every_ten() -> None:
    ticks = Ticks()
    pace = Pace(Limits(domain_connections=4), ticks)
    for _ in range(2):
        pace.end(begun(pace), slow_down=True)
        ticks.now += 100
    room = []
    for _ in range(3):
        permits = []
        while permit := pace.begin(A):
            permits.append(permit)
            ticks.now += 100
        room.append(len(permits))
        for permit in permits:
            pace.end(permit)
        for _ in range(RECOVERY):
            ticks.now += 100
            pace.end(begun(pace), taken=True)
        ticks.now += 100
    assert room == [1, 2, 3]


def test_what_cannot_be_sent_in_the_time_is_no_capacity() -> None:
    ticks = Ticks()
    assert Pace(Limits(rate=60), ticks).capacity(900) == 900
    pace = Pace(Limits(connections=4, domain_connections=99), ticks)
    assert pace.capacity(60) == 240
    for _ in range(50):
        permit = begun(pace)
        ticks.now += 30
        pace.end(permit)
    assert 8 <= pace.capacity(60) <= 9
    assert pace.capacity(0.001) == 1


def test_domains_are_forgotten_when_they_are_as_new() -> None:
    pace = Pace(Limits(), Ticks())
    for number in range(1000):
        pace.end(begun(pace, f"{number}.test"), taken=True)
    assert pace.blocked() == {}
    assert pace._domains == {}


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.floats(0, 5), st.booleans(), st.booleans()), max_size=200))
def test_never_more_than_the_limits(steps: list[tuple[str, float, bool, bool]]) -> None:
    ticks = Ticks()
    pace = Pace(Limits(rate=120, domain_connections=3, domain_rate=60), ticks)
    under_way: list[Permit] = []
    started: list[float] = []
    for domain, later, slow, finish in steps:
        ticks.now += later
        if permit := pace.begin(domain):
            under_way.append(permit)
            started.append(ticks.now)
        if finish and under_way:
            pace.end(under_way.pop(0), taken=not slow, slow_down=slow)
        assert all(sum(p.domain == d for p in under_way) <= 3 for d in (A, B))
    for moment in started:
        assert sum(moment <= other < moment + 10 for other in started) <= 10 * 2 + 2 + 1


def test_many_threads_keep_the_limit() -> None:
    pace = Pace(Limits(domain_connections=3))
    most, now, lock = [0], [0], threading.Lock()

    def work() -> None:
        for _ in range(200):
            if permit := pace.begin(A):
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                with lock:
                    now[0] -= 1
                pace.end(permit, taken=True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most[0] <= 3
    assert pace.blocked() == {}


@pytest.mark.parametrize(
    ("warm_up", "days", "cap"),
    [
        (0, 0, None),
        (50, None, 50),
        (50, 0, 50),
        (50, 1, 100),
        (50, 3, 400),
        (1, 30, 2**30),
        (1, 31, None),
        (50, -1, 50),
    ],
)
def test_the_warm_up_doubles_daily(warm_up: int, days: int | None, cap: int | None) -> None:
    first = None if days is None else NOW - timedelta(days=days)
    assert warm_up_cap(warm_up, first, NOW) == cap
