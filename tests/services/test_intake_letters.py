"""What comes back from letters that are no editions: to people who are nobody yet, and to subscribers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.tokens import Purpose
from digest.model import DeliveryKind, Suppression, SuppressionReason
from digest.services import joining, leaving
from digest.services.deliver import deliver_due
from digest.services.taken import TakenKind
from tests.factories import NOW
from tests.mail import notices
from tests.mail.notices import per_recipient, report
from tests.services.guests import ADDRESS, MAIL, RULES, ask, joined, letters_to, token, writer
from tests.services.incoming import take, verp
from tests.services.parts import KEYS, SENDING, Clock, Relay

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Delivery
    from digest.storage import Store


def sent(store: Store) -> Delivery:
    """The last letter to the guest, sent."""
    deliver_due(store, Relay, writer(store), SENDING, Clock(NOW + timedelta(minutes=1)))
    return letters_to(store)[-1]


def bounced(delivery: Delivery) -> bytes:
    return report(per_recipient(Final_Recipient=f"rfc822; {ADDRESS}"), to=verp(delivery), returned="")


def complaint(delivery: Delivery) -> bytes:
    return notices.feedback(fields=f"Original-Mail-From: <{verp(delivery)}>\n", returned="")


def test_a_dead_address_that_somebody_gave_is_given_up(store: Store) -> None:
    ask(store)
    letter = sent(store)
    assert letter.kind is DeliveryKind.CONFIRMATION
    done = take(store, bounced(letter), verp(letter))
    assert (done.kind, done.delivery_id, done.subscriber_id) == (TakenKind.BOUNCE, letter.id, None)
    assert done.suppression is not None
    assert done.suppression.reason is SuppressionReason.DEAD
    assert store.suppression(KEYS.address_hash(ADDRESS)) == done.suppression


def test_who_calls_a_request_to_confirm_unwanted_is_never_asked_again(store: Store) -> None:
    ask(store)
    letter = sent(store)
    done = take(store, complaint(letter), "fbl@digest.test", "feedback@provider.test")
    assert (done.kind, done.what) == (TakenKind.COMPLAINT, "complaint (abuse); the request is forgotten")
    assert store.open_confirmations(NOW) == 0
    ask(store)
    assert [one.id for one in letters_to(store)] == [letter.id]

    ask(store, now=NOW + timedelta(days=2))
    assert [one.id for one in letters_to(store)] == [letter.id]
    ask(store, now=NOW + timedelta(days=2), place=MAIL)  # proved to be their own mail
    assert len(letters_to(store)) == 2


def complained(store: Store) -> datetime:
    """When the guest called a letter unwanted that told them that they are subscribed."""
    joined(store)
    ask(store)
    take(store, complaint(sent(store)), "fbl@digest.test", "feedback@provider.test")
    return NOW


def test_a_double_opt_in_lifts_a_complaint_after_a_day(store: Store) -> None:
    since = complained(store)
    before = len(letters_to(store))
    ask(store, now=since + timedelta(hours=23))
    assert len(letters_to(store)) == before
    later = since + timedelta(hours=25)
    ask(store, now=later)
    relay = Relay()
    deliver_due(store, lambda: relay, writer(store), SENDING, Clock(later))
    assert len(relay.taken) == 1
    done = joining.confirm(store, RULES, token(store), "", later)
    assert done.kind == "new"
    assert store.suppression(KEYS.address_hash(ADDRESS)) is None
    assert store.bounces(KEYS.address_hash(ADDRESS)) == []


def test_a_report_of_an_old_message_after_somebody_came_back_holds_for_a_day(store: Store) -> None:
    ask(store)
    word = token(store)
    letter = sent(store)
    store.suppress(Suppression(letter.address_hash, SuppressionReason.COMPLAINT, NOW))
    joining.confirm(store, RULES, word, "", NOW + timedelta(hours=1))
    assert store.suppression(letter.address_hash) is not None


def test_a_complaint_about_a_letter_to_a_subscriber_lets_them_go(store: Store) -> None:
    reader = joined(store)
    ask(store)
    letter = sent(store)
    assert letter.kind is DeliveryKind.KNOWN
    done = take(store, complaint(letter), "fbl@digest.test", "feedback@provider.test")
    assert (done.subscriber_id, store.subscriber(reader.id).status) == (reader.id, "gone")
    assert done.what == "complaint (abuse); the subscriber is let go"


def test_a_late_bounce_of_somebody_who_was_erased_says_nothing_of_anybody(store: Store) -> None:
    reader = joined(store)
    ask(store)
    letter = sent(store)
    leaving.erase(store, reader, NOW)
    done = take(store, bounced(letter), verp(letter))
    assert (done.kind, done.suppression) == (TakenKind.BOUNCE, None)
    assert store.suppressions() == []


@pytest.mark.parametrize("where", ["envelope", "subject"])
def test_without_rules_for_commands_nobody_confirms_by_mail(store: Store, where: str) -> None:
    ask(store)
    word = token(store)
    to = f"digest+{word}@digest.test" if where == "envelope" else "digest@digest.test"
    message = notices.letter(f"confirm {word}" if where == "subject" else "confirm", to)
    assert take(store, message, to, ADDRESS).kind is TakenKind.IGNORED
    assert store.subscribers() == []
    assert KEYS.number(Purpose.CONFIRM, word) >= 0
