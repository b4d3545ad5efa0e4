"""What is worth an alarm, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import DomainPause, Look, SourceState, TurnedAway, Verdict
from digest.services.alarms import Alarm, alarms
from digest.services.overview import Overview, SourceReport, Strangers
from tests.factories import NOW

V = Verdict
HOUR = timedelta(hours=1)
CALM = Strangers(waiting=3, hour=2, day=20, usual=1.0, turned_away={})
WELL = Overview(
    at=NOW,
    papers=9,
    editions=9,
    subscribers={},
    members=(),
    strangers=CALM,
    sources=(),
    deliveries={},
    volume=(),
    accepted_last_day=100,
    failed_last_day=4,
    longest_due=NOW - HOUR / 2,
    next_edition_at=NOW,
    suppressions={},
    pauses=(),
    snapshots=(),
)


def source(verdict=V.NEW, name="hf", failures=0, due=NOW, every=3600, detail="as it should be"):
    look = None if verdict is None else Look(name, NOW, verdict, detail=detail)
    return SourceReport(name, every, look, SourceState(name, next_poll_at=due, failures=failures), ())


def told(**fields):
    return alarms(replace(WELL, **fields))


def asked(**fields):
    return told(strangers=replace(CALM, **fields))


def test_where_all_is_well_there_is_none():
    assert told(sources=(source(), source(V.QUIET_EXPECTED), source(V.UNREACHABLE, failures=2), source(None))) == []


def test_a_delivery_that_does_not_leave():
    assert told(longest_due=NOW - 3 * HOUR) == [
        Alarm("Outbox", "A delivery has been due for 3 hours: does the scheduler run, and does the relay answer?")
    ]
    assert "due for 1 hour:" in told(longest_due=NOW - HOUR * 1.1)[0].words
    assert "due for 3 days:" in told(longest_due=NOW - 75 * HOUR)[0].words
    assert told(longest_due=None) == told(longest_due=NOW + HOUR) == []


@pytest.mark.parametrize(
    ("failed", "accepted", "alarm"), [(4, 0, False), (5, 0, True), (5, 100, False), (12, 100, True)]
)
def test_too_many_failures(failed, accepted, alarm):
    found = told(failed_last_day=failed, accepted_last_day=accepted)
    assert [a.words for a in found] == (
        [f"{failed} of the {failed + accepted} deliveries of the last day failed for good."] if alarm else []
    )


def test_a_paused_domain_is_told_without_addresses_and_less_grave():
    pause = DomainPause("slow.test", NOW + HOUR, "450 too many\n from ada@example.test,  wait", NOW)
    (alarm,) = told(pauses=(pause,))
    assert alarm == Alarm(
        "Deliveries", "Nothing is sent to slow.test before 09:00 UTC: 450 too many from ..., wait", False
    )


def test_sources_that_fail_or_are_missed():
    (failing,) = told(sources=(source(V.UNREACHABLE, failures=3, detail="no route"),))
    assert failing == Alarm("hf", "3 looks in a row failed (unreachable): no route")
    (missed,) = told(sources=(source(V.QUIET_UNEXPECTED, detail="a list by noon"),))
    assert missed == Alarm("hf", "New papers were expected, and there are none: a list by noon", False)


def test_sources_that_nobody_looks_at():
    late, fine = source(due=NOW - 3 * HOUR), source(name="arxiv")
    assert told(sources=(late, fine)) == [Alarm("hf", "It has not been looked at when it was due.")]
    assert [a.about for a in told(sources=(late, replace(late, name="b")))] == ["Scheduler"]
    assert told(sources=(source(due=NOW - 3 * HOUR, every=6 * 3600), fine)) == []


@pytest.mark.parametrize(
    ("hour", "usual", "alarm"), [(19, 0.0, False), (20, 0.0, True), (20, 4.0, False), (90, 10.0, True)]
)
def test_a_jump_of_requests(hour, usual, alarm):
    assert [a.about for a in asked(hour=hour, usual=usual)] == ["Sign-ups"] * alarm


def test_requests_that_were_turned_away():
    (grave,) = asked(turned_away={TurnedAway.HOUR: 1, TurnedAway.DOMAIN: 2})
    assert grave.grave
    assert grave.words.startswith("3 requests to subscribe met a cap that all share")
    assert asked(turned_away={TurnedAway.BLOCK: 19}) == []
    assert [a.grave for a in asked(turned_away={TurnedAway.BLOCK: 10, TurnedAway.ADDRESS: 10})] == [False]


def test_faults_of_templates_come_last_and_are_cut():
    found = alarms(replace(WELL, longest_due=NOW - 3 * HOUR), ["digest.html:3: no " + "x" * 900])
    assert [a.about for a in found] == ["Outbox", "Templates"]
    assert len(found[1].words) < 350
