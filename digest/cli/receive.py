"""``digest receive``: one message from a mail server's pipe, or what is unread in a mailbox."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from digest.cli.output import echo_json, json_option, log_to_stderr, say
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.services.taken import Taken

log = logging.getLogger("digest.receive")

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: every mail server then keeps the message and tries again."""

_MOST = 10_000_000
# What mail servers put into the environment of a program (Postfix local(8), Exim's pipe transport, qmail-command(8)):
# first those that still have the plus part.
_RECIPIENTS = ("ORIGINAL_RECIPIENT", "RECIPIENT", "EXTENSION", "EXT", "LOCAL_PART_SUFFIX")


@click.command(short_help="Take in a bounce, complaint or command from a pipe.")
@click.option("--recipient", metavar="ADDRESS", help="Whom it was sent to; else from the environment or the header.")
@click.option("--sender", metavar="ADDRESS", help='The envelope sender, "" for none; else from the same places.')
@click.option("--imap", "from_mailbox", is_flag=True, help="Look into the mailbox of [inbound] instead, once.")
@json_option
@click.pass_obj
def command(obj: dict[str, Any], recipient: str | None, sender: str | None, from_mailbox: bool, as_json: bool) -> int:
    """Take in one message from standard input, as a mail server's pipe gives it.

    Bounces and complaints are noted, and confirming and unsubscribing are done, if a token proves them. Commands to
    [joining] address are followed and answered, by way of the outbox, if inbound.authserv_id proves who sent them.
    Anything else is left at a log line. Exit code 0: done or ignored. 75: not now, the mail server shall try again.
    """
    log_to_stderr(obj["verbose"])
    if from_mailbox:
        return _look(obj, as_json)
    message, size = _read_stdin()
    try:
        taken = _take(obj, message, recipient, sender)
    except (DigestError, OSError) as error:
        say(f"digest: {error}", err=True)
        return TRY_AGAIN
    except Exception:
        # Any other exit code would make the mail server bounce what is most often a bounce.
        log.exception("not taken")
        return TRY_AGAIN
    _tell(taken, size, as_json)
    return 0


def _look(obj: dict[str, Any], as_json: bool) -> int:
    from digest.app import App
    from digest.inbound import intake
    from digest.inbound.beside import mailbox_of
    from digest.inbound.imap import poll

    app = App.load(obj["config"])
    with app.store() as store:
        taken = poll(mailbox_of(app), intake(app, store))
    if as_json:
        echo_json({"taken": taken})
    else:
        say("nothing unread" if not taken else f"taken in: {taken}")
    return 0


def _take(obj: dict[str, Any], message: bytes, recipient: str | None, sender: str | None) -> Taken:
    from digest.app import App
    from digest.inbound import intake

    app = App.load(obj["config"])
    with app.store() as store:
        to = _recipient() if recipient is None else recipient
        return intake(app, store)(message, to, os.environ.get("SENDER") if sender is None else sender)


def _read_stdin() -> tuple[bytes, int]:
    """The start of standard input, and the size of all of it, which is read to its end: a mail server that cannot
    write on takes that for a failure."""
    stdin = sys.stdin.buffer
    message = stdin.read(_MOST)
    size = len(message)
    while more := stdin.read(1_000_000):
        size += len(more)
    return message, size


def _recipient() -> str:
    """The recipient by the environment: the first value with a token, else the first; "" where there is none."""
    from digest.mail.tokens import find_tokens

    found = [value for name in _RECIPIENTS if (value := os.environ.get(name))]
    return next((value for value in found if find_tokens(value)), found[0] if found else "")


def _tell(taken: Taken, size: int, as_json: bool) -> None:
    suppressed = taken.suppression.reason.value if taken.suppression else None
    if as_json:
        echo_json(
            {
                "kind": taken.kind.value,
                "what": taken.what,
                "delivery": taken.delivery_id,
                "subscriber": taken.subscriber_id,
                "suppressed": suppressed,
                "size": size,
            }
        )
        return
    given_up = f"; the address is given up: {suppressed}" if suppressed else ""
    cut = f" (of {size} bytes only the first {_MOST} were looked at)" if size > _MOST else ""
    say(f"{taken.kind.value}: {taken.what}{given_up}{cut}")
