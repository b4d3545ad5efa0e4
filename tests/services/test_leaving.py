"""Who leaves is gone at once, may come back for a week, and takes or erases what was kept of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from digest.errors import TokenError
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import DeliveryStatus, SubscriberStatus, Suppression, SuppressionReason
from digest.services import joining, leaving
from digest.services.joining import WORDING
from digest.services.leaving import UNDO
from tests.factories import NOW
from tests.services.guests import ADDRESS, RULES, WEB, joined
from tests.services.parts import BOTH, KEYS, at, enrolled, key, keys, publish, put, say

DATABASES = BOTH

HOUR = timedelta(hours=1)


def token(subscriber, purpose=Purpose.UNSUBSCRIBE):
    return subscriber_token(KEYS, purpose, subscriber)


def leave(store, subscriber, now=NOW):
    return leaving.unsubscribe(store, KEYS, token(subscriber), now)


def undo(store, subscriber, now=NOW):
    return leaving.undo(store, KEYS, token(subscriber), now)


def test_who_unsubscribes_gets_nothing_more_not_even_what_waits(store):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    assert [leave(store, reader) for _ in range(2)] == [True, False]
    assert store.subscriber(reader.id).status is SubscriberStatus.GONE
    assert store.deliveries()[0].status is DeliveryStatus.CANCELLED


@pytest.mark.parametrize("act", [leaving.unsubscribe, leaving.undo])
def test_only_the_token_for_it_lets_somebody_go_or_back(store, act):
    reader = enrolled(store)
    for purpose in set(Purpose) - {Purpose.UNSUBSCRIBE}:
        with pytest.raises(TokenError):
            act(store, KEYS, token(reader, purpose), NOW)
    with pytest.raises(TokenError):
        act(store, KEYS, KEYS.token(Purpose.UNSUBSCRIBE, 10**9), NOW)
    assert store.subscriber(reader.id) == reader


def test_an_unsubscribe_is_taken_back_within_a_week_with_the_same_wishes(store):
    reader = enrolled(store, next_due_at=at("05-26 07:00"))
    leave(store, reader)
    assert [undo(store, reader, NOW + HOUR) for _ in range(2)] == [True, False]
    assert store.subscriber(reader.id) == reader
    leave(store, reader)
    assert not undo(store, reader, NOW + UNDO + HOUR)
    assert store.subscriber(reader.id).status is SubscriberStatus.GONE


@pytest.mark.parametrize(
    ("back", "due"),
    [
        ("05-25 09:00", "05-26 07:00"),  # today's edition was made before they left
        ("05-26 06:00", "05-26 07:00"),
        ("05-26 09:00", "05-26 07:00"),  # late, and today
        ("05-28 06:00", "05-28 07:00"),
        ("05-28 23:00", "05-28 07:00"),
    ],
)
def test_who_comes_back_gets_todays_edition_and_none_of_a_day_before(store, back, due):
    put(store, 1)
    reader = enrolled(store)
    publish(store)
    leave(store, reader)
    put(store, 2, now=at("05-25 20:00"))
    assert undo(store, reader, at(back))
    assert store.subscriber(reader.id).next_due_at == at(due)
    made = publish(store, max(at(due), at(back)))
    assert [one.edition.edition_date.isoformat() for one in made] == [f"2026-{due[:5]}"]
    # The first edition was stopped before it was sent: its paper comes with the next.
    assert sorted(keys(made[0].edition)) == [key(1), key(2)]


def test_a_newcomer_who_comes_back_is_scheduled_as_a_newcomer(store):
    reader = enrolled(store)
    leave(store, reader)
    assert undo(store, reader)
    assert store.subscriber(reader.id).next_due_at is None


def test_who_called_the_mail_unwanted_does_not_come_back_by_an_old_link(store):
    reader = enrolled(store, address=ADDRESS)
    leave(store, reader)
    store.suppress(Suppression(KEYS.address_hash(ADDRESS), SuppressionReason.COMPLAINT, NOW))
    assert not undo(store, reader)


def test_who_was_erased_does_not_come_back(store):
    reader = enrolled(store)
    assert [leaving.erase(store, reader, NOW) for _ in range(2)] == [True, False]
    assert not undo(store, reader)
    assert not leave(store, reader)


def full_life(store):
    put(store, 1, 2)
    reader = joined(store, name="Ada Lovelace", interests=["matter", "-survey"])
    publish(store)
    say(store, reader, 1)
    joining.ask_for_link(store, RULES, ADDRESS, WEB, NOW)
    return reader


def test_an_export_holds_everything_that_is_kept(store):
    reader = full_life(store)
    store.suppress(Suppression(KEYS.address_hash(ADDRESS), SuppressionReason.DEAD, NOW, "5.1.1"))
    told = leaving.export(store, reader)
    assert json.loads(json.dumps(told)) == told
    assert told["subscriber"]["address"] == ADDRESS
    assert told["subscriber"]["interests"] == ["matter", "-survey"]
    (consent,) = told["consents"]
    assert (consent["wording"], consent["asked_from"], consent["wishes"]["name"]) == (
        WORDING,
        "192.0.2.0/24",
        "Ada Lovelace",
    )
    assert [(one["key"], one["opinion"]) for one in told["feedback"]] == [(key(1), "liked")]
    assert [(one["date"], sorted(one["papers"])) for one in told["editions"]] == [("2026-05-25", [key(1), key(2)])]
    assert [(one["kind"], one["status"]) for one in told["deliveries"]][-2:] == [
        ("edition", "cancelled"),
        ("link", "cancelled"),
    ]
    assert told["suppression"] == {"reason": "dead", "since": "2026-05-25T08:00:00Z", "detail": "5.1.1"}


def test_the_keys_find_a_suppression_of_who_was_sent_nothing(store):
    reader = enrolled(store, address=ADDRESS)
    store.suppress(Suppression(KEYS.address_hash(ADDRESS), SuppressionReason.OPERATOR, NOW))
    assert leaving.export(store, reader)["suppression"] is None
    assert leaving.export(store, reader, KEYS)["suppression"]["reason"] == "operator"


def test_after_an_erasure_nothing_of_the_person_is_left(store):
    reader = full_life(store)
    store.suppress(Suppression(KEYS.address_hash(ADDRESS), SuppressionReason.COMPLAINT, NOW))
    leaving.erase(store, reader, NOW)
    told = leaving.export(store, store.subscriber(reader.id), KEYS)
    words = json.dumps(told)
    assert not [word for word in (ADDRESS, "Ada", "matter", "192.0.2", key(1)) if word in words]
    assert (told["consents"], told["feedback"]) == ([], [])
    assert store.suppression(KEYS.address_hash(ADDRESS)).reason is SuppressionReason.COMPLAINT
