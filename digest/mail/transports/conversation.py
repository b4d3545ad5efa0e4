"""A dialogue over one SMTP connection, with a known state at every step (RFC 5321).

::

    opened -> begun (MAIL, RCPT) -> sending (DATA, body) -> at the dot -> settled -> opened
                  any error but a lost line -> RSET -> opened
                  421, EOF, socket error    -> closed for good

`smtplib` connects and exchanges lines; its `sendmail` is not used, as it raises the same error for a
line lost before the body and after the final dot: the one is safe to resend, the other is not.
"""

from __future__ import annotations

import contextlib
import re
import selectors
from typing import TYPE_CHECKING

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.relay import BROKEN, connect
from digest.mail.transports.replies import CLOSING, failure, queue_id, words
from digest.model import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.mail.transports.relay import SmtpSettings
    from digest.model import Envelope

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Conversation:
    """A connection to a relay, ready for messages. `messages` counts those that got as far as their dot.

    Raises:
        Outage: there is no such connection to be had, with the reason.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.messages = 0
        self._smtp = connect(settings)

    @property
    def open(self) -> bool:
        """Whether another message can go over this line."""
        return self._smtp.sock is not None

    def begin(self, envelope: Envelope, size: int) -> None:
        """MAIL: the message of `size` bytes is announced.

        Raises:
            Refusal: the server said before that it takes no message of this size, or refuses the sender.
            Deferral: 4xx.
            Outage: the line is gone.
        """
        self._check_size(size)
        option = f" SIZE={size}" if self._smtp.has_extn("size") else ""
        self._step(f"MAIL FROM:<{envelope.sender}>{option}", 250)

    def finish(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """RCPT, DATA, the body and, behind `at_dot`, the final dot.

        Raises:
            Deferral, Refusal: the server's answer to one of the steps.
            Outage: the line was lost before the dot.
            OutcomeUnknown: the line was lost after it.
        """
        self._step(f"RCPT TO:<{envelope.recipient}>", 250, 251, 252)
        self._step("DATA", 354)
        try:
            self._send_body(message)
            at_dot()
        except BaseException:
            self.close()  # without its dot, the server throws the message away
            raise
        return self._send_dot()

    def end(self) -> None:
        """QUIT, and close; an error in saying goodbye changes nothing."""
        with contextlib.suppress(*BROKEN):
            if self.open:
                self._smtp.quit()
        self.close()

    def close(self) -> None:
        """Close the line without a word."""
        self._smtp.close()

    def _check_size(self, size: int) -> None:
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            raise Refusal(f"{self.settings.place} takes {limit} bytes at most, the message has {size}", 552, "5.3.4")

    def _step(self, command: str, *wanted: int) -> None:
        """One command and its reply; after a wrong reply the transaction is over and the line clean, or closed."""
        try:
            code, reply = self._smtp.docmd(command)
        except BROKEN as e:
            self.close()
            raise Outage(f"{self.settings.place}: the line broke: {e}") from e
        if code not in wanted:
            self._reset(code)
            raise failure(code, words(reply))

    def _send_body(self, message: bytes) -> None:
        stuffed = _LEADING_DOT.sub(b"..", message)
        try:
            self._smtp.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
            if not self._spoke_early():
                return
            code, reply = self._smtp.getreply()
        except BROKEN as e:
            raise Outage(f"{self.settings.place}: the line broke before the final dot: {e}") from e
        raise failure(code, words(reply))

    def _spoke_early(self) -> bool:
        """Whether the server has answered or hung up before the dot: then the dot must not be sent."""
        if self._smtp.sock is None:
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._smtp.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _send_dot(self) -> Receipt:
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self.settings.dot_timeout)
            self._smtp.send(b".\r\n")
            code, reply = self._smtp.getreply()
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self.settings.timeout)
        except BROKEN as e:
            self.close()
            raise OutcomeUnknown(f"{self.settings.place}: the line broke after the final dot: {e}") from e
        return self._settled(code, words(reply))

    def _settled(self, code: int, text: str) -> Receipt:
        self.messages += 1
        if 200 <= code <= 299:
            return Receipt(code, text, queue_id(text))
        self._reset(code)
        error = failure(code, text, after_dot=True)
        if isinstance(error, Deferral | Refusal):
            raise error
        self.close()
        raise OutcomeUnknown(text, max(code, 0)) from error

    def _reset(self, code: int) -> None:
        """RSET after an error reply; a line on which even that fails is of no use."""
        if code == CLOSING or not 400 <= code <= 599:
            self.close()
            return
        try:
            answer, _ = self._smtp.docmd("RSET")
        except BROKEN:
            answer = 0
        if answer != 250:
            self.close()
