"""Mail that comes in, for tests of what is done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.mail.links import subscriber_token
from digest.mail.scoring import BounceRules
from digest.mail.tokens import Keyring, Purpose
from digest.mail.verp import bounce_token
from digest.services.intake import Taken, TakenKind, take_in
from tests.factories import NOW
from tests.mail import notices
from tests.mail.notices import per_recipient, report
from tests.services.parts import KEYS, Clock, Relay, deliver, publish

if TYPE_CHECKING:
    from digest.model import Delivery, Subscriber
    from digest.storage import Store

ADA = "ada@reader.test"
RULES = BounceRules()
DAY = timedelta(days=1)
IGNORED, BOUNCE = TakenKind.IGNORED, TakenKind.BOUNCE


def sent(store: Store, clock: Clock | None = None) -> Delivery:
    """The edition that is due, sent; its delivery."""
    clock = clock or Clock()
    publish(store, clock.now)
    deliver(store, Relay(), clock)
    return store.deliveries(limit=1)[0]


def verp(delivery: Delivery, keys: Keyring = KEYS) -> str:
    """The envelope sender of a delivery, and so where its bounces come to."""
    return f"bounces+{bounce_token(keys, delivery)}@digest.test"


def original(delivery: Delivery, to: str = "") -> str:
    """The header of a delivery as a report gives it back, without any token."""
    return f"Message-ID: {delivery.message_id}\nTo: {to or delivery.recipient}\nSubject: Papers\n"


def take(store: Store, message: bytes, recipient: str = "", sender: str | None = "<>", **more: Any) -> Taken:
    """Take a message in at NOW, or so much `later`."""
    now = NOW + more.get("later", timedelta(0))
    return take_in(store, KEYS, more.get("rules", RULES), message, now, recipient=recipient, sender=sender)


def untokened(delivery: Delivery, status: str = "5.1.1", **fields: str) -> bytes:
    """A report of a bounce that came without any token."""
    return report(per_recipient(status, **fields), to="bounces@digest.test", returned=original(delivery))


def dsn(status: str, delivery: Delivery, **fields: str) -> bytes:
    """A report of a bounce to the address of the delivery."""
    return report(per_recipient(status, **fields), to=verp(delivery), returned=original(delivery))


def reader_of(store: Store) -> Subscriber:
    (found,) = store.subscribers()
    return found


def returned(reader: Subscriber, message_id: str) -> str:
    """The header of an edition as a relay gives it back that knows nothing of VERP."""
    leave = subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader)
    ways = f"<https://digest.test/unsubscribe/{leave}>,\n <mailto:unsubscribe+{leave}@digest.test>"
    return f"From: papers@digest.test\nMessage-ID: {message_id}\nList-Unsubscribe: {ways}\n"


def complaint(delivery: Delivery, how: str, reader: Subscriber) -> bytes:
    returned, fields = "From: Paper Digest <papers@digest.test>\n", ""
    if how == "bounce token":
        fields = f"Original-Mail-From: <{verp(delivery)}>\n"
    elif how == "unsubscribe token":
        leave = subscriber_token(KEYS, Purpose.UNSUBSCRIBE, reader)
        returned += f"List-Unsubscribe: <https://digest.test/unsubscribe/{leave}>\n"
    else:
        returned, fields = original(delivery), f"Original-Rcpt-To: {ADA}\n"
    return notices.feedback(fields=fields, returned=returned)
