"""Which entries of one snapshot are one paper.

Two of them are two papers unless they share a strong name, or say the same and nothing that they tell speaks against it
(`likeness`); and never where stronger names contradict: different arXiv ids are different papers, and so are different
DOIs without a common arXiv id.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.papers.identity import STRONG, Identity, identify, is_strong, tells_much
from digest.papers.ids import work_doi
from digest.papers.likeness import Telling, one_work, told_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Entry, Paper

LOCAL = ("guid:", "url:")
"""Kinds of alias that feeds use twice, or use again for something else."""

_KINDS = (*(kind.rstrip(":") for kind in STRONG), "guid", "url", "text")
_CANDIDATES = 8
"""How many sightings that share an alias are compared with an entry: more is no feed, but an attack."""


@dataclass(slots=True, eq=False)
class Sighting:
    """The entries of one snapshot that are one paper: by their place in it, with every alias they go by.

    `paper` is the paper as it was known before, None where it was not; `whole` the sighting that this one
    turned out to be a part of.
    """

    told: dict[int, tuple[Entry, Identity]] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    paper: Paper | None = None
    whole: Sighting | None = None
    first: Telling | None = None

    def add(self, at: int, entry: Entry, identity: Identity) -> None:
        """One more entry of the paper, the one that stands at place `at` in the snapshot."""
        self.told[at] = entry, identity
        self.aliases.update(identity.aliases)
        self.first = self.first or told_by(entry, identity)

    def absorb(self, other: Sighting) -> None:
        """Take over a sighting that turned out to be of the same paper."""
        self.told |= other.told
        self.aliases |= other.aliases
        other.whole = self

    def settled(self) -> Sighting:
        """The sighting that this one is a part of, or itself."""
        found = self
        while found.whole is not None:
            found = found.whole
        return found

    @property
    def pairs(self) -> list[tuple[Entry, Identity]]:
        """The entries with their identities, in snapshot order."""
        return [self.told[at] for at in sorted(self.told)]

    @property
    def strongest_first(self) -> list[str]:
        """All aliases in the order in which they are believed."""
        return sorted(self.aliases, key=_strength)

    @property
    def is_strong(self) -> bool:
        """Whether the paper has a name that is its own everywhere."""
        return any(map(is_strong, self.aliases))


def sight(entries: Sequence[Entry], source: str) -> list[Sighting]:
    """The papers that the entries of one snapshot of `source` are, in order of first appearance."""
    sightings: list[Sighting] = []
    by_alias: defaultdict[str, list[Sighting]] = defaultdict(list)
    for at, (entry, identity) in enumerate(zip(entries, _identities(entries, source), strict=True)):
        joining = _joining(entry, identity)
        alike = [s for s in by_alias[identity.text_alias][:_CANDIDATES] if _say_the_same(s.settled(), entry, identity)]
        sighting = _join([*(s for alias in joining for s in by_alias[alias][:_CANDIDATES]), *alike], identity)
        if not sighting.told:
            sightings.append(sighting)
        sighting.add(at, entry, identity)
        for alias in {*joining, identity.text_alias}:
            if sighting not in by_alias[alias][-1:]:
                by_alias[alias].append(sighting)
    return sorted((s for s in sightings if s.whole is None), key=lambda s: min(s.told))


def contradict(left: Iterable[str], right: Iterable[str]) -> bool:
    """Whether two sets of aliases cannot be of one paper."""
    left, right = tuple(left), tuple(right)
    for kind in STRONG:
        ours, theirs = ({_same_name(alias) for alias in side if alias.startswith(kind)} for side in (left, right))
        if ours and theirs:
            return ours.isdisjoint(theirs)
    return False


@lru_cache(maxsize=1 << 12)
def _same_name(alias: str) -> str:
    """A strong name as it is read today: an older version stored DOIs with what a page had hung on to them."""
    found = work_doi(alias.removeprefix("doi:")) if alias.startswith("doi:") else None
    return f"doi:{found[0]}" if found else alias


def _joining(entry: Entry, identity: Identity) -> list[str]:
    """The aliases of which one is enough: strong names, and a text that is equal and says much, or all that is told."""
    telling = identity.text_alias if tells_much(entry.abstract) else identity.exact
    return [*filter(is_strong, identity.aliases), telling]


def _say_the_same(sighting: Sighting, entry: Entry, identity: Identity) -> bool:
    """Whether an entry with the title and the abstract of a sighting is of the same paper."""
    told = sighting.first
    return told is not None and bool(one_work(told, told_by(entry, identity), near=True, together=True))


def _identities(entries: Sequence[Entry], source: str) -> list[Identity]:
    """The identity of each entry, without guids and URLs that stand on entries with different texts."""
    identities = [identify(entry, source) for entry in entries]
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for identity in identities:
        for alias in identity.aliases:
            texts[alias].add(identity.text_alias)
    repeated = {alias for alias, found in texts.items() if len(found) > 1 and alias.startswith(LOCAL)}
    return [replace(i, aliases=tuple(a for a in i.aliases if a not in repeated)) for i in identities]


def _join(candidates: Iterable[Sighting], identity: Identity) -> Sighting:
    """The sighting that an entry belongs to; those that this entry shows to be one become one."""
    found: Sighting | None = None
    for candidate in candidates:
        sighting = candidate.settled()
        if sighting is found or contradict(sighting.aliases, identity.aliases):
            continue
        if found is None:
            found = sighting
        elif not contradict(found.aliases.union(identity.aliases), sighting.aliases):
            found.absorb(sighting)
    return found or Sighting()


def _strength(alias: str) -> tuple[int, str]:
    return _KINDS.index(alias.partition(":")[0]), alias
