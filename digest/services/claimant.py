"""Who claims: a name for this process by which others can tell that it is dead.

A process that was killed leaves its claims behind. On the same host they need not wait for the lease
to run out: the name holds the process id and its start, and the operating system knows whether
that very process still lives.
"""

from __future__ import annotations

import contextlib
import os
import socket
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def this_process() -> str:
    """The name under which this process claims: ``host/pid/start/place``."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start(os.getpid())}/{_place()}"


def dead(claimants: Iterable[str]) -> frozenset[str]:
    """Those of `claimants` that ran on this host and live no more."""
    return frozenset(name for name in claimants if _is_dead(name))


def _is_dead(name: str) -> bool:
    host, _, rest = name.partition("/")
    pid, _, rest = rest.partition("/")
    start, _, place = rest.partition("/")
    if (host, place) != (socket.gethostname(), _place()) or not pid.isdecimal():
        return False
    return not _alive(int(pid)) or _start(int(pid)) != start


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start(pid: int) -> str:
    """The process's start in clock ticks since boot (proc(5), field 22), "0" where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "0"
    return stat.rpartition(")")[2].split()[19]


@cache
def _place() -> str:
    """Where a process id means what it means here: machines and containers may share a name (localhost), and each
    would take the other's processes for dead while they send."""
    found = ""
    with contextlib.suppress(OSError, UnicodeError):
        found += Path("/etc/machine-id").read_text(encoding="ascii")
    with contextlib.suppress(OSError):
        found += os.readlink("/proc/self/ns/pid")
    return sha256(found.encode()).hexdigest()[:12]
