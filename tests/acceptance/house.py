"""A whole installation in a temporary folder: configuration, spool, database, maildir."""

from __future__ import annotations

import email
import email.header
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from click.testing import CliRunner

from digest.cli import digest

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[digest]
title = "Morning Papers"

[mail]
from = "Morning Papers <papers@example.test>"
transport = "maildir"

[editions]
max_papers = 100
min_score = 0.0
also_trending = 0

[web]
listen = ""

[[sources]]
name = "huggingface"
path = "spool"
"""


@dataclass(frozen=True)
class House:
    """Where everything of one installation lies, and the command line to it."""

    root: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.root / "config.toml"

    @property
    def spool(self) -> Path:
        """The folder from which snapshots are picked up."""
        return self.root / "spool"

    def run(self, *args: str, code: int = 0) -> str:
        """Run `digest` with this installation's configuration; its standard output."""
        result = CliRunner().invoke(digest, ["--config", str(self.config), *args], obj={}, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.stdout

    def run_json(self, *args: str, code: int = 0) -> list[Any]:
        """The JSON lines that a command prints."""
        return [json.loads(line) for line in self.run(*args, "--json", code=code).splitlines()]

    def tick(self, now: str) -> dict[str, Any]:
        """One tick at `now`; its summary."""
        (summary,) = self.run_json("run", "--now", now)
        return summary

    def mails(self) -> list[email.message.Message]:
        """Every message in the maildir."""
        return [email.message_from_bytes(path.read_bytes()) for path in sorted((self.root / "maildir").glob("new/*"))]


def build(root: Path, config: str = CONFIG) -> House:
    """A house at `root`, initialised, with an empty spool."""
    house = House(root)
    house.config.write_text(config, encoding="utf-8")
    house.spool.mkdir()
    house.run("init")
    return house


class Recorder:
    """A real SMTP server on loopback that takes every message and keeps it, until the `with` ends."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.taken: list[tuple[str, email.message.Message]] = []
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take it."""
        self.taken.append((envelope.rcpt_tos[0], email.message_from_bytes(envelope.content)))
        return "250 OK"

    def __enter__(self) -> Recorder:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    @property
    def config(self) -> str:
        """The [smtp] table that leads here."""
        return f'[smtp]\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "none"\n'


def subject(message: email.message.Message) -> str:
    """The subject as a reader sees it."""
    return str(email.header.make_header(email.header.decode_header(message["Subject"])))


def part(message: email.message.Message, kind: str) -> str:
    """The text of the part of that type ("text/plain", "text/html")."""
    for found in message.walk():
        if found.get_content_type() == kind:
            payload = found.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode("utf-8")
    raise AssertionError(f"no {kind} part")
