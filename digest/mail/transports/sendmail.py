"""The ``sendmail`` program of a mail server on this machine, which then owns the retries."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Self

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal, TransportError
from digest.mail.transports.commands import on_the_wire
from digest.mail.transports.replies import words
from digest.model import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from digest.model import Envelope

TIMEOUT = 120.0
_DYING = 5.0
# What an exit code says of this message or recipient (sysexits.h) as an RFC 3463 status; any other one says that the
# program failed, whatever the message.
_REFUSED = {
    os.EX_DATAERR: "5.6.0",
    os.EX_NOUSER: "5.1.1",
    os.EX_NOHOST: "5.1.2",
}
_EXITS = {
    os.EX_USAGE: "it does not know our options",
    os.EX_DATAERR: "the message is not as it should be",
    os.EX_NOINPUT: "it found no input",
    os.EX_NOUSER: "no such mailbox",
    os.EX_NOHOST: "no such host",
    os.EX_UNAVAILABLE: "the mail service is not available",
    os.EX_SOFTWARE: "it has an error of its own",
    os.EX_OSERR: "the operating system failed it",
    os.EX_OSFILE: "a file of the system is missing",
    os.EX_CANTCREAT: "it cannot write a file",
    os.EX_IOERR: "it cannot read or write",
    os.EX_TEMPFAIL: "try again later",
    os.EX_PROTOCOL: "a mail server answered nonsense",
    os.EX_NOPERM: "it lacks a permission",
    os.EX_CONFIG: "its configuration is wrong",
}


class SendmailTransport:
    """Runs the program at `path` once for each message, as ``sendmail -i -f SENDER -- RECIPIENT``.

    Its standard input ends where SMTP has the final dot, and its exit code is the answer. An address is never
    taken for an option. The program runs in a session of its own: what interrupts us does not interrupt it.

    Args:
        timeout: seconds for taking the message, and again for the exit.
    """

    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        self.path, self.timeout = path, timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """Hand over `message` (with LF line ends, as such programs want them).

        Raises:
            Deferral: it says to try again, or failed after it had the whole message.
            Refusal: it takes no such message, or knows no such recipient.
            Outage: it cannot be run, or gave up before it had the whole message.
            OutcomeUnknown: it was killed, or took too long, after that.
        """
        command = self._command(envelope)
        with tempfile.TemporaryFile() as said:
            process = self._started(command, said)
            try:
                self._feed(process, message.replace(b"\r\n", b"\n"), said)
                at_dot()
                return self._answer(process, said)
            finally:
                _kill(process)

    def _command(self, envelope: Envelope) -> list[bytes]:
        wire = on_the_wire(envelope)
        for address in (wire.sender, wire.recipient):
            if address.startswith("-"):
                raise Refusal(f"5.1.3 {address} would pass for an option of {self.path}", 0, "5.1.3", "mail")
        return [os.fsencode(self.path), b"-i", b"-f", wire.sender.encode() or b"<>", b"--", wire.recipient.encode()]

    def _started(self, command: list[bytes], said: IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - the path is the operator's, the addresses are checked
                command, stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True, bufsize=0
            )
        except OSError as e:
            raise Outage(f"{self.path}: {e.strerror or e}", step="connect") from e

    def _feed(self, process: subprocess.Popen[bytes], content: bytes, said: IO[bytes]) -> None:
        """Write all of `content`, and leave the input open: what is killed now has sent nothing."""
        try:
            _write(_input(process), content, time.monotonic() + self.timeout)
        except TimeoutError as e:
            raise Outage(f"{self.path}: does not take the message", step="body") from e
        except OSError as e:
            raise self._gave_up(process, said) from e
        if process.poll() is not None:
            raise self._gave_up(process, said)

    def _gave_up(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> TransportError:
        """It ended, or closed its input, before it had the message: nothing was sent, whatever its exit code."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process.wait(self.timeout) > 0:
                return self._failure(process.returncode, said, after_dot=False)
        return Outage(f"{self.path}: did not take the message: {_words(said)}".rstrip(": "), step="body")

    def _answer(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> Receipt:
        _input(process).close()
        try:
            code = process.wait(self.timeout)
        except subprocess.TimeoutExpired as e:
            text = f"{self.path}: had the message and was not done after {self.timeout:g} s"
            raise OutcomeUnknown(text, step="dot") from e
        if code < 0:
            raise OutcomeUnknown(f"{self.path}: had the message and was killed by signal {-code}", step="dot")
        if code:
            raise self._failure(code, said, after_dot=True)
        return Receipt(text=_words(said) or f"taken by {self.path}")

    def _failure(self, code: int, said: IO[bytes], *, after_dot: bool) -> TransportError:
        step = "dot" if after_dot else "body"
        text = f"{self.path} ended with {code}: {_EXITS.get(code, 'it failed')}: {_words(said)}".rstrip(": ")
        if code in _REFUSED:
            return Refusal(text, 0, _REFUSED[code], step)
        if after_dot or code == os.EX_TEMPFAIL:
            return Deferral(text, 0, "4.3.0", step)
        return Outage(text, step=step)


def _input(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise BrokenPipeError("no standard input")
    return process.stdin


def _write(pipe: IO[bytes], content: bytes, deadline: float) -> None:
    """Write `content` to an unbuffered pipe by `deadline`; raises TimeoutError, or another OSError if nobody reads."""
    os.set_blocking(pipe.fileno(), False)
    rest = memoryview(content)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_WRITE)
        while rest:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            rest = rest[os.write(pipe.fileno(), rest) :]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program and its children if it has not ended, before its input: a killed one takes no end for an end."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_DYING)
    if process.stdin is not None:
        process.stdin.close()


def _words(said: IO[bytes]) -> str:
    """What the program had to say, as one line; of a lot the end, where the reason is."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(end - 500, 0))
    return words(said.read(500))
