"""What is a robot: mail that no person wrote, which therefore must not unsubscribe, confirm or be answered. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.mail.incoming.parts import Part

# RFC 5321 4.5.5: a notification has no sender. aiosmtpd says "<>", Postfix's pipe says MAILER-DAEMON, and qmail
# calls a bounce that bounced "#@[]".
_NOBODY = frozenset({"", "mailer-daemon", "#@[]"})
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


def null_sender(message: Part, sender: str | None) -> bool:
    """Whether the envelope has no sender; where `sender` is None, whether the topmost Return-Path says so."""
    if sender is None:
        if not message.has("return-path"):
            return False
        sender = message.field("return-path")
    return sender.strip().removeprefix("<").removesuffix(">").strip().lower() in _NOBODY


def robot(message: Part, sender: str | None) -> str:
    """What shows that a program wrote this (RFC 3834 2, 3.3), as a clause; "" for a person's mail.

    Args:
        message: the message's header.
        sender: the envelope's sender, None where it is not known.
    """
    return automatic(message) or ("it has no sender" if null_sender(message, sender) else "")


def automatic(message: Part) -> str:
    """What in its header shows that a program wrote this, as a clause; "" where nothing does."""
    auto = re.split(r"[;(\s]", message.field("auto-submitted").strip().lower(), maxsplit=1)[0]
    if auto not in ("", "no"):
        return "it says that it is auto-submitted"
    if message.field("precedence").strip().lower() in _BULK:
        return "it is bulk mail"
    names = {name for name, _ in message.fields}
    if any(name.startswith("x-auto") for name in names):
        return "it says that it is an automatic reply"
    if any(name.startswith("list-") for name in names):
        return "it came from a mailing list"
    return "it is a report" if message.kind == "multipart/report" else ""
