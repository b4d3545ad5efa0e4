"""Bounds: what a poll of a host on the web may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the world's time and bytes a poll may take.

    `size` is in bytes, after unpacking, for all pages of a list together. `connect` and `read` are seconds without
    any progress, `total` seconds for one exchange from the first byte to the last, `deadline` seconds for a whole
    poll: all its requests, redirections, pages and pauses.
    """

    size: int = 50 * 2**20
    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    deadline: float = 120.0
    redirects: int = 5
    pages: int = 20
