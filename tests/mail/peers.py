"""SMTP and LMTP servers on loopback that do what a test tells them, faults included."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.lab.need import need

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

FINE = {
    "GREETING": "220 relay.test ready",
    "EHLO": "250-relay.test\r\n250-SIZE 1000000\r\n250 8BITMIME",
    "LHLO": "250-lmtp.test\r\n250-PIPELINING\r\n250 8BITMIME",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 Ok: queued as 4F1B2C3D",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "BODY": "",
}
PIPELINING = "250-relay.test\r\n250-PIPELINING\r\n250 SIZE 1000000"
DROP, RESET, SILENT, HANG = "drop", "reset", "silent", "hang"


class Cut(str):
    """The beginning of a reply, behind which the server hangs up."""

    __slots__ = ()


class Relay(socketserver.ThreadingTCPServer):
    """Answers each step from `replies`: a reply, DROP, RESET, SILENT (takes it, says nothing), HANG (for good), a Cut,
    or a list of those used up one by one.

    It takes commands that are said ahead, and knows whether it has a sender and a recipient: without them it refuses
    RCPT and DATA, or, if it is `lenient`, only the message behind them. `verbs` is what it was told, `messages` the
    bodies that it answered with 2xx, `bodies` how many final dots it saw.

    Args:
        path: listen on a unix socket there, not on TCP.
        drip: seconds between the single bytes of each reply; None for replies in one piece.
        pauses: step -> seconds before its reply.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        path: Path | None = None,
        drip: float | None = None,
        pauses: dict[str, float] | None = None,
        lenient: bool = False,
        **replies: str | list[str],
    ) -> None:
        self.script(**replies)
        self.tls, self.drip, self.pauses, self.lenient = tls, drip, pauses or {}, lenient
        self.verbs: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self.bodies = 0
        if path:
            self.address_family = socket.AF_UNIX
        super().__init__(str(path) if path else ("127.0.0.1", 0), _Session)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def script(self, **replies: str | list[str]) -> None:
        """Answer with these from now on."""
        self.replies: dict[str, Any] = FINE | {("." if k == "DOT" else k): v for k, v in replies.items()}

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
            return reply.pop(0) if reply else FINE.get(step, "502 5.5.2 not known")
        return reply


class _Session(socketserver.StreamRequestHandler):
    server: Relay
    lmtp = sender = recipient = False

    def handle(self) -> None:
        self.server.connections += 1
        try:
            if self._answer("GREETING", self.server.reply("GREETING")):
                while self._step():
                    pass
        except OSError:
            return
        finally:
            self.request.close()

    def _step(self) -> bool:
        line = self.rfile.readline().decode().strip()
        if not line:
            return False
        verb = line.split()[0].upper()
        self.server.verbs.append(line if verb in ("MAIL", "RCPT") else verb)
        reply = self._judged(verb)
        if not self._answer(verb, reply):
            return False
        if verb == "STARTTLS" and self.server.tls is not None:
            self._wrap(self.server.tls)
        return self._body() if reply.rpartition("\n")[2].startswith("354") and verb == "DATA" else verb != "QUIT"

    def _judged(self, verb: str) -> str:
        due = {"RCPT": self.sender, "DATA": self.recipient}.get(verb, True)
        if not due and not self.server.lenient:
            return f"503 5.5.1 not the time for {verb}"
        reply = self.server.reply(verb)
        taken = reply == SILENT or reply.startswith("2")
        self.lmtp = self.lmtp or verb == "LHLO"
        self.sender = taken if verb == "MAIL" else self.sender and verb != "RSET"
        self.recipient = taken if verb == "RCPT" else self.recipient and verb not in ("MAIL", "RSET")
        return reply

    def _wrap(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _body(self) -> bool:
        fault = self.server.reply("BODY")
        if fault:
            self.rfile.readline()
            return self._answer("BODY", fault)
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.bodies += 1
        return self._end_of(b"".join(lines))

    def _end_of(self, message: bytes) -> bool:
        if not self.recipient:
            return self.lmtp or self._answer(".", "554 5.5.1 no valid recipients")
        reply = self.server.reply(".")
        if reply.startswith("2"):
            self.server.messages.append(message)
        self.sender = self.recipient = False
        return self._answer(".", reply)

    def _answer(self, step: str, reply: str) -> bool:
        time.sleep(self.server.pauses.get(step, 0))
        if reply == RESET:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply == HANG:
            self.rfile.read()
            return False
        if reply == DROP:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        if reply != SILENT:
            self._write(reply.encode() + (b"" if isinstance(reply, Cut) else b"\r\n"))
        return not reply.startswith("421") and not isinstance(reply, Cut)

    def _write(self, data: bytes) -> None:
        if self.server.drip is None:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.drip)


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """The port of Postfix's smtp-sink, which takes every message; `options` withhold extensions (-p, -e, -N, -8)."""
    program = need("smtp-sink", "postfix")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = [] if os.geteuid() else ["-u", "nobody"]
    command = [str(program), *account, *options, f"127.0.0.1:{port}", "64"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _answers(port)
            yield port
        finally:
            process.kill()


def _answers(port: int) -> None:
    deadline = time.monotonic() + 5
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
