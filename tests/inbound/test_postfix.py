"""What a real Postfix makes of a dead address comes back to us by LMTP, and is acted on."""

from __future__ import annotations

import shutil
import smtplib
import stat
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError
from digest.inbound.lmtp import Listener
from digest.mail.incoming import BounceReport, read_incoming
from digest.mail.tokens import Purpose
from digest.mail.verp import bounce_token
from digest.services.intake import take_in
from digest.storage import scratch_store
from tests.factories import NOW
from tests.lab.process import LOOPBACK, until
from tests.services.incoming import RULES
from tests.services.parts import KEYS, Clock, Relay, deliver, enrolled, publish, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.inbound.conftest import Taker
    from tests.lab.postfix import Postfix

pytestmark = pytest.mark.xdist_group("postfix")
NOBODY = "nobody@example.test"


@pytest.fixture
def listener(postfix: Postfix, taker: Taker) -> Iterator[Listener]:
    """A listener where Postfix sends the mail of app.test."""
    made = Listener(LOOPBACK, postfix.app, taker)
    made.start()
    yield made
    made.stop()


def send(postfix: Postfix, sender: str, recipient: str, head: str = "Subject: Papers", **options: str) -> None:
    """Hand a message to Postfix."""
    message = f"From: papers@app.test\r\nTo: {recipient}\r\n{head}\r\n\r\nIn which 5.7.1 is a chapter.\r\n"
    with smtplib.SMTP(LOOPBACK, postfix.smtp, timeout=20) as client:
        mail = [f"ENVID={envid}"] if (envid := options.get("envid")) else []
        client.sendmail(sender, [recipient], message.encode(), mail)


@pytest.mark.usefixtures("listener")
def test_a_real_bounce(postfix: Postfix, taker: Taker) -> None:
    token = KEYS.token(Purpose.BOUNCE, 12)
    send(postfix, f"bounces+{token}@app.test", NOBODY, envid=token)
    message, recipient, sender = until(lambda: taker.taken, "the bounce")[0]
    assert (recipient, sender) == (f"bounces+{token}@app.test", "<>")
    found = read_incoming(message, recipient=recipient, sender=sender)
    assert isinstance(found, BounceReport)
    assert found.tokens == (token,)
    assert found.envid == token
    assert [(told.final, told.status) for told in found.failures] == [(NOBODY, "5.1.1")]


def test_over_a_socket_for_its_group_alone(postfix: Postfix, taker: Taker) -> None:
    """Postfix's client is of the group that the folder hands on to the socket, and not of ours."""
    room = postfix.socket.parent
    room.mkdir(exist_ok=True)
    shutil.chown(room, group="postfix")
    room.chmod(0o2750)
    made = Listener(str(postfix.socket), 0, taker)
    made.start()
    try:
        assert stat.S_IMODE(postfix.socket.stat().st_mode) == 0o660
        assert postfix.socket.group() == "postfix"
        send(postfix, "ada@example.test", "digest+a@socket.test")
        assert until(lambda: taker.recipients, "the message") == ["digest+a@socket.test"]
    finally:
        made.stop()


def test_from_the_outbox_to_the_suppression(postfix: Postfix) -> None:
    with scratch_store(None) as store:
        put(store, 1, 2)
        enrolled(store, address=NOBODY)
        publish(store)
        deliver(store, Relay(), Clock())
        (delivery,) = store.deliveries()

        def take(message: bytes, recipient: str, sender: str | None) -> None:
            take_in(store, KEYS, RULES, message, NOW, recipient=recipient, sender=sender)

        listener = Listener(LOOPBACK, postfix.app, take)
        listener.start()
        sender = f"bounces+{bounce_token(KEYS, delivery)}@app.test"
        send(postfix, sender, NOBODY, f"Message-ID: {delivery.message_id}")
        until(store.suppressions, "the suppression")
        listener.stop()
        assert [(s.address_hash, s.reason.value) for s in store.suppressions()] == [(KEYS.address_hash(NOBODY), "dead")]


def test_what_cannot_be_taken_in_now_comes_again(postfix: Postfix, taker: Taker, listener: Listener) -> None:
    recipient = "once-more@app.test"
    taker.trouble[recipient.encode()] = StorageError("in use")
    send(postfix, "ada@example.test", recipient)
    until(lambda: any(recipient in line and "451 4.3.0" in line for line in postfix.log.splitlines()), "the deferral")
    assert recipient not in taker.recipients
    taker.trouble.clear()
    until(lambda: postfix.flush() or recipient in taker.recipients, "the second try")
    assert taker.recipients.count(recipient) == 1
