"""What is new: the entries of one snapshot compared with the papers known before it.

::

    entries -> sight (which entries are one paper) -> recognise (is it known) -> merge -> Change

The evidence that an entry is a known paper, the strongest first; names that contradict always win (`sightings`).

=================================================  ==============================================================
a strong name (arXiv id, DOI, PMID, ...)           is enough; but two strangers who give one to two works
                                                   (`authority`) are both taken for mistaken
an equal text that says much, or all that is told  is enough
the feed's own id                                  if title or abstract are alike
the page                                           the same, and neither another id with another day nor another
                                                   number in the title speaks against it
an equal title                                     never alone: day, authors and page are witnesses (`likeness`)
=================================================  ==============================================================

Where several papers have the title, the one with most witnesses is taken; without a witness none is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.model import Change, Freshness, Paper, Standing
from digest.papers.authority import VOUCHED, Provenance
from digest.papers.identity import identify, is_strong, tells_much
from digest.papers.likeness import Abstracts, compare, one_page, one_work, same_work, told_by, told_of
from digest.papers.merge import may_speak, merge
from digest.papers.sightings import Sighting, contradict, sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Entry
    from digest.papers.identity import Identity


_WEAK = ("guid", "url", "text")
"""Kinds of alias that name no work by themselves, what proves most first."""


@dataclass(frozen=True, slots=True)
class Known:
    """The papers that a diff may compare with: those which `lookups` asked for, or more.

    `by_title` holds candidates by title key; `unannounced` the keys of papers seen so far only as
    replacements, which no edition has counted as new.
    """

    by_alias: Mapping[str, Paper]
    by_title: Mapping[str, tuple[Paper, ...]]
    unannounced: frozenset[str] = frozenset()


def lookups(entries: Iterable[Entry], source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The aliases and the title keys by which the store is asked for the papers that `diff` needs."""
    identities = [identify(entry, source) for entry in entries]
    aliases = frozenset(alias for identity in identities for alias in identity.lookups)
    return aliases, frozenset(identity.title_key for identity in identities if identity.title_key)


def diff(entries: Sequence[Entry], source: str, known: Known, provenance: Provenance = VOUCHED) -> list[Change]:
    """What the entries of one snapshot of `source` do to what is known: one Change for each paper.

    In the order in which the papers first stand in the snapshot. NEW is what was not known before, was known from
    replacements only and is now listed, or was known without its text and now has it; REVISED is a new version of
    what was known, or the replacement of something never seen; all else is KNOWN.

    Args:
        provenance: where the snapshot comes from, hence what it may say of a paper that others speak of.
    """
    sightings = sight(entries, source)
    look = _Look(source, known, provenance)
    look.recognise(sightings)
    owners = {alias: paper.key for alias, paper in known.by_alias.items()}
    return [look.change(sighting, owners) for sighting in _unite(sightings)]


@dataclass(frozen=True, slots=True)
class _Look:
    """One snapshot of a source, seen against what is known."""

    source: str
    known: Known
    provenance: Provenance

    def recognise(self, sightings: Sequence[Sighting]) -> None:
        """Find the known paper of each sighting, if there is one; those with the strongest names choose first."""
        titles = Counter(key for sighting in sightings for key in _title_keys(sighting))
        claims: defaultdict[str, set[str]] = defaultdict(set)
        ordered = sorted(sightings, key=lambda s: s.strongest_first[0].startswith("arxiv:"), reverse=True)
        for sighting in ordered:
            _give(sighting, self._by_alias(sighting), claims)
        for sighting in ordered:
            if sighting.paper is None:
                _give(sighting, self._by_title(sighting, titles, claims), claims)

    def _by_alias(self, sighting: Sighting) -> Paper | None:
        """The known paper that a sighting names; what proves most is asked first."""
        for alias in _most_proving(sighting):
            paper = self.known.by_alias.get(alias)
            if paper is None or contradict(sighting.aliases, paper.aliases) or self._is_mistaken(sighting, paper):
                continue
            if any(self._proves(alias, paper, entry, identity) for entry, identity in sighting.pairs):
                return paper
        return None

    def _proves(self, alias: str, paper: Paper, entry: Entry, identity: Identity) -> bool:
        """Whether an alias of both shows that an entry is of that paper."""
        if alias not in identity.lookups:
            return False
        if is_strong(alias):
            return True
        if self._is_claimed(paper, identity):
            return False
        if alias in _telling(entry, identity):
            return True
        near = self._is_near(paper)
        ours, theirs = told_of(paper, self.source), told_by(entry, identity)
        if alias == identity.text_alias:
            return bool(one_work(ours, theirs, near=near))
        if alias.startswith("guid:"):
            return same_work(paper, entry)
        return one_page(paper, entry, ours, theirs, near=near)

    def _by_title(self, sighting: Sighting, titles: Mapping[str, int], claims: Mapping[str, set[str]]) -> Paper | None:
        """The known paper of this title for which most witnesses speak; without a witness, the only one."""
        keys = _title_keys(sighting)
        found = {paper.key: paper for key in keys for paper in self.known.by_title.get(key, ())}
        scores = {key: self._witnesses(sighting, paper) for key, paper in found.items()}
        free = [key for key in found if scores[key] and not claims.get(key)]
        best = max(free, key=lambda key: scores[key], default=None)
        if best is None:
            return None
        alone = len(found) == 1 and all(titles[key] == 1 for key in keys)
        return found[best] if scores[best] > 1 or alone else None

    def _witnesses(self, sighting: Sighting, paper: Paper) -> int:
        if contradict(sighting.aliases, paper.aliases) or self._is_mistaken(sighting, paper):
            return 0
        ours, near = told_of(paper, self.source), self._is_near(paper)
        return max(
            0 if self._is_claimed(paper, identity) else one_work(ours, told_by(entry, identity), near=near)
            for entry, identity in sighting.pairs
        )

    def _is_near(self, paper: Paper) -> bool:
        return paper.sources == (self.source,)

    def _is_claimed(self, paper: Paper, identity: Identity) -> bool:
        """Whether only a stranger gave the paper a strong name, and the entry has another: no likeness joins them."""
        named = any(map(is_strong, identity.aliases)) and any(map(is_strong, paper.aliases))
        return paper.standing is Standing.STRANGER and named and self.source not in paper.sources

    def _is_mistaken(self, sighting: Sighting, paper: Paper) -> bool:
        """Whether two strangers give one name to two works: neither is believed, and each has its own paper."""
        if paper.standing is not Standing.STRANGER or self.source in paper.sources:
            return False
        if max(self._standings(sighting)) > Standing.STRANGER:
            return False
        return not any(same_work(paper, entry) for entry, _ in sighting.pairs)

    def change(self, sighting: Sighting, owners: dict[str, str]) -> Change:
        """The Change of one sighting; its aliases become its paper's in `owners`, but for those of other papers."""
        pairs, standings = sighting.pairs, self._standings(sighting)
        names = [*sighting.strongest_first, *(identity.exact for _, identity in pairs)]
        key = sighting.paper.key if sighting.paper else next((a for a in names if a not in owners), names[-1])
        paper = sighting.paper or Paper(key, pairs[0][0].title, standing=standings[0], told_by=self.source)
        for (entry, identity), standing in zip(pairs, standings, strict=True):
            given = self._given_aliases(paper, entry, identity, standing)
            own = tuple(alias for alias in given if owners.setdefault(alias, key) == key)
            paper = merge(paper, entry, _named(identity, own, paper), self.source, standing)
        freshness = self._freshness(sighting)
        again = sighting.paper is not None and _has_its_text_now(sighting.paper, paper, self.source)
        entries = tuple(entry for entry, _ in pairs)
        return Change(Freshness.NEW if again else freshness, paper, sighting.paper is not None, entries, again)

    def _standings(self, sighting: Sighting) -> list[Standing]:
        return [self.provenance.standing(entry, identity) for entry, identity in sighting.pairs]

    def _given_aliases(self, paper: Paper, entry: Entry, identity: Identity, standing: Standing) -> list[str]:
        """The aliases that an entry may give to its paper: a stranger joins no two names, nor another work's text.

        Of strong names these are those that the source is an authority on, and the first where the paper has none.
        """
        strong = [alias for alias in identity.aliases if is_strong(alias)]
        is_named = any(map(is_strong, paper.aliases))
        claimed = strong[:1] if not is_named and standing >= paper.standing else []
        named = [a for a in strong if a in claimed or self.provenance.vouches(a, entry)]
        weak = [alias for alias in identity.aliases if alias not in strong]
        weak += [identity.exact] * (not tells_much(entry.abstract) or paper.key == identity.exact)
        if standing < Standing.AUTHORITY and not same_work(paper, entry):
            weak = [alias for alias in weak if alias.startswith("guid:")]
        return [*named, *weak]

    def _freshness(self, sighting: Sighting) -> Freshness:
        """NEW, REVISED or KNOWN; among several announcements of one paper, one that is no replacement wins."""
        listed = any(not _replaces(entry) for entry, _ in sighting.pairs)
        paper = sighting.paper
        if paper is None:
            return Freshness.NEW if listed else Freshness.REVISED
        if not may_speak(paper, self.source, max(self._standings(sighting))):
            return Freshness.KNOWN
        if listed and paper.key in self.known.unannounced:
            return Freshness.NEW
        return Freshness.REVISED if _is_revised(sighting, paper, listed, self.known) else Freshness.KNOWN


def _give(sighting: Sighting, paper: Paper | None, claims: defaultdict[str, set[str]]) -> None:
    """Make `paper` that of a sighting, unless another sighting of the same paper contradicts it."""
    if paper is not None and not contradict(paper.aliases | claims[paper.key], sighting.aliases):
        sighting.paper = paper
        claims[paper.key] |= sighting.aliases


def _named(identity: Identity, own: tuple[str, ...], paper: Paper) -> Identity:
    """`identity` with those of its names that are its paper's."""
    held = {*own, *paper.aliases}
    arxiv_id = identity.arxiv_id if f"arxiv:{identity.arxiv_id}" in held else ""
    return replace(identity, aliases=own, arxiv_id=arxiv_id, doi=identity.doi if f"doi:{identity.doi}" in held else "")


def _telling(entry: Entry, identity: Identity) -> tuple[str, ...]:
    """The aliases that stand for what an entry says, and for enough of it."""
    return (identity.exact, identity.text_alias) if tells_much(entry.abstract) else (identity.exact,)


def _most_proving(sighting: Sighting) -> list[str]:
    """All aliases, former ones too: strong names, equal texts, the feed's ids, pages, and texts that say little."""
    telling = {alias for entry, identity in sighting.pairs for alias in _telling(entry, identity)}
    names = dict.fromkeys(alias for _, identity in sighting.pairs for alias in identity.lookups)

    def place(alias: str) -> int:
        if is_strong(alias):
            return 0
        return 1 if alias in telling else 2 + _WEAK.index(alias.partition(":")[0])

    return sorted(names, key=place)


def _has_its_text_now(before: Paper, after: Paper, source: str) -> bool:
    """Whether a paper known as a stub, or through a stranger who told something else, has its text from elsewhere."""
    if source in before.sources or not after.abstract:
        return False
    if not before.abstract:
        return True
    came = before.standing is Standing.STRANGER < after.standing
    return came and compare(before.abstract, after.abstract) is Abstracts.OTHER


def _title_keys(sighting: Sighting) -> set[str]:
    return {identity.title_key for _, identity in sighting.pairs} - {""}


def _unite(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Sightings of one known paper become one sighting; the order of first appearance stays."""
    united: dict[str, Sighting] = {}
    for at, sighting in enumerate(sightings):
        key = sighting.paper.key if sighting.paper else f"new {at}"
        whole = united.setdefault(key, sighting)
        if whole is not sighting:
            whole.absorb(sighting)
    return list(united.values())


def _is_revised(sighting: Sighting, paper: Paper, listed: bool, known: Known) -> bool:
    """Whether a known paper comes in a version above the one known.

    The first source that counts versions tells nothing new of a paper that was known without, unless it
    announces a replacement; and a replacement without a version is one if nobody told its text before.
    """
    identities = [identity for _, identity in sighting.pairs]
    latest = max(identity.revision for identity in identities)
    if listed:
        return 0 < paper.revision < latest
    if latest:
        return latest > paper.revision
    return all(identity.text_alias not in known.by_alias for identity in identities)


def _replaces(entry: Entry) -> bool:
    return entry.announcement is not None and entry.announcement.replaces
