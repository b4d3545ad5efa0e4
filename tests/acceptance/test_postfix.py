"""A message over Postfix to Dovecot and back over IMAP: what arrives is what was built, byte for byte."""

from __future__ import annotations

import email
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import Deferral, Outage, Refusal, TransportError
from digest.mail.message import build
from digest.mail.render import render
from digest.mail.templates import environment
from digest.mail.transports.smtp import SmtpSettings, SmtpTransport
from digest.model import Envelope, Receipt, Rendered
from tests.factories import delivery, edition, letterhead, paper, subscriber
from tests.lab.dovecot import PASSWORD, without_trace
from tests.lab.process import LOOPBACK

if TYPE_CHECKING:
    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot
    from tests.lab.postfix import Postfix

pytestmark = pytest.mark.xdist_group("postfix")
SENDER = "bounces+token@example.test"
TITLES = (
    "α-decay & ∂̄-Neumann: 量子 “quoted” <b>bold</b>",
    "=?utf-8?q?a=0D=0ABcc:_eve=40example.test?= learning",
    ". a title that begins with a dot",
    "A title of many words, " * 30,
)
_serial = itertools.count(1)


def message(recipient: str, rendered: Rendered | None = None) -> tuple[str, bytes]:
    """(Message-ID, final bytes) of an edition with the hostile titles, made for nobody else."""
    message_id = f"<{next(_serial)}.postfix@digest.test>"
    papers = [paper(title=title, abstract=f".\n..\n{title} " * 20) for title in TITLES]
    made = rendered or render(edition(*papers), subscriber(), letterhead(), environment())
    row = delivery(message_id=message_id, recipient=recipient)
    return message_id, build(made, letterhead=letterhead(), delivery=row, edition=edition())


def send(port: int, recipient: str, content: bytes, envid: str = "", **settings: Any) -> Receipt:
    """Hand one message to the relay at `port`."""
    relay = SmtpSettings(LOOPBACK, port, **{"security": "none", "timeout": 20.0, **settings})
    with SmtpTransport(relay) as transport:
        return transport.send(content, Envelope(SENDER, recipient, envid), lambda: None)


def test_what_arrives_is_what_was_built(postfix: Postfix, dovecot: Dovecot) -> None:
    message_id, built = message("alice@example.test")
    receipt = send(postfix.smtp, "alice@example.test", built)
    assert receipt.code == 250
    assert receipt.queue_id in postfix.log
    arrived = dovecot.mailbox("alice").wait_for(message_id)
    assert arrived.startswith(f"Return-Path: <{SENDER}>\r\n".encode())
    assert without_trace(arrived) == built


@pytest.mark.parametrize(
    "body",
    [
        ".\n..\n.a line with a dot\n\n.\n",
        "\n\n\nno end of line",
        "word " * 4000,
        "量子" * 2000,
        "a\n" * 5000,
        "\t\n . \n \n",
    ],
    ids=["dots", "no-end", "long", "cjk", "many-lines", "blanks"],
)
def test_no_body_is_changed_on_the_way(postfix: Postfix, dovecot: Dovecot, body: str) -> None:
    message_id, built = message("bob@example.test", Rendered("Subject", body, f"<pre>{body}</pre>"))
    send(postfix.smtp, "bob@example.test", built)
    assert without_trace(dovecot.mailbox("bob").wait_for(message_id)) == built


def test_many_messages_over_one_line_arrive_once_each(postfix: Postfix, dovecot: Dovecot) -> None:
    made = [message("carol@example.test") for _ in range(30)]
    with SmtpTransport(SmtpSettings(LOOPBACK, postfix.smtp, security="none"), max_messages=7) as transport:
        for _, built in made:
            transport.send(built, Envelope(SENDER, "carol@example.test"), lambda: None)
    mailbox = dovecot.mailbox("carol")
    for message_id, built in made:
        assert [without_trace(copy) for copy in mailbox.wait_for_copies(message_id, 1)] == [built]


def test_a_message_that_is_sent_again_is_known_by_its_message_id(postfix: Postfix, dovecot: Dovecot) -> None:
    message_id, built = message("bob@example.test")
    for _ in range(2):
        send(postfix.smtp, "bob@example.test", built)
    copies = dovecot.mailbox("bob").wait_for_copies(message_id, 2)
    assert [without_trace(copy) for copy in copies] == [built, built]


def test_a_domain_of_other_letters_arrives(postfix: Postfix, dovecot: Dovecot) -> None:
    message_id, built = message("alice@bücher.test")
    send(postfix.smtp, "alice@bücher.test", built)
    arrived = dovecot.mailbox("alice@xn--bcher-kva.test").wait_for(message_id)
    assert without_trace(arrived) == built
    assert email.message_from_bytes(arrived)["To"] == "alice@xn--bcher-kva.test"


def test_an_address_of_other_letters_is_offered_as_such_and_comes_back(postfix: Postfix, dovecot: Dovecot) -> None:
    """Postfix knows SMTPUTF8 (RFC 6531), Dovecot's LMTP does not: a DSN with 5.6.7 is what must come of it."""
    message_id, built = message("дана@example.test")
    assert send(postfix.smtp, "дана@example.test", built).code == 250
    report = dovecot.mailbox("bounces").wait_for_text(message_id)
    assert b"\r\nAction: failed\r\n" in report
    assert b"\r\nStatus: 5.6.7\r\n" in report


def test_an_unknown_mailbox_comes_back_with_the_envid(postfix: Postfix, dovecot: Dovecot) -> None:
    message_id, built = message("nobody@example.test")
    send(postfix.smtp, "nobody@example.test", built, envid="delivery-17")
    report = dovecot.mailbox("bounces").wait_for_text(message_id)
    assert report.startswith(b"Return-Path: <>\r\nDelivered-To: bounces+token@example.test\r\n")
    fields = dict(line.split(": ", 1) for line in report.decode().split("\r\n") if ": " in line)
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert fields["Original-Envelope-Id"] == "delivery-17"
    assert fields["Original-Recipient"] == "rfc822;nobody@example.test"
    assert b"We study" not in report, "RET=HDRS asks for the header alone"


@pytest.mark.parametrize(
    ("recipient", "error", "code", "enhanced"),
    [
        ("grey@example.test", Deferral, 450, "4.2.0"),
        ("full@example.test", Deferral, 452, "4.2.2"),
        ("gone@example.test", Refusal, 550, "5.1.1"),
        ("block@example.test", Refusal, 554, "5.7.1"),
        ("stranger@elsewhere.test", Refusal, 550, "5.1.2"),
    ],
)
def test_each_refusal_is_its_own_error_and_the_line_goes_on(
    postfix: Postfix, recipient: str, error: type[TransportError], code: int, enhanced: str
) -> None:
    with SmtpTransport(SmtpSettings(LOOPBACK, postfix.smtp, security="none")) as transport:
        with pytest.raises(error) as raised:
            transport.send(message(recipient)[1], Envelope(SENDER, recipient), lambda: None)
        assert (raised.value.code, raised.value.enhanced) == (code, enhanced)
        receipt = transport.send(message("bob@example.test")[1], Envelope(SENDER, "bob@example.test"), lambda: None)
    assert receipt.code == 250


def test_a_password_goes_over_starttls_with_a_verified_certificate(
    postfix: Postfix, dovecot: Dovecot, certificates: Certificates
) -> None:
    message_id, built = message("alice@example.test")
    login = {"security": "starttls", "username": "bob@example.test", "password": PASSWORD}
    send(postfix.submission, "alice@example.test", built, ca_file=certificates.authority, **login)
    arrived = dovecot.mailbox("alice").wait_for(message_id)
    assert b"with ESMTPSA id" in arrived
    assert without_trace(arrived) == built


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ca_file": None}, "certificate verify failed"),
        ({"password": "wrong"}, "refuses user name or password"),
        ({"security": "tls"}, "cannot connect"),
    ],
)
def test_no_login_without_a_right_certificate_and_password(
    postfix: Postfix, certificates: Certificates, change: dict[str, Any], reason: str
) -> None:
    login = {"security": "starttls", "username": "bob@example.test", "password": PASSWORD}
    settings = {**login, "ca_file": certificates.authority, **change}
    with pytest.raises(Outage, match=reason):
        send(postfix.submission, "alice@example.test", b"Subject: x\r\n\r\nx\r\n", **settings)
