"""Where snapshots come from and how their bytes become entries.

Three steps, and only the first touches the world::

    fetch     http.HttpSource, spool.SpoolSource     bytes and validators; nothing decided
    read      read.read and a reader for each format  pure: bytes in, entries and rejects out
    judge     verdict.judge                           pure: what one look amounted to

Fetching from the web is split by concern: `http` decides what to ask for and what an answer means for the source,
`web` carries one request out with every bound there is, `wire` is the guarded socket below it, `answers` reads
status and headers, `polite` keeps the pauses, `pages` joins a paged list, `address` tells public from private.
`calendar` knows the days on which arXiv announces nothing.

Nothing heavy is imported here: httpx, httpcore and feedparser come in with the first request or feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.model import Snapshot, SourceSpec, SourceState


@dataclass(frozen=True, slots=True)
class NotModified:
    """`place` (URL or path) was looked at and holds the very bytes that were fetched from it before.

    `fresh_until` is how long the answer says that it holds.
    """

    place: str
    fresh_until: datetime | None = None


class Source(Protocol):
    """A place that papers come from."""

    @property
    def spec(self) -> SourceSpec:
        """The source as it is configured."""

    @property
    def validators(self) -> Mapping[str, object]:
        """The memory to store as `SourceState.validators` (JSON values); it grows while `fetch` is iterated.

        What came with a snapshot is added only when the iteration goes on after it: a process that dies while
        it ingests a snapshot is given the same one again.
        """

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        """What has come since `state.validators` were stored, oldest first.

        Raises:
            SourceError: the look failed, or failed in part; what was yielded before stays good.
        """
