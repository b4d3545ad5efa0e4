"""People who write commands by mail, and what they are answered."""

from __future__ import annotations

import itertools
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from digest.mail.scoring import BounceRules
from digest.model import DeliveryKind
from digest.services.commands import CommandRules
from digest.services.intake import take_in
from tests.factories import NOW
from tests.mail.notices import wire
from tests.services.guests import ADDRESS, RULES, letters_to
from tests.services.parts import KEYS

if TYPE_CHECKING:
    from datetime import datetime

    from digest.services.taken import Taken
    from digest.storage import Store

MX, DIGEST = "mx.digest.test", "digest@digest.test"
COMMANDS = CommandRules(join=RULES, authserv_id=MX, trusted_hops=0, answers_day=10, address=DIGEST, links=None)
SOON = NOW + timedelta(minutes=5)
LATER = SOON + timedelta(hours=25)
_serial = itertools.count(1)


def mail(
    subject: str = "",
    *lines: str,
    sender: str = ADDRESS,
    to: str = DIGEST,
    proved: bool = True,
    **fields: str,
) -> bytes:
    """A mail as our server hands it over, with what it says of the sender on top."""
    domain = sender.rpartition("@")[2]
    said = f"dkim=pass header.d={domain}" if proved else "dkim=none; spf=none"
    signed = f"v=1; a=rsa-sha256; d={domain}; s=s; h=from:to:subject:date:message-id; bh=x; b=x"
    more = {
        "DKIM-Signature": signed if proved else "",
        "Date": format_datetime(NOW),
        "Message-ID": f"<{next(_serial)}@{domain}>",
        **{k.replace("_", "-"): v for k, v in fields.items()},
    }
    head = "".join(f"{name}: {value}\n" for name, value in more.items() if value)
    text = "\n".join(lines)
    return wire(
        f"Authentication-Results: {MX}; {said}\nReceived: from {domain} by {MX}\nReceived: from home by {domain}\n"
        f"From: Somebody <{sender}>\nTo: {to}\nSubject: {subject}\n{head}\n{text}\n"
    )


def take(
    store: Store,
    message: bytes,
    now: datetime = SOON,
    *,
    to: str = DIGEST,
    sender: str = ADDRESS,
    rules: CommandRules | None = COMMANDS,
) -> Taken:
    """Our server hands a mail over."""
    return take_in(store, KEYS, BounceRules(), message, now, recipient=to, sender=sender, commands=rules)


def command(store: Store, subject: str = "", *lines: str, now: datetime = SOON, **fields: str) -> str:
    """A proved mail of the guest, taken in; what it is answered, "" where it is not."""
    before = len(replies(store))
    take(store, mail(subject, *lines, **fields), now)
    found = replies(store)[before:]
    return "\n".join(found[0]) if found else ""


def replies(store: Store, address: str = ADDRESS) -> list[list[str]]:
    """The lines of every answer to an address, the oldest first."""
    return [list(one.content["lines"]) for one in letters_to(store, address) if one.kind is DeliveryKind.ANSWER]
