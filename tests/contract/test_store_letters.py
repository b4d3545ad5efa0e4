"""The store's contract: letters that are no editions go through the same outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import (
    BounceKind,
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Outcome,
    Subscriber,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
)
from digest.storage import Recovered
from tests.factories import NOW, paper
from tests.storage.joining import LIFE, ask, letter, newcomer, put_letter
from tests.storage.steps import ACCEPTED, LEASE, current, enrol, hash_of, ingest_new, put_in_outbox

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
K = DeliveryKind
R = SuppressionReason
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTERS = tuple(kind for kind in K if kind is not K.EDITION)
REFUSED = Outcome(S.FAILED, 550, "no such user")


def put(store: Store, kind: DeliveryKind) -> tuple[Subscriber, Delivery]:
    """A letter of that kind, and whose address it goes to: a subscriber but for a confirmation."""
    if kind is K.CONFIRMATION:
        return newcomer(), ask(store)[1]
    person = enrol(store)
    return person, put_letter(store, kind, person)


def fail(store: Store, delivery: Delivery, outcome: Outcome = REFUSED) -> Delivery:
    """Try it, to that outcome."""
    assert delivery.id in {d.id for d in store.claim(NOW, LEASE, 99, "w")}
    assert store.step(delivery.id, "w", S.SENDING)
    assert store.settle(delivery.id, "w", outcome, NOW)
    return current(store, delivery.id)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_goes_all_the_way(store: Store, kind: DeliveryKind) -> None:
    person, sent = put(store, kind)
    assert (sent.kind, sent.edition_id, sent.subscriber_id) == (kind, None, person.id or None)
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [sent.id]
    for step in (S.SENDING, S.DOT_SENT):
        assert store.step(sent.id, "w", step)
    assert store.settle(sent.id, "w", ACCEPTED, NOW)
    assert current(store, sent.id).status is S.ACCEPTED
    assert store.deliveries(domain="example.test")[0].id == sent.id


def test_letters_go_before_editions_and_the_longest_due_first(store: Store) -> None:
    editions = [put_in_outbox(store, due_at=NOW - n * HOUR) for n in (3, 2)]
    letters = [put_letter(store, K.ANSWER, due_at=NOW - n * HOUR) for n in (0, 1)]
    put_letter(store, K.ANSWER, due_at=NOW + HOUR)
    order = [letters[1].id, letters[0].id, editions[0].id, editions[1].id]
    assert [d.id for d in store.claim(NOW, LEASE, 3, "w")] == order[:3]
    assert [d.id for d in store.claim(NOW, LEASE, 3, "v")] == order[3:]
    store.release("w")
    assert [d.id for d in store.claim(NOW, LEASE, 1, "w")] == order[:1]


def test_letters_too_wait_for_a_domain_that_refuses_us(store: Store) -> None:
    put_letter(store, K.ANSWER, to="a@slow.test")
    store.strike("quiet.test", "no", NOW, lambda _: HOUR)
    put_letter(store, K.ANSWER, to="a@quiet.test")
    assert store.claim(NOW, LEASE, 9, "w", {"slow.test"}) == []


def test_what_was_confirmed_or_ended_is_not_asked_any_more(store: Store) -> None:
    (_, waiting), (done, answered), (over, late) = (ask(store, f"{name}@example.test") for name in "abc")
    store.decline(over.id, NOW)
    store.confirm(done.id, newcomer("b@example.test"), NOW, "")
    for number in (done.id, over.id, None):
        put_letter(store, K.CONFIRMATION, confirmation_id=number)
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [waiting.id]
    assert [current(store, d.id).status for d in (answered, late)] == [S.CANCELLED] * 2
    assert store.delivery_counts() == {S.CLAIMED: 1, S.CANCELLED: 5}


def test_a_confirmation_ends_with_its_request(store: Store) -> None:
    _, sent = ask(store, expires_at=NOW)
    assert store.claim(NOW, LEASE, 9, "w") == []
    assert current(store, sent.id).status is S.CANCELLED


@pytest.mark.parametrize("status", list(SubscriberStatus))
def test_letters_to_those_who_left_are_not_sent_but_answers_are(store: Store, status: SubscriberStatus) -> None:
    """The answer to an unsubscription goes to somebody who is gone."""
    person = enrol(store)
    sent = {put_letter(store, kind, person).id: kind for kind in LETTERS if kind is not K.CONFIRMATION}
    if status is SubscriberStatus.GONE:
        store.remove_subscriber(person.id, NOW)
        assert store.delivery_counts() == {S.CANCELLED: 3}
        sent = {put_letter(store, kind, person).id: kind for kind in sent.values()}
    else:
        store.update_subscriber(replace(person, status=status))
    gone = status is SubscriberStatus.GONE
    assert {sent[d.id] for d in store.claim(NOW, LEASE, 9, "w")} == ({K.ANSWER} if gone else {*sent.values()})


@pytest.mark.parametrize("claimed", [False, True])
def test_leaving_cancels_the_letters_of_one_person(store: Store, claimed: bool) -> None:
    people = [enrol(store), enrol(store)]
    theirs = [[put_letter(store, kind, person) for kind in (K.KNOWN, K.LINK, K.ANSWER)] for person in people]
    if claimed:
        store.claim(NOW, LEASE, 99, "w")
    store.remove_subscriber(people[0].id, NOW)
    rest = S.CLAIMED if claimed else S.PENDING
    assert [[current(store, d.id).status for d in sent] for sent in theirs] == [[S.CANCELLED] * 3, [rest] * 3]


@pytest.mark.parametrize("kind", LETTERS)
@pytest.mark.parametrize("reason", list(R))
@pytest.mark.parametrize("before", [False, True])
def test_a_suppression_stops_letters_but_the_one_that_finds_out(
    store: Store, kind: DeliveryKind, reason: SuppressionReason, before: bool
) -> None:
    suppression = Suppression(hash_of("ada@example.test"), reason, NOW)
    if before:
        store.suppress(suppression)
    sent = ask(store)[1] if kind is K.CONFIRMATION else put_letter(store, kind)
    if not before:
        store.suppress(suppression)
    goes = kind is K.CONFIRMATION and reason in (R.DEAD, R.BOUNCES)
    assert len(store.claim(NOW, LEASE, 9, "w")) == goes
    now = current(store, sent.id)
    assert (now.status, now.last_error) == ((S.CLAIMED, "") if goes else (S.CANCELLED, f"suppressed: {reason}"))


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_that_never_arrives_costs_nobody_a_paper(store: Store, kind: DeliveryKind) -> None:
    ingest_new(store, paper())
    reader = enrol(store, cutoff=1)
    person, failed = put(store, kind)
    fail(store, failed)
    late = put_letter(store, kind, None if kind is K.CONFIRMATION else person)
    assert store.expire(NOW + DAY) == 1
    assert current(store, late.id).status is S.EXPIRED
    assert [p.cutoff for p in store.subscribers()] == [1, 0][: len(store.subscribers())]
    assert store.subscriber(reader.id) == reader


def test_a_letter_of_a_dead_worker_is_freed(store: Store) -> None:
    for status in (S.SENDING, S.DOT_SENT):
        number = put_letter(store, K.ANSWER).id
        store.claim(NOW, LEASE, 9, "dead")
        store.step(number, "dead", S.SENDING)
        if status is S.DOT_SENT:
            store.step(number, "dead", status)
    assert store.recover(NOW, {"dead"}, True) == Recovered(freed=1, resent=1)


def test_a_refused_confirmation_is_bad_news_of_its_address(store: Store) -> None:
    _, sent = ask(store)
    hard = replace(REFUSED, bounce=BounceKind.HARD)
    store.claim(NOW, LEASE, 9, "w")
    store.step(sent.id, "w", S.SENDING)
    assert store.settle(sent.id, "w", hard, NOW, lambda *_: R.DEAD)
    assert [bounce.delivery_id for bounce in store.bounces(hash_of("ada@example.test"))] == [sent.id]
    assert store.suppression(hash_of("ada@example.test")) is not None


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_may_be_tried_again_while_it_has_a_reason(store: Store, kind: DeliveryKind) -> None:
    _, sent = put(store, kind)
    fail(store, sent)
    assert store.requeue(sent.id, NOW + HOUR, NOW + DAY)
    again = store.claim(NOW + HOUR, LEASE, 9, "w")
    assert [(d.id, d.message_id) for d in again] == [(sent.id, sent.message_id)]
    store.release("w")
    assert store.expire(NOW + DAY) == 1
    assert store.requeue(sent.id, NOW + LIFE, NOW + 9 * DAY) is (kind is not K.CONFIRMATION)


def test_what_has_lost_its_reason_is_not_tried_again(store: Store) -> None:
    (declined, one), (confirmed, two) = ask(store), ask(store, "b@example.test")
    person = enrol(store)
    three = put_letter(store, K.LINK, person)
    store.claim(NOW, LEASE, 9, "w")
    for sent in (one, two, three):
        store.step(sent.id, "w", S.SENDING)
        store.settle(sent.id, "w", REFUSED, NOW)
    store.decline(declined.id, NOW)
    store.confirm(confirmed.id, newcomer("b@example.test"), NOW, "")
    store.remove_subscriber(person.id, NOW)
    assert [store.requeue(d.id, NOW, NOW + DAY) for d in (one, two, three)] == [False] * 3


def test_a_letter_that_was_blanked_is_not_tried_again(store: Store) -> None:
    failed = fail(store, put_letter(store, K.ANSWER))
    assert store.purge_joining(NOW + 99 * DAY) > 0
    assert not store.requeue(failed.id, NOW + 99 * DAY, NOW + 999 * DAY)
    assert current(store, failed.id).last_error == ""


def test_answers_are_bounded_by_address_and_time(store: Store) -> None:
    answers = [letter(K.ANSWER, created_at=NOW + n * HOUR, content={"lines": [str(n)]}) for n in range(4)]
    assert [store.post(answer, 2, NOW) for answer in answers[:3]] == [True, True, False]
    put_letter(store, K.LINK)
    assert store.post(letter(K.ANSWER, to="eve@example.test"), 1, NOW)
    assert not store.post(answers[3], 2, NOW)
    assert not store.post(answers[3], 1, NOW + HOUR)
    assert store.post(answers[3], 1, NOW + HOUR + timedelta(seconds=1))
    assert not store.post(letter(K.ANSWER, to="new@example.test"), 0, NOW)
    assert [d.content for d in store.claim(NOW, LEASE, 1, "w")] == [{"lines": ["0"]}]


def test_an_answer_that_cannot_be_counted_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="hash of an address"):
        store.post(letter(K.ANSWER, address_hash=""), 9, NOW)
    assert store.deliveries() == []
