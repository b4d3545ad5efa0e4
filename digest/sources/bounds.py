"""Bounds: what a poll of a host on the web may cost, and what reading a snapshot may."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model.sources import LARGEST_SNAPSHOT


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the world's time and bytes a poll may take.

    `size` is in bytes, after unpacking, for all pages of a list together. `connect` and `read` are seconds without
    any progress, `total` seconds for one exchange from the first byte to the last, `deadline` seconds for a whole
    poll: all its requests, redirections, pages and pauses.
    """

    size: int = LARGEST_SNAPSHOT
    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    deadline: float = 120.0
    redirects: int = 5
    pages: int = 20


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What reading one snapshot may cost; time and memory grow with the `size` that is allowed.

    `size` is in bytes, unpacked; `seconds` are those of a processor for a snapshot of the usual size.
    """

    size: int = LARGEST_SNAPSHOT
    seconds: int = 5

    @property
    def _times(self) -> int:
        return max(1, -(-self.size // LARGEST_SNAPSHOT))

    @property
    def cpu(self) -> int:
        """Seconds of a processor."""
        return self.seconds * self._times

    @property
    def wall(self) -> int:
        """Seconds of a clock: more, since a busy machine is not the source's fault."""
        return 6 * self.cpu

    @property
    def memory(self) -> int:
        """Bytes of address space, with what Python itself takes."""
        return 450 * 2**20 * self._times


DEFAULT_LIMITS = ReadLimits()
"""For a source that says nothing else."""
