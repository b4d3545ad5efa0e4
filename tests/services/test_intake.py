"""Mail that comes in, acted on: only what is proved, once, and told without an address."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import StorageError
from digest.mail.links import subscriber_token
from digest.mail.scoring import reported_bounce
from digest.mail.text import without_addresses
from digest.mail.tokens import Keyring, Purpose
from digest.mail.transports.replies import queue_id
from digest.mail.verp import bounce_token
from digest.model import BounceKind, DeliveryStatus, Receipt, SubscriberStatus, SuppressionReason
from digest.services.intake import TakenKind, take_in
from tests.factories import NOW
from tests.mail import notices
from tests.mail.notices import letter, per_recipient, report
from tests.services.incoming import (
    ADA,
    BOUNCE,
    DAY,
    IGNORED,
    RULES,
    complaint,
    dsn,
    original,
    reader_of,
    returned,
    sent,
    take,
    untokened,
    verp,
)
from tests.services.parts import KEYS, Clock, Relay, deliver, enrolled, publish, put
from tests.services.writing import COMMANDS, MX

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Delivery, Envelope
    from digest.storage import Store


@pytest.fixture
def delivery(store: Store) -> Delivery:
    """An edition that was sent to Ada."""
    put(store, 1, 2, 3)
    enrolled(store, address=ADA)
    return sent(store)


def test_a_bounce_of_an_address_that_never_took_mail(store: Store, delivery: Delivery) -> None:
    done = take(store, dsn("5.1.1", delivery), verp(delivery))
    assert (done.kind, done.what) == (BOUNCE, "hard bounce, status 5.1.1")
    assert (done.delivery_id, done.subscriber_id) == (delivery.id, store.subscribers()[0].id)
    assert done.suppression == store.suppression(KEYS.address_hash(ADA))
    assert done.suppression is not None
    assert done.suppression.reason is SuppressionReason.DEAD
    (bounce,) = store.bounces(delivery.address_hash)
    assert (bounce.kind, bounce.status, bounce.origin, bounce.delivery_id) == (
        BounceKind.HARD,
        "5.1.1",
        "dsn",
        delivery.id,
    )


def test_what_was_accepted_stays_accepted(store: Store, delivery: Delivery) -> None:
    take(store, dsn("5.1.1", delivery), verp(delivery))
    assert [d.status for d in store.deliveries()] == [DeliveryStatus.ACCEPTED]
    assert store.subscribers()[0].status is SubscriberStatus.ACTIVE


@pytest.mark.parametrize("times", [2, 5])
def test_the_same_bounce_again_changes_nothing(store: Store, delivery: Delivery, times: int) -> None:
    done = [take(store, dsn("5.2.2", delivery), verp(delivery)) for _ in range(times)]
    assert done == [done[0]] * times
    assert len(store.bounces(delivery.address_hash)) == 1


def _second_day(store: Store) -> Delivery:
    """Tomorrow's edition, sent."""
    put(store, 4, 5, now=NOW + DAY)
    return sent(store, Clock(NOW + DAY))


def test_an_address_that_took_mail_is_asked_once_more(store: Store, delivery: Delivery) -> None:
    second = _second_day(store)
    assert second.id != delivery.id
    first_news = take(store, dsn("5.1.1", second), verp(second), later=DAY)
    assert (first_news.kind, first_news.suppression) == (BOUNCE, None)
    put(store, 6, 7, now=NOW + 2 * DAY)
    third = sent(store, Clock(NOW + 2 * DAY))
    done = take(store, dsn("5.1.1", third), verp(third), later=2 * DAY)
    assert done.suppression is not None
    assert done.suppression.reason is SuppressionReason.DEAD


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", BounceKind.HARD),
        ("5.1.10", BounceKind.HARD),
        ("5.2.1", BounceKind.HARD),
        ("5.2.2", BounceKind.SOFT),
        ("4.2.2", BounceKind.SOFT),
        ("4.4.7", BounceKind.SOFT),
        ("5.0.0", BounceKind.SOFT),
        ("", BounceKind.SOFT),
        ("5.7.1", BounceKind.POLICY),
        ("5.7.26", BounceKind.POLICY),
        ("4.7.0", BounceKind.POLICY),
        ("5.3.4", BounceKind.POLICY),
        ("5.6.7", BounceKind.POLICY),
    ],
)
def test_what_a_status_says_of_the_address(status: str, kind: BounceKind) -> None:
    assert reported_bounce(status, "") is kind


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.4.5", "smtp; 550 5.4.5 Daily user sending limit exceeded"),
        ("5.2.252", "smtp; 554 5.2.252 SendAsDenied; digest@example.org not allowed to send as"),
        ("5.0.0", "smtp; 554 Your account has been suspended"),
    ],
)
def test_a_report_that_our_relay_was_refused_says_nothing_of_the_reader(
    store: Store, delivery: Delivery, caplog: pytest.LogCaptureFixture, status: str, said: str
) -> None:
    done = take(store, dsn(status, delivery, diagnostic_code=said), verp(delivery))
    assert (done.kind, done.suppression) == (BOUNCE, None)
    assert done.what == f"our side was refused, status {status}; nothing is noted against the reader"
    assert store.recent_bounces() == []
    assert "alarm" in caplog.text


def test_a_receivers_opinion_of_our_relay_is_policy() -> None:
    assert reported_bounce("5.7.1", "550 5.7.1 client host [192.0.2.1] blocked") is BounceKind.POLICY
    assert reported_bounce("5.7.1", "550 5.7.1 relaying denied") is BounceKind.POLICY


def test_words_never_make_a_dead_address() -> None:
    assert reported_bounce("", "550 5.1.1 user unknown") is BounceKind.SOFT


def test_a_bounce_without_a_status_is_soft(store: Store, delivery: Delivery) -> None:
    notice = notices.QMAIL.replace(notices.VERP.encode(), verp(delivery).encode())
    assert take(store, notice, verp(delivery)).what == "soft bounce, status not told"
    assert [b.kind for b in store.bounces(delivery.address_hash)] == [BounceKind.SOFT]


def test_the_token_may_stand_in_the_envelope_id_alone(store: Store, delivery: Delivery) -> None:
    token = bounce_token(KEYS, delivery)
    message = report(f"Original-Envelope-Id: {token}\n\n{per_recipient()}", to="bounces@digest.test", returned="")
    assert take(store, message).delivery_id == delivery.id


def test_the_recipients_own_part_of_a_report_counts(store: Store, delivery: Delivery) -> None:
    other = "\nFinal-Recipient: rfc822; eve@reader.test\nAction: failed\nStatus: 5.1.1\n"
    own = per_recipient("5.2.2", Final_Recipient=f"rfc822; {ADA.upper()}")
    message = report(other + own + other, to=verp(delivery))
    assert take(store, message, verp(delivery)).what == "soft bounce, status 5.2.2"


def test_mail_that_was_forwarded_on_bounces_by_its_token(store: Store, delivery: Delivery) -> None:
    done = take(store, dsn("5.2.2", delivery, Final_Recipient="rfc822; else@where.test"), verp(delivery))
    assert (done.kind, done.delivery_id) == (BOUNCE, delivery.id)


def test_a_message_id_and_the_recipient_prove_nothing(store: Store, delivery: Delivery) -> None:
    """Whoever got an answer to the message has both."""
    assert take(store, untokened(delivery)).kind is IGNORED
    other = untokened(delivery, Final_Recipient="rfc822; else@where.test", Original_Recipient=f"rfc822;{ADA}")
    assert take(store, other).kind is IGNORED
    assert store.recent_bounces() == []


def proved_by(message: bytes, domain: str) -> bytes:
    """A report whose sender our own mail server proves to be at that domain."""
    signed = f"DKIM-Signature: v=1; d={domain}; s=s; h=from:to:subject:date:message-id; b=x\r\n"
    said = f"Authentication-Results: {MX}; dkim=pass header.d={domain}\r\n{signed}Date: {format_datetime(NOW)}\r\n"
    named = re.sub(
        rb"(?m)^From: .*\r$", f"From: reports@{domain}\r\nMessage-ID: <r@{domain}>\r".encode(), message, count=1
    )
    return said.encode() + named


@pytest.mark.parametrize(
    ("domain", "reporters", "believed"),
    [
        ("reader.test", (), True),
        ("mx7.reader.test", (), True),
        ("relay.test", (), False),
        ("relay.test", ("relay.test",), True),
        ("eu-1.relay.test", ("relay.test",), True),
        ("evilrelay.test", ("relay.test",), False),
    ],
)
@pytest.mark.parametrize("what", ["bounce", "complaint"])
def test_a_proved_reporter_who_would_know_is_believed(
    store: Store, delivery: Delivery, what: str, domain: str, reporters: tuple[str, ...], believed: bool
) -> None:
    message = (
        untokened(delivery) if what == "bounce" else complaint(delivery, "message-id and recipient", reader_of(store))
    )
    rules = replace(COMMANDS, reporters=reporters)
    done = take_in(store, KEYS, RULES, proved_by(message, domain), NOW, sender="<>", commands=rules)
    assert (done.suppression is not None) is believed
    assert (done.kind is IGNORED) is not believed
    unproved = take_in(store, KEYS, RULES, message, NOW, sender="<>", commands=rules)
    assert unproved.kind is IGNORED


@pytest.mark.parametrize("message_id", ["<0102018f7c2a-11aa@eu.relay.test>", ""])
def test_a_relay_that_replaces_the_message_id(store: Store, delivery: Delivery, message_id: str) -> None:
    """What is left of ours in the header that comes back is List-Unsubscribe; and the report names the recipient."""
    head = returned(reader_of(store), message_id)
    message = report(per_recipient(), to="papers@digest.test", returned=head)
    done = take(store, message)
    assert (done.kind, done.delivery_id, done.what) == (BOUNCE, delivery.id, "hard bounce, status 5.1.1")
    assert take(store, message).delivery_id == delivery.id
    assert len(store.recent_bounces()) == 1
    strange = report(per_recipient(Final_Recipient="rfc822; eve@evil.test"), to="papers@digest.test", returned=head)
    assert take(store, strange).kind is IGNORED


def test_the_relays_own_name_for_a_message_tells_which_it_was(store: Store) -> None:
    put(store, 1, 2, 3)
    reader = enrolled(store, address=ADA)
    name = "0102018f7c2a-11aa-000000"
    publish(store)

    class Ses(Relay):
        def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
            super().send(message, envelope, at_dot)
            return Receipt(250, f"Ok {name}", queue_id(f"Ok {name}"))

    deliver(store, Ses(), Clock())
    first = store.deliveries(limit=1)[0]
    assert first.queue_id == name
    second = _second_day(store)
    assert second.id != first.id
    head = returned(reader, f"<{name}@eu.relay.test>")
    message = report(per_recipient(Final_Recipient="rfc822; else@where.test"), to="papers@digest.test", returned=head)
    assert take(store, message, later=DAY).delivery_id == first.id


def test_a_token_of_one_reader_says_nothing_of_another(store: Store, delivery: Delivery) -> None:
    eve = enrolled(store, address="eve@evil.test")
    message = report(per_recipient(), to="papers@digest.test", returned=returned(eve, delivery.message_id))
    assert take(store, message).kind is IGNORED
    assert store.suppressions() == []


def test_a_token_of_before_tokens_were_bound_lets_go_whom_it_names_and_who_wrote(store: Store) -> None:
    reader, eve = enrolled(store, address=ADA), enrolled(store, address="eve@evil.test")
    old = {who.id: f"unsubscribe+{KEYS.token(Purpose.UNSUBSCRIBE, who.id)}@digest.test" for who in (reader, eve)}
    assert take(store, letter(to=old[eve.id]), sender=ADA).kind is IGNORED
    assert take(store, letter(to=old[reader.id]), sender=ADA).kind is TakenKind.UNSUBSCRIBE
    assert store.subscriber(eve.id).status is SubscriberStatus.ACTIVE


def test_a_token_behind_an_encoded_blank(store: Store, delivery: Delivery) -> None:
    leave = subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader_of(store))
    head = f"List-Unsubscribe: <mailto:papers@digest.test?subject=unsubscribe%20{leave}>\n"
    message = report(per_recipient(), to="papers@digest.test", returned=head)
    assert take(store, message).delivery_id == delivery.id


def _forgeries(delivery: Delivery) -> dict[str, tuple[bytes, str]]:
    stranger = Keyring(b"somebody else's secret")
    return {
        "no token, no known message": (notices.NO_TOKEN, ""),
        "another recipient": (untokened(delivery, Final_Recipient="rfc822; eve@evil.test"), ""),
        "a token made elsewhere": (
            report(per_recipient(), to=verp(delivery, stranger), returned=""),
            verp(delivery, stranger),
        ),
        "a token for something else": (
            report(
                per_recipient(), to=f"bounces+{KEYS.token(Purpose.UNSUBSCRIBE, delivery.id)}@digest.test", returned=""
            ),
            "",
        ),
        "a delivery that is not there": (dsn("5.1.1", replace(delivery, id=99, message_id="<x@y>")), ""),
        "a message-id in the text": (notices.wire(f"Return-Path: <>\n\n{original(delivery)}"), ""),
        "a complaint without proof": (notices.feedback(returned=notices.ORIGINAL.partition("Message-ID")[0]), ""),
    }


@pytest.mark.parametrize("how", range(7))
def test_forged_news_are_ignored(store: Store, delivery: Delivery, how: int) -> None:
    message, recipient = list(_forgeries(delivery).values())[how]
    assert take(store, message, recipient).kind is IGNORED
    assert store.recent_bounces() == []
    assert store.suppressions() == []
    assert [s.status for s in store.subscribers()] == [SubscriberStatus.ACTIVE]


def test_each_message_is_one_line_without_an_address(
    store: Store, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "digest.intake"):
        take(store, dsn("5.1.1", delivery, Diagnostic_Code=f"smtp; 550 5.1.1 <{ADA}> unknown"), verp(delivery))
        take(store, b"\x00\xff", "papers@digest.test", "eve@evil.test")
        take(store, letter("hello\r\n injected", "papers@digest.test"), sender=ADA)
    first, *rest = [record.getMessage() for record in caplog.records]
    assert first == (
        f"taken kind=bounce delivery={delivery.id} subscriber={store.subscribers()[0].id} suppressed=dead "
        "what='hard bounce, status 5.1.1'"
    )
    assert (
        rest
        == [
            "taken kind=ignored delivery=- subscriber=- suppressed=- what='neither a report nor a request with a token'"
        ]
        * 2
    )


def test_what_is_kept_holds_no_address(store: Store, delivery: Delivery) -> None:
    take(store, dsn("5.1.1", delivery, Diagnostic_Code=f"smtp; 550 5.1.1 <{ADA}>: unknown"), verp(delivery))
    (bounce,) = store.bounces(delivery.address_hash)
    assert bounce.detail == "550 5.1.1 <...>: unknown"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("<ada@reader.test>... unknown", "<...>... unknown"),
        ("for ada.l+x@reader.test, by mx", "for ..., by mx"),
        ("no address here", "no address here"),
        ("@ alone, and a@", "@ alone, and a@"),
    ],
)
def test_addresses_are_taken_out(words: str, kept: str) -> None:
    assert without_addresses(words) == kept


def test_trouble_with_the_store_goes_through(store: Store, delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_args: object) -> None:
        raise StorageError("in use by another process")

    monkeypatch.setattr(store, "bounced", locked)
    with pytest.raises(StorageError, match="in use"):
        take(store, dsn("5.1.1", delivery), verp(delivery))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_reports_never_raise(store: Store, data: st.DataObject) -> None:
    if not store.deliveries():
        put(store, 1, 2, 3)
        enrolled(store, address=ADA)
        sent(store)
    damaged = bytearray(dsn("5.2.2", store.deliveries()[0]))
    at = data.draw(st.integers(0, len(damaged)))
    damaged[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=40))
    assert take(store, bytes(damaged)).kind in (IGNORED, BOUNCE)
