"""The other ways out, to real servers on this machine: LMTP to Dovecot, and Postfix's sendmail program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import Refusal
from digest.mail.transports.lmtp import LmtpTransport
from digest.mail.transports.sendmail import SendmailTransport
from digest.model import Envelope
from tests.acceptance.test_postfix import SENDER, message
from tests.lab.dovecot import without_trace
from tests.lab.need import need
from tests.lab.process import LOOPBACK

if TYPE_CHECKING:
    from tests.lab.dovecot import Dovecot
    from tests.lab.postfix import Postfix

pytestmark = pytest.mark.xdist_group("postfix")


def test_over_lmtp_a_message_is_in_the_mailbox_at_once(dovecot: Dovecot) -> None:
    message_id, built = message("alice@example.test")
    with LmtpTransport(LOOPBACK, dovecot.lmtp) as transport:
        receipt = transport.send(built, Envelope(SENDER, "alice@example.test"), lambda: None)
    assert receipt.code == 250
    (arrived,) = dovecot.mailbox("alice").holding("Message-ID", message_id)
    assert without_trace(arrived) == built


def test_over_lmtp_an_unknown_mailbox_is_refused_and_the_line_goes_on(dovecot: Dovecot) -> None:
    message_id, built = message("bob@example.test")
    with LmtpTransport(LOOPBACK, dovecot.lmtp) as transport:
        with pytest.raises(Refusal) as refused:
            transport.send(message("nobody@example.test")[1], Envelope(SENDER, "nobody@example.test"), lambda: None)
        assert (refused.value.code, refused.value.enhanced, refused.value.step) == (550, "5.1.1", "rcpt")
        transport.send(built, Envelope(SENDER, "bob@example.test"), lambda: None)
    assert len(dovecot.mailbox("bob").holding("Message-ID", message_id)) == 1


def test_over_lmtp_an_address_of_other_letters_is_not_mangled(dovecot: Dovecot) -> None:
    """Dovecot does not offer SMTPUTF8: that reader cannot be reached over it, and nobody else is."""
    with LmtpTransport(LOOPBACK, dovecot.lmtp) as transport, pytest.raises(Refusal) as refused:
        transport.send(message("дана@example.test")[1], Envelope(SENDER, "дана@example.test"), lambda: None)
    assert refused.value.enhanced == "5.6.7"


def test_by_the_sendmail_program(postfix: Postfix, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_CONFIG", str(postfix.place / "etc"))
    message_id, built = message("carol@example.test")
    with SendmailTransport(need("sendmail", "postfix")) as transport:
        transport.send(built, Envelope(SENDER, "carol@example.test"), lambda: None)
    arrived = dovecot.mailbox("carol").wait_for(message_id)
    assert arrived.startswith(f"Return-Path: <{SENDER}>\r\n".encode())
    assert without_trace(arrived) == built
