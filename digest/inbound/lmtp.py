"""LMTP (RFC 2033): a mail server hands over message by message, and hears for each recipient whether it was taken.

LMTP rather than SMTP: the mail server in front keeps the queue, so that an outage of ours loses nothing. Whoever can
connect is believed about envelopes and Authentication-Results, so that a socket is for its owner and group alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import socket
import stat
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from digest.errors import ConfigError, DigestError
from digest.inbound import MAX_MESSAGE

if TYPE_CHECKING:
    from aiosmtpd.lmtp import LMTP

    from digest.inbound import Take

log = logging.getLogger("digest.inbound.lmtp")

TAKEN = "250 2.0.0 taken in"
LATER = "451 4.3.0 cannot be taken in now, try again later"
BUSY = "421 4.3.2 too many connections, try again later"
MOST_CONNECTIONS, MOST_RECIPIENTS = 50, 100
"""At a time, and in a message (RFC 5321 4.5.3.1.8): what a mail server does not reach, and a flood does."""
SOCKET_MODE = 0o660
_LONGEST_LINE = 1_000_000
_START_SECONDS, _END_SECONDS = 10, 30


class Listener:
    """Listens in a thread of its own.

    Args:
        address: a host name or IP address, or the path of a socket, which is recognised by its first slash.
        port: the port; 0 for any that is free, and with a socket.
        take: is called for every recipient of every message, in threads.
    """

    def __init__(self, address: str, port: int, take: Take) -> None:
        self.address, self.port, self._handler = address, port, Handler(take)
        self._thread: threading.Thread | None = None
        self._ending: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def place(self) -> str:
        """The address and port, or the path, that it listens at."""
        return self.address if self._is_socket else f"{self.address}:{self.port}"

    @property
    def listening(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to listen.

        Raises:
            ConfigError: that cannot be done at this place.
        """
        started: Future[None] = Future()
        thread = threading.Thread(target=asyncio.run, args=(self._serve(started),), name="lmtp", daemon=True)
        thread.start()
        try:
            started.result(_START_SECONDS)
        except OSError as error:
            thread.join(_END_SECONDS)
            raise ConfigError([f"inbound.lmtp: cannot listen at {self.place}: {error.strerror}"]) from error
        self._thread = thread
        log.info("listening place=%s", self.place)

    def stop(self) -> None:
        """End: what is being taken in is finished first."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._ending is None:
            return
        self._loop.call_soon_threadsafe(self._ending.set)
        thread.join(_END_SECONDS)
        if self._is_socket:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.address)

    @property
    def _is_socket(self) -> bool:
        return self.address.startswith("/")

    async def _serve(self, started: Future[None]) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await self._open(self._loop)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(None)
        async with server:
            await self._ending.wait()
            # From Python 3.12 on, a server that closes waits for all who are connected, idle or not.
            for guest in list(self._handler.guests):
                guest.close()

    async def _open(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        if self._is_socket:
            return await loop.create_unix_server(self._session, sock=_bound(self.address))
        server = await loop.create_server(self._session, self.address, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _session(self) -> LMTP:
        """A conversation with one client."""
        return _session_class()(
            self._handler,
            data_size_limit=MAX_MESSAGE,
            enable_SMTPUTF8=True,
            hostname="digest",
            ident="LMTP",
            loop=self._loop,
        )


def _bound(path: str) -> socket.socket:
    """A socket at `path` for this user and its group, who are those that may hand mail over; nobody can connect to it
    before that is so. One that a killed process left is replaced.

    Raises:
        OSError: that cannot be done, or somebody listens there.
    """
    line = socket.socket(socket.AF_UNIX)
    try:
        _clear(path)
        line.bind(path)
        os.chmod(path, SOCKET_MODE)
    except BaseException:
        line.close()
        raise
    return line


def _clear(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_START_SECONDS)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)


class Handler:
    """What aiosmtpd asks: each recipient of a message gets an answer of its own (RFC 2033 4.2)."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self.guests: set[asyncio.BaseTransport] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Note a recipient, up to `MOST_RECIPIENTS`."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 noted"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take the message in for each of its recipients, one after the other."""
        message, sender = bytes(envelope.content), str(envelope.mail_from)
        return "\r\n".join([await asyncio.to_thread(self._answer, message, to, sender) for to in envelope.rcpt_tos])

    def _answer(self, message: bytes, recipient: str, sender: str) -> str:
        try:
            self._take(message, recipient, sender)
        except DigestError as error:
            log.error("not taken: %s", error)
            return LATER
        except Exception:
            # A bug of ours must not cost mail: the server in front keeps it while we are repaired.
            log.exception("not taken")
            return LATER
        return TAKEN


@functools.cache
def _session_class() -> type[LMTP]:
    from aiosmtpd.lmtp import LMTP

    class Session(LMTP):
        """LMTP with long lines, as returned messages have them, and an answer for each recipient."""

        line_length_limit = _LONGEST_LINE

        def connection_made(self, transport: Any) -> None:
            """Let somebody in, unless `MOST_CONNECTIONS` are there."""
            if len(self.event_handler.guests) >= MOST_CONNECTIONS:
                transport.write(f"{BUSY}\r\n".encode())
                transport.close()
                return
            self.event_handler.guests.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            """See somebody off who was let in."""
            if self.transport is not None:
                self.event_handler.guests.discard(self.transport)
                super().connection_lost(error)

        async def push(self, status: Any) -> None:
            """Send an answer; one about the size of a message once for each recipient that it has so far."""
            if str(status).startswith(("552 ", "500 Line too long")) and self.envelope:
                status = "\r\n".join([status] * max(1, len(self.envelope.rcpt_tos)))
            await super().push(status)

    return Session
