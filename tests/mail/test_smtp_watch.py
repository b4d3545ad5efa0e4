"""Looking on: what a conversation is, in its own words, and what a relay tells about itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import Outage, Refusal
from digest.mail.transports.relay import RelayFacts, probe
from digest.mail.transports.smtp import SmtpTransport
from digest.model import Envelope
from tests.mail.peers import DROP, HANG, PIPELINING, Relay
from tests.mail.test_smtp import ENVELOPE, MESSAGE, nothing, settings
from tests.mail.test_smtp_tls import STARTTLS, tls

__all__ = ["tls"]


class Ear:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, mark: str, text: str) -> None:
        self.heard.append(f"{mark} {text}")


def test_the_whole_conversation_is_heard_but_the_message():
    ear = Ear()
    with Relay(EHLO="250-relay.test\r\n250 PIPELINING") as relay, SmtpTransport(settings(relay.port), 100, ear) as smtp:
        smtp.send(MESSAGE, ENVELOPE, nothing)
    assert ear.heard == [
        f"* connecting to 127.0.0.1:{relay.port}",
        "< 220 relay.test ready",
        "> EHLO client.test",
        "< 250-relay.test",
        "< 250 PIPELINING",
        "> MAIL FROM:<bounces@example.test>",
        "> RCPT TO:<ada@example.test>",
        "> DATA",
        "< 250 2.1.0 Ok",
        "< 250 2.1.5 Ok",
        "< 354 go on",
        f"> message of {len(MESSAGE)} bytes",
        "> .",
        "< 250 2.0.0 Ok: queued as 4F1B2C3D",
        "> QUIT",
        "< 221 2.0.0 Bye",
    ]


CHALLENGES = {
    "PLAIN": ["> AUTH PLAIN ****"],
    "LOGIN": ["> AUTH LOGIN", "> ****", "> ****"],  # not all servers take a first answer along with it
    "CRAM-MD5": ["> AUTH CRAM-MD5", "> ****"],
}


@pytest.mark.parametrize("mechanism", CHALLENGES)
def test_a_password_is_not_heard_whatever_the_way_to_log_in(mechanism):
    ear = Ear()
    questions = {"LOGIN": "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n", "CRAM-MD5": "334 VXNlcm5hbWU6\r\n"}
    auth = f"{questions.get(mechanism, '')}235 2.7.0 welcome"
    with Relay(EHLO=f"250-relay.test\r\n250 AUTH {mechanism}", AUTH=auth) as relay:
        facts = probe(settings(relay.port, username="digest", password="hunter2"), ear)
    assert facts.logged_in
    said = [line for line in ear.heard if line[0] == ">"]
    assert said == ["> EHLO client.test", *CHALLENGES[mechanism], "> QUIT"]


def test_what_a_server_says_is_heard_without_what_would_steer_a_terminal():
    ear = Ear()
    with Relay(EHLO="250 relay\x1b[2J\x07\x9b.test") as relay:
        probe(settings(relay.port), ear)
    assert "< 250 relay [2J .test" in [line.replace("\ufffd", "") for line in ear.heard]


def test_a_relay_tells_about_itself(tls):
    context, authority = tls
    ear = Ear()
    fields = {"security": "starttls", "ca_file": authority, "username": "digest", "password": "hunter2"}
    with Relay(context, **STARTTLS) as relay:
        facts = probe(settings(relay.port, **fields), ear)
    until = facts.certificate_until
    assert facts == RelayFacts("relay.test ready", {"starttls": "", "auth": "PLAIN"}, "TLSv1.3", until, logged_in=True)
    assert timedelta(0) < until - datetime.now(UTC) < timedelta(days=3)
    assert f"* TLSv1.3, certificate of 127.0.0.1, valid until {until:%Y-%m-%d}" in ear.heard
    assert relay.verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


def test_a_relay_without_tls_and_login():
    with Relay(EHLO=PIPELINING) as relay:
        facts = probe(settings(relay.port))
    assert facts == RelayFacts("relay.test ready", {"pipelining": "", "size": "1000000"}, "", None, logged_in=False)


@pytest.mark.parametrize("fault", [DROP, HANG, "500 never"])
def test_how_it_says_goodbye_is_no_matter(fault):
    with Relay(QUIT=fault) as relay:
        assert probe(settings(relay.port, timeout=0.2)).greeting == "relay.test ready"


@pytest.mark.parametrize(
    ("replies", "fields", "text", "code"),
    [
        ({"GREETING": "554 5.7.1 not you"}, {}, r"cannot connect: 5\.7\.1 not you", 554),
        ({"GREETING": DROP}, {}, "cannot connect: the server hung up", 0),
        ({"EHLO": "421 4.3.2 going down"}, {}, "no greeting: .*going down", 421),
        ({}, {"security": "starttls"}, "does not offer STARTTLS", 0),
        ({"EHLO": "250 x"}, {"username": "a", "password": "b"}, "cannot log in", 0),
    ],
)
def test_a_relay_that_is_of_no_use_is_an_outage_with_the_reason(replies, fields, text, code):
    with Relay(**replies) as relay, pytest.raises(Outage, match=text) as caught:
        probe(settings(relay.port, **fields))
    assert (caught.value.code, caught.value.step) == (code, "auth" if "log in" in text else "connect")


def test_an_address_that_needs_smtputf8_goes_out_where_it_is_offered():
    wide = Envelope("bounces@example.test", "jörg@bücher.example")
    offers = "250-relay.test\r\n250-8BITMIME\r\n250 SMTPUTF8"
    with Relay(EHLO=offers) as relay, SmtpTransport(settings(relay.port)) as transport:
        transport.send(MESSAGE, wide, nothing)
    assert relay.verbs[1:3] == [
        "MAIL FROM:<bounces@example.test> SMTPUTF8 BODY=8BITMIME",
        "RCPT TO:<jörg@xn--bcher-kva.example>",
    ]


def test_where_smtputf8_is_not_offered_the_line_is_good_for_the_next_one():
    wide = Envelope("bounces@example.test", "jörg@example.test")
    with Relay() as relay, SmtpTransport(settings(relay.port)) as transport:
        with pytest.raises(Refusal) as caught:
            transport.send(MESSAGE, wide, nothing)
        transport.send(MESSAGE, ENVELOPE, nothing)
    assert (caught.value.enhanced, relay.connections, len(relay.messages)) == ("5.6.7", 1, 1)
    assert [verb.split()[0] for verb in relay.verbs] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
