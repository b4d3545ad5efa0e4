"""What the operator is told in numbers, from a store with a past; and the rules by which days are summed up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.model import (
    Caps,
    DeliveryStatus,
    Demand,
    Look,
    SourceSpec,
    SourceState,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
    TurnedAway,
    Verdict,
)
from digest.services.overview import VOLUME_DAYS, SourceDay, VolumeDay, first_day, overview, source_days, volume
from digest.storage import LookDay, scratch_store
from tests.factories import NOW
from tests.storage.steps import enrol, put_in_outbox, send

V, S = Verdict, DeliveryStatus
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = NOW.date()
HF = SourceSpec("hf", url="https://hf.test/{date}")


@pytest.fixture
def store():
    with scratch_store(None) as opened:
        yield opened


def test_an_empty_installation_has_days_and_no_numbers(store):
    found = overview(store, [HF], NOW)
    assert found.subscribers == {SubscriberStatus.ACTIVE: 0, SubscriberStatus.PAUSED: 0, SubscriberStatus.GONE: 0}
    assert len(found.volume) == VOLUME_DAYS
    assert found.volume[-1] == VolumeDay(TODAY)
    assert [day.day for day in found.members] == [first_day(TODAY) + n * DAY for n in range(50)]
    assert {(day.came, day.left, day.total) for day in found.members} == {(0, 0, 0)}
    assert [(s.name, s.last, s.days) for s in found.sources] == [("hf", None, ())]
    assert (found.longest_due, found.next_edition_at, found.snapshots, found.pauses) == (None, None, (), ())


def test_subscribers_are_counted_back_from_how_many_there_are(store):
    for ago in (90, 3, 3, 1):
        someone = enrol(store, created_at=NOW - ago * DAY)
    store.remove_subscriber(someone.id, NOW)
    enrol(store, created_at=NOW, status=SubscriberStatus.PAUSED)
    found = overview(store, [], NOW)
    assert found.subscribers[SubscriberStatus.GONE] == 1
    assert [(d.came, d.left, d.total) for d in found.members[-5:]] == [
        (0, 0, 1),
        (2, 0, 3),
        (0, 0, 3),
        (1, 0, 4),
        (1, 1, 4),
    ]


def test_deliveries_by_state_and_by_day(store):
    send(store)
    send(store)
    put_in_outbox(store, due_at=NOW - HOUR)
    found = overview(store, [], NOW)
    assert found.deliveries == {S.ACCEPTED: 2, S.PENDING: 1}
    assert found.longest_due == NOW - HOUR
    assert found.volume[-1].waiting == 1
    assert (found.accepted_last_day, found.failed_last_day) == (2, 0)


def test_what_strangers_ask_for_and_what_is_usual(store):
    caps = Caps(block_hour=2)
    for n in range(168, -1, -1):
        store.ask(Demand(NOW - 2 * HOUR - n * HOUR, f"hash {n}", "a.test", ""), Caps(), None)
    for n in range(5):
        store.ask(Demand(NOW - HOUR / 2, f"new {n}", "b.test", "block"), caps, None)
    asked = overview(store, [], NOW).strangers
    assert (asked.hour, asked.day, asked.waiting) == (2, 25, 0)
    assert asked.usual == pytest.approx(1.0, abs=0.05)
    assert asked.turned_away == {TurnedAway.BLOCK: 3}


def test_sources_come_as_they_are_configured_with_their_days(store):
    for at, verdict in ((NOW - 99 * DAY, V.NEW), (NOW - DAY, V.NEW), (NOW, V.UNREACHABLE)):
        store.save_look(Look("hf", at, verdict), SourceState("hf", failures=4))
    store.save_look(Look("forgotten", NOW, V.NEW), SourceState("forgotten"))
    other = SourceSpec("arxiv", url="https://arxiv.test")
    arxiv, hf = overview(store, [other, HF], NOW).sources
    assert (arxiv.name, arxiv.days) == ("arxiv", ())
    assert [(d.day, d.verdict) for d in hf.days] == [(TODAY - DAY, V.NEW), (TODAY, V.UNREACHABLE)]
    assert hf.last.verdict is V.UNREACHABLE
    assert (hf.state.failures, hf.every) == (4, HF.every)


def test_suppressions_are_told_by_reason_alone(store):
    store.suppress(Suppression("hash", SuppressionReason.COMPLAINT, NOW, "ada@example.test complained"))
    assert overview(store, [], NOW).suppressions == {SuppressionReason.COMPLAINT: 1}


@pytest.mark.parametrize(
    ("verdicts", "best"),
    [
        ([V.UNCHANGED, V.NEW, V.UNREACHABLE], V.NEW),
        ([V.PARTIAL, V.UNCHANGED], V.PARTIAL),
        ([V.QUIET_UNEXPECTED, V.QUIET_EXPECTED], V.QUIET_UNEXPECTED),
        ([V.UNREACHABLE, V.QUIET_EXPECTED], V.QUIET_EXPECTED),
        ([V.UNREACHABLE, V.THROTTLED], V.THROTTLED),
        ([V.UNREACHABLE], V.UNREACHABLE),
    ],
)
def test_a_day_amounts_to_the_best_of_its_looks(verdicts, best):
    (day,) = source_days([LookDay("hf", TODAY, verdict, 2, 1) for verdict in verdicts])
    assert day == SourceDay(TODAY, best, dict.fromkeys(verdicts, 2), len(verdicts))
    assert day.failures == 2 * sum(verdict.failed for verdict in verdicts)


def test_every_verdict_and_every_state_has_its_place():
    for verdict in V:
        assert source_days([LookDay("hf", TODAY, verdict, 1, 0)])[0].verdict is verdict
    told = volume([(TODAY, status, 1) for status in S], TODAY)[-1]
    assert told == VolumeDay(TODAY, accepted=1, failed=3, waiting=len(S) - 5)


def test_what_is_due_later_or_was_long_ago_is_not_in_the_volume():
    days = volume([(TODAY + DAY, S.PENDING, 7), (TODAY - VOLUME_DAYS * DAY, S.ACCEPTED, 7)], TODAY)
    assert sum(day.accepted + day.waiting for day in days) == 0


@pytest.mark.parametrize("today", [date(2026, 5, 25), date(2026, 5, 31)])
def test_the_first_day_is_a_monday(today):
    assert first_day(today) == date(2026, 4, 6)
