"""The store's contract: strangers ask, and are let through or not; they say yes, or no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from digest.model import (
    MONTH,
    SHARES,
    Bounce,
    BounceKind,
    Caps,
    DeliveryKind,
    DeliveryStatus,
    Origin,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
    TurnedAway,
)
from tests.factories import NOW, paper
from tests.storage.joining import (
    LIFE,
    NO_CAPS,
    ask,
    asked_often,
    confirmation,
    demand,
    letter,
    newcomer,
    put_letter,
)
from tests.storage.steps import LEASE, current, enrol, hash_of, ingest_new, publish, send

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
T = TurnedAway
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADA = "ada@example.test"


def test_a_request_comes_out_as_it_went_in(store: Store) -> None:
    asked = confirmation(origin=Origin.MAIL, wishes={"interests": ["視頻 \x00"], "min_score": 0.25, "name": None})
    wanted = letter(confirmation_id=asked.id, content={"subject": "Ré: ok", "lines": ["a", "\x00b"], "n": [1, None]})
    assert store.ask(demand(), Caps(), wanted, asked) is None
    assert store.confirmation(asked.id) == asked
    [kept] = store.deliveries()
    assert kept == replace(wanted, id=kept.id)
    assert (kept.kind, kept.edition_id, kept.domain) == (DeliveryKind.CONFIRMATION, None, "example.test")
    assert store.claim(NOW, LEASE, 9, "w")[0].content == wanted.content
    assert store.confirmation(asked.id + 1) is None
    assert (store.subscribers(), store.consents(1), store.demands_since(NOW)) == ([], [], 1)


def test_what_is_turned_away_leaves_no_row(store: Store) -> None:
    ask(store)
    other = confirmation()
    caps = replace(NO_CAPS, address_day=1)
    assert store.ask(demand(at=NOW + HOUR), caps, letter(confirmation_id=other.id), other) is T.ADDRESS
    assert store.confirmation(other.id) is None
    assert (len(store.deliveries()), store.demands_since(NOW - DAY)) == (1, 1)
    assert store.turned_away(NOW - DAY) == [(NOW + HOUR, T.ADDRESS, 1)]


@pytest.mark.parametrize(
    ("cap", "why", "span"),
    [
        ("hour", T.HOUR, HOUR),
        ("block_hour", T.BLOCK, HOUR),
        ("block_day", T.BLOCK, DAY),
        ("domain_hour", T.DOMAIN, HOUR),
        ("address_day", T.ADDRESS, DAY),
        ("address_month", T.ADDRESS, MONTH),
    ],
)
def test_each_cap_holds_for_its_time(store: Store, cap: str, why: TurnedAway, span: timedelta) -> None:
    caps = replace(NO_CAPS, **{cap: 2})
    assert asked_often(store, caps, 4, lambda _: demand()) == [None, None, why, why]
    late = demand(at=NOW + span - timedelta(seconds=1))
    assert store.ask(late, caps, None) is why
    assert store.ask(replace(late, at=NOW + span), caps, None) is None
    nothing = replace(NO_CAPS, **{cap: 0})
    assert store.ask(demand("new@other.test", at=NOW + 2 * MONTH), nothing, None) is why


@pytest.mark.parametrize(
    ("cap", "other"),
    [
        ("block_hour", {"block": "another"}),
        ("domain_hour", {"domain": "other.test"}),
        ("address_day", {"address_hash": "another"}),
        ("hour", {"block": ""}),
        ("domain_hour", {"block": ""}),
        ("block_day", {"block": ""}),
        ("address_day", {"block": ""}),
        ("address_month", {"block": ""}),
        ("address_day", {"block": "another"}),
        ("address_month", {"block": "another"}),
    ],
)
def test_what_a_cap_does_not_count(store: Store, cap: str, other: dict[str, str]) -> None:
    caps = replace(NO_CAPS, **{cap: 1})
    assert store.ask(demand(), caps, None) is None
    assert store.ask(demand(), caps, None) is not None
    assert store.ask(replace(demand(), **other), caps, None) is None


def test_mails_have_caps_of_their_own(store: Store) -> None:
    caps = replace(NO_CAPS, hour=2, block_hour=0)
    mails = asked_often(store, caps, 3, lambda n: demand(f"a{n}@example.test", block=""))
    assert mails == [None, None, T.HOUR]
    assert store.ask(demand(block=""), replace(NO_CAPS, domain_hour=2), None) is T.DOMAIN


def test_caps_are_met_in_their_order(store: Store) -> None:
    caps = Caps(1, 1, 1, 1, 1, 1)
    assert store.ask(demand(), caps, None) is None
    met = []
    for name in ("hour", "block_hour", "block_day", "domain_hour", "address_day", "address_month"):
        met.append(store.ask(demand(), caps, None))
        caps = replace(caps, **{name: 9})
    assert met == [T.HOUR, T.BLOCK, T.BLOCK, T.DOMAIN, T.ADDRESS, T.ADDRESS]
    assert store.ask(demand(), caps, None) is None


@pytest.mark.parametrize("asked_before", [True, False])
def test_the_share_of_a_network_does_not_tell_whether_an_address_was_asked_for(
    store: Store, asked_before: bool
) -> None:
    """A stranger sees the caps of a network: an address that takes nothing off them was asked for by somebody else."""
    caps = Caps(address_day=1, block_hour=3, block_day=9)
    if asked_before:
        others = asked_often(store, caps, SHARES, lambda n: demand("victim@example.test", block=f"home {n}"))
        assert others == [None] * SHARES
    assert store.ask(demand("victim@example.test", block="spy"), caps, None) is (T.ADDRESS if asked_before else None)
    spying = asked_often(store, caps, 3, lambda n: demand(f"own{n}@spy.test", block="spy"))
    assert spying == [None, None, T.BLOCK]


def test_what_counts_for_a_network_alone_counts_for_nothing_else_and_leaves_few_rows(store: Store) -> None:
    caps = replace(NO_CAPS, address_day=1, address_month=2, hour=5, domain_hour=4)
    assert asked_often(store, caps, 9, lambda n: demand(block=f"block {n}")) == [None] * SHARES + [T.ADDRESS] * 6
    assert store.demands_since(NOW) == SHARES
    assert store.ask(demand("eve@example.test"), caps, None) is None
    assert store.ask(demand("bob@other.test"), caps, None) is None
    assert store.ask(demand(at=NOW + 2 * DAY), caps, None) is None
    assert store.purge_joining(NOW + 2 * MONTH) == 6 + 5 + 1  # Demands, those of a network alone, a number.


def test_the_turned_away_are_counted_by_the_hour_and_the_cap(store: Store) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    moments = [NOW, NOW + timedelta(minutes=59), NOW.astimezone(india), NOW + HOUR]
    for at in moments:
        store.ask(demand(at=at), replace(NO_CAPS, block_hour=0), None)
    store.ask(demand(at=NOW), replace(NO_CAPS, hour=0), None)
    assert store.turned_away(NOW + timedelta(minutes=30)) == [
        (NOW, T.BLOCK, 3),
        (NOW, T.HOUR, 1),
        (NOW + HOUR, T.BLOCK, 1),
    ]
    assert store.turned_away(NOW + HOUR) == [(NOW + HOUR, T.BLOCK, 1)]


def test_who_says_yes_is_a_subscriber_with_a_proof(store: Store) -> None:
    asked, sent = ask(store)
    assert (store.open_confirmations(NOW), store.counts()["subscribers_pending"]) == (1, 1)
    person = store.confirm(asked.id, newcomer(zone="Europe/Rome", cutoff=3), NOW + HOUR, "198.51.100.0/24")
    assert person is not None
    assert store.subscribers() == [person]
    assert (person.address, person.zone, person.cutoff) == (ADA, "Europe/Rome", 3)
    proof = replace(asked, confirmed_at=NOW + HOUR, confirmed_from="198.51.100.0/24", subscriber_id=person.id)
    assert store.consents(person.id) == [proof]
    assert store.confirmation(asked.id) == proof
    assert (store.open_confirmations(NOW), store.counts()["subscribers_pending"]) == (0, 0)
    assert current(store, sent.id).status is S.CANCELLED


def test_a_second_click_changes_nothing(store: Store) -> None:
    asked, _ = ask(store)
    person = store.confirm(asked.id, newcomer(), NOW, "here")
    assert person is not None
    store.remove_subscriber(person.id, NOW)
    assert store.confirm(asked.id, newcomer(name="Again"), NOW + HOUR, "there") is None
    assert store.subscriber(person.id).status is SubscriberStatus.GONE
    assert [proof.confirmed_from for proof in store.consents(person.id)] == ["here"]


def test_a_request_that_ended_is_over(store: Store) -> None:
    asked, _ = ask(store)
    assert store.confirm(asked.id, newcomer(), NOW + LIFE, "") is None
    assert store.confirm(asked.id + 1, newcomer(), NOW, "") is None
    assert store.subscribers() == []
    assert store.confirm(asked.id, newcomer(), NOW + LIFE - timedelta(seconds=1), "") is not None


def test_one_yes_is_the_end_of_the_other_requests(store: Store) -> None:
    (first, one), (second, two), (foreign, three) = ask(store), ask(store), ask(store, "eve@example.test")
    person = store.confirm(second.id, newcomer(), NOW, "")
    assert person is not None
    assert store.confirmation(first.id) is None
    assert store.confirm(first.id, newcomer(), NOW, "") is None
    assert store.confirmation(foreign.id) == foreign
    assert [current(store, d.id).status for d in (one, two, three)] == [S.CANCELLED, S.CANCELLED, S.PENDING]


def test_who_left_comes_back_with_their_past_and_new_wishes(store: Store) -> None:
    one = paper(revision=1)
    ingest_new(store, one)
    person = enrol(store, address=ADA, name="Old")
    publish(store, person, one)
    store.remove_subscriber(person.id, NOW)
    asked, _ = ask(store)
    back = store.confirm(asked.id, newcomer("ADA@example.test", name="New"), NOW, "")
    assert back is not None
    assert (back.id, back.cutoff, back.name, back.status) == (person.id, 1, "New", SubscriberStatus.ACTIVE)
    assert store.subscribers() == [back]
    assert store.picked(back.id, [one.key]) == {one.key: 1}


@pytest.mark.parametrize("status", [SubscriberStatus.ACTIVE, SubscriberStatus.PAUSED])
def test_who_is_here_meanwhile_stays_as_they_are(store: Store, status: SubscriberStatus) -> None:
    asked, _ = ask(store)
    person = enrol(store, address="Ada@Example.test", name="As before", status=status)
    assert store.confirm(asked.id, newcomer(name="New"), NOW, "") == person
    assert store.subscribers() == [person]
    assert [proof.id for proof in store.consents(person.id)] == [asked.id]


def test_proofs_of_one_person_are_told_in_their_order(store: Store) -> None:
    first, _ = ask(store)
    person = store.confirm(first.id, newcomer(), NOW, "")
    assert person is not None
    store.remove_subscriber(person.id, NOW)
    again, _ = ask(store, asked_at=NOW - DAY)
    store.confirm(again.id, newcomer(), NOW + HOUR, "")
    assert [proof.id for proof in store.consents(person.id)] == [first.id, again.id]


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_a_yes_lifts_a_suppression_that_was_no_wish(store: Store, reason: SuppressionReason) -> None:
    asked, _ = ask(store)
    bad = Bounce(hash_of(ADA), BounceKind.HARD, NOW)
    store.bounced(bad, NOW, lambda *_: reason)
    store.suppress(Suppression("another", reason, NOW))
    assert store.confirm(asked.id, newcomer(), NOW, "", lift=hash_of(ADA)) is not None
    stays = reason in (SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR)
    assert (store.suppression(hash_of(ADA)) is not None, bool(store.bounces(hash_of(ADA)))) == (stays, stays)
    assert store.suppression("another") is not None


def test_a_yes_lifts_nothing_unasked(store: Store) -> None:
    asked, _ = ask(store)
    store.suppress(Suppression(hash_of(ADA), SuppressionReason.DEAD, NOW))
    store.confirm(asked.id, newcomer(), NOW, "")
    assert store.suppression(hash_of(ADA)) is not None


def test_it_was_not_me(store: Store) -> None:
    (asked, sent), (other, kept) = ask(store), ask(store, "eve@example.test")
    assert store.decline(asked.id, NOW)
    assert not store.decline(asked.id, NOW)
    assert store.confirmation(asked.id) is None
    assert [current(store, d.id).status for d in (sent, kept)] == [S.CANCELLED, S.PENDING]
    assert store.confirm(asked.id, newcomer(), NOW, "") is None
    store.confirm(other.id, newcomer("eve@example.test"), NOW, "")
    assert not store.decline(other.id, NOW)
    assert store.confirmation(other.id) is not None


def test_what_ended_unconfirmed_is_forgotten(store: Store) -> None:
    (over, _), (said_yes, _), (later, _) = ask(store), ask(store, "b@example.test"), ask(store, "c@example.test")
    store.confirm(said_yes.id, newcomer("b@example.test"), NOW, "")
    fresh = confirmation(address="d@example.test", expires_at=NOW + LIFE + HOUR)
    store.ask(demand("d@example.test"), NO_CAPS, None, fresh)
    assert store.purge_joining(NOW + LIFE - HOUR) == 0
    assert store.purge_joining(NOW + LIFE) == 2
    assert [store.confirmation(c.id) is None for c in (over, said_yes, later, fresh)] == [True, False, True, False]


def test_demands_are_forgotten_after_a_month(store: Store) -> None:
    asked_often(store, replace(NO_CAPS, address_day=1), 3, lambda _: demand())
    asked_often(store, replace(NO_CAPS, address_day=1), 2, lambda _: demand(at=NOW + DAY))
    assert store.purge_joining(NOW + MONTH) == 0
    assert store.purge_joining(NOW + MONTH + HOUR) == 4  # Three demands, and a number of those turned away.
    assert (store.demands_since(NOW - DAY), len(store.turned_away(NOW - DAY))) == (1, 1)
    assert store.purge_joining(NOW + MONTH + DAY + HOUR) == 3
    assert (store.demands_since(NOW - DAY), store.turned_away(NOW - DAY)) == (0, [])


def test_letters_are_blanked_after_a_month_and_keep_their_numbers(store: Store) -> None:
    edition = send(store)
    done = put_letter(store, DeliveryKind.ANSWER, content={"lines": ["secret"]})
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [done.id]
    store.step(done.id, "w", S.SENDING)
    store.release("w")
    waiting = put_letter(store, DeliveryKind.ANSWER, content={"lines": ["secret"]}, expires_at=NOW + 9 * MONTH)
    assert store.expire(NOW + DAY) == 1
    assert store.purge_joining(NOW + MONTH) == 0
    assert store.purge_joining(NOW + MONTH + HOUR) == 3  # One letter, two demands.
    blank = current(store, done.id)
    assert (blank.recipient, blank.address_hash, blank.content, blank.status) == ("", "", {}, S.EXPIRED)
    assert blank.message_id == done.message_id
    assert (current(store, waiting.id), current(store, edition.id)) == (waiting, edition)
    assert store.purge_joining(NOW + MONTH + HOUR) == 0


def test_nobody_uses_up_what_the_owner_of_an_address_may_ask_for(store: Store) -> None:
    caps = Caps()
    day = [asked_often(store, caps, 9, lambda _, n=n: demand(block="stranger", at=NOW + n * DAY)) for n in range(5)]
    assert [one.count(None) for one in day] == [1, 1, 1, 0, 0]
    assert store.ask(demand(block="home", at=NOW + 4 * DAY), caps, None) is None


def test_a_flood_leaves_few_rows(store: Store) -> None:
    """One network asks for a thousand addresses, and a thousand networks for one: honest people still pass."""
    caps = Caps()
    block = asked_often(store, caps, 1_000, lambda n: demand(f"victim{n}@d{n}.test"))
    victim = asked_often(store, caps, 1_000, lambda n: demand(block=f"block {n}"))
    assert (block.count(None), victim.count(None)) == (caps.block_hour, SHARES * caps.address_day)
    assert store.demands_since(NOW) == 13
    assert store.turned_away(NOW) == [(NOW, T.ADDRESS, 997), (NOW, T.BLOCK, 990)]
    assert store.ask(demand("honest@other.test", block="home"), caps, None) is None
