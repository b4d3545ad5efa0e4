"""A real HTTP server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import gzip
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from digest.model import SourceSpec, SourceState
from digest.sources.http import HttpSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from digest.model import Snapshot
    from digest.sources import NotModified
    from digest.sources.bounds import Bounds
    from digest.sources.polite import Politeness


@dataclass
class Reply:
    """One answer. `drip` seconds pass before each byte of the body, `header_drip` before each of 50 header lines."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    header_drip: float = 0.0
    length: int | None = None


@dataclass
class Asked:
    """One request: its path with query, and its headers by lower-case name."""

    path: str
    headers: dict[str, str]


class WebServer:
    """Answers `replies[path]`: one reply for ever, or a list of which the last stays."""

    def __init__(self, port: int, replies: dict[str, Reply | list[Reply] | Callable[[Asked], Reply]]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.replies = replies
        self.asked: list[Asked] = []
        self.connects: list[str] = []

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked]

    def reply(self, asked: Asked) -> Reply:
        """The next answer to a request, which is noted."""
        self.asked.append(asked)
        found = self.replies.get(asked.path, Reply(b"nothing here", 404))
        if callable(found):
            return found(asked)
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


@contextmanager
def serving() -> Iterator[WebServer]:
    """A running server without any replies yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = web.reply(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
            with suppress(ConnectionError):
                self._send(reply)

        def do_CONNECT(self) -> None:
            web.connects.append(self.path)
            self.send_error(502)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            for n in range(50 if reply.header_drip else 0):
                self.send_header(f"X-Slow-{n}", "x")
                self.flush_headers()
                time.sleep(reply.header_drip)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self._send_body(reply)
            self.close_connection = reply.length is not None

        def _send_body(self, reply: Reply) -> None:
            if not reply.drip:
                self.wfile.write(reply.body)
                return
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                time.sleep(reply.drip)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web = WebServer(server.server_address[1], {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def packed(content: bytes, **headers: str) -> Reply:
    """A reply whose body is gzip."""
    return Reply(gzip.compress(content), headers={"Content-Encoding": "gzip", **headers})


def source(url: str, polite: Politeness, bounds: Bounds | None = None, **spec: object) -> HttpSource:
    """A source named "web" at `url`, which may be on this machine."""
    return HttpSource(SourceSpec(**{"name": "web", "url": url, "private": True, **spec}), polite, bounds=bounds)


def look(source: HttpSource, now: datetime, before: dict[str, object] | None = None) -> list[Snapshot | NotModified]:
    """All that one look fetches, with the validators of the look `before`."""
    return list(source.fetch(SourceState("web", validators=before or {}), now))
