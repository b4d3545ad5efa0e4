"""The command line as one calls it: in this process, as another one, and on a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digest.cli import main

SAMPLES = Path(__file__).parents[2] / "digest" / "samples"
FIRST, SECOND = sorted(SAMPLES.glob("*.json"))


@dataclass(frozen=True)
class Called:
    """Exit code, standard output and standard error of a call."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON values on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def drop(snapshot: Path, folder: Path, name: str = "") -> Path:
    """Put a copy of `snapshot` into `folder` as if it had been there for an hour: nobody waits for it to settle."""
    place = folder / (name or snapshot.name)
    place.write_bytes(snapshot.read_bytes())
    hour_ago = time.time() - 3600
    os.utime(place, (hour_ago, hour_ago))
    return place


def call(*args: str, stdin: bytes = b"") -> Called:
    """`digest ARGS` in this process, from its entry point on; both streams are pipes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(list(args))
    finally:
        sys.stdin = before
    return Called(int(ended.value.code or 0), *(s.buffer.getvalue().decode() for s in (out, err)))


def command(*args: str) -> list[str]:
    """The words that start `digest ARGS` as a process of its own."""
    return [sys.executable, "-m", "digest", *args]


def process(*args: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """`digest ARGS` as a process of its own, run to its end; both streams are pipes unless said otherwise."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.run(command(*args), **{**streams, **more}, timeout=60, check=False)


def on_terminal(*args: str, **environment: str) -> bytes:
    """What `digest ARGS` writes to a terminal of 80 columns: both streams, with all codes."""
    known = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLORTERM")}
    known |= {"TERM": "xterm-256color", "COLUMNS": "80", **environment}
    main_end, terminal = pty.openpty()
    with subprocess.Popen(command(*args), stdin=terminal, stdout=terminal, stderr=terminal, env=known) as child:
        os.close(terminal)
        written = b"".join(iter(lambda: _read(main_end), b""))
        assert child.wait(30) == 0
    os.close(main_end)
    return written


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65536)
    except OSError:  # EIO: the last process has closed the terminal
        return b""
