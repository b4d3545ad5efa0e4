"""A store in memory, as small as `papers.diff` allows: what it was told, it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.model import Change, Entry, Freshness, Paper
from digest.papers.authority import VOUCHED, Provenance
from digest.papers.diff import Known, diff, lookups
from digest.papers.identity import lookup_key

if TYPE_CHECKING:
    from collections.abc import Sequence


class Memory:
    """Papers by key; `ingest` is one snapshot through the diff."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.unannounced: set[str] = set()

    def known(self, aliases: frozenset[str], title_keys: frozenset[str]) -> Known:
        """What a store answers to `lookups`."""
        by_alias: dict[str, Paper] = {}
        by_title: dict[str, tuple[Paper, ...]] = {}
        for paper in self.papers.values():
            for alias in paper.aliases & aliases:
                assert alias not in by_alias, f"two papers own {alias}"
                by_alias[alias] = paper
            key = lookup_key(paper.title, paper.published, paper.authors)
            if key in title_keys:
                by_title[key] = (*by_title.get(key, ()), paper)
        return Known(by_alias, by_title, frozenset(self.unannounced))

    def ingest(self, *entries: Entry, source: str = "hf", provenance: Provenance = VOUCHED) -> list[Change]:
        """The changes that these entries, as one snapshot, brought about; they are remembered."""
        changes = diff(entries, source, self.known(*lookups(entries, source)), provenance)
        for change in changes:
            assert change.known == (change.paper.key in self.papers)
            self._remember(change)
        return changes

    def _remember(self, change: Change) -> None:
        key = change.paper.key
        self.papers[key] = change.paper
        if change.freshness is Freshness.NEW:
            self.unannounced.discard(key)
        elif not change.known:
            self.unannounced.add(key)


def freshness(changes: Sequence[Change]) -> list[str]:
    """The freshness of each change, as its word."""
    return [change.freshness.value for change in changes]
