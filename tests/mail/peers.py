"""SMTP servers on loopback that do what a test tells them, faults included."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

FINE = {
    "GREETING": "220 relay.test ready",
    "EHLO": "250-relay.test\r\n250-SIZE 1000000\r\n250 8BITMIME",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 Ok: queued as 4F1B2C3D",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "BODY": "",
}
DROP, SILENT = "drop", "silent"


class Relay(socketserver.ThreadingTCPServer):
    """Answers each step from `replies`: a reply, DROP, SILENT, or a list used up one by one.

    `verbs` is what it was told, `messages` the bodies that it answered with 2xx.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None, **replies: str | list[str]) -> None:
        self.replies: dict[str, Any] = FINE | {("." if k == "DOT" else k): v for k, v in replies.items()}
        self.tls = tls
        self.verbs: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self.bodies = 0
        super().__init__(("127.0.0.1", 0), _Session)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Relay:
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()

    def reply(self, step: str) -> str:
        reply = self.replies.get(step, "502 5.5.2 not known")
        if isinstance(reply, list):
            return str(reply.pop(0) if reply else FINE.get(step, "502 5.5.2 not known"))
        return str(reply)


class _Session(socketserver.StreamRequestHandler):
    server: Relay

    def handle(self) -> None:
        self.server.connections += 1
        try:
            if self._answer(self.server.reply("GREETING")):
                while self._step():
                    pass
        except OSError:
            return
        finally:
            self.request.close()

    def _step(self) -> bool:
        line = self.rfile.readline().decode("ascii").strip()
        if not line:
            return False
        verb = line.split()[0].upper()
        self.server.verbs.append(line if verb in ("MAIL", "RCPT") else verb)
        reply = self.server.reply(verb)
        if not self._answer(reply):
            return False
        if verb == "STARTTLS" and self.server.tls is not None:
            self._wrap(self.server.tls)
        return self._body() if reply.startswith("354") else verb != "QUIT"

    def _wrap(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _body(self) -> bool:
        fault = self.server.reply("BODY")
        if fault:
            self.rfile.readline()
            return self._answer(fault)
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.bodies += 1
        reply = self.server.reply(".")
        if reply.startswith("2"):
            self.server.messages.append(b"".join(lines))
        return self._answer(reply)

    def _answer(self, reply: str) -> bool:
        if reply == DROP:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        if reply != SILENT:
            self.wfile.write(f"{reply}\r\n".encode())
        return not reply.startswith("421")
