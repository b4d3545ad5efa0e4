"""A house whose mail goes to a server at a port of loopback, and what became of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from digest.app import sample_paths
from digest.cli import digest
from tests.acceptance.house import House, build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONFIG = """
[digest]
title = "Morning Papers"

[mail]
from = "Morning Papers <papers@example.test>"
envelope_from = "{bounces}"
unsubscribe = "{unsubscribe}"
transport = "smtp"
unknown = "{unknown}"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
timeout = "10s"

[web]
listen = ""

[editions]
max_papers = 3
min_score = 0.0

[[sources]]
name = "huggingface"
path = "spool"
{more}
"""
DAYS = ("2026-05-21T08:00:00Z", "2026-05-22T08:00:00Z")


@dataclass(frozen=True)
class State:
    """A delivery's status, and the last code that the server gave (0: none)."""

    status: str
    code: int


def relayed(
    root: Path,
    port: int,
    readers: Sequence[str],
    *,
    unknown: str = "resend",
    bounces: str = "bounces@example.test",
    unsubscribe: str = "requests@example.test",
    more: str = "",
) -> House:
    """A house at `root` with `readers`, the first day of the sample in its spool, and a way out at `port`."""
    addresses = {"bounces": bounces, "unsubscribe": unsubscribe}
    house = build(root, CONFIG.format(port=port, unknown=unknown, more=more, **addresses))
    for reader in readers:
        house.run("subscribers", "add", reader, "--send-at", "00:00")
    shutil.copy(sample_paths()[0], house.spool)
    return house


def next_day(house: House) -> None:
    """The second day of the sample comes into the spool."""
    shutil.copy(sample_paths()[1], house.spool)


def tick(house: House, now: str) -> dict[str, Any]:
    """One tick at `now`, whatever it comes to; its summary."""
    command = ["--config", str(house.config), "run", "--now", now, "--json"]
    done = CliRunner().invoke(digest, command, obj={}, standalone_mode=False)
    assert done.exception is None, done.output
    return dict(json.loads(done.stdout))


def states(house: House) -> dict[str, State]:
    """recipient -> what became of its newest delivery."""
    newest_last = reversed(house.run_json("deliveries"))
    return {row["recipient"]: State(row["status"], row["last_code"]) for row in newest_last}


def suppressed(house: House) -> dict[str, str]:
    """address -> why it is given up."""
    return {row["address"]: row["reason"] for row in house.run_json("suppressions", "list")}
