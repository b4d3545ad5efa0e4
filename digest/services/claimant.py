"""Who claims: a name for this process by which others can tell that it is dead.

A process that was killed leaves its claims behind. On the same host they need not wait for the lease
to run out: the name holds the process id and its start, and the operating system knows whether
that very process still lives.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def this_process() -> str:
    """The name under which this process claims: ``host/pid/start``."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start(os.getpid())}"


def dead(claimants: Iterable[str]) -> frozenset[str]:
    """Those of `claimants` that ran on this host and live no more."""
    return frozenset(name for name in claimants if _is_dead(name))


def _is_dead(name: str) -> bool:
    host, _, rest = name.partition("/")
    pid, _, start = rest.partition("/")
    if host != socket.gethostname() or not pid.isdecimal():
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
