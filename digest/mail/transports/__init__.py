"""What carries a message away. The only part of `mail` that does I/O.

From the transports down to the wire::

    smtp.py, lmtp.py    a connection kept over many messages, replaced when it is worn out or found dead
    conversation.py     one message after another over it: pipelined or not, a known state at every step
    commands.py         what is said for a message, by what the server offers                           pure
    relay.py            connect, greet, STARTTLS, log in; and what a relay tells about itself
    mechanisms.py       what is said to log in                                                          pure
    line.py             text out, replies in, each with a deadline
    replies.py          what a reply means                                                              pure
    sendmail.py         a program, started for each message
    maildir.py          a folder
    console.py          a terminal
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from digest.model import Envelope, Receipt


class Transport(Protocol):
    """One way out; a context manager, used by one thread at a time.

    A transport may keep a connection between messages and gives it back on exit.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Hand over the final bytes (CRLF line ends), once.

        `at_dot` is called when everything but the final dot has gone out: the moment to write "dot sent"
        down. If it raises, the message is not sent and the exception goes on to the caller. After it has
        returned, only a Receipt, Deferral, Refusal or OutcomeUnknown can follow, never an Outage.

        Raises:
            Deferral: a 4xx reply; this recipient again later.
            Refusal: a 5xx reply; this recipient or message is refused.
            Outage: no conversation is possible; nothing was sent, no fault of the message.
            OutcomeUnknown: the line broke after the final dot.
        """
        ...
