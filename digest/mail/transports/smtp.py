"""SMTP: one recipient a message, one connection kept over many messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from digest.errors import MessageError, Outage, Refusal, TransportError
from digest.mail.headers import ascii_address
from digest.mail.transports.conversation import Conversation
from digest.mail.transports.relay import Security, SmtpSettings
from digest.model import Envelope, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["MAX_MESSAGES", "Security", "SmtpSettings", "SmtpTransport"]

MAX_MESSAGES = 100


class SmtpTransport:
    """Hands messages to the relay of `settings`; connects when the first one is sent.

    A connection carries `max_messages`, then a new one is taken. Servers close idle lines and count
    messages without a word: a kept line found dead before MAIL was accepted is replaced once, silently.
    For one thread at a time.
    """

    def __init__(self, settings: SmtpSettings, max_messages: int = MAX_MESSAGES) -> None:
        self.settings, self.max_messages = settings, max_messages
        self._kept: Conversation | None = None

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
            Deferral, Refusal, Outage, OutcomeUnknown: see `Transport.send`.
        """
        wire = Envelope(_wire(envelope.sender) if envelope.sender else "", _wire(envelope.recipient))
        try:
            return self._begun(wire, len(message)).finish(message, wire, at_dot)
        except TransportError:
            raise
        except BaseException:  # interrupted half-way: the state of the line is not known any more
            self._hang_up()
            raise

    def _begun(self, envelope: Envelope, size: int) -> Conversation:
        kept = self._reusable()
        if kept is not None:
            try:
                kept.begin(envelope, size)
            except Outage:
                kept.close()
            else:
                return kept
        fresh = self._kept = Conversation(self.settings)
        fresh.begin(envelope, size)
        return fresh

    def _hang_up(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def _reusable(self) -> Conversation | None:
        kept = self._kept
        if kept is not None and kept.open and kept.messages >= self.max_messages:
            kept.end()
        return kept if kept is not None and kept.open else None


def _wire(address: str) -> str:
    try:
        return ascii_address(address)
    except MessageError as e:
        raise Refusal(str(e), enhanced="5.1.3" if address.isascii() else "5.6.7") from e
