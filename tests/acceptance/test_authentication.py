"""Signatures after a real way over Postfix and Dovecot: OpenDKIM and dkimpy accept them, and catch every change.

Seen with OpenDKIM 2.11.0 (Debian) and dkimpy 1.1.8: both know RSA and Ed25519, and agree in every case.
"""

from __future__ import annotations

import email
import itertools
from typing import TYPE_CHECKING

import dkim
import pytest

from digest.mail.dkim import load_signer
from digest.mail.message import build
from digest.mail.render import render
from digest.mail.templates import environment
from digest.mail.transports.smtp import SmtpSettings, SmtpTransport
from digest.model import Envelope, Unsubscribe
from tests.factories import delivery, edition, letterhead, paper, subscriber
from tests.lab.dovecot import without_trace
from tests.lab.fixtures import DOMAIN, ED25519_SELECTOR, RSA_SELECTOR, Keys
from tests.lab.process import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.dovecot import Dovecot
    from tests.lab.postfix import Postfix

pytestmark = [pytest.mark.xdist_group("postfix"), pytest.mark.usefixtures("opendkim")]
_serial = itertools.count(1)
WAYS_OUT = Unsubscribe("https://digest.test/unsubscribe/abc", "unsubscribe+abc@example.test")


def signed(keys: Keys) -> tuple[str, bytes]:
    """(Message-ID, bytes) of an edition with both signatures."""
    message_id = f"<{next(_serial)}.signed@digest.test>"
    made = render(edition(paper(title="α  β\tγ"), paper()), subscriber(), letterhead(), environment())
    pems = ((keys.rsa, RSA_SELECTOR), (keys.ed25519, ED25519_SELECTOR))
    row = delivery(message_id=message_id, recipient=f"alice@{DOMAIN}")
    signers = [load_signer(pem, DOMAIN, selector) for pem, selector in pems]
    return message_id, build(
        made, letterhead=letterhead(), delivery=row, edition=edition(), unsubscribe=WAYS_OUT, signers=signers
    )


def delivered(content: bytes, message_id: str, postfix: Postfix, dovecot: Dovecot) -> bytes:
    """`content` as it lies in the mailbox, after OpenDKIM has seen it."""
    with SmtpTransport(SmtpSettings(LOOPBACK, postfix.filtered, security="none")) as transport:
        transport.send(content, Envelope(f"bounces@{DOMAIN}", f"alice@{DOMAIN}"), lambda: None)
    return dovecot.mailbox("alice").wait_for(message_id)


def by_opendkim(arrived: bytes) -> dict[str, str]:
    """What OpenDKIM says of each selector's signature."""
    said = email.message_from_bytes(arrived).get_all("Authentication-Results", [])
    words = " ".join(" ".join(said).split()).split("; ")
    found = [part for part in words if part.startswith("dkim=")]
    return {part.partition("header.s=")[2].split()[0]: part[5:].split()[0] for part in found if "header.s=" in part}


def by_dkimpy(arrived: bytes, keys: Keys) -> list[bool]:
    """Whether dkimpy accepts each signature, in their order."""
    records = {f"{name}.".encode(): record.encode() for name, record in keys.records.items()}
    verifier = dkim.DKIM(arrived)
    return [_accepts(verifier, index, records) for index in range(2)]


def _accepts(verifier: dkim.DKIM, index: int, records: dict[bytes, bytes]) -> bool:
    try:
        return bool(verifier.verify(idx=index, dnsfunc=lambda name, timeout=5: records.get(name)))
    except dkim.ValidationError:
        return False


def test_both_signatures_hold_after_the_way(postfix: Postfix, dovecot: Dovecot, keys: Keys) -> None:
    message_id, built = signed(keys)
    arrived = delivered(built, message_id, postfix, dovecot)
    assert without_trace(arrived) == built
    assert by_opendkim(arrived) == {RSA_SELECTOR: "pass", ED25519_SELECTOR: "pass"}
    assert by_dkimpy(arrived, keys) == [True, True]


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(message: bytes) -> bytes:
        assert old in message
        return message.replace(old, new, 1)

    return change


def _below_signatures(field: bytes) -> Callable[[bytes], bytes]:
    return _replaced(b"\r\nDate: ", b"\r\n" + field + b"\r\nDate: ")


@pytest.mark.parametrize(
    "change",
    [
        _replaced(b"<html", b"<HTML"),
        _replaced(b"We study", b"We studied"),
        lambda message: message + b"a footer\r\n",
        _replaced(b"\r\nSubject: ", b"\r\nSubject: Urgent: "),
        _replaced(b"\r\nFrom: Paper", b"\r\nFrom: Pauper"),
        lambda message: b"From: Eve <eve@example.test>\r\n" + message,
        lambda message: b"Subject: Another one\r\n" + message,
        lambda message: b"Reply-To: eve@example.test\r\n" + message,
        _below_signatures(b"To: eve@example.test"),
        _below_signatures(b"Cc: eve@example.test"),
        _replaced(b"https://digest.test/unsubscribe", b"https://eve.test/unsubscribe"),
        lambda message: b"List-Unsubscribe: <https://eve.test/>\r\n" + message,
        _replaced(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=One-Clack"),
        _replaced(b"Content-Type: multipart/alternative", b"Content-Type: multipart/mixed"),
        lambda message: b"Content-Type: text/html\r\n" + message,
    ],
    ids=[
        *("html", "text", "footer", "subject", "sender", "second-from", "second-subject", "second-reply-to"),
        *("second-to", "cc", "unsubscribe", "second-unsubscribe", "one-click", "content-type", "second-content-type"),
    ],
)
def test_every_change_is_caught(
    change: Callable[[bytes], bytes], postfix: Postfix, dovecot: Dovecot, keys: Keys
) -> None:
    message_id, built = signed(keys)
    arrived = delivered(change(built), message_id, postfix, dovecot)
    assert by_opendkim(arrived) == {RSA_SELECTOR: "fail", ED25519_SELECTOR: "fail"}
    assert by_dkimpy(arrived, keys) == [False, False]


def test_a_key_that_is_not_published_does_not_pass(postfix: Postfix, dovecot: Dovecot, keys: Keys) -> None:
    message_id, built = signed(keys)
    arrived = delivered(built.replace(b"s=s2026;", b"s=absent;"), message_id, postfix, dovecot)
    assert by_opendkim(arrived) == {"absent": "fail", ED25519_SELECTOR: "pass"}
    assert by_dkimpy(arrived, keys) == [False, True]
