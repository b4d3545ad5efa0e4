"""Entries out of a list of raw ones: a bad one becomes a `Reject`, and too many are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from digest.model import Entry, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 5_000
"""Entries that are read of one snapshot."""

T = TypeVar("T")


def collect(raw: Sequence[T], read_one: Callable[[T, str], Entry]) -> tuple[tuple[Entry, ...], tuple[Reject, ...]]:
    """What `read_one(item, place)` makes of each of `raw`; its ValueError is the reason of a reject.

    Places are "item 1" and so on. Beyond `MOST`, one reject counts those that were not read.
    """
    entries: list[Entry] = []
    rejects: list[Reject] = []
    for number, item in enumerate(raw[:MOST], 1):
        try:
            entries.append(read_one(item, f"item {number}"))
        except ValueError as error:
            rejects.append(Reject(f"item {number}", str(error)))
    if len(raw) > MOST:
        rejects.append(beyond(f"item {MOST + 1}", len(raw) - MOST))
    return tuple(entries), tuple(rejects)


def beyond(place: str, count: int) -> Reject:
    """The reject for `count` entries beyond the first `MOST`."""
    return Reject(place, f"{count:,} entries beyond the first {MOST:,} were not read", count=count)
