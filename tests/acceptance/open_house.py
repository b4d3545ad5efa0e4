"""An installation with pages: a clock that the test moves, the pages as a program sees them, one tick at a time."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.app import App, sample_paths
from digest.services.tick import tick
from digest.web.site import Site, site
from tests.acceptance.house import House, build

if TYPE_CHECKING:
    from pathlib import Path

    from digest.storage import Store

HOST = "papers.example.test"
CONFIG = """
[digest]
title = "Morning Papers"
web_url = "https://papers.example.test"

[mail]
from = "Morning Papers <papers@example.test>"
envelope_from = "bounces@example.test"
unsubscribe = "requests@example.test"
transport = "{transport}"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[web]
proxies = 1

[editions]
max_papers = 5

[[sources]]
name = "huggingface"
path = "spool"
"""
FIRST, SECOND = (datetime(2026, 5, day, 8, tzinfo=UTC) for day in (21, 22))


@dataclass
class OpenHouse:
    """A house whose clock stands at `now` until it is moved; `port` is where its pages answer, if they do."""

    house: House
    app: App
    store: Store
    now: datetime = FIRST
    port: int = 0
    days: list[str] = field(default_factory=lambda: list(sample_paths()))

    def site(self) -> Site:
        """What the pages are made from."""
        return site(self.app, self.store)

    def next_day(self) -> None:
        """The next day of the sample comes into the spool."""
        shutil.copy(self.days.pop(0), self.house.spool)

    def tick(self) -> None:
        """All that is due now."""
        tick(self.app.line(self.store), self.app.clock)

    def dump(self) -> list[str]:
        """Everything in the database, as SQL."""
        with closing(sqlite3.connect(self.house.root / "digest.db")) as database:
            return list(database.iterdump())


def open_house(root: Path, *, port: int = 25, transport: str = "maildir") -> OpenHouse:
    """An installation at `root`; its store is the caller's to close."""
    house = build(root, CONFIG.format(port=port, transport=transport))
    app = App.load(str(house.config))
    made = OpenHouse(house, app, app.store())
    app.clock = lambda: made.now
    return made
