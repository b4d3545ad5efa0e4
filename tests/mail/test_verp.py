from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.tokens import Keyring, Purpose
from digest.mail.verp import LONGEST_BASE, envelope_sender, token_in, unsubscribe_ways
from digest.model import Unsubscribe
from tests.factories import SALT, delivery, letterhead, subscriber

KEYS = Keyring(b"a key of this test alone")
LEAVER = subscriber(id=42)


@given(st.integers(0, 2**64 - 1), st.sampled_from(["bounces", "bounces+digest", "b" * LONGEST_BASE]))
def test_a_bounce_comes_back_with_the_delivery_in_its_address(number, local):
    sent = delivery(id=number)
    address = envelope_sender(f"{local}@bücher.example", KEYS, sent, verp=True)
    back, _, domain = address.rpartition("@")
    assert (back.rpartition("+")[0], domain) == (local, "xn--bcher-kva.example")
    assert len(back) <= 64
    for seen in (address, address.upper(), f"<{address}>", f"SRS0=x=y=a.test={back}@forwarder.test"):
        token = token_in(seen)
        assert token is not None
        assert KEYS.number(Purpose.BOUNCE, token, sent.message_id) == number


def test_without_verp_it_is_the_plain_address():
    assert envelope_sender("bounces@bücher.example", KEYS, delivery(), verp=False) == "bounces@xn--bcher-kva.example"


def test_a_base_that_leaves_no_room_is_refused():
    with pytest.raises(MessageError, match="no room for a token: at most 23 characters"):
        envelope_sender(f"{'b' * (LONGEST_BASE + 1)}@example.test", KEYS, delivery(), verp=True)


@pytest.mark.parametrize("verp", [True, False])
@pytest.mark.parametrize("base", ["", "bounces", "@example.test", "дана@example.test", "a b@example.test"])
def test_what_is_no_address_is_refused(base, verp):
    with pytest.raises(MessageError):
        envelope_sender(base, KEYS, delivery(), verp)


@pytest.mark.parametrize(
    "address",
    [
        *("", "bounces@example.test", "+@example.test", "bounces+short@example.test", f"bounces-{'a' * 40}@x.test"),
        *(f"bounces+{'a' * 39}@x.test", f"bounces+{'a' * 41}@x.test", f"bounces+{'1' * 40}@x.test", "a" * 40),
        *(f"bounces+{'a' * 40}", f"bounces+{'a' * 40}+x@x.test", f"x@bounces+{'a' * 40}.test"),
    ],
)
def test_other_addresses_hold_no_token(address):
    assert token_in(address) is None


@given(st.text())
def test_any_text_holds_a_token_or_none(text):
    token = token_in(text)
    assert token is None or len(token) == 40


def test_a_subscriber_leaves_by_the_web_or_by_mail_with_a_token_in_the_address():
    ways = unsubscribe_ways(LEAVER, letterhead(web_url="https://digest.test/d"), KEYS, plus=True)
    token = KEYS.token(Purpose.UNSUBSCRIBE, 42, SALT)
    assert ways == Unsubscribe(
        web=f"https://digest.test/d/unsubscribe/{token}", mail=f"unsubscribe+{token}@example.test"
    )
    assert token_in(ways.mail) == token


@pytest.mark.parametrize(
    ("plus", "base"), [(False, "unsubscribe@example.test"), (True, f"{'u' * (LONGEST_BASE + 1)}@example.test")]
)
def test_without_a_plus_sign_the_token_is_in_the_subject(plus, base):
    ways = unsubscribe_ways(LEAVER, letterhead(unsubscribe=base), KEYS, plus=plus)
    assert ways == Unsubscribe(web="", mail=base, subject=f"unsubscribe {KEYS.token(Purpose.UNSUBSCRIBE, 42, SALT)}")


def test_the_address_is_the_one_for_answers_or_the_senders_where_there_is_no_other():
    mails = [
        unsubscribe_ways(LEAVER, letterhead(unsubscribe="", **fields), KEYS, plus=False).mail
        for fields in ({}, {"reply_to": ""}, {"reply_to": "", "sender": "digest@bücher.example"})
    ]
    assert mails == ["help@example.test", "digest@example.test", "digest@xn--bcher-kva.example"]


def test_tokens_are_not_exchangeable():
    bounce = token_in(envelope_sender("b@example.test", KEYS, delivery(id=1), verp=True))
    leave = token_in(unsubscribe_ways(LEAVER, letterhead(), KEYS, plus=True).mail)
    assert bounce != leave
