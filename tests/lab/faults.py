"""SMTP servers that fail in every way a server can: Postfix's smtp-sink, told where to."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from email import message_from_bytes
from typing import TYPE_CHECKING

from tests.lab.need import need, need_root
from tests.lab.process import LOOPBACK, folder, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

CASES: dict[str, tuple[str, ...]] = {
    "ok": (),
    "rcpt4": ("-r", "RCPT", "-b", "450 4.2.1 Mailbox busy"),
    "rcpt5": ("-f", "RCPT", "-B", "550 5.1.1 No such user"),
    "dot4": ("-r", ".", "-b", "451 4.7.1 Greylisted"),
    "dot5": ("-f", ".", "-B", "554 5.7.1 Content rejected"),
    "dot421": ("-Q", "."),
    "drop-data": ("-q", "DATA"),
    "ambiguous": ("-q", "."),  # hangs up behind the dot, and has taken the message
    "connect421": ("-Q", "CONNECT"),
    "slow": ("-W", ".:1"),  # a second before the last answer
    "no-pipelining": ("-p",),
    "plain-helo": ("-e",),  # knows no ESMTP at all
}


@dataclass(frozen=True)
class Sink:
    """A running smtp-sink at `port`."""

    port: int
    place: Path

    def taken(self) -> list[Message]:
        """Every message whose final dot it has seen, in order; X-Mail-Args and X-Rcpt-Args tell the envelope."""
        return [message_from_bytes(file.read_bytes()) for file in sorted(self.place.iterdir(), key=_age)]


def _age(file: Path) -> int:
    return file.stat().st_mtime_ns


@contextlib.contextmanager
def sink(case: str, port: int = 0) -> Iterator[Sink]:
    """A server that fails as `case`, one of `CASES`, says; at `port`, if given."""
    need_root()
    program = need("smtp-sink", "postfix")
    with folder("sink") as place:
        made = Sink(port or free_port(), place / "taken")
        made.place.mkdir()
        shutil.chown(made.place, "nobody")
        dump = ["-u", "nobody", "-d", f"{made.place}/%Y%m%d%H%M%S."]
        command = [program, *dump, *CASES[case], f"{LOOPBACK}:{made.port}", "64"]
        with running(command, place / "log", [made.port]):
            yield made
