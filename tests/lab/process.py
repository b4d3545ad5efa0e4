"""Servers for the time of a test: a folder of their own, free ports on loopback, an end that comes for certain."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
T = TypeVar("T")
# Below the range from which the system takes the ports of outgoing connections.
_PORTS = range(20_000, 32_000)


class NotStarted(Exception):
    """A server that did not come up; holds what it wrote."""


def free_port() -> int:
    """A TCP and UDP port of loopback that nobody has at this moment."""
    draw = random.SystemRandom()
    while True:
        port = draw.choice(_PORTS)
        with contextlib.suppress(OSError), _bound(port, socket.SOCK_STREAM), _bound(port, socket.SOCK_DGRAM):
            return port


@contextlib.contextmanager
def _bound(port: int, kind: socket.SocketKind) -> Iterator[None]:
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind((LOOPBACK, port))
        yield


@contextlib.contextmanager
def folder(name: str) -> Iterator[Path]:
    """A folder that servers can enter under accounts of their own; gone at the end of the `with`."""
    place = Path(tempfile.mkdtemp(prefix=f"lab-{name}-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def until(get: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The first true value that `get` returns; asks again and again for `seconds`.

    Raises:
        TimeoutError: there was none; `what` says for what was waited.
    """
    end = time.monotonic() + seconds
    while True:
        if found := get():
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether somebody takes connections at `port` of loopback."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def running(command: Sequence[str | Path], log: Path, ports: Sequence[int]) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in the foreground, up as soon as every one of `ports` answers; its process group ends with the `with`.

    Raises:
        NotStarted: it ended before, or does not answer.
    """
    with log.open("ab") as written:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True
        )
    try:
        _await(process, command, log, ports)
        yield process
    finally:
        _end(process)


def _await(process: subprocess.Popen[bytes], command: Sequence[str | Path], log: Path, ports: Sequence[int]) -> None:
    def up() -> bool:
        if process.poll() is not None:
            raise NotStarted(f"{command[0]} ended with {process.returncode}: {tail(log)}")
        return all(map(listens, ports))

    try:
        until(up, f"{command[0]} at {ports}")
    except TimeoutError as error:
        raise NotStarted(f"{error}: {tail(log)}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and make an end to whatever of its group is left."""
    process.terminate()
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    finally:  # also where somebody is tired of waiting
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.is_file() else "(no log)"
