"""`digest serve`, and `digest web`, as processes of their own: an installation for them, and how to wait for them."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from digest.app import sample_paths
from tests.acceptance.house import CONFIG, House, Recorder, build
from tests.cli.calling import command, drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADA = "ada@example.test"


def house_with(root: Path, relay: Recorder, *wishes: str, listen: str = "", tick: str = "1s") -> House:
    """An installation that mails through `relay`, ticks each second and has one day in its spool."""
    config = CONFIG.replace('"maildir"', '"smtp"').replace('listen = ""', f'listen = "{listen}"') + relay.config
    house = build(root, f'{config}[scheduler]\ntick = "{tick}"\n')
    house.run("subscribers", "add", ADA, *wishes)
    _, second = sample_paths()
    drop(Path(second), house.spool)
    return house


@contextmanager
def serving(house: House, *args: str) -> Iterator[subprocess.Popen[str]]:
    """The running service, `digest serve` unless `args` say otherwise; killed at the end if it runs on."""
    words = command("-c", str(house.config), *(args or ("serve",)))
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as service:
        try:
            yield service
        finally:
            if service.poll() is None:
                service.kill()


def ended(service: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Exit code and log lines (without their times) of the service, which was told to end."""
    _, log = service.communicate(timeout=20)
    return service.returncode, [line.split(" ", 2)[2] for line in log.splitlines()]


def until(happened: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def wait_for(log: IO[str], words: str) -> None:
    """Read the log up to the line with these words."""
    for line in log:
        if words in line:
            return
    raise AssertionError(f"the log ended before {words!r}")
