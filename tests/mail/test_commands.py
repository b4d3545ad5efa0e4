"""What is said for a message, by what the server offers."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Refusal
from digest.mail.transports.commands import commands, on_the_wire, utf8_xtext, xtext
from digest.model import Envelope

PLAIN = Envelope("bounces+abc@example.test", "ada@example.test", "digest-7")
WIDE = Envelope("bounces@example.test", "jörg@example.test", "digest-7")


def said(envelope: Envelope = PLAIN, **offers: str) -> tuple[str, str]:
    """(MAIL, RCPT) for a message of 100 bytes."""
    found = commands(on_the_wire(envelope), 100, offers, "relay.test:25")
    assert found.data == b"DATA"
    return found.mail.decode(), found.rcpt.decode()


@pytest.mark.parametrize(
    ("offers", "mail", "rcpt"),
    [
        ({}, "", ""),
        ({"size": "1000"}, " SIZE=100", ""),
        ({"size": ""}, " SIZE=100", ""),
        ({"8bitmime": "", "smtputf8": ""}, "", ""),
        ({"dsn": ""}, " RET=HDRS ENVID=digest-7", " NOTIFY=FAILURE ORCPT=rfc822;ada@example.test"),
    ],
)
def test_only_what_is_offered_is_asked_for(offers, mail, rcpt):
    assert said(**offers) == (
        f"MAIL FROM:<bounces+abc@example.test>{mail}",
        f"RCPT TO:<ada@example.test>{rcpt}",
    )


def test_the_null_sender_and_a_domain_in_a_labels():
    assert said(Envelope("", "ada@bücher.example")) == ("MAIL FROM:<>", "RCPT TO:<ada@xn--bcher-kva.example>")


def test_what_may_not_stand_in_a_parameter_is_encoded():
    envelope = Envelope("a@x.test", "ada+digest=1@example.test", "7 + 8=15")
    mail, rcpt = said(envelope, dsn="")
    assert mail.endswith(" RET=HDRS ENVID=7+20+2B+208+3D15")
    assert rcpt.endswith("<ada+digest=1@example.test> NOTIFY=FAILURE ORCPT=rfc822;ada+2Bdigest+3D1@example.test")


@pytest.mark.parametrize("envid", ["", "x" * 101, "+" * 34, "a\r\nRCPT TO:<b@x.test>", "é"])
def test_an_envid_that_may_not_travel_is_left_out(envid):
    assert said(Envelope("a@x.test", "b@x.test", envid), dsn="")[0] == "MAIL FROM:<a@x.test> RET=HDRS"


@pytest.mark.parametrize(
    ("offers", "options"),
    [
        ({"smtputf8": "", "8bitmime": ""}, "SMTPUTF8 BODY=8BITMIME"),
        ({"smtputf8": ""}, "SMTPUTF8"),
        ({"smtputf8": "", "size": "", "dsn": ""}, "SIZE=100 SMTPUTF8 RET=HDRS ENVID=digest-7"),
    ],
)
def test_smtputf8_is_asked_for_where_the_address_needs_it(offers, options):
    mail, rcpt = said(WIDE, **offers)
    original = r" NOTIFY=FAILURE ORCPT=utf-8;j\x{F6}rg@example.test" if "dsn" in offers else ""
    assert mail == f"MAIL FROM:<bounces@example.test> {options}"
    assert rcpt == f"RCPT TO:<jörg@example.test>{original}"


@pytest.mark.parametrize("envelope", [WIDE, Envelope("jörg@example.test", "ada@example.test")])
def test_without_smtputf8_on_offer_such_an_address_is_refused(envelope):
    with pytest.raises(Refusal, match=r"5\.6\.7 .* needs SMTPUTF8 .*, which relay\.test:25 does not offer") as caught:
        said(envelope, dsn="")
    assert (caught.value.code, caught.value.enhanced, caught.value.step) == (553, "5.6.7", "mail")


@pytest.mark.parametrize("limit", ["100", "0", "", "what", "9" * 5000])
def test_a_message_within_the_announced_size_is_begun(limit):
    assert commands(PLAIN, 100, {"size": limit}, "relay.test:25").mail.endswith(b" SIZE=100")


def test_a_message_over_the_announced_size_is_not_begun():
    with pytest.raises(Refusal, match=r"relay\.test:25 takes 99 bytes at most, the message has 100") as caught:
        commands(PLAIN, 100, {"size": "99"}, "relay.test:25")
    assert (caught.value.code, caught.value.enhanced, caught.value.step) == (552, "5.3.4", "mail")


@given(st.text(st.characters(max_codepoint=127)))
def test_xtext_can_be_read_back(text):
    encoded = xtext(text)
    assert re.fullmatch(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*", encoded)
    assert re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), encoded) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf8_xtext_can_be_read_back(text):
    encoded = utf8_xtext(text)
    assert re.fullmatch(r"(?:[!-*,-<>-\[\]-~]|\\x\{[0-9A-F]{2,6}\})*", encoded)
    assert re.sub(r"\\x\{([0-9A-F]+)\}", lambda found: chr(int(found[1], 16)), encoded) == text


LOCAL = st.text(max_size=40)


@given(LOCAL, LOCAL, st.text(max_size=120))
def test_no_envelope_breaks_out_of_its_line(sender, recipient, envid):
    offers = {"dsn": "", "smtputf8": "", "8bitmime": ""}
    envelope = Envelope(f"{sender}@example.test", f"{recipient}@example.test", envid)
    with contextlib.suppress(Refusal):
        for command in commands(on_the_wire(envelope), 1, offers, "relay.test:25"):
            assert not re.search(rb"[\x00-\x1f\x7f]", command)
            assert command.count(b">") == (command != b"DATA")
