"""What ranking costs: 10,000 profiles by 1,000 papers, beside plain BM25 of the same size, in one run.

``python -m benchmarks.ranking [--papers DIR] [--profiles N] [--rounds N] [--expand] [--profile]``

Ours goes through the public face alone: prepare the papers, rank every profile, read the best 20 of each with their
reasons. Beside it stand two ways to do plain BM25 (words stemmed, the title counted three times, the best 20 of
each, no reasons): products of sparse matrices with numpy and scipy, and lists of postings in plain Python.
Every measurement is CPU time in a process of its own, in which no word is known yet; the ways take turns, so that
other load falls on all of them. Interests are stretches of one to three words from the titles, six a profile,
drawn like words are used: a few by many people, most by hardly anybody.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import multiprocessing
import random
import resource
import statistics
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.model import Interest, InterestKind, Paper, Profile, Snapshot
from digest.papers.identity import identify
from digest.papers.merge import merge
from digest.ranking import Past, prepare
from digest.ranking.background import count
from digest.ranking.tokens import STOP, key, words
from digest.sources.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Best = list[list[str]]

TAKEN = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES = Path(__file__).parent.parent / "digest" / "samples"
TOP = 20
AT_ONCE = 500
"""Profiles ranked at a time: nobody keeps 10,000 rankings at once."""
TERMS = 6_000
EACH = 6
LIKED = 20
LEARNT_FROM = 2_000


def main() -> None:
    """Measure and print."""
    given = _arguments()
    stock = list(_papers(given.papers)) if given.papers else _invented(given.count + LEARNT_FROM)
    papers, older = stock[: given.count], stock[given.count : given.count + LEARNT_FROM]
    profiles = list(_profiles(_terms(papers), given.profiles))
    past: Past = _alone(lambda: _learnt(older, papers, profiles if given.expand else []))[1]
    if given.profile:
        _profiled(papers, past, profiles)
        return
    distinct = {i.term for p in profiles for i in p.interests}
    print(f"{len(papers)} papers, {len(profiles)} profiles, {len(distinct)} distinct interests, {given.rounds} rounds")
    _table(_ways(papers, older, past, profiles), given.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="the cost of ranking, beside plain BM25's")
    parser.add_argument("--papers", type=Path, metavar="DIR", help="days of Hugging Face as JSON; else invented papers")
    parser.add_argument("--count", type=int, default=1_000, help="papers to rank")
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--expand", action="store_true", help="learn the words that go with each interest first")
    parser.add_argument("--profile", action="store_true", help="show where our time goes instead")
    return parser.parse_args()


def _ways(
    papers: list[Paper], older: list[Paper], past: Past, profiles: list[Profile]
) -> dict[str, Callable[[], object]]:
    """What is measured, by name; each in a process of its own."""
    liking = [_liking(p, older or papers, n) for n, p in enumerate(profiles[: len(profiles) // 10])]
    ways: dict[str, Callable[[], object]] = {
        "all: digest": lambda: ours(papers, past, profiles),
        "all: BM25, plain Python": lambda: bm25_plain(papers, profiles),
        "a tenth, 20 liked each: digest": lambda: ours(papers, past, liking),
        "one profile: digest": lambda: ours(papers, past, profiles[:1]),
        "one profile: BM25, plain Python": lambda: bm25_plain(papers, profiles[:1]),
    }
    try:
        import numpy  # noqa: F401
        import scipy.sparse  # noqa: F401
    except ImportError:
        print("numpy and scipy are not installed: BM25 is measured in plain Python alone")
        return ways
    ways["all: BM25, numpy and scipy"] = lambda: bm25_matrix(papers, profiles)
    ways["one profile: BM25, numpy and scipy"] = lambda: bm25_matrix(papers, profiles[:1])
    return dict(sorted(ways.items()))


# The ways


def ours(papers: list[Paper], past: Past, profiles: Sequence[Profile]) -> int:
    """Rank with `digest`; the number of reasons read."""
    index, read_reasons = prepare(papers, past), 0
    for start in range(0, len(profiles), AT_ONCE):
        for ranked in index.rank_many(profiles[start : start + AT_ONCE]):
            for scored in ranked[:TOP]:
                read_reasons += len(scored.matches) + len(scored.aspects)
    return read_reasons


def bm25_plain(papers: list[Paper], profiles: Sequence[Profile]) -> Best:
    """The keys of the best papers by BM25, from postings in plain Python."""
    postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, word, weight in _weighed(papers):
        postings[word].append((number, weight))
    found = []
    for profile in profiles:
        totals: defaultdict[int, float] = defaultdict(float)
        for word, weight in _query(profile).items():
            for number, value in postings.get(word, ()):
                totals[number] += weight * value
        found.append([papers[number].key for number in nlargest(TOP, totals, key=totals.__getitem__)])
    return found


def bm25_matrix(papers: list[Paper], profiles: Sequence[Profile]) -> Best:
    """The same from products of sparse matrices."""
    import numpy as np
    from scipy.sparse import csr_array

    columns: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    cells = [(number, columns[word], weight) for number, word, weight in _weighed(papers)]
    asked = [(n, columns[w], x) for n, p in enumerate(profiles) for w, x in _query(p).items() if w in columns]

    def matrix(entries: list[tuple[int, int, float]], height: int) -> Any:
        rows, cols, values = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((np.array(values, np.float32), (rows, cols)), shape=(height, len(columns)))

    known, queries = matrix(cells, len(papers)).T.tocsr(), matrix(asked, len(profiles))
    top, found = min(TOP, len(papers)), []
    for start in range(0, len(profiles), AT_ONCE):
        scores = (queries[start : start + AT_ONCE] @ known).toarray()
        best = np.argpartition(-scores, top - 1, axis=1)[:, :top]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        found += [[papers[n].key for n in row] for row in np.take_along_axis(best, order, 1).tolist()]
    return found


def _weighed(papers: list[Paper], k1: float = 1.5, b: float = 0.75) -> Iterator[tuple[int, str, float]]:
    """(paper number, stemmed word, BM25 weight), the title counted three times."""
    stem = _stemmer()
    counts = [
        Counter([stem(w) for w in words(p.title.lower())] * 3 + [stem(w) for w in words(p.abstract.lower())])
        for p in papers
    ]
    frequency = Counter(word for one in counts for word in one)
    told = {w: math.log(1 + (len(papers) - f + 0.5) / (f + 0.5)) for w, f in frequency.items()}
    mean = sum(one.total() for one in counts) / len(counts)
    for number, one in enumerate(counts):
        damp = k1 * (1 - b + b * one.total() / mean)
        for word, times in one.items():
            yield number, word, told[word] * times * (k1 + 1) / (times + damp)


def _query(profile: Profile) -> Counter[str]:
    stem, asked = _stemmer(), Counter[str]()
    for interest in profile.interests:
        for word in words(interest.term.lower()):
            asked[stem(word)] += interest.weight  # type: ignore[assignment]
    return asked


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    """The fastest that is there: the C library of Snowball, or ours; each word is stemmed once."""
    try:
        from Stemmer import Stemmer
    except ImportError:
        return key
    return lru_cache(maxsize=None)(Stemmer("english").stemWord)


# What is ranked


def _papers(folder: Path) -> Iterator[Paper]:
    """The papers of all snapshots in a folder, the newest first, each once."""
    seen = set()
    for path in sorted(folder.glob("*.json"), reverse=True):
        for paper in _read(path):
            if paper.key not in seen:
                seen.add(paper.key)
                yield paper


def _read(path: Path) -> list[Paper]:
    found = read(Snapshot(source="bench", taken_at=TAKEN, content=path.read_bytes(), place=path.name))
    return [merge(None, entry, identify(entry, "bench"), "bench") for entry in found.entries]


def _invented(number: int) -> list[Paper]:
    """Papers of the samples' sentences, in which every fourth word gives way to one of 20,000 made-up ones."""
    chance = random.Random(1)
    told = [p for path in sorted(SAMPLES.glob("*.json")) for p in _read(path)]
    sentences = [s.split() for p in told for s in p.abstract.split(". ")]
    syllables = sorted({w[:3].lower() for s in sentences for w in s if w[:3].isalpha() and len(w) > 4})
    rare = ["".join(chance.choices(syllables, k=3)) for _ in range(20_000)]
    shares = list(itertools.accumulate(1 / rank for rank in range(1, len(rare) + 1)))

    def sentence() -> str:
        found = chance.choice(sentences)
        fresh = chance.choices(rare, cum_weights=shares, k=len(found))
        return " ".join(new if chance.random() < 0.25 else old for old, new in zip(found, fresh, strict=True))

    return [
        Paper(key=f"p{n}", title=" ".join(sentence().split()[:9]), abstract=". ".join(sentence() for _ in range(9)))
        for n in range(number)
    ]


def _terms(papers: list[Paper]) -> list[str]:
    """Distinct stretches of words from titles, as chance finds them: what is common comes early."""
    chance, found = random.Random(2), dict[str, None]()
    titles = [[w for w in words(p.title.lower()) if w not in STOP and len(w) > 1] for p in papers]
    for _ in range(50 * TERMS):
        title, length = chance.choice(titles), chance.randint(1, 3)
        if len(found) < TERMS and len(title) >= length:
            start = chance.randrange(len(title) - length + 1)
            found[" ".join(title[start : start + length])] = None
    return list(found)


def _profiles(terms: list[str], number: int) -> Iterator[Profile]:
    """Profiles of six interests each; the n-th term is drawn in proportion to 1/n."""
    chance = random.Random(3)
    shares = list(itertools.accumulate(1 / rank for rank in range(1, len(terms) + 1)))
    for _ in range(number):
        drawn = dict.fromkeys(chance.choices(terms, cum_weights=shares, k=EACH))
        while len(drawn) < min(EACH, len(terms)):
            drawn |= dict.fromkeys(chance.choices(terms, cum_weights=shares))
        yield Profile(tuple(Interest(InterestKind.WORDS, t, chance.choice((0.5, 1.0, 2.0))) for t in drawn))


def _liking(profile: Profile, papers: Sequence[Paper], seed: int) -> Profile:
    return Profile(profile.interests, liked=tuple(random.Random(seed).choices(papers, k=LIKED)))


def _learnt(older: list[Paper], papers: list[Paper], profiles: Iterable[Profile]) -> Past:
    """How common words are, and what the older papers teach of each interest of these profiles."""
    from digest.ranking.archive import Archive

    past = Past(count(itertools.chain(older, papers)))
    archive = Archive(older, past)
    distinct = {i.term: i for p in profiles for i in p.interests}
    return Past(past.background, expansions={term: archive.expansion(i) for term, i in distinct.items()})


# How it is measured


def _alone(work: Callable[[], Any]) -> tuple[float, Any, float]:
    """The CPU seconds that `work` takes in a process of its own, its result, and the megabytes that it added."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)

    def run() -> None:
        gc.freeze()  # what the benchmark holds itself is nobody's rubbish
        before, start = _megabytes(), time.process_time()
        result = work()
        theirs.send((time.process_time() - start, result, _megabytes() - before))

    child = fork.Process(target=run)
    child.start()
    theirs.close()
    try:
        measured: tuple[float, Any, float] = ours.recv()
    finally:
        child.join()
    return measured


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _table(ways: dict[str, Callable[[], object]], rounds: int) -> None:
    """The median of each way, and its ratio to the others of its kind."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            seconds, _, memory = _alone(lambda work=work: bool(work()))  # type: ignore[misc]
            measured[name].append((seconds, memory))
    middle = {
        name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in measured.items()
    }
    print(f"{'':36}{'CPU s':>9}{'+ MB':>7}   digest takes")
    for name, (seconds, memory) in middle.items():
        task, _, way = name.partition(": ")
        mine = middle[f"{task}: digest"][0]
        ratio = f"   {mine / seconds:6.2f} times as long" if way != "digest" else ""
        print(f"{name:36}{seconds:9.3f}{memory:7.0f}{ratio}")


def _profiled(papers: list[Paper], past: Past, profiles: Sequence[Profile]) -> None:
    """Where our time goes, by function."""
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        ours(papers, past, profiles)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
