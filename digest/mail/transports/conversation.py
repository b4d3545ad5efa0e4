"""A dialogue over one connection, with a known state at every step (RFC 5321, RFC 2920, RFC 2033).

::

    ready -> mail -> rcpt -> data -> body -> dot -> ready      `step` says whose answer is awaited; "" is ready
      any step but the dot answered with 4xx, 5xx -> what was said ahead is answered too -> RSET -> ready
      421, hung up, out of time, nonsense         -> closed for good

With PIPELINING, MAIL, RCPT and DATA go out in one write; their answers are read in order, and each is
judged as if it had been asked for alone. Nothing is ever said behind the dot before its answer is there.

A conversation has a `Line` (a subclass of `smtplib.SMTP`) and is none itself: what a message needs is begin and
finish, and the library's `sendmail` must not be within reach, as it raises the same error for a line lost before
the body and after the final dot: the one is safe to resend, the other is not.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.commands import commands
from digest.mail.transports.line import BROKEN
from digest.mail.transports.relay import connect
from digest.mail.transports.replies import failure, queue_id
from digest.model import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.mail.transports.commands import Commands
    from digest.mail.transports.line import Watch
    from digest.mail.transports.relay import SmtpSettings
    from digest.mail.transports.replies import Reply
    from digest.model import Envelope

_STEPS = ("mail", "rcpt", "data")
_GO_ON = {"mail": range(250, 260), "rcpt": range(250, 260), "data": range(354, 355)}


class Conversation:
    """A connection to a relay, ready for messages.

    `messages` counts those that got as far as their dot; `step` is the step under way, "" between messages.

    Raises:
        Outage: there is no such connection to be had, with the reason.
    """

    def __init__(self, settings: SmtpSettings, watch: Watch | None = None) -> None:
        self.settings = settings
        self.messages = 0
        self.step = ""
        self._line = connect(settings, watch)
        self._ahead = False

    @property
    def open(self) -> bool:
        """Whether another message can go over this line."""
        return self._line.open

    def begin(self, envelope: Envelope, size: int) -> None:
        """MAIL: the message of `size` bytes is announced to `envelope`, which is `on_the_wire`.

        With PIPELINING, RCPT and DATA are said as well, and answered in `finish`.

        Raises:
            Refusal: the server's offers rule the message out (nothing was sent), or 5xx.
            Deferral: 4xx.
            Outage: the line is gone.
        """
        offers = self._line.esmtp_features
        self._commands = commands(envelope, size, offers, self.settings.place)
        self._ahead = "pipelining" in offers
        self._line.start()
        self.step = "mail"
        if self._line.spoke():
            raise self._last_words()
        self._ask("mail")

    def finish(self, message: bytes, at_dot: Callable[[], None]) -> Receipt:
        """RCPT, DATA, the body and, behind `at_dot`, the final dot.

        Raises:
            Deferral, Refusal: the server's answer to one of the steps.
            Outage: the line was lost before the dot.
            OutcomeUnknown: the line was lost after it.
        """
        self._ask("rcpt")
        self._ask("data")
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
                self._line.goodbye()
        self.close()

    def close(self) -> None:
        """Close the line without a word."""
        self._line.close()

    def _ask(self, step: str) -> None:
        """Say the command of `step`, unless it was said ahead, and hear that it may go on.

        After any other answer the transaction is over, and the line clean or closed.
        """
        self.step = step
        try:
            self._say(step)
            reply = self._line.getreply()
        except BROKEN as e:
            raise self._lost(e) from e
        if reply.code in _GO_ON[step]:
            return
        self._abandon(step, reply)
        raise failure(reply.code, reply.text, step=step)

    def _say(self, step: str) -> None:
        spoken: Commands = self._commands
        if not self._ahead:
            self._line.say(spoken[_STEPS.index(step)])
        elif step == "mail":
            self._line.say(*spoken)

    def _lost(self, error: Exception) -> Outage:
        """The line broke while `step` was under way, before the dot."""
        self.close()
        return Outage(f"{self.settings.place}: the line broke: {error}", step=self.step)

    def _abandon(self, step: str, reply: Reply) -> None:
        """After `reply` to `step`: end the transaction, so that the line is ready again; or close it."""
        try:
            if not reply.negative or (self._ahead and not self._hear_out(step)) or not self._reset():
                self.close()
        except BROKEN:
            self.close()
        self.step = ""

    def _hear_out(self, failed: str) -> bool:
        """Take the answers to what was said behind the `failed` step; False if the line is of no use after them."""
        taken = False
        for step in _STEPS[_STEPS.index(failed) + 1 :]:
            reply = self._line.getreply()
            positive = reply.code in _GO_ON[step]
            if positive and step == "data":
                return not taken and self._lone_dot()
            if not positive and not reply.negative:
                return False
            taken = taken or positive
        return True

    def _lone_dot(self) -> bool:
        """End a DATA that was let in though there is no recipient (RFC 2920 3.1); False if that is no use.

        It is never said where a recipient was taken, who would get an empty message. LMTP answers it once
        for each recipient, and so not at all (RFC 2033 4.2).
        """
        if self.settings.lmtp:
            return False
        self._line.say(b".")
        return self._line.getreply().negative

    def _reset(self) -> bool:
        """RSET after an error reply; False for a line on which even that fails."""
        self._line.say(b"RSET")
        return self._line.getreply().code == 250

    def _send_body(self, message: bytes) -> None:
        self.step = "body"
        try:
            self._line.write_body(stuffed(message))
        except OSError as e:
            raise self._last_words(e) from e
        except BROKEN as e:
            raise self._lost(e) from e
        if self._line.spoke():
            raise self._last_words()

    def _last_words(self, error: Exception | None = None, *, after_dot: bool = False) -> Exception:
        """The error for a server that speaks when it is not its turn: nothing was taken, and the line is closed."""
        try:
            reply = self._line.getreply()
        except BROKEN as e:
            return self._lost(error or e)
        self.close()
        return failure(reply.code, reply.text, after_dot=after_dot, step=self.step)

    def _send_dot(self) -> Receipt:
        self._line.start()
        if self._line.spoke():  # while `at_dot` was at work
            raise self._no_dot()
        self.step = "dot"
        try:
            self._line.say(b".")
            reply = self._line.reply(time.monotonic() + self.settings.dot_timeout)
        except BROKEN as e:
            self.close()
            raise OutcomeUnknown(f"{self.settings.place}: the line broke after the final dot: {e}", step="dot") from e
        return self._settled(reply)

    def _no_dot(self) -> Exception:
        """The dot is not sent any more; what was written down is that it was, so this is an answer and no Outage."""
        error = self._last_words(after_dot=True)
        return Deferral(error.text, error.code, error.enhanced, "body") if isinstance(error, Outage) else error

    def _settled(self, reply: Reply) -> Receipt:
        self.messages += 1
        if 200 <= reply.code <= 299:
            self.step = ""
            return Receipt(reply.code, reply.text, queue_id(reply.text))
        self._ahead = False
        self._abandon("dot", reply)
        error = failure(reply.code, reply.text, after_dot=True, step="dot")
        if isinstance(error, Deferral | Refusal):
            raise error
        raise OutcomeUnknown(error.text, error.code, step="dot") from error


def stuffed(message: bytes) -> bytes:
    """`message` as it goes over the wire, but for its final dot: dots that begin a line doubled (RFC 5321 4.5.2)."""
    whole = message if message.endswith(b"\r\n") else message + b"\r\n"
    return (b"." if whole.startswith(b".") else b"") + whole.replace(b"\n.", b"\n..")
