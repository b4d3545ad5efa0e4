"""Mail that comes in, read: any bytes in, one of five values out. Pure, bounded, never raises.

::

    parts.py      the message as its parts, fields and blocks of fields
    robots.py     what is a robot
    reports.py    bounces (RFC 3464, RFC 6533) and complaints (RFC 5965)
    reading.py    which of these a message is

Proof is not given here: who holds the keys checks the tokens. Whoever adds a new kind of request (mail
commands) adds a value to `Incoming` and reads it in `reading.py`, behind the question whether a robot wrote it.
"""

from __future__ import annotations

from digest.mail.incoming.parts import LOOK
from digest.mail.incoming.reading import AutoReply, Incoming, Other, UnsubscribeRequest, read_incoming
from digest.mail.incoming.reports import BounceReport, ComplaintReport, RecipientReport

__all__ = [
    "LOOK",
    "AutoReply",
    "BounceReport",
    "ComplaintReport",
    "Incoming",
    "Other",
    "RecipientReport",
    "UnsubscribeRequest",
    "read_incoming",
]
