"""What one connection may cost: how long a client may take, who gives way when all places are taken, and the answers
to what is no HTTP request.

waitress counts the seconds without a byte; a client that sends one byte every ten seconds never meets that. So the time
of each state is counted here: how long a request may take to arrive, an answer to be read, a connection to be idle.
Where all places are taken, the address with the most connections loses the one that has waited longest, so that many
slow clients keep nobody else out (CWE-400; RFC 9112, 9.8 lets a server close a connection at any time).
"""

from __future__ import annotations

import time
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from digest.web.rendering import PRIVATE, WORDS
from digest.web.security import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 400
"""So many connections are kept at a time, of which each is closed sooner where there are more."""


class State(Enum):
    """What a connection waits for; the value is how many seconds after its beginning, or its last answer, it may."""

    IDLE = 30.0
    RECEIVING = 60.0
    SENDING = 120.0
    ANSWERING = float("inf")


class ErrorAnswer(ErrorTask):  # type: ignore[misc]
    """The answer to what waitress cannot read, in our words and with our headers; the connection ends with it."""

    def execute(self) -> None:
        """Write the answer."""
        error = self.request.error
        heading, told = WORDS.get(error.code, WORDS[400 if error.code < 500 else 500])
        body = f"{heading}. {told}\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", PRIVATE)])
        self.response_headers.extend(HEADERS.items())
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection that knows since when it waits for its client."""

    error_task_class = ErrorAnswer

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        self._since = time.monotonic()
        super().__init__(server, sock, addr, adj, map=map)
        make_room(server.active_channels.values())

    @property
    def peer(self) -> str:
        """The address of the other end; a socket of this machine has none."""
        return str(self.addr[0]) if isinstance(self.addr, tuple) and self.addr else ""

    @property
    def state(self) -> State:
        """What it waits for."""
        if self.requests:
            return State.ANSWERING
        if self.total_outbufs_len:
            return State.SENDING
        return State.IDLE if self.request is None else State.RECEIVING

    def waited(self, now: float) -> float:
        """For how many seconds it has waited for its client at `now` (of the monotonic clock)."""
        return now - self._since

    def service(self) -> None:
        """Answer a request, in a thread of its own."""
        super().service()
        self._since = time.monotonic()

    def give_way(self) -> None:
        """Close soon: the server's loop does it at its next turn."""
        self.will_close = True


def close_overdue(connections: Iterable[Any], now: float) -> None:
    """Close each connection whose client has taken longer than its state allows."""
    for one in list(connections):
        if one.waited(now) > one.state.value:
            one.give_way()


def make_room(connections: Iterable[Any], most: int = MOST) -> None:
    """Where there are more than `most` connections, choose those that give way; never one that is being answered."""
    now = time.monotonic()
    here = [one for one in connections if not one.will_close]
    peers = Counter(one.peer for one in here)
    waiting = [one for one in here if one.state is not State.ANSWERING]
    for _ in range(min(len(here) - most, len(waiting))):
        one = max(waiting, key=lambda each: (peers[each.peer], each.waited(now)))
        waiting.remove(one)
        peers[one.peer] -= 1
        one.give_way()
