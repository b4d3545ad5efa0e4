"""Mail that comes in, read: any bytes in, one of six values out. Pure, bounded, never raises.

::

    parts.py            the message as its parts, fields and blocks of fields
    robots.py           what is a robot, or comes back to us
    reports.py          bounces (RFC 3464, RFC 6533) and complaints (RFC 5965)
    authentication.py   who wrote it, as far as our own mail server proves it (RFC 8601)
    bodies.py           its subject and text
    quoting.py          what of that its writer wrote
    commands.py         what they want
    reading.py          which of these a message is

Proof of tokens is not given here: who holds the keys checks them. Everything that a person may want is read behind the
question whether a robot wrote it.
"""

from __future__ import annotations

from digest.mail.incoming.authentication import Proof, authenticated
from digest.mail.incoming.commands import Command, CommandMail, Desk, Parsed, Verb, parse_commands
from digest.mail.incoming.parts import LOOK
from digest.mail.incoming.reading import AutoReply, Incoming, Other, TokenRequest, read_incoming
from digest.mail.incoming.reports import BounceReport, ComplaintReport, RecipientReport

__all__ = [
    "LOOK",
    "AutoReply",
    "BounceReport",
    "Command",
    "CommandMail",
    "ComplaintReport",
    "Desk",
    "Incoming",
    "Other",
    "Parsed",
    "Proof",
    "RecipientReport",
    "TokenRequest",
    "Verb",
    "authenticated",
    "parse_commands",
    "read_incoming",
]
