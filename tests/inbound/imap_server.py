"""An IMAP server that is as small, and as odd, as a test wants it: each command is answered by a script."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DROP, ENDLESS = "drop", "endless"


class Odd(socketserver.ThreadingTCPServer):
    """Answers commands ("UID STORE", "LOGIN") with the lines of `answers`, else with OK; remembers what was asked.

    In an answer, the tag of the command stands in place of "*tag*". `DROP` hangs up, `ENDLESS` talks
    on until the client does.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, capabilities: str, answers: dict[str, list[str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.capabilities, self.answers = capabilities, answers
        self.asked: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: Odd

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, rest = line.decode().strip().partition(" ")
            if not self._answer(tag, rest):
                return

    def _answer(self, tag: str, rest: str) -> bool:
        words = rest.upper().split()
        name = " ".join(words[: 2 if words[0] == "UID" else 1])
        self.server.asked.append(rest)
        lines = self.server.answers.get(name)
        if lines == [DROP]:
            return False
        while lines == [ENDLESS]:
            try:
                self.wfile.write(b"* OK wait\r\n")
            except OSError:
                return False
            time.sleep(0.01)
        if name == "CAPABILITY":
            lines = [f"* CAPABILITY IMAP4rev1 {self.server.capabilities}", "*tag* OK done"]
        for answer in lines or ["*tag* OK done"]:
            self.wfile.write((answer.replace("*tag*", tag) + "\r\n").encode())
        return name != "LOGOUT"


@contextlib.contextmanager
def odd(capabilities: str = "", **answers: list[str]) -> Iterator[Odd]:
    """A running server; the names of `answers` have underscores for blanks."""
    with Odd(capabilities, {name.replace("_", " "): lines for name, lines in answers.items()}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
