"""A clock that is wrong for a while: the days after it are as they would have been, and nobody gets a date twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.timetable import next_due
from digest.model import DAILY, DeliveryStatus, Rhythm, SourceState, SubscriberStatus
from digest.services import managing
from digest.services.tick import tick
from digest.services.timekeeping import (
    DOUBT,
    JUMP,
    LAST_TICK,
    LONGEST_ABSENCE,
    PROBATION,
    Jump,
    Timekeeper,
    heed,
    last_jump,
    right_due,
    still_ahead,
)
from tests.factories import NOW, subscriber
from tests.services.parts import BOTH, DAY, Clock, Relay, drop, enrolled, line

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from digest.storage import Store

DATABASES = BOTH
HOUR, LIFE = timedelta(hours=1), timedelta(hours=20)
WEEKLY = Rhythm(frozenset({4}))


def ticked(store: Store, folder: Path, now: datetime, relay: Relay) -> bool:
    """One tick at `now`, as of a process of its own; whether it was refused."""
    drop(folder, f"{now.date()}.json", now.toordinal() % 900 + 1)
    return bool(tick(line(store, folder, transport=relay), Clock(now)).guard.failures)


@pytest.mark.parametrize("ahead", [HOUR, DAY, 3 * DAY, 30 * DAY, 299 * DAY])
@pytest.mark.parametrize("rhythm", [DAILY, WEEKLY])
def test_after_a_tick_with_the_clock_ahead_the_days_are_as_before(
    store: Store, spool_folder: Path, ahead: timedelta, rhythm: Rhythm
) -> None:
    reader, relay = enrolled(store, rhythm=rhythm), Relay()
    ticked(store, spool_folder, NOW, relay)
    ticked(store, spool_folder, NOW + ahead, relay)
    for day in range(1, 15):
        ticked(store, spool_folder, NOW + day * DAY, relay)
    dates = [edition.edition_date for edition in store.editions(reader.id, 100)]
    assert len(dates) == len(set(dates)) == len(relay.taken)
    wanted = {(NOW + day * DAY).date() for day in range(15) if (NOW + day * DAY).weekday() in rhythm.days}
    assert wanted - {(NOW + DAY).date()} <= set(dates)


def test_a_clock_that_is_a_year_ahead_is_not_believed_before_it_has_told_that_for_an_hour(
    store: Store, spool_folder: Path
) -> None:
    enrolled(store)
    relay = Relay()
    assert ticked(store, spool_folder, NOW, relay) is False
    later = NOW + LONGEST_ABSENCE + DAY
    for after in (timedelta(0), timedelta(minutes=1), timedelta(minutes=59)):
        assert ticked(store, spool_folder, later + after, relay) is True
    assert (len(relay.taken), store.noted(LAST_TICK), store.noted(JUMP)) == (1, NOW.isoformat(), "")
    assert ticked(store, spool_folder, NOW + DAY, relay) is False  # it was wrong
    assert ticked(store, spool_folder, later + 2 * DAY, relay) is True
    assert store.noted(DOUBT) == (later + 2 * DAY).isoformat()
    assert ticked(store, spool_folder, later + 2 * DAY + PROBATION, relay) is False  # it was right
    assert len(relay.taken) == 3


def test_a_pause_that_ended_too_early_goes_on(store: Store, spool_folder: Path) -> None:
    reader = enrolled(store, next_due_at=NOW)
    until = NOW + 10 * DAY
    managing.pause(store, reader, until, NOW)
    relay = Relay()
    ticked(store, spool_folder, NOW, relay)
    ticked(store, spool_folder, NOW + 30 * DAY, relay)
    assert store.subscriber(reader.id).status is SubscriberStatus.ACTIVE
    ticked(store, spool_folder, NOW + DAY, relay)
    paused = store.subscriber(reader.id)
    assert (paused.status, paused.paused_until) == (SubscriberStatus.PAUSED, until)
    early = len(relay.taken)
    for day in range(2, 13):
        ticked(store, spool_folder, NOW + day * DAY, relay)
    assert len(relay.taken) == early + 2  # the day after its end at 07:00, and the next


def test_what_waits_and_what_happened_is_never_far_ahead(store: Store, spool_folder: Path) -> None:
    enrolled(store)
    relay = Relay()
    ticked(store, spool_folder, NOW, relay)
    late = NOW + 100 * DAY
    store.save_look(
        replace(store.looks("hf", 1)[0], at=late) if store.looks("hf", 1) else store.looks(None, 1)[0],
        SourceState(store.looks(None, 1)[0].source, next_poll_at=late, failures=3, failing_since=late, begun_at=late),
    )
    store.strike("example.test", "no", late, lambda _: HOUR)
    with store._db.writing() as connection:
        moment = (late).strftime("%Y-%m-%d %H:%M:%S+00:00")
        connection.exec_driver_sql(
            f"UPDATE deliveries SET status = 'deferred', due_at = '{moment}', expires_at = '{moment}', "
            f"lease_until = '{moment}', sent_at = '{moment}'"
        )
    store.note(LAST_TICK, late.isoformat())
    now = NOW + HOUR
    heed(store, Timekeeper(), now, LIFE)
    (delivery,) = store.deliveries()
    assert delivery.status is DeliveryStatus.DEFERRED
    assert (delivery.due_at, delivery.expires_at, delivery.sent_at) == (now, now + LIFE, now)
    assert delivery.lease_until == now + timedelta(minutes=30)
    state = store.source_state(store.looks(None, 1)[0].source)
    assert (state.next_poll_at, state.failing_since, state.begun_at) == (None, now, None)
    assert store.pauses(now) == []
    assert store.looks(None, 1)[0].at <= now


def test_jumps_are_told(store: Store) -> None:
    seconds = iter([0.0, 60.0, 120.0, 180.0])
    keeper = Timekeeper(lambda: next(seconds))
    moments = [NOW, NOW + timedelta(seconds=60), NOW + HOUR, NOW + timedelta(minutes=3)]
    found = []
    for now in moments:
        heed(store, keeper, now, LIFE)
        noted = {name: store.noted(name) for name in (LAST_TICK, JUMP)}
        found.append(last_jump(noted))
        assert still_ahead(noted, now) == timedelta(0)
        assert still_ahead(noted, now - DAY) == DAY
    ahead, back = timedelta(minutes=58), timedelta(minutes=-58)
    assert found == [None, None, Jump(moments[2], ahead), Jump(moments[3], back)]


def test_another_process_notices_a_clock_that_went_back(store: Store) -> None:
    heed(store, Timekeeper(), NOW, LIFE)
    heed(store, Timekeeper(), NOW - timedelta(minutes=1), LIFE)  # as much as two machines differ
    assert store.noted(JUMP) == ""
    heed(store, Timekeeper(), NOW - DAY, LIFE)
    assert last_jump({JUMP: store.noted(JUMP)}) == Jump(NOW - DAY, timedelta(minutes=1) - DAY)


@given(
    st.sampled_from([DAILY, Rhythm(frozenset(range(5))), WEEKLY]),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/Nuuk", "Pacific/Kiritimati"]),
    st.integers(-(10**6), 10**6),
    st.integers(0, 3),
    st.booleans(),
)
def test_only_what_no_rhythm_allows_is_moved(
    rhythm: Rhythm, zone: str, minutes: int, skipped: int, has_todays: bool
) -> None:
    now = NOW + timedelta(minutes=minutes)
    due = now
    for _ in range(skipped):
        due = next_due(rhythm, subscriber().send_at, zone, due)
    person = subscriber(rhythm=rhythm, zone=zone, next_due_at=due)
    moved = right_due(person, has_todays, now)
    assert (moved is not None) == (skipped == 3)
    if moved is not None:
        assert moved <= next_due(rhythm, person.send_at, zone, now)
        assert moved > now or not has_todays
