"""A name server on loopback that fails as it is told; `tests.lab.dns` has the one that works."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dns.message
import dns.rcode

if TYPE_CHECKING:
    from collections.abc import Iterator


class Failing(socketserver.ThreadingUDPServer):
    """Answers every question with `rcode`; with None not at all."""

    daemon_threads = True

    def __init__(self, rcode: dns.rcode.Rcode | None) -> None:
        self.rcode = rcode
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: Failing

    def handle(self) -> None:
        data, line = self.request
        if self.server.rcode is None:
            return
        answer = dns.message.make_response(dns.message.from_wire(data))
        answer.set_rcode(self.server.rcode)
        line.sendto(answer.to_wire(), self.client_address)


@contextmanager
def failing(rcode: dns.rcode.Rcode | None) -> Iterator[str]:
    """ "HOST:PORT" of a name server that is out of order in that way."""
    server = Failing(rcode)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
