"""Real captures, damaged at random and read: no crash, no hang, no memory over the bound.

    python -m tests.sources.mutations --seconds 120 [--seed N] [CAPTURES]

Each reading has the limits of one snapshot; what passes one, raises anything but what readers may raise, or takes more
than a second of a processor is named with its seed, by which it can be made again.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Snapshot
from digest.sources.bounds import ReadLimits
from digest.sources.read import read
from tests.sources.attacks import FILLINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 300_000
"""Bytes of a capture that is taken: larger ones are mostly more of the same."""
HANG = 1.0
"""Seconds of a processor."""


def mutated(captures: Sequence[Path], seed: int) -> bytes:
    """One capture, damaged in one to four ways."""
    dice = Random(seed)
    content = dice.choice(captures).read_bytes()
    for _ in range(dice.randint(1, 4)):
        content = dice.choice(WAYS)(content, dice, captures)[: 3 * LARGEST]
    return content


def _slice(content: bytes, dice: Random, most: int = 2_000) -> tuple[int, int]:
    start = dice.randint(0, len(content))
    return start, min(len(content), start + dice.randint(0, most))


def _flipped(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    changed = bytearray(content)
    for _n in range(dice.randint(1, 50)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _without(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    start, end = _slice(content, dice)
    return content[:start] + content[end:]


def _cut(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    return content[: dice.randint(0, len(content))]


def _repeated(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    start, end = _slice(content, dice, dice.choice((3, 30, 300, 3_000)))
    count = min(dice.choice((2, 20, 2_000, 50_000)), LARGEST // max(1, end - start))
    return content[:start] + content[start:end] * count + content[end:]


def _filled(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    start, _end = _slice(content, dice)
    sign = dice.choice(list(FILLINGS.values())).encode("utf-8", "replace")
    return content[:start] + sign * (dice.choice((1, 100, 20_000, 200_000)) // len(sign)) + content[start:]


def _spliced(content: bytes, dice: Random, captures: Sequence[Path]) -> bytes:
    other = dice.choice(captures).read_bytes()
    return content[: dice.randint(0, len(content))] + other[dice.randint(0, len(other)) :]


def _swapped(content: bytes, dice: Random, _: Sequence[Path]) -> bytes:
    old, new = (bytes([dice.choice(b"<>&\"'[]{},:;/= \n$\\-_.")]) for _n in range(2))
    return content.replace(old, new, dice.choice((1, 100, -1)))


WAYS = (_flipped, _without, _cut, _repeated, _filled, _spliced, _swapped)


def usable(folder: Path) -> list[Path]:
    """The captures that are damaged."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size <= LARGEST]


def outcome(content: bytes) -> str:
    """What reading comes to: "read", "refused", or the traceback of what no reader may raise."""
    try:
        read(Snapshot("mutation", datetime.now(UTC), content, "http://a.example/feed"))
    except SourceError:
        return "refused"
    except Exception:
        return traceback.format_exc()
    return "read"


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    counts: dict[str, int] = field(default_factory=lambda: {"read": 0, "refused": 0})
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0


def run(folder: Path, seconds: float, seed: int) -> Tally:
    """Damage and read for so long, in processes under the limits; a process that ends is replaced."""
    tally, until = Tally(), time.monotonic() + seconds
    while time.monotonic() < until:
        command = [sys.executable, "-m", "tests.sources.mutations", "--from", str(seed), str(folder)]
        with subprocess.Popen(
            [*command, "--seconds", str(until - time.monotonic())], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                seed = _heard(line.rstrip("\n").split("\t"), tally)
        if process.returncode:
            tally.faults.append(f"seed {seed}: the process ended with {process.returncode}")
        seed += 1
    return tally


def _heard(told: list[str], tally: Tally) -> int:
    if len(told) > 1:
        result, spent, memory = told[1], float(told[2]), int(told[3])
        tally.slowest, tally.memory = max(tally.slowest, spent), max(tally.memory, memory)
        if result in tally.counts:
            tally.counts[result] += 1
        else:
            tally.faults.append(f"seed {told[0]}: {result}")
        if spent > HANG:
            tally.faults.append(f"seed {told[0]}: {spent:.2f} s")
    return int(told[0])


def _read_on(captures: Sequence[Path], seed: int, seconds: float) -> None:
    limits, until = ReadLimits(), time.monotonic() + seconds
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    while time.monotonic() < until:
        content = mutated(captures, seed)
        _say(seed)
        started = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(started) + 1 + limits.cpu, resource.RLIM_INFINITY))
        result = outcome(content).replace("\n", " | ").replace("\t", " ")[-600:]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _say(seed, result, time.process_time() - started, memory)
        seed += 1


def _say(*words: object) -> None:
    sys.stdout.write("\t".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(description="Damage real captures at random and read them.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--from", dest="child", type=int)
    asked = parser.parse_args()
    if asked.child is not None:
        _read_on(usable(asked.folder), asked.child, asked.seconds)
        return 0
    tally = run(asked.folder, asked.seconds, asked.seed)
    _say(f"seed {asked.seed}: {sum(tally.counts.values()):,} mutations, {tally.counts}")
    _say(f"slowest {tally.slowest:.2f} s of a processor, {tally.memory / 1024:.0f} MB at most")
    _say("\n".join(tally.faults) or "no crash, no hang, no memory over the bound")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
