"""What is new: the entries of one snapshot compared with the papers known before it.

::

    entries -> sight (which entries are one paper) -> recognise (is it known) -> merge -> Change

A paper is known when an alias of it is known that does not contradict a stronger name (`sightings`), or
when its title says enough and nothing speaks against it. No date decides anything here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.model import Change, Freshness, Paper
from digest.papers.identity import identify, is_strong
from digest.papers.likeness import same_abstract, same_work
from digest.papers.merge import merge
from digest.papers.sightings import LOCAL, Sighting, contradict, sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import Entry


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
    aliases = frozenset(alias for identity in identities for alias in identity.aliases)
    return aliases, frozenset(identity.title_key for identity in identities if identity.title_key)


def diff(entries: Sequence[Entry], source: str, known: Known) -> list[Change]:
    """What the entries of one snapshot of `source` do to what is known: one Change for each paper.

    In the order in which the papers first stand in the snapshot. NEW is what was not known before, or was
    known from replacements only and is now listed; REVISED is a new version of what was known, or the
    replacement of something never seen; all else is KNOWN.
    """
    sightings = sight(entries, source)
    _recognise(sightings, known)
    owners = {alias: paper.key for alias, paper in known.by_alias.items()}
    return [_change(sighting, source, known, owners) for sighting in _unite(sightings)]


def _recognise(sightings: Sequence[Sighting], known: Known) -> None:
    """Find the known paper of each sighting, if there is one; those with the strongest names choose first."""
    titles = Counter(key for sighting in sightings for key in _title_keys(sighting))
    claims: defaultdict[str, set[str]] = defaultdict(set)
    for sighting in sorted(sightings, key=lambda s: s.strongest_first[0].startswith("arxiv:"), reverse=True):
        paper = _by_alias(sighting, known) or _by_title(sighting, known, titles)
        if paper is None or contradict(paper.aliases | claims[paper.key], sighting.aliases):
            continue
        sighting.paper = paper
        claims[paper.key] |= sighting.aliases


def _by_alias(sighting: Sighting, known: Known) -> Paper | None:
    """The known paper that a sighting names; saying the same, word for word, proves more than a feed's own names."""
    for alias in sorted(sighting.strongest_first, key=lambda alias: alias.startswith(LOCAL)):
        paper = known.by_alias.get(alias)
        if paper is None or contradict(sighting.aliases, paper.aliases):
            continue
        if not alias.startswith(LOCAL) or any(same_work(paper, entry) for entry, _ in sighting.pairs):
            return paper
    return None


def _by_title(sighting: Sighting, known: Known, titles: Mapping[str, int]) -> Paper | None:
    """The one known paper of this title, where the title is evidence enough.

    It is not where several entries or several papers bear it, where both sides have strong names or
    neither has one (unless one of them tells no abstract), or where the abstracts are of two works.
    """
    keys = _title_keys(sighting)
    found = {paper.key: paper for key in keys for paper in known.by_title.get(key, ())}
    if len(found) != 1 or any(titles[key] > 1 for key in keys):
        return None
    paper = next(iter(found.values()))
    entries = [entry for entry, _ in sighting.pairs]
    named_once = sighting.is_strong != any(map(is_strong, paper.aliases))
    one_abstract = not paper.abstract or not any(entry.abstract for entry in entries)
    if contradict(sighting.aliases, paper.aliases) or not (named_once or one_abstract):
        return None
    return paper if any(same_abstract(paper, entry) for entry in entries) else None


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


def _change(sighting: Sighting, source: str, known: Known, owners: dict[str, str]) -> Change:
    """The Change of one sighting; its aliases become its paper's in `owners`, but for those of other papers."""
    pairs, strongest = sighting.pairs, sighting.strongest_first
    key = sighting.paper.key if sighting.paper else next((a for a in strongest if a not in owners), strongest[0])
    paper = sighting.paper or Paper(key=key, title=pairs[0][0].title)
    for entry, identity in pairs:
        own = tuple(alias for alias in identity.aliases if owners.setdefault(alias, key) == key)
        paper = merge(paper, entry, replace(identity, aliases=own), source)
    return Change(_freshness(sighting, known), paper, sighting.paper is not None, tuple(entry for entry, _ in pairs))


def _freshness(sighting: Sighting, known: Known) -> Freshness:
    """NEW, REVISED or KNOWN; among several announcements of one paper, one that is no replacement wins."""
    listed = any(not _replaces(entry) for entry, _ in sighting.pairs)
    if sighting.paper is None:
        return Freshness.NEW if listed else Freshness.REVISED
    if listed and sighting.paper.key in known.unannounced:
        return Freshness.NEW
    return Freshness.REVISED if _is_revised(sighting, sighting.paper, listed, known) else Freshness.KNOWN


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
