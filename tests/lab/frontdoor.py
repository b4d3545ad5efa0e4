"""The web server in front, as an operator has one: TLS, and a header that says who asks."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.lab.process import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.certificates import Certificates

# What belongs to one connection alone (RFC 9110 7.6.1).
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"})


class _Door(ThreadingHTTPServer):
    daemon_threads = True
    behind: int
    handshake: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake in the thread of the request: a client that says nothing holds up nobody else."""
        with contextlib.suppress(ssl.SSLError, OSError), self.handshake.wrap_socket(request, server_side=True) as safe:
            super().finish_request(safe, client_address)


class _Passing(BaseHTTPRequestHandler):
    """Passes each request on, with X-Forwarded-For and X-Forwarded-Proto of its own."""

    protocol_version = "HTTP/1.0"
    server: _Door

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https"}
        inner = http.client.HTTPConnection(LOOPBACK, self.server.behind, timeout=30)
        with contextlib.closing(inner):
            inner.request(self.command, self.path, body, headers)
            answer = inner.getresponse()
            content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = _pass

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def front_door(certificates: Certificates, behind: int) -> Iterator[int]:
    """The port of loopback at which TLS is spoken and passed on to `behind`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with _Door((LOOPBACK, 0), _Passing) as door:
        door.behind, door.handshake = behind, context
        thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield door.server_port
        finally:
            door.shutdown()
            thread.join()
