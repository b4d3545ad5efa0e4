"""Mail by which somebody leaves or complains: what programs and people send to the address to unsubscribe at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.model import DeliveryStatus, SubscriberStatus, SuppressionReason
from digest.services.intake import TakenKind
from tests.mail import notices
from tests.mail.notices import letter, per_recipient, report
from tests.services.incoming import (
    ADA,
    IGNORED,
    complaint,
    reader_of,
    returned,
    sent,
    take,
    verp,
)
from tests.services.parts import KEYS, enrolled, publish, put

if TYPE_CHECKING:
    from digest.model import Delivery, Subscriber
    from digest.storage import Store


@pytest.fixture
def delivery(store: Store) -> Delivery:
    """An edition that was sent to Ada."""
    put(store, 1, 2, 3)
    enrolled(store, address=ADA)
    return sent(store)


BY_PROGRAMS: list[tuple[dict[str, str], str]] = [
    ({"Auto_Submitted": "auto-generated"}, ADA),
    ({"Auto_Submitted": "auto-replied"}, ADA),
    ({"Precedence": "bulk"}, ADA),
    ({"List_Id": "<people.reader.test>"}, ADA),
    ({"X_Autoreply": "yes"}, ADA),
    ({"X_Auto_Response_Suppress": "All"}, ADA),
    ({"In_Reply_To": "<an.edition@digest.test>"}, "<>"),
    ({}, "<>"),
    ({}, "MAILER-DAEMON"),
    ({"X_Failed_Recipients": ADA}, "<>"),
]


def _leaving(reader: Subscriber, **fields: str) -> bytes:
    return letter(to=f"unsubscribe+{subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader)}@digest.test", **fields)


def test_unsubscribing_by_mail(store: Store) -> None:
    put(store, 1, 2)
    reader = enrolled(store, address=ADA)
    publish(store)
    done = take(store, _leaving(reader), sender=ADA)
    assert (done.kind, done.what, done.subscriber_id) == (TakenKind.UNSUBSCRIBE, "unsubscribed", reader.id)
    assert store.subscriber(reader.id).status is SubscriberStatus.GONE
    assert [d.status for d in store.deliveries()] == [DeliveryStatus.CANCELLED]
    assert store.suppressions() == []
    assert take(store, _leaving(reader), sender=ADA).what == "had left before"
    assert take(store, _leaving(replace(reader, id=999)), sender=ADA).kind is IGNORED


def test_it_does_not_matter_who_asks_but_what_token_they_hold(store: Store) -> None:
    reader = enrolled(store, address=ADA)
    assert take(store, letter("unsubscribe", "papers@digest.test"), sender=ADA).kind is IGNORED
    assert take(store, _leaving(reader), sender="alias@else.test").kind is TakenKind.UNSUBSCRIBE


@pytest.mark.parametrize(("fields", "sender"), BY_PROGRAMS)
def test_whatever_a_program_adds_the_address_with_the_token_lets_go(
    store: Store, fields: dict[str, str], sender: str
) -> None:
    """Only our own List-Unsubscribe holds that address, so that nothing but a wish to leave comes there."""
    reader = enrolled(store, address=ADA)
    message = _leaving(reader, **{"Subject": "Automatic reply: unsubscribe", **fields})
    assert take(store, message, sender=sender).kind is TakenKind.UNSUBSCRIBE
    assert store.subscriber(reader.id).status is SubscriberStatus.GONE


@pytest.mark.parametrize(("fields", "sender"), BY_PROGRAMS)
def test_a_subject_that_is_the_token_lets_go_and_one_that_quotes_it_does_not(
    store: Store, fields: dict[str, str], sender: str
) -> None:
    reader = enrolled(store, address=ADA)
    word = subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader)
    if "Suppress" not in "".join(fields):
        assert take(store, letter(f"Re: unsubscribe {word}", **fields), sender=sender).kind is IGNORED
    assert take(store, letter(f"unsubscribe {word}", **fields), sender=sender).kind is TakenKind.UNSUBSCRIBE


@pytest.mark.parametrize(
    "kind", ["multipart/report; boundary=x", "multipart/report; report-type=disposition-notification"]
)
def test_a_report_is_never_a_request(store: Store, kind: str) -> None:
    reader = enrolled(store, address=ADA)
    assert take(store, _leaving(reader, Content_Type=kind)).kind is IGNORED
    token = subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader)
    for status in ("5.1.1", "2.0.0"):
        assert (
            take(store, report(per_recipient(status), to=f"unsubscribe+{token}@digest.test", returned="")).kind
            is IGNORED
        )
    assert store.subscriber(reader.id).status is SubscriberStatus.ACTIVE


def test_an_out_of_office_answer_is_no_bounce(store: Store, delivery: Delivery) -> None:
    away = letter("I am away", verp(delivery), Auto_Submitted="auto-replied")
    assert take(store, away, verp(delivery)).kind is IGNORED
    assert store.recent_bounces() == []


def test_a_bounce_token_does_not_unsubscribe(store: Store, delivery: Delivery) -> None:
    assert take(store, letter("Why?", verp(delivery)), verp(delivery), ADA).kind is IGNORED
    assert store.subscribers()[0].status is SubscriberStatus.ACTIVE


def test_a_complaint_that_hides_the_recipient(store: Store, delivery: Delivery) -> None:
    reader = reader_of(store)
    message = notices.feedback(
        fields="Original-Rcpt-To: redacted-ab12@provider.test\nRedacted: yes\n",
        returned=returned(reader, "<x@provider.test>"),
    )
    done = take(store, message, "fbl@digest.test", "feedback@provider.test")
    assert (done.kind, done.subscriber_id) == (TakenKind.COMPLAINT, reader.id)
    assert store.suppression(KEYS.address_hash(ADA)) is not None


@pytest.mark.parametrize("how", ["bounce token", "unsubscribe token"])
def test_whoever_complains_is_let_go_and_never_written_to_again(store: Store, delivery: Delivery, how: str) -> None:
    reader = store.subscribers()[0]
    message = complaint(delivery, how, reader)
    done = take(store, message, "fbl@digest.test", "feedback@provider.test")
    assert (done.kind, done.subscriber_id) == (TakenKind.COMPLAINT, reader.id)
    assert done.suppression is not None
    assert done.suppression.reason is SuppressionReason.COMPLAINT
    assert store.suppression(KEYS.address_hash(ADA)) == done.suppression
    assert store.subscriber(reader.id).status is SubscriberStatus.GONE
    again = take(store, message, "fbl@digest.test", "feedback@provider.test")
    assert (again.kind, again.suppression) == (TakenKind.COMPLAINT, None)


def test_a_complaint_of_somebody_who_is_not_known_here(store: Store) -> None:
    leave = KEYS.token(Purpose.UNSUBSCRIBE, 12345)
    done = take(
        store, notices.feedback(returned=f"List-Unsubscribe: <https://digest.test/{leave}>\n"), sender="a@b.test"
    )
    assert (done.kind, done.suppression) == (IGNORED, None)
    assert store.suppressions() == []
