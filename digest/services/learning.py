"""Learning: what the stored papers and the subscribers' opinions teach, brought together for a ranker.

Nothing is labelled by anybody for this. `catch_up` counts each stored paper once; `recall` brings what was counted,
and the words that go with the interests at hand, which are learned when an interest is met for the first time and
again when the store has grown. All of it is kept, so that a day costs what is new on that day::

    past = known(store, ranker, profiles, guard)
    index = ranker.prepare(papers, with_papers(store, ranker, past, papers, guard))

A bug in here, or a text that brings one out, costs nobody the day's mail: `guard` names it, and the ranking goes by
the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from digest.model import Opinion, Profile
from digest.ranking import Past, acronyms, background
from digest.ranking.acronyms import Glossary
from digest.ranking.archive import Archive, can_expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.model import Feedback, Interest, Paper, Subscriber
    from digest.ranking import Ranker
    from digest.ranking.embedding import Embedder
    from digest.services.guard import Guard
    from digest.storage import Expanded, Store

log = logging.getLogger("digest.learning")

ARCHIVE = 3_000
"""From so many of the latest papers is learned what goes with an interest."""
GROWTH = 1.3
"""What was learned of an interest is learned anew when the store has counted so many times as many papers."""
MOST_TERMS = 500
"""So many interests are learned at once; the rest wait for the next time, so that no tick hangs."""
OPINIONS = 100
"""So many of the latest papers that a subscriber liked count, and as many disliked ones."""
_KEEP_EVERY = 50
_EMBED_AT_ONCE = 256

T = TypeVar("T")


def catch_up(store: Store) -> int:
    """Count the papers that are not counted yet, or leave it to the process that is faster; how many were counted."""
    counted = 0
    while (some := store.uncounted()).papers:
        words, defined = background.count(some.papers), acronyms.count(some.papers)
        if not store.add_counts(some.after, some.through, words, defined):
            break
        counted += len(some.papers)
    if counted:
        log.info("learned papers=%d", counted)
    return counted


def profiles(store: Store, subscribers: Sequence[Subscriber]) -> dict[int, Profile]:
    """The whole taste of each subscriber, by id: interests, and the latest `OPINIONS` papers liked and disliked."""
    said = store.feedback([subscriber.id for subscriber in subscribers])
    return {one.id: _profile(one, said.get(one.id, ())) for one in subscribers}


def _profile(subscriber: Subscriber, said: Iterable[Feedback]) -> Profile:
    papers: dict[Opinion, list[Paper]] = {Opinion.LIKED: [], Opinion.DISLIKED: []}
    for one in said:
        papers[one.opinion].append(one.paper)
    liked, disliked = (tuple(papers[opinion][-OPINIONS:]) for opinion in (Opinion.LIKED, Opinion.DISLIKED))
    return Profile(subscriber.interests, liked, disliked)


def known(store: Store, ranker: Ranker, tastes: Iterable[Profile], guard: Guard) -> Past:
    """What is known from before for ranking by these profiles, every stored paper counted.

    What fails is left out and named by `guard`.
    """
    past = Past()
    with guard.alone("counting the papers"):
        catch_up(store)
    with guard.alone("recalling what was learned"):
        past = recall(store, ranker, tastes, guard)
    return past


def recall(store: Store, ranker: Ranker, tastes: Iterable[Profile], guard: Guard) -> Past:
    """What is known from before for ranking by these profiles; of their interests, what is not known is learned.

    Args:
        tastes: gone through once. Liked and disliked papers matter to a ranker with an `embedder` only.
        guard: names the interests and the texts of which nothing could be learned.
    """
    embedder = embedder_of(ranker)
    asked: dict[str, Interest] = {}
    texts: dict[str, None] = {}
    for taste in tastes:
        asked.update({interest.term: interest for interest in taste.interests if can_expand(interest)})
        texts.update(dict.fromkeys(_texts(taste)) if embedder else {})
    past = counted(store)
    past = replace(past, expansions=_expansions(store, asked, past, guard))
    if embedder is None:
        return past
    return replace(past, embeddings=_vectors(store, embedder, [*asked, *texts], guard))


def counted(store: Store) -> Past:
    """What was counted of all papers: how common words are, and what acronyms stand for."""
    words = store.background()
    return Past(words if words.papers else None, Glossary(store.acronyms()))


def stored_vectors(store: Store, embedder: Embedder, papers: Iterable[Paper]) -> dict[str, bytes]:
    """The vectors of papers that were made before, by their keys; a paper without one means nothing: nobody waits."""
    from digest.ranking.embedding import BLANK, paper_text, text_key

    keys = [text_key(paper_text(paper)) for paper in papers]
    return dict.fromkeys(keys, BLANK) | store.embeddings(embedder.model, keys)


def with_papers(store: Store, ranker: Ranker, past: Past, papers: Iterable[Paper], guard: Guard) -> Past:
    """`past` with what these papers mean: their vectors, for a ranker that has an `embedder`."""
    embedder = embedder_of(ranker)
    if embedder is None:
        return past
    from digest.ranking.embedding import paper_text

    made = _vectors(store, embedder, [paper_text(paper) for paper in papers], guard)
    return replace(past, embeddings={**past.embeddings, **made})


def in_chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`values` in order, at most `size` at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))


def embedder_of(ranker: Ranker) -> Embedder | None:
    """What makes vectors of texts for a ranker; None for one that goes by words."""
    found: Embedder | None = getattr(ranker, "embedder", None)
    return found


def _texts(taste: Profile) -> list[str]:
    from digest.ranking.embedding import paper_text, profile_text

    return [*filter(None, [profile_text(taste)]), *map(paper_text, (*taste.liked, *taste.disliked))]


def _expansions(
    store: Store, asked: Mapping[str, Interest], past: Past, guard: Guard
) -> dict[str, Mapping[str, float]]:
    """The words that go with each interest, by its term; learned now where they are not known, or long ago."""
    kept = store.expansions(asked)
    papers = past.background.papers if past.background else 0
    missing = [term for term in asked if term not in kept]
    stale = [term for term, one in kept.items() if not one.papers <= papers <= one.papers * GROWTH]
    found: dict[str, Mapping[str, float]] = {term: one.words for term, one in kept.items()}
    if papers and (terms := [*missing, *stale][:MOST_TERMS]):
        with guard.alone("learning what goes with the interests"):
            found |= _learn(store, [asked[term] for term in terms], kept, past, guard)
    return found


def _learn(
    store: Store, interests: Sequence[Interest], kept: Mapping[str, Expanded], past: Past, guard: Guard
) -> dict[str, Mapping[str, float]]:
    """What goes with these interests, kept as well.

    Where that fails, what was known (or nothing) is kept for it: it is tried again when the store has grown.
    """
    papers = past.background.papers if past.background else 0
    archive = Archive(store.archive(ARCHIVE), past)
    learned: dict[str, Mapping[str, float]] = {}
    for some in in_chunks(interests, _KEEP_EVERY):
        found: dict[str, Mapping[str, float]] = {}
        for interest in some:
            found[interest.term] = kept[interest.term].words if interest.term in kept else {}
            with guard.alone(f"learning what goes with {interest.term!r}"):
                found[interest.term] = archive.expansion(interest)
        store.keep_expansions(papers, found)
        learned |= found
    log.info("learned interests=%d from papers=%d", len(learned), papers)
    return learned


def _vectors(store: Store, embedder: Embedder, texts: Iterable[str], guard: Guard) -> dict[str, bytes]:
    """The vectors of texts by their keys, made and kept where they are not.

    One that could not be made says nothing: the day is ranked by words, and not tried again for each subscriber.
    """
    from digest.ranking.embedding import BLANK, text_key

    by_key = {text_key(text): text for text in texts}
    found = store.embeddings(embedder.model, by_key)
    with guard.alone("learning what texts mean"):
        for keys in in_chunks([key for key in by_key if key not in found], _EMBED_AT_ONCE):
            made = dict(zip(keys, embedder.embed([by_key[key] for key in keys]), strict=True))
            store.keep_embeddings(embedder.model, made)
            found |= made
    return {key: found.get(key, BLANK) for key in by_key}
