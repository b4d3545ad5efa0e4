"""SMTP: one recipient a message, one connection kept over many messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from digest.errors import Outage, Refusal, TransportError
from digest.mail.transports.commands import on_the_wire
from digest.mail.transports.conversation import Conversation
from digest.mail.transports.relay import Security, SmtpSettings
from digest.mail.transports.replies import OUT_OF_SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from digest.mail.transports.line import Watch
    from digest.model import Envelope, Receipt

__all__ = ["MAX_IDLE", "MAX_MESSAGES", "Security", "SmtpSettings", "SmtpTransport"]

MAX_MESSAGES = 100
MAX_IDLE = 60.0


class SmtpTransport:
    """Hands messages to the relay of `settings`; connects when the first one is sent.

    A connection carries `max_messages`, then a new one is taken, as after `max_idle` seconds without use. Servers
    close idle lines and count messages without a word (or with a 421): a kept line found dead before MAIL was
    accepted is replaced once, silently. For one thread at a time.

    Args:
        watch: hears every command (">") and line of a reply ("<"), and notes ("*"); never a password, and of the
            message its size alone.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        max_messages: int = MAX_MESSAGES,
        watch: Watch | None = None,
        *,
        max_idle: float = MAX_IDLE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.max_messages, self.max_idle = settings, max_messages, max_idle
        self._watch, self._monotonic = watch, monotonic
        self._kept: Conversation | None = None
        self._used = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._kept is not None:
            self._kept.end()
            self._kept = None

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Hand over `message`; see `Transport.send` for `at_dot` and what each error means.

        Raises:
            Deferral, Refusal, Outage, OutcomeUnknown: see `Transport.send`; each says at which step.
        """
        try:
            return self._begun(on_the_wire(envelope), len(message)).finish(message, at_dot)
        except TransportError:
            raise
        except BaseException:  # interrupted half-way: the state of the line is not known any more
            self._hang_up()
            raise
        finally:
            self._used = self._monotonic()

    def _begun(self, envelope: Envelope, size: int) -> Conversation:
        kept = self._reusable()
        if kept is not None and self._takes(kept, envelope, size):
            return kept
        fresh = self._kept = Conversation(self.settings, self._watch)
        fresh.begin(envelope, size)
        return fresh

    def _takes(self, kept: Conversation, envelope: Envelope, size: int) -> bool:
        """Whether a kept line took MAIL; False, and it is closed, where that is the line's fault.

        503 is the answer to a line in another state than we think, and says nothing of this message.
        """
        try:
            kept.begin(envelope, size)
        except Outage:
            kept.close()
            return False
        except Refusal as refusal:
            if refusal.code != OUT_OF_SEQUENCE:
                raise
            kept.close()
            return False
        return True

    def _hang_up(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def _reusable(self) -> Conversation | None:
        kept = self._kept
        if kept is None or not kept.open:
            return None
        if kept.messages >= self.max_messages or self._monotonic() - self._used > self.max_idle:
            kept.end()
        return kept if kept.open else None
