"""What is about us at our mail server: it slows or ends the round, alarms once, and counts against no reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from digest.errors import Deferral, Outage, Refusal
from digest.mail.scoring import BounceRules
from digest.model import DeliveryKind, DeliveryStatus, Envelope, Receipt
from digest.services.pace import Limits, Pace
from digest.services.relay_rate import RelayRate
from tests.factories import NOW
from tests.services.parts import DAY, SENDING, Clock, Relay, deliver, enrolled, publish, put
from tests.storage.joining import put_letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Delivery
    from digest.storage import Store

ACCEPTED, DEFERRED, FAILED = DeliveryStatus.ACCEPTED, DeliveryStatus.DEFERRED, DeliveryStatus.FAILED
PENDING = DeliveryStatus.PENDING
JUDGED = replace(SENDING, judge=BounceRules(threshold=2, confirm=0 * DAY).judge, relay="the mail server relay.test:587")


def readers(store: Store, number: int, pattern: str = "r{0}@h{0}.test", papers: int = 1) -> list[str]:
    """So many readers with an edition that waits for each."""
    put(store, papers)
    addresses = [enrolled(store, address=pattern.format(n)).address for n in range(number)]
    publish(store)
    return addresses


def rows(store: Store) -> dict[str, Delivery]:
    """The last delivery to each."""
    return {d.recipient: d for d in reversed(store.deliveries(limit=500))}


@dataclass
class Quota(Relay):
    """A relay that takes so many messages and answers all others in the same way, before or behind the dot."""

    most: int = 0
    says: Exception = field(
        default_factory=lambda: Refusal("5.4.5 Daily user sending limit exceeded", 550, "5.4.5", "dot")
    )

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        if len(self.taken) >= self.most:
            self.script.setdefault(envelope.recipient, [self.says])
        return super().send(message, envelope, at_dot)


@pytest.mark.parametrize(
    "says",
    [
        Refusal("5.4.5 Daily user sending limit exceeded", 550, "5.4.5", "dot"),
        Refusal("Message rejected: Email address is not verified", 554, "", "dot"),
        Refusal("5.7.1 <you@x.test>: Relay access denied", 554, "5.7.1", "rcpt"),
        Refusal("5.7.1 Client host rejected: Access denied", 554, "5.7.1", "rcpt"),
        Refusal("you may not", 550, "", "mail"),
        Deferral("4.1.8 Sender address rejected: Domain not found", 450, "4.1.8", "rcpt"),
        Refusal("words that nobody knows", 550, "", "dot"),
        Refusal("5.4.1 words that nobody knows", 550, "5.4.1", "rcpt"),
        Refusal("5.7.1 no", 550, "5.7.1", "dot"),
        Outage("5.7.8 Username and Password not accepted", 535, "5.7.8", "auth"),
        Outage("no access", 554, "", "connect"),
    ],
)
def test_a_relay_that_takes_no_more_costs_no_reader_anything(store: Store, clock: Clock, says: Exception) -> None:
    addresses = readers(store, 12)
    relay = Quota(most=4, says=says)
    done = deliver(store, relay, clock, JUDGED)
    assert (done.outcomes[ACCEPTED], done.outcomes[FAILED]) == (4, 0)
    assert len(relay.tried) <= 4 + 3
    assert (store.recent_bounces(), store.suppressions(), done.struck) == ([], [], [])
    [alarm] = done.alarms
    assert alarm.startswith("the mail server relay.test:587 ")
    assert says.args[0] in alarm
    assert done.outage
    assert {row.status for row in rows(store).values()} <= {ACCEPTED, PENDING, DEFERRED}
    assert not any(row.claimed_by for row in rows(store).values() if row.status is not ACCEPTED)
    relay.most = 99
    relay.script.clear()
    clock.turn(minutes=10)
    assert deliver(store, relay, clock, JUDGED).outcomes == {ACCEPTED: 8}
    assert sorted(relay.recipients) == sorted(addresses)


def test_one_reader_who_is_refused_in_words_that_may_be_ours_holds_up_nobody(store: Store, clock: Clock) -> None:
    addresses = readers(store, 6)
    relay = Relay({addresses[1]: [Refusal("5.1.8 Sender address rejected", 553, "5.1.8", "rcpt")] * 9})
    done = deliver(store, relay, clock, JUDGED)
    assert done.outcomes == {ACCEPTED: 5, DEFERRED: 1}
    assert (len(done.alarms), done.outage) == (1, "")


def test_readers_of_one_domain_who_are_refused_in_a_row_are_still_its_own(store: Store, clock: Clock) -> None:
    addresses = readers(store, 6, "r{0}@one.test")
    relay = Relay({address: [Refusal("5.4.1 no", 550, "5.4.1", "rcpt")] for address in addresses[:3]})
    done = deliver(store, relay, clock, JUDGED)
    assert done.outcomes == {FAILED: 3, ACCEPTED: 3}
    assert len(store.recent_bounces()) == 3


def test_what_is_held_when_the_round_ends_is_written_down(store: Store, clock: Clock) -> None:
    addresses = readers(store, 2)
    done = deliver(store, Relay({a: [Refusal("5.4.1 no", 550, "5.4.1", "dot")] for a in addresses}), clock, JUDGED)
    assert (done.outcomes, done.outage) == ({FAILED: 2}, "")


def test_the_dead_are_never_a_matter_of_the_relay(store: Store, clock: Clock) -> None:
    addresses = readers(store, 5)
    done = deliver(store, Relay({a: [Refusal("5.1.1 nobody", 550, "5.1.1", "rcpt")] for a in addresses}), clock, JUDGED)
    assert (done.outcomes, done.alarms) == ({FAILED: 5}, [])


def answers(store: Store, number: int) -> None:
    """Answers to commands, in the outbox before any edition."""
    for n in range(number):
        put_letter(
            store, DeliveryKind.ANSWER, to=f"asks{n}@h{n}.test", content={"subject": "Re: help", "lines": ["Help."]}
        )


@dataclass
class NoNull(Relay):
    """A relay that takes no null sender, and says so by `says`."""

    says: Exception = field(default_factory=lambda: Refusal("Invalid MAIL FROM", 501, "", "mail"))
    senders: list[str] = field(default_factory=list)

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        self.senders.append(envelope.sender)
        if not envelope.sender:
            raise self.says
        return super().send(message, envelope, at_dot)


def simulated(allowed: float, seconds: float, *, window: float = 1.0, latency: float = 0.01) -> tuple[int, int]:
    """What a server that allows so many messages in each window took, and how often it said no."""
    now, rate, stamps = 0.0, RelayRate(4), list[float]()
    taken = refused = 0
    while now < seconds:
        now += max(rate.wait(now), 0.0)
        rate.begin(now)
        started, now = now, now + latency
        stamps = [stamp for stamp in stamps if stamp > now - window]
        if len(stamps) < allowed * window:
            stamps.append(now)
            taken += 1
            rate.taken(now)
        else:
            refused += 1
            rate.throttled(started, now)
    return taken, refused


@pytest.mark.parametrize("allowed", [1, 2, 5, 14, 50])
def test_the_rate_comes_near_what_is_allowed(allowed: int) -> None:
    taken, refused = simulated(allowed, 300)
    assert taken >= 0.75 * allowed * 300
    assert refused <= 0.2 * taken


def test_a_limit_in_a_minute_is_met_as_well() -> None:
    taken, refused = simulated(0.5, 1800, window=60)
    assert taken >= 0.6 * 0.5 * 1800
    assert refused <= 0.4 * taken


def test_one_word_of_a_server_that_is_fast_is_soon_forgotten() -> None:
    rate, now = RelayRate(4), 0.0
    rate.throttled(0.0, now)
    for _ in range(3000):
        now += max(rate.wait(now), 0.0) + 0.001
        rate.begin(now)
        rate.taken(now)
        if rate.rate == float("inf"):
            break
    assert now < 120


def test_those_under_way_together_are_told_once() -> None:
    rate = RelayRate(4)
    assert [rate.throttled(1.0, 2.0), rate.throttled(1.5, 2.1), rate.throttled(2.5, 3.0)] == [True, False, True]


def test_the_server_says_for_how_long() -> None:
    rate = RelayRate(4)
    rate.throttled(0.0, 1.0, 30.0)
    assert rate.wait(1.0) == 30


def test_too_many_connections_become_fewer_and_come_back() -> None:
    rate = RelayRate(4)
    for moment in range(10):
        rate.throttled(moment + 0.5, moment + 1.0, crowded=True)
    assert rate.connections(10.0) == 1
    assert (rate.connections(310.0), rate.connections(10_000.0)) == (2, 4)
    assert RelayRate(1).throttled(1.0, 2.0, crowded=True)


def test_a_relay_that_refuses_us_is_left_alone_for_longer_each_time() -> None:
    pace = Pace(Limits(), lambda: 0.0)
    waits = []
    for _ in range(5):
        pace.refused()
        waits.append(pace.wait())
    assert waits == [120, 300, 600, 1800, 1800]


def test_a_throttled_message_is_tried_again_at_once_without_counting(store: Store, clock: Clock) -> None:
    addresses = readers(store, 6)
    slow = Deferral("Throttling failure: Maximum sending rate exceeded.", 454, "", "dot")
    relay = Relay({addresses[2]: [slow, slow], addresses[4]: [slow]})
    done = deliver(store, relay, clock, JUDGED)
    assert done.outcomes == {ACCEPTED: 6}
    assert {row.attempts for row in rows(store).values()} == {1}
    assert done.failures == []


def test_a_message_that_alone_is_throttled_waits_and_stops_nobody(store: Store, clock: Clock) -> None:
    addresses = readers(store, 4)
    relay = Relay({addresses[0]: [Deferral("4.7.1 too many messages", 451, "4.7.1", "dot")] * 99})
    done = deliver(store, relay, clock, JUDGED)
    assert done.outcomes == {ACCEPTED: 3, DEFERRED: 1}


def test_a_domain_that_wants_us_slower_is_slowed_alone_until_others_say_the_same(store: Store, clock: Clock) -> None:
    addresses = readers(store, 4)
    slow = Deferral("4.7.1 too many messages", 450, "4.7.1", "rcpt")
    pace = Pace(JUDGED.limits)
    deliver(store, Relay({addresses[0]: [slow]}), clock, JUDGED, pace=pace)
    assert pace.wait() == 0
    assert rows(store)[addresses[0]].status is DEFERRED


@pytest.mark.parametrize(
    "says",
    [
        Refusal("Invalid MAIL FROM address provided", 501, "", "mail"),
        Refusal("5.7.1 <>: Sender address rejected: Access denied", 550, "5.7.1", "rcpt"),
        Deferral("4.3.0 not now", 451, "4.3.0", "mail"),
        Outage("4.3.0 closing", 421, "4.3.0", "mail"),
        Outage("hung up", step="mail"),
    ],
)
def test_an_answer_whose_null_sender_is_refused_goes_with_the_usual_one(
    store: Store, clock: Clock, says: Exception
) -> None:
    answers(store, 3)
    addresses = readers(store, 3)
    relay = NoNull(says=says)
    done = deliver(store, relay, clock, JUDGED)
    assert (done.outcomes, done.outage, done.alarms) == ({ACCEPTED: 6}, "", [])
    assert relay.recipients[3:] == addresses
    assert Counter(relay.senders) == {"": 1, JUDGED.sender: 6}


@pytest.mark.parametrize(
    "says",
    [
        Refusal("5.7.1 you may not send", 550, "5.7.1", "mail"),
        Refusal("5.7.1 our policy", 550, "5.7.1", "rcpt"),
        Refusal("5.4.5 daily limit exceeded", 550, "5.4.5", "dot"),
        Refusal("nothing known", 554, "", "dot"),
        Deferral("4.3.0 not now", 451, "4.3.0", "mail"),
        Outage("4.3.0 closing", 421, "4.3.0", "mail"),
        Outage("hung up", step="mail"),
        Outage("hung up", step="body"),
    ],
)
def test_a_message_that_is_no_edition_never_holds_up_editions(store: Store, clock: Clock, says: Exception) -> None:
    answers(store, 3)
    addresses = readers(store, 3)
    relay = Relay({f"asks{n}@h{n}.test": [says] * 9 for n in range(3)})
    done = deliver(store, relay, clock, JUDGED)
    assert relay.recipients == addresses
    assert (done.outage, store.pauses(NOW)) == ("", [])
