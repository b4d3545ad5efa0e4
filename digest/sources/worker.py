"""The process that reads snapshots: `python -m digest.sources.worker`, started by `workers`.

It reads requests from its standard input and answers on its standard output, both in frames: four bytes of length
(big-endian), then JSON in UTF-8. A request is a header and, in a second frame, the snapshot's bytes. The answer is
frames of `{"entries": [...]}`, and one last frame: what else a `Reading` holds, or why there is none.

Before each request it puts itself under the limits that come with it, which the kernel then keeps whatever the code
does: seconds of processor time (SIGXCPU ends it), of a clock (SIGALRM) and address space (MemoryError). It ends with
its input, and so with whoever started it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import SourceError, Throttled
from digest.model import Snapshot
from digest.sources.bounds import ReadLimits
from digest.sources.frames import pack, unpack
from digest.sources.read import kind_of, read
from digest.sources.transfer import plain_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 50
"""Entries of one frame: the other side decodes one frame without a pause."""
_OPEN_END = resource.RLIM_INFINITY


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a terminal it is for whoever started this
    _set_soft(resource.RLIMIT_CORE, 0)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what some library prints is no answer
    while True:
        try:
            header, content = json.loads(unpack(requests)), unpack(requests)
        except EOFError:
            return
        for frame in _answer(header, content):
            answers.write(frame)
        answers.flush()


def _answer(header: dict[str, Any], content: bytes) -> Iterator[bytes]:
    limits = value_of(ReadLimits, header["limits"])
    snapshot = value_of(Snapshot, {**header["snapshot"], "content": content})
    _limit(limits)
    try:
        yield from (
            _read(snapshot, limits) if header["asked"] == "read" else [pack({"kind": kind_of(snapshot, limits.size)})]
        )
    except Throttled as error:
        yield pack({"throttled": [error.place, error.reason, plain_of(error.retry_at)]})
    except SourceError as error:
        yield pack({"not_a_feed": [error.place, error.reason]})
    except MemoryError:
        yield pack({"memory": True})
    except Exception as error:  # a fault of a reader: told to whoever can write it down
        yield pack({"failed": f"{type(error).__name__}: {error}"[:300], "trace": traceback.format_exc()[-5000:]})
    finally:
        _lift()


def _read(snapshot: Snapshot, limits: ReadLimits) -> Iterator[bytes]:
    reading = read(snapshot, limits.size)
    entries = reading.entries
    for start in range(0, len(entries), BATCH):
        yield pack({"entries": plain_of(entries[start : start + BATCH])})
    yield pack({"reading": plain_of(replace(reading, entries=())), "memory_kept": _memory_kept()})


def _memory_kept() -> int:
    """Bytes that this process holds now; its greatest amount ever where only that is told (and then in bytes)."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit(limits: ReadLimits) -> None:
    """From now on the kernel keeps `limits`."""
    signal.setitimer(signal.ITIMER_REAL, limits.wall)
    _set_soft(resource.RLIMIT_CPU, int(time.process_time()) + 1 + limits.cpu)
    _set_soft(resource.RLIMIT_AS, limits.memory)


def _lift() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    _set_soft(resource.RLIMIT_CPU, _OPEN_END)
    _set_soft(resource.RLIMIT_AS, _OPEN_END)


def _set_soft(kind: int, value: int) -> None:
    """Set a soft limit, as far as the hard one allows; macOS refuses some, and those of time are then all there is."""
    hard = resource.getrlimit(kind)[1]
    value = hard if value == _OPEN_END or (hard != _OPEN_END and hard < value) else value
    try:
        resource.setrlimit(kind, (value, hard))
    except (ValueError, OSError):
        if sys.platform == "linux":
            raise


if __name__ == "__main__":
    main()
