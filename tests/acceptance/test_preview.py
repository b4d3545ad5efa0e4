"""`digest preview --for` shows the very bytes that `digest run` then sends, and changes nothing anywhere."""

from __future__ import annotations

import email
import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.app import App, sample_paths
from tests.acceptance.house import CONFIG, House, build
from tests.cli.calling import call, process

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = sample_paths()
READERS = {
    "interested@example.test": ("-i", "reinforcement learning^2", "-i", '"long video"', "-i", "-survey"),
    "plain@example.test": ("--max-papers", "5"),
    "far@example.test": ("--zone", "Asia/Kathmandu", "--send-at", "06:30", "--rhythm", "weekly:fri"),
    "choosy@example.test": ("-i", '"no such phrase anywhere"', "--min-score", "0.9", "--empty", "note"),
}
FORMATS = ("terminal", "text", "html", "eml", "json")
BYTES = b"\x00 not a snapshot \xff"


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 21, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every App that is made."""
    clock = Clock()
    monkeypatch.setattr(App.__init__, "__defaults__", (clock, None))
    return clock


@pytest.fixture
def house(tmp_path: Path, clock: Clock) -> House:
    """An installation with a past: everybody had an edition; another day waits in the spool."""
    house = build(tmp_path, CONFIG.replace("max_papers = 100", "max_papers = 8"))
    for address, wishes in READERS.items():
        house.run("subscribers", "add", address, *wishes)
    shutil.copy2(FIRST, house.spool)
    house.run("run")
    shutil.copy2(SECOND, house.spool)
    clock.now = datetime(2026, 5, 22, 8, 0, tzinfo=UTC)
    return house


def everything(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Each path below `root` with its content, time of change and mode."""
    paths = [root, *sorted(root.rglob("*"))]
    return {str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mtime_ns, p.stat().st_mode) for p in paths}


def mails_by_reader(house: House) -> dict[str, list[bytes]]:
    """The bytes in the maildir by the address in To, in the order of their dates."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((house.root / "maildir" / "new").iterdir(), key=lambda p: p.stat().st_mtime_ns):
        content = path.read_bytes()
        found.setdefault(email.message_from_bytes(content)["To"].strip(), []).append(content)
    return found


def preview_bytes(house: House, address: str, *more: str) -> bytes:
    """What `preview --format eml` prints for a subscriber."""
    return call("-c", str(house.config), "preview", "--for", address, "--format", "eml", *more).out.encode("ascii")


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_changes_anywhere(house: House, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house.root)
    before = everything(house.root)
    for address in READERS:
        house.run("preview", "--for", address, "--format", form)
    assert everything(house.root) == before


def test_nothing_changes_beside_a_service_at_work(house: House) -> None:
    with App.load(str(house.config)).store() as store:
        house.run("subscribers", "add", "late@example.test")
        assert (house.root / "digest.db-wal").stat().st_size > 0
        before = everything(house.root)
        done = process("-c", str(house.config), "preview", "--for", "late@example.test", "--format", "text")
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"late@example.test" in done.stdout
        assert everything(house.root) == before
        assert store.counts()["subscribers_active"] == len(READERS) + 1


def test_nothing_changes_where_nothing_may_be_written(house: House) -> None:
    database = house.root / "digest.db"
    database.chmod(0o400)
    os.chmod(house.root, 0o500)
    before = everything(house.root)
    try:
        house.run("preview", "--for", "plain@example.test")
        assert everything(house.root) == before
    finally:
        os.chmod(house.root, 0o700)


def test_the_message_is_the_one_that_is_sent(house: House) -> None:
    shown = {address: preview_bytes(house, address) for address in READERS}
    house.run("run")
    sent = mails_by_reader(house)
    assert {address: mails[-1] for address, mails in sent.items()} == shown
    # The first day was a Thursday, on which the weekly reader gets nothing.
    assert {address: len(mails) for address, mails in sent.items()} == dict.fromkeys(READERS, 2) | {
        "far@example.test": 1
    }
    assert len({email.message_from_bytes(m)["Message-ID"] for mails in sent.values() for m in mails}) == 7


def test_the_message_is_the_same_hours_before(house: House, clock: Clock) -> None:
    clock.now = datetime(2026, 5, 22, 5, 0, tzinfo=UTC)
    shown = preview_bytes(house, "interested@example.test")
    clock.now = datetime(2026, 5, 22, 7, 0, tzinfo=UTC)
    house.run("run")
    assert mails_by_reader(house)["interested@example.test"][-1] == shown


def test_a_sent_edition_is_shown_as_it_was(house: House) -> None:
    house.run("run")
    sent = mails_by_reader(house)["plain@example.test"]
    for mail, day in zip(sent, ("2026-05-21", "2026-05-22"), strict=True):
        assert preview_bytes(house, "plain@example.test", "--date", day) == mail


def test_what_is_shown_may_be_bent(house: House) -> None:
    (shown,) = house.run_json("preview", "--for", "plain@example.test", "--max", "2")
    assert len([pick for pick in shown["picks"] if pick["block"] == "ranked"]) <= 2
    (bent,) = house.run_json("preview", "--for", "plain@example.test", "-i", "reinforcement learning")
    assert {match["term"] for pick in bent["picks"] for match in pick["matched"]} == {"reinforcement learning"}
    (record,) = house.run_json("subscribers", "show", "plain@example.test")
    assert (record["interests"], record["max_papers"]) == ([], 5)


def test_a_file_that_is_no_feed_is_said_and_stays(house: House) -> None:
    (house.spool / "2026-05-22-torn.json").write_bytes(BYTES)
    before = everything(house.root)
    (shown,) = house.run_json("preview", "--for", "plain@example.test", code=1)
    assert shown["sources"][0]["verdict"] == "not-a-feed"
    assert shown["sources"][0]["new"] == 16
    assert everything(house.root) == before
