"""One line to a server: lines of text out, replies in, each with a deadline.

A subclass of `smtplib.SMTP`, from which it has EHLO and its parsing. What it does itself:

- Every reply has one deadline for the whole of it. The library's time-out starts anew with each byte, and
  a server that sends one byte a second holds it for ever.
- Replies are read from a buffer of our own, so that what a server says unasked is seen before it is taken for
  the answer to something else, and what was said before TLS began is never taken for what was said under it.
- Any trouble closes the line, and it stays closed; the library closes it in some cases only.
- It can be watched.
"""

from __future__ import annotations

import base64
import re
import select
import smtplib
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from digest.mail.transports.mechanisms import AT_ONCE, MECHANISMS, octets
from digest.mail.transports.replies import NONSENSE, Reply, parse_line, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # Hears ">" and a command, "<" and a line of a reply, "*" and a note.
    Watch = Callable[[str, str], None]

T = TypeVar("T")
BROKEN = (OSError, smtplib.SMTPException)
CONNECTING = 30.0  # seconds at most for a connection: who is there answers sooner
GOODBYE = 5.0  # seconds at most for the answer to QUIT
_LINE_ROOM, _REPLY_ROOM = 4096, 65536  # octets; RFC 5321 4.5.3.1.5 has 512 for a line
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_CHALLENGE, _LOGGED_IN = 334, (235, 503)  # 503: it was logged in already
_AUTH = re.compile(r"(AUTH \S+)( .*)?", re.IGNORECASE)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _no_way(offered: Sequence[str]) -> str:
    """What a server offers instead of a way to log in that is known, and what to do."""
    if not offered:
        return (
            "it offers no login (AUTH): many do so only under TLS (security = 'starttls' or 'tls'); if it wants none, "
            "leave username out"
        )
    return (
        f"it offers {', '.join(offered)} alone, and digest knows {', '.join(MECHANISMS)}: let your provider make an "
        "app password, or allow SMTP AUTH with a password for this account, or send through another mail server"
    )


def unwatched(mark: str, text: str) -> None:
    """Nobody looks."""


class Line(smtplib.SMTP):
    """An unconnected line; `connect` opens it.

    Args:
        timeout: seconds for connecting and for each whole reply.
        total: seconds for everything behind `start`, until it is called again.
        local_hostname: what EHLO says; "" asks the system.
        lmtp: greet with LHLO (RFC 2033 4.1).

    Every method that talks raises an OSError or smtplib.SMTPException (`BROKEN`) once the line is of no use.
    """

    def __init__(
        self, timeout: float, total: float, local_hostname: str = "", watch: Watch | None = None, *, lmtp: bool = False
    ) -> None:
        self._read = b""
        self._discreet = False
        self.patience, self.total = timeout, total
        self.watch = watch or unwatched
        self.greeting = ""
        super().__init__(local_hostname=local_hostname or None, timeout=timeout)
        self.ehlo_msg = "LHLO" if lmtp else "EHLO"
        self.start()

    def start(self) -> None:
        """What is said from now on has `total` seconds in all."""
        self._until = time.monotonic() + self.total

    @property
    def open(self) -> bool:
        """Whether anything can be said on this line."""
        return self.sock is not None

    @property
    def tls(self) -> str:
        """The version of TLS on this line ("TLSv1.3"), or ""."""
        return (self.sock.version() or "") if isinstance(self.sock, ssl.SSLSocket) else ""

    @property
    def certificate_until(self) -> datetime | None:
        """When the server's certificate runs out (UTC), if it was verified."""
        certificate = self.sock.getpeercert() if isinstance(self.sock, ssl.SSLSocket) else None
        end = certificate.get("notAfter") if certificate else None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> Reply:
        """Connect to `host` and `port`, or to the unix socket at the path `host`; returns the greeting."""
        self._reach(host, port, source_address)
        return self.getreply()

    def connect_tls(self, host: str, port: int, context: ssl.SSLContext) -> Reply:
        """Connect with TLS from the first byte; returns the greeting."""
        self._reach(host, port)
        self._encrypt(context, host)
        return self.getreply()

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """TLS from here on; what was known of the server is forgotten (RFC 3207 4.2)."""
        if self._read:
            self.close()
            raise smtplib.SMTPServerDisconnected("words in the clear behind the answer to STARTTLS")
        self._encrypt(context, host)
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> Reply:
        """Log in by the first way that both sides know and that works, unseen by the one who watches.

        Raises:
            smtplib.SMTPNotSupportedError: the server offers no way that is known here.
            smtplib.SMTPAuthenticationError: it refuses; its last answer.
        """
        offered = self.esmtp_features.get("auth", "").upper().split()
        ways = [way for way in MECHANISMS if way in offered]
        if not ways:
            raise smtplib.SMTPNotSupportedError(_no_way(offered))
        self._discreet = True
        try:
            replies = (self._log_in(way, octets(user), octets(password)) for way in ways)
            refused = Reply(0, b"")
            for reply in replies:
                if reply.code in _LOGGED_IN:
                    return reply
                refused = reply
                if 400 <= reply.code <= 499:
                    break
            raise smtplib.SMTPAuthenticationError(refused.code, refused.lines)
        finally:
            self._discreet = False

    def _log_in(self, way: str, user: bytes, password: bytes) -> Reply:
        """The answer to one way of logging in (RFC 4954 4)."""
        answers = MECHANISMS[way](user, password)
        first = f" {_base64(next(answers)(b''))}" if way in AT_ONCE else ""
        reply = Reply(*self.docmd(f"AUTH {way}{first}"))
        while reply.code == _CHALLENGE:
            answer = next(answers, None)
            told = _base64(answer(base64.b64decode(reply.lines, validate=True))) if answer else "*"
            reply = Reply(*self.docmd(told))
        return reply

    def send(self, s: Any) -> None:
        """One command of the library's, with its CRLF."""
        self.say(s.encode("ascii") if isinstance(s, str) else bytes(s))

    def say(self, *commands: bytes) -> None:
        """Write `commands` at once (with several, RFC 2920).

        Raises:
            ValueError: there is a line break in one of them; nothing was written.
        """
        told = [command.removesuffix(b"\r\n") for command in commands]
        if any(b"\r" in command or b"\n" in command for command in told):
            raise ValueError(f"a line break in a command: {told!r}")
        for command in told:
            self.watch(">", self._shown(words(command)))
        try:
            self._write(b"".join(command + b"\r\n" for command in told))
        except OSError:
            self.close()
            raise

    def write_body(self, message: bytes) -> None:
        """Write the lines of `message`, which is ready for the wire but for its final dot.

        After an OSError the line is still open for the server's last words, and for nothing else.
        """
        self.watch(">", f"message of {len(message)} bytes")
        self._write(message)

    def getreply(self) -> Reply:
        """The next reply, within `patience` seconds and the total."""
        return self.reply(min(time.monotonic() + self.patience, self._until))

    def reply(self, deadline: float) -> Reply:
        """The next reply, whole by `deadline` (monotonic); `NONSENSE` where its lines do not belong together."""
        lines: list[bytes] = []
        codes, room, more = set(), _REPLY_ROOM, True
        while more:
            line = self._read_line(deadline)
            self.watch("<", words(line))
            code, more, text = parse_line(line)
            codes.add(code)
            lines.append(text)
            room -= len(line)
            if room < 0:
                raise self._broken("a reply without an end")
        return Reply(codes.pop() if len(codes) == 1 else NONSENSE, b"\n".join(lines))

    def spoke(self) -> bool:
        """Whether the server has said something unasked, or has hung up."""
        if self.sock is None or self._read:
            return True
        try:
            self._read = self.sock.recv(_LINE_ROOM)
        except _NOT_YET:
            return False
        except OSError:
            return True
        return True

    def goodbye(self) -> None:
        """QUIT, and close.

        Raises:
            OSError, smtplib.SMTPException: the other side did not see it through.
        """
        self.start()
        try:
            self.say(b"QUIT")
            self.reply(time.monotonic() + min(GOODBYE, self.patience))
        finally:
            self.close()

    def close(self) -> None:
        """Close without a word."""
        self._read = b""
        super().close()

    def _reach(self, host: str, port: int, source_address: Any = None) -> None:
        self.watch("*", f"connecting to {host}" + (f":{port}" if port else ""))
        wait = min(self.patience, CONNECTING, max(self._until - time.monotonic(), 0.001))
        if host.startswith("/"):
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(wait)
            self.sock.connect(host)
        else:
            self.sock = socket.create_connection((host, port), wait, source_address)
            # The final dot is a packet of its own, and must not wait for the one before it to be acknowledged.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)

    def _encrypt(self, context: ssl.SSLContext, host: str) -> None:
        plain = self._socket()
        plain.settimeout(max(min(self.patience, self._until - time.monotonic()), 0.001))
        self.sock = context.wrap_socket(plain, server_hostname=host)
        self.sock.setblocking(False)
        until = f", valid until {self.certificate_until:%Y-%m-%d}" if self.certificate_until else ""
        self.watch("*", f"{self.tls}, certificate of {host}{until}")

    def _shown(self, command: str) -> str:
        """`command` without secrets: a password goes behind AUTH, or alone as the answer to a challenge."""
        if not self._discreet:
            return command
        found = _AUTH.fullmatch(command)
        return f"{found[1]} ****" if found and found[2] else command if found else "****"

    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the line is closed")
        return self.sock

    def _soon(self, action: Callable[[socket.socket], T], event: int, deadline: float) -> T:
        """`action` on the socket, which does not block, when it can be done; `event` is what it waits for if not."""
        while True:
            sock = self._socket()
            try:
                return action(sock)
            except ssl.SSLWantReadError:
                self._wait(sock, select.POLLIN, deadline)
            except ssl.SSLWantWriteError:
                self._wait(sock, select.POLLOUT, deadline)
            except BlockingIOError:
                self._wait(sock, event, deadline)

    def _wait(self, sock: socket.socket, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(sock, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise self._broken("no answer in time", TimeoutError)

    def _broken(self, why: str, kind: type[Exception] = smtplib.SMTPServerDisconnected) -> Exception:
        self.close()
        return kind(why)

    def _read_line(self, deadline: float) -> bytes:
        while b"\n" not in self._read:
            if len(self._read) > _LINE_ROOM:
                raise self._broken("a line without an end")
            self._read += self._receive(deadline)
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _receive(self, deadline: float) -> bytes:
        try:
            data = self._soon(lambda sock: sock.recv(_LINE_ROOM), select.POLLIN, deadline)
        except OSError:
            self.close()
            raise
        if not data:
            raise self._broken("the server hung up")
        return data

    def _write(self, data: bytes) -> None:
        """Write all of `data`; any part of it may take `patience` seconds (RFC 5321 4.5.3.2.5), and all the total."""
        rest = memoryview(data)
        while rest:
            deadline = min(time.monotonic() + self.patience, self._until)
            sent = self._soon(lambda sock, part=rest: sock.send(part), select.POLLOUT, deadline)  # type: ignore[misc]
            rest = rest[sent:]
